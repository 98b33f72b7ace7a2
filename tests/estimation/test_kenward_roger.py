"""Kenward-Roger against exact tests and against the definition with n x n matrices."""

import numpy as np
import pytest
from scipy import stats

from mediation.estimation.kenward_roger import kenward_roger
from mediation.estimation.reml import fit_reml, nested_statistics


def definition(x, fit, patterns):
    """Kenward & Roger (1997) as written, for V linear in its components."""
    sigma2 = fit.sigma2
    theta = np.array([sigma2, *(fit.ratios * sigma2)])
    inverse = np.linalg.inv(sum(t * g for t, g in zip(theta, patterns, strict=True)))
    phi = np.linalg.inv(x.T @ inverse @ x)
    first = [-x.T @ inverse @ g @ inverse @ x for g in patterns]
    second = [[x.T @ inverse @ g @ inverse @ h @ inverse @ x for h in patterns] for g in patterns]
    n = range(len(patterns))
    information = np.array(
        [
            [
                0.5
                * (
                    np.trace(inverse @ patterns[i] @ inverse @ patterns[j])
                    - 2 * np.trace(phi @ second[i][j])
                    + np.trace(phi @ first[i] @ phi @ first[j])
                )
                for j in n
            ]
            for i in n
        ]
    )
    w = np.linalg.inv(information)
    middle = sum(w[i, j] * (second[i][j] - first[i] @ phi @ first[j]) for i in n for j in n)
    df = []
    for k in range(x.shape[1]):
        g = np.array([-(phi @ first[i] @ phi)[k, k] for i in n])
        df.append(2 * phi[k, k] ** 2 / (g @ w @ g))
    return phi + 2 * phi @ middle @ phi, np.array(df)


def test_three_levels_equal_the_definition(nested_rows, oracle):
    x, y, codes = nested_rows
    statistics = nested_statistics(x, y, codes)
    fit = fit_reml(statistics)
    ours = kenward_roger(statistics, fit, (True, True, True))
    covariance, df = definition(x, fit, oracle["patterns"](codes))
    np.testing.assert_allclose(ours.covariance, covariance, rtol=1e-9)
    np.testing.assert_allclose(ours.df(np.eye(3)), df, rtol=1e-8)


def test_paired_design_is_the_paired_t_test():
    rng = np.random.default_rng(2)
    pair = np.repeat(np.arange(12), 2)
    second = np.tile([0.0, 1.0], 12)
    y = rng.normal(size=12)[pair] * 2 + 0.4 * second + rng.normal(size=24)
    statistics = nested_statistics(np.column_stack([np.ones(24), second]), y, (pair,))
    fit = fit_reml(statistics)
    ours = kenward_roger(statistics, fit, (True,))
    expected = stats.ttest_rel(y[1::2], y[::2])
    t = fit.coefficients[1] / np.sqrt(ours.covariance[1, 1])
    assert t == pytest.approx(expected.statistic, rel=1e-7)
    assert ours.df(np.eye(2))[1] == pytest.approx(11.0, rel=1e-6)


def test_balanced_clusters_are_the_regression_of_cluster_means():
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(10), 8)
    predictor = rng.normal(size=10)
    y = 0.5 * predictor[team] + rng.normal(size=10)[team] + rng.normal(size=80)
    x = np.column_stack([np.ones(80), predictor[team]])
    statistics = nested_statistics(x, y, (team,))
    fit = fit_reml(statistics)
    ours = kenward_roger(statistics, fit, (True,))
    expected = stats.linregress(predictor, y.reshape(10, 8).mean(axis=1))
    assert fit.coefficients[1] == pytest.approx(expected.slope, rel=1e-9)
    assert np.sqrt(ours.covariance[1, 1]) == pytest.approx(expected.stderr, rel=1e-7)
    assert ours.df(np.eye(2))[1] == pytest.approx(8.0, rel=1e-6)
