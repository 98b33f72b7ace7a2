"""How a table of texts fits a sheet of paper: size of type, widths of columns, decimal points."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.text_size import text_width

PORTRAIT, LANDSCAPE = 468.0, 648.0
"""Points between margins of an inch on a letter sheet."""
GAP = 9.0
"""Points between the texts of two columns."""

# Serifs are narrower than the letters that `text_width` bounds.
_SERIF = 0.8
_TEXT = 96.0
_NOTE = 320.0
_LONGEST_WORD = 110.0
_NUMBER = re.compile(r"[<>\u2264\u2265]? ?[+\-\u2212]?\d*(\.\d+)?( ?%)?|\u2014|")
_SHEETS = ((PORTRAIT, 10.0), (PORTRAIT, 9.0), (LANDSCAPE, 10.0), (LANDSCAPE, 9.0), (LANDSCAPE, 8.0))

SYMBOLS = frozenset(("M", "N", "SD", "SE", "df", "n", "p"))
"""Headings of columns that are statistical symbols, set in italics."""


@dataclass(frozen=True, slots=True)
class TableLayout:
    """The measures of a table, all in points.

    Attributes
    ----------
    is_wide : bool
        Whether it needs a sheet turned by a quarter.
    size : float
        Of the type.
    widths : tuple of float
        Of the columns, their gaps included.
    breaks : tuple of bool
        For each column whether any of its texts is broken into lines.
    """

    is_wide: bool
    size: float
    widths: tuple[float, ...]
    breaks: tuple[bool, ...]


def table_layout(table: HtmlTable) -> TableLayout:
    """Choose the largest type with which a table fits a sheet, upright if it can be.

    Numbers stay on one line where there is room for that; other texts are broken at spaces.

    Parameters
    ----------
    table : HtmlTable

    Returns
    -------
    TableLayout

    Examples
    --------
    >>> table = HtmlTable("t", "T", ("Path", "p"), frozenset("p"), (("a", ".02"),))
    >>> table_layout(table).is_wide, table_layout(table).size
    (False, 10.0)
    """
    for sheet, size in _SHEETS:
        least = _least(table, size, unbroken=True)
        if sum(least) <= sheet:
            break
    else:
        least = _least(table, size, unbroken=False)
    widths = _shared(_wanted(table, size), least, _over_all(table, size), sheet)
    breaks = tuple(
        have < need - 0.01 for have, need in zip(widths, _needed(table, size), strict=True)
    )
    return TableLayout(sheet == LANDSCAPE, size, widths, breaks)


def n_lines(table: HtmlTable, layout: TableLayout) -> int:
    """Estimate how many lines the rows of a table take, headings of groups included."""
    total = 0
    for i, row in enumerate(table.rows):
        if table.groups and (i == 0 or table.groups[i] != table.groups[i - 1]):
            total += 1 + len(table.groups[i].split("\n"))
        total += max(
            math.ceil(_width(cell, layout.size) / (width - GAP)) or 1
            for cell, width in zip(row, layout.widths, strict=True)
        )
    return total


def decimal_tails(cells: Sequence[str]) -> tuple[str, ...] | None:
    """Find what each number of a column lacks at its end to stand under the longest one.

    Parameters
    ----------
    cells : sequence of str

    Returns
    -------
    tuple of str or None
        Texts to be left blank; None where some cell is not one number, or nothing is lacking.

    Examples
    --------
    >>> decimal_tails(["0.25", "12.5", "3"]), decimal_tails(["0.25", "[0, 1]"])
    (('', '0', '.00'), None)
    """
    found = [_NUMBER.fullmatch(cell) for cell in cells]
    if not all(found):
        return None
    ends = [(each[1] or "", each[2] or "") for each in found if each is not None]
    decimals = max((len(decimal) for decimal, _ in ends), default=0)
    sign = max((sign for _, sign in ends), default="")
    blank = f".{'0' * (decimals - 1)}"
    tails = tuple(
        (blank[len(end) : decimals] + sign[len(own) :]) if re.search(r"\d", cell) else ""
        for cell, (end, own) in zip(cells, ends, strict=True)
    )
    return tails if any(tails) else None


def spanner(heading: str) -> tuple[str, str]:
    """Split a group heading into its first line and the quieter rest."""
    first, _, rest = heading.partition("\n")
    return first, rest


def _columns(table: HtmlTable) -> list[tuple[str, ...]]:
    return [tuple(row[j] for row in table.rows) for j in range(len(table.columns))]


def _width(text: str, size: float) -> float:
    lines = text.split("\n")
    return _SERIF * max(text_width(line, size) for line in lines)


def _needed(table: HtmlTable, size: float) -> tuple[float, ...]:
    """Widths with which no cell is broken."""
    found = [max((_width(cell, size) for cell in cells), default=0.0) for cells in _columns(table)]
    # Labels of rows stand in from the headings of their groups.
    found[0] += size if table.groups else 0.0
    return tuple(width + GAP for width in found)


def _wanted(table: HtmlTable, size: float) -> tuple[float, ...]:
    """Widths with which neither cells nor, up to a length, headings are broken."""
    heads = (min(_width(head, size), _TEXT) + GAP for head in table.columns)
    return tuple(map(max, zip(_needed(table, size), heads, strict=True)))


def _least(table: HtmlTable, size: float, *, unbroken: bool) -> tuple[float, ...]:
    """Widths below which words, or numbers if they are to stay unbroken, are cut."""
    least = []
    needed = _needed(table, size)
    for need, head, cells in zip(needed, table.columns, _columns(table), strict=True):
        word = max(_word(text, size) for text in (head, *cells)) + GAP
        keeps = head in table.numeric and unbroken
        least.append(max(word, need if keeps else min(need, _TEXT)))
    return tuple(least)


def _word(text: str, size: float) -> float:
    widest = max((_width(word, size) for word in text.split()), default=0.0)
    return min(widest, _LONGEST_WORD)


def _shared(
    wanted: tuple[float, ...], least: tuple[float, ...], over: float, sheet: float
) -> tuple[float, ...]:
    """Give every column its least, and what is left to those that want more."""
    missing = [max(0.0, want - have) for want, have in zip(wanted, least, strict=True)]
    left = sheet - sum(least)
    if left < 0:
        return tuple(have * sheet / sum(least) for have in least)
    share = min(1.0, left / sum(missing)) if sum(missing) > 0 else 0.0
    widths = [have + share * want for have, want in zip(least, missing, strict=True)]
    # Room that nobody asked for widens a table by a quarter, or as far as what runs over all of
    # its columns asks for.
    total = sum(widths)
    stretch = min(sheet, max(1.25 * total, over)) / total
    return tuple(width * stretch for width in widths)


def _over_all(table: HtmlTable, size: float) -> float:
    """Width with which no heading of a group is broken, and a note is not in a narrow strip."""
    lines = (_width(heading, size) + GAP for heading in set(table.groups))
    return max(_NOTE if table.note else 0.0, *lines, 0.0)
