"""Which of many data sets can be analysed: the checks of one table, from sums."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.column_checks import EXACT, REPEATED
from mediation.estimation.two_level import checks
from mediation.estimation.two_level.reduced import transpose
from mediation.estimation.two_level.statistics import RowSums
from mediation.estimation.two_level.structure import Structure

# Variance of a column, of about 1 in most data sets, that is rounding.
FLAT = 1e-12


def are_usable(structure: Structure, rows: RowSums) -> BoolArray:
    """Whether `design_two_level` would take each data set as one of this structure.

    Parameters
    ----------
    structure : Structure
    rows : RowSums
        Columns with means near 0 and standard deviations near 1 in most data sets.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    usable = _differ_inside(rows)
    for k in range(rows.n_variables):
        seen = rows.observed[:, k]
        counts = rows.counts[:, seen].sum(axis=1)
        n_rows = rows.weights @ counts
        cross = _cross_products(rows, seen, counts)
        columns = _columns(structure, k, rows.between.shape[2], rows.n_variables)
        cross = cross[:, columns[:, None], columns]
        means = cross[:, :1] / np.maximum(n_rows, 1.0)[:, None, None]
        centered = cross - transpose(cross[:, :1]) * means
        pivots, is_flat = _pivots(centered[:, 1:, 1:], FLAT * n_rows)
        usable &= ~is_flat.any(axis=1) & (pivots[:, :-1] >= REPEATED**2).all(axis=1)
        usable &= (pivots[:, -1] > EXACT) & (n_rows > len(columns) - 1)
        level = structure.between
        n_coefficients = int(level.slopes[k].sum() + level.effects[k].sum())
        usable &= rows.weights @ (counts > 0) > n_coefficients
    return usable


def _columns(structure: Structure, k: int, n_between: int, p: int) -> BoolArray:
    """Places of intercept, regressors and variable k among (w, y, x)."""
    outer = np.flatnonzero(structure.between.effects[k])
    inner = np.flatnonzero(structure.within.effects[k]) + n_between + p
    return np.concatenate([outer, inner, [n_between + k]])


def _cross_products(rows: RowSums, seen: BoolArray, counts: Array) -> Array:
    """Cross-products of (w, y, x) over the rows of some patterns, shape (N, r + d, r + d)."""
    taken = rows.between * (rows.weights * counts)[..., None]
    sums = rows.sums[:, :, seen].sum(axis=2) * rows.weights[..., None]
    squared, crossed = transpose(taken) @ rows.between, transpose(rows.between) @ sums
    n_sets = rows.n_sets
    moments = rows.moments[:, seen].sum(axis=1)
    wide = [np.broadcast_to(m, (n_sets, *m.shape[1:])) for m in (squared, crossed, moments)]
    upper = np.concatenate(wide[:2], axis=2)
    lower = np.concatenate([transpose(wide[1]), wide[2]], axis=2)
    return np.concatenate([upper, lower], axis=1)


def _differ_inside(rows: RowSums) -> BoolArray:
    """Whether all variables and x differ inside clusters, and no variable repeats others there."""
    p = rows.n_variables
    usable = np.ones(rows.n_sets, bool)
    for k in range(rows.sums.shape[3]):
        seen = rows.observed[:, k] if k < p else np.ones(len(rows.observed), bool)
        inside, _ = _inside(rows, seen)
        usable &= inside[:, k, k] > FLAT * (rows.weights @ rows.counts[:, seen].sum(axis=1))
    is_complete: BoolArray = np.logical_and.reduce(rows.observed, axis=1)
    inside, spare = _inside(rows, is_complete)
    usable &= spare > rows.sums.shape[3]
    order = np.roll(np.arange(rows.sums.shape[3]), -p)
    pivots, _ = _pivots(inside[:, order[:, None], order], np.zeros(rows.n_sets))
    usable &= (pivots[:, -p:] >= checks.EXACT).all(axis=1)
    return usable


def _inside(rows: RowSums, seen: BoolArray) -> tuple[Array, Array]:
    """Cross-products inside clusters over the rows of some patterns, and their freedom."""
    counts = rows.counts[:, seen].sum(axis=1)
    sums = rows.sums[:, :, seen].sum(axis=2)
    shares = (rows.weights / np.maximum(counts, 1.0))[..., None]
    inside = rows.moments[:, seen].sum(axis=1) - transpose(sums * shares) @ sums
    return inside, rows.weights @ np.maximum(counts - 1.0, 0.0)


def _pivots(cross: Array, floor: Array) -> tuple[Array, BoolArray]:
    """Share of each column that those before do not explain, and whether it is flat, (N, m)."""
    squares = np.diagonal(cross, axis1=1, axis2=2)
    is_flat = squares <= floor[:, None]
    length = np.sqrt(np.where(is_flat, 1.0, squares))
    left = cross / (length[:, :, None] * length[:, None, :])
    pivots = np.empty(squares.shape)
    for k in range(squares.shape[1]):
        pivots[:, k] = left[:, k, k]
        safe = np.where(left[:, k, k] > REPEATED**2, left[:, k, k], np.inf)
        left = left - left[:, :, k, None] * left[:, None, k, :] / safe[:, None, None]
    return pivots, is_flat
