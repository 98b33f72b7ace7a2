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

from mediation.arrays import Array, IntArray, read_only
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

    Newton's method with the exact second derivatives, ratios that want to be negative held at
    zero, from two starting points, since the criterion of nested intercepts can have two minima.

    Parameters
    ----------
    statistics : NestedStatistics

    Returns
    -------
    RemlFit
        `convergence` is BOUNDARY if a variance is zero at the minimum.
    """
    n_levels = statistics.patterns.shape[0]
    ends = [_descend(statistics, np.full(n_levels, start)) for start in (0.05, 0.5)]
    end, is_minimum = min(ends, key=lambda found: found[0].value)
    convergence = Convergence.CONVERGED
    if not is_minimum:
        convergence = Convergence.NOT_CONVERGED
    elif np.any(end.ratios == 0.0):
        convergence = Convergence.BOUNDARY
    return RemlFit(
        read_only(end.coefficients), read_only(end.ratios), end.sigma2, end.value, convergence
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """The criterion at some ratios, with its derivatives in them."""

    ratios: Array
    value: float
    gradient: Array
    hessian: Array
    coefficients: Array
    sigma2: float


def _evaluate(s: NestedStatistics, ratios: Array) -> _Point:
    """Criterion, gradient and Hessian; w = (-beta, 1) turns columns of z into residuals.

    With C_l = z'H^-1 D_l H^-1 z and F_kl = z'H^-1 D_k H^-1 D_l H^-1 z, the parts of the criterion
    log|H|, log|A|, A = x'H^-1 x, and df log(rss) have the derivatives tr(H^-1 D_l), -tr(A^-1 C_l)
    and -df w'C_l w / rss.
    """
    p, levels = s.n_coefficients, range(len(ratios))
    df = s.n_rows - p
    h = np.eye(s.means.shape[1]) + np.tensordot(ratios, s.patterns, axes=1)
    inverse = np.linalg.inv(h)
    solved = inverse @ s.means
    cross = s.deviations + _cross(s.means, solved)
    information = np.linalg.inv(cross[:p, :p])
    beta = information @ cross[:p, p]
    rss = float(cross[p, p] - cross[:p, p] @ beta)
    w = np.append(-beta, 1.0)
    moved = [d @ solved for d in s.patterns]
    again = [inverse @ m for m in moved]
    turned = [inverse @ d for d in s.patterns]
    first = [_cross(solved, m) for m in moved]
    q = np.array([w @ c @ w for c in first])
    scores = [(c @ w)[:p] for c in first]
    weighed = [information @ c[:p, :p] for c in first]
    gradient = np.array([np.trace(turned[i], axis1=1, axis2=2).sum() for i in levels])
    gradient += [-np.trace(a) for a in weighed] - df * q / rss
    hessian = np.empty((len(ratios), len(ratios)))
    for k in levels:
        for m in range(k + 1):
            second = _cross(moved[k], again[m])
            bent = 2 * (w @ second @ w - scores[k] @ information @ scores[m])
            hessian[k, m] = hessian[m, k] = (
                -np.sum(turned[k] * np.swapaxes(turned[m], 1, 2))
                + 2 * np.sum(information * second[:p, :p])
                - np.sum(weighed[k] * weighed[m].T)
                + df * (bent / rss - q[k] * q[m] / rss**2)
            )
    log_dets = np.linalg.slogdet(h)[1].sum() + np.linalg.slogdet(cross[:p, :p])[1]
    value = df * (np.log(2 * np.pi * rss / df) + 1.0) + float(log_dets)
    return _Point(ratios, float(value), gradient, hessian, beta, rss / df)


def _cross(left: Array, right: Array) -> Array:
    """Sum over blocks and their rows of left' right."""
    product: Array = np.tensordot(left, right, axes=([0, 1], [0, 1]))
    return product


def _descend(s: NestedStatistics, start: Array) -> tuple[_Point, bool]:
    """Newton steps from a start, and whether the end is a minimum.

    Ends when a step would change no ratio by more than 1e-10 of itself.
    """
    here = _evaluate(s, start)
    for _ in range(100):
        free = (here.ratios > 0) | (here.gradient < 0)
        if not free.any():
            return here, True
        step = np.zeros_like(start)
        step[free] = _newton_step(here.gradient[free], here.hessian[np.ix_(free, free)])
        target = np.maximum(here.ratios + step, 0.0)
        if np.all(np.abs(target - here.ratios) <= 1e-10 * (here.ratios + 1e-6)):
            return here, True
        following = _shorten(s, here, step)
        if following is None:
            # No step lowers the criterion any more: rounding, if the slope is gone.
            return here, bool(np.abs(here.gradient[free] * (here.ratios[free] + 1e-3)).max() < 1e-5)
        here = following
    return here, False


def _newton_step(gradient: Array, hessian: Array) -> Array:
    """-H^-1 g, downhill even where the criterion is not convex."""
    values, vectors = np.linalg.eigh(hessian)
    size = np.maximum(np.abs(values), 1e-8 * np.abs(values).max() + 1e-300)
    step: Array = -vectors @ ((vectors.T @ gradient) / size)
    return step


def _shorten(s: NestedStatistics, here: _Point, step: Array) -> _Point | None:
    """First of the steps 1, 1/2, 1/4, ... that does not raise the criterion, or None."""
    slack = 1e-13 * abs(here.value)
    for _ in range(40):
        trial = _evaluate(s, np.maximum(here.ratios + step, 0.0))
        if trial.value <= here.value + slack:
            return trial
        step = step / 2
    return None
