"""The texts of a path diagram: coefficients, caption, and the picture in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.format import (
    NO_LIMITS,
    TIMES,
    conf_level,
    has_limits,
    interval,
    point,
    point_and_interval,
)
from mediation.reporting.sentences import excludes_zero
from mediation.reporting.wording import effect_text, innermost, label, path_text
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

IN_CAPTION = (EffectName.INDIRECT, EffectName.TOTAL_INDIRECT, EffectName.TOTAL)


def effect_line(result: MediationResult, row: EffectEstimate, labels: Mapping[str, str]) -> str:
    """Write an effect with its product and interval, as in the caption of the diagram."""
    name = effect_text(row.effect, row.level, innermost(result))
    if row.effect is EffectName.INDIRECT:
        name += f" (a {TIMES} {path_text(PathName.B, row.level)})"
        if row.mediator is not None and len(result.fit.model.mediators) > 1:
            name += f", {label(row.mediator, labels)}"
    if row.effect is EffectName.TOTAL:
        name += " (c)"
    if row.status is not EffectStatus.DEFINED:
        return f"{name}: {row.status.value}"
    return f"{name}: {_stated(row.value)}"


def _stated(value: Estimate) -> str:
    return "no estimate" if math.isnan(value.estimate) else point_and_interval(value)


def rule_of_arrows(result: MediationResult) -> str:
    """Say how to read coefficients and arrows."""
    level = conf_level(result.conf_level)
    return (
        f"Coefficients with {level} intervals, in points of the arrow's head per point of its "
        "tail. Solid arrow: the interval excludes zero. Dashed arrow: it includes zero, or there "
        "is none."
    )


def alt_text(result: MediationResult, labels: Mapping[str, str] | None = None) -> str:
    """Describe a path diagram in words, for readers who do not see it.

    Parameters
    ----------
    result : MediationResult
    labels : mapping of str to str, optional

    Returns
    -------
    str
    """
    labels = labels or {}
    model = result.fit.model
    predictor, outcome = label(model.predictor, labels), label(model.outcome, labels)
    names = [label(name, labels) for name in model.mediators]
    parts = [f"Path diagram: {predictor} to {', '.join(names)} to {outcome}."]
    for row in result.paths:
        if row.path is PathName.TOTAL:
            continue
        mediator = "" if row.mediator is None else label(row.mediator, labels)
        tail, head = {
            PathName.A: (predictor, mediator),
            PathName.B: (mediator, outcome),
        }.get(row.path, (predictor, outcome))
        line = "solid" if excludes_zero(row.value) else "dashed"
        name = path_text(row.path, row.level)
        parts.append(f"{tail} to {head}, {name}: {_stated(row.value)}, {line} arrow.")
    for effect in result.effects:
        if effect.effect in IN_CAPTION:
            parts.append(f"{effect_line(result, effect, labels)}.")
    return " ".join(parts)


def coefficient_texts(
    result: MediationResult, path: PathName, mediator: str | None, level: Level | None = None
) -> tuple[tuple[str, str], bool]:
    """Texts above and below an arrow, and whether it is solid."""
    for row in result.paths:
        if row.path is path and row.mediator == mediator and level in (None, row.level):
            below = interval(row.value) if has_limits(row.value) else NO_LIMITS
            name = path_text(row.path, row.level)
            return (f"{name} = {point(row.value)}", below), excludes_zero(row.value)
    lost = [
        path_text(path, parameter.level)
        for parameter in result.fit.not_identified
        if (parameter.path, parameter.mediator) == (path, mediator)
        and level in (None, parameter.level)
    ]
    return ((f"{lost[0]}: not identified" if lost else "not in the model"), ""), False
