"""Whether an unmeasured common cause of mediator and outcome could explain the effect."""

from __future__ import annotations

from mediation.reporting.contents import Entry, ReportContents, Robustness
from mediation.reporting.plain_values import Json, plain_estimate, plain_float
from mediation.reporting.robustness.confounding_paragraphs import paragraphs_of
from mediation.reporting.robustness.confounding_rows import asked_of
from mediation.reporting.robustness.confounding_tables import benchmarks_table, ends_table
from mediation.reporting.robustness.confounding_words import answer_of, overturns_of
from mediation.reporting.robustness.draw_confounding import confounding_figures
from mediation.reporting.robustness.part import PartWriter, RobustnessPart
from mediation.reporting.wording import labels_of
from mediation.sensitivity.confounding_curves import RhoCurve
from mediation.sensitivity.confounding_paths import PathRobustness
from mediation.sensitivity.confounding_result import Confounding

QUESTION = "Could an unmeasured common cause of mediator and outcome explain the effect?"


def confounding_part(
    contents: ReportContents, entry: Entry, position: int
) -> RobustnessPart | None:
    """Write what unmeasured common causes would do to the headline effects of an entry.

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
        ends_table(asked, entry, labels, position),
        benchmarks_table(asked, entry, labels, position),
    )
    return RobustnessPart(
        identifier=f"confounding-{position}",
        question=QUESTION,
        answer=answer_of(asked, labels),
        paragraphs=paragraphs_of(asked, labels, contents.row_noun),
        tables=tuple(table for table in tables if table is not None),
        figures=confounding_figures(asked, labels, position),
        overturns=overturns_of(asked),
    )


def confounding_data(robustness: Robustness, minimum: int) -> Json | None:
    """Give what was found as plain values, for each mediator.

    Parameters
    ----------
    robustness : Robustness
    minimum : int
        Nothing here is a count of people.

    Returns
    -------
    dict or None
    """
    if robustness.confounding is None:
        return None
    return {"rows": [_row(found) for found in robustness.confounding]}


def _row(found: Confounding) -> Json:
    point, limit = found.weakest
    return {
        "mediator": found.mediator,
        "effect": found.effect.value,
        "level": found.level.value,
        "value": plain_estimate(found.value),
        "curves": [_curve(curve) for curve in found.curves],
        "robustness_value": {"point": point, "limit": limit},
        "path_a": _path(found.path_a),
        "path_b": _path(found.path_b),
        "e_value": {
            "standardized": plain_float(found.e_value.standardized),
            "point": plain_float(found.e_value.point),
            "limit": plain_float(found.e_value.limit),
        },
        "benchmarks": [
            {
                "covariate": benchmark.name,
                "r2_mediator": plain_float(benchmark.r2_mediator),
                "r2_outcome": plain_float(benchmark.r2_outcome),
                "effect_after": None if value is None else plain_estimate(value),
            }
            for benchmark, value in found.benchmarks
        ],
    }


def _curve(curve: RhoCurve) -> Json:
    return {
        "errors": curve.errors.value,
        "effect": curve.effect.value,
        "level": curve.level.value,
        "rho_zero": curve.zero,
        "rho_below": curve.below,
        "rho_above": curve.above,
        "excludes_zero": curve.excludes_zero,
        "unexplained": plain_float(curve.left),
        "rho": list(curve.rho),
        "estimate": [plain_float(value.estimate) for value in curve.estimates],
        "conf_low": [plain_float(value.conf_low) for value in curve.estimates],
        "conf_high": [plain_float(value.conf_high) for value in curve.estimates],
        "p_value": [plain_float(value.p_value) for value in curve.estimates],
    }


def _path(path: PathRobustness) -> Json:
    return {"point": path.point, "limit": path.limit, "df": plain_float(path.df)}


WRITER = PartWriter("confounding", confounding_part, confounding_data)
