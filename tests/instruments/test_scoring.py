"""Scores of items, by hand and by laws."""

import time
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mediation.errors import DataError, SpecificationError
from mediation.instruments.extremes import count_extremes
from mediation.instruments.goals import attain_goals
from mediation.instruments.instrument import Instrument
from mediation.instruments.reading import builtin_instruments, instrument
from mediation.instruments.responses import find_invalid
from mediation.instruments.scale import convert, items_of, range_of, unit_of
from mediation.instruments.scoring import score, turn
from mediation.vocabulary import Metric

NAN = float("nan")
SUM, MEAN = Metric.SUM, Metric.MEAN
WITH_ITEMS = [key for key, each in builtin_instruments().items() if each.items]
# One answered row of 12 items from 1 to 7.
WAI = [7, 6, 5, 1, 4, 3, 7, 2, 6, 2, 5, 4]


@st.composite
def answered(draw, share_missing=True):
    """An instrument and valid responses to it, some of them missing."""
    chosen = instrument(draw(st.sampled_from(WITH_ITEMS)))
    low, high = chosen.responses
    values = st.integers(int(low), int(high)).map(float)
    if share_missing:
        values = values | st.just(NAN)
    shape = (draw(st.integers(1, 6)), len(chosen.items))
    return chosen, draw(hnp.arrays(np.float64, shape, elements=values))


def slow_score(chosen, row, metric, subscale, most):
    """The rule of the documentation, one row at a time."""
    low, high = chosen.responses
    values = []
    for item, value in zip(chosen.items, row, strict=True):
        if item in (chosen.subscales[subscale] if subscale else chosen.items):
            values.append(low + high - value if item in (chosen.reversed or ()) else value)
    there = [value for value in values if value == value]
    if not there or (len(values) - len(there)) / len(values) > most + 1e-9:
        return NAN
    mean = sum(there) / len(there)
    return mean * len(values) if metric is SUM else mean


def test_reversed_items_by_hand():
    scored = score(instrument("wai_s"), [WAI])
    # Items 4 and 10 are 1 and 2: turned 7 and 6.
    assert scored.values.tolist() == [7 + 6 + 5 + 7 + 4 + 3 + 7 + 2 + 6 + 6 + 5 + 4]
    assert score(instrument("wai_sr"), [[2.0] * 12]).values.tolist() == [24]
    goal = score(instrument("wai_s"), [WAI], subscale="goal", metric=MEAN)
    assert goal.values.tolist() == [(7 + 3 + 6 + 5) / 4]


def test_missing_items_by_hand():
    rows = np.array([[8.0] * 6, [8, 8, 8, 8, 3, NAN], [8, 8, 8, 8, NAN, NAN], [NAN] * 6])
    scored = score(instrument("state_hope"), rows)
    np.testing.assert_array_equal(scored.values, [48, 35 / 5 * 6, NAN, NAN])
    assert scored.n_missing.tolist() == [0, 1, 2, 6]
    assert (scored.n_substituted, scored.n_too_many, scored.n_empty) == (1, 1, 1)
    strict = score(instrument("state_hope"), rows, max_missing=0)
    np.testing.assert_array_equal(np.isnan(strict.values), [False, True, True, True])
    wide = score(instrument("state_hope"), rows, max_missing=1 / 3, metric=MEAN)
    np.testing.assert_array_equal(wide.values, [8, 7, 8, NAN])


def test_share_of_missing_items_is_exact():
    """Two of ten are 20%, not a bit more."""
    rows = np.full((2, 10), 3.0)
    rows[0, :2] = rows[1, :3] = NAN
    scored = score(instrument("smcm_fidelity_10"), rows)
    np.testing.assert_array_equal(scored.values, [3, NAN])


@settings(deadline=None)
@given(answered(), st.sampled_from(Metric), st.sampled_from([0, 0.2, 0.5, 0.99]), st.data())
def test_as_the_rule_says(drawn, metric, most, data):
    chosen, rows = drawn
    subscale = data.draw(st.sampled_from([None, *chosen.subscales]))
    found = score(chosen, rows, metric, subscale, most)
    expected = [slow_score(chosen, row, metric, subscale, most) for row in rows]
    np.testing.assert_allclose(found.values, expected, rtol=1e-12)
    single = score(chosen, rows.astype(np.float32), metric, subscale, most)
    np.testing.assert_array_equal(single.values, found.values)
    n = (~np.isnan(found.values)).sum()
    assert n + found.n_too_many + found.n_empty == len(rows)


@settings(deadline=None)
@given(answered(), st.sampled_from(Metric))
def test_scores_lie_inside_their_range(drawn, metric):
    chosen, rows = drawn
    values = score(chosen, rows, metric, max_missing=0.9).values
    low, high = range_of(chosen, metric)
    known = values[~np.isnan(values)]
    assert ((known >= low - 1e-9) & (known <= high + 1e-9)).all()


