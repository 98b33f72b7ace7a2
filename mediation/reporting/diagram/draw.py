"""Path diagrams as figures."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, Patch
from matplotlib.path import Path

from mediation.reporting.diagram.draw_fonts import fonts_for
from mediation.reporting.diagram.layout import layout_diagram
from mediation.reporting.diagram.measures import LINE
from mediation.reporting.diagram.shapes import Box, Outline, Picture, Point
from mediation.reporting.diagram.specification import PathDiagram
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
_CORNER = 8.0
# Fill, border color, width and style of each outline.
_LOOKS = {
    Outline.BOX: (PAPER, INK, 1.0, "solid"),
    Outline.ELLIPSE: (PAPER, INK, 1.0, "solid"),
    Outline.FRAME: ("#f1f4f7", QUIET, 0.8, "solid"),
    Outline.CONTEXT: (PAPER, QUIET, 0.9, (0, (1, 2))),
}


def draw_diagram(diagram: PathDiagram) -> Figure:
    """Draw a path diagram.

    Parameters
    ----------
    diagram : PathDiagram

    Returns
    -------
    matplotlib.figure.Figure
        Saved as SVG, each arrow has an identifier, such as `path-a-alliance`, and so have its
        texts: `path-a-alliance-text` and `path-a-alliance-text-below`.

    Examples
    --------
    >>> from mediation.reporting.diagram.specification import Arrow, Node
    >>> hope = PathDiagram((("goals", "hope"),), (Node("goals"), Node("hope")),
    ...                    (Arrow("goals", "hope", "a = 0.3"),))
    >>> draw_diagram(hope).axes[0].texts[-1].get_text()
    'a = 0.3'
    """
    picture = layout_diagram(diagram)
    with figure_style():
        figure = new_figure(picture.width / _POINTS_PER_INCH, picture.height / _POINTS_PER_INCH)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, picture.width)
        axes.set_ylim(0, picture.height)
        for box in picture.boxes:
            axes.add_patch(_patch(box))
        _draw_dashes(axes, picture)
        _draw_arrows(axes, picture)
        _draw_texts(axes, picture)
    return figure


def _patch(box: Box) -> Patch:
    fill, color, width, style = _LOOKS[box.outline]
    rect = box.rect
    order = {Outline.CONTEXT: 0.8, Outline.FRAME: 1.0}.get(box.outline, 2.0)
    patch: Patch
    if box.outline is Outline.ELLIPSE:
        patch = Ellipse(rect.center, rect.width, rect.height)
    else:
        style_of_box = "round,pad=0,rounding_size=4"
        corner = rect.x0, rect.y0
        patch = FancyBboxPatch(corner, rect.width, rect.height, boxstyle=style_of_box)
    patch.set(facecolor=fill, edgecolor=color, linewidth=width, linestyle=style, zorder=order)
    return patch


def _draw_dashes(axes: Axes, picture: Picture) -> None:
    """Level lines run over frames and behind variables."""
    for each in picture.dashes:
        axes.add_line(
            Line2D(
                (each.x0, each.x1),
                (each.y, each.y),
                color=QUIET,
                linewidth=0.7,
                linestyle=(0, (9, 6)),
                zorder=1.5,
            )
        )


def _draw_arrows(axes: Axes, picture: Picture) -> None:
    for line in picture.lines:
        patch = FancyArrowPatch(
            path=Path(*_rounded(line.points)),
            arrowstyle="-|>,head_length=4.5,head_width=2.4",
            mutation_scale=1,
            shrinkA=0,
            shrinkB=0,
            linewidth=1.6 if line.solid else 1.0,
            linestyle="solid" if line.solid else (0, (4, 3)),
            color=ACCENT if line.solid else QUIET,
            # Behind the boxes: where an arrow cannot get around one it passes underneath.
            zorder=1.8,
        )
        patch.set_gid(line.name)
        axes.add_patch(patch)


def _rounded(points: tuple[Point, ...]) -> tuple[list[Point], list[int]]:
    """Round the corners of a line with curves that begin and end `_CORNER` points from them."""
    vertices, codes = [points[0]], [int(Path.MOVETO)]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        vertices += [_toward(corner, before), corner, _toward(corner, after)]
        codes += [int(Path.LINETO), int(Path.CURVE3), int(Path.CURVE3)]
    return [*vertices, points[-1]], [*codes, int(Path.LINETO)]


def _toward(start: Point, end: Point) -> Point:
    length = max(abs(end[0] - start[0]), abs(end[1] - start[1]))
    share = min(0.5, _CORNER / length) if length else 0.0
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _draw_texts(axes: Axes, picture: Picture) -> None:
    for text in picture.texts:
        for row, line in enumerate(text.lines):
            drawn = write_text(
                axes,
                text.x,
                text.y - row * text.size * LINE,
                line,
                size=text.size,
                color=QUIET if text.quiet else INK,
                ha="left" if text.left else "center",
                va="center_baseline",
                family=fonts_for(line),
                zorder=4,
            )
            if text.name:
                drawn.set_gid(text.name)
