"""From the grid to rectangles: columns and rows as wide as their words and arrows ask for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation.reporting.diagram.areas import Area, is_context
from mediation.reporting.diagram.measures import (
    FRAME_PADDING,
    LABEL,
    LANE,
    LINE,
    PADDING,
    TAG,
    arrow_text_size,
    break_title,
    node_size,
)
from mediation.reporting.diagram.routes import Route, Way
from mediation.reporting.diagram.shapes import Rect
from mediation.reporting.diagram.specification import Frame, PathDiagram
from mediation.reporting.text_size import text_width

_GAP = 14.0
_SHORTEST_ARROW = 84.0


@dataclass(frozen=True, slots=True)
class Tracks:
    """Beginning and end of each column, or of each row, from the first one on."""

    starts: tuple[float, ...]
    ends: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Inset:
    """How far a frame reaches beyond the cells of its members."""

    left: float
    top: float
    right: float
    bottom: float


def place_rectangles(
    diagram: PathDiagram, areas: dict[str, Area], routes: tuple[Route, ...], growth: float
) -> tuple[dict[str, Rect], Tracks]:
    """Give every node and frame its rectangle; y counts upward from the top of the first row.

    Parameters
    ----------
    diagram : PathDiagram
    areas : dict of str to Area
    routes : tuple of Route
    growth : float
        Factor on the room that arrows get.

    Returns
    -------
    dict of str to Rect
    Tracks
        The rows, as distances downward.
    """
    insets = _inset_frames(diagram, areas)
    columns = _place_columns(diagram, areas, routes, insets, growth)
    rows = _place_rows(diagram, areas, routes, insets, growth)
    rectangles = {}
    for name, area in areas.items():
        by = insets.get(name, Inset(0, 0, 0, 0))
        rectangles[name] = Rect(
            columns.starts[area.left] - by.left,
            -rows.ends[area.bottom] - by.bottom,
            columns.ends[area.right] + by.right,
            -rows.starts[area.top] + by.top,
        )
    return _align_with_frames(diagram, areas, rectangles), rows


def _align_with_frames(
    diagram: PathDiagram, areas: dict[str, Area], rectangles: dict[str, Rect]
) -> dict[str, Rect]:
    """Let tall nodes outside frames end where the frames beside them end."""
    framed = {name for frame in diagram.frames for name in frame.members}
    found = dict(rectangles)
    for node in diagram.nodes:
        area, rect = areas[node.name], rectangles[node.name]
        if node.name in framed or area.top == area.bottom:
            continue
        beside = [(areas[frame.name], rectangles[frame.name]) for frame in diagram.frames]
        found[node.name] = replace(
            rect,
            y0=min([rect.y0, *(r.y0 for a, r in beside if a.bottom == area.bottom)]),
            y1=max([rect.y1, *(r.y1 for a, r in beside if a.top == area.top)]),
        )
    return found


def size_tracks(
    spans: list[tuple[int, int, float]],
    gaps: list[float],
    distances: list[tuple[int, int, float]],
) -> Tracks:
    """Find the smallest tracks that hold their spans and keep their distances.

    Parameters
    ----------
    spans : list of (int, int, float)
        First and last track, and the length they need together.
    gaps : list of float, one fewer than there are tracks
        Least distance between neighbors.
    distances : list of (int, int, float)
        Least distance between the end of one track and the beginning of a later one.

    Returns
    -------
    Tracks

    Examples
    --------
    >>> size_tracks([(0, 0, 10.0), (1, 1, 20.0)], [5.0], [(0, 1, 8.0)])
    Tracks(starts=(0.0, 18.0), ends=(10.0, 38.0))
    """
    sizes, gaps = [0.0] * (len(gaps) + 1), list(gaps)
    # Neighbors first, so that what spans several tracks is asked to give only what is missing.
    for near in (True, False):
        for first, last, size in sorted(distances, key=lambda each: each[1] - each[0]):
            if near is (last - first == 1):
                missing = size - sum(gaps[first:last]) - sum(sizes[first + 1 : last])
                for each in range(first, last):
                    gaps[each] += max(0.0, missing) / (last - first)
        for first, last, size in sorted(spans, key=lambda each: each[1] - each[0]):
            missing = size - sum(sizes[first : last + 1]) - sum(gaps[first:last])
            for each in range(first, last + 1):
                sizes[each] += max(0.0, missing) / (last - first + 1)
    starts = [sum(sizes[:each], 0.0) + sum(gaps[:each], 0.0) for each in range(len(sizes))]
    return Tracks(
        tuple(starts), tuple(start + size for start, size in zip(starts, sizes, strict=True))
    )


def _title(diagram: PathDiagram, frame: Frame) -> tuple[str, ...]:
    if not frame.title:
        return ()
    return break_title(frame.title, is_context=is_context(diagram, frame))


def _inset_frames(diagram: PathDiagram, areas: dict[str, Area]) -> dict[str, Inset]:
    frames = {frame.name: frame for frame in diagram.frames}
    insets: dict[str, Inset] = {}
    # `areas` lists inner frames before the frames around them.
    for name in (name for name in areas if name in frames):
        frame, area = frames[name], areas[name]
        inner = [(areas[each], insets[each]) for each in frame.members if each in insets]
        title = len(_title(diagram, frame)) * LABEL * LINE
        insets[name] = Inset(
            FRAME_PADDING + max((i.left for a, i in inner if a.left == area.left), default=0),
            FRAME_PADDING
            + (title + 4 if title else 0)
            + max((i.top for a, i in inner if a.top == area.top), default=0),
            FRAME_PADDING + max((i.right for a, i in inner if a.right == area.right), default=0),
            FRAME_PADDING + max((i.bottom for a, i in inner if a.bottom == area.bottom), default=0),
        )
    return insets


def _place_columns(
    diagram: PathDiagram,
    areas: dict[str, Area],
    routes: tuple[Route, ...],
    insets: dict[str, Inset],
    growth: float,
) -> Tracks:
    n_columns = len(diagram.grid[0])
    after, before = [0.0] * n_columns, [0.0] * n_columns
    for name, inset in insets.items():
        area = areas[name]
        after[area.right] = max(after[area.right], inset.right)
        before[area.left] = max(before[area.left], inset.left)
    spans = [(areas[n.name].left, areas[n.name].right, node_size(n)[0]) for n in diagram.nodes]
    for frame in diagram.frames:
        widest = max((text_width(line, LABEL) for line in _title(diagram, frame)), default=0.0)
        area = areas[frame.name]
        spans.append((area.left, area.right, widest + 2 * PADDING - 2 * FRAME_PADDING))
    distances = []
    for route in routes:
        tail, head = areas[route.arrow.tail], areas[route.arrow.head]
        first, last = min(tail.right, head.right), max(tail.left, head.left)
        if first < last:
            width = arrow_text_size(route.arrow)[0]
            share = 0.5 if route.way is Way.ASLANT else 1.0
            free = max(_SHORTEST_ARROW * share, (width + 40) * share) * growth
            distances.append((first, last, free + after[first] + before[last]))
    gaps = [after[c] + _GAP + before[c + 1] for c in range(n_columns - 1)]
    return size_tracks(spans, gaps, distances)


def _place_rows(
    diagram: PathDiagram,
    areas: dict[str, Area],
    routes: tuple[Route, ...],
    insets: dict[str, Inset],
    growth: float,
) -> Tracks:
    n_rows = len(diagram.grid)
    after, before = [0.0] * n_rows, [0.0] * n_rows
    for name, inset in insets.items():
        area = areas[name]
        after[area.bottom] = max(after[area.bottom], inset.bottom)
        before[area.top] = max(before[area.top], inset.top)
    spans = [(areas[n.name].top, areas[n.name].bottom, node_size(n)[1]) for n in diagram.nodes]
    distances = []
    for route in routes:
        tail, head = areas[route.arrow.tail], areas[route.arrow.head]
        if route.way is Way.ROW:
            spans.append((route.first, route.last, LANE))
        first, last = min(tail.bottom, head.bottom), max(tail.top, head.top)
        if first < last:
            free = (arrow_text_size(route.arrow)[1] + 26) * growth
            distances.append((first, last, free + after[first] + before[last]))
    gaps = [after[r] + _GAP + before[r + 1] for r in range(n_rows - 1)]
    for line in diagram.level_lines:
        if line.above or line.below:
            gaps[line.after_row] += 2 * (TAG * LINE + 8) - _GAP
    return size_tracks(spans, gaps, distances)
