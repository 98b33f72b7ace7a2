"""Numbers become text in one way only."""

import math

import pytest

from mediation.inference.interval import Estimate
from mediation.reporting import format as words

M = "\u2212"


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0.125, 2, "0.12"),
        (-1.5, 1, f"{M}1.5"),
        (-0.001, 2, "0.00"),
        (math.nan, 2, "\u2014"),
        (math.inf, 1, "∞"),
        (-math.inf, 1, f"{M}∞"),
        (2.5e7, 2, "2.50\u00d710\u2077"),
        (3.2e-8, 7, "3.20\u00d710\u207b\u2078"),
        (-3.2e-8, 2, "0.00"),
        (999_999.6, 0, "1.00\u00d710\u2076"),
        (0.0, 7, "0.0000000"),
    ],
)
def test_number(value, decimals, expected):
    assert words.number(value, decimals) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.12, 0.45, "[0.12, 0.45]"),
        (-0.123, 0.011, f"[{M}0.12, 0.01]"),
        (0.0011, 0.0029, "[0.0011, 0.0029]"),
        (-12.34, 56.78, f"[{M}12.3, 56.8]"),
        (-500.0, 700.0, f"[{M}500, 700]"),
        (1.8e-9, 2.2e-9, "[1.80\u00d710\u207b\u2079, 2.20\u00d710\u207b\u2079]"),
        (math.nan, math.nan, "\u2014"),
    ],
)
def test_interval(low, high, expected):
    middle = (low + high) / 2
    assert words.interval(Estimate(middle, 0.1, 5.0, low, high, 0.5, "t", 0)) == expected


def test_row_uses_one_number_of_decimals():
    value = Estimate(0.00234, 0.0005, 5.0, 0.0011, 0.0036, 0.02, "t", 0)
    assert words.point_and_interval(value) == "0.0023 [0.0011, 0.0036]"


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.0, "p < .001"),
        (0.00099, "p < .001"),
        (0.001, "p = .001"),
        (0.0494, "p = .049"),
        (0.5, "p = .500"),
        (0.9996, "p > .999"),
        (1.0, "p > .999"),
    ],
)
def test_p_value_is_never_zero_or_one(p, expected):
    assert words.p_phrase(p) == expected
