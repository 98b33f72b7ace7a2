"""Cluster-robust CR2 variance of one coefficient of a mixed model, with Satterthwaite df.

Bell & McCaffrey (2002); Pustejovsky & Tipton (2018), Journal of Business & Economic Statistics
36, 672-683, eqs. 6-11: residuals of each cluster are multiplied by
A_t = T_t' (T_t [(I-H) V (I-H)']_tt T_t')^(-1/2) T_t with T_t' T_t = V_tt, which makes the
sandwich unbiased under the working model V. For generalised least squares
(I-H) V (I-H)' = V - X Phi X', so every matrix needed differs from a multiple of the identity only
on the span of the cluster's columns of [1, X].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.estimation.reml import RemlFit


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """The mixed model as the working model of the sandwich.

    Attributes
    ----------
    x : ndarray, shape (n_rows, p)
    residuals : ndarray, shape (n_rows,)
    codes : tuple of ndarray of int, shape (n_rows,) each
        Cluster codes, outermost first. The sandwich clusters by the innermost.
    fit : RemlFit
    model_covariance : ndarray, shape (p, p)
        Phi = (X' V^-1 X)^-1.
    """

    x: Array
    residuals: Array
    codes: tuple[IntArray, ...]
    fit: RemlFit
    model_covariance: Array


def cr2_variance(working: Working, contrast: Array) -> tuple[float, float]:
    """CR2 variance of one contrast of the coefficients, and its df.

    Parameters
    ----------
    working : Working
    contrast : ndarray, shape (p,)

    Returns
    -------
    variance, df : float
    """
    basis = _Bases(working)
    scores = basis.score(contrast)
    adjusted = np.einsum("tij,tj->ti", basis.adjustment, scores)
    in_basis = np.einsum("tij,ti->tj", basis.to_basis, basis.sums_with_residuals)
    variance = float(np.sum(np.einsum("ti,ti->t", adjusted, in_basis) ** 2))
    moments = basis.residual_moments(adjusted)
    df = float(np.trace(moments) ** 2 / np.sum(moments**2))
    return variance, df


class _Bases:
    """Per cluster, an orthonormal basis Q of span[1, X] and what is needed on it."""

    def __init__(self, working: Working) -> None:
        inner = working.codes[-1]
        self.working = working
        n_clusters = int(inner.max()) + 1
        columns = np.column_stack([np.ones(len(inner)), working.x])
        order = np.argsort(inner, kind="stable")
        starts = np.searchsorted(inner[order], np.arange(n_clusters))
        products = columns[order][:, :, None] * columns[order][:, None, :]
        gram = np.add.reduceat(products, starts)
        self.sums_with_residuals = np.add.reduceat(
            columns[order] * working.residuals[order][:, None], starts
        )
        self.sizes = np.bincount(inner).astype(np.float64)
        # Q = [1, X] to_basis, and [1, X]'Q = gram to_basis.
        self.to_basis = _inverse_root(gram)
        self.columns_in_basis = gram @ self.to_basis
        self.levels = np.stack([c[order][starts] for c in working.codes])
        self.adjustment = self._adjustment()

    def _adjustment(self) -> Array:
        fit, phi = self.working.fit, self.working.model_covariance
        ones = self.columns_in_basis[:, 0, :]
        x = self.columns_in_basis[:, 1:, :]
        total = fit.sigma2 * float(fit.ratios.sum())
        v = fit.sigma2 * np.eye(ones.shape[1]) + total * ones[:, :, None] * ones[:, None, :]
        root = _root(v)
        remaining = v - np.einsum("tki,kl,tlj->tij", x, phi, x)
        return root @ _inverse_root(root @ remaining @ root) @ root

    def score(self, contrast: Array) -> Array:
        """Coordinates in Q of c_t = rows of V^-1 X Phi contrast, shape (n_clusters, p + 1)."""
        working = self.working
        direction = working.model_covariance @ contrast
        inner = working.codes[-1]
        values = working.x @ direction
        means = np.bincount(inner, weights=values) / self.sizes
        solved = self._solve_means(means)
        # c_t = [X_t d - 1 mean + 1 solved] / sigma^2
        weights = np.zeros((len(means), working.x.shape[1] + 1))
        weights[:, 0] = solved - means
        weights[:, 1:] = direction
        in_basis: Array = np.einsum("tki,tk->ti", self.columns_in_basis, weights)
        return in_basis / working.fit.sigma2

    def _solve_means(self, means: Array) -> Array:
        """H^-1 applied to cluster means, undoing the scaling by sqrt(size)."""
        roots = np.sqrt(self.sizes)
        solved = np.empty_like(means)
        for block in range(int(self.levels[0].max()) + 1):
            at = np.flatnonzero(self.levels[0] == block)
            h = np.eye(len(at)) + self._shared(at) * np.outer(roots[at], roots[at])
            solved[at] = np.linalg.solve(h, roots[at] * means[at]) / roots[at]
        return solved

    def _shared(self, at: IntArray) -> Array:
        """Sum of variance ratios of the levels that two clusters share, shape (m, m)."""
        same = self.levels[:, at, None] == self.levels[:, None, at]
        shared: Array = np.einsum("l,lst->st", self.working.fit.ratios, same)
        return shared

    def residual_moments(self, adjusted: Array) -> Array:
        """Covariances of the clusters' adjusted scores under the working model."""
        fit = self.working.fit
        ones = np.einsum("ti,ti->t", self.columns_in_basis[:, 0, :], adjusted)
        x = np.einsum("tki,ti->tk", self.columns_in_basis[:, 1:, :], adjusted)
        everyone = np.arange(len(ones))
        moments: Array = fit.sigma2 * self._shared(everyone) * np.outer(ones, ones)
        moments -= x @ self.working.model_covariance @ x.T
        moments[everyone, everyone] += fit.sigma2 * np.sum(adjusted**2, axis=1)
        return moments


def _root(matrices: Array) -> Array:
    values, vectors = np.linalg.eigh(matrices)
    scaled = vectors * np.sqrt(np.maximum(values, 0.0))[:, None, :]
    root: Array = scaled @ np.swapaxes(vectors, 1, 2)
    return root


def _inverse_root(matrices: Array) -> Array:
    """Pseudo-inverse of the symmetric square root."""
    values, vectors = np.linalg.eigh((matrices + np.swapaxes(matrices, 1, 2)) / 2)
    keep = values > 1e-10 * values[:, -1:]
    inverse = np.where(keep, 1 / np.sqrt(np.where(keep, values, 1.0)), 0.0)
    root: Array = (vectors * inverse[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return root
