"""Coefficients of internal consistency from a covariance matrix: alpha and omega."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy import stats

from mediation.arrays import Array
from mediation.instruments.one_factor import OneFactor, fit_one_factor


class CoefficientStatus(Enum):
    """Why a coefficient has no number: the sentence shown instead, empty if it has one."""

    DEFINED = ""
    TOO_FEW_ITEMS = "not defined: alpha needs two items or more, omega three"
    TOO_FEW_ROWS = "not defined: there are no more rows than items to estimate it from"
    CONSTANT_ITEM = "not defined: an item has the same value in all rows"
    REPEATED_ITEM = "not defined: an item is fully explained by the others"
    NO_VARIANCE = "not defined: the score does not vary"
    NEGATIVE_UNIQUENESS = (
        "not reported: with one factor an item would have a negative variance of its own"
    )
    NOT_CONVERGED = "not reported: the one-factor model did not converge"
    TOO_FEW_CLUSTERS = "not identified: there are no more clusters than items"
    NO_BETWEEN_VARIANCE = (
        "not defined: clusters differ no more than chance would make them, in the score or an item"
    )
    BETWEEN_NOT_POSITIVE = (
        "not reported: the covariance matrix between clusters is not positive definite"
    )


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient with its interval, or why there is none.

    Attributes
    ----------
    value : float
        NaN unless `status` is `DEFINED`.
    std_error, conf_low, conf_high : float
        NaN where there is no formula for them: the standard error of alpha, and everything
        between clusters.
    status : CoefficientStatus
    """

    value: float
    std_error: float
    conf_low: float
    conf_high: float
    status: CoefficientStatus = CoefficientStatus.DEFINED


def undefined(status: CoefficientStatus) -> Coefficient:
    """Make a coefficient without a number."""
    nan = float("nan")
    return Coefficient(nan, nan, nan, nan, status)


def estimate_alpha(covariance: Array, df: int | None, conf_level: float = 0.95) -> Coefficient:
    """Estimate Cronbach's alpha, k / (k - 1) (1 - sum of item variances / variance of the sum).

    The interval is Feldt's: (1 - alpha) / (1 - estimate) is F with df and df (k - 1) degrees of
    freedom for rows that are independent and items that are parallel but for their means.

    Parameters
    ----------
    covariance : ndarray (k, k)
        Of the items, turned.
    df : int or None
        Degrees of freedom of the covariance matrix: rows - 1, or rows - clusters within
        clusters. None gives no interval.
    conf_level : float

    Returns
    -------
    Coefficient

    References
    ----------
    Cronbach (1951), Psychometrika 16, 297-334. Feldt (1965), Psychometrika 30, 357-370; Feldt,
    Woodruff & Salih (1987), Applied Psychological Measurement 11, 93-103.

    Examples
    --------
    >>> alpha = estimate_alpha(np.array([[1.0, 0.5], [0.5, 1.0]]), df=99)
    >>> round(alpha.value, 3), round(alpha.conf_low, 3), round(alpha.conf_high, 3)
    (0.667, 0.505, 0.776)
    """
    k = len(covariance)
    if k < 2:
        return undefined(CoefficientStatus.TOO_FEW_ITEMS)
    if df is not None and df < 1:
        return undefined(CoefficientStatus.TOO_FEW_ROWS)
    total = covariance.sum()
    if total <= 1e-12 * np.abs(covariance).sum():
        return undefined(CoefficientStatus.NO_VARIANCE)
    alpha = float(k / (k - 1) * (1 - np.trace(covariance) / total))
    low = high = float("nan")
    if df is not None:
        tail = (1 - conf_level) / 2
        low, high = (
            1 - (1 - alpha) * float(stats.f.ppf(share, df, df * (k - 1)))
            for share in (1 - tail, tail)
        )
    return Coefficient(alpha, float("nan"), low, high)


def estimate_omega(covariance: Array, df: int | None, conf_level: float = 0.95) -> Coefficient:
    """Estimate omega of a one-factor model: the share of the sum's variance due to the factor.

    (sum of loadings)^2 / ((sum of loadings)^2 + sum of uniquenesses), from a maximum-likelihood
    fit. Its standard error is that of the delta method with the expected information; the
    interval is made on the logit scale, so that it stays between 0 and 1.

    Parameters
    ----------
    covariance : ndarray (k, k)
        Of the items, turned.
    df : int or None
        Independent rows behind the covariance matrix: rows, or rows - clusters within clusters.
        None gives no interval.
    conf_level : float

    Returns
    -------
    Coefficient

    References
    ----------
    McDonald (1999), Test theory. Raykov (2002), Multivariate Behavioral Research 37, 89-103: the
    standard error. Kelley & Pornprasertmanit (2016), Psychological Methods 21, 69-92: intervals.
    """
    status = _lack(covariance, df)
    if status is not CoefficientStatus.DEFINED:
        return undefined(status)
    fit = fit_one_factor(covariance)
    if (fit.uniquenesses <= 0).any():
        return undefined(CoefficientStatus.NEGATIVE_UNIQUENESS)
    if not fit.is_converged:
        return undefined(CoefficientStatus.NOT_CONVERGED)
    common, unique = float(fit.loadings.sum()), float(fit.uniquenesses.sum())
    omega = common**2 / (common**2 + unique)
    if df is None or not 0 < omega < 1:
        return Coefficient(omega, float("nan"), float("nan"), float("nan"))
    std_error = _std_error(fit, common, unique, df)
    reach = float(stats.norm.ppf((1 + conf_level) / 2)) * std_error / (omega * (1 - omega))
    logit = np.log(omega / (1 - omega))
    low, high = (float(1 / (1 + np.exp(-(logit + side * reach)))) for side in (-1, 1))
    return Coefficient(omega, std_error, low, high)


def _lack(covariance: Array, df: int | None) -> CoefficientStatus:
    """Say why one factor cannot be fitted, `DEFINED` if it can."""
    k = len(covariance)
    if k < 3:
        return CoefficientStatus.TOO_FEW_ITEMS
    if df is not None and df <= k:
        return CoefficientStatus.TOO_FEW_ROWS
    variances = np.diag(covariance)
    if (variances <= 0).any():
        return CoefficientStatus.CONSTANT_ITEM
    scale = np.sqrt(variances)
    smallest = np.linalg.eigvalsh(covariance / np.outer(scale, scale))[0]
    return CoefficientStatus.DEFINED if smallest > 1e-10 else CoefficientStatus.REPEATED_ITEM


def _std_error(fit: OneFactor, common: float, unique: float, n_rows: int) -> float:
    """Delta method: omega's slope in each loading and each uniqueness."""
    total = common**2 + unique
    of_loadings = np.full(len(fit.loadings), 2 * common * unique / total**2)
    of_uniquenesses = np.full(len(fit.loadings), -(common**2) / total**2)
    gradient = np.concatenate([of_loadings, of_uniquenesses])
    variance = gradient @ np.linalg.solve(fit.information, gradient) / n_rows
    return float(np.sqrt(variance))
