"""Which values are missing together: counts of patterns, none of them small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import SpecificationError


@dataclass(frozen=True, slots=True, eq=False)
class MissingPatterns:
    """Patterns of observed and missing values, the rare ones pooled.

    Totals of columns counted over all rows would, less the patterns shown, give away small counts
    inside the pool. Of the pool only its size is told, and which columns all of it has or lacks.

    Attributes
    ----------
    columns : tuple of str
    observed : ndarray of bool, shape (n_patterns, n_columns)
        Most frequent pattern first.
    counts : ndarray of int, shape (n_patterns,)
        Rows with each pattern, none of 1 to `minimum_cell` - 1.
    n_other : int
        Rows with a pattern that is not among these; small only if there are no more rows.
    n_rows : int
    n_missing : tuple of (int, int)
        Fewest and most rows that lack each column; equal where rows in the pool all have it, or
        all lack it.
    minimum_cell : int
    is_monotone : bool
        Whether the columns can be ordered so that whatever comes after a missing value is missing.
    is_nearly_complete : bool
        Whether at least one row is incomplete, but fewer than `minimum_cell`.
    unit : int
        Counts of incomplete rows are rounded to multiples of it; 1 where they are exact.
    """

    columns: tuple[str, ...]
    observed: BoolArray
    counts: IntArray
    n_other: int
    n_rows: int
    n_missing: tuple[tuple[int, int], ...]
    minimum_cell: int
    is_monotone: bool
    is_nearly_complete: bool
    unit: int = 1

    @property
    def shares(self) -> Array:
        """Share of all rows with each pattern, shape (n_patterns,)."""
        shares: Array = self.counts / max(self.n_rows, 1)
        return shares

    @property
    def n_complete(self) -> tuple[int, int]:
        """Fewest and most rows without a missing value that fit the patterns shown."""
        if self.is_nearly_complete:
            return max(0, self.n_rows - self.minimum_cell + 1), self.n_rows - 1
        whole = self.observed.all(axis=1)
        least = int(self.counts[whole].sum())
        # Where the pattern without a missing value is shown, no such row is in the pool.
        return least, least if whole.any() else least + self.n_other

    def __repr__(self) -> str:
        """Sizes only."""
        shown = f"{len(self.counts)} patterns, {len(self.columns)} columns"
        return f"MissingPatterns({shown}, {self.n_rows} rows)"


def missing_patterns(
    frame: pd.DataFrame, columns: Sequence[str], minimum_cell: int, told: Sequence[int] = ()
) -> MissingPatterns:
    """Count the patterns of missing values in the columns of a model.

    Parameters
    ----------
    frame : DataFrame
        One row for each client.
    columns : sequence of str
        Repeated names count once.
    minimum_cell : int
        Patterns of fewer rows are pooled, and if the pool is small the next rarest with them.
    told : sequence of int
        Numbers of rows that are told elsewhere, such as those interviewed. Where a column is there
        in a few more or fewer rows than one of them, counts of incomplete rows are rounded to
        multiples of `minimum_cell`: exact ones would tell the difference.

    Returns
    -------
    MissingPatterns

    Raises
    ------
    SpecificationError
        If a column is not in the frame, or none is named.

    Examples
    --------
    >>> rows = pd.DataFrame({"a": [1.0] * 9 + [np.nan] * 7, "b": [1.0] * 12 + [np.nan] * 4})
    >>> found = missing_patterns(rows, ["a", "b"], 3)
    >>> found.observed.tolist(), found.counts.tolist(), found.is_monotone
    ([[True, True], [False, False], [False, True]], [9, 4, 3], True)
    >>> found = missing_patterns(rows, ["a", "b"], 4)
    >>> found.counts.tolist(), found.n_other, found.n_missing, found.n_complete
    ([9], 7, ((7, 7), (0, 7)), (9, 9))
    """
    names = tuple(dict.fromkeys(columns))
    absent = [name for name in names if name not in frame]
    if absent or not names:
        found = f"Not in the table: {', '.join(absent)}" if absent else "None is named"
        raise SpecificationError(
            f"Patterns of missing values need the columns of a model. {found}. "
            "Name columns of the table."
        )
    values = frame[list(names)].notna().to_numpy(dtype=bool)
    patterns, counts = np.unique(values, axis=0, return_counts=True)
    n_incomplete = int((~values.all(axis=1)).sum())
    # Patterns that begin with observed values come first among those of equal size.
    order = np.lexsort((*(~patterns.T)[::-1], -counts))
    patterns, counts = patterns[order], counts[order]
    pooled = pool_small_cells(counts[:, None], minimum_cell)
    unit = minimum_cell if _is_near(values.sum(axis=0), told, minimum_cell) else 1
    shown = np.where(patterns.all(axis=1), counts, _rounded(counts, unit))[~pooled]
    return MissingPatterns(
        columns=names,
        observed=_fixed(patterns[~pooled]),
        counts=_fixed(shown),
        n_other=int(_rounded(counts[pooled].sum(), unit)),
        n_rows=len(values),
        n_missing=_widened(_missing(patterns, counts, pooled), unit),
        minimum_cell=minimum_cell,
        is_monotone=_is_monotone(patterns, values),
        is_nearly_complete=0 < n_incomplete < minimum_cell,
        unit=unit,
    )


def pool_small_cells(counts: IntArray, minimum: int) -> BoolArray:
    """Choose rows of a table of counts to pool, so that no count of 1 to `minimum` - 1 is shown.

    A pool that is itself small, or it would follow from a total, takes the next smallest row.

    Parameters
    ----------
    counts : ndarray of int, shape (n_rows, n_cells)
        Counts of the same rows of people in one or more groups.
    minimum : int

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        The rows to pool. If all are, their sums may still be small.

    Examples
    --------
    >>> pool_small_cells(np.array([[40], [9], [7], [3]]), 5).tolist()
    [False, False, True, True]
    >>> pool_small_cells(np.array([[40, 20], [9, 4], [9, 9]]), 5).tolist()
    [False, True, True]
    """
    pooled = np.asarray(is_small(counts, minimum).any(axis=1))
    while pooled.any() and not pooled.all():
        if not is_small(counts[pooled].sum(axis=0), minimum).any():
            break
        free = np.flatnonzero(~pooled)
        # The last of equals: rows come in the order of their importance.
        smallest = free[::-1][np.argmin(counts[free[::-1]].sum(axis=1))]
        pooled[smallest] = True
    return pooled


def is_small(counts: IntArray, minimum: int) -> BoolArray:
    """Mark counts of at least one person, but fewer than may be shown.

    Examples
    --------
    >>> is_small(np.array([0, 1, 4, 5]), 5).tolist()
    [False, True, True, False]
    """
    small: BoolArray = (counts > 0) & (counts < minimum)
    return small


def _missing(
    patterns: BoolArray, counts: IntArray, pooled: BoolArray
) -> tuple[tuple[int, int], ...]:
    """Count rows that lack each column, without saying how many of the pool do if some do."""
    lacking = counts[:, None] * ~patterns
    shown, in_pool = lacking[~pooled].sum(axis=0), lacking[pooled].sum(axis=0)
    n_other = int(counts[pooled].sum())
    return tuple(
        (int(n) + (n_other if m == n_other else 0), int(n) + (n_other if m else 0))
        for n, m in zip(shown, in_pool, strict=True)
    )


def _is_near(n_there: IntArray, told: Sequence[int], minimum: int) -> bool:
    """Whether a column is there in a few more or fewer rows than are told elsewhere."""
    apart = np.abs(n_there[:, None] - np.array(told, dtype=np.int64))
    return bool(is_small(apart, minimum).any())


def _rounded(counts: IntArray, unit: int) -> IntArray:
    """Round to the nearest multiple, halves up."""
    found: IntArray = (2 * counts + unit) // (2 * unit) * unit
    return found


def _widened(ranges: tuple[tuple[int, int], ...], unit: int) -> tuple[tuple[int, int], ...]:
    """Give all numbers that are rounded alike; nobody stays nobody."""
    if unit == 1:
        return ranges
    half = unit // 2
    ends = [(_rounded(np.array(pair), unit), pair) for pair in ranges]
    return tuple(
        (max(0, int(near[0]) - half), int(near[1]) + half if pair[1] else 0) for near, pair in ends
    )


def _is_monotone(patterns: BoolArray, values: BoolArray) -> bool:
    """Whether sets of rows that lack a column lie in each other, from column to column."""
    by_missing = np.argsort(-values.sum(axis=0), kind="stable")
    ordered = patterns[:, by_missing]
    return bool(np.all(ordered[:, 1:] <= ordered[:, :-1]))


def _fixed(values: Any) -> Any:
    """Copy an array into one that cannot be written to; `read_only` would make it one of floats."""
    values = np.array(values)
    values.flags.writeable = False
    return values
