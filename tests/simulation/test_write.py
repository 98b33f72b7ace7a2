"""Written studies: the same bytes, the committed bytes, the stated columns, the word synthetic."""

import csv
import json
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from mediation.errors import SimulationError
from mediation.simulation import DEFAULT_SEED, default_truth, null
from mediation.simulation.write import NULL_TITLE, TITLE, true_effects, write_study

DATA = Path(__file__).parents[2] / "data"
STUDIES = {
    "synthetic": (default_truth, TITLE),
    "synthetic_null": (lambda: null(default_truth()), NULL_TITLE),
}
FILES = {
    "README.md",
    "clients.csv",
    "codebook.md",
    "fidelity.csv",
    "interviews.csv",
    "study.toml",
    "truth.json",
}
HEADERS = {
    "fidelity.csv": "synthetic,team,assessment_date,fidelity",
    "clients.csv": "synthetic,client_id,organization,team,case_manager,age,gender,tenure_months",
    "interviews.csv": "synthetic,client_id,wave_months,interview_date,alliance,quality_of_life,"
    "hope,community_functioning",
}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write(name, folder):
    build, title = STUDIES[name]
    write_study(build(), DEFAULT_SEED, folder, title=title)
    return contents(folder)


def rows(name, file):
    with (DATA / name / file).open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", STUDIES)
def test_committed_files_are_what_the_seed_writes(name, tmp_path):
    first = write(name, tmp_path / "first")
    assert first == write(name, tmp_path / "second")
    assert set(first) == FILES
    assert first == contents(DATA / name)


def test_another_seed_writes_another_study(tmp_path):
    write_study(default_truth(), 1, tmp_path, title=TITLE)
    assert contents(tmp_path)["interviews.csv"] != contents(DATA / "synthetic")["interviews.csv"]


@pytest.mark.parametrize("name", STUDIES)
def test_every_file_says_that_it_is_synthetic(name):
    for file, content in contents(DATA / name).items():
        text = content.decode("utf-8")
        assert "\r" not in text
        assert text.endswith("\n")
        if file.endswith(".csv"):
            assert all(row["synthetic"] == "1" for row in rows(name, file))
        else:
            assert "Synthetic study: invented data" in text
    manifest = tomllib.loads((DATA / name / "study.toml").read_text())
    assert manifest["study"]["synthetic"] is True


@pytest.mark.parametrize("file", HEADERS)
@pytest.mark.parametrize("name", STUDIES)
def test_columns_are_the_codebooks(name, file):
    text = (DATA / name / file).read_text()
    header = text.splitlines()[0]
    assert header == HEADERS[file]
    codebook = (DATA / name / "codebook.md").read_text()
    assert all(f"`{column}`" in codebook for column in header.split(","))
    assert {line.count(",") for line in text.splitlines()} == {header.count(",")}


@pytest.mark.parametrize("name", STUDIES)
def test_manifest_maps_columns_that_are_there(name):
    manifest = tomllib.loads((DATA / name / "study.toml").read_text())
    for table in manifest["tables"].values():
        header = HEADERS[table["file"]].split(",")
        assert set(table["columns"].values()) <= set(header)
    assert manifest["waves"]["values"] == [0, 4.5, 9, 13.5, 18]
    assert manifest["variables"]["alliance"]["range"] == [24, 96]
    assert manifest["models"][0]["waves"] == [
        {"mediator": 4.5, "outcome": 9},
        {"mediator": 13.5, "outcome": 18},
    ]
    assert manifest["study"]["seed"] == DEFAULT_SEED


def test_keys_fit_across_tables():
    clients = rows("synthetic", "clients.csv")
    assert {row["client_id"] for row in rows("synthetic", "interviews.csv")} == {
        row["client_id"] for row in clients
    }
    assert {row["team"] for row in rows("synthetic", "fidelity.csv")} == {
        row["team"] for row in clients
    }


