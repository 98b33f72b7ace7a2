"""Type I error, coverage and power of every method, by cluster design."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from mediation.reporting.coverage_scales import SCALES, Z95, limits_of
from mediation.reporting.coverage_summary import (
    COVERAGE,
    MEASURES,
    MUCH_FAILED,
    Summary,
    name_clusters,
    summarize,
    without_ceiling,
)
from mediation.reporting.coverage_words import DAGGER
from mediation.reporting.draw_coverage_legend import (
    CAPTION_SIZE,
    LEGEND_ROW,
    LINE,
    WIDTH,
    draw_legend,
    legend_lines,
    look_of,
)
from mediation.reporting.draw_style import (
    FAINT,
    INK,
    PAPER,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)
from mediation.reporting.format import number as write_number
from mediation.reporting.format import whole
from mediation.reporting.text_size import wrap

_ROW, _GAP = 0.135, 0.11
_LEFT, _RIGHT, _BETWEEN = 2.4, 0.2, 0.3
_TOP, _BOTTOM = 0.52, 0.54
_BAND = "#f4f6f8"


@dataclass(frozen=True, slots=True)
class _Label:
    """Name of a method in lines, the studies under it, and whether it gave any answer."""

    lines: tuple[str, ...]
    studies: tuple[str, ...]
    has_answers: bool

    @property
    def height(self) -> float:
        """Inches."""
        return LINE * (len(self.lines) + len(self.studies))


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is down and across: methods with their labels, designs, and the height of a method."""

    labels: dict[str, _Label]
    designs: list[str]

    @property
    def block(self) -> float:
        """Inches of one method."""
        return max(len(self.designs) * _ROW, *(label.height for label in self.labels.values()))

    @property
    def height(self) -> float:
        """Inches of all methods."""
        return len(self.labels) * (self.block + _GAP)


def draw_coverage(table: pd.DataFrame) -> Figure:
    """Draw the measures of every method, a panel for each and a mark for each cluster design.

    Parameters
    ----------
    table : DataFrame
        Rows of one effect of the table that `run_coverage` gives; cells with a ceiling are left
        out unless there are no others.

    Returns
    -------
    matplotlib.figure.Figure
        A mark is the mean over cells, its thick bar 95% of Monte Carlo error, the thin line
        reaches from the least to the most of a cell; an open arrow stands at the frame for a mean
        beyond it. Under each method the studies per cell.
    """
    plain = without_ceiling(table)
    data = (plain if len(plain) else table).assign(clusters=lambda t: name_clusters(t))
    rows = _Rows(_labels(data), list(dict.fromkeys(data["clusters"])))
    found = {measure: summarize(data, measure, ["method", "clusters"]) for measure in MEASURES}
    shown = [measure for measure in MEASURES if found[measure]]
    with figure_style():
        legend, caption = legend_lines(rows.designs), _caption(rows, found)
        below = _BOTTOM + LEGEND_ROW * len(legend) + LINE * len(caption)
        height = _TOP + rows.height + below
        figure = new_figure(WIDTH, height)
        each = (WIDTH - _LEFT - _RIGHT - _BETWEEN * (len(shown) - 1)) / max(len(shown), 1)
        for number, measure in enumerate(shown):
            left = _LEFT + number * (each + _BETWEEN)
            place = (left / WIDTH, below / height, each / WIDTH, rows.height / height)
            axes = figure.add_axes(place)
            _draw_panel(axes, measure, found[measure], rows)
            if number == 0:
                _name_methods(axes, rows)
        effect = str(table["effect"].iloc[0])
        # The names of paths stay small: a, b.
        name = effect if effect.split()[0] in ("a", "b") else f"{effect[:1].upper()}{effect[1:]}"
        title = f"{name}: error rates and power"
        figure.text(
            0.015, 1 - 0.2 / height, title, size=10, weight="bold", va="center", parse_math=False
        )
        draw_legend(figure, legend, caption, rows.designs, height)
    return figure


def _labels(data: pd.DataFrame) -> dict[str, _Label]:
    """Name every method, with its studies and the share of them that failed if it is large."""
    width = 72 * (_LEFT - 0.25)
    labels = {}
    for method, group in data.groupby("method", sort=False):
        words = f"{whole(int(group['n_studies'].max()))} studies per cell"
        name = str(method)
        if (group["n_failed"] / group["n_studies"]).max() > MUCH_FAILED:
            share = 100 * group["n_failed"].sum() / group["n_studies"].sum()
            name, words = f"{name} {DAGGER}", f"{words}, {write_number(share, 1)}% failed"
        labels[str(method)] = _Label(
            wrap(name, 7.5, width), wrap(words, 6.5, width), bool(group["rejection"].notna().any())
        )
    return labels


