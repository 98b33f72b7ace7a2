"""The smallest effect a design shows: closed forms, laws, and studies drawn at that effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mediation.errors import InferenceError
from mediation.estimation.batch import estimate_batch
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.product import Factors, product_cdf
from mediation.inference.product_distribution import ProductDistribution
from mediation.model import MediationModel
from mediation.sensitivity.detectable import detectable
from mediation.sensitivity.detectable_power import (
    ProductTest,
    path_power,
    product_power,
    smallest_multiple,
)
from mediation.vocabulary import DrawDistribution, EffectName, Level, PathName

MODEL = MediationModel("x", ("m",), "y")
INDIRECT = (EffectName.INDIRECT, Level.SINGLE)


def rows(n=120, seed=3):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    m = 0.4 * x + rng.normal(size=n)
    return pd.DataFrame({"x": x, "m": m, "y": 0.5 * m + rng.normal(size=n)})


@pytest.fixture(scope="module")
def fit():
    return OLS().fit(MODEL, rows())


def errors(fit):
    at = {p.path: k for k, p in enumerate(fit.paths.parameters)}
    return {name: np.sqrt(fit.paths.covariance[k, k]) for name, k in at.items()}


def test_joint_test_of_equal_standardised_paths_in_closed_form(fit):
    found = detectable(fit, JointSignificance(), *INDIRECT)
    sd = {scale.name: scale.sd_total for scale in fit.scales}
    error = errors(fit)
    size = found.together[0] * sd["x"] / sd["y"]
    a, b = np.sqrt(size) * sd["m"] / sd["x"], np.sqrt(size) * sd["y"] / sd["m"]
    power = path_power(a / error[PathName.A], 118.0) * path_power(b / error[PathName.B], 117.0)

    assert found.sd_factor == pytest.approx(sd["x"] / sd["y"], rel=1e-12)
    assert a * b == pytest.approx(found.together[0], rel=1e-12)
    assert power == pytest.approx(0.8, abs=1e-6)
    assert found.test is ProductTest.JOINT
    assert found.approximates == ""


def test_with_b_as_estimated(fit):
    found = detectable(fit, ProductDistribution(), *INDIRECT, powers=(0.6,))
    error, b = errors(fit), found.paths[1].estimate
    pair = [found.with_b[0] / abs(b) / error[PathName.A], b / error[PathName.B]]
    power = product_power(pair, (118.0, 117.0), ProductTest.DISTRIBUTION)
    assert power == pytest.approx(0.6, abs=1e-6)
    assert found.paths[0].name == "a"
    assert found.paths[0].smallest[0] == pytest.approx(
        error[PathName.A] * _noncentrality(0.6, 118), rel=1e-6
    )


def _noncentrality(power, df):
    """By bisection on scipy's own noncentral t."""
    low, high, q = 0.0, 20.0, stats.t.ppf(0.975, df)
    for _ in range(60):
        middle = (low + high) / 2
        found = stats.nct.sf(q, df, middle) + stats.nct.cdf(-q, df, middle)
        low, high = (middle, high) if found < power else (low, middle)
    return low


def test_one_path_effects_need_no_ray(fit):
    found = detectable(fit, MonteCarlo(), EffectName.DIRECT, Level.SINGLE)
    assert found.test is None
    assert found.with_b == ()
    assert found.together == found.paths[0].smallest
    assert found.together[0] == pytest.approx(
        errors(fit)[PathName.C_PRIME] * _noncentrality(0.8, 117), rel=1e-6
    )
    assert len(found.to_frame()) == 2


def test_curves_pass_through_the_smallest_effects(fit):
    found = detectable(fit, MonteCarlo(), *INDIRECT)
    curve = np.interp(found.together, found.effects, found.power_together)
    assert curve == pytest.approx([0.8, 0.9], abs=0.01)
    assert np.all(np.diff(found.power_together) > -1e-9)
    assert found.power_with_b[-1] <= path_power(
        found.paths[1].estimate / found.paths[1].std_error, 117.0
    )
    frame = found.to_frame()
    assert len(frame) == 8
    assert set(frame.power) == {0.8, 0.9}


@pytest.mark.parametrize("factor", [10.0, 0.01])
def test_units_change_nothing_in_sd(fit, factor):
    frame = rows()
    again = OLS().fit(MODEL, frame.assign(m=factor * frame.m, y=frame.y / factor))
    one, other = (detectable(each, MonteCarlo(), *INDIRECT) for each in (fit, again))
    assert np.array(one.together) * one.sd_factor == pytest.approx(
        np.array(other.together) * other.sd_factor, rel=1e-6
    )
    assert one.with_b == pytest.approx([factor * each for each in other.with_b], rel=1e-6)


