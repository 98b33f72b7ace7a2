"""Starting values from analysis of variance: pooled within cluster, and between cluster means."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.reduced import transpose
from mediation.estimation.two_level.statistics import RowSums
from mediation.estimation.two_level.structure import LevelStructure, Structure

# Least variance between clusters to start from, as a share of the error variance of a cluster mean.
FLOOR = 0.2


def starting_values(structure: Structure, rows: RowSums) -> Array:
    """Moment estimates of one data set, made positive definite, shape (k,).

    Parameters
    ----------
    structure : Structure
    rows : RowSums

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, ch. 3 (unbalanced one-way design).
    """
    start: Array = many_starting_values(structure, rows)[0]
    return start


def many_starting_values(structure: Structure, rows: RowSums) -> Array:
    """Moment estimates of each data set, as `starting_values` gives them, shape (N, k)."""
    x_effects, w_effects = _regressions(rows)
    within, between = _components(rows, x_effects, w_effects)
    n_clusters = rows.weights.sum(axis=1)
    size = (rows.weights @ rows.counts).sum(axis=1) / n_clusters
    noise = np.diagonal(within, axis1=1, axis2=2).mean(axis=1)
    within = _at_least(within, 0.05 * noise)
    noise = np.diagonal(within, axis1=1, axis2=2).mean(axis=1)
    between = _at_least(between, FLOOR * noise / size)
    cells = [
        _level_cells(structure.within, within, x_effects),
        _level_cells(structure.between, between, w_effects),
    ]
    start: Array = np.concatenate(cells, axis=1)[:, structure.cells]
    return start


def _regressions(rows: RowSums) -> tuple[Array, Array]:
    """Least-squares slopes of each variable on x and w in the rows that have it."""
    p, r = rows.n_variables, rows.between.shape[2]
    q = rows.sums.shape[3] - p
    slopes = np.empty((rows.n_sets, p, q + r))
    for k in range(p):
        seen = np.flatnonzero(rows.observed[:, k])
        counts = rows.counts[:, seen].sum(1)
        sums = rows.sums[:, :, seen].sum(2) * rows.weights[:, :, None]
        taken = rows.between * (counts * rows.weights)[:, :, None]
        moments = rows.moments[:, seen].sum(1)
        crossed = transpose(sums) @ rows.between
        squared = transpose(taken) @ rows.between
        q_r = (rows.n_sets, q + r, q + r)
        left, right = np.empty(q_r), np.empty((*q_r[:2], 1))
        left[:, :q, :q], left[:, q:, q:] = moments[:, p:, p:], squared
        left[:, :q, q:], left[:, q:, :q] = crossed[:, p:], transpose(crossed[:, p:])
        right[:, :q, 0], right[:, q:, 0] = moments[:, p:, k], crossed[:, k]
        slopes[:, k] = np.linalg.solve(left, right)[..., 0]
    return slopes[:, :, :q], slopes[:, :, q:]


def _components(rows: RowSums, x_effects: Array, w_effects: Array) -> tuple[Array, Array]:
    """Covariance of the residuals inside clusters and between them, pair by pair."""
    p, n_sets = rows.n_variables, rows.n_sets
    eye = np.broadcast_to(np.eye(p), (n_sets, p, p))
    rest = np.concatenate([eye, -x_effects], axis=2)
    within, between = np.zeros((2, n_sets, p, p))
    sums = rows.sums @ transpose(rest)[:, None]
    squares = rest[:, None] @ rows.moments @ transpose(rest)[:, None]
    sizes = rows.counts @ rows.observed
    means = np.stack([sums[:, :, seen, k].sum(2) for k, seen in enumerate(rows.observed.T)], axis=2)
    means = means / np.maximum(sizes, 1.0) - rows.between @ transpose(w_effects)
    for i in range(p):
        for k in range(i + 1):
            both = rows.observed[:, i] & rows.observed[:, k]
            n = rows.counts[:, both].sum(1)
            weights = rows.weights * (n > 0)
            first, second = sums[:, :, both, i].sum(2), sums[:, :, both, k].sum(2)
            total = squares[:, both, i, k].sum(1)
            total = total - (weights * first * second / np.maximum(n, 1.0)).sum(1)
            spare = weights @ n - weights.sum(1)
            within[:, i, k] = within[:, k, i] = total / np.maximum(spare, 1.0)
            weights = rows.weights * ((sizes[:, i] > 0) & (sizes[:, k] > 0))
            weights = weights / np.maximum(weights.sum(1, keepdims=True), 1.0)
            noise = weights @ (n / np.maximum(sizes[:, i] * sizes[:, k], 1.0))
            raw = (weights * means[:, :, i] * means[:, :, k]).sum(1)
            between[:, i, k] = between[:, k, i] = raw - within[:, i, k] * noise
    return within, between


def _at_least(covariance: Array, floor: Array) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    raised: Array = (vectors * np.maximum(values, floor[:, None])[:, None]) @ transpose(vectors)
    return raised


def _level_cells(level: LevelStructure, covariance: Array, effects: Array) -> Array:
    """B, G, L and D that come nearest to a covariance and reduced-form effects, flat."""
    n_sets, p = covariance.shape[:2]
    slopes = np.zeros((n_sets, p, p))
    for i in range(p):
        parents = np.flatnonzero(level.slopes[i])
        if len(parents):
            inside = covariance[:, parents[:, None], parents]
            slopes[:, i, parents] = np.linalg.solve(inside, covariance[:, parents, i, None])[..., 0]
    rest = np.eye(p) - slopes
    unit, variances = _factor(rest @ covariance @ transpose(rest), level.links)
    parts = (slopes, rest @ effects, unit, variances)
    return np.concatenate([part.reshape(n_sets, -1) for part in parts], axis=1)


def _factor(covariance: Array, links: BoolArray) -> tuple[Array, Array]:
    """L D L' of covariances, with L zero where there is no link."""
    n_sets, p = covariance.shape[:2]
    unit = np.repeat(np.eye(p)[None], n_sets, axis=0)
    variances = np.empty((n_sets, p))
    for i in range(p):
        for k in np.flatnonzero(links[i]):
            explained = (unit[:, i, :k] * unit[:, k, :k] * variances[:, :k]).sum(1)
            unit[:, i, k] = (covariance[:, i, k] - explained) / variances[:, k]
        explained = (unit[:, i, :i] ** 2 * variances[:, :i]).sum(1)
        own = covariance[:, i, i]
        variances[:, i] = np.maximum(own - explained, 0.05 * own)
    return unit, variances
