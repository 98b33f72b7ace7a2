"""The Word file, read back: tables, figures, rules, sheets, and no trace of who made it."""

import dataclasses
import io
import re
import zipfile
from xml.etree import ElementTree

import docx
import numpy as np
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.table import Table
from docx.text.paragraph import Paragraph
from PIL import Image

from mediation.reporting import write
from mediation.reporting.document.report import report_tables
from mediation.reporting.draw_figures import draw_all
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.robustness.part import RobustnessPart
from mediation.reporting.word import report_docx
from mediation.reporting.word.figure import figure_layout, title_and_note

UGLY = (
    '=1+1 <w:p> & "quotes" \' ]]> {SEQ x}',
    "control \x00\x1b[31m\x0b and \ufffe\uffff and \ud800",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \u202eabc",
    "W" * 300,
    "two\nlines\tand a tab",
    "\u03c1 \u2265 \u22120.5 \u2192 R\u00b2",
)


def picture(width, height):
    """A white picture of so many inches at 100 dots per inch."""
    buffer = io.BytesIO()
    size = (round(100 * width), round(100 * height))
    Image.new("L", size, 255).save(buffer, "png", dpi=(100, 100))
    return buffer.getvalue()


def figure(width=4.0, height=3.0, **changes):
    known = {"name": "robustness-odd", "kind": "robustness", "svg": "", "alt": "What it shows."}
    known |= {"png": picture(width, height), "caption": "A title. A note on it."}
    return NamedFigure(**(known | changes))


def part(tables=(), figures=()):
    return RobustnessPart("odd-1", "What of odd things?", "Nothing.", ("Words.",), tables, figures)


def opened(content):
    return docx.Document(io.BytesIO(content))


def body(document):
    """Paragraphs and tables in their order."""
    for piece in document.element.body:
        if piece.tag == qn("w:p"):
            yield Paragraph(piece, document)
        elif piece.tag == qn("w:tbl"):
            yield Table(piece, document)


def rows_of(table):
    """Texts of rows, those over all columns once."""
    return [
        tuple(cell.text for cell in (row.cells[:1] if is_spanning(row) else row.cells))
        for row in table.rows
    ]


def is_spanning(row):
    return len(row._tr.tc_lst) == 1 and row._tr.tc_lst[0].grid_span > 1


@pytest.fixture(scope="module")
def study(make):
    """A made-up report with figures, and the file made of it."""
    contents = make.study()
    figures = tuple(draw_all(contents))
    return contents, figures, report_docx(contents, figures)


def test_every_table_is_there_cell_by_cell(study):
    contents, _, content = study
    found = opened(content).tables
    expected = [table for _, table in report_tables(contents)]
    assert len(found) == len(expected) > 6
    for there, table in zip(found, expected, strict=True):
        rows = rows_of(there)
        assert rows[0] == table.columns
        assert tuple(row for row in rows[1:] if len(row) > 1) == table.rows
        groups = [row[0] for row in rows[1:] if len(row) == 1]
        changes = [g for i, g in enumerate(table.groups) if i == 0 or g != table.groups[i - 1]]
        assert groups == changes


def test_the_effects_table_comes_before_the_paths_and_after_the_people(study):
    contents, *_ = study
    names = [table.identifier for _, table in report_tables(contents)]
    order = ["headline-1", "interviewed", "scale-ends", "effects-1", "paths-1", "alternatives-1"]
    assert [name for name in names if name in order] == order
    assert len(set(names)) == len(names)


def test_numbers_titles_and_notes_stand_as_the_manual_wants(study):
    contents, _, content = study
    pieces = list(body(opened(content)))
    expected = [table for _, table in report_tables(contents)]
    at = [i for i, piece in enumerate(pieces) if isinstance(piece, Table)]
    for number, (i, table) in enumerate(zip(at, expected, strict=True), start=1):
        assert pieces[i - 2].text == f"Table {number}"
        assert pieces[i - 2].style.font.bold
        assert pieces[i - 1].text == table.caption
        assert pieces[i - 1].style.font.italic
        assert pieces[i - 2].style.paragraph_format.keep_with_next
        if table.note:
            assert pieces[i + 1].text == f"Note. {table.note}"
            assert pieces[i + 1].runs[0].italic
            assert not pieces[i + 1].runs[1].italic


