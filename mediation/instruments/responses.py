"""Item responses as they come: rows of numbers, and which of them an instrument does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mediation.arrays import Array, IntArray
from mediation.errors import DataError
from mediation.instruments.instrument import Instrument
from mediation.instruments.scale import limits_of

# Values of the items worked on at once: a few arrays of this size stay in the cache.
CELLS = 200_000
SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class InvalidResponses:
    """Positions of responses that the instrument does not have.

    Attributes
    ----------
    rows, columns : ndarray (n_invalid,)
        From 0, ordered by row. A column is the position of an item in the key.
    """

    rows: IntArray
    columns: IntArray

    @property
    def n_invalid(self) -> int:
        """How many there are."""
        return len(self.rows)


def find_invalid(instrument: Instrument, items: ArrayLike) -> InvalidResponses:
    """Find responses outside the instrument's range, or not whole where they must be.

    Parameters
    ----------
    instrument : Instrument
    items : array_like (n, n_items)
        All items in the order of the key; NaN is missing and never invalid.

    Returns
    -------
    InvalidResponses

    Raises
    ------
    DataError
        If the number of columns is not that of the items, or they are no numbers.
    SpecificationError
        If the instrument has no items.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> found = find_invalid(instrument("state_hope"), [[1, 8, 9, 2.5, np.nan, 4]])
    >>> found.columns.tolist()
    [2, 3]
    """
    table = rows_of(instrument, items)
    found: list[NDArray[np.int64]] = []
    for first, chunk in chunks_of(table):
        rows, columns = np.nonzero(_is_invalid(instrument, chunk))
        found.append(np.stack([rows + first, columns]))
    rows, columns = np.concatenate(found, axis=1) if found else np.zeros((2, 0), dtype=np.int64)
    return InvalidResponses(rows, columns)


def rows_of(instrument: Instrument, items: ArrayLike) -> Array:
    """Rows of all items, without a copy where they are numbers already."""
    limits_of(instrument)
    given = np.asarray(items)
    n_items = len(instrument.items)
    if given.dtype.kind not in "fiub":
        raise DataError(
            f"Expected numbers as responses to `{instrument.key}`, with NaN where one is missing. "
            "Found something else. Turn texts into numbers first."
        )
    if given.ndim < 2 or given.shape[-1] != n_items:
        raise DataError(
            f"Expected rows of {n_items} items of `{instrument.key}`. Found an array of shape "
            f"{given.shape}. Give all items in the order of the key."
        )
    return given.reshape(-1, n_items)


def chunks_of(table: Array) -> Iterator[tuple[int, Array]]:
    """Yield the first row and the values of one part of the table after another, as float64."""
    n_rows = max(1, CELLS // table.shape[1])
    for first in range(0, len(table), n_rows):
        yield first, np.asarray(table[first : first + n_rows], dtype=np.float64)


def _is_invalid(instrument: Instrument, chunk: Array) -> NDArray[np.bool_]:
    low, high = limits_of(instrument)
    # NaN is in no order to anything, and so neither below nor above.
    invalid: NDArray[np.bool_] = (chunk < low) | (chunk > high)
    if instrument.whole:
        invalid |= (chunk != np.rint(chunk)) & ~np.isnan(chunk)
    return invalid


def refuse_invalid(instrument: Instrument, invalid: InvalidResponses) -> None:
    """Raise a `DataError` with positions if any response is invalid."""
    if not invalid.n_invalid:
        return
    low, high = limits_of(instrument)
    kind = "whole numbers" if instrument.whole else "numbers"
    pairs = zip(invalid.rows[:SHOWN], invalid.columns[:SHOWN], strict=True)
    places = ", ".join(f"row {row} item {instrument.items[column]}" for row, column in pairs)
    more = f" and {invalid.n_invalid - SHOWN} more" if invalid.n_invalid > SHOWN else ""
    raise DataError(
        f"Expected {kind} from {low:g} to {high:g} as responses to `{instrument.key}`. Found "
        f"{invalid.n_invalid} that are not: {places}{more} (rows counted from 0). Correct them, or "
        "leave them empty if they mean a missing response."
    )
