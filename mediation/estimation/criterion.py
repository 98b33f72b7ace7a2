"""The (restricted) likelihood of nested random intercepts, from statistics of the clusters.

With rows rotated inside each innermost cluster into its mean and deviations, V = sigma^2 H: H is
the identity on deviations and I + sum_l gamma_l Z_l Z_l' on the means. Its inverse is applied by
one pass up and one down the tree of clusters, so that no matrix larger than the number of
coefficients is formed. The criterion is that of Patterson & Thompson (1971), Biometrika 58,
545-554, with sigma^2 profiled out as in Bates et al. (2015), Journal of Statistical Software
67(1), sec. 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.nested import NestedStatistics, Tree
from mediation.vocabulary import Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """The criterion of N regressions at some variance ratios, with what it is made of.

    Attributes
    ----------
    ratios : ndarray, shape (N, n_levels)
    value : ndarray, shape (N,)
        -2 log (restricted) likelihood, constants included.
    gradient : ndarray, shape (N, n_levels)
    hessian : ndarray, shape (N, n_levels, n_levels)
    coefficients : ndarray, shape (N, p)
    sigma2 : ndarray, shape (N,)
    cross : ndarray, shape (N, p + 1, p + 1)
        z' H^-1 z.
    inverse : ndarray, shape (N, p, p)
        (X' H^-1 X)^-1.
    first : ndarray, shape (N, n_levels, p + 1, p + 1)
        z' H^-1 D_l H^-1 z, D_l = Z_l Z_l'.
    second : ndarray, shape (N, n_levels, n_levels, p + 1, p + 1)
        z' H^-1 D_k H^-1 D_l H^-1 z, its symmetric part.
    trace_first : ndarray, shape (N, n_levels)
        tr(H^-1 D_l).
    trace_second : ndarray, shape (N, n_levels, n_levels)
        tr(H^-1 D_k H^-1 D_l).
    """

    ratios: Array
    value: Array
    gradient: Array
    hessian: Array
    coefficients: Array
    sigma2: Array
    cross: Array
    inverse: Array
    first: Array
    second: Array
    trace_first: Array
    trace_second: Array

    def __getitem__(self, which: IntArray | BoolArray | slice) -> Profile:
        """Return the profiles of some of the regressions."""
        return Profile(**{name: getattr(self, name)[which] for name in self.__slots__})


def profile(s: NestedStatistics, ratios: Array, likelihood: Likelihood) -> Profile:
    """Criterion, gradient and Hessian; w = (-beta, 1) turns columns of z into residuals.

    With C_l = z'H^-1 D_l H^-1 z and F_kl = z'H^-1 D_k H^-1 D_l H^-1 z, the parts of the criterion
    log|H|, log|A|, A = x'H^-1 x, and df log(rss) have the derivatives tr(H^-1 D_l), -tr(A^-1 C_l)
    and -df w'C_l w / rss; log|A| is a part of REML alone.
    """
    p = s.means.shape[-1] - 1
    sums, factors = tree_factors(s.tree, ratios)
    solved = blups(s.tree, ratios, sums, factors, s.means)
    cross = s.deviations + np.swapaxes(s.means, -1, -2) @ solved[-1]
    inverse, beta, rss, log_det = sweep(cross)
    df = sigma2_df(s, likelihood)
    first = np.stack([np.swapaxes(g, -1, -2) @ g for g in solved], axis=1)
    second = _second(s.tree, ratios, sums, factors, solved)
    determinant, trace_first, trace_second = _log_det(s.tree, ratios)
    w = np.concatenate([-beta, np.ones_like(rss)[:, None]], axis=1)
    squared = w[:, :, None] * w[:, None, :]
    q = np.einsum("nlij,nij->nl", first, squared) / rss[:, None]
    scores = np.einsum("nlij,nj->nli", first, w)[..., :p]
    bent = np.einsum("nklij,nij->nkl", second, squared)
    bent -= scores @ inverse @ np.swapaxes(scores, 1, 2)
    gradient = trace_first - df[:, None] * q
    hessian = -trace_second + df[:, None, None] * (
        2 * bent / rss[:, None, None] - q[:, :, None] * q[:, None, :]
    )
    value = df * (np.log(2 * np.pi * rss / df) + 1.0) + determinant
    if likelihood is Likelihood.REML:
        weighed = inverse[:, None] @ first[..., :p, :p]
        value = value + log_det
        gradient = gradient - np.trace(weighed, axis1=-2, axis2=-1)
        hessian = hessian + 2 * np.einsum("nij,nklij->nkl", inverse, second[..., :p, :p])
        hessian -= np.einsum("nkij,nlji->nkl", weighed, weighed)
    return Profile(
        ratios=ratios,
        value=value,
        gradient=gradient,
        hessian=hessian,
        coefficients=beta,
        sigma2=rss / df,
        cross=cross,
        inverse=inverse,
        first=first,
        second=second,
        trace_first=trace_first,
        trace_second=trace_second,
    )


def sigma2_df(s: NestedStatistics, likelihood: Likelihood) -> Array:
    """Rows less coefficients for REML, rows for ML, shape (N,)."""
    lost = s.n_coefficients if likelihood is Likelihood.REML else np.zeros_like(s.n_coefficients)
    return (s.tree.n_rows - lost).astype(np.float64)


def tree_factors(tree: Tree, ratios: Array) -> tuple[list[Array], list[Array]]:
    """S_c = 1'V_c^-1 1 over what lies below cluster c, and 1 / (1 + gamma S_c), by level."""
    sums, factors = [tree.sizes[:, None]], []
    for level in reversed(range(tree.n_levels)):
        factors.append(1 / (1 + ratios[..., level, None, None] * sums[-1]))
        if level > 0:
            sums.append(tree.to_parents(sums[-1] * factors[-1], level - 1))
    return sums[::-1], factors[::-1]


def blups(
    tree: Tree, ratios: Array, sums: list[Array], factors: list[Array], means: Array
) -> list[Array]:
    """Z_l' H^-1 v for every level l, v the rows whose cluster means are `means`.

    gamma_l times it are the best linear predictions of the effects of level l, which is how it is
    found: sums go up the tree, predictions come down and are taken off.
    """
    totals = [tree.sizes[:, None] * means]
    for level in range(tree.n_levels - 2, -1, -1):
        totals.append(tree.to_parents(totals[-1] * factors[level + 1], level))
    solved = [factors[0] * totals[-1]]
    above = ratios[..., 0, None, None] * solved[0]
    for level in range(1, tree.n_levels):
        above = above[..., tree.parents[level - 1], :]
        rest = totals[tree.n_levels - 1 - level] - sums[level] * above
        solved.append(factors[level] * rest)
        above = above + ratios[..., level, None, None] * solved[-1]
    return solved


def _second(
    tree: Tree, ratios: Array, sums: list[Array], factors: list[Array], solved: list[Array]
) -> Array:
    """Z' H^-1 D_k H^-1 D_l H^-1 z for all pairs of levels, symmetric part."""
    n_levels, q = tree.n_levels, solved[0].shape[-1]
    spread = [tree.to_inner(g, level) for level, g in enumerate(solved)]
    again = blups(tree, ratios, sums, factors, np.concatenate(spread, axis=-1))
    second = np.empty((len(solved[0]), n_levels, n_levels, q, q))
    for k, g in enumerate(solved):
        both = np.swapaxes(g, -1, -2) @ again[k]
        for m in range(n_levels):
            second[:, k, m] = both[..., m * q : (m + 1) * q]
    flipped: Array = (second + second.transpose(0, 2, 1, 4, 3)) / 2
    return flipped


def _log_det(tree: Tree, ratios: Array) -> tuple[Array, Array, Array]:
    """log|H| and its derivatives: tr(H^-1 D_l), and tr(H^-1 D_k H^-1 D_l).

    log|H| is the sum of log(1 + gamma S) over all clusters; S of a cluster is the sum of
    S / (1 + gamma S) over its children, differentiated on the way up.
    """
    n_levels = tree.n_levels
    value = np.zeros(len(ratios))
    first = np.zeros((len(ratios), n_levels))
    second = np.zeros((len(ratios), n_levels, n_levels))
    s = np.broadcast_to(tree.sizes, (len(ratios), len(tree.sizes)))
    ds: dict[int, Array] = {}
    dds: dict[tuple[int, int], Array] = {}
    for level in reversed(range(n_levels)):
        gamma = ratios[:, level, None]
        f = 1 / (1 + gamma * s)
        h = s * f
        value -= np.log(f).sum(axis=1)
        first[:, level] += h.sum(axis=1)
        second[:, level, level] += (h * h).sum(axis=1)
        up = {level: -h * h}
        up2 = {(level, level): 2 * h**3}
        for k, slope in ds.items():
            up[k] = f * f * slope
            up2[level, k] = -2 * h * up[k]
            first[:, k] += (gamma * f * slope).sum(axis=1)
            second[:, level, k] -= up[k].sum(axis=1)
            for m in [m for m in ds if m >= k]:
                bend = gamma * f * slope * ds[m]
                second[:, k, m] += (gamma * f * (bend - dds[k, m])).sum(axis=1)
                up2[k, m] = f * f * (dds[k, m] - 2 * bend)
        if level > 0:
            starts = tree.first_children[level - 1]
            s = np.add.reduceat(h, starts, axis=1)
            ds = {k: np.add.reduceat(v, starts, axis=1) for k, v in up.items()}
            dds = {k: np.add.reduceat(v, starts, axis=1) for k, v in up2.items()}
    lower = np.tril_indices(n_levels, -1)
    second[:, lower[0], lower[1]] = second[:, lower[1], lower[0]]
    return value, first, second


def sweep(cross: Array) -> tuple[Array, Array, Array, Array]:
    """Sweep x out of z'z, shape (..., p + 1, p + 1): (x'x)^-1, beta, residual sum, log|x'x|."""
    swept = cross.copy()
    p = cross.shape[-1] - 1
    log_det = np.zeros(cross.shape[:-2])
    for k in range(p):
        pivot = swept[..., k, k].copy()
        row = swept[..., k, :] / pivot[..., None]
        column = swept[..., :, k].copy()
        swept -= column[..., :, None] * row[..., None, :]
        swept[..., k, :] = row
        swept[..., :, k] = -column / pivot[..., None]
        swept[..., k, k] = 1 / pivot
        log_det += np.log(pivot)
    return swept[..., :p, :p], swept[..., :p, p], swept[..., p, p], log_det
