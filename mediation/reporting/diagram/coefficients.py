"""Coefficients of a result as texts of arrows: their units, and the statistic beside them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mediation.errors import ReportError
from mediation.inference.interval import Estimate
from mediation.inference.result import MediationResult
from mediation.reporting.diagram.options import DiagramOptions, Statistic
from mediation.reporting.format import (
    MISSING,
    NO_LIMITS,
    conf_level,
    decimals_for,
    has_limits,
    interval,
    number,
    p_phrase,
    point,
)
from mediation.reporting.sentences import excludes_zero
from mediation.reporting.wording import innermost, label, path_text, plural
from mediation.vocabulary import Level, PathName, StandardizeBy


@dataclass(frozen=True, slots=True)
class Coefficient:
    """The texts of an arrow: on it, under it, and whether it is solid."""

    text: str
    below: str
    solid: bool


def coefficient_of(
    result: MediationResult,
    path: PathName,
    mediator: str | None,
    level: Level | None = None,
    options: DiagramOptions | None = None,
) -> Coefficient:
    """Write the coefficient of a path, or why there is none.

    Parameters
    ----------
    result : MediationResult
    path : PathName
    mediator : str or None
    level : Level, optional
        Left out, the only level there is.
    options : DiagramOptions, optional

    Returns
    -------
    Coefficient

    Raises
    ------
    ReportError
        If it is to be standardised and a standard deviation is not known.
    """
    options = options or DiagramOptions()
    for row in result.paths:
        if row.path is path and row.mediator == mediator and level in (None, row.level):
            value = rescale(row.value, path_scale(result, path, mediator, options))
            name = path_text(row.path, row.level)
            below = statistic_text(value, options.statistic)
            return Coefficient(f"{name} = {point(value)}", below, excludes_zero(row.value))
    lost = [
        path_text(path, parameter.level)
        for parameter in result.fit.not_identified
        if (parameter.path, parameter.mediator) == (path, mediator)
        and level in (None, parameter.level)
    ]
    return Coefficient(f"{lost[0]}: not identified" if lost else "not in the model", "", False)


def statistic_text(value: Estimate, statistic: Statistic) -> str:
    """Write what stands under a coefficient.

    Examples
    --------
    >>> value = Estimate(0.284, 0.085, 11.0, 0.12, 0.452, 0.004, "t", 0)
    >>> [statistic_text(value, each) for each in Statistic]
    ['[0.12, 0.45]', 'SE 0.085', 'p = .004', '']
    """
    if statistic is Statistic.NONE:
        return ""
    if statistic is Statistic.P_VALUE:
        return "no p-value" if math.isnan(value.p_value) else p_phrase(value.p_value)
    if statistic is Statistic.STD_ERROR:
        error = value.std_error
        return f"SE {number(error, decimals_for(error))}" if math.isfinite(error) else "no SE"
    return interval(value) if has_limits(value) else NO_LIMITS


def rescale(value: Estimate, factor: float) -> Estimate:
    """Bring an estimate with its limits into other units; test and p-value stay."""
    return replace(
        value,
        estimate=value.estimate * factor,
        std_error=value.std_error * factor,
        conf_low=value.conf_low * factor,
        conf_high=value.conf_high * factor,
    )


def path_scale(
    result: MediationResult, path: PathName, mediator: str | None, options: DiagramOptions
) -> float:
    """Divide the standard deviation of the arrow's tail by that of its head; 1 in raw units."""
    model = result.fit.model
    tail = mediator if path is PathName.B else model.predictor
    head = mediator if path is PathName.A else model.outcome
    assert tail is not None
    assert head is not None
    return scale_between(result, tail, head, options)


def scale_between(result: MediationResult, tail: str, head: str, options: DiagramOptions) -> float:
    """Divide the standard deviation of one variable by that of another; 1 in raw units."""
    if options.standardize_by is None:
        return 1.0
    found = standard_deviations(result, options.standardize_by)
    bad = [name for name in (tail, head) if not (math.isfinite(found[name]) and found[name] > 0)]
    if bad:
        raise ReportError(
            "A standardized diagram must have standard deviations above zero "
            f"({options.standardize_by.value}). Found none for {', '.join(bad)}. Standardize by "
            "another one, or draw the diagram in the units of the variables."
        )
    return found[tail] / found[head]


def standard_deviations(result: MediationResult, by: StandardizeBy) -> dict[str, float]:
    """Give standard deviations of predictor, mediators and outcome in the rows analysed."""
    total = by is StandardizeBy.TOTAL
    return {each.name: each.sd_total if total else each.sd_between for each in result.fit.scales}


def units_text(result: MediationResult, labels: Mapping[str, str], options: DiagramOptions) -> str:
    """Say in which units the coefficients are, with the standard deviations if these are units."""
    if options.standardize_by is None:
        return "in points of the arrow's head per point of its tail"
    found = standard_deviations(result, options.standardize_by)
    cluster = innermost(result)
    rows = "all rows analyzed"
    if options.standardize_by is StandardizeBy.BETWEEN and cluster is not None:
        rows = f"the means of {plural(result.fit.predictor_level or cluster)}"
    said = ", ".join(
        f"{label(name, labels)} {number(sd, decimals_for(sd)) if math.isfinite(sd) else MISSING}"
        for name, sd in found.items()
    )
    return (
        "in standard deviations of the arrow's head per standard deviation of its tail "
        f"(those of {rows}, taken as known: {said})"
    )


def statistic_words(result: MediationResult, statistic: Statistic) -> str:
    """Begin the rule: what stands beside the arrows."""
    return {
        Statistic.INTERVAL: f"Coefficients with {conf_level(result.conf_level)} intervals",
        Statistic.STD_ERROR: "Coefficients with standard errors (SE)",
        Statistic.P_VALUE: "Coefficients with p-values",
        Statistic.NONE: "Coefficients",
    }[statistic]
