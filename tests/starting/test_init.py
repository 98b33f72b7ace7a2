"""`mediation init`: what it guesses of a folder, what it says it cannot, what it never writes."""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediation.cli import main
from mediation.starting.facts import facts_of
from mediation.starting.start import start_manifest

SHIPPED = Path(__file__).parents[2] / "data" / "synthetic"
FILL_IN = "FILL IN"
MARK = "Zq7mark"
Frames = dict[str, pd.DataFrame]


def frames() -> Frames:
    """Give 48 clients in 8 teams of 4 agencies, three interviews each, as they are exported."""
    rng = np.random.default_rng(1)
    clients = pd.DataFrame({"client_id": [f"C{i:02d}" for i in range(48)]})
    team = np.arange(48) // 6
    clients["agency"] = [f"A{t // 2}" for t in team]
    clients["team"] = [f"T{t}" for t in team]
    clients["case_manager"] = [f"M{i // 3}" for i in range(48)]
    clients["age"] = rng.integers(20, 60, 48)
    clients["gender"] = rng.choice(["woman", "man"], 48)
    held = pd.MultiIndex.from_product([clients["client_id"], [0.0, 4.5, 9.0]])
    interviews = pd.DataFrame({"client_id": held.get_level_values(0)})
    interviews["wave"] = held.get_level_values(1)
    days = (interviews["wave"] * 30.4375 + np.repeat(rng.integers(0, 90, 48), 3)).astype(int)
    interviews["interview_date"] = pd.Timestamp(2015, 6, 1) + pd.to_timedelta(days, unit="D")
    interviews["alliance"] = rng.integers(30, 90, 144)
    interviews["hope"] = rng.integers(12, 48, 144)
    fidelity = pd.DataFrame({"team": np.repeat([f"T{t}" for t in range(8)], 4)})
    fidelity["assessment_date"] = np.tile(pd.date_range("2015-01-01", periods=4, freq="200D"), 8)
    fidelity["fidelity"] = rng.integers(10, 50, 32) / 10
    return {"fidelity": fidelity, "clients": clients, "interviews": interviews}


def _csv(tables: Frames, folder: Path) -> None:
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)


def _shuffled(tables: Frames, folder: Path) -> None:
    _csv({name: frame[frame.columns[::-1]] for name, frame in tables.items()}, folder)


GERMAN = {
    "client_id": "Klienten-Nr", "agency": "Träger", "team": "Team", "case_manager": "Betreuer",
    "age": "Alter", "gender": "Geschlecht", "wave": "Welle", "interview_date": "Datum",
    "alliance": "Arbeitsbündnis", "hope": "Hoffnung", "assessment_date": "Datum",
    "fidelity": "Modelltreue",
}  # fmt: skip


def _german(tables: Frames, folder: Path) -> None:
    for name, frame in tables.items():
        frame.rename(columns=GERMAN).to_csv(
            folder / f"{name}.csv", sep=";", decimal=",", encoding="latin-1", index=False,
            date_format="%d.%m.%Y",
        )  # fmt: skip


def _excel(tables: Frames, folder: Path) -> None:
    with pd.ExcelWriter(folder / "all of it.xlsx") as writer:
        for name, frame in tables.items():
            frame.to_excel(writer, sheet_name=f"{name} 2016", index=False)


def _each(write: Callable[[pd.DataFrame, Path], Any], ending: str) -> Callable[..., None]:
    def make(tables: Frames, folder: Path) -> None:
        for name, frame in tables.items():
            write(frame, folder / f"{name}{ending}")

    return make


WHOLE: dict[str, Callable[[Frames, Path], None]] = {
    "csv": _csv,
    "columns_in_another_order": _shuffled,
    "german": _german,
    "excel": _excel,
    "spss": _each(pyreadstat.write_sav, ".sav"),
    "stata": _each(pyreadstat.write_dta, ".dta"),
    "parquet": _each(lambda frame, path: frame.to_parquet(path), ".parquet"),
}


def run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def init(folder: Path) -> tuple[dict[str, Any], str]:
    """Run the command; the manifest as it is read, and what was said."""
    result = run("init", folder)
    assert result.exit_code == 0, result.output
    return tomllib.loads((folder / "study.toml").read_text(encoding="utf-8")), result.output


