"""Interviews of clients: which row belongs to which client and wave, and its date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.study.manifest import CLIENT, DATE, ENROLLED, WAVE, WAVE_TOLERANCE, TableRole
from mediation.study.study import Study
from mediation.study.waves import MONTHS


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Interviews:
    """The interviews of a study, each with the row of its client.

    Attributes
    ----------
    frame : DataFrame, n_interviews rows
    clients : ndarray of int, shape (n_interviews,)
        Row of the client among the units; -1 for nobody.
    n_clients : int
    """

    frame: pd.DataFrame
    clients: IntArray
    n_clients: int

    def at(self, wave: float) -> IntArray:
        """Row of each client's interview at a wave, -1 without one; shape (n_clients,)."""
        waves = self.frame[WAVE].to_numpy(dtype=float)
        rows = np.flatnonzero((np.abs(waves - wave) < WAVE_TOLERANCE) & (self.clients >= 0))
        found = np.full(self.n_clients, -1, dtype=np.int64)
        found[self.clients[rows]] = rows
        return found

    def dates(self, rows: IntArray) -> Array:
        """Dates of interviews; NaN without one or without a date."""
        return np.append(self.frame[DATE].to_numpy(dtype=float), np.nan)[rows]

    def counts(self) -> tuple[tuple[float, int], ...]:
        """Clients with an interview at each wave."""
        waves = self.frame[WAVE].to_numpy(dtype=float)
        known = (self.clients >= 0) & ~np.isnan(waves)
        found, n = np.unique(waves[known], return_counts=True)
        return tuple(zip(found.tolist(), n.tolist(), strict=True))


def interviews_of(study: Study, units: pd.DataFrame) -> Interviews:
    """Find the client of every interview."""
    frame = study.frame(TableRole.INTERVIEWS)
    clients = pd.Index(units[CLIENT]).get_indexer(pd.Index(frame[CLIENT]))
    return Interviews(frame, clients.astype(np.int64), len(units))


def take_rows(column: pd.Series, rows: IntArray) -> Any:
    """Take values of a column, missing where the row is -1."""
    return pd.api.extensions.take(column.array, rows, allow_fill=True)


def planned_dates(interviews: Interviews, units: pd.DataFrame, wave: float) -> Array:
    """Date at which the interview of a wave was planned.

    Parameters
    ----------
    interviews : Interviews
    units : DataFrame, n_clients rows
    wave : float
        Months since enrolment.

    Returns
    -------
    ndarray, shape (n_clients,)
        Enrolment and the months of the wave. Enrolment that is not known is the date of the
        client's first dated interview less its months since enrolment. NaN for clients with
        neither.
    """
    frame = interviews.frame
    months = frame[MONTHS if MONTHS in frame else WAVE].to_numpy(dtype=float)
    began = frame[DATE].to_numpy(dtype=float) - months
    known = np.flatnonzero(~np.isnan(began) & (interviews.clients >= 0))
    # Written from the last interview to the first, so that the first one stays.
    known = known[np.argsort(-months[known], kind="stable")]
    origin = np.full(interviews.n_clients, np.nan)
    origin[interviews.clients[known]] = began[known]
    if ENROLLED in units:
        enrolled = units[ENROLLED].to_numpy(dtype=float)
        origin = np.where(np.isnan(enrolled), origin, enrolled)
    return origin + wave


def dates_of(
    interviews: Interviews, units: pd.DataFrame, wave: float, *, planned: bool
) -> tuple[Array, BoolArray]:
    """Dates of the interviews at a wave, and which of them are planned only.

    Returns
    -------
    dates : ndarray, shape (n_clients,)
        With `planned`, where there is no date, the one that was planned.
    is_planned : ndarray of bool, shape (n_clients,)
    """
    dates = interviews.dates(interviews.at(wave))
    if not planned:
        return dates, np.zeros(len(dates), dtype=bool)
    plan = planned_dates(interviews, units, wave)
    is_planned = np.isnan(dates) & ~np.isnan(plan)
    return np.where(is_planned, plan, dates), is_planned
