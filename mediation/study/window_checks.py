"""Checks of the time of interviews: enrollment, and the windows of the waves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray
from mediation.study.load import LoadedTables
from mediation.study.manifest import CLIENT, DATE, ENROLLED, WAVE, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.waves import MONTHS, is_second

INTERVIEWS = TableRole.INTERVIEWS.value


def rows_of(frame: pd.DataFrame, mask: BoolArray) -> tuple[int, ...]:
    """Row numbers in the file where `mask` is true."""
    return tuple(int(row) for row in frame.index.to_numpy()[mask])


def check_enrolled(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of clients without a date of enrollment, where interviews or dates are made of it."""
    enrolled = tables.column(TableRole.CLIENTS, ENROLLED)
    written = tables.manifest.columns(TableRole.INTERVIEWS)
    if enrolled is None or (WAVE in written and DATE in written):
        return
    unreadable = {row for p in tables.problems if p.column == ENROLLED for row in p.rows}
    missing = rows_of(enrolled.to_frame(), enrolled.isna().to_numpy())
    rows = tuple(row for row in missing if row not in unreadable)
    if rows:
        lack = "have no date" if WAVE in written else "belong to no wave"
        yield Problem(
            ProblemKind.MISSING_DATE, Severity.WARNING, TableRole.CLIENTS.value, ENROLLED, rows,
            "a date of enrollment for every client", "none",
            f"Without it the interviews of these clients {lack}: fill it in.",
        )  # fmt: skip


def check_before_enrollment(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of interviews that were held before the client was enrolled."""
    frame, clients = (tables.frames.get(r) for r in (TableRole.INTERVIEWS, TableRole.CLIENTS))
    if frame is None or clients is None or tables.manifest.waves is None:
        return
    if not {CLIENT, DATE} <= set(frame) or not {CLIENT, ENROLLED} <= set(clients):
        return
    known = clients[clients[CLIENT].notna() & ~clients[CLIENT].duplicated()]
    where = pd.Index(known[CLIENT]).get_indexer(pd.Index(frame[CLIENT]))
    enrolled = np.append(known[ENROLLED].to_numpy(dtype=float), np.nan)[where]
    window = tables.manifest.waves.window or 0.0
    early = frame[DATE].to_numpy(dtype=float) < enrolled - window
    if early.any():
        allowed = f", or at most {window:g} months before it" if window else ""
        yield Problem(
            ProblemKind.BEFORE_ENROLLMENT, Severity.WARNING, INTERVIEWS, DATE,
            rows_of(frame, early), f"interviews after enrollment{allowed}", "earlier dates",
            "Correct the dates of the interviews or of enrollment.",
        )  # fmt: skip


def check_windows(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of interviews that belong to no wave: in no window, or second in one."""
    frame, waves = tables.frames.get(TableRole.INTERVIEWS), tables.manifest.waves
    if frame is None or waves is None or MONTHS not in frame:
        return
    column = WAVE if WAVE in tables.manifest.columns(TableRole.INTERVIEWS) else DATE
    planned = ", ".join(f"{wave:g}" for wave in waves.values)
    second = is_second(tables.manifest, frame)
    months = frame[MONTHS].to_numpy(dtype=float)
    outside = np.isnan(frame[WAVE].to_numpy(dtype=float)) & ~np.isnan(months) & ~second
    expected = f"interviews within {waves.window:g} months of the waves {planned}"
    if outside.any():
        yield Problem(
            ProblemKind.OUTSIDE_WINDOWS, Severity.WARNING, INTERVIEWS, column,
            rows_of(frame, outside), expected, "others",
            "They belong to no wave and are left out. Correct the dates, or choose a wider "
            "`window` under [waves].",
        )  # fmt: skip
    if second.any():
        yield Problem(
            ProblemKind.SECOND_INTERVIEW, Severity.WARNING, INTERVIEWS, column,
            rows_of(frame, second), "one interview of a client around each wave", "several",
            "The one nearest to the wave is taken, these are left out.",
        )  # fmt: skip
