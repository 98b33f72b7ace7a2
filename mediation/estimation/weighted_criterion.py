"""The (restricted) likelihood of resamples of whole outermost clusters.

A resample of whole clusters changes neither the means of clusters nor the deviations from them,
so that it is a set of weights: every statistic is a sum over the outermost clusters, each as often
as it was drawn. The criterion is that of `criterion.py`; here z'H^-1 z and log|H| go up the tree
of clusters with their derivatives by the variance ratios. N resamples are the last dimension.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.jets import Jet, logarithm, reciprocal, times
from mediation.estimation.nested import Tree
from mediation.estimation.packed import (
    eliminate,
    packed_places,
    packed_products,
    sweep_packed,
)
from mediation.vocabulary import Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class ClusterMoments:
    """Statistics of the clusters of one data set.

    Attributes
    ----------
    tree : Tree
    means : ndarray, shape (q, n_inner)
        Means of the innermost clusters.
    products : ndarray, shape (q (q + 1) / 2, n_inner)
        Products of pairs of them, packed.
    deviations : ndarray, shape (q (q + 1) / 2, n_outer)
        Cross-products of deviations from the innermost means, in each outermost cluster, packed.
    """

    tree: Tree
    means: Array
    products: Array
    deviations: Array

    def of(self, columns: tuple[int, ...]) -> ClusterMoments:
        """Give the statistics of some of the columns."""
        places = packed_places(columns)[np.tril_indices(len(columns))]
        return ClusterMoments(
            self.tree, self.means[list(columns)], self.products[places], self.deviations[places]
        )

    @property
    def outer_sizes(self) -> Array:
        """Rows of each outermost cluster."""
        sizes: Array = self.tree.to_level(self.tree.sizes[:, None], 0)[:, 0]
        return sizes

    @property
    def grams(self) -> Array:
        """Cross-products of the rows of each outermost cluster, packed, as `deviations`."""
        between = self.tree.to_level((self.products * self.tree.sizes).T, 0)
        grams: Array = self.deviations + between.T
        return grams


def cluster_moments(z: Array, tree: Tree) -> ClusterMoments:
    """Reduce the rows of a data set.

    Parameters
    ----------
    z : ndarray, shape (n_rows, q)
        Rows in the order of `tree`.
    tree : Tree
    """
    means = np.add.reduceat(z, tree.first_rows, axis=0) / tree.sizes[:, None]
    spread = z - np.repeat(means, tree.sizes.astype(np.int64), axis=0)
    inner = np.add.reduceat(packed_products(spread), tree.first_rows, axis=0)
    return ClusterMoments(
        tree=tree,
        means=np.ascontiguousarray(means.T),
        products=np.ascontiguousarray(packed_products(means).T),
        deviations=np.ascontiguousarray(tree.to_level(inner, 0).T),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """z'H^-1 z, packed, and log|H| of N resamples, with derivatives or without."""

    cross: Jet
    log_det: Jet


