"""Selection on the mediator: weights, weighted mixed models against lme4, simulated truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import optimize
from scipy.special import expit

from mediation.errors import SpecificationError
from mediation.estimation.design import prepare
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.infer import infer
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.sensitivity.selection import (
    Selection,
    selection_on_mediator,
    selection_weights,
)
from mediation.sensitivity.selection_paths import weighted_paths
from mediation.vocabulary import Covariance, EffectName, Level

CASE = Path(__file__).parents[1] / "reference" / "random_slope_teams"
MODEL = MediationModel(
    "fidelity", ("alliance",), "outcome", ("age",), clusters=("organization", "team")
)
HEADLINE = (EffectName.INDIRECT, Level.WITHIN)


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(CASE / "data.csv")


@pytest.fixture(scope="module")
def expected():
    return json.loads((CASE / "expected.json").read_text())["weighted"]


@pytest.fixture(scope="module")
def weights(rows):
    m = rows["alliance"]
    return selection_weights(m.to_numpy(), 3.0, 0.5, float(m.std()))[None]


@pytest.fixture(scope="module")
def found(rows):
    interval = MonteCarlo(n_draws=2000)
    return selection_on_mediator(
        MODEL, rows, *HEADLINE, np.random.default_rng(1), interval=interval
    )


def test_weights_are_one_over_a_logistic_probability():
    """That whose mean over those who take part gives the share back, solved by search."""
    m = np.random.default_rng(1).normal(70, 8, 200)
    slope = np.log(2.5) / 8

    def excess(alpha):
        return np.mean(1 / expit(alpha + slope * (m - 70))) - 1 / 0.3

    alpha = optimize.brentq(excess, -20, 20)
    np.testing.assert_allclose(
        selection_weights(m, 2.5, 0.3, 8.0), 1 / expit(alpha + slope * (m - 70)), rtol=1e-9
    )


@pytest.mark.reference
def test_weighted_mixed_models_are_lme4s(rows, expected, weights):
    np.testing.assert_allclose(weights[0], expected["raw"], rtol=1e-12)
    batch = weighted_paths(MODEL, prepare(MODEL, rows), weights)
    a, c_prime, b_within, b_between, _ = batch.values[0]
    outcome = expected["outcome"]["coefficients"]

    assert a == pytest.approx(expected["mediator"]["coefficients"]["fidelity"], rel=1e-6)
    assert c_prime == pytest.approx(outcome["fidelity"], rel=1e-6)
    assert b_within == pytest.approx(outcome["m_within"], rel=1e-6)
    assert b_between == pytest.approx(outcome["m_mean"], rel=1e-6)


@pytest.mark.reference
def test_weighted_cr2_is_clubsandwichs(rows, expected, weights):
    model = replace(MODEL, clusters=("team",))
    batch = weighted_paths(model, prepare(model, rows), weights)
    names = [(p.path.value, p.level.value) for p in batch.parameters]
    at, cr2 = names.index(("b", "within")), expected["cr2"]

    assert batch.values[0, at] == pytest.approx(cr2["estimate"], rel=1e-6)
    assert np.sqrt(batch.covariance[0, at, at]) == pytest.approx(cr2["std_error"], rel=1e-6)
    assert batch.df[0, at] == pytest.approx(cr2["df"], rel=1e-4)


def test_equal_weights_are_the_default_engine(rows):
    """Whatever the common weight is."""
    batch = weighted_paths(MODEL, prepare(MODEL, rows), np.full((1, len(rows)), 7.0))
    plain = MixedModels().fit(MODEL, rows).paths

    assert batch.parameters == plain.parameters
    np.testing.assert_allclose(batch.values[0], plain.values, rtol=1e-9)
    np.testing.assert_allclose(batch.covariance[0], plain.covariance, rtol=1e-7, atol=1e-12)
    np.testing.assert_allclose(batch.df[0], plain.df, rtol=1e-7)


def test_first_point_is_the_declared_analysis(rows, found):
    """With the draws of the same stream, to the digit."""
    interval = MonteCarlo(n_draws=2000)
    fit = MixedModels().fit(MODEL, rows)
    row = next(
        r for r in infer(fit, interval, np.random.default_rng(1)).effects if r.level is Level.WITHIN
    )
    first = found.points[0].effect
    assert first.estimate == pytest.approx(row.value.estimate, rel=1e-9)
    assert first.std_error == pytest.approx(row.value.std_error, rel=1e-7)
    assert first.conf_low == pytest.approx(row.value.conf_low, rel=1e-7)
    assert first.conf_high == pytest.approx(row.value.conf_high, rel=1e-7)


@pytest.mark.parametrize("copies", [1, 3])
def test_whole_weights_without_clusters_are_copies_of_rows(rows, copies):
    """The estimate; HC3 takes the copies as one row, so that only equal weights compare there."""
    model = MediationModel("fidelity", ("alliance",), "outcome", ("age",))
    count = np.where(np.arange(len(rows)) % 2, copies, 1)
    batch = weighted_paths(model, prepare(model, rows), count[None].astype(float))
    repeated = OLS(Covariance.HC3).fit(model, rows.loc[rows.index.repeat(count)]).paths

    np.testing.assert_allclose(batch.values[0], repeated.values, rtol=1e-9)
    if copies == 1:
        np.testing.assert_allclose(batch.covariance[0], repeated.covariance, rtol=1e-8)


def _population(rng, n_teams, n_clients):
    """Teams of clients with a = 3, b within = 0.5, b between = 0.8; alliance SD about 8."""
    team = np.repeat(np.arange(n_teams), n_clients)
    x = rng.normal(0, 1, n_teams)
    mean = 70 + 3 * x + rng.normal(0, 1.5, n_teams)
    m = mean[team] + rng.normal(0, 8, len(team))
    center = np.bincount(team, m) / n_clients
    y = 0.5 * (m - center[team]) + 0.8 * center[team] + x[team]
    y += rng.normal(0, 2, n_teams)[team] + rng.normal(0, 6, len(team))
    return pd.DataFrame({"team": team, "x": x[team], "m": m, "y": y})


def _biases(n_teams, n_clients, odds_ratio, n_populations, seed):
    """Differences of a and b within from those of everybody: without weights, and with them."""
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n_populations):
        everyone = _population(rng, n_teams, n_clients)
        chance = expit(np.log(odds_ratio) * (everyone["m"] - 70) / 8)
        taking_part = rng.uniform(size=len(chance)) < chance
        rows = everyone[taking_part]
        values = rows["m"].to_numpy()
        weights = selection_weights(values, odds_ratio, float(taking_part.mean()), 8.0)
        both = np.stack([np.ones(len(values)), weights])
        paths = weighted_paths(model, prepare(model, rows), both).values
        truth = MixedModels().fit(model, everyone).paths.values
        found.append(paths[:, [0, 2]] - truth[[0, 2]])
    found = np.array(found)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(n_populations)


def test_weights_give_back_what_selection_took():
    """Everybody's a and b from those selected on the alliance, 40 populations of 8,000 clients.

    Monte Carlo standard errors are 0.03 for a (3) and 0.003 for b within (0.5).
    """
    (plain, weighted), (_, error) = _biases(40, 200, 3.0, 40, 7)

    assert error[0] < 0.04
    assert error[1] < 0.003
    assert (np.abs(weighted) < 3 * error).all()
    assert plain[0] < -0.5
    # Selection on the mediator alone leaves b inside teams as it is.
    assert abs(plain[1]) < 3 * error[1]


def test_weights_give_back_most_where_teams_are_small():
    """With 22 clients of a team selected, weighted means of teams lean to those who took part.

    What is left of the bias of a is about a fifth of it; its Monte Carlo standard error 0.06.
    """
    (plain, weighted), (_, error) = _biases(14, 44, 3.0, 150, 7)

    assert error[0] < 0.07
    assert plain[0] < -0.4
    assert abs(weighted[0]) < abs(plain[0]) / 2


def test_stronger_selection_leaves_fewer_rows_to_speak(found):
    for share in found.options.shares:
        effective = [point.effective_n for point in found.of_share(share)]
        means = [point.mean for point in found.of_share(share)]
        assert effective[0] == pytest.approx(found.n_rows)
        assert all(np.diff(effective) < 0)
        assert all(np.diff(means) < 0)


def test_turns_at_the_nearest_strength_that_says_another_thing_of_zero(found):
    covers = {
        (p.share, p.odds_ratio): p.effect.conf_low <= 0 <= p.effect.conf_high for p in found.points
    }
    first = found.points[0].effect
    start = first.conf_low <= 0 <= first.conf_high
    for share in found.options.shares:
        turned = [r for r in found.options.odds_ratios if covers[share, r] != start]
        assert found.turns(share) == (min(turned) if turned else None)


def test_bounds_hold_every_estimate(found):
    low, high = found.bounds
    frame = found.to_frame()
    assert frame["estimate"].between(low, high).all()
    assert len(frame) == 13


def test_reference_sd_is_the_unit_of_the_odds_ratio(rows):
    sd = float(rows["alliance"].std())
    interval, rng = MonteCarlo(n_draws=200), np.random.default_rng(1)
    doubled = Selection((4.0,), (0.5,), reference_sd=2 * sd)
    one = selection_on_mediator(MODEL, rows, *HEADLINE, rng, interval=interval, options=doubled)
    plain = Selection((2.0,), (0.5,))
    two = selection_on_mediator(MODEL, rows, *HEADLINE, rng, interval=interval, options=plain)
    assert one.points[1].a.estimate == pytest.approx(two.points[1].a.estimate, rel=1e-9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"odds_ratios": ()}, "at least one"),
        ({"odds_ratios": (0.0,)}, "positive"),
        ({"shares": (1.0,)}, "between 0 and 1"),
        ({"reference_sd": 0.0}, "positive number"),
    ],
)
def test_options_out_of_range_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message):
        Selection(**options)


def test_effect_and_mediator_must_be_the_models(rows):
    rng = np.random.default_rng(1)
    with pytest.raises(SpecificationError, match="Found hope"):
        selection_on_mediator(MODEL, rows, *HEADLINE, rng, mediator="hope")
    with pytest.raises(SpecificationError, match="indirect within"):
        selection_on_mediator(MODEL, rows, EffectName.INDIRECT, Level.SINGLE, rng)


def test_rows_in_effect_are_those_of_the_weights_of_the_fit(rows, found):
    """Scaled inside teams: a team of light rows counts as much as one of heavy ones."""
    values = rows["alliance"].to_numpy()
    for point in found.points[1:]:
        raw = selection_weights(values, point.odds_ratio, point.share, values.std(ddof=1))
        by_team = pd.Series(raw).groupby(rows["team"].to_numpy())
        weights = raw / by_team.transform("mean").to_numpy()
        expected = weights.sum() ** 2 / (weights**2).sum()
        assert point.effective_n == pytest.approx(expected)
        assert point.effective_n != pytest.approx(raw.sum() ** 2 / (raw**2).sum(), rel=1e-3)
        assert point.largest_share == pytest.approx((by_team.max() / by_team.sum()).max())
