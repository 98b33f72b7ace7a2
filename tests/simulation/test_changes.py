"""Interviews off their schedule, clients who change case manager or team: shares, laws, truth."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from mediation.errors import SimulationError
from mediation.simulation import default_truth, scaled
from mediation.simulation.generate import simulate

PLAN = {"displaced_interviews": 0.0, "manager_change": 0.0, "team_change": 0.0}


def world(truth=None, **changes):
    truth = truth or default_truth()
    return replace(truth, design=replace(truth.design, **{**PLAN, **changes}), ceiling=False)


def large(**changes):
    sizes = {"n_organizations": 100, "n_teams_per_organization": 3, "clients_per_team": 20}
    return world(scaled(default_truth(), **sizes), **changes)


def drawn(truth, seed=3):
    return simulate(truth, np.random.default_rng(seed))


def merged(study, other):
    keys = ["client_id", "wave_months"]
    return study.interviews.merge(other.interviews, on=keys, suffixes=("", "_other"))


@pytest.mark.parametrize("share", [0.0, 0.15, 0.6])
def test_share_of_clients_who_change_case_manager(share):
    study = drawn(large(manager_change=share))
    n_clients = len(study.clients)
    n_changes = len(study.spells) - n_clients
    assert abs(n_changes / n_clients - share) <= 4 * np.sqrt(share * (1 - share) / n_clients)
    spells = study.spells.groupby("client_id", sort=False)
    assert spells["team"].nunique().max() == 1
    assert (spells["case_manager"].nunique() == spells.size()).all()
    # Whoever changes is with one of the four others, each as often.
    first, last = spells["case_manager"].first(), spells["case_manager"].last()
    steps = (last.str[1:].astype(int) - first.str[1:].astype(int)) % 5
    counts = steps[spells.size() == 2].value_counts()
    assert set(counts.index) <= {1, 2, 3, 4}
    if share:
        error = np.sqrt(n_changes * 0.25 * 0.75)
        assert (counts - n_changes / 4).abs().max() < 4 * error


def test_clients_who_change_team_stay_in_their_organization():
    study = drawn(large(team_change=0.3))
    organization = study.clients.drop_duplicates("team").set_index("team")["organization"]
    spells = study.spells.assign(organization=study.spells["team"].map(organization))
    changed = spells[spells["client_id"].duplicated(keep=False)].groupby("client_id")
    assert changed["organization"].nunique().max() == 1
    assert changed["team"].nunique().min() == 2
    n_clients = len(study.clients)
    assert abs(changed.ngroups / n_clients - 0.3) < 4 * np.sqrt(0.21 / n_clients)
    number = study.spells["case_manager"].str[1:].astype(int)
    assert ((number - 1) // 5 + 1 == study.spells["team"].str[1:].astype(int)).all()


def test_a_team_alone_in_its_organization_keeps_its_clients():
    counts = (1, 1, 1, 2, 2, 3, 4)
    study = drawn(world(team_change=1.0, teams_per_organization=counts))
    changed = study.spells.loc[study.spells["client_id"].duplicated(), "client_id"]
    size = study.clients.groupby("organization")["team"].transform("nunique")
    assert set(changed) == set(study.clients.loc[size > 1, "client_id"])


def test_spells_cover_every_day_from_enrolment_once():
    study = drawn(large(manager_change=0.3, team_change=0.2))
    spells = study.spells.merge(study.clients[["client_id", "enrolled"]], on="client_id")
    first = ~spells["client_id"].duplicated()
    assert (spells.loc[first, "start"] == spells.loc[first, "enrolled"]).all()
    assert (spells["end"].isna() == ~spells["client_id"].duplicated(keep="last")).all()
    assert (spells["end"].dropna() >= spells.loc[spells["end"].notna(), "start"]).all()
    gap = spells["start"].shift(-1) - spells["end"]
    assert (gap[spells["end"].notna()] == pd.Timedelta(days=1)).all()
    days = (spells.loc[~first, "start"] - spells.loc[~first, "enrolled"]).dt.days
    assert days.min() >= 1
    assert days.max() <= 548
    assert days.mean() == pytest.approx(549 / 2, abs=4 * 158 / np.sqrt(len(days)))


def test_interviews_name_team_and_case_manager_of_their_day():
    study = drawn(large(manager_change=0.3, team_change=0.2))
    rows = study.interviews.merge(study.spells, on="client_id", suffixes=("", "_spell"))
    inside = (rows["start"] <= rows["interview_date"]) & (
        rows["end"].isna() | (rows["interview_date"] <= rows["end"])
    )
    here = rows[inside]
    assert len(here) == len(study.interviews)
    assert (here["team"] == here["team_spell"]).all()
    assert (here["case_manager"] == here["case_manager_spell"]).all()


@pytest.mark.parametrize("change", ["manager_change", "team_change"])
def test_a_change_moves_scores_from_its_day_on_and_those_of_nobody_else(change):
    plan, changed = drawn(world()), drawn(world(**{change: 0.5}))
    pdt.assert_frame_equal(plan.fidelity, changed.fidelity)
    pdt.assert_frame_equal(plan.clients, changed.clients)
    rows = merged(changed, plan)
    assert len(rows) == len(plan.interviews) == len(changed.interviews)
    later = changed.spells[changed.spells["client_id"].duplicated()].set_index("client_id")
    since = rows["interview_date"] >= rows["client_id"].map(later["start"])
    moved = rows["alliance"] != rows["alliance_other"]
    scored = rows["alliance"].notna()
    assert (moved[scored] == since[scored]).all()
    assert 0 < since.sum() < len(rows)
    # What acts on an outcome is of the interview before it.
    before = since.groupby(rows["client_id"]).shift(1, fill_value=False)
    for name in ("quality_of_life", "hope", "community_functioning"):
        gained = rows[name] != rows[f"{name}_other"]
        follows = rows["wave_months"].groupby(rows["client_id"]).diff() == 4.5
        assert (gained[follows] == before[follows]).all()
        assert not gained[rows["wave_months"] == 0].any()


def test_alliance_holds_the_effect_of_the_case_manager_of_the_day():
    truth = large(manager_change=0.5)
    clusters = replace(truth.alliance.clusters, organization=0.0, team=0.0)
    alliance = replace(truth.alliance, clusters=clusters, sd_client=0.0, sd_occasion=0.0,
                       severity=0.0, trend=0.0)  # fmt: skip
    nothing = replace(alliance.covariates, age=0.0, man=0.0, another_gender=0.0, tenure=0.0)
    truth = replace(truth, a=0.0, alliance=replace(alliance, covariates=nothing))
    scores = drawn(truth).interviews.dropna().groupby("case_manager")["alliance"]
    assert scores.agg(np.ptp).max() < 1e-9
    spread = scores.first().std()
    error = alliance.clusters.manager / np.sqrt(2 * scores.ngroups)
    assert abs(spread - alliance.clusters.manager) < 4 * error


def test_expected_caseloads_are_those_of_studies():
    truth = large(manager_change=0.6)
    staying = replace(truth.attrition, log_odds=-99.0, missed_interview=0.0)
    studies = [drawn(replace(truth, attrition=staying), seed) for seed in range(3)]
    for index, wave in enumerate(truth.design.waves):
        squares = [
            (rows.groupby("case_manager").size() ** 2).sum()
            for rows in (s.interviews[s.interviews["wave_months"] == wave] for s in studies)
        ]
        expected = truth._squared_caseloads(np.full(300, 20.0), index).sum()
        assert np.mean(squares) == pytest.approx(expected, rel=0.01), wave
    assert truth.reliability(18.0) < large().reliability(18.0)


def test_displaced_interviews_are_early_or_late_and_move_no_other():
    plan, moved = drawn(large()), drawn(large(displaced_interviews=0.1))
    rows = merged(moved, plan)
    assert len(rows) == len(plan.interviews)
    enrolled = rows["client_id"].map(plan.clients.set_index("client_id")["enrolled"])
    off = (rows["interview_date"] - enrolled).dt.days - np.rint(rows["wave_months"] * 30.4375)
    displaced = rows["interview_date"] != rows["interview_date_other"]
    follow_up = rows["wave_months"] > 0
    assert (off[displaced].abs() >= 15).all()
    assert off.abs().max() == 40
    assert (off.abs() <= 1.5 * 30.4375).all()
    share = displaced[follow_up].mean()
    assert abs(share - 0.1) < 4 * np.sqrt(0.09 / follow_up.sum())
    assert not displaced[~follow_up].any()
    late = (off[displaced] > 0).mean()
    assert abs(late - 0.5) < 4 * 0.5 / np.sqrt(displaced.sum())
    same = rows[~displaced & rows["alliance"].notna()]
    assert (same["alliance"] == same["alliance_other"]).all()


def test_knobs_at_zero_leave_the_plan():
    study = drawn(world())
    assert len(study.spells) == len(study.clients)
    assert study.spells["end"].isna().all()
    on_day = study.interviews.merge(study.clients, on="client_id", suffixes=("", "_first"))
    assert (on_day["team"] == on_day["team_first"]).all()
    assert (on_day["case_manager"] == on_day["case_manager_first"]).all()


BROKEN = {
    "share above one": ({"manager_change": 1.5}, "`manager_change` is a share"),
    "negative share": ({"displaced_interviews": -0.1}, "`displaced_interviews` is a share"),
    "more than everyone": (
        {"manager_change": 0.7, "team_change": 0.7},
        "shares of 0.7 and 0.7, more than 1 together",
    ),
    "one case manager": (
        {"manager_change": 0.1, "managers_per_team": 1},
        "needs two of them in a team",
    ),
    "displaced by less than usual": (
        {"displaced_interviews": 0.1, "displaced_days": 10},
        "10 days beside 14",
    ),
    "outside the window": (
        {"displaced_interviews": 0.1, "displaced_days": 60},
        "1.5 months, interviews up to 60 days off",
    ),
    "windows that overlap": ({"window_months": 2.5}, "waves 4.5 months apart"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_impossible_changes_are_refused(name):
    changes, message = BROKEN[name]
    with pytest.raises(SimulationError, match=message):
        world(**changes)


@pytest.mark.parametrize("share", [-0.1, 1.0])
def test_impossible_share_of_missing_items_is_refused(share):
    with pytest.raises(SimulationError, match="`missing_item` is a share"):
        replace(default_truth().attrition, missing_item=share)