def test_rules_are_above_below_the_header_and_below(study):
    for table in opened(study[2]).tables:
        borders = table._tbl.tblPr.find(qn("w:tblBorders"))
        assert {border.tag for border in borders} == {qn("w:top"), qn("w:bottom")}
        for i, row in enumerate(table.rows):
            for cell in row._tr.tc_lst:
                inner = cell.tcPr.find(qn("w:tcBorders"))
                assert (inner is not None) == (i == 0)
                assert i or [border.tag for border in inner] == [qn("w:bottom")]
            properties = {child.tag for child in row._tr.trPr}
            assert qn("w:cantSplit") in properties
            assert (qn("w:tblHeader") in properties) == (i == 0)


def test_figures_have_numbers_and_alternative_texts(study):
    _, figures, content = study
    document = opened(content)
    shown = [shape._inline.docPr for shape in document.inline_shapes]
    assert {each.get("descr") for each in shown} == {figure.alt for figure in figures}
    assert len(shown) == len(figures)
    assert len({each.get("id") for each in shown}) == len(shown)
    numbers = [p.text for p in document.paragraphs if re.fullmatch(r"Figure \d+", p.text)]
    assert numbers == [f"Figure {n + 1}" for n in range(len(figures))]
    titles = {title_and_note(figure.caption)[0] for figure in figures}
    assert titles <= {p.text for p in document.paragraphs}
    for table in document.tables:
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))


def sheets(document):
    """For each table and picture its width and the room of its section, in points."""
    sections = iter(document.sections)
    section = next(sections)
    for piece in body(document):
        room = (section.page_width - section.left_margin - section.right_margin) / 12700
        if isinstance(piece, Table):
            grid = piece._tbl.tblGrid.gridCol_lst
            yield sum(column.w.pt for column in grid), room
        else:
            for extent in piece._p.iter(qn("wp:extent")):
                yield int(extent.get("cx")) / 12700, room
            if piece._p.pPr is not None and piece._p.pPr.find(qn("w:sectPr")) is not None:
                section = next(sections)
    assert next(sections, None) is None


def wide_table(identifier):
    columns = ("Path", *(f"Interval {i}" for i in range(8)))
    row = ("a", *("[\u22120.125, 12.375]",) * 8)
    return HtmlTable(identifier, "A wide table", columns, frozenset(columns[1:]), (row,))


def test_nothing_is_wider_than_its_sheet(study, make):
    found = list(sheets(opened(study[2])))
    assert found
    odd = part((wide_table("wide-1"), wide_table("wide-2")), (figure(), figure(12, 4)))
    document = opened(report_docx(make.flat(), (), ((odd,),)))
    kinds = [section.orientation for section in document.sections]
    turns = [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE] * 2
    assert kinds == [*turns, WD_ORIENT.PORTRAIT]
    for width, room in (*found, *sheets(document)):
        assert width <= room + 0.5
    for section in document.sections:
        is_wide = section.orientation == WD_ORIENT.LANDSCAPE
        assert (section.page_width > section.page_height) == is_wide


def test_a_heading_stands_on_the_sheet_of_its_table(make):
    odd = RobustnessPart("detectable-1", "How small?", "", (), (wide_table("wide-1"),))
    document = opened(report_docx(make.flat(), (), ((odd,),)))
    texts = [piece.text if isinstance(piece, Paragraph) else "" for piece in body(document)]
    turned = [
        i for i, p in enumerate(body(document))
        if isinstance(p, Paragraph) and p._p.pPr.find(qn("w:sectPr")) is not None
    ]  # fmt: skip
    assert turned[0] < texts.index("The smallest effect this design could have shown") < turned[1]


def test_decimal_points_stand_under_each_other(make):
    rows = (("a", "0.25"), ("b", "12.5"), ("c", "3"), ("d", "\u2014"))
    table = HtmlTable("t", "T", ("Path", "Estimate"), frozenset(("Estimate",)), rows)
    (found,) = [
        t for t in opened(report_docx(make.flat(), (), ((part((table,)),),))).tables
        if t.rows[1].cells[0].text == "a"
    ]  # fmt: skip
    # A digit is half as wide as the size of the type, a point a quarter.
    indents = [row.cells[1].paragraphs[0].paragraph_format.right_indent for row in found.rows[1:]]
    assert [None if i is None else i.pt for i in indents] == [None, 5.0, 12.5, None]


