"""The answer without the ceiling of the mediator: tables, figure and plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import MISSING, number, point_and_interval
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_count, plain_estimate, plain_float
from mediation.reporting.robustness.ceiling_lines import Line, lines_of
from mediation.reporting.robustness.ceiling_words import (
    answer,
    line_title,
    mediators_text,
    paragraphs,
    share_text,
)
from mediation.reporting.robustness.draw_ceiling import MOST_ROWS, Row, draw_pairs
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import effect_text, innermost, labels_of, path_text
from mediation.sensitivity.ceiling import Ceiling
from mediation.vocabulary import EffectStatus, Level, PathName

COLUMNS = ("As scored", "Corrected")
TOBIT = "a, Tobit of one level (a check)"


def write_ceiling(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write what the ceilings of the mediators do to an entry.

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
    labels, minimum = labels_of(contents), contents.minimum_cell
    corrected = tuple(line for line in lines if line.is_corrected)
    tables: tuple[HtmlTable, ...] = ()
    figures: tuple[NamedFigure, ...] = ()
    if corrected:
        tables = (_table(entry, corrected, labels, position, minimum),)
        figures = (_figure(corrected, labels, position),)
    return RobustnessPart(
        identifier=f"ceiling-{position}",
        question=f"Does the end of the scale of {mediators_text(lines, labels)} change the answer?",
        answer=answer(lines, labels, minimum),
        paragraphs=paragraphs(lines, labels, minimum),
        tables=tables,
        figures=figures,
        overturns=any(line.overturns for line in corrected),
    )


def _table(
    entry: Entry,
    lines: tuple[Line, ...],
    labels: Mapping[str, str],
    position: int,
    minimum: int,
) -> HtmlTable:
    """Build the table of paths and effect, as scored and corrected."""
    body, groups = [], []
    for line in lines:
        rows = _rows(line)
        share = share_text(line, minimum)
        # A share that would tell of few people is left out.
        told = "" if share == MISSING else f"\n{share} at {number(line.share.high, 0)}"
        body += rows
        groups += [f"{line_title(line, labels)}{told}"] * len(rows)
    return HtmlTable(
        f"ceiling-{position}",
        f"{entry.name}: paths and effect with the ceiling of the mediator taken into account",
        ("Path or effect", *COLUMNS),
        frozenset(COLUMNS),
        tuple(body),
        tuple(groups),
        "Corrected: scores at the highest possible one drawn from beyond it. Tobit: the slope a by "
        "one regression for scores with an end (Tobin, 1958), as a check on the draws; it knows no "
        "clusters and has no interval here. Intervals in brackets.",
    )


def _rows(line: Line) -> list[tuple[str, str, str]]:
    wanted = (
        (PathName.A, None),
        (PathName.B, Level.WITHIN),
        (PathName.B, Level.BETWEEN),
        (PathName.B, Level.SINGLE),
        (PathName.C_PRIME, None),
    )
    rows = []
    for path, level in wanted:
        pair = line.paths(path, level)
        if pair is None:
            continue
        name = path_text(path, level or Level.SINGLE)
        rows.append((name, point_and_interval(pair[0]), point_and_interval(pair[1])))
        if path is PathName.A and not math.isnan(line.share.tobit):
            rows.append((TOBIT, MISSING, number(line.share.tobit)))
    before, after = line.effects
    name = effect_text(line.row.effect, line.row.level, innermost(line.cell.result))
    return [*rows, (name, point_and_interval(before), point_and_interval(after))]


def _figure(lines: tuple[Line, ...], labels: Mapping[str, str], position: int) -> NamedFigure:
    first = lines[0]
    b = PathName.B
    level = Level.WITHIN if first.paths(b, Level.WITHIN) else Level.SINGLE
    effect = effect_text(first.row.effect, first.row.level, innermost(first.cell.result))
    rows = tuple(
        Row(line_title(line, labels), (line.paths(PathName.A), line.b, line.effects))
        for line in lines[:MOST_ROWS]
    )
    more = f" The first {MOST_ROWS} are drawn." if len(lines) > MOST_ROWS else ""
    heads = (path_text(PathName.A, Level.SINGLE), path_text(b, level), effect)
    return named_figure(
        f"robustness-ceiling-{position}",
        "robustness",
        draw_pairs(rows, heads),
        "Path a, path b and the effect with their intervals, as scored and corrected for the "
        "ceiling, a row for each model; the table has the numbers.",
        "A ceiling makes a too small and b too large. Pairs of intervals, each small panel on its "
        f"own scale: a in points of the mediator, b and the effect in points of the outcome.{more}",
    )


def data_of(robustness: Robustness, minimum: int) -> Json | None:
    """Give the correction of one cell as plain values."""
    found = robustness.ceiling
    if found is None:
        return None
    return {
        "mediators": [
            {
                "mediator": share.mediator,
                "highest": plain_float(share.high),
                "share_at_highest": _plain_share(share.n_at_ceiling, share.n, minimum),
                "share_at_lowest": None
                if math.isnan(share.at_floor)
                else _plain_share(share.n_at_floor, share.n, minimum),
                "a_tobit": plain_float(share.tobit),
                "a_tobit_std_error": plain_float(share.tobit_error),
            }
            for share in found.shares
        ],
        "n_imputations": found.n_imputations,
        "not_come_together": [name for name, _ in found.apart],
        "as_scored": _plain_result(found, "as_scored"),
        "corrected": _plain_result(found, "corrected"),
    }


def _plain_share(count: int, n: int, minimum: int) -> float | None:
    """Give a share to a percent, unless it or its complement is of few people."""
    if plain_count(count, minimum) is None or plain_count(n - count, minimum) is None:
        return None
    return round(count / n, 2)


def _plain_result(found: Ceiling, which: str) -> Json | None:
    result = getattr(found, which)
    if result is None:
        return None
    return {
        "paths": [
            {
                "path": path.path.value,
                "level": path.level.value,
                "mediator": path.mediator,
                **plain_estimate(path.value),
            }
            for path in result.paths
        ],
        "effects": [
            {
                "effect": row.effect.value,
                "level": row.level.value,
                "mediator": row.mediator,
                **plain_estimate(row.value),
            }
            for row in result.effects
            if row.status is EffectStatus.DEFINED
        ],
    }


WRITER = PartWriter("ceiling", write_ceiling, data_of)
