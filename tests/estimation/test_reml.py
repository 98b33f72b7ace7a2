"""REML against closed forms and against the covariance of all rows written out."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from mediation.estimation import reml
from mediation.estimation.criterion import profile
from mediation.estimation.nested import nested_statistics, stack_statistics
from mediation.estimation.reml import _descend, fit_reml
from mediation.vocabulary import Convergence, Likelihood

DATA = Path(__file__).parent / "data"


def balanced(n_clusters, size, sd_between, seed):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_clusters), size)
    y = sd_between * rng.normal(size=n_clusters)[codes] + rng.normal(size=n_clusters * size)
    return np.ones((len(y), 1)), y, (codes,)


def mean_squares(y, codes, size):
    means = np.bincount(codes, weights=y) / size
    between = size * np.sum((means - y.mean()) ** 2) / (len(means) - 1)
    return between, np.sum((y - means[codes]) ** 2) / (len(y) - len(means))


@pytest.mark.parametrize("seed", range(5))
def test_balanced_one_way_is_the_analysis_of_variance(seed, solve):
    x, y, codes = balanced(9, 6, 1.0, seed)
    between, within = mean_squares(y, codes[0], 6)
    assert between > within
    fit = solve(x, y, codes)
    assert fit.sigma2 == pytest.approx(within, rel=1e-8)
    assert fit.ratios[0] * fit.sigma2 == pytest.approx((between - within) / 6, rel=1e-7)
    assert fit.convergence is Convergence.CONVERGED


def test_variance_below_zero_is_reported_as_a_boundary(solve):
    x, y, codes = balanced(9, 6, 0.0, 4)
    between, within = mean_squares(y, codes[0], 6)
    assert between < within
    fit = solve(x, y, codes)
    assert fit.ratios[0] == 0.0
    assert fit.sigma2 == pytest.approx(y.var(ddof=1), rel=1e-12)
    assert fit.convergence is Convergence.BOUNDARY


@pytest.mark.parametrize("likelihood", Likelihood)
@pytest.mark.parametrize("n_levels", [1, 2, 3, 4])
def test_criterion_equals_that_of_the_full_covariance(
    nested_rows, oracle, solve, likelihood, n_levels
):
    x, y, codes = nested_rows
    codes = (codes[0] // 2, *codes)[-n_levels:]
    fit = solve(x, y, codes, likelihood)
    expected = oracle["criterion"](x, y, codes, fit.ratios, fit.sigma2, likelihood)
    assert fit.criterion == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("likelihood", Likelihood)
def test_no_neighbour_has_a_lower_criterion(nested_rows, oracle, solve, likelihood):
    x, y, codes = nested_rows
    fit = solve(x, y, codes, likelihood)

    def criterion(ratios, sigma2):
        return oracle["criterion"](x, y, codes, ratios, sigma2, likelihood)

    here = criterion(fit.ratios, fit.sigma2)
    for level in range(3):
        for change in (-1e-3, 1e-3):
            ratios = np.array(fit.ratios)
            ratios[level] = max(ratios[level] + change, 0.0)
            assert criterion(ratios, fit.sigma2) >= here - 1e-9
    for factor in (0.999, 1.001):
        assert criterion(fit.ratios, fit.sigma2 * factor) > here


@pytest.mark.parametrize("seed", range(30))
def test_weakly_clustered_studies_always_end_in_an_answer(seed, solve):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(14), rng.integers(8, 41, size=14))
    codes = (team // 2, team)
    n = len(team)
    x = np.column_stack([np.ones(n), rng.normal(size=14)[team], rng.normal(size=n)])
    y = rng.normal(size=7)[codes[0]] * 0.15 + rng.normal(size=14)[team] * 0.15 + rng.normal(size=n)
    fit = solve(x, y, codes)
    assert fit.convergence in (Convergence.CONVERGED, Convergence.BOUNDARY)


@pytest.mark.parametrize("likelihood", Likelihood)
def test_derivatives_are_those_of_the_criterion(nested_rows, likelihood):
    x, y, codes = nested_rows
    statistics = nested_statistics(x, y, codes)
    at = np.array([0.2, 0.5, 0.1])

    def value(ratios):
        return profile(statistics, ratios[None], likelihood).value[0]

    def gradient(ratios):
        return profile(statistics, ratios[None], likelihood).gradient[0]

    exact = profile(statistics, at[None], likelihood)
    np.testing.assert_allclose(exact.gradient[0], approx_fprime(at, value, 1e-7), rtol=1e-4)
    np.testing.assert_allclose(exact.hessian[0], approx_fprime(at, gradient, 1e-7), rtol=1e-4)


def test_a_batch_is_its_data_sets_one_by_one(nested_rows):
    x, y, codes = nested_rows
    rng = np.random.default_rng(5)
    many = y + rng.normal(size=(20, len(y)))
    together = fit_reml(nested_statistics(np.broadcast_to(x, (20, *x.shape)), many, codes))
    alone = [fit_reml(nested_statistics(x, each, codes)) for each in many]
    for name in ("ratios", "value", "coefficients", "sigma2", "inverse"):
        expected = np.concatenate([getattr(fit.profile, name) for fit in alone])
        np.testing.assert_allclose(getattr(together.profile, name), expected, rtol=1e-7, atol=1e-9)
    assert together.convergence == tuple(fit.convergence[0] for fit in alone)


def test_regressions_of_different_widths_go_together(nested_rows):
    x, y, codes = nested_rows
    whole = nested_statistics(x, y, codes)
    stacked = stack_statistics(
        whole.means, whole.deviations, whole.tree, ((0, 1, 2, 3), (0, 1, 3), (0, 2))
    )
    together = fit_reml(stacked).profile
    for number, (x_at, outcome) in enumerate((([0, 1, 2], y), ([0, 1], y), ([0], x[:, 2]))):
        alone = fit_reml(nested_statistics(x[:, x_at], outcome, codes)).profile
        p = len(x_at)
        np.testing.assert_allclose(together.value[number], alone.value[0], rtol=1e-10)
        np.testing.assert_allclose(
            together.coefficients[number, :p], alone.coefficients[0], rtol=1e-7
        )
        np.testing.assert_allclose(together.inverse[number, :p, :p], alone.inverse[0], rtol=1e-7)


def descend(statistics, starts):
    """Where Newton's method ends from one start."""
    return _descend(statistics, profile(statistics, starts, Likelihood.REML), Likelihood.REML)[0]


