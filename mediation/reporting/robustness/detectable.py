"""The part on the smallest effect that the design could have shown."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry, ReportContents, Robustness
from mediation.reporting.format import (
    MISSING,
    PRIME,
    conf_level,
    decimals_for,
    degrees_of_freedom,
    number,
    percent,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_float
from mediation.reporting.robustness.draw_detectable import draw_power
from mediation.reporting.robustness.draw_ranges import MOST_PANELS
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import effect_text, innermost, label, labels_of
from mediation.sensitivity.detectable_value import Detectable

NAME = "detectable"
AT_B = "b as estimated, a larger or smaller"


class _Found(NamedTuple):
    cell: Cell
    detectable: Detectable


def detectable_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write the part; None where no model has standard errors of its headline.

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
    found = list(_found(entry))
    if not found:
        return None
    labels = labels_of(contents)
    return RobustnessPart(
        identifier=f"{NAME}-{position}",
        question="What is the smallest effect that this design could have shown?",
        answer=_answer(found, labels),
        paragraphs=_paragraphs(found),
        tables=(_table(found, labels, position),),
        figures=(_figure(found, labels, position),),
        overturns=None,
    )


def detectable_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give the smallest effects as plain values."""
    if robustness.detectable is None:
        return None
    return {"headline": [_plain(each) for each in robustness.detectable]}


def _plain(found: Detectable) -> Json:
    def sizes(values: tuple[float, ...], factor: float) -> list[Json]:
        return [
            {"power": power, "raw": plain_float(value), "in_sd": plain_float(value * factor)}
            for power, value in zip(found.powers, values, strict=True)
        ]

    return {
        "effect": found.effect.value,
        "level": found.level.value,
        "mediator": found.mediator,
        "conf_level": found.conf_level,
        "test": None if found.test is None else found.test.value,
        "paths": [
            {
                "path": path.name,
                "level": path.level.value,
                "std_error": plain_float(path.std_error),
                "df": plain_float(path.df),
                "smallest": sizes(path.smallest, path.sd_factor),
            }
            for path in found.paths
        ],
        "equal_in_sd": sizes(found.together, found.sd_factor),
        "b_as_estimated": sizes(found.with_b, found.sd_factor) if found.with_b else None,
    }


def _found(entry: Entry) -> Iterator[_Found]:
    for cell in entry.cells:
        for each in cell.robustness.detectable or ():
            yield _Found(cell, each)


def _effect(found: list[_Found]) -> str:
    first = found[0]
    return effect_text(
        first.detectable.effect, first.detectable.level, innermost(first.cell.result)
    )


def _figure(found: list[_Found], labels: Mapping[str, str], position: int) -> NamedFigure:
    first = found[0].detectable
    predictor = label(found[0].cell.result.fit.model.predictor, labels)
    panels = [
        (headline_title(each.cell, each.detectable.mediator, labels), each.detectable)
        for each in found
    ]
    more = f" The first {MOST_PANELS} of {len(found)}; the table has all." * (
        len(found) > MOST_PANELS
    )
    return named_figure(
        f"robustness-{NAME}-{position}",
        "robustness",
        draw_power(
            panels,
            f"{_effect(found)}: size in SD of the outcome per SD of {predictor}",
            AT_B if first.test is not None else "",
        ),
        _answer(found, labels),
        f"Power of this design against the size of a supposed effect, by the standard errors and "
        f"degrees of freedom of the fit. The mark is the smallest effect shown with "
        f"{percent(first.powers[0])} power; the effect that was estimated has none.{more}",
    )


_PATHS = {"a": "Path a", "b": "Path b", "c_prime": f"Path c{PRIME}", "total": "Total slope",
          "b_between - b_within": "b between less b within"}  # fmt: skip


