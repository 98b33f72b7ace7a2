"""Interviews by date: which wave they belong to, and what is said of those of none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.study.load import LoadedTables, load_tables
from mediation.study.manifest import Manifest, TableRole
from mediation.study.manifest_reading import read_manifest
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.validate import validate
from mediation.study.waves import (
    MONTHS,
    WaveCount,
    WindowSummary,
    assign_waves,
    count_windows,
    nearest_wave,
)

NAN = float("nan")
INTERVIEWS, CLIENTS = TableRole.INTERVIEWS, TableRole.CLIENTS


@pytest.fixture
def manifest(small_study: Any) -> Manifest:
    """Waves 0, 6 and 12, 1.5 months before and after."""
    small_study.say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 1.5")
    return read_manifest(small_study.write())[0]


def _assign(manifest: Manifest, interviews: pd.DataFrame, **enrolled: float) -> pd.DataFrame:
    frames = {INTERVIEWS: interviews}
    if enrolled:
        columns = {"client": list(enrolled), "enrolled": list(enrolled.values())}
        frames[CLIENTS] = pd.DataFrame(columns)
    return assign_waves(manifest, frames)[INTERVIEWS]


def _tables(small_study: Any) -> LoadedTables:
    path = small_study.write()
    manifest, content = read_manifest(path)
    return load_tables(manifest, content, path.parent)


def _found(small_study: Any, kind: ProblemKind) -> list[Problem]:
    return [p for p in validate(_tables(small_study)).problems if p.kind is kind]


def _by_date(small_study: Any, *, wave: bool = True) -> Any:
    """Enroll client i in month i / 10; say with `wave = False` that interviews have dates only."""
    small_study.say('team = "team"\ncase_manager', 'team = "team"\nenrolled = "in"\ncase_manager')
    small_study.say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 1.5")
    if not wave:
        small_study.say('wave = "wave"\n', "")
    clients = small_study.tables["clients"]
    clients[0].append("in")
    for i, row in enumerate(clients[1:]):
        row.append(f"{i / 10:g}")
    return small_study


@pytest.mark.parametrize(
    ("months", "wave"),
    [
        (-1.6, NAN), (-1.5, 0), (0, 0), (1.5, 0), (1.6, NAN), (4.5, 6), (7.5, 6), (7.6, NAN),
        (10.5, 12), (13.5, 12), (13.6, NAN), (NAN, NAN),
    ],
)  # fmt: skip
def test_an_interview_belongs_to_the_nearest_wave_inside_the_window(
    months: float, wave: float
) -> None:
    found = nearest_wave((0, 6, 12), 1.5, np.array([months]))

    np.testing.assert_array_equal(found, [wave])


def test_of_two_waves_equally_near_it_is_the_earlier_one() -> None:
    assert nearest_wave((0, 3), 1.5, np.array([1.5])).tolist() == [0]
    assert nearest_wave((4.5,), 1.5, np.array([3.0, 6.1])).tolist()[0] == 4.5


@given(
    st.lists(st.floats(-5, 40), min_size=1, max_size=9),
    st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True).map(sorted),
    st.floats(0.1, 0.5),
)
def test_no_other_wave_is_nearer(months: list[float], waves: list[int], window: float) -> None:
    found = nearest_wave(tuple(map(float, waves)), window, np.array(months))

    distance = np.abs(np.array(months)[:, None] - np.array(waves))
    np.testing.assert_array_equal(np.isnan(found), distance.min(axis=1) > window + 1e-9)
    near = ~np.isnan(found)
    np.testing.assert_array_equal(
        np.abs(found - months)[near], distance.min(axis=1)[near]
    )  # fmt: skip


def test_months_come_from_the_wave_as_written_else_from_the_dates(manifest: Manifest) -> None:
    interviews = pd.DataFrame(
        {
            "client": ["A", "A", "B", "C", "A"],
            "wave": [0.4, NAN, NAN, NAN, 20],
            "date": [100.0, 106.9, 56.0, 70.0, NAN],
        },
        index=[2, 3, 4, 5, 6],
    )

    found = _assign(manifest, interviews, A=100.0, B=50.5, C=NAN)

    np.testing.assert_allclose(found[MONTHS], [0.4, 6.9, 5.5, NAN, 20], rtol=1e-12)
    np.testing.assert_array_equal(found["wave"], [0, 6, 6, NAN, NAN])
    assert found.index.tolist() == [2, 3, 4, 5, 6]
    np.testing.assert_array_equal(found["date"], interviews["date"])


def test_dates_come_from_enrollment_and_months_where_there_are_none(manifest: Manifest) -> None:
    interviews = pd.DataFrame({"client": ["A", "B", "A"], "wave": [0.5, 6, NAN]})

    found = _assign(manifest, interviews, A=100.0, B=NAN)

    np.testing.assert_array_equal(found["date"], [100.5, NAN, NAN])


def test_of_two_interviews_in_a_window_the_nearest_has_the_wave(manifest: Manifest) -> None:
    # A: 5.2 and 6.5. B: 5.5 and 6.5 are equally near. C: twice the same. D: one in each window.
    months = [5.2, 6.5, 6.5, 5.5, 7, 7, 1, 5]
    interviews = pd.DataFrame({"client": list("AABBCCDD"), "wave": months})

    found = _assign(manifest, interviews)

    np.testing.assert_array_equal(found["wave"], [NAN, 6, NAN, 6, 6, 6, 0, 6])
    back = _assign(manifest, interviews.iloc[::-1])
    pd.testing.assert_frame_equal(back.sort_index(), found)


def test_early_late_second_and_outside_interviews_are_counted(manifest: Manifest) -> None:
    # More than 0.75 months from the plan is early or late.
    months = [-0.7, 5.2, 6.5, 5.25, 6.75, 6.8, 7.5, 9, 30, NAN]
    clients = ["A", "A", "A", "B", "C", "D", "E", "E", "A", "B"]
    interviews = pd.DataFrame({"client": clients, "wave": months})

    summary = count_windows(manifest, _assign(manifest, interviews))

    assert summary == WindowSummary(
        window=1.5,
        waves=(WaveCount(0, 1, 0, 0, 0), WaveCount(6, 5, 0, 2, 1), WaveCount(12, 0, 0, 0, 0)),
        n_outside=2,
        n_undated=1,
    )


def test_assigning_twice_changes_nothing(manifest: Manifest) -> None:
    once = _assign(manifest, pd.DataFrame({"client": ["A", "B"], "wave": [5.2, 9.0]}))

    pd.testing.assert_frame_equal(_assign(manifest, once), once)


def test_without_a_window_waves_are_as_written(small_study: Any) -> None:
    manifest = read_manifest(small_study.write())[0]
    interviews = pd.DataFrame({"client": ["A", "A"], "wave": [0, 6.2], "date": [3.0, 9.2]})

    pd.testing.assert_frame_equal(_assign(manifest, interviews, A=3.0), interviews)
    assert count_windows(manifest, interviews) is None


def test_a_study_by_dates_is_that_by_waves(small_study: Any) -> None:
    by_wave = _tables(small_study).frames[INTERVIEWS]

    tables = _tables(_by_date(small_study, wave=False))

    assert validate(tables).errors == ()
    pd.testing.assert_series_equal(tables.frames[INTERVIEWS]["wave"], by_wave["wave"])


def test_interviews_around_no_wave_are_a_warning_with_rows(small_study: Any) -> None:
    _by_date(small_study, wave=False)
    # Rows 3 and 4 are P1 in months 6 and 12, row 5 is P2 in month 0.1.
    small_study.put("interviews", 3, "held_on", "8")
    small_study.put("interviews", 4, "held_on", "300")

    (problem,) = _found(small_study, ProblemKind.OUTSIDE_WINDOWS)

    assert (problem.severity, problem.rows) == (Severity.WARNING, (3, 4))
    assert "within 1.5 months of the waves 0, 6, 12" in str(problem)
    assert "column `held_on`" in str(problem)
    assert "P1" not in str(problem)


def test_second_interviews_are_a_warning_with_rows(small_study: Any) -> None:
    _by_date(small_study)
    small_study.tables["interviews"].append(["P1", "6.9", "6.9", "70", "30"])

    (problem,) = _found(small_study, ProblemKind.SECOND_INTERVIEW)

    assert (problem.severity, problem.rows) == (Severity.WARNING, (74,))
    assert _found(small_study, ProblemKind.DUPLICATE_KEY) == []
    assert _found(small_study, ProblemKind.OUTSIDE_WINDOWS) == []


def test_the_same_interview_twice_is_an_error(small_study: Any) -> None:
    _by_date(small_study)
    small_study.tables["interviews"].append(["P1", "6", "6", "70", "30"])

    (problem,) = _found(small_study, ProblemKind.DUPLICATE_KEY)

    assert (problem.severity, problem.rows) == (Severity.ERROR, (3, 74))


def test_interviews_long_before_enrollment_are_a_warning(small_study: Any) -> None:
    _by_date(small_study)
    # P1 enrolled in month 0: one month before is inside the window of the first wave.
    small_study.put("interviews", 2, "held_on", "-1")
    # P2 enrolled in month 0.1.
    small_study.put("interviews", 5, "held_on", "-2")

    (problem,) = _found(small_study, ProblemKind.BEFORE_ENROLLMENT)

    assert (problem.severity, problem.rows) == (Severity.WARNING, (5,))
    assert "at most 1.5 months before it" in str(problem)


@pytest.mark.parametrize(("wave", "said"), [(False, "belong to no wave"), (True, "")])
def test_clients_without_enrollment_are_a_warning_where_it_is_needed(
    wave: bool, said: str, small_study: Any
) -> None:
    _by_date(small_study, wave=wave)
    small_study.put("clients", 3, "in", "")

    found = _found(small_study, ProblemKind.MISSING_DATE)

    assert [(p.table, p.rows, said in p.advice) for p in found] == (
        [] if wave else [("clients", (3,), True)]
    )
    assert validate(_tables(small_study)).errors == ()


def test_clients_without_enrollment_have_no_dates_where_only_waves_are_written(
    small_study: Any,
) -> None:
    _by_date(small_study)
    small_study.say('date = "held_on"\n', "")
    small_study.put("clients", 3, "in", "")

    found = _found(small_study, ProblemKind.MISSING_DATE)

    assert [(p.table, p.column, p.rows) for p in found] == [
        ("interviews", "date", (5, 6, 7)),
        ("clients", "enrolled", (3,)),
    ]


def test_a_wave_that_is_neither_written_nor_known_by_date_is_an_error(small_study: Any) -> None:
    _by_date(small_study)
    small_study.put("interviews", 3, "wave", "")
    small_study.put("interviews", 5, "wave", "")
    small_study.put("interviews", 5, "held_on", "")

    (problem,) = _found(small_study, ProblemKind.MISSING_KEY)

    assert (problem.column, problem.rows) == ("wave", (5,))


def test_dates_without_a_window_are_told_to_write_one(small_study: Any) -> None:
    _by_date(small_study, wave=False)
    small_study.say("\nwindow = 1.5", "")
    small_study.put("interviews", 3, "held_on", "6.4")

    (problem,) = _found(small_study, ProblemKind.UNKNOWN_WAVE)

    assert (problem.severity, problem.rows) == (Severity.ERROR, (3,))
    assert "`window = 1.5`" in problem.advice
