"""Newton's method for many data sets of one layout at once: those that have arrived drop out.

Each takes the steps that `Ascent` takes. Where a variance would pass through zero, or the ascent
is not over within MAX_STEPS, a data set is left behind for `maximize`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.two_level.ascent import DECREMENT, FLAT, ROUNDING, SHRINK
from mediation.estimation.two_level.likelihood import STEP, evaluate
from mediation.estimation.two_level.statistics import Statistics, take_sets
from mediation.estimation.two_level.structure import Structure

MAX_STEPS = 40
MAX_HALVINGS = 12
# Numbers per array of one step, over data sets and directions: more do not fit the cache.
CELLS = 20_000


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """Where N ascents ended.

    Attributes
    ----------
    theta : ndarray, shape (N, k)
    hessian : ndarray, shape (N, k, k)
        Of the log-likelihood, one short last step before `theta`.
    has_arrived : ndarray of bool, shape (N,)
        Whether there is no doubt that it is a maximum.
    """

    theta: Array
    hessian: Array
    has_arrived: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Newton steps (n, k), their squared length in standard errors, and wrong curvatures."""

    step: Array
    decrement: Array
    is_saddle: BoolArray


def climb_together(
    structure: Structure, statistics: Statistics, start: Array, free: BoolArray
) -> Arrived:
    """Climb from a start of each data set to a maximum over the parameters that are free.

    Parameters
    ----------
    structure : Structure
        Either form: of the model, or of loadings between clusters.
    statistics : Statistics
        Of N data sets.
    start : ndarray, shape (N, k)
    free : ndarray of bool, shape (N, k)

    Returns
    -------
    Arrived
    """
    n_sets, k = start.shape
    theta, hessian = start.copy(), np.zeros((n_sets, k, k))
    has_arrived = np.zeros(n_sets, bool)
    at = np.arange(n_sets)
    for _ in range(MAX_STEPS):
        here = statistics if len(at) == n_sets else take_sets(statistics, at)
        value, score, hessian[at] = differentiate_many(structure, here, theta[at])
        found = _newton_steps(structure, score, hessian[at], free[at])
        is_there = (found.decrement < DECREMENT) & ~found.is_saddle
        goes_on = np.isfinite(value) & (found.decrement >= DECREMENT)
        theta[at] += np.where(is_there[:, None], found.step, 0.0)
        taken = np.zeros(len(at), bool)
        if goes_on.any():
            on = np.flatnonzero(goes_on)
            moved, risen = _move(
                structure, take_sets(here, on), theta[at[on]], found.step[on], score[on], value[on]
            )
            theta[at[on]] = moved
            taken[on] = risen
        is_there |= goes_on & ~taken & (found.decrement < ROUNDING) & ~found.is_saddle
        has_arrived[at] = is_there
        at = at[taken]
        if not len(at):
            break
    return Arrived(theta, hessian, has_arrived & _is_inside(structure, theta, free))


def differentiate_many(
    structure: Structure, statistics: Statistics, theta: Array
) -> tuple[Array, Array, Array]:
    """Value (N,), score (N, k) and Hessian (N, k, k) of each data set at its own parameters."""
    n_sets, k = theta.shape
    width = sum(block.sums.shape[1] * len(block.group) for block in statistics.blocks)
    at_once = int(np.clip(CELLS // (n_sets * width), 1, k))
    hessian = np.empty((n_sets, k, k))
    with np.errstate(all="ignore"):
        for begin in range(0, k, at_once):
            directions = np.arange(begin, min(begin + at_once, k))
            repeated = statistics
            if len(directions) > 1 and n_sets > 1:
                repeated = take_sets(statistics, np.tile(np.arange(n_sets), len(directions)))
            moved = theta[None] + 1j * STEP * np.eye(k)[directions][:, None]
            found = evaluate(structure, repeated, moved.reshape(-1, k))
            tangent = found.score.imag.reshape(len(directions), n_sets, k)
            hessian[:, directions] = tangent.swapaxes(0, 1) / STEP
    value, score = found.value[:n_sets].real, found.score[:n_sets].real
    return value, score, (hessian + hessian.swapaxes(1, 2)) / 2


def _newton_steps(structure: Structure, score: Array, hessian: Array, free: BoolArray) -> _Steps:
    """Give the steps of `Ascent`, with the parameters that are not free left where they are."""
    both = free[:, :, None] & free[:, None, :]
    information = np.where(both, -hessian, np.eye(score.shape[1]))
    score = np.where(free, score, 0.0)
    diagonal = np.abs(np.diagonal(information, axis1=1, axis2=2))
    if structure.between.is_scaled:
        diagonal = np.maximum(diagonal, FLAT * diagonal.max(axis=1, keepdims=True))
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    information = information * scale[:, :, None] * scale[:, None, :]
    is_finite = np.isfinite(information).all(axis=(1, 2)) & np.isfinite(score).all(axis=1)
    information[~is_finite] = np.eye(score.shape[1])
    values, vectors = np.linalg.eigh(information)
    turned = ((scale * score)[:, None] @ vectors)[:, 0]
    size = np.maximum(np.abs(values), FLAT)
    step = scale * (vectors @ (turned / size)[..., None])[..., 0]
    decrement = np.where(is_finite, (turned**2 / size).sum(axis=1), np.nan)
    return _Steps(np.where(free, step, 0.0), decrement, values[:, 0] < -FLAT)


def _move(
    structure: Structure,
    statistics: Statistics,
    theta: Array,
    step: Array,
    score: Array,
    value: Array,
) -> tuple[Array, BoolArray]:
    """Take steps, each halved until its likelihood rises; tell which did."""
    inner = structure.positions["variances_within"]
    falls = np.minimum(step[:, inner], -1e-300)
    length = np.minimum(1.0, ((1 - SHRINK) * theta[:, inner] / -falls).min(axis=1))
    gain = np.minimum((score * step).sum(axis=1), 0.1)
    theta = theta.copy()
    waits = np.arange(len(theta))
    for _ in range(MAX_HALVINGS):
        trial = theta[waits] + length[waits, None] * step[waits]
        with np.errstate(all="ignore"):
            reached = evaluate(structure, take_sets(statistics, waits), trial).value
        rises = reached >= value[waits] + 1e-4 * length[waits] * gain[waits]
        theta[waits[rises]] = trial[rises]
        waits = waits[~rises]
        if not len(waits):
            break
        length[waits] /= 2
    has_risen = np.ones(len(theta), bool)
    has_risen[waits] = False
    return theta, has_risen


def _is_inside(structure: Structure, theta: Array, free: BoolArray) -> BoolArray:
    """Whether no free variance between clusters has come below zero."""
    outer = _outer(structure)
    is_below: BoolArray = free[:, outer] & (theta[:, outer] <= 0)
    is_inside: BoolArray = ~np.logical_or.reduce(is_below, axis=1)
    return is_inside


def _outer(structure: Structure) -> IntArray:
    outer = structure.positions["variances_between"]
    return outer[outer >= 0]
