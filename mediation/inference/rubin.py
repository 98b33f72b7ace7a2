"""Rubin's rules for any number of estimates, with their whole covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.errors import InferenceError


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Pooled:
    """Estimates of M completed data sets made one.

    Attributes
    ----------
    n_imputations : int
    values : ndarray, shape (n,)
        Means over the imputations.
    within, between : ndarray, shape (n, n)
        Mean of the covariances; covariance of the values over the imputations.
    df : ndarray, shape (n,)
        Of Barnard and Rubin.
    df_complete : ndarray, shape (n,)
        Those there would be without missing values: means over the imputations.
    """

    n_imputations: int
    values: Array
    within: Array
    between: Array
    df: Array
    df_complete: Array

    @property
    def covariance(self) -> Array:
        """Total covariance, within + (1 + 1 / M) between."""
        total: Array = self.within + (1 + 1 / self.n_imputations) * self.between
        return total

    @property
    def relative_increase(self) -> Array:
        """Relative increase in variance due to missing values, shape (n,)."""
        added = (1 + 1 / self.n_imputations) * np.diagonal(self.between)
        return _ratio(added, np.diagonal(self.within))

    @property
    def share_of_variance(self) -> Array:
        """Share of the total variance that is due to missing values (lambda), shape (n,)."""
        added = (1 + 1 / self.n_imputations) * np.diagonal(self.between)
        return _ratio(added, np.diagonal(self.covariance))

    @property
    def missing_information(self) -> Array:
        """Fraction of missing information, shape (n,)."""
        increase = self.relative_increase
        found: Array = (increase + 2 / (self.df + 3)) / (1 + increase)
        return np.where(increase > 0, found, 0.0)


def pool_estimates(values: Array, covariance: Array, df: Array) -> Pooled:
    """Pool estimates of M completed data sets.

    Parameters
    ----------
    values : ndarray, shape (M, n)
    covariance : ndarray, shape (M, n, n)
    df : ndarray, shape (M, n)
        Degrees of freedom in each completed data set; infinite where normal.

    Returns
    -------
    Pooled
        With T = mean(U) + (1 + 1/M) B, off the diagonal too: estimates whose equations are fitted
        apart, and have no covariance within, covary through B. Where nothing differs between the
        imputations the df are those of complete data.

    Raises
    ------
    InferenceError
        If there are fewer than two data sets, shapes differ, or a number is missing.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, ch. 3; Barnard & Rubin (1999),
    Biometrika 86, 948-955, eq. 3.

    Examples
    --------
    >>> found = pool_estimates(
    ...     np.array([[1.0], [2.0], [3.0]]), np.ones((3, 1, 1)), np.full((3, 1), 20.0)
    ... )
    >>> float(found.values[0]), float(found.covariance[0, 0].round(4))
    (2.0, 2.3333)
    """
    values, covariance, df = (
        np.asarray(each, dtype=np.float64) for each in (values, covariance, df)
    )
    m = len(values)
    n = values.shape[-1]
    shapes = (values.shape, covariance.shape, df.shape)
    if m < 2 or shapes != ((m, n), (m, n, n), (m, n)):
        raise InferenceError(
            "Pooling takes values (M, n), covariances (M, n, n) and df (M, n) of at least two "
            f"imputations. Found shapes {', '.join(map(str, shapes))}. Give them in this order."
        )
    if not (np.isfinite(values).all() and np.isfinite(covariance).all() and (df > 0).all()):
        raise InferenceError(
            "Every imputation must have an estimate, a covariance and df above 0. Some have none. "
            "Leave out the imputations that could not be estimated."
        )
    mean = values.mean(axis=0)
    deviations = values - mean
    between = deviations.T @ deviations / (m - 1)
    # What differs by rounding alone does not differ.
    is_same = np.ptp(values, axis=0) <= 1e-13 * np.abs(values).max(axis=0)
    between[is_same] = between[:, is_same] = 0.0
    within = covariance.mean(axis=0)
    complete = df.mean(axis=0)
    share = _ratio((1 + 1 / m) * np.diagonal(between), np.diagonal(within + (1 + 1 / m) * between))
    return Pooled(
        n_imputations=m,
        values=read_only(mean),
        within=read_only(within),
        between=read_only(between),
        df=read_only(barnard_rubin(share, complete, m)),
        df_complete=read_only(complete),
    )


def barnard_rubin(share: Array, df_complete: Array, n_imputations: int) -> Array:
    """Degrees of freedom of pooled estimates.

    Parameters
    ----------
    share : ndarray, shape (n,)
        Share of the variance due to missing values.
    df_complete : ndarray, shape (n,)
    n_imputations : int

    Returns
    -------
    ndarray, shape (n,)
        Never more than `df_complete`, to which they are equal where `share` is 0.

    References
    ----------
    Barnard & Rubin (1999), Biometrika 86, 948-955, eq. 3.

    Examples
    --------
    >>> barnard_rubin(np.array([0.2, 0.0]), np.array([12.0, 12.0]), 50).round(2).tolist()
    [8.26, 12.0]
    """
    known = np.where(share > 0, share, 1.0)
    old = (n_imputations - 1) / known**2
    finite = np.where(np.isfinite(df_complete), df_complete, 1.0)
    observed = (finite + 1) / (finite + 3) * finite * (1 - known)
    # All variance between imputations: nothing is left of what was observed.
    both = np.where(observed > 0, old * observed / (old + observed), np.finfo(float).tiny)
    both = np.where(np.isfinite(df_complete), both, old)
    return np.where(share > 0, both, df_complete)


def _ratio(above: Array, below: Array) -> Array:
    """Divide; zero where both are zero, infinite where the divisor alone is."""
    with np.errstate(divide="ignore"):
        found = np.where(above == 0, 0.0, above) / np.where(above == 0, 1.0, below)
    return np.asarray(found, dtype=np.float64)
