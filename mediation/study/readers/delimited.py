"""Text files with one row per line and cells between delimiters."""

from __future__ import annotations

import codecs
import csv
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from mediation.study.readers.raw import Cells, Column, Contents, Unreadable, empty_table

CHUNK = 10_000


def read_delimited(
    path: Path, file: str, wanted: Iterable[str], delimiter: str, encoding: str
) -> Contents:
    """Read a CSV file or one like it.

    Parameters
    ----------
    path : Path
    file : str
        Name for messages.
    wanted : iterable of str
        Headers of the columns to read.
    delimiter : str
        One character.
    encoding : str
        As Python names it; a byte order mark is no part of the table.

    Returns
    -------
    Contents

    Raises
    ------
    Unreadable
        If the text is not in this encoding, no line is there, or a line is no CSV.
    """
    separated = "commas" if delimiter == "," else f'the delimiter "{delimiter}"'
    expected = f"a CSV file in {encoding.upper()} with {separated} at {file}"
    _check_start(path, expected, encoding)
    if delimiter in '"\r\n\0':
        advice = 'Write the character between cells, such as `delimiter = ";"`.'
        raise Unreadable("a delimiter", "a quote or the end of a line", advice)
    advice = 'Save it as CSV (UTF-8, comma separated), or say what it is: `encoding = "cp1252"`.'
    try:
        with path.open(encoding=_with_mark(encoding), newline="") as text:
            return _read(text, file, tuple(wanted), delimiter, expected)
    except UnicodeError:
        raise Unreadable(expected, "another encoding", advice) from None
    except LookupError:
        found = "a name that is none of an encoding"
        raise Unreadable(expected, found, 'Write `encoding = "utf-8"` or "cp1252".') from None


def _with_mark(encoding: str) -> str:
    """Let UTF-8 begin with a byte order mark."""
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


def _check_start(path: Path, expected: str, encoding: str) -> None:
    """Name UTF-16, which Excel calls "Unicode text"."""
    with path.open("rb") as file:
        start = file.read(2)
    is_wide = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    if is_wide and "16" not in encoding:
        raise Unreadable(
            expected, "a file in UTF-16", 'Save it as CSV (UTF-8), or say `encoding = "utf-16"`.'
        )


def _read(
    text: TextIO, file: str, wanted: tuple[str, ...], delimiter: str, expected: str
) -> Contents:
    reader = csv.reader(_lines(text, expected), delimiter=delimiter, strict=True)
    try:
        records = _records(reader)
        first = next(records, None)
        if first is None:
            raise empty_table(file, "an empty file")
        header = tuple(cell.strip().lstrip("\ufeff") for cell in first[1])
        return _collect(records, header, wanted, file)
    except csv.Error as error:
        # Either the line where the error shows or an earlier one that opened a quote.
        found = f"a line that is no CSV ({error}, up to line {reader.line_num})"
        raise Unreadable(expected, found, "Export the table again.") from None


def _lines(text: TextIO, expected: str) -> Iterator[str]:
    for line in text:
        if "\0" in line:
            advice = "It is no text: export the table as CSV again."
            raise Unreadable(expected, "NUL characters", advice)
        yield line


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Give the records that hold anything, with the line number at which each begins."""
    begin = 1
    for cells in reader:
        if any(cells):
            yield begin, cells
        begin = reader.line_num + 1  # type: ignore[attr-defined]


def _collect(
    records: Iterator[tuple[int, list[str]]],
    header: tuple[str, ...],
    wanted: tuple[str, ...],
    file: str,
) -> Contents:
    """Code the wanted columns row by row, so that only different texts stay in memory."""
    places = [header.index(name) for name in wanted if name in header]
    known: list[dict[str, int]] = [{} for _ in places]
    codes = [array("i") for _ in places]
    rows, uneven = array("q"), []
    chunk: list[list[str]] = []
    for number, cells in records:
        if len(cells) != len(header):
            uneven.append(number)
            continue
        rows.append(number)
        chunk.append(cells)
        if len(chunk) == CHUNK:
            _code(chunk, places, known, codes)
            chunk = []
    _code(chunk, places, known, codes)
    if not len(rows) and not uneven:
        raise empty_table(file, "a header only")
    columns: dict[str, Column] = {
        header[place]: Cells(np.array(of_column, dtype=np.int32), tuple(texts))
        for place, texts, of_column in zip(places, known, codes, strict=True)
    }
    return Contents(header, columns, np.array(rows, dtype=np.int64), tuple(uneven))


def _code(
    chunk: list[list[str]],
    places: list[int],
    known: list[dict[str, int]],
    codes: list[array[int]],
) -> None:
    for place, texts, of_column in zip(places, known, codes, strict=True):
        of_column.extend(texts.setdefault(cells[place], len(texts)) for cells in chunk)
