"""Figure of the headline effect without each cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
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
from mediation.reporting.robustness.leave_one_out_lines import HeadlineWithout, Line
from mediation.reporting.text_size import text_width, wrap
from mediation.reporting.wording import effect_text, innermost, label

PANELS = 6
_ACROSS, _WIDTH = 3, 7.2
_ROW, _GAP = 0.158, 0.1
_TOP, _TITLE, _AXIS, _BETWEEN, _KEY = 0.26, 0.36, 0.26, 0.1, 0.5
_SIZE, _SMALL = 7.5, 7.0
# An axis reaches so many widths of the declared interval beyond it; longer limits are arrows.
_BEYOND = 1.2
Place = tuple[str, str]
Mark = tuple[str, str, str, str]


def draw_leave_one_out(
    found: Sequence[HeadlineWithout], effect: EffectEstimate, labels: Mapping[str, str]
) -> Figure:
    """Draw one panel for each headline row, one line for each cluster left out.

    Parameters
    ----------
    found : sequence of HeadlineWithout
        At most six.
    effect : EffectEstimate
        The headline, to be named.
    labels : mapping of str to str

    Returns
    -------
    matplotlib.figure.Figure
    """
    places = list(
        dict.fromkeys(
            (line.influence.level, line.influence.cluster) for each in found for line in each.lines
        )
    )
    heights, tall = _heights(places)
    n_rows = math.ceil(len(found) / _ACROSS)
    block = _TITLE + tall + _AXIS + _BETWEEN
    height = _TOP + n_rows * block + _KEY
    names = max(text_width(cluster, _SMALL) for _, cluster in places) / 72
    left = min(0.16 + names, 2.2)
    wide = (_WIDTH - left - 0.1) / min(len(found), _ACROSS)
    with figure_style():
        figure = new_figure(_WIDTH, height)
        first = found[0].everyone
        title = effect_text(effect.effect, effect.level, innermost(first))
        figure.text(
            0.012,
            1 - 0.14 / height,
            title,
            size=9.5,
            weight="bold",
            va="center",
            parse_math=False,
        )
        for number, each in enumerate(found):
            row, column = divmod(number, _ACROSS)
            bottom = height - _TOP - row * block - _TITLE - tall
            box = (left + column * wide, bottom, wide - 0.16, tall)
            axes = figure.add_axes(
                (box[0] / _WIDTH, box[1] / height, box[2] / _WIDTH, box[3] / height)
            )
            _draw_panel(axes, each, heights, tall, names=column == 0)
            _write_title(figure, each.title, box, height)
        predictor = label(first.fit.model.predictor, labels)
        _draw_key(figure, predictor, height, found)
    return figure


def _heights(places: Sequence[Place]) -> tuple[dict[Place, float], float]:
    """Height of each cluster below the top of a panel, levels set apart, and that of the panel."""
    y, found, before = 0.0, {}, None
    for place in places:
        if before is not None and place[0] != before:
            y += _GAP
        found[place] = -(y + _ROW / 2)
        y, before = y + _ROW, place[0]
    return found, y + 0.04


def _draw_panel(
    axes: Axes, each: HeadlineWithout, heights: Mapping[Place, float], tall: float, *, names: bool
) -> None:
    axes.set_ylim(-tall, 0.03)
    axes.spines["left"].set_visible(False)
    axes.set_yticks([])
    _set_width(axes, each)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    value = each.row.value
    if has_limits(value):
        low, high = axes.get_xlim()
        ends = max(value.conf_low, low), min(value.conf_high, high)
        axes.axvspan(*ends, color=ACCENT, alpha=0.11, lw=0, zorder=0.5)
    axes.axvline(value.estimate, color=ACCENT, lw=1.0, zorder=1)
    axes.axvline(0, color=INK, lw=0.8, zorder=1)
    for line in each.lines:
        y = heights[line.influence.level, line.influence.cluster]
        _draw_line(axes, line, y)
    if names:
        for (_, cluster), y in heights.items():
            text = wrap(cluster, _SMALL, 148)[0]
            across = axes.get_yaxis_transform()
            options = {"transform": across, "size": _SMALL, "color": QUIET, "ha": "right"}
            write_text(axes, -0.03, y, text, va="center_baseline", **options)


def _draw_line(axes: Axes, line: Line, y: float) -> None:
    value = line.influence.value
    if value is None:
        left = axes.get_xlim()[0]
        write_text(axes, left, y, " not estimable", size=6.5, color=QUIET, va="center_baseline")
        return
    flagged = line.influence.is_flagged
    color = CONTRAST if flagged else ACCENT
    if has_limits(value):
        _draw_bar(axes, value, y, color)
    low, high = axes.get_xlim()
    axes.plot(
        [min(max(value.estimate, low), high)],
        [y],
        marker="s" if flagged else "o",
        markersize=4.2 if flagged else 3.8,
        color=color,
        markerfacecolor=color if not line.influence.moves_zero else "white",
        markeredgewidth=1.2,
        linestyle="none",
        zorder=3,
    )


def _draw_bar(axes: Axes, value: Estimate, y: float, color: str) -> None:
    low, high = axes.get_xlim()
    ends = max(value.conf_low, low), min(value.conf_high, high)
    axes.plot(ends, [y, y], color=color, lw=1.3, zorder=2, solid_capstyle="butt")
    for limit, end, marker in (
        (value.conf_low, low, "<"),
        (value.conf_high, high, ">"),
    ):
        if (limit < end) if marker == "<" else (limit > end):
            axes.plot([end], [y], marker=marker, markersize=3.8, color=color, clip_on=False)


def _set_width(axes: Axes, each: HeadlineWithout) -> None:
    """Fix the axis around zero and the limits, so that one wide interval squeezes no other."""
    values = [each.row.value, *(x.influence.value for x in each.lines if x.influence.value)]
    numbers = [n for v in values for n in (v.estimate, v.conf_low, v.conf_high)]
    finite = [0.0, *(n for n in numbers if math.isfinite(n))]
    low, high = min(finite), max(finite)
    own = each.row.value
    width = own.conf_high - own.conf_low
    if math.isfinite(width) and width > 0:
        low = max(low, min(own.conf_low - _BEYOND * width, 0.0))
        high = min(high, max(own.conf_high + _BEYOND * width, 0.0))
    room = 0.05 * (high - low) or 1.0
    axes.set_xlim(low - room, high + room)


def _write_title(
    figure: Figure, title: str, box: tuple[float, float, float, float], height: float
) -> None:
    left, bottom, wide, tall = box
    lines = wrap(title, _SIZE, wide * 72 + 4)
    if len(lines) > 1:
        place, comma, waves = title.rpartition(", ")
        lines = (*wrap(f"{place}{comma}".strip(), _SIZE, wide * 72 + 4)[:1], waves)
    for row, line in enumerate(reversed(lines)):
        figure.text(
            left / _WIDTH,
            (bottom + tall + 0.09 + 0.135 * row) / height,
            line,
            size=_SIZE,
            weight="bold",
            va="center_baseline",
            parse_math=False,
        )


def drawn_marks(found: Sequence[HeadlineWithout]) -> tuple[Mark, ...]:
    """List the marks that occur in a figure: text, color, shape and face of each.

    Parameters
    ----------
    found : sequence of HeadlineWithout

    Returns
    -------
    tuple of (str, str, str, str)
    """
    kept = [x.influence for each in found for x in each.lines if x.influence.value is not None]
    plain = any(not each.is_flagged for each in kept)
    moved = any(each.moves_zero for each in kept)
    beyond = any(each.is_flagged and not each.moves_zero for each in kept)
    marks = (
        (plain, ("without the cluster", ACCENT, "o", ACCENT)),
        (beyond, ("change beyond the cutoff", CONTRAST, "s", CONTRAST)),
        (moved, ("zero moves in or out", CONTRAST, "s", "white")),
    )
    return tuple(mark for is_drawn, mark in marks if is_drawn)


def _draw_key(
    figure: Figure, predictor: str, height: float, found: Sequence[HeadlineWithout]
) -> None:
    """Say what the marks are, and the unit of the axes."""
    axes = figure.add_axes((0, 0, 1, _KEY / height))
    axes.set_axis_off()
    axes.set_xlim(0, _WIDTH * 72)
    axes.set_ylim(0, _KEY * 72)
    note = f"Points of the outcome per point of {predictor}"
    write_text(axes, _WIDTH * 36, 27, wrap(note, _SIZE, 480)[0], size=_SIZE, color=QUIET,
               ha="center", va="center_baseline")  # fmt: skip
    x = 60.0
    for text, color, marker, face in drawn_marks(found):
        axes.plot([x, x + 16], [10, 10], color=color, lw=1.3)
        axes.plot([x + 8], [10], marker=marker, markersize=4.2, color=color, markerfacecolor=face)
        write_text(axes, x + 22, 10, text, size=_SMALL, va="center_baseline")
        x += 34 + text_width(text, _SMALL)
