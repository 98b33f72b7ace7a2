"""What may be published of a figure: few digits, and only where enough people stand behind it."""

from __future__ import annotations

import math

import numpy as np

from mediation.arrays import Array

LEAST_CELL = 5
"""Aggregates rest on at least so many people, also where a manifest asks for fewer."""

# A person so many SDs from the mean moves a mean by one step at most.
_FAR_OUT = 5.0
# Shares and correlations of n people have steps of at least this over n.
_OF_SHARES, _OF_CORRELATIONS = 2.0, 5.0
_LEAST_STEP = 0.01


def published(value: float, digits: int = 3) -> float:
    """Round to significant digits.

    Parameters
    ----------
    value : float
        Not finite: zero is given.
    digits : int

    Returns
    -------
    float

    Examples
    --------
    >>> published(0.123456), published(1234.5), published(float("nan"))
    (0.123, 1230.0, 0.0)
    """
    if not math.isfinite(value) or value == 0:
        return 0.0
    return float(f"{value:.{digits}g}")


def coarse(value: float, sd: float, n: int) -> float:
    """Round a mean or an SD of people so that one of them does not show in it.

    Parameters
    ----------
    value : float
        Not finite: zero is given.
    sd : float
        Between people.
    n : int
        People.

    Returns
    -------
    float
        In steps of 1, 2 or 5 times a power of ten, at least 5 sd / n: someone five SDs from the
        mean moves it by one step at most, and others not at all as a rule.

    Examples
    --------
    >>> coarse(85.93, 7.8, 311), coarse(85.93, 7.8, 40), coarse(float("nan"), 1.0, 9)
    (86.0, 86.0, 0.0)
    >>> coarse(43.482, 11.5, 311)
    43.4
    """
    if not math.isfinite(value):
        return 0.0
    if not sd > 0 or n < 1:
        return published(value)
    return _in_steps(value, _FAR_OUT * sd / n)


def coarse_slope(value: float, error: float, n: int) -> float:
    """Round an estimate with its standard error likewise: a slope of n people.

    Examples
    --------
    >>> coarse_slope(2.5973, 1.14, 270), coarse_slope(2.5973, 1.14, 40)
    (2.5, 3.0)
    """
    return coarse(value, error * max(n, 1) ** 0.5, n)


def coarse_correlation(value: float, n: int) -> float:
    """Round a correlation over n people to steps of 5 / n, and 0.01 at least.

    Examples
    --------
    >>> coarse_correlation(0.5678, 1000), coarse_correlation(0.5678, 60)
    (0.57, 0.6)
    """
    return _in_steps(value, max(_OF_CORRELATIONS / max(n, 1), _LEAST_STEP))


def share_of(count: int, total: int, minimum: int, people: tuple[int, int] | None = None) -> float:
    """Share that rests on enough people on both sides, in steps of two people at least.

    Parameters
    ----------
    count, total, minimum : int
    people : (int, int), optional
        Where interviews or answers are counted: people with one that counts, and with another
        one. Left out: `count` and the rest.

    Returns
    -------
    float
        In two decimals at most. A share that rests on fewer than `minimum` is given as none; so
        is the rest of a share close to one, which is given as one.

    Examples
    --------
    >>> share_of(30, 311, 5), share_of(4, 311, 5), share_of(309, 311, 5), share_of(41, 50, 5)
    (0.1, 0.0, 1.0, 0.8)
    >>> share_of(12, 200, 5, people=(2, 40))
    0.0
    """
    with_it, others = (count, total - count) if people is None else people
    if with_it < minimum:
        return 0.0
    if others < minimum:
        return 1.0
    n = total if people is None else max(people)
    return min(max(_in_steps(count / total, max(_OF_SHARES / n, _LEAST_STEP)), 0.0), 1.0)


def without_tails(values: Array, minimum: int) -> Array:
    """Put values beyond the `minimum`-th from either end there, sorted; none of too few.

    Parameters
    ----------
    values : ndarray
        NaN where missing: left out.
    minimum : int

    Returns
    -------
    ndarray
        Empty with fewer than twice the minimum.

    Examples
    --------
    >>> without_tails(np.array([9.0, 1, 2, 3, 4, 99]), 2).tolist()
    [2.0, 2.0, 3.0, 4.0, 9.0, 9.0]
    """
    known: Array = np.sort(values[np.isfinite(values)])
    if len(known) < 2 * minimum:
        return known[:0]
    return np.clip(known, known[minimum - 1], known[-minimum])


def _in_steps(value: float, least: float) -> float:
    """Round to the next step of 1, 2 or 5 times a power of ten that is not below `least`."""
    power = math.floor(math.log10(least))
    sizes = (m * 10.0**power for m in (1, 2, 5, 10))
    step = next(size for size in sizes if size >= least * (1 - 1e-9))
    # Ties all go up, also where the last bit is off: three neighbors never have three values.
    steps = math.floor(value / step + 0.5 + 1e-9)
    return round(steps * step, max(1 - power, 0))
