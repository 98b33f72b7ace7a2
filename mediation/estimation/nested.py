"""Rows of nested clusters, reduced to the statistics that mixed models need.

A batch of data sets of one design is a leading dimension of every array; the clusters are those
of the design. Nothing of the size of the rows is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from mediation.arrays import Array, IntArray, read_only


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """Nested clusters of a design, every level's clusters in one order.

    Attributes
    ----------
    order : ndarray of int, shape (n_rows,)
        Rows sorted by cluster, outermost level first.
    first_rows : ndarray of int, shape (n_inner,)
        First row of each innermost cluster in that order.
    sizes : ndarray, shape (n_inner,)
        Rows of each innermost cluster.
    first_children : tuple of ndarray of int
        For every level but the innermost, outermost first: the first child of each cluster.
    parents : tuple of ndarray of int
        For every level but the outermost: the cluster above each cluster.
    """

    order: IntArray
    first_rows: IntArray
    sizes: Array
    first_children: tuple[IntArray, ...]
    parents: tuple[IntArray, ...]

    @property
    def n_levels(self) -> int:
        """Levels of clusters."""
        return len(self.parents) + 1

    @property
    def n_rows(self) -> int:
        """Rows of one data set."""
        return len(self.order)

    def to_parents(self, values: Array, level: int) -> Array:
        """Sum over the children of each cluster of `level`, shape (..., n_children, k)."""
        total: Array = np.add.reduceat(values, self.first_children[level], axis=-2)
        return total

    def to_inner(self, values: Array, level: int) -> Array:
        """Repeat values of clusters of `level` for the innermost clusters, (..., n, k)."""
        for parents in self.parents[level:]:
            values = values[..., parents, :]
        return values

    def to_level(self, values: Array, level: int) -> Array:
        """Sum values of innermost clusters over the clusters of `level`, (..., n_inner, k)."""
        for upper in range(self.n_levels - 2, level - 1, -1):
            values = self.to_parents(values, upper)
        return values


def tree_of(codes: tuple[IntArray, ...]) -> Tree:
    """Sort rows and clusters of nested levels.

    Parameters
    ----------
    codes : tuple of ndarray of int, shape (n_rows,) each
        Cluster codes, outermost first, each level nested in the one before.

    Examples
    --------
    >>> tree = tree_of((np.array([0, 0, 1, 0]), np.array([2, 0, 1, 2])))
    >>> tree.sizes, tree.first_children, tree.parents
    (array([1., 2., 1.]), (array([0, 2]),), (array([0, 0, 1]),))
    """
    order = np.lexsort(codes[::-1])
    firsts = [np.flatnonzero(np.diff(code[order], prepend=-1)) for code in codes]
    n_rows = len(order)
    children, parents = [], []
    for outer, inner in pairwise(firsts):
        at = np.searchsorted(inner, outer)
        children.append(at)
        parents.append(np.repeat(np.arange(len(at)), np.diff(at, append=len(inner))))
    sizes = np.diff(firsts[-1], append=n_rows).astype(np.float64)
    return Tree(order, firsts[-1], sizes, tuple(children), tuple(parents))


@dataclass(frozen=True, slots=True, eq=False)
class NestedStatistics:
    """Sufficient statistics of N regressions of one design; columns are those of x, then y.

    A regression with fewer coefficients than others is padded: `deviations` has a one on the
    diagonal and everything else is zero.

    Attributes
    ----------
    tree : Tree
    deviations : ndarray, shape (N, p + 1, p + 1)
        Cross-product of the deviations from innermost cluster means.
    means : ndarray, shape (N, n_inner, p + 1)
        Means of the innermost clusters.
    n_coefficients : ndarray of int, shape (N,)
        Columns of x, without padding.
    """

    tree: Tree
    deviations: Array
    means: Array
    n_coefficients: IntArray

    def __getitem__(self, which: IntArray) -> NestedStatistics:
        """Return the statistics of some of the regressions."""
        return NestedStatistics(
            self.tree, self.deviations[which], self.means[which], self.n_coefficients[which]
        )


def reduce_rows(z: Array, tree: Tree) -> tuple[Array, Array]:
    """Cluster means and the pooled cross-product of deviations from them.

    Parameters
    ----------
    z : ndarray, shape (N, n_rows, q)
        Rows in the order of `tree`.

    Returns
    -------
    means : ndarray, shape (N, n_inner, q)
    deviations : ndarray, shape (N, q, q)
    """
    means = np.add.reduceat(z, tree.first_rows, axis=-2) / tree.sizes[:, None]
    spread = z - np.repeat(means, tree.sizes.astype(np.int64), axis=-2)
    return means, np.swapaxes(spread, -1, -2) @ spread


def stack_statistics(
    means: Array, deviations: Array, tree: Tree, wanted: tuple[tuple[int, ...], ...]
) -> NestedStatistics:
    """Statistics of several regressions on columns of one matrix, regression by regression.

    Parameters
    ----------
    means : ndarray, shape (N, n_inner, q)
    deviations : ndarray, shape (N, q, q)
    tree : Tree
    wanted : tuple of tuple of int
        For each regression its columns of x, then that of y.

    Returns
    -------
    NestedStatistics
        Of len(wanted) * N regressions; all N of the first come first. Padded.
    """
    n, widest = len(means), max(map(len, wanted))
    all_means = np.zeros((len(wanted), n, means.shape[1], widest))
    all_deviations = np.zeros((len(wanted), n, widest, widest))
    all_deviations[:] = np.eye(widest)
    for number, columns in enumerate(wanted):
        at = [*range(len(columns) - 1), widest - 1]
        all_means[number][..., at] = means[..., columns]
        rows, places = np.ix_(columns, columns), np.ix_(at, at)
        all_deviations[number][:, places[0], places[1]] = deviations[:, rows[0], rows[1]]
    sizes = np.repeat([len(columns) - 1 for columns in wanted], n)
    return NestedStatistics(
        tree,
        all_deviations.reshape(-1, widest, widest),
        all_means.reshape(-1, means.shape[1], widest),
        sizes,
    )


def nested_statistics(x: Array, y: Array, codes: tuple[IntArray, ...]) -> NestedStatistics:
    """Reduce one data set to its statistics, or a batch of them.

    Parameters
    ----------
    x : ndarray, shape (n_rows, p) or (N, n_rows, p)
    y : ndarray, shape (n_rows,) or (N, n_rows)
    codes : tuple of ndarray of int, shape (n_rows,) each
        Cluster codes, outermost first, each level nested in the one before.
    """
    tree = tree_of(codes)
    z = np.concatenate([x, y[..., None]], axis=-1)
    z = z[None] if z.ndim == 2 else z
    means, deviations = reduce_rows(z[:, tree.order], tree)
    n_coefficients = np.full(len(z), z.shape[-1] - 1)
    return NestedStatistics(tree, read_only(deviations), read_only(means), n_coefficients)