def sum_clusters(s: ClusterMoments, weights: Array, ratios: Array, *, derivatives: bool) -> Sums:
    """Take z'H^-1 z and log|H| up the tree.

    With S = 1'V_c^-1 1 and t = Z'V_c^-1 z of what lies below cluster c, cluster c of level l
    takes gamma t t' / (1 + gamma S) off z'z and adds log(1 + gamma S), and hands S / (1 + gamma S)
    and t / (1 + gamma S) to the cluster above.

    Parameters
    ----------
    s : ClusterMoments
    weights : ndarray, shape (n_outer, N)
    ratios : ndarray, shape (n_levels, N)
    """
    tree, inner = s.tree, s.tree.n_levels - 1
    spread = _weights_by_level(tree, weights)
    below: Jet = {(): tree.sizes[:, None]}
    gamma = _variable(ratios, inner, derivatives)
    factor, log = _shrink(gamma, below)
    shrunk = times(below, factor)
    cross = {key: s.products @ (spread[inner] * value) for key, value in shrunk.items()}
    cross[()] += s.deviations @ weights
    log_det = {key: np.sum(spread[inner] * value, axis=0) for key, value in log.items()}
    if inner == 0:
        return Sums(cross, log_det)
    totals, below = _sum_children(s, shrunk)
    for level in range(inner - 1, -1, -1):
        gamma = _variable(ratios, level, derivatives)
        factor, log = _shrink(gamma, below)
        share = {key: spread[level] * value for key, value in times(gamma, factor).items()}
        for key, taken in times(share, times(totals, totals, _outer), _over_clusters).items():
            cross[key] = cross[key] - taken if key in cross else -taken
        for key, value in log.items():
            added = np.sum(spread[level] * value, axis=0)
            log_det[key] = log_det[key] + added if key in log_det else added
        if level > 0:
            handed = times(below, factor), times(totals, factor)
            below, totals = (
                {key: tree.to_parents(value, level - 1) for key, value in jet.items()}
                for jet in handed
            )
    return Sums(cross, log_det)


def _sum_children(s: ClusterMoments, shrunk: Jet) -> tuple[Jet, Jet]:
    """Hand t and S of the innermost clusters to those above; cluster by cluster, as matmul."""
    n_inner = s.means.shape[1]
    starts = s.tree.first_children[-1]
    ends = [*starts[1:], n_inner]
    both = np.concatenate([s.means, np.ones((1, n_inner))])
    found = {}
    for key, value in shrunk.items():
        total = np.empty((len(both), len(starts), value.shape[1]))
        for number, (start, end) in enumerate(zip(starts, ends, strict=True)):
            np.matmul(both[:, start:end], value[start:end], out=total[:, number])
        found[key] = total
    totals = {key: total[:-1] for key, total in found.items()}
    return totals, {key: total[-1] for key, total in found.items()}


def _weights_by_level(tree: Tree, weights: Array) -> list[Array]:
    spread = [weights]
    for parents in tree.parents:
        spread.append(spread[-1][parents])
    return spread


def _variable(ratios: Array, level: int, derivatives: bool) -> Jet:
    gamma: Jet = {(): ratios[level]}
    return gamma | {(level,): np.ones(1)} if derivatives else gamma


def _shrink(gamma: Jet, below: Jet) -> tuple[Jet, Jet]:
    """1 / (1 + gamma S) and log(1 + gamma S)."""
    grown = times(gamma, below)
    grown[()] = 1 + grown[()]
    return reciprocal(grown), logarithm(grown)


