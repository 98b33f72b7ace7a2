"""Files of SPSS and Stata, by pyreadstat."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.study.readers.door import library_door, not_installed
from mediation.study.readers.raw import (
    Cell,
    Cells,
    Column,
    Contents,
    Days,
    Numbers,
    empty_table,
    row_numbers,
)

SECONDS_PER_DAY = 86_400.0
# Days from the first day of each program's calendar to 1970-01-01.
SPSS_DAYS = 141_428  # 1582-10-14
STATA_DAYS = 3_653  # 1960-01-01
_SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS", "MOYR", "QYR")
_FARTHEST = 4_000_000
_PACKED = b"$FL3"
# Deflate, zlib's method, makes 1,032 bytes of one at most.
_MOST_PACKED = 1_032


def read_statistics_file(path: Path, file: str, wanted: Iterable[str]) -> Contents:
    """Read a file of SPSS (.sav, .zsav) or Stata (.dta).

    Parameters
    ----------
    path : Path
    file : str
        Name for messages.
    wanted : iterable of str
        Names of the variables to read.

    Returns
    -------
    Contents
        Values that the file declares to be missing (values and ranges in SPSS, .a to .z in
        Stata) are missing and counted in `declared`.

    Raises
    ------
    Unreadable
        If it is damaged, or a file of another kind.
    """
    is_stata = path.suffix.lower() == ".dta"
    program, extra = ("Stata", "stata") if is_stata else ("SPSS", "spss")
    try:
        import pyreadstat
    except ImportError:
        raise not_installed("pyreadstat", path.suffix.lower(), extra) from None
    read = pyreadstat.read_dta if is_stata else pyreadstat.read_sav
    with library_door(f"a file of {program} at {file}", f"Save it in {program} again."):
        _, about = read(str(path), metadataonly=True)
        header = tuple(about.column_names)
        # The library makes room for as many rows as the header says, damaged or not.
        _check_size(path, (about.number_rows or 0) * len(header))
        used = [name for name in dict.fromkeys(wanted) if name in header]
        # Without a wanted variable only the header is needed, to say what is there.
        frame, about = read(
            str(path),
            usecols=used or list(header[:1]),
            user_missing=True,
            disable_datetime_conversion=True,
        )
        if not len(frame):
            raise empty_table(file, "variables without cases" if header else "an empty file")
        columns, declared = {}, {}
        for name in used:
            columns[name], n_declared = _column(name, frame[name], about, is_stata)
            if n_declared:
                declared[name] = n_declared
    return Contents(header, columns, row_numbers(len(frame)), declared=declared)


def _check_size(path: Path, n_cells: int) -> None:
    """Refuse a file too short for the cells that its header says it has.

    Every cell takes a byte or more, in the compressed files of SPSS too; only those with the
    signature of .zsav are packed once more, to a thousandth at the very best.
    """
    with path.open("rb") as file:
        is_packed = file.read(4) == _PACKED
    if n_cells > path.stat().st_size * (_MOST_PACKED if is_packed else 1):
        raise ValueError("the header of the file is damaged")


def _column(name: str, values: pd.Series, about: Any, is_stata: bool) -> tuple[Column, int]:
    """Give a variable without the values declared to be missing, and how many those are."""
    labels: dict[Cell, str] = dict(about.variable_value_labels.get(name, {}))
    ranges = about.missing_ranges.get(name, ())
    if about.readstat_variable_types[name] == "string":
        codes, texts = pd.factorize(values)
        is_declared = np.isin(codes, _declared_texts(texts, ranges))
        kept = np.array(np.where(is_declared, -1, codes), dtype=np.int32)
        return Cells(kept, tuple(str(text) for text in texts), labels), int(is_declared.sum())
    # Missing values .a to .z of Stata come as letters among the numbers.
    letters = pd.Series(False, index=values.index)
    if values.dtype == object:
        letters = values.map(lambda value: isinstance(value, str))
    numbers = values.mask(letters).to_numpy(dtype=float, na_value=np.nan)
    is_declared = letters.to_numpy(dtype=bool)
    for limits in ranges:
        is_declared = is_declared | ((numbers >= limits["lo"]) & (numbers <= limits["hi"]))
    numbers = np.where(is_declared, np.nan, numbers)
    days = _days(numbers, about.original_variable_types[name], is_stata)
    return Numbers(numbers, labels) if days is None else Days(days), int(is_declared.sum())


def _declared_texts(texts: Any, ranges: Iterable[Mapping[str, Any]]) -> list[int]:
    """Find the texts that the file declares to be missing; SPSS pads texts with blanks."""
    declared = {str(limits["lo"]).strip() for limits in ranges}
    return [code for code, text in enumerate(texts) if str(text).strip() in declared]


def _days(
    numbers: NDArray[np.float64], written_as: str, is_stata: bool
) -> NDArray[np.datetime64] | None:
    """Turn the dates of a program into days; None if the variable is shown as a number.

    SPSS counts seconds of its calendar, Stata days (%td) or thousandths of a second (%tc).
    """
    shown = written_as.replace("-", "")
    if is_stata and shown.startswith(("%td", "%d")):
        since_1970 = np.floor(numbers) - STATA_DAYS
    elif is_stata and shown.lower().startswith("%tc"):
        since_1970 = np.floor(numbers / (1000 * SECONDS_PER_DAY)) - STATA_DAYS
    elif not is_stata and shown.rstrip("0123456789.") in _SPSS_DATES:
        since_1970 = np.floor(numbers / SECONDS_PER_DAY) - SPSS_DAYS
    else:
        return None
    missing = np.isnan(since_1970)
    whole = np.where(missing, 0, np.clip(since_1970, -_FARTHEST, _FARTHEST)).astype(np.int64)
    days = whole.astype("datetime64[D]")
    days[missing] = np.datetime64("NaT")
    return days
