"""The figure of the first screen: every headline effect on one scale, with and without clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.reporting.contents import Entry
from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    INK,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import has_limits
from mediation.reporting.headline_rows import Headline, published_name
from mediation.reporting.sentences import lower_label
from mediation.reporting.text_size import text_width, wrap
from mediation.reporting.wording import label, place_title, waves_text
from mediation.sensitivity.order import in_sd

_WIDTH, _ROW, _HEAD, _FOOT = 5.6, 0.42, 0.52, 0.55
_LABEL_SIZE, _UNDER_SIZE, _LABEL_WIDTH = 8.5, 7.0, 150.0


def draw_answer(
    entry: Entry, headlines: tuple[Headline, ...], labels: Mapping[str, str]
) -> Figure | None:
    """Draw the headline effects of an entry in standard deviations.

    Parameters
    ----------
    entry : Entry
    headlines : tuple of Headline
        Those of the entry.
    labels : mapping of str to str

    Returns
    -------
    matplotlib.figure.Figure or None
        SD of the outcome per SD of the predictor, over all rows; None if no row has an estimate.
    """
    shown = [h for h in headlines if not math.isnan(h.row.value.estimate)]
    if not shown:
        return None
    height = _HEAD + _ROW * len(shown) + _FOOT
    names = [_names(headline, labels) for headline in shown]
    widest = max(
        text_width(line, size)
        for name in names
        for lines, size in zip(name, (_LABEL_SIZE, _UNDER_SIZE), strict=True)
        for line in lines
    )
    left = (widest + 16) / 72 / _WIDTH
    with figure_style():
        figure = new_figure(_WIDTH, height)
        axes = figure.add_axes((left, _FOOT / height, 0.975 - left, _ROW * len(shown) / height))
        axes.set_ylim(-len(shown), 0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", color=FAINT, linewidth=0.5)
        axes.set_axisbelow(True)
        _set_width(axes, shown)
        axes.axvline(0, color=INK, linewidth=0.9, zorder=1.5)
        for number, (headline, name) in enumerate(zip(shown, names, strict=True)):
            _draw_row(axes, -number - 0.5, headline)
            _write_name(axes, -number - 0.5, name)
        axes.xaxis.set_major_locator(MaxNLocator(5))
        first = shown[0].cell.result.fit.model
        x = lower_label(first.predictor, labels)
        axes.set_xlabel(f"SD of the outcome per SD of {x}", size=7.5, color=QUIET)
        _draw_key(figure, shown, height)
    return figure


def _names(headline: Headline, labels: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Give the outcome, and in quieter lines its interviews and the mediator of several."""
    cell = headline.cell
    outcome = list(wrap(label(cell.outcome, labels), _LABEL_SIZE, _LABEL_WIDTH))[:2]
    several = len(cell.result.fit.model.mediators) > 1 and headline.row.mediator is not None
    through = f"through {lower_label(headline.row.mediator or '', labels)}" if several else ""
    under = ", ".join(filter(None, (waves_text(cell.waves), through)))
    return outcome, list(wrap(under, _UNDER_SIZE, _LABEL_WIDTH))[:2] if under else []


def _write_name(axes: Axes, y: float, name: tuple[list[str], list[str]]) -> None:
    across = axes.get_yaxis_transform()
    outcome, under = name
    lines = [*((line, _LABEL_SIZE, INK) for line in outcome)]
    lines += [(line, _UNDER_SIZE, QUIET) for line in under]
    step = min(0.36, 0.9 / len(lines))
    for position, (line, size, color) in enumerate(lines):
        at = y + ((len(lines) - 1) / 2 - position) * step
        options = {"transform": across, "size": size, "ha": "right", "va": "center"}
        write_text(axes, -0.03, at, line, color=color, **options)


def _draw_row(axes: Axes, y: float, headline: Headline) -> None:
    cell = headline.cell
    _draw_value(axes, y + 0.16, in_sd(cell.result, headline.row), declared=True)
    if headline.blind is not None and cell.blind is not None:
        _draw_value(axes, y - 0.19, in_sd(cell.blind, headline.blind), declared=False)


def _draw_value(axes: Axes, y: float, value: Estimate, *, declared: bool) -> None:
    if math.isnan(value.estimate):
        return
    low, high = value.conf_low, value.conf_high
    color = ACCENT if declared else CONTRAST
    left, right = axes.get_xlim()
    if has_limits(value):
        ends = [max(low, left), min(high, right)]
        axes.plot(
            ends,
            [y, y],
            color=color,
            linewidth=2.4 if declared else 1.3,
            linestyle="solid" if declared else (0, (3, 1.5)),
            solid_capstyle="butt",
        )
        for end, marker, limit in ((left, "<", low), (right, ">", high)):
            if (limit < left) or (limit > right):
                axes.plot([end], [y], marker=marker, markersize=5, color=color, clip_on=False)
    axes.plot(
        [value.estimate],
        [y],
        marker="o" if declared else "s",
        markersize=6 if declared else 4.5,
        color=color,
        markerfacecolor=color if declared else "white",
        markeredgewidth=1.2,
    )


def _set_width(axes: Axes, headlines: list[Headline]) -> None:
    """Fix the axis around zero and every finite number; longer intervals leave it as arrows."""
    found = [in_sd(h.cell.result, h.row) for h in headlines]
    found += [
        in_sd(h.cell.blind, h.blind) for h in headlines if h.blind and h.cell.blind is not None
    ]
    numbers = [n for value in found for n in (value.estimate, value.conf_low, value.conf_high)]
    finite = [0.0, *(n for n in numbers if math.isfinite(n))]
    low, high = min(finite), max(finite)
    room = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)


def _draw_key(figure: Figure, shown: list[Headline], height: float) -> None:
    """Name the two analyses above the rows, marker beside word."""
    has_blind = any(h.blind is not None for h in shown)
    cell = shown[0].cell
    level = f"{100 * cell.result.conf_level:g}% intervals"
    named = [("o", ACCENT, True, f"as declared, {level}")]
    named += [("s", CONTRAST, False, published_name(cell))] if has_blind else []
    axes = figure.add_axes((0, (height - _HEAD) / height, 1, _HEAD / height))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH)
    axes.set_ylim(-2, 0)
    for position, (marker, color, filled, text) in enumerate(named):
        y = -0.55 - 0.85 * position
        style = "solid" if filled else (0, (3, 1.5))
        axes.plot([0.06, 0.36], [y, y], color=color, lw=2.4 if filled else 1.3, linestyle=style)
        axes.plot(
            [0.21],
            [y],
            marker=marker,
            markersize=5.5,
            color=color,
            markerfacecolor=color if filled else "white",
            markeredgewidth=1.2,
        )
        write_text(axes, 0.46, y, text, size=8, va="center_baseline")


def answer_alt(headlines: tuple[Headline, ...], labels: Mapping[str, str]) -> str:
    """Say in words what the figure of the first screen shows."""
    cells = dict.fromkeys(place_title(h.cell, labels) for h in headlines)
    predictor = label(headlines[0].cell.result.fit.model.predictor, labels)
    has_blind = any(h.blind is not None for h in headlines)
    how = (
        "with its interval, as declared and blind to clusters,"
        if has_blind
        else "with its interval"
    )
    return (
        f"The headline effect of {predictor} {how} for {'; '.join(cells)}. The numbers are in the "
        "table below."
    )
