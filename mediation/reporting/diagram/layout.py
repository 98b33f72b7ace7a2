"""Where everything in a path diagram goes, as numbers in points; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation.reporting.diagram.areas import all_members, find_areas, is_context
from mediation.reporting.diagram.geometry import segment_hits
from mediation.reporting.diagram.lines import Ends, draw_lines
from mediation.reporting.diagram.measures import (
    CAPTION,
    LABEL,
    LINE,
    RULE,
    TAG,
    break_label,
    stack_height,
)
from mediation.reporting.diagram.rectangles import Tracks, place_rectangles
from mediation.reporting.diagram.routes import Way, find_routes
from mediation.reporting.diagram.shapes import Box, Dashes, Line, Outline, Picture, Rect, Text
from mediation.reporting.diagram.specification import Arrow, Node, PathDiagram, Shape
from mediation.reporting.diagram.text_places import (
    Obstacles,
    beside_arrow,
    in_frame,
    on_level_line,
    place_best,
    text_rect,
)
from mediation.reporting.text_size import wrap

_MARGIN, _GAP = 10.0, 14.0
_CAPTION_WIDTH = 380.0
_GROWTH = (1.0, 1.2, 1.5, 1.9, 2.4, 3.0, 4.0)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A layout with some room for arrows, before the caption; `touched` counts collisions."""

    picture: Picture
    touched: int


def layout_diagram(diagram: PathDiagram) -> Picture:
    """Place the boxes, arrows and texts of a path diagram.

    The gaps of the grid start small and grow until every text stands free.

    Parameters
    ----------
    diagram : PathDiagram

    Returns
    -------
    Picture

    Examples
    --------
    >>> diagram = PathDiagram((("x", "y"),), (Node("x"), Node("y")), (Arrow("x", "y", "b"),))
    >>> [line.points[0][1] == line.points[1][1] for line in layout_diagram(diagram).lines]
    [True]
    """
    best = _attempt(diagram, _GROWTH[0])
    for growth in _GROWTH[1:]:
        if not best.touched:
            break
        other = _attempt(diagram, growth)
        best = min(best, other, key=lambda each: each.touched)
    return _add_caption(best.picture, diagram)


def _attempt(diagram: PathDiagram, growth: float) -> _Attempt:
    areas = find_areas(diagram)
    outlines = _outlines(diagram)
    detours: frozenset[Arrow] = frozenset()
    while True:
        routes = find_routes(diagram, areas, detours)
        rectangles, rows = place_rectangles(diagram, areas, routes, growth)
        heights = _level_heights(diagram, rows)
        lines = draw_lines(routes, Ends(rectangles, outlines), rows, heights)
        blocked = {
            route.arrow
            for route, line in zip(routes, lines, strict=True)
            if route.way is Way.ASLANT and _hits_foreign(diagram, rectangles, route.arrow, line)
        }
        if blocked <= detours:
            break
        detours |= blocked
    return _write_texts(diagram, rectangles, lines, heights)


def _hits_foreign(
    diagram: PathDiagram, rectangles: dict[str, Rect], arrow: Arrow, line: Line
) -> bool:
    """Whether an arrow runs into a node, or a frame, that is none of its ends nor around one."""
    ends = all_members(diagram, arrow.tail) | all_members(diagram, arrow.head)
    return any(
        segment_hits(rect.grown(3), line.points[0], line.points[-1])
        for name, rect in rectangles.items()
        if name not in ends and not all_members(diagram, name) & {arrow.tail, arrow.head}
    )


def _outlines(diagram: PathDiagram) -> dict[str, Outline]:
    found = {
        node.name: Outline.ELLIPSE if node.shape is Shape.ELLIPSE else Outline.BOX
        for node in diagram.nodes
    }
    for frame in diagram.frames:
        found[frame.name] = Outline.CONTEXT if is_context(diagram, frame) else Outline.FRAME
    return found


