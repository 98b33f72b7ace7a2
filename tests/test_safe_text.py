"""Texts that steer a terminal or run in a spreadsheet come out as mere texts."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.safe_text import csv_text, printable, without_formula

FORMULAS = (
    "=1+1",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1",
    '"=1',
    "'=1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b@x",
    "\uff1dcmd|' /C calc'!A0",
    "\uff0b1",
    "\uff0dx",
    "\uff20x",
    "-1e",
    "=",
    "--1",
    "+",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_begin_with_an_apostrophe(text):
    assert without_formula(text)[0] == "'"
    # The apostrophe is the first character of the cell, also after the file is read.
    ((_,), (cell,)) = csv.reader(io.StringIO(csv_text(pd.DataFrame({"x": [text]})), newline=""))
    assert cell.startswith("'")


@pytest.mark.parametrize(
    "text", ["", "-0.5", "+3", "1e-05", "-1.5E+10", "a=b", "Hope", "\u22120.5"]
)
def test_numbers_and_other_texts_stay(text):
    assert without_formula(text) == text


@pytest.mark.parametrize("text", ["x;=1", "x\t@a", "x\n+cmd", "x; \u00a0=1"])
def test_a_part_that_another_separator_would_make_a_cell_is_no_formula(text):
    cells = csv.reader(io.StringIO(csv_text(pd.DataFrame({"x": [text]})), newline=""))
    (cell,) = [*cells][1]
    for separator in ";\t\n":
        for part in cell.split(separator):
            assert not part.strip().startswith(("=", "+", "@"))


numbers = st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec="utf-8"), max_size=8)


@given(
    st.lists(st.tuples(texts, numbers, st.integers(-9, 9)), min_size=1, max_size=5),
    st.sampled_from("=+-@\t\r"),
)
def test_numbers_read_back_exactly_and_no_cell_is_a_formula(rows, sign):
    frame = pd.DataFrame(
        [(sign + text, value, count) for text, value, count in rows], columns=["=x", "y", "z"]
    )
    header, *lines = csv.reader(io.StringIO(csv_text(frame), newline=""))
    assert header == ["'=x", "y", "z"]
    np.testing.assert_array_equal([float(line[1]) for line in lines], frame["y"])
    np.testing.assert_array_equal([int(line[2]) for line in lines], frame["z"])
    for line in lines:
        is_number = line[0].lstrip("+-").replace(".", "", 1).isdigit()
        assert line[0].startswith("'") or is_number


def test_other_kinds_of_columns():
    frame = pd.DataFrame(
        {
            "level": pd.Categorical(["-none", "some"]),
            "n": pd.array([3, None], dtype="Int64"),
            "mixed": pd.Series([-1.5, "=a"], dtype=object),
            "nothing": pd.Series([None, "b"], dtype=object),
        }
    )
    assert csv_text(frame) == "level,n,mixed,nothing\n'-none,3,-1.5,\nsome,,'=a,b\n"
    twice = pd.DataFrame([["=a", "=b"]], columns=["x", "x"])
    assert csv_text(twice) == "x,x\n'=a,'=b\n"


@given(st.text())
def test_printable_is_printable_and_as_long(text):
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(ord(c) < 32 and c not in "\n\t" for c in shown)
    assert not any(0x7F <= ord(c) < 0xA0 for c in shown)
    shown.encode("utf-8")
    assert printable(shown) == shown


def test_printable_keeps_words():
    assert printable("Hoffnung, Zufriedenheit: äöü 你好") == "Hoffnung, Zufriedenheit: äöü 你好"
    assert printable("\x1b]0;title\x07\x9b31m\u202egnp") == "?]0;title??31m?gnp"


@given(st.text(st.sampled_from("=+-@;\t\n '\"1a")))
def test_twice_is_once(text):
    assert without_formula(without_formula(text)) == without_formula(text)
