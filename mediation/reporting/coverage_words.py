"""Words, entries and tables that the parts of a coverage page share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mediation.reporting.coverage_summary import (
    COVERAGE,
    MUCH_FAILED,
    POWER,
    TYPE_I,
    Summary,
)
from mediation.reporting.format import MISSING, number
from mediation.safe_text import escape_markdown

DAGGER = "\u2020"
TITLES = {TYPE_I: "Type I error", COVERAGE: "Coverage", POWER: "Power"}

_OUTCOME = "standard deviations of the outcome given everything else"
UNITS = {
    "a": "standard deviations of the alliance given fidelity, per standard deviation of fidelity",
    "b within": f"{_OUTCOME}, per standard deviation of the alliance",
}
OF_FIDELITY = f"{_OUTCOME}, per standard deviation of fidelity"

_DAGGER_WORDS = (
    f"{DAGGER} In a cell more than 1% of the studies gave no answer; they are left out (see "
    "Failures).\n"
)


def count(n: int, noun: str) -> str:
    """Count things.

    Examples
    --------
    >>> count(1, "cell"), count(141, "cell")
    ('1 cell', '141 cells')
    """
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def entry(summary: Summary | None, measure: str) -> str:
    """Mean and worst in percent, with the Monte Carlo error where there is one cell.

    Examples
    --------
    >>> entry(Summary(0.05, 0.002, 0.04, 0.06, 3), TYPE_I)
    '5.0 (6.0)'
    >>> entry(Summary(0.05, 0.002, 0.05, 0.05, 1, failed=0.2), TYPE_I)
    '5.0 ± 0.2 †'
    """
    if summary is None:
        return MISSING
    mark = f" {DAGGER}" if summary.failed > MUCH_FAILED else ""
    mean = number(100 * summary.mean, 1)
    if summary.n_cells == 1:
        return f"{mean} \u00b1 {number(100 * summary.error, 1)}{mark}"
    worst = summary.most if measure == TYPE_I else summary.least
    return f"{mean} ({number(100 * worst, 1)}){mark}"


def rates_table(
    found: Mapping[tuple[str, ...], Summary],
    measure: str,
    columns: Sequence[str],
    methods: Sequence[str],
) -> str:
    """Write a table of methods by columns, with a line on its daggers.

    Parameters
    ----------
    found : mapping of (method, column) to Summary
    measure : str
    columns, methods : sequence of str
        In order; those that nothing was found for are left out.
    """
    columns = [name for name in columns if any(key[1] == name for key in found)]
    methods = [name for name in methods if any(key[0] == name for key in found)]
    body = [
        [escape_markdown(name), *(entry(found.get((name, c)), measure) for c in columns)]
        for name in methods
    ]
    table = markdown_table(["method", *map(escape_markdown, columns)], body)
    return (
        f"{table}\n{_DAGGER_WORDS}"
        if any(DAGGER in each for row in body for each in row[1:])
        else table
    )


def markdown_table(header: list[str], body: list[list[str]]) -> str:
    """Write a Markdown table, all but the first column to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [header, rule, *body])