def test_the_lower_of_two_minima_is_found(oracle, solve):
    # 34 rows: one minimum gives the variance to the 7 teams, the other to the 4 organizations.
    data = np.loadtxt(DATA / "two_minima.csv", delimiter=",", skiprows=1)
    x = np.column_stack([np.ones(len(data)), data[:, :4]])
    y, codes = data[:, 4], tuple(data[:, 5:].astype(np.int64).T)
    fit = solve(x, y, codes)
    ends = [descend(fit.statistics, np.array([start])) for start in ([0.0, 1.0], [1.0, 0.0])]
    of_teams, of_organizations = ends
    for end in ends:
        dense = oracle["criterion"](x, y, codes, end.ratios[0], end.sigma2[0])
        assert end.value[0] == pytest.approx(dense, rel=1e-10)
    assert of_organizations.value[0] == pytest.approx(67.139449, abs=1e-4)
    assert of_teams.value[0] == pytest.approx(68.683890, abs=1e-4)
    assert fit.criterion == pytest.approx(of_organizations.value[0], abs=1e-8)


def test_few_searches_of_weakly_clustered_studies_miss_a_lower_minimum():
    rng = np.random.default_rng(5)
    team = np.repeat(np.arange(9), rng.integers(2, 12, 9))
    codes = (np.array([0, 0, 1, 1, 2, 2, 3, 3, 4])[team], team)
    n, n_sets = len(team), 400
    x = np.ones((n_sets, n, 2))
    x[:, :, 1] = rng.normal(size=(n_sets, 9))[:, team]
    spread = rng.choice([0.0, 0.5, 1.0, 3.0], size=(2, n_sets, 1))
    y = rng.normal(size=(n_sets, n)) + spread[0] * rng.normal(size=(n_sets, 5))[:, codes[0]]
    y = y + spread[1] * rng.normal(size=(n_sets, 9))[:, team]
    statistics = nested_statistics(x, y, codes)
    found = fit_reml(statistics).profile.value
    others = [
        descend(statistics, np.tile(start, (n_sets, 1))).value
        for start in ([0.0, 0.1], [0.1, 0.0], [3.0, 0.0], [0.0, 3.0], [0.3, 0.3], [10.0, 1.0])
    ]
    missed = found > np.min(others, axis=0) + 1e-5
    assert missed.mean() <= 0.005


def test_an_optimiser_that_is_stopped_says_so(nested_rows, solve, monkeypatch):
    monkeypatch.setattr(reml, "MAX_STEPS", 1)
    x, y, codes = nested_rows
    assert solve(x, y, codes).convergence is Convergence.NOT_CONVERGED
