"""Type I error, coverage and power of every method, by cluster design."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from mediation.reporting.coverage_scales import SCALES, limits_of
from mediation.reporting.coverage_summary import (
    MEASURES,
    MUCH_FAILED,
    Summary,
    name_clusters,
    summarize,
    without_ceiling,
)
from mediation.reporting.coverage_words import DAGGER
from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    PAPER,
    QUIET,
    THIRD,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import number, whole
from mediation.reporting.text_size import text_width, wrap

_ROW, _GAP, _LINE = 0.135, 0.11, 0.13
_WIDTH, _LEFT, _RIGHT, _BETWEEN = 10.4, 2.4, 0.2, 0.3
_TOP, _BOTTOM, _LEGEND_ROW = 0.52, 0.66, 0.24
# Told apart by shape as well as by color, up to ten designs by each of them.
_COLORS = (
    *(ACCENT, CONTRAST, THIRD, "#8b3a8b", "#8a6d00", INK),
    *("#4fa3dc", "#d6568c", "#7c8790", "#8a4b2f"),
)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "p", "d")
_Z95 = 1.96
_BAND = "#f4f6f8"


def draw_coverage(table: pd.DataFrame) -> Figure:
    """Draw the measures of every method, a panel for each and a mark for each cluster design.

    Parameters
    ----------
    table : DataFrame
        Rows of one effect of the table that `run_coverage` gives; cells with a ceiling are left
        out unless there are no others.

    Returns
    -------
    matplotlib.figure.Figure
        A mark is the mean over cells, its thick bar 95% of Monte Carlo error, the thin line
        reaches from the least to the most of a cell.
    """
    plain = without_ceiling(table)
    rows = (plain if len(plain) else table).assign(clusters=lambda t: name_clusters(t))
    designs, methods = list(dict.fromkeys(rows["clusters"])), list(dict.fromkeys(rows["method"]))
    found = {measure: summarize(rows, measure, ["method", "clusters"]) for measure in MEASURES}
    shown = [measure for measure in MEASURES if found[measure]]
    block = max(len(designs) * _ROW, 0.24)
    tall = len(methods) * (block + _GAP)
    with figure_style():
        legend = _legend_lines(designs)
        below = _BOTTOM + _LEGEND_ROW * len(legend)
        height = _TOP + tall + below
        figure = new_figure(_WIDTH, height)
        each = (_WIDTH - _LEFT - _RIGHT - _BETWEEN * (len(shown) - 1)) / max(len(shown), 1)
        for number, measure in enumerate(shown):
            left = _LEFT + number * (each + _BETWEEN)
            axes = figure.add_axes((left / _WIDTH, below / height, each / _WIDTH, tall / height))
            _draw_panel(axes, measure, found[measure], methods, designs)
            if number == 0:
                _name_methods(axes, methods, block)
        effect = str(table["effect"].iloc[0])
        title = f"{effect[:1].upper()}{effect[1:]}: how often each analysis is right"
        figure.text(
            0.015, 1 - 0.2 / height, title, size=10, weight="bold", va="center", parse_math=False
        )
        _draw_legend(figure, legend, designs, height)
    return figure


def _draw_panel(
    axes: Axes,
    measure: str,
    found: dict[tuple[str, ...], Summary],
    methods: list[str],
    designs: list[str],
) -> None:
    block = max(len(designs) * _ROW, 0.24)
    axes.set_ylim(-len(methods) * (block + _GAP), 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    _set_scale(axes, measure, found)
    for number, method in enumerate(methods):
        start = -number * (block + _GAP) - _GAP / 2
        ground = _BAND if number % 2 else PAPER
        axes.axhspan(
            start + _GAP / 2, start - _GAP / 2 - block, color=ground, zorder=0, linewidth=0
        )
        if not any((method, design) in found for design in designs):
            write_text(
                axes,
                0.5,
                start - block / 2,
                "no limits, a test alone",
                transform=axes.get_yaxis_transform(),
                size=7,
                color=QUIET,
                va="center",
                ha="center",
                bbox={"facecolor": ground, "edgecolor": "none", "pad": 2},
            )
        for place, design in enumerate(designs):
            summary = found.get((method, design))
            if summary is not None:
                y = start - (place + 0.5) * block / len(designs)
                _draw_summary(axes, summary, y, place)


def _set_scale(axes: Axes, measure: str, found: dict[tuple[str, ...], Summary]) -> None:
    """Give the axis its scale, ticks, title and the line to hold."""
    scale = _SCALES[measure]
    low, high = _limits(measure, found)
    axes.set_xscale("function", functions=(scale.forward, scale.back))
    axes.set_xlim(low, high)
    is_short = abs(scale.forward(np.array(high)) - scale.forward(np.array(low))) < _SHORT
    every = scale.fine if scale.fine and is_short else scale.ticks
    ticks = [tick / 100 for tick in every if low <= tick / 100 <= high]
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{100 * tick:g}" for tick in ticks])
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_title(scale.title, size=9, loc="left", pad=5)
    if scale.nominal is not None:
        axes.axvline(scale.nominal, color=INK, linewidth=1.0, zorder=1.5)


def _draw_summary(axes: Axes, summary: Summary, y: float, place: int) -> None:
    """Mean with its Monte Carlo bar, and the range over cells."""
    color, marker = _look(place)
    axes.plot([summary.least, summary.most], [y, y], color=color, linewidth=0.7, alpha=0.75)
    reach = _Z95 * summary.error
    low, high = max(summary.mean - reach, 0.0), min(summary.mean + reach, 1.0)
    axes.plot([low, high], [y, y], color=color, linewidth=2.4, solid_capstyle="butt")
    axes.plot(
        [summary.mean],
        [y],
        marker=marker,
        markersize=4.4,
        color=color,
        markeredgecolor="white",
        markeredgewidth=0.4,
        linestyle="none",
        zorder=3,
    )


def _name_methods(axes: Axes, methods: list[str], block: float) -> None:
    across = axes.get_yaxis_transform()
    width = 72 * (_LEFT - 0.25)
    for number, method in enumerate(methods):
        middle = -number * (block + _GAP) - (block + _GAP) / 2
        lines = wrap(method, 7.5, width)
        for position, line in enumerate(lines):
            y = middle + ((len(lines) - 1) / 2 - position) * 0.13
            options = {"transform": across, "size": 7.5, "ha": "right", "va": "center"}
            write_text(axes, -0.03, y, line, **options)


def _look(place: int) -> tuple[str, str]:
    """Color and marker of a design: told apart by shape as well as by color."""
    turn = place // len(_COLORS)
    return _COLORS[place % len(_COLORS)], _MARKERS[(place + turn) % len(_MARKERS)]


def _legend_lines(designs: list[str]) -> list[list[int]]:
    """Designs in lines that fit the figure."""
    lines: list[list[int]] = [[]]
    used = 0.0
    for place, design in enumerate(designs):
        wide = text_width(design, 8) / 72 + 0.45
        if lines[-1] and used + wide > _WIDTH - 0.4:
            lines.append([])
            used = 0.0
        lines[-1].append(place)
        used += wide
    return lines


def _draw_legend(figure: Figure, lines: list[list[int]], designs: list[str], height: float) -> None:
    tall = _LEGEND_ROW * (len(lines) + 1)
    axes = figure.add_axes((0.015, 0.04 / height, 0.97, tall / height))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH * 0.97)
    axes.set_ylim(-len(lines) - 1, 0)
    for number, line in enumerate(lines):
        x = 0.1
        for place in line:
            color, marker = _look(place)
            axes.plot([x - 0.08, x + 0.08], [-number - 0.5] * 2, color=color, linewidth=2.4)
            axes.plot([x], [-number - 0.5], marker=marker, markersize=5, color=color)
            write_text(axes, x + 0.14, -number - 0.5, designs[place], size=8, va="center_baseline")
            x += text_width(designs[place], 8) / 72 + 0.45
    words = (
        "Mark: mean over cells; thick bar: 95% Monte Carlo error of the mean; thin line: from the "
        "least to the most of a cell."
    )
    write_text(axes, 0.02, -len(lines) - 0.5, words, size=7.5, color=QUIET, va="center_baseline")
