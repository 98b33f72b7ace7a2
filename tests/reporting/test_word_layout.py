"""How tables fit a sheet: widths, sizes and decimal points, as laws over any table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediation.reporting.document.table_layout import (
    GAP,
    LANDSCAPE,
    PORTRAIT,
    decimal_tails,
    n_lines,
    table_layout,
)
from mediation.reporting.html_tables import HtmlTable

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)


@st.composite
def tables(draw):
    n = draw(st.integers(1, 9))
    columns = tuple(draw(TEXTS) + str(i) for i in range(n))
    rows = tuple(draw(st.lists(st.tuples(*[TEXTS] * n), max_size=4)))
    groups = tuple(draw(TEXTS) for _ in rows) if draw(st.booleans()) else ()
    numeric = frozenset(draw(st.sets(st.sampled_from(columns))))
    return HtmlTable("t", draw(TEXTS), columns, numeric, rows, groups, draw(TEXTS))


@given(tables())
def test_any_table_fits_its_sheet(table):
    layout = table_layout(table)
    assert sum(layout.widths) <= (LANDSCAPE if layout.is_wide else PORTRAIT) + 1e-6
    assert len(layout.widths) == len(layout.breaks) == len(table.columns)
    assert min(layout.widths) > 0
    assert 8.0 <= layout.size <= 10.0
    assert n_lines(table, layout) >= len(table.rows)


def table_of(n, cell):
    columns = ("Path", *(f"C{i}" for i in range(n)))
    return HtmlTable("t", "T", columns, frozenset(columns[1:]), (("a", *[cell] * n),))


def test_type_gets_smaller_and_then_the_sheet_is_turned():
    found = [table_layout(table_of(n, "[\u22120.12, 0.31]")) for n in range(1, 9)]
    keys = [(layout.is_wide, -layout.size) for layout in found]
    assert keys == sorted(keys)
    assert keys[0] == (False, -10.0)
    assert keys[-1][0]
    # Numbers are never broken where a sheet has room for them.
    assert not any(any(layout.breaks) for layout in found)


def test_long_texts_are_broken_and_numbers_are_not():
    columns = ("Question", "Found", "n")
    row = ("Why? " * 10, "Because. " * 60, "1,234")
    layout = table_layout(HtmlTable("t", "T", columns, frozenset("n"), (row,)))
    assert layout.breaks == (True, True, False)
    assert not layout.is_wide
    assert sum(layout.widths) == pytest.approx(PORTRAIT)
    assert layout.widths[1] > 2 * layout.widths[0]
    assert layout.widths[2] > GAP


@pytest.mark.parametrize(
    ("cells", "tails"),
    [
        (("0.25", "12.5", "3"), ("", "0", ".00")),
        (("\u22120.5", "< .001", "\u2014", ""), ("00", "", "", "")),
        (("12.5%", "3.25%"), ("0", "")),
        (("12.5%", "3"), ("", ".0%")),
        (("1.25", "2.50"), None),
        (("1.2", "[0.1, 0.25]"), None),
        (("1.2", "about 0.25"), None),
        ((), None),
    ],
)
def test_decimal_tails(cells, tails):
    assert decimal_tails(cells) == tails


@given(st.lists(st.tuples(st.integers(-999, 999), st.integers(0, 4)), min_size=1))
def test_with_their_tails_all_numbers_end_alike(numbers):
    cells = [f"{value:.{decimals}f}" for value, decimals in numbers]
    tails = decimal_tails(cells) or ("",) * len(cells)
    ends = {len((cell + tail).partition(".")[2]) for cell, tail in zip(cells, tails, strict=True)}
    assert ends == {max(decimals for _, decimals in numbers)}