def _caption(rows: _Rows, found: dict[str, dict[tuple[str, ...], Summary]]) -> tuple[str, ...]:
    """Say what the marks are, in lines."""
    summaries = [each for by_key in found.values() for each in by_key.values()]
    words = "Mark: the cell; thick bar: 95% Monte Carlo error."
    if any(each.n_cells > 1 for each in summaries):
        words = (
            "Mark: mean over cells; thick bar: 95% Monte Carlo error of the mean; thin line: from "
            "the least to the most of a cell."
        )
    ends = [(limits_of(m, by_key.values()), by_key) for m, by_key in found.items() if by_key]
    if any(
        max(min(each.least, each.mean - Z95 * each.error), 0.0) < low
        or min(max(each.most, each.mean + Z95 * each.error), 1.0) > high
        for (low, high), by_key in ends
        for each in by_key.values()
    ):
        words += " Bars and lines are cut at the frame."
    if any(
        not low <= each.mean <= high for (low, high), by_key in ends for each in by_key.values()
    ):
        words += " An open arrow at the frame: the mark is beyond it."
    if any(DAGGER in line for label in rows.labels.values() for line in label.lines[-1:]):
        words += f" {DAGGER} More than 1% of the studies of a cell failed; they are left out."
    return wrap(words, CAPTION_SIZE, 72 * (WIDTH - 0.4))


def _draw_panel(
    axes: Axes, measure: str, found: dict[tuple[str, ...], Summary], rows: _Rows
) -> None:
    block, designs = rows.block, rows.designs
    axes.set_ylim(-rows.height, 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    limits = limits_of(measure, found.values())
    _set_scale(axes, measure, *limits)
    for number, (method, label) in enumerate(rows.labels.items()):
        start = -number * (block + _GAP) - _GAP / 2
        ground = _BAND if number % 2 else PAPER
        axes.axhspan(
            start + _GAP / 2, start - _GAP / 2 - block, color=ground, zorder=0, linewidth=0
        )
        if not any((method, design) in found for design in designs):
            is_test = measure == COVERAGE and label.has_answers
            words = "no limits, a test alone" if is_test else "no study gave an answer"
            _write_across(axes, start - block / 2, words, ground)
        for place, design in enumerate(designs):
            summary = found.get((method, design))
            if summary is not None:
                y = start - (place + 0.5) * block / len(designs)
                _draw_summary(axes, summary, y, place, limits)


def _write_across(axes: Axes, y: float, words: str, ground: str) -> None:
    """Say in words why a method has no marks."""
    write_text(
        axes,
        0.5,
        y,
        words,
        transform=axes.get_yaxis_transform(),
        size=7,
        color=QUIET,
        va="center",
        ha="center",
        bbox={"facecolor": ground, "edgecolor": "none", "pad": 2},
    )


def _set_scale(axes: Axes, measure: str, low: float, high: float) -> None:
    """Give the axis its scale, ticks, title and the line to hold."""
    scale = SCALES[measure]
    axes.set_xscale("function", functions=(scale.forward, scale.back))
    axes.set_xlim(low, high)
    ticks = scale.ticks_between(low, high)
    axes.xaxis.set_major_locator(FixedLocator(ticks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticklabels([f"{100 * tick:g}" for tick in ticks])
    axes.set_xlabel(scale.words, size=7, color=QUIET, labelpad=2, loc="left")
    axes.grid(axis="x", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_title(scale.title, size=9, loc="left", pad=5)
    if scale.nominal is not None:
        axes.axvline(scale.nominal, color=INK, linewidth=1.0, zorder=1.5)


def _draw_summary(
    axes: Axes, summary: Summary, y: float, place: int, limits: tuple[float, float]
) -> None:
    """Mean with its Monte Carlo bar, and the range over cells; an arrow for a mean beyond."""
    color, marker = look_of(place)
    axes.plot([summary.least, summary.most], [y, y], color=color, linewidth=0.7, alpha=0.75)
    reach = Z95 * summary.error
    low, high = max(summary.mean - reach, 0.0), min(summary.mean + reach, 1.0)
    axes.plot([low, high], [y, y], color=color, linewidth=2.4, solid_capstyle="butt")
    at = min(max(summary.mean, limits[0]), limits[1])
    is_beyond = at != summary.mean
    if is_beyond:
        marker = "<" if summary.mean < at else ">"
    axes.plot(
        [at],
        [y],
        marker=marker,
        markersize=5.2 if is_beyond else 4.4,
        color=color,
        markerfacecolor=PAPER if is_beyond else color,
        markeredgecolor=color if is_beyond else PAPER,
        markeredgewidth=0.9 if is_beyond else 0.4,
        linestyle="none",
        clip_on=False,
        zorder=3,
    )


def _name_methods(axes: Axes, rows: _Rows) -> None:
    across = axes.get_yaxis_transform()
    for number, label in enumerate(rows.labels.values()):
        middle = -(number + 0.5) * (rows.block + _GAP)
        lines = [*((line, 7.5, INK) for line in label.lines)]
        lines += [(line, 6.5, QUIET) for line in label.studies]
        for position, (line, size, color) in enumerate(lines):
            y = middle + ((len(lines) - 1) / 2 - position) * LINE
            options = {"transform": across, "size": size, "color": color, "va": "center"}
            write_text(axes, -0.03, y, line, ha="right", **options)
