"""Figures of missing values: which are missing together, and who was not interviewed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from mediation.arrays import BoolArray
from mediation.missing.attrition import Attrition
from mediation.missing.baseline import Comparison
from mediation.missing.patterns import MissingPatterns
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
from mediation.reporting.format import months, whole
from mediation.reporting.missing_tables import (
    NEGLIGIBLE,
    comparison_text,
    missing_share,
    told_patterns,
)
from mediation.reporting.text_size import text_width, wrap
from mediation.reporting.wording import label

# Points: sizes of texts, widths of columns of text, heights of rows.
_SIZE, _SMALL = 8.0, 7.0
_NAMES, _WIDEST, _NARROWEST, _SHARES = 132.0, 30.0, 11.6, 66.0
_BARS, _ROW, _EDGE, _LEGEND = 66.0, 17.0, 8.0, 26.0
_FIGURE = 7.2 * 72
_LEGEND_TITLE = "Not interviewed at"

_LOOKS = (
    (ACCENT, "o", True),
    (CONTRAST, "s", False),
    (THIRD, "^", True),
    (INK, "D", False),
    (ACCENT, "v", False),
    (CONTRAST, "P", True),
    (THIRD, "X", False),
    (INK, "*", True),
)


def draw_patterns(patterns: MissingPatterns, labels: Mapping[str, str]) -> Figure | None:
    """Draw which variables are missing together, and how many rows have each pattern.

    Parameters
    ----------
    patterns : MissingPatterns
    labels : mapping of str to str
        Labels of the columns.

    Returns
    -------
    matplotlib.figure.Figure or None
        One row for each variable, one column for each pattern: filled where the value is there,
        empty where it is missing; bars above them count rows. None if there is at most one
        pattern to show.
    """
    shown, n_other = told_patterns(patterns)
    n_columns = len(shown) + bool(n_other)
    if not len(shown) or n_columns < 2:
        return None
    names = [wrap(label(name, labels), _SIZE, _NAMES - 6)[:3] for name in patterns.columns]
    heights = [max(_ROW, 9.6 * len(lines) + 4) for lines in names]
    step = min(_WIDEST, max(_NARROWEST, (_FIGURE - _NAMES - _SHARES - 2 * _EDGE) / n_columns))
    # The key below the squares needs some width of its own.
    wide = max(_EDGE * 2 + _NAMES + step * n_columns + _SHARES, 330.0)
    tall = _BARS + sum(heights) + _LEGEND + 2 * _EDGE
    with figure_style():
        figure = new_figure(wide / 72, tall / 72)
        axes = _canvas(figure, wide, tall)
        bottom = tall - _EDGE - _BARS
        _draw_counts(axes, [*shown, *([n_other] if n_other else [])], step, bottom)
        y = bottom - 2
        right = _EDGE + _NAMES + step * n_columns + 4
        small = {"size": _SMALL, "color": QUIET}
        write_text(axes, right, bottom + 3, "missing", **small)
        for position, (lines, height) in enumerate(zip(names, heights, strict=True)):
            middle = y - height / 2
            _write_lines(axes, _EDGE + _NAMES - 6, middle, lines)
            _draw_squares(axes, patterns.observed[: len(shown), position], middle, step)
            share = missing_share(patterns, position)
            write_text(axes, right, middle, share, va="center_baseline", **small)
            y -= height
        if n_other:
            _draw_pool(axes, _EDGE + _NAMES + step * len(shown), y, bottom - 2 - y, step)
        _draw_key(axes, _EDGE + _NAMES, y - 15, has_pool=bool(n_other))
    return figure


def _canvas(figure: Figure, wide: float, tall: float) -> Axes:
    """Make axes whose unit is a point."""
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(0, tall)
    return axes


def _write_lines(axes: Axes, x: float, y: float, lines: Sequence[str]) -> None:
    for row, line in enumerate(lines):
        at = y + 4.8 * (len(lines) - 1) - 9.6 * row
        write_text(axes, x, at, line, size=_SIZE, ha="right", va="center_baseline")


def _draw_counts(axes: Axes, counts: Sequence[int], step: float, bottom: float) -> None:
    """Draw a bar for each pattern with its count, upright where the columns are narrow."""
    texts = [whole(count) for count in counts]
    upright = max(text_width(text, _SMALL) for text in texts) > step
    room = max(text_width(text, _SMALL) for text in texts) + 3 if upright else 10.0
    unit = (_BARS - room) / max(counts)
    for position, (count, text) in enumerate(zip(counts, texts, strict=True)):
        x = _EDGE + _NAMES + step * position
        height = max(unit * count, 0.8)
        axes.add_patch(
            Rectangle((x + 0.16 * step, bottom), 0.68 * step, height, facecolor=QUIET, lw=0)
        )
        write_text(
            axes,
            x + step / 2,
            bottom + height + 2,
            text,
            size=_SMALL,
            ha="center",
            va="bottom",
            rotation=90 if upright else 0,
        )


def _draw_squares(axes: Axes, observed: BoolArray, middle: float, step: float) -> None:
    side = min(step - 3, _ROW - 5)
    for position, is_there in enumerate(observed):
        x = _EDGE + _NAMES + step * (position + 0.5) - side / 2
        _draw_square(axes, x, middle - side / 2, side, is_there=bool(is_there))


def _draw_square(axes: Axes, x: float, y: float, side: float, *, is_there: bool) -> None:
    look = {"facecolor": ACCENT, "lw": 0.0} if is_there else {"facecolor": "white", "lw": 1.0}
    axes.add_patch(Rectangle((x, y), side, side, edgecolor=CONTRAST, **look))  # type: ignore[arg-type]


def _draw_pool(axes: Axes, x: float, y: float, tall: float, step: float) -> None:
    axes.add_patch(
        Rectangle(
            (x + 0.16 * step, y + 1),
            0.68 * step,
            tall - 2,
            facecolor="white",
            edgecolor=QUIET,
            hatch="////",
            lw=0.6,
        )
    )


def _draw_key(axes: Axes, x: float, y: float, *, has_pool: bool) -> None:
    x = min(x, 96.0)
    for text, is_there in (("value there", True), ("missing", False)):
        _draw_square(axes, x, y - 4, 8, is_there=is_there)
        write_text(axes, x + 12, y, text, size=_SMALL, va="center_baseline")
        x += 24 + text_width(text, _SMALL)
    if has_pool:
        look = {"facecolor": "white", "edgecolor": QUIET, "hatch": "//////", "lw": 0.6}
        axes.add_patch(Rectangle((x, y - 4), 8, 8, **look))  # type: ignore[arg-type]
        write_text(axes, x + 12, y, "other patterns", size=_SMALL, va="center_baseline")


def draw_attrition(attrition: Attrition, labels: Mapping[str, str]) -> Figure | None:
    """Draw the standardized differences of those not interviewed, one row for each variable.

    Parameters
    ----------
    attrition : Attrition
    labels : mapping of str to str

    Returns
    -------
    matplotlib.figure.Figure or None
        One mark for each wave. None if there is no comparison with a number.
    """
    rows = [row for row in attrition.comparisons if math.isfinite(row.difference)]
    if not rows:
        return None
    waves = list(dict.fromkeys(row.wave for row in rows))
    names = list(dict.fromkeys(comparison_text(row, labels) for row in rows))
    lines = [wrap(name, _SIZE, _NAMES + 20)[:3] for name in names]
    heights = [max(8.0 * len(waves) + 8, 9.6 * len(each) + 5) for each in lines]
    legend = _legend_lines(waves)
    tall = sum(heights) + 12.0 * len(legend) + 56
    with figure_style():
        figure = new_figure(_FIGURE / 72, tall / 72)
        left = _EDGE + _NAMES + 26
        box = (left, 44, _FIGURE - left - 14, sum(heights))
        axes = figure.add_axes((box[0] / _FIGURE, box[1] / tall, box[2] / _FIGURE, box[3] / tall))
        _set_axis(axes, rows, sum(heights))
        y = 0.0
        for name, each, height in zip(names, lines, heights, strict=True):
            _draw_name(axes, each, y - height / 2)
            own = [row for row in rows if comparison_text(row, labels) == name]
            _draw_marks(axes, own, waves, y - height / 2)
            y -= height
            axes.axhline(y, color=FAINT, lw=0.5)
        text = "Standard deviations, not interviewed less interviewed"
        axes.set_xlabel(text, size=_SMALL, color=QUIET)
        _draw_waves(_canvas(figure, _FIGURE, tall), legend, waves, tall - 12)
    return figure


def _set_axis(axes: Axes, rows: Sequence[Comparison], tall: float) -> None:
    furthest = max(1.12 * max(abs(row.difference) for row in rows), 2.5 * NEGLIGIBLE)
    axes.set_xlim(-furthest, furthest)
    axes.set_ylim(-tall, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.axvline(0, color=INK, lw=0.8, zorder=1)
    for side in (-NEGLIGIBLE, NEGLIGIBLE):
        axes.axvline(side, color=QUIET, lw=0.7, linestyle=(0, (3, 2)), zorder=1)


def _draw_name(axes: Axes, lines: Sequence[str], middle: float) -> None:
    for row, line in enumerate(lines):
        at = middle + 4.8 * (len(lines) - 1) - 9.6 * row
        place = {"transform": axes.get_yaxis_transform(), "ha": "right"}
        write_text(axes, -0.02, at, line, size=_SIZE, va="center_baseline", **place)


def _draw_marks(
    axes: Axes, rows: Sequence[Comparison], waves: Sequence[float], middle: float
) -> None:
    for row in rows:
        position = waves.index(row.wave)
        y = middle + 8.0 * ((len(waves) - 1) / 2 - position)
        _draw_mark(axes, row.difference, y, position)


def _draw_mark(axes: Axes, x: float, y: float, position: int) -> None:
    color, marker, filled = _LOOKS[position % len(_LOOKS)]
    axes.plot(
        [x],
        [y],
        marker=marker,
        markersize=5,
        color=color,
        markerfacecolor=color if filled else "white",
        markeredgewidth=1.1,
        linestyle="none",
        zorder=3,
    )


def _legend_lines(waves: Sequence[float]) -> list[list[tuple[int, float]]]:
    """Place the marks of the waves: (wave, points from the left) in each line."""
    lines: list[list[tuple[int, float]]] = [[]]
    start = _EDGE + text_width(_LEGEND_TITLE, _SMALL) + 10
    x = start
    for position, wave in enumerate(waves):
        width = 22 + text_width(_wave_text(wave), _SMALL)
        if x + width > _FIGURE and lines[-1]:
            lines.append([])
            x = start
        lines[-1].append((position, x))
        x += width
    return lines


def _wave_text(wave: float) -> str:
    return f"{months(wave)} months"


def _draw_waves(
    axes: Axes, lines: Sequence[Sequence[tuple[int, float]]], waves: Sequence[float], y: float
) -> None:
    write_text(axes, _EDGE, y, _LEGEND_TITLE, size=_SMALL, color=QUIET, va="center_baseline")
    for row, line in enumerate(lines):
        for position, x in line:
            _draw_mark(axes, x, y - 12 * row, position)
            text = _wave_text(waves[position])
            write_text(axes, x + 8, y - 12 * row, text, size=_SMALL, va="center_baseline")
