"""Laws of the comparison: what is the same passes, whatever moved is found where it is."""

import copy
import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.reporting.comparison_of_results import (
    ABSOLUTE,
    RELATIVE,
    are_same,
    compare_results,
    versions_apart,
)
from mediation.reporting.comparison_of_tables import compare_csv, compare_lines

RESULTS = json.loads(
    (Path(__file__).parents[2] / "reports" / "results.json").read_text(encoding="utf-8")
)


def leaves_of(value, place=()):
    """Every leaf that is compared: where it is, and what."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key != "versions":
                yield from leaves_of(each, (*place, key))
    elif isinstance(value, list):
        for i, each in enumerate(value):
            yield from leaves_of(each, (*place, i))
    else:
        yield place, value


# Every example walks through the whole file.
SOME = settings(max_examples=30, deadline=None)
LEAVES = list(leaves_of(RESULTS))
# Of the rest a ten-thousandth is less than any reader could see: p-values below 0.00001.
NUMBERS = [
    (place, value)
    for place, value in LEAVES
    if isinstance(value, int | float) and not isinstance(value, bool) and not 0 < abs(value) < 1e-5
]


def with_value(place, value):
    """The results with one leaf changed, sharing all others."""
    changed = copy.copy(RESULTS)
    inside = changed
    for key in place[:-1]:
        inside[key] = copy.copy(inside[key])
        inside = inside[key]
    inside[place[-1]] = value
    return changed


def named(place):
    """How the list names a place, written another way than the package does."""
    return "".join(f"[{k}]" if isinstance(k, int) else f".{k}" for k in place).lstrip(".")


def test_equal_results_agree_in_every_leaf():
    comparison = compare_results(RESULTS, json.loads(json.dumps(RESULTS)))
    assert comparison.moved == ()
    assert comparison.n_numbers + comparison.n_others == len(LEAVES)
    assert comparison.n_numbers > 7_000


@SOME
@given(st.sampled_from(NUMBERS), st.sampled_from([1e-4, -1e-4, 0.5, 1e6]))
def test_any_number_that_changes_by_a_ten_thousandth_is_found(leaf, share):
    place, value = leaf
    moved = value * (1 + share) if value else share
    (found,) = compare_results(RESULTS, with_value(place, moved)).moved
    assert found.place == named(place)
    assert found.recorded == repr(value)
    assert found.found == repr(moved)
    assert found.relative == pytest.approx(abs(moved - value) / max(abs(moved), abs(value)))


@SOME
@given(
    st.sampled_from(LEAVES), st.sampled_from([None, math.nan, "Infinity", "a word", True, [], {}])
)
def test_anything_that_becomes_something_else_is_found(leaf, other):
    place, value = leaf
    found = compare_results(RESULTS, with_value(place, other)).moved
    same = type(value) is type(other) and value == other
    assert [each.place for each in found] == ([] if same else [named(place)])


@SOME
@given(st.sampled_from([leaf for leaf in LEAVES if isinstance(leaf[1], float)]))
def test_rounding_of_the_last_digits_is_no_move(leaf):
    place, value = leaf
    assert compare_results(RESULTS, with_value(place, value * (1 + 1e-9))).moved == ()


@SOME
@given(st.sampled_from([leaf for leaf in LEAVES if isinstance(leaf[0][-1], str)]))
def test_keys_that_are_missing_or_added_are_named(leaf):
    place, _ = leaf
    parent = RESULTS
    for key in place[:-1]:
        parent = parent[key]
    without = {key: value for key, value in parent.items() if key != place[-1]}
    changed = with_value(place[:-1], without) if place[:-1] else without
    (gone,) = compare_results(RESULTS, changed).moved
    (added,) = compare_results(changed, RESULTS).moved
    assert gone.place == added.place == named(place)
    assert gone.found == added.recorded == "not there"


@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_which_file_is_first_does_not_matter(one, two):
    assert are_same(one, two) == are_same(two, one)
    assert are_same(one, one)


def test_the_tolerance_is_the_stated_one():
    assert are_same(1.0, 1.0 + 0.99 * RELATIVE)
    assert not are_same(1.0, 1.0 + 1.01 * RELATIVE)
    assert are_same(0.0, 0.99 * ABSOLUTE)
    assert not are_same(0.0, 1.01 * ABSOLUTE)
    # Counts are whole numbers, and equal or not.
    assert not are_same(10_000_000, 10_000_001)
    assert not are_same(math.nan, math.nan)
    assert not are_same(math.inf, 1e308)


def test_lists_of_other_length_name_what_is_too_much():
    (gone,) = compare_results({"a": [1, 2, 3]}, {"a": [1, 2]}).moved
    assert str(gone) == "a[2]: was 3, is not there"
    (added,) = compare_results({"a": []}, {"a": [{"b": 1, "c": 2}]}).moved
    assert str(added) == "a[0]: was not there, is 2 keys"


def test_what_is_long_is_shown_by_its_beginning():
    (found,) = compare_results({"a": "x" * 500}, {"a": [1] * 500}).moved
    assert len(str(found)) < 120
    assert str(found).endswith("is 500 values")


def test_versions_are_apart_from_numbers():
    one, two = {"versions": {"numpy": "2.0"}}, {"versions": {"numpy": "2.4", "new": "1"}}
    assert compare_results(one, two).moved == ()
    assert versions_apart(one["versions"], two["versions"]) == (
        ("numpy", "2.0", "2.4"),
        ("new", "none", "1"),
    )


def test_tables_are_compared_as_numbers_and_as_words():
    recorded = 'effect,estimate,n\n"a, b",0.1,12\nc,,-inf\n'
    assert compare_csv(recorded, recorded, "t").moved == ()
    assert compare_csv(recorded, recorded, "t").n_numbers == 2
    assert compare_csv(recorded, recorded.replace("0.1,", "0.10000000001,"), "t").moved == ()
    for old, new, place in (
        ("0.1,", "0.1001,", "t, row 1, estimate"),
        (",12", ",13", "t, row 1, n"),
        ("c,,", "c,0,", "t, row 2, estimate"),
        ("-inf", "inf", "t, row 2, n"),
        ("a, b", "a, d", "t, row 1, effect"),
        ("effect", "effects", "t, columns"),
        ("c,,-inf\n", "", "t, row 2"),
        ("c,,-inf", "c,,-inf,1", "t, row 2"),
    ):
        (found,) = compare_csv(recorded, recorded.replace(old, new), "t").moved
        assert found.place == place
    (found,) = compare_csv("", recorded, "t").moved
    assert found.recorded == "not there"


def test_lines_are_equal_or_not():
    assert compare_lines("a\nb\n", "a\nb\n", "t").moved == ()
    assert [each.place for each in compare_lines("a\nb", "a\nc\nd", "t").moved] == [
        "t, line 2",
        "t, line 3",
    ]
