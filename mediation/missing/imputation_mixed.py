"""One visit of a Gibbs sampler: a linear mixed model with nested random intercepts, N chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray

# Prior SD of coefficients, in SD of what is drawn per SD of the regressor: next to flat, but with
# it a coefficient that the rows say nothing about is drawn from somewhere.
SLOPE_SD = 10.0
LEAST_SD = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Nest:
    """Nested clusters of rows that are sorted by them.

    Attributes
    ----------
    of_row : ndarray of int, shape (n_rows,)
        Innermost cluster of each row.
    sizes : tuple of int, length n_levels
        Number of clusters of each level, outermost first.
    parents : tuple of ndarray of int, length n_levels - 1
        Cluster of level l of each cluster of level l + 1, in ascending order.
    """

    of_row: IntArray
    sizes: tuple[int, ...]
    parents: tuple[IntArray, ...]

    def sums(self, rows: Array, at: IntArray) -> Array:
        """Add up some rows inside innermost clusters, shape (..., len(at)) -> (..., n_inner)."""
        cluster = self.of_row[at]
        starts = np.flatnonzero(np.diff(cluster, prepend=-1))
        found = np.zeros((*rows.shape[:-1], self.sizes[-1]))
        found[..., cluster[starts]] = np.add.reduceat(rows, starts, axis=-1)
        return found

    def up(self, values: Array, level: int) -> Array:
        """Add up values of clusters of a level inside those of the level around it."""
        starts = np.flatnonzero(np.diff(self.parents[level - 1], prepend=-1))
        found: Array = np.add.reduceat(values, starts, axis=-1)
        return found

    def inner_of(self, level: int) -> IntArray:
        """Cluster of a level of each innermost cluster."""
        found: IntArray = np.arange(self.sizes[-1])
        for parents in self.parents[level:][::-1]:
            found = parents[found]
        return found


@dataclass(slots=True, eq=False)
class Variances:
    """Where the variances of N chains are; the one thing here that changes in place.

    The SD of the clusters of level l is |factor| * scale: with a normal prior on the factor and an
    inverse chi-square one on the square of the scale it has a half-Cauchy prior.

    Attributes
    ----------
    residual : ndarray, shape (N,)
    factor, scale : ndarray, shape (N, n_levels)
    """

    residual: Array
    factor: Array
    scale: Array


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Coefficients and cluster effects drawn.

    Attributes
    ----------
    slopes : ndarray, shape (N, p)
    effects : ndarray, shape (N, n_inner)
        Sum of the effects of all levels, for each innermost cluster.
    """

    slopes: Array
    effects: Array

    def predict(self, x: Array, cluster: IntArray) -> Array:
        """Give expected values, x of shape (N, p, n) -> (N, n)."""
        fixed: Array = (self.slopes[:, None] @ x)[:, 0]
        return fixed + self.effects[:, cluster] if self.effects.shape[1] else fixed


def start_variances(n_chains: int, n_levels: int) -> Variances:
    """Give residual SD one and cluster SD a third of it."""
    shape = (n_chains, n_levels)
    return Variances(np.ones(n_chains), np.full(shape, 0.3), np.ones(shape))