def validate(folder: Path, **marks: str) -> Result:
    """Fill in the name, and other lines by their keys, and validate."""
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8").replace(f'name = "{FILL_IN}"', 'name = "A study"')
    for key, value in marks.items():
        (line,) = [each for each in text.splitlines() if each.startswith(f"{key} = ")]
        text = text.replace(line, f"{key} = {value}")
    path.write_text(text, encoding="utf-8")
    return run("validate", path)


@pytest.mark.parametrize("name", WHOLE)
def test_a_whole_study_needs_its_name_alone(name: str, tmp_path: Path) -> None:
    WHOLE[name](frames(), tmp_path)

    found, said = init(tmp_path)

    assert "could not be guessed" not in said
    assert (tmp_path / "study.toml").read_text(encoding="utf-8").count(FILL_IN) == 1
    headers = GERMAN if name == "german" else {}
    columns = {role: table["columns"] for role, table in found["tables"].items()}
    for role, key, header in (
        ("clients", "client", "client_id"),
        ("clients", "organization", "agency"),
        ("clients", "case_manager", "case_manager"),
        ("interviews", "wave", "wave"),
        ("interviews", "date", "interview_date"),
        ("fidelity", "date", "assessment_date"),
        ("fidelity", "team", "team"),
    ):
        assert columns[role][key] == headers.get(header, header)
    assert found["waves"]["values"] == [0, 4.5, 9]
    assert found["models"][0]["clusters"] == ["organization", "team"]
    assert found["models"][0]["waves"] == [{"mediator": 4.5, "outcome": 9}]
    assert len(found["models"][0]["outcomes"]) == 1
    assert found["study"]["synthetic"] is False
    before = run("validate", tmp_path / "study.toml")
    assert before.exit_code == 1
    assert "`study.name`: expected an entry of your own; found the mark FILL IN" in before.output
    after = validate(tmp_path)
    assert after.exit_code == 0, after.output


def test_the_shipped_study_is_found_as_items_and_dates(tmp_path: Path) -> None:
    for name in ("fidelity", "clients", "interviews", "spells"):
        shutil.copy(SHIPPED / f"{name}.csv", tmp_path)
    shipped = tomllib.loads((SHIPPED / "study.toml").read_text(encoding="utf-8"))

    found, said = init(tmp_path)

    assert "could not be guessed" not in said
    assert set(found["tables"]) == set(shipped["tables"])
    for role, table in shipped["tables"].items():
        headers = set(table["columns"].values())
        assert headers <= set(found["tables"][role]["columns"].values()), role
    keys = {score["instrument"] for score in found["scores"].values()}
    assert keys == {score["instrument"] for score in shipped["scores"].values()}
    assert found["waves"] == shipped["waves"]
    assert found["linkage"]["predictor"] == shipped["linkage"]["predictor"]
    assert found["study"]["synthetic"] is True
    after = validate(tmp_path)
    assert after.exit_code == 0, after.output


def test_waves_are_found_from_dates_and_enrollment(tmp_path: Path) -> None:
    tables = frames()
    first = tables["interviews"].drop_duplicates("client_id")["interview_date"]
    tables["clients"]["intake_date"] = first.to_numpy()
    del tables["interviews"]["wave"]
    _csv(tables, tmp_path)

    found, _ = init(tmp_path)

    assert found["tables"]["clients"]["columns"]["enrolled"] == "intake_date"
    assert found["waves"]["values"] == [0, 4.5, 9]
    assert found["waves"]["window"] > 0
    assert validate(tmp_path).exit_code == 0


def test_labels_of_spss_are_levels(tmp_path: Path) -> None:
    tables = frames()
    tables["clients"]["gender"] = (tables["clients"]["gender"] == "man").astype(float)
    for name, frame in tables.items():
        labels = {"gender": {0.0: "woman", 1.0: "man"}} if name == "clients" else {}
        pyreadstat.write_sav(frame, tmp_path / f"{name}.sav", variable_value_labels=labels)

    found, _ = init(tmp_path)

    assert found["variables"]["gender"]["kind"] == "category"
    assert set(found["variables"]["gender"]["levels"]) == {"woman", "man"}
    assert validate(tmp_path).exit_code == 0


# What cannot be guessed is said.


def _one_table(tables: Frames, folder: Path) -> None:
    held = tables["interviews"].query("wave == 9").drop(columns=["wave", "interview_date"])
    merged = held.merge(tables["clients"], on="client_id")
    merged["fidelity"] = merged["team"].str[1:].astype(int) % 5 + 0.5
    merged.to_csv(folder / "data.csv", index=False)


