"""The effect against the strength of selection on the mediator, a panel for each model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator

from mediation.inference.interval import Estimate
from mediation.reporting.draw_style import ACCENT, CONTRAST, FAINT, QUIET, THIRD, figure_style
from mediation.reporting.format import percent
from mediation.reporting.robustness.draw_moderation_panels import panel_grid

# Inches below the panels for what the lines mean.
KEYS = 0.2
_LOOKS = ((ACCENT, "solid", "o"), (CONTRAST, (0, (4, 1.5)), "s"), (THIRD, (0, (1, 1)), "^"))


class Strengths(NamedTuple):
    """One model: odds ratios, and for each share the effects at them."""

    title: str
    odds_ratios: tuple[float, ...]
    by_share: tuple[tuple[float, tuple[Estimate, ...]], ...]


def draw_selection(panels: tuple[Strengths, ...], heading: str, under: str) -> Figure:
    """Draw effects against the odds ratio of taking part.

    Parameters
    ----------
    panels : tuple of Strengths
        At most six, with the same shares; of these the first three are drawn.
    heading, under : str

    Returns
    -------
    matplotlib.figure.Figure
        Lines for shares, with the interval of the smallest as a band.
    """
    with figure_style():
        figure, every = panel_grid([p.title for p in panels], heading, under, 1.35, KEYS)
        for axes, panel in zip(every, panels, strict=True):
            _draw(axes, panel)
        keys = [
            Line2D(
                [],
                [],
                color=color,
                ls=style,
                marker=marker,
                ms=3.2,
                label=f"{percent(share)} took part",
            )
            for (share, _), (color, style, marker) in zip(panels[0].by_share, _LOOKS, strict=False)
        ]
        figure.legend(
            handles=keys, loc="lower center", ncols=len(keys), fontsize=7.5, borderpad=0.3
        )
    return figure


def _draw(axes: Axes, panel: Strengths) -> None:
    x = np.array(panel.odds_ratios)
    axes.axhline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    shown = list(zip(panel.by_share, _LOOKS, strict=False))
    (_, widest), (color, style, _) = shown[-1]
    low = np.array([value.conf_low for value in widest])
    high = np.array([value.conf_high for value in widest])
    if np.isfinite(low[:2]).all() and np.isfinite(high[:2]).all():
        axes.fill_between(x, low, high, color=color, alpha=0.13, lw=0)
        for limit in (low, high):
            axes.plot(x, limit, color=color, lw=0.6, ls=style)
    for (_, values), (color, style, marker) in shown:
        y = [value.estimate for value in values]
        axes.plot(x, y, color=color, ls=style, marker=marker, ms=2.8, lw=1.4)
    axes.set_xscale("log")
    axes.set_xlim(x.min() / 1.03, x.max() * 1.03)
    axes.xaxis.set_major_locator(FixedLocator(x.tolist()))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks(x, [f"{value:g}" for value in x])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="y", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
