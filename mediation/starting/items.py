"""Columns that are the items of one instrument: alike but for a number, and which key fits."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from mediation.starting.facts import ColumnFacts, Holds

LEAST_ITEMS = 3
# Marks of a point in time at the end of a header: `hope_t2`, `hope.m12`, `hope_wave_1`.
_TIMED = re.compile(
    r"^(.+?)[_ .-]*(?:t|m|w|v|wave|months?|time|visit|zeitpunkt)[_ .-]?(\d+)$", re.IGNORECASE
)
_NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ItemGroup:
    """Columns of whole numbers that differ in one number of their headers.

    Attributes
    ----------
    stem : str
        Header before the number, without trailing marks.
    numbers : tuple of str
        As written, in ascending order.
    columns : tuple of ColumnFacts
        In that order.
    pattern : str
        Header with braces in place of the number; empty if some numbers have leading zeros
        that others of the same count of digits lack.
    """

    stem: str
    numbers: tuple[str, ...]
    columns: tuple[ColumnFacts, ...]
    pattern: str

    @property
    def low(self) -> float:
        """Lowest response."""
        return min(column.low for column in self.columns)

    @property
    def high(self) -> float:
        """Highest response."""
        return max(column.high for column in self.columns)


def item_groups(columns: Iterable[ColumnFacts]) -> tuple[ItemGroup, ...]:
    """Find groups of at least three numbered columns of whole numbers.

    Parameters
    ----------
    columns : iterable of ColumnFacts

    Returns
    -------
    tuple of ItemGroup

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.starting.facts import facts_of
    >>> three = [facts_of(f"wai_{k}", pd.Series([1.0, 5.0])) for k in (1, 2, 3)]
    >>> [(group.stem, group.pattern, group.high) for group in item_groups(three)]
    [('wai', 'wai_{}', 5.0)]
    """
    alike: dict[tuple[str, str], list[tuple[str, ColumnFacts]]] = defaultdict(list)
    for column in columns:
        match = _NUMBERED.match(column.header)
        if match and column.holds is Holds.NUMBERS and column.is_whole:
            alike[match[1], match[3]].append((match[2], column))
    groups = []
    for (before, after), found in alike.items():
        ordered = sorted(found, key=lambda each: int(each[0]))
        numbers = tuple(number for number, _ in ordered)
        if len(ordered) < LEAST_ITEMS or len({int(n) for n in numbers}) < len(numbers):
            continue
        stem = before.rstrip("_- .") or after.strip("_- .")
        columns_ = tuple(column for _, column in ordered)
        groups.append(ItemGroup(stem, numbers, columns_, f"{before}{{}}{after}"))
    return tuple(groups)


def timed_groups(columns: Iterable[ColumnFacts]) -> tuple[tuple[ColumnFacts, ...], ...]:
    """Find columns that are one score at several interviews, side by side.

    Parameters
    ----------
    columns : iterable of ColumnFacts
        Of a table with one row for each client.

    Returns
    -------
    tuple of tuple of ColumnFacts

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.starting.facts import facts_of
    >>> headers = ("hope_t1", "hope_t2", "age", "alliance_0", "alliance_6", "alliance_12")
    >>> found = timed_groups(facts_of(header, pd.Series([1.5, 5.0])) for header in headers)
    >>> [[column.header for column in group] for group in found]
    [['hope_t1', 'hope_t2'], ['alliance_0', 'alliance_6', 'alliance_12']]
    """
    alike: dict[str, list[tuple[int, ColumnFacts]]] = defaultdict(list)
    numbered: dict[str, list[tuple[int, ColumnFacts]]] = defaultdict(list)
    for column in columns:
        timed, plain = _TIMED.match(column.header), _NUMBERED.match(column.header)
        if column.holds is Holds.NUMBERS and timed:
            alike[timed[1]].append((int(timed[2]), column))
        elif column.holds is Holds.NUMBERS and plain and not plain[3]:
            numbered[plain[1]].append((int(plain[2]), column))
    for stem, found in numbered.items():
        numbers = sorted(number for number, _ in found)
        # Items are numbered one after the other, months are not.
        if numbers[0] == 0 and numbers != list(range(len(numbers))):
            alike[stem] += found
    return tuple(
        tuple(column for _, column in sorted(found, key=lambda each: each[0]))
        for found in alike.values()
        if len(found) > 1
    )
