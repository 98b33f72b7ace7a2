"""Rows reduced once to sums by cluster and missing pattern: nothing of the size of the rows stays.

Clusters with the same number of rows in each pattern form a group, and share all matrices of the
likelihood. What a group adds is quadratic in its clusters' sums, so that the sums of a large
group are replaced by the triangular factor of their QR decomposition: a few rows, same squares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.two_level.groups import (
    count_groups,
    group_clusters,
    triangular_groups,
)

# Clusters worked on at a time, so that the arrays of one step stay in the processor's cache.
BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RowSums:
    """Sums of the rows of each cluster, by missing pattern, for N data sets of one layout.

    Data sets share clusters, their sizes and what is missing. They differ in values, or in how
    often they hold each cluster.

    Attributes
    ----------
    observed : ndarray of bool, shape (n_patterns, p)
        Variables observed in each pattern.
    counts : ndarray, shape (n_clusters, n_patterns)
        Rows.
    weights : ndarray, shape (N or 1, n_clusters)
        How many clusters with these values a data set holds.
    sums : ndarray, shape (N or 1, n_clusters, n_patterns, p + q)
        Sums of (y, x), with 0 for what is missing.
    between : ndarray, shape (N or 1, n_clusters, r)
        The cluster-level columns w.
    moments : ndarray, shape (N or 1, n_patterns, p + q, p + q)
        Cross-products of (y, x) over all rows of a data set.
    """

    observed: BoolArray
    counts: Array
    weights: Array
    sums: Array
    between: Array
    moments: Array

    @property
    def n_sets(self) -> int:
        """Number of data sets N."""
        return max(len(part) for part in (self.weights, self.sums, self.between, self.moments))

    @property
    def n_variables(self) -> int:
        """Number of variables p."""
        return int(self.observed.shape[1])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterBlock:
    """Clusters, or rows that stand for them, with leading batch dimensions that may be 1.

    Attributes
    ----------
    counts : ndarray, shape (..., n_patterns, n_groups)
        Rows of each pattern in a cluster of the group.
    n_clusters : ndarray, shape (..., n_groups)
        Clusters of the group.
    group : ndarray of int, shape (n,)
        Group of each cluster.
    sums : ndarray, shape (..., n_patterns (p + q + r), n)
        By pattern: sums of y and of x, and w times the number of rows.
    between : ndarray, shape (..., r, n)
        w.
    """

    counts: Array
    n_clusters: Array
    group: IntArray
    sums: Array
    between: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Statistics:
    """What the likelihood needs, of one data set or of a batch of one layout.

    Attributes
    ----------
    observed : ndarray of bool, shape (n_patterns, p)
    n_rows : ndarray, shape (..., n_patterns)
    moments : ndarray, shape (..., n_patterns, p + q, p + q)
    blocks : tuple of ClusterBlock
    """

    observed: BoolArray
    n_rows: Array
    moments: Array
    blocks: tuple[ClusterBlock, ...]

    @property
    def n_values(self) -> Array:
        """Observed values of y, shape (...)."""
        total: Array = self.n_rows @ self.observed.sum(axis=1).astype(np.float64)
        return total


def take_sets(statistics: Statistics, which: Any) -> Statistics:
    """Give the statistics of some data sets of a batch, in an order of choice."""
    blocks = tuple(
        replace(
            block,
            n_clusters=_taken(block.n_clusters, which),
            sums=_taken(block.sums, which),
            between=_taken(block.between, which),
        )
        for block in statistics.blocks
    )
    return Statistics(
        statistics.observed,
        _taken(statistics.n_rows, which),
        _taken(statistics.moments, which),
        blocks,
    )


def _taken(values: Array, which: Any) -> Array:
    """Take data sets of an array, unless it is the same in all."""
    taken: Array = values if len(values) == 1 else values[which]
    return taken


def sum_rows(y: Array, x: Array, w: Array, codes: IntArray) -> RowSums:
    """Sort rows into missing patterns and sum them by cluster.

    Parameters
    ----------
    y : ndarray, shape (n_rows, p) or (N, n_rows, p)
        NaN where missing, in the same places in all data sets; every row has at least one value.
    x : ndarray, shape (n_rows, q) or (N or 1, n_rows, q)
    w : ndarray, shape (n_clusters, r) or (N or 1, n_clusters, r)
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, 0 to n_clusters - 1.

    Returns
    -------
    RowSums
    """
    y, x, w = (part if part.ndim == 3 else part[None] for part in (y, x, w))
    seen = ~np.isnan(y[0])
    p, n_clusters, n_sets = y.shape[2], w.shape[1], len(y)
    key = seen @ (1 << np.arange(p))
    present = np.flatnonzero(np.bincount(key))
    pattern = np.searchsorted(present, key)
    n_patterns = len(present)
    wide = np.broadcast_to(x, (n_sets, *x.shape[1:]))
    rows = np.concatenate([y if seen.all() else np.where(seen, y, 0.0), wide], axis=2)
    cell = codes * n_patterns + pattern
    size = n_clusters * n_patterns
    cells = (cell + size * np.arange(n_sets)[:, None]).ravel()
    columns = (rows[..., k].ravel() for k in range(rows.shape[2]))
    sums = [np.bincount(cells, column, size * n_sets).astype(np.float64) for column in columns]
    parts = [rows] if n_patterns == 1 else [rows[:, pattern == m] for m in range(n_patterns)]
    return RowSums(
        observed=(present[:, None] >> np.arange(p)) % 2 == 1,
        counts=np.bincount(cell, minlength=size).reshape(n_clusters, -1).astype(np.float64),
        weights=np.ones((1, n_clusters)),
        sums=np.stack(sums, axis=-1).reshape(n_sets, n_clusters, n_patterns, -1),
        between=w,
        moments=np.stack([part.swapaxes(1, 2) @ part for part in parts], axis=1),
    )


def reduce_clusters(rows: RowSums) -> Statistics:
    """Group the clusters, which are the same groups in all data sets."""
    group, first = group_clusters(rows.counts)
    counts = rows.counts[first]
    n_clusters = count_groups(rows.weights, group)
    columns, group = triangular_groups(_weighted(rows), group)
    n_patterns, d = rows.sums.shape[2:]
    sums = columns[:, :, : n_patterns * d].reshape(*columns.shape[:2], n_patterns, d)
    between = columns[:, :, n_patterns * d :]
    blocks = []
    for begin, stop in _cuts(group):
        here = slice(begin, stop)
        low, high = group[begin], group[stop - 1] + 1
        stacked = _stack(sums[:, here], between[:, here], counts[group[here]])
        blocks.append(
            ClusterBlock(
                counts=counts[low:high].T[None],
                n_clusters=n_clusters[:, low:high],
                group=group[here] - low,
                sums=np.ascontiguousarray(stacked.swapaxes(1, 2)),
                between=np.ascontiguousarray(between[:, here].swapaxes(1, 2)),
            )
        )
    return Statistics(rows.observed, rows.weights @ rows.counts, rows.moments, tuple(blocks))


def _weighted(rows: RowSums) -> Array:
    """Put sums and w side by side, (N, n_clusters, n_columns), their squares weighted."""
    n_sets, n_clusters = rows.n_sets, len(rows.counts)
    flat = [part.reshape(len(part), n_clusters, -1) for part in (rows.sums, rows.between)]
    parts = [np.broadcast_to(part, (n_sets, *part.shape[1:])) for part in flat]
    columns: Array = np.concatenate(parts, axis=2)
    if (rows.weights != 1.0).any():
        columns *= np.sqrt(rows.weights)[:, :, None]
    return columns


def single_clusters(y: Array, x: Array, rows: RowSums, codes: IntArray) -> Statistics:
    """Take every cluster as a data set of its own, for the scores of clusters.

    Parameters
    ----------
    y, x, codes
        As in `sum_rows`.
    rows : RowSums
        Their sums.

    Returns
    -------
    Statistics
        The batch dimension is n_clusters.
    """
    n_clusters, between = len(rows.counts), rows.between[0]
    block = ClusterBlock(
        counts=rows.counts[:, :, None],
        n_clusters=np.ones((n_clusters, 1)),
        group=np.zeros(1, dtype=np.int64),
        sums=_stack(rows.sums, rows.between, rows.counts)[0, :, :, None],
        between=between[:, :, None],
    )
    moments = cluster_moments(y, x, rows.observed, codes, n_clusters)
    return Statistics(rows.observed, rows.counts, moments, (block,))


def cluster_moments(
    y: Array, x: Array, observed: BoolArray, codes: IntArray, n_clusters: int
) -> Array:
    """Cross-products of (y, x) of each cluster by pattern, (n_clusters, n_patterns, d, d)."""
    seen = ~np.isnan(y)
    z = np.column_stack([np.where(seen, y, 0.0), x])
    d = z.shape[1]
    moments = np.zeros((n_clusters, len(observed), d, d))
    for m, pattern in enumerate(observed):
        at = np.flatnonzero((seen == pattern).all(axis=1))
        for i in range(d):
            for k in range(i + 1):
                product = np.bincount(codes[at], z[at, i] * z[at, k], n_clusters)
                moments[:, m, i, k] = moments[:, m, k, i] = product
    return moments


def _cuts(groups: IntArray) -> list[tuple[int, int]]:
    """Cut sorted clusters into blocks between groups, of about BLOCK clusters each."""
    starts = np.flatnonzero(np.diff(groups, prepend=-1))
    chosen = starts[
        np.unique(
            np.searchsorted(starts, np.arange(0, len(groups), BLOCK)).clip(max=len(starts) - 1)
        )
    ]
    return list(zip(chosen, [*chosen[1:], len(groups)], strict=True))


def _stack(sums: Array, between: Array, counts: Array) -> Array:
    """Put w times the rows after the sums, by pattern: (N, n, n_patterns (p + q + r))."""
    means = counts[:, :, None] * between[:, :, None, :]
    return np.concatenate([sums, means], axis=3).reshape(*sums.shape[:2], -1)
