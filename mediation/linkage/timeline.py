"""Moments of many groups, and which of them is the last before another moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Timeline:
    """Moments in the order of groups, then of time.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        Positions of the sorted moments among those given.
    groups : ndarray of int, shape (n,)
    times : ndarray, shape (n,)
    starts : ndarray of int, shape (n_groups + 1,)
        Where each group begins; group g is `starts[g]` up to `starts[g + 1]`.
    """

    order: IntArray
    groups: IntArray
    times: Array
    starts: IntArray
    _grid: Array
    _keys: IntArray

    def last(self, group: IntArray, at: Array) -> IntArray:
        """Position of the last moment of a group at or before `at`.

        Parameters
        ----------
        group : ndarray of int, shape (m,)
        at : ndarray, shape (m,)
            NaN counts as later than every moment.

        Returns
        -------
        ndarray of int, shape (m,)
            `starts[group] - 1` where the group has no such moment.
        """
        rank = np.searchsorted(self._grid, at, side="right")
        keys = group * (len(self._grid) + 1) + rank
        found: IntArray = np.searchsorted(self._keys, keys, side="right") - 1
        return found


def timeline_of(groups: IntArray, times: Array, n_groups: int) -> Timeline:
    """Sort moments by group and time; those of one group at one time keep their order.

    Parameters
    ----------
    groups : ndarray of int, shape (n,)
        From 0 to `n_groups` - 1.
    times : ndarray, shape (n,)
        Without NaN.
    n_groups : int

    Returns
    -------
    Timeline

    Examples
    --------
    >>> line = timeline_of(np.array([1, 0, 1]), np.array([6.0, 3.0, 0.0]), 2)
    >>> line.last(np.array([1, 1, 0]), np.array([5.0, 6.0, 2.0])).tolist()
    [1, 2, -1]
    """
    order = np.lexsort((times, groups))
    sorted_groups, sorted_times = groups[order], times[order]
    grid, rank = np.unique(sorted_times, return_inverse=True)
    # Ranks are whole numbers, so that groups and times together are compared exactly.
    keys = sorted_groups * (len(grid) + 1) + rank + 1
    starts = np.searchsorted(sorted_groups, np.arange(n_groups + 1))
    return Timeline(order, sorted_groups, sorted_times, starts, grid, keys)
