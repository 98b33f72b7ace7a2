"""Where lines and rectangles meet."""

from __future__ import annotations

import math

from mediation.reporting.diagram.shapes import Outline, Point, Rect


def segment_hits(rect: Rect, start: Point, end: Point) -> bool:
    """Whether a straight piece passes through the inside of a rectangle.

    Source: Liang & Barsky (1984), ACM Transactions on Graphics 3, 1-22.

    Examples
    --------
    >>> segment_hits(Rect(0, 0, 1, 1), (-1, 0.5), (2, 0.5))
    True
    >>> segment_hits(Rect(0, 0, 1, 1), (-1, 1.0), (2, 1.0))
    False
    """
    low, high = 0.0, 1.0
    for at, step, near, far in (
        (start[0], end[0] - start[0], rect.x0, rect.x1),
        (start[1], end[1] - start[1], rect.y0, rect.y1),
    ):
        if step == 0:
            if not near < at < far:
                return False
            continue
        enter, leave = sorted(((near - at) / step, (far - at) / step))
        low, high = max(low, enter), min(high, leave)
    return low < high


def leave_outline(rect: Rect, outline: Outline, inside: Point, toward: Point) -> Point:
    """Find where a line from a point inside an outline leaves it.

    Parameters
    ----------
    rect : Rect
    outline : Outline
    inside, toward : (float, float)
        Points; the line leaves the outline on its way from the first to the second.

    Returns
    -------
    (float, float)

    Examples
    --------
    >>> leave_outline(Rect(-2, -1, 2, 1), Outline.BOX, (0, 0), (10, 0))
    (2.0, 0.0)
    >>> leave_outline(Rect(-2, -1, 2, 1), Outline.ELLIPSE, (0, 0), (0, 5))
    (0.0, 1.0)
    """
    dx, dy = toward[0] - inside[0], toward[1] - inside[1]
    if outline is Outline.ELLIPSE:
        share = _leave_ellipse(rect, inside, dx, dy)
    else:
        shares = [
            ((far if step > 0 else near) - at) / step
            for at, step, near, far in (
                (inside[0], dx, rect.x0, rect.x1),
                (inside[1], dy, rect.y0, rect.y1),
            )
            if step
        ]
        share = min(shares)
    return inside[0] + share * dx, inside[1] + share * dy


def _leave_ellipse(rect: Rect, inside: Point, dx: float, dy: float) -> float:
    """Larger root of |(p - center) / axes| = 1 along the line."""
    (cx, cy), a, b = rect.center, rect.width / 2, rect.height / 2
    px, py, ux, uy = (inside[0] - cx) / a, (inside[1] - cy) / b, dx / a, dy / b
    square, half, rest = ux * ux + uy * uy, px * ux + py * uy, px * px + py * py - 1
    return (-half + math.sqrt(max(0.0, half * half - square * rest))) / square


def shorten(start: Point, end: Point, by: float) -> tuple[Point, Point]:
    """Take `by` points off both ends of a straight piece."""
    length = math.dist(start, end)
    if length <= 2 * by:
        return start, end
    x, y = by * (end[0] - start[0]) / length, by * (end[1] - start[1]) / length
    return (start[0] + x, start[1] + y), (end[0] - x, end[1] - y)
