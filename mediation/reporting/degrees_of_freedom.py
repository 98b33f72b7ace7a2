"""Which degrees of freedom the intervals rest on: the rule once in words, then a small table."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.result import MediationResult, PathEstimate
from mediation.reporting.contents import Entry
from mediation.reporting.format import MISSING, PRIME, degrees_of_freedom, whole
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.interval_words import interval_kind
from mediation.reporting.wording import counted, label, path_text, place_title, plural
from mediation.vocabulary import PathName

MEANING = (
    "Degrees of freedom say on how many independent facts a standard error rests: the fewer, the "
    "wider the interval."
)


def df_rule(entry: Entry, labels: Mapping[str, str], row_noun: tuple[str, str]) -> tuple[str, ...]:
    """Say what degrees of freedom are and what limits them, then by which rule they are made.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
    row_noun : (str, str)
        What a row is, singular and plural.

    Returns
    -------
    tuple of str
        One or two paragraphs.
    """
    results = [cell.result for cell in entry.cells]
    without = _without_df(results)
    if without:
        return (without,)
    which = results[0].fit.df_label
    first = f"{MEANING}{_limit(results, labels, row_noun[1])}"
    return (first, f"Those used here: {which}.") if which else (first,)


def _without_df(results: list[MediationResult]) -> str:
    """Say why no degrees of freedom are used; empty where they are."""
    found = [row.value.df for result in results for row in result.paths]
    if interval_kind(results[0])[0] == "Bootstrap":
        return (
            "The limits come from resamples and standard errors are their standard deviation: no "
            "degrees of freedom are used."
        )
    if found and all(math.isinf(df) for df in found) and results[0].fit.model.clusters:
        return (
            "The limits use the normal distribution, as if standard errors were known: degrees of "
            "freedom are infinite."
        )
    return ""


def df_table(entry: Entry, labels: Mapping[str, str], position: int) -> HtmlTable | None:
    """Build the table of degrees of freedom, one row per model; None if there are none."""
    found = [
        {
            _name(row, cell.result, labels): degrees_of_freedom(row.value.df)
            for row in cell.result.paths
            if row.path is not PathName.TOTAL and not math.isnan(row.value.df)
        }
        for cell in entry.cells
    ]
    names = tuple(dict.fromkeys(name for row in found for name in row))
    if not names:
        return None
    body = tuple(
        (place_title(cell, labels), *(row.get(name, MISSING) for name in names))
        for cell, row in zip(entry.cells, found, strict=True)
    )
    return HtmlTable(
        f"df-{position}",
        f"{entry.name}: degrees of freedom of the declared analysis",
        ("Model", *names),
        frozenset(names),
        body,
    )


def _name(row: PathEstimate, result: MediationResult, labels: Mapping[str, str]) -> str:
    name = path_text(row.path, row.level)
    if row.mediator is None or len(result.fit.model.mediators) < 2:
        return name
    return f"{name}, {label(row.mediator, labels)}"


def _limit(results: list[MediationResult], labels: Mapping[str, str], people: str) -> str:
    """Say which clusters limit what can be known."""
    fit = results[0].fit
    if not fit.model.clusters:
        return ""
    if not fit.models_clusters:
        return f" Those of this analysis count {people} as independent, whatever the clusters."
    level, robust = fit.predictor_level, fit.independent_level
    counts = dict(fit.counts.by_level)
    predictor = label(fit.model.predictor, labels)
    if robust is not None and robust in counts:
        text = f" Standard errors take {_count(results, robust)} as independent"
        if level in counts and counts[robust] > counts[level]:
            return (
                f"{text}, although {predictor} differs only between {_count(results, level)}: "
                f"those of a and c{PRIME} can be too small."
            )
        return f"{text}; their number, not that of {people}, limits every path."
    if level not in counts:
        return ""
    return (
        f" {predictor} differs between {_count(results, level)}; their number, not that of "
        f"{people}, limits a and c{PRIME}."
    )


def _count(results: list[MediationResult], level: str | None) -> str:
    """Count the clusters of a level over the models of an entry."""
    counts = [dict(result.fit.counts.by_level)[str(level)] for result in results]
    low, high = min(counts), max(counts)
    if low == high:
        return counted(low, str(level))
    return f"{whole(low)} to {whole(high)} {plural(str(level))}"
