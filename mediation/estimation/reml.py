"""REML for nested random intercepts, from sufficient statistics of the clusters.

Rows are rotated inside each innermost cluster into its mean, times the square root of its
size, and deviations from it. Deviations have variance sigma^2 and enter as one cross-product;
the means of one outermost cluster have covariance sigma^2 H, H = I + sum_l gamma_l D_l, with
D_l[s, t] = sqrt(n_s n_t) where s and t share their level-l cluster. No n x n matrix is formed.
The criterion is that of Patterson & Thompson (1971), Biometrika 58, 545-554, with sigma^2
profiled out as in Bates et al. (2015), Journal of Statistical Software 67(1), eq. 41.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from mediation.arrays import Array, BoolArray, IntArray, read_only
from mediation.vocabulary import Convergence


@dataclass(frozen=True, slots=True, eq=False)
class NestedStatistics:
    """Sufficient statistics of one equation. Columns of z are those of x, then y.

    Attributes
    ----------
    deviations : ndarray, shape (p + 1, p + 1)
        Cross-product of the deviations from innermost cluster means.
    means : ndarray, shape (n_blocks, m, p + 1)
        sqrt(n) times cluster means, by outermost cluster, padded with zero rows.
    patterns : ndarray, shape (n_levels, n_blocks, m, m)
        The D_l, outermost level first.
    n_rows, n_inner : int
        Rows, and innermost clusters.
    """

    deviations: Array
    means: Array
    patterns: Array
    n_rows: int
    n_inner: int

    @property
    def n_coefficients(self) -> int:
        """Columns of x."""
        return int(self.deviations.shape[0]) - 1

    @property
    def n_padding(self) -> int:
        """Zero rows that fill the blocks."""
        return int(self.means.shape[0] * self.means.shape[1]) - self.n_inner


@dataclass(frozen=True, slots=True, eq=False)
class RemlFit:
    """The REML solution.

    Attributes
    ----------
    coefficients : ndarray, shape (p,)
    ratios : ndarray, shape (n_levels,)
        gamma_l: variance of level l over the residual variance, outermost first.
    sigma2 : float
        Residual variance.
    criterion : float
        -2 log restricted likelihood, constants included.
    convergence : Convergence
    """

    coefficients: Array
    ratios: Array
    sigma2: float
    criterion: float
    convergence: Convergence


def nested_statistics(x: Array, y: Array, codes: tuple[IntArray, ...]) -> NestedStatistics:
    """Reduce rows to the statistics of nested clusters.

    Parameters
    ----------
    x : ndarray, shape (n_rows, p)
    y : ndarray, shape (n_rows,)
    codes : tuple of ndarray of int, shape (n_rows,) each
        Cluster codes, outermost first, each level nested in the one before.
    """
    z = np.column_stack([x, y])
    inner = codes[-1]
    sizes = np.bincount(inner).astype(np.float64)
    sums = [np.bincount(inner, weights=column) for column in z.T]
    means = np.stack(sums, axis=1).astype(np.float64)
    means = means / sizes[:, None]
    spread = z - means[inner]
    first = np.unique(inner, return_index=True)[1]
    levels = np.stack([code[first] for code in codes])
    order = np.argsort(levels[0], kind="stable")
    counts = np.bincount(levels[0])
    block = levels[0][order]
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(counts), int(counts.max()))
    roots = np.zeros(shape)
    roots[block, place] = np.sqrt(sizes[order])
    padded = np.zeros((*shape, z.shape[1]))
    padded[block, place] = roots[block, place][:, None] * means[order]
    labels = np.full((len(codes), *shape), -1)
    labels[:, block, place] = levels[:, order]
    same = labels[:, :, :, None] == labels[:, :, None, :]
    patterns = same * (roots[:, :, None] * roots[:, None, :])
    return NestedStatistics(
        read_only(spread.T @ spread),
        read_only(padded),
        read_only(patterns),
        len(y),
        len(sizes),
    )


def fit_reml(statistics: NestedStatistics) -> RemlFit:
    """Minimise the restricted likelihood over variance ratios >= 0.

    Parameters
    ----------
    statistics : NestedStatistics

    Returns
    -------
    RemlFit
        `convergence` is BOUNDARY if a variance is zero at the minimum.
    """
    n_levels = statistics.patterns.shape[0]
    starts = [np.full(n_levels, start) for start in (0.05, 0.5)]
    best = min((_descend(statistics, start) for start in starts), key=lambda found: found[0])
    ratios, is_minimum = _polish(statistics, best[1])
    value, _, beta, sigma2 = _evaluate(statistics, ratios)
    convergence = Convergence.CONVERGED
    if not is_minimum:
        convergence = Convergence.NOT_CONVERGED
    elif np.any(ratios == 0.0):
        convergence = Convergence.BOUNDARY
    return RemlFit(read_only(beta), read_only(ratios), sigma2, value, convergence)


def _evaluate(s: NestedStatistics, ratios: Array) -> tuple[float, Array, Array, float]:
    """Criterion, its gradient in the ratios, coefficients and residual variance."""
    p = s.n_coefficients
    df = s.n_rows - p
    h = np.eye(s.means.shape[1]) + np.einsum("l,lbst->bst", ratios, s.patterns)
    solved = np.linalg.solve(h, s.means)
    cross = s.deviations + np.einsum("bsi,bsj->ij", s.means, solved)
    information = cross[:p, :p]
    beta = np.linalg.solve(information, cross[:p, p])
    sigma2 = float(cross[p, p] - cross[:p, p] @ beta) / df
    log_det_h = float(np.linalg.slogdet(h)[1].sum())
    log_det_a = float(np.linalg.slogdet(information)[1])
    value = df * (np.log(2 * np.pi * sigma2) + 1.0) + log_det_h + log_det_a
    x_solved = solved[..., :p]
    r_solved = solved[..., p] - x_solved @ beta
    gradient = np.empty(len(ratios))
    inverse = np.linalg.inv(h)
    for level, d in enumerate(s.patterns):
        curved = np.einsum("bsi,bst,btj->ij", x_solved, d, x_solved, optimize=True)
        gradient[level] = (
            np.einsum("bst,bts->", inverse, d)
            - np.trace(np.linalg.solve(information, curved))
            - np.einsum("bs,bst,bt->", r_solved, d, r_solved, optimize=True) / sigma2
        )
    return float(value), gradient, beta, sigma2


def _descend(s: NestedStatistics, start: Array) -> tuple[float, Array]:
    def objective(ratios: Array) -> tuple[float, Array]:
        value, gradient, _, _ = _evaluate(s, ratios)
        return value, gradient

    found = minimize(
        objective,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, None)] * len(start),
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )
    return float(found.fun), np.asarray(found.x, dtype=np.float64)


def _polish(s: NestedStatistics, ratios: Array) -> tuple[Array, bool]:
    """Newton steps on the ratios that are free, and whether the end is a minimum.

    A ratio near zero whose derivative is positive there lies on the boundary.
    """
    ratios = ratios.copy()
    for _ in range(20):
        near_zero = ratios < 1e-6
        if near_zero.any():
            trial = np.where(near_zero, 0.0, ratios)
            gradient = _evaluate(s, trial)[1]
            ratios = np.where(near_zero & (gradient > 0), 0.0, ratios)
        value, gradient, _, _ = _evaluate(s, ratios)
        free = (ratios > 0) | (gradient < 0)
        if not free.any():
            return ratios, True
        hessian = _hessian(s, ratios, free)
        curvature = np.linalg.eigvalsh(hessian)
        if curvature[0] <= 0:
            # Saddle or flat ridge: only a vanishing gradient makes it an answer.
            return ratios, bool(np.abs(gradient[free]).max() < 1e-3)
        step: Array = np.asarray(np.linalg.solve(hessian, -gradient[free]), dtype=np.float64)
        if np.all(np.abs(step) <= 1e-10 * (ratios[free] + 1e-4)):
            return ratios, True
        ratios = _step(s, ratios, free, step, value)
    return ratios, bool(np.all(np.abs(step) <= 1e-6 * (ratios[free] + 1e-4)))


def _step(s: NestedStatistics, ratios: Array, free: BoolArray, step: Array, value: float) -> Array:
    """Shorten a Newton step until the criterion does not rise; ratios stay at or above zero."""
    for _ in range(30):
        trial = ratios.copy()
        trial[free] = np.maximum(ratios[free] + step, 0.0)
        if _evaluate(s, trial)[0] <= value + 1e-9 * abs(value):
            return trial
        step = step / 2
    return ratios


def _hessian(s: NestedStatistics, ratios: Array, free: BoolArray) -> Array:
    """Central differences of the gradient over the free ratios (one-sided at zero)."""
    index = np.flatnonzero(free)
    rows = []
    for k in index:
        width = 1e-4 * (ratios[k] + 1e-3)
        up, down = ratios.copy(), ratios.copy()
        up[k] += width
        down[k] = max(down[k] - width, 0.0)
        change = _evaluate(s, up)[1] - _evaluate(s, down)[1]
        rows.append(change[index] / (up[k] - down[k]))
    hessian = np.stack(rows)
    symmetric: Array = (hessian + hessian.T) / 2
    return symmetric
