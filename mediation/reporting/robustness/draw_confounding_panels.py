"""Small panels side by side, with one title for each axis and one legend."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from mediation.reporting.draw_style import QUIET, new_figure, write_text
from mediation.reporting.robustness.confounding_rows import Asked
from mediation.reporting.text_size import wrap

WIDTH, COLUMNS = 7.2, 3
TITLE, SMALL = 8.0, 7.0
# Inches of a panel with its title and axis, and of the legend at the foot.
PANEL, FOOT = 2.25, 0.62


def new_panels(count: int, x: str, y: str) -> tuple[Figure, list[Axes]]:
    """Make a figure with room for panels, titles of both axes and a legend.

    Parameters
    ----------
    count : int
        Panels, three in a row.
    x, y : str
        Titles of the axes.

    Returns
    -------
    figure : matplotlib.figure.Figure
    panels : list of matplotlib.axes.Axes
    """
    columns = min(COLUMNS, count)
    rows = math.ceil(count / columns)
    height = PANEL * rows + FOOT
    width = WIDTH if columns > 1 else 0.62 * WIDTH
    figure = new_figure(width, height)
    grid = figure.subplots(rows, columns, squeeze=False)
    panels = list(grid.flat)
    for axes in panels[count:]:
        axes.set_axis_off()
    figure.subplots_adjust(
        0.62 / width, (FOOT + 0.34) / height, 0.98, 1 - 0.42 / height, 0.32, 0.52
    )
    middle = (0.62 / width + 0.98) / 2
    lines = wrap(x, 8.5, 72 * width * 0.9)
    figure.text(middle, FOOT / height, "\n".join(lines), size=8.5, ha="center", va="center")
    figure.text(0.12 / width, 0.55, y, size=8.5, rotation=90, ha="center", va="center")
    return figure, panels[:count]


def write_title(axes: Axes, each: Asked) -> None:
    """Write the outcome over a panel, and what else tells it from others in a quieter line."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    room = 72 * figure.get_figwidth() * axes.get_position().width * 1.1
    first, second = (_shortened(text, room) for text in each.heading)
    axes.set_title(f"{first}\n" if second else first, size=TITLE, pad=4, parse_math=False)
    write_text(
        axes, 0, 1, second, transform=axes.transAxes, size=SMALL, color=QUIET, va="bottom"
    ).set_position((0, 1.035))


def _shortened(text: str, room: float) -> str:
    """Give a text, or what of it fits into a line."""
    lines = wrap(text, TITLE, room)
    return lines[0] if len(lines) == 1 else f"{wrap(text, TITLE, room - TITLE)[0].rstrip()}…"


def write_legend(figure: Figure, handles: list[Line2D | Patch]) -> None:
    """Write one legend for all panels at the foot of a figure."""
    figure.legend(handles=handles, loc="lower center", ncols=4, fontsize=SMALL, frameon=False)
