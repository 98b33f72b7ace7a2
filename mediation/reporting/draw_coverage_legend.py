"""Designs and caption below the coverage figure, and the mark of each design."""

from __future__ import annotations

from matplotlib.figure import Figure

from mediation.reporting.draw_style import ACCENT, CONTRAST, INK, QUIET, THIRD, write_text
from mediation.reporting.text_size import text_width

WIDTH = 10.4
"""Of the figure, in inches."""

LEGEND_ROW, LINE = 0.24, 0.13
"""Height of a line of designs, and of a line of small text, in inches."""

CAPTION_SIZE = 7.5
# Told apart by shape as well as by color, up to ten designs by each of them.
_COLORS = (
    *(ACCENT, CONTRAST, THIRD, "#8b3a8b", "#8a6d00", INK),
    *("#4fa3dc", "#d6568c", "#7c8790", "#8a4b2f"),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "p", "d")


def look_of(place: int) -> tuple[str, str]:
    """Color and marker of a design: told apart by shape as well as by color."""
    turn = place // len(_COLORS)
    return _COLORS[place % len(_COLORS)], _MARKERS[(place + turn) % len(_MARKERS)]


def legend_lines(designs: list[str]) -> list[list[int]]:
    """Designs in lines that fit the figure."""
    lines: list[list[int]] = [[]]
    used = 0.0
    for place, design in enumerate(designs):
        wide = text_width(design, 8) / 72 + 0.45
        if lines[-1] and used + wide > WIDTH - 0.4:
            lines.append([])
            used = 0.0
        lines[-1].append(place)
        used += wide
    return lines


def draw_legend(
    figure: Figure,
    lines: list[list[int]],
    caption: tuple[str, ...],
    designs: list[str],
    height: float,
) -> None:
    """Draw the designs with their marks, and the caption below them."""
    under = LINE * len(caption) / LEGEND_ROW
    tall = LEGEND_ROW * (len(lines) + under)
    axes = figure.add_axes((0.015, 0.04 / height, 0.97, tall / height))
    axes.set_axis_off()
    axes.set_xlim(0, WIDTH * 0.97)
    axes.set_ylim(-len(lines) - under, 0)
    for number, line in enumerate(lines):
        x = 0.1
        for place in line:
            color, marker = look_of(place)
            axes.plot([x - 0.08, x + 0.08], [-number - 0.5] * 2, color=color, linewidth=2.4)
            axes.plot([x], [-number - 0.5], marker=marker, markersize=5, color=color)
            write_text(axes, x + 0.14, -number - 0.5, designs[place], size=8, va="center_baseline")
            x += text_width(designs[place], 8) / 72 + 0.45
    for position, words in enumerate(caption):
        y = -len(lines) - (position + 0.5) * LINE / LEGEND_ROW
        write_text(axes, 0.02, y, words, size=CAPTION_SIZE, color=QUIET, va="center")
