"""From scores to responses to the items of their instruments; the model is in `ItemsTruth`."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import SimulationError
from mediation.instruments.instrument import Instrument
from mediation.instruments.reading import instrument
from mediation.instruments.scale import limits_of, metric_of, range_of
from mediation.simulation.parameters import (
    AllianceTruth,
    FidelityTruth,
    ItemsTruth,
    OutcomeTruth,
)
from mediation.vocabulary import Metric

Scored = FidelityTruth | AllianceTruth | OutcomeTruth

# Steps that spread difficulties and gaps evenly over any number of items, in no visible order:
# fractions of the golden and of the silver ratio.
_GOLDEN = (5**0.5 - 1) / 2
_SILVER = 2**0.5 - 1


def key_of(part: Scored) -> Instrument | None:
    """Give the scoring key by whose items a score is written.

    Parameters
    ----------
    part : FidelityTruth, AllianceTruth or OutcomeTruth

    Returns
    -------
    Instrument or None
        None if the score itself is written: it has no items, or its scale is another than the
        instrument's, so that items could not add up to it.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from mediation.simulation.defaults import default_truth
    >>> alliance = default_truth().alliance
    >>> key_of(alliance).key, key_of(replace(alliance, high=150.0))
    ('rprs_24', None)
    """
    if part.items is None:
        return None
    key = instrument(part.items.instrument)
    if key.responses is None or not np.allclose(
        (part.low, part.high, part.unit), _scale(key), rtol=0, atol=1e-9
    ):
        return None
    return key


def headers_of(items: ItemsTruth, key: Instrument) -> tuple[str, ...]:
    """Headers of the items in a file, in the order of the key."""
    return tuple(items.headers.replace("{}", item) for item in key.items)


def draw_responses(
    scores: Array, items: ItemsTruth, key: Instrument, rng: np.random.Generator
) -> Array:
    """Draw responses to the items of an instrument, given the scores that they make.

    The probability of a response, given the sum of this item and those before it, is that of the
    partial credit model, where it is free of the person (Masters 1982); items are drawn from the
    last to the first, each from what is left of the sum.

    Parameters
    ----------
    scores : ndarray, shape (n,)
        In the instrument's own metric; NaN where there is none.
    items : ItemsTruth
    key : Instrument
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n, n_items)
        As a person would answer: reversed items are turned back. NaN where there is no score.

    Raises
    ------
    SimulationError
        If responses of the instrument cannot make a score.

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> items = default_truth().outcome("hope").items
    >>> responses = draw_responses(
    ...     np.array([12.0, 30.0, 48.0]), items, instrument("herth_hope_index"),
    ...     np.random.default_rng(1))
    >>> responses.shape, responses.sum(axis=1)
    ((3, 12), array([12., 30., 48.]))
    """
    low, high = limits_of(key)
    n_items = len(key.items)
    uniform = rng.random((scores.size, n_items))
    known = ~np.isnan(scores)
    weights = _weights(items, n_items, round(high - low))
    drawn = _given_sum(_steps_of(scores[known], key), weights, uniform[known])
    turned = np.isin(key.items, key.reversed or ())
    responses = np.full(uniform.shape, np.nan)
    responses[known] = np.where(turned, high - drawn, low + drawn)
    return responses


def _steps_of(scores: Array, key: Instrument) -> IntArray:
    """Count the steps above the lowest response that all items take together."""
    low, high = limits_of(key)
    n_items = len(key.items)
    above = scores * (1 if metric_of(key) is Metric.SUM else n_items) - n_items * low
    steps = np.rint(above).astype(np.int64)
    # Means are written with six decimals.
    off = np.abs(above - steps) > 1e-5 * n_items
    if (off | (steps < 0) | (steps > n_items * (high - low))).any():
        first, last, unit = _scale(key)
        raise SimulationError(
            f"Scores of `{key.key}` must be from {first:g} to {last:g} in steps of {unit:g}. "
            "Found others. Round the study, or write the scores instead of items."
        )
    return steps


def _scale(key: Instrument) -> tuple[float, float, float]:
    """Lowest and highest score of an instrument, and the smallest step, in its own metric."""
    # Responses are drawn whole even where the instrument allows others.
    step = 1.0 if metric_of(key) is Metric.SUM else 1 / len(key.items)
    return *range_of(key), step


def _weights(items: ItemsTruth, n_items: int, n_steps: int) -> Array:
    """Probability of a response at an ability of zero, up to a factor, (n_items, n_steps + 1)."""
    number, response = np.arange(1, n_items + 1), np.arange(n_steps + 1)
    difficulty = items.difficulty * (2 * (number * _GOLDEN % 1) - 1)
    gap = items.gap + items.gap_spread * (2 * (number * _SILVER % 1) - 1)
    # Sum of the thresholds up to a response.
    thresholds = np.outer(difficulty, response)
    thresholds += np.outer(gap, response * (response - n_steps) / 2)
    weights: Array = np.exp(thresholds.min(axis=1, keepdims=True) - thresholds)
    return weights


def _given_sum(totals: IntArray, weights: Array, uniform: Array) -> IntArray:
    """Draw items whose sums are `totals`, from one uniform number per item."""
    n_items, n_responses = weights.shape
    # Probability of every sum of the first items, up to a factor.
    sums = [np.ones(1)]
    for weight in weights[:-1]:
        total = np.convolve(sums[-1], weight)
        sums.append(total / total.max())
    left, drawn = totals.copy(), np.empty((totals.size, n_items), dtype=np.int64)
    response = np.arange(n_responses)
    for item in range(n_items - 1, -1, -1):
        rest = left[:, None] - response
        possible = (rest >= 0) & (rest < sums[item].size)
        at = np.clip(rest, 0, sums[item].size - 1)
        chance = np.cumsum(np.where(possible, weights[item] * sums[item][at], 0.0), axis=1)
        # A uniform number is below 1, so that the response chosen has a chance above zero.
        drawn[:, item] = (uniform[:, item, None] * chance[:, -1:] >= chance).sum(axis=1)
        left -= drawn[:, item]
    return drawn
