"""Where the words go: beside their arrows and in their frames, on nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from mediation.reporting.diagram.geometry import segment_hits
from mediation.reporting.diagram.measures import COEFFICIENT, LABEL, LINE, TAG, break_title
from mediation.reporting.diagram.shapes import Dashes, Line, Point, Rect, Text
from mediation.reporting.diagram.specification import Arrow
from mediation.reporting.text_size import text_width

_OFF = 2.5
# Places along an arrow, the middle first.
_PLACES = tuple(0.5 + sign * step / 25 for step in range(11) for sign in (1, -1))


@dataclass(slots=True)
class Obstacles:
    """What no text may touch.

    Attributes
    ----------
    areas : list of Rect
        Nodes and texts.
    pieces : list of ((float, float), (float, float))
        Straight pieces of arrows, borders of frames and level lines.
    """

    areas: list[Rect] = field(default_factory=list)
    pieces: list[tuple[Point, Point]] = field(default_factory=list)

    def add_line(self, points: Iterable[Point]) -> None:
        """Add the pieces of a line."""
        points = list(points)
        self.pieces += list(pairwise(points))

    def add_border(self, rect: Rect) -> None:
        """Add the border of a frame, which may have texts inside."""
        corners = [(rect.x0, rect.y0), (rect.x0, rect.y1), (rect.x1, rect.y1), (rect.x1, rect.y0)]
        self.add_line([*corners, corners[0]])

    def count(self, texts: Iterable[Text]) -> int:
        """How many obstacles the texts touch."""
        touched = 0
        for text in texts:
            rect = text_rect(text)
            touched += sum(rect.grown(2.5).overlaps(area) for area in self.areas)
            touched += sum(segment_hits(rect.grown(1.5), *piece) for piece in self.pieces)
        return touched


def text_rect(text: Text) -> Rect:
    """Bound a text from outside."""
    width = max(text_width(line, text.size) for line in text.lines)
    step = text.size * LINE
    x0 = text.x if text.left else text.x - width / 2
    top = text.y + step / 2
    return Rect(x0, top - len(text.lines) * step, x0 + width, top)


def place_best(
    candidates: Iterable[tuple[Text, ...]], obstacles: Obstacles
) -> tuple[tuple[Text, ...], int]:
    """Take the first candidate that touches nothing, else the one that touches least.

    Parameters
    ----------
    candidates : iterable of tuple of Text
        The best first.
    obstacles : Obstacles
        The texts taken are added to it.

    Returns
    -------
    tuple of Text
    int
        Obstacles touched.
    """
    best: tuple[Text, ...] = ()
    fewest = math.inf
    for texts in candidates:
        touched = obstacles.count(texts)
        if touched < fewest:
            best, fewest = texts, touched
        if not touched:
            break
    obstacles.areas += [text_rect(text) for text in best]
    return best, int(fewest) if best else 0


def beside_arrow(arrow: Arrow, line: Line, frames: Iterable[Rect]) -> Iterator[tuple[Text, ...]]:
    """Propose places for the texts of an arrow.

    Parameters
    ----------
    arrow : Arrow
    line : Line
    frames : iterable of Rect
        Frames, whose borders the line may cross.

    Yields
    ------
    tuple of Text
        Middle of the line first; above and below a level line, else beside it.
    """
    if not arrow.text and not arrow.below:
        return
    pieces = list(pairwise(line.points))
    start, end = max(pieces, key=lambda piece: (len(pieces) == 1, abs(piece[0][0] - piece[1][0])))
    if start[1] == end[1]:
        crossed = [rect for rect in frames if rect.y0 < start[1] < rect.y1]
        edges = [x for rect in crossed for x in (rect.x0, rect.x1)]
        yield from _beside_level(arrow, line.name, (start, end), edges)
        return
    normal = _unit_normal(start, end)
    for place in _PLACES:
        x = start[0] + place * (end[0] - start[0])
        y = start[1] + place * (end[1] - start[1])
        for side in (1, -1):
            yield _block(arrow, line.name, (x, y), (side * normal[0], side * normal[1]))


def _beside_level(
    arrow: Arrow, name: str, piece: tuple[Point, Point], crossings: Iterable[float]
) -> Iterator[tuple[Text, ...]]:
    """Beside a level piece: first in the middle of its longest stretch free of borders."""
    y = piece[0][1]
    x0, x1 = sorted((piece[0][0], piece[1][0]))
    cuts = [x0, *sorted(x for x in crossings if x0 < x < x1), x1]
    low, high = max(pairwise(cuts), key=lambda each: each[1] - each[0])
    middles = [(low + high) / 2, *(x0 + place * (x1 - x0) for place in _PLACES)]
    off = COEFFICIENT * LINE / 2 + _OFF
    first, second = arrow.text or arrow.below, arrow.below if arrow.text else ""
    for x in middles:
        above = _text(name, x, y + off, first, quiet=not arrow.text)
        below = (_text(name, x, y - off, second, quiet=True, end="-below"),) if second else ()
        yield (above, *below)
    for x in middles:
        yield _block(arrow, name, (x, y), (0.0, 1.0))
        yield _block(arrow, name, (x, y), (0.0, -1.0))


def _block(arrow: Arrow, name: str, point: Point, normal: Point) -> tuple[Text, ...]:
    """Both texts on one side of a line, as near as they can be."""
    lines = [text for text in (arrow.text, arrow.below) if text]
    width = max(text_width(text, COEFFICIENT) for text in lines)
    step = COEFFICIENT * LINE
    away = (width * abs(normal[0]) + len(lines) * step * abs(normal[1])) / 2 + _OFF
    x, y = point[0] + away * normal[0], point[1] + away * normal[1]
    top = y + (len(lines) - 1) * step / 2
    return tuple(
        _text(
            name,
            x,
            top - position * step,
            text,
            quiet=position == 1 or not arrow.text,
            end="-below" if position else "",
        )
        for position, text in enumerate(lines)
    )


def _text(name: str, x: float, y: float, line: str, *, quiet: bool, end: str = "") -> Text:
    return Text(x, y, (line,), COEFFICIENT, quiet=quiet, name=f"{name}-text{end}")


def _unit_normal(start: Point, end: Point) -> Point:
    """Give the normal that points upward, to the right of a vertical line."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = math.hypot(dx, dy)
    x, y = -dy / length, dx / length
    return (x, y) if y > 0 or (y == 0 and x > 0) else (-x, -y)


