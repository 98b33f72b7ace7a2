"""Which counts of a table to hide, so that the shown ones do not give the hidden ones away.

Terms after Hundepool et al., Statistical Disclosure Control (2012), chapter 4: *primary*
suppression hides counts that are small themselves, *complementary* (secondary) suppression hides
others, because a hidden count is the difference of a total and the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linprog

from mediation.arrays import Array
from mediation.errors import ReportError

Mask = NDArray[np.bool_]


def suppress_table(counts: ArrayLike, minimum: int) -> Mask:
    """Say which cells and totals of a table of people are to be hidden.

    Parameters
    ----------
    counts : array_like of int, shape (n_rows, n_columns)
        Without totals.
    minimum : int
        Counts of 1 to `minimum` - 1 are small.

    Returns
    -------
    ndarray of bool, shape (n_rows + 1, n_columns + 1)
        True where nothing may be shown; the last row and column are the totals. Whoever knows
        the shown numbers and that none is negative cannot tell any hidden one, and cannot say of
        a hidden one that it is below `minimum`. Small counts must look like other hidden ones:
        "<5" in their place would say what the mask hides.

    Raises
    ------
    ReportError
        If `counts` is no table, or has a negative or broken number.

    Notes
    -----
    Few cells are hidden beyond need, but not the least possible number.

    Examples
    --------
    >>> suppress_table([[20, 3, 9], [30, 8, 40]], 5).astype(int)
    array([[0, 1, 1, 0],
           [0, 1, 1, 0],
           [0, 0, 0, 0]])
    """
    table = _checked(counts, 2)
    n_rows, n_columns = table.shape
    whole = np.zeros((n_rows + 1, n_columns + 1))
    whole[:-1, :-1] = table
    whole[-1, :-1], whole[:-1, -1] = table.sum(axis=0), table.sum(axis=1)
    whole[-1, -1] = table.sum()
    number = np.arange(whole.size).reshape(whole.shape)
    sums = [_Sum(tuple(line[:-1]), int(line[-1])) for line in (*number, *number.T)]
    is_total = np.zeros(whole.shape, dtype=bool)
    is_total[-1], is_total[:, -1] = True, True
    hidden = _protect(whole.ravel(), sums, minimum, is_total.ravel())
    return hidden.reshape(whole.shape)


def suppress_list(counts: ArrayLike, minimum: int) -> Mask:
    """Say which counts of a list with a total are to be hidden; as `suppress_table`.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
    minimum : int

    Returns
    -------
    ndarray of bool, shape (n + 1,)
        The last is the total.

    Examples
    --------
    >>> suppress_list([40, 3, 12, 30], 5)
    array([False,  True,  True, False, False])
    """
    values = _checked(counts, 1)
    whole = np.append(values, values.sum())
    is_total = np.arange(len(whole)) == len(values)
    return _protect(whole, [_Sum(tuple(range(len(values))), len(values))], minimum, is_total)


def differencing_check(totals: ArrayLike, minimum: int) -> Mask:
    """Say which totals of nested groups are to be withheld, as their differences are small.

    Parameters
    ----------
    totals : array_like of int, shape (n_groups,)
        In the order in which they are wanted most; each two groups lie one inside the other, as
        all clients and those who did not change team.
    minimum : int

    Returns
    -------
    ndarray of bool, shape (n_groups,)
        True where the total may not be shown beside those before it: it is small itself, or
        differs from one that is shown by 1 to `minimum` - 1 people. The first is withheld only
        if it is small.

    Raises
    ------
    ReportError
        If `totals` is no list, or has a negative or broken number.

    Examples
    --------
    >>> differencing_check([243, 240, 230, 226, 230], 5)
    array([False,  True, False,  True, False])
    """
    shown: list[float] = []
    withheld = []
    for total in _checked(totals, 1):
        apart = [total, *(abs(total - other) for other in shown)]
        withheld.append(any(0 < each < minimum for each in apart))
        if not withheld[-1]:
            shown.append(float(total))
    return np.array(withheld, dtype=bool)


def leave_one_out_check(total: int, rests: Sequence[int], minimum: int) -> Mask:
    """Say which figures of a table without one cluster at a time are to be withheld.

    The sizes of the clusters are the differences to the total, and they add up to it: a single
    withheld figure would follow from all others.

    Parameters
    ----------
    total : int
        People in all clusters; shown.
    rests : sequence of int
        People without the first cluster, without the second, and so on.
    minimum : int

    Returns
    -------
    ndarray of bool, shape (n_clusters,)

    Raises
    ------
    ReportError
        If the clusters do not add up to the total.

    Examples
    --------
    >>> leave_one_out_check(60, [57, 50, 40, 33], 5)
    array([ True,  True, False, False])
    """
    sizes = total - _checked(rests, 1)
    if sizes.sum() != total or np.any(sizes < 0):
        raise ReportError(
            f"Clusters left out one at a time must add up to all people. Expected {total:g}, found "
            f"{sizes.sum():g}. Give the number that remains without each of the clusters."
        )
    return suppress_list(sizes, minimum)[:-1]


@dataclass(frozen=True, slots=True)
class _Sum:
    """Numbers of the parts and of the total that they make."""

    parts: tuple[int, ...]
    total: int

    @property
    def places(self) -> tuple[int, ...]:
        return (*self.parts, self.total)


def _checked(counts: ArrayLike, n_dimensions: int) -> Array:
    values = np.asarray(counts, dtype=np.float64)
    is_counts = bool(np.all((values >= 0) & (values == np.round(values))))
    if values.ndim != n_dimensions or values.size == 0 or not is_counts:
        what = "rows and columns" if n_dimensions == 2 else "a list"
        found = f"{values.ndim} dimensions" if is_counts else "negative or broken numbers"
        raise ReportError(
            f"Counts of people to be checked must be {what} of whole numbers. Found {found}, "
            f"{values.size} in all. Give counts."
        )
    return values


def _protect(values: Array, sums: list[_Sum], minimum: int, is_total: Mask) -> Mask:
    """Hide what is small, then more until no hidden value can be told."""
    small = (values > 0) & (values < minimum)
    hidden = small.copy()
    # Cells go before totals, counts before zeros, small counts before large ones.
    order = np.lexsort((values, values == 0, is_total))
    while (place := _told(values, sums, hidden, minimum)) is not None:
        hidden[_next(place, values, sums, hidden, order, minimum)] = True
    for place in order[::-1]:
        if hidden[place] and not small[place]:
            hidden[place] = False
            hidden[place] = _told(values, sums, hidden, minimum) is not None
    return hidden


def _next(
    place: int, values: Array, sums: list[_Sum], hidden: Mask, order: NDArray[np.intp], minimum: int
) -> int:
    """Choose the value to hide next, to protect the one at `place`."""
    for line in sums:
        # What is alone in its sum is the difference of the others.
        if [each for each in line.places if hidden[each]] in ([place], []):
            if place not in line.places:
                continue
            least = minimum - values[place]
            mates = [each for each in order if each in line.places and not hidden[each]]
            wide = [each for each in mates if values[each] >= least]
            return int((wide or mates)[0])
    lonely = [line.places for line in sums if sum(hidden[list(line.places)]) == 1]
    rank = {int(each): (-sum(each in line for line in lonely)) for each in order}
    return int(min((each for each in order if not hidden[each]), key=lambda each: rank[int(each)]))


def _told(values: Array, sums: list[_Sum], hidden: Mask, minimum: int) -> int | None:
    """Find a hidden value that the shown ones tell, or show to be small; None if there is none."""
    unknown = np.flatnonzero(hidden)
    if not unknown.size:
        return None
    column = {int(place): number for number, place in enumerate(unknown)}
    left, right = np.zeros((len(sums), len(unknown))), np.zeros(len(sums))
    for row, line in enumerate(sums):
        for place, sign in (*((each, 1.0) for each in line.parts), (line.total, -1.0)):
            if place in column:
                left[row, column[place]] += sign
            else:
                right[row] -= sign * values[place]
    used = np.flatnonzero(left.any(axis=1))
    left, right = left[used], right[used]
    for place, number in column.items():
        most = _reach(left, right, number, 1)
        if most < minimum:
            return place
        # Its own value is possible, so that another one is enough.
        if most < values[place] + 0.5 and _reach(left, right, number, -1) > values[place] - 0.5:
            return place
    return None


def _reach(left: Array, right: Array, number: int, sign: int) -> float:
    """Give the largest (sign 1) or smallest value that a hidden place can have."""
    cost = np.zeros(left.shape[1])
    cost[number] = -sign
    if not left.size:
        return np.inf if sign > 0 else 0.0
    found = linprog(cost, A_eq=left, b_eq=right, bounds=(0, None), method="highs")
    return np.inf if found.fun is None else round(-sign * float(found.fun), 6)
