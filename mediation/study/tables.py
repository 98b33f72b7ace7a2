"""Read one table of the manifest from a file of any format, or from a published data set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mediation.study.entries import FileTable, RowsTable
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.readers.dataset import read_dataset
from mediation.study.readers.delimited import read_delimited
from mediation.study.readers.headers import header_problems
from mediation.study.readers.parquet_file import read_parquet
from mediation.study.readers.parsing import MISSING, Writing, is_date_format
from mediation.study.readers.place import Format, check_keys, digest_of, format_of, locate
from mediation.study.readers.raw import Column, Contents, Unreadable
from mediation.study.readers.statistics_file import read_statistics_file
from mediation.study.readers.workbook import read_workbook


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RawTable:
    """Columns of the contract as they are in the file.

    Attributes
    ----------
    columns : dict of str to Column
        Contract name -> cells, numbers or days. A column that the file does not have is
        left out.
    writing : Writing
        How the file writes numbers, dates and missing values.
    rows : ndarray of int64, shape (n_rows,)
        Number of each row in the file; the header is row 1.
    digest : bytes
        What the study's hash is taken over: the SHA-256 of the file.
    problems : tuple of Problem
    """

    columns: dict[str, Column]
    writing: Writing
    rows: NDArray[np.int64]
    digest: bytes
    problems: tuple[Problem, ...]


def read_table(
    role: str, entry: FileTable | RowsTable, folder: Path, columns: Mapping[str, str]
) -> RawTable:
    """Read one table of the manifest.

    Parameters
    ----------
    role : str
        Name of the table for messages.
    entry : FileTable or RowsTable
        Its file (relative to `folder`) or data set, and how it is written.
    folder : Path
        Of the manifest; nothing outside it is read.
    columns : mapping of str to str
        Contract name -> header, items included.

    Returns
    -------
    RawTable
        Empty, with a problem, if there is nothing to read.
    """
    digest = b""
    writing = Writing(entry.decimal, entry.date_format, frozenset((*MISSING, *entry.missing)))
    try:
        _check_date_format(entry)
        if entry.file is None:
            check_keys(entry, None)
            dataset = getattr(entry, "dataset", None) or ""
            contents, digest = read_dataset(dataset, role, columns.values())
        else:
            file_format = format_of(entry.file)
            check_keys(entry, file_format)
            path = locate(entry.file, role, folder)
            digest = digest_of(path)
            contents = read_contents(file_format, path, entry, tuple(columns.values()))
    except Unreadable as why:
        problem = _error(role, why.kind, "", (), why.expected, why.found, why.advice)
        return RawTable({}, writing, np.zeros(0, dtype=np.int64), digest, (problem,))
    except OSError as error:
        found = error.strerror or "it cannot be opened"
        expected, advice = f"a file that can be read at {source_of(entry)}", "Look at its rights."
        unreadable = ProblemKind.UNREADABLE_FILE
        problem = _error(role, unreadable, "", (), expected, found, advice)
        return RawTable({}, writing, np.zeros(0, dtype=np.int64), digest, (problem,))
    found_columns = {
        name: contents.columns[header]
        for name, header in columns.items()
        if header in contents.columns
    }
    problems = tuple(_problems(role, entry, columns, contents))
    return RawTable(found_columns, writing, contents.rows, digest, problems)


def source_of(entry: FileTable | RowsTable) -> str:
    """Name the file or the data set of a table."""
    return entry.file or str(getattr(entry, "dataset", ""))


def _check_date_format(entry: FileTable | RowsTable) -> None:
    if entry.date_format is not None and not is_date_format(entry.date_format):
        raise Unreadable(
            "a `date_format` that tells day, month and year",
            "another text",
            'Write it like "%d.%m.%Y" for 31.1.2015, "%m/%d/%Y" for 1/31/2015.',
        )


def _delimiter(entry: FileTable | RowsTable) -> str | None:
    """Give the delimiter of a text file, left out the one its ending stands for."""
    ending = Path(entry.file or "").suffix.lower()
    if ending not in Format.DELIMITED.value:
        return None
    return (
        "\t" if ending == ".tsv" and "delimiter" not in entry.model_fields_set else entry.delimiter
    )


def read_contents(
    file_format: Format, path: Path, entry: FileTable | RowsTable, wanted: tuple[str, ...]
) -> Contents:
    """Read columns of a file of any format.

    Parameters
    ----------
    file_format : Format
    path : Path
    entry : FileTable or RowsTable
        How the file is written, and its name for messages.
    wanted : tuple of str
        Headers; with none, the header alone is of use.

    Returns
    -------
    Contents

    Raises
    ------
    Unreadable
        If it is no table.
    """
    file = entry.file or ""
    if file_format is Format.WORKBOOK:
        return read_workbook(path, file, wanted, entry.sheet)
    if file_format is Format.STATISTICS:
        return read_statistics_file(path, file, wanted)
    if file_format is Format.PARQUET:
        return read_parquet(path, file, wanted)
    return read_delimited(path, file, wanted, _delimiter(entry) or ",", entry.encoding)


def _problems(
    role: str, entry: FileTable | RowsTable, columns: Mapping[str, str], contents: Contents
) -> Iterator[Problem]:
    """Say what is wrong with a file that could be read."""
    source = source_of(entry)
    yield from header_problems(role, source, columns, contents.header, _delimiter(entry))
    if contents.uneven:
        expected = f"{len(contents.header)} cells in every row of {source}, as in its header"
        found = "rows with more or fewer cells"
        advice = "Put texts that contain the delimiter in double quotes, and export it again."
        yield _error(role, ProblemKind.UNEVEN_ROW, "", contents.uneven, expected, found, advice)
    for name, header in columns.items():
        if header in contents.formulas:
            expected, found = "values in every cell", "formulas whose values are not stored"
            advice = "Open the workbook, let it compute, and save it."
            rows, kind = contents.formulas[header], ProblemKind.UNREADABLE_FILE
            yield _error(role, kind, name, rows, expected, found, advice)
        if header in contents.declared:
            n = contents.declared[header]
            yield Problem(
                ProblemKind.DECLARED_MISSING, Severity.WARNING, role, name, (),
                "values", f"{n} {'cell' if n == 1 else 'cells'} with a value declared missing",
                "They are taken as missing, as the file says.",
            )  # fmt: skip


def _error(
    role: str,
    kind: ProblemKind,
    column: str,
    rows: tuple[int, ...],
    expected: str,
    found: str,
    advice: str,
) -> Problem:
    return Problem(kind, Severity.ERROR, role, column, rows, expected, found, advice)
