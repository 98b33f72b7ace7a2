"""Inverses of many small matrices at once, by sweeping, for real and complex entries.

References
----------
Goodnight (1979), The American Statistician 33, 149-158.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mediation.arrays import BoolArray


def invert_patterns(covariance: Any, observed: BoolArray) -> tuple[Any, Any]:
    """Inverse of the observed block under each pattern, padded with zeros, and its log det.

    Parameters
    ----------
    covariance : ndarray, shape (n, p, p)
    observed : ndarray of bool, shape (n_patterns, p)

    Returns
    -------
    inverse : ndarray, shape (n, p, p, n_patterns)
    log_det : ndarray, shape (n, n_patterns)
    """
    inside = (observed[:, :, None] & observed[:, None, :]).transpose(1, 2, 0)
    alone = np.where(inside, 0.0, np.eye(len(inside))[..., None])
    inverse, log_det = invert_positive(covariance[..., None] * inside + alone)
    return inverse * inside, log_det


def invert_positive(matrices: Any) -> tuple[Any, Any]:
    """Inverse and log determinant of matrices with positive leading minors, by sweeping.

    Parameters
    ----------
    matrices : ndarray, shape (n, p, p, m)
        Real or complex; overwritten.

    Returns
    -------
    inverse : ndarray, shape (n, p, p, m)
    log_det : ndarray, shape (n, m)

    Examples
    --------
    >>> inverse, log_det = invert_positive(np.array([[4.0, 2.0], [1.0, 1.0]])[None, ..., None])
    >>> inverse[0, ..., 0].tolist(), float(np.exp(log_det[0, 0]).round(12))
    ([[0.5, -1.0], [-0.5, 2.0]], 2.0)
    """
    determinant = np.ones(1)
    for k in range(matrices.shape[1]):
        pivot = matrices[:, k, k].copy()
        determinant = determinant * pivot
        row = matrices[:, k] / pivot[:, None]
        column = matrices[:, :, k].copy()
        matrices -= column[:, :, None] * row[:, None]
        matrices[:, k] = row
        matrices[:, :, k] = -column / pivot[:, None]
        matrices[:, k, k] = 1.0 / pivot
    return matrices, np.log(determinant)
