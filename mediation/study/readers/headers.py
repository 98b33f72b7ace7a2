"""What is wrong with the header of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from mediation.study.problems import Problem, ProblemKind, Severity

_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def printable(text: str) -> str:
    """Make a header or the name of a sheet fit for a message."""
    return "".join(c if c.isprintable() and c != "`" else "?" for c in text)[:60]


def _with_zeros(absent: Sequence[str], header: Sequence[str]) -> str:
    """Say what to do about headers such as `wai_01`, for which a pattern gives `wai_1`."""
    there = (re.sub(r"(\d+)(?=\D*$)", r"0\1", name, count=1) for name in absent)
    found = next((name for name in there if name in header), None)
    if found is None:
        return ""
    return f" The file has `{printable(found)}`: write every header as a list."


def header_problems(
    role: str, place: str, columns: Mapping[str, str], header: Sequence[str], delimiter: str | None
) -> Iterator[Problem]:
    """Say which columns are not there, or there twice.

    Parameters
    ----------
    role : str
        The table of the manifest.
    place : str
        Its file or data set.
    columns : mapping
        Contract name -> header.
    header : sequence of str
        What the file has.
    delimiter : str or None
        Of a text file; None for other formats.

    Yields
    ------
    Problem
    """
    # A file without a header line has a person's data there: name its cells only if at
    # least one of them is a column that the manifest knows.
    has_header = any(column in header for column in columns.values())
    other = next((d for d in _OTHER_DELIMITERS if d in header[0]), "") if len(header) == 1 else ""
    several = _absent_items(columns, header) if has_header else {}
    for score, absent in several.items():
        first, last = printable(absent[0]), printable(absent[-1])
        yield Problem(
            ProblemKind.MISSING_COLUMN, Severity.ERROR, role, "", (),
            f"the items of [scores.{score}] in {place}",
            f"no column for {len(absent)} of them, from `{first}` to `{last}`",
            f"Correct `items` under [scores.{score}], or the header.{_with_zeros(absent, header)}",
        )  # fmt: skip
    for name, column in columns.items():
        if header.count(column) == 1 or (column not in header and _score_of(name) in several):
            continue
        if column in header:
            yield Problem(
                ProblemKind.DUPLICATE_COLUMN, Severity.ERROR, role, name, (),
                f"one column `{column}` in {place}", f"{header.count(column)}",
                "Rename or remove all but one.",
            )  # fmt: skip
            continue
        nearest = get_close_matches(column, header, n=1, cutoff=0.6) if has_header else []
        hint = f"Did you mean `{printable(nearest[0])}`? " if nearest else ""
        if has_header:
            found = f"the columns `{'`, `'.join(printable(name) for name in header)}`"
        elif delimiter == "," and other:
            written, word = other.replace("\t", "\\t"), _OTHER_DELIMITERS[other]
            found = "one column only"
            hint = (
                f'Say `delimiter = "{written}"` under [tables.{role}], or separate columns by '
                f"commas, not by {word}. "
            )
        else:
            found = "none of the expected columns in the first line"
        yield Problem(
            ProblemKind.MISSING_COLUMN, Severity.ERROR, role, name, (),
            f"a column `{column}` in {place}", found,
            f"{hint}Correct the header, or {_where(role, name)}.",
        )  # fmt: skip


def _score_of(name: str) -> str:
    """Score whose item a column is, `score[item]`; empty for other columns."""
    return name.partition("[")[0] if "[" in name else ""


def _where(role: str, name: str) -> str:
    """Say where the manifest names a header."""
    score = _score_of(name)
    return f"`items` under [scores.{score}]" if score else f"the name under [tables.{role}.columns]"


def _absent_items(columns: Mapping[str, str], header: Sequence[str]) -> dict[str, list[str]]:
    """List the headers of items that are not there, of scores that lack more than one."""
    absent: dict[str, list[str]] = {}
    for name, column in columns.items():
        if _score_of(name) and column not in header:
            absent.setdefault(_score_of(name), []).append(column)
    return {score: headers for score, headers in absent.items() if len(headers) > 1}
