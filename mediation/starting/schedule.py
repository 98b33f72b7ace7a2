"""At how many months since enrollment clients are interviewed, as far as the data show it."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from mediation.arrays import Array

MOST_WAVES = 12
LEAST_GAP = 0.75
"""Months without any interview that keep two waves apart."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Waves in months since enrollment, and the window around each; None if they are exact."""

    waves: tuple[float, ...]
    window: float | None


def guess_schedule(months: Array, minimum: int) -> Schedule | None:
    """Guess the planned interviews from when they were held.

    Parameters
    ----------
    months : ndarray
        Months since enrollment of every interview; NaN where unknown.
    minimum : int
        Interviews that a wave needs.

    Returns
    -------
    Schedule or None
        None where the interviews show no waves.

    Examples
    --------
    >>> held = np.concatenate([np.full(9, 0.0), np.full(9, 6.2), np.full(9, 5.9)])
    >>> guess_schedule(held, 5)
    Schedule(waves=(0.0, 6.0), window=0.5)
    """
    present = np.sort(months[np.isfinite(months)])
    values, counts = np.unique(present, return_counts=True)
    if not values.size:
        return None
    if values.size <= MOST_WAVES and counts.min() >= minimum and _are_planned(values):
        return Schedule(tuple(float(value) for value in values), None)
    groups = np.split(present, np.flatnonzero(np.diff(present) > LEAST_GAP) + 1)
    groups = [group for group in groups if group.size >= minimum]
    if not 1 <= len(groups) <= MOST_WAVES:
        return None
    waves = tuple(round(2 * float(np.median(group))) / 2 for group in groups)
    if len(set(waves)) < len(waves):
        return None
    away = max(float(np.abs(g - wave).max()) for g, wave in zip(groups, waves, strict=True))
    window = max(ceil(2 * away) / 2, 0.5)
    if len(waves) > 1:
        window = min(window, floor(min(np.diff(waves))) / 2)
    return Schedule(waves, window)


def _are_planned(values: Array) -> bool:
    """Say whether every value is a whole number of half months."""
    return bool(np.all(np.abs(2 * values - np.round(2 * values)) < 1e-9))
