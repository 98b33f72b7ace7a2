"""The caption of a path diagram, how to read it, and the picture in words."""

from __future__ import annotations

import math
from collections.abc import Mapping

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.diagram.coefficients import (
    rescale,
    scale_between,
    statistic_words,
    units_text,
)
from mediation.reporting.diagram.options import DiagramOptions, Statistic
from mediation.reporting.diagram.specification import PathDiagram
from mediation.reporting.format import TIMES, conf_level, point_and_interval
from mediation.reporting.sentences import excludes_zero
from mediation.reporting.wording import effect_text, innermost, label, path_text
from mediation.vocabulary import EffectName, EffectStatus, PathName

IN_CAPTION = (EffectName.INDIRECT, EffectName.TOTAL_INDIRECT, EffectName.TOTAL)


def effect_line(
    result: MediationResult,
    row: EffectEstimate,
    labels: Mapping[str, str],
    options: DiagramOptions | None = None,
) -> str:
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
    model = result.fit.model
    factor = scale_between(result, model.predictor, model.outcome, options or DiagramOptions())
    return f"{name}: {_stated(rescale(row.value, factor))}"


def _stated(value: Estimate) -> str:
    return "no estimate" if math.isnan(value.estimate) else point_and_interval(value)


def rule_of_arrows(
    result: MediationResult, labels: Mapping[str, str], options: DiagramOptions, *, latent: bool
) -> str:
    """Say how to read coefficients, arrows and outlines."""
    shown = options.statistic is Statistic.INTERVAL
    interval = "the interval" if shown else f"the {conf_level(result.conf_level)} interval"
    return (
        f"{statistic_words(result, options.statistic)}, {units_text(result, labels, options)}. "
        f"Solid arrow: {interval} excludes zero. Dashed arrow: it includes zero, or there "
        "is none."
        + (" Ellipse: latent, not observed." if latent else "")
        + (
            " Arrows to items carry loadings and are always solid."
            if latent and options.items
            else ""
        )
    )


def alt_text(result: MediationResult, labels: Mapping[str, str] | None = None) -> str:
    """Describe the path diagram of a result in words, for readers who do not see it.

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


def describe_diagram(diagram: PathDiagram) -> str:
    """Describe any path diagram in words: its frames, then its arrows.

    Parameters
    ----------
    diagram : PathDiagram

    Returns
    -------
    str

    Examples
    --------
    >>> from mediation.reporting.diagram.specification import Arrow, Node
    >>> describe_diagram(PathDiagram((("x", "y"),), (Node("x", "Goals"), Node("y", "Hope")),
    ...                              (Arrow("x", "y", "b = 0.3", "[0.1, 0.5]"),)))
    'Path diagram. Goals to Hope: b = 0.3 [0.1, 0.5], solid arrow.'
    """
    said = {node.name: node.label or node.name for node in diagram.nodes}
    said |= {frame.name: frame.title or frame.name for frame in diagram.frames}
    parts = ["Path diagram."]
    for frame in diagram.frames:
        parts.append(f"{said[frame.name]}: {', '.join(said[name] for name in frame.members)}.")
    for arrow in diagram.arrows:
        texts = " ".join(text for text in (arrow.text, arrow.below) if text)
        line = "solid" if arrow.solid else "dashed"
        joined = f"{said[arrow.tail]} to {said[arrow.head]}"
        parts.append(f"{joined}: {texts}, {line} arrow." if texts else f"{joined}, {line} arrow.")
    return " ".join(parts)
