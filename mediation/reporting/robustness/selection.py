"""What the analysis would say if people took part because the mediator was high."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from mediation.inference.interval import Estimate
from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.format import MISSING, number, percent, point_and_interval
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.draw_moderation_panels import MOST_PANELS
from mediation.reporting.robustness.draw_selection import Strengths, draw_selection
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.robustness.selection_rows import Line, is_shown, lines_of
from mediation.reporting.robustness.selection_words import (
    answer_of,
    mediators_text,
    paragraphs_of,
)
from mediation.reporting.wording import effect_text, innermost, label, labels_of
from mediation.sensitivity.selection_result import SelectionOnMediator, SelectionPoint
from mediation.vocabulary import Level


def selection_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write what a selection of people on the mediator would have done to the headline effects.

    Parameters
    ----------
    contents : ReportContents
    entry : Entry
    position : int
        Of the entry in the page, from 1.

    Returns
    -------
    RobustnessPart or None
        None where no cell has this part.
    """
    labels = labels_of(contents)
    lines = lines_of(entry, labels)
    if not lines:
        return None
    people, names = contents.row_noun[1], mediators_text(lines, labels)
    came = "came into these data" if entry.cells[0].waves is None else "took part"
    return RobustnessPart(
        identifier=f"selection-{position}",
        question=f"What if {people} {came} because their {names} was high?",
        answer=answer_of(lines, labels),
        paragraphs=paragraphs_of(lines, labels, contents.row_noun),
        tables=(
            _effects_table(lines, entry, position),
            _paths_table(lines, entry, labels, position),
        ),
        figures=(_figure(lines, names, position),),
        overturns=any(line.turning for line in lines),
    )


def _effects_table(lines: tuple[Line, ...], entry: Entry, position: int) -> HtmlTable:
    """Build the table of the headline effect against odds ratio and share."""
    options = lines[0].found.options
    heads = tuple(f"{percent(share)} took part" for share in options.shares)
    body, groups = [], []
    for line in lines:
        none = point_and_interval(line.found.points[0].effect)
        body.append(("1 (no selection)", *[none] * len(heads)))
        for ratio in sorted(options.odds_ratios):
            points = (line.at(ratio, share) for share in options.shares)
            body.append((f"{ratio:g}", *map(_effect_text, points)))
        groups += [line.title] * (1 + len(options.odds_ratios))
    return HtmlTable(
        f"selection-effects-{position}",
        f"{entry.name}: the headline effect if taking part hung on the mediator",
        ("Odds ratio per SD", *heads),
        frozenset(heads),
        tuple(body),
        tuple(groups),
        f"Odds of taking part for each SD more of the mediator; share of those who could that did."
        f"{_withheld(lines)}",
    )


def _effect_text(at: SelectionPoint) -> str:
    return point_and_interval(at.effect) if is_shown(at) else MISSING


def _withheld(lines: tuple[Line, ...]) -> str:
    """Say why there is no number at some strengths."""
    if all(is_shown(point) for line in lines for point in line.found.points):
        return ""
    return f" {MISSING}: withheld, since one row has more than half of the weight of its cluster."


def _paths_table(
    lines: tuple[Line, ...], entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of the paths and of the mediator's spread, at the middle share."""
    shares = lines[0].found.options.shares
    share = sorted(shares)[len(shares) // 2]
    mediators = {line.found.mediator for line in lines}
    name = label(lines[0].found.mediator, labels) if len(mediators) == 1 else "Mediator"
    slope = "b" if lines[0].found.level is Level.SINGLE else "b within"
    columns = (
        "Odds ratio per SD",
        "Path a",
        f"Slope {slope}",
        f"{name}: mean (SD)",
        *(f"In effect, {percent(each)} took part" for each in shares),
    )
    body, groups = [], []
    for line in lines:
        for at in line.found.of_share(share):
            ratio = "1 (no selection)" if at.odds_ratio == 1 else f"{at.odds_ratio:g}"
            spread = f"{number(at.mean, 1)} ({number(at.sd, 1)})"
            both = (point_and_interval(at.a), point_and_interval(at.b))
            said = (*both, spread) if is_shown(at) else (MISSING,) * 3
            every = (at if at.odds_ratio == 1 else line.at(at.odds_ratio, s) for s in shares)
            body.append((ratio, *said, *(percent(line.in_effect(p)) for p in every)))
            groups.append(line.title)
    return HtmlTable(
        f"selection-paths-{position}",
        f"{entry.name}: paths and mediator if {percent(share)} took part",
        columns,
        frozenset(columns[1:]),
        tuple(body),
        tuple(groups),
        "Mean and SD among all who could have taken part. In effect: share of the rows that, with "
        f"equal weights, would say as much.{_withheld(lines)}",
    )


def _figure(lines: tuple[Line, ...], names: str, position: int) -> NamedFigure:
    drawn = lines[:MOST_PANELS]
    panels = tuple(_panel(line) for line in drawn)
    row, result = drawn[0].row, drawn[0].cell.result
    effect = effect_text(row.effect, row.level, innermost(result))
    more = f" The first {MOST_PANELS} are drawn." if len(lines) > len(drawn) else ""
    least = percent(min(drawn[0].found.options.shares))
    under = f"Odds ratio of taking part per SD of {names}"
    return named_figure(
        f"robustness-selection-{position}",
        "robustness",
        draw_selection(panels, f"{effect}, by the share that took part", under),
        f"The effect ({effect}) against the odds ratio of taking part per SD of {names}, a line "
        "for each share that took part and a panel for each model; the table has the numbers.",
        f"The effect if the odds of taking part were so many times higher per SD of {names}. Left "
        f"end: no selection. Lines: share of those who could that took part. Band: interval at "
        f"{least}.{more}",
    )


def _panel(line: Line) -> Strengths:
    found = line.found
    by_share = tuple(
        (share, tuple(p.effect if is_shown(p) else _gap(p.effect) for p in found.of_share(share)))
        for share in sorted(found.options.shares, reverse=True)[-3:]
    )
    return Strengths(line.title, (1.0, *sorted(found.options.odds_ratios)), by_share)


def _gap(value: Estimate) -> Estimate:
    """Leave a gap in a line."""
    nan = math.nan
    return replace(
        value, estimate=nan, std_error=nan, df=nan, conf_low=nan, conf_high=nan, p_value=nan
    )


def selection_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give what was found as plain values.

    Parameters
    ----------
    robustness : Robustness
    minimum : int
        Nothing here is a count of people.

    Returns
    -------
    dict or None
    """
    if robustness.selection is None:
        return None
    return {"rows": [_row(found) for found in robustness.selection]}


def _row(found: SelectionOnMediator) -> Json:
    return {
        "mediator": found.mediator,
        "effect": found.effect.value,
        "level": found.level.value,
        "engine": found.engine_label,
        "reference_sd": found.options.reference_sd,
        "strengths": [_strength(at, found.n_rows) for at in found.points],
        "turns": [
            {"share": share, "odds_ratio": found.turns(share)} for share in found.options.shares
        ],
    }


def _strength(at: SelectionPoint, n_rows: int) -> Json:
    paths = (("a", at.a), ("b", at.b), ("value", at.effect))
    return {
        "odds_ratio": plain_float(at.odds_ratio),
        "share": plain_float(at.share),
        "share_in_effect": plain_float(at.effective_n / n_rows),
        "mediator_mean": plain_float(at.mean),
        "mediator_sd": plain_float(at.sd),
        **{name: plain_estimate(value if is_shown(at) else _gap(value)) for name, value in paths},
    }


WRITER = PartWriter("selection", selection_part, selection_data)
