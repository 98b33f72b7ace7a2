"""Small-sample inference for the coefficients of mixed models: Kenward-Roger, Satterthwaite.

Kenward & Roger (1997), Biometrics 53, 983-997: the adjusted covariance of their section 2 with V
linear in its variance components, so that the terms in second derivatives vanish. For one
contrast their scale factor is 1 and the df reduce to 2 (l'Phi l)^2 / (g'Wg).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mediation.arrays import Array, BoolArray
from mediation.estimation.nested import NestedStatistics
from mediation.estimation.reml import RemlFit


@dataclass(frozen=True, slots=True)
class FTest:
    """Joint test of several contrasts: `scale` times the Wald F is F(df_num, df_den)."""

    statistic: float
    df_num: int
    df_den: float
    scale: float
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class KenwardRoger:
    """Small-sample inference for the coefficients of N regressions.

    Attributes
    ----------
    covariance : ndarray, shape (N, p, p)
        Adjusted covariance of the coefficients.
    model_covariance : ndarray, shape (N, p, p)
        Phi = (X' V^-1 X)^-1, unadjusted.
    slopes : ndarray, shape (N, n_components, p, p)
        Phi P_i Phi for each variance component, zero for one left out.
    weights : ndarray, shape (N, n_components, n_components)
        Inverse of the expected REML information of the components.
    """

    covariance: Array
    model_covariance: Array
    slopes: Array
    weights: Array

    def part(self, rows: slice, p: int) -> KenwardRoger:
        """Return some of the regressions, their first p coefficients."""
        return KenwardRoger(
            self.covariance[rows, :p, :p],
            self.model_covariance[rows, :p, :p],
            self.slopes[rows, :, :p, :p],
            self.weights[rows],
        )

    def df(self, contrasts: Array) -> Array:
        """Degrees of freedom of contrasts, shape (..., n_contrasts, p) -> (N, n_contrasts)."""
        phi = self.model_covariance
        variance = np.sum((contrasts @ phi) * contrasts, axis=-1)
        at = contrasts if contrasts.ndim == 3 else contrasts[None]
        moved = at[:, None] @ self.slopes
        g = -np.swapaxes(np.sum(moved * at[:, None], axis=-1), 1, 2)
        df: Array = 2 * variance**2 / np.sum((g @ self.weights) * g, axis=-1)
        return df

    def f_test(self, contrasts: Array, coefficients: Array, which: int = 0) -> FTest:
        """Test several contrasts of one regression at once.

        Parameters
        ----------
        contrasts : ndarray, shape (r, p)
            Linearly independent rows.
        coefficients : ndarray, shape (N, p)
        which : int
            Number of the regression.

        References
        ----------
        Kenward & Roger (1997), their sections 2 and 3: A1, A2, B, rho, m and lambda.
        """
        rank = len(contrasts)
        phi, adjusted = self.model_covariance[which], self.covariance[which]
        theta = contrasts.T @ np.linalg.solve(contrasts @ phi @ contrasts.T, contrasts)
        turned = theta @ self.slopes[which]
        traces = np.trace(turned, axis1=1, axis2=2)
        w = self.weights[which]
        a1 = float(traces @ w @ traces)
        a2 = float(np.einsum("kl,kij,lji->", w, turned, turned))
        b = (a1 + 6 * a2) / (2 * rank)
        g = ((rank + 1) * a1 - (rank + 4) * a2) / ((rank + 2) * a2)
        below = 3 * rank + 2 * (1 - g)
        c1, c2, c3 = g / below, (rank - g) / below, (rank + 2 - g) / below
        mean = 1 / (1 - a2 / rank)
        spread = 2 / rank * (1 + c1 * b) / ((1 - c2 * b) ** 2 * (1 - c3 * b))
        rho = spread / (2 * mean**2)
        df = 4 + (rank + 2) / (rank * rho - 1)
        scale = df / (mean * (df - 2))
        value = contrasts @ coefficients[which]
        wald = value @ np.linalg.solve(contrasts @ adjusted @ contrasts.T, value) / rank
        p_value = float(stats.f.sf(scale * wald, rank, df))
        return FTest(float(scale * wald), rank, float(df), float(scale), p_value)


def kenward_roger(s: NestedStatistics, fit: RemlFit, kept: BoolArray) -> KenwardRoger:
    """Adjust the covariance of REML coefficients.

    Parameters
    ----------
    s : NestedStatistics
        Of N regressions.
    fit : RemlFit
    kept : ndarray of bool, shape (N, n_levels)
        Levels whose variance counts as a component. A level left out must have variance zero.
    """
    inverse, sigma2 = fit.profile.inverse, fit.profile.sigma2
    n = len(inverse)
    first, second, trace = _components(s, fit)
    use = np.concatenate([np.ones((n, 1), dtype=bool), kept], axis=1)
    both = use[:, :, None] & use[:, None, :]
    weighed = inverse[:, None] @ first
    information = 0.5 * (
        trace
        - 2 * np.einsum("nij,nklij->nkl", inverse, second)
        + np.einsum("nkij,nlji->nkl", weighed, weighed)
    )
    information = np.where(both, information, np.eye(use.shape[1]))
    weights = np.where(both, np.linalg.inv(information), 0.0)
    middle = np.einsum("nkl,nklij->nij", weights, second)
    mixed = np.einsum("nkl,nlij->nkij", weights, weighed)
    middle -= (first @ mixed).sum(axis=1)
    adjusted = inverse + 2 * inverse @ middle @ inverse
    slopes = -np.where(use[:, :, None, None], weighed @ inverse[:, None], 0.0)
    adjusted = (adjusted + np.swapaxes(adjusted, 1, 2)) / 2
    scale = sigma2[:, None, None]
    # In units of sigma^2 throughout; slopes are those of Phi in the components themselves.
    return KenwardRoger(
        covariance=scale * adjusted,
        model_covariance=scale * inverse,
        slopes=slopes,
        weights=weights * scale**2,
    )


def _components(s: NestedStatistics, fit: RemlFit) -> tuple[Array, Array, Array]:
    """C_i, F_ij and tr(H^-1 D_i H^-1 D_j) with the residual as component 0.

    Its D is the identity, I = H - sum_l gamma_l D_l, so that nothing has to be computed anew.
    """
    at = fit.profile
    n, n_levels = at.ratios.shape
    p = at.inverse.shape[-1]
    real = np.arange(p) < s.n_coefficients[:, None]
    gamma = at.ratios
    upper = at.first[..., :p, :p]
    pairs = at.second[..., :p, :p]
    cross = np.where(real[:, :, None] & real[:, None, :], at.cross[:, :p, :p], 0.0)
    first = np.empty((n, n_levels + 1, p, p))
    first[:, 1:] = upper
    first[:, 0] = cross - np.einsum("nl,nlij->nij", gamma, upper)
    second = np.empty((n, n_levels + 1, n_levels + 1, p, p))
    second[:, 1:, 1:] = pairs
    second[:, 0, 1:] = upper - np.einsum("nk,nklij->nlij", gamma, pairs)
    second[:, 1:, 0] = second[:, 0, 1:]
    second[:, 0, 0] = first[:, 0] - np.einsum("nk,nkij->nij", gamma, second[:, 0, 1:])
    trace = np.empty((n, n_levels + 1, n_levels + 1))
    trace[:, 1:, 1:] = at.trace_second
    trace[:, 0, 1:] = at.trace_first - np.einsum("nk,nkl->nl", gamma, at.trace_second)
    trace[:, 1:, 0] = trace[:, 0, 1:]
    whole = s.tree.n_rows - np.einsum("nk,nk->n", gamma, at.trace_first)
    trace[:, 0, 0] = whole - np.einsum("nk,nk->n", gamma, trace[:, 0, 1:])
    return first, second, trace


def satterthwaite(fit: RemlFit, df: Array, contrasts: Array) -> Array:
    """Satterthwaite's df from the observed information of the variances.

    df = 2 v^2 / Var(v), v = l'Phi l, the variance of v by the delta method over sigma^2 and the
    variance ratios that are not zero. With f = -2 log likelihood, sigma^2 profiled out, that is
    v^2 / (v^2 / n + (d - q v)' (f'')^-1 (d - q v)) in units of sigma^2: n the degrees of freedom of
    sigma^2, d the slope of v in the ratios, q that of -log(rss).

    Parameters
    ----------
    fit : RemlFit
    df : ndarray, shape (N,)
        Degrees of freedom of sigma^2: rows less coefficients for REML, rows for ML.
    contrasts : ndarray, shape (N, n_contrasts, p) or (n_contrasts, p)

    Returns
    -------
    ndarray, shape (N, n_contrasts)

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114; Kuznetsova, Brockhoff & Christensen
    (2017), Journal of Statistical Software 82(13), sec. 2.
    """
    at = fit.profile
    p = at.inverse.shape[-1]
    contrasts = np.broadcast_to(contrasts, (len(at.inverse), *contrasts.shape[-2:]))
    direction = contrasts @ at.inverse
    v = np.einsum("nci,nci->nc", direction, contrasts)
    turned = direction[:, None] @ at.first[..., :p, :p]
    d = np.swapaxes(np.sum(turned * direction[:, None], axis=-1), 1, 2)
    w = np.concatenate([-at.coefficients, np.ones((len(v), 1))], axis=1)
    q = np.sum((at.first @ w[:, None, :, None])[..., 0] * w[:, None], axis=-1)
    q = q / (df * at.sigma2)[:, None]
    free = at.ratios > 0
    slope = np.where(free[:, None, :], d - q[:, None, :] * v[..., None], 0.0)
    both = free[:, :, None] & free[:, None, :]
    hessian = np.where(both, at.hessian, np.eye(free.shape[1]))
    spread = np.sum((slope @ np.linalg.inv(hessian)) * slope, axis=-1)
    found: Array = v**2 / (v**2 / df[:, None] + spread)
    return found
