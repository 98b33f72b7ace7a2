"""Estimates with intervals in small panels, one below the other inside each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import has_limits
from mediation.reporting.text_size import wrap

MOST_PANELS = 6
_WIDTH, _LABEL, _LINE, _SIZE = 7.2, 1.62, 0.135, 7.5


class Look(Enum):
    """How a row is drawn: color, marker, whether it is filled, width of the line."""

    DECLARED = (ACCENT, "o", True, 2.0)
    OTHER = (QUIET, "D", False, 1.1)
    CONTRAST = (CONTRAST, "s", False, 1.5)


class Row(NamedTuple):
    """One estimate of a panel; a value without an estimate is said in words."""

    name: str
    value: Estimate
    look: Look


class Panel(NamedTuple):
    """Rows under one title."""

    title: str
    rows: tuple[Row, ...]


def draw_ranges(panels: Sequence[Panel], unit: str, *, share: bool = False) -> Figure:
    """Draw estimates and intervals, at most six panels in two columns.

    Parameters
    ----------
    panels : sequence of Panel
        Further ones than six are not drawn.
    unit : str
        What the horizontal axes show.
    share : bool
        One scale for all panels.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = tuple(panels)[:MOST_PANELS]
    n_columns = 1 if len(drawn) == 1 else 2
    column = _WIDTH / n_columns
    # Bold text is wider than the bound of plain text.
    titles = [wrap(panel.title, 8.5 * 1.1, (column - 0.2) * 72) for panel in drawn]
    heights = [_height(panel) for panel in drawn]
    lines = range(0, len(drawn), n_columns)
    above = [max(map(len, titles[k : k + n_columns])) * 0.16 + 0.1 for k in lines]
    tall = [max(heights[k : k + n_columns]) for k in lines]
    height = sum(above) + sum(tall) + 0.42 * len(tall) + 0.25
    ends = _ends([row for panel in drawn for row in panel.rows]) if share else None
    with figure_style():
        figure = new_figure(_WIDTH, height)
        top = height - 0.05
        for number, k in enumerate(lines):
            top -= above[number]
            for place, panel in enumerate(drawn[k : k + n_columns]):
                left = place * column + 0.08
                _write_title(figure, left, top + 0.05, height, titles[k + place])
                own = heights[k + place]
                box = (left + _LABEL, top - own, column - _LABEL - 0.28, own)
                axes = figure.add_axes(
                    (box[0] / _WIDTH, box[1] / height, box[2] / _WIDTH, box[3] / height)
                )
                _draw_panel(axes, panel, own, ends or _ends(panel.rows))
            top -= tall[number] + 0.42
        figure.text(0.5, 0.08 / height, unit, size=_SIZE, color=QUIET, ha="center",
                    parse_math=False)  # fmt: skip
    return figure


def _write_title(
    figure: Figure, left: float, bottom: float, height: float, lines: tuple[str, ...]
) -> None:
    for number, line in enumerate(reversed(lines)):
        figure.text(left / _WIDTH, (bottom + 0.16 * number) / height, line, size=8.5,
                    weight="bold", va="bottom", parse_math=False)  # fmt: skip


def _named(row: Row) -> tuple[str, ...]:
    return wrap(row.name, _SIZE, (_LABEL - 0.12) * 72)


def _row_height(row: Row) -> float:
    return _LINE * len(_named(row)) + 0.09


def _height(panel: Panel) -> float:
    return sum(map(_row_height, panel.rows)) + 0.06


def _draw_panel(axes: Axes, panel: Panel, tall: float, ends: tuple[float, float]) -> None:
    axes.set_ylim(-tall, 0)
    axes.set_xlim(*ends)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    across = axes.get_yaxis_transform()
    y = -0.03
    for row in panel.rows:
        middle = y - _row_height(row) / 2
        names = _named(row)
        ink = INK if row.look is Look.DECLARED else QUIET
        for number, line in enumerate(names):
            at = middle + ((len(names) - 1) / 2 - number) * _LINE
            write_text(axes, -0.04, at, line, transform=across, size=_SIZE, color=ink,
                       ha="right", va="center_baseline")  # fmt: skip
        _draw_row(axes, row, middle)
        y -= _row_height(row)


def _draw_row(axes: Axes, row: Row, y: float) -> None:
    color, marker, filled, width = row.look.value
    value, (left, right) = row.value, axes.get_xlim()
    if math.isnan(value.estimate):
        write_text(axes, 0.02, y, "no estimate", transform=axes.get_yaxis_transform(), size=7,
                   color=QUIET, va="center_baseline")  # fmt: skip
        return
    if has_limits(value):
        for limit, end, tip in ((value.conf_low, left, "<"), (value.conf_high, right, ">")):
            if math.isinf(limit):
                axes.plot([end], [y], marker=tip, markersize=6, color=color, clip_on=False)
        axes.plot([max(value.conf_low, left), min(value.conf_high, right)], [y, y], color=color,
                  lw=width)  # fmt: skip
    axes.plot([value.estimate], [y], marker=marker, markersize=4.8, color=color,
              markerfacecolor=color if filled else "white", markeredgewidth=1.1)  # fmt: skip


def _ends(rows: Sequence[Row]) -> tuple[float, float]:
    """Give the ends of an axis around zero and every finite number."""
    numbers = [n for r in rows for n in (r.value.estimate, r.value.conf_low, r.value.conf_high)]
    finite = [0.0, *(n for n in numbers if math.isfinite(n))]
    room = 0.07 * (max(finite) - min(finite)) or 1.0
    return min(finite) - room, max(finite) + room
