"""Columns of any format as numbers, months or texts, with the cells that are none."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array
from mediation.study.readers.parsing import (
    DAYS_PER_MONTH,
    Writing,
    months_of,
    parse_date,
    parse_number,
    text_of,
)
from mediation.study.readers.raw import Cell, Cells, Column, Days, Numbers, SpreadsheetError

_MISSING_DAY = np.datetime64("NaT", "D")
_FIRST, _LAST = months_of(date(1900, 1, 1)), months_of(date(2100, 12, 31))

Mask = NDArray[np.bool_]


def to_numbers(column: Column, writing: Writing) -> tuple[Array, Mask]:
    """Give the numbers of a column.

    Parameters
    ----------
    column : Cells, Numbers or Days
    writing : Writing

    Returns
    -------
    values : ndarray, shape (n_rows,)
        NaN where missing or wrong.
    wrong : ndarray of bool, shape (n_rows,)
        Cells that are neither a finite number nor missing.

    Examples
    --------
    >>> column = Cells(np.array([0, 1, 2, -1], dtype=np.int32), ("4.5", "x", 3))
    >>> [found.tolist() for found in to_numbers(column, Writing())]
    [[4.5, nan, 3.0, nan], [False, True, False, False]]
    """
    if isinstance(column, Days):
        present = ~np.isnat(_present(column, writing))
        return np.full(len(column), np.nan), present
    if isinstance(column, Numbers):
        values = np.array(column.values, dtype=np.float64)
        for text in writing.missing:
            number = parse_number(text)
            if number is not None:
                values[values == number] = np.nan
        wrong = np.isinf(values)
        values[wrong] = np.nan
        return values, wrong

    def number_of(cell: Cell) -> float | None:
        if isinstance(cell, (int, float)):
            return float(cell) if math.isfinite(cell) else None
        text = text_of(cell)
        if writing.decimal == ",":
            text = text.replace(",", ".") if "." not in text else ""
        return parse_number(text)

    return _looked_up(column, number_of, writing)


def to_months(column: Column, writing: Writing) -> tuple[Array, Mask]:
    """Give the dates of a column as months since 1970-01-01.

    Parameters
    ----------
    column : Cells, Numbers or Days
    writing : Writing

    Returns
    -------
    values : ndarray, shape (n_rows,)
        Months of 30.4375 days; NaN where missing or wrong.
    wrong : ndarray of bool, shape (n_rows,)
        Cells that are neither missing nor a date of people now in a study: days before
        1900 or after 2100 are slips, or codes such as 9999-12-31.

    Examples
    --------
    >>> days = Days(np.array(["1970-01-01", "NaT"], dtype="datetime64[D]"))
    >>> [found.tolist() for found in to_months(days, Writing())]
    [[0.0, nan], [False, False]]
    """
    if isinstance(column, Days):
        days = _present(column, writing)
        missing = np.isnat(days)
        months = np.where(missing, 0, days.astype(np.int64)) / DAYS_PER_MONTH
        return _of_people(np.where(missing, np.nan, months), np.zeros(len(days), dtype=bool))
    if isinstance(column, Numbers):
        values, wrong = to_numbers(column, writing)
        return np.full(len(values), np.nan), wrong | ~np.isnan(values)

    def parse(cell: Cell) -> float | None:
        if isinstance(cell, date):
            return months_of(cell)
        return parse_date(cell, writing.date_format) if isinstance(cell, str) else None

    return _of_people(*_looked_up(_stripped(column), parse, writing))


def _of_people(months: Array, wrong: Mask) -> tuple[Array, Mask]:
    """Take dates for wrong on which nobody in a study can have been seen."""
    outside = (months < _FIRST) | (months > _LAST)
    return np.where(outside, np.nan, months), wrong | outside


def to_texts(column: Column, writing: Writing, *, with_labels: bool) -> tuple[Cells, Mask]:
    """Give the texts of a column; whole numbers have no decimal point.

    Parameters
    ----------
    column : Cells, Numbers or Days
    writing : Writing
    with_labels : bool
        Whether values that the file labels become their labels.

    Returns
    -------
    texts : Cells
        Of texts without blanks around them, and None.
    wrong : ndarray of bool, shape (n_rows,)
        Cells that hold an error of a spreadsheet.

    Examples
    --------
    >>> column = Numbers(np.array([1.0, np.nan, 2.0]), {1.0: "woman"})
    >>> texts, _ = to_texts(column, Writing(), with_labels=True)
    >>> texts.lookup(lambda text: text or "-", object).tolist()
    ['woman', '-', '2']
    """
    cells = column if isinstance(column, Cells) else _coded(column)
    labels = dict(cells.labels) if with_labels else {}

    def shown(cell: Cell) -> str | None:
        text = text_of(cell)
        if isinstance(cell, SpreadsheetError) or text in writing.missing:
            return None
        text = labels.get(cell, labels.get(text, text)).strip()
        return None if text in writing.missing else text

    wrong = cells.lookup(
        lambda cell: isinstance(cell, SpreadsheetError) and cell not in writing.missing, bool
    )
    values = tuple(shown(cell) for cell in cells.values)
    return Cells(cells.codes, values), np.asarray(wrong, dtype=bool)


def text_array(texts: Cells) -> Any:
    """Give texts as an array of pandas, missing where there is none."""
    values: list[Any] = [*texts.values, None]
    # Code -1 is the last place.
    return pd.array(values, dtype="str").take(texts.codes % len(values))


def _present(column: Days, writing: Writing) -> NDArray[np.datetime64]:
    """Give the days without those that stand for a missing value."""
    days = column.values
    for text in writing.missing:
        if parse_date(text) is not None:
            days = np.where(days == np.datetime64(text, "D"), _MISSING_DAY, days)
    return days


def _stripped(column: Cells) -> Cells:
    values = (value.strip() if isinstance(value, str) else value for value in column.values)
    return Cells(column.codes, tuple(values))


def _looked_up(column: Cells, parse: Any, writing: Writing) -> tuple[Array, Mask]:
    """Parse every different value once; a missing one is no wrong one."""
    # The last place is that of code -1.
    numbers, wrong = np.full(len(column.values) + 1, np.nan), np.zeros(len(column.values) + 1, bool)
    for code, value in enumerate(column.values):
        if text_of(value) in writing.missing:
            continue
        found = parse(value)
        wrong[code] = found is None
        numbers[code] = np.nan if found is None else found
    return numbers[column.codes], wrong[column.codes]


def _coded(column: Numbers | Days) -> Cells:
    """Code each different number or day once."""
    if isinstance(column, Numbers):
        codes, values = pd.factorize(column.values)
        return Cells(codes.astype(np.int32), tuple(values.tolist()), column.labels)
    codes, values = pd.factorize(column.values.astype("datetime64[s]"))
    days = (value.date() for value in pd.DatetimeIndex(values).to_pydatetime())
    return Cells(codes.astype(np.int32), tuple(days))
