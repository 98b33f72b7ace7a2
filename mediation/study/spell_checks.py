"""Checks of spells: from when to when a client was served by which case manager and team."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.study.load import LoadedTables
from mediation.study.manifest import CLIENT, END, ENROLLED, MANAGER, START, TEAM, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.window_checks import rows_of
from mediation.study.wording import in_words, plural

SPELLS = TableRole.SPELLS.value


def check_spell_order(tables: LoadedTables) -> Iterator[Problem]:
    """Check that spells end after they start; tell of those that start before enrollment."""
    frame = tables.frames.get(TableRole.SPELLS)
    if frame is None or START not in frame:
        return
    start = frame[START].to_numpy(dtype=float)
    if END in frame:
        reversed_ = frame[END].to_numpy(dtype=float) < start
        if reversed_.any():
            yield Problem(
                ProblemKind.DATE_ORDER, Severity.ERROR, SPELLS, END, rows_of(frame, reversed_),
                "spells that end after they start", "an earlier end", "Correct the dates.",
            )  # fmt: skip
    clients = tables.frames.get(TableRole.CLIENTS)
    if clients is None or CLIENT not in frame or not {CLIENT, ENROLLED} <= set(clients):
        return
    known = clients[clients[CLIENT].notna() & ~clients[CLIENT].duplicated()]
    where = pd.Index(known[CLIENT]).get_indexer(pd.Index(frame[CLIENT]))
    early = start < np.append(known[ENROLLED].to_numpy(dtype=float), np.nan)[where]
    if early.any():
        yield Problem(
            ProblemKind.BEFORE_ENROLLMENT, Severity.WARNING, SPELLS, START, rows_of(frame, early),
            "spells that start at enrollment or later", "earlier ones",
            "This is possible where service began before the study; if it is a slip, correct it.",
        )  # fmt: skip


def check_spell_clusters(tables: LoadedTables) -> Iterator[Problem]:
    """Check that spells say who served the client, in teams whose organization is known."""
    frame = tables.frames.get(TableRole.SPELLS)
    if frame is None:
        return
    named = [name for name in (MANAGER, TEAM) if name in frame]
    if named:
        nobody = frame[named].isna().all(axis=1).to_numpy()
        if nobody.any():
            word = " or ".join(in_words(name) for name in named)
            yield Problem(
                ProblemKind.MISSING_KEY, Severity.ERROR, SPELLS, named[0], rows_of(frame, nobody),
                f"a {word} in every row", "none", "Fill in the value, or remove the row.",
            )  # fmt: skip
    teams = tables.column(TableRole.CLIENTS, TEAM)
    if TEAM not in frame or teams is None or teams.empty:
        return
    unknown = (frame[TEAM].notna() & ~frame[TEAM].isin(teams)).to_numpy()
    if unknown.any():
        yield Problem(
            ProblemKind.UNKNOWN_TEAM, Severity.ERROR, SPELLS, TEAM, rows_of(frame, unknown),
            "a team of the table of clients", "others",
            "Correct their names. A team that has no client there at enrollment has no "
            "organization and cannot be analyzed.",
        )  # fmt: skip


def check_spells_at_once(tables: LoadedTables) -> Iterator[Problem]:
    """Check that a client is with one team, and with one case manager, at a time."""
    frame = tables.frames.get(TableRole.SPELLS)
    if frame is None or not {CLIENT, START} <= set(frame):
        return
    for name in (TEAM, MANAGER):
        if name not in frame:
            continue
        used = frame[[CLIENT, START, name]].notna().all(axis=1).to_numpy()
        kept = frame[used]
        end = kept[END].to_numpy(dtype=float) if END in kept else np.full(len(kept), np.nan)
        at_once = find_at_once(
            pd.factorize(kept[CLIENT])[0],
            pd.factorize(kept[name])[0],
            kept[START].to_numpy(dtype=float),
            end,
        )
        if at_once.any():
            yield Problem(
                ProblemKind.SPELLS_AT_ONCE, Severity.ERROR, SPELLS, name, rows_of(kept, at_once),
                f"one {in_words(name)} of a client at a time", f"several {plural(name)}",
                "Correct the starts and ends: a spell may start on the day on which another ends.",
            )  # fmt: skip


def find_at_once(clients: IntArray, values: IntArray, start: Array, end: Array) -> BoolArray:
    """Find spells during which another spell of the same client, with another value, begins.

    Parameters
    ----------
    clients, values : ndarray of int, shape (n,)
    start, end : ndarray, shape (n,)
        Without an end, a spell lasts until the client's next one.

    Returns
    -------
    ndarray of bool, shape (n,)
        Both spells of such a pair; of many that overlap, those nearest to each other.

    Examples
    --------
    >>> whose, who = np.array([0, 0, 1]), np.array([0, 1, 0])
    >>> start, end = np.array([0.0, 5.0, 3.0]), np.array([6.0, 9.0, 8.0])
    >>> find_at_once(whose, who, start, end).tolist()
    [True, True, False]
    """
    order = np.lexsort((values, start, clients))
    clients, values, begin = clients[order], values[order], start[order]
    # An open spell reaches its own start at least, so that two that start together overlap.
    ends = pd.Series(np.fmax(end[order], begin))
    longest = ends.groupby(clients).cummax().to_numpy()
    # The position of the spell that reaches farthest so far, which grows inside each client.
    holds = np.where(ends.to_numpy() >= longest, np.arange(len(order)), 0)
    holder = np.maximum.accumulate(holds)
    found = np.zeros(len(order), dtype=bool)
    later = np.arange(1, len(order))
    before = holder[later - 1]
    same = clients[before] == clients[later]
    overlap = (longest[later - 1] > begin[later]) | (begin[before] == begin[later])
    clash = same & overlap & (values[before] != values[later])
    found[later[clash]] = True
    found[before[clash]] = True
    result = np.zeros(len(order), dtype=bool)
    result[order] = found
    return result
