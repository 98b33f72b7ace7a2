"""Text covariates in resamples: a level that was not drawn has no indicator there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.columns import WHOLE, Column


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Categories:
    """Levels of the text covariates of a design.

    Attributes
    ----------
    groups : tuple of tuple of int
        For each covariate the columns of its indicators, those of every level but the first.
        Covariates split into parts are none.
    indicators : ndarray, shape (n_rows, n_levels)
        Zero or one: for each covariate its first level, then those of its columns.
    """

    groups: tuple[tuple[int, ...], ...]
    indicators: Array


def categories_of(columns: tuple[Column, ...], values: Array) -> Categories:
    """Find the indicators among the columns.

    Parameters
    ----------
    columns : tuple of Column
    values : ndarray, shape (n_rows, n_columns)
    """
    by_source: dict[str, list[int]] = {}
    for at, column in enumerate(columns):
        if column.name != column.source and column.part == WHOLE:
            by_source.setdefault(column.source, []).append(at)
    levels = [np.zeros((len(values), 0))]
    for places in by_source.values():
        named = values[:, places]
        levels += [1 - named.sum(axis=1, keepdims=True), named]
    return Categories(tuple(map(tuple, by_source.values())), np.concatenate(levels, axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class Dropped:
    """Columns that N resamples do without.

    Attributes
    ----------
    columns : ndarray of int, shape (n_indicators,)
    is_dropped : ndarray of bool, shape (n_indicators, N)
    is_alone : ndarray of bool, shape (N,)
        Whether a covariate has one level left, which the engines refuse.
    """

    columns: IntArray
    is_dropped: BoolArray
    is_alone: BoolArray

    def patterns(self) -> Iterator[tuple[frozenset[int], IntArray]]:
        """Columns that are dropped together, and the resamples in which they are."""
        if not self.is_dropped.any():
            yield frozenset(), np.arange(len(self.is_alone))
            return
        found, which = np.unique(self.is_dropped, axis=1, return_inverse=True)
        for number, pattern in enumerate(found.T):
            yield frozenset(self.columns[pattern].tolist()), np.flatnonzero(which == number)


def drop_levels(categories: Categories, totals: Array) -> Dropped:
    """Leave out levels that were not drawn; the first one drawn is compared with.

    Parameters
    ----------
    categories : Categories
    totals : ndarray, shape (n_levels, N)
        Rows of each level in each resample.

    Examples
    --------
    >>> categories = Categories(((3, 4),), np.eye(3))
    >>> found = drop_levels(categories, np.array([[2.0, 0.0], [1.0, 2.0], [0.0, 1.0]]))
    >>> [(sorted(columns), which.tolist()) for columns, which in found.patterns()]
    [([4], [0]), ([3], [1])]
    """
    columns = np.array([at for group in categories.groups for at in group], dtype=np.int64)
    is_dropped = np.zeros((len(columns), totals.shape[1]), dtype=bool)
    is_alone = np.zeros(totals.shape[1], dtype=bool)
    start = 0
    for number, group in enumerate(categories.groups):
        has_rows = totals[start + number : start + number + len(group) + 1] > 0.5
        is_alone |= has_rows.sum(axis=0) < 2
        is_dropped[start : start + len(group)] = ~has_rows[1:]
        without_first = np.flatnonzero(~has_rows[0])
        is_dropped[start + np.argmax(has_rows[1:, without_first], axis=0), without_first] = True
        start += len(group)
    return Dropped(columns, is_dropped, is_alone)
