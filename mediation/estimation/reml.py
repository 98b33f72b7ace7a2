"""REML and ML for nested random intercepts: where the criterion is least, for many at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.criterion import Profile, profile, sigma2_df, sweep
from mediation.estimation.nested import NestedStatistics, Tree
from mediation.vocabulary import Convergence, Likelihood

# Where the search for the minimum begins, as gamma times the mean cluster size of the level, by
# number of levels (more than three: as three): every combination.
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
    size = cluster_sizes(statistics.tree)
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


def _starts(s: NestedStatistics, likelihood: Likelihood) -> tuple[IntArray, Array]:
    """Points of the grid from which to search: regression and ratios of each."""
    points = grid_points(s.tree.n_levels)
    which, chosen = choose_starts(_grid(s, points, likelihood), s.tree.n_levels)
    return which, points[grid_places(s.tree.n_levels)[chosen]] / cluster_sizes(s.tree)


def grid_points(n_levels: int) -> Array:
    """Points of each level, as gamma times the mean cluster size."""
    return np.array(GRIDS[min(n_levels, 3)])


def grid_places(n_levels: int) -> IntArray:
    """Which point of each level every combination takes, (n_combinations, n_levels)."""
    n_points = len(grid_points(n_levels))
    places: IntArray = np.indices((n_points,) * n_levels).reshape(n_levels, -1).T
    return places


def choose_starts(values: Array, n_levels: int) -> tuple[IntArray, IntArray]:
    """Choose where on the grid to search from: regression and combination of each.

    The minima of nested intercepts differ in the level to which a variance is given, so that the
    best point is taken of those in which each level's ratio, times its cluster size, is the
    largest, and of those in which it is the only one. All within `MARGIN` of the best are kept.

    Parameters
    ----------
    values : ndarray, shape (N, n_combinations)
        Criterion at the combinations.
    n_levels : int
    """
    places = grid_places(n_levels)
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
    return which, chosen[which, kind]


def _grid(s: NestedStatistics, points: Array, likelihood: Likelihood) -> Array:
    """Criterion at all combinations of points, but for constants; outermost level slowest.

    z'H^-1 z is z'z less gamma f g g' of every cluster, g and S from its children. What lies below
    a level is summed once for every point of the levels below, then used for all of its own.
    """
    tree = s.tree
    sizes = cluster_sizes(tree)
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
    _, _, rss, log_det_x = sweep(cross)
    value: Array = sigma2_df(s, likelihood)[:, None] * np.log(np.maximum(rss, 1e-300)) + log_det
    return value + log_det_x if likelihood is Likelihood.REML else value


def cluster_sizes(tree: Tree) -> Array:
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
