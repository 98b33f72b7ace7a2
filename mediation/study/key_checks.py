"""Checks of what ties rows together: keys, dates, clients and waves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediation.study.checks import file_rows, model_clusters
from mediation.study.likeness import likeness
from mediation.study.load import LoadedTables
from mediation.study.manifest import CLIENT, DATE, START, WAVE, WAVE_TOLERANCE, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.waves import MONTHS
from mediation.study.wording import in_words


def _keys(tables: LoadedTables, role: TableRole) -> tuple[str, ...]:
    """Columns of a table without which a row belongs to nothing."""
    clusters = model_clusters(tables)
    if role is TableRole.FIDELITY:
        return (tables.manifest.fidelity_cluster or "", DATE)
    if role is TableRole.INTERVIEWS:
        # Where waves are made of dates, a missing date is told of instead.
        return (CLIENT, WAVE) if WAVE in tables.manifest.columns(role) else (CLIENT,)
    if role in (TableRole.SPELLS, TableRole.GOALS):
        return (CLIENT, START if role is TableRole.SPELLS else WAVE)
    return (CLIENT, *clusters) if role is TableRole.CLIENTS else clusters


def check_missing_keys(tables: LoadedTables) -> Iterator[Problem]:
    """Check that every row says what it belongs to."""
    wrong = {
        (p.table, p.column): frozenset(p.rows)
        for p in tables.problems
        if p.kind in (ProblemKind.NOT_A_DATE, ProblemKind.NOT_A_NUMBER)
    }
    for role, frame in tables.frames.items():
        for name in _keys(tables, role):
            if name not in frame:
                continue
            reported = wrong.get((role.value, name), frozenset())
            # With windows, an interview around no wave has none, but it has its months.
            values = frame[MONTHS if name == WAVE and MONTHS in frame else name]
            rows = tuple(row for row in file_rows(values.isna()) if row not in reported)
            if rows:
                yield Problem(
                    ProblemKind.MISSING_KEY, Severity.ERROR, role.value, name, rows,
                    "a value in every row", "none", "Fill in the value, or remove the row.",
                )  # fmt: skip


def check_duplicate_keys(tables: LoadedTables) -> Iterator[Problem]:
    """Check that there is one row per client, client and wave, cluster and assessment date."""
    keys = {
        TableRole.FIDELITY: (tables.manifest.fidelity_cluster or "", DATE),
        TableRole.CLIENTS: (CLIENT,),
        TableRole.INTERVIEWS: (CLIENT, WAVE),
    }
    for role, names in keys.items():
        frame = tables.frames.get(role)
        if frame is None or not set(names) <= set(frame.columns):
            continue
        present = frame[frame[list(names)].notna().all(axis=1)]
        twice = present.duplicated(list(names), keep=False)
        if twice.any():
            key = " and ".join(in_words(name) for name in names)
            yield Problem(
                ProblemKind.DUPLICATE_KEY, Severity.ERROR, role.value, names[0],
                file_rows(twice), f"one row for each {key}", "several rows for one",
                "Keep the row that is right and remove the others.",
            )  # fmt: skip


def check_missing_dates(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of interviews without a date, which cannot be linked to fidelity."""
    dates = tables.column(TableRole.INTERVIEWS, DATE)
    if dates is None:
        return
    unreadable = {
        row
        for p in tables.problems
        if p.table == TableRole.INTERVIEWS.value and p.column == DATE
        for row in p.rows
    }
    rows = tuple(row for row in file_rows(dates.isna()) if row not in unreadable)
    if rows:
        yield Problem(
            ProblemKind.MISSING_DATE, Severity.WARNING, TableRole.INTERVIEWS.value, DATE, rows,
            "a date for every interview", "none",
            "Without it fidelity cannot be linked; these interviews are left out as mediator "
            "interviews.",
        )  # fmt: skip


def check_date_order(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of clients whose interviews do not ascend in date with the wave."""
    frame = tables.frames.get(TableRole.INTERVIEWS)
    if frame is None or not {CLIENT, WAVE, DATE} <= set(frame.columns):
        return
    known = frame[[CLIENT, WAVE, DATE]].dropna().sort_values([CLIENT, WAVE], kind="stable")
    later = known.groupby(CLIENT)[[WAVE, DATE]].diff()
    slips = ((later[WAVE] > WAVE_TOLERANCE) & (later[DATE] <= 0)).to_numpy(dtype=bool)
    # Either date of a pair may be the wrong one, so both rows are named.
    named = slips | np.append(slips[1:], False)
    if slips.any():
        rows = tuple(sorted(int(row) for row in known.index[named]))
        yield Problem(
            ProblemKind.DATE_ORDER, Severity.WARNING, TableRole.INTERVIEWS.value, DATE, rows,
            "interviews of a client at later waves to have later dates",
            "dates that are the same or earlier",
            "Fidelity is linked at these dates: correct the dates or the waves.",
        )  # fmt: skip


def check_unknown_clients(tables: LoadedTables) -> Iterator[Problem]:
    """Check that every interview, spell and goal is of a client of the client table."""
    clients = tables.column(TableRole.CLIENTS, CLIENT)
    for role in (TableRole.INTERVIEWS, TableRole.SPELLS, TableRole.GOALS):
        named = tables.column(role, CLIENT)
        if clients is None or named is None:
            continue
        # Looking positions up takes a fraction of the time of `isin` with a million interviews.
        found = pd.Index(clients.dropna().unique()).get_indexer(pd.Index(named))
        unknown = named.notna() & (found < 0)
        if not unknown.any():
            continue
        yield Problem(
            ProblemKind.UNKNOWN_CLIENT, Severity.ERROR, role.value, CLIENT,
            file_rows(unknown), "a client of the table of clients", f"{role.value} of others",
            f"{likeness(named[unknown], clients)}Add the clients, or correct their identifiers "
            "(`1` and `01` are different).",
        )  # fmt: skip


def check_unknown_waves(tables: LoadedTables) -> Iterator[Problem]:
    """Check that every interview is at a wave of the manifest."""
    waves = tables.column(TableRole.INTERVIEWS, WAVE)
    if waves is None or tables.manifest.waves is None:
        return
    known = np.asarray(tables.manifest.waves.values)
    distance = np.abs(waves.to_numpy(dtype=float)[:, None] - known).min(axis=1)
    unknown = pd.Series(distance > WAVE_TOLERANCE, index=waves.index)
    if unknown.any():
        is_written = WAVE in tables.manifest.columns(TableRole.INTERVIEWS)
        advice = "Correct the wave, or add it under [waves]."
        if not is_written:
            advice = "Write under [waves] how far interviews may be from the plan: `window = 1.5`."
        yield Problem(
            ProblemKind.UNKNOWN_WAVE, Severity.ERROR, TableRole.INTERVIEWS.value, WAVE,
            file_rows(unknown), f"one of the waves {', '.join(f'{w:g}' for w in known)}",
            "another number", advice,
        )  # fmt: skip
