"""Effects against the correlation of the errors of mediator and outcome."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    PAPER,
    QUIET,
    figure_style,
    write_text,
)
from mediation.reporting.format import conf_level, decimals_for, has_limits, number
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.robustness.draw_confounding_panels import (
    new_panels,
    write_legend,
    write_title,
)
from mediation.vocabulary import Level

SMALL = 7.0
# Correlations beyond this end of the curves are not drawn: the effect grows without bound there.
FARTHEST = 0.75


def draw_rho(asked: Sequence[Asked]) -> Figure:
    """Draw effects against the correlation of errors, with their intervals.

    Parameters
    ----------
    asked : sequence of Asked
        At most six.

    Returns
    -------
    matplotlib.figure.Figure
        Each panel has an axis of its own, in points of its outcome.
    """
    with figure_style():
        errors = where(asked[0].main.errors, asked[0].cluster)
        figure, panels = new_panels(
            len(asked), f"Correlation of {errors} ({RHO})", "Effect, points"
        )
        for axes, each in zip(panels, asked, strict=True):
            _draw_curves(axes, each)
            write_title(axes, each)
        write_legend(figure, _rho_handles(asked))
    return figure


def _draw_curves(axes: Axes, each: Asked) -> None:
    axes.axhline(0, color=QUIET, linewidth=0.7)
    axes.axvline(0, color=FAINT, linewidth=0.7)
    low, high = 0.0, 0.0
    for number_, curve in enumerate(each.found.curves):
        kept = [k for k, rho in enumerate(curve.rho) if abs(rho) <= FARTHEST]
        rho = np.array([curve.rho[k] for k in kept])
        values = [curve.estimates[k] for k in kept]
        at = np.array([value.estimate for value in values])
        bands = np.array([[value.conf_low, value.conf_high] for value in values])
        if number_:
            axes.plot(rho, at, color=CONTRAST, linewidth=1.1, linestyle=(0, (4, 1.5)), zorder=3)
        else:
            axes.fill_between(rho, bands[:, 0], bands[:, 1], color=FAINT, linewidth=0, zorder=1)
            axes.plot(rho, at, color=ACCENT, linewidth=1.5, zorder=3)
        inner = np.abs(rho) <= 0.6
        seen = np.append(at[inner], bands[inner][np.isfinite(bands[inner])] if not number_ else [])
        low, high = min(low, float(seen.min())), max(high, float(seen.max()))
    axes.plot(0, each.found.value.estimate, "o", color=ACCENT, markersize=4.5, zorder=4)
    _mark_zero(axes, each, high - low)
    room = 0.04 * (high - low)
    axes.set_ylim(low - room, high + room)
    axes.set_xlim(-FARTHEST, FARTHEST)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: number(value, 1))
    decimals = max(0, decimals_for(high - low) - 1)
    axes.yaxis.set_major_formatter(lambda value, _: number(value, decimals))


def _mark_zero(axes: Axes, each: Asked, tall: float) -> None:
    """Mark where the estimate is zero, if that is in the panel."""
    zero = each.main.zero
    if zero is None or abs(zero) > FARTHEST:
        return
    axes.plot(zero, 0, "D", color=PAPER, markeredgecolor=INK, markersize=4.5, zorder=5)
    # A falling curve leaves room above its zero on the right, and below it on the left.
    on_left, falls = zero > 0.35, (each.found.value.estimate > 0) == (zero > 0)
    above = falls != on_left
    write_text(
        axes,
        zero + (-0.05 if on_left else 0.05),
        (0.03 if above else -0.03) * tall,
        f"{RHO} = {number(zero)}",
        size=SMALL,
        ha="right" if on_left else "left",
        va="bottom" if above else "top",
    )


def _rho_handles(asked: Sequence[Asked]) -> list[Line2D | Patch]:
    first = asked[0]
    of = "effect" if first.found.level is Level.SINGLE else f"effect {first.found.level.value}"
    handles: list[Line2D | Patch] = [Line2D([], [], color=ACCENT, linewidth=1.5, label=of)]
    if has_limits(first.found.value):
        level = conf_level(first.found.conf_level)
        handles.append(Patch(color=FAINT, label=f"{level} interval"))
    others = [each.found.curves[1] for each in asked if len(each.found.curves) > 1]
    if others:
        look = {"color": CONTRAST, "linewidth": 1.1, "linestyle": (0, (4, 1.5))}
        name = f"{others[0].effect.value} effect {others[0].level.value}, "
        name += f"{RHO} {others[0].errors.value}"
        handles.append(Line2D([], [], label=name, **look))  # type: ignore[arg-type]
    return handles
