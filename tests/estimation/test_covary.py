"""Paths a of several mediators vary together; how is known where equations are alike."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.vocabulary import PathName


def study(rng, n_teams=14, size=22, rho=0.8):
    team = np.repeat(np.arange(n_teams), size)
    x = rng.normal(size=n_teams)[team]

    def pair(n):
        first, second = rng.normal(size=(2, n))
        return first, rho * first + np.sqrt(1 - rho**2) * second

    between, within = pair(n_teams), pair(len(team))
    m1, m2 = (0.3 * x + 0.4 * u[team] + e for u, e in zip(between, within, strict=True))
    y = 0.4 * m1 + 0.4 * m2 + 0.2 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    return pd.DataFrame({"team": team, "x": x, "m1": m1, "m2": m2, "m3": -m1 + 0.1 * m2, "y": y})


def model(*mediators, clusters=("team",)):
    return med.MediationModel("x", mediators, "y", clusters=clusters)


def correlation_of_a(fit):
    at = [k for k, p in enumerate(fit.paths.parameters) if p.path is PathName.A]
    covariance = fit.paths.covariance[np.ix_(at, at)]
    errors = np.sqrt(np.diag(covariance))
    return covariance / np.outer(errors, errors)


def test_classical_least_squares_has_the_correlation_of_the_residuals():
    frame = study(np.random.default_rng(1))
    fit = med.estimate(model("m1", "m2", clusters=()), frame, med.OLS())
    x = np.column_stack([np.ones(len(frame)), frame.x])
    left = [frame[m] - x @ np.linalg.lstsq(x, frame[m], rcond=None)[0] for m in ("m1", "m2")]
    assert correlation_of_a(fit)[0, 1] == pytest.approx(np.corrcoef(left)[0, 1], rel=1e-9)


@pytest.mark.parametrize("covariance", [med.Covariance.CR1, med.Covariance.HC3])
def test_sandwiches_have_the_correlation_of_the_scores(covariance):
    frame = study(np.random.default_rng(2))
    fit = med.estimate(model("m1", "m2"), frame, med.OLS(covariance))
    x = np.column_stack([np.ones(len(frame)), frame.x])
    bread = np.linalg.inv(x.T @ x)
    hat = np.einsum("ni,ij,nj->n", x, bread, x)
    scores = []
    for name in ("m1", "m2"):
        left = frame[name] - x @ np.linalg.lstsq(x, frame[name], rcond=None)[0]
        if covariance is med.Covariance.HC3:
            scores.append((x @ bread)[:, 1] * left / (1 - hat))
        else:
            score = pd.Series((x @ bread)[:, 1] * left)
            scores.append(score.groupby(frame.team).sum().to_numpy())
    expected = scores[0] @ scores[1] / np.sqrt((scores[0] @ scores[0]) * (scores[1] @ scores[1]))
    assert correlation_of_a(fit)[0, 1] == pytest.approx(expected, rel=1e-8)


def test_mixed_models_find_the_spread_of_the_estimates():
    """Over many studies the correlation told is that of the estimates."""
    rng = np.random.default_rng(3)
    base = study(rng)
    n = 400
    drawn = {name: np.empty((n, len(base))) for name in ("m1", "m2", "y")}
    for k in range(n):
        frame = study(rng)
        for name in drawn:
            shift = frame[name] - 0.3 * frame.x if name != "y" else frame[name]
            drawn[name][k] = shift + (0.3 * base.x if name != "y" else 0)
    batch = med.estimate_batch(model("m1", "m2"), base, med.MixedModels(), drawn)
    at = [k for k, p in enumerate(batch.parameters) if p.path is PathName.A]
    expected = np.corrcoef(batch.values[:, at].T)[0, 1]
    covariance = batch.covariance[:, at][:, :, at]
    told = covariance[:, 0, 1] / np.sqrt(covariance[:, 0, 0] * covariance[:, 1, 1])
    assert expected > 0.7
    assert told.mean() == pytest.approx(expected, abs=0.05)


def test_the_sum_through_two_mediators_is_that_through_their_sum():
    """With equal slopes b known, a sum of effects is the effect through the sum of mediators."""
    frame = study(np.random.default_rng(4))
    fit = med.estimate(model("m1", "m2"), frame, med.OLS(med.Covariance.CR2))
    at = [k for k, p in enumerate(fit.paths.parameters) if p.path is PathName.A]
    variance = fit.paths.covariance[np.ix_(at, at)].sum()
    both = frame.assign(m1=frame.m1 + frame.m2)
    alone = med.estimate(model("m1"), both, med.OLS(med.Covariance.CR2))
    assert variance == pytest.approx(alone.paths.covariance[0, 0], rel=1e-9)


def test_batches_and_single_fits_agree_for_three_mediators():
    frame = study(np.random.default_rng(5)).assign(m3=lambda d: d.m3 + np.sin(np.arange(len(d))))
    three = model("m1", "m2", "m3")
    one = med.estimate(three, frame, med.MixedModels()).paths
    batch = med.estimate_batch(three, frame, med.MixedModels(), {"y": frame.y.to_numpy()[None]})[0]
    np.testing.assert_allclose(batch.covariance, one.covariance, rtol=1e-9, atol=1e-15)
    assert np.linalg.eigvalsh(one.covariance).min() > -1e-12


def test_the_total_slope_is_not_combined_with_effects_drawn_apart():
    frame = study(np.random.default_rng(6))
    roles = {"predictor": "x", "mediators": ["m1", "m2"], "outcome": "y", "clusters": ["team"]}
    wanted = {("total", "between", None): 1.0, ("direct", "between", None): -1.0}
    drawn = med.mediate(frame, **roles, seed=1)
    with pytest.raises(med.InferenceError, match="an equation of its own"):
        drawn.combine(wanted)
    resampled = med.mediate(frame, **roles, seed=1, interval=med.Bootstrap(n_resamples=500))
    value = resampled.combine(wanted)
    assert value.conf_low < value.estimate < value.conf_high
    joint = med.mediate(frame, **roles, seed=1, engine=med.TwoLevelSEM()).combine(wanted)
    assert joint.conf_low < joint.estimate < joint.conf_high
