"""From text to typed columns by the contract, noting every cell that has the wrong type."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from pathlib import Path

import numpy as np
import pandas as pd

from mediation.study.entries import Clock, RowsTable
from mediation.study.manifest import CLIENT, DATE, WAVE, Manifest, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.tables import TextTable, read_table
from mediation.vocabulary import VariableKind

DAYS_PER_MONTH = 30.4375
EPOCH = date(1970, 1, 1)

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Cells = tuple[str | None, ...]


class ColumnKind(Enum):
    """How a column is read: as a key, a category, a number or a date."""

    KEY = auto()
    CATEGORY = auto()
    NUMBER = auto()
    DATE = auto()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LoadedTables:
    """Typed tables before they are validated.

    Attributes
    ----------
    manifest : Manifest
    frames : dict of TableRole to DataFrame
        Columns by contract names; the index is the row number in the file. Columns that
        the file does not have are left out.
    problems : tuple of Problem
        Found while reading.
    input_hash : str
        SHA-256 over the bytes of the manifest and of every table in reading order.
    """

    manifest: Manifest
    frames: dict[TableRole, pd.DataFrame]
    problems: tuple[Problem, ...]
    input_hash: str

    def column(self, role: TableRole, name: str) -> pd.Series | None:
        """Give a column, or None if the file has no such column."""
        frame = self.frames.get(role)
        return frame[name] if frame is not None and name in frame else None


def load_tables(manifest: Manifest, content: bytes, folder: Path) -> LoadedTables:
    """Read and convert every table of the study.

    Parameters
    ----------
    manifest : Manifest
    content : bytes
        Of the manifest, for the hash.
    folder : Path
        Where the manifest lies.

    Returns
    -------
    LoadedTables
    """
    digest = hashlib.sha256(content)
    frames: dict[TableRole, pd.DataFrame] = {}
    problems: list[Problem] = []
    for role in manifest.roles:
        text = read_table(role.value, manifest.table(role), folder)
        digest.update(text.content)
        frame, wrong = _convert(manifest, role, text)
        frames[role] = frame
        problems += [*text.problems, *wrong]
    return LoadedTables(manifest, frames, tuple(problems), digest.hexdigest())


def column_kind(manifest: Manifest, role: TableRole, name: str) -> ColumnKind:
    """Say how a column of a table is read."""
    if role is not TableRole.ROWS and name in (CLIENT, WAVE, DATE):
        is_months = name == WAVE or (
            manifest.linkage is not None and manifest.linkage.clock is Clock.MONTHS
        )
        if name == CLIENT:
            return ColumnKind.KEY
        return ColumnKind.NUMBER if is_months else ColumnKind.DATE
    if name in (*manifest.cluster_columns, manifest.fidelity_cluster):
        return ColumnKind.KEY
    if manifest.variable(name).kind is VariableKind.CATEGORY:
        return ColumnKind.CATEGORY
    return ColumnKind.NUMBER


def _convert(
    manifest: Manifest, role: TableRole, text: TextTable
) -> tuple[pd.DataFrame, list[Problem]]:
    entry = manifest.table(role)
    recode = entry.recode if isinstance(entry, RowsTable) else {}
    columns: dict[str, object] = {}
    problems = []
    for name, cells in text.cells.items():
        kind = column_kind(manifest, role, name)
        if name in recode:
            codes = recode[name]
            columns[name], wrong = _parsed(cells, codes.get)
            expected = f"one of the {len(codes)} texts under [tables.{role.value}.recode]"
            advice = f"Add the missing texts to `{name}` there."
            found = "another text"
        elif kind is ColumnKind.NUMBER:
            columns[name], wrong = _parsed(cells, parse_number)
            expected, found = "a number, or nothing for a missing value", "other text"
            advice = (
                "Write numbers with a decimal point and without units or thousands separators. "
                f'If the column holds categories, set `kind = "category"` in [variables.{name}].'
            )
        elif kind is ColumnKind.DATE:
            columns[name], wrong = _parsed(cells, parse_date)
            expected, found = "a date as YYYY-MM-DD", "other text"
            advice = 'Write dates as 2015-01-31, or months with `clock = "months"` in [linkage].'
        else:
            columns[name] = pd.array(list(cells), dtype="str")
            continue
        if wrong:
            which = ProblemKind.NOT_A_DATE if kind is ColumnKind.DATE else ProblemKind.NOT_A_NUMBER
            rows = tuple(text.rows[i] for i in wrong)
            problems.append(
                Problem(which, Severity.ERROR, role.value, name, rows, expected, found, advice)
            )
    return pd.DataFrame(columns, index=pd.Index(text.rows, dtype="int64")), problems


def _parsed(
    cells: Cells, parse: Callable[[str], float | None]
) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], Sequence[int]]:
    """Numbers of the cells, NaN where missing or wrong, and the positions of the wrong ones."""
    values = np.full(len(cells), np.nan)
    wrong = []
    known: dict[str, float | None] = {}
    for i, cell in enumerate(cells):
        if cell is None:
            continue
        if cell not in known:
            known[cell] = parse(cell)
        value = known[cell]
        if value is None:
            wrong.append(i)
        else:
            values[i] = value
    return values, wrong


def parse_number(text: str) -> float | None:
    """Read a finite decimal number, or None.

    Examples
    --------
    >>> parse_number("4.5"), parse_number("4,5"), parse_number("inf")
    (4.5, None, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def parse_date(text: str) -> float | None:
    """Read an ISO date as months of 30.4375 days since 1970-01-01, or None.

    Examples
    --------
    >>> parse_date("1970-01-01"), parse_date("2015-02-30"), parse_date("5 Jan 2015")
    (0.0, None, None)
    """
    if not _ISO_DATE.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return (found - EPOCH).days / DAYS_PER_MONTH
