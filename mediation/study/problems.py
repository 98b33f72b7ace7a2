"""What validation finds: problems with their place, and the report that lists them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from mediation.errors import DataError
from mediation.safe_text import printable

if TYPE_CHECKING:
    import pandas as pd

SHOWN_ROWS = 5


class Severity(Enum):
    """Whether the analysis can go on."""

    ERROR = "error"
    WARNING = "warning"


class ProblemKind(Enum):
    """What is wrong, in words for a table."""

    MISSING_FILE = "missing file"
    UNREADABLE_FILE = "unreadable file"
    UNEVEN_ROW = "row with another number of cells"
    EMPTY_TABLE = "empty table"
    MISSING_COLUMN = "missing column"
    DUPLICATE_COLUMN = "column twice"
    NOT_A_NUMBER = "not a number"
    NOT_A_DATE = "not a date"
    OUT_OF_RANGE = "out of range"
    DECLARED_MISSING = "values declared missing"
    UNKNOWN_LEVEL = "unknown category"
    LEVELS_NOT_NAMED = "category without levels"
    RARE_LEVEL = "rare category"
    MISSING_KEY = "missing key"
    MISSING_DATE = "missing date"
    DATE_ORDER = "date order"
    DUPLICATE_KEY = "duplicate key"
    BEFORE_ENROLLMENT = "before enrollment"
    OUTSIDE_WINDOWS = "interview around no wave"
    SECOND_INTERVIEW = "second interview around a wave"
    SPELLS_AT_ONCE = "two spells at once"
    UNKNOWN_TEAM = "unknown team"
    UNKNOWN_CLIENT = "unknown client"
    UNKNOWN_WAVE = "unknown wave"
    NO_FIDELITY = "no fidelity assessment"
    NOT_NESTED = "cluster not nested"
    UNKNOWN_VARIABLE = "unknown variable"
    WRONG_KIND = "wrong kind of variable"
    TWO_ROLES = "two roles"
    WAVE_ORDER = "wave order"
    HEADLINE = "headline without its levels"
    VARYING_FIDELITY = "headline of constant fidelity"
    NO_VARIANCE = "no variance"
    CONSTANT_INSIDE = "no variance inside clusters"
    FIDELITY_LEVEL = "level of fidelity left out"
    TOO_FEW_CLUSTERS = "too few clusters"
    FEW_CLUSTERS = "few clusters"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes
    ----------
    kind : ProblemKind
    severity : Severity
    table : str
        Table of the study, or place in the manifest such as `models[0]`.
    column : str
        Name by the contract; empty if the problem is of the whole table.
    rows : tuple of int
        Row numbers as in the file: the header is row 1, the first data row is row 2.
    expected, found, advice : str
        What belongs there, what is there, what to do.
    source : str
        Where the column is in the file, for example "clients.csv, column `age_years`"; or the
        model with its name, for example "models[0] "Main", `agee`".

    Examples
    --------
    >>> print(Problem(ProblemKind.OUT_OF_RANGE, Severity.ERROR, "interviews", "alliance",
    ...               (3, 9), "a score from 24 to 96", "2 others", "Correct them."))
    interviews, `alliance` (rows 3 and 9): expected a score from 24 to 96; found 2 others. \
Correct them.
    """

    kind: ProblemKind
    severity: Severity
    table: str
    column: str
    rows: tuple[int, ...]
    expected: str
    found: str
    advice: str
    source: str = ""

    def __str__(self) -> str:
        """Write the problem as one paragraph."""
        place = self.source or self.table + (f", `{self.column}`" if self.column else "")
        rows = f" ({rows_in_words(self.rows)})" if self.rows else ""
        advice = f" {self.advice}" if self.advice else ""
        text = f"{place}{rows}: expected {self.expected}; found {self.found}.{advice}"
        return printable(text)


def rows_in_words(rows: tuple[int, ...]) -> str:
    """Say which rows, naming the first five.

    Examples
    --------
    >>> rows_in_words((2, 3, 4, 5, 6, 7, 8))
    'rows 2, 3, 4, 5, 6 and 2 more'
    """
    if len(rows) == 1:
        return f"row {rows[0]}"
    shown = [str(row) for row in rows[:SHOWN_ROWS]]
    if len(rows) > SHOWN_ROWS:
        return f"rows {', '.join(shown)} and {len(rows) - SHOWN_ROWS} more"
    return f"rows {', '.join(shown[:-1])} and {shown[-1]}"


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """Everything validation found, in the order of the tables."""

    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems with which no analysis can start."""
        return tuple(p for p in self.problems if p.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that a reader of the results must know."""
        return tuple(p for p in self.problems if p.severity is Severity.WARNING)

    def to_frame(self) -> pd.DataFrame:
        """One row per problem: severity, kind, table, column, n_rows, rows, message."""
        import pandas as pd

        names = ["severity", "kind", "table", "column", "n_rows", "rows", "message"]
        found = [
            (
                p.severity.value,
                p.kind.value,
                p.table,
                p.column,
                len(p.rows),
                ", ".join(str(row) for row in p.rows),
                str(p),
            )
            for p in self.problems
        ]
        return pd.DataFrame(found, columns=names)

    def raise_if_errors(self) -> None:
        """Stop with every error at once.

        Raises
        ------
        DataError
            If there is at least one error.
        """
        if not self.errors:
            return
        count = "an error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        lines = [f"  {i}. {problem}" for i, problem in enumerate(self.errors, start=1)]
        raise DataError("\n".join([f"The study has {count}:", *lines]))
