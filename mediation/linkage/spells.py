"""Who served a client when: stays with one case manager, or in one team."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.linkage.timeline import Timeline, timeline_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Stays:
    """Spells of clients in the order of clients and starts, for one kind of cluster.

    Attributes
    ----------
    line : Timeline
        Starts of the spells, one group for each client.
    values : ndarray of int, shape (n,)
        Code of the case manager or team.
    ends : ndarray, shape (n,)
        Infinite if the spell goes on.
    since : ndarray, shape (n,)
        When the client came to this case manager or team: the start of the first of successive
        spells there, whatever lies between them.
    changes : ndarray of int, shape (n,)
        How often the client had changed up to this spell.
    """

    line: Timeline
    values: IntArray
    ends: Array
    since: Array
    changes: IntArray

    def at(self, client: IntArray, moment: Array) -> tuple[IntArray, BoolArray, BoolArray]:
        """Find the spell at a moment, else the last one before it.

        Parameters
        ----------
        client : ndarray of int, shape (m,)
        moment : ndarray, shape (m,)

        Returns
        -------
        position : ndarray of int, shape (m,)
            Of the spell; 0 where there is none.
        is_found : ndarray of bool, shape (m,)
            Whether a spell began at or before the moment.
        is_covered : ndarray of bool, shape (m,)
            Whether that spell had not ended: its last day belongs to it, unless another begins.
        """
        position = self.line.last(client, moment)
        is_found = (position >= self.line.starts[client]) & ~np.isnan(moment)
        position = np.where(is_found, position, 0)
        if not len(self.ends):
            return position, is_found, is_found
        return position, is_found, is_found & (moment <= self.ends[position])

    def first(self, client: IntArray, moment: Array) -> IntArray:
        """Find the spell at a moment, else the client's first one; 0 without any."""
        first = np.minimum(self.line.starts[client], max(len(self.ends) - 1, 0))
        position, is_found, _ = self.at(client, moment)
        return np.where(is_found, position, first)


def stays_of(
    clients: IntArray, values: IntArray, start: Array, end: Array, n_clients: int
) -> Stays:
    """Put the spells of clients in order and join successive ones in one place.

    Parameters
    ----------
    clients : ndarray of int, shape (n,)
        From 0 to `n_clients` - 1.
    values : ndarray of int, shape (n,)
    start : ndarray, shape (n,)
        Spells without a start are left out, and so are those of other clients or values.
    end : ndarray, shape (n,)
        NaN: until the client's next spell, or still.
    n_clients : int

    Returns
    -------
    Stays

    Examples
    --------
    >>> whose, who = np.array([0, 0, 0]), np.array([7, 7, 8])
    >>> start, end = np.array([0.0, 6.0, 9.0]), np.array([5.0, 9.0, np.nan])
    >>> stays = stays_of(whose, who, start, end, 1)
    >>> stays.since.tolist(), stays.changes.tolist(), stays.ends.tolist()
    ([0.0, 0.0, 9.0], [0, 0, 1], [5.0, 9.0, inf])
    """
    known = (clients >= 0) & (values >= 0) & ~np.isnan(start)
    clients, values, start, end = clients[known], values[known], start[known], end[known]
    # Spells that start together keep an order that does not depend on the rows of the file.
    order = np.lexsort((np.where(np.isnan(end), np.inf, end), values))
    line = timeline_of(clients[order], start[order], n_clients)
    order = order[line.order]
    groups, begun, values = line.groups, line.times, values[order]
    is_new = np.append(True, groups[1:] != groups[:-1])[: len(groups)]
    follows = np.append(begun[1:], np.inf)[: len(groups)]
    follows[np.append(is_new[1:], True)[: len(groups)]] = np.inf
    ends = np.where(np.isnan(end[order]), follows, end[order])
    # A longer spell in the same place may hold a shorter one.
    longest = np.asarray(pd.Series(ends).groupby(groups).cummax(), dtype=np.float64)
    is_change = ~is_new & np.append(False, values[1:] != values[:-1])[: len(groups)]
    position = np.arange(len(groups))
    since = begun[np.maximum.accumulate(np.where(is_new | is_change, position, 0))]
    total = np.cumsum(is_change)
    before = total[np.maximum.accumulate(np.where(is_new, position, 0))]
    return Stays(line, values, longest, since, total - before)
