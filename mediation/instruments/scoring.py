"""Item responses to scores: reversed items turned, few missing items made up for, else missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import SpecificationError
from mediation.instruments.instrument import Instrument
from mediation.instruments.responses import chunks_of, find_invalid, refuse_invalid, rows_of
from mediation.instruments.scale import columns_of, limits_of, metric_of
from mediation.vocabulary import Metric


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scored:
    """Scores of one scale.

    Attributes
    ----------
    values : ndarray (...)
        NaN where too many items were missing.
    n_missing : ndarray (...)
        Missing items of each row.
    n_items : int
        Items of the scale.
    n_substituted : int
        Rows with a score in which the mean of the answered items stands for the others.
    n_too_many : int
        Rows without a score although something was answered.
    n_empty : int
        Rows in which no item was answered.
    """

    values: Array
    n_missing: IntArray
    n_items: int
    n_substituted: int
    n_too_many: int
    n_empty: int


def turn(instrument: Instrument, items: ArrayLike, subscale: str | None = None) -> Array:
    """Turn reversed items, so that more of every item is more of the construct.

    Parameters
    ----------
    instrument : Instrument
    items : array_like (n, n_items)
        All items in the order of the key.
    subscale : str, optional
        Only its items are given back.

    Returns
    -------
    ndarray (n, n_items of the subscale)
        low + high - response for reversed items.

    Raises
    ------
    DataError
        If the number of columns is not that of the items, or they are no numbers.
    SpecificationError
        If there is no such subscale, or no items.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> turn(instrument("wai_s"), [[1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 4, 4]], "goal").tolist()
    [[7.0, 3.0, 1.0, 4.0]]
    """
    columns = columns_of(instrument, subscale)
    signs, offsets = _coding(instrument, columns)
    turned: Array = np.array(rows_of(instrument, items)[:, columns], dtype=np.float64)
    turned *= signs
    turned += offsets
    return turned


def score(
    instrument: Instrument,
    items: ArrayLike,
    metric: Metric | None = None,
    subscale: str | None = None,
    max_missing: float | None = None,
    check: bool = True,
) -> Scored:
    """Make scores of item responses.

    In a row with no more than the stated share of items missing, the mean of its answered items
    (after turning) stands for each missing one; with more, the score is missing. A sum is
    therefore always one of all items.

    Parameters
    ----------
    instrument : Instrument
    items : array_like (..., n_items)
        All items in the order of the key; NaN is missing. Axes before the rows, such as imputed
        data sets, are kept.
    metric : Metric, optional
        Left out, the instrument's.
    subscale : str, optional
        Left out, all items.
    max_missing : float, optional
        Share from 0 (complete rows only) to below 1; left out, the instrument's.
    check : bool
        Refuse responses that the instrument does not have. False is for imputed responses, which
        need be neither whole nor inside the range.

    Returns
    -------
    Scored

    Raises
    ------
    DataError
        If there are invalid responses, with rows (from 0) and items; or the number of columns is
        not that of the items.
    SpecificationError
        If there is no such subscale, no items, or `max_missing` is out of range.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> scored = score(instrument("state_hope"), [[8, 8, 8, 8, 8, np.nan], [8, 8, 8, 8] + [np.nan] * 2])
    >>> scored.values.tolist(), scored.n_substituted, scored.n_too_many
    ([48.0, nan], 1, 1)
    """  # noqa: E501
    most = instrument.max_missing if max_missing is None else max_missing
    if not 0 <= most < 1:
        raise SpecificationError(
            f"`max_missing` must be a share of items from 0 to below 1. Found {most:g}. Change it."
        )
    columns = columns_of(instrument, subscale)
    given = np.asarray(items)
    table = rows_of(instrument, given)
    if check:
        refuse_invalid(instrument, find_invalid(instrument, table))
    totals, n_missing = np.empty(len(table)), np.empty(len(table), dtype=np.int64)
    signs, offsets = _coding(instrument, columns)
    for first, chunk in chunks_of(table):
        chosen = chunk if len(columns) == chunk.shape[1] else chunk[:, columns]
        here = slice(first, first + len(chunk))
        totals[here], n_missing[here] = _add_answered(chosen, signs, offsets)
    n_items = len(columns)
    too_many = n_missing > np.floor(most * n_items + 1e-9)
    values = _substitute(totals, n_missing, too_many, n_items, metric_of(instrument, metric))
    return _gather(values, n_missing, too_many, n_items, given.shape[:-1])


def _gather(
    values: Array,
    n_missing: IntArray,
    too_many: NDArray[np.bool_],
    n_items: int,
    shape: tuple[int, ...],
) -> Scored:
    n_empty = int(np.count_nonzero(n_missing == n_items))
    counts = n_missing.reshape(shape)
    counts.flags.writeable = False
    return Scored(
        read_only(values.reshape(shape)),
        counts,
        n_items,
        int(np.count_nonzero((n_missing > 0) & ~too_many)),
        int(np.count_nonzero(too_many)) - n_empty,
        n_empty,
    )


def _add_answered(chunk: Array, signs: Array, offsets: Array) -> tuple[Array, IntArray]:
    """Sum of the answered items of each row after turning, and how many are missing."""
    is_missing = np.isnan(chunk)
    n_missing: IntArray = is_missing.sum(axis=1)
    if not n_missing.any():
        return chunk @ signs + offsets.sum(), n_missing
    answered = np.where(is_missing, 0.0, chunk)
    return answered @ signs + offsets.sum() - is_missing @ offsets, n_missing


def _substitute(
    totals: Array, n_missing: IntArray, too_many: NDArray[np.bool_], n_items: int, metric: Metric
) -> Array:
    """Scores of sums of answered items: the row's mean for each missing one, or no score."""
    n_answered = n_items - n_missing
    values = np.full(len(totals), np.nan)
    if metric is Metric.MEAN:
        np.divide(totals, n_answered, out=values, where=~too_many)
        return values
    np.divide(totals * n_items, n_answered, out=values, where=~too_many)
    return values


def _coding(instrument: Instrument, columns: object) -> tuple[Array, Array]:
    """Sign and constant of each item: response * sign + constant has every item one way."""
    low, high = limits_of(instrument)
    backwards = instrument.reversed or ()
    is_reversed = np.array([item in backwards for item in instrument.items])[np.asarray(columns)]
    return np.where(is_reversed, -1.0, 1.0), np.where(is_reversed, low + high, 0.0)
