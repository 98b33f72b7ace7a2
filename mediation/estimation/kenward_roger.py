"""Kenward-Roger covariance and degrees of freedom for nested random intercepts.

Kenward & Roger (1997), Biometrics 53, 983-997: the adjusted covariance of their section 2 with V
linear in its variance components, so that the terms in second derivatives vanish. For one
contrast their scale factor is 1 and the df reduce to 2 (l'Phi l)^2 / (g'Wg).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.estimation.reml import NestedStatistics, RemlFit


@dataclass(frozen=True, slots=True, eq=False)
class KenwardRoger:
    """Small-sample inference for the coefficients of one equation.

    Attributes
    ----------
    covariance : ndarray, shape (p, p)
        Adjusted covariance of the coefficients.
    model_covariance : ndarray, shape (p, p)
        Phi = (X' V^-1 X)^-1, unadjusted.
    slopes : ndarray, shape (n_components, p, p)
        Phi P_i Phi for each variance component.
    weights : ndarray, shape (n_components, n_components)
        Inverse of the expected REML information of the components.
    """

    covariance: Array
    model_covariance: Array
    slopes: Array
    weights: Array

    def df(self, contrasts: Array) -> Array:
        """Degrees of freedom of contrasts, shape (n_contrasts, p) -> (n_contrasts,)."""
        variance = np.einsum("ci,ij,cj->c", contrasts, self.model_covariance, contrasts)
        g = -np.einsum("ci,kij,cj->ck", contrasts, self.slopes, contrasts)
        df: Array = 2 * variance**2 / np.einsum("ck,kl,cl->c", g, self.weights, g)
        return df


def kenward_roger(s: NestedStatistics, fit: RemlFit, kept: tuple[bool, ...]) -> KenwardRoger:
    """Adjust the covariance of REML coefficients.

    Parameters
    ----------
    s : NestedStatistics
    fit : RemlFit
    kept : tuple of bool, length n_levels
        Levels whose variance counts as a component. A level left out must have variance zero.
    """
    p = s.n_coefficients
    sigma2 = fit.sigma2
    h = np.eye(s.means.shape[1]) + np.einsum("l,lbst->bst", fit.ratios, s.patterns)
    inverse = np.linalg.inv(h)
    x = s.means[..., :p]
    identity = np.broadcast_to(np.eye(s.means.shape[1]), h.shape)
    components = [identity, *(d for d, keep in zip(s.patterns, kept, strict=True) if keep)]
    u = inverse @ x
    deviations = s.deviations[:p, :p]
    phi = sigma2 * np.linalg.inv(deviations + np.einsum("bsi,bsj->ij", x, u))
    # V^-1 G_i, and V^-1 G_i V^-1 X, on the cluster means and in units of sigma^2.
    scaled = [inverse @ d for d in components]
    moved = [d @ u for d in components]
    n = len(components)
    first = np.stack([-np.einsum("bsi,bsj->ij", u, m) for m in moved]) / sigma2**2
    first[0] -= deviations / sigma2**2
    second = np.empty((n, n, p, p))
    trace = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            second[i, j] = np.einsum("bsi,bst,btj->ij", moved[i], inverse, moved[j], optimize=True)
            trace[i, j] = np.einsum("bst,bts->", scaled[i], scaled[j])
    second[0, 0] += deviations
    second /= sigma2**3
    trace[0, 0] += s.n_rows - s.n_inner - s.n_padding
    trace /= sigma2**2
    slopes = phi @ first @ phi
    information = 0.5 * (
        trace
        - 2 * np.einsum("ij,abji->ab", phi, second)
        + np.einsum("aij,bji->ab", phi @ first, phi @ first)
    )
    weights = np.linalg.inv(information)
    middle = np.einsum(
        "ab,abij->ij", weights, second - np.einsum("aij,bjk->abik", first, phi @ first)
    )
    adjusted = phi + 2 * phi @ middle @ phi
    return KenwardRoger(
        read_only((adjusted + adjusted.T) / 2),
        read_only(phi),
        read_only(slopes),
        read_only(weights),
    )
