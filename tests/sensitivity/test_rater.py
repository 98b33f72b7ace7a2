"""Path b by rater: a common scale, and the jackknife of a difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.instruments.instrument import Rater
from mediation.model import MediationModel
from mediation.sensitivity.rater import LEAST_CLUSTERS, compare_raters, rated_slopes
from mediation.vocabulary import Convergence, Level

CLIENT, MANAGER, UNKNOWN = Rater.CLIENT, Rater.CASE_MANAGER, Rater.NOT_STATED


def study(seed=1, n_teams=8, size=10):
    """Both outcomes of one client share noise, so that their slopes go together."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x = rng.normal(size=n_teams)[team]
    m = 0.5 * x + rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    common = rng.normal(size=len(team))
    y = 0.6 * m + common + rng.normal(size=len(team))
    z = 0.2 * m + common + rng.normal(size=len(team))
    return pd.DataFrame({"team": [f"T{k}" for k in team], "x": x, "m": m, "y": y, "z": z})


def model_of(outcome, clusters=("team",)):
    return MediationModel("x", ("m",), outcome, clusters=clusters)


def fitted(frame, outcome, engine=None, clusters=("team",)):
    engine = engine or MixedModels()
    return infer(engine.fit(model_of(outcome, clusters), frame), Delta(), np.random.default_rng(1))


def slopes_of(frame, raters=(CLIENT, MANAGER), engine=None):
    teams = tuple(pd.unique(frame.team))
    found = [
        rated_slopes(fitted(frame, outcome, engine), rater, (CLIENT,), teams)
        for outcome, rater in zip(("y", "z"), raters, strict=True)
    ]
    return [each for (each,) in found]


def test_the_jackknife_is_that_of_models_fitted_without_each_cluster():
    frame = study()
    found = compare_raters(slopes_of(frame))
    sd = frame.std(numeric_only=True)

    def difference(rows):
        b = {}
        for outcome in ("y", "z"):
            fit = MixedModels().fit(model_of(outcome), rows)
            at = [p.level is Level.WITHIN for p in fit.paths.parameters].index(True)
            b[outcome] = fit.paths.values[at] * sd.m / sd[outcome]
        return b["y"] - b["z"]

    without = np.array([difference(frame[frame.team != t]) for t in pd.unique(frame.team)])
    error = np.sqrt(7 / 8 * np.sum((without - without.mean()) ** 2))

    assert found.difference.estimate == pytest.approx(difference(frame), rel=1e-7)
    assert found.difference.std_error == pytest.approx(error, rel=1e-5)
    assert found.difference.df == 7
    half = found.difference.conf_high - found.difference.estimate
    assert half == pytest.approx(2.3646242515927845 * error, rel=1e-5)
    assert (found.n_shared, found.n_apart) == (1, 1)
    assert -1 <= found.correlation <= 1


def test_slopes_have_the_level_and_limits_of_the_result():
    frame = study()
    result = fitted(frame, "y")
    (within,) = rated_slopes(result, CLIENT, (CLIENT,))
    (between,) = rated_slopes(result, CLIENT, (CLIENT,), level=Level.BETWEEN)
    rows = {row.level: row.value for row in result.paths if row.path.value == "b"}
    scale = frame.m.std() / frame.y.std()
    for found, level in ((within, Level.WITHIN), (between, Level.BETWEEN)):
        assert found.value.estimate == pytest.approx(rows[level].estimate * scale, rel=1e-12)
        assert found.value.conf_low == pytest.approx(rows[level].conf_low * scale, rel=1e-12)
    assert within.left_out.size == 0


def test_means_are_compared_where_there_are_several_outcomes():
    y, z = slopes_of(study())
    other = replace(z, value=replace(z.value, estimate=0.5), left_out=z.left_out + 0.1)
    found = compare_raters([y, z, other])
    assert found.n_apart == 2
    mean = (z.value.estimate + 0.5) / 2
    assert found.difference.estimate == pytest.approx(y.value.estimate - mean, rel=1e-12)
    broken = replace(other, value=replace(z.value, estimate=np.nan))
    assert compare_raters([y, z, broken]) == compare_raters([y, z])
    assert compare_raters([y, broken]) is None


@pytest.mark.parametrize(
    ("raters", "shared"), [((CLIENT, MANAGER), [True, False]), ((UNKNOWN, MANAGER), [None, False]),
                           ((CLIENT, CLIENT), [True, True])]
)  # fmt: skip
def test_who_shares_the_rater_of_the_mediator(raters, shared):
    slopes = slopes_of(study(), raters)
    assert [each.is_shared for each in slopes] == shared
    assert (compare_raters(slopes) is None) is (shared != [True, False])


def test_estimates_that_cannot_be_paired_have_no_limits():
    frame = study()
    y, z = slopes_of(frame)
    elsewhere = replace(z, clusters=tuple("ABCDEFGH"))
    few = [replace(each, clusters=each.clusters[:3], left_out=each.left_out[:3]) for each in (y, z)]
    assert LEAST_CLUSTERS > 3
    for pair in ([y, elsewhere], few, [replace(y, clusters=(), left_out=np.zeros(0)), z]):
        found = compare_raters(pair)
        assert found.difference.estimate == pytest.approx(y.value.estimate - z.value.estimate)
        assert np.isnan([found.difference.conf_low, found.difference.std_error]).all()
        assert np.isnan(found.correlation)


def test_without_clusters_nothing_is_left_out():
    result = fitted(study(), "y", OLS(), ())
    (found,) = rated_slopes(result, CLIENT, (CLIENT,), ("T0", "T1"))
    assert found.level is Level.SINGLE
    assert found.clusters == ()


def test_a_fit_that_did_not_converge_has_no_slopes():
    result = fitted(study(), "y")
    broken = replace(result.fit.equations[0], convergence=Convergence.NOT_CONVERGED)
    fit = replace(result.fit, equations=(broken, *result.fit.equations[1:]))
    assert rated_slopes(replace(result, fit=fit), CLIENT, (CLIENT,)) == ()


@pytest.mark.slow
def test_the_jackknife_holds_the_difference():
    """300 studies of 8 clusters: the difference in SD of the population lies inside."""
    covered = []
    population = study(seed=0, n_teams=4000, size=10).std(numeric_only=True)
    true = 0.6 * population.m / population.y - 0.2 * population.m / population.z
    for seed in range(1, 301):
        value = compare_raters(slopes_of(study(seed=seed), engine=OLS())).difference
        covered.append(value.conf_low <= true <= value.conf_high)
    # Standard deviations are taken as known, though each study has its own.
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300), np.mean(covered)
