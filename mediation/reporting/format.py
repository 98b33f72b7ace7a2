"""The only place where numbers become text."""

from __future__ import annotations

import math

from mediation.inference.interval import Estimate

MINUS = "\u2212"
MISSING = "\u2014"
NO_LIMITS = "no limits"
PRIME = "\u2032"
TIMES = "\u00d7"
_SUPERSCRIPTS = str.maketrans("-0123456789", "\u207b⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals_for(spread: float) -> int:
    """Decimals that leave two significant digits of a spread, and at least two under 10.

    Parameters
    ----------
    spread : float
        Width of an interval, or the size of a number without one.

    Returns
    -------
    int
        Between 0 and 7: at least 2 for spreads under 10, at least 1 under 100; 7 asks for a power
        of ten.

    Examples
    --------
    >>> [decimals_for(width) for width in (0.033, 0.33, 3.3, 33.0, 330.0)]
    [3, 2, 2, 1, 0]
    """
    if not math.isfinite(spread) or spread <= 0:
        return 2
    least = 2 if spread < 10 else 1 if spread < 100 else 0
    return min(7, max(least, 1 - math.floor(math.log10(spread))))


def number(value: float, decimals: int = 2) -> str:
    """Write a number with a true minus sign; a power of ten where digits run out.

    Parameters
    ----------
    value : float
    decimals : int
        Digits after the point.

    Returns
    -------
    str
        An em dash for NaN, the infinity sign for infinity.

    Examples
    --------
    >>> number(-0.125, 2), number(-0.0001, 2), number(float("nan")), number(12345678.0)
    ('\u22120.12', '0.00', '\u2014', '1.23\u00d710\u2077')
    """
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    size = abs(value)
    if round(size, decimals) >= 1e6 or (size > 0 and decimals > 6):
        mantissa, exponent = f"{value:.2e}".split("e")
        power = str(int(exponent)).translate(_SUPERSCRIPTS)
        return f"{mantissa.replace('-', MINUS)}{TIMES}10{power}"
    text = f"{value:.{decimals}f}"
    if float(text) == 0:
        text = text.removeprefix("-")
    return text.replace("-", MINUS)


def whole(value: int) -> str:
    """Write a count, with commas between thousands.

    Examples
    --------
    >>> whole(9679)
    '9,679'
    """
    return f"{value:,}"


def estimate_decimals(value: Estimate) -> int:
    """Decimals for every number of one row: set by its interval.

    Without finite limits set by its standard error, without one by the estimate.
    """
    for width in (value.conf_high - value.conf_low, 4 * value.std_error):
        if math.isfinite(width) and width > 0:
            return decimals_for(width)
    return decimals_for(abs(value.estimate))


def has_limits(value: Estimate) -> bool:
    """Whether a number has limits, be they infinite; a test alone gives none."""
    return not (math.isnan(value.conf_low) or math.isnan(value.conf_high))


def interval(value: Estimate) -> str:
    """Limits in brackets, with the decimals of the row; in words where the estimate has none.

    Examples
    --------
    >>> interval(Estimate(0.284, 0.085, 11.0, 0.12, 0.452, 0.004, "t", 0))
    '[0.12, 0.45]'
    """
    if not has_limits(value):
        return MISSING if math.isnan(value.estimate) else NO_LIMITS
    decimals = estimate_decimals(value)
    return f"[{number(value.conf_low, decimals)}, {number(value.conf_high, decimals)}]"


def point(value: Estimate) -> str:
    """Give the estimate, with the decimals of its row."""
    return number(value.estimate, estimate_decimals(value))


def point_and_interval(value: Estimate) -> str:
    """Give the estimate with its limits, or with its p-value where a test gives no limits.

    Examples
    --------
    >>> point_and_interval(Estimate(0.3, 0.1, 11.0, float("nan"), float("nan"), 0.02, "t", 0))
    '0.30 (no limits, p = .020)'
    """
    if has_limits(value) or math.isnan(value.estimate):
        return f"{point(value)} {interval(value)}".removesuffix(f" {MISSING}")
    p_text = "" if math.isnan(value.p_value) else f", {p_phrase(value.p_value)}"
    return f"{point(value)} ({NO_LIMITS}{p_text})"


def degrees_of_freedom(value: float) -> str:
    """Degrees of freedom with one decimal.

    Examples
    --------
    >>> degrees_of_freedom(11.04), degrees_of_freedom(float("inf"))
    ('11.0', '∞')
    """
    return number(value, 1)


def p_value(value: float) -> str:
    """Give a p-value in APA style: three decimals, no leading zero, never .000 or 1.000.

    Examples
    --------
    >>> p_value(0.0342), p_value(0.00002), p_value(0.9999), p_value(float("nan"))
    ('.034', '< .001', '> .999', '\u2014')
    """
    if math.isnan(value):
        return MISSING
    if value < 0.001:
        return "< .001"
    text = f"{value:.3f}"
    return "> .999" if float(text) >= 1 else text.removeprefix("0")


def p_phrase(value: float) -> str:
    """Give a p-value for a sentence.

    Examples
    --------
    >>> p_phrase(0.0342), p_phrase(0.0)
    ('p = .034', 'p < .001')
    """
    text = p_value(value)
    return f"p {text}" if text[0] in "<>" else f"p = {text}"


def percent(share: float) -> str:
    """Give a share as a whole percentage; "under 1%" instead of a zero that is none.

    Examples
    --------
    >>> percent(0.2), percent(0.004), percent(0.0), percent(0.998)
    ('20%', 'under 1%', '0%', 'over 99%')
    """
    if math.isnan(share):
        return MISSING
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def conf_level(level: float) -> str:
    """Give the confidence level of an interval.

    Examples
    --------
    >>> conf_level(0.95), conf_level(0.995)
    ('95%', '99.5%')
    """
    return f"{100 * level:.6g}%"


def small_count(count: int, minimum: int) -> str:
    """Give a count of people, or "<minimum" where it is too small to show.

    Examples
    --------
    >>> small_count(3, 5), small_count(0, 5), small_count(12, 5)
    ('<5', '0', '12')
    """
    return f"<{minimum}" if 0 < count < minimum else whole(count)


def whole_months(longest: float) -> float:
    """Round the longest of many times up: exact, it would be that of one person.

    Examples
    --------
    >>> whole_months(6.83), whole_months(7.0), whole_months(float("nan"))
    (7.0, 7.0, nan)
    """
    return float(math.ceil(longest)) if math.isfinite(longest) else longest


def months(value: float) -> str:
    """Months since enrolment, without trailing zeros.

    Examples
    --------
    >>> months(4.5), months(9.0)
    ('4.5', '9')
    """
    return f"{value:g}"
