"""Which data sets of a batch can be analysed: the checks of one table, for many at once."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.clusters import CONSTANT, Clusters, varies_inside
from mediation.estimation.column_checks import EXACT, REPEATED
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared


def is_estimable(
    equations: tuple[Equation, ...], values: Array, clusters: Clusters, sources: tuple[str, ...]
) -> BoolArray:
    """Whether `estimate` would take each data set.

    Left-hand sides must vary, also inside the innermost clusters, no column may repeat the ones
    before it, and no equation may fit exactly.

    Parameters
    ----------
    equations : tuple of Equation
        Their first column is the intercept.
    values : ndarray, shape (N, n_rows, n_columns)
    clusters : Clusters
    sources : tuple of str, length n_columns
        Column of the table behind each: a part of one that hardly varies beside its other parts
        does not vary.

    Returns
    -------
    ndarray of bool, shape (N,)
    """
    z = values - values.mean(axis=1, keepdims=True)
    z /= np.maximum(np.abs(z).max(axis=1, keepdims=True), 1e-300)
    cross = np.swapaxes(z, 1, 2) @ z
    length = np.sqrt(np.diagonal(cross, axis1=1, axis2=2))
    spread = np.ptp(values, axis=1)
    of_source = np.array([[a == b for b in sources] for a in sources])
    widest = np.where(of_source, spread[:, None, :], 0.0).max(axis=2)
    is_flat = spread <= CONSTANT * widest
    length = np.where(is_flat, 1.0, length)
    cross = np.where(is_flat[:, :, None], 0.0, cross / (length[:, :, None] * length[:, None, :]))
    possible = np.ones(len(values), dtype=bool)
    for equation in equations:
        pivots = _pivots(cross, (*equation.x_at[1:], equation.y_at))
        possible &= (pivots[:, :-1] >= REPEATED**2).all(axis=1) & (pivots[:, -1] > EXACT)
        if clusters.names:
            possible &= varies_inside(values[:, :, equation.y_at], clusters.codes[-1])
    return possible


def put_instead(prepared: Prepared, values: Array, instead: Array) -> BoolArray:
    """Write a data set that can be analysed over those that cannot.

    Parameters
    ----------
    prepared : Prepared
    values : ndarray, shape (N, n_rows, n_columns)
        Changed in place.
    instead : ndarray, shape (n_rows, n_columns)

    Returns
    -------
    ndarray of bool, shape (N,)
        Whether `estimate` would have taken each data set as it was.
    """
    sources = tuple(column.source for column in prepared.columns)
    possible = is_estimable(prepared.equations, values, prepared.clusters, sources)
    values[~possible] = instead
    return possible


def _pivots(cross: Array, columns: tuple[int, ...]) -> Array:
    """Share of each column that the ones before it leave unexplained, shape (N, len(columns))."""
    left = cross[:, columns][:, :, columns].copy()
    pivots = np.empty(left.shape[:2])
    for k in range(len(columns)):
        pivots[:, k] = left[:, k, k]
        safe = np.where(left[:, k, k] > REPEATED**2, left[:, k, k], np.inf)
        left -= left[:, :, k, None] * left[:, None, k, :] / safe[:, None, None]
    return pivots
