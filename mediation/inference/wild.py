"""Wild cluster bootstrap of one coefficient of a least squares regression, null imposed.

Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90, 414-427: residuals of the
regression under the null are multiplied by one weight for each cluster, and the t statistic with
cluster-robust standard error is compared with those of the samples so made. Computed from cluster
scores alone; see `wild_scores`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import InferenceError
from mediation.estimation.least_squares import (
    cluster_grams,
    least_squares,
    orthonormalize,
)
from mediation.inference.interval import check_level
from mediation.inference.wild_inversion import farthest_above
from mediation.inference.wild_scores import (
    ClusterScores,
    count_reached,
    crossing_polynomials,
    reduce_to_scores,
)
from mediation.inference.wild_vectors import WildVectors, draw_wild_vectors
from mediation.vocabulary import WildWeights

# Residuals below this share of the outcome's length are its rounding.
EXACT = 1e-12
# The same for sums of squares that come from cross-products, whose rounding is larger.
EXACT_SQUARES = 1e-12
# Spread of cluster scores, relative to the residuals' length, that is nothing but rounding.
NO_SPREAD = 1e-9
# Least sine of the angle between a column of x (or a mix of them) and the others.
SAME_COLUMN = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class WildTest:
    """A coefficient tested against zero, and the hypotheses that are not rejected.

    Attributes
    ----------
    p_value : float
        Two-sided, symmetric: the share of |t*| that reach |t|.
    statistic : float
        t with the CR1 standard error, factor J (n - 1) / ((J - 1) (n - p)). Infinite where the
        regression fits exactly.
    conf_low, conf_high : float
        Hull of the hypotheses with p > 1 - conf_level, in units of the coefficient. It holds the
        estimate, where p is one. Infinite where p does not fall to 1 - conf_level however far the
        hypothesis; with signs enumerated that is so for up to 5 clusters at 95%, 2 / 2^5 being
        more than .05.
    n_vectors : int
        Vectors of weights; 2^J if enumerated.
    is_enumerated : bool
    weights : WildWeights
    """

    p_value: float
    statistic: float
    conf_low: float
    conf_high: float
    n_vectors: int
    is_enumerated: bool
    weights: WildWeights


def wild_cluster_test(
    x: Array,
    y: Array,
    at: int,
    codes: IntArray,
    *,
    weights: WildWeights | None,
    n_vectors: int,
    conf_level: float,
    rng: np.random.Generator,
) -> WildTest:
    """Test one coefficient against zero, with the null imposed, and invert the test.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        Columns of the regression, a constant among them if it has one; of full rank.
    y : ndarray, shape (n,)
    at : int
        Column of x whose coefficient is tested.
    codes : ndarray of int, shape (n,)
        Cluster of each row. With drawn weights the numbers matter in that the first column of
        weights belongs to the least code; enumerated, they are names alone.
    weights, n_vectors, rng
        See `draw_wild_vectors`.
    conf_level : float
        Between 0.5 and 0.999.

    Returns
    -------
    WildTest

    Raises
    ------
    InferenceError
        If there is one cluster, or an option is out of range; if no rows are left over, columns
        repeat each other, or the clusters have no spread along the coefficient (as many
        coefficients constant inside clusters as clusters).

    References
    ----------
    See the module. Roodman et al. (2019) find the limits by search; here every crossing of |t*|
    and |t| is accounted for, since the squares of both are ratios of quadratics in the hypothesis.

    Examples
    --------
    The mean of seven clusters of one row: each of 128 vectors of signs, by hand.

    >>> y = np.array([0.3, 1.2, -0.4, 0.9, 2.1, 1.5, 0.1])
    >>> test = wild_cluster_test(np.ones((7, 1)), y, 0, np.arange(7), weights=None, n_vectors=999,
    ...                          conf_level=0.95, rng=np.random.default_rng(1))
    >>> test.n_vectors, test.p_value * 128, round(test.statistic, 4)
    (128, 10.0, 2.4798)
    >>> round(test.conf_low, 3), round(test.conf_high, 3)
    (-0.05, 1.65)
    """
    _check_request(x, conf_level)
    rows = orthonormalize(x[None], y[None])
    # Rounding is left of an exact fit, and would be taken for variation between clusters.
    is_exact = np.linalg.norm(rows.residuals) <= EXACT * np.linalg.norm(y)
    residuals = np.zeros_like(rows.residuals) if is_exact else rows.residuals
    gram = cluster_grams(np.concatenate([rows.columns, residuals[:, :, None]], axis=2), codes)
    vectors = draw_wild_vectors(gram.shape[1], weights, n_vectors, rng)
    scores = reduce_to_scores(
        gram, least_squares(gram, len(y)), rows.back[:, at], rows.values[:, at]
    )
    if is_exact and abs(float(scores.delta[0])) <= EXACT * np.linalg.norm(y):
        scores = replace(scores, delta=np.zeros(1))
    delta, variance = float(scores.delta[0]), float(scores.variance[0])
    if not is_exact and variance <= NO_SPREAD**2 * float(np.sum(residuals**2)):
        raise InferenceError(
            f"The {gram.shape[1]} clusters must differ in what they say of the coefficient tested. "
            "Found no spread: as many coefficients are constant inside clusters as there are "
            "clusters. Use fewer covariates, or clusters of a lower level."
        )
    statistic = _cr1_statistic(delta, variance, x.shape, gram.shape[1])
    low, high = _limits(scores, vectors, 1.0 - conf_level)
    return WildTest(
        p_value=float(vectors.p_value(count_reached(scores, vectors))[0]),
        statistic=statistic,
        conf_low=low,
        conf_high=high,
        n_vectors=vectors.n_vectors,
        is_enumerated=vectors.is_enumerated,
        weights=vectors.weights,
    )


def wild_p_values(gram: Array, contrast: Array, vectors: WildVectors) -> Array:
    """Test a coefficient against zero in N data sets, p-values alone.

    Parameters
    ----------
    gram : ndarray, shape (N, J, p + 1, p + 1)
        Cross-products of z = [x, y] in each cluster, from `cluster_grams`. X'X has full rank;
        columns with means far from zero should be centered (or be Q of `orthonormalize`, with y).
    contrast : ndarray, shape (p,) or (N, p)
        The sum of coefficients to test: a row of the identity for one of them.
    vectors : WildVectors
        The same for all data sets, in the order of the clusters.

    Returns
    -------
    ndarray, shape (N,)
        NaN where y is fitted exactly or the clusters have no spread along the contrast.

    Examples
    --------
    >>> y = np.array([0.3, 1.2, -0.4, 0.9, 2.1, 1.5, 0.1])
    >>> z = np.stack([np.ones(7), y], axis=1)[None]
    >>> vectors = draw_wild_vectors(7, None, 999, np.random.default_rng(1))
    >>> wild_p_values(cluster_grams(z, np.arange(7)), np.ones(1), vectors) * 128
    array([10.])
    """
    n_sets, p = gram.shape[0], gram.shape[2] - 1
    contrast = np.broadcast_to(contrast, (n_sets, p))
    fit = least_squares(gram, n_rows=p + 1)
    # With one row left over by decree, sigma2 is the sum of squares itself.
    left = fit.sigma2
    scores = reduce_to_scores(gram, fit, contrast, np.sum(contrast * fit.values, axis=1))
    p_values = vectors.p_value(count_reached(scores, vectors))
    exact = left <= EXACT_SQUARES * gram[:, :, p, p].sum(axis=1)
    p_values[exact | (scores.variance <= NO_SPREAD**2 * left)] = np.nan
    return p_values


def _check_request(x: Array, conf_level: float) -> None:
    """Refuse what has no least squares solution with residuals, and levels out of range."""
    check_level(conf_level)
    n, p = x.shape
    if n <= p:
        raise InferenceError(
            f"A regression with {p} coefficients needs more than {p} rows. Found {n}. "
            "Use fewer covariates."
        )
    length = np.linalg.norm(x, axis=0)
    sines = np.linalg.svd(x / np.where(length > 0, length, 1.0), compute_uv=False)
    if sines[-1] <= SAME_COLUMN:
        raise InferenceError(
            f"The {p} columns of the regression must not repeat each other. Found one that is a "
            "mix of others, or zero throughout. Leave it out."
        )


def _limits(scores: ClusterScores, vectors: WildVectors, alpha: float) -> tuple[float, float]:
    """Hull of the hypotheses with p > alpha, of one data set."""
    error = float(np.sqrt(scores.variance[0]))
    unit = float(scores.unit[0])
    estimate = float(scores.delta[0]) * unit
    most = vectors.most_rejected(alpha)
    if error == 0.0:
        # An exact fit: t is infinite whatever the hypothesis, and p the same.
        apart = replace(scores, delta=np.ones(1))
        reach = np.inf if count_reached(apart, vectors)[0] > most else 0.0
        return estimate - reach, estimate + reach
    leaves_all = vectors.leaves_all
    most -= int(leaves_all.sum())
    coefficients = crossing_polynomials(scores, vectors.values[~leaves_all], error)
    # A hypothesis below the estimate has tau > 0.
    below = farthest_above(coefficients, most)
    above = farthest_above(coefficients * np.array([1.0, -1.0, 1.0, -1.0, 1.0])[:, None], most)
    return estimate - below * error * unit, estimate + above * error * unit


def _cr1_statistic(delta: float, variance: float, shape: tuple[int, ...], n_clusters: int) -> float:
    """Give t with the factor of CR1 for rows and clusters; 0 for an estimate of zero."""
    n_rows, n_coefficients = shape
    factor = n_clusters * (n_rows - 1) / ((n_clusters - 1) * (n_rows - n_coefficients))
    if variance == 0.0:
        return float(np.copysign(np.inf, delta)) if delta else 0.0
    return delta / float(np.sqrt(factor * variance))
