"""Cluster-robust CR2 variance of one coefficient of a mixed model, with Satterthwaite df.

Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics
36, 672-683, eqs. 6-11: residuals of each cluster are multiplied by
A_t = T_t' (T_t [(I-H) V (I-H)']_tt T_t')^(-1/2) T_t with T_t' T_t = V_tt, which makes the
sandwich unbiased under the working model V. For generalised least squares
(I-H) V (I-H)' = V - X Phi X'. With the rows of a cluster rotated into their mean and an orthonormal
basis of the deviations of the columns that vary inside, V_tt is diagonal and every matrix needed
has one row for the mean and one for each such column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.criterion import Profile, blups, tree_factors
from mediation.estimation.nested import NestedStatistics, Tree

# Share of the variance along a direction below which one cluster has spent it.
SPENT = 1e-10
# Share of the expected variance that may be lost so.
LOST = 0.01
SWEEPS = 12


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """N fitted mixed models as the working models of the sandwich.

    Attributes
    ----------
    statistics : NestedStatistics
        Of N regressions without padding.
    profile : Profile
        Their solutions.
    varying : tuple of int
        Columns of x that vary inside innermost clusters.
    scatter : ndarray, shape (N, n_inner, v + 1, v + 1)
        Cross-products, cluster by cluster, of the deviations of these columns, then of y.
    """

    statistics: NestedStatistics
    profile: Profile
    varying: tuple[int, ...]
    scatter: Array


def cluster_scatter(z: Array, means: Array, tree: Tree) -> Array:
    """Cross-products of deviations from cluster means, cluster by cluster.

    Parameters
    ----------
    z : ndarray, shape (N, n_rows, k)
        Rows in the order of `tree`.
    means : ndarray, shape (N, n_inner, k)

    Returns
    -------
    ndarray, shape (N, n_inner, k, k)
    """
    spread = z - np.repeat(means, tree.sizes.astype(np.int64), axis=1)
    products = spread[..., :, None] * spread[..., None, :]
    scatter: Array = np.add.reduceat(products, tree.first_rows, axis=1)
    return scatter


def cr2_variance(working: Working, contrast: Array) -> tuple[Array, Array]:
    """CR2 variance of one contrast of the coefficients, and its df.

    Parameters
    ----------
    working : Working
    contrast : ndarray, shape (N, p)

    Returns
    -------
    variance, df : ndarray, shape (N,)
        The df is NaN where clusters that alone determine a direction take with them more than
        `LOST` of the variance that the working model expects: such a contrast has no sandwich.
    """
    s, at = working.statistics, working.profile
    p = contrast.shape[1]
    root_n = np.sqrt(s.tree.sizes)
    columns, residuals = _rotated(working, root_n)
    direction = np.einsum("nij,nj->ni", at.inverse, contrast)
    sums, factors = tree_factors(s.tree, at.ratios)
    along = np.einsum("ntp,np->nt", s.means[..., :p], direction)[..., None]
    weights = np.einsum("ntkp,np->ntk", columns, direction)
    weights[..., 0] = blups(s.tree, at.ratios, sums, factors, along)[-1][..., 0] / root_n
    total = at.ratios.sum(axis=1)
    v = np.ones(weights.shape)
    v[..., 0] += total[:, None] * s.tree.sizes
    adjusted = _adjust(columns, v, at.inverse, weights)
    variance = np.sum(np.einsum("ntk,ntk->nt", adjusted, residuals) ** 2, axis=1)
    expected = np.einsum("ntk,ntk->n", v, weights**2)
    return variance, _df(s.tree, at, columns, adjusted, root_n, expected)


def _rotated(working: Working, root_n: Array) -> tuple[Array, Array]:
    """X_t and residuals of each cluster: the mean times sqrt(n), then the deviations.

    Returns
    -------
    columns : ndarray, shape (N, n_inner, 1 + v, p)
    residuals : ndarray, shape (N, n_inner, 1 + v)
    """
    s, beta = working.statistics, working.profile.coefficients
    p, varying = beta.shape[1], list(working.varying)
    scatter = working.scatter
    gram = scatter[..., :-1, :-1]
    # gram = w C w, C of unit diagonal: Q = X_w w^-1 C^(-1/2) is orthonormal and X_w = Q C^(1/2) w.
    width = np.sqrt(np.diagonal(gram, axis1=-2, axis2=-1))
    inverse_width = np.where(width > 0, 1 / np.where(width > 0, width, 1.0), 0.0)
    root, inverse_root = _roots(gram * inverse_width[..., None] * inverse_width[..., None, :])
    n, n_inner, size = gram.shape[:3]
    columns = np.zeros((n, n_inner, 1 + size, p))
    columns[:, :, 0] = s.means[..., :p] * root_n[:, None]
    columns[:, :, 1:, varying] = root * width[..., None, :]
    residuals = np.empty((n, n_inner, 1 + size))
    fitted = np.einsum("ntp,np->nt", s.means[..., :p], beta)
    residuals[..., 0] = (s.means[..., p] - fitted) * root_n
    left = scatter[..., :-1, -1] - np.einsum("ntij,nj->nti", gram, beta[:, varying])
    residuals[..., 1:] = np.einsum("ntij,ntj->nti", inverse_root, inverse_width * left)
    return columns, residuals


def _adjust(columns: Array, v: Array, inverse: Array, weights: Array) -> Array:
    """A_t times the weights of the contrast, in units of sigma^2 = 1."""
    remaining = -columns @ inverse[:, None] @ np.swapaxes(columns, -1, -2)
    diagonal = np.arange(v.shape[-1])
    remaining[..., diagonal, diagonal] += v
    root = np.sqrt(v)
    values, vectors = graded_eigh(root[..., :, None] * remaining * root[..., None, :])
    # A direction is spent if the remaining variance is none of that of V along it.
    whole = np.einsum("ntik,nti->ntk", vectors**2, v**2)
    keep = values > SPENT * whole
    inverse = np.where(keep, 1 / np.sqrt(np.where(keep, values, 1.0)), 0.0)
    turned = np.einsum("ntik,nti->ntk", vectors, root * weights)
    adjusted: Array = root * np.einsum("ntik,ntk->nti", vectors, inverse * turned)
    return adjusted


def _df(
    tree: Tree, at: Profile, columns: Array, adjusted: Array, root_n: Array, expected: Array
) -> Array:
    """tr(B)^2 / sum B^2, B the covariance of the clusters' adjusted scores, never formed.

    B = diag(e) + E, E = sum_l gamma_l (o o') where two clusters share level l, less x A^-1 x'.
    """
    e = np.einsum("ntk,ntk->nt", adjusted, adjusted)
    o = adjusted[..., 0] * root_n
    x = np.einsum("ntk,ntkp->ntp", adjusted, columns)
    solved = x @ at.inverse
    own = at.ratios.sum(axis=1)[:, None] * o * o - np.einsum("ntp,ntp->nt", x, solved)
    trace = (e + own).sum(axis=1)
    square = np.sum(e * e + 2 * e * own, axis=1)
    gram = np.swapaxes(solved, 1, 2) @ x
    square += np.einsum("nij,nji->n", gram, gram)
    for level in range(tree.n_levels):
        gamma = at.ratios[:, level]
        shared = tree.to_level((o * o)[..., None], level)[..., 0]
        # Clusters of this level pair with those above that hold them.
        pairs = gamma * (gamma + 2 * at.ratios[:, :level].sum(axis=1))
        square += pairs * np.sum(shared * shared, axis=1)
        y = tree.to_level(o[..., None] * x, level)
        square -= 2 * gamma * np.sum((y @ at.inverse) * y, axis=(1, 2))
    is_lost = trace < (1 - LOST) * expected
    df: Array = np.where(is_lost, np.nan, trace**2 / np.where(is_lost, 1.0, square))
    return df


def graded_eigh(matrices: Array) -> tuple[Array, Array]:
    """Eigenvalues and vectors of stacks of positive matrices whose entries differ by many orders.

    Jacobi's rotations keep the digits of small eigenvalues beside large ones, which those of
    LAPACK need not (Demmel & Veselic 1992, SIAM Journal on Matrix Analysis and Applications 13,
    1204-1245).

    Parameters
    ----------
    matrices : ndarray, shape (..., m, m)
        Symmetric.

    Returns
    -------
    values : ndarray, shape (..., m)
    vectors : ndarray, shape (..., m, m)
        In columns.

    Examples
    --------
    >>> values, _ = graded_eigh(np.array([[1e20, 1e9], [1e9, 1.0]]))
    >>> sorted(values.round(6).tolist())
    [0.99, 1e+20]
    """
    a = matrices.copy()
    size = a.shape[-1]
    vectors = np.broadcast_to(np.eye(size), a.shape).copy()
    for _ in range(SWEEPS):
        is_done = True
        for p in range(size):
            for q in range(p + 1, size):
                off, app, aqq = a[..., p, q], a[..., p, p], a[..., q, q]
                rotate = np.abs(off) > 1e-17 * np.sqrt(np.abs(app * aqq))
                if not rotate.any():
                    continue
                is_done = False
                tau = (aqq - app) / np.where(rotate, 2 * off, 1.0)
                t = np.where(tau < 0, -1.0, 1.0) / (np.abs(tau) + np.hypot(1.0, tau))
                t = np.where(rotate, t, 0.0)
                c = 1 / np.hypot(1.0, t)
                turn = np.stack([np.stack([c, t * c], -1), np.stack([-t * c, c], -1)], -2)
                lower, upper = app - t * off, aqq + t * off
                a[..., :, [p, q]] = a[..., :, [p, q]] @ turn
                a[..., [p, q], :] = np.swapaxes(turn, -1, -2) @ a[..., [p, q], :]
                a[..., p, p], a[..., q, q] = lower, upper
                a[..., p, q] = a[..., q, p] = np.where(rotate, 0.0, off)
                vectors[..., :, [p, q]] = vectors[..., :, [p, q]] @ turn
        if is_done:
            break
    return np.diagonal(a, axis1=-2, axis2=-1), vectors


def _roots(matrices: Array) -> tuple[Array, Array]:
    """Symmetric square root and its pseudo-inverse."""
    values, vectors = np.linalg.eigh((matrices + np.swapaxes(matrices, -1, -2)) / 2)
    values = np.maximum(values, 0.0)
    keep = values > 1e-10 * values[..., -1:]
    inverse = np.where(keep, 1 / np.sqrt(np.where(keep, values, 1.0)), 0.0)
    turned = np.swapaxes(vectors, -1, -2)
    root: Array = (vectors * np.sqrt(values)[..., None, :]) @ turned
    inverse_root: Array = (vectors * inverse[..., None, :]) @ turned
    return root, inverse_root
