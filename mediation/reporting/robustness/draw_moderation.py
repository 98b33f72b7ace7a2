"""The effect against the predictor, and the slopes of the clusters: a panel for each model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mediation.arrays import Array
from mediation.inference.interval import Estimate
from mediation.reporting.draw_fidelity import short_name
from mediation.reporting.draw_style import ACCENT, CONTRAST, FAINT, INK, QUIET, figure_style
from mediation.reporting.robustness.draw_moderation_panels import panel_grid

# Clusters of which each has a line of its own with its letter.
MOST_NAMED = 30
# Inches below the panels for what the signs mean.
KEYS = 0.2


class Along(NamedTuple):
    """One model: effects along the predictor, and those at low, mean and high."""

    title: str
    x: tuple[float, ...]
    values: tuple[Estimate, ...]
    marked: tuple[float, ...]
    at: tuple[Estimate, ...]


class Slopes(NamedTuple):
    """One model: slopes of clusters, own ones with their limits, and predicted ones."""

    title: str
    names: tuple[str, ...]
    own: Array
    low: Array
    high: Array
    predicted: Array
    mean: float


def draw_along(panels: tuple[Along, ...], heading: str, predictor: str) -> Figure:
    """Draw effects against the predictor, each panel on a scale of its own.

    Parameters
    ----------
    panels : tuple of Along
        At most six.
    heading, predictor : str

    Returns
    -------
    matplotlib.figure.Figure
    """
    with figure_style():
        figure, every = panel_grid([p.title for p in panels], heading, predictor, 1.35)
        for axes, panel in zip(every, panels, strict=True):
            _draw_along(axes, panel)
    return figure


def _draw_along(axes: Axes, panel: Along) -> None:
    x, marked = np.array(panel.x), np.array(panel.marked)
    low = np.array([value.conf_low for value in panel.values])
    high = np.array([value.conf_high for value in panel.values])
    axes.axhline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    known = np.isfinite(low) & np.isfinite(high)
    if known.all() and len(x) > 2:
        axes.fill_between(x, low, high, color=ACCENT, alpha=0.16, lw=0)
        for limit in (low, high):
            axes.plot(x, limit, color=ACCENT, lw=0.7)
    if len(x) > 2:
        axes.plot(x, [value.estimate for value in panel.values], color=ACCENT, lw=1.8)
    for place, value in zip(marked, panel.at, strict=True):
        if np.isfinite([value.conf_low, value.conf_high]).all():
            axes.plot([place] * 2, [value.conf_low, value.conf_high], color=INK, lw=1.0)
        axes.plot(place, value.estimate, "D", color=INK, ms=4.0)
    margin = 0.25 * (marked[-1] - marked[0]) if len(x) <= 2 else 0.0
    axes.set_xlim(x.min() - margin, x.max() + margin)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    if len(x) <= 2:
        axes.set_xticks(marked)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="y", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)


def draw_slopes(panels: tuple[Slopes, ...], heading: str) -> Figure:
    """Draw the slopes of clusters, those that are known one below the other.

    Parameters
    ----------
    panels : tuple of Slopes
        At most six.
    heading : str

    Returns
    -------
    matplotlib.figure.Figure
        Diamonds are least squares slopes of one cluster with their interval, circles those the
        mixed model predicts; the line is the average slope. More than 30 clusters are drawn
        without names and limits, sorted by the predicted slope.
    """
    n_most = max(len(panel.names) for panel in panels)
    height = min(max(0.115 * n_most + 0.2, 0.9), 3.4)
    under = "Slope: points of the outcome per point of the mediator"
    with figure_style():
        figure, every = panel_grid([p.title for p in panels], heading, under, height, KEYS)
        for axes, panel in zip(every, panels, strict=True):
            _draw_slopes(axes, panel)
        figure.legend(handles=_keys(), loc="lower center", ncols=3, fontsize=7.5, borderpad=0.3)
    return figure


def _keys() -> list[Line2D]:
    return [
        Line2D([], [], color=QUIET, marker="D", ms=3, lw=0.9, mfc="white", label="own slope"),
        Line2D([], [], color=CONTRAST, marker="o", ms=4, lw=0, label="predicted"),
        Line2D([], [], color=ACCENT, lw=1.2, label="average"),
    ]


def _draw_slopes(axes: Axes, panel: Slopes) -> None:
    order = np.arange(len(panel.names))
    if len(order) > MOST_NAMED:
        order = np.argsort(panel.predicted)
    y = np.arange(len(order))
    axes.axvline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    axes.axvline(panel.mean, color=ACCENT, lw=1.2)
    if len(order) > MOST_NAMED:
        axes.plot(panel.own[order], y, "D", color=QUIET, alpha=0.45, ms=1.6, mew=0)
        axes.plot(panel.predicted[order], y, "o", color=CONTRAST, ms=1.8, mew=0)
    else:
        axes.hlines(y, panel.low[order], panel.high[order], color=QUIET, lw=0.9)
        axes.plot(panel.own[order], y, "D", color=QUIET, mfc="white", ms=3.0, mew=0.8)
        axes.plot(panel.predicted[order], y, "o", color=CONTRAST, ms=3.6)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(*_reach(panel))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.tick_params(axis="y", length=0)
    if len(order) > MOST_NAMED:
        axes.set_yticks([])
    else:
        axes.set_yticks(y, [short_name(panel.names[k])[:9] for k in order], size=6.5)
    axes.grid(axis="x", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)


def _reach(panel: Slopes) -> tuple[float, float]:
    """Give the ends of the axis: most limits, and every slope; one wild limit squeezes no panel."""
    own = panel.own[np.isfinite(panel.own)]
    low, high = panel.low[np.isfinite(panel.low)], panel.high[np.isfinite(panel.high)]
    if len(own) > MOST_NAMED:
        ends = np.quantile(own, [0.02, 0.98])
    elif len(own):
        ends = np.concatenate([own, np.quantile(low, [0.1]), np.quantile(high, [0.9])])
    else:
        ends = np.zeros(1)
    points = np.concatenate([panel.predicted, [0.0, panel.mean], ends])
    least, most = float(points.min()), float(points.max())
    room = 0.05 * max(most - least, 1e-12)
    return least - room, most + room
