"""Where the criterion of resamples of whole clusters is least, for all of them at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.packed import packed_places, sweep_packed
from mediation.estimation.reml import (
    MAX_HALVINGS,
    MAX_STEPS,
    NEAR,
    ROUNDING,
    choose_starts,
    cluster_sizes,
    grid_places,
    grid_points,
)
from mediation.estimation.weighted_criterion import (
    ClusterMoments,
    Point,
    criterion_at,
    grid_values,
    outer_sums,
    sum_clusters,
)
from mediation.vocabulary import Likelihood

# A Newton step in log(1 + gamma n) shorter than this ends at the minimum, to its square.
LAST_STEP = 1e-8
LONGEST_STEP = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """One equation of a data set, ready to be fitted to resamples.

    Attributes
    ----------
    moments : ClusterMoments
        Of its columns, that of y last.
    likelihood : Likelihood
    points : ndarray, shape (n_levels, n_points)
        Variance ratios at which every resample is looked at.
    each : tuple of ndarray
        What every outermost cluster gives there; see `outer_sums`.
    """

    moments: ClusterMoments
    likelihood: Likelihood
    points: Array
    each: tuple[Array, Array]


def prepare_search(moments: ClusterMoments, likelihood: Likelihood) -> Search:
    """Reduce the clusters at the points of the grid."""
    n_levels = moments.tree.n_levels
    points = grid_points(n_levels)[grid_places(n_levels)] / cluster_sizes(moments.tree)
    points = np.ascontiguousarray(points.T)
    return Search(moments, likelihood, points, outer_sums(moments, points))


def fit_resamples(search: Search, weights: Array) -> tuple[Array, BoolArray]:
    """Coefficients at the minimum, and whether it was reached.

    Parameters
    ----------
    search : Search
    weights : ndarray, shape (n_outer, N)
        Of resamples in which no column repeats others.

    Returns
    -------
    coefficients : ndarray, shape (p, N)
    has_arrived : ndarray of bool, shape (N,)
    """
    # Where rounding makes a variance negative there is no number, which is never the lowest.
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        return _fit(search, weights)


def _fit(search: Search, weights: Array) -> tuple[Array, BoolArray]:
    s, n = search.moments, weights.shape[1]
    values = grid_values(s, weights, search.each, search.likelihood)
    which, chosen = choose_starts(np.where(np.isnan(values), np.inf, values).T, s.tree.n_levels)
    here = criterion_at(s, weights[:, which], search.points[:, chosen], search.likelihood)
    if len(which) > n:
        # Those with several starts go on only until it is clear which is the lowest.
        enough = np.where(np.bincount(which)[which] > 1, NEAR, 0.0)
        _descend(search, weights[:, which], here, enough)
        order = np.lexsort((here.value, which))
        here = here[order[np.searchsorted(which[order], np.arange(n))]]
    has_arrived = _descend(search, weights, here, 0.0)
    cross = sum_clusters(s, weights, here.ratios, derivatives=False).cross[()]
    _, coefficients, _, _ = sweep_packed(cross[packed_places(tuple(range(len(s.means))))])
    return coefficients, has_arrived


def _descend(search: Search, weights: Array, here: Point, enough: Array | float) -> BoolArray:
    """Newton steps from one point per resample, and whether they ended at a minimum.

    Solutions are written over `here`. A resample whose next step promises to lower the criterion
    by less than `enough` is left.
    """
    size = cluster_sizes(search.moments.tree)[:, None]
    step, length, promise = _newton_step(here, size)
    halvings = np.zeros(len(length), dtype=np.int64)
    for _ in range(MAX_STEPS):
        todo = np.flatnonzero(
            (length > LAST_STEP) & (halvings <= MAX_HALVINGS) & (promise > enough)
        )
        if len(todo) == 0:
            break
        ratios = _moved(here.ratios[:, todo], step[:, todo], size)
        there = criterion_at(search.moments, weights[:, todo], ratios, search.likelihood)
        before = here.value[todo]
        is_lower = there.value <= before * (1 + 1e-13 * np.sign(before))
        better, worse = todo[is_lower], todo[~is_lower]
        step[:, worse] /= 2
        halvings[worse] += 1
        halvings[better] = 0
        there = there if len(better) == len(todo) else there[is_lower]
        for name in Point.__slots__:
            getattr(here, name)[..., better] = getattr(there, name)
        step[:, better], length[better], promise[better] = _newton_step(there, size)
    is_last = length <= LAST_STEP
    here.ratios[:, is_last] = _moved(here.ratios[:, is_last], step[:, is_last], size)
    return np.isfinite(here.value) & (is_last | (promise < ROUNDING))


def _moved(ratios: Array, step: Array, size: Array) -> Array:
    """Ratios after a step in log(1 + gamma n), in which the criterion is nearly quadratic."""
    grown = (1 + ratios * size) * np.exp(step) - 1
    moved: Array = np.maximum(np.where(step == 0.0, ratios, grown / size), 0.0)
    return moved


def _newton_step(here: Point, size: Array) -> tuple[Array, Array, Array]:
    """Downhill steps in log(1 + gamma n), their length, and by how much they promise to lower it.

    Ratios that want to be negative are held at zero.
    """
    scale = here.ratios + 1 / size
    gradient = here.gradient * scale
    hessian = here.hessian * (scale[:, None] * scale)
    levels = np.arange(len(size))
    hessian[levels, levels] += gradient
    free = (here.ratios > 0) | (gradient < 0)
    step = _free_step(gradient, hessian, free)
    for _ in levels[1:]:
        # A ratio at zero that the others would take below it is held, and the rest solved anew.
        held = (here.ratios == 0) & (step < 0)
        if not held.any():
            break
        free &= ~held
        step = _free_step(gradient, hessian, free)
    promise = -np.sum(gradient * step, axis=0)
    return step, np.abs(step).max(axis=0), promise


def _free_step(gradient: Array, hessian: Array, free: BoolArray) -> Array:
    """Newton step in the free ratios, downhill even where the criterion is not convex."""
    gradient = np.where(free, gradient, 0.0)
    step = -_solve_positive(np.where(free[:, None] & free, hessian, 0.0), gradient, free)
    step = np.where(free, step, 0.0)
    shortened: Array = step / np.maximum(np.abs(step).max(axis=0) / LONGEST_STEP, 1.0)
    return shortened


def _solve_positive(hessian: Array, gradient: Array, free: BoolArray) -> Array:
    """|H|^-1 g, |H| having the absolute eigenvalues of H; written out for one and two levels."""
    if len(gradient) == 1:
        alone: Array = gradient / np.maximum(np.abs(hessian[0]), 1e-300)
        return alone
    if len(gradient) > 2:
        values, vectors = np.linalg.eigh(np.moveaxis(np.nan_to_num(hessian), 2, 0))
        width = np.abs(values)
        width = np.maximum(width, 1e-8 * width.max(axis=1, keepdims=True) + 1e-300)
        turned = np.einsum("nij,in->nj", vectors, gradient) / width
        solved: Array = np.einsum("nij,nj->in", vectors, turned)
        return solved
    (a, b), d = hessian[0], hessian[1, 1]
    # A ratio that is held has a row of zeros: its place on the diagonal is of no account.
    a, d = np.where(free[0], a, d), np.where(free[1], d, a)
    centre, radius = (a + d) / 2, np.hypot((a - d) / 2, b)
    low, high = centre - radius, centre + radius
    least = 1e-8 * np.maximum(np.abs(low), np.abs(high)) + 1e-300
    low_inverse = 1 / np.maximum(np.abs(low), least)
    high_inverse = 1 / np.maximum(np.abs(high), least)
    # f(H) = shift + slope H takes the value 1 / |eigenvalue| at both eigenvalues.
    slope = (high_inverse - low_inverse) / np.maximum(2 * radius, 1e-300)
    shift = high_inverse - slope * high
    product = np.stack([a * gradient[0] + b * gradient[1], b * gradient[0] + d * gradient[1]])
    both: Array = shift * gradient + slope * product
    return both