def test_the_answer_and_the_methods_are_there(study):
    text = "\n".join(p.text for p in opened(study[2]).paragraphs)
    headings = [p.text for p in opened(study[2]).paragraphs if p.style.name == "Heading 1"]
    assert headings[:2] == ["The answer", "Participants and flow"]
    assert headings[-2:] == ["Making these numbers again", "References"]
    assert "What was found?" in text
    assert "Software. Python packages:" in text
    assert "Synthetic data. The people in these data are invented." in text
    assert "Synthetic data" in opened(study[2]).sections[0].header.paragraphs[0].text


def test_same_contents_same_bytes_and_nobody_made_it(study):
    contents, figures, content = study
    assert report_docx(contents, figures) == content
    core = opened(content).core_properties
    assert (core.author, core.last_modified_by, core.comments) == ("", "", "")
    assert (core.title, core.language) == (contents.title, "en-US")
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"dcterms:created" not in parts.read("docProps/core.xml")
        assert not [name for name in parts.namelist() if "thumbnail" in name]


@pytest.mark.parametrize("text", UGLY)
def test_ugly_texts_come_back_harmless(text, make):
    table = HtmlTable(
        "odd", text, (text, "Estimate"), frozenset(("Estimate",)), ((text, text),), (text,), text
    )
    odd = part((table,), (figure(alt=text, caption=text, name="robustness-odd"),))
    contents = dataclasses.replace(make.flat(), title=text, note=text)
    content = report_docx(contents, (), ((odd,),))
    document = opened(content)
    shown = re.sub("[\x00-\x08\x0b\x1b\u202e\ud800\ufffe\uffff]", "?", text).replace("\t", " ")
    (found,) = [t for t in document.tables if t.rows[0].cells[1].text == "Estimate"
                and t.rows[0].cells[0].text == shown]  # fmt: skip
    assert rows_of(found)[2] == (shown, shown)
    assert document.paragraphs[0].text == shown
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        for name in parts.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(parts.read(name))
        codes = re.findall(rb"<w:instrText[^>]*>([^<]*)<", parts.read("word/document.xml"))
    assert {code.split()[0] for code in codes} <= {b"SEQ"}
    for width, room in sheets(document):
        assert width <= room + 0.5


def test_ugly_and_flat_reports_are_written(make):
    for contents in (make.ugly(), make.flat()):
        document = opened(report_docx(contents, ()))
        assert len(document.tables) == len(report_tables(contents))


def test_two_entries_have_headings_of_their_own(make):
    contents = make.flat()
    first = contents.entries[0]
    twice = dataclasses.replace(contents, entries=(first, dataclasses.replace(first, name="Again")))
    headings = [
        p.text for p in opened(report_docx(twice, ())).paragraphs if p.style.name == "Heading 2"
    ]
    assert headings.count("Lateness") == headings.count("Again") > 3


@pytest.mark.parametrize(("size", "is_wide"), [((4, 3), False), ((9.4, 4.1), True)])
def test_figures_keep_their_size_where_there_is_room(size, is_wide):
    layout = figure_layout(figure(*size))
    assert layout.is_wide == is_wide
    assert layout.width / layout.height == pytest.approx(size[0] / size[1], rel=1e-2)
    assert layout.width <= (9.0 if is_wide else 6.5)
    if size == (4, 3):
        assert layout.width == pytest.approx(4.0)


def test_tall_figures_fit_a_page():
    layout = figure_layout(figure(7.2, 13.5))
    assert layout.height <= 7.4
    assert np.isclose(layout.width / layout.height, 7.2 / 13.5, rtol=1e-2)


def test_without_the_library_the_report_is_written_and_an_old_file_goes(
    make, tmp_path, monkeypatch
):
    written = write.write_report(make.flat(), tmp_path)
    assert tmp_path / "report.docx" in written
    (tmp_path / "tables" / "mine.tex").write_text("mine")
    (tmp_path / "tables" / "old.tex").write_text(write.MARK + "\nold")
    monkeypatch.setattr(write, "find_spec", lambda name: None)
    written = write.write_report(make.flat(), tmp_path)
    assert tmp_path / "report.docx" not in written
    assert not (tmp_path / "report.docx").exists()
    assert {"mine.tex", "all-tables.tex"} <= {p.name for p in (tmp_path / "tables").iterdir()}
    assert not (tmp_path / "tables" / "old.tex").exists()
    assert 'pip install "mediation[word]"' in (tmp_path / "report.html").read_text()