def test_null_study_differs_in_scores_alone():
    for file in ("clients.csv", "fidelity.csv", "codebook.md"):
        assert (DATA / "synthetic" / file).read_bytes() == (
            DATA / "synthetic_null" / file
        ).read_bytes()
    pairs = list(
        zip(
            rows("synthetic", "interviews.csv"),
            rows("synthetic_null", "interviews.csv"),
            strict=True,
        )
    )
    for key in ("client_id", "wave_months", "interview_date"):
        assert all(row[key] == other[key] for row, other in pairs)
    assert any(row["alliance"] != other["alliance"] for row, other in pairs)
    baseline = [(row, other) for row, other in pairs if row["wave_months"] == "0"]
    assert all(row["hope"] == other["hope"] for row, other in baseline)


@pytest.mark.parametrize("name", STUDIES)
def test_truth_file_holds_parameters_and_effects(name):
    build, _ = STUDIES[name]
    truth = build()
    stored = json.loads((DATA / name / "truth.json").read_text())
    assert stored["synthetic"] is True
    assert stored["seed"] == DEFAULT_SEED
    assert stored["effects"] == true_effects(truth)
    assert stored["parameters"]["a"] == truth.a
    assert stored["parameters"]["design"]["team_sizes"] == list(truth.design.team_sizes)
    for outcome in truth.outcomes:
        effects = stored["effects"][outcome.name]
        assert effects["indirect_within"] == pytest.approx(truth.a * outcome.b_within)
        assert effects["total"] == pytest.approx(outcome.c_prime + truth.a * outcome.b_between)
        assert list(effects["b_between_manifest"]) == ["4.5-9", "13.5-18"]
        assert effects["b_between_manifest"]["4.5-9"] == pytest.approx(
            truth.b_between_manifest(outcome.name, 9.0)
        )


@pytest.mark.parametrize("name", STUDIES)
def test_readme_states_the_share_at_the_ceiling(name):
    scores = [row["alliance"] for row in rows(name, "interviews.csv") if row["alliance"]]
    share = sum(score == "96" for score in scores) / len(scores)
    readme = (DATA / name / "README.md").read_text()
    assert f"| alliance scores at the maximum | {share:.0%} |" in readme


def test_a_study_without_ceiling_is_written_only_on_a_long_enough_scale(tmp_path):
    truth = replace(default_truth(), ceiling=False)
    with pytest.raises(SimulationError, match="scale that ends at 96"):
        write_study(truth, 1, tmp_path, title=TITLE)
    assert not list(tmp_path.iterdir())
    longer = replace(truth, alliance=replace(truth.alliance, high=150.0))
    write_study(longer, 1, tmp_path, title=TITLE)
    assert "range = [24, 150]" in (tmp_path / "study.toml").read_text()


def test_bad_seed_and_bad_folder_are_refused(tmp_path):
    with pytest.raises(SimulationError, match="Found -1"):
        write_study(default_truth(), -1, tmp_path, title=TITLE)
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(SimulationError, match="A folder to write to was expected"):
        write_study(default_truth(), 1, blocked, title=TITLE)


@pytest.mark.parametrize(
    "truth", [None, "no json", "[true]", '{"synthetic": "true"}', '{"synthetic": true}']
)
def test_files_that_are_not_synthetic_are_not_written_over(truth, tmp_path):
    (tmp_path / "clients.csv").write_text("id,team\nP1,T1\n")
    (tmp_path / "study.toml").write_text("[study]")
    if truth is not None:
        (tmp_path / "truth.json").write_text(truth)
    before = contents(tmp_path)

    # A truth.json left from a copied example says nothing about the tables beside it.
    with pytest.raises(SimulationError, match=r"not marked as synthetic: .*clients\.csv.*study"):
        write_study(default_truth(), 1, tmp_path, title=TITLE)
    assert contents(tmp_path) == before


def test_an_earlier_synthetic_study_is_replaced_and_other_files_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_study(default_truth(), 1, tmp_path, title=TITLE)
    write("synthetic", tmp_path)
    assert {k: v for k, v in contents(tmp_path).items() if k in FILES} == contents(
        DATA / "synthetic"
    )
    assert (tmp_path / "notes.txt").read_text() == "mine"
