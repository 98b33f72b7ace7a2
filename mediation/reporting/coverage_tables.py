"""What a coverage design found, as a page in Markdown made for reading."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import NormalDist

import pandas as pd

from mediation.reporting.coverage_departures import departures
from mediation.reporting.coverage_summary import (
    COVERAGE,
    MEASURES,
    MUCH_FAILED,
    POWER,
    TYPE_I,
    Summary,
    both_zero,
    name_clusters,
    summarize,
    without_ceiling,
)
from mediation.reporting.coverage_words import (
    OF_FIDELITY,
    TITLES,
    UNITS,
    count,
    markdown_table,
    rates_table,
)
from mediation.reporting.format import number, whole
from mediation.safe_text import escape_markdown
from mediation.simulation.laboratory.tasks import WIDTHS

_WORDS = {
    TYPE_I: "Percent of studies in which an effect of zero is declared: 5 is right.",
    COVERAGE: "Percent of studies whose limits hold the truth: 95 is right.",
    POWER: "Percent of studies in which an effect that is there is declared. High power beside a "
    "type I error above 5 is no merit.",
}
_ONE_ZERO = " in which one factor is not zero (where both are, 5 is out of reach for a product)"


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
    parts = [_head(table), _notes(table)]
    for effect in effects:
        rows = table[table["effect"] == effect]
        if len(effects) > 1:
            parts.append(f"# Effect: {effect}\n")
        parts += _effect(rows)
    return "\n".join(part for part in parts if part)


def _effect(rows: pd.DataFrame) -> Iterable[str]:
    """Everything about one effect."""
    plain = without_ceiling(rows)
    if len(plain) < len(rows) and len(plain):
        yield (
            "Cells with a ceiling are under Departures alone: there no method estimates the paths "
            "of the true alliance.\n"
        )
    shown = plain if len(plain) else rows
    for measure in MEASURES:
        yield from _section(shown, measure)
    yield _widths(shown)
    yield _bias(shown)
    yield from departures(rows)
    yield _failures(rows)
    yield _failed_resamples(rows)


def _head(table: pd.DataFrame) -> str:
    studies = table.groupby("method", sort=False)["n_studies"].max()
    counts = "; ".join(
        f"{whole(int(n))} ({' / '.join(map(escape_markdown, studies.index[studies == n]))})"
        for n in studies.unique()
    )
    cells, fewest = table["cell"].nunique(), int(studies.min())
    each = "a cluster design" if cells == 1 else "each a cluster design"
    error = number(100 * math.sqrt(0.05 * 0.95 / fewest), 1)
    chance = "" if cells == 1 else "The most or least of many cells is partly chance: "
    return (
        "# Coverage\n\n"
        "How often each analysis errs, over studies drawn from worlds whose answer is known: "
        f"{count(cells, 'cell')}, {each} with intraclass correlations and effects. Made by "
        "`mediation coverage`; every cell with its Monte Carlo error is in `coverage.csv`, the "
        f"picture in `coverage.svg`. All methods analyze the same studies. {chance}"
        f"{'with' if chance else 'With'} {whole(fewest)} studies a "
        f"rate of 5% has a Monte Carlo error of {error} percentage points. Studies per cell: "
        f"{counts}.\n"
    )


def _notes(table: pd.DataFrame) -> str:
    """Say what a method can never do in a design."""
    noted = table[table["note"] != ""]
    said = noted.groupby(["method", "clusters", "note"], sort=False).size().index
    return "".join(
        f"- {escape_markdown(method)}, {clusters}: {note}.\n" for method, clusters, note in said
    )


def _section(rows: pd.DataFrame, measure: str) -> Iterable[str]:
    """One table of methods by designs."""
    found = summarize(rows, measure, ["method", "clusters"])
    if not found:
        return
    columns, methods = (list(dict.fromkeys(rows[name])) for name in ("clusters", "method"))
    some = both_zero(rows).any() and not both_zero(rows).all()
    where = _ONE_ZERO if some and measure == TYPE_I else ""
    yield f"## {TITLES[measure]}\n\n{_WORDS[measure]} {_reading(found, measure, where)}\n"
    yield rates_table(found, measure, columns, methods)


def _reading(found: dict[tuple[str, ...], Summary], measure: str, where: str) -> str:
    """Say what the entries of a table are."""
    one = "its Monte Carlo error after \u00b1"
    if all(each.n_cells == 1 for each in found.values()):
        return f"Of one cell{where}, {one}."
    worst = "most" if measure == TYPE_I else "least"
    words = f"Mean over cells{where}, in brackets the {worst} in a cell"
    is_mixed = any(each.n_cells == 1 for each in found.values())
    return f"{words}; of one cell {one}." if is_mixed else f"{words}."


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
    over = " over cells" if len(set(rows["cell"])) > 1 else ""
    words = f"Mean width of the limits{over}, in {_units(rows)}."
    if rows["n_studies"].max() > WIDTHS:
        words += f" Of the first {WIDTHS} studies of a cell; of all where studies are resampled."
    return f"## Width\n\n{words}\n\n{markdown_table(['method', *columns], body)}"


def _units(rows: pd.DataFrame) -> str:
    return UNITS.get(str(rows["effect"].iloc[0]), OF_FIDELITY)


def _bias(rows: pd.DataFrame) -> str:
    """Mean of estimate minus truth, and where it is largest against its error."""
    rows = rows[rows["bias_error"] > 0]
    if rows.empty:
        return ""
    rows = rows.assign(errors=(rows["bias"] / rows["bias_error"]).abs())
    order = rows.sort_values("errors", kind="stable")
    worst = order.groupby("method")[["bias", "errors", "cell"]].last()
    means = rows.groupby("method", sort=False)["bias"].mean().to_frame("mean")
    body = [
        [
            escape_markdown(str(name)),
            number(mean, 4),
            number(bias, 4),
            number(errors, 1),
            escape_markdown(str(cell)),
        ]
        for name, mean, bias, errors, cell in means.join(worst).itertuples()
    ]
    n_cells = rows["cell"].nunique()
    if n_cells == 1:
        words = f"Mean of estimate minus truth, in {_units(rows)}."
        body = [[name, mean, errors] for name, mean, _, errors, _ in body]
        header = ["method", "bias", "in Monte Carlo errors"]
    else:
        # Median of the largest of so many standard normal numbers, whatever their sign.
        usual = NormalDist().inv_cdf((1 + 0.5 ** (1 / n_cells)) / 2)
        words = (
            f"Mean of estimate minus truth over cells, in {_units(rows)}; and the cell in which "
            "it is largest against its Monte Carlo error. Without any bias the largest of "
            f"{n_cells} cells is beyond {number(usual, 1)} errors in one run of two."
        )
        header = ["method", "mean", "largest", "in Monte Carlo errors", "in cell"]
    return f"## Bias\n\n{words}\n\n{markdown_table(header, body)}"


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
                cause, studies = each.rsplit(": ", 1)
                causes[cause] = causes.get(cause, 0) + int(studies)
        share = number(100 * group["n_failed"].sum() / everything, 2)
        most = number(100 * (group["n_failed"] / group["n_studies"]).max(), 2)
        said = "; ".join(f"{cause}: {whole(studies)}" for cause, studies in causes.items())
        body.append([escape_markdown(str(name)), share, most, escape_markdown(said)])
    words = "Studies without an answer, left out of the tables above."
    header = ["method", "percent", "most in a cell", "causes"]
    return f"## Failures\n\n{words}\n\n{markdown_table(header, body)}"


def _failed_resamples(rows: pd.DataFrame) -> str:
    """Resamples that could not be estimated, where they are many."""
    many = rows[rows["share_resamples_failed"] > MUCH_FAILED]
    if many.empty:
        return ""
    shares = rows.groupby("method", sort=False)["share_resamples_failed"].agg(["mean", "max"])
    body = [
        [escape_markdown(str(name)), number(100 * mean, 1), number(100 * most, 1)]
        for name, mean, most in shares[shares["max"] > MUCH_FAILED].itertuples()
    ]
    words = (
        "Percent of resamples that could not be estimated, mean over cells and most in a cell. "
        "Limits come from the others, which may be like each other."
    )
    header = ["method", "mean", "most"]
    return f"## Failed resamples\n\n{words}\n\n{markdown_table(header, body)}"
