"""Path diagrams."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mediation.inference.result import MediationResult
from mediation.reporting.diagram_layout import layout_diagram
from mediation.reporting.diagram_shapes import Diagram
from mediation.reporting.draw_style import (
    ACCENT,
    INK,
    PAPER,
    QUIET,
    figure_style,
    new_figure,
    write_text,
)

_POINTS_PER_INCH = 72


def draw_path_diagram(result: MediationResult, labels: Mapping[str, str] | None = None) -> Figure:
    """Draw predictor, mediators and outcome with a coefficient and interval on each arrow.

    Parameters
    ----------
    result : MediationResult
    labels : mapping of str to str, optional
        Labels of the columns; a column without one is named by its words.

    Returns
    -------
    matplotlib.figure.Figure
    """
    diagram = layout_diagram(result, labels or {})
    with figure_style():
        figure = new_figure(diagram.width / _POINTS_PER_INCH, diagram.height / _POINTS_PER_INCH)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, diagram.width)
        axes.set_ylim(0, diagram.height)
        _draw_boxes(axes, diagram)
        _draw_arrows(axes, diagram)
        for text in diagram.texts:
            for row, line in enumerate(text.lines):
                write_text(
                    axes,
                    text.x,
                    text.y - row * text.size * 1.35,
                    line,
                    size=text.size,
                    color=QUIET if text.quiet else INK,
                    ha="left" if text.left else "center",
                    va="center_baseline",
                )
    return figure


def _draw_boxes(axes: Axes, diagram: Diagram) -> None:
    for box in diagram.boxes:
        axes.add_patch(
            FancyBboxPatch(
                (box.x, box.y),
                box.width,
                box.height,
                boxstyle="round,pad=0,rounding_size=4",
                facecolor="#f1f4f7" if box.is_frame else PAPER,
                edgecolor=QUIET if box.is_frame else INK,
                linewidth=0.8 if box.is_frame else 1.0,
                zorder=1 if box.is_frame else 2,
            )
        )


def _draw_arrows(axes: Axes, diagram: Diagram) -> None:
    for arrow in diagram.arrows:
        axes.add_patch(
            FancyArrowPatch(
                (arrow.x_start + 1, arrow.y),
                (arrow.x_end - 1, arrow.y),
                arrowstyle="-|>,head_length=4.5,head_width=2.4",
                mutation_scale=1,
                shrinkA=0,
                shrinkB=0,
                linewidth=1.6 if arrow.solid else 1.0,
                linestyle="solid" if arrow.solid else (0, (4, 3)),
                color=ACCENT if arrow.solid else QUIET,
                zorder=3,
            )
        )
