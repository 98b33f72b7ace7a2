"""REML against closed forms and against the covariance of all rows written out."""

import numpy as np
import pytest

from mediation.estimation.reml import fit_reml, nested_statistics
from mediation.vocabulary import Convergence


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
def test_balanced_one_way_is_the_analysis_of_variance(seed):
    x, y, codes = balanced(9, 6, 1.0, seed)
    between, within = mean_squares(y, codes[0], 6)
    assert between > within
    fit = fit_reml(nested_statistics(x, y, codes))
    assert fit.sigma2 == pytest.approx(within, rel=1e-8)
    assert fit.ratios[0] * fit.sigma2 == pytest.approx((between - within) / 6, rel=1e-7)
    assert fit.convergence is Convergence.CONVERGED


def test_variance_below_zero_is_reported_as_a_boundary():
    x, y, codes = balanced(9, 6, 0.0, 4)
    between, within = mean_squares(y, codes[0], 6)
    assert between < within
    fit = fit_reml(nested_statistics(x, y, codes))
    assert fit.ratios[0] == 0.0
    assert fit.sigma2 == pytest.approx(y.var(ddof=1), rel=1e-12)
    assert fit.convergence is Convergence.BOUNDARY


def test_criterion_equals_that_of_the_full_covariance(nested_rows, oracle):
    x, y, codes = nested_rows
    fit = fit_reml(nested_statistics(x, y, codes))
    expected = oracle["criterion"](x, y, codes, fit.ratios, fit.sigma2)
    assert fit.criterion == pytest.approx(expected, rel=1e-12)


def test_no_neighbour_has_a_lower_criterion(nested_rows, oracle):
    x, y, codes = nested_rows
    fit = fit_reml(nested_statistics(x, y, codes))
    here = oracle["criterion"](x, y, codes, fit.ratios, fit.sigma2)
    for level in range(3):
        for change in (-1e-3, 1e-3):
            ratios = np.array(fit.ratios)
            ratios[level] = max(ratios[level] + change, 0.0)
            assert oracle["criterion"](x, y, codes, ratios, fit.sigma2) >= here - 1e-9
    for factor in (0.999, 1.001):
        assert oracle["criterion"](x, y, codes, fit.ratios, fit.sigma2 * factor) > here


@pytest.mark.parametrize("seed", range(30))
def test_weakly_clustered_studies_always_end_in_an_answer(seed):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(14), rng.integers(8, 41, size=14))
    codes = (team // 2, team)
    n = len(team)
    x = np.column_stack([np.ones(n), rng.normal(size=14)[team], rng.normal(size=n)])
    y = rng.normal(size=7)[codes[0]] * 0.15 + rng.normal(size=14)[team] * 0.15 + rng.normal(size=n)
    fit = fit_reml(nested_statistics(x, y, codes))
    assert fit.convergence in (Convergence.CONVERGED, Convergence.BOUNDARY)