def _table(found: list[_Found], labels: Mapping[str, str], position: int) -> HtmlTable:
    first = found[0].detectable
    sizes = [f"{percent(power)} power{unit}" for power in first.powers for unit in ("", ", SD")]
    columns = ("", "Standard error", "df", *sizes)
    body, groups = [], []
    effect = _effect(found)
    for cell, each in found:
        rows = [
            (_PATHS[path.name] + _level(path.name, path.level.value),
             number(path.std_error, decimals_for(4 * path.std_error)),
             degrees_of_freedom(path.df), *_sizes(path.smallest, path.sd_factor))
            for path in each.paths
        ]  # fmt: skip
        if each.test is not None:
            rows += [
                (f"{effect}, a and b equal in SD", "", "", *_sizes(each.together, each.sd_factor)),
                (f"{effect}, b as estimated", "", "", *_sizes(each.with_b, each.sd_factor)),
            ]
        body += rows
        groups += [headline_title(cell, each.mediator, labels)] * len(rows)
    return HtmlTable(
        f"robustness-{NAME}-table-{position}",
        "The smallest size, of either sign, that would be told from zero",
        columns,
        frozenset(columns[1:]),
        tuple(body),
        tuple(groups),
        "In points of its head per point of its tail, and in standard deviations of both over all "
        "rows. A dash: no size has that power, since b as estimated is told from zero less often.",
    )


def _level(name: str, level: str) -> str:
    return f" {level}" if name == "b" and level != "single" else ""


def _sizes(values: tuple[float, ...], factor: float) -> tuple[str, ...]:
    texts = []
    for value in values:
        for each in (value, value * factor):
            texts.append(number(each, decimals_for(each)) if math.isfinite(each) else MISSING)
    return tuple(texts)


def _answer(found: list[_Found], labels: Mapping[str, str]) -> str:
    """Give the smallest effects in SD, and what they are not."""
    first = found[0].detectable
    sizes = [each.detectable.together[0] * each.detectable.sd_factor for each in found]
    finite = [size for size in sizes if math.isfinite(size)]
    effect = _effect(found)
    predictor = label(found[0].cell.result.fit.model.predictor, labels)
    what = effect[:1].lower() + effect[1:].replace(", ", " effect ", 1)
    what += "" if " effect " in what else " effect"
    if not finite:
        return f"No {what}, however large, has {percent(first.powers[0])} power with this design."
    decimals = decimals_for(max(finite))
    low, high = (number(each, decimals) for each in (min(finite), max(finite)))
    span = low if low == high else f"{low} to {high}"
    equal = ", with both paths, a and b, equally large" if first.test is not None else ""
    over = "" if len(found) == 1 else f" (it differs between the {len(found)} models)"
    if over and low == high:
        over = f" in each of the {len(found)} models"
    article = "an" if what[0] in "aeiou" else "a"
    power = percent(first.powers[0])
    missed = percent(1 - first.powers[0])
    return (
        f"With about {power} power this design shows {article} {what} of about {span} SD of the "
        f"outcome per SD of {predictor}{over}{equal}. It would miss a smaller one in more than "
        f"about {missed} of such studies: an interval that includes zero does not show that the "
        "effect is zero; which sizes it speaks against is what lies outside its limits."
    )


def _paragraphs(found: list[_Found]) -> tuple[str, ...]:
    first = found[0].detectable
    level = conf_level(first.conf_level)
    texts = [
        "The standard errors and degrees of freedom of the fit are taken as those of the design, "
        "and an effect is supposed: the table gives the smallest size of each path, and of their "
        f"product, that would be told from zero at {level} confidence. They are estimates "
        "themselves, and with few clusters rough ones, on the optimistic side: the real "
        "power at the size given is then lower than stated.",
        "This is not the power of the effect that was estimated (observed power), which would only "
        "say its p-value in other words (Hoenig & Heisey, 2001).",
    ]
    if first.test is not None:
        stands = (
            f" That is what {first.approximates} limits approach, not what they are."
            if first.approximates
            else ""
        )
        texts.append(
            f"A product counts as shown if {first.test.value}. It has two paths, so that no single "
            "size has a given power: one line lets a and b grow together, equally large in "
            "standard deviations; the other keeps b at its estimate. The power of a path is that "
            f"of noncentral t, and the two estimates are taken as independent.{stands}"
        )
    return tuple(texts)


WRITER = PartWriter(NAME, detectable_part, detectable_data)
