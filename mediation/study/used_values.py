"""Where a column of a model is found, and its values where the model uses them."""

from __future__ import annotations

import pandas as pd

from mediation.study.load import LoadedTables
from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CLIENT,
    WAVE,
    WAVE_TOLERANCE,
    Manifest,
    TableRole,
)
from mediation.study.problems import ProblemKind


def table_of(manifest: Manifest, name: str) -> tuple[TableRole, str] | None:
    """Find the table and the column there that a name of a model stands for.

    A score at the first wave, `<score>_0`, is the column `<score>` of the interviews; a name
    that is no column of clients, rows or interviews gives None.
    """
    if name in manifest.columns(manifest.unit_role):
        return manifest.unit_role, name
    base = name if name in manifest.interview_scores else name.removesuffix(BASELINE_SUFFIX)
    return (TableRole.INTERVIEWS, base) if base in manifest.interview_scores else None


def is_readable(tables: LoadedTables, role: TableRole, name: str) -> bool:
    """Say whether a column is there and every cell of it could be read."""
    broken = {(p.table, p.column) for p in tables.problems if p.kind is ProblemKind.NOT_A_NUMBER}
    column = tables.column(role, name)
    return column is not None and not column.empty and (role.value, name) not in broken


def values_at(
    tables: LoadedTables, role: TableRole, name: str, wave: float | None
) -> pd.Series | None:
    """Give the values of a column, of interviews those at one wave.

    Parameters
    ----------
    tables : LoadedTables
    role : TableRole
    name : str
    wave : float or None
        Months since enrolment; None takes all rows.

    Returns
    -------
    Series or None
        By row number in the file; None if there is nothing that could be read.
    """
    column = tables.column(role, name)
    if column is None or not is_readable(tables, role, name):
        return None
    if wave is None:
        return column
    if not is_readable(tables, role, WAVE):
        return None
    waves = tables.frames[role][WAVE]
    return column[(waves - wave).abs() < WAVE_TOLERANCE]


def clusters_of(tables: LoadedTables, role: TableRole, cluster: str) -> pd.Series | None:
    """Give the cluster of every row of a table, interviews by way of their client."""
    of_units = tables.column(tables.manifest.unit_role, cluster)
    if of_units is None or role is tables.manifest.unit_role:
        return of_units
    clients, interviewed = tables.column(TableRole.CLIENTS, CLIENT), tables.column(role, CLIENT)
    if clients is None or interviewed is None:
        return None
    known = clients.notna() & ~clients.duplicated()
    return interviewed.map(dict(zip(clients[known], of_units[known], strict=True)))
