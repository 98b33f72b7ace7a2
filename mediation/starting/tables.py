"""Which file is which table of the contract, and which of its columns are its keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from mediation.starting.facts import ColumnFacts, Holds, overlap, same_header
from mediation.starting.meanings import best, means

SHARED = 0.8
"""Least share of values that two columns must have in common to be the same key."""

CLUSTERS = ("organization", "team", "case_manager")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FoundTable:
    """A file (or a sheet of it) as it was read.

    Attributes
    ----------
    file : str
        Below the folder that was looked at.
    options : dict of str to str
        Keys of the manifest that reading it needs, such as `delimiter`.
    columns : tuple of ColumnFacts
    """

    file: str
    options: Mapping[str, str]
    columns: tuple[ColumnFacts, ...]

    @property
    def name(self) -> str:
        """The file, and the sheet if there are several."""
        sheet = self.options.get("sheet")
        return f"`{self.file}`, sheet `{sheet}`," if sheet else f"`{self.file}`"

    @property
    def is_synthetic(self) -> bool:
        """Whether a column says of every row that it is invented."""
        marks = [c for c in self.columns if c.header.lower() == "synthetic"]
        return any(c.low == c.high == 1 and c.n == len(c.keys) for c in marks)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GuessedTable:
    """A table of the contract: where it is, and the headers of its keys by contract names."""

    table: FoundTable
    keys: Mapping[str, ColumnFacts] = field(default_factory=dict)

    @property
    def others(self) -> tuple[ColumnFacts, ...]:
        """Columns that are no keys, without those that hold nothing or mark synthetic data."""
        taken = {column.header for column in self.keys.values()}
        return tuple(
            column
            for column in self.table.columns
            if column.header not in taken
            and column.holds is not Holds.NOTHING
            and column.header.lower() != "synthetic"
        )


def guess_tables(
    found: tuple[FoundTable, ...],
) -> tuple[dict[str, GuessedTable], tuple[str, ...]]:
    """Guess which table is which.

    Parameters
    ----------
    found : tuple of FoundTable

    Returns
    -------
    guessed : dict of str to GuessedTable
        By the contract's names; what could not be guessed is left out. One table alone is
        that of a flat study, `rows`.
    open_points : tuple of str
        What else the tables could be.
    """
    if len(found) == 1:
        return {"rows": GuessedTable(found[0], _cluster_keys(found[0].columns))}, ()
    clients, others = _clients(found)
    if clients is None:
        return {}, tuple(_unused(found))
    guessed = {"clients": clients}
    rest = [table for table in found if table is not clients.table]
    of_people = [(t, key) for t in rest if (key := _same_key(t, clients.keys["client"]))]
    for table, key in of_people:
        role = _role(table, key)
        if role and role not in guessed:
            guessed[role] = GuessedTable(table, {"client": key, **_keys(role, table, key)})
    without = [t for t in rest if all(t is not other for other, _ in of_people)]
    fidelity = _fidelity(without, clients)
    if fidelity is not None:
        guessed["fidelity"] = fidelity
    used = [each.table for each in guessed.values()]
    unused = tuple(t for t in found if all(t is not each for each in used))
    doubts = [
        f"Whether {t.name} is the table of clients; {clients.table.name} is taken for it."
        for t in others
        if t in unused
    ]
    return guessed, (*doubts, *_unused(tuple(t for t in unused if t not in others)))


def _unused(tables: tuple[FoundTable, ...]) -> Iterator[str]:
    for table in tables:
        yield f"What {table.name} is for. It is left out."


def _clients(
    found: tuple[FoundTable, ...],
) -> tuple[GuessedTable | None, tuple[FoundTable, ...]]:
    """Find the table with one row for each client, whose key is repeated elsewhere.

    Others that could as well be it come second.
    """
    candidates = []
    for table in found:
        for column in table.columns:
            if not column.is_unique or column.holds is Holds.DATES:
                continue
            repeated = [t for t in found if t is not table and _is_repeated(t, column)]
            score = 10 * means(column, "client") + len(repeated)
            if repeated or means(column, "client"):
                candidates.append((score, len(_cluster_keys(table.columns)), table, column))
    if not candidates:
        return None, ()
    _, _, table, column = max(candidates, key=lambda each: each[:2])
    others = tuple(t for _, n_clusters, t, _ in candidates if t is not table and n_clusters)
    keys = {"client": column, **_cluster_keys(tuple(c for c in table.columns if c is not column))}
    dates = tuple(c for c in table.columns if c.holds is Holds.DATES)
    enrolled = best(dates, "enrolled")
    return GuessedTable(table, keys | ({"enrolled": enrolled} if enrolled else {})), others


def _cluster_keys(columns: tuple[ColumnFacts, ...]) -> dict[str, ColumnFacts]:
    """Find the clusters of a table by their headers, each column once."""
    keys: dict[str, ColumnFacts] = {}
    for name in CLUSTERS:
        left = (c for c in columns if c.holds in (Holds.TEXT, Holds.NUMBERS) and not c.is_unique)
        match = best(tuple(c for c in left if c not in keys.values()), name)
        if match is not None:
            keys[name] = match
    return keys


def _is_repeated(table: FoundTable, key: ColumnFacts) -> bool:
    """Say whether a table has several rows for the values of a key."""
    same = _same_key(table, key)
    return same is not None and not same.is_unique


def _same_key(table: FoundTable, key: ColumnFacts) -> ColumnFacts | None:
    """Find the column of a table that holds the values of a key of another table."""
    fits = [
        (means(column, "client") + overlap(column, key), column)
        for column in table.columns
        if column.holds in (Holds.TEXT, Holds.NUMBERS)
        and overlap(column, key) >= SHARED
        and (same_header(column.header, key.header) or means(column, "client"))
    ]
    return max(fits, key=lambda each: each[0])[1] if fits else None


def _role(table: FoundTable, client: ColumnFacts) -> str | None:
    """Spells have a beginning, goals a status; what else has a wave or a date are interviews.

    A client has several interviews.
    """
    columns = table.columns
    start = best(columns, "start")
    if start is not None and (best(columns, "case_manager") or best(columns, "team")):
        return "spells"
    if best(columns, "status") is not None:
        return "goals"
    has_date = any(column.holds is Holds.DATES for column in columns)
    has_time = has_date or best(columns, "wave") is not None
    return "interviews" if has_time and not client.is_unique else None


def _keys(role: str, table: FoundTable, client: ColumnFacts) -> dict[str, ColumnFacts]:
    columns = tuple(column for column in table.columns if column is not client)
    wanted = {
        "interviews": ("date", "wave"),
        "spells": ("case_manager", "team", "start", "end"),
        "goals": ("wave", "status"),
    }[role]
    found: dict[str, ColumnFacts] = {}
    for name in wanted:
        match = best(tuple(c for c in columns if c not in found.values()), name)
        if match is not None and _can_be(match, name):
            found[name] = match
    if "date" in wanted and "date" not in found:
        dates = [c for c in columns if c.holds is Holds.DATES]
        if len(dates) == 1:
            found["date"] = dates[0]
    if "wave" in wanted and "wave" not in found:
        planned = [c for c in columns if c not in found.values() and _are_waves(c, client)]
        if len(planned) == 1:
            found["wave"] = planned[0]
    return found


def _are_waves(column: ColumnFacts, client: ColumnFacts) -> bool:
    """Say whether a column counts months from 0, each once for a client."""
    if column.holds is not Holds.NUMBERS or column.low != 0 or not 2 <= column.n_distinct <= 12:
        return False
    twice = pd.DataFrame({"client": client.keys, "wave": column.keys}).dropna().duplicated()
    return column.n == len(column.keys) and not twice.any()


def _can_be(column: ColumnFacts, name: str) -> bool:
    if name in ("start", "end", "date"):
        return column.holds is Holds.DATES
    if name == "wave":
        return column.holds is Holds.NUMBERS
    return True


def _fidelity(tables: list[FoundTable], clients: GuessedTable) -> GuessedTable | None:
    """Find the table that has a cluster of the clients and a date, and no clients."""
    for name in ("team", "organization", "case_manager"):
        key = clients.keys.get(name)
        for table in tables if key is not None else ():
            dates = [c for c in table.columns if c.holds is Holds.DATES]
            same = [c for c in table.columns if key and overlap(key, c) >= SHARED]
            if dates and same:
                date = best(tuple(dates), "date") or dates[0]
                return GuessedTable(table, {name: same[0], "date": date})
    return None
