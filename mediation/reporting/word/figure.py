"""One figure of the report with its number, title, alternative text and note."""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO

from docx.document import Document
from docx.image.image import Image
from docx.shared import Inches

from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.word.markup import field, paragraph, run, safe
from mediation.reporting.word.styles import BODY, NOTE, NUMBER, TITLE

_UPRIGHT, _TURNED = (6.5, 7.4), (9.0, 5.0)
# Above this the letters of a figure would be too small on an upright sheet.
_WIDEST = 8.0


@dataclass(frozen=True, slots=True)
class FigureLayout:
    """Width and height on paper in inches, and whether the sheet is turned by a quarter."""

    is_wide: bool
    width: float
    height: float


def figure_layout(figure: NamedFigure) -> FigureLayout:
    """Give a figure its own size, or the largest that a sheet has room for.

    Parameters
    ----------
    figure : NamedFigure

    Returns
    -------
    FigureLayout
    """
    image = Image.from_blob(figure.png)
    width, height = image.width.inches, image.height.inches
    is_wide = width > _WIDEST and height <= width
    room = _TURNED if is_wide else _UPRIGHT
    scale = min(1.0, room[0] / width, room[1] / height)
    return FigureLayout(is_wide, scale * width, scale * height)


def title_and_note(caption: str) -> tuple[str, str]:
    """Split a caption after its first sentence.

    Examples
    --------
    >>> title_and_note("Flow at 4.5 months. Losses are pooled.")
    ('Flow at 4.5 months', 'Losses are pooled.')
    """
    found = re.match(r"(.*?)\.\s+(?=[A-Z0-9])(.*)", caption, flags=re.DOTALL)
    return (found[1], found[2]) if found else (caption.removesuffix("."), "")


def figure_markup(figure: NamedFigure, number: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Write what stands above a figure and what stands below it.

    Parameters
    ----------
    figure : NamedFigure
    number : int
        Of the figure in the file.

    Returns
    -------
    tuple of two tuples of str
    """
    title, note = title_and_note(figure.caption)
    above = (
        paragraph(NUMBER, run("Figure ") + field("SEQ Figure \\* ARABIC", str(number))),
        paragraph(TITLE, run(title)),
    )
    below = (paragraph(NOTE, run("Note. ", italic=True) + run(note)),) if note else ()
    return above, below


def add_picture(document: Document, figure: NamedFigure, layout: FigureLayout) -> None:
    """Put the picture into a paragraph of its own, with its alternative text."""
    place = document.add_paragraph(style=BODY)
    place.paragraph_format.keep_with_next = bool(title_and_note(figure.caption)[1])
    shape = place.add_run().add_picture(BytesIO(figure.png), width=Inches(layout.width))
    shape._inline.docPr.set("name", safe(figure.name))
    shape._inline.docPr.set("descr", safe(figure.alt))