def draw_mixed(
    x: Array,
    y: Array,
    at: IntArray,
    nest: Nest,
    state: Variances,
    cluster_scale: float,
    rng: np.random.Generator,
) -> Drawn:
    """Draw coefficients and cluster effects together, then the variances.

    Coefficients are drawn with all cluster effects integrated out, and the effects given them,
    outermost level first, so that the two do not hold each other where they are.

    Parameters
    ----------
    x : ndarray, shape (N, p, n)
        Regressors in the rows where y is observed, in SD.
    y : ndarray, shape (N, n) or (n,)
    at : ndarray of int, shape (n,)
        Places of these rows among all rows of `nest`.
    nest : Nest
    state : Variances
        Changed in place.
    cluster_scale : float
        Scale of the half-Cauchy prior on the SD of clusters.
    rng : numpy.random.Generator

    Returns
    -------
    Drawn

    References
    ----------
    Gelman, van Dyk, Huang & Boscardin (2008), Journal of Computational and Graphical Statistics 17,
    95-122 (parameter expansion); Gelman (2006), Bayesian Analysis 1, 515-534.
    """
    n_chains, p, n = x.shape
    both = np.concatenate([x, np.broadcast_to(y, (n_chains, n))[:, None]], axis=1)
    weight = 1.0 / state.residual[:, None, None]
    cross = weight * (both @ np.swapaxes(both, 1, 2))
    levels = _eliminate(cross, weight, both, at, nest, state) if nest.sizes else []
    slopes = _draw_slopes(cross, p, rng)
    contrast = np.concatenate([-slopes, np.ones((n_chains, 1))], axis=1)
    effects, above = [], np.zeros((n_chains, 1))
    for level, (sums, count, precision) in enumerate(levels):
        if level:
            above = above[:, nest.parents[level - 1]]
        left = (contrast[:, None] @ sums)[:, 0] - count * above
        effect = left / precision + rng.standard_normal(left.shape) / np.sqrt(precision)
        effects.append(effect)
        above = above + effect
    error: Array = (contrast[:, None] @ both)[:, 0]
    if nest.sizes:
        error -= above[:, nest.of_row[at]]
        above = _rescale(effects, error, at, nest, state, cluster_scale, rng)
    chi = rng.chisquare(n, n_chains)
    state.residual[:] = np.einsum("ni,ni->n", error, error) / chi
    np.maximum(state.residual, LEAST_SD**2, out=state.residual)
    return Drawn(slopes, above if nest.sizes else np.zeros((n_chains, 0)))


def _eliminate(
    cross: Array, weight: Array, both: Array, at: IntArray, nest: Nest, state: Variances
) -> list[tuple[Array, Array, Array]]:
    """Take the cluster effects out of `cross`, innermost level first.

    Gives weighted sums (N, p + 1, n_clusters), weighted counts and precisions of the effects (N,
    n_clusters) of every level, outermost first. A cluster's effect has precision count + 1 / var;
    what is left of the weight of its rows for the levels outside of it is 1 - count / precision.
    """
    sums = weight * nest.sums(both, at)
    count = weight[:, 0] * nest.sums(np.ones(len(at)), at)
    found = []
    for level in reversed(range(len(nest.sizes))):
        sd = np.maximum(np.abs(state.factor[:, level]) * state.scale[:, level], LEAST_SD)
        precision = count + sd[:, None] ** -2.0
        cross -= (sums / precision[:, None]) @ np.swapaxes(sums, 1, 2)
        found.append((sums, count, precision))
        if level:
            left = 1.0 - count / precision
            sums, count = nest.up(sums * left[:, None], level), nest.up(count * left, level)
    return found[::-1]


def _draw_slopes(cross: Array, p: int, rng: np.random.Generator) -> Array:
    information = cross[:, :p, :p] + np.eye(p) / SLOPE_SD**2
    root = np.linalg.cholesky(information)
    z = rng.standard_normal((len(cross), p, 1))
    # information = R R', so R'^-1 (R^-1 m + z) has mean information^-1 m and its covariance.
    half = np.linalg.solve(root, cross[:, :p, p:]) + z
    found: Array = np.linalg.solve(np.swapaxes(root, 1, 2), half)[..., 0].astype(np.float64)
    return found


def _rescale(
    effects: list[Array],
    error: Array,
    at: IntArray,
    nest: Nest,
    state: Variances,
    cluster_scale: float,
    rng: np.random.Generator,
) -> Array:
    """Draw factor and scale of each level; gives the effects, and keeps `error` up to date."""
    sums, counts = nest.sums(error, at), nest.sums(np.ones(len(at)), at)
    total = np.zeros(sums.shape)
    for level, effect in enumerate(effects):
        inner = nest.inner_of(level)
        factor = np.where(
            np.abs(state.factor[:, level]) < LEAST_SD, LEAST_SD, state.factor[:, level]
        )
        unit = effect / factor[:, None]
        wide, old = unit[:, inner], effect[:, inner]
        left = sums + counts * old
        precision = (counts * wide**2).sum(axis=1) / state.residual + cluster_scale**-2.0
        mean = (wide * left).sum(axis=1) / state.residual / precision
        drawn = mean + rng.standard_normal(len(mean)) / np.sqrt(precision)
        state.factor[:, level] = drawn
        chi = rng.chisquare(1 + unit.shape[1], len(mean))
        state.scale[:, level] = np.sqrt((1.0 + (unit**2).sum(axis=1)) / chi)
        new = wide * drawn[:, None]
        sums = sums - counts * (new - old)
        error -= (new - old)[:, nest.of_row[at]]
        total += new
    return total
