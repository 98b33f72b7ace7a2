"""Texts of cells as numbers and dates, as strictly in every format."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime

from mediation.study.readers.raw import Cell

DAYS_PER_MONTH = 30.4375
EPOCH = date(1970, 1, 1)
MISSING = ("", "NA")

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Writing:
    """How a file writes numbers, dates and missing values.

    Attributes
    ----------
    decimal : str
        "." or ",".
    date_format : str or None
        As in `strptime`; None is ISO.
    missing : frozenset of str
        Texts that mean a missing value.
    """

    decimal: str = "."
    date_format: str | None = None
    missing: frozenset[str] = frozenset(MISSING)


def text_of(value: Cell) -> str:
    """Write a cell as it would stand in a CSV file, without blanks around it.

    Examples
    --------
    >>> text_of(1.0), text_of(0.5), text_of(" 01 "), text_of(date(2015, 1, 31)), text_of(None)
    ('1', '0.5', '01', '2015-01-31', '')
    """
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def parse_number(text: str) -> float | None:
    """Read a finite decimal number, or None.

    Examples
    --------
    >>> parse_number("4.5"), parse_number("4,5"), parse_number("inf")
    (4.5, None, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def parse_date(text: str, date_format: str | None = None) -> float | None:
    """Read a date as months of 30.4375 days since 1970-01-01, or None.

    Parameters
    ----------
    text : str
    date_format : str, optional
        As in `strptime`; left out, ISO.

    Returns
    -------
    float or None

    Examples
    --------
    >>> parse_date("1970-01-01"), parse_date("2015-02-30"), parse_date("5 Jan 2015")
    (0.0, None, None)
    >>> parse_date("01.01.1970", "%d.%m.%Y")
    0.0
    """
    if date_format is None and not _ISO_DATE.fullmatch(text):
        return None
    try:
        if date_format is None:
            return months_of(date.fromisoformat(text))
        return months_of(datetime.strptime(text, date_format).date())
    except ValueError:
        return None


_YEARS = ("%Y", "%y", "%G", "%D", "%F", "%x", "%c")


def is_date_format(date_format: str) -> bool:
    """Say whether a format can be read and tells day, month and year.

    Examples
    --------
    >>> is_date_format("%d.%m.%Y"), is_date_format("%d.%m."), is_date_format("%d %d %Q")
    (True, False, False)
    """
    # A day without a year is refused before it is tried: Python 3.13 warns of it.
    if not any(directive in date_format for directive in _YEARS):
        return False
    day = date(2017, 11, 23)
    try:
        found = datetime.strptime(day.strftime(date_format), date_format)
    except (ValueError, re.error):
        return False
    return found.date() == day


def months_of(day: date) -> float:
    """Give the months from 1970-01-01 to a day; the time of day of a moment is dropped.

    Examples
    --------
    >>> months_of(datetime(1970, 1, 2, 12)) * DAYS_PER_MONTH
    1.0
    """
    return (date(day.year, day.month, day.day) - EPOCH).days / DAYS_PER_MONTH
