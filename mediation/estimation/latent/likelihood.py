"""The normal likelihood of a latent model and its derivatives, for one data set or a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.latent.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class Implied:
    """What a parameter vector implies; every array may have leading batch dimensions.

    Attributes
    ----------
    effects : ndarray, shape (..., n_variables, n_variables)
        E = (I - A)^-1: total effects of one variable on another.
    everything : ndarray, shape (..., n_variables, n_variables)
        Covariance of all variables, V = E P E'.
    residual : ndarray, shape (..., n_variables, n_variables)
        P, the covariance of what no arrow explains.
    observed : ndarray, shape (..., n_observed, n_observed)
        Covariance of the observed variables.
    """

    effects: Array
    everything: Array
    residual: Array
    observed: Array


@dataclass(frozen=True, slots=True, eq=False)
class Derivatives:
    """First and second derivatives of the discrepancy.

    Attributes
    ----------
    gradient : ndarray, shape (..., n_parameters)
    hessian, expected : ndarray, shape (..., n_parameters, n_parameters)
        Second derivatives, and their expectation if the model holds.
    """

    gradient: Array
    hessian: Array
    expected: Array


def imply(structure: Structure, values: Array, moments: Array) -> Implied:
    """Covariances implied by parameters; those of exogenous variables are the observed ones.

    Parameters
    ----------
    structure : Structure
    values : ndarray, shape (..., n_parameters)
    moments : ndarray, shape (..., n_observed, n_observed)
        Observed covariances, divisor n.

    Returns
    -------
    Implied
    """
    n, q = len(structure.variables), structure.n_exogenous
    arrows = np.broadcast_to(structure.fixed_arrows(), (*values.shape[:-1], n, n)).copy()
    residual = np.zeros_like(arrows)
    residual[..., :q, :q] = moments[..., :q, :q]
    to, by, is_arrow = structure.head, structure.tail, structure.is_arrow
    arrows[..., to[is_arrow], by[is_arrow]] = values[..., is_arrow]
    residual[..., to[~is_arrow], by[~is_arrow]] = values[..., ~is_arrow]
    residual[..., by[~is_arrow], to[~is_arrow]] = values[..., ~is_arrow]
    effects = _inverse(np.eye(n) - arrows)
    everything: Array = effects @ residual @ np.swapaxes(effects, -1, -2)
    p = structure.n_observed
    return Implied(effects, everything, residual, everything[..., :p, :p])


def discrepancy(structure: Structure, values: Array, moments: Array) -> Array:
    """F = log|Sigma| + tr(S Sigma^-1) - log|S| - p; infinite where Sigma is not positive definite.

    -n F / 2 is the log-likelihood less that of the saturated model, given the exogenous variables.

    Parameters
    ----------
    structure, values, moments
        As in `imply`.

    Returns
    -------
    ndarray, shape (...)
    """
    implied = imply(structure, values, moments).observed
    roots = np.linalg.eigvalsh(implied)
    is_proper = roots[..., 0] > 1e-10 * roots[..., -1]
    safe = np.where(is_proper[..., None, None], implied, np.eye(structure.n_observed))
    trace = np.trace(np.linalg.solve(safe, moments), axis1=-2, axis2=-1)
    ratio = np.linalg.slogdet(safe)[1] - np.linalg.slogdet(moments)[1]
    return np.where(is_proper, ratio + trace - structure.n_observed, np.inf)


def factors(structure: Structure, implied: Implied) -> tuple[Array, Array]:
    """Vectors u, v of every parameter with dSigma = u v' + v u'.

    Returns
    -------
    u, v : ndarray, shape (..., n_observed, n_parameters)
    """
    p, to, by = structure.n_observed, structure.head, structure.tail
    paths, spread = implied.effects[..., :p, :], implied.everything[..., :p, :]
    half = np.where(structure.is_variance, 0.5, 1.0)
    return paths[..., to], np.where(structure.is_arrow, spread[..., by], half * paths[..., by])


def differentiate(structure: Structure, values: Array, moments: Array) -> Derivatives:
    """Gradient and exact second derivatives of `discrepancy`.

    With X = Sigma^-1, T = X S X and W = X - T: F_a = tr(W dSigma_a), and
    F_ab = 2 tr(X dSigma_b T dSigma_a) - tr(X dSigma_b X dSigma_a) + tr(W d2Sigma_ab), of which
    tr(X dSigma_b X dSigma_a) is the expectation.

    Parameters
    ----------
    structure, values, moments
        As in `imply`.

    Returns
    -------
    Derivatives
    """
    implied = imply(structure, values, moments)
    u, v = factors(structure, implied)
    x = _inverse(implied.observed)
    t: Array = x @ moments @ x
    xuu, xuv, xvv = _products(u, v, x)
    tuu, tuv, tvv = _products(u, v, t)
    wuu, wuv = xuu - tuu, xuv - tuv
    expected = 2 * (xuv * _turn(xuv) + xuu * xvv)
    curved = _turn(xuv) * tuv + xuu * tvv + xvv * tuu + xuv * _turn(tuv)
    bend = _second(structure, implied, wuu, wuv)
    hessian = 2 * curved - expected + bend
    return Derivatives(
        gradient=2 * np.diagonal(wuv, axis1=-2, axis2=-1),
        hessian=(hessian + _turn(hessian)) / 2,
        expected=expected,
    )


def _products(u: Array, v: Array, middle: Array) -> tuple[Array, Array, Array]:
    """Give u' middle u, u' middle v, v' middle v."""
    left, right = _turn(u) @ middle, _turn(v) @ middle
    return left @ u, left @ v, right @ v


