"""The tables of the report on the data: interviews, ends of scales, known truth."""

from __future__ import annotations

from collections.abc import Mapping

from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.distributions import ScorePanel
from mediation.reporting.format import (
    MISSING,
    estimate_decimals,
    interval,
    number,
    percent,
    point,
    small_count,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.known_truth import true_values
from mediation.reporting.sentences import truth_sentence
from mediation.reporting.suppression import Histogram
from mediation.reporting.wording import place_title


def truth_table(
    contents: ReportContents,
    entry: Entry,
    labels: Mapping[str, str],
    position: int,
) -> HtmlTable | None:
    """Build the table of estimates beside the known truth; None where there is none."""
    body, groups = [], []
    for cell in entry.cells:
        for name, true, value in true_values(contents.truth, cell):
            decimals = estimate_decimals(value)
            verdict = truth_sentence(true, value)
            body.append((name, number(true, decimals), point(value), interval(value), verdict))
            groups.append(place_title(cell, labels))
    if not body:
        return None
    return HtmlTable(
        f"truth-{position}",
        f"{entry.name}: estimates beside the truth the data were made from",
        ("Quantity", "Truth", "Estimate", "Interval", "The interval"),
        frozenset(("Truth", "Estimate", "Interval")),
        tuple(body),
        tuple(groups),
        "The truth is that of scores before they are rounded and cut at the ends of their scales. "
        "A single interval may miss it: of many 95% intervals, one in twenty should.",
    )


def interviewed_table(cell: Cell, row_noun: tuple[str, str], minimum: int) -> HtmlTable | None:
    """Build the table of interviews held at each wave; None for a study without interviews."""
    if not cell.flow.interviewed:
        return None
    waves = tuple(f"{wave:g}" for wave, _ in cell.flow.interviewed)
    counts = tuple(small_count(count, minimum) for _, count in cell.flow.interviewed)
    return HtmlTable(
        "interviewed",
        f"{row_noun[1].capitalize()} interviewed, by months since enrollment",
        ("Months", *waves),
        frozenset(waves),
        (("Interviewed", *counts),),
        note=f"Counts that would tell of fewer than {minimum} people, beside others, are left out.",
    )


def ends_table(panels: tuple[ScorePanel, ...], minimum: int) -> HtmlTable | None:
    """Build the table of shares at the ends of the scales; None where no scale has one."""
    waves = tuple(dict.fromkeys(panel.where for panel in panels))
    names = {panel.name: panel.label for panel in panels}
    shown = {(panel.name, panel.where): panel.bins for panel in panels}
    body, groups = [], []
    for end in ("At the ceiling", "At the floor"):
        for name, words in names.items():
            bins = [shown.get((name, wave)) for wave in waves]
            shares = tuple(_end_share(found, end, minimum) for found in bins)
            if set(shares) != {MISSING}:
                body.append((words, *shares))
                groups.append(end)
    if not body:
        return None
    columns = tuple(wave or "All" for wave in waves)
    return HtmlTable(
        "scale-ends",
        "Share of scores exactly at the ends of their scales",
        ("Score", *columns),
        frozenset(columns),
        tuple(body),
        tuple(groups),
        f"<{minimum}: fewer than {minimum} people. Scales without a stated end are left out.",
    )


def _end_share(bins: Histogram | None, end: str, minimum: int) -> str:
    if bins is None:
        return MISSING
    if end == "At the floor":
        return _share(bins.at_floor, bins.n, minimum, small=bins.floor_is_small)
    return _share(bins.at_ceiling, bins.n, minimum, small=bins.ceiling_is_small)


def _share(count: int | None, n: int, minimum: int, *, small: bool) -> str:
    if small:
        return f"<{minimum}"
    return MISSING if count is None else percent(count / n)
