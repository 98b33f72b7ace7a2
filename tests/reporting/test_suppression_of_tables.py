"""Hidden counts of tables, held against linear programs written out here, without the package."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from mediation.errors import ReportError
from mediation.reporting.complementary import (
    differencing_check,
    leave_one_out_check,
    suppress_list,
    suppress_table,
)

MINIMUM = 5


def with_totals(counts):
    counts = np.asarray(counts, dtype=float)
    counts = np.vstack([counts, counts.sum(axis=0)])
    return np.column_stack([counts, counts.sum(axis=1)])


def bounds_of(whole, mask, cell):
    """What an attacker can say of a cell who knows the shown cells and that totals are sums."""
    rows, columns = whole.shape
    equations, right = [], []

    def add(weights, value=0.0):
        line = np.zeros(whole.shape)
        for place, weight in weights:
            line[place] += weight
        equations.append(line.ravel())
        right.append(value)

    for i in range(rows):
        add([((i, j), 1) for j in range(columns - 1)] + [((i, columns - 1), -1)])
    for j in range(columns):
        add([((i, j), 1) for i in range(rows - 1)] + [((rows - 1, j), -1)])
    for place in zip(*np.nonzero(~mask), strict=True):
        add([(place, 1)], whole[place])
    ends = []
    for sign in (1, -1):
        cost = np.zeros(whole.shape)
        cost[cell] = sign
        found = linprog(cost.ravel(), A_eq=np.array(equations), b_eq=right, method="highs")
        ends.append(np.inf if found.status == 3 else round(sign * found.fun, 6))
    return tuple(ends)


def check(counts, mask):
    whole = with_totals(counts)
    assert mask.shape == whole.shape
    assert mask[(whole > 0) & (whole < MINIMUM)].all()
    for cell in zip(*np.nonzero(mask), strict=True):
        low, high = bounds_of(whole, mask, cell)
        assert low < high, "recovered"
        assert high >= MINIMUM, "known to be small"


tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda shape: st.lists(
        st.lists(
            st.sampled_from([0, 0, 1, 2, 3, 4, 5, 6, 8, 12, 30]),
            min_size=shape[1],
            max_size=shape[1],
        ),
        min_size=shape[0],
        max_size=shape[0],
    )
)


@settings(max_examples=60, deadline=None)
@given(tables)
def test_no_hidden_cell_can_be_told(counts):
    check(counts, suppress_table(counts, MINIMUM))


def test_the_check_finds_what_primary_suppression_alone_leaves_open():
    counts = [[20, 3, 9], [30, 8, 40]]
    whole = with_totals(counts)
    small = (whole > 0) & (whole < MINIMUM)
    assert bounds_of(whole, small, (0, 1)) == (3, 3)
    # Two small cells hide each other, but both are known to be small.
    whole = with_totals([[20, 1, 2], [30, 1, 2]])
    small = (whole > 0) & (whole < MINIMUM)
    assert bounds_of(whole, small, (0, 1))[1] < MINIMUM
    with pytest.raises(AssertionError, match="known to be small"):
        check([[20, 1, 2], [30, 1, 2]], small)
    with pytest.raises(AssertionError, match="recovered"):
        check(counts, (whole > 0) & (with_totals(counts) < MINIMUM))


def test_nothing_is_hidden_without_a_small_count():
    assert not suppress_table([[20, 0, 9], [30, 8, 40]], MINIMUM).any()
    assert not suppress_list([5, 0, 9], MINIMUM).any()


def test_one_small_cell_takes_the_smallest_three_with_it():
    mask = suppress_table([[20, 3, 9], [30, 8, 40]], MINIMUM)
    assert np.argwhere(mask).tolist() == [[0, 1], [0, 2], [1, 1], [1, 2]]


def test_a_small_total_is_hidden_with_all_that_would_tell_it():
    check([[3]], suppress_table([[3]], MINIMUM))
    check([[2, 1], [40, 30]], suppress_table([[2, 1], [40, 30]], MINIMUM))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=1, max_size=7))
def test_lists_by_hand(counts):
    """In a list with its total, what is hidden must together leave room up to the minimum."""
    mask = suppress_list(counts, MINIMUM)
    hidden = [count for count, is_hidden in zip(counts, mask[:-1], strict=True) if is_hidden]
    assert {c for c in counts if 0 < c < MINIMUM} <= set(hidden)
    if hidden and sum(counts) >= MINIMUM:
        assert len(hidden) > 1
        assert sum(hidden) >= MINIMUM
    assert mask[-1] == (0 < sum(counts) < MINIMUM)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_no_difference_of_shown_totals_is_small(totals):
    withheld = differencing_check(totals, MINIMUM)
    shown = [t for t, hidden in zip(totals, withheld, strict=True) if not hidden]
    for one, other in itertools.combinations(shown, 2):
        assert not 0 < abs(one - other) < MINIMUM
    assert not any(0 < each < MINIMUM for each in shown)
    # Each withheld one has a reason among those wanted more.
    for number, hidden in enumerate(withheld):
        before = [t for t, h in zip(totals[:number], withheld, strict=False) if not h]
        reasons = [totals[number], *(abs(totals[number] - t) for t in before)]
        assert hidden == any(0 < each < MINIMUM for each in reasons)


def test_headline_without_the_few_who_changed_team_is_withheld():
    assert differencing_check([243, 240], MINIMUM).tolist() == [False, True]
    assert differencing_check([243, 238], MINIMUM).tolist() == [False, False]
    assert differencing_check([243, 243], MINIMUM).tolist() == [False, False]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=7))
def test_sizes_of_clusters_cannot_be_told_from_the_figures_without_them(sizes):
    total = sum(sizes)
    withheld = leave_one_out_check(total, [total - size for size in sizes], MINIMUM)
    hidden = [size for size, h in zip(sizes, withheld, strict=True) if h]
    assert {size for size in sizes if size < MINIMUM} <= set(hidden)
    if hidden and total >= MINIMUM:
        # Known: the total and the other sizes, so the sum of these.
        assert len(hidden) > 1
        assert sum(hidden) >= MINIMUM


def test_one_small_cluster_takes_another_with_it():
    withheld = leave_one_out_check(60, [57, 50, 40, 33], MINIMUM)
    assert withheld.tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: suppress_table([1, 2], 5), "rows and columns"),
        (lambda: suppress_table([[-1, 2]], 5), "negative or broken"),
        (lambda: suppress_list([[1.5, 2]], 5), "negative or broken"),
        (lambda: differencing_check([], 5), "a list of whole numbers"),
        (lambda: leave_one_out_check(60, [57, 50], 5), "Expected 60, found 13"),
    ],
)
def test_what_are_no_counts_is_refused(call, words):
    with pytest.raises(ReportError, match=words):
        call()