def test_what_decides_follows_the_interval(fit):
    sizes = {
        name: detectable(fit, interval, *INDIRECT)
        for name, interval in {
            "joint": JointSignificance(),
            "product": ProductDistribution(),
            "draws": MonteCarlo(),
            "delta": Delta(),
            "normal": MonteCarlo(distribution=DrawDistribution.NORMAL),
            "bootstrap": Bootstrap(),
            "strict": ProductDistribution(conf_level=0.99),
        }.items()
    }
    size = {name: found.together[0] for name, found in sizes.items()}
    assert size["joint"] < size["product"] == size["draws"] < size["delta"]
    assert size["bootstrap"] == size["normal"] < size["product"] < size["strict"]
    assert sizes["bootstrap"].approximates == "Bootstrap"
    assert sizes["delta"].test is ProductTest.SYMMETRIC


def test_the_contextual_effect_has_a_contrast_as_factor():
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    frame, _ = teams(1, 0.4, 0.3, seed=2)
    found = detectable(
        MixedModels().fit(model, frame), MonteCarlo(), EffectName.CONTEXTUAL, Level.BETWEEN
    )
    assert [path.name for path in found.paths] == ["a", "b_between - b_within"]
    assert found.together[0] > 0


def test_a_b_of_zero_shows_nothing(fit):
    nothing = replace(fit, paths=replace(fit.paths, values=np.zeros(len(fit.paths.values))))
    found = detectable(nothing, MonteCarlo(), *INDIRECT)
    assert np.isinf(found.with_b).all() or np.isnan(found.with_b).all()
    assert np.isnan(found.power_with_b).all()
    assert found.together == detectable(fit, MonteCarlo(), *INDIRECT).together


def test_paths_that_covary_over_imputations_are_taken_as_independent(fit):
    covariance = fit.paths.covariance.copy()
    covariance[0, 1] = covariance[1, 0] = 0.3 * np.sqrt(covariance[0, 0] * covariance[1, 1])
    moved = replace(fit, paths=replace(fit.paths, covariance=covariance))
    one, other = (detectable(each, MonteCarlo(), *INDIRECT) for each in (fit, moved))
    assert one.together == other.together


def test_what_cannot_be_answered_is_refused(fit):
    with pytest.raises(InferenceError, match=r"Found 0 for indirect within"):
        detectable(fit, MonteCarlo(), EffectName.INDIRECT, Level.WITHIN)
    with pytest.raises(InferenceError, match="`power`"):
        detectable(fit, MonteCarlo(), *INDIRECT, powers=(1.2,))
    two = OLS().fit(MediationModel("x", ("m", "n"), "y"), rows().assign(n=rows(seed=9).m))
    with pytest.raises(InferenceError, match="Found 2"):
        detectable(two, MonteCarlo(), *INDIRECT)
    with pytest.raises(InferenceError, match="one path or of one product"):
        detectable(two, MonteCarlo(), EffectName.TOTAL_INDIRECT, Level.SINGLE)


def teams(n_studies, a, b, *, n_teams=14, size=15, seed=1):
    """Studies in which a and b within are what they are; fidelity is the same in all."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x = stats.norm.ppf((np.arange(n_teams) + 0.5) / n_teams)[team]
    shape = (n_studies, len(team))
    effect = [0.3 * rng.normal(size=(n_studies, n_teams))[:, team] for _ in range(2)]
    m = a * x + effect[0] + rng.normal(size=shape)
    y = b * m + effect[1] + rng.normal(size=shape)
    frame = pd.DataFrame({"team": team.astype(str), "x": x, "m": m[0], "y": y[0]})
    return frame, {"m": m, "y": y}


@pytest.mark.slow
def test_studies_with_the_smallest_effect_are_found_as_often_as_said():
    """400 pilot studies give the design's errors; 1,500 with the effect found for them a share."""
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    wanted = [
        next(k for k, p in enumerate(fitted) if (p.path, p.level) == which)
        for fitted in [MixedModels().fit(model, teams(1, 0.3, 0.2)[0]).paths.parameters]
        for which in ((PathName.A, Level.BETWEEN), (PathName.B, Level.WITHIN))
    ]
    pilot = estimate_batch(model, teams(1, 0.3, 0.2)[0], MixedModels(), teams(400, 0.3, 0.2)[1])
    error = np.sqrt(np.mean(pilot.covariance[:, wanted, wanted], axis=0))
    df = np.median(pilot.df[:, wanted], axis=0)
    # Both paths as many standard errors as it takes.
    times = smallest_multiple((1.0, 1.0), 0.8, tuple(df), ProductTest.DISTRIBUTION)
    frame, drawn = teams(1500, *(times * error), seed=5)
    found = estimate_batch(model, frame, MixedModels(), drawn)
    paths = np.sqrt(np.diagonal(found.covariance, axis1=1, axis2=2))
    factors = Factors(
        found.values[:, wanted], paths[:, wanted], found.df[:, wanted], np.zeros(1500)
    )
    below = product_cdf(factors, np.zeros(1500))
    share = float(np.mean((below < 0.025) | (below > 0.975)))
    assert abs(share - 0.8) < 3 * np.sqrt(0.8 * 0.2 / 1500), share
