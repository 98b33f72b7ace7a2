"""The part on common method: who rates the mediator, and who the outcomes."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
from mediation.reporting.contents import Cell, Entry, ReportContents, Robustness
from mediation.reporting.format import MISSING, conf_level, number, point, point_and_interval
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_estimate
from mediation.reporting.robustness.draw_ranges import Look, Panel, Row, draw_ranges
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.robustness.rater_words import (
    Rated,
    answer,
    paragraphs,
    rated_of,
    rater_text,
    title,
)
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import effect_text, innermost, label, labels_of
from mediation.sensitivity.order import in_sd
from mediation.vocabulary import EffectStatus

NAME = "rater"


def rater_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part; None where no rater is known.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int
        Of the entry, from 1.

    Returns
    -------
    RobustnessPart or None
    """
    groups = rated_of(entry)
    if not groups:
        return None
    labels = labels_of(contents)
    mediators = " and ".join(dict.fromkeys(lower_label(group.mediator, labels) for group in groups))
    return RobustnessPart(
        identifier=f"{NAME}-{position}",
        question=f"Is b large because one person rates both {mediators} and the outcome?",
        answer=answer(groups, labels),
        paragraphs=paragraphs(groups, labels),
        tables=(_table(groups, entry, labels, position),),
        figures=(_figure(groups, labels, position),),
        overturns=None,
    )


def rater_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give raters and b in SD as plain values."""
    if robustness.rater is None:
        return None
    return {
        "slopes": [
            {
                "mediator": each.mediator,
                "outcome": each.outcome,
                "mediator_rater": each.mediator_rater.value,
                "outcome_rater": each.outcome_rater.value,
                "level": each.level.value,
                "b_in_sd": plain_estimate(each.value),
            }
            for each in robustness.rater
        ]
    }


def _figure(groups: tuple[Rated, ...], labels: Mapping[str, str], position: int) -> NamedFigure:
    level = groups[0].cells[0].result.conf_level
    return named_figure(
        f"robustness-{NAME}-{position}",
        "robustness",
        draw_ranges(
            [_panel(group, labels) for group in groups],
            "Path b: SD of the outcome per SD of the mediator",
            share=True,
        ),
        answer(groups, labels),
        "Path b in standard deviations: filled where one person rates mediator and outcome, "
        "squares where they have different raters, open where it is not stated. Lines are "
        f"{conf_level(level)} intervals.",
    )


def _panel(group: Rated, labels: Mapping[str, str]) -> Panel:
    looks = {True: Look.DECLARED, False: Look.CONTRAST, None: Look.OTHER}
    rows = [
        Row(f"{label(s.outcome, labels)} ({rater_text(s.outcome_rater)})", s.value,
            looks[s.is_shared])
        for s in group.slopes
    ]  # fmt: skip
    found = group.comparison
    if found is not None and not math.isnan(found.difference.conf_low):
        rows.append(Row("shared rater less other", found.difference, Look.OTHER))
    return Panel(title(group, labels), tuple(rows))


def _table(
    groups: tuple[Rated, ...], entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable:
    first = groups[0].cells[0].result
    row = headline_rows(first, entry.headline)[0]
    effect = effect_text(row.effect, row.level, innermost(first))
    columns = ("Outcome", "Rated by", "Path b, SD", f"{effect}, SD")
    body: list[tuple[str, ...]] = []
    headings: list[str] = []
    for group in groups:
        for slope, cell in zip(group.slopes, group.cells, strict=True):
            stated = _headline(cell, entry, group.mediator)
            effect_said = MISSING if stated is None else point_and_interval(stated)
            body.append(
                (label(slope.outcome, labels), rater_text(slope.outcome_rater).capitalize(),
                 point_and_interval(slope.value), effect_said)
            )  # fmt: skip
        found = group.comparison
        if found is not None:
            value = found.difference
            has = not math.isnan(value.conf_low)
            said = point_and_interval(value) if has else f"{point(value)} (no limits)"
            together = "" if math.isnan(found.correlation) else number(found.correlation)
            note = f"correlation of the two {together}" if together else "not paired"
            body.append(("Shared rater less other", f"Means of b; {note}", said, MISSING))
        by = rater_text(group.slopes[0].mediator_rater)
        heading = f"{title(group, labels)}\n{label(group.mediator, labels)} rated by {by}"
        headings += [heading] * (len(body) - len(headings))
    return HtmlTable(
        f"robustness-{NAME}-table-{position}",
        "Path b and the headline effect by who rates the outcome",
        columns,
        frozenset(columns[2:]),
        tuple(body),
        tuple(headings),
        "Path b: SD of the outcome per SD of the mediator; the effect: SD of the outcome per SD "
        "of the predictor. All SD are over the rows analyzed and taken as known. "
        f"{_limits_note(groups)}",
    )


def _limits_note(groups: tuple[Rated, ...]) -> str:
    compared = [g.comparison for g in groups if g.comparison is not None]
    if any(not math.isnan(each.difference.conf_low) for each in compared):
        return (
            "The difference is between estimates of the same people: its limits are those of a "
            "jackknife that leaves out each outermost cluster from all outcomes at once, with t; "
            "the correlation is that of the two means over the clusters left out."
        )
    if compared:
        return (
            "The estimates are of the same people and cannot be paired here: only both intervals "
            "are shown, and whether they overlap is no test of the difference."
        )
    return ""


def _headline(cell: Cell, entry: Entry, mediator: str) -> Estimate | None:
    """Give the headline effect through a mediator in SD; None where it has no number."""
    rows: tuple[EffectEstimate, ...] = headline_rows(cell.result, entry.headline)
    found = [row for row in rows if row.mediator in (mediator, None)]
    if not found or found[0].status is not EffectStatus.DEFINED:
        return None
    return in_sd(cell.result, found[0])


WRITER = PartWriter(NAME, rater_part, rater_data)
