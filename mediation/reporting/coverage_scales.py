"""Scales of the coverage figure: how a measure becomes a place on an axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from mediation.arrays import Array
from mediation.reporting.coverage_summary import COVERAGE, POWER, TYPE_I, Summary

_SHORT = 2.2
Z95 = 1.96
"""Half the width of a Monte Carlo bar, in its standard errors."""


class Scale(NamedTuple):
    """How a measure is drawn: transform and back, ticks in percent, and the line to hold.

    `fine` ticks are for axes that are short in the transformed scale.
    """

    forward: Callable[[Array], Array]
    back: Callable[[Array], Array]
    ticks: tuple[float, ...]
    nominal: float | None
    title: str
    words: str
    fine: tuple[float, ...] = ()

    def ticks_between(self, low: float, high: float) -> list[float]:
        """Ticks of an axis, as shares."""
        length = abs(self.forward(np.array(high)) - self.forward(np.array(low)))
        every = self.fine if self.fine and length < _SHORT else self.ticks
        return [tick / 100 for tick in every if low <= tick / 100 <= high]


def _log(x: Array) -> Array:
    return np.log(np.maximum(x, 1e-4))


# Rates near 5% and 95% are told apart as well as those far away.
SCALES = {
    TYPE_I: Scale(
        _log,
        np.exp,
        (1, 2, 3, 5, 8, 12, 20, 30, 50, 80),
        0.05,
        "Type I error, % (5 is right)",
        "log scale",
        (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30),
    ),
    COVERAGE: Scale(
        lambda x: -_log(1 - x),
        lambda u: 1 - np.exp(-u),
        (20, 50, 70, 80, 88, 92, 95, 97, 98, 99),
        0.95,
        "Coverage, % (95 is right)",
        "log scale of the share not covered",
        (70, 75, 80, 85, 88, 90, 92, 93, 94, 95, 96, 97, 98, 99),
    ),
    POWER: Scale(lambda x: x, lambda u: u, (0, 20, 40, 60, 80, 100), None, "Power, %", ""),
}


def limits_of(measure: str, found: Iterable[Summary]) -> tuple[float, float]:
    """Give the ends of an axis: all cells and bars, and the line to hold, with room around them.

    What is below 0.4% or above 99.6% is beyond the ends of a log scale.

    Examples
    --------
    >>> low, high = limits_of("type I error", [Summary(0.0, 0.001, 0.0, 0.2, 5)])
    >>> low, round(high, 2)
    (0.004, 0.23)
    """
    if measure == POWER:
        return 0.0, 1.0
    summaries = list(found)
    least = min(min(each.least, each.mean - Z95 * each.error) for each in summaries)
    most = max(max(each.most, each.mean + Z95 * each.error) for each in summaries)
    if measure == TYPE_I:
        return max(min(least, 0.03) * 0.85, 0.004), min(max(most, 0.10) * 1.15, 1.0)
    lost = 1 - min(least, 0.90)
    return 1 - min(lost * 1.15, 0.999), 1 - max(min(1 - most, 0.03) * 0.85, 0.004)
