"""Responses to items whose score is a given one, by the scoring key of the instrument."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.instruments.instrument import Instrument
from mediation.instruments.scale import columns_of, limits_of, metric_of
from mediation.simulation.twin.aggregates import ItemShape
from mediation.study.score_entries import ScoreEntry
from mediation.vocabulary import Metric

# Variance of the error of rounding to whole numbers.
_OF_ROUNDING = 1 / 12


def draw_items(
    scores: Array, shape: ItemShape, key: Instrument, entry: ScoreEntry, rng: np.random.Generator
) -> Array:
    """Draw responses to all items of a key, as a person would give them.

    Every item is drawn about the person's level with its own difficulty, and rounded; then
    single items, chosen at random, are moved by one step until the score is the given one.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        NaN: nothing is answered.
    shape : ItemShape
    key : Instrument
    entry : ScoreEntry
        Its subscale and metric.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n, n_items)
        NaN where missing. Items outside the subscale are about the same level.
    """
    low, high = limits_of(key)
    n_items = len(key.items)
    scored = np.array(columns_of(key, entry.subscale))
    turned = np.isin(key.items, key.reversed or ())
    known = np.isfinite(scores)
    given = scores[known]
    n_scored = len(scored)
    is_sum = metric_of(key, entry.metric) is Metric.SUM
    totals = np.rint(given if is_sum else given * n_scored)
    means = np.where(turned, low + high - np.array(shape.means), np.array(shape.means))
    difficulty = means - means[scored].mean()
    level = totals[:, None] / n_scored + difficulty
    drawn = level + _about_level(shape.sd, scored, (len(given), n_items), rng)
    drawn = np.clip(np.rint(drawn), low, high)
    drawn[:, scored] = _with_total(drawn[:, scored], totals, (low, high), rng)
    drawn = np.where(turned, low + high - drawn, drawn)
    drawn[_left_open(drawn, shape, key, entry, rng)] = np.nan
    responses = np.full((len(scores), n_items), np.nan)
    responses[known] = drawn
    return responses


def _about_level(
    sd: float, scored: IntArray, size: tuple[int, int], rng: np.random.Generator
) -> Array:
    """Draw what sets items apart from the person's level; it has mean zero over scored items."""
    z = rng.standard_normal(size)
    n = len(scored)
    z -= z[:, scored].mean(axis=1, keepdims=True)
    # Rounding to whole responses adds its own variance (Sheppard's correction).
    own = max(sd**2 - _OF_ROUNDING, 0.0) ** 0.5
    return z * own * (n / (n - 1)) ** 0.5 if n > 1 else 0.0 * z


def _with_total(
    drawn: Array, totals: Array, limits: tuple[float, float], rng: np.random.Generator
) -> Array:
    """Move items by single steps, each chosen at random, until rows have their totals."""
    drawn = drawn.copy()
    while True:
        left = totals - drawn.sum(axis=1)
        rows = np.flatnonzero(left)
        if not len(rows):
            return drawn
        step = np.sign(left[rows])
        room = np.where(step[:, None] > 0, drawn[rows] < limits[1], drawn[rows] > limits[0])
        chosen = np.argmax(np.where(room, rng.random(room.shape), -1.0), axis=1)
        drawn[rows, chosen] += step


def _left_open(
    drawn: Array, shape: ItemShape, key: Instrument, entry: ScoreEntry, rng: np.random.Generator
) -> BoolArray:
    """Choose items left open, in no row so many that there is no score."""
    most = key.max_missing if entry.max_missing is None else entry.max_missing
    open_ = rng.random(drawn.shape) < shape.missing
    scored = columns_of(key, entry.subscale)
    too_many = open_[:, scored].mean(axis=1) > most
    open_[too_many] = False
    return open_
