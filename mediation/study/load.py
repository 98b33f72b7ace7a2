"""From files to typed columns by the contract, noting every cell that has the wrong type."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array
from mediation.study.entries import Clock, RowsTable
from mediation.study.manifest import (
    CLIENT,
    DATE,
    END,
    ENROLLED,
    MANAGER,
    START,
    STATUS,
    TEAM,
    WAVE,
    Manifest,
    TableRole,
)
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.readers.parsing import Writing
from mediation.study.readers.raw import Column
from mediation.study.readers.values import (
    text_array,
    to_months,
    to_numbers,
    to_texts,
)
from mediation.study.scoring import ScoreCounts, score_items
from mediation.study.tables import RawTable, read_table
from mediation.study.waves import assign_waves
from mediation.vocabulary import VariableKind

# Columns that are dates, or months where the clock of the study counts months.
_MOMENTS = {
    TableRole.FIDELITY: (DATE,),
    TableRole.CLIENTS: (ENROLLED,),
    TableRole.INTERVIEWS: (DATE,),
    TableRole.SPELLS: (START, END),
    TableRole.GOALS: (DATE,),
}


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
        SHA-256 over the bytes of the manifest and the SHA-256 of every file in reading order.
    items : mapping of str to DataFrame
        Responses to the items of each score, rows as in its table.
    counts : mapping of str to ScoreCounts
    """

    manifest: Manifest
    frames: dict[TableRole, pd.DataFrame]
    problems: tuple[Problem, ...]
    input_hash: str
    items: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    counts: Mapping[str, ScoreCounts] = field(default_factory=dict)

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
        entry = manifest.table(role)
        table = read_table(role.value, entry, folder, manifest.all_columns(role))
        digest.update(table.digest)
        frame, wrong = _convert(manifest, role, table)
        frames[role] = frame
        problems += [*table.problems, *wrong]
    # Goals are scored by waves, so waves come first.
    scored = score_items(manifest, assign_waves(manifest, frames))
    problems += scored.problems
    return LoadedTables(
        manifest, scored.frames, tuple(problems), digest.hexdigest(), scored.items, scored.counts
    )


def is_item(name: str) -> bool:
    """Say whether a column of a frame is an item of a score, `score[item]`."""
    return "[" in name


def column_kind(manifest: Manifest, role: TableRole, name: str) -> ColumnKind:
    """Say how a column of a table is read; items, named `score[item]`, are numbers."""
    if is_item(name):
        return ColumnKind.NUMBER
    if role is not TableRole.ROWS and name in (CLIENT, WAVE):
        return ColumnKind.KEY if name == CLIENT else ColumnKind.NUMBER
    if name in _MOMENTS.get(role, ()):
        is_months = manifest.linkage is not None and manifest.linkage.clock is Clock.MONTHS
        return ColumnKind.NUMBER if is_months else ColumnKind.DATE
    if (role, name) == (TableRole.GOALS, STATUS):
        return ColumnKind.CATEGORY
    if role is TableRole.SPELLS and name in (MANAGER, TEAM):
        return ColumnKind.KEY
    if name in (*manifest.cluster_columns, manifest.fidelity_cluster):
        return ColumnKind.KEY
    if manifest.variable(name).kind is VariableKind.CATEGORY:
        return ColumnKind.CATEGORY
    return ColumnKind.NUMBER


class _Converted(NamedTuple):
    """A column of a frame, its wrong cells, and what is to be said of them."""

    values: Any
    wrong: NDArray[np.bool_]
    kind: ProblemKind
    expected: str
    found: str
    advice: str


def _convert(
    manifest: Manifest, role: TableRole, table: RawTable
) -> tuple[pd.DataFrame, list[Problem]]:
    entry = manifest.table(role)
    recode = entry.recode if isinstance(entry, RowsTable) else {}
    columns: dict[str, Any] = {}
    problems = []
    for name, column in table.columns.items():
        kind = column_kind(manifest, role, name)
        if name in recode:
            found = _recoded(column, table.writing, recode[name], role, name)
        elif kind is ColumnKind.NUMBER:
            found = _numbers(column, table.writing, name)
        elif kind is ColumnKind.DATE:
            found = _dates(column, table.writing)
        else:
            found = _texts(column, table.writing, with_labels=kind is ColumnKind.CATEGORY)
        columns[name] = found.values
        if found.wrong.any():
            rows = tuple(table.rows[found.wrong].tolist())
            problems.append(
                Problem(
                    found.kind, Severity.ERROR, role.value, name, rows,
                    found.expected, found.found, found.advice,
                )
            )  # fmt: skip
    return pd.DataFrame(columns, index=pd.Index(table.rows, dtype="int64")), problems


def _numbers(column: Column, writing: Writing, name: str) -> _Converted:
    values, wrong = to_numbers(column, writing)
    mark = "comma" if writing.decimal == "," else "point"
    advice = f"Write numbers with a decimal {mark} and without units or thousands separators. "
    if is_item(name):
        advice += "Of an answer in words, write its number alone (4, not `4 - agree`)."
    else:
        advice += f'If the column holds categories, set `kind = "category"` in [variables.{name}].'
    return _Converted(
        _smaller(values) if is_item(name) else values,
        wrong,
        ProblemKind.NOT_A_NUMBER,
        "a number, or nothing for a missing value",
        "something else",
        advice.strip(),
    )


def _smaller(values: Array) -> NDArray[np.floating[Any]]:
    """Halve the memory of answers, of which there are many, where that changes none of them."""
    small = values.astype(np.float32)
    return small if np.array_equal(small, values, equal_nan=True) else values


def _dates(column: Column, writing: Writing) -> _Converted:
    values, wrong = to_months(column, writing)
    written = writing.date_format or "YYYY-MM-DD"
    advice = (
        "Write dates as 2015-01-31, say how they are written (`date_format`), or write months "
        'with `clock = "months"` in [linkage]. One that stands for none goes into `missing`.'
    )
    expected = f"a date as {written} from 1900 to 2100"
    return _Converted(values, wrong, ProblemKind.NOT_A_DATE, expected, "something else", advice)


def _recoded(
    column: Column, writing: Writing, codes: Mapping[str, float], role: TableRole, name: str
) -> _Converted:
    texts, _ = to_texts(column, writing, with_labels=True)
    values = texts.lookup(lambda text: codes.get(str(text), np.nan), float)
    wrong = texts.lookup(lambda text: text is not None and text not in codes, bool)
    return _Converted(
        values,
        np.asarray(wrong, dtype=bool),
        ProblemKind.NOT_A_NUMBER,
        f"one of the {len(codes)} texts under [tables.{role.value}.recode]",
        "another text",
        f"Add the missing texts to `{name}` there.",
    )


def _texts(column: Column, writing: Writing, *, with_labels: bool) -> _Converted:
    texts, wrong = to_texts(column, writing, with_labels=with_labels)
    expected, found = "a text, or nothing", "an error of the spreadsheet, such as #N/A"
    advice = "Correct the formulas, or empty the cells."
    unreadable = ProblemKind.UNREADABLE_FILE
    return _Converted(text_array(texts), wrong, unreadable, expected, found, advice)
