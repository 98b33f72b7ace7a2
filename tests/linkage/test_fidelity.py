"""The rules of linkage against values by hand, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.errors import LinkageError
from mediation.linkage.assessments import assessments_of
from mediation.linkage.fidelity import link_clusters, link_scores
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
    # Over 4 months: from -2 to 2 half of it is covered, up to 0 nothing, from 16 to 20 nothing.
    LinkageRule.MEAN_EXPOSURE: (
        [NAN, NAN, 2.5, 2.75, 4.0, 4.7, 4.5, 4.2, NAN, NAN],
        [NAN, NAN, 2.0, 3.0, 0.0, 5.0, 3.0, 0.0, NAN, NAN],
    ),
}
# Assessments used at each of these moments.
USED = {
    LinkageRule.INTERPOLATE: [0, 1, 2, 2, 1, 2, 2, 1, 0, 0],
    LinkageRule.LAST_BEFORE: [0, 1, 1, 1, 1, 1, 1, 1, 1, 0],
    LinkageRule.NEAREST: [1, 1, 1, 1, 1, 1, 1, 1, 1, 0],
    LinkageRule.MEAN_EXPOSURE: [0, 0, 2, 2, 2, 2, 2, 2, 0, 0],
}
WINDOW = 4.0


@pytest.mark.parametrize("rule", LinkageRule)
def test_values_and_gaps_by_hand(rule: LinkageRule) -> None:
    linked = link_scores(TIMES, SCORES, AT, rule, WINDOW)

    values, gaps = EXPECTED[rule]
    np.testing.assert_allclose(linked.values, values, rtol=1e-12)
    np.testing.assert_allclose(linked.gaps, gaps, rtol=1e-12)
    assert np.flatnonzero(linked.before_first).tolist() == [0]
    assert np.flatnonzero(linked.after_last).tolist() == [8]
    assert linked.n_used.tolist() == USED[rule]
    np.testing.assert_array_equal(linked.n_before, [0, 1, 1, 1, 2, 2, 2, 3, 3, NAN])
    np.testing.assert_array_equal(linked.n_after, [3, 2, 2, 2, 1, 1, 1, 0, 0, NAN])


@pytest.mark.parametrize("rule", LinkageRule)
def test_an_assessment_without_a_score_is_none(rule: LinkageRule) -> None:
    with_gap = link_scores(np.append(TIMES, 8.0), np.append(SCORES, NAN), AT, rule, WINDOW)

    without = link_scores(TIMES, SCORES, AT, rule, WINDOW)
    np.testing.assert_array_equal(with_gap.values, without.values)
    np.testing.assert_array_equal(with_gap.n_before, without.n_before)


@pytest.mark.parametrize("rule", LinkageRule)
def test_without_assessments_there_is_no_value(rule: LinkageRule) -> None:
    linked = link_scores(np.empty(0), np.empty(0), AT, rule, WINDOW)

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

    there = link_scores(times, values, at, rule, WINDOW)
    back = link_scores(times[::-1], values[::-1], at, rule, WINDOW)

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
        other = link_scores(times, values, at, rule, WINDOW).gaps
        assert not (other < nearest.gaps).any()


@given(
    st.lists(assessed, min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 4), moments), min_size=1, max_size=8),
    st.sampled_from(LinkageRule),
)
def test_all_clusters_at_once_are_each_on_its_own(
    clusters: list[dict[float, float]],
    asked: list[tuple[int, float]],
    rule: LinkageRule,
) -> None:
    # The clusters after the last one of the list were never assessed.
    codes = np.concatenate([np.full(len(c), i) for i, c in enumerate(clusters)])
    times = np.concatenate([list(c) for c in clusters])
    scores = np.concatenate([list(c.values()) for c in clusters])
    which, at = np.array([w for w, _ in asked]), np.array([t for _, t in asked])

    together = link_clusters(assessments_of(codes, times, scores, 5), which, at, rule, WINDOW)

    for i in range(len(asked)):
        own = codes == which[i]
        alone = link_scores(times[own], scores[own], at[i : i + 1], rule, WINDOW)
        for name in ("gaps", "n_used", "n_before", "n_after", "before_first", "after_last"):
            np.testing.assert_array_equal(getattr(together, name)[i], getattr(alone, name)[0], name)
        np.testing.assert_allclose(together.values[i], alone.values[0], rtol=1e-10)


@given(
    assessed,
    st.lists(moments, min_size=1, max_size=8),
    st.sampled_from(LinkageRule),
    st.integers(-64, 64),
)
def test_shifting_the_clock_changes_nothing(
    scores: dict[float, float], asked: list[float], rule: LinkageRule, shift: int
) -> None:
    # Sixteenths of a month are added exactly.
    times, at = (np.round(np.array(x) * 16) / 16 for x in (list(scores), asked))
    times, first = np.unique(times, return_index=True)
    values = np.array(list(scores.values()))[first]

    here = link_scores(times, values, at, rule, WINDOW)
    there = link_scores(times + shift, values, at + shift, rule, WINDOW)

    np.testing.assert_allclose(here.values, there.values, rtol=1e-12)
    np.testing.assert_array_equal(here.gaps, there.gaps)


def test_a_mean_exposure_needs_its_months() -> None:
    with pytest.raises(LinkageError, match="window_months"):
        link_scores(TIMES, SCORES, AT, LinkageRule.MEAN_EXPOSURE)
