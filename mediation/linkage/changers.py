"""The table without clients who changed team, for the analysis beside the declared one."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray
from mediation.linkage.service import CHANGED_TEAM_LATER
from mediation.linkage.table import AnalysisTable
from mediation.study.manifest import CHANGED_TEAM


def without_team_changers(table: AnalysisTable) -> AnalysisTable:
    """Leave out clients who changed team.

    Parameters
    ----------
    table : AnalysisTable
        As `link` gives it.

    Returns
    -------
    AnalysisTable
        Without clients who changed team before the interview of the mediator, or between it
        and the interview of the outcome; the same table if spells name no teams. Linkage and flow
        are left out, as they count clients who are no longer there; `time` counts those left out
        (`time.spells.n_changed_team_ever`, of clients whose interview of the mediator was held).
    """
    frame = table.frame
    changed = _changed(frame)
    if not changed.any():
        return table
    return AnalysisTable(frame[~changed].reset_index(drop=True), table.waves, time=table.time)


def count_team_changers(table: AnalysisTable, columns: tuple[str, ...]) -> int | None:
    """Count the rows that leave an analysis together with clients who changed team.

    Parameters
    ----------
    table : AnalysisTable
        As `link` gives it.
    columns : tuple of str
        Of the model.

    Returns
    -------
    int or None
        Of rows without a missing value in these columns; None if spells name no teams.
    """
    if table.time is None or table.time.spells is None:
        return None
    if table.time.spells.n_changed_team_ever is None:
        return None
    frame = table.frame
    complete = frame[list(columns)].notna().all(axis=1).to_numpy()
    return int((_changed(frame) & complete).sum())


def _changed(frame: pd.DataFrame) -> BoolArray:
    """Whether the client of each row changed team up to the interview of the outcome."""
    changed = np.zeros(len(frame), dtype=bool)
    for name in (CHANGED_TEAM, CHANGED_TEAM_LATER):
        if name in frame:
            changed |= frame[name].to_numpy(dtype=float) == 1
    return changed
