"""What may be published of a figure: few digits, and only where enough people stand behind it."""

from __future__ import annotations

import math

LEAST_CELL = 5
"""Aggregates rest on at least so many people, also where a manifest asks for fewer."""


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


def share_of(count: int, total: int, minimum: int) -> float:
    """Share in two decimals; a share that rests on fewer than `minimum` is given as none.

    The same holds for the rest: a share close to one is given as one.

    Parameters
    ----------
    count, total, minimum : int

    Returns
    -------
    float

    Examples
    --------
    >>> share_of(30, 311, 5), share_of(4, 311, 5), share_of(309, 311, 5)
    (0.1, 0.0, 1.0)
    """
    if count < minimum:
        return 0.0
    if total - count < minimum:
        return 1.0
    return round(count / total, 2)
