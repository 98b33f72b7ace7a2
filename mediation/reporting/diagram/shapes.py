"""What a placed path diagram is made of, in points; origin at the lower left."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Point = tuple[float, float]


class Outline(Enum):
    """What is drawn around a rectangle."""

    BOX = "box"
    ELLIPSE = "ellipse"
    FRAME = "frame"
    CONTEXT = "context"


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle by its edges."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def center(self) -> Point:
        """The middle."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def width(self) -> float:
        """From left to right."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.y1 - self.y0

    def grown(self, by: float) -> Rect:
        """Give the rectangle with `by` points more on every side."""
        return Rect(self.x0 - by, self.y0 - by, self.x1 + by, self.y1 + by)

    def moved(self, right: float, up: float) -> Rect:
        """Give the rectangle elsewhere."""
        return Rect(self.x0 + right, self.y0 + up, self.x1 + right, self.y1 + up)

    def overlaps(self, other: Rect) -> bool:
        """Whether the two share more than an edge."""
        return min(self.x1, other.x1) > max(self.x0, other.x0) and min(self.y1, other.y1) > max(
            self.y0, other.y0
        )

    def encloses(self, other: Rect) -> bool:
        """Whether another rectangle lies inside."""
        return (
            self.x0 <= other.x0
            and self.x1 >= other.x1
            and self.y0 <= other.y0
            and self.y1 >= other.y1
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one size, centered on x unless `left`; y is the middle of the first line."""

    x: float
    y: float
    lines: tuple[str, ...]
    size: float
    quiet: bool = False
    left: bool = False
    name: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """The outline of a node or a frame."""

    rect: Rect
    outline: Outline
    name: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An arrow along straight pieces, its head at the last point."""

    points: tuple[Point, ...]
    solid: bool
    name: str


@dataclass(frozen=True, slots=True)
class Dashes:
    """A horizontal dashed line between levels."""

    x0: float
    x1: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A placed path diagram of `width` by `height` points."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    dashes: tuple[Dashes, ...]
    texts: tuple[Text, ...]
