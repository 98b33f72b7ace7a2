"""Power against the size of the effect, one small panel for each model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    PAPER,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import decimals_for, number
from mediation.reporting.robustness.draw_ranges import MOST_PANELS
from mediation.reporting.text_size import wrap
from mediation.sensitivity.detectable_value import Detectable

_WIDTH, _TALL, _LINE = 7.2, 1.3, 0.15


def draw_power(panels: Sequence[tuple[str, Detectable]], unit: str, with_b: str) -> Figure:
    """Draw the power of each design over the standardised effect; at most six panels.

    Parameters
    ----------
    panels : sequence of (str, Detectable)
        Title and what was found.
    unit : str
        What the horizontal axes show.
    with_b : str
        Legend of the second curve; empty where effects are single paths.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = tuple(panels)[:MOST_PANELS]
    n_columns = min(3, len(drawn))
    n_lines = math.ceil(len(drawn) / n_columns)
    column = _WIDTH / max(n_columns, 2)
    # Bold text is wider than the bound of plain text.
    titles = [wrap(name, 8 * 1.1, (column - 0.2) * 72) for name, _ in drawn]
    end = _end([found for _, found in drawn])
    above = [
        max(map(len, titles[k * n_columns : (k + 1) * n_columns])) * _LINE + 0.15
        for k in range(n_lines)
    ]
    legend = 0.3 if with_b else 0.08
    height = n_lines * (_TALL + 0.3) + sum(above) + 0.28 + legend
    with figure_style():
        figure = new_figure(_WIDTH, height)
        _draw_legend(figure, with_b, height)
        for number, (_, found) in enumerate(drawn):
            line, place = divmod(number, n_columns)
            bottom = height - legend - (line + 1) * (_TALL + 0.3) - sum(above[: line + 1]) + 0.3
            left = place * column + 0.58
            box = (left / _WIDTH, bottom / height, (column - 0.7) / _WIDTH, _TALL / height)
            axes = figure.add_axes(box)
            _draw_panel(axes, found, end, is_first=place == 0)
            for k, text in enumerate(reversed(titles[number])):
                y = (bottom + _TALL + 0.08 + k * _LINE) / height
                x = (place * column + 0.1) / _WIDTH
                figure.text(x, y, text, size=8, weight="bold", va="bottom", parse_math=False)
        figure.text(0.5, 0.08 / height, unit, size=7.5, color=QUIET, ha="center",
                    parse_math=False)  # fmt: skip
    return figure


def _draw_legend(figure: Figure, with_b: str, height: float) -> None:
    if not with_b:
        return
    axes = figure.add_axes((0.0, 1 - 0.26 / height, 1.0, 0.22 / height))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(0, 1)
    for left, color, style, text in (
        (0.1, ACCENT, "solid", "a and b equally large in SD"),
        (3.0, CONTRAST, (0, (4, 2)), with_b),
    ):
        axes.plot([left, left + 0.35], [0.5, 0.5], color=color, lw=1.6, linestyle=style)
        write_text(axes, left + 0.43, 0.5, text, size=7.5, va="center_baseline")


def _draw_panel(axes: Axes, found: Detectable, end: float, *, is_first: bool) -> None:
    effects = found.effects * found.sd_factor
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1)
    axes.set_axisbelow(True)
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.tick_params(axis="y", labelleft=is_first)
    if is_first:
        axes.set_ylabel("Power", size=7.5, labelpad=2)
    axes.xaxis.set_major_locator(MaxNLocator(3))
    wanted = found.powers[0]
    axes.axhline(wanted, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)))
    if not np.isfinite(effects).all():
        write_text(axes, 0.05, 0.5, "no effect is large enough", transform=axes.transAxes,
                   size=7, color=QUIET)  # fmt: skip
        return
    axes.plot(effects, found.power_with_b, color=CONTRAST, lw=1.3, linestyle=(0, (4, 2)))
    axes.plot(effects, found.power_together, color=ACCENT, lw=1.7)
    size = found.together[0] * found.sd_factor
    axes.plot([size, size], [0, wanted], color=INK, lw=0.8)
    axes.plot([size], [wanted], marker="o", markersize=4, color=ACCENT)
    box = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.8}
    said = number(size, decimals_for(size))
    write_text(axes, size + 0.02 * end, 0.07, said, size=7, bbox=box)


def _end(found: Sequence[Detectable]) -> float:
    """Choose where the common axis ends: every mark inside, and every curve over all of it."""
    ends = [float(each.effects[-1] * each.sd_factor) for each in found]
    marks = [each.together[0] * each.sd_factor for each in found]
    known = [(end, mark) for end, mark in zip(ends, marks, strict=True) if math.isfinite(end)]
    if not known:
        return 1.0
    least, farthest = min(end for end, _ in known), max(mark for _, mark in known)
    return least if least >= 1.2 * farthest else max(end for end, _ in known)
