"""The styles of the Word file, after the seventh edition of the APA's manual."""

from __future__ import annotations

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor
from docx.styles.style import ParagraphStyle

FONT = "Times New Roman"
NUMBER, TITLE, CELL, NOTE = "CaptionNumber", "CaptionTitle", "TableCell", "TableNote"
BODY, REFERENCE, BADGE = "BodyParagraph", "Reference", "DataBadge"
_BLACK = RGBColor(0, 0, 0)


def set_styles(document: Document) -> None:
    """Give a new document the styles of the report.

    Headings of chapters are centered and bold, those of their sections flush left and bold; the
    number of a table is bold and its title in italics on a line of its own.
    """
    normal = document.styles["Normal"]
    _look(normal, 12.0)
    _space(normal, 0, 6, line=1.15)
    for name, size, centered in (("Title", 16.0, True), ("Heading 1", 14.0, True)):
        style = document.styles[name]
        _look(style, size, bold=True)
        _space(style, 18, 6)
        if centered:
            style.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _look(document.styles["Heading 2"], 12.0, bold=True)
    _space(document.styles["Heading 2"], 14, 4)
    _look(document.styles["Header"], 9.0)
    _new(document, BODY, 12.0, 6, 6, line=1.15)
    _new(document, BADGE, 11.0, 0, 8).paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _new(document, NUMBER, 12.0, 16, 2, bold=True).paragraph_format.keep_with_next = True
    _new(document, TITLE, 12.0, 0, 6, italic=True).paragraph_format.keep_with_next = True
    _new(document, CELL, 10.0, 1, 1)
    _new(document, NOTE, 10.0, 4, 12)
    reference = _new(document, REFERENCE, 12.0, 0, 6, line=1.15)
    reference.paragraph_format.left_indent = Pt(36)
    reference.paragraph_format.first_line_indent = Pt(-36)


def _new(
    document: Document,
    name: str,
    size: float,
    before: float,
    after: float,
    *,
    bold: bool = False,
    italic: bool = False,
    line: float = 1.0,
) -> ParagraphStyle:
    style: ParagraphStyle = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.base_style = document.styles["Normal"]
    _look(style, size, bold=bold, italic=italic)
    _space(style, before, after, line=line)
    return style


def _look(style: ParagraphStyle, size: float, *, bold: bool = False, italic: bool = False) -> None:
    """Set black letters of one font, also for scripts that have a font of their own."""
    font = style.font
    font.name, font.size, font.bold, font.italic = FONT, Pt(size), bold, italic
    font.color.rgb = _BLACK
    fonts = style.element.rPr.rFonts
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for kind in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{kind}"), FONT)
    border = None if style.element.pPr is None else style.element.pPr.find(qn("w:pBdr"))
    if border is not None:
        style.element.pPr.remove(border)


def _space(style: ParagraphStyle, before: float, after: float, *, line: float = 1.0) -> None:
    shape = style.paragraph_format
    shape.space_before, shape.space_after, shape.line_spacing = Pt(before), Pt(after), line
    shape.widow_control = True
