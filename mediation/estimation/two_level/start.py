"""Starting values from analysis of variance: pooled within cluster, and between cluster means."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.statistics import RowSums
from mediation.estimation.two_level.structure import LevelStructure, Structure

# Least variance between clusters to start from, as a share of the error variance of a cluster mean.
FLOOR = 0.2


def starting_values(structure: Structure, rows: RowSums) -> Array:
    """Moment estimates, made positive definite, shape (k,).

    Parameters
    ----------
    structure : Structure
    rows : RowSums

    References
    ----------
    Searle, Casella & McCulloch (1992), Variance Components, ch. 3 (unbalanced one-way design).
    """
    x_effects, w_effects = _regressions(rows)
    within, between = _components(rows, x_effects, w_effects)
    size = rows.counts.sum() / len(rows.counts)
    within = _at_least(within, 0.05 * np.diag(within).mean())
    between = _at_least(between, FLOOR * np.diag(within).mean() / size)
    cells = [
        _level_cells(structure.within, within, x_effects),
        _level_cells(structure.between, between, w_effects),
    ]
    start: Array = np.concatenate(cells)[structure.cells]
    return start


def _regressions(rows: RowSums) -> tuple[Array, Array]:
    """Least-squares slopes of each variable on x and w in the rows that have it."""
    p, r = rows.observed.shape[1], rows.between.shape[1]
    q = rows.sums.shape[2] - p
    slopes = np.empty((p, q + r))
    for k in range(p):
        seen = np.flatnonzero(rows.observed[:, k])
        sums, counts = rows.sums[:, seen].sum(1), rows.counts[:, seen].sum(1)
        moments = rows.moments[seen].sum(0)
        crossed = sums.T @ rows.between
        left = np.block(
            [
                [moments[p:, p:], crossed[p:]],
                [crossed[p:].T, (rows.between * counts[:, None]).T @ rows.between],
            ]
        )
        slopes[k] = np.linalg.solve(left, np.concatenate([moments[p:, k], crossed[k]]))
    return slopes[:, :q], slopes[:, q:]


def _components(rows: RowSums, x_effects: Array, w_effects: Array) -> tuple[Array, Array]:
    """Covariance of the residuals inside clusters and between them, pair by pair."""
    p = rows.observed.shape[1]
    rest = np.hstack([np.eye(p), -x_effects])
    within, between = np.empty((p, p)), np.empty((p, p))
    sums, counts = rows.sums @ rest.T, rows.counts
    means = np.full((len(counts), p), np.nan)
    sizes = np.zeros((len(counts), p))
    for k in range(p):
        seen = rows.observed[:, k]
        sizes[:, k] = counts[:, seen].sum(1)
        used = sizes[:, k] > 0
        means[used, k] = sums[used][:, seen, k].sum(1) / sizes[used, k]
    means -= rows.between @ w_effects.T
    for i in range(p):
        for k in range(i + 1):
            both = rows.observed[:, i] & rows.observed[:, k]
            n = counts[:, both].sum(1)
            used = n > 0
            first, second = sums[used][:, both, i].sum(1), sums[used][:, both, k].sum(1)
            total = (rest @ rows.moments[both].sum(0) @ rest.T)[i, k] - (
                first * second / n[used]
            ).sum()
            within[i, k] = within[k, i] = total / max(n.sum() - used.sum(), 1.0)
            used = (sizes[:, i] > 0) & (sizes[:, k] > 0)
            noise = np.mean(n[used] / (sizes[used, i] * sizes[used, k])) if used.any() else 0.0
            raw = np.mean(means[used, i] * means[used, k]) if used.any() else 0.0
            between[i, k] = between[k, i] = raw - within[i, k] * noise
    return within, between


def _at_least(covariance: Array, floor: float) -> Array:
    values, vectors = np.linalg.eigh(covariance)
    raised: Array = (vectors * np.maximum(values, floor)) @ vectors.T
    return raised


def _level_cells(level: LevelStructure, covariance: Array, effects: Array) -> Array:
    """B, G, L and D that come nearest to a covariance and reduced-form effects, flat."""
    p = level.n_variables
    slopes = np.zeros((p, p))
    for i in range(p):
        parents = np.flatnonzero(level.slopes[i])
        if len(parents):
            slopes[i, parents] = np.linalg.solve(
                covariance[np.ix_(parents, parents)], covariance[parents, i]
            )
    rest = np.eye(p) - slopes
    unit, variances = _factor(rest @ covariance @ rest.T, level.links)
    return np.concatenate([slopes.ravel(), (rest @ effects).ravel(), unit.ravel(), variances])


def _factor(covariance: Array, links: BoolArray) -> tuple[Array, Array]:
    """L D L' of a covariance, with L zero where there is no link."""
    p = len(covariance)
    unit, variances = np.eye(p), np.empty(p)
    for i in range(p):
        for k in np.flatnonzero(links[i]):
            rest = covariance[i, k] - (unit[i, :k] * unit[k, :k]) @ variances[:k]
            unit[i, k] = rest / variances[k]
        explained = unit[i, :i] ** 2 @ variances[:i]
        variances[i] = max(covariance[i, i] - explained, 0.05 * covariance[i, i])
    return unit, variances
