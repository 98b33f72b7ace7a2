"""Mean exposure against integrals by hand and by another way of computing them, and its laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.linkage.assessments import assessments_of
from mediation.linkage.exposure import Exposure, mean_exposure
from mediation.linkage.fidelity import link_scores
from mediation.vocabulary import LinkageRule

NAN = float("nan")
# The line goes from 2 in month 0 to 5 in month 6 and to 4 in month 16.
TIMES, SCORES = np.array([0.0, 6.0, 16.0]), np.array([2.0, 5.0, 4.0])


def _exposure(
    at: list[float],
    months: float,
    begins: list[float] | None = None,
    times: np.ndarray = TIMES,
    scores: np.ndarray = SCORES,
) -> Exposure:
    assessed = assessments_of(np.zeros(len(times), dtype=np.int64), times, scores, 1)
    began = None if begins is None else np.array(begins)
    return mean_exposure(assessed, np.zeros(len(at), dtype=np.int64), np.array(at), months, began)


@pytest.mark.parametrize(
    ("at", "months", "value", "covered", "n_used"),
    [
        # 4 to 6: mean 4.5; 6 to 8: mean 4.9.
        (8, 4, 4.7, 1, 3),
        # 0 to 6: mean 3.5; 6 to 16: mean 4.5.
        (16, 16, (6 * 3.5 + 10 * 4.5) / 16, 1, 3),
        # 13 to 16 is covered, 16 to 17 is not.
        (17, 4, 4.15, 0.75, 2),
        (17, 32, (6 * 3.5 + 10 * 4.5) / 16, 0.5, 3),
        (2, 4, 2.5, 0.5, 2),
        (1.9, 4, NAN, 0.475, 0),
        (40, 4, NAN, 0, 0),
        (NAN, 4, NAN, 0, 0),
    ],
)
def test_the_line_is_averaged_over_the_window(
    at: float, months: float, value: float, covered: float, n_used: int
) -> None:
    found = _exposure([at], months)

    assert found.values[0] == pytest.approx(value, rel=1e-12, nan_ok=True)
    assert found.covered[0] == pytest.approx(covered)
    assert found.n_used[0] == n_used


def test_exposure_begins_with_enrollment() -> None:
    # From 5 to 8: 5 to 6 has mean 4.75, 6 to 8 mean 4.9. On the day of enrollment and before
    # it the line itself; without a date of enrollment the whole window.
    found = _exposure([8.0, 8.0, 8.0, 8.0], 4.0, [5.0, 8.0, 9.0, NAN])

    np.testing.assert_allclose(found.values, [(4.75 + 2 * 4.9) / 3, 4.8, 4.8, 4.7], rtol=1e-12)
    np.testing.assert_array_equal(found.covered, 1.0)


def test_what_is_before_enrollment_is_not_missing() -> None:
    # From -2 to 2 only half is covered; from 0.5 on everything is.
    assert _exposure([2.0], 4.0, [0.5]).covered[0] == 1.0


moments = st.floats(-100, 100).map(lambda x: round(x, 3))
lines = st.dictionaries(moments, st.floats(1, 5), min_size=2, max_size=7)


@given(lines, st.lists(moments, min_size=1, max_size=6), st.floats(0.1, 60))
def test_the_integral_is_that_of_straight_lines(
    line: dict[float, float], asked: list[float], months: float
) -> None:
    times = np.array(sorted(line))
    scores = np.array([line[t] for t in times])

    found = _exposure(asked, months, times=times, scores=scores)

    for at, value, covered in zip(asked, found.values, found.covered, strict=True):
        low, high = max(at - months, times[0]), min(at, times[-1])
        if high - low < months / 2:
            assert np.isnan(value) or covered == pytest.approx(0.5)
            continue
        corners = np.unique([low, high, *times[(times > low) & (times < high)]])
        heights = np.interp(corners, times, scores)
        expected = np.trapezoid(heights, corners) / (high - low)
        assert value == pytest.approx(expected, rel=1e-9)
        assert covered == pytest.approx((high - low) / months)


@given(lines, moments, st.floats(0.1, 60), st.floats(1, 5))
def test_the_mean_of_a_constant_is_the_constant(
    line: dict[float, float], at: float, months: float, score: float
) -> None:
    times = np.array(list(line))

    found = _exposure([at], months, times=times, scores=np.full(len(times), score))

    assert np.isnan(found.values[0]) or found.values[0] == score


@given(lines, moments)
def test_a_window_of_no_length_is_interpolation(line: dict[float, float], at: float) -> None:
    times, scores = np.array(list(line)), np.array(list(line.values()))
    now = np.array([at])

    found = _exposure([at], 24.0, [at], times=times, scores=scores).values
    narrow = _exposure([at], 1e-7, times=times, scores=scores).values
    expected = link_scores(times, scores, now, LinkageRule.INTERPOLATE).values

    np.testing.assert_allclose(found, expected, rtol=1e-12)
    # At the very first assessment a window has nothing but what was before it.
    if at != times.min():
        np.testing.assert_allclose(narrow, expected, atol=1e-3)


@given(lines, moments, st.floats(0.1, 60))
def test_a_mean_lies_between_the_extremes(
    line: dict[float, float], at: float, months: float
) -> None:
    times, scores = np.array(list(line)), np.array(list(line.values()))

    value = _exposure([at], months, times=times, scores=scores).values[0]

    assert np.isnan(value) or scores.min() - 1e-9 <= value <= scores.max() + 1e-9
