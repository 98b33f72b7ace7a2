"""Kenward-Roger against exact tests and against the definition with n x n matrices."""

import numdifftools
import numpy as np
import pytest
from scipy import stats

from mediation.estimation.kenward_roger import kenward_roger, satterthwaite
from mediation.vocabulary import Convergence, Likelihood


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


def test_three_levels_equal_the_definition(nested_rows, oracle, solve):
    x, y, codes = nested_rows
    one = solve(x, y, codes)
    ours = kenward_roger(one.statistics, one.fit, np.full((1, 3), True))
    covariance, df = definition(x, one, oracle["patterns"](codes))
    np.testing.assert_allclose(ours.covariance[0], covariance, rtol=1e-9)
    np.testing.assert_allclose(ours.df(np.eye(3))[0], df, rtol=1e-8)


def test_paired_design_is_the_paired_t_test(solve):
    rng = np.random.default_rng(2)
    pair = np.repeat(np.arange(12), 2)
    second = np.tile([0.0, 1.0], 12)
    y = rng.normal(size=12)[pair] * 2 + 0.4 * second + rng.normal(size=24)
    fit = solve(np.column_stack([np.ones(24), second]), y, (pair,))
    ours = kenward_roger(fit.statistics, fit.fit, np.array([[True]]))
    expected = stats.ttest_rel(y[1::2], y[::2])
    t = fit.coefficients[1] / np.sqrt(ours.covariance[0, 1, 1])
    assert t == pytest.approx(expected.statistic, rel=1e-7)
    assert ours.df(np.eye(2))[0, 1] == pytest.approx(11.0, rel=1e-6)


def test_balanced_clusters_are_the_regression_of_cluster_means(solve):
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(10), 8)
    predictor = rng.normal(size=10)
    y = 0.5 * predictor[team] + rng.normal(size=10)[team] + rng.normal(size=80)
    x = np.column_stack([np.ones(80), predictor[team]])
    fit = solve(x, y, (team,))
    ours = kenward_roger(fit.statistics, fit.fit, np.array([[True]]))
    expected = stats.linregress(predictor, y.reshape(10, 8).mean(axis=1))
    assert fit.coefficients[1] == pytest.approx(expected.slope, rel=1e-9)
    assert np.sqrt(ours.covariance[0, 1, 1]) == pytest.approx(expected.stderr, rel=1e-7)
    assert ours.df(np.eye(2))[0, 1] == pytest.approx(8.0, rel=1e-6)


def test_one_row_f_test_is_the_t_test(nested_rows, solve):
    x, y, codes = nested_rows
    one = solve(x, y, codes)
    ours = kenward_roger(one.statistics, one.fit, np.full((1, 3), True))
    row = np.array([[0.0, 1.0, 0.0]])
    test = ours.f_test(row, one.fit.profile.coefficients)
    t = one.coefficients[1] / np.sqrt(ours.covariance[0, 1, 1])
    df = ours.df(row)[0, 0]
    assert (test.scale, test.df_num) == (pytest.approx(1.0, abs=1e-9), 1)
    assert test.df_den == pytest.approx(df, rel=1e-9)
    assert test.p_value == pytest.approx(2 * stats.t.sf(abs(t), df), rel=1e-9)


@pytest.mark.parametrize("likelihood", Likelihood)
def test_satterthwaite_is_its_definition(nested_rows, oracle, solve, likelihood):
    x, y, codes = nested_rows
    codes = codes[1:]
    one = solve(x, y, codes, likelihood)
    assert one.convergence is Convergence.CONVERGED
    n, p = x.shape
    free = float(n - p if likelihood is Likelihood.REML else n)
    patterns = oracle["patterns"](codes)

    def criterion(theta):
        ratios = theta[1:] / theta[0]
        return oracle["criterion"](x, y, codes, ratios, theta[0], likelihood)

    def variances(theta):
        v = sum(t * g for t, g in zip(theta, patterns, strict=True))
        return np.diag(np.linalg.inv(x.T @ np.linalg.solve(v, x)))

    theta = one.sigma2 * np.array([1.0, *one.ratios])
    hessian = numdifftools.Hessian(criterion)(theta)
    slopes = numdifftools.Jacobian(variances)(theta)
    spread = np.einsum("ci,ij,cj->c", slopes, 2 * np.linalg.inv(hessian), slopes)
    expected = 2 * variances(theta) ** 2 / spread
    ours = satterthwaite(one.fit, np.array([free]), np.eye(p))
    np.testing.assert_allclose(ours[0], expected, rtol=1e-5)
