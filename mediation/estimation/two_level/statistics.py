"""Rows reduced once to sums by cluster and missing pattern: nothing of the size of the rows stays.

Clusters with the same number of rows in each pattern form a group, and share all matrices of the
likelihood. What a group adds is quadratic in its clusters' sums, so that the sums of a large
group are replaced by the triangular factor of their QR decomposition: a few rows, same squares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray

# Clusters worked on at a time, so that the arrays of one step stay in the processor's cache.
BLOCK = 2048


@dataclass(frozen=True, slots=True, eq=False)
class RowSums:
    """Sums of the rows of each cluster, by missing pattern.

    Attributes
    ----------
    observed : ndarray of bool, shape (n_patterns, p)
        Variables observed in each pattern.
    counts : ndarray, shape (n_clusters, n_patterns)
        Rows.
    sums : ndarray, shape (n_clusters, n_patterns, p + q)
        Sums of (y, x), with 0 for what is missing.
    between : ndarray, shape (n_clusters, r)
        The cluster-level columns w.
    moments : ndarray, shape (n_patterns, p + q, p + q)
        Cross-products of (y, x) over all rows.
    """

    observed: BoolArray
    counts: Array
    sums: Array
    between: Array
    moments: Array


@dataclass(frozen=True, slots=True, eq=False)
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


@dataclass(frozen=True, slots=True, eq=False)
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


def sum_rows(y: Array, x: Array, w: Array, codes: IntArray) -> RowSums:
    """Sort rows into missing patterns and sum them by cluster.

    Parameters
    ----------
    y : ndarray, shape (n_rows, p)
        NaN where missing; every row has at least one value.
    x : ndarray, shape (n_rows, q)
    w : ndarray, shape (n_clusters, r)
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, 0 to n_clusters - 1.

    Returns
    -------
    RowSums
    """
    seen = ~np.isnan(y)
    p, n_clusters = y.shape[1], len(w)
    key = seen @ (1 << np.arange(p))
    present = np.flatnonzero(np.bincount(key))
    pattern = np.searchsorted(present, key)
    n_patterns = len(present)
    rows = np.column_stack([y if seen.all() else np.where(seen, y, 0.0), x])
    cell = codes * n_patterns + pattern
    shape = (n_clusters, n_patterns)
    size = n_clusters * n_patterns
    sums = [np.bincount(cell, column, size).reshape(shape) for column in rows.T]
    parts = [rows] if n_patterns == 1 else [rows[pattern == m] for m in range(n_patterns)]
    return RowSums(
        observed=(present[:, None] >> np.arange(p)) % 2 == 1,
        counts=np.bincount(cell, minlength=size).reshape(shape).astype(np.float64),
        sums=np.stack(sums, axis=-1),
        between=w,
        moments=np.stack([part.T @ part for part in parts]),
    )


def reduce_clusters(rows: RowSums) -> Statistics:
    """Group the clusters of one data set; the batch dimension has length 1."""
    group, first = _groups(rows.counts)
    counts = rows.counts[first]
    n_clusters = np.bincount(group).astype(np.float64)
    flat = rows.sums.reshape(len(group), -1)
    columns, group = _triangular(np.hstack([flat, rows.between]), group, n_clusters)
    sums = columns[:, : flat.shape[1]].reshape(-1, *rows.sums.shape[1:])
    between = columns[:, flat.shape[1] :]
    blocks = []
    for begin, stop in _cuts(group):
        here = slice(begin, stop)
        low, high = group[begin], group[stop - 1] + 1
        stacked = _stack(sums[here], between[here], counts[group[here]])
        blocks.append(
            ClusterBlock(
                counts=counts[low:high].T[None],
                n_clusters=n_clusters[low:high][None],
                group=group[here] - low,
                sums=np.ascontiguousarray(stacked.T)[None],
                between=np.ascontiguousarray(between[here].T)[None],
            )
        )
    n_rows = rows.counts.sum(axis=0)
    return Statistics(rows.observed, n_rows[None], rows.moments[None], tuple(blocks))


def _triangular(columns: Array, group: IntArray, n_clusters: Array) -> tuple[Array, IntArray]:
    """Sort clusters by group, with the triangular factor in place of a group's own rows."""
    order = np.argsort(group, kind="stable")
    columns, group = columns[order], group[order]
    ends = np.cumsum(n_clusters).astype(int)
    kept, start = [], 0
    for large in np.flatnonzero(n_clusters > columns.shape[1]):
        begin, stop = int(ends[large] - n_clusters[large]), int(ends[large])
        factor = np.asarray(np.linalg.qr(columns[begin:stop], mode="r"))
        kept += [(columns[start:begin], group[start:begin])]
        kept += [(factor, np.full(len(factor), large))]
        start = stop
    kept.append((columns[start:], group[start:]))
    return np.concatenate([c for c, _ in kept]), np.concatenate([g for _, g in kept])


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
    seen = ~np.isnan(y)
    z = np.column_stack([np.where(seen, y, 0.0), x])
    d, n_clusters = z.shape[1], len(rows.counts)
    moments = np.zeros((n_clusters, len(rows.observed), d, d))
    for m, observed in enumerate(rows.observed):
        at = np.flatnonzero((seen == observed).all(axis=1))
        for i in range(d):
            for k in range(i + 1):
                product = np.bincount(codes[at], z[at, i] * z[at, k], n_clusters)
                moments[:, m, i, k] = moments[:, m, k, i] = product
    block = ClusterBlock(
        counts=rows.counts[:, :, None],
        n_clusters=np.ones((n_clusters, 1)),
        group=np.zeros(1, dtype=np.int64),
        sums=_stack(rows.sums, rows.between, rows.counts)[:, :, None],
        between=rows.between[:, :, None],
    )
    return Statistics(rows.observed, rows.counts, moments, (block,))


def _groups(counts: Array) -> tuple[IntArray, IntArray]:
    """Give each cluster the number of its row counts, and one cluster of each number."""
    key = np.zeros(len(counts), dtype=np.int64)
    for column in counts.T.astype(np.int64):
        _, key = np.unique(key * (column.max() + 1) + column, return_inverse=True)
    _, first = np.unique(key, return_index=True)
    return key, first


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
    """Put w times the rows after the sums, by pattern: (n, n_patterns (p + q + r))."""
    means = counts[:, :, None] * between[:, None, :]
    return np.concatenate([sums, means], axis=2).reshape(len(sums), -1)
