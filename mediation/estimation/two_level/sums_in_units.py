"""Data sets that are sums already, put into units of their own: no row is touched again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.reduced import transpose
from mediation.estimation.two_level.statistics import RowSums
from mediation.estimation.two_level.units import Units


def draw_clusters(rows: RowSums, moments: Array, weights: Array) -> RowSums:
    """Give data sets that hold each cluster of one data set as often as their weights say.

    Parameters
    ----------
    rows : RowSums
        Of one data set.
    moments : ndarray, shape (n_clusters, n_patterns, d, d)
        Cross-products of each cluster, as `cluster_moments` gives them.
    weights : ndarray, shape (N, n_clusters)

    Returns
    -------
    RowSums

    Examples
    --------
    >>> from mediation.estimation.two_level.statistics import cluster_moments, sum_rows
    >>> y, x, codes = np.array([[1.0], [2.0], [3.0]]), np.empty((3, 0)), np.array([0, 0, 1])
    >>> rows = sum_rows(y, x, np.ones((2, 1)), codes)
    >>> moments = cluster_moments(y, x, rows.observed, codes, 2)
    >>> draw_clusters(rows, moments, np.array([[2.0, 0.0], [0.0, 2.0]])).moments.ravel().tolist()
    [10.0, 18.0]
    """
    total = weights @ moments.reshape(len(moments), -1)
    shape = (len(weights), *moments.shape[1:])
    return replace(rows, weights=weights, moments=total.reshape(shape))


def put_instead(rows: RowSums, which: BoolArray, other: RowSums) -> RowSums:
    """Put another data set of the layout in the place of some.

    Parameters
    ----------
    rows : RowSums
        Of N data sets.
    which : ndarray of bool, shape (N,)
    other : RowSums
        Of one data set.

    Returns
    -------
    RowSums
    """

    def put(values: Array, instead: Array) -> Array:
        if len(values) == 1 and len(which) > 1:
            return values
        return np.where(which.reshape(-1, *[1] * (values.ndim - 1)), instead, values)

    return replace(
        rows,
        sums=put(rows.sums, other.sums),
        between=put(rows.between, other.between),
        moments=put(rows.moments, other.moments),
    )


def standardize_sums(rows: RowSums, units: Units) -> tuple[RowSums, Units]:
    """Give every column mean 0 and standard deviation 1 over its observed values.

    What `standardize` does with rows, done with their sums. Columns must vary.

    Parameters
    ----------
    rows : RowSums
        Columns with means near 0 and standard deviations near 1, or digits are lost.
    units : Units
        What they are in.

    Returns
    -------
    rows : RowSums
        Of N data sets.
    units : Units
        With leading dimension N.
    """
    p, d = rows.n_variables, rows.sums.shape[3]
    ones = np.ones((len(rows.observed), d - p))
    seen = np.concatenate([rows.observed.astype(np.float64), ones], axis=1)
    n_rows = rows.weights @ rows.counts
    sums = _weighted_sums(rows.weights, rows.sums)
    n_seen = n_rows @ seen
    center = sums.sum(axis=1) / n_seen
    squares = np.diagonal(rows.moments, axis1=2, axis2=3).sum(axis=1) / n_seen
    scale = np.sqrt(squares - center**2)
    shift = center[:, None] * seen
    crossed = shift[..., :, None] * sums[..., None, :]
    of_shift = n_rows[..., None, None] * shift[..., :, None] * shift[..., None, :]
    moments = rows.moments - crossed - transpose(crossed) + of_shift
    w_center, w_scale = _of_clusters(rows)
    moved = replace(
        rows,
        sums=(rows.sums - rows.counts[..., None] * shift[:, None]) / scale[:, None, None],
        between=(rows.between - w_center[:, None]) / w_scale[:, None],
        moments=moments / (scale[:, None, :, None] * scale[:, None, None, :]),
    )
    return moved, Units(
        units.y_center + units.y_scale * center[:, :p],
        units.y_scale * scale[:, :p],
        units.x_center + units.x_scale * center[:, p:],
        units.x_scale * scale[:, p:],
        units.w_center + units.w_scale * w_center,
        units.w_scale * w_scale,
    )


def _of_clusters(rows: RowSums) -> tuple[Array, Array]:
    """Mean and standard deviation of w over clusters; those of the intercept are 0 and 1."""
    n_clusters = rows.weights.sum(axis=1)[:, None]
    center = _weighted_sums(rows.weights, rows.between) / n_clusters
    squares = _weighted_sums(rows.weights, rows.between**2) / n_clusters
    scale = np.sqrt(np.maximum(squares - center**2, 0.0))
    center[:, 0], scale[:, 0] = 0.0, 1.0
    return center, scale


def _weighted_sums(weights: Array, values: Array) -> Array:
    """Sum values (N or 1, n_clusters, ...) over clusters with weights (N or 1, n_clusters)."""
    flat = values.reshape(*values.shape[:2], -1)
    total = weights @ flat[0] if len(flat) == 1 else (weights[:, None] @ flat)[:, 0]
    found: Array = total.reshape(-1, *values.shape[2:])
    return found
