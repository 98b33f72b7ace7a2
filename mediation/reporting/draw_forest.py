"""The grid of headline effects: the declared analysis beside the published one and others."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.contents import Cell, Entry
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
from mediation.reporting.format import NO_LIMITS, has_limits, interval, p_phrase, point
from mediation.reporting.headline_rows import (
    AS_DECLARED,
    analyses_beside,
    headline_rows,
    published_name,
)
from mediation.reporting.text_size import wrap
from mediation.reporting.wording import effect_text, innermost, label, waves_text

_ROW, _GROUP_GAP = 0.25, 0.16
_MARKERS = ("D", "^", "v", "P", "X")


class _Row(NamedTuple):
    y: float
    series: int
    value: Estimate


def draw_forest(entry: Entry, labels: Mapping[str, str]) -> Figure:
    """Draw the headline effect of every model of a grid, one panel for each outcome.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str
        Labels of the columns.

    Returns
    -------
    matplotlib.figure.Figure
        Each panel has an axis of its own, in points of its outcome.
    """
    outcomes = tuple(dict.fromkeys(cell.outcome for cell in entry.cells))
    names = series_names(entry)
    panels = {name: [c for c in entry.cells if c.outcome == name] for name in outcomes}
    heights = [_panel_height(cells, entry) for cells in panels.values()]
    first = entry.cells[0].result
    row = headline_rows(first, entry.headline)[0]
    with figure_style():
        legend = 0.22 * len(names) + 0.12
        height = sum(heights) + 0.62 * len(heights) + legend + 0.45
        figure = new_figure(7.2, height)
        title = effect_text(row.effect, row.level, innermost(first))
        top = height - 0.2
        figure.text(
            0.02, top / height, title, size=9.5, weight="bold", va="center", parse_math=False
        )
        _draw_legend(figure, names, (top - 0.22) / height, height)
        top -= legend + 0.42
        for (outcome, cells), tall in zip(panels.items(), heights, strict=True):
            axes = figure.add_axes((0.29, (top - tall) / height, 0.44, tall / height))
            _draw_panel(axes, cells, entry, labels, tall)
            figure.text(
                0.02,
                (top + 0.11) / height,
                label(outcome, labels),
                size=8.5,
                weight="bold",
                va="center_baseline",
                parse_math=False,
            )
            top -= tall + 0.62
        predictor = label(first.fit.model.predictor, labels)
        note = f"Points of the outcome per point of {predictor}"
        figure.text(0.51, 0.1 / height, note, size=7.5, color=QUIET, ha="center", parse_math=False)
    return figure


def series_names(entry: Entry) -> dict[int, str]:
    """Name what is compared: 0 the declared analysis, 1 the published one, 2, ... all others."""
    named = [cell.others for cell in entry.cells] + [cell.alternatives for cell in entry.cells]
    others = dict.fromkeys(name for results in named for name, _ in results)
    has_blind = any(cell.blind is not None for cell in entry.cells)
    blind = {1: published_name(entry.cells[0])} if has_blind else {}
    return {0: AS_DECLARED} | blind | dict(enumerate(others, start=2))


def _panel_height(cells: list[Cell], entry: Entry) -> float:
    groups = [cell for cell in cells for _ in _mediators(cell, entry)]
    rows = sum(len(analyses_beside(cell)) for cell in groups)
    return rows * _ROW + (len(groups) - 1) * _GROUP_GAP + 0.08


def _mediators(cell: Cell, entry: Entry) -> list[str | None]:
    return [row.mediator for row in headline_rows(cell.result, entry.headline)]


def _row_of(result: MediationResult, entry: Entry, mediator: str | None) -> EffectEstimate:
    rows = headline_rows(result, entry.headline)
    return next(row for row in rows if row.mediator == mediator)


def _rows(cells: list[Cell], entry: Entry, names: dict[int, str]) -> list[list[_Row]]:
    groups, y = [], -_ROW / 2
    series_of = {name: series for series, name in names.items() if series > 1}
    for cell in cells:
        results = [(0, cell.result)] + ([] if cell.blind is None else [(1, cell.blind)])
        results += [(series_of[name], r) for name, r in (*cell.others, *cell.alternatives)]
        for mediator in _mediators(cell, entry):
            group = []
            for series, result in results:
                row = _row_of(result, entry, mediator)
                group.append(_Row(y, series, row.value))
                y -= _ROW
            groups.append(group)
            y -= _GROUP_GAP
    return groups


def _group_names(cells: list[Cell], entry: Entry, labels: Mapping[str, str]) -> list[str]:
    """Interviews and, where there are several, the mediator of each group of rows."""
    names = []
    for cell in cells:
        mediators = _mediators(cell, entry)
        for mediator in mediators:
            through = "" if mediator is None or len(mediators) < 2 else label(mediator, labels)
            names.append(" ".join(part for part in (waves_text(cell.waves), through) if part))
    return names


def _draw_panel(
    axes: Axes, cells: list[Cell], entry: Entry, labels: Mapping[str, str], tall: float
) -> None:
    groups = _rows(cells, entry, series_names(entry))
    axes.set_ylim(-tall, 0.02)
    axes.axvline(0, color=INK, linewidth=0.8, zorder=1)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    _set_width(axes, groups)
    across = axes.get_yaxis_transform()
    for name, group in zip(_group_names(cells, entry, labels), groups, strict=True):
        middle = (group[0].y + group[-1].y) / 2
        lines = wrap(name, 7.5, 126)
        for position, line in enumerate(lines):
            y = middle + ((len(lines) - 1) / 2 - position) * 0.15
            options = {"transform": across, "size": 7.5, "color": QUIET, "va": "center"}
            write_text(axes, -0.04, y, line, ha="right", **options)
        for row in group:
            _draw_row(axes, row)


def _draw_row(axes: Axes, row: _Row) -> None:
    color, marker, filled = _look(row.series)
    across = axes.get_yaxis_transform()
    value = row.value
    text = "no estimate" if math.isnan(value.estimate) else point(value)
    size = 7.5
    ink = INK if row.series == 0 else QUIET
    write_text(
        axes, 1.15, row.y, text, transform=across, size=size, color=ink, ha="right", va="center"
    )
    if math.isnan(value.estimate):
        return
    write_text(
        axes,
        1.19,
        row.y,
        _limits_text(value),
        transform=across,
        size=size,
        color=ink,
        ha="left",
        va="center",
    )
    _draw_bar(axes, row, color)
    axes.plot(
        [value.estimate],
        [row.y],
        marker=marker,
        markersize=5.5,
        color=color,
        markerfacecolor=color if filled else "white",
        markeredgewidth=1.2,
        linestyle="none",
    )


def _limits_text(value: Estimate) -> str:
    if has_limits(value):
        return interval(value)
    return NO_LIMITS if math.isnan(value.p_value) else f"{NO_LIMITS}, {p_phrase(value.p_value)}"


def _draw_bar(axes: Axes, row: _Row, color: str) -> None:
    """Draw the limits, an infinite one as an arrow that leaves the panel; nothing without them."""
    value = row.value
    if not has_limits(value):
        return
    left, right = axes.get_xlim()
    ends = (left if math.isinf(value.conf_low) else value.conf_low, row.y)
    tips = (right if math.isinf(value.conf_high) else value.conf_high, row.y)
    width = 2.0 if row.series == 0 else 1.1
    style = "solid" if row.series != 1 else (0, (3, 1.5))
    axes.plot([ends[0], tips[0]], [row.y] * 2, color=color, lw=width, linestyle=style)
    for (x, y), marker, limit in ((ends, "<", value.conf_low), (tips, ">", value.conf_high)):
        if math.isinf(limit):
            axes.plot([x], [y], marker=marker, markersize=6, color=color, clip_on=False)


def _set_width(axes: Axes, groups: list[list[_Row]]) -> None:
    """Fix the axis around zero and every finite number, so that infinite limits end at its edge."""
    values = [row.value for group in groups for row in group]
    numbers = [n for v in values for n in (v.estimate, v.conf_low, v.conf_high)]
    finite = [0.0, *(n for n in numbers if math.isfinite(n))]
    low, high = min(finite), max(finite)
    room = 0.06 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)


def _look(series: int) -> tuple[str, str, bool]:
    """Color, marker and filling of a series: told apart by shape as well as by color."""
    if series == 0:
        return ACCENT, "o", True
    if series == 1:
        return CONTRAST, "s", False
    return QUIET, _MARKERS[(series - 2) % len(_MARKERS)], False


def _draw_legend(figure: Figure, names: dict[int, str], top: float, height: float) -> None:
    axes = figure.add_axes(
        (0.02, top - 0.22 * len(names) / height, 0.96, 0.22 * len(names) / height)
    )
    axes.set_axis_off()
    axes.set_xlim(0, 7.2 * 0.96)
    axes.set_ylim(-len(names), 0)
    for position, (series, name) in enumerate(names.items()):
        color, marker, filled = _look(series)
        y = -position - 0.5
        style = "solid" if series != 1 else (0, (3, 1.5))
        axes.plot(
            [0.02, 0.34], [y, y], color=color, lw=2.0 if series == 0 else 1.1, linestyle=style
        )
        axes.plot(
            [0.18],
            [y],
            marker=marker,
            markersize=5.5,
            color=color,
            markerfacecolor=color if filled else "white",
            markeredgewidth=1.2,
        )
        write_text(axes, 0.44, y, name, size=8, va="center_baseline")
