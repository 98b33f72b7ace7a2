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

_LOOKS = (
    (ACCENT, "o", "solid"),
    (CONTRAST, "s", (0, (4, 1.5))),
    (THIRD, "^", (0, (1, 1))),
    (QUIET, "D", (0, (5, 1, 1, 1))),
)
_MOST_PANELS = 24


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
        columns = min(4, len(groups))
        rows = math.ceil(len(groups) / columns)
        figure = new_figure(7.2, 1.62 * rows + 0.42)
        grid = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
        panels = list(grid.flat)
        for axes, (name, part) in zip(panels, groups, strict=False):
            _draw_lines(axes, fidelity, FAINT)
            _set_scale(axes, fidelity, predictor)
            _draw_group(axes, part, name)
        for position, axes in enumerate(panels):
            if position >= len(groups):
                axes.set_axis_off()
            elif position + columns >= len(groups):
                axes.tick_params(labelbottom=True)
        _set_axis_titles(figure, predictor)
        figure.subplots_adjust(0.075, 0.46 / figure.get_figheight(), 0.985, 0.93, 0.14, 0.34)
    return figure


def _draw_group(axes: Axes, part: pd.DataFrame, title: str) -> None:
    axes.set_title(title, parse_math=False, size=8.5, pad=4)
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
            short_name(str(name)),
            (x, height),
            xytext=(4, 0),
            textcoords="offset points",
            size=7.5,
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


def _set_scale(axes: Axes, fidelity: pd.DataFrame, predictor: Variable) -> None:
    low, high = float(fidelity["score"].min()), float(fidelity["score"].max())
    pad = 0.06 * max(high - low, 1e-9)
    if predictor.low is not None and predictor.high is not None:
        low, high = predictor.low, predictor.high
        pad = 0.03 * (high - low)
    axes.set_ylim(low - pad, high + pad)
    first, last = float(fidelity["months"].min()), float(fidelity["months"].max())
    reach = max(last - first, 1.0)
    axes.set_xlim(first - 0.04 * reach, last + 0.17 * reach)
    axes.set_xticks([tick for tick in range(0, int(last) + 1, _step(reach))])
    axes.grid(axis="y", color=FAINT, linewidth=0.4)
    axes.set_axisbelow(True)


def _step(reach: float) -> int:
    return next((step for step in (3, 6, 12, 24, 60) if reach / step <= 5), 120)


def _set_axis_titles(figure: Figure, predictor: Variable) -> None:
    height = figure.get_figheight()
    options: dict[str, Any] = {"size": 8, "color": QUIET, "parse_math": False}
    figure.text(0.53, 0.06 / height, "Months since the first assessment", ha="center", **options)
    figure.text(0.008, 0.5, predictor.label, rotation=90, va="center", ha="left", **options)
