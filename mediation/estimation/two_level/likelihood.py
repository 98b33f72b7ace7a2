"""Log-likelihood and score of a two-level path model, complete or incomplete, in closed form.

Rows of cluster j: y_ij = B_B and B_W parts, y_ij = eta_j + v_ij, with eta_j ~ N(Pi_B w_j, Sigma_B)
and v_ij ~ N(Pi_W x_ij, Sigma_W). With W_m the inverse of the block of Sigma_W that missing pattern
m observes, padded with zeros, A_j = sum_m n_jm W_m and g_j the weighted sum of the residuals of j,

    log|V_j| = sum_m n_jm log|Sigma_W,m| + log|I + A_j Sigma_B|,
    u_j = E(eta_j - Pi_B w_j | y) = Sigma_B (I + A_j Sigma_B)^-1 g_j.

Complete data are the case of one pattern. All work is done for the disturbances of the between
part, eta = Pi_B w + Lambda e with e ~ N(0, D), D diagonal and possibly zero: I + Lambda' A Lambda D
has positive leading minors for every D >= 0, so that it is inverted without pivoting. The score
follows from Fisher's identity: it is the expected score of the complete data (y, eta) given y.

Every step accepts complex parameters: the derivative of the score at theta in direction d is
Im score(theta + i h d) / h, exact to rounding for h = 1e-20 (complex step).

References
----------
McDonald & Goldstein (1989), British Journal of Mathematical and Statistical Psychology 42,
215-232, and Muthen (1990), UCLA Statistics Series 62 (two-level likelihood); Rosseel (2021), Psych
3, 197-232 (missing values, singular covariance between); Squire & Trapp (1998), SIAM Review 40,
110-112 (complex step).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.estimation.two_level.inverse import invert_patterns, invert_positive
from mediation.estimation.two_level.reduced import Reduced, transpose
from mediation.estimation.two_level.statistics import ClusterBlock, Statistics
from mediation.estimation.two_level.structure import Structure

STEP = 1e-20


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """Log-likelihood and its derivatives at parameter vectors, with leading batch dimensions.

    Attributes
    ----------
    value : ndarray, shape (...)
        Log-likelihood, constants included.
    score : ndarray, shape (..., k)
        Its derivative in the free parameters.
    curvature : ndarray, shape (..., p, p)
        Twice its derivative in the covariance of the disturbances between clusters, Psi_B.
    """

    value: Any
    score: Any
    curvature: Any


@dataclass(frozen=True, slots=True, eq=False)
class Differentiated:
    """Value, score (k,), Hessian (k, k) and `curvature` (p, p) at one parameter vector."""

    value: float
    score: Array
    hessian: Array
    curvature: Array


def evaluate(structure: Structure, statistics: Statistics, theta: Any) -> Evaluation:
    """Log-likelihood and score at parameter vectors.

    Parameters
    ----------
    structure : Structure
    statistics : Statistics
        Of one data set (batch dimension 1), or of as many as there are parameter vectors.
    theta : ndarray, shape (n, k), real or complex

    Returns
    -------
    Evaluation
        With batch dimension n.
    """
    within, between = map(Reduced.of, structure.unpack(theta))
    weights, log_dets = invert_patterns(within.covariance, statistics.observed)
    n, p, d = len(theta), weights.shape[1], statistics.moments.shape[-1]
    by_pattern = np.ascontiguousarray(np.moveaxis(weights, -1, 1))
    rest = np.concatenate([np.broadcast_to(np.eye(p), (n, p, p)), -within.effects], axis=2)
    kernel = by_pattern @ np.concatenate([rest, -between.effects], axis=2)[:, None]
    kernel = np.moveaxis(kernel, 1, 2).reshape(n, p, -1)
    sums = _add([_cluster_sums(b, weights, kernel, between) for b in statistics.blocks])

    rest = rest[:, None]
    cross = sums.cross.reshape(n, p, len(statistics.observed), -1)[..., :d].swapaxes(1, 2)
    fitted = rest @ transpose(cross)
    spread = rest @ statistics.moments @ transpose(rest) - fitted - transpose(fitted)
    spread = spread + np.moveaxis(sums.means, -1, 1)
    quadratic = (by_pattern * spread).sum((1, 2, 3))
    quadratic = quadratic + (between.covariance * sums.scatter).sum((1, 2))
    log_det = (statistics.n_rows * log_dets).sum(-1) + sums.log_det
    value = -0.5 * (np.log(2 * np.pi) * statistics.n_values + log_det + quadratic)

    effect = by_pattern @ (rest @ statistics.moments[..., p:] - cross[..., p:])
    spread = spread + _unsure(sums.posterior, between.loading)
    of_within = _score_within(within, statistics.n_rows, by_pattern, spread, effect.sum(1))
    path = transpose(between.path)
    curvature = path @ (sums.scatter - sums.information) @ between.path
    parts = [*of_within, *_chain(between, curvature, path @ sums.effect)]
    score = np.concatenate([part.reshape(n, -1) for part in parts], axis=1)
    return Evaluation(value, score[:, structure.cells], curvature)


def _score_within(
    within: Reduced, n_rows: Any, by_pattern: Any, spread: Any, effect: Any
) -> tuple[Any, Any, Any, Any]:
    """Scores within, from the expected spread of the rows around their cluster's mean."""
    taken = n_rows[..., None, None] * by_pattern
    curvature = (by_pattern @ spread @ by_pattern - taken).sum(1)
    path = transpose(within.path)
    return _chain(within, path @ curvature @ within.path, path @ effect)


