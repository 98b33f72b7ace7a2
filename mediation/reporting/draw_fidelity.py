"""Fidelity over time: one small panel for each organization, lines labelled directly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mediation.reporting.contents import Variable
from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    QUIET,
    THIRD,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.text_size import text_width
from mediation.safe_text import printable

_LOOKS = (
    (ACCENT, "o", "solid"),
    (CONTRAST, "s", (0, (4, 1.5))),
    (THIRD, "^", (0, (1, 1))),
    (QUIET, "D", (0, (5, 1, 1, 1))),
)
_MOST_PANELS = 24

# Inches of the figure; points of its texts and of the space between a line and its label.
_WIDTH, _LEFT, _RIGHT, _GAP = 7.2, 0.075, 0.985, 0.14
_TITLE, _LABEL, _SPACE = 8.5, 7.5, 4.0
# Share of a panel that labels may take: with more than the first there are fewer, wider panels;
# beyond the second labels are shortened.
_EASY, _MOST = 0.36, 0.45


def draw_fidelity(fidelity: pd.DataFrame, predictor: Variable, clusters: tuple[str, ...]) -> Figure:
    """Draw the predictor of every cluster over time.

    Parameters
    ----------
    fidelity : DataFrame
        Columns `cluster`, `organization` (both lettered), `months`, `score`.
    predictor : Variable
    clusters : tuple of str
        Names of the cluster levels, outermost first.

    Returns
    -------
    matplotlib.figure.Figure
        The other clusters are in the background of every panel. With more than 24 organizations,
        one panel with all clusters and their median.
    """
    groups = [(str(name), part) for name, part in fidelity.groupby("organization", sort=False)]
    with figure_style():
        if len(groups) > _MOST_PANELS or len(clusters) < 2:
            return _draw_together(fidelity, predictor)
        columns, names = _arrange(fidelity, len(groups))
        rows = math.ceil(len(groups) / columns)
        figure = new_figure(_WIDTH, 1.62 * rows + 0.42)
        room = max(text_width(name, _LABEL) for name in names.values()) + _SPACE
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels = list(grid.flat)
        for axes, (name, part) in zip(panels, groups, strict=False):
            _draw_lines(axes, fidelity, FAINT)
            _set_scale(axes, fidelity, predictor, room / _panel_width(columns))
            _draw_group(axes, part, shorten(name, _TITLE, _panel_width(columns)), names)
        for position, axes in enumerate(panels):
            if position >= len(groups):
                axes.set_axis_off()
            elif position + columns >= len(groups):
                axes.tick_params(labelbottom=True)
        _set_axis_titles(figure, predictor)
        height = figure.get_figheight()
        figure.subplots_adjust(_LEFT, 0.46 / height, _RIGHT, 1 - 0.2562 / height, _GAP, 0.34)
    return figure


def _panel_width(columns: int) -> float:
    """Points."""
    return 72 * _WIDTH * (_RIGHT - _LEFT) / (columns + _GAP * (columns - 1))


def _arrange(fidelity: pd.DataFrame, n_groups: int) -> tuple[int, dict[str, str]]:
    """Choose how many panels stand side by side, and the label of every cluster."""
    clusters = [str(name) for name in fidelity["cluster"].unique()]
    titles = [str(name) for name in fidelity["organization"].unique()]
    labels = {name: short_name(name) for name in clusters}
    if len(set(labels.values())) < len(labels):
        labels = {name: " ".join(name.split()) for name in clusters}
    widest_label = max(text_width(label, _LABEL) for label in labels.values())
    widest_title = max(text_width(title, _TITLE) for title in titles)
    columns, fewest = min(4, n_groups), min(2 if n_groups <= 12 else 3, n_groups)
    while columns > fewest and (
        widest_label > _EASY * _panel_width(columns) or widest_title > _panel_width(columns)
    ):
        columns -= 1
    width = _MOST * _panel_width(columns)
    return columns, {name: shorten(label, _LABEL, width) for name, label in labels.items()}


def shorten(text: str, size: float, width: float) -> str:
    """Put an ellipsis for the middle of a text that is too wide; names often differ at the end.

    Examples
    --------
    >>> shorten("Riverside", 7.5, 60.0), shorten("Riverside, northern team 2", 7.5, 60.0)
    ('Riverside', 'River…eam 2')
    """
    text = " ".join(text.split())
    shown, kept = text, len(text)
    while text_width(shown, size) > width and kept:
        kept -= 1
        head, tail = text[: (kept + 1) // 2], text[len(text) - kept // 2 :]
        shown = f"{head.rstrip()}\N{HORIZONTAL ELLIPSIS}{tail.lstrip()}"
    return shown


def _draw_group(axes: Axes, part: pd.DataFrame, title: str, names: dict[str, str]) -> None:
    axes.set_title(printable(title), parse_math=False, size=_TITLE, pad=4)
    ends = []
    for position, (name, line) in enumerate(part.groupby("cluster", sort=False)):
        color, marker, style = _LOOKS[position % len(_LOOKS)]
        line = line.sort_values("months")
        axes.plot(
            line["months"],
            line["score"],
            color=color,
            marker=marker,
            linestyle=style,
            markersize=3.2,
            linewidth=1.3,
        )
        ends.append((float(line["score"].iloc[-1]), float(line["months"].iloc[-1]), name, color))
    low, high = axes.get_ylim()
    heights = spread([end[0] for end in ends], 0.1 * max(high - low, 1e-9))
    for height, (_, x, name, color) in zip(heights, ends, strict=True):
        axes.annotate(
            printable(names[str(name)]),
            (x, height),
            xytext=(_SPACE, 0),
            textcoords="offset points",
            size=_LABEL,
            color=color,
            va="center",
            parse_math=False,
        )


def short_name(name: str) -> str:
    """Give the letter of a lettered cluster; any other name as it is.

    Examples
    --------
    >>> short_name("Team A"), short_name("Riverside"), short_name("Old Mill")
    ('A', 'Riverside', 'Old Mill')
    """
    last = name.split()[-1] if name.split() else name
    return last if last.isupper() and len(last) <= 3 else name


def spread(heights: list[float], least: float) -> list[float]:
    """Move labels apart until neighbors are `least` away, keeping their order and mean.

    Examples
    --------
    >>> spread([1.0, 1.1, 3.0], 0.5)
    [0.8, 1.3, 3.0]
    """
    order = np.argsort(heights, kind="stable")
    placed = np.array(heights, dtype=float)[order]
    for _ in range(50):
        moved = False
        for i in range(len(placed) - 1):
            lack = least - (placed[i + 1] - placed[i])
            if lack > 1e-9:
                placed[i] -= lack / 2
                placed[i + 1] += lack / 2
                moved = True
        if not moved:
            break
    result = np.empty_like(placed)
    result[order] = placed
    return [round(float(value), 6) for value in result]


def _draw_lines(axes: Axes, fidelity: pd.DataFrame, color: str) -> None:
    for _, line in fidelity.groupby("cluster", sort=False):
        line = line.sort_values("months")
        axes.plot(line["months"], line["score"], color=color, linewidth=0.8, zorder=1)


def _draw_together(fidelity: pd.DataFrame, predictor: Variable) -> Figure:
    figure = new_figure(7.2, 3.2)
    axes = figure.add_axes((0.09, 0.16, 0.88, 0.78))
    _draw_lines(axes, fidelity, "#b4bbc4")
    bins = np.linspace(fidelity["months"].min(), fidelity["months"].max() + 1e-9, 9)
    period = np.digitize(fidelity["months"], bins)
    median = fidelity.groupby(period)[["months", "score"]].median()
    axes.plot(median["months"], median["score"], color=ACCENT, linewidth=2.2, marker="o")
    write_text(
        axes,
        float(median["months"].iloc[-1]),
        float(median["score"].iloc[-1]),
        "  median",
        color=ACCENT,
        va="bottom",
        size=8,
    )
    _set_scale(axes, fidelity, predictor)
    _set_axis_titles(figure, predictor)
    return figure


def _set_scale(axes: Axes, fidelity: pd.DataFrame, predictor: Variable, room: float = 0.0) -> None:
    """Set the axes; `room` is the share of the width that labels need at the right."""
    low, high = float(fidelity["score"].min()), float(fidelity["score"].max())
    pad = 0.06 * max(high - low, 1e-9)
    if predictor.low is not None and predictor.high is not None:
        low, high = predictor.low, predictor.high
        pad = 0.03 * (high - low)
    axes.set_ylim(low - pad, high + pad)
    first, last = float(fidelity["months"].min()), float(fidelity["months"].max())
    reach = max(last - first, 1.0)
    axes.set_xlim(first - 0.04 * reach, last + max(0.17, 1.04 * room / (1 - room)) * reach)
    axes.set_xticks([tick for tick in range(0, int(last) + 1, _step(reach))])
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)


def _step(reach: float) -> int:
    return next((step for step in (3, 6, 12, 24, 60) if reach / step <= 5), 120)


def _set_axis_titles(figure: Figure, predictor: Variable) -> None:
    height = figure.get_figheight()
    options: dict[str, Any] = {"size": 8, "color": QUIET, "parse_math": False}
    figure.text(0.53, 0.06 / height, "Months since the first assessment", ha="center", **options)
    figure.text(
        0.008, 0.5, printable(predictor.label), rotation=90, va="center", ha="left", **options
    )
