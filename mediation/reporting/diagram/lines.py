"""The course of every arrow, from the border of its tail to the border of its head."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mediation.reporting.diagram.geometry import leave_outline, shorten
from mediation.reporting.diagram.measures import COEFFICIENT, LANE, LINE
from mediation.reporting.diagram.rectangles import Tracks
from mediation.reporting.diagram.routes import Route, Way
from mediation.reporting.diagram.shapes import Line, Outline, Point, Rect
from mediation.reporting.diagram.specification import Arrow

_APART = 2 * COEFFICIENT * LINE + 8
_FROM_BORDER = 1.0


@dataclass(frozen=True, slots=True)
class Ends:
    """Rectangles and outlines of everything an arrow can begin or end at."""

    rectangles: dict[str, Rect]
    outlines: dict[str, Outline]

    def join(self, arrow: Arrow, start: Point, end: Point) -> tuple[Point, Point]:
        """Cut a line between points inside both ends at their borders."""
        tail, head = arrow.tail, arrow.head
        return shorten(
            leave_outline(self.rectangles[tail], self.outlines[tail], start, end),
            leave_outline(self.rectangles[head], self.outlines[head], end, start),
            _FROM_BORDER,
        )


def draw_lines(
    routes: tuple[Route, ...], ends: Ends, rows: Tracks, levels: tuple[float, ...] = ()
) -> tuple[Line, ...]:
    """Turn the ways of arrows into points.

    Parameters
    ----------
    routes : tuple of Route
    ends : Ends
    rows : Tracks
    levels : tuple of float
        Heights of level lines: no arrow runs along one.

    Returns
    -------
    tuple of Line
        In the order of the routes.
    """
    anchors = _anchor_detours(routes, ends)
    drawn: list[tuple[Point, ...]] = []
    for route in routes:
        if route.way in (Way.OVER, Way.UNDER):
            drawn.append(_around(route, ends, anchors))
        elif route.way is Way.ASLANT:
            tail, head = route.arrow.tail, route.arrow.head
            centers = ends.rectangles[tail].center, ends.rectangles[head].center
            drawn.append(ends.join(route.arrow, *centers))
        else:
            drawn.append(_straight(route, ends, rows, drawn, levels))
    return tuple(
        Line(points, route.arrow.solid, line_name(route.arrow))
        for route, points in zip(routes, drawn, strict=True)
    )


def line_name(arrow: Arrow) -> str:
    """Name an arrow for files and pages, with letters, digits and hyphens alone.

    Examples
    --------
    >>> line_name(Arrow("x", "working alliance"))
    'path-x-working-alliance'
    """
    name = arrow.name or f"{arrow.tail} {arrow.head}"
    return "path-" + "-".join(re.findall(r"\w+", name.replace("_", " ").lower()))


def _straight(
    route: Route,
    ends: Ends,
    rows: Tracks,
    others: list[tuple[Point, ...]],
    levels: tuple[float, ...],
) -> tuple[Point, Point]:
    """Along a free row or column, where no other line runs too near."""
    tail, head = ends.rectangles[route.arrow.tail], ends.rectangles[route.arrow.head]
    if route.way is Way.COLUMN:
        low, high = max(tail.x0, head.x0), min(tail.x1, head.x1)
        places = [low + share * (high - low) for share in (0.5, 0.25, 0.75)]
        lines = [((x, tail.center[1]), (x, head.center[1])) for x in places]
    else:
        top = min(tail.y1, head.y1, -rows.starts[route.first])
        bottom = max(tail.y0, head.y0, -rows.ends[route.last])
        places = [(top + bottom) / 2]
        for row in range(route.first, route.last + 1):
            places.append(-(rows.starts[row] + rows.ends[row]) / 2)
        places += [bottom + share * (top - bottom) for share in (0.75, 0.25)]
        lines = [((tail.center[0], y), (head.center[0], y)) for y in places if bottom < y < top]
        # A text below the arrow must clear a level line.
        lines = [each for each in lines if not _is_at(each[0][1], levels)] or lines
    found = [ends.join(route.arrow, *line) for line in lines]
    return next((line for line in found if not any(_near(line, each) for each in others)), found[0])


def _is_at(height: float, levels: tuple[float, ...]) -> bool:
    return any(abs(height - level) < LANE / 2 for level in levels)


def _near(line: tuple[Point, Point], other: tuple[Point, ...]) -> bool:
    """Whether a straight piece shares its lane with an earlier one."""
    if len(other) != 2:
        return False
    across = 1 if line[0][1] == line[1][1] else 0
    along = 1 - across
    if other[0][across] != other[1][across]:
        return False
    (low, high), (other_low, other_high) = (
        sorted(p[along] for p in each) for each in (line, other)
    )
    apart = abs(line[0][across] - other[0][across])
    return apart < _APART and min(high, other_high) - max(low, other_low) > 0


def _anchor_detours(routes: tuple[Route, ...], ends: Ends) -> dict[tuple[str, str, Way], float]:
    """Spread the arrows that leave one side of a node, by arrow name, node and side.

    To the left go those that run left, innermost first, then those that run right, outermost
    first: so arrows of one node never cross each other.
    """
    found: dict[tuple[str, Way], list[tuple[tuple[int, int], str]]] = {}
    for route in routes:
        if route.way not in (Way.OVER, Way.UNDER):
            continue
        tail, head = route.arrow.tail, route.arrow.head
        for node, other in ((tail, head), (head, tail)):
            is_right = ends.rectangles[other].center[0] > ends.rectangles[node].center[0]
            key = (1, -route.lane) if is_right else (0, route.lane)
            found.setdefault((node, route.way), []).append((key, line_name(route.arrow)))
    anchors = {}
    for (node, way), leaving in found.items():
        rect = ends.rectangles[node]
        for position, (_, name) in enumerate(sorted(leaving), start=1):
            anchors[name, node, way] = rect.x0 + rect.width * position / (len(leaving) + 1)
    return anchors


def _around(
    route: Route, ends: Ends, anchors: dict[tuple[str, str, Way], float]
) -> tuple[Point, ...]:
    """Out of the tail, along a lane beyond all rectangles, and into the head."""
    over = route.way is Way.OVER
    every = ends.rectangles.values()
    edge = max(r.y1 for r in every) if over else min(r.y0 for r in every)
    y = edge + (1 if over else -1) * route.lane * (LANE + 2)
    points = []
    for node in (route.arrow.tail, route.arrow.head):
        x = anchors[line_name(route.arrow), node, route.way]
        rect = ends.rectangles[node]
        border = leave_outline(rect, ends.outlines[node], (x, rect.center[1]), (x, y))
        points += [(x, border[1] + (_FROM_BORDER if over else -_FROM_BORDER)), (x, y)]
    return (points[0], points[1], points[3], points[2])