@settings(deadline=None)
@given(answered())
def test_sum_is_mean_times_items(drawn):
    chosen, rows = drawn
    sums, means = score(chosen, rows, SUM).values, score(chosen, rows, MEAN).values
    np.testing.assert_allclose(sums, means * len(chosen.items), rtol=1e-12)
    np.testing.assert_allclose(convert(sums, chosen, SUM, MEAN), means, rtol=1e-12)
    np.testing.assert_allclose(convert(means, chosen, MEAN, SUM), sums, rtol=1e-12)


@settings(deadline=None)
@given(answered())
def test_turning_twice_is_nothing(drawn):
    chosen, rows = drawn
    np.testing.assert_array_equal(turn(chosen, turn(chosen, rows)), rows)


@settings(deadline=None)
@given(answered(share_missing=False), st.floats(0, 0.99))
def test_complete_rows_do_not_depend_on_the_rule(drawn, most):
    chosen, rows = drawn
    found = score(chosen, rows, max_missing=most)
    strict = score(chosen, rows, max_missing=0)
    np.testing.assert_array_equal(found.values, strict.values)
    assert found.n_substituted == found.n_too_many == found.n_empty == 0


@settings(deadline=None)
@given(answered(), st.randoms(use_true_random=False))
def test_order_of_items_is_irrelevant(drawn, random):
    chosen, rows = drawn
    order = list(range(len(chosen.items)))
    random.shuffle(order)
    shuffled = Instrument(**{**dict(chosen), "items": tuple(chosen.items[i] for i in order)})
    np.testing.assert_allclose(
        score(shuffled, rows[:, order]).values, score(chosen, rows).values, rtol=1e-12
    )


@settings(deadline=None)
@given(answered())
def test_reversing_in_the_key_or_in_the_data_is_the_same(drawn):
    chosen, rows = drawn
    turned = Instrument(**{**dict(chosen), "reversed": ()})
    np.testing.assert_array_equal(
        score(turned, turn(chosen, rows)).values, score(chosen, rows).values
    )


def test_imputed_sets_are_axes_before_the_rows():
    rng = np.random.default_rng(1)
    items = rng.uniform(0, 6, (3, 20, 12))
    scored = score(instrument("wai_s"), items, check=False)
    assert scored.values.shape == (3, 20)
    one = score(instrument("wai_s"), items[1], check=False)
    np.testing.assert_array_equal(scored.values[1], one.values)


def test_invalid_responses_are_found_and_never_scored():
    rows = np.full((40_000, 6), 4.0)
    rows[7, 2], rows[7, 4], rows[39_999, 0], rows[3, 3] = 9, 0, 4.5, np.inf
    found = find_invalid(instrument("state_hope"), rows)
    assert found.rows.tolist() == [3, 7, 7, 39_999]
    assert found.columns.tolist() == [3, 2, 4, 0]
    with pytest.raises(DataError, match="Found 4 that are not: row 3 item 4, row 7 item 3"):
        score(instrument("state_hope"), rows)


def test_many_invalid_responses_are_counted_and_some_named():
    with pytest.raises(DataError, match=r"row 9 item 1 and 2 more \(rows"):
        score(instrument("state_hope"), [[9, 1, 1, 1, 1, 1]] * 12)


def test_fidelity_items_need_not_be_whole():
    assert score(instrument("smcm_fidelity_9"), [[2.5] * 9]).values.tolist() == [2.5]
    with pytest.raises(DataError, match="Expected numbers from 1 to 5"):
        score(instrument("smcm_fidelity_9"), [[5.5] * 9])


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([[1.0] * 5], r"rows of 6 items .* shape \(1, 5\)"),
        ([1.0] * 6, r"shape \(6,\)"),
        ([["1"] * 6], "Expected numbers as responses"),
    ],
)
def test_tables_that_are_none(items, message):
    with pytest.raises(DataError, match=message):
        score(instrument("state_hope"), items)


@pytest.mark.parametrize("most", [-0.1, 1, NAN])
def test_share_out_of_range(most):
    with pytest.raises(SpecificationError, match="`max_missing` must be a share"):
        score(instrument("state_hope"), [[1.0] * 6], max_missing=most)


def test_unknown_subscale():
    with pytest.raises(SpecificationError, match=r"task, goal, bond.*Did you mean `bond`"):
        items_of(instrument("wai_s"), "bonds")
    with pytest.raises(SpecificationError, match="it has no subscales"):
        items_of(instrument("mcas"), "bond")


def test_goals_have_no_items():
    with pytest.raises(SpecificationError, match="Use `attain_goals`"):
        score(instrument("goal_attainment"), [[1.0]])


