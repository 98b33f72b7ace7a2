"""A drawn figure with its words, ready for a page or a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediation.reporting.draw_style import png_bytes, svg_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class NamedFigure:
    """A figure with its words.

    Attributes
    ----------
    name : str
        Name of its files, made of letters, digits and hyphens.
    kind : str
        "answer-<number of the entry>", "diagram", "forest", "fidelity", "scores",
        "flow", "missing", "attrition", "robustness" or "specifications".
    svg : str
    png : bytes
    alt, caption : str
    """

    name: str
    kind: str
    svg: str
    png: bytes
    alt: str
    caption: str


def named_figure(name: str, kind: str, figure: Figure, alt: str, caption: str) -> NamedFigure:
    """Turn a drawn figure into the files and words of a report.

    Parameters
    ----------
    name, kind, alt, caption : str
        As in `NamedFigure`.
    figure : matplotlib.figure.Figure

    Returns
    -------
    NamedFigure
    """
    return NamedFigure(name, kind, svg_text(figure), png_bytes(figure), alt, caption)
