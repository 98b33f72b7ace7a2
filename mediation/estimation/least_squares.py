"""Least squares from the cross-products of clusters, for many data sets of one design at once.

Rows are read once. What is left is one small matrix per cluster, G_j = z_j'z_j with z = [x, y],
which holds all that coefficients, residual variance and cluster scores need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray, read_only


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """One regression in N data sets of one design.

    Attributes
    ----------
    values : ndarray, shape (N, p)
        Coefficients, in units of y per unit of the column of x.
    bread : ndarray, shape (N, p, p)
        (X'X)^-1.
    root : ndarray, shape (N, p, p)
        L with L L' = (X'X)^-1, so that X L has orthonormal columns.
    sigma2 : ndarray, shape (N,)
        Residual variance with divisor n - p; NaN if n = p.
    condition : ndarray, shape (N,)
        Condition number of X'X with columns scaled to length one: what rounding grows by.
    n_rows : int
    """

    values: Array
    bread: Array
    root: Array
    sigma2: Array
    condition: Array
    n_rows: int

    def __post_init__(self) -> None:
        for name in ("values", "bread", "root", "sigma2", "condition"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    @property
    def n_coefficients(self) -> int:
        """Columns of x."""
        return int(self.values.shape[-1])

    @property
    def residual_df(self) -> int:
        """Rows minus coefficients."""
        return self.n_rows - self.n_coefficients


@dataclass(frozen=True, slots=True, eq=False)
class Orthonormal:
    """Rows in orthonormal columns, in which nothing is lost by taking cross-products.

    Attributes
    ----------
    columns : ndarray, shape (N, n, p)
        Q = X back.
    residuals : ndarray, shape (N, n)
    values : ndarray, shape (N, p)
        Coefficients of x.
    back : ndarray, shape (N, p, p)
        A covariance C of coefficients of Q is back C back' for those of x, and a contrast c of
        coefficients of x is c back for those of Q.
    """

    columns: Array
    residuals: Array
    values: Array
    back: Array

    def __post_init__(self) -> None:
        for name in ("columns", "residuals", "values", "back"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def orthonormalize(x: Array, y: Array) -> Orthonormal:
    """Regress y on x with an orthonormal basis of the columns of x.

    The way to start from rows: cross-products of x itself square its condition number.

    Parameters
    ----------
    x : ndarray, shape (N, n, p)
        Of full rank.
    y : ndarray, shape (N, n)

    Examples
    --------
    >>> x = np.array([[[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]])
    >>> rows = orthonormalize(x, np.array([[1.0, 3.0, 5.0]]))
    >>> [round(float(value), 6) for value in rows.values[0]]
    [1.0, 2.0]
    >>> bool(np.allclose(rows.columns, x @ rows.back))
    True
    """
    q, r = np.linalg.qr(x)
    back = np.linalg.inv(r)
    along = q.mT @ y[:, :, None]
    return Orthonormal(q, (y[:, :, None] - q @ along)[..., 0], (back @ along)[..., 0], back)


def cluster_grams(z: Array, codes: IntArray) -> Array:
    """Cross-products of the columns inside each cluster.

    Parameters
    ----------
    z : ndarray, shape (N, n, q)
        Columns of x, then y, of each data set.
    codes : ndarray of int, shape (n,)
        Cluster of each row, the same in all data sets. Clusters come out in the order of codes.

    Returns
    -------
    ndarray, shape (N, J, q, q)

    Examples
    --------
    >>> z = np.array([[[1.0, 2.0], [1.0, 4.0], [1.0, 5.0]]])
    >>> cluster_grams(z, np.array([0, 0, 1])).tolist()
    [[[[2.0, 6.0], [6.0, 20.0]], [[1.0, 5.0], [5.0, 25.0]]]]
    """
    n_sets, _, q = z.shape
    columns = np.moveaxis(z, 2, 0)
    if np.any(codes[1:] < codes[:-1]):
        order = np.argsort(codes, kind="stable")
        codes, columns = codes[order], columns[:, :, order]
    columns = np.ascontiguousarray(columns)
    starts = np.append(0, np.flatnonzero(codes[1:] != codes[:-1]) + 1)
    gram = np.empty((n_sets, len(starts), q, q))
    for i in range(q):
        sums = np.add.reduceat(columns[i] * columns[: i + 1], starts, axis=-1)
        gram[:, :, i, : i + 1] = gram[:, :, : i + 1, i] = np.moveaxis(sums, 0, 2)
    return gram


def least_squares(gram: Array, n_rows: int) -> LeastSquares:
    """Regress the last column of z on the others.

    Parameters
    ----------
    gram : ndarray, shape (N, J, p + 1, p + 1)
        Cross-products of z = [x, y] in each cluster, from `cluster_grams`. X'X has full rank.
    n_rows : int
        Rows of one data set.

    Notes
    -----
    Units do not matter, but a relative rounding of 1e-16 grows by `condition`, and by the square
    of mean over spread of y. With rows at hand, give z = [columns, residuals] of `orthonormalize`:
    the coefficients are then zero, `condition` is one, and no digits are lost.

    Examples
    --------
    >>> z = np.array([[[1.0, 0.0, 1.0], [1.0, 1.0, 3.0], [1.0, 2.0, 5.0]]])
    >>> fit = least_squares(cluster_grams(z, np.array([0, 1, 2])), n_rows=3)
    >>> [round(float(value), 6) for value in fit.values[0]]
    [1.0, 2.0]
    """
    p = gram.shape[-1] - 1
    total = gram.sum(axis=1)
    xx, xy, yy = total[:, :p, :p], total[:, :p, p], total[:, p, p]
    length = np.sqrt(np.diagonal(xx, axis1=1, axis2=2))
    sizes, axes = np.linalg.eigh(xx / (length[:, :, None] * length[:, None, :]))
    root = axes / length[:, :, None] / np.sqrt(sizes)[:, None, :]
    values = (root @ (root.mT @ xy[:, :, None]))[..., 0]
    explained = np.sum(xy * values, axis=1)
    df = n_rows - p
    return LeastSquares(
        values=values,
        bread=root @ root.mT,
        root=root,
        sigma2=np.maximum(yy - explained, 0.0) / df if df > 0 else np.full(len(yy), np.nan),
        condition=sizes[:, -1] / sizes[:, 0],
        n_rows=n_rows,
    )


def cluster_scores(gram: Array, fit: LeastSquares) -> Array:
    """X_j'u_j of each cluster, u_j its residuals.

    Parameters
    ----------
    gram : ndarray, shape (N, J, p + 1, p + 1)
    fit : LeastSquares

    Returns
    -------
    ndarray, shape (N, J, p)
    """
    p = fit.n_coefficients
    explained = (gram[:, :, :p, :p] @ fit.values[:, None, :, None])[..., 0]
    scores: Array = gram[:, :, :p, p] - explained
    return scores
