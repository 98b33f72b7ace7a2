"""The three rules of linkage against values by hand, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.linkage.fidelity import link_scores
from mediation.vocabulary import LinkageRule

NAN = float("nan")
# Assessed in months 0, 6 and 16 with scores 2, 5 and 4; asked before, at, between and after.
TIMES, SCORES = np.array([6.0, 0.0, 16.0]), np.array([5.0, 2.0, 4.0])
AT = np.array([-1.0, 0.0, 2.0, 3.0, 6.0, 11.0, 13.0, 16.0, 20.0, NAN])

EXPECTED = {
    LinkageRule.INTERPOLATE: (
        [NAN, 2.0, 3.0, 3.5, 5.0, 4.5, 4.3, 4.0, NAN, NAN],
        [NAN, 0.0, 2.0, 3.0, 0.0, 5.0, 3.0, 0.0, NAN, NAN],
    ),
    LinkageRule.LAST_BEFORE: (
        [NAN, 2.0, 2.0, 2.0, 5.0, 5.0, 5.0, 4.0, 4.0, NAN],
        [NAN, 0.0, 2.0, 3.0, 0.0, 5.0, 7.0, 0.0, 4.0, NAN],
    ),
    LinkageRule.NEAREST: (
        [2.0, 2.0, 2.0, 2.0, 5.0, 5.0, 4.0, 4.0, 4.0, NAN],
        [1.0, 0.0, 2.0, 3.0, 0.0, 5.0, 3.0, 0.0, 4.0, NAN],
    ),
}


@pytest.mark.parametrize("rule", LinkageRule)
def test_values_and_gaps_by_hand(rule: LinkageRule) -> None:
    linked = link_scores(TIMES, SCORES, AT, rule)

    values, gaps = EXPECTED[rule]
    np.testing.assert_allclose(linked.values, values, rtol=1e-12)
    np.testing.assert_allclose(linked.gaps, gaps, rtol=1e-12)
    assert np.flatnonzero(linked.before_first).tolist() == [0]
    assert np.flatnonzero(linked.after_last).tolist() == [8]


@pytest.mark.parametrize("rule", LinkageRule)
def test_an_assessment_without_a_score_is_none(rule: LinkageRule) -> None:
    with_gap = link_scores(np.append(TIMES, 8.0), np.append(SCORES, NAN), AT, rule)

    np.testing.assert_array_equal(with_gap.values, link_scores(TIMES, SCORES, AT, rule).values)


@pytest.mark.parametrize("rule", LinkageRule)
def test_without_assessments_there_is_no_value(rule: LinkageRule) -> None:
    linked = link_scores(np.empty(0), np.empty(0), AT, rule)

    assert np.isnan(linked.values).all()
    assert np.isnan(linked.gaps).all()


def test_one_assessment_interpolates_to_itself_only() -> None:
    linked = link_scores(np.array([6.0]), np.array([5.0]), AT, LinkageRule.INTERPOLATE)

    assert np.flatnonzero(~np.isnan(linked.values)).tolist() == [4]


moments = st.floats(-500, 500).map(lambda x: round(x, 3))
assessed = st.dictionaries(moments, st.floats(1, 5), min_size=1, max_size=6)


@given(assessed, st.lists(moments, min_size=1, max_size=8))
def test_interpolation_lies_between_the_neighbours(
    scores: dict[float, float], asked: list[float]
) -> None:
    times, values = np.array(list(scores)), np.array(list(scores.values()))

    linked = link_scores(times, values, np.array(asked), LinkageRule.INTERPOLATE)

    for moment, value, gap in zip(asked, linked.values, linked.gaps, strict=True):
        earlier, later = times[times <= moment], times[times >= moment]
        if not len(earlier) or not len(later):
            assert np.isnan(value)
            continue
        around = [scores[earlier.max()], scores[later.min()]]
        assert min(around) <= value <= max(around)
        assert gap == min(moment - earlier.max(), later.min() - moment)


@given(assessed, st.lists(moments, min_size=1, max_size=8), st.sampled_from(LinkageRule))
def test_the_order_of_assessments_changes_nothing(
    scores: dict[float, float], asked: list[float], rule: LinkageRule
) -> None:
    times, values, at = np.array(list(scores)), np.array(list(scores.values())), np.array(asked)

    there = link_scores(times, values, at, rule)
    back = link_scores(times[::-1], values[::-1], at, rule)

    np.testing.assert_array_equal(there.values, back.values)
    np.testing.assert_array_equal(there.gaps, back.gaps)


@given(assessed, st.lists(moments, min_size=1, max_size=8))
def test_nearest_always_has_a_value_and_no_gap_is_smaller(
    scores: dict[float, float], asked: list[float]
) -> None:
    times, values, at = np.array(list(scores)), np.array(list(scores.values())), np.array(asked)

    nearest = link_scores(times, values, at, LinkageRule.NEAREST)

    np.testing.assert_array_equal(nearest.gaps, np.abs(at[:, None] - times).min(axis=1))
    for rule in LinkageRule:
        other = link_scores(times, values, at, rule).gaps
        assert not (other < nearest.gaps).any()
