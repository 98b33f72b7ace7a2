"""Effects under unmeasured common causes: contours over partial R², and curves over rho."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

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
)
from mediation.reporting.format import conf_level, decimals_for, has_limits, number, point
from mediation.reporting.named_figure import NamedFigure, named_figure
from mediation.reporting.robustness.confounding_rows import RHO, Asked, where
from mediation.reporting.robustness.draw_confounding_panels import (
    new_panels,
    write_legend,
    write_title,
)
from mediation.reporting.robustness.draw_confounding_rho import draw_rho
from mediation.reporting.text_size import wrap
from mediation.reporting.wording import label
from mediation.sensitivity.confounding_measures import bias_factor, factor_of_rho

PANELS = 6
SMALL = 7.0
# No line is drawn for more than this share of the estimate: it would run along the axes.
NEAR = 0.75


def confounding_figures(
    asked: Sequence[Asked], labels: Mapping[str, str], position: int
) -> tuple[NamedFigure, ...]:
    """Draw contours and curves, at most six models in a figure.

    Parameters
    ----------
    asked : sequence of Asked
    labels : mapping of str to str
    position : int
        Of the entry in the page.

    Returns
    -------
    tuple of NamedFigure
    """
    found = []
    inside = [each for each in asked if not math.isnan(each.found.slope)]
    for number_, part in enumerate(_parts(inside), start=1):
        name = f"robustness-confounding-{position}-{number_}"
        figure = draw_contours(part, labels)
        found.append(named_figure(name, "robustness", figure, _contour_alt(part), CONTOURS))
    for number_, part in enumerate(_parts(asked), start=1):
        name = f"robustness-confounding-rho-{position}-{number_}"
        caption = _rho_caption(part)
        found.append(named_figure(name, "robustness", draw_rho(part), _rho_alt(part), caption))
    return tuple(found)


def _parts(asked: Sequence[Asked]) -> list[Sequence[Asked]]:
    return [asked[start : start + PANELS] for start in range(0, len(asked), PANELS)]


CONTOURS = (
    "The effect if an unmeasured common cause explained these shares of what is left of mediator "
    "and outcome, and pulled the effect away from zero. Thin lines: the effect that is left. Thick "
    "line: it is zero; beyond it, shaded, it has the other sign. Dashed line: here the "
    "interval, or the test, first holds zero (not drawn where it does so as it is). Triangles: the "
    "most that a common cause as strong as a measured covariate can explain, as the table gives "
    "it; the one that matters most is named."
)


def _contour_alt(asked: Sequence[Asked]) -> str:
    said = []
    for each in asked:
        text = f"{each.title}: {point(each.found.value)} as estimated, zero at"
        said.append(f"{text} {number(100 * each.found.path_b.point, 0)}% of both")
    return f"Contours of the effect over what a common cause explains. {'; '.join(said)}."


def _rho_alt(asked: Sequence[Asked]) -> str:
    said = []
    for each in asked:
        zero = each.main.zero
        said.append(f"{each.title}: zero at {'none' if zero is None else number(zero)}")
    return f"The effect against the correlation of errors. {'; '.join(said)}."


def _rho_caption(asked: Sequence[Asked]) -> str:
    first = asked[0]
    text = (
        f"The effect if {where(first.main.errors, first.cluster)} correlated by {RHO} between "
        f"mediator and outcome. Circle: as estimated ({RHO} = 0). Diamond: where the estimate is "
        "zero."
    )
    if has_limits(first.found.value):
        text += f" Band: {conf_level(first.found.conf_level)} interval."
    if any(len(each.found.curves) > 1 for each in asked):
        other = next(each.found.curves[1] for each in asked if len(each.found.curves) > 1)
        moved = f"the indirect effect {other.level.value}"
        if other in next(each for each in asked if other in each.found.curves).found.own_curves:
            moved = "the same effect"
        text += (
            f" Broken line: {moved}, which a correlation of "
            f"{where(other.errors, first.cluster)} moves."
        )
    return text


def draw_contours(asked: Sequence[Asked], labels: Mapping[str, str]) -> Figure:
    """Draw the effect over what a common cause explains of mediator and outcome.

    Parameters
    ----------
    asked : sequence of Asked
        At most six, of effects within clusters or without clusters.
    labels : mapping of str to str

    Returns
    -------
    matplotlib.figure.Figure
        Panels share their axes.
    """
    wide, tall = _window(asked)
    with figure_style():
        figure, panels = new_panels(
            len(asked), f"Explained of {_mediators(asked, labels)}", "Explained of the outcome"
        )
        for axes, each in zip(panels, asked, strict=True):
            _draw_contour(axes, each, wide, tall)
            _draw_benchmarks(axes, each, labels, wide, tall)
            write_title(axes, each)
            axes.set_xlim(0, wide)
            axes.set_ylim(0, tall)
            for axis in (axes.xaxis, axes.yaxis):
                axis.set_major_locator(MaxNLocator(4, prune=None))
                axis.set_major_formatter(lambda share, _: f"{number(100 * share, 0)}%")
        write_legend(figure, _contour_handles(asked))
    return figure


def _mediators(asked: Sequence[Asked], labels: Mapping[str, str]) -> str:
    names = dict.fromkeys(each.found.mediator for each in asked)
    return label(next(iter(names)), labels) if len(names) == 1 else "the mediator"


def _window(asked: Sequence[Asked]) -> tuple[float, float]:
    """Shares that all panels show: to beyond the zero line's diagonal, and all benchmarks."""
    ends = [each.found.path_b.point for each in asked]
    marks = [
        (benchmark.bound_mediator, benchmark.bound_outcome)
        for each in asked
        for benchmark, value in each.found.benchmarks
        if value is not None
    ]
    wide = 1.4 * max(*ends, *(x for x, _ in marks), 0.05)
    tall = 1.15 * max(1.2 * max(ends), *(y for _, y in marks), 0.05)
    return min(wide, 0.95), min(tall, 1.0)


