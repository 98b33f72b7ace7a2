"""Slopes of the outcome on the mediator that change with the predictor or between clusters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.draw_moderation import Along, Slopes, draw_along, draw_slopes
from mediation.reporting.robustness.draw_moderation_panels import MOST_PANELS
from mediation.reporting.robustness.moderation_rows import Asked, asked_of, shown_clusters
from mediation.reporting.robustness.moderation_tables import (
    effects_table,
    natural_table,
    slopes_table,
)
from mediation.reporting.robustness.moderation_words import (
    answer_of,
    paragraphs_of,
    question_of,
)
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import label, labels_of, level_text, plural
from mediation.sensitivity.moderation_result import Moderation
from mediation.sensitivity.slopes import SlopesOfClusters
from mediation.vocabulary import Level


def moderation_part(contents: ReportContents, entry: Entry, position: int) -> RobustnessPart | None:
    """Write whether the slope of the outcome on the mediator is one number.

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
    asked = asked_of(entry, labels)
    if not asked:
        return None
    tables = (
        effects_table(asked, entry, labels, position),
        natural_table(asked, entry, position),
        slopes_table(asked, entry, position),
    )
    comparable = [each for each in asked if each.row is not None and each.effects]
    return RobustnessPart(
        identifier=f"moderation-{position}",
        question=question_of(asked, labels),
        answer=answer_of(asked, labels),
        paragraphs=paragraphs_of(asked, labels),
        tables=tuple(table for table in tables if table is not None),
        figures=tuple(_figures(asked, labels, position, contents.minimum_cell)),
        overturns=any(each.turned for each in comparable) if comparable else None,
    )


def _figures(
    asked: tuple[Asked, ...], labels: Mapping[str, str], position: int, minimum: int
) -> Iterator[NamedFigure]:
    along = [each for each in asked if each.effects][:MOST_PANELS]
    if along:
        predictor = label(along[0].cell.result.fit.model.predictor, labels)
        yield named_figure(
            f"robustness-moderation-{position}",
            "robustness",
            draw_along(tuple(map(_along, along)), _heading(along[0]), predictor),
            f"The indirect effect with its interval against {predictor}, a panel for each model; "
            "the table has the numbers at low, mean and high.",
            f"The indirect effect per point of {predictor}, if the slope b may change with it. "
            "Band: interval. Diamonds: one SD below the mean, the mean, one SD above; or the two "
            f"values there are.{_more(asked, along)}",
        )
    drawn = [(e, s) for e in asked if (s := _slopes(e, minimum)) is not None][:MOST_PANELS]
    if drawn:
        cluster = drawn[0][0].slopes.cluster if drawn[0][0].slopes else "cluster"
        clusters = plural(cluster)
        panels = tuple(panel for _, panel in drawn)
        yield named_figure(
            f"robustness-moderation-slopes-{position}",
            "robustness",
            draw_slopes(panels, f"Slope of the outcome on the mediator inside {clusters}"),
            f"The slope of each of the {clusters}, by least squares with its interval and as the "
            "mixed model predicts it, a panel for each model.",
            f"Slopes of the {clusters}. Line: average. Own slopes are least squares in one of the "
            f"{clusters}, with their interval (cut at the edge where it is long); predicted ones "
            "are drawn towards the average by as much as they are uncertain. Left out: "
            f"{clusters} of fewer than {minimum} people, and another one that would tell the slope "
            "of a single one left out.",
        )


def _heading(asked: Asked) -> str:
    clusters = asked.cell.result.fit.model.clusters
    if asked.level is Level.SINGLE or not clusters:
        return "Indirect effect where the predictor has this value"
    where = level_text(asked.level, clusters[-1].replace("_", " "))
    return f"Indirect effect, {where}, where the predictor has this value"


def _more(asked: tuple[Asked, ...], drawn: list[Asked]) -> str:
    return f" The first {MOST_PANELS} are drawn." if len(asked) > len(drawn) else ""


def _along(each: Asked) -> Along:
    return Along(
        each.title,
        tuple(e.at for e in each.curve),
        tuple(e.effect for e in each.curve),
        tuple(e.at for e in each.effects),
        tuple(e.effect for e in each.effects),
    )


def _slopes(each: Asked, minimum: int) -> Slopes | None:
    found = each.slopes
    if found is None:
        return None
    shown = shown_clusters(found, minimum)
    if len(shown) < 2:
        return None
    quantile = found.own.t_quantile(found.conf_level)
    own, half = found.own.values[shown], quantile * found.own.std_errors[shown]
    names = tuple(found.names[k] for k in shown)
    predicted = np.array(found.predicted[shown])
    return Slopes(each.title, names, own, own - half, own + half, predicted, found.mean)


def moderation_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give what was found as plain values.

    Parameters
    ----------
    robustness : Robustness
    minimum : int
        Slopes of clusters of fewer people are not given.

    Returns
    -------
    dict or None
    """
    part = robustness.moderation
    if part is None:
        return None
    products = part.interaction
    return {
        "interaction": None if products is None else _plain_products(products),
        "slopes": [_plain_slopes(each, minimum) for each in part.slopes],
    }


def _plain_products(found: Moderation) -> Json:
    return {
        "engine": found.engine_label,
        "interactions": [
            {"mediator": i.mediator, "level": i.level.value} | plain_estimate(i.value)
            for i in found.interactions
        ],
        "effects": [
            {
                "mediator": e.mediator,
                "level": e.level.value,
                "at": plain_float(e.at),
                "slope": plain_estimate(e.slope),
                "effect": plain_estimate(e.effect),
            }
            for e in found.effects
        ],
        "natural": [
            {
                "mediator": n.mediator,
                "level": n.level.value,
                "low": plain_float(n.low),
                "high": plain_float(n.high),
                "direct": plain_estimate(n.direct),
                "indirect": plain_estimate(n.indirect),
            }
            for n in found.natural
        ],
    }


def _plain_slopes(found: SlopesOfClusters, minimum: int) -> Json:
    names = ("mean", "sd", "sd_low", "sd_high", "conf_level", "correlation", "criterion",
             "criterion_same", "statistic", "p_value", "share_positive")  # fmt: skip
    return {
        "mediator": found.mediator,
        "cluster": found.cluster,
        **{name: plain_float(getattr(found, name)) for name in names},
        "q": plain_float(found.own.q),
        "q_df": found.own.df,
        "q_p_value": plain_float(found.own.p_value),
        "i_squared": plain_float(found.own.i_squared),
        "clusters": [
            {
                "cluster": found.names[k],
                "own": plain_float(float(found.own.values[k])),
                "own_std_error": plain_float(float(found.own.std_errors[k])),
                "predicted": plain_float(float(found.predicted[k])),
            }
            for k in shown_clusters(found, minimum)
        ],
    }


WRITER = PartWriter("moderation", moderation_part, moderation_data)
