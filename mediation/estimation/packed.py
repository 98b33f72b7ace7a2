"""Many small symmetric matrices at once, the number of the matrix being the last dimension.

Every operation then runs along contiguous memory, however small the matrices are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.column_checks import EXACT, REPEATED

# A column whose variance in a resample is below this share of its mean square does not vary.
FLAT = 1e-12


def packed_places(columns: tuple[int, ...]) -> IntArray:
    """Where the elements of a symmetric submatrix are in the packed lower triangle of the whole.

    Returns
    -------
    ndarray of int, shape (k, k)

    Examples
    --------
    >>> packed_places((0, 2)).tolist()
    [[0, 3], [3, 5]]
    """
    at = np.array(columns)
    high, low = np.maximum(at[:, None], at), np.minimum(at[:, None], at)
    places: IntArray = high * (high + 1) // 2 + low
    return places


def packed_products(rows: Array) -> Array:
    """Products of all pairs of columns of each row, shape (n, q) -> (n, q (q + 1) / 2)."""
    high, low = np.tril_indices(rows.shape[1])
    products: Array = rows[:, high] * rows[:, low]
    return products


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """Least squares from N cross-products.

    Attributes
    ----------
    coefficients : ndarray, shape (p, N)
    rss : ndarray, shape (N,)
        Sum of squared residuals.
    is_flat : ndarray of bool, shape (p + 1, N)
        Columns that do not vary; False for the intercept.
    is_estimable : ndarray of bool, shape (N,)
        Whether no column repeats those before it or is flat, and something is left unexplained.
    """

    coefficients: Array
    rss: Array
    is_flat: BoolArray
    is_estimable: BoolArray


def regress(gram: Array) -> Regression:
    """Regress the last column on the others by elimination.

    Parameters
    ----------
    gram : ndarray, shape (p + 1, p + 1, N)
        Cross-products; the first column is the intercept. Columns should be centred and scaled
        about as they are in each of the N.

    Examples
    --------
    >>> z = np.array([[1.0, 0.0, 1.0], [1.0, 1.0, 3.0], [1.0, 2.0, 4.0]])
    >>> found = regress((z.T @ z)[:, :, None])
    >>> found.coefficients[:, 0].round(6).tolist(), float(found.rss[0].round(6))
    ([1.166667, 1.5], 0.166667)
    """
    p = len(gram) - 1
    left = gram
    rows = []
    is_flat = np.zeros((p + 1, gram.shape[2]), dtype=bool)
    scale = np.maximum(np.diagonal(gram).T, 1e-300)
    is_estimable = gram[0, 0] > p
    for k in range(p):
        pivot = left[0, 0]
        usable = pivot > REPEATED**2 * scale[k]
        is_estimable &= usable
        row = left[0, 1:] / np.where(usable, pivot, np.inf)
        rows.append(row)
        left = left[1:, 1:] - left[1:, :1] * row
        if k == 0:
            centred = np.diagonal(left).T
            is_flat[1:] = centred <= FLAT * scale[1:]
            scale = np.concatenate([scale[:1], np.where(is_flat[1:], np.inf, centred)])
    rss = left[0, 0]
    is_estimable &= rss > EXACT * scale[p]
    coefficients = np.empty((p, gram.shape[2]))
    for k in range(p - 1, -1, -1):
        later = rows[k][:-1] * coefficients[k + 1 :]
        coefficients[k] = rows[k][-1] - later.sum(axis=0)
    return Regression(coefficients, rss, is_flat, is_estimable)


def sweep_packed(cross: Array) -> tuple[Array, Array, Array, Array]:
    """Sweep x out of z'z, shape (p + 1, p + 1, N): (x'x)^-1, beta, residual sum, log|x'x|."""
    swept = cross.copy()
    p = len(cross) - 1
    log_det = np.zeros(cross.shape[2])
    for k in range(p):
        pivot = swept[k, k].copy()
        row = swept[k] / pivot
        column = swept[:, k].copy()
        swept -= column[:, None] * row
        swept[k] = row
        swept[:, k] = -column / pivot
        swept[k, k] = 1 / pivot
        log_det += np.log(pivot)
    return swept[:p, :p], swept[:p, p], swept[p, p], log_det


def eliminate(cross: Array) -> tuple[Array, Array]:
    """Residual sum and log|x'x| alone, shape (p + 1, p + 1, ...) -> (...)."""
    log_det = np.zeros(cross.shape[2:])
    while len(cross) > 1:
        log_det += np.log(cross[0, 0])
        cross = cross[1:, 1:] - cross[1:, :1] * (cross[0, 1:] / cross[0, 0])
    return cross[0, 0], log_det
