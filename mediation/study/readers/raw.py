"""What a file holds before it is known what its columns mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mediation.study.problems import ProblemKind

Cell = str | float | date | None
Result = TypeVar("Result")


class SpreadsheetError(str):
    """An error that a spreadsheet shows in a cell, such as #N/A: no text of anybody."""

    __slots__ = ()


class Unreadable(Exception):
    """A file that gives no table: what was expected, what is there, what to do."""

    def __init__(
        self,
        expected: str,
        found: str,
        advice: str,
        kind: ProblemKind = ProblemKind.UNREADABLE_FILE,
    ) -> None:
        super().__init__(expected, found, advice)
        self.expected, self.found, self.advice, self.kind = expected, found, advice, kind


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cells:
    """A column of anything: each different value once, and which of them each row has.

    Attributes
    ----------
    codes : ndarray of int32, shape (n_rows,)
        Position in `values`; -1 is a missing value.
    values : tuple
        Texts, numbers and days as they are in the file; two may mean the same.
    labels : mapping
        Value -> text shown for it, where the file has such labels.
    """

    codes: NDArray[np.int32]
    values: tuple[Cell, ...]
    labels: Mapping[Cell, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Rows."""
        return len(self.codes)

    def lookup(
        self, result_of: Callable[[Cell], Result], dtype: type[Result]
    ) -> NDArray[np.generic]:
        """Ask once for every different value, and once for None, what each row gets."""
        # The last place is that of code -1.
        results = [result_of(value) for value in (*self.values, None)]
        found: NDArray[np.generic] = np.array(results, dtype=dtype)[self.codes]
        return found


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Numbers:
    """A column of numbers; NaN is a missing value.

    Attributes
    ----------
    values : ndarray of any real type, shape (n_rows,)
    labels : mapping
        Number -> text shown for it, where the file has such labels.
    """

    values: NDArray[np.generic]
    labels: Mapping[Cell, str] = field(default_factory=dict)

    def __len__(self) -> int:
        """Rows."""
        return len(self.values)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Days:
    """A column of dates without the time of day, datetime64[D]; NaT is a missing value."""

    values: NDArray[np.datetime64]

    def __len__(self) -> int:
        """Rows."""
        return len(self.values)


Column = Cells | Numbers | Days


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Contents:
    """A table as a reader of one format gives it.

    Attributes
    ----------
    header : tuple of str
        Every column of the file, used or not.
    columns : dict of str to Column
        The wanted ones that are there, by their headers.
    rows : ndarray of int64, shape (n_rows,)
        Number of each row in the file; the header is row 1.
    uneven : tuple of int
        Rows left out, since they have more or fewer cells than the header.
    declared : mapping of str to int
        Header -> cells whose values the file itself declares to be missing.
    formulas : mapping of str to tuple of int
        Header -> rows with a formula whose value is not stored.
    """

    header: tuple[str, ...]
    columns: dict[str, Column]
    rows: NDArray[np.int64]
    uneven: tuple[int, ...] = ()
    declared: Mapping[str, int] = field(default_factory=dict)
    formulas: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def row_numbers(n_rows: int) -> NDArray[np.int64]:
    """Give the numbers of the rows of a file that has nothing but rows, from 2."""
    return np.arange(2, n_rows + 2, dtype=np.int64)


def empty_table(what: str, found: str) -> Unreadable:
    """Say that a file has no rows."""
    expected = f"a header and at least one row in {what}"
    return Unreadable(expected, found, "Export the table again.", ProblemKind.EMPTY_TABLE)