def test_no_rows():
    scored = score(instrument("mcas"), np.empty((0, 17)))
    assert scored.values.shape == (0,)
    assert find_invalid(instrument("mcas"), np.empty((0, 17))).n_invalid == 0


def test_results_cannot_be_written_to():
    scored = score(instrument("state_hope"), [[1.0] * 6])
    for array in (scored.values, scored.n_missing):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_scale():
    eleven, wai = instrument("smcm_fidelity_11"), instrument("wai_s")
    assert convert([45], eleven, SUM, MEAN)[0] == pytest.approx(4.0909, abs=5e-5)
    assert range_of(wai, subscale="bond") == (4, 28)
    assert (unit_of(wai), unit_of(wai, MEAN, "bond"), unit_of(eleven)) == (1, 0.25, None)
    with pytest.raises(DataError, match="Found 1 outside"):
        convert([4.1, 11.0], eleven, SUM, MEAN)


def test_a_million_interviews_in_a_second():
    rng = np.random.default_rng(1)
    items = rng.integers(1, 5, (1_000_000, 24)).astype(np.float32)
    items[::7, 3] = NAN
    started = time.process_time()
    scored = score(instrument("rprs_24"), items)
    seconds = time.process_time() - started
    assert scored.n_substituted == len(items[::7])
    tracemalloc.start()
    score(instrument("rprs_24"), items)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6
    assert seconds < 2


def test_goals_by_hand():
    client, wave = [4, 4, 4, 2, 2, 2, 2, 2], [9, 9, 18, 9, 9, 9, 9, 9]
    found = attain_goals(client, wave, [True, False, NAN, 1, 1, 0, 0, NAN])
    assert found.clients.tolist() == [2, 4, 4]
    assert found.waves.tolist() == [9, 9, 18]
    np.testing.assert_array_equal(found.proportions, [0.5, 0.5, NAN])
    assert found.n_goals.tolist() == [5, 2, 1]
    assert found.n_unknown.tolist() == [1, 0, 1]
    strict = attain_goals(client, wave, [1, 0, NAN, 1, 1, 0, 0, NAN], max_missing=0.1)
    np.testing.assert_array_equal(strict.proportions, [NAN, 0.5, NAN])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.sampled_from([0, 1, NAN]))))
def test_goals_as_counted_one_by_one(rows):
    columns = [[row[i] for row in rows] for i in range(3)]
    found = attain_goals(
        np.array(columns[0], dtype=int), np.array(columns[1], dtype=int), columns[2], 0.5
    )
    pairs = sorted({row[:2] for row in rows})
    assert list(zip(found.clients.tolist(), found.waves.tolist(), strict=True)) == pairs
    for pair, proportion, n_goals in zip(pairs, found.proportions, found.n_goals, strict=True):
        values = [value for *key, value in rows if tuple(key) == pair]
        known = [value for value in values if value == value]
        assert n_goals == len(values)
        is_known = bool(known) and 2 * len(known) >= len(values)
        expected = sum(known) / len(known) if is_known else NAN
        np.testing.assert_equal(proportion, expected)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([0, 1], [0], [1, 1]), "Found 2, 1 and 2"),
        (([0, -1], [0, 0], [1, 1]), "in 1 rows"),
        (([0, 1], [0.5, 0], [1, 1]), "whole-number codes"),
        (([0, 1], [0, 0], [1, 2]), "Found 1 other values, the first in row 1"),
    ],
)
def test_goals_that_are_none(columns, message):
    with pytest.raises(DataError, match=message):
        attain_goals(*columns)


def test_extremes_by_hand():
    values = [24, 96, 96, 92.4, 92.3, NAN, 50, 60, 70, 80]
    found = count_extremes(values, 24, 96)
    assert (found.n, found.n_floor, found.n_ceiling, found.n_near_ceiling) == (9, 1, 2, 3)
    assert found.is_ceilinged
    assert not found.is_floored
    assert not replace(found, n=20, n_ceiling=3).is_ceilinged
    assert replace(found, n=19, n_ceiling=3).is_ceilinged
    assert not replace(found, n=20, n_floor=3).is_floored
    assert replace(found, n=19, n_floor=3).is_floored
    assert np.isnan(count_extremes([NAN], 0, 1).ceiling)
    with pytest.raises(SpecificationError, match="from low to high"):
        count_extremes([1.0], 2, 2)


def test_means_reach_the_ceiling():
    """A mean of sevenths is not quite the end of its range in floats."""
    rows = np.full((3, 12), 7.0)
    values = score(instrument("wai_sr"), rows - 2, MEAN).values
    assert count_extremes(values / 3 * 3, 1, 5).n_ceiling == 3
