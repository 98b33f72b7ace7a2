"""Where everything in a path diagram goes: boxes, arrows and texts as numbers, in points.

The arrows run in horizontal lanes between a tall predictor box and a tall outcome box, so that no
two arrows cross and a label of any width has a lane of its own. In clustered data the mediator is
a frame around its two parts: the path a ends at the frame, and each part has its own slope b.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation.inference.result import MediationResult
from mediation.reporting.diagram_shapes import Arrow, Box, Diagram, Text
from mediation.reporting.diagram_words import (
    IN_CAPTION,
    coefficient_texts,
    effect_line,
    rule_of_arrows,
)
from mediation.reporting.text_size import text_width, wrap
from mediation.reporting.wording import innermost, is_split, label, plural
from mediation.vocabulary import Level, PathName

LABEL, TAG, COEFFICIENT, CAPTION, RULE = 10.5, 8.0, 9.5, 9.0, 7.5
_LINE = 1.35
_PADDING, _MARGIN, _GAP = 10.0, 10.0, 14.0
_LABEL_WIDTH = 118.0


@dataclass(frozen=True, slots=True)
class _Part:
    """One box of a mediator column and the coefficient of the arrow that leaves it."""

    lines: tuple[str, ...]
    tag: str
    coefficient: tuple[str, str]
    solid: bool

    @property
    def height(self) -> float:
        return max(36.0, _stack(self.lines, self.tag) + 10)


@dataclass(frozen=True, slots=True)
class _Mediator:
    title: tuple[str, ...]
    parts: tuple[_Part, ...]
    coefficient: tuple[str, str]
    solid: bool

    @property
    def height(self) -> float:
        if not self.title:
            return self.parts[0].height
        parts = sum(part.height for part in self.parts) + 12 * (len(self.parts) - 1)
        return len(self.title) * LABEL * _LINE + parts + 22


def layout_diagram(result: MediationResult, labels: Mapping[str, str]) -> Diagram:
    """Place the boxes, arrows and texts of a path diagram.

    Parameters
    ----------
    result : MediationResult
    labels : mapping of str to str
        Labels of the columns; a column without one is named by its words.

    Returns
    -------
    Diagram
        In points; no two texts overlap, and no text leaves its box.
    """
    mediators = [_mediator(result, name, labels) for name in result.fit.model.mediators]
    direct = coefficient_texts(result, PathName.C_PRIME, None)
    left, right = _end(result, labels, predictor=True), _end(result, labels, predictor=False)
    left_width, right_width = _box_width(*left), _box_width(*right)
    column = max(_column_width(mediator) for mediator in mediators)
    gap_in = _gap_width([mediator.coefficient for mediator in mediators])
    gap_out = _gap_width([part.coefficient for m in mediators for part in m.parts])
    width = 2 * _MARGIN + left_width + gap_in + column + gap_out + right_width
    lane = 2 * COEFFICIENT * _LINE + 12
    tall = sum(mediator.height for mediator in mediators) + _GAP * len(mediators) + lane
    tall = max(tall, _stack(*left) + 20, _stack(*right) + 20)
    caption = _caption(result, labels, width - 2 * _MARGIN)
    bottom = _MARGIN + caption.height + _GAP
    x_mid = _MARGIN + left_width + gap_in
    x_right = x_mid + column + gap_out
    boxes = [Box(_MARGIN, bottom, left_width, tall), Box(x_right, bottom, right_width, tall)]
    texts = [
        *_label_texts(_MARGIN + left_width / 2, bottom + tall / 2, *left),
        *_label_texts(x_right + right_width / 2, bottom + tall / 2, *right),
        *caption.place(_MARGIN, bottom - _GAP),
    ]
    x_from = _MARGIN + left_width
    y_direct = bottom + lane / 2
    arrows = [Arrow(x_from, x_right, y_direct, direct[1])]
    texts += _arrow_texts((x_from + x_right) / 2, y_direct, direct[0])
    top = bottom + tall
    for mediator in mediators:
        drawn = _place_mediator(mediator, (x_from, x_mid, x_mid + column, x_right), top)
        boxes += drawn.boxes
        arrows += drawn.arrows
        texts += drawn.texts
        top -= mediator.height + _GAP
    height = bottom + tall + _MARGIN
    return Diagram(width, height, tuple(boxes), tuple(arrows), tuple(texts))


def _place_mediator(
    mediator: _Mediator, x: tuple[float, float, float, float], top: float
) -> Diagram:
    """Frame, parts and the arrows into and out of one mediator, hanging from `top`."""
    x_from, x_left, x_right, x_to = x
    bottom = top - mediator.height
    center = (x_left + x_right) / 2
    middle = top - mediator.height / 2
    arrows = [Arrow(x_from, x_left, middle, mediator.solid)]
    texts = _arrow_texts((x_from + x_left) / 2, middle, mediator.coefficient)
    boxes = [Box(x_left, bottom, x_right - x_left, mediator.height, bool(mediator.title))]
    y = top
    inset = 0.0
    if mediator.title:
        texts.append(Text(center, top - 8 - LABEL * _LINE / 2, mediator.title, LABEL))
        y = top - 12 - len(mediator.title) * LABEL * _LINE
        inset = 8.0
    for part in mediator.parts:
        if mediator.title:
            inner = x_right - x_left - 2 * inset
            boxes.append(Box(x_left + inset, y - part.height, inner, part.height))
        y_part = y - part.height / 2
        texts += _label_texts(center, y_part, part.lines, part.tag)
        arrows.append(Arrow(x_right - inset, x_to, y_part, part.solid))
        texts += _arrow_texts((x_right + x_to) / 2, y_part, part.coefficient)
        y -= part.height + 12
    return Diagram(0, 0, tuple(boxes), tuple(arrows), tuple(texts))


def _mediator(result: MediationResult, name: str, labels: Mapping[str, str]) -> _Mediator:
    cluster = innermost(result)
    title = wrap(label(name, labels), LABEL, _LABEL_WIDTH)
    into, solid = coefficient_texts(result, PathName.A, name)
    if cluster is None or not is_split(result, name):
        out, out_solid = coefficient_texts(result, PathName.B, name)
        return _Mediator((), (_Part(title, "", out, out_solid),), into, solid)
    outer = (result.fit.model.split_at or (cluster,))[0].replace("_", " ")
    between = coefficient_texts(result, PathName.B, name, Level.BETWEEN)
    within = coefficient_texts(result, PathName.B, name, Level.WITHIN)
    rest = "deviation from it" if outer == cluster else f"deviation from {cluster} mean"
    parts = (
        _Part(wrap(f"{outer} mean", LABEL, _LABEL_WIDTH), f"between {plural(outer)}", *between),
        _Part(wrap(rest, LABEL, _LABEL_WIDTH), f"within {plural(cluster)}", *within),
    )
    return _Mediator(title, parts, into, solid)


def _end(
    result: MediationResult, labels: Mapping[str, str], *, predictor: bool
) -> tuple[tuple[str, ...], str]:
    """Label lines and level tag of the predictor or the outcome."""
    fit = result.fit
    name = fit.model.predictor if predictor else fit.model.outcome
    lines = wrap(label(name, labels), LABEL, _LABEL_WIDTH)
    cluster = innermost(result)
    if cluster is None or not any(is_split(result, each) for each in fit.model.mediators):
        return lines, ""
    if not predictor:
        return lines, f"within and between {plural(cluster)}"
    level = fit.predictor_level or cluster
    return lines, f"between {plural(level)}" + (", over time" if fit.predictor_varies else "")


@dataclass(frozen=True, slots=True)
class _Caption:
    effects: tuple[str, ...]
    rule: tuple[str, ...]

    @property
    def height(self) -> float:
        return len(self.effects) * CAPTION * _LINE + 6 + len(self.rule) * RULE * _LINE

    def place(self, x: float, top: float) -> tuple[Text, Text]:
        y = top - CAPTION * _LINE / 2
        below = top - len(self.effects) * CAPTION * _LINE - 6 - RULE * _LINE / 2
        return (
            Text(x, y, self.effects, CAPTION, left=True),
            Text(x, below, self.rule, RULE, quiet=True, left=True),
        )


def _caption(result: MediationResult, labels: Mapping[str, str], width: float) -> _Caption:
    effects: tuple[str, ...] = ()
    for row in result.effects:
        if row.effect in IN_CAPTION:
            effects += wrap(effect_line(result, row, labels), CAPTION, width)
    rule = wrap(rule_of_arrows(result), RULE, width)
    return _Caption(effects, rule)


def _stack(lines: tuple[str, ...], tag: str) -> float:
    return len(lines) * LABEL * _LINE + (TAG * _LINE if tag else 0)


def _box_width(lines: tuple[str, ...], tag: str) -> float:
    widest = max(text_width(line, LABEL) for line in lines)
    return max(92.0, widest, text_width(tag, TAG)) + 2 * _PADDING


def _column_width(mediator: _Mediator) -> float:
    inner = max(_box_width(part.lines, part.tag) for part in mediator.parts)
    if not mediator.title:
        return inner
    return max(inner + 16, _box_width(mediator.title, ""))


def _gap_width(coefficients: list[tuple[str, str]]) -> float:
    widest = max(text_width(text, COEFFICIENT) for pair in coefficients for text in pair)
    return max(84.0, widest + 40)


def _label_texts(x: float, y: float, lines: tuple[str, ...], tag: str) -> list[Text]:
    """Label lines with the level tag under them, together centered on (x, y)."""
    top = y + _stack(lines, tag) / 2
    texts = [Text(x, top - LABEL * _LINE / 2, lines, LABEL)]
    if tag:
        under = top - len(lines) * LABEL * _LINE - TAG * _LINE / 2
        texts.append(Text(x, under, (tag,), TAG, quiet=True))
    return texts


def _arrow_texts(x: float, y: float, coefficient: tuple[str, str]) -> list[Text]:
    above, below = coefficient
    off = COEFFICIENT * _LINE / 2 + 2.5
    texts = [Text(x, y + off, (above,), COEFFICIENT)]
    return [*texts, Text(x, y - off, (below,), COEFFICIENT, quiet=True)] if below else texts
