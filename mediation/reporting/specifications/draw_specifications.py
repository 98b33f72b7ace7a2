"""The specification curve: sorted effects above, the choices behind each below."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from mediation.arrays import Array, BoolArray
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
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.reporting.specifications.curve_layout import (
    LINE,
    MOST_BLOCKS,
    PAD,
    Block,
    Group,
    Row,
    blocks_of,
    lay_out,
)
from mediation.reporting.text_size import wrap

WIDTH, LEFT, RIGHT = 7.2, 2.72, 0.1
_CURVE, _KEY, _BETWEEN, _BOTTOM = 2.5, 0.36, 0.14, 0.08
_TITLES, _CHOICES = -2.68, -1.78
_HEADING = 6.6
# Up to so many specifications a choice is a dot; of more, a stroke.
MOST_DOTS = 60


def draw_specifications(
    curve: SpecificationCurve,
    labels: Mapping[str, str],
    titles: Sequence[str],
    predictor: str,
) -> Figure:
    """Draw all specifications of an entry, sorted inside each model of the grid.

    Parameters
    ----------
    curve : SpecificationCurve
    labels : mapping of str to str
        Labels of the columns.
    titles : sequence of str
        Of every model of the grid.
    predictor : str
        Label of the predictor.

    Returns
    -------
    matplotlib.figure.Figure
        Up to six models stand side by side; more are sorted together. Strokes of one kind are
        one path, so that the file stays small.
    """
    blocks, x = blocks_of(curve)
    rows, groups, tall = lay_out(curve, labels, with_places=curve.n_models > MOST_BLOCKS)
    with figure_style():
        heads = _headings(blocks, titles, len(x))
        top = _KEY + 0.16 + 0.12 * max((len(lines) for lines in heads), default=0)
        height = top + _CURVE + _BETWEEN + tall + _BOTTOM
        figure = new_figure(WIDTH, height)
        wide = (WIDTH - LEFT - RIGHT) / WIDTH
        box = (LEFT / WIDTH, (height - top - _CURVE) / height, wide, _CURVE / height)
        above = figure.add_axes(box)
        below = figure.add_axes((LEFT / WIDTH, _BOTTOM / height, wide, tall / height), sharex=above)
        _draw_curve(above, curve, x)
        _draw_matrix(below, curve, x, rows, groups, tall)
        _draw_marks(above, below, curve, x, rows)
        _write_headings(above, blocks, heads)
        _write_words(figure, curve, predictor, 1 - top / height, height)
    return figure


def _headings(
    blocks: Sequence[Block], titles: Sequence[str], n: int
) -> tuple[tuple[str, ...], ...]:
    """Break the titles of the blocks into lines as wide as these."""
    if len(blocks) < 2:
        return ()
    width = 72 * (WIDTH - LEFT - RIGHT) / (blocks[-1].end + 1)
    return tuple(
        wrap(titles[block.model], _HEADING, max(width * (block.end - block.start), 40.0))
        for block in blocks
    )


def _write_headings(axes: Axes, blocks: Sequence[Block], heads: Sequence[tuple[str, ...]]) -> None:
    """Write the title of each block above it."""
    for block, lines in zip(blocks, heads, strict=False):
        for number, text in enumerate(reversed(lines)):
            y = 1 + (0.12 + 0.12 * number) / _CURVE
            write_text(axes, block.start, y, text, transform=axes.get_xaxis_transform(),
                       size=_HEADING, ha="left", va="bottom")  # fmt: skip


def _draw_curve(axes: Axes, curve: SpecificationCurve, x: Array) -> None:
    excludes = curve.excludes_zero
    lows, highs, values = curve.lows, curve.highs, curve.estimates
    many = len(x) > MOST_DOTS
    thin = 0.5 if len(x) > 250 else 0.8 if many else 1.2
    axes.axhline(0, color=INK, linewidth=0.8, zorder=1)
    for among, color in ((~excludes, "#9aa3ad"), (excludes, ACCENT)):
        axes.plot(*_strokes(x[among], lows[among], highs[among]), color=color, linewidth=thin)
    size = 2.0 if many else 4.2
    axes.plot(x[~excludes], values[~excludes], ls="", marker="o", ms=size, mfc="white",
              mec=QUIET, mew=0.5 if many else 0.9, zorder=3)  # fmt: skip
    axes.plot(x[excludes], values[excludes], ls="", marker="s", ms=size, color=ACCENT, zorder=3)
    room = 0.5 + 0.01 * float(x.max())
    axes.set_xlim(-room, float(x.max()) + room)
    axes.set_ylim(*_view(lows, highs, values))
    axes.yaxis.set_major_locator(MaxNLocator(6))
    axes.grid(axis="y", color=FAINT, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(bottom=False, labelbottom=False)
    axes.spines["bottom"].set_visible(False)


def _view(lows: Array, highs: Array, values: Array) -> tuple[float, float]:
    """Limits of the axis: all estimates, and intervals unless a few are far wider than most."""
    reach = np.concatenate([values - lows, highs - values])
    reach = reach[np.isfinite(reach)]
    usual = 1.5 * float(np.quantile(reach, 0.95)) if len(reach) else 0.0
    low = float(np.maximum(np.nan_to_num(lows, neginf=-np.inf), values - usual).min())
    high = float(np.minimum(highs, values + usual).max())
    room = 0.04 * max(high - low, 1e-12)
    return min(low, 0.0) - room, max(high, 0.0) + room


def _strokes(x: Array, low: Array, high: Array) -> tuple[Array, Array]:
    """Vertical strokes as one broken line."""
    along = np.repeat(x, 3)
    up = np.stack([low, high, np.full(len(low), np.nan)], axis=1).ravel()
    return along, up


def _draw_matrix(
    axes: Axes,
    curve: SpecificationCurve,
    x: Array,
    rows: Sequence[Row],
    groups: Sequence[Group],
    tall: float,
) -> None:
    excludes = curve.excludes_zero
    for number, row in enumerate(rows):
        if number % 2 == 0:
            axes.axhspan(
                row.top, row.top + row.height, color=FAINT, alpha=0.3, linewidth=0, zorder=0
            )
        made = curve.choices[:, row.dimension] == row.choice
        for among, color in ((made & ~excludes, QUIET), (made & excludes, ACCENT)):
            _draw_choices(axes, np.sort(x[among]), row, color, n_all=len(x))
        _write_lines(axes, _CHOICES, row.top, row.lines, size=7.0)
    for group in groups:
        _write_lines(axes, _TITLES, group.top, group.lines, size=7.5, weight="bold")
    axes.set_ylim(tall, 0)
    axes.set_axis_off()


def _draw_choices(axes: Axes, x: Array, row: Row, color: str, *, n_all: int) -> None:
    if not len(x):
        return
    if n_all <= MOST_DOTS:
        axes.plot(x, np.full(len(x), row.middle), ls="", marker="o", ms=3.4, color=color, zorder=2)
        return
    half = 0.42 * min(row.height, LINE + 2 * PAD)
    ends = np.full(len(x), row.middle - half), np.full(len(x), row.middle + half)
    stroke = max(0.35, min(1.6, 240.0 / n_all))
    axes.plot(*_strokes(x, *ends), color=color, linewidth=stroke, solid_capstyle="butt", zorder=2)


def _write_lines(
    axes: Axes, inches: float, top: float, lines: Sequence[str], **options: object
) -> None:
    for number, text in enumerate(lines):
        _beside(axes, inches, top + PAD + (number + 0.5) * LINE, text, **options)


def _beside(axes: Axes, inches: float, y: float, text: str, **options: object) -> None:
    """Write left of the axes, so many inches from their edge."""
    x = inches / (WIDTH - LEFT - RIGHT)
    transform = axes.get_yaxis_transform()
    write_text(axes, x, y, text, transform=transform, va="center", ha="left", **options)


def _draw_marks(
    above: Axes, below: Axes, curve: SpecificationCurve, x: Array, rows: Sequence[Row]
) -> None:
    """Mark the declared and the published specification from top to bottom."""
    for among, color, marker, dash in _marked(curve):
        for place in x[among]:
            above.axvline(place, color=color, linewidth=0.5, linestyle=":", zorder=0.5)
            below.axvline(place, color=color, linewidth=0.7, linestyle=dash, zorder=1)
        here = _strokes(x[among], curve.lows[among], curve.highs[among])
        above.plot(*here, color=color, linewidth=1.9, linestyle=dash, zorder=4)
        above.plot(x[among], curve.estimates[among], ls="", marker=marker, ms=6, mfc=color,
                   mec="white", mew=0.8, zorder=5)  # fmt: skip
        for row in rows:
            at = x[among & (curve.choices[:, row.dimension] == row.choice)]
            below.plot(at, np.full(len(at), row.middle), ls="", marker=marker, ms=5.2, mfc=color,
                       mec="white", mew=0.5, zorder=4)  # fmt: skip


def _marked(curve: SpecificationCurve) -> Iterator[tuple[BoolArray, str, str, str]]:
    if curve.is_published.any():
        yield curve.is_published & ~curve.is_declared, CONTRAST, "^", "--"
    if curve.is_declared.any():
        yield curve.is_declared, INK, "D", "-"


def _write_words(
    figure: Figure, curve: SpecificationCurve, predictor: str, top: float, height: float
) -> None:
    """Write the unit and the key."""
    for number, text in enumerate(
        wrap(f"Effect, SD of the outcome per SD of {predictor}", 7.5, 150.0)[:5]
    ):
        y = top - (0.12 + 0.15 * number) / height
        figure.text(0.05 / WIDTH, y, text, size=7.5, color=QUIET, va="center", parse_math=False)
    n_declared, n_published = int(curve.is_declared.sum()), int(curve.is_published.sum())
    key = [
        Line2D([], [], ls="", marker="s", ms=4, color=ACCENT, label="interval excludes zero"),
        Line2D([], [], ls="", marker="o", ms=4, mfc="white", mec=QUIET, label="covers zero"),
    ]
    if n_declared:
        key.append(Line2D([], [], ls="-", lw=0.7, marker="D", ms=5, color=INK,
                          label=_counted("declared", n_declared)))  # fmt: skip
    if n_published:
        key.append(Line2D([], [], ls="--", lw=0.7, marker="^", ms=5, color=CONTRAST,
                          label=_counted("published", n_published)))  # fmt: skip
    figure.legend(handles=key, loc="upper left", ncols=4, fontsize=7.5, handletextpad=0.5,
                  bbox_to_anchor=(0.0, 1.0), borderaxespad=0.5, columnspacing=1.4)  # fmt: skip


def _counted(name: str, count: int) -> str:
    return name if count == 1 else f"{name} (one for each of {count} models)"