def _unsure(posterior: Any, loading: Any) -> Any:
    """Give what the uncertainty of cluster means adds to the spread of the rows, by pattern."""
    loading = loading[:, None]
    return loading @ np.moveaxis(posterior, -1, 1) @ transpose(loading)


def differentiate(structure: Structure, statistics: Statistics, theta: Array) -> Differentiated:
    """Value, score and Hessian at one parameter vector, in one batched call.

    Parameters
    ----------
    structure : Structure
    statistics : Statistics
        Of one data set.
    theta : ndarray, shape (k,)

    Returns
    -------
    Differentiated
    """
    found = evaluate(structure, statistics, theta + 1j * STEP * np.eye(len(theta)))
    hessian = found.score.imag / STEP
    return Differentiated(
        value=float(found.value[0].real),
        score=np.ascontiguousarray(found.score[0].real),
        hessian=(hessian + hessian.T) / 2,
        curvature=np.ascontiguousarray(found.curvature[0].real),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Sums over clusters, with h = g - A u the score of a cluster by its own mean.

    `scatter` sum h h', `information` sum (I + A Sigma_B)^-1 A, `effect` sum h w', `cross` sums
    of fitted cluster means times sums of rows, `means` sum n_m tau tau', `posterior` sum n_m
    Var(e | y), the last two by pattern.
    """

    scatter: Any
    information: Any
    effect: Any
    cross: Any
    means: Any
    posterior: Any
    log_det: Any


def _cluster_sums(block: ClusterBlock, weights: Any, kernel: Any, level: Reduced) -> _Sums:
    n, p = level.variances.shape
    turn = transpose(level.loading)
    precision = weights @ block.counts[:, None]
    turned = (turn @ precision.reshape(n, p, -1)).reshape(precision.shape)
    system = (turn[:, None] @ turned) * level.variances[:, None, :, None]
    system[:, range(p), range(p)] += 1.0
    inverse, log_det = invert_positive(system)
    posterior = inverse * level.variances[:, :, None, None]
    weighted = kernel @ block.sums
    u = level.loading @ _apply(posterior, block.group, turn @ weighted)
    h = weighted - _apply(precision, block.group, u)
    tau = level.effects @ block.between + u
    repeated = posterior * block.n_clusters[:, None, None]
    taken = (repeated[:, :, :, None] * turned[:, None]).sum(2)
    known = weights @ (block.counts @ block.n_clusters[..., None])[:, None]
    return _Sums(
        scatter=h @ transpose(h),
        information=known[..., 0] - _by_column(turned) @ transpose(_by_column(taken)),
        effect=h @ transpose(block.between),
        cross=tau @ transpose(block.sums),
        means=(tau[:, :, None] * tau[:, None]) @ transpose(block.counts[..., block.group])[:, None],
        posterior=repeated @ transpose(block.counts)[:, None],
        log_det=(log_det * block.n_clusters).sum(-1),
    )


def _apply(matrices: Any, group: IntArray, vectors: Any) -> Any:
    """Product of each cluster's vector with its group's matrix."""
    return (matrices[..., group] * vectors[:, None]).sum(2)


def _by_column(matrices: Any) -> Any:
    """Columns of many matrices as rows, one matrix after the other: (n, p, p, m) -> (n, p, p m)."""
    return matrices.swapaxes(1, 2).reshape(len(matrices), matrices.shape[2], -1)


def _add(parts: list[_Sums]) -> _Sums:
    if len(parts) == 1:
        return parts[0]
    names = _Sums.__slots__
    return _Sums(**{name: sum(getattr(part, name) for part in parts) for name in names})


def _chain(level: Reduced, curvature: Any, effect: Any) -> tuple[Any, Any, Any, Any]:
    """Scores of B, G, L and D from those of Psi (times two) and of T' Pi."""
    links = curvature @ level.unit * level.variances[..., None, :]
    slopes = links @ transpose(level.loading) + effect @ transpose(level.effects)
    variances = 0.5 * (level.unit * (curvature @ level.unit)).sum(-2)
    return slopes, effect, links, variances
