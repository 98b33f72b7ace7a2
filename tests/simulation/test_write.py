"""Written studies: the same bytes, the committed bytes, the stated columns, the word synthetic."""

import csv
import json
import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mediation.errors import SimulationError
from mediation.instruments.reading import instrument
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
    "spells.csv",
    "study.toml",
    "truth.json",
}
ITEMS = {"rprs": 24, "qoli": 20, "hhi": 12, "mcas": 17, "smcm": 10}


def items(prefix):
    return [f"{prefix}_{number}" for number in range(1, ITEMS[prefix] + 1)]


HEADERS = {
    "fidelity.csv": ["synthetic", "team", "assessment_date", *items("smcm")],
    "clients.csv": [
        *("synthetic", "client_id", "organization", "team", "case_manager", "enrolled"),
        *("age", "gender", "tenure_months"),
    ],
    "interviews.csv": [
        *("synthetic", "client_id", "interview_date"),
        *(items("rprs") + items("qoli") + items("hhi") + items("mcas")),
    ],
    "spells.csv": ["synthetic", "client_id", "case_manager", "team", "start", "end"],
}


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write(name, folder):
    build, title = STUDIES[name]
    write_study(build(), DEFAULT_SEED, folder, title=title)
    return contents(folder)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The studies as written now, by name."""
    root = tmp_path_factory.mktemp("written")
    for name in STUDIES:
        write(name, root / name)
    return root


def rows(folder, file):
    with (folder / file).open(newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("name", STUDIES)
def test_committed_files_are_what_the_seed_writes(name, tmp_path):
    first = write(name, tmp_path / "first")
    assert first == write(name, tmp_path / "second")
    assert set(first) == FILES
    assert first == contents(DATA / name)


def test_another_seed_writes_another_study(folders, tmp_path):
    write_study(default_truth(), 1, tmp_path, title=TITLE)
    ours = contents(folders / "synthetic")
    assert contents(tmp_path)["interviews.csv"] != ours["interviews.csv"]
    assert contents(tmp_path)["spells.csv"] != ours["spells.csv"]


@pytest.mark.parametrize("name", STUDIES)
def test_every_file_says_that_it_is_synthetic(name, folders):
    for file, content in contents(folders / name).items():
        text = content.decode("utf-8")
        assert "\r" not in text
        assert text.endswith("\n")
        if file.endswith(".csv"):
            assert all(row["synthetic"] == "1" for row in rows(folders / name, file))
        else:
            assert "Synthetic study: invented data" in text
    manifest = tomllib.loads((folders / name / "study.toml").read_text())
    assert manifest["study"]["synthetic"] is True


def described(codebook):
    """Columns that a codebook has a row for; a row may stand for numbered items."""
    found = set()
    for first, last in re.findall(r"^\| `(\w+)`(?: to `(\w+)`)? \|", codebook, flags=re.M):
        prefix, _, start = first.rpartition("_")
        numbers = range(int(start), int(last.rpartition("_")[2]) + 1) if last else ()
        found |= {f"{prefix}_{number}" for number in numbers} or {first}
    return found


@pytest.mark.parametrize("name", STUDIES)
def test_columns_are_the_codebooks(name, folders):
    for file, header in HEADERS.items():
        lines = (folders / name / file).read_text().splitlines()
        assert lines[0].split(",") == header
        assert {line.count(",") for line in lines} == {len(header) - 1}
    codebook = (folders / name / "codebook.md").read_text()
    columns = {column for header in HEADERS.values() for column in header}
    assert described(codebook) | {"synthetic"} == columns


@pytest.mark.parametrize("name", STUDIES)
def test_manifest_maps_columns_that_are_there(name, folders):
    manifest = tomllib.loads((folders / name / "study.toml").read_text())
    for table in manifest["tables"].values():
        assert set(table["columns"].values()) <= set(HEADERS[table["file"]])
    assert manifest["tables"]["clients"]["columns"]["enrolled"] == "enrolled"
    assert "wave" not in manifest["tables"]["interviews"]["columns"]
    assert manifest["waves"] == {"values": [0, 4.5, 9, 13.5, 18], "window": 1.5}
    assert manifest["models"][0]["waves"] == [
        {"mediator": 4.5, "outcome": 9},
        {"mediator": 13.5, "outcome": 18},
    ]
    assert manifest["study"]["seed"] == DEFAULT_SEED


@pytest.mark.parametrize("name", STUDIES)
def test_manifest_says_which_items_make_the_scores(name, folders):
    manifest = tomllib.loads((folders / name / "study.toml").read_text())
    made = {
        score: [each["items"].replace("{}", item) for item in instrument(each["instrument"]).items]
        for score, each in manifest["scores"].items()
    }
    assert made == {
        "fidelity": items("smcm"),
        "alliance": items("rprs"),
        "quality_of_life": items("qoli"),
        "hope": items("hhi"),
        "community_functioning": items("mcas"),
    }
    for score, headers in made.items():
        table = manifest["tables"][manifest["scores"][score]["table"]]
        assert set(headers) <= set(HEADERS[table["file"]])
        assert list(manifest["variables"][score]) == ["label"]


def test_keys_fit_across_tables(folders):
    folder = folders / "synthetic"
    clients = rows(folder, "clients.csv")
    known = {row["client_id"] for row in clients}
    teams = {row["team"] for row in clients}
    assert {row["client_id"] for row in rows(folder, "interviews.csv")} == known
    assert {row["client_id"] for row in rows(folder, "spells.csv")} == known
    assert {row["team"] for row in rows(folder, "fidelity.csv")} == teams
    assert {row["team"] for row in rows(folder, "spells.csv")} == teams


def test_dates_say_the_wave_of_every_interview(folders):
    folder = folders / "synthetic"
    enrolled = {row["client_id"]: row["enrolled"] for row in rows(folder, "clients.csv")}
    seen = set()
    for row in rows(folder, "interviews.csv"):
        start = date.fromisoformat(enrolled[row["client_id"]])
        months = (date.fromisoformat(row["interview_date"]) - start).days / 30.4375
        near = [wave for wave in (0, 4.5, 9, 13.5, 18) if abs(months - wave) <= 1.5]
        assert len(near) == 1
        assert (row["client_id"], near[0]) not in seen
        seen.add((row["client_id"], near[0]))
    assert len({client for client, wave in seen if wave == 0}) == 311


def test_null_study_differs_in_what_follows_the_alliance_alone(folders):
    study, null_study = folders / "synthetic", folders / "synthetic_null"
    for file in ("clients.csv", "fidelity.csv", "spells.csv", "codebook.md"):
        assert (study / file).read_bytes() == (null_study / file).read_bytes()
    enrolled = {row["client_id"]: row["enrolled"] for row in rows(study, "clients.csv")}
    pairs = list(
        zip(rows(study, "interviews.csv"), rows(null_study, "interviews.csv"), strict=True)
    )
    outcomes = items("qoli") + items("hhi") + items("mcas")
    for key in ("client_id", "interview_date"):
        assert all(row[key] == other[key] for row, other in pairs)
    assert all((row[x] == "") == (other[x] == "") for row, other in pairs for x in outcomes)
    assert any(row[x] != other[x] for row, other in pairs for x in items("rprs"))
    baseline = [
        (row, other) for row, other in pairs if row["interview_date"] == enrolled[row["client_id"]]
    ]
    assert len(baseline) == 311
    assert all(row[x] == other[x] for row, other in baseline for x in outcomes)


@pytest.mark.parametrize("name", STUDIES)
def test_truth_file_holds_parameters_and_effects(name, folders):
    build, _ = STUDIES[name]
    truth = build()
    stored = json.loads((folders / name / "truth.json").read_text())
    assert stored["synthetic"] is True
    assert stored["seed"] == DEFAULT_SEED
    assert stored["effects"] == true_effects(truth)
    parameters = stored["parameters"]
    assert parameters["a"] == truth.a
    assert parameters["design"]["team_sizes"] == list(truth.design.team_sizes)
    assert parameters["design"]["manager_change"] == 0.15
    assert parameters["design"]["team_change"] == 0.02
    assert parameters["design"]["displaced_interviews"] == 0.04
    assert parameters["attrition"]["missing_item"] == 0.01
    assert parameters["alliance"]["items"]["instrument"] == "rprs_24"
    for outcome in truth.outcomes:
        effects = stored["effects"][outcome.name]
        assert effects["indirect_within"] == pytest.approx(truth.a * outcome.b_within)
        assert effects["total"] == pytest.approx(outcome.c_prime + truth.a * outcome.b_between)
        assert list(effects["b_between_manifest"]) == ["4.5-9", "13.5-18"]
        assert effects["b_between_manifest"]["4.5-9"] == pytest.approx(
            truth.b_between_manifest(outcome.name, 9.0)
        )


def counted(folder, words):
    """Figure beside these words in the table of the README."""
    readme = (folder / "README.md").read_text()
    return re.search(rf"^\| {words} \| (.*) \|$", readme, flags=re.M)[1]


@pytest.mark.parametrize("name", STUDIES)
def test_readme_states_the_share_at_the_ceiling(name, folders):
    answers = [
        [row[item] for item in items("rprs") if row[item]]
        for row in rows(folders / name, "interviews.csv")
    ]
    scored = [given for given in answers if given]
    share = sum(set(given) == {"4"} for given in scored) / len(scored)
    assert 0.15 < share < 0.3
    assert counted(folders / name, "alliance scores at the maximum") == f"{share:.0%}"


def test_readme_states_interviews_and_changes(folders):
    folder = folders / "synthetic"
    served = {}
    for row in rows(folder, "spells.csv"):
        served.setdefault(row["client_id"], []).append((row["team"], row["case_manager"]))
    other_team = sum(len({team for team, _ in each}) > 1 for each in served.values())
    other_manager = sum(len({each for _, each in spells}) > 1 for spells in served.values())
    assert counted(folder, "clients who change team") == str(other_team)
    words = "clients who change case manager inside their team"
    assert counted(folder, words) == str(other_manager - other_team)
    held = [int(n) for n in re.findall(r"(\d+) at", counted(folder, "interviews held"))]
    assert sum(held) == len(rows(folder, "interviews.csv"))


def test_a_study_without_ceiling_is_written_only_on_a_long_enough_scale(tmp_path):
    truth = replace(default_truth(), ceiling=False)
    with pytest.raises(SimulationError, match="scale that ends at 96"):
        write_study(truth, 1, tmp_path, title=TITLE)
    assert not list(tmp_path.iterdir())
    longer = replace(truth, alliance=replace(truth.alliance, high=150.0))
    write_study(longer, 1, tmp_path, title=TITLE)
    manifest = tomllib.loads((tmp_path / "study.toml").read_text())
    assert manifest["variables"]["alliance"]["range"] == [24, 150]
    # No instrument has this scale, so that the scores stand in the file.
    assert "alliance" not in manifest["scores"]
    assert manifest["tables"]["interviews"]["columns"]["alliance"] == "alliance"
    scores = [float(row["alliance"] or "nan") for row in rows(tmp_path, "interviews.csv")]
    assert max(scores) > 100
    top = sum(score == 150 for score in scores) / len(scores)
    assert counted(tmp_path, "alliance scores at the maximum") == f"{top:.0%}"
    assert "`alliance`" in (tmp_path / "codebook.md").read_text()


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


def test_an_earlier_synthetic_study_is_replaced_and_other_files_stay(folders, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    write_study(default_truth(), 1, tmp_path, title=TITLE)
    write("synthetic", tmp_path)
    assert {k: v for k, v in contents(tmp_path).items() if k in FILES} == contents(
        folders / "synthetic"
    )
    assert (tmp_path / "notes.txt").read_text() == "mine"
