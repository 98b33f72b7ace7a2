"""Draws against known distributions; the allowed gap follows from the number of draws."""

import numpy as np
import pytest
from scipy import stats

from mediation.errors import InferenceError
from mediation.estimation.paths import PathEstimates
from mediation.inference.monte_carlo import MonteCarlo, draw_paths
from mediation.model import Parameter
from mediation.vocabulary import DrawDistribution, Level, PathName

N = 400_000
A = Parameter(PathName.A, Level.BETWEEN, "m")
B_W = Parameter(PathName.B, Level.WITHIN, "m")
B_B = Parameter(PathName.B, Level.BETWEEN, "m")
C = Parameter(PathName.C_PRIME, Level.BETWEEN, None)


def paths(values, covariance, df, parameters, equation, shares):
    return PathEstimates(
        parameters, np.array(values), np.array(covariance), np.array(df), equation, shares
    )


def quantile_error(draws, q):
    """Monte Carlo standard error of a sample quantile."""
    low, high = np.quantile(draws, [q - 0.005, q + 0.005])
    return np.sqrt(q * (1 - q) / len(draws)) * (high - low) / 0.01


# Limits by exact quadrature (Meeker & Escobar's integral): a, b, SE a, SE b, low, high.
PRODUCTS = [
    (0.2, 0.4, 1.0, 1.0, -2.18817854, 2.58722225),
    (0.5, 0.6, 0.08, 0.04, 0.201080641, 0.405362003),
    (0.4, 0.3, 0.1, 0.1, 0.034135001, 0.232464170),
    (0.14, 0.14, 0.1, 0.1, -0.0129223957, 0.0736566166),
    (0.0, 0.0, 1.0, 1.0, -2.18194898, 2.18194898),
]


@pytest.mark.parametrize(("a", "b", "se_a", "se_b", "low", "high"), PRODUCTS)
def test_normal_draws_have_the_exact_limits_of_the_product(a, b, se_a, se_b, low, high):
    given = paths(
        [a, b], np.diag([se_a**2, se_b**2]), [np.inf] * 2, (A, B_W), (0, 1), (True, False)
    )
    options = MonteCarlo(N, distribution=DrawDistribution.NORMAL)
    product = np.prod(draw_paths(given, options, np.random.default_rng(1)), axis=1)
    for q, expected in ((0.025, low), (0.975, high)):
        assert abs(np.quantile(product, q) - expected) < 4 * quantile_error(product, q)


@pytest.mark.parametrize("df", [2.5, 5.0, 12.0, 100.0])
def test_each_path_is_t_with_its_own_df(df):
    given = paths([1.0, 0.5], np.diag([4.0, 1.0]), [df, 40.0], (A, B_W), (0, 1), (True, False))
    draws = draw_paths(given, MonteCarlo(N), np.random.default_rng(2))
    for q in (0.025, 0.5, 0.9):
        expected = 1.0 + 2.0 * stats.t.ppf(q, df)
        assert abs(np.quantile(draws[:, 0], q) - expected) < 4 * quantile_error(draws[:, 0], q)


def test_paths_constant_inside_clusters_share_a_divisor_of_the_least_df():
    given = paths(
        [0.0, 0.0, 0.0],
        np.eye(3),
        [30.0, 6.0, 9.0],
        (B_W, B_B, C),
        (1, 1, 1),
        (False, True, True),
    )
    draws = draw_paths(given, MonteCarlo(N), np.random.default_rng(3))
    squares = draws**2
    # Independent normals over one divisor: squares correlate; over two divisors they do not.
    assert np.corrcoef(squares[:, 1], squares[:, 2])[0, 1] > 0.1
    assert abs(np.corrcoef(squares[:, 0], squares[:, 1])[0, 1]) < 0.02
    for column, df in ((0, 30.0), (1, 6.0), (2, 6.0)):
        assert np.quantile(draws[:, column], 0.975) == pytest.approx(
            stats.t.ppf(0.975, df), abs=4 * quantile_error(draws[:, column], 0.975)
        )


def test_correlation_inside_an_equation_and_independence_between():
    covariance = np.array([[1.0, 0.0, 0.0], [0.0, 4.0, -1.2], [0.0, -1.2, 1.0]])
    given = paths([0.0] * 3, covariance, [np.inf] * 3, (A, B_B, C), (0, 1, 1), (True, True, True))
    draws = draw_paths(given, MonteCarlo(N), np.random.default_rng(4))
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.05)


def test_same_seed_same_draws():
    given = paths([0.4, 0.3], np.eye(2), [8.0, 9.0], (A, B_W), (0, 1), (True, False))
    first, second = (draw_paths(given, MonteCarlo(500), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("options", [{"n_draws": 10}, {"conf_level": 95.0}])
def test_options_out_of_range(options):
    with pytest.raises(InferenceError, match="Found"):
        MonteCarlo(**options)
