"""Clusters with the same number of rows in each missing pattern form a group."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray


def group_clusters(counts: Array) -> tuple[IntArray, IntArray]:
    """Give each cluster the number of its row counts, and one cluster of each number."""
    key = np.zeros(len(counts), dtype=np.int64)
    for column in counts.T.astype(np.int64):
        _, key = np.unique(key * (column.max() + 1) + column, return_inverse=True)
    _, first = np.unique(key, return_index=True)
    return key, first


def count_groups(weights: Array, group: IntArray) -> Array:
    """Clusters of each group in each data set.

    Parameters
    ----------
    weights : ndarray, shape (N, n_clusters)
    group : ndarray of int, shape (n_clusters,)

    Returns
    -------
    ndarray, shape (N, n_groups)

    Examples
    --------
    >>> count_groups(np.array([[1.0, 2.0, 0.0]]), np.array([1, 0, 1])).tolist()
    [[2.0, 1.0]]
    """
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    total: Array = np.add.reduceat(weights[:, order], starts, axis=1)
    return total


def triangular_groups(columns: Array, group: IntArray) -> tuple[Array, IntArray]:
    """Sort clusters by group, with the triangular factor in place of a group's own rows.

    Parameters
    ----------
    columns : ndarray, shape (N, n_clusters, n_columns)
    group : ndarray of int, shape (n_clusters,)

    Returns
    -------
    columns : ndarray, shape (N, n, n_columns)
        Cross-products within a group are those of its clusters.
    group : ndarray of int, shape (n,)

    Examples
    --------
    >>> columns, group = triangular_groups(np.ones((1, 4, 1)), np.array([0, 1, 1, 1]))
    >>> np.abs(columns[0, :, 0]).round(4).tolist(), group.tolist()
    ([1.0, 1.7321], [0, 1])
    """
    order = np.argsort(group, kind="stable")
    columns, group = columns[:, order], group[order]
    sizes = np.bincount(group)
    ends = np.cumsum(sizes)
    kept, start = [], 0
    for large in np.flatnonzero(sizes > columns.shape[2]):
        begin, stop = int(ends[large] - sizes[large]), int(ends[large])
        factor = np.asarray(np.linalg.qr(columns[:, begin:stop], mode="r"))
        kept += [(columns[:, start:begin], group[start:begin])]
        kept += [(factor, np.full(factor.shape[1], large))]
        start = stop
    if not kept:
        return columns, group
    kept.append((columns[:, start:], group[start:]))
    return np.concatenate([c for c, _ in kept], axis=1), np.concatenate([g for _, g in kept])
