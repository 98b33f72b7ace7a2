"""The effect against the reliability of the mediator: tables, figure and plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import MISSING, has_limits, interval, number, p_value, point
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_float
from mediation.reporting.robustness.draw_measurement import MOST_PANELS, Panel, draw_reliability
from mediation.reporting.robustness.measurement_lines import Line, lines_of
from mediation.reporting.robustness.measurement_paths import paths_table
from mediation.reporting.robustness.measurement_words import (
    answer,
    line_title,
    mediators_text,
    paragraphs,
)
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import effect_text, innermost, labels_of
from mediation.sensitivity.measurement import ReliabilityCurve
from mediation.vocabulary import EffectName, EffectStatus

SHOWN = (0.9, 0.8, 0.7)


def write_measurement(
    contents: ReportContents, entry: Entry, position: int
) -> RobustnessPart | None:
    """Write what measurement error in the mediators does to an entry.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int

    Returns
    -------
    RobustnessPart or None
    """
    lines = lines_of(entry)
    if not lines:
        return None
    labels = labels_of(contents)
    tables = (_table(entry, lines, labels, position), paths_table(entry, labels, position))
    return RobustnessPart(
        identifier=f"measurement-{position}",
        question=f"Could measurement error in {mediators_text(lines, labels)} change the answer?",
        answer=answer(lines, labels),
        paragraphs=paragraphs(lines, labels),
        tables=tuple(table for table in tables if table is not None),
        figures=(_figure(entry, lines, labels, position),),
        overturns=any(line.overturns for line in lines),
    )


def _table(
    entry: Entry, lines: tuple[Line, ...], labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of the headline effect against reliability."""
    is_known = any(not math.isnan(line.marked) for line in lines)
    has_low = any(not math.isnan(line.low) for line in lines)
    heads = ["1 (as declared)", *(["as estimated"] if is_known else [])]
    heads += ["lower limit of it"] if has_low else []
    heads += [number(step) for step in SHOWN]
    body, groups = [], []
    for line in lines:
        steps = [1.0, *([line.marked] if is_known else []), *([line.low] if has_low else [])]
        found = [line.at(step) for step in (*steps, *SHOWN)]
        second, said = "Interval", interval
        if not any(v and has_limits(v) for v in found):
            second, said = "p", lambda value: p_value(value.p_value)
        body.append(("Estimate", *(MISSING if v is None else point(v) for v in found)))
        body.append((second, *(MISSING if v is None else said(v) for v in found)))
        groups += [f"{line_title(line, labels)}{_known_text(line)}"] * 2
    row, result = lines[0].row, lines[0].cell.result
    effect = effect_text(row.effect, row.level, innermost(result))
    return HtmlTable(
        f"measurement-{position}",
        f"{entry.name}: effect against the reliability of the mediator ({effect})",
        ("Reliability", *heads),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        "Points of the outcome per point of the predictor, if the mediator were measured without "
        "error and its score had the reliability of the column.",
    )


def _known_text(line: Line) -> str:
    """Second line of a heading: the estimated reliability."""
    if line.known is None or math.isnan(line.marked):
        return "\nreliability not known"
    low = "" if math.isnan(line.low) else f", lower limit {number(line.low)}"
    return f"\n{line.known.coefficient} {number(line.marked)}{low}"


def _figure(
    entry: Entry, lines: tuple[Line, ...], labels: Mapping[str, str], position: int
) -> NamedFigure:
    panels = tuple(
        Panel(
            line_title(line, labels), line.curve.reliabilities, line.values, line.marked, line.low
        )
        for line in lines[:MOST_PANELS]
    )
    row, result = lines[0].row, lines[0].cell.result
    effect = effect_text(row.effect, row.level, innermost(result))
    more = f" The first {MOST_PANELS} are drawn." if len(lines) > MOST_PANELS else ""
    return named_figure(
        f"robustness-measurement-{position}",
        "robustness",
        draw_reliability(panels, effect),
        f"The effect ({effect}) with its interval against the reliability of the mediator, a panel "
        "for each model; the table has the numbers.",
        "The effect if the mediator were measured without error, against the reliability of its "
        "score. Right end: as declared (reliability 1). Band: interval. Diamond: estimated "
        f"reliability; gray: from its lower limit to 1.{more}",
    )


def data_of(robustness: Robustness, minimum: int) -> Json | None:
    """Give the curves of one cell as plain values."""
    found = robustness.measurement
    if found is None:
        return None
    return {
        "known": [
            {
                "mediator": name,
                "coefficient": known.coefficient,
                "within": plain_float(known.within),
                "within_low": plain_float(known.low),
                "between": plain_float(known.between),
            }
            for name, known in found.known
        ],
        "interval": found.interval_label,
        "curves": [_plain_curve(curve) for curve in found.curves],
    }


def _plain_curve(curve: ReliabilityCurve) -> Json:
    rows = [] if not curve.results else curve.results[0].effects
    return {
        "mediator": curve.mediator,
        "level": curve.level.value,
        "reliabilities": list(curve.reliabilities),
        "effects": [
            {
                "effect": row.effect.value,
                "level": row.level.value,
                "mediator": row.mediator,
                "estimates": [plain_float(value.estimate) for value in values],
                "conf_low": [plain_float(value.conf_low) for value in values],
                "conf_high": [plain_float(value.conf_high) for value in values],
            }
            for row in rows
            if row.status is EffectStatus.DEFINED
            and row.effect not in (EffectName.TOTAL, EffectName.PROPORTION_MEDIATED)
            for values in (curve.values(row.effect, row.level, row.mediator),)
        ],
    }


WRITER = PartWriter("measurement", write_measurement, data_of)