def _outer(a: Array, b: Array) -> Array:
    """Packed outer products of vectors, shape (q, n, N) each -> (q (q + 1) / 2, n, N)."""
    q = len(a)
    found = np.empty((q * (q + 1) // 2, *a.shape[1:]))
    for i in range(q):
        start = i * (i + 1) // 2
        np.multiply(a[i], b[: i + 1], out=found[start : start + i + 1])
    return found


def _over_clusters(share: Array, products: Array) -> Array:
    """Sum over clusters, shapes (n, N) and (k, n, N) -> (k, N)."""
    total: Array = np.einsum("cn,kcn->kn", share, products)
    return total


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The criterion of N resamples at some variance ratios.

    Attributes
    ----------
    ratios : ndarray, shape (n_levels, N)
    value : ndarray, shape (N,)
        -2 log (restricted) likelihood, constants included.
    gradient : ndarray, shape (n_levels, N)
    hessian : ndarray, shape (n_levels, n_levels, N)
    """

    ratios: Array
    value: Array
    gradient: Array
    hessian: Array

    def __getitem__(self, which: IntArray | BoolArray) -> Point:
        """Return the points of some of the resamples."""
        return Point(**{name: getattr(self, name)[..., which] for name in self.__slots__})


def criterion_at(s: ClusterMoments, weights: Array, ratios: Array, likelihood: Likelihood) -> Point:
    """Criterion, gradient and Hessian of N resamples; see `criterion.profile`."""
    sums = sum_clusters(s, weights, ratios, derivatives=True)
    q, n_levels = len(s.means), len(ratios)
    p, is_reml = q - 1, likelihood is Likelihood.REML
    places = packed_places(tuple(range(q)))
    inverse, beta, rss, log_det = sweep_packed(sums.cross[()][places])
    df = resample_df(s, weights, likelihood)
    w = np.concatenate([-beta, np.ones((1, len(rss)))])
    # d(criterion) = sum of this times d(z'H^-1 z), but for log|H|.
    slope = w[:, None] * w * (df / rss)
    if is_reml:
        slope[:p, :p] += inverse
    high, low = np.tril_indices(q)
    slope = slope[high, low] * np.where(high == low, 1.0, 2.0)[:, None]
    gradient = np.empty((n_levels, len(rss)))
    hessian = np.empty((n_levels, n_levels, len(rss)))
    moved = []
    for k in range(n_levels):
        first = sums.cross[k,]
        gradient[k] = np.einsum("kn,kn->n", slope, first) + sums.log_det[k,]
        full = first[places]
        scores = np.einsum("ijn,jn->in", full, w)
        bent = np.einsum("ijn,jkn->ikn", inverse, full[:p, :p]) if is_reml else None
        moved.append((scores[:p], np.einsum("in,in->n", scores, w) / rss, bent))
        for m in range(k + 1):
            other, drop, turned = moved[m]
            both = np.einsum("kn,kn->n", slope, sums.cross[m, k]) + sums.log_det[m, k]
            crossed = np.einsum("in,ijn,jn->n", moved[k][0], inverse, other, optimize=False)
            both -= df * (moved[k][1] * drop + 2 * crossed / rss)
            if bent is not None and turned is not None:
                both -= np.einsum("ijn,jin->n", bent, turned)
            hessian[k, m] = hessian[m, k] = both
    value = df * (np.log(2 * np.pi * rss / df) + 1.0) + sums.log_det[()]
    return Point(ratios, value + log_det if is_reml else value, gradient, hessian)


def resample_df(s: ClusterMoments, weights: Array, likelihood: Likelihood) -> Array:
    """Rows less coefficients for REML, rows for ML, shape (N,)."""
    n_rows: Array = s.outer_sizes @ weights
    return n_rows - (len(s.means) - 1) if likelihood is Likelihood.REML else n_rows


def outer_sums(s: ClusterMoments, points: Array) -> tuple[Array, Array]:
    """z'H^-1 z and log|H| of every outermost cluster at some points.

    Returns
    -------
    cross : ndarray, shape (k, n_points, n_outer)
    log_det : ndarray, shape (n_points, n_outer)
    """
    n_outer, n_points = s.deviations.shape[1], points.shape[1]
    cross = np.empty((len(s.products), n_points, n_outer))
    log_det = np.empty((n_points, n_outer))
    for number in range(n_points):
        ratios = np.repeat(points[:, number : number + 1], n_outer, axis=1)
        sums = sum_clusters(s, np.eye(n_outer), ratios, derivatives=False)
        cross[:, number], log_det[number] = sums.cross[()], sums.log_det[()]
    return cross, log_det


def grid_values(
    s: ClusterMoments, weights: Array, each: tuple[Array, Array], likelihood: Likelihood
) -> Array:
    """Criterion at the points of `outer_sums`, shape (n_points, N)."""
    cross = each[0] @ weights
    rss, log_det_x = eliminate(cross[packed_places(tuple(range(len(s.means))))])
    df = resample_df(s, weights, likelihood)
    value: Array = df * np.log(np.maximum(rss, 1e-300)) + each[1] @ weights
    return value + log_det_x if likelihood is Likelihood.REML else value
