"""Scores of the clusters: all that a wild bootstrap of one coefficient needs of the data.

With X = Q R, q the unit vector along which the coefficient is estimated, v the residuals under the
null and w a vector of weights, one for each of J clusters, the bootstrap's t is

    t*^2 = (sum_j w_j q_j'v_j)^2 / (c sum_j (w_j q_j'v_j - q_j'Q_j sum_i w_i Q_i'v_i)^2),

c the factor of CR1 (Roodman, MacKinnon, Nielsen & Webb 2019, Stata Journal 19, 4-60, algorithm 2).
The hypothesis enters through v = u + delta q alone: u are the residuals of the full regression
and delta is (estimate - hypothesis) over the length of (X'X)^(-1/2) contrast. So the scores Q_j'u_j
and Q_j'q_j, of p numbers each, hold all that any hypothesis and any weights need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.estimation.least_squares import LeastSquares, cluster_scores
from mediation.inference.wild_vectors import WildVectors

# Two t statistics this close, relatively, are the same one computed in another order.
TIE = 1e-10
# Scores this small, for a direction of length one, are rounding.
ROUNDING = 1e-12
# Numbers worked on at a time in a batch, to stay in the cache.
CELLS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class ClusterScores:
    """What is left of N data sets: residuals' and direction's scores of each cluster.

    `u` and `h` (N, J, p) are Q_j'u_j and Q_j'q_j, `u_own` and `h_own` (N, J) the same along q;
    `delta` (N,) is the estimate and `unit` (N,) one unit of q, in units of the coefficient.
    """

    u: Array
    h: Array
    u_own: Array
    h_own: Array
    delta: Array
    unit: Array

    @property
    def variance(self) -> Array:
        """Squared standard error of delta without factor (CR0), shape (N,)."""
        total: Array = np.sum(self.u_own**2, axis=1)
        return total


def reduce_to_scores(
    gram: Array, fit: LeastSquares, contrast: Array, estimate: Array
) -> ClusterScores:
    """Reduce N data sets to the scores of their clusters; Q = X fit.root."""
    p = fit.n_coefficients
    axis = (fit.root.mT @ contrast[:, :, None])[..., 0]
    unit = np.linalg.norm(axis, axis=1)
    axis = (axis / unit[:, None])[:, :, None]
    along = (fit.root @ axis)[:, None]
    u = cluster_scores(gram, fit) @ fit.root
    h = (gram[:, :, :p, :p] @ along)[..., 0] @ fit.root
    return ClusterScores(u, h, (u @ axis)[..., 0], (h @ axis)[..., 0], estimate / unit, unit)


def _spreading(h: Array, own: Array, scores: Array) -> Array:
    """Matrices that take weights to the bootstrap's cluster scores along q, shape (N, J, J)."""
    n_clusters = own.shape[1]
    spreading: Array = np.eye(n_clusters) * own[:, None, :] - h @ scores.mT
    return spreading


def count_reached(scores: ClusterScores, vectors: WildVectors) -> IntArray:
    """How many vectors give a |t*| of at least |t|, for the hypothesis of zero; shape (N,)."""
    own = scores.u_own + scores.delta[:, None] * scores.h_own
    restricted = scores.u + scores.delta[:, None, None] * scores.h
    least = (1.0 - TIE) ** 2 * scores.delta**2
    n_sets, n_clusters = own.shape
    size = max(1, CELLS // (len(vectors.values) * n_clusters))
    counts: IntArray = np.empty(n_sets, dtype=np.int64)
    leaves_all = vectors.leaves_all
    for start in range(0, n_sets, size):
        here = slice(start, start + size)
        spreading = _spreading(scores.h[here], own[here], restricted[here])
        # One product for all data sets of the part.
        weighed = vectors.values @ spreading.reshape(-1, n_clusters).T
        weighed = weighed.reshape(len(vectors.values), -1, n_clusters)
        squared = np.einsum("bnj,bnj->bn", weighed, weighed)
        slopes = vectors.values @ own[here].T
        reached = slopes**2 * scores.variance[here] >= least[here] * squared
        reached[leaves_all] = True
        counts[here] = reached.sum(axis=0)
    return counts


def crossing_polynomials(scores: ClusterScores, values: Array, error: float) -> Array:
    """Coefficients of the polynomials in tau that are not negative where |t*| >= |t|, (5, B).

    tau = delta / error is t without its factor. Scores of the bootstrap are linear in it:
    t*^2 / tau^2 = (a + b tau)^2 / (tau^2 |P + R tau|^2), with error as the unit.
    """
    u, u_own = scores.u / error, scores.u_own / error
    residual = values @ _spreading(scores.h, u_own, u)[0].T
    direction = values @ _spreading(scores.h, scores.h_own, scores.h)[0].T
    direction[np.sum(direction**2, axis=1) <= ROUNDING**2] = 0.0
    a, b = values @ u_own[0], values @ scores.h_own[0]
    least = (1.0 - TIE) ** 2
    return np.stack(
        [
            a**2,
            2.0 * a * b,
            b**2 - least * np.sum(residual**2, axis=1),
            -2.0 * least * np.sum(residual * direction, axis=1),
            -least * np.sum(direction**2, axis=1),
        ]
    )
