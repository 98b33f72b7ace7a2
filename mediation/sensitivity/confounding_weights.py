"""Generalised least squares with the weights of nested random intercepts."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from mediation.arrays import Array, IntArray


def weighted_slopes(
    x: Array, targets: Array, codes: tuple[IntArray, ...], variances: Array
) -> Array:
    """Give the coefficients of generalised least squares.

    Parameters
    ----------
    x : ndarray, shape (n_rows, p)
        The first column is the intercept.
    targets : ndarray, shape (n_rows, k)
        Regressed one by one.
    codes : tuple of ndarray of int, shape (n_rows,) each
        Nested clusters, outermost first.
    variances : ndarray, shape (n_levels + 1,)
        Of the intercepts of each level, and of the rows.

    Returns
    -------
    ndarray, shape (p, k)
        The intercept is that of centred columns.
    """
    centred = x.copy()
    # The first column is the intercept, which takes up the means.
    centred[:, 1:] -= x[:, 1:].mean(axis=0)
    centred /= np.sqrt((centred**2).mean(axis=0))
    weighted = times_inverse(centred, codes, variances)
    slopes = np.linalg.solve(centred.T @ weighted, weighted.T @ targets)
    width = np.sqrt(((x - np.append(0.0, x[:, 1:].mean(axis=0))) ** 2).mean(axis=0))
    found: Array = slopes / width[:, None]
    return found


def times_inverse(values: Array, codes: tuple[IntArray, ...], variances: Array) -> Array:
    """Multiply by the inverse of the covariance of nested random intercepts and errors.

    Woodbury's identity, with one row for each cluster whose level has a variance.

    Parameters
    ----------
    values : ndarray, shape (n_rows, k)
    codes, variances
        As in `weighted_slopes`.

    Returns
    -------
    ndarray, shape (n_rows, k)

    Examples
    --------
    Two rows of one cluster, with covariance [[2, 1], [1, 2]]:

    >>> one = np.zeros(2, dtype=np.int64)
    >>> times_inverse(np.array([[3.0], [3.0]]), (one,), np.array([1.0, 1.0])).ravel()
    array([1., 1.])
    """
    kept = [k for k in range(len(codes)) if variances[k] > 0]
    sigma2 = variances[-1]
    if not kept:
        plain: Array = values / sigma2
        return plain
    n_rows = len(values)
    parts = [sparse.csr_array((np.ones(n_rows), (np.arange(n_rows), codes[k]))) for k in kept]
    z = sparse.hstack(parts, format="csr")
    sums = np.asarray(z.T @ values)
    ratios = np.concatenate(
        [np.full(part.shape[1], sigma2 / variances[k]) for part, k in zip(parts, kept, strict=True)]
    )
    inner: Array = (z.T @ z).toarray() + np.diag(ratios)
    found: Array = (values - z @ np.linalg.solve(inner, sums)) / sigma2
    return found


def sums_of_rows(values: Array, codes: IntArray) -> Array:
    """Sum a column over the cluster of each row, shape (n_rows, 1) -> (n_rows, 1)."""
    sums: Array = np.bincount(codes, weights=values[:, 0]).astype(np.float64)
    return sums[codes][:, None]
