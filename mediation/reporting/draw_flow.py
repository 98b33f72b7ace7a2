"""Participant flow: one column for each pair of interviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from mediation.linkage.table import FlowStep, WavePair
from mediation.reporting.contents import Cell
from mediation.reporting.draw_style import (
    ACCENT,
    INK,
    PAPER,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import small_count
from mediation.reporting.suppression import pool_small_losses
from mediation.reporting.text_size import wrap
from mediation.reporting.wording import label, waves_text

_BOX, _LINE = 34.0, 11.0


def draw_flow(cells: Sequence[Cell], labels: Mapping[str, str], minimum: int) -> Figure:
    """Draw who entered, who left and why, and who was analysed.

    Parameters
    ----------
    cells : sequence of Cell
        Cells of one pair of interviews share their first steps; each outcome ends on its own.
    labels : mapping of str to str
    minimum : int
        Smaller counts are pooled or shown as "<minimum".

    Returns
    -------
    matplotlib.figure.Figure
    """
    groups: dict[WavePair | None, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.waves, []).append(cell)
    columns = [_column(group, labels, minimum) for group in groups.values()]
    heights = [_column_height(items) for items in columns]
    width = max(260.0, 520.0 / len(columns))
    with figure_style():
        tall = max(heights) + 34
        figure = new_figure(width * len(columns) / 72, tall / 72)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width * len(columns))
        axes.set_ylim(0, tall)
        for position, (waves, items) in enumerate(zip(groups, columns, strict=True)):
            x = position * width + 8
            if waves is not None:
                write_text(axes, x, tall - 14, waves_text(waves), size=9.5, weight="bold")
            _draw_column(axes, items, x, tall - 26, width - 16)
    return figure


def _column(
    cells: Sequence[Cell], labels: Mapping[str, str], minimum: int
) -> list[tuple[str, str, str]]:
    """Boxes of one column: (text, count, what was lost on the way to it)."""
    flows = [pool_small_losses(cell.flow, minimum).steps for cell in cells]
    shared = 0
    shortest = min(len(steps) for steps in flows)
    while shared < shortest and len({steps[shared] for steps in flows}) == 1:
        shared += 1
    items = [_item(step, minimum) for step in flows[0][:shared]]
    if all(len(steps) == shared for steps in flows):
        return items
    for cell, steps in zip(cells, flows, strict=True):
        rest = steps[shared:]
        lost = sum(step.n_left for step in rest)
        reasons = "; ".join(dict.fromkeys(step.reason for step in rest if step.reason))
        last = steps[-1]
        text = f"{last.step}, {label(cell.outcome, labels)}"
        count = small_count(last.n_clients, minimum)
        items.append((text, count, _loss(lost, reasons, minimum)))
    return items


def _item(step: FlowStep, minimum: int) -> tuple[str, str, str]:
    count = small_count(step.n_clients, minimum)
    return step.step, count, _loss(step.n_left, step.reason, minimum)


def _loss(n_left: int, reason: str, minimum: int) -> str:
    if n_left == 0:
        return ""
    text = f"{small_count(n_left, minimum)} left out"
    return f"{text}: {reason}" if reason else text


def _loss_lines(text: str) -> tuple[str, ...]:
    return wrap(text, 7.5, 214) if text else ()


def _column_height(items: list[tuple[str, str, str]]) -> float:
    gaps = [max(16.0, len(_loss_lines(lost)) * _LINE + 9) for _, _, lost in items[1:]]
    return len(items) * _BOX + sum(gaps) + 8


def _draw_column(
    axes: Axes, items: list[tuple[str, str, str]], x: float, top: float, width: float
) -> None:
    y = top
    for position, (text, count, lost) in enumerate(items):
        lines = _loss_lines(lost)
        if position:
            gap = max(16.0, len(lines) * _LINE + 9)
            arrow = {"arrowstyle": "-|>", "color": QUIET, "lw": 0.9, "shrinkA": 0, "shrinkB": 0}
            axes.annotate("", (x + 14, y - gap), (x + 14, y), arrowprops=arrow)
            for row, line in enumerate(lines):
                middle = y - gap / 2 + (len(lines) - 1) * _LINE / 2 - row * _LINE
                write_text(axes, x + 24, middle, line, size=7.5, color=QUIET, va="center_baseline")
            y -= gap
        last = "," in text and position > 0
        axes.add_patch(
            FancyBboxPatch(
                (x, y - _BOX),
                width,
                _BOX,
                boxstyle="round,pad=0,rounding_size=3",
                facecolor=PAPER,
                edgecolor=ACCENT if last else INK,
                linewidth=0.9,
            )
        )
        lines = wrap(text, 8.5, width - 62)[:2]
        for row, line in enumerate(lines):
            middle = y - _BOX / 2 + 5.5 * (len(lines) - 1) - 11 * row
            write_text(axes, x + 9, middle, line, size=8.5, va="center_baseline", ha="left")
        write_text(
            axes,
            x + width - 9,
            y - _BOX / 2,
            count,
            size=10,
            weight="bold",
            va="center_baseline",
            ha="right",
        )
        y -= _BOX
