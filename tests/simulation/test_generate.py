"""The shipped study has the published design, and null and default differ through a alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

from mediation.simulation import DEFAULT_SEED, default_truth, null
from mediation.simulation.generate import simulate

from .regression import wide

OUTCOMES = ["quality_of_life", "hope", "community_functioning"]


def shipped(truth=None):
    return simulate(truth or default_truth(), np.random.default_rng(DEFAULT_SEED))


def test_design_is_the_published_one():
    study = shipped()
    assert len(study.clients) == study.clients["client_id"].nunique() == 311
    assert study.clients["team"].nunique() == 14
    assert study.clients["organization"].nunique() == 7
    assert (study.clients.groupby("organization")["team"].nunique() == 2).all()
    assert (study.clients.groupby("team")["case_manager"].nunique() == 5).all()
    assert len(study.clients[["case_manager", "team"]].drop_duplicates()) == 14 * 5
    assert study.clients.groupby("team").size().agg(["min", "max"]).tolist() == [14, 32]
    assert (study.fidelity.groupby("team").size() == 6).all()
    assert sorted(study.interviews["wave_months"].unique()) == [0, 4.5, 9, 13.5, 18]
    assert not study.interviews.duplicated(["client_id", "wave_months"]).any()


def test_dates_follow_the_schedule():
    study = shipped()
    start = pd.Timestamp("2015-01-05")
    scheduled = np.tile([0, 6, 12, 18, 24, 36], 14) * 30.4375
    assessed = (study.fidelity["assessment_date"] - start).dt.days
    assert (assessed - scheduled).abs().max() <= 20.5
    assert study.fidelity["assessment_date"].nunique() > 50
    interviews = study.interviews
    dates = {
        wave: rows.set_index("client_id")["interview_date"]
        for wave, rows in interviews.groupby("wave_months")
    }
    enrolled = (dates[0.0] - start).dt.days
    assert 30 <= enrolled.min() < 60
    assert 365 < enrolled.max() <= 396
    said = study.clients.set_index("client_id")["enrolled"]
    assert (dates[0.0] == said[dates[0.0].index]).all()
    off = pd.concat(
        [
            (dates[wave] - dates[0.0]).dt.days - np.rint(wave * 30.4375)
            for wave in (4.5, 9.0, 13.5, 18.0)
        ]
    ).abs()
    assert off.max() <= 40
    # Of some 1,000 follow-up interviews 4% are early or late; the SD of the share is .006.
    assert (off > 14).mean() == pytest.approx(0.04, abs=3 * 0.006)
    assert off[off <= 14].max() == 14


def test_covariates_lie_in_their_range():
    clients = shipped().clients
    assert clients["age"].between(18, 80).all()
    assert set(clients["gender"]) == {"woman", "man", "another gender"}
    assert (clients["tenure_months"] >= 0).all()
    assert clients["tenure_months"].skew() > 0.8


def test_scores_lie_on_their_scales_once_rounded():
    truth, study = default_truth(), shipped().rounded()
    steps = study.fidelity["fidelity"] * 10
    np.testing.assert_allclose(steps, steps.round(), atol=1e-9)
    assert study.fidelity["fidelity"].between(1, 5).all()
    alliance = study.interviews["alliance"].dropna()
    assert alliance.between(24, 96).all()
    assert (alliance == alliance.round()).all()
    for outcome in truth.outcomes:
        scores = study.interviews[outcome.name]
        assert scores.between(outcome.low, outcome.high).all()
        assert (scores == scores.round()).all()


def test_rounding_moves_outcomes_by_half_a_point_and_hardly_ever_clips():
    truth, study = default_truth(), shipped()
    rounded = study.rounded()
    for outcome in truth.outcomes:
        moved = (rounded.interviews[outcome.name] - study.interviews[outcome.name]).abs()
        assert (moved > 0.5).mean() < 0.01
    assert study.interviews["hope"].round().ne(study.interviews["hope"]).any()


def test_a_fifth_of_the_alliance_is_at_the_ceiling():
    alliance = shipped().rounded().interviews["alliance"].dropna()
    assert (alliance == 96).mean() == pytest.approx(0.2, abs=0.05)
    free = replace(default_truth(), ceiling=False)
    assert shipped(free).rounded().interviews["alliance"].max() > 100


def test_attrition_is_monotone_and_near_a_quarter():
    held = shipped().interviews.groupby("wave_months").size()
    assert held[0.0] == 311
    assert held.is_monotonic_decreasing
    # 22% leave and 3% miss the last interview; the SD over studies is .027.
    assert 1 - held[18.0] / 311 == pytest.approx(0.245, abs=3 * 0.027)


def test_attrition_depends_on_baseline_quality_of_life_and_age():
    study = shipped()
    stayed = study.clients["client_id"].isin(
        study.interviews.query("wave_months == 18")["client_id"]
    )
    baseline = study.interviews.query("wave_months == 0")["quality_of_life"].reset_index(drop=True)
    assert baseline[stayed].mean() > baseline[~stayed].mean()


def test_one_percent_of_alliance_scores_and_no_other_are_missing():
    interviews = shipped().interviews
    assert 0 < interviews["alliance"].isna().mean() < 0.025
    assert interviews.drop(columns="alliance").notna().all().all()


@pytest.mark.parametrize("pair", [(4.5, 9.0), (13.5, 18.0)])
def test_fidelity_varies_a_little_inside_teams(pair):
    frame = wide(shipped(), pair, "hope")
    inside = frame["fidelity"] - frame.groupby("team")["fidelity"].transform("mean")
    assert 0.05 < inside.var() / frame["fidelity"].var() < 0.15


def test_fidelity_is_constant_inside_teams_if_asked():
    study = shipped(replace(default_truth(), fidelity_changes=False))
    assert len(study.fidelity[["team", "fidelity"]].drop_duplicates()) == 14
    assert study.fidelity["fidelity"].nunique() > 5


def test_laggard_organization_gains_least():
    study = shipped()
    scores = study.fidelity["fidelity"].to_numpy().reshape(7, 2, 6).mean(axis=1)
    assert np.argmin(scores[:, -1] - scores[:, 0]) == default_truth().fidelity.laggard


def test_null_differs_in_alliance_and_later_outcomes_by_a_alone():
    truth = replace(default_truth(), ceiling=False)
    study, without = shipped(truth), shipped(null(truth))
    pdt.assert_frame_equal(study.fidelity, without.fidelity)
    pdt.assert_frame_equal(study.clients, without.clients)
    pdt.assert_frame_equal(study.spells, without.spells)
    keys = ["client_id", "wave_months", "interview_date", "team", "case_manager"]
    pdt.assert_frame_equal(study.interviews[keys], without.interviews[keys])
    for outcome in OUTCOMES:
        frame, bare = (wide(each, (4.5, 9.0), outcome) for each in (study, without))
        fidelity = frame["fidelity"] - truth.x_ref
        np.testing.assert_allclose(
            frame["alliance"] - bare["alliance"], truth.a * fidelity, atol=1e-9
        )
        np.testing.assert_allclose(
            frame["outcome"] - bare["outcome"],
            truth.a * truth.b_between(outcome) * fidelity,
            atol=1e-9,
        )
        assert (frame["baseline"] == bare["baseline"]).all()


def test_ceiling_censors_the_alliance_and_nothing_else():
    truth = default_truth()
    study, free = shipped(truth), shipped(replace(truth, ceiling=False))
    expected = free.interviews["alliance"].clip(24, 96)
    pdt.assert_series_equal(study.interviews["alliance"], expected)
    pdt.assert_frame_equal(study.interviews[OUTCOMES], free.interviews[OUTCOMES])


def test_same_seed_same_study_other_seed_other_study():
    first, again = shipped(), shipped()
    pdt.assert_frame_equal(first.interviews, again.interviews)
    other = simulate(default_truth(), np.random.default_rng(1))
    assert not other.clients["age"].equals(first.clients["age"])