def in_frame(title: str, rect: Rect, *, is_context: bool) -> Iterator[tuple[Text, ...]]:
    """Propose places for the title of a frame: under its upper border, in the middle or left."""
    lines = break_title(title, is_context=is_context)
    width = max(text_width(line, LABEL) for line in lines)
    y = rect.y1 - 7 - LABEL * LINE / 2
    at_left = Text(rect.x0 + 10, y, lines, LABEL, quiet=is_context, left=True)
    at_right = Text(rect.x1 - 10 - width, y, lines, LABEL, quiet=is_context, left=True)
    centered = Text(rect.center[0], y, lines, LABEL, quiet=is_context)
    for text in (at_left, centered, at_right) if is_context else (centered, at_left, at_right):
        yield (text,)


def on_level_line(above: str, below: str, dashes: Dashes) -> Iterator[tuple[Text, ...]]:
    """Propose places for the names of the levels: above and below their line, leftmost first."""
    widest = max(text_width(text, TAG) for text in (above, below))
    off = TAG * LINE / 2 + 2
    x = dashes.x0 + 2
    while x + widest <= dashes.x1:
        yield tuple(
            Text(x, dashes.y + up, (text,), TAG, quiet=True, left=True)
            for text, up in ((above, off), (below, -off))
            if text
        )
        x += 6
