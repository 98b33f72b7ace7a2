"""The part on the reversed order: outcome first, mediator later."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry, ReportContents, Robustness
from mediation.reporting.format import (
    MISSING,
    conf_level,
    estimate_decimals,
    has_limits,
    interval,
    number,
    p_value,
    point_and_interval,
)
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import named_figure
from mediation.reporting.plain_values import Json, plain_estimate
from mediation.reporting.robustness.draw_ranges import MOST_PANELS, Look, Panel, Row, draw_ranges
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.sentences import lower_label, rejects_none
from mediation.reporting.wording import effect_text, innermost, label, labels_of
from mediation.sensitivity.order import CARRIED, in_sd, path_in_sd
from mediation.vocabulary import EffectStatus, PathName

NAME = "order"
REVERSED = "reversed: a check, not an estimate of the question"


class _Pair(NamedTuple):
    """A headline row as declared and in the reversed order, in SD."""

    cell: Cell
    mediator: str
    declared: Estimate
    reversed: Estimate
    declared_row: EffectEstimate
    reversed_row: EffectEstimate
    reversed_result: MediationResult

    @property
    def is_as_large(self) -> bool:
        """Whether the reversed effect is at least as large as the declared one."""
        return abs(self.reversed.estimate) >= abs(self.declared.estimate)


def order_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part; None where no model was reversed.

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
    pairs = list(_pairs(entry))
    if not pairs:
        return None
    labels = labels_of(contents)
    first = pairs[0]
    effect = effect_text(
        first.declared_row.effect, first.declared_row.level, innermost(first.cell.result)
    )
    level = conf_level(first.cell.result.conf_level)
    more = f" The first {MOST_PANELS} of {len(pairs)}; the table has all." * (
        len(pairs) > MOST_PANELS
    )
    predictor = label(first.cell.result.fit.model.predictor, labels)
    answered = _answer(pairs, labels)
    figure = named_figure(
        f"robustness-{NAME}-{position}",
        "robustness",
        draw_ranges(
            [_panel(pair, labels) for pair in pairs],
            f"{effect}: SD of the later variable per SD of {predictor}",
            share=True,
        ),
        answered,
        f"{effect}, as declared (filled) and in the reversed order ({REVERSED}), in standard "
        f"deviations.{more} Lines are {level} intervals.",
    )
    mediators = " and ".join(dict.fromkeys(lower_label(pair.mediator, labels) for pair in pairs))
    return RobustnessPart(
        identifier=f"{NAME}-{position}",
        question=f"Could the outcome drive {mediators}, and not the other way round?",
        answer=answered,
        paragraphs=_paragraphs(mediators),
        tables=(_table(pairs, labels, effect, level, position),),
        figures=(figure,),
        overturns=None,
    )


def order_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give the indirect effects of both orders, in SD, as plain values."""
    found = robustness.order
    if found is None:
        return None
    return {
        "note": REVERSED,
        "declared": _effects(found.declared),
        "reversed": [
            {"mediator_in_reversed": each.fit.model.mediators[0],
             "outcome_in_reversed": each.fit.model.outcome, "effects": _effects(each)}
            for each in found.reversed
        ],
    }  # fmt: skip


def _effects(result: MediationResult) -> list[Json]:
    return [
        {
            "effect": row.effect.value,
            "level": row.level.value,
            "mediator": row.mediator,
            "in_sd": plain_estimate(in_sd(result, row)),
        }
        for row in result.effects
        if row.effect in CARRIED and row.status is EffectStatus.DEFINED
    ]


def _pairs(entry: Entry) -> Iterator[_Pair]:
    """Give the headline rows that have a number in both orders."""
    for cell in entry.cells:
        found = cell.robustness.order
        if found is None:
            continue
        turned = {each.fit.model.outcome: each for each in found.reversed}
        for row in headline_rows(cell.result, entry.headline):
            if row.mediator is None or row.mediator not in turned:
                continue
            other = turned[row.mediator]
            (back,) = headline_rows(other, entry.headline)
            values = in_sd(cell.result, row), in_sd(other, back)
            if not any(math.isnan(each.estimate) for each in values):
                yield _Pair(cell, row.mediator, *values, row, back, other)


def _panel(pair: _Pair, labels: Mapping[str, str]) -> Panel:
    return Panel(
        headline_title(pair.cell, pair.mediator, labels),
        (
            Row("as declared", pair.declared, Look.DECLARED),
            Row("reversed (a check)", pair.reversed, Look.CONTRAST),
        ),
    )


