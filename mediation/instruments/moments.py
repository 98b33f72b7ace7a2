"""Covariances of items: of all rows, pooled within clusters, and between clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.arrays import Array, IntArray
from mediation.errors import DataError

# Values of the items worked on at once: a few arrays of this size stay in the cache.
CELLS = 200_000


@dataclass(frozen=True, slots=True, eq=False)
class LevelMoments:
    """Covariances of k items at two levels.

    Attributes
    ----------
    within : ndarray (k, k)
        Pooled within clusters, divided by n_rows - n_clusters.
    between : ndarray (k, k)
        (mean squares between - within) / mean_size, which need not be positive definite.
    n_clusters : int
    mean_size : float
        The size that stands for unequal ones, see `mean_cluster_size`.
    """

    within: Array
    between: Array
    n_clusters: int
    mean_size: float


@dataclass(frozen=True, slots=True, eq=False)
class ItemSums:
    """Sums over the complete rows of k items, each less the first complete row.

    Attributes
    ----------
    n_rows, n_incomplete : int
    totals : ndarray (k,)
    products : ndarray (k, k)
    sizes : ndarray (J,)
        Complete rows of each cluster that has any; empty without clusters.
    of_clusters : ndarray (J, k)
        Totals of each.
    """

    n_rows: int
    n_incomplete: int
    totals: Array
    products: Array
    sizes: IntArray
    of_clusters: Array


def sum_items(table: Array, codes: IntArray | None = None) -> ItemSums:
    """Add up the complete rows and their products, in parts that fit the cache.

    Parameters
    ----------
    table : ndarray (n, k)
        NaN is missing.
    codes : ndarray (n,), optional
        Clusters from 0 without gaps.

    Returns
    -------
    ItemSums

    Raises
    ------
    DataError
        If a number is infinite.
    """
    n, k = table.shape
    n_clusters = 0 if codes is None or not n else int(codes.max()) + 1
    totals, products, n_rows = np.zeros(k), np.zeros((k, k)), 0
    sizes, of_clusters = np.zeros(n_clusters, dtype=np.int64), np.zeros((n_clusters, k))
    origin = None
    step = max(1, CELLS // k)
    for first in range(0, n, step):
        chunk = np.asarray(table[first : first + step], dtype=np.float64)
        if np.isinf(chunk).any():
            raise DataError(
                "Expected finite numbers or NaN as responses. Found infinite ones. Correct them."
            )
        complete = ~np.isnan(chunk).any(axis=1)
        rows = chunk[complete]
        if not len(rows):
            continue
        # From the first row on, so that a constant column becomes exactly zero.
        origin = rows[0].copy() if origin is None else origin
        rows -= origin
        n_rows += len(rows)
        totals += rows.sum(axis=0)
        products += rows.T @ rows
        if codes is not None:
            here = codes[first : first + step][complete]
            sizes += np.bincount(here, minlength=n_clusters)
            for item in range(k):
                of_clusters[:, item] += np.bincount(here, rows[:, item], n_clusters)
    there = sizes > 0
    return ItemSums(n_rows, n - n_rows, totals, products, sizes[there], of_clusters[there])


def covariance_of(sums: ItemSums) -> Array:
    """Give the covariance matrix of all rows, NaN with fewer than two."""
    if sums.n_rows < 2:
        return np.full_like(sums.products, np.nan)
    squares = sums.products - np.outer(sums.totals, sums.totals) / sums.n_rows
    covariance: Array = squares / (sums.n_rows - 1)
    return covariance


def number_clusters(clusters: ArrayLike, n_rows: int) -> IntArray:
    """Give clusters numbers from 0 without gaps.

    Raises
    ------
    DataError
        If there is not one for each row, or a code is negative, which means none.
    """
    codes = np.asarray(clusters)
    if codes.shape != (n_rows,) or codes.dtype.kind not in "iu":
        raise DataError(
            f"Expected a whole-number code of its cluster for each of {n_rows} rows. Found an "
            f"array of shape {codes.shape}. Number the clusters, for example by pandas.factorize."
        )
    if (codes < 0).any():
        raise DataError(
            f"Expected a cluster for every row. Found {np.count_nonzero(codes < 0)} without. Leave "
            "out these rows, or leave out the clusters."
        )
    numbered: IntArray = np.unique(codes, return_inverse=True)[1].reshape(-1)
    return numbered


def mean_cluster_size(sizes: IntArray) -> float:
    """Size of clusters in expected mean squares: (N - sum of n_j^2 / N) / (J - 1)."""
    n_rows = float(sizes.sum())
    squares = float((sizes.astype(np.float64) ** 2).sum())
    return (n_rows - squares / n_rows) / (len(sizes) - 1)


def level_moments(sums: ItemSums) -> LevelMoments:
    """Split covariances into levels.

    Parameters
    ----------
    sums : ItemSums
        Of two or more clusters, and more rows than clusters.

    Returns
    -------
    LevelMoments

    References
    ----------
    Muthén (1994), Sociological Methods & Research 22, 376-398: pooled within and scaled between
    covariance matrices.
    """
    n_clusters = len(sums.sizes)
    of_means = (sums.of_clusters / sums.sizes[:, None]).T @ sums.of_clusters
    within = (sums.products - of_means) / (sums.n_rows - n_clusters)
    # What is left of an item that is constant in every cluster is rounding.
    is_constant = np.diag(within) <= 1e-14 * np.diag(sums.products)
    within[is_constant], within[:, is_constant] = 0, 0
    between_squares = of_means - np.outer(sums.totals, sums.totals) / sums.n_rows
    size = mean_cluster_size(sums.sizes)
    between = (between_squares / (n_clusters - 1) - within) / size
    return LevelMoments(within, between, n_clusters, size)
