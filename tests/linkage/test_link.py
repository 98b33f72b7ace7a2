"""One row per client: which value stands where, and where everybody went."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mediation.errors import LinkageError
from mediation.linkage.flow import flow_of
from mediation.linkage.link import link
from mediation.linkage.scores import score_distribution
from mediation.linkage.series import fidelity_series
from mediation.linkage.table import WavePair
from mediation.study.study import load_study
from mediation.vocabulary import LinkageRule

COLUMNS = ("fidelity", "alliance", "hope", "hope_0", "age", "gender", "calendar_months")


def _row(frame: pd.DataFrame, client: str) -> pd.Series:
    return frame.set_index("client").loc[client]


def test_columns_of_one_client_by_hand(small_study: Any) -> None:
    # P4 (i = 3, team T2) is seen in months 0.3, 6.3 and 12.3; T2 scores 2.2 in month 0 and
    # 2.7 in month 10, so 2.2 + 0.05 * 6.3 in month 6.3.
    row = _row(link(load_study(small_study.write())).frame, "P4")

    assert row["fidelity"] == pytest.approx(2.2 + 0.05 * 6.3)
    assert row["fidelity_gap"] == pytest.approx(3.7)
    assert not row["fidelity_stale"]
    assert row["calendar_months"] == pytest.approx(6.3)
    assert (row["alliance"], row["alliance_0"]) == (69.0, 63.0)
    assert (row["hope"], row["hope_0"]) == (20 + 21 % 11 + 12, 20 + 21 % 11)
    assert (row["organization"], row["team"], row["age"]) == ("A1", "T2", 23.0)


@pytest.mark.parametrize(
    ("rule", "value", "gap"),
    [(LinkageRule.LAST_BEFORE, 2.2, 6.3), (LinkageRule.NEAREST, 2.7, 3.7)],
)
def test_the_rule_may_be_given(
    rule: LinkageRule, value: float, gap: float, small_study: Any
) -> None:
    table = link(load_study(small_study.write()), rule=rule)

    row = _row(table.frame, "P4")
    assert (row["fidelity"], row["fidelity_gap"]) == (pytest.approx(value), pytest.approx(gap))
    assert table.linkage is not None
    assert table.linkage.rule is rule


def test_a_score_stands_at_the_wave_of_its_role(small_study: Any) -> None:
    study = load_study(small_study.write())

    row = _row(link(study, WavePair(0, 12), mediators=("hope",)).frame, "P1")

    assert (row["hope"], row["alliance"]) == (20.0, 72.0)


def test_categories_keep_the_order_of_their_levels(small_study: Any) -> None:
    gender = link(load_study(small_study.write())).frame["gender"]

    assert list(gender.cat.categories) == ["woman", "man"]


def _stale_study(small_study: Any) -> Any:
    """Assess T1 and T2 in months 0 and 20 only, so that month 6 is 6 months off."""
    small_study.tables["fidelity"] = [
        row
        for row in small_study.tables["fidelity"]
        if not (row[0] in ("T1", "T2") and row[1] == "10")
    ]
    small_study.say('clock = "months"', 'clock = "months"\nmax_age_months = 5')
    return small_study


def test_rows_beyond_the_maximum_age_are_flagged_and_kept(small_study: Any) -> None:
    table = link(load_study(_stale_study(small_study).write()))

    stale = table.frame[table.frame["fidelity_stale"]]
    assert sorted(stale["team"].unique()) == ["T1", "T2"]
    assert stale["fidelity"].notna().all()
    assert table.linkage is not None
    assert table.linkage.n_stale == len(stale) == 6
    assert table.linkage.gap_max == pytest.approx(6.5)


def test_rows_beyond_the_maximum_age_are_left_out_by_choice(small_study: Any) -> None:
    study = _stale_study(small_study)
    study.say("max_age_months = 5", 'max_age_months = 5\nstale = "drop"')

    table = link(load_study(study.write()))

    assert table.frame["fidelity_stale"].sum() == 6
    assert table.frame["fidelity"].isna().sum() == 6
    flow = flow_of(table, COLUMNS, "hope", ("alliance",))
    assert [(s.n_left, s.reason) for s in flow.steps if s.n_left] == [
        (6, "the nearest assessment is too old")
    ]


def test_an_interview_after_the_last_assessment_is_never_carried_forward(small_study: Any) -> None:
    small_study.tables["fidelity"] = [
        row
        for row in small_study.tables["fidelity"]
        if not (row[0] == "T8" and row[1] in ("10", "20"))
    ]
    table = link(load_study(small_study.write()))

    assert table.frame.set_index("team").loc["T8", "fidelity"].isna().all()
    assert table.linkage is not None
    assert (table.linkage.n_after_last, table.linkage.n_before_first) == (3, 0)


def _study_with_losses(small_study: Any) -> Any:
    """Lose one client at each step.

    P1 has no mediator interview, P2 no alliance, P3 no date of it, T8 (P22 to P24) no
    assessment in time, P4 no outcome interview, P5 no hope at 12 months, P6 no age.
    """
    drop = {("P1", "6"), ("P4", "12")}
    rows = small_study.tables["interviews"]
    small_study.tables["interviews"] = [row for row in rows if (row[0], row[1]) not in drop]
    for row in small_study.tables["interviews"]:
        row[3] = "" if row[:2] == ["P2", "6"] else row[3]
        row[2] = "" if row[:2] == ["P3", "6"] else row[2]
        row[4] = "NA" if row[:2] == ["P5", "12"] else row[4]
    for row in small_study.tables["fidelity"]:
        row[1] = str(int(row[1]) + 15) if row[0] == "T8" else row[1]
    small_study.put("clients", 7, "age_years", "")
    return small_study


def test_the_flow_tells_of_everybody(small_study: Any) -> None:
    table = link(load_study(_study_with_losses(small_study).write()))

    flow = flow_of(table, COLUMNS, "hope", ("alliance",))

    assert [(s.step, s.n_clients, s.n_left) for s in flow.steps] == [
        ("Enrolled", 24, 0),
        ("Interviewed for the mediator", 23, 1),
        ("Mediator scored", 22, 1),
        ("Date of the interview known", 21, 1),
        ("Interviewed after the first assessment", 18, 3),
        ("Fidelity linked", 18, 0),
        ("Interviewed for the outcome", 17, 1),
        ("Outcome scored", 16, 1),
        ("Analyzed", 15, 1),
    ]
    assert flow.steps[-1].reason == "a covariate or the baseline score is missing"
    assert flow.steps[-1].n_clients == table.frame[list(COLUMNS)].notna().all(axis=1).sum()
    assert flow.interviewed == ((0.0, 24), (6.0, 23), (12.0, 23))
    assert table.flow is not None
    assert table.flow.steps == flow.steps[:6]


def test_the_flow_ends_with_the_complete_rows_of_any_columns(small_study: Any) -> None:
    table = link(load_study(_study_with_losses(small_study).write()))

    # Without fidelity and time in the model, those without them are analysed too.
    flow = flow_of(table, ("alliance", "hope"), "hope", ("alliance",))

    assert flow.steps[-1].n_clients == 20
    for earlier, later in zip(flow.steps, flow.steps[1:], strict=False):
        assert earlier.n_clients - later.n_clients == later.n_left


def test_the_order_of_rows_changes_nothing(small_study: Any) -> None:
    _study_with_losses(small_study)
    before = link(load_study(small_study.write()))
    series = fidelity_series(load_study(small_study.write()))
    for rows in small_study.tables.values():
        body = rows[1:]
        random.Random(3).shuffle(body)
        rows[1:] = body
    study = load_study(small_study.write())

    after = link(study)

    pd.testing.assert_frame_equal(before.frame, after.frame)
    assert before.linkage == after.linkage
    assert before.flow == after.flow
    pd.testing.assert_frame_equal(series, fidelity_series(study))


def test_fidelity_of_an_organization_is_that_of_all_its_teams(small_study: Any) -> None:
    small_study.say('team = "team"\ndate', 'organization = "team"\ndate')
    # Four organizations are one too few for the coefficients between them: add a fifth.
    small_study.tables["clients"].append(["P25", "A5", "T9", "M9", "30", "man"])
    kept = [row for row in small_study.tables["fidelity"] if row[0] in ("T1", "T2", "T3", "T4")]
    renamed = [[row[0].replace("T", "A"), *row[1:]] for row in kept]
    small_study.tables["fidelity"][1:] = [*renamed, ["A5", "0", "3"]]

    frame = link(load_study(small_study.write())).frame

    # A1 scores 2.1 in month 0 and 2.6 in month 10; P1 to P6 are in its teams T1 and T2.
    for i in range(6):
        assert _row(frame, f"P{i + 1}")["fidelity"] == pytest.approx(2.1 + 0.05 * (6 + i / 10))


def test_a_wave_that_is_none_is_an_error(small_study: Any) -> None:
    with pytest.raises(LinkageError, match="Asked for: 7"):
        link(load_study(small_study.write()), WavePair(7, 12))


def test_flow_of_an_unknown_column_is_an_error(small_study: Any) -> None:
    table = link(load_study(small_study.write()))

    with pytest.raises(LinkageError, match="nonsense"):
        flow_of(table, ("nonsense",), "hope", ("alliance",))


def test_the_series_is_lettered_and_counts_from_the_first_assessment(small_study: Any) -> None:
    for row in small_study.tables["fidelity"][1:]:
        row[1] = str(int(row[1]) - 2)

    series = fidelity_series(load_study(small_study.write()))

    assert len(series) == 24
    assert list(series.columns) == ["cluster", "organization", "months", "score"]
    assert series.iloc[4].tolist() == ["Team B", "Organization A", 10.0, 2.7]
    assert series["organization"].unique().tolist() == [f"Organization {x}" for x in "ABCD"]


def test_scores_are_counted_by_wave(small_study: Any) -> None:
    small_study.put("interviews", 2, "hope", "")
    counts = score_distribution(load_study(small_study.write()), ("hope", "age"))

    hope = counts[counts["variable"] == "hope"]
    assert hope.groupby("wave")["count"].sum().tolist() == [23, 24, 24]
    # 20 + 7 i mod 11 is 27 for i = 1, 12 and 23.
    assert hope.set_index(["wave", "value"]).loc[(0.0, 27.0), "count"] == 3
    age = counts[counts["variable"] == "age"]
    assert np.isnan(age["wave"]).all()
    assert age["count"].sum() == 24


def test_counting_an_unknown_score_is_an_error(small_study: Any) -> None:
    with pytest.raises(LinkageError, match="nonsense"):
        score_distribution(load_study(small_study.write()), ("nonsense",))


def test_the_repr_shows_no_rows_of_people(small_study: Any) -> None:
    table = link(load_study(small_study.write()))

    assert repr(table) == f"AnalysisTable(24 rows, {table.frame.shape[1]} columns, waves 6 -> 12)"
