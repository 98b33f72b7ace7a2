"""Spells that cannot be: each with its rows, and without naming anybody."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.spell_checks import find_at_once
from mediation.study.study import validate_study

SPELLS = """[tables.spells]
file = "spells.csv"
[tables.spells.columns]
client = "id"
case_manager = "manager"
team = "team"
start = "from"
end = "to"
[tables.interviews]
"""
# P1 (row 2 and 3) changes team in month 5, P2 (row 4) stays.
ROWS = [
    ["id", "manager", "team", "from", "to"],
    ["P1", "M1", "T1", "0", "5"],
    ["P1", "M2", "T2", "5", ""],
    ["P2", "M1", "T1", "0.1", "20"],
]


@pytest.fixture
def spells(small_study: Any) -> Any:
    small_study.tables["spells"] = [list(row) for row in ROWS]
    small_study.say("[tables.interviews]\n", SPELLS)
    return small_study


def _problems(spells: Any) -> list[Problem]:
    found = [p for p in validate_study(spells.write()).problems if p.table == "spells"]
    assert not any(name in str(p) for p in found for name in ("P1", "P2", "T1", "M1"))
    return found


def test_spells_that_follow_each_other_are_right(spells: Any) -> None:
    assert _problems(spells) == []


@pytest.mark.parametrize(
    ("row", "column", "value", "kind", "rows", "said"),
    [
        (4, "to", "0", ProblemKind.DATE_ORDER, (4,), "spells that end after they start"),
        (4, "from", "", ProblemKind.MISSING_KEY, (4,), "a value in every row"),
        (4, "id", "", ProblemKind.MISSING_KEY, (4,), "a value in every row"),
        (4, "id", "P99", ProblemKind.UNKNOWN_CLIENT, (4,), "spells of others"),
        (4, "team", "T99", ProblemKind.UNKNOWN_TEAM, (4,), "a team of the table of clients"),
        (4, "from", "soon", ProblemKind.NOT_A_NUMBER, (4,), "a number"),
    ],
)
def test_what_is_wrong_in_one_row_is_an_error(
    row: int,
    column: str,
    value: str,
    kind: ProblemKind,
    rows: tuple[int, ...],
    said: str,
    spells: Any,
) -> None:
    spells.put("spells", row, column, value)

    (problem,) = _problems(spells)

    assert (problem.kind, problem.severity, problem.rows) == (kind, Severity.ERROR, rows)
    assert said in str(problem)


def test_a_spell_with_nobody_is_an_error(spells: Any) -> None:
    spells.put("spells", 4, "manager", "")
    assert _problems(spells) == []

    spells.put("spells", 4, "team", "")
    (problem,) = _problems(spells)

    assert (problem.kind, problem.rows) == (ProblemKind.MISSING_KEY, (4,))
    assert "a case manager or team in every row" in str(problem)


def test_two_teams_or_managers_at_once_are_errors(spells: Any) -> None:
    spells.put("spells", 3, "from", "4")

    teams, managers = _problems(spells)

    for problem, column in ((teams, "team"), (managers, "case_manager")):
        assert problem.kind is ProblemKind.SPELLS_AT_ONCE
        assert problem.severity is Severity.ERROR
        assert (problem.column, problem.rows) == (column, (2, 3))
    assert "one team of a client at a time; found several teams" in str(teams)


def test_one_manager_in_two_teams_at_once_is_an_error_of_teams_alone(spells: Any) -> None:
    spells.put("spells", 3, "from", "4")
    spells.put("spells", 3, "manager", "M1")

    assert [p.column for p in _problems(spells)] == ["team"]


def test_spells_before_enrollment_are_a_warning(spells: Any) -> None:
    spells.say('team = "team"\ncase_manager', 'team = "team"\nenrolled = "in"\ncase_manager')
    clients = spells.tables["clients"]
    clients[0].append("in")
    for row in clients[1:]:
        row.append("0.1")

    (problem,) = _problems(spells)

    assert (problem.kind, problem.rows) == (ProblemKind.BEFORE_ENROLLMENT, (2,))
    assert problem.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("spells_of_one", "expected"),
    [
        # value, start, end
        ([(0, 0, 5), (1, 5, 9)], []),
        ([(0, 0, None), (1, 5, None), (0, 9, None)], []),
        ([(0, 0, 5), (1, 4, 9)], [0, 1]),
        ([(0, 0, 9), (0, 4, 6)], []),
        ([(0, 0, 9), (0, 1, 2), (1, 5, 6)], [0, 2]),
        ([(0, 3, None), (1, 3, None)], [0, 1]),
        ([(0, 3, None), (0, 3, None)], []),
    ],
)
def test_spells_at_once_by_hand(
    spells_of_one: list[tuple[int, float, float | None]], expected: list[int]
) -> None:
    values, start, end = (
        np.array(column, dtype=float) for column in zip(*spells_of_one, strict=True)
    )

    found = find_at_once(np.zeros(len(values), dtype=int), values.astype(int), start, end)

    assert np.flatnonzero(found).tolist() == expected


months = st.integers(0, 8)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), months, st.integers(1, 5))))
def test_a_clash_is_found_if_and_only_if_there_is_one(
    rows: list[tuple[int, int, int, int]],
) -> None:
    clients, values, start, length = np.array(rows, dtype=int).reshape(-1, 4).T
    end = start + length

    found = find_at_once(clients, values, start.astype(float), end.astype(float))

    clash = (
        (clients[:, None] == clients)
        & (values[:, None] != values)
        & (start[:, None] < end)
        & (start < end[:, None])
    )
    assert found.any() == clash.any()
    assert not (found & ~clash.any(axis=1)).any()
