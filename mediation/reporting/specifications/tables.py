"""The tables of a specification curve: model by model, and choice by choice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Entry
from mediation.reporting.format import MISSING, decimals_for, number, percent, whole
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.specifications.curve import Dimension, SpecificationCurve
from mediation.reporting.specifications.summary import Spread, models_of, spread_of
from mediation.reporting.wording import label

MOST_DECIMALS = 6
NUMBERS = ("n", "Median", "Lowest", "Highest", "Exclude zero")


def decimals_of(curve: SpecificationCurve) -> int:
    """Decimals of the effects of a curve, set by how far its specifications lie apart."""
    among = curve.is_compared if curve.is_compared.any() else curve.is_own
    return min(3, decimals_for(float(np.ptp(curve.estimates[among]))))


def effect_words(curve: SpecificationCurve, effect: int | None = None) -> str:
    """Name an effect of a curve, left out the headline: "indirect within effect"; may be empty."""
    if not curve.effects:
        return ""
    return f"{curve.effects[curve.headline if effect is None else effect]} effect"


def choice_texts(dimension: Dimension, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Name the choices of a dimension; outcomes and mediators by their labels."""
    if dimension.name in ("outcome", "mediator"):
        return tuple(label(name, labels) for name in dimension.choices)
    return tuple(text[:1].upper() + text[1:] for text in dimension.choices)


def model_title(
    entry: Entry, curve: SpecificationCurve, model: int, labels: Mapping[str, str]
) -> str:
    """Name a model of the grid, with the mediator where there are several."""
    cell = entry.cells[model // len(curve.mediators)]
    return headline_title(cell, curve.mediators[model % len(curve.mediators)], labels)


def models_table(
    entry: Entry, curve: SpecificationCurve, labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of the specifications of every model beside the declared analysis.

    Parameters
    ----------
    entry : Entry
    curve : SpecificationCurve
    labels : mapping of str to str
    position : int
        Of the entry in the page.

    Returns
    -------
    HtmlTable
    """
    decimals = decimals_of(curve)
    rows, units, groups = [], {}, []
    first = curve.headline
    every = range(max(1, len(curve.effects)))
    for effect in sorted(every, key=lambda each: each != first):
        for each in models_of(curve, effect):
            title = model_title(entry, curve, each.number, labels)
            known = (_with_limits(curve, at, decimals) for at in (each.declared, each.published))
            rank = MISSING if each.rank is None else f"{whole(each.rank)} of {whole(each.spread.n)}"
            rows.append((title, *known, rank, *_texts(each.spread, decimals)))
            groups.append(effect_words(curve, effect).capitalize())
            standard = curve.standards[each.number // len(curve.mediators)]
            units[title] = f"{number(standard.sd_predictor)} and {number(standard.sd_outcome)}"
    heads = ("Declared", "Published", "Rank", *NUMBERS)
    sds = "; ".join(f"{title}: {text}" for title, text in units.items())
    return HtmlTable(
        f"specifications-models-{position}",
        f"{entry.name}: all specifications of each model",
        ("Model", *heads),
        frozenset(heads),
        tuple(rows),
        tuple(groups) if curve.effects else (),
        "Effects are in SD of the outcome per SD of the predictor; n counts specifications. "
        "Rank: place of the declared estimate among them, the lowest being 1. "
        "The published specification stands beside the others and is not counted among them. "
        f"SDs of predictor and outcome, in points: {sds}.",
    )


def choices_table(
    entry: Entry, curve: SpecificationCurve, labels: Mapping[str, str], position: int
) -> HtmlTable:
    """Build the table of all specifications that make one choice, whatever else they choose.

    Parameters
    ----------
    entry : Entry
    curve : SpecificationCurve
    labels : mapping of str to str
    position : int

    Returns
    -------
    HtmlTable
    """
    decimals = decimals_of(curve)
    rows, groups = [], []
    for at, dimension in enumerate(curve.dimensions):
        if dimension.name == "effects":
            continue
        for number_, text in enumerate(choice_texts(dimension, labels)):
            among = (curve.choices[:, at] == number_) & curve.is_compared
            if among.any():
                rows.append((text, *_texts(spread_of(curve, among), decimals)))
                groups.append(dimension.title)
    return HtmlTable(
        f"specifications-choices-{position}",
        f"{entry.name}: specifications by choice"
        + (f", {of}" if (of := effect_words(curve)) else ""),
        ("Choice", *NUMBERS),
        frozenset(NUMBERS),
        tuple(rows),
        tuple(groups),
        "Each row has all n specifications that make this choice, whatever they choose elsewhere. "
        "Not every choice goes with every other, so that rows of one group can differ by what "
        "goes with them.",
    )


def _texts(spread: Spread, decimals: int) -> tuple[str, ...]:
    numbers = (number(v, decimals) for v in (spread.median, spread.least, spread.greatest))
    return (
        whole(spread.n),
        *numbers,
        f"{whole(spread.n_excluding)} ({percent(spread.share)})",
    )


def _with_limits(curve: SpecificationCurve, at: int | None, decimals: int) -> str:
    if at is None:
        return MISSING
    values = [float(each[at]) for each in (curve.estimates, curve.lows, curve.highs)]
    middle, low, high = (number(each, _shown(values, decimals)) for each in values)
    return f"{middle} [{low}, {high}]"


def _shown(values: list[float], decimals: int) -> int:
    """Add decimals until no limit that is not zero is written as zero, six at most."""
    while decimals < MOST_DECIMALS and any(v != 0 and round(v, decimals) == 0 for v in values):
        decimals += 1
    return decimals