def _unrelated(tables: Frames, folder: Path) -> None:
    (folder / "readme.txt").write_text("This is a text, with commas\nof several lines\n")
    (folder / "picture.png").write_bytes(b"\x89PNG")
    pd.DataFrame({"author": ["A", "B"], "year": [2001, 2002]}).to_csv(
        folder / "books.csv", index=False
    )


def _broken(tables: Frames, folder: Path) -> None:
    _csv(tables, folder)
    (folder / "clients.csv").write_bytes(bytes(200))
    (folder / "old.xlsx").write_bytes(b"PK")


def _two_lists(tables: Frames, folder: Path) -> None:
    _csv(tables, folder)
    tables["clients"].assign(tenure_months=3).to_csv(folder / "clients_2019.csv", index=False)


def _wide(tables: Frames, folder: Path) -> None:
    scores = tables["interviews"].pivot_table(
        index="client_id", columns="wave", values=["alliance", "hope"]
    )
    scores.columns = pd.Index([f"{n}_t{1 + [0, 4.5, 9].index(w)}" for n, w in scores.columns])
    wide = tables["clients"].merge(scores.reset_index(), on="client_id")
    _csv({"clients": wide, "fidelity": tables["fidelity"]}, folder)


def _unknown_items(tables: Frames, folder: Path) -> None:
    rng = np.random.default_rng(2)
    for k in range(1, 8):
        tables["interviews"][f"mood{k}"] = rng.integers(0, 3, 144)
    for k in range(1, 13):
        tables["interviews"][f"wai_{k}"] = rng.integers(1, 6, 144)
    del tables["interviews"]["alliance"]
    _csv(tables, folder)


def _no_time(tables: Frames, folder: Path) -> None:
    tables["interviews"]["wave"] = "later"
    _csv(tables, folder)


def _one_more(tables: Frames, folder: Path) -> None:
    _csv(tables, folder)
    pd.DataFrame({"drug": ["a", "b"], "dose": [1, 2]}).to_csv(folder / "drugs.csv", index=False)


# name: how the folder is made; words of the list; how many marks are left.
OPEN: dict[str, tuple[Callable[[Frames, Path], None], tuple[str, ...], int]] = {
    "one_table": (_one_table, ("the study is taken to be flat", "`client_id`"), 2),
    "unrelated": (
        _unrelated, ("What `books.csv` is for", "What `readme.txt` is for", "[tables.clients]"), 17,
    ),
    "broken": (
        _broken, ("clients.csv: expected a CSV file", "old.xlsx: expected an Excel workbook"), 17,
    ),
    "two_lists_of_clients": (
        _two_lists, ("Whether `clients_2019.csv` is the table of clients; `clients.csv` is",), 1,
    ),
    "wide": (
        _wide,
        ("`alliance_t1` to `alliance_t3` of the clients", "from wide to long", "[tables.interv"), 9,
    ),
    "unknown_items": (
        _unknown_items,
        ("7 columns like `mood1`", "12 columns like `wai_1`", "They may be wai_s, wai_sr"), 2,
    ),
    "no_time": (_no_time, ("At how many months since enrollment", "`wave` of the interviews"), 4),
    "one_table_more": (_one_more, ("What `drugs.csv` is for. It is left out.",), 1),
}  # fmt: skip


@pytest.mark.parametrize("name", OPEN)
def test_what_could_not_be_guessed_is_said_and_told_again(name: str, tmp_path: Path) -> None:
    make, words, n_marks = OPEN[name]
    make(frames(), tmp_path)

    _, said = init(tmp_path)

    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    for word in words:
        assert word in said
        assert word in text
    # Each mark is one complaint, and hides no other at the same place.
    result = run("validate", tmp_path / "study.toml")
    assert result.exit_code == 1
    assert result.output.count("found the mark FILL IN") == text.count(f'"{FILL_IN}"') == n_marks


def test_messages_lead_from_one_table_to_a_clean_run(tmp_path: Path) -> None:
    _one_table(frames(), tmp_path)
    found, _ = init(tmp_path)

    assert set(found["tables"]) == {"rows"}
    assert found["models"][0]["predictor"] == "fidelity"
    assert "client_id" not in found["tables"]["rows"]["columns"]
    wrong = validate(tmp_path, outcomes='["hop"]')
    assert wrong.exit_code == 1
    assert "Did you mean `hope`?" in wrong.output
    right = validate(tmp_path, outcomes='["hope"]')
    assert right.exit_code == 0, right.output


