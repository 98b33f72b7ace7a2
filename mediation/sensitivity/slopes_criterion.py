"""The restricted likelihood of a slope that differs between clusters, from their cross-products.

Inside an innermost cluster V = sigma^2 (I + Z L L' Z'), Z the slope's column and a column of ones,
L lower triangular; outer levels add random intercepts. One pass up the tree of clusters takes
each random effect off z'z by Woodbury's identity (Bates et al. 2015, Journal of Statistical
Software 67(1), sec. 3, profile sigma^2 and the coefficients out in the same way).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from mediation.arrays import Array, IntArray, read_only
from mediation.estimation.criterion import sweep

# Step of the differences that stand for derivatives, and when a search has arrived.
STEP, ARRIVED = 1e-4, 1e-6
# Farthest from its start that a search goes, in standard deviations in units of the residual one,
# columns standardised, or in logarithms of the residual one.
FAR = 6.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopeData:
    """What the likelihood needs of the rows; columns are those of x (ones first), then y.

    Attributes
    ----------
    grams : ndarray, shape (n_inner, p + 1, p + 1)
        Cross-products of the rows of each innermost cluster, sorted by the clusters above.
    starts : tuple of ndarray of int
        For every outer level, innermost of them first: the first child of each cluster.
    slope_at : int
        Column of x whose slope differs.
    n_rows : int
    """

    grams: Array
    starts: tuple[IntArray, ...]
    slope_at: int
    n_rows: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "grams", read_only(self.grams))

    @property
    def df(self) -> int:
        """Rows less coefficients."""
        return self.n_rows - int(self.grams.shape[-1]) + 1

    @property
    def n_parameters(self) -> int:
        """Slope, covariance, intercept, and an intercept for every outer level."""
        return 3 + len(self.starts)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopeTerms:
    """The pieces of the criterion at K points.

    Attributes
    ----------
    log_det : ndarray, shape (K,)
        log|H| + log|X'H^-1 X|, V = sigma^2 H.
    rss : ndarray, shape (K,)
    beta : ndarray, shape (K, p)
    inverse : ndarray, shape (K, p, p)
        (X'H^-1 X)^-1.
    levels : tuple of ndarray, shape (K, n_clusters, p + 1) each
        1'H^-1 z of what lies below each cluster of the outer levels, innermost first.
    """

    log_det: Array
    rss: Array
    beta: Array
    inverse: Array
    levels: tuple[Array, ...]

    def profiled(self, df: int) -> Array:
        """-2 log restricted likelihood with sigma^2 at its best."""
        value: Array = df * (np.log(2 * np.pi * self.rss / df) + 1) + self.log_det
        return value

    def at_sigma(self, df: int, log_sigma: Array) -> Array:
        """-2 log restricted likelihood at a residual standard deviation."""
        value: Array = df * (np.log(2 * np.pi) + 2 * log_sigma) + self.log_det
        return value + self.rss * np.exp(-2 * log_sigma)


def lower_root(points: Array) -> Array:
    """L of slope and intercept from (slope SD, covariance, intercept), shape (K, 2, 2)."""
    root = np.zeros((len(points), 2, 2))
    root[:, 0, 0], root[:, 1, 0], root[:, 1, 1] = points[:, 0], points[:, 1], points[:, 2]
    return root


def slope_terms(data: SlopeData, points: Array) -> SlopeTerms:
    """Take all random effects off the cross-products, at K points at once.

    Parameters
    ----------
    data : SlopeData
    points : ndarray, shape (K, n_parameters)
        In units of sigma: L of slope and intercept by rows (SD of the slopes; then the two of the
        intercept), and the SD of the intercepts of every outer level, innermost first.
    """
    z = [data.slope_at, 0]
    root = lower_root(points)[:, None]
    moved = root.mT @ data.grams[:, z]
    inner = moved[..., z] @ root + np.eye(2)
    cross = data.grams - moved.mT @ np.linalg.solve(inner, moved)
    log_det = np.log(np.linalg.det(inner)).sum(axis=1)
    levels = []
    for starts, sd in zip(data.starts, points[:, 3:].T, strict=True):
        cross = np.add.reduceat(cross, starts, axis=1)
        ones = cross[:, :, 0]
        levels.append(ones)
        gamma = sd[:, None] ** 2
        grown = 1 + gamma * ones[..., 0]
        log_det = log_det + np.log(grown).sum(axis=1)
        cross = cross - (gamma / grown)[..., None, None] * ones[..., :, None] * ones[..., None, :]
    inverse, beta, rss, log_det_x = sweep(cross.sum(axis=1))
    return SlopeTerms(log_det + log_det_x, rss, beta, inverse, tuple(levels))


def slope_blups(data: SlopeData, point: Array, terms: SlopeTerms) -> Array:
    """Best linear predictions of each cluster's departure: slope and intercept, (n_inner, 2).

    Predictions of outer levels come down the tree and are taken off what lies below.
    """
    w = np.append(-terms.beta[0], 1.0)
    above = np.zeros(1)
    for level in range(len(data.starts) - 1, -1, -1):
        ones = terms.levels[level][0]
        n_above = len(data.starts[level + 1]) if level + 1 < len(data.starts) else 1
        sizes = np.diff(data.starts[level + 1], append=len(ones)) if n_above > 1 else [len(ones)]
        spread = np.repeat(above, sizes)
        gamma = point[3 + level] ** 2
        own = gamma * (ones @ w - ones[:, 0] * spread) / (1 + gamma * ones[:, 0])
        above = spread + own
    n_inner = len(data.grams)
    sizes = np.diff(data.starts[0], append=n_inner) if data.starts else [n_inner]
    spread = np.repeat(above, sizes)
    z, root = [data.slope_at, 0], lower_root(point[None])[0]
    left = data.grams[:, z] @ w - data.grams[:, z, 0] * spread[:, None]
    inner = root.T @ data.grams[:, z][..., z] @ root + np.eye(2)
    found: Array = np.linalg.solve(inner, (left @ root)[..., None])[..., 0] @ root.T
    return found


def minimize_reml(data: SlopeData, starts: Array) -> tuple[Array, float]:
    """Search for the least criterion from several points; the best end and its value.

    Parameters
    ----------
    data : SlopeData
    starts : ndarray, shape (n_starts, n_parameters)
    """

    def value(points: Array) -> Array:
        return slope_terms(data, points).profiled(data.df)

    return min((_descend(value, start) for start in starts), key=lambda end: end[1])


def minimize_at_sd(data: SlopeData, sd: float, start: Array) -> tuple[Array, float]:
    """Least criterion where slopes have a given standard deviation; for a profile.

    Parameters
    ----------
    data : SlopeData
    sd : float
        Of the slopes, not in units of sigma.
    start : ndarray, shape (n_parameters,)
        Log of sigma, then as `points` of `slope_terms` without the first.

    Returns
    -------
    end : ndarray, shape (n_parameters,)
        As `start`.
    value : float
    """

    def value(points: Array) -> Array:
        whole = np.column_stack([sd * np.exp(-points[:, 0]), points[:, 1:]])
        return slope_terms(data, whole).at_sigma(data.df, points[:, 0])

    return _descend(value, start)


def _descend(value: Callable[[Array], Array], start: Array) -> tuple[Array, float]:
    """Quasi-Newton search with central differences, all evaluated in one call."""
    steps = STEP * np.eye(len(start))

    def both(point: Array) -> tuple[float, Array]:
        found = value(np.concatenate([point[None], point + steps, point - steps]))
        up, down = found[1 : len(point) + 1], found[len(point) + 1 :]
        return float(found[0]), (up - down) / (2 * STEP)

    # Far from any data the cross-products lose all digits; no search needs to go there.
    ended = optimize.minimize(
        both,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=optimize.Bounds(start - FAR, start + FAR),
        options={"gtol": ARRIVED, "ftol": 1e-15, "maxcor": 20},
    )
    return ended.x, float(ended.fun)
