"""The effect against the reliability of the mediator, a panel for each model."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.reporting.draw_style import ACCENT, FAINT, INK, QUIET, figure_style, new_figure
from mediation.reporting.text_size import wrap
from mediation.safe_text import printable

MOST_PANELS = 6
_COLUMNS, _WIDTH, _TITLE = 3, 7.2, 8.0
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 0.62, 0.12, 0.34, 0.5, 0.42
_PANEL = 1.35


class Panel(NamedTuple):
    """One model: its title, the curve, the known reliability and its lower limit (or NaN)."""

    title: str
    reliabilities: tuple[float, ...]
    values: tuple[Estimate, ...]
    marked: float
    low: float


def draw_reliability(panels: tuple[Panel, ...], effect: str) -> Figure:
    """Draw the effect against the reliability of the mediator.

    Parameters
    ----------
    panels : tuple of Panel
        At most six.
    effect : str
        What is drawn, in words.

    Returns
    -------
    matplotlib.figure.Figure
        Each panel has a scale of its own, in points of its outcome.
    """
    n_columns = min(_COLUMNS, len(panels))
    n_rows = math.ceil(len(panels) / n_columns)
    width = (_WIDTH - _RIGHT) / _COLUMNS - _LEFT
    titles = [wrap(panel.title, _TITLE, (width + _LEFT - 0.15) * 72)[:4] for panel in panels]
    heads = [
        0.14 * max(len(t) for t in titles[row * n_columns : (row + 1) * n_columns]) + 0.08
        for row in range(n_rows)
    ]
    height = _TOP + sum(heads) + n_rows * _PANEL + (n_rows - 1) * _GAP + _BOTTOM
    wide = _RIGHT + n_columns * (width + _LEFT) if n_columns > 1 else 4.2
    width = wide - _RIGHT - _LEFT if n_columns == 1 else width
    with figure_style():
        figure = new_figure(wide, height)
        figure.text(
            0.08 / wide, 1 - 0.17 / height, effect, size=9.5, weight="bold", va="center",
            parse_math=False,
        )  # fmt: skip
        top = height - _TOP
        for row in range(n_rows):
            top -= heads[row]
            for column, at in enumerate(range(row * n_columns, (row + 1) * n_columns)):
                if at >= len(panels):
                    break
                left = _LEFT + column * (width + _LEFT)
                box = (left / wide, (top - _PANEL) / height, width / wide, _PANEL / height)
                axes = figure.add_axes(box)
                _draw_panel(axes, panels[at])
                for line, text in enumerate(reversed(titles[at])):
                    figure.text(
                        (left - _LEFT + 0.15) / wide, (top + 0.07 + 0.14 * line) / height,
                        printable(text), size=_TITLE, va="baseline", parse_math=False,
                    )  # fmt: skip
            top -= _PANEL + _GAP
        figure.text(
            0.5, 0.1 / height, "Reliability of the mediator's score", size=8, ha="center",
            va="baseline", parse_math=False,
        )  # fmt: skip
    return figure


def _draw_panel(axes: Axes, panel: Panel) -> None:
    x = np.array(panel.reliabilities)
    y = np.array([value.estimate for value in panel.values])
    low = np.array([value.conf_low for value in panel.values])
    high = np.array([value.conf_high for value in panel.values])
    least = panel.low if not math.isnan(panel.low) else panel.marked
    if not math.isnan(least):
        axes.axvspan(least, 1.0, color=FAINT, alpha=0.55, lw=0)
    axes.axhline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    if np.isfinite(low).all() and np.isfinite(high).all():
        axes.fill_between(x, low, high, color=ACCENT, alpha=0.16, lw=0)
        for limit in (low, high):
            axes.plot(x, limit, color=ACCENT, lw=0.7)
    axes.plot(x, y, color=ACCENT, lw=1.8, marker="o" if len(x) == 1 else "")
    if panel.marked in panel.reliabilities:
        at = panel.reliabilities.index(panel.marked)
        if np.isfinite([low[at], high[at]]).all():
            axes.plot([x[at]] * 2, [low[at], high[at]], color=INK, lw=1.0)
        axes.plot(x[at], y[at], "D", color=INK, ms=4.5)
    axes.set_xlim(min(x.min(), 0.95), 1.004)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
    axes.grid(axis="y", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
