"""Columns that one cluster alone tells apart: a sandwich by cluster knows nothing of them."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import EstimationError

# A cluster of this leverage in a direction holds all there is to know of it.
WHOLE = 1.0 - 1e-8
# Part of a column in such a direction that is rounding.
ZERO = 1e-6


def check_lone_clusters(
    names: tuple[str, ...], values: Array, codes: IntArray, cluster: str, instead: str
) -> None:
    """Refuse columns whose coefficient rests on one cluster: its leverage there is one.

    The residuals of that cluster adjust to the coefficient, so that its score is zero, and with
    it what the sandwich takes for the sampling variance.

    Parameters
    ----------
    names : tuple of str, length q
        Columns of the table behind `values`.
    values : ndarray, shape (n_rows, q)
        The predictor, and what is constant inside clusters, without the intercept.
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, 0 to n_clusters - 1.
    cluster : str
    instead : str
        What to use instead.

    Raises
    ------
    EstimationError

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1, 2, 2])
    >>> x = (codes == 1).astype(float)[:, None]
    >>> check_lone_clusters(("x",), x, codes, "team", "OLS()")
    Traceback (most recent call last):
        ...
    mediation.errors.EstimationError: A covariance by clusters needs several clusters of `team` ...
    """
    found = find_lone_columns(values, codes)
    if found.any():
        named = dict.fromkeys(name for name, is_lone in zip(names, found, strict=True) if is_lone)
        raise EstimationError(
            f"A covariance by clusters needs several clusters of `{cluster}` to judge each "
            f"coefficient by. One cluster alone tells these columns apart: {', '.join(named)}. "
            "Their standard errors would be far too small. Leave them out, or use "
            f"{instead}."
        )


def find_lone_columns(values: Array, codes: IntArray) -> BoolArray:
    """Find columns that would not be estimable, beside an intercept, without some cluster.

    Parameters
    ----------
    values : ndarray, shape (n_rows, q)
    codes : ndarray of int, shape (n_rows,)

    Returns
    -------
    ndarray of bool, shape (q,)

    Examples
    --------
    >>> codes = np.array([0, 0, 1, 1, 2, 2])
    >>> x = np.column_stack([codes == 1, [0, 1, 1, 2, 0, 2]]).astype(float)
    >>> find_lone_columns(x, codes).tolist()
    [True, False]
    """
    z = values - values.mean(axis=0)
    z = np.column_stack([np.ones(len(z)), z / z.std(axis=0)])
    # Orthonormal columns: a cluster's cross-product is then its leverage in every direction.
    basis, triangle = np.linalg.qr(z)
    q, n_clusters = z.shape[1], int(codes.max()) + 1
    leverage = np.empty((n_clusters, q, q))
    for i in range(q):
        for k in range(i + 1):
            leverage[:, i, k] = leverage[:, k, i] = np.bincount(
                codes, basis[:, i] * basis[:, k], n_clusters
            )
    sizes, directions = np.linalg.eigh(leverage)
    lone = directions.swapaxes(1, 2)[sizes > WHOLE]
    weights = np.abs(np.linalg.solve(triangle, lone.T))
    largest = weights.max(axis=0, initial=0.0)
    found: BoolArray = (weights[1:] > ZERO * largest).any(axis=1)
    return found
