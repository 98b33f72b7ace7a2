"""REML and ML for nested random intercepts, from sufficient statistics of the clusters.

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
from mediation.vocabulary import Convergence, Likelihood

# Where the search for the minimum begins, as gamma times the mean cluster size of the level, by
# number of levels: every combination.
GRIDS = {
    1: (0.0, 0.5, 2.0, 8.0, 40.0, 300.0),
    2: (0.0, 1.0, 5.0, 30.0, 300.0),
    3: (0.0, 2.0, 15.0, 150.0),
}
# A start whose criterion is higher than that of the best one by more than this leads nowhere.
MARGIN = 5.0
# Near enough to a minimum to tell which of several is the lowest.
NEAR = 1e-2
MAX_STEPS = 200
MAX_HALVINGS = 40
# Newton's method has arrived when a step would change no ratio by more than this share, or, where
# rounding lets no step lower the criterion, when a step promises less than this much of it.
ARRIVED = 1e-9
ROUNDING = 1e-6
CODES = (Convergence.CONVERGED, Convergence.BOUNDARY, Convergence.NOT_CONVERGED)


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


@dataclass(frozen=True, slots=True, eq=False)
class RemlFit:
    """Solutions of N regressions.

    Attributes
    ----------
    profile : Profile
        The criterion at the solution.
    convergence : tuple of Convergence, length N
        BOUNDARY where a variance is zero at the minimum.
    likelihood : Likelihood
    """

    profile: Profile
    convergence: tuple[Convergence, ...]
    likelihood: Likelihood


def fit_reml(statistics: NestedStatistics, likelihood: Likelihood = Likelihood.REML) -> RemlFit:
    """Minimise the criterion over variance ratios >= 0, for all regressions at once.

    Newton's method with the exact second derivatives, ratios that want to be negative held at
    zero, from the best points of a grid, since the criterion of nested intercepts can have
    several minima.

    Parameters
    ----------
    statistics : NestedStatistics
        Of N regressions.
    likelihood : Likelihood

    Returns
    -------
    RemlFit
    """
    which, starts = _starts(statistics, likelihood)
    n = len(statistics.n_coefficients)
    here = profile(statistics[which] if len(which) > n else statistics, starts, likelihood)
    if len(which) > n:
        enough = np.where(np.bincount(which)[which] > 1, NEAR, 0.0)
        here, _ = _descend(statistics[which], here, likelihood, enough)
        order = np.lexsort((here.value, which))
        here = here[order[np.searchsorted(which[order], np.arange(n))]]
    ends, has_arrived = _descend(statistics, here, likelihood)
    at_zero = np.any(ends.ratios == 0.0, axis=1)
    codes = np.where(has_arrived, np.where(at_zero, 1, 0), 2)
    return RemlFit(ends, tuple(CODES[code] for code in codes), likelihood)


def _descend(
    statistics: NestedStatistics, here: Profile, likelihood: Likelihood, enough: Array | float = 0.0
) -> tuple[Profile, BoolArray]:
    """Newton steps from one point per regression, and whether they ended at a minimum.

    Solutions are written over `here`. A regression whose next step promises to lower the
    criterion by less than `enough` is left.
    """
    size = _cluster_sizes(statistics.tree)
    step, moving, promise = _newton_step(here, size)
    halvings = np.zeros(len(step), dtype=np.int64)
    for _ in range(MAX_STEPS):
        todo = np.flatnonzero(moving & (halvings <= MAX_HALVINGS) & (promise > enough))
        if len(todo) == 0:
            break
        part = statistics if len(todo) == len(step) else statistics[todo]
        there = profile(part, _moved(here.ratios[todo], step[todo], size), likelihood)
        is_lower = there.value <= here.value[todo] * (1 + 1e-13 * np.sign(here.value[todo]))
        better, worse = todo[is_lower], todo[~is_lower]
        step[worse] /= 2
        halvings[worse] += 1
        halvings[better] = 0
        there = there if len(better) == len(todo) else there[is_lower]
        _put(there, better, here)
        step[better], moving[better], promise[better] = _newton_step(there, size)
    return here, ~moving | (promise < ROUNDING)


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
    inverse, beta, rss, log_det = _solve(cross)
    df = _df(s, likelihood)
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


def _df(s: NestedStatistics, likelihood: Likelihood) -> Array:
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


def _solve(cross: Array) -> tuple[Array, Array, Array, Array]:
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


def _starts(s: NestedStatistics, likelihood: Likelihood) -> tuple[IntArray, Array]:
    """Points of the grid from which to search: regression and ratios of each.

    The minima of nested intercepts differ in the level to which a variance is given, so that the
    best point is taken of those in which each level's ratio, times its cluster size, is the
    largest, and of those in which it is the only one. All within `MARGIN` of the best are kept.
    """
    n_levels = s.tree.n_levels
    points = np.array(GRIDS[n_levels])
    places = np.indices((len(points),) * n_levels).reshape(n_levels, -1).T
    values = _grid(s, points, likelihood)
    leading = n_levels - 1 - np.argmax(places[:, ::-1], axis=1)
    is_alone = (places > 0).sum(axis=1) <= 1
    kinds = [leading == k for k in range(n_levels)]
    kinds += [kind & is_alone for kind in kinds if n_levels > 1]
    chosen = np.stack([np.argmin(np.where(k, values, np.inf), axis=1) for k in kinds], axis=1)
    found = np.take_along_axis(values, chosen, axis=1)
    keep = found <= found.min(axis=1, keepdims=True) + MARGIN
    # A neighbour of a better start leads where that leads.
    order = np.argsort(found, axis=1, kind="stable")
    near = np.abs(places[chosen][:, :, None] - places[chosen][:, None]).sum(axis=-1) <= 1
    is_better = np.argsort(order, axis=1)[:, None, :] < np.argsort(order, axis=1)[:, :, None]
    keep &= ~np.any(near & is_better, axis=2)
    which, kind = np.nonzero(keep)
    return which, points[places[chosen[which, kind]]] / _cluster_sizes(s.tree)


def _grid(s: NestedStatistics, points: Array, likelihood: Likelihood) -> Array:
    """Criterion at all combinations of points, but for constants; outermost level slowest.

    z'H^-1 z is z'z less gamma f g g' of every cluster, g and S from its children. What lies below
    a level is summed once for every point of the levels below, then used for all of its own.
    """
    tree = s.tree
    sizes = _cluster_sizes(tree)
    totals = (tree.sizes[:, None] * s.means)[:, None]
    cross = (s.deviations + np.swapaxes(s.means, -1, -2) @ totals[:, 0])[:, None]
    below = tree.sizes[None]
    log_det = np.zeros(1)
    n, q = len(s.means), s.means.shape[-1]
    for level in reversed(range(tree.n_levels)):
        gamma = points[:, None, None] / sizes[level]
        factor = 1 / (1 + gamma * below)
        log_det = (log_det - np.log(factor).sum(axis=2)).reshape(-1)
        squares = (totals[..., :, None] * totals[..., None, :]).reshape(
            n, 1, *totals.shape[1:3], q * q
        )
        taken = np.swapaxes(gamma * factor, 0, 1) @ squares[:, 0]
        cross = cross[:, None] - np.swapaxes(taken.reshape(n, -1, len(points), q, q), 1, 2)
        cross = cross.reshape(n, -1, q, q)
        if level > 0:
            totals = totals[:, None] * factor[None, ..., None]
            totals = tree.to_parents(totals, level - 1).reshape(
                n, -1, len(tree.first_children[level - 1]), q
            )
            below = np.add.reduceat(below * factor, tree.first_children[level - 1], axis=2)
            below = below.reshape(-1, below.shape[2])
    _, _, rss, log_det_x = _solve(cross)
    value: Array = _df(s, likelihood)[:, None] * np.log(np.maximum(rss, 1e-300)) + log_det
    return value + log_det_x if likelihood is Likelihood.REML else value


def _cluster_sizes(tree: Tree) -> Array:
    """Mean number of rows in the clusters of each level, outermost first."""
    counts = [len(first) for first in tree.first_children] + [len(tree.sizes)]
    return tree.n_rows / np.array(counts, dtype=np.float64)


def _moved(ratios: Array, step: Array, size: Array) -> Array:
    """Ratios after a step in log(1 + gamma n), in which the criterion is nearly quadratic."""
    grown = (1 + ratios * size) * np.exp(step) - 1
    moved: Array = np.maximum(np.where(step == 0.0, ratios, grown / size), 0.0)
    return moved


def _newton_step(here: Profile, size: Array) -> tuple[Array, BoolArray, Array]:
    """Downhill Newton steps in log(1 + gamma n), ratios that want to be negative held at zero.

    Also whether a step would still move a ratio, and by how much it promises to lower the
    criterion.
    """
    free = (here.ratios > 0) | (here.gradient < 0)
    step = _free_step(here, size, free)
    for _ in size[1:]:
        # A ratio at zero that the others would take below it is held, and the rest solved anew.
        held = (here.ratios == 0) & (step < 0)
        if not held.any():
            break
        free &= ~held
        step = _free_step(here, size, free)
    change = np.abs(_moved(here.ratios, step, size) - here.ratios)
    moving = np.any(change > ARRIVED * (here.ratios + 1e-3), axis=1)
    promise = -np.sum(here.gradient * (here.ratios + 1 / size) * step, axis=1)
    return step, moving, promise


def _free_step(here: Profile, size: Array, free: BoolArray) -> Array:
    """Newton step in the free ratios, downhill even where the criterion is not convex."""
    slope = here.ratios + 1 / size
    gradient = np.where(free, here.gradient * slope, 0.0)
    both = free[:, :, None] & free[:, None, :]
    hessian = np.where(both, here.hessian * slope[:, :, None] * slope[:, None, :], 0.0)
    diagonal = np.arange(len(size))
    hessian[:, diagonal, diagonal] += gradient
    values, vectors = np.linalg.eigh(hessian)
    width = np.abs(values)
    width = np.maximum(width, 1e-8 * width.max(axis=1, keepdims=True) + 1e-300)
    turned = np.einsum("nij,ni->nj", vectors, gradient)
    step = np.where(free, -np.einsum("nij,nj->ni", vectors, turned / width), 0.0)
    longest = np.maximum(np.abs(step).max(axis=1, keepdims=True) / 3.0, 1.0)
    shortened: Array = step / longest
    return shortened


def _put(new: Profile, at: IntArray, into: Profile) -> None:
    """Write solutions over those in the places `at`; `into` belongs to the caller alone."""
    for name in into.__slots__:
        getattr(into, name)[at] = getattr(new, name)
