"""Numbers as plain values for `results.json`."""

from __future__ import annotations

import math
from typing import Any

from mediation.inference.interval import Estimate

Json = dict[str, Any]


def plain_float(value: float) -> float | str | None:
    """Give a number as JSON can: null for a missing one, a word for an infinite one."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return float(value)


def plain_estimate(value: Estimate) -> Json:
    """Give an estimate with everything known of it."""
    return {
        "estimate": plain_float(value.estimate),
        "std_error": plain_float(value.std_error),
        "df": plain_float(value.df),
        "conf_low": plain_float(value.conf_low),
        "conf_high": plain_float(value.conf_high),
        "p_value": plain_float(value.p_value),
        "interval": value.interval,
        "n_draws": value.n_draws,
        "limit_error": plain_float(value.limit_error),
    }


def plain_count(count: int, minimum: int) -> int | None:
    """Give a count of people; null if it is too small to show."""
    return None if 0 < count < minimum else count
