"""Covariances of least squares coefficients: classical, HC3, CR1, and CR2 with Satterthwaite df.

Bell & McCaffrey (2002), Survey Methodology 28, 169-181; Pustejovsky & Tipton (2018), Journal of
Business & Economic Statistics 36, 672-683, with the identity as working model:

    V = M sum_j X_j' A_j u_j u_j' A_j X_j M,   M = (X'X)^-1,   A_j = (I - X_j M X_j')^(-1/2).

With M = L L' and N_j = L' X_j'X_j L, A_j X_j M = X_j L (I - N_j)^(-1/2) L'. So p x p matrices per
cluster are enough, and no matrix of rows is formed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.estimation.least_squares import LeastSquares, cluster_scores

# 1 - leverage below which a direction is spent on one cluster: above the rounding of cross-products
# (clubSandwich, which has matrices of rows, uses 1e-12).
SPENT = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class SandwichEstimate:
    """Covariance of the coefficients in N data sets, and degrees of freedom.

    Attributes
    ----------
    covariance : ndarray, shape (N, p, p)
    df : ndarray, shape (N, n_contrasts)
        Of each contrast, or of each coefficient if none were given.
    kept : ndarray, shape (N, n_contrasts)
        Share of the variance expected under the working model that the sandwich has. Below one
        where a cluster alone determines a direction: its residuals along it are zero.
    """

    covariance: Array
    df: Array
    kept: Array

    def __post_init__(self) -> None:
        for name in ("covariance", "df", "kept"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def classical(fit: LeastSquares) -> SandwichEstimate:
    """sigma^2 (X'X)^-1 with n - p degrees of freedom: rows independent, one variance."""
    df = np.full(fit.values.shape, float(fit.residual_df))
    return SandwichEstimate(fit.sigma2[:, None, None] * fit.bread, df, np.ones(df.shape))


def hc3(x: Array, residuals: Array, bread: Array) -> SandwichEstimate:
    """HC3: rows independent, each with its own variance; n - p degrees of freedom.

    Parameters
    ----------
    x : ndarray, shape (N, n, p)
    residuals : ndarray, shape (N, n)
    bread : ndarray, shape (N, p, p)
        (X'X)^-1.

    Returns
    -------
    SandwichEstimate
        Covariance NaN where a row has leverage one: HC3 leaves each row out in turn, and
        without that row a coefficient is not identified.

    References
    ----------
    MacKinnon & White (1985), Journal of Econometrics 29, 305-325.

    Examples
    --------
    The squared standard error of a mean is the sum of (u / (1 - 1/n))^2, divided by n^2.

    >>> y = np.array([[1.0, 2.0, 6.0]])
    >>> estimate = hc3(np.ones((1, 3, 1)), y - 3.0, np.full((1, 1, 1), 1 / 3))
    >>> round(float(estimate.covariance[0, 0, 0]), 6), float(estimate.df[0, 0])
    (3.5, 2.0)
    """
    n_sets, n, p = x.shape
    left = 1.0 - np.einsum("nri,nri->nr", x @ bread, x)
    spent = left <= SPENT
    weighed = x * np.where(spent, np.nan, residuals / np.where(spent, 1.0, left))[:, :, None]
    meat = weighed.mT @ weighed
    df = np.full((n_sets, p), float(n - p))
    return SandwichEstimate(bread @ meat @ bread, df, np.ones(df.shape))


def cr1(gram: Array, fit: LeastSquares) -> SandwichEstimate:
    """CR1: clusters independent, times J / (J - 1); J - 1 degrees of freedom.

    Parameters
    ----------
    gram : ndarray, shape (N, J, p + 1, p + 1)
        Cross-products of z = [x, y] in each of at least two clusters.
    fit : LeastSquares

    Notes
    -----
    With few clusters it is too small: CR2 is the one to use.
    """
    n_clusters = gram.shape[1]
    directions = cluster_scores(gram, fit) @ fit.bread
    covariance = n_clusters / (n_clusters - 1) * (directions.mT @ directions)
    df = np.full(fit.values.shape, n_clusters - 1.0)
    return SandwichEstimate(covariance, df, np.ones(df.shape))


def cr2(gram: Array, fit: LeastSquares, contrasts: Array | None = None) -> SandwichEstimate:
    """CR2, unbiased if rows are independent, with the Satterthwaite df of each contrast.

    Parameters
    ----------
    gram : ndarray, shape (N, J, p + 1, p + 1)
        Cross-products of z = [x, y] in each cluster.
    fit : LeastSquares
    contrasts : ndarray, shape (n_contrasts, p) or (N, n_contrasts, p), optional
        Sums of coefficients whose df are wanted; each coefficient if left out.

    Returns
    -------
    SandwichEstimate
        A direction that one cluster alone determines (its own indicator, for example) adds
        nothing, as in clubSandwich. The df is NaN, and the variance no more than rounding, where
        no other cluster adds anything: such a contrast has no standard error.

    Examples
    --------
    The mean of clusters of one size: the variance of their means over J, with J - 1 df.

    >>> from mediation.estimation.least_squares import cluster_grams, least_squares
    >>> y = np.array([1.0, 3.0, 4.0, 6.0, 8.0, 8.0])
    >>> z = np.stack([np.ones(6), y], axis=1)[None]
    >>> gram = cluster_grams(z, np.array([0, 0, 1, 1, 2, 2]))
    >>> estimate = cr2(gram, least_squares(gram, n_rows=6))
    >>> expected = np.var([2.0, 5.0, 8.0], ddof=1) / 3
    >>> bool(np.isclose(estimate.covariance[0, 0, 0], expected)), round(float(estimate.df[0, 0]), 6)
    (True, 2.0)
    """
    p = fit.n_coefficients
    root = fit.root[:, None]
    leverages, axes = np.linalg.eigh(root.mT @ gram[:, :, :p, :p] @ root)
    spent = 1.0 - leverages <= SPENT
    inverse_root = np.where(spent, 0.0, 1 / np.sqrt(np.where(spent, 1.0, 1.0 - leverages)))
    directions = root @ axes
    scores = cluster_scores(gram, fit)[..., None]
    adjusted = ((directions * inverse_root[:, :, None, :]) @ (directions.mT @ scores))[..., 0]
    wanted = np.eye(p) if contrasts is None else contrasts
    in_axes = (wanted @ fit.root)[:, None] @ axes
    leverages = np.where(spent, 0.0, np.maximum(leverages, 0.0))
    df, kept = _satterthwaite(in_axes, leverages, inverse_root, axes)
    return SandwichEstimate(adjusted.mT @ adjusted, df, kept)


def _satterthwaite(
    in_axes: Array, leverages: Array, inverse_root: Array, axes: Array
) -> tuple[Array, Array]:
    """tr(B)^2 / sum B^2 for B[i, j] = p_i'p_j, p_j = (I - H)_.j A_j X_j M c, and the share kept.

    B = D - U U' with D diagonal and U of p columns. `in_axes` (N, J, K, p) are the coordinates of
    L'c on the eigenvectors of N_j, so that the diagonal of B is sum_k leverage_k coordinate_k^2.
    """
    diagonal = np.einsum("njki,nji->njk", in_axes**2, leverages)
    u = (in_axes * (leverages * inverse_root)[:, :, None, :]) @ axes.mT
    pairs = [_squared_products(u[:, :, k]) for k in range(u.shape[2])]
    squares = np.sum(diagonal**2, axis=1) + 2 * np.stack(pairs, axis=1)
    trace = diagonal.sum(axis=1)
    # If no direction is spent the trace is c'Mc = |L'c|^2, the expected variance over sigma^2.
    kept = trace / np.sum(in_axes[:, 0] ** 2, axis=-1)
    nothing = kept <= 1e-9
    df: Array = np.where(nothing, np.nan, trace**2 / np.where(nothing, 1.0, squares))
    return df, kept


def _squared_products(u: Array) -> Array:
    """Sum over pairs i < j of (u_i'u_j)^2, for u of shape (N, J, p), without J x J matrices.

    Each u_j u_j' meets the sum of those before it. Taking the squares from those of U'U instead
    would lose all digits where a cluster has leverage near one, since its u is long.
    """
    outer = u[:, :, :, None] * u[:, :, None, :]
    before = np.cumsum(outer[:, :-1], axis=1)
    products: Array = np.einsum("njab,njab->n", before, outer[:, 1:])
    return products
