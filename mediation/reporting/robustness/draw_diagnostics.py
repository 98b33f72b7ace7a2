"""Figures of residuals: against normal quantiles, and against fitted values."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    QUIET,
    THIRD,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.robustness.diagnostics_tables import DiagnosedEquation
from mediation.reporting.text_size import text_width, wrap

PANELS = 6
_ACROSS, _WIDTH = 3, 7.2
_TALL, _TITLE, _AXIS, _TOP, _KEY = 1.65, 0.34, 0.3, 0.06, 0.52
_SIZE, _SMALL = 7.5, 7.0
# Between the equations of one model, in bins.
_APART = 0.26
# Mediators by shape and color, the outcome last.
_MEDIATORS = ((ACCENT, "o"), (THIRD, "^"), (INK, "D"))
_OUTCOME = (CONTRAST, "s")
Draw = Callable[[Axes, Sequence[tuple[DiagnosedEquation, str, str]]], None]


def draw_quantiles(found: Sequence[DiagnosedEquation]) -> Figure | None:
    """Draw residuals against normal quantiles, one panel for each model; None without bins.

    Parameters
    ----------
    found : sequence of DiagnosedEquation
        Models beyond the sixth are left to the table.

    Returns
    -------
    matplotlib.figure.Figure or None
    """
    kept = [each for each in found if each.of.quantiles is not None]
    return _draw(kept, _draw_quantiles, "Normal quantile", "Residual, SD") if kept else None


def draw_spread(found: Sequence[DiagnosedEquation]) -> Figure | None:
    """Draw means and SD of residuals by fitted value, one panel for each model.

    Parameters
    ----------
    found : sequence of DiagnosedEquation

    Returns
    -------
    matplotlib.figure.Figure or None
        None where there are too few rows for bins.
    """
    kept = [each for each in found if each.of.spread is not None]
    below = "Bins of fitted values, from the lowest to the highest"
    return _draw(kept, _draw_spread, below, "Residual, SD") if kept else None


def _draw(found: Sequence[DiagnosedEquation], draw: Draw, below: str, beside: str) -> Figure:
    places = list(dict.fromkeys(each.place for each in found))[:PANELS]
    n_rows = math.ceil(len(places) / _ACROSS)
    block = _TITLE + _TALL + _AXIS
    height = _TOP + n_rows * block + _KEY
    left = 0.56
    wide = (_WIDTH - left + 0.3) / min(max(len(places), 2), _ACROSS)
    with figure_style():
        figure = new_figure(_WIDTH, height)
        for number, place in enumerate(places):
            row, column = divmod(number, _ACROSS)
            bottom = height - _TOP - row * block - _TITLE - _TALL
            axes = figure.add_axes(
                (
                    (left + column * wide) / _WIDTH,
                    bottom / height,
                    (wide - 0.38) / _WIDTH,
                    _TALL / height,
                )
            )
            styled = styled_equations([each for each in found if each.place == place])
            draw(axes, styled)
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
            if column == 0:
                axes.set_ylabel(beside, size=_SIZE, labelpad=2)
            write_title(figure, place, (left + column * wide, bottom + _TALL), wide, height)
        draw_key(figure, found, below, height)
    return figure


def styled_equations(
    found: Sequence[DiagnosedEquation],
) -> list[tuple[DiagnosedEquation, str, str]]:
    """Pair the equations of one model with colors and marks."""
    mediators = iter(_MEDIATORS * (1 + len(found) // len(_MEDIATORS)))
    return [(each, *(_OUTCOME if each.is_outcome else next(mediators))) for each in found]


def _draw_quantiles(axes: Axes, styled: Sequence[tuple[DiagnosedEquation, str, str]]) -> None:
    for each, color, marker in styled:
        bins = each.of.quantiles
        assert bins is not None
        axes.fill_between(bins.expected, bins.low, bins.high, color=FAINT, lw=0, zorder=0.5)
        ends = [bins.expected[0], bins.expected[-1]]
        axes.plot(ends, ends, color=INK, lw=0.7, zorder=1)
        outside = (bins.found < bins.low) | (bins.found > bins.high)
        axes.plot(bins.expected, bins.found, color=color, lw=0.6, alpha=0.6, zorder=2)
        for which, face in ((~outside, "white"), (outside, color)):
            axes.plot(
                bins.expected[which],
                bins.found[which],
                marker=marker,
                markersize=3.6,
                markerfacecolor=face,
                color=color,
                markeredgewidth=0.9,
                linestyle="none",
                zorder=3,
            )


def _draw_spread(axes: Axes, styled: Sequence[tuple[DiagnosedEquation, str, str]]) -> None:
    axes.axhline(0, color=INK, lw=0.7, zorder=1)
    for level in (-1, 1):
        axes.axhline(level, color=QUIET, lw=0.6, linestyle=(0, (4, 3)), zorder=1)
    for number, (each, color, marker) in enumerate(styled):
        bins = each.of.spread
        assert bins is not None
        x = np.arange(1, len(bins.means) + 1) + _APART * (number - (len(styled) - 1) / 2)
        means, sds = bins.means / each.of.sd, bins.sds / each.of.sd
        axes.vlines(x, means - sds, means + sds, color=color, lw=1.1, zorder=2)
        axes.plot(x, means, marker=marker, markersize=3.8, color=color, linestyle="none", zorder=3)
    axes.set_xticks(range(1, 1 + max(len(e.of.spread.means) for e, *_ in styled if e.of.spread)))
    high = max(1.6, 1.08 * max(abs(y) for y in axes.get_ylim()))
    axes.set_ylim(-high, high)


def write_title(
    figure: Figure, title: str, at: tuple[float, float], wide: float, height: float
) -> None:
    """Write the name of a model over the upper left corner of its panel, in two lines at most."""
    room = (wide - 0.12) * 72
    lines = wrap(title, _SIZE, room)
    if len(lines) > 1:
        place, comma, waves = title.rpartition(", ")
        lines = (*wrap(f"{place}{comma}".strip(), _SIZE, room)[:1], waves)
    for row, line in enumerate(reversed(lines)):
        figure.text(
            at[0] / _WIDTH,
            (at[1] + 0.08 + 0.135 * row) / height,
            line,
            size=_SIZE,
            weight="bold",
            va="center_baseline",
            parse_math=False,
        )


def draw_key(figure: Figure, found: Sequence[DiagnosedEquation], below: str, height: float) -> None:
    """Name the axis across all panels, and the equations by their marks."""
    axes = figure.add_axes((0, 0, 1, _KEY / height))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH * 72)
    axes.set_ylim(0, _KEY * 72)
    write_text(axes, _WIDTH * 36, 29, below, size=_SIZE, color=QUIET, ha="center",
               va="center_baseline")  # fmt: skip
    first = [each for each in found if each.place == found[0].place]
    x = 36.0
    for each, color, marker in styled_equations(first):
        text = "Outcome" if each.is_outcome else wrap(each.name, _SMALL, 190)[0]
        axes.plot([x + 6], [11], marker=marker, markersize=4.2, color=color, linestyle="none")
        write_text(axes, x + 16, 11, text, size=_SMALL, va="center_baseline")
        x += 34 + text_width(text, _SMALL)
