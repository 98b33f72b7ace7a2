"""What a coverage design found, as a page in Markdown made for reading."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from mediation.reporting.coverage_summary import (
    COVERAGE,
    MEASURES,
    POWER,
    TYPE_I,
    Summary,
    name_clusters,
    summarize,
    without_ceiling,
)
from mediation.reporting.format import MISSING, number, whole
from mediation.reporting.markdown import escape_markdown

_WORDS = {
    TYPE_I: (
        "Type I error",
        "Percent of studies in which an effect of zero is declared: 5 is right. Mean over cells in "
        "which one path is not zero (where both are, 5 is out of reach for a product), in "
        "brackets the most in a cell.",
    ),
    COVERAGE: (
        "Coverage",
        "Percent of studies whose limits hold the truth: 95 is right. Mean over cells, in "
        "brackets the least in a cell.",
    ),
    POWER: (
        "Power",
        "Percent of studies in which an effect that is there is declared. Mean over cells, in "
        "brackets the least in a cell. High power beside a type I error above 5 is no merit.",
    ),
}
_BASE = "none of the below"


def coverage_markdown(table: pd.DataFrame) -> str:
    """Write the page.

    Parameters
    ----------
    table : DataFrame
        As `run_coverage` gives it.

    Returns
    -------
    str
    """
    table = table.assign(clusters=name_clusters(table))
    effects = list(dict.fromkeys(table["effect"]))
    parts = [_head(table)]
    for effect in effects:
        rows = table[table["effect"] == effect]
        if len(effects) > 1:
            parts.append(f"# Effect: {effect}\n")
        plain = without_ceiling(rows)
        if len(plain) < len(rows) and len(plain):
            parts.append(
                "Cells with a ceiling are in the last tables alone: there no method estimates the "
                "paths of the true alliance.\n"
            )
        for measure in MEASURES:
            title, words = _WORDS[measure]
            parts += _section(f"## {title}", words, plain, measure, "clusters")
        parts.append(_widths(plain))
        parts += _departures(rows)
        parts.append(_failures(rows))
    return "\n".join(part for part in parts if part)


def _head(table: pd.DataFrame) -> str:
    studies = table.groupby("method", sort=False)["n_studies"].max()
    counts = ", ".join(
        f"{whole(int(count))} ({', '.join(map(escape_markdown, names))})"
        for count, names in ((n, studies.index[studies == n]) for n in studies.unique())
    )
    return (
        "# Coverage\n\n"
        "How often each analysis is right, over studies drawn from worlds whose answer is known: "
        f"{whole(table['cell'].nunique())} cells, each a cluster design with intraclass "
        "correlations and effects. Made by `mediation coverage`; every cell with its Monte Carlo "
        "error is in `coverage.csv`, the picture in `coverage.svg`. All methods analyze the same "
        f"studies. The most or least of many cells is partly chance: with 500 studies a rate of 5% "
        f"has a Monte Carlo error of 1 point. Studies per cell: {counts}.\n"
    )


def _section(
    title: str, words: str, rows: pd.DataFrame, measure: str, across: str
) -> Iterable[str]:
    """One table of methods by designs."""
    found = summarize(rows, measure, ["method", across])
    if not found:
        return
    columns = [name for name in dict.fromkeys(rows[across]) if any(k[1] == name for k in found)]
    methods = [name for name in dict.fromkeys(rows["method"]) if any(k[0] == name for k in found)]
    body = [
        [escape_markdown(name), *(_entry(found.get((name, c)), measure) for c in columns)]
        for name in methods
    ]
    yield f"{title}\n\n{words}\n"
    yield _table(["method", *map(escape_markdown, columns)], body)


def _entry(summary: Summary | None, measure: str) -> str:
    """Mean and worst in percent, with the Monte Carlo error where there is one cell."""
    if summary is None:
        return MISSING
    mean = number(100 * summary.mean, 1)
    if summary.n_cells == 1:
        return f"{mean} \u00b1 {number(100 * summary.error, 1)}"
    worst = summary.most if measure == TYPE_I else summary.least
    return f"{mean} ({number(100 * worst, 1)})"


def _widths(rows: pd.DataFrame) -> str:
    """Mean width of the limits, by method and clusters."""
    rows = rows[rows["width"].notna()]
    if rows.empty:
        return ""
    means = rows.groupby(["method", "clusters"], sort=False)["width"].mean()
    columns = list(dict.fromkeys(rows["clusters"]))
    body = [
        [
            escape_markdown(name),
            *(number(means.get((name, each), float("nan")), 3) for each in columns),
        ]
        for name in dict.fromkeys(rows["method"])
    ]
    words = (
        "Mean width of the limits over cells, in standard deviations of the outcome given "
        "everything else, per standard deviation of fidelity."
    )
    return f"## Width\n\n{words}\n\n{_table(['method', *columns], body)}"


def _departures(rows: pd.DataFrame) -> Iterable[str]:
    """Tables of what is varied one at a time, where a design has such cells."""
    rows = rows.assign(variation=rows["variation"].where(rows["variation"] != "", _BASE))
    if rows["variation"].nunique() < 2:
        return
    yield "## Departures\n\nThe same by what is varied, over all cluster designs.\n"
    for measure in (TYPE_I, COVERAGE, POWER):
        found = summarize(rows, measure, ["method", "variation"])
        names = [n for n in dict.fromkeys(rows["variation"]) if any(k[1] == n for k in found)]
        methods = [n for n in dict.fromkeys(rows["method"]) if any(k[0] == n for k in found)]
        if names and methods:
            body = [
                [escape_markdown(m), *(_entry(found.get((m, n)), measure) for n in names)]
                for m in methods
            ]
            which = "most" if measure == TYPE_I else "least"
            yield f"### {_WORDS[measure][0]}\n\nMean over cells, in brackets the {which}.\n"
            yield _table(["method", *map(escape_markdown, names)], body)


def _failures(rows: pd.DataFrame) -> str:
    """Studies that gave no answer, by method and cause."""
    failed = rows[rows["n_failed"] > 0]
    if failed.empty:
        return "No method failed in any study.\n"
    body = []
    for name, group in failed.groupby("method", sort=False):
        everything = rows.loc[rows["method"] == name, "n_studies"].sum()
        causes: dict[str, int] = {}
        for text in group["failures"]:
            for each in text.split("; "):
                cause, count = each.rsplit(": ", 1)
                causes[cause] = causes.get(cause, 0) + int(count)
        share = number(100 * group["n_failed"].sum() / everything, 2)
        said = "; ".join(f"{cause}: {whole(count)}" for cause, count in causes.items())
        body.append([escape_markdown(str(name)), share, escape_markdown(said)])
    words = "Studies without an answer, left out of the tables above."
    return f"## Failures\n\n{words}\n\n{_table(['method', 'percent', 'causes'], body)}"


def _table(header: list[str], body: list[list[str]]) -> str:
    """Write a Markdown table, all but the first column to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "".join(f"| {' | '.join(row)} |\n" for row in [header, rule, *body])
