"""The part on the linkage of fidelity: other rules and maximum ages."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.result import MediationResult
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import (
    MISSING,
    conf_level,
    interval,
    number,
    p_value,
    point,
    whole,
)
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import named_figure
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.draw_ranges import MOST_PANELS, Look, Panel, Row, draw_ranges
from mediation.reporting.robustness.linkage_words import (
    Varied,
    age_text,
    answer,
    paragraphs,
    rule_text,
    varied_of,
)
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.sentences import lower_label
from mediation.reporting.wording import effect_text, innermost, label, labels_of
from mediation.vocabulary import EffectStatus

NAME = "linkage"


def linkage_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part; None where nothing was linked in another way.

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
    varied = [
        each
        for each in varied_of(entry)
        if not math.isnan(each.declared.estimate) and len(each.values) > 1
    ]
    if not varied:
        return None
    labels = labels_of(contents)
    predictor = label(entry.cells[0].result.fit.model.predictor, labels)
    name = f"robustness-{NAME}-{position}"
    first = varied[0]
    row = headline_rows(first.cell.result, entry.headline)[0]
    effect = effect_text(row.effect, row.level, innermost(first.cell.result))
    figure = named_figure(
        name,
        "robustness",
        draw_ranges(
            [_panel(each, labels) for each in varied],
            f"{effect}: points of the outcome per point of {predictor}",
        ),
        answer(varied, labels),
        f"{effect}, with {predictor} linked to the interview in different ways; filled as "
        f"declared.{_not_all(len(varied))} Lines are "
        f"{conf_level(first.cell.result.conf_level)} intervals.",
    )
    return RobustnessPart(
        identifier=f"{NAME}-{position}",
        question=f"Does it depend on which assessment of {_lower(predictor)} belongs to an "
        "interview?",
        answer=answer(varied, labels),
        paragraphs=paragraphs(predictor, contents.row_noun),
        tables=(_table(varied, labels, effect, contents, position),),
        figures=(figure,),
        overturns=any(each.changed for each in varied),
    )


def linkage_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give every linkage with its effects as plain values."""
    varied = robustness.linkage
    if varied is None:
        return None
    return {
        "analyses": [
            {
                "rule": each.rule.value,
                "window_months": each.window_months,
                "max_ages": list(each.ages),
                "declared": each.is_declared,
                "n_rows": each.n_rows,
                "gap_median": plain_float(each.gap_median),
                "effects": [] if each.result is None else _effects(each.result),
            }
            for each in varied.analyses
        ]
    }


def _effects(result: MediationResult) -> list[Json]:
    return [
        {
            "effect": row.effect.value,
            "level": row.level.value,
            "mediator": row.mediator,
            **plain_estimate(row.value),
        }
        for row in result.effects
        if row.status is EffectStatus.DEFINED
    ]


def _panel(each: Varied, labels: Mapping[str, str]) -> Panel:
    rows = []
    for found, value in each.values:
        name = rule_text(found.rule, found.window_months)
        if None not in found.ages:
            name += f", at most {age_text(found.ages)} old"
        rows.append(Row(name, value, Look.DECLARED if found.is_declared else Look.OTHER))
    return Panel(headline_title(each.cell, each.mediator, labels), tuple(rows))


def _table(
    varied: list[Varied],
    labels: Mapping[str, str],
    effect: str,
    contents: ReportContents,
    position: int,
) -> HtmlTable:
    people = contents.row_noun[1].capitalize()
    limits = conf_level(varied[0].cell.result.conf_level)
    columns = ("Linkage", "Maximum age", "Estimate", f"{limits} interval", "p", people,
               "Median gap, months")  # fmt: skip
    body, groups = [], []
    for each in varied:
        n_declared = each.values[0][0].n_rows
        for found, value in each.values:
            name = rule_text(found.rule, found.window_months)
            name = name[:1].upper() + name[1:] + (" (declared)" if found.is_declared else "")
            gap = MISSING if math.isnan(found.gap_median) else number(found.gap_median, 1)
            n_text = _rows_text(found.n_rows, n_declared)
            numbers = (point(value), interval(value), p_value(value.p_value), n_text, gap)
            body.append((name, age_text(found.ages), *numbers))
            groups.append(headline_title(each.cell, each.mediator, labels))
    return HtmlTable(
        f"robustness-{NAME}-table-{position}",
        f"{effect}, with other linkages",
        columns,
        frozenset(columns[2:]),
        tuple(body),
        tuple(groups),
        "Maximum ages that leave the same rows stand in one line. The gap is the time between the "
        "interview of the mediator and the nearest assessment used; its median is over the "
        f"{contents.row_noun[1]} of that row with all variables of the model known, not over all "
        "who were interviewed. "
        "p-values are not adjusted. A number of "
        f"{contents.row_noun[1]} is not shown, and an analysis not made, where it would tell of "
        f"fewer than {contents.minimum_cell} of them.",
    )


def _rows_text(n: int | None, declared: int | None) -> str:
    """Count rows, with how many were lost or won beside the declared linkage."""
    if n is None:
        return "not shown"
    if declared is None or n == declared:
        return whole(n)
    word = "fewer" if n < declared else "more"
    return f"{whole(n)} ({whole(abs(n - declared))} {word})"


def _not_all(n: int) -> str:
    return f" The first {MOST_PANELS} of {n}; the table has all." if n > MOST_PANELS else ""


def _lower(text: str) -> str:
    return lower_label(text, {text: text})


WRITER = PartWriter(NAME, linkage_part, linkage_data)
