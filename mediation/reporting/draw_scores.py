"""Distributions of scores, with the share at the ends of the scale."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mediation.reporting.distributions import ScorePanel
from mediation.reporting.draw_style import (
    CONTRAST,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import percent
from mediation.reporting.text_size import wrap
from mediation.safe_text import printable

_BAR = "#8fb4cd"


def draw_scores(panels: Sequence[ScorePanel], minimum: int) -> Figure:
    """Draw one histogram for each variable and wave.

    Parameters
    ----------
    panels : sequence of ScorePanel
        In rows by variable.
    minimum : int
        Smallest count shown.

    Returns
    -------
    matplotlib.figure.Figure
        The height of a bar is the share per unit of the scale, so that bins of unequal width
        compare; the hatched part of an end bar is the share exactly at the end of the scale.
    """
    names = list(dict.fromkeys(panel.name for panel in panels))
    waves = list(dict.fromkeys(panel.where for panel in panels))
    by_place = {(panel.name, panel.where): panel for panel in panels}
    single = len(waves) == 1
    columns = min(3, len(names)) if single else len(waves)
    rows = math.ceil(len(names) / columns) if single else len(names)
    order = (
        [(name, waves[0]) for name in names]
        if single
        else [(name, wave) for name in names for wave in waves]
    )
    with figure_style():
        figure = new_figure(7.2, 1.42 * rows + 0.45)
        grid = figure.subplots(rows, columns, squeeze=False)
        for axes in grid.flat:
            axes.set_axis_off()
        for position, (axes, place) in enumerate(zip(grid.flat, order, strict=False)):
            if place in by_place:
                _draw_panel(axes, by_place[place], minimum)
            if single or position % columns == 0:
                title = "\n".join(wrap(by_place.get(place, panels[0]).label, 8.5, 150))
                axes.set_title(printable(title), size=8.5, weight="bold", pad=13, parse_math=False)
        figure.subplots_adjust(
            0.03, 0.42 / figure.get_figheight(), 0.99, 1 - 0.36 / figure.get_figheight(), 0.12, 0.85
        )
        if any(p.bins is not None and (p.bins.at_floor or p.bins.at_ceiling) for p in panels):
            note = "Hatched: scores exactly at the lowest or the highest possible value."
            figure.text(0.03, 0.05 / figure.get_figheight(), note, size=7.5, color=QUIET)
    return figure


def _draw_panel(axes: Axes, panel: ScorePanel, minimum: int) -> None:
    axes.set_axis_on()
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    bins = panel.bins
    head = panel.where
    if bins is None:
        write_text(axes, 0.5, 0.5, "too few to show", transform=axes.transAxes, ha="center")
        axes.set_xticks([])
        return
    left, width = bins.edges[:-1], np.diff(bins.edges)
    axes.bar(left, bins.density, width=width, align="edge", color=_BAR, edgecolor="white", lw=0.4)
    for position, count in ((0, bins.at_floor), (-1, bins.at_ceiling)):
        if count:
            axes.bar(
                left[position],
                count / bins.n / width[position],
                width=width[position],
                align="edge",
                color="white",
                edgecolor=CONTRAST,
                hatch="/////",
                lw=0.6,
            )
    axes.margins(x=0.01)
    axes.set_ylim(0, 1.28 * float(bins.density.max()))
    axes.locator_params(axis="x", nbins=4)
    # No count here: beside the number interviewed it would give away how few lack a score.
    write_text(axes, 0, 1.03, head, transform=axes.transAxes, size=7, color=QUIET)
    ends = (
        (0.0, "left", bins.at_floor, bins.floor_is_small),
        (1.0, "right", bins.at_ceiling, bins.ceiling_is_small),
    )
    for x, side, count, small in ends:
        if small or count:
            share = f"<{minimum} people" if small else percent((count or 0) / bins.n)
            options = {"transform": axes.transAxes, "ha": side, "size": 7.5}
            write_text(axes, x, 0.88, share, color=QUIET if small else CONTRAST, **options)
