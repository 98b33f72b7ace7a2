"""Which cells of the grid each node and frame of a path diagram fills."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mediation.errors import SpecificationError
from mediation.reporting.diagram.specification import Frame, PathDiagram


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells; first and last row and column belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell belongs to the area."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    def encloses(self, other: Area) -> bool:
        """Whether all cells of another area belong to this one."""
        return self.holds(other.top, other.left) and self.holds(other.bottom, other.right)

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )


def find_areas(diagram: PathDiagram) -> dict[str, Area]:
    """Find the cells of every node and frame.

    Parameters
    ----------
    diagram : PathDiagram

    Returns
    -------
    dict of str to Area
        Nodes first, then frames, inner ones before outer ones.

    Raises
    ------
    SpecificationError
        If a node is no rectangle, or a frame encloses or cuts what is not its member.

    Examples
    --------
    >>> from mediation.reporting.diagram.specification import Node
    >>> find_areas(PathDiagram((("x", "m"), ("x", "")), (Node("x"), Node("m")), ()))["x"]
    Area(top=0, left=0, bottom=1, right=0)
    """
    cells: dict[str, list[tuple[int, int]]] = {}
    for r, row in enumerate(diagram.grid):
        for c, name in enumerate(row):
            if name:
                cells.setdefault(name, []).append((r, c))
    areas = {}
    for name, found in cells.items():
        area = _around(Area(r, c, r, c) for r, c in found)
        if (area.bottom - area.top + 1) * (area.right - area.left + 1) != len(found):
            raise SpecificationError(
                f'The cells of node "{name}" must form one rectangle of the grid. Found '
                f"{len(found)} cells that do not. Bring them together, or leave some empty."
            )
        areas[name] = area
    waiting = list(diagram.frames)
    while waiting:
        ready = [frame for frame in waiting if set(frame.members) <= set(areas)]
        if not ready:
            raise SpecificationError(
                "Frames must not enclose each other in a circle. Found "
                f"{', '.join(frame.name for frame in waiting)}. Take one out of the other."
            )
        for frame in ready:
            areas[frame.name] = _around(areas[name] for name in frame.members)
            waiting.remove(frame)
    _check_frames(diagram, areas)
    return areas


def all_members(diagram: PathDiagram, name: str) -> frozenset[str]:
    """Name a node or frame with everything inside it, at any depth."""
    frames = {frame.name: frame for frame in diagram.frames}
    inner = frames[name].members if name in frames else ()
    return frozenset({name}).union(*(all_members(diagram, each) for each in inner))


def is_context(diagram: PathDiagram, frame: Frame) -> bool:
    """Whether a frame holds other frames."""
    return not {each.name for each in diagram.frames}.isdisjoint(frame.members)


def _around(areas: Iterable[Area]) -> Area:
    found = tuple(areas)
    return Area(
        min(area.top for area in found),
        min(area.left for area in found),
        max(area.bottom for area in found),
        max(area.right for area in found),
    )


def _check_frames(diagram: PathDiagram, areas: dict[str, Area]) -> None:
    for frame in diagram.frames:
        inside = all_members(diagram, frame.name)
        foreign = [
            name
            for name, area in areas.items()
            if name not in inside
            and area.meets(areas[frame.name])
            and not _is_around(diagram, name, frame)
        ]
        if foreign:
            raise SpecificationError(
                f'Frame "{frame.name}" must have room of its own in the grid. Found in it, though '
                f"no members: {', '.join(foreign)}. Move them, or make them members."
            )


def _is_around(diagram: PathDiagram, name: str, frame: Frame) -> bool:
    return frame.name in all_members(diagram, name)