def _second(structure: Structure, implied: Implied, wuu: Array, wuv: Array) -> Array:
    """tr(W d2Sigma_ab) = 2 (du_a' W v_a + u_a' W dv_a), where d is the derivative by b."""
    to, by = structure.head, structure.tail
    arrow_a, arrow_b = structure.is_arrow[:, None], structure.is_arrow[None, :]
    half = np.where(structure.is_variance, 0.5, 1.0)
    effects, spread = implied.effects, implied.everything
    from_b_to_head = effects[..., by[None, :], to[:, None]]
    from_b_to_tail = effects[..., by[None, :], by[:, None]]
    from_tail_to_head = effects[..., by[:, None], to[None, :]]
    moved_u = np.where(arrow_b, from_b_to_head * _turn(wuv), 0.0)
    # An arrow a moves with every b, a covariance a only with arrows.
    base = np.where(
        arrow_b,
        spread[..., by[None, :], by[:, None]],
        half[None, :] * effects[..., by[:, None], by[None, :]],
    )
    arrow_moved = wuu * base + wuv * from_tail_to_head
    covariance_moved = np.where(arrow_b, half[:, None] * from_b_to_tail * wuu, 0.0)
    return 2 * (moved_u + np.where(arrow_a, arrow_moved, covariance_moved))


def cluster_scores(
    structure: Structure, values: Array, moments: Array, sizes: Array, products: Array
) -> Array:
    """Sum over clusters the derivative of each row's log-likelihood.

    That of a row z, as deviation from the means (a saturated mean structure), is
    (z' X dSigma X z - tr(X dSigma)) / 2 = (z' X u)(z' X v) - u' X v.

    Parameters
    ----------
    structure, values, moments
        As in `imply`, for one data set.
    sizes : ndarray, shape (n_clusters,)
    products : ndarray, shape (n_clusters, n_observed, n_observed)
        Sums of z z'.

    Returns
    -------
    ndarray, shape (n_clusters, n_parameters)
    """
    implied = imply(structure, values, moments)
    u, v = factors(structure, implied)
    x = _inverse(implied.observed)
    squares: Array = np.einsum("ik,gij,jk->gk", x @ u, products, x @ v, optimize=True)
    expected: Array = np.einsum("ik,ij,jk->k", u, x, v, optimize=True)
    return squares - sizes[:, None] * expected


def _turn(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _inverse(matrix: Array) -> Array:
    return np.linalg.inv(matrix).astype(np.float64, copy=False)
