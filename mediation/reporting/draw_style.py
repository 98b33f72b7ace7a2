"""The look of all figures, and how they become files. Uses no global state of matplotlib."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager

import matplotlib as mpl
import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text as DrawnText

from mediation.safe_text import printable

# Okabe & Ito's palette, distinguishable with any color vision; always doubled by shape or dash.
INK, QUIET, FAINT, PAPER = "#1b1f24", "#5b6470", "#d5d9de", "#ffffff"
ACCENT, CONTRAST, THIRD = "#0b5c8f", "#c2500a", "#00795c"

_OUTLINES = re.compile(r'(?<=[ \n]d=")[^"]*|(?<=translate\()[^)]*|(?<= [xy]=")[^"]*')
_COORDINATES = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 8.5,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "text.parse_math": False,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "path",
    "svg.hashsalt": "mediation",
}


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw in the style of the report, whatever the reader's own settings are."""
    with mpl.style.context(["default", STYLE]):
        yield


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure of `width` by `height` inches."""
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    return figure


def write_text(axes: Axes, x: float, y: float, text: str, **options: object) -> DrawnText:
    """Write text as it stands: a dollar sign in a label starts no formula."""
    options = {**options, "parse_math": False}
    return axes.text(x, y, printable(text), **options)  # type: ignore[arg-type]


def svg_text(figure: Figure) -> str:
    """Turn a figure into SVG, the same for the same figure."""
    buffer = io.StringIO()
    with figure_style():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    # A hundredth of a point is finer than any screen or printer, and half the size.
    text = _OUTLINES.sub(lambda found: _rounded(found.group(0)), buffer.getvalue())
    lines = (line.rstrip() for line in text.splitlines())
    return printable("\n".join(lines) + "\n")


def _rounded(outline: str) -> str:
    """Round the coordinates of one outline to hundredths of a point."""
    return _COORDINATES.sub(
        lambda found: f"{float(found.group(0)):.2f}".rstrip("0").rstrip("."), outline
    )


def png_bytes(figure: Figure) -> bytes:
    """Turn a figure into PNG with 200 dots per inch."""
    buffer = io.BytesIO()
    with figure_style():
        figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()