def _write_texts(
    diagram: PathDiagram,
    rectangles: dict[str, Rect],
    lines: tuple[Line, ...],
    heights: tuple[float, ...],
) -> _Attempt:
    """Write into the boxes, then find places for all other texts, and move all onto the canvas."""
    outlines = _outlines(diagram)
    left = min(rect.x0 for rect in rectangles.values())
    right = max(rect.x1 for rect in rectangles.values())
    dashes = [Dashes(left, right, y) for y in heights]
    obstacles = Obstacles()
    texts: list[Text] = []
    touched = 0
    for node in diagram.nodes:
        obstacles.areas.append(rectangles[node.name])
        texts += _node_texts(node, rectangles[node.name])
    for line in lines:
        obstacles.add_line(line.points)
    for frame in diagram.frames:
        rect = rectangles[frame.name]
        obstacles.add_border(rect)
        if frame.title:
            context = outlines[frame.name] is Outline.CONTEXT
            found, hits = place_best(in_frame(frame.title, rect, is_context=context), obstacles)
            texts, touched = texts + list(found), touched + hits
    for level, dash in zip(diagram.level_lines, dashes, strict=True):
        obstacles.add_line([(dash.x0, dash.y), (dash.x1, dash.y)])
        if level.above or level.below:
            found, hits = place_best(on_level_line(level.above, level.below, dash), obstacles)
            texts, touched = texts + list(found), touched + hits
    frames = [rectangles[frame.name] for frame in diagram.frames]
    for arrow, line in zip(diagram.arrows, lines, strict=True):
        found, hits = place_best(beside_arrow(arrow, line, frames), obstacles)
        texts, touched = texts + list(found), touched + hits
    # Outer frames first: later boxes are drawn over earlier ones.
    boxes = [Box(rect, outlines[name], name) for name, rect in reversed(rectangles.items())]
    picture = Picture(0, 0, tuple(boxes), lines, tuple(dashes), tuple(texts))
    return _Attempt(_onto_canvas(picture), touched)


def _node_texts(node: Node, rect: Rect) -> list[Text]:
    """Label lines with the tag under them, together in the middle of the node."""
    x, y = rect.center
    lines = break_label(node.label or node.name)
    top = y + stack_height(lines, node.tag) / 2
    texts = [Text(x, top - LABEL * LINE / 2, lines, LABEL)]
    if node.tag:
        under = top - len(lines) * LABEL * LINE - TAG * LINE / 2
        texts.append(Text(x, under, (node.tag,), TAG, quiet=True))
    return texts


def _level_heights(diagram: PathDiagram, rows: Tracks) -> tuple[float, ...]:
    """In the middle between two rows."""
    return tuple(
        -(rows.ends[each.after_row] + rows.starts[each.after_row + 1]) / 2
        for each in diagram.level_lines
    )


def _onto_canvas(picture: Picture) -> Picture:
    """Move everything so that the lower left corner of all there is comes to lie at zero."""
    found = [box.rect for box in picture.boxes] + [text_rect(text) for text in picture.texts]
    found += [Rect(x, y, x, y) for line in picture.lines for x, y in line.points]
    left, low = min(rect.x0 for rect in found), min(rect.y0 for rect in found)
    return replace(
        picture,
        width=max(rect.x1 for rect in found) - left,
        height=max(rect.y1 for rect in found) - low,
        boxes=tuple(replace(box, rect=box.rect.moved(-left, -low)) for box in picture.boxes),
        lines=tuple(
            replace(line, points=tuple((x - left, y - low) for x, y in line.points))
            for line in picture.lines
        ),
        dashes=tuple(Dashes(d.x0 - left, d.x1 - left, d.y - low) for d in picture.dashes),
        texts=tuple(replace(t, x=t.x - left, y=t.y - low) for t in picture.texts),
    )


def _add_caption(picture: Picture, diagram: PathDiagram) -> Picture:
    """Write the caption and the rule under a picture, and give the canvas its margins."""
    width = max(picture.width, _CAPTION_WIDTH if diagram.caption or diagram.rule else 0)
    caption = tuple(line for text in diagram.caption for line in wrap(text, CAPTION, width))
    rule = wrap(diagram.rule, RULE, width) if diagram.rule else ()
    high = len(caption) * CAPTION * LINE
    low = len(rule) * RULE * LINE
    between = 6 if caption and rule else 0
    bottom = _MARGIN + high + between + low + (_GAP if caption or rule else 0)
    side = _MARGIN + (width - picture.width) / 2
    texts = tuple(replace(text, x=text.x + side, y=text.y + bottom) for text in picture.texts)
    if caption:
        y = _MARGIN + low + between + high - CAPTION * LINE / 2
        texts += (Text(_MARGIN, y, caption, CAPTION, left=True),)
    if rule:
        y = _MARGIN + low - RULE * LINE / 2
        texts += (Text(_MARGIN, y, rule, RULE, quiet=True, left=True),)
    return Picture(
        width + 2 * _MARGIN,
        picture.height + bottom + _MARGIN,
        tuple(replace(box, rect=box.rect.moved(side, bottom)) for box in picture.boxes),
        tuple(
            replace(line, points=tuple((x + side, y + bottom) for x, y in line.points))
            for line in picture.lines
        ),
        tuple(Dashes(d.x0 + side, d.x1 + side, d.y + bottom) for d in picture.dashes),
        texts,
    )
