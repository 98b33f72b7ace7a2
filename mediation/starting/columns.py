"""Columns of a table that are no keys: which are of use, and under which names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mediation.safe_text import printable
from mediation.starting.facts import MOST_LEVELS, ColumnFacts, Holds, lies_in, without_marks
from mediation.starting.meanings import NAMES, means, speaks_of
from mediation.starting.tables import CLUSTERS

MOST_SHOWN = 8
MOST_LETTERS = 60
# Names that mean something else in a manifest.
RESERVED = (
    *("client", "wave", "date", "enrolled", "start", "end", "status", *CLUSTERS),
    *("calendar_months", "program_tenure", "manager_tenure", "changed_manager", "changed_team"),
)


# How a table is called in a sentence.
_TABLES = {
    "fidelity": "fidelity assessments",
    "clients": "clients",
    "interviews": "interviews",
    "rows": "rows",
}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GuessedColumn:
    """A column that is no key and no item: its name in the manifest, and its levels if it has."""

    name: str
    column: ColumnFacts
    levels: tuple[str, ...] = ()

    @property
    def may_be_codes(self) -> bool:
        """Whether its numbers may be codes of three groups or more, whose order means nothing."""
        few = 2 < self.column.n_distinct <= MOST_LEVELS
        return few and not self.levels and self.column.is_whole


def guess_columns(
    rest: list[ColumnFacts],
    role: str,
    minimum: int,
    taken: set[str],
    unknown: list[str],
    clusters: tuple[ColumnFacts, ...],
) -> Iterable[GuessedColumn]:
    """Give the columns of a table that are neither keys nor items, as far as they are of use.

    Parameters
    ----------
    rest : list of ColumnFacts
    role : str
        The table.
    minimum : int
        Smallest count of people that may be shown: levels with fewer are not written.
    taken : set of str
        Names in use; those given are added.
    unknown : list of str
        What is left out is added, as things to do.
    clusters : tuple of ColumnFacts
        Of the same table.

    Yields
    ------
    GuessedColumn
    """
    left, near, coded = [], [], []
    for column in rest:
        levels = column.levels(minimum) if role in ("clients", "rows") else ()
        if levels and speaks_of(column.header, NAMES):
            left.append(column.header)
        elif levels and _is_cluster(column, clusters):
            near.append(column.header)
        elif _is_variable(column, role) or (levels and column.n_distinct > 1):
            name = _name(column.header, taken)
            taken.add(name)
            found = GuessedColumn(name, column, levels)
            coded += [column.header] if found.may_be_codes else []
            yield found
        else:
            left.append(column.header)
    if left:
        unknown.append(
            f"What {listed(left)} of the {_TABLES[role]} are for (text, dates, identifiers, one "
            "value for everyone, or categories with rare levels). They are left out."
        )
    if near:
        unknown.append(
            f"Whether {listed(near)} of the {_TABLES[role]} are clusters, such as organization or "
            "case_manager, or name those at work there. They are left out."
        )
    if coded and role == "clients":
        unknown.append(
            f"Whether the numbers of {listed(coded)} of the clients are amounts, or codes of "
            "groups such as diagnoses. They are in no model. Of codes, write under [variables.*] "
            'kind = "category" and levels = ["1", "2"], without a code that means missing, which '
            "goes to `missing`. Then name the column among `covariates`, if it is one."
        )


def _is_cluster(column: ColumnFacts, clusters: tuple[ColumnFacts, ...]) -> bool:
    """Say whether texts may name people or places at work, which are no levels of a category."""
    said = any(means(column, name) for name in CLUSTERS)
    return said or any(lies_in(c, column) or lies_in(column, c) for c in clusters)


def _is_variable(column: ColumnFacts, role: str) -> bool:
    """Say whether a column has numbers that differ and are no identifiers."""
    is_identifier = role in ("clients", "rows") and column.is_unique and column.is_whole
    return column.holds is Holds.NUMBERS and column.n_distinct > 1 and not is_identifier


def listed(headers: list[str]) -> str:
    """Name the first headers, and say how many more there are."""
    more = f" and {len(headers) - MOST_SHOWN} more" if len(headers) > MOST_SHOWN else ""
    return ", ".join(f"`{printable(header)}`" for header in headers[:MOST_SHOWN]) + more


def _name(header: str, taken: set[str]) -> str:
    """Make a name for the manifest from a header."""
    plain = re.sub(r"[^a-z0-9]+", "_", without_marks(header).lower()).strip("_")[:MOST_LETTERS]
    plain = re.sub(r"_0$", "_at_0", plain) or "column"
    # These end as columns do that are made of the predictor.
    plain = re.sub(r"_(gap|stale|assessments|before|after)$", r"_\1_", plain)
    name, number = plain, 2
    while name in taken or name in RESERVED:
        name, number = f"{plain}_{number}", number + 1
    return name
