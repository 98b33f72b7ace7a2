"""Tables of slopes that change with the predictor or differ between clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.reporting.contents import Entry
from mediation.reporting.format import (
    MISSING,
    decimals_for,
    degrees_of_freedom,
    number,
    p_phrase,
    p_value,
    percent,
    point_and_interval,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.robustness.moderation_rows import Asked
from mediation.reporting.wording import label, level_text, plural
from mediation.sensitivity.slopes import SlopesOfClusters
from mediation.vocabulary import Level


def effects_table(
    asked: tuple[Asked, ...], entry: Entry, labels: Mapping[str, str], position: int
) -> HtmlTable | None:
    """Build the table of slope and indirect effect at low, mean and high values."""
    body, groups = [], []
    for each in asked:
        products = each.products
        if products is None or not each.effects:
            continue
        predictor = label(products.model.predictor, labels)
        for name, effect in zip(products.steps.names, each.effects, strict=True):
            at = number(effect.at, decimals_for(2 * products.steps.sd))
            texts = (point_and_interval(effect.slope), point_and_interval(effect.effect))
            body.append((f"{predictor} {name} ({at})", *texts))
        found = each.interaction
        assert found is not None
        value = found.value
        said = f"{point_and_interval(value)}, {p_phrase(value.p_value)}, "
        said += f"{degrees_of_freedom(value.df)} df"
        body.append((f"Change per point of {predictor}", said, MISSING))
        groups += [each.title] * (len(each.effects) + 1)
    if not body:
        return None
    level = level_text(asked[0].level, _cluster(asked[0]))
    where = "" if asked[0].level is Level.SINGLE else f", {level}"
    columns = ("", f"Slope b{where}", f"Indirect effect{where}")
    return HtmlTable(
        f"moderation-effects-{position}",
        f"{entry.name}: the slope b and the indirect effect where the predictor is low and high",
        columns,
        frozenset(columns[1:]),
        tuple(body),
        tuple(groups),
        "Low and high: one SD between clusters (without clusters, between rows) below and above "
        "the mean; of a predictor with two values, these. df: degrees of freedom.",
    )


def natural_table(asked: tuple[Asked, ...], entry: Entry, position: int) -> HtmlTable | None:
    """Build the table of natural effects of a move from low to high."""
    body = []
    for each in asked:
        every = () if each.products is None else each.products.natural
        for natural in every:
            if (natural.mediator, natural.level) == (each.mediator, each.level):
                both = (natural.direct, natural.indirect)
                body.append((each.title, *map(point_and_interval, both)))
    if not body:
        return None
    columns = ("", "Natural direct", "Natural indirect")
    return HtmlTable(
        f"moderation-natural-{position}",
        f"{entry.name}: natural effects of a move of the predictor from low to high",
        columns,
        frozenset(columns[1:]),
        tuple(body),
        note="In points of the outcome, not per point of the predictor. Direct: the mediator stays "
        "what it would be at low (pure). Indirect: the predictor is high, the mediator moves "
        "(total).",
    )


def slopes_table(asked: tuple[Asked, ...], entry: Entry, position: int) -> HtmlTable | None:
    """Build the table of how much slopes differ between clusters."""
    found = [(each, each.slopes) for each in asked if each.slopes is not None]
    if not found:
        return None
    cluster = plural(found[0][1].cluster)
    columns = ("", "Average slope", f"SD between {cluster}", "p", "Positive", "F test", "I²")
    return HtmlTable(
        f"moderation-slopes-{position}",
        f"{entry.name}: how much the slope b differs between {cluster}",
        columns,
        frozenset(columns[1:]),
        tuple((each.title, *_slope_texts(slopes)) for each, slopes in found),
        note=f"SD with profile limits. p: likelihood ratio of slopes that differ against slopes "
        f"that do not; at most: an upper bound, as the intercepts of {cluster} do not vary. "
        f"Positive: share of {cluster} with a slope above zero, if slopes are normal "
        f"with that mean and SD. F test and I²: of the least squares slopes of single {cluster}.",
    )


def _slope_texts(slopes: SlopesOfClusters) -> tuple[str, ...]:
    decimals = decimals_for(slopes.sd_high if math.isfinite(slopes.sd_high) else abs(slopes.mean))
    limits = f"[{number(slopes.sd_low, decimals)}, {number(slopes.sd_high, decimals)}]"
    own = slopes.own
    test = f"F({own.df}, {own.df_residual}) = {number(own.q / own.df, 2)}, {p_phrase(own.p_value)}"
    return (
        number(slopes.mean, decimals),
        f"{number(slopes.sd, decimals)} {limits}",
        _p_text(slopes),
        percent(slopes.share_positive),
        test,
        percent(own.i_squared),
    )


def _p_text(slopes: SlopesOfClusters) -> str:
    said = p_value(slopes.p_value)
    return said if slopes.intercepts_differ or "<" in said else f"at most {said}"


def _cluster(asked: Asked) -> str | None:
    clusters = asked.cell.result.fit.model.clusters
    return clusters[-1].replace("_", " ") if clusters else None
