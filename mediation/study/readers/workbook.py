"""Excel workbooks, by openpyxl."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from mediation.study.readers.door import library_door, not_installed
from mediation.study.readers.headers import printable
from mediation.study.readers.parsing import text_of
from mediation.study.readers.raw import (
    Cell,
    Cells,
    Column,
    Contents,
    SpreadsheetError,
    Unreadable,
    empty_table,
)

# A workbook is a packed archive: one that unpacks to more than this is no table of a study.
LARGEST_UNPACKED = 2**30
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0"
_BLOCK = 2**20
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def read_workbook(path: Path, file: str, wanted: Iterable[str], sheet: str | None) -> Contents:
    """Read one sheet of a workbook.

    Parameters
    ----------
    path : Path
    file : str
        Name for messages.
    wanted : iterable of str
        Headers of the columns to read.
    sheet : str or None
        Left out, the only one that is not hidden.

    Returns
    -------
    Contents

    Raises
    ------
    Unreadable
        If it is no workbook, an old or a locked one, unpacks to too much, or has no such sheet.
    """
    try:
        import openpyxl  # type: ignore[import-untyped]
    except ImportError:
        raise not_installed("openpyxl", ".xlsx", "excel") from None
    what = f"an Excel workbook (.xlsx) at {file}"
    with library_door(what, "Save it as .xlsx again."):
        _check_archive(path, what)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            table = book[_sheet_name(book, sheet, file)]
            records = _records(table)
            header_row, first = next(records, (0, None))
            if first is None:
                raise empty_table(file, "an empty sheet")
            contents = _collect(records, _header(first), tuple(wanted))
            member = table._worksheet_path.removeprefix("/")
        finally:
            book.close()
        contents = _with_formulas(contents, header_row, _without_values(path, member))
        if not len(contents.rows) and not contents.uneven and not contents.formulas:
            raise empty_table(file, "a header only")
        return contents


def sheet_names(path: Path) -> tuple[str, ...]:
    """Name the sheets of a workbook that are not hidden.

    Parameters
    ----------
    path : Path

    Returns
    -------
    tuple of str

    Raises
    ------
    Unreadable
        If it is no workbook, or openpyxl is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise not_installed("openpyxl", ".xlsx", "excel") from None
    what = f"an Excel workbook (.xlsx) at {path.name}"
    with library_door(what, "Save it as .xlsx again."):
        _check_archive(path, what)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            return tuple(str(s.title) for s in book.worksheets if s.sheet_state == "visible")
        finally:
            book.close()


def _check_archive(path: Path, what: str) -> None:
    with path.open("rb") as file:
        if file.read(4) == _OLD_OR_LOCKED:
            found = "an old workbook (.xls), or one with a password"
            raise Unreadable(what, found, "Save it as .xlsx, without a password.")
    with zipfile.ZipFile(path) as archive:
        # What a member holds beyond the size it states is an error when it is read.
        if sum(member.file_size for member in archive.infolist()) > LARGEST_UNPACKED:
            found = f"one that unpacks to more than {LARGEST_UNPACKED // 2**20} MB"
            raise Unreadable(what, found, "Save the table as CSV or Parquet.")


def _sheet_name(book: Any, sheet: str | None, file: str) -> str:
    names = [one.title for one in book.worksheets]
    shown = [one.title for one in book.worksheets if one.sheet_state == "visible"]
    if sheet is None and len(shown) == 1:
        return str(shown[0])
    if sheet in names:
        return str(sheet)
    listed = f"the sheets `{'`, `'.join(printable(name) for name in names)}`"
    if sheet is None:
        raise Unreadable(f"the name of a sheet of {file}", listed, 'Write `sheet = "..."`.')
    raise Unreadable(f"a sheet `{sheet}` in {file}", listed, "Correct `sheet`.")


