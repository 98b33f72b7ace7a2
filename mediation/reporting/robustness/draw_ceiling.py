"""The paths and the effect as scored and corrected for the ceiling, as pairs of intervals."""

from __future__ import annotations

import math
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mediation.inference.interval import Estimate
from mediation.reporting.draw_style import (
    ACCENT,
    CONTRAST,
    FAINT,
    QUIET,
    figure_style,
    new_figure,
)
from mediation.reporting.text_size import wrap
from mediation.safe_text import printable

MOST_ROWS = 6
_WIDTH, _NAMES, _EDGE, _GAP = 7.2, 1.65, 0.1, 0.16
_ROW, _SPACE, _TOP, _HEAD, _BOTTOM = 0.34, 0.32, 0.36, 0.28, 0.34
_SIZE = 8.0
_LOOKS = ((CONTRAST, "s", 0.3, "as scored"), (ACCENT, "o", -0.3, "corrected for the ceiling"))


class Row(NamedTuple):
    """One model: its title, and for each column a pair of estimates (as scored, corrected)."""

    title: str
    pairs: tuple[tuple[Estimate, Estimate] | None, ...]


def draw_pairs(rows: tuple[Row, ...], heads: tuple[str, ...]) -> Figure:
    """Draw pairs of intervals, a row for each model and a column for each path or effect.

    Parameters
    ----------
    rows : tuple of Row
        At most six.
    heads : tuple of str
        What the columns are.

    Returns
    -------
    matplotlib.figure.Figure
        Each small panel has a scale of its own.
    """
    titles = [wrap(row.title, _SIZE, (_NAMES - 0.12) * 72)[:5] for row in rows]
    lines = [wrap(head, _SIZE, (_width(len(heads)) - 0.05) * 72)[:3] for head in heads]
    tall = [max(_ROW, 0.135 * len(title) - 0.1) for title in titles]
    head = 0.14 * max(map(len, lines)) + _HEAD - 0.14
    height = _TOP + head + sum(tall) + _SPACE * (len(rows) - 1) + _BOTTOM
    with figure_style():
        figure = new_figure(_WIDTH, height)
        _draw_legend(figure, height)
        top = height - _TOP - head
        for column, text in enumerate(lines):
            left = _NAMES + column * (_width(len(heads)) + _GAP)
            for number, line in enumerate(reversed(text)):
                figure.text(
                    left / _WIDTH, (top + 0.09 + 0.14 * number) / height, printable(line),
                    size=_SIZE, weight="bold", parse_math=False,
                )  # fmt: skip
        for row, title, high in zip(rows, titles, tall, strict=True):
            _write_title(figure, title, top - high / 2, height)
            for column, pair in enumerate(row.pairs):
                left = _NAMES + column * (_width(len(heads)) + _GAP)
                box = (left / _WIDTH, (top - high) / height, _width(len(heads)) / _WIDTH,
                       high / height)  # fmt: skip
                axes = figure.add_axes(box)
                _draw_pair(axes, pair)
            top -= high + _SPACE
    return figure


def _width(n_columns: int) -> float:
    return (_WIDTH - _NAMES - _EDGE) / n_columns - _GAP


def _write_title(figure: Figure, lines: tuple[str, ...], middle: float, height: float) -> None:
    for number, line in enumerate(lines):
        y = middle + 0.0675 * (len(lines) - 1) - 0.135 * number
        figure.text(
            _EDGE / _WIDTH, y / height, printable(line), size=_SIZE, va="center", parse_math=False
        )


def _draw_legend(figure: Figure, height: float) -> None:
    handles = [
        Line2D([], [], color=color, marker=marker, ms=4.5, lw=1.4, label=name)
        for color, marker, _, name in _LOOKS
    ]
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(_EDGE / _WIDTH, 1 - 0.04 / height),
        ncols=2, fontsize=_SIZE, borderaxespad=0, handletextpad=0.5, columnspacing=1.6,
        borderpad=0,
    )  # fmt: skip


def _draw_pair(axes: Axes, pair: tuple[Estimate, Estimate] | None) -> None:
    axes.set_ylim(-1, 1)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    if pair is None:
        axes.set_axis_off()
        return
    axes.axvline(0, color=QUIET, lw=0.8, ls=(0, (4, 3)))
    for value, (color, marker, y, _) in zip(pair, _LOOKS, strict=True):
        if math.isfinite(value.conf_low) and math.isfinite(value.conf_high):
            axes.plot([value.conf_low, value.conf_high], [y, y], color=color, lw=1.6)
        if math.isfinite(value.estimate):
            axes.plot(value.estimate, y, marker, color=color, ms=4.5)
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10], min_n_ticks=2))
    axes.tick_params(axis="x", labelsize=7, length=2.5, pad=1.5)
    axes.grid(axis="x", color=FAINT, lw=0.5)
    axes.set_axisbelow(True)
