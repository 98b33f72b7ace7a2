"""The tables of two reports: CSV cell by cell as numbers, Markdown line by line as text."""

from __future__ import annotations

import csv
import io
from itertools import zip_longest

from mediation.reporting.comparison_of_results import Comparison, Moved, numbers_moved

_GONE = "not there"


def compare_csv(recorded: str, found: str, name: str) -> Comparison:
    r"""Compare two CSV tables cell by cell, numbers within the tolerance of `results.json`.

    Parameters
    ----------
    recorded, found : str
        The texts of the files.
    name : str
        Of the table, as the list of what moved names it.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> comparison = compare_csv("x,y\n1.5,a\n", "x,y\n1.65,a\n", "t.csv")
    >>> print(*comparison.moved)
    t.csv, row 1, x: was 1.5, is 1.65 (relative 9.1e-02)
    """
    old, new = (list(csv.reader(io.StringIO(text))) for text in (recorded, found))
    header = new[0] if new else []
    if not old or old[0] != header:
        return Comparison(0, 1, (Moved(f"{name}, columns", _columns(old), _columns(new)),))
    n_numbers, n_others, moved = 0, 0, []
    for number, (was, now) in enumerate(zip_longest(old[1:], new[1:]), start=1):
        place = f"{name}, row {number}"
        if was is None or now is None or len(was) != len(now):
            n_others += 1
            moved.append(Moved(place, _cells(was), _cells(now)))
            continue
        for column, one, two in zip(header, was, now, strict=True):
            is_number, difference = _compare_cell(one, two, f"{place}, {column}")
            n_numbers, n_others = n_numbers + is_number, n_others + (not is_number)
            moved += [difference] if difference else []
    return Comparison(n_numbers, n_others, tuple(moved))


def compare_lines(recorded: str, found: str, name: str) -> Comparison:
    r"""Compare two texts line by line; a line is equal or it moved.

    Parameters
    ----------
    recorded, found, name : str
        As for `compare_csv`.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> print(*compare_lines("a\nb", "a\nc", "t.md").moved)
    t.md, line 2: was 'b', is 'c'
    """
    pairs = list(zip_longest(recorded.splitlines(), found.splitlines()))
    moved = tuple(
        Moved(f"{name}, line {number}", _line(one), _line(two))
        for number, (one, two) in enumerate(pairs, start=1)
        if one != two
    )
    return Comparison(0, len(pairs), moved)


def _compare_cell(recorded: str, found: str, place: str) -> tuple[bool, Moved | None]:
    old, new = _number(recorded), _number(found)
    if old is not None and new is not None:
        return True, numbers_moved(old, new, place)
    return False, None if recorded == found else Moved(place, repr(recorded), repr(found))


def _number(text: str) -> float | None:
    """Read a number, a whole one as such; None for words, nothing and what is not finite."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def _columns(table: list[list[str]]) -> str:
    return ", ".join(table[0]) if table else _GONE


def _cells(row: list[str] | None) -> str:
    return _GONE if row is None else f"{len(row)} cells"


def _line(text: str | None) -> str:
    return _GONE if text is None else repr(text)
