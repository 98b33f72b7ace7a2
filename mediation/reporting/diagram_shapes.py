"""What a path diagram is made of, in points; origin at the lower left."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of one size, centered on x unless `left`; y is the middle of the first line."""

    x: float
    y: float
    lines: tuple[str, ...]
    size: float
    quiet: bool = False
    left: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its lower left corner; a frame holds other boxes."""

    x: float
    y: float
    width: float
    height: float
    is_frame: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """A horizontal arrow; solid if the interval of its coefficient excludes zero."""

    x_start: float
    x_end: float
    y: float
    solid: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """A path diagram of `width` by `height` points, origin at the lower left."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    texts: tuple[Text, ...]
