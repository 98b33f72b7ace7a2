"""`report.docx`: the report for Word, with tables and figures as the APA's manual sets them."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Inches

from mediation.reporting.contents import ReportContents
from mediation.reporting.document.report import Parts, report_sections
from mediation.reporting.document.section import Section
from mediation.reporting.document.table_layout import TableLayout, table_layout
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.word.figure import (
    FigureLayout,
    add_picture,
    figure_layout,
    figure_markup,
)
from mediation.reporting.word.markup import element, field, paragraph, run
from mediation.reporting.word.package import document_bytes, set_properties
from mediation.reporting.word.styles import BADGE, BODY, REFERENCE, set_styles
from mediation.reporting.word.table import table_markup

_INVENTED = (
    "The people in these data are invented. The numbers show what the analysis does; they say "
    "nothing about any program or person."
)
_LETTER = (Inches(8.5), Inches(11))
_NUMBER_TAB = (
    '<w:tabs><w:tab w:val="clear" w:pos="4680"/><w:tab w:val="right" w:pos="9360"/></w:tabs>'
)


@dataclass(frozen=True, slots=True)
class _Block:
    """A piece of the file that is not divided between sheets of two kinds."""

    markup: tuple[str, ...] = ()
    is_wide: bool | None = None
    table: tuple[HtmlTable, TableLayout] | None = None
    figure: tuple[NamedFigure, FigureLayout] | None = None


def report_docx(
    contents: ReportContents, figures: Sequence[NamedFigure], parts: Parts = ()
) -> bytes:
    """Write the report as a Word file.

    Parameters
    ----------
    contents : ReportContents
    figures : sequence of NamedFigure
        Every figure of the report that belongs to no part on robustness, drawn.
    parts : sequence of sequence of RobustnessPart
        What was found on robustness, for each entry; empty if that was not looked at.

    Returns
    -------
    bytes
        A `.docx` file, the same for the same contents. Tables and figures are numbered in their
        order by fields; wide ones stand on sheets turned by a quarter.
    """
    document = docx.Document()
    set_styles(document)
    set_properties(document, contents.title, "Mediation report")
    _set_page(document, contents)
    blocks = [_title(contents)]
    for section in report_sections(contents, figures, parts):
        blocks += _blocks(section)
    _fill(document, _with_headings_turned(blocks))
    return document_bytes(document)


def _set_page(document: Document, contents: ReportContents) -> None:
    """Set a letter sheet with margins of an inch, and a header with the number of the page."""
    page = document.sections[0]
    page.page_width, page.page_height = _LETTER
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(page, side, Inches(1))
    badge = run("Synthetic data", bold=True) if contents.is_synthetic else ""
    number = "<w:r><w:tab/></w:r>" + field("PAGE", "1")
    header = page.header
    header.is_linked_to_previous = False
    first = header.paragraphs[0]._p
    first.addprevious(element(paragraph("Header", badge + number, _NUMBER_TAB)))
    first.getparent().remove(first)


def _title(contents: ReportContents) -> _Block:
    made = [paragraph("Title", run(contents.title)), paragraph(BADGE, run("Mediation report"))]
    if contents.is_synthetic:
        said = run("Synthetic data. ", bold=True) + run(_INVENTED)
        made.append(paragraph(BADGE, said))
    if contents.note and not (contents.is_synthetic and "invented" in contents.note):
        made.append(paragraph(BADGE, run(contents.note)))
    return _Block(tuple(made), is_wide=False)


def _blocks(section: Section) -> Iterator[_Block]:
    if section.heading:
        yield _Block((paragraph(f"Heading{section.depth}", run(section.heading)),))
    style = REFERENCE if section.is_list else BODY
    terms = section.terms or ("",) * len(section.paragraphs)
    said = [
        paragraph(style, (run(f"{term} ", bold=True) if term else "") + run(text))
        for term, text in zip(terms, section.paragraphs, strict=True)
    ]
    if said:
        yield _Block(tuple(said), is_wide=False)
    for table in section.tables:
        measures = table_layout(table)
        yield _Block(is_wide=measures.is_wide, table=(table, measures))
    for figure in section.figures:
        size = figure_layout(figure)
        yield _Block(is_wide=size.is_wide, figure=(figure, size))


def _with_headings_turned(blocks: Sequence[_Block]) -> list[tuple[_Block, bool]]:
    """Put every heading on a sheet of the kind of what follows it."""
    turned: list[tuple[_Block, bool]] = []
    after = False
    for block in reversed(blocks):
        after = after if block.is_wide is None else block.is_wide
        turned.append((block, after))
    return turned[::-1]


def _fill(document: Document, blocks: Sequence[tuple[_Block, bool]]) -> None:
    """Add all blocks to the body, with a new kind of sheet wherever it is needed."""
    body = document.element.body
    is_wide, n_tables, n_figures = False, 0, 0
    for block, wide in blocks:
        if wide != is_wide:
            _end_sheets(document, is_wide=is_wide)
            is_wide = wide
        markup: tuple[str, ...] = block.markup
        below: tuple[str, ...] = ()
        if block.table is not None:
            n_tables += 1
            markup = table_markup(*block.table, n_tables)
        elif block.figure is not None:
            n_figures += 1
            markup, below = figure_markup(block.figure[0], n_figures)
        for piece in markup:
            body._insert_p(element(piece))
        if block.figure is not None:
            add_picture(document, *block.figure)
        for piece in below:
            body._insert_p(element(piece))
    _turn(body.sectPr, is_wide=is_wide)


def _end_sheets(document: Document, *, is_wide: bool) -> None:
    """End the sheets of one kind after the last paragraph; what follows begins a new page."""
    body = document.element.body
    page = copy.deepcopy(body.sectPr)
    _turn(page, is_wide=is_wide)
    last = body.sectPr.getprevious()
    if last is None or last.tag != qn("w:p"):
        last = element(paragraph(BODY, ""))
        body._insert_p(last)
    last.get_or_add_pPr().append(page)


def _turn(page: object, *, is_wide: bool) -> None:
    """Set the size of the sheets of a section."""
    width, height = _LETTER[::-1] if is_wide else _LETTER
    page.page_width, page.page_height = width, height  # type: ignore[attr-defined]
    orientation = WD_ORIENT.LANDSCAPE if is_wide else WD_ORIENT.PORTRAIT
    page.orientation = orientation  # type: ignore[attr-defined]