def _records(sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Rows that hold anything, with their numbers; a row is as long as its last cell."""
    # The size that a workbook states may be wrong, or that of a whole sheet.
    sheet.reset_dimensions()
    for number, cells in enumerate(sheet.iter_rows(values_only=True), start=1):
        if any(cell is not None and cell != "" for cell in cells):
            yield number, cells


def _header(cells: tuple[Any, ...]) -> tuple[str, ...]:
    """Give the headers as texts, without empty ones at the end."""
    names = [text_of(_cell(value)) for value in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _collect(
    records: Iterator[tuple[int, tuple[Any, ...]]], header: tuple[str, ...], wanted: tuple[str, ...]
) -> Contents:
    places = {name: header.index(name) for name in wanted if name in header}
    coded = {name: _Coding() for name in places}
    rows, uneven = [], []
    for number, cells in records:
        if any(cell is not None and cell != "" for cell in cells[len(header) :]):
            uneven.append(number)
            continue
        rows.append(number)
        for name, place in places.items():
            coded[name].add(cells[place] if place < len(cells) else None)
    columns: dict[str, Column] = {name: coding.cells() for name, coding in coded.items()}
    return Contents(header, columns, np.array(rows, dtype=np.int64), tuple(uneven))


class _Coding:
    """Values of a column, each different one once."""

    def __init__(self) -> None:
        self.known: dict[tuple[type, Any], int] = {}
        self.codes: list[int] = []

    def add(self, value: Any) -> None:
        if value is None:
            self.codes.append(-1)
            return
        # 1, 1.0 and True are equal, but not the same cell.
        self.codes.append(self.known.setdefault((type(value), value), len(self.known)))

    def cells(self) -> Cells:
        values = tuple(_cell(value) for _, value in self.known)
        return Cells(np.array(self.codes, dtype=np.int32), values)


def _cell(value: Any) -> Cell:
    """Give one of the kinds of cells that columns are made of."""
    if isinstance(value, datetime):
        return value.date()
    if value is None or isinstance(value, (int, float, date)):
        return value
    text = str(value)
    return SpreadsheetError(text) if _is_error(text) else text


def _is_error(text: str) -> bool:
    from openpyxl.cell.cell import ERROR_CODES  # type: ignore[import-untyped]

    return text in ERROR_CODES


def _without_values(path: Path, member: str) -> Iterator[tuple[int, int]]:
    """Give row and column, from 1, of cells with a formula whose value is not stored.

    They look empty but are not missing: some programs write formulas and do not compute them.
    openpyxl does not tell them from formulas whose value is an empty text.
    """
    from openpyxl.utils.cell import coordinate_to_tuple  # type: ignore[import-untyped]

    with zipfile.ZipFile(path) as archive:
        if not _has_formulas(archive, member):
            return
        with archive.open(member) as sheet:
            for _, element in ElementTree.iterparse(sheet):
                if element.tag == f"{_MAIN}row":
                    element.clear()
                if element.tag != f"{_MAIN}c":
                    continue
                has_formula = element.find(f"{_MAIN}f") is not None
                is_text = element.get("t") == "str"
                if has_formula and not is_text and not element.findtext(f"{_MAIN}v"):
                    yield coordinate_to_tuple(element.get("r", "A1"))
                element.clear()


def _has_formulas(archive: zipfile.ZipFile, member: str) -> bool:
    """Look for a formula, which is much faster than reading the cells a second time."""
    with archive.open(member) as sheet:
        tail = b""
        while block := sheet.read(_BLOCK):
            if any(mark in tail + block for mark in (b"<f>", b"<f ", b"<f/>")):
                return True
            tail = block[-3:]
    return False


def _with_formulas(
    contents: Contents, header_row: int, cells: Iterable[tuple[int, int]]
) -> Contents:
    """Add the rows of formulas without values in the columns that are read."""
    names = {contents.header.index(name) + 1: name for name in contents.columns}
    rows: dict[str, list[int]] = {}
    for row, place in cells:
        if place in names and row > header_row:
            rows.setdefault(names[place], []).append(row)
    return replace(contents, formulas={name: tuple(found) for name, found in rows.items()})
