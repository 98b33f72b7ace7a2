"""Figure of what is predicted for each cluster in the equations of every model."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.reporting.draw_style import FAINT, INK, QUIET, figure_style, new_figure, write_text
from mediation.reporting.robustness.diagnostics_tables import DiagnosedEquation, shown_effects
from mediation.reporting.robustness.draw_diagnostics import (
    PANELS,
    draw_key,
    styled_equations,
    write_title,
)
from mediation.reporting.text_size import text_width, wrap

_ACROSS, _WIDTH = 3, 7.2
_ROW, _GAP = 0.17, 0.1
_TITLE, _AXIS, _TOP, _KEY = 0.34, 0.3, 0.06, 0.52
_SMALL = 7.0
_QUANTILE = 1.96
Place = tuple[str, str]


def draw_cluster_effects(found: Sequence[DiagnosedEquation], minimum: int) -> Figure | None:
    """Draw the effect of each cluster with its 95% interval, one panel for each model.

    Parameters
    ----------
    found : sequence of DiagnosedEquation
    minimum : int
        Clusters of fewer people are not drawn.

    Returns
    -------
    matplotlib.figure.Figure or None
        None without clusters, or with more than 40 at every level.
    """
    places: dict[Place, None] = {}
    for each in found:
        for effects, shown in shown_effects(each.of, minimum):
            places |= dict.fromkeys((effects.level, effects.clusters[k]) for k in shown)
    if not places:
        return None
    ordered = _in_order(list(places), found)
    heights, tall = _heights(ordered)
    titles = list(dict.fromkeys(each.place for each in found))[:PANELS]
    block = _TITLE + tall + _AXIS
    height = _TOP + math.ceil(len(titles) / _ACROSS) * block + _KEY
    left = min(0.16 + max(text_width(cluster, _SMALL) for _, cluster in ordered) / 72, 2.2)
    wide = (_WIDTH - left - 0.06) / min(len(titles), _ACROSS)
    with figure_style():
        figure = new_figure(_WIDTH, height)
        for number, title in enumerate(titles):
            row, column = divmod(number, _ACROSS)
            x, bottom = left + column * wide, height - _TOP - row * block - _TITLE - tall
            box = (x / _WIDTH, bottom / height, (wide - 0.18) / _WIDTH, tall / height)
            axes = figure.add_axes(box)
            here = [each for each in found if each.place == title]
            _draw_panel(axes, here, heights, tall, minimum)
            if column == 0:
                _write_names(axes, heights)
            write_title(figure, title, (x, bottom + tall), wide, height)
        draw_key(figure, found, "SD of the residuals of the equation", height)
    return figure


def _in_order(places: list[Place], found: Sequence[DiagnosedEquation]) -> list[Place]:
    """Outer levels first, clusters in the order of their letters."""
    levels = list(dict.fromkeys(e.level for each in found for e in each.of.effects))
    return sorted(places, key=lambda place: (levels.index(place[0]), len(place[1]), place[1]))


def _heights(places: Sequence[Place]) -> tuple[dict[Place, float], float]:
    y, found, before = 0.0, {}, None
    for place in places:
        if before is not None and place[0] != before:
            y += _GAP
        found[place] = -(y + _ROW / 2)
        y, before = y + _ROW, place[0]
    return found, y + 0.04


def _draw_panel(
    axes: Axes,
    found: Sequence[DiagnosedEquation],
    heights: Mapping[Place, float],
    tall: float,
    minimum: int,
) -> None:
    axes.set_ylim(-tall, 0.03)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.axvline(0, color=INK, lw=0.8, zorder=1)
    step = 0.5 * _ROW / max(len(found), 1)
    for number, (each, color, marker) in enumerate(styled_equations(found)):
        for effects, shown in shown_effects(each.of, minimum):
            for k in shown:
                y = heights[effects.level, effects.clusters[k]]
                y -= step * (number - (len(found) - 1) / 2)
                value, half = effects.values[k] / each.of.sd, _QUANTILE * effects.errors[k]
                half /= each.of.sd
                axes.plot([value - half, value + half], [y, y], color=color, lw=1.1, zorder=2)
                axes.plot(
                    [value],
                    [y],
                    marker=marker,
                    markersize=3.2,
                    color=color,
                    markerfacecolor="white" if effects.variance == 0 else color,
                    markeredgewidth=0.8,
                    zorder=3,
                )
    widest = max(0.1, *(abs(x) for x in axes.get_xlim()))
    axes.set_xlim(-widest, widest)
    axes.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))


def _write_names(axes: Axes, heights: Mapping[Place, float]) -> None:
    across = axes.get_yaxis_transform()
    for (_, cluster), y in heights.items():
        text = wrap(cluster, _SMALL, 148)[0]
        options = {"transform": across, "size": _SMALL, "color": QUIET, "ha": "right"}
        write_text(axes, -0.03, y, text, va="center_baseline", **options)
