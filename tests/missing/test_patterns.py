"""Patterns of missing values: counted by hand, and no small count to be had from them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mediation.errors import SpecificationError
from mediation.missing.patterns import is_small, missing_patterns, pool_small_cells

MINIMUM = 5


def frame_of(counts):
    """Rows from {pattern: count}; "10" is the first column observed and the second missing."""
    rows = [[1.0 if c == "1" else np.nan for c in p] for p, n in counts.items() for _ in range(n)]
    width = len(next(iter(counts)))
    return pd.DataFrame(rows, columns=[f"x{i}" for i in range(width)])


def shown(found):
    """{pattern: count} of what is shown."""
    texts = ["".join("1" if value else "0" for value in row) for row in found.observed]
    return dict(zip(texts, found.counts.tolist(), strict=True))


def test_patterns_counted_by_hand():
    counts = {"111": 40, "110": 12, "100": 9, "000": 6}
    found = missing_patterns(frame_of(counts), ["x0", "x1", "x2"], MINIMUM)
    assert shown(found) == counts
    assert list(shown(found)) == ["111", "110", "100", "000"]
    assert found.n_other == 0
    assert found.n_rows == 67
    assert found.n_complete == (40, 40)
    assert found.n_missing == ((6, 6), (15, 15), (27, 27))
    assert np.allclose(found.shares, [40 / 67, 12 / 67, 9 / 67, 6 / 67])
    assert found.is_monotone


def test_monotone_whatever_the_order_of_columns():
    frame = frame_of({"111": 40, "011": 12, "001": 9})
    assert missing_patterns(frame, ["x0", "x1", "x2"], MINIMUM).is_monotone
    frame = frame_of({"111": 40, "011": 12, "101": 9})
    assert not missing_patterns(frame, ["x0", "x1", "x2"], MINIMUM).is_monotone


def test_a_small_pool_takes_the_next_rarest_pattern():
    found = missing_patterns(frame_of({"11": 40, "10": 12, "01": 9, "00": 3}), ["x0", "x1"], 5)
    assert shown(found) == {"11": 40, "10": 12}
    assert found.n_other == 12
    # All of the pool lack the first column; 3 of them the second, which is not told.
    assert found.n_missing == ((12, 12), (12, 24))
    assert found.n_complete == (40, 40)


def test_columns_that_all_or_none_of_the_pool_lack_are_counted():
    counts = {"111": 40, "101": 4, "100": 6, "001": 3}
    found = missing_patterns(frame_of(counts), ["x0", "x1", "x2"], 5)
    assert shown(found) == {"111": 40, "100": 6}
    # In the pool of 101 and 001 all lack the second column, none the third, some the first.
    assert found.n_missing == ((0, 7), (13, 13), (6, 6))


def test_fewer_incomplete_rows_than_may_be_shown():
    found = missing_patterns(frame_of({"11": 40, "10": 2, "00": 1}), ["x0", "x1"], MINIMUM)
    assert shown(found) == {}
    assert found.is_nearly_complete
    assert found.n_complete == (39, 42)
    assert found.n_missing == ((0, 43), (0, 43))


def test_nothing_missing():
    found = missing_patterns(frame_of({"11": 40}), ["x0", "x1"], MINIMUM)
    assert shown(found) == {"11": 40}
    assert not found.is_nearly_complete
    assert found.is_monotone
    assert found.n_complete == (40, 40)


def test_no_row_and_a_minimum_of_one():
    frame = frame_of({"11": 3, "10": 1})
    assert shown(missing_patterns(frame, ["x0", "x1"], 1)) == {"11": 3, "10": 1}
    empty = missing_patterns(frame.iloc[:0], ["x0", "x1"], MINIMUM)
    assert (len(empty.counts), empty.n_rows, empty.n_complete) == (0, 0, (0, 0))


def test_order_of_rows_changes_nothing():
    frame = frame_of({"111": 20, "110": 7, "011": 7, "101": 7})
    first = missing_patterns(frame, ["x0", "x1", "x2"], MINIMUM)
    other = missing_patterns(frame.sample(frac=1, random_state=2), ["x0", "x1", "x2"], MINIMUM)
    assert list(shown(first).items()) == list(shown(other).items())
    assert list(shown(first)) == ["111", "110", "101", "011"]


def test_text_columns_and_repeated_names():
    frame = pd.DataFrame({"g": pd.Categorical(["a", None] * 6), "x": [1.0] * 12})
    found = missing_patterns(frame, ["g", "x", "g"], MINIMUM)
    assert found.columns == ("g", "x")
    assert shown(found) == {"11": 6, "01": 6}


def test_arrays_cannot_be_written_to_and_no_row_is_shown():
    found = missing_patterns(frame_of({"11": 40, "10": 12}), ["x0", "x1"], MINIMUM)
    with pytest.raises(ValueError, match="read-only"):
        found.counts[0] = 1
    assert repr(found) == "MissingPatterns(2 patterns, 2 columns, 52 rows)"


@pytest.mark.parametrize("columns", [["x0", "nothing"], []])
def test_columns_that_are_not_there(columns):
    with pytest.raises(SpecificationError, match="Name columns of the table"):
        missing_patterns(frame_of({"11": 4}), columns, MINIMUM)


counts_of_patterns = st.dictionaries(
    st.text("01", min_size=3, max_size=3), st.integers(1, 30), min_size=1, max_size=8
)


@given(counts_of_patterns)
def test_no_small_count_is_shown_or_follows(counts):
    found = missing_patterns(frame_of(counts), ["x0", "x1", "x2"], MINIMUM)
    assert not is_small(found.counts, MINIMUM).any()
    assert found.counts.sum() + found.n_other == found.n_rows == sum(counts.values())
    if found.n_rows >= MINIMUM:
        assert not 0 < found.n_other < MINIMUM
    for pattern, n in shown(found).items():
        assert counts[pattern] == n
    least, most = found.n_complete
    assert least <= counts.get("111", 0) <= most
    for i, (low, high) in enumerate(found.n_missing):
        truth = sum(n for p, n in counts.items() if p[i] == "0")
        assert low <= truth <= high


@given(counts_of_patterns)
def test_no_total_of_a_column_tells_a_part_of_the_pool(counts):
    found = missing_patterns(frame_of(counts), ["x0", "x1", "x2"], MINIMUM)
    for i, (low, high) in enumerate(found.n_missing):
        in_pool = low - sum(n for p, n in shown(found).items() if p[i] == "0")
        assert in_pool in (0, found.n_other)
        assert high - low in (0, found.n_other)


def splits(total, parts):
    """Every way to share out `total` rows over `parts` patterns, shape (n_ways, parts)."""
    if parts == 1:
        return np.array([[total]])
    bars = itertools.combinations(range(total + parts - 1), parts - 1)
    ends = np.array([(-1, *bar, total + parts - 1) for bar in bars])
    return np.diff(ends, axis=1) - 1


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.text("01", min_size=3, max_size=3), st.integers(1, 9), min_size=2, max_size=8
    ),
    st.integers(0, 1).map(lambda i: 30 * i),
)
def test_no_count_in_the_pool_follows_by_elimination(counts, n_complete):
    """Of all pools that fit what is told, no pattern has one and the same small count."""
    counts = counts | ({"111": n_complete} if n_complete else {})
    found = missing_patterns(frame_of(counts), ["x0", "x1", "x2"], MINIMUM)
    assume(MINIMUM <= found.n_other <= 9)
    hidden = [p for p in map("".join, itertools.product("01", repeat=3)) if p not in shown(found)]
    ways = splits(found.n_other, len(hidden))
    for i, (low, high) in enumerate(found.n_missing):
        known = sum(n for p, n in shown(found).items() if p[i] == "0")
        lacking = ways[:, [p[i] == "0" for p in hidden]].sum(axis=1)
        told = lacking == low - known
        partly = (lacking > 0) & (lacking < found.n_other)
        ways = ways[told if low == high else partly]
    assert len(ways)
    pinned = ways.min(axis=0) == ways.max(axis=0)
    assert not is_small(ways[0][pinned], MINIMUM).any()


@given(
    st.lists(st.tuples(st.integers(0, 15), st.integers(0, 15)), min_size=1, max_size=7),
)
def test_pooled_cells_are_not_small(rows):
    counts = np.array(rows)
    pooled = pool_small_cells(counts, MINIMUM)
    assert not is_small(counts[~pooled], MINIMUM).any()
    if pooled.any() and not pooled.all():
        assert not is_small(counts[pooled].sum(axis=0), MINIMUM).any()
    if not is_small(counts, MINIMUM).any():
        assert not pooled.any()


def test_counts_beside_numbers_of_interviews_are_rounded():
    """27 of 60 were not interviewed and 30 lack the score: 3 who were would be told."""
    a = [1.0] * 30 + [np.nan] * 30
    b = [1.0] * 42 + [np.nan] * 18
    frame = pd.DataFrame({"a": a, "b": b})
    exact = missing_patterns(frame, ["a", "b"], 5, told=(30, 42, 60))
    assert (exact.unit, exact.counts.tolist()) == (1, [30, 18, 12])
    found = missing_patterns(frame, ["a", "b"], 5, told=(33,))
    assert found.unit == 5
    assert found.counts.tolist() == [30, 20, 10]
    assert found.n_missing == ((28, 32), (18, 22))
    assert found.n_complete == (30, 30)
