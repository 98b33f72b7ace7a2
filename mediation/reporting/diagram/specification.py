"""A path diagram as a value: boxes on a grid of names, arrows, frames and level lines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from mediation.errors import SpecificationError
from mediation.options import check_choices


class Shape(Enum):
    """Outline of a variable: a box if observed, an ellipse if latent."""

    BOX = "box"
    ELLIPSE = "ellipse"


@dataclass(frozen=True, slots=True)
class Node:
    """A variable.

    Attributes
    ----------
    name : str
        As the grid and the arrows call it.
    label : str, optional
        What is written; left out, the name.
    shape : Shape
    tag : str
        A short line under the label, for example the level.
    """

    name: str
    label: str = ""
    shape: Shape = Shape.BOX
    tag: str = ""

    def __post_init__(self) -> None:
        check_choices(self)


@dataclass(frozen=True, slots=True)
class Arrow:
    """An arrow between two nodes or frames, with the texts beside it.

    Attributes
    ----------
    tail, head : str
        Names of nodes or frames.
    text, below : str
        The coefficient, and a second, quieter line such as its interval.
    solid : bool
        Dashed if false; by what rule is for `PathDiagram.rule` to say.
    name : str
        Ends the identifier of the arrow in an SVG file, `path-<name>`; left out, made of its ends.
    """

    tail: str
    head: str
    text: str = ""
    below: str = ""
    solid: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """A titled frame around nodes and other frames; arrows may begin and end at it.

    Attributes
    ----------
    name, title : str
    members : tuple of str
        Names of nodes and frames.
    """

    name: str
    title: str
    members: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "members", _texts("members of a frame", self.members))


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A dashed line between two rows of the grid, with the names of the levels it parts.

    Attributes
    ----------
    after_row : int
        The line runs under this row, counted from zero.
    above, below : str
    """

    after_row: int
    above: str = ""
    below: str = ""


@dataclass(frozen=True, slots=True)
class PathDiagram:
    """Everything a path diagram shows, and nothing of where it is drawn but the grid.

    Attributes
    ----------
    grid : tuple of tuple of str
        Rows of node names, empty for a gap. A name repeated in neighboring cells makes one node
        that fills this rectangle. An arrow runs straight along a row or column that is free
        between its ends; through empty cells, else aslant; over or under all rows if a node
        is in its way.
    nodes : tuple of Node
    arrows : tuple of Arrow
    frames : tuple of Frame
    level_lines : tuple of LevelLine
    caption : tuple of str
        Lines under the picture.
    rule : str
        How to read it, in small print.

    Raises
    ------
    SpecificationError
        If names are not unique or unknown, rows have different lengths, a node is no rectangle, a
        frame encloses what is not its member, or a level line lies outside the grid.

    Examples
    --------
    >>> diagram = PathDiagram(
    ...     grid=(("", "hope", ""), ("goals", "", "life")),
    ...     nodes=(Node("goals", "Goals reached"), Node("hope", "Hope"), Node("life", "Life")),
    ...     arrows=(Arrow("goals", "hope", "a"), Arrow("hope", "life", "b")),
    ... )
    >>> len(diagram.arrows)
    2
    """

    grid: tuple[tuple[str, ...], ...]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]
    frames: tuple[Frame, ...] = ()
    level_lines: tuple[LevelLine, ...] = ()
    caption: tuple[str, ...] = ()
    rule: str = ""

    def __post_init__(self) -> None:
        rows = tuple(_texts("row of the grid", row) for row in self.grid)
        object.__setattr__(self, "grid", rows)
        for name in ("nodes", "arrows", "frames", "level_lines"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "caption", _texts("caption", self.caption))
        _check_grid(rows)
        _check_names(self)
        _check_arrows(self)
        for line in self.level_lines:
            if not 0 <= line.after_row < len(rows) - 1:
                raise SpecificationError(
                    "A level line must lie between two rows of the grid, after row 0 to "
                    f"{len(rows) - 2}. Found {line.after_row}. Give a row above another one."
                )


def _texts(what: str, texts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
        raise SpecificationError(
            f"A {what} must be a list of texts. Found {texts!r}. Write them in brackets."
        )
    return tuple(texts)


def _check_grid(rows: tuple[tuple[str, ...], ...]) -> None:
    lengths = [len(row) for row in rows]
    if not rows or len(set(lengths)) > 1 or not any(any(row) for row in rows):
        raise SpecificationError(
            "The grid must have rows of one length, with a name in some cell. Found rows of "
            f"length {', '.join(map(str, lengths)) or 'none'}. Fill up with empty texts."
        )


def _check_names(diagram: PathDiagram) -> None:
    nodes = [node.name for node in diagram.nodes]
    names = nodes + [frame.name for frame in diagram.frames]
    twice = [name for name, count in Counter(names).items() if count > 1 or not name]
    if twice:
        raise SpecificationError(
            "Nodes and frames must have names of their own. Found more than once or empty: "
            f"{_listed(twice)}. Rename them."
        )
    placed = {name for row in diagram.grid for name in row if name}
    if placed != set(nodes):
        raise SpecificationError(
            "The grid must place every node and nothing else. Not in the grid: "
            f"{_listed(set(nodes) - placed)}; in the grid but no node: "
            f"{_listed(placed - set(nodes))}. Correct the grid or the nodes."
        )
    for frame in diagram.frames:
        unknown = set(frame.members) - (set(names) - {frame.name})
        if unknown or not frame.members:
            raise SpecificationError(
                f'The members of frame "{frame.name}" must be nodes or other frames, at least one. '
                f"Found {_listed(unknown)}. Name some of: {_listed(names)}."
            )


def _check_arrows(diagram: PathDiagram) -> None:
    names = {node.name for node in diagram.nodes} | {frame.name for frame in diagram.frames}
    for arrow in diagram.arrows:
        unknown = {arrow.tail, arrow.head} - names
        if unknown or arrow.tail == arrow.head:
            raise SpecificationError(
                "An arrow must join two nodes or frames. Found one from "
                f'"{arrow.tail}" to "{arrow.head}". Name two of: {_listed(names)}.'
            )
    counts = Counter(arrow.name or (arrow.tail, arrow.head) for arrow in diagram.arrows)
    twice = [str(name) for name, count in counts.items() if count > 1]
    if twice:
        raise SpecificationError(
            "Arrows must have names of their own, or ends of their own. Found more than once: "
            f"{_listed(twice)}. Give them a `name`."
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
