"""How each arrow gets from its tail to its head: decided on the grid, before any size is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum

from mediation.reporting.diagram.areas import Area, all_members
from mediation.reporting.diagram.specification import Arrow, PathDiagram


class Way(Enum):
    """The kinds of ways: along a row, along a column, aslant, over all rows, under all rows."""

    ROW = "row"
    COLUMN = "column"
    ASLANT = "aslant"
    OVER = "over"
    UNDER = "under"


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one arrow.

    Attributes
    ----------
    arrow : Arrow
    way : Way
    first, last : int
        Rows or columns that are free between the ends; for ways around, the outer columns.
    lane : int
        For ways around: 1 runs next to the grid, 2 outside it.
    """

    arrow: Arrow
    way: Way
    first: int = 0
    last: int = 0
    lane: int = 0


def find_routes(
    diagram: PathDiagram, areas: dict[str, Area], detours: frozenset[Arrow]
) -> tuple[Route, ...]:
    """Choose a way for every arrow.

    Parameters
    ----------
    diagram : PathDiagram
    areas : dict of str to Area
    detours : frozenset of Arrow
        Arrows that must not run aslant, since a node is in their way.

    Returns
    -------
    tuple of Route
        In the order of the arrows.
    """
    routes = {arrow: _direct(diagram, areas, arrow) for arrow in diagram.arrows}
    around = [
        arrow
        for arrow, route in routes.items()
        if route is None or (route.way is Way.ASLANT and arrow in detours)
    ]
    found = _go_around(diagram, areas, around)
    return tuple(found.get(arrow) or routes[arrow] or Route(arrow, Way.ASLANT) for arrow in routes)


def _direct(diagram: PathDiagram, areas: dict[str, Area], arrow: Arrow) -> Route | None:
    """Along a row or a column, or aslant; None if every common row or column is blocked."""
    tail, head = areas[arrow.tail], areas[arrow.head]
    blocked = _blocked_cells(diagram, areas, arrow)
    rows = range(max(tail.top, head.top), min(tail.bottom, head.bottom) + 1)
    columns = range(max(tail.left, head.left), min(tail.right, head.right) + 1)
    between = range(min(tail.right, head.right) + 1, max(tail.left, head.left))
    free = [r for r in rows if not any((r, c) in blocked for c in between)]
    if rows and free:
        return Route(arrow, Way.ROW, *_longest_run(free))
    between = range(min(tail.bottom, head.bottom) + 1, max(tail.top, head.top))
    free = [c for c in columns if not any((r, c) in blocked for r in between)]
    if columns and free:
        return Route(arrow, Way.COLUMN, *_longest_run(free))
    return None if rows or columns else Route(arrow, Way.ASLANT)


def _blocked_cells(
    diagram: PathDiagram, areas: dict[str, Area], arrow: Arrow
) -> set[tuple[int, int]]:
    """Cells of nodes and frames that are neither an end of the arrow nor around one."""
    ends = all_members(diagram, arrow.tail) | all_members(diagram, arrow.head)
    return {
        (row, column)
        for name, area in areas.items()
        if name not in ends and not all_members(diagram, name) & {arrow.tail, arrow.head}
        for row in range(area.top, area.bottom + 1)
        for column in range(area.left, area.right + 1)
    }


def _longest_run(numbers: list[int]) -> tuple[int, int]:
    """First and last of the longest run of consecutive numbers."""
    best = first = last = numbers[0]
    best_last = last
    for number in numbers[1:]:
        first = first if number == last + 1 else number
        last = number
        if last - first > best_last - best:
            best, best_last = first, last
    return best, best_last


def _go_around(
    diagram: PathDiagram, areas: dict[str, Area], arrows: Iterable[Arrow]
) -> dict[Arrow, Route]:
    """Send arrows over or under the grid, longest first, with few crossings on each side."""
    sides: dict[Way, list[Route]] = {Way.UNDER: [], Way.OVER: []}
    for arrow in sorted(arrows, key=lambda each: -_length(areas, each)):
        open_sides = [way for way in sides if _is_open(diagram, areas, arrow, way)]
        if not open_sides:
            continue
        first, last = _span(areas, arrow)
        way = min(
            open_sides,
            key=lambda side: (
                sum(_cross(each, first, last) for each in sides[side]),
                len(sides[side]),
            ),
        )
        sides[way].append(Route(arrow, way, first, last))
    return {route.arrow: route for side in sides.values() for route in _give_lanes(side)}


def _give_lanes(routes: list[Route]) -> list[Route]:
    """Short ways next to the grid, longer ones outside them."""
    placed: list[Route] = []
    for route in sorted(routes, key=lambda each: each.last - each.first):
        below = [p.lane for p in placed if p.first < route.last and route.first < p.last]
        placed.append(replace(route, lane=1 + max(below, default=0)))
    return placed


def _span(areas: dict[str, Area], arrow: Arrow) -> tuple[int, int]:
    ends = areas[arrow.tail], areas[arrow.head]
    return min(end.left for end in ends), max(end.right for end in ends)


def _length(areas: dict[str, Area], arrow: Arrow) -> int:
    first, last = _span(areas, arrow)
    return last - first


def _cross(route: Route, first: int, last: int) -> bool:
    """Whether two ways on one side interleave."""
    return route.first < first < route.last < last or first < route.first < last < route.last


def _is_open(diagram: PathDiagram, areas: dict[str, Area], arrow: Arrow, way: Way) -> bool:
    """Whether nothing stands between both ends and the edge of the grid."""
    blocked = _blocked_cells(diagram, areas, arrow)
    for name in (arrow.tail, arrow.head):
        area = areas[name]
        rows = range(area.top) if way is Way.OVER else range(area.bottom + 1, len(diagram.grid))
        if any((r, c) in blocked for r in rows for c in range(area.left, area.right + 1)):
            return False
    return True
