"""Slopes that differ between clusters: against lme4, an analysis of covariance, and laws."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mediation.errors import EstimationError, SpecificationError
from mediation.model import MediationModel
from mediation.sensitivity.slopes import mixture_p, slopes_of_clusters

CASE = Path(__file__).parents[1] / "reference" / "random_slope_teams"
NESTED = MediationModel(
    "fidelity", ("alliance",), "outcome", ("age",), clusters=("organization", "team")
)


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(CASE / "data.csv")


@pytest.fixture(scope="module")
def expected():
    return json.loads((CASE / "expected.json").read_text())


@pytest.fixture(scope="module")
def found(rows):
    teams = replace(NESTED, clusters=("team",))
    return {"nested": slopes_of_clusters(NESTED, rows), "teams": slopes_of_clusters(teams, rows)}


@pytest.mark.reference
@pytest.mark.parametrize("case", ["nested", "teams"])
def test_random_slope_is_lme4s(found, expected, case):
    mine, lme4 = found[case], expected[case]
    variances = dict(mine.variances)

    # lme4 stops up to 1e-8 of its criterion above the optimum.
    assert mine.criterion == pytest.approx(lme4["criterion"], abs=1e-6)
    assert mine.criterion_same == pytest.approx(lme4["criterion_same"], abs=1e-6)
    assert mine.mean == pytest.approx(lme4["coefficients"]["m_within"], rel=1e-5)
    assert mine.sd**2 == pytest.approx(lme4["slope"], rel=1e-5)
    assert variances["team"] == pytest.approx(lme4["team_intercept"], rel=1e-5)
    assert variances["residual"] == pytest.approx(lme4["residual"], rel=1e-5)
    covariance = mine.correlation * mine.sd * np.sqrt(variances["team"])
    assert covariance == pytest.approx(lme4["covariance"], rel=1e-4)
    if case == "nested":
        assert variances["organization"] == pytest.approx(lme4["organization"], rel=1e-5)


@pytest.mark.reference
@pytest.mark.parametrize("case", ["nested", "teams"])
def test_predicted_slopes_are_lme4s(found, expected, case):
    mine, lme4 = found[case], expected[case]["departures"]
    departures = dict(zip(mine.names, mine.predicted - mine.mean, strict=True))

    assert set(departures) == set(lme4)
    for team, departure in departures.items():
        assert departure == pytest.approx(lme4[team], abs=1e-5)


@pytest.mark.reference
def test_own_slopes_are_those_of_the_analysis_of_covariance(found, expected):
    own, names, r = found["nested"].own, found["nested"].names, expected["ancova"]

    assert (own.df, own.df_residual) == (r["df"], r["df_residual"])
    assert own.q / own.df == pytest.approx(r["f"], rel=1e-9)
    assert own.p_value == pytest.approx(r["p"], rel=1e-9)
    for name, value, error in zip(names, own.values, own.std_errors, strict=True):
        assert value == pytest.approx(r["slopes"][name], rel=1e-9)
        assert error == pytest.approx(r["std_errors"][name], rel=1e-9)


def test_i_squared_is_the_excess_of_q():
    """Slopes 0 and 2 by turns, each known with the same error."""
    rng = np.random.default_rng(2)
    m, team = np.tile([-1.0, 0.0, 1.0], 40), np.repeat(np.arange(8), 15)
    y = np.tile([0.0, 2.0], 4)[team] * m + rng.normal(size=120)
    frame = pd.DataFrame({"x": rng.normal(size=8)[team], "m": m + rng.normal(size=8)[team]})
    frame = frame.assign(y=y, team=team)
    own = slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame).own
    by_hand = [np.polyfit(m[team == t], y[team == t], 1)[0] for t in range(8)]

    np.testing.assert_allclose(own.values, by_hand, rtol=1e-10)
    assert own.q == pytest.approx(np.sum(((by_hand - np.mean(by_hand)) / own.std_errors) ** 2))
    assert own.i_squared == pytest.approx(1 - 7 / own.q)


def test_mixture_is_half_of_each():
    """With D = 5.138 the equal mixture of chi2 with 1 and 2 df leaves five hundredths."""
    assert mixture_p(5.138) == pytest.approx(0.05, abs=1e-4)
    assert stats.chi2.sf(5.138, 1) < mixture_p(5.138) < stats.chi2.sf(5.138, 2)


def test_share_of_positive_slopes_is_that_of_a_normal(found):
    mine = found["nested"]
    assert mine.share_positive == pytest.approx(stats.norm(mine.mean, mine.sd).sf(0))


def test_profile_limits_raise_the_criterion_by_the_quantile(rows, found):
    """A wider level gives wider limits, and the SD itself lies inside."""
    mine = found["nested"]
    wider = slopes_of_clusters(NESTED, rows, conf_level=0.99)
    assert wider.sd_low <= mine.sd_low < mine.sd < mine.sd_high < wider.sd_high


def test_units_do_not_matter(rows, found):
    scaled = rows.assign(alliance=rows["alliance"] * 10, outcome=rows["outcome"] * 3 + 7)
    other, mine = slopes_of_clusters(NESTED, scaled), found["nested"]

    assert other.sd == pytest.approx(0.3 * mine.sd, rel=1e-5)
    assert other.sd_high == pytest.approx(0.3 * mine.sd_high, rel=1e-3)
    assert other.p_value == pytest.approx(mine.p_value, rel=1e-5)
    assert other.own.q == pytest.approx(mine.own.q)


def test_order_of_rows_does_not_matter(rows, found):
    shuffled = slopes_of_clusters(NESTED, rows.sample(frac=1, random_state=1))
    mine = found["nested"].to_frame().set_index("cluster")
    pd.testing.assert_frame_equal(
        shuffled.to_frame().set_index("cluster").loc[mine.index], mine, rtol=1e-4
    )


def test_slopes_that_do_not_differ_have_a_zero_in_their_limits():
    """The same slope in every team: in most data sets the test says nothing else."""
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(10), 15)
    p_values = []
    for _ in range(20):
        m = rng.normal(size=150)
        y = 0.5 * m + rng.normal(size=10)[team] + rng.normal(size=150)
        frame = pd.DataFrame({"x": rng.normal(size=10)[team], "m": m, "y": y, "team": team})
        mine = slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame)
        assert (mine.sd_low == 0) == (mine.p_value >= 0.05)
        assert np.isfinite(mine.sd_high)
        assert mine.sd_high > mine.sd
        p_values.append(mine.p_value)
    assert np.mean(np.array(p_values) < 0.05) <= 0.2


def test_clusters_and_mediator_must_be_named(rows):
    with pytest.raises(SpecificationError, match="Name the clusters"):
        slopes_of_clusters(replace(NESTED, clusters=()), rows)
    with pytest.raises(SpecificationError, match="Found hope"):
        slopes_of_clusters(NESTED, rows, mediator="hope")


def test_clusters_of_one_row_have_no_slopes():
    rng = np.random.default_rng(1)
    team = np.append(np.arange(12), [0, 0, 0])
    frame = pd.DataFrame(rng.normal(size=(15, 2)), columns=["m", "y"])
    frame = frame.assign(team=team, x=rng.normal(size=12)[team])
    with pytest.raises(EstimationError, match="1 of 12 do"):
        slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame)


def test_rows_that_leave_no_residual_are_told_from_clusters_without_a_slope():
    """Six clusters of two rows: every one has a slope, none has a row left."""
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(6), 2)
    frame = pd.DataFrame(rng.normal(size=(12, 2)), columns=["m", "y"])
    frame = frame.assign(team=team, x=rng.normal(size=6)[team])
    with pytest.raises(EstimationError, match="12 rows less 6 intercepts and 6 slopes"):
        slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame)


@pytest.mark.parametrize("spread", [0.0, 3.0])
def test_intercepts_that_do_not_vary_are_told(spread):
    """Outcomes whose team means lie on the line leave no variance to intercepts."""
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(10), 20)
    m, noise, x = rng.normal(size=200), rng.normal(size=200), rng.normal(size=10)
    noise -= pd.Series(noise).groupby(team).transform("mean").to_numpy()
    y = m + noise + spread * rng.normal(size=10)[team]
    frame = pd.DataFrame({"x": x[team], "m": m, "y": y, "team": team})
    mine = slopes_of_clusters(MediationModel("x", ("m",), "y", clusters=("team",)), frame)
    assert mine.intercepts_differ is (spread > 0)
