"""Read every table of a folder, guessing how each file is written."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from mediation.starting.facts import ColumnFacts, facts_of
from mediation.starting.tables import FoundTable
from mediation.study.entries import FileTable
from mediation.study.readers.place import Format, format_of
from mediation.study.readers.raw import Cells, Column, Days, Unreadable
from mediation.study.readers.workbook import sheet_names
from mediation.study.tables import read_contents

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8", "utf-16", "cp1252")
_SAMPLE = 200_000
_COMMA_NUMBER = re.compile(r"-?\d+,\d+")


def look_at(folder: Path) -> tuple[tuple[FoundTable, ...], tuple[str, ...]]:
    """Read the tables of a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tables : tuple of FoundTable
        One for each file of a known format, and each sheet of a workbook, in order of names.
    unread : tuple of str
        What could not be read, and why.
    """
    tables: list[FoundTable] = []
    unread: list[str] = []
    for path in sorted(folder.iterdir()):
        if not path.is_file() or path.name.startswith("."):
            continue
        try:
            kind = format_of(path.name)
        except Unreadable:
            continue
        try:
            ways = _options(path, kind)
        except OSError as error:
            unread.append(_closed(path, error))
            continue
        for options in ways:
            try:
                tables.append(_found(path, options))
            except Unreadable as why:
                unread.append(
                    f"{path.name}: expected {why.expected}; found {why.found}. {why.advice}"
                )
            except OSError as error:
                unread.append(_closed(path, error))
    return tuple(tables), tuple(unread)


def _closed(path: Path, error: OSError) -> str:
    reason = error.strerror or "it cannot be opened"
    return f"{path.name}: expected a file that can be read; found: {reason}. Look at its rights."


def _options(path: Path, kind: Format) -> list[dict[str, str]]:
    """Give the ways in which a file is to be read: one for each table in it."""
    if kind is Format.DELIMITED:
        return [sniff(path)]
    if kind is Format.WORKBOOK:
        try:
            names = sheet_names(path)
        except Unreadable:
            return [{}]
        return [{}] if len(names) == 1 else [{"sheet": name} for name in names]
    return [{}]


def sniff(path: Path) -> dict[str, str]:
    """Guess delimiter, decimal mark and encoding of a text file from its beginning.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to str
        Keys of the manifest; what is the default there is left out.
    """
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    encoding = next(name for name in ENCODINGS if _decodes(start, name))
    text = start.decode(encoding, errors="ignore")
    lines = text.lstrip("\ufeff").splitlines()
    delimiter = max(DELIMITERS, key=lambda each: (_width(lines, each), -DELIMITERS.index(each)))
    options = {} if delimiter == "," else {"delimiter": delimiter}
    if path.suffix.lower() == ".tsv" and delimiter == "\t":
        options = {}
    if delimiter != ",":
        cells = [cell for line in lines[1:200] for cell in line.split(delimiter)]
        if any(_COMMA_NUMBER.fullmatch(cell.strip().strip('"')) for cell in cells):
            options["decimal"] = ","
    return options if encoding == "utf-8" else {**options, "encoding": encoding}


def _decodes(start: bytes, encoding: str) -> bool:
    if encoding == "utf-16":
        return start[:2] in (b"\xff\xfe", b"\xfe\xff")
    if encoding == "cp1252":
        return True
    try:
        # The sample may end inside a letter.
        start[: len(start) - 4 if len(start) == _SAMPLE else None].decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _width(lines: list[str], delimiter: str) -> int:
    """Columns of the header, if the first lines have as many; else 0."""
    try:
        rows = list(csv.reader(io.StringIO("\n".join(lines[:20])), delimiter=delimiter))
    except csv.Error:
        return 0
    widths = {len(row) for row in rows if row}
    return widths.pop() if len(widths) == 1 else 0


def _found(path: Path, options: dict[str, str]) -> FoundTable:
    entry = FileTable.model_validate({"file": path.name, "columns": {"any": "any"}, **options})
    kind = format_of(path.name)
    header = read_contents(kind, path, entry, ()).header
    once = tuple(name for name in header if name and header.count(name) == 1)
    contents = read_contents(kind, path, entry, once)
    decimal = options.get("decimal", ".")
    columns = tuple(_facts(name, contents.columns[name], decimal) for name in once)
    return FoundTable(path.name, options, columns)


def _facts(header: str, column: Column, decimal: str) -> ColumnFacts:
    if isinstance(column, Days):
        return facts_of(header, pd.Series(column.values.astype("datetime64[s]")))
    if isinstance(column, Cells):
        values = np.array([*map(_text, column.values), None], dtype=object)
        texts = pd.Series(values[column.codes], dtype="object")
        if decimal == ",":
            texts = texts.str.replace(r"^(-?\d+),(\d+)$", r"\1.\2", regex=True)
        return facts_of(header, texts)
    facts = facts_of(header, pd.Series(column.values))
    present = facts.numbers[~np.isnan(facts.numbers)]
    if not column.labels or not set(present.tolist()) <= set(column.labels):
        return facts
    shown = [column.labels.get(number) for number in facts.numbers.tolist()]
    return replace(facts, labels=pd.Series(shown, dtype="str"))


def _text(value: object) -> str | None:
    """Write a cell as text; an empty one and NA are missing."""
    text = str(value).strip()
    if isinstance(value, float) and value == round(value):
        text = f"{value:.0f}"
    return None if text in ("", "NA") else text