def _table(
    pairs: list[_Pair], labels: Mapping[str, str], effect: str, level: str, position: int
) -> HtmlTable:
    columns = ("Order", f"{effect}, SD", f"{level} interval", "p", "Path a, SD", "Path b, SD")
    body, groups = [], []
    for pair in pairs:
        for name, value, row, result in (
            ("As declared", pair.declared, pair.declared_row, pair.cell.result),
            ("Reversed (a check)", pair.reversed, pair.reversed_row, pair.reversed_result),
        ):
            paths = (path_in_sd(result, path, row) for path in (PathName.A, PathName.B))
            shown = (MISSING if each is None else _unbroken(each) for each in paths)
            body.append((name, *_alike(value, pair), p_value(value.p_value), *shown))
            groups.append(headline_title(pair.cell, pair.mediator, labels))
    return HtmlTable(
        f"robustness-{NAME}-table-{position}",
        f"{effect}, declared and {REVERSED}",
        columns,
        frozenset(columns[1:4]),
        tuple(body),
        tuple(groups),
        "In standard deviations over all rows, taken as known, so that both orders have one "
        "scale. p-values are not adjusted.",
    )


def _alike(value: Estimate, pair: _Pair) -> tuple[str, str]:
    """Write an estimate and its limits with the decimals of both orders."""
    decimals = max(estimate_decimals(each) for each in (pair.declared, pair.reversed))
    if not has_limits(value):
        return number(value.estimate, decimals), interval(value)
    low, high = (number(each, decimals) for each in (value.conf_low, value.conf_high))
    return number(value.estimate, decimals), f"[{low}, {high}]"


def _unbroken(value: Estimate) -> str:
    """Keep a number and its interval on one line."""
    return point_and_interval(value).replace(" ", "\u00a0")


def _answer(pairs: list[_Pair], labels: Mapping[str, str]) -> str:
    """Say how large the reversed effects are beside the declared ones."""
    n = len(pairs)
    if n == 1:
        (pair,) = pairs
        size = "at least as large as" if pair.is_as_large else "smaller than"
        return (
            f"The reversed order, a check and not an estimate of the question, gives "
            f"{point_and_interval(pair.reversed)} SD, {size} the declared "
            f"{point_and_interval(pair.declared)} SD. {_meaning(int(pair.is_as_large), n)}"
        )
    large = [pair for pair in pairs if pair.is_as_large]
    told = [p for p in pairs if rejects_none(p.reversed, p.cell.result.conf_level)]
    widest = max(pairs, key=lambda pair: abs(pair.reversed.estimate))
    return (
        f"The reversed order, a check and not an estimate of the question, gives an effect at "
        f"least as large as the declared one in {len(large)} of {n} headline rows, and one told "
        f"from zero in {len(told)}. The largest is {point_and_interval(widest.reversed)} SD, "
        f"beside {point_and_interval(widest.declared)} SD as declared "
        f"({headline_title(widest.cell, widest.mediator, labels)}). {_meaning(len(large), n)}"
    )


def _meaning(n_large: int, n: int) -> str:
    if n_large:
        return "Where it is as large, the order of the interviews does not speak for the model."
    return "That it is smaller does not show that the declared order is right."


def _paragraphs(mediators: str) -> tuple[str, ...]:
    return (
        f"The model says that {mediators} comes before the outcome. As a check, the outcome at the "
        f"interview of the mediator takes the place of the mediator, and {mediators} at the "
        "interview of the outcome takes the place of the outcome; predictor, covariates, clusters, "
        "engine and interval stay, and the baseline is that of what is now the outcome. This is "
        "labeled reversed everywhere: it is not an estimate of the question.",
        "If the reversed effect is as large, either the outcome moves "
        f"{mediators} as much as the other way round, or both follow something that is stable in "
        "people; the declared effect could not then be read as a path through the mediator "
        "without more. If it is smaller, that would fit with the declared order, but also with "
        "two scales measured with unequal error or at unequal distances in time. Two intervals "
        "that overlap do not show that the effects are the same.",
        "A model uses three interviews at most (baseline, mediator, outcome). Three waves cannot "
        "separate what is stable in a person (trait) from what changes (state): lagged slopes mix "
        "the two (Hamaker, Kuiper & Grasman, 2015).",
    )


WRITER = PartWriter(NAME, order_part, order_data)