def test_messages_lead_from_missing_waves_to_a_clean_run(tmp_path: Path) -> None:
    tables = frames()
    first = tables["interviews"].drop_duplicates("client_id")["interview_date"]
    # No word that is known for the date of enrollment.
    tables["clients"]["joined"] = first.to_numpy()
    del tables["interviews"]["wave"]
    _csv(tables, tmp_path)
    _, said = init(tmp_path)
    assert "What `joined` of the clients" in said
    path = tmp_path / "study.toml"
    text = path.read_text(encoding="utf-8")
    (line,) = [each for each in text.splitlines() if each.startswith("wave = ")]
    assert "or name `enrolled` of the clients instead" in line

    text = text.replace(f"{line}\n", "")
    old = "[tables.clients.columns]\n"
    assert old in text
    path.write_text(text.replace(old, f'{old}enrolled = "joined"\n'), encoding="utf-8")
    open_ = validate(tmp_path)
    assert "`waves.values`: expected an entry of your own" in open_.output
    unwindowed = validate(tmp_path, values="[0, 4.5, 9]", waves="[{ mediator = 4.5, outcome = 9 }]")
    assert "`window = 1.5`" in unwindowed.output
    done = validate(tmp_path, values="[0, 4.5, 9]\nwindow = 1.5")
    assert done.exit_code == 0, done.output


# What is never written.


def test_texts_of_people_are_never_written(tmp_path: Path) -> None:
    tables = frames()
    clients, interviews = tables["clients"], tables["interviews"]
    clients["name"] = [f"Ann {MARK}{i}" for i in range(48)]
    clients["counselor"] = [f"Bea {MARK}{i % 4}" for i in range(48)]
    clients["district"] = [f"{MARK}{i // 12}" for i in range(48)]
    clients["town"] = [f"{MARK}-rare" if i < 4 else "Springfield" for i in range(48)]
    clients["story"] = [f"{MARK} said that it was better than before, and left"] * 48
    clients["phone"] = np.arange(48) + 475_318_264
    interviews["notes"] = [f"{MARK} came late" if i % 7 else "" for i in range(144)]
    _csv(tables, tmp_path)

    found, said = init(tmp_path)

    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    assert MARK not in text + said
    assert "475318" not in text + said
    for header in ("name", "counselor", "district", "town", "story", "phone", "notes"):
        assert f"`{header}`" in said
    assert found["variables"]["gender"]["levels"]
    assert validate(tmp_path).exit_code == 0


@pytest.mark.parametrize(("n", "is_shown"), [(4, False), (5, True)])
def test_levels_need_five_people(n: int, is_shown: bool) -> None:
    column = facts_of("kind", pd.Series(["common"] * 20 + ["rare"] * n, dtype="str"))

    assert column.levels(5) == (("common", "rare") if is_shown else ())


@pytest.mark.parametrize("kind", ["csv", "sav"])
def test_a_code_for_a_missing_value_is_named_and_hides_no_instrument(
    kind: str, tmp_path: Path
) -> None:
    tables = frames()
    interviews = tables["interviews"]
    rng = np.random.default_rng(3)
    for item in range(1, 25):
        answers = rng.integers(1, 5, 144)
        interviews[f"RPRS_{item:02d}"] = np.where(rng.random(144) < 0.05, -9, answers)
    tables["interviews"] = interviews.drop(columns="alliance")
    if kind == "sav":
        pyreadstat.write_sav(
            tables.pop("interviews").rename(columns={"client_id": "ClientID"}),
            str(tmp_path / "interviews.sav"),
        )
    _csv(tables, tmp_path)
    manifest, _ = init(tmp_path)

    assert manifest["tables"]["interviews"]["missing"] == ["-9"]
    assert manifest["scores"]["alliance"]["instrument"] == "rprs_24"
    assert manifest["variables"]["alliance"] == {"label": "Working alliance"}
    done = validate(tmp_path)
    assert done.exit_code == 0, done.output


