"""Who served whom: spells by hand, and what follows for the table."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediation.linkage.changers import count_team_changers, without_team_changers
from mediation.linkage.link import link
from mediation.linkage.spells import stays_of
from mediation.linkage.table import SpellSummary
from mediation.study.study import load_study

NAN = float("nan")

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
# Clients are interviewed in months 6 and 12 after i / 10: P1 in 6 and 12, P2 in 6.1 and 12.1.
# P1: one team, three managers, back to the first one in month 4.
# P2: from T1 (agency A1) to T3 (A2) in month 5, with a new manager.
# P3: from T1 to T2 (both A1) between the interviews of mediator and outcome.
# P4: left in month 5, one month before the interview of the mediator.
# P5: begins only after the interview of the mediator.
# P7: two spells with one manager and a pause between them; still served.
ROWS = [
    ["id", "manager", "team", "from", "to"],
    ["P1", "M1", "T1", "0", "2"],
    ["P1", "M7", "T1", "2", "4"],
    ["P1", "M1", "T1", "4", ""],
    ["P2", "M1", "T1", "0", "5"],
    ["P2", "M3", "T3", "5", "20"],
    ["P3", "M1", "T1", "0.2", "10"],
    ["P3", "M1", "T2", "10", ""],
    ["P4", "M2", "T2", "0", "5"],
    ["P5", "M9", "T1", "8", ""],
    ["P7", "M3", "T3", "1", "3"],
    ["P7", "M3", "T3", "4.6", ""],
]


@pytest.fixture
def spells(small_study: Any) -> Any:
    """Add the spells to the small study; everybody enrolled in month i / 10."""
    small_study.tables["spells"] = [list(row) for row in ROWS]
    small_study.say("[tables.interviews]\n", SPELLS)
    small_study.say('team = "team"\ncase_manager', 'team = "team"\nenrolled = "in"\ncase_manager')
    clients = small_study.tables["clients"]
    clients[0].append("in")
    for i, row in enumerate(clients[1:]):
        row.append(f"{i / 10:g}")
    return small_study


def _row(frame: pd.DataFrame, client: str) -> pd.Series:
    return frame.set_index("client").loc[client]


def test_stays_join_successive_spells_in_one_place() -> None:
    whose = np.array([1, 0, 0, 0, 1, -1])
    who = np.array([5, 3, 2, 3, -1, 0])
    start = np.array([1.0, 8.0, 4.0, 0.0, 2.0, 0.0])
    end = np.array([NAN, 9.0, NAN, 3.0, 5.0, 1.0])

    stays = stays_of(whose, who, start, end, 3)

    # Client 0: place 3 from 0 to 3, place 2 from 4 until the next spell, 3 again from 8 to 9.
    assert stays.values.tolist() == [3, 2, 3, 5]
    assert stays.ends.tolist() == [3, 8, 9, np.inf]
    assert stays.since.tolist() == [0, 4, 8, 1]
    assert stays.changes.tolist() == [0, 1, 2, 0]
    position, is_found, is_covered = stays.at(
        np.array([0, 0, 0, 0, 0, 1, 2]), np.array([-1, 3, 3.5, 8, NAN, 99, 5])
    )
    assert is_found.tolist() == [False, True, True, True, False, True, False]
    assert is_covered.tolist() == [False, True, False, True, False, True, False]
    assert position[is_found].tolist() == [0, 0, 2, 3]


def test_a_long_spell_holds_a_short_one_in_the_same_place() -> None:
    stays = stays_of(
        np.zeros(2, dtype=int), np.ones(2, dtype=int), np.array([0.0, 6]), np.array([24.0, 8]), 1
    )

    assert stays.at(np.zeros(1, dtype=int), np.array([12.0]))[2].tolist() == [True]
    assert stays.since.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("client", "manager", "team", "agency", "tenure", "changed_manager", "changed_team"),
    [
        ("P1", "M1", "T1", "A1", 2.0, 1, 0),
        ("P2", "M3", "T3", "A2", 1.1, 1, 1),
        ("P3", "M1", "T1", "A1", 6.0, 0, 0),
        # No spell covers month 6.3: the last one before it.
        ("P4", "M2", "T2", "A1", 6.3, 0, 0),
        # No spell began before month 6.4: as in the table of clients.
        ("P5", "M2", "T2", "A1", NAN, NAN, NAN),
        ("P6", "M2", "T2", "A1", NAN, NAN, NAN),
        # The pause does not end the time with this manager.
        ("P7", "M3", "T3", "A2", 5.6, 0, 0),
    ],
)
def test_clients_belong_to_whom_they_had_at_the_mediator(
    client: str,
    manager: str,
    team: str,
    agency: str,
    tenure: float,
    changed_manager: float,
    changed_team: float,
    spells: Any,
) -> None:
    row = _row(link(load_study(spells.write())).frame, client)

    assert (row["case_manager"], row["team"], row["organization"]) == (manager, team, agency)
    assert row["manager_tenure"] == pytest.approx(tenure, nan_ok=True)
    assert row["program_tenure"] == pytest.approx(6.0)
    assert row["changed_manager"] == pytest.approx(changed_manager, nan_ok=True)
    assert row["changed_team"] == pytest.approx(changed_team, nan_ok=True)


def test_fidelity_is_that_of_the_team_at_the_mediator(spells: Any) -> None:
    frame = link(load_study(spells.write())).frame

    # T3 scores 2.3 in month 0 and 2.8 in month 10; P2 is seen in month 6.1.
    assert _row(frame, "P2")["fidelity"] == pytest.approx(2.3 + 0.05 * 6.1)
    # In the order of agencies and teams, P2 now stands with the clients of T3.
    assert frame["client"].tolist()[:7] == ["P1", "P3", "P4", "P5", "P6", "P2", "P7"]


def test_spells_are_counted(spells: Any) -> None:
    table = link(load_study(spells.write()))

    assert table.time is not None
    assert table.time.spells == SpellSummary(
        n_clients=24,
        n_changed_manager=2,
        n_changed_team=1,
        n_changed_team_later=1,
        n_changed_team_ever=2,
        n_after_spell=1,
        # P5, P6 and P8 to P24.
        n_without_spell=19,
    )


def test_the_table_without_those_who_changed_team(spells: Any) -> None:
    table = link(load_study(spells.write()))

    without = without_team_changers(table)

    assert set(table.frame["client"]) - set(without.frame["client"]) == {"P2", "P3"}
    assert (without.linkage, without.flow) == (None, None)
    assert without.time == table.time
    assert without.waves == table.waves


def test_without_spells_nobody_is_left_out(small_study: Any) -> None:
    table = link(load_study(small_study.write()))

    assert without_team_changers(table) is table
    assert table.time is not None
    assert table.time.spells is None
    assert "program_tenure" not in table.frame


def test_exposure_begins_when_the_client_came_to_the_team(spells: Any) -> None:
    spells.say('clock = "months"', 'clock = "months"\nrule = "mean_exposure"\nwindow_months = 4')

    table = link(load_study(spells.write()))

    # T3 is on the line 2.3 + 0.05 a month. P2 came in month 5 and is seen in 6.1; P7, back from
    # its pause, belongs to T3 since month 1, before the window of 2.6 to 6.6.
    assert _row(table.frame, "P2")["fidelity"] == pytest.approx(2.3 + 0.05 * (5 + 6.1) / 2)
    assert _row(table.frame, "P7")["fidelity"] == pytest.approx(2.3 + 0.05 * (6.6 - 2))
    assert table.linkage is not None
    assert table.linkage.window_months == 4
    assert table.linkage.covered is not None
    assert table.linkage.covered.minimum == 1


def test_exposure_of_an_organization_begins_with_the_organization(spells: Any) -> None:
    spells.say(
        'clock = "months"',
        'clock = "months"\nrule = "mean_exposure"\nwindow_months = 12\n'
        'fidelity_level = "organization"',
    )
    # Three coefficients between organizations need five of them.
    for row in spells.tables["clients"]:
        row[1] = "A5" if row[2] == "T8" else row[1]
    # P3 goes from T1 to T2 in month 5 already; both are of A1.
    for row in spells.tables["spells"]:
        if row[0] == "P3":
            row[3:] = [row[3].replace("10", "5"), row[4].replace("10", "5")]

    frame = link(load_study(spells.write())).frame

    # A1 is on the line 2.15 + 0.05 a month, A2 on 2.35 + 0.05 a month.
    assert _row(frame, "P3")["fidelity"] == pytest.approx(2.15 + 0.05 * (0.2 + 6.2) / 2)
    assert _row(frame, "P2")["fidelity"] == pytest.approx(2.35 + 0.05 * (5 + 6.1) / 2)


def test_tenure_in_the_program_counts_from_the_first_spell_without_enrollment(spells: Any) -> None:
    spells.say('enrolled = "in"\n', "")

    frame = link(load_study(spells.write())).frame

    assert _row(frame, "P7")["program_tenure"] == pytest.approx(5.6)
    assert np.isnan(_row(frame, "P6")["program_tenure"])


def test_what_was_before_enrollment_is_no_change(spells: Any) -> None:
    # P1 had M7 from month 2 to 4 and enrolled in month 4.5 only.
    spells.put("clients", 2, "in", "4.5")

    row = _row(link(load_study(spells.write())).frame, "P1")

    assert row["changed_manager"] == 0
    assert row["program_tenure"] == pytest.approx(1.5)


def test_case_managers_alone_leave_teams_as_they_are(spells: Any) -> None:
    spells.say('case_manager = "manager"\nteam = "team"\nstart', 'case_manager = "manager"\nstart')

    table = link(load_study(spells.write()))

    assert _row(table.frame, "P2")[["case_manager", "team"]].tolist() == ["M3", "T1"]
    assert "changed_team" not in table.frame
    assert table.time is not None
    assert table.time.spells is not None
    assert table.time.spells.n_changed_team is None


def test_open_spells_last_until_the_next_one(spells: Any) -> None:
    expected = link(load_study(spells.write()))
    spells.say('end = "to"\n', "")

    table = link(load_study(spells.write()))

    # Only P4, whose spell has now no end, is no longer outside of it.
    pd.testing.assert_frame_equal(table.frame, expected.frame)
    assert table.time is not None
    assert table.time.spells is not None
    assert table.time.spells.n_after_spell == 0


def test_the_order_of_spells_changes_nothing(spells: Any) -> None:
    before = link(load_study(spells.write()))
    for rows in spells.tables.values():
        body = rows[1:]
        random.Random(5).shuffle(body)
        rows[1:] = body

    after = link(load_study(spells.write()))

    pd.testing.assert_frame_equal(before.frame, after.frame)
    assert before.time == after.time


def test_changers_of_team_are_counted_among_complete_rows(spells: Any) -> None:
    """P2 changed before the interview of the mediator, P3 before that of the outcome."""
    complete = link(load_study(spells.write()))
    # Without a score of hope in month 12, P3 is in no analysis of hope.
    spells.put("interviews", 10, "hope", "")
    without = link(load_study(spells.write()))

    assert spells.tables["interviews"][9][:2] == ["P3", "12"]
    assert count_team_changers(complete, ("alliance", "hope")) == 2
    assert count_team_changers(without, ("alliance", "hope")) == 1


def test_without_spells_nobody_is_counted(small_study: Any) -> None:
    assert count_team_changers(link(load_study(small_study.write())), ("hope",)) is None