def _draw_contour(axes: Axes, each: Asked, wide: float, tall: float) -> None:
    x, y = np.meshgrid(np.linspace(0, wide, 120), np.linspace(0, tall, 120))
    found = each.found
    effect = found.adjusted(x, y)
    start = found.value.estimate
    sign = math.copysign(1.0, start)
    beyond = np.minimum(sign * effect, 0.0)
    if beyond.min() < 0:
        axes.contourf(x, y, beyond, levels=[beyond.min() - 1, 0.0 - 1e-12], colors=[FAINT])
    levels = [
        level
        for level in MaxNLocator(5).tick_values(float(effect.min()), float(effect.max()))
        if abs(level) > 1e-12
        and effect.min() < level < effect.max()
        and sign * level < NEAR * abs(start)
    ]
    if levels:
        lines = axes.contour(x, y, effect, levels=levels, colors=QUIET, linewidths=0.6)
        lines.set_linestyle("solid")
        step = abs(levels[1] - levels[0]) if len(levels) > 1 else abs(levels[0])
        decimals = decimals_for(10 * step)
        axes.clabel(lines, fontsize=6, fmt=lambda level: number(level, decimals))
    if beyond.min() < 0:
        axes.contour(x, y, effect, levels=[0.0], colors=INK, linewidths=1.6)
    tip, zero = each.main.tip, each.main.zero
    if each.main.excludes_zero and tip is not None and zero is not None and tip * zero > 0:
        factor = bias_factor(x, y)
        limit = abs(float(factor_of_rho(tip)))
        if factor.max() > limit:
            axes.contour(
                x, y, factor, levels=[limit], colors=CONTRAST, linewidths=1.2, linestyles="dashed"
            )


def _draw_benchmarks(
    axes: Axes, each: Asked, labels: Mapping[str, str], wide: float, tall: float
) -> None:
    look = {"marker": "^", "linestyle": "none", "clip_on": False, "zorder": 4}
    strongest = each.found.strongest
    for benchmark, value in each.found.benchmarks:
        if value is None:
            continue
        x, y = benchmark.bound_mediator, benchmark.bound_outcome
        is_named = strongest is not None and benchmark is strongest[0]
        color = ACCENT if is_named else PAPER
        axes.plot(x, y, markersize=5, color=color, markeredgecolor=ACCENT, **look)  # type: ignore[arg-type]
        if is_named:
            room = 72 * axes.figure.get_figwidth() * axes.get_position().width * 0.62  # type: ignore[union-attr]
            text = "\n".join(wrap(label(benchmark.name, labels), SMALL, room)[:3])
            on_left = x < 0.5 * wide
            axes.annotate(
                text,
                (x, y),
                xytext=(6 if on_left else -6, 0),
                textcoords="offset points",
                size=SMALL,
                color=ACCENT,
                ha="left" if on_left else "right",
                va="top" if y > 0.8 * tall else "center",
                parse_math=False,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
                zorder=5,
            )


def _contour_handles(asked: Sequence[Asked]) -> list[Line2D | Patch]:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=INK, linewidth=1.6, label="effect zero"),
        Patch(color=FAINT, label="other sign"),
    ]
    if any(each.main.excludes_zero and each.main.tip is not None for each in asked):
        line = Line2D([], [], color=CONTRAST, linestyle="dashed", label="finding ends")
        handles.insert(1, line)
    if any(each.found.benchmarks for each in asked):
        look = {"marker": "^", "linestyle": "none", "color": PAPER, "markeredgecolor": ACCENT}
        handles.append(Line2D([], [], label="as strong as a measured covariate", **look))  # type: ignore[arg-type]
    return handles