def test_a_number_below_zero_is_no_code_where_others_are_numbers(tmp_path: Path) -> None:
    tables = frames()
    tables["interviews"]["hope"] = np.where(np.arange(144) % 9 == 0, -9, np.arange(144) % 7)
    tables["interviews"]["change"] = np.arange(144) % 21 - 10
    _csv(tables, tmp_path)

    assert "missing" not in tomllib.loads(start_manifest(tmp_path).text)["tables"]["interviews"]


def test_codes_of_groups_are_in_no_model_before_somebody_says_so(tmp_path: Path) -> None:
    tables = frames()
    tables["clients"]["diagnosis"] = np.arange(48) % 4 + 1
    tables["clients"]["sex"] = np.arange(48) % 2 + 1
    _csv(tables, tmp_path)
    manifest, told = init(tmp_path)

    assert manifest["models"][0]["covariates"] == ["age", "gender", "sex"]
    assert manifest["tables"]["clients"]["columns"]["diagnosis"] == "diagnosis"
    assert "numbers of `diagnosis` of the clients" in told
    path = tmp_path / "study.toml"
    text = path.read_text(encoding="utf-8")
    old = 'label = "diagnosis"\nkind = "number"'
    assert old in text
    new = 'kind = "category"\nlevels = ["1", "2", "3", "4"]'
    path.write_text(text.replace(old, new), encoding="utf-8")
    done = validate(tmp_path, covariates='["age", "diagnosis"]')
    assert done.exit_code == 0, done.output


def test_clusters_that_the_fidelity_table_repeats_are_no_question(tmp_path: Path) -> None:
    tables = frames()
    tables["fidelity"]["Agency"] = [f"A{t // 2}" for t in np.repeat(np.arange(8), 4)]
    _csv(tables, tmp_path)

    assert not any("gency" in text for text in start_manifest(tmp_path).unknown)


def test_a_manifest_is_never_replaced(tmp_path: Path) -> None:
    _csv(frames(), tmp_path)
    (tmp_path / "study.toml").write_text("mine")

    result = run("init", tmp_path)

    assert result.exit_code == 1
    assert "go on with it: mediation validate study.toml" in result.output
    assert (tmp_path / "study.toml").read_text() == "mine"


@pytest.mark.parametrize("kind", ["empty", "missing", "file"])
def test_a_folder_without_tables_is_a_message(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    if kind == "empty":
        folder.mkdir()
    elif kind == "file":
        folder.write_text("x\n1\n")

    result = run("init", folder)

    assert result.exit_code == 1
    assert result.output.startswith("DataError: A folder with")
    assert [path.name for path in tmp_path.rglob("*")] == ([] if kind == "missing" else ["folder"])


def test_numbers_without_end_are_no_obstacle(tmp_path: Path) -> None:
    tables = frames()
    tables["clients"]["income"] = [np.inf, *np.arange(46.0), np.nan]
    for name, frame in tables.items():
        frame.to_parquet(tmp_path / f"{name}.parquet")

    init(tmp_path)

    assert "column `income` (row 2)" in validate(tmp_path).output


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    _csv(frames(), tmp_path)
    (tmp_path / "more.csv").write_text("x\n1\n")
    (tmp_path / "more.csv").chmod(0)

    assert "more.csv: expected a file that can be read" in init(tmp_path)[1]


HEADERS = st.one_of(
    st.sampled_from(
        ("client", "team", "date", "wave", "hope_t1", "hope_t2", "x_0", "a_gap", '"', "\x7f")
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
)
COLUMNS = st.one_of(
    st.lists(st.sampled_from(("1", "2.5", "", "NA", "-")), min_size=6, max_size=6),
    st.lists(st.sampled_from(("2015-01-31", "2015-02-28")), min_size=6, max_size=6),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=6, max_size=6),
    st.just([str(i) for i in range(6)]),
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tables=st.lists(st.dictionaries(HEADERS, COLUMNS, max_size=5), min_size=1, max_size=3))
def test_the_manifest_is_toml_whatever_the_headers(
    tables: list[dict[str, list[str]]], tmp_path: Path
) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    for i, table in enumerate(tables):
        pd.DataFrame(table).to_csv(tmp_path / f"t{i}.csv", index=False)

    started = start_manifest(tmp_path)

    raw = tomllib.loads(started.text)
    assert raw["study"]["name"] == FILL_IN
    for text in started.unknown:
        assert " ".join(text.split()) in started.text
