"""One table of the report as a Word table, with the rules that the APA's manual allows."""

from __future__ import annotations

from collections.abc import Sequence

from mediation.reporting.document.table_layout import (
    GAP,
    SYMBOLS,
    TableLayout,
    decimal_tails,
    n_lines,
    spanner,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.word.markup import attribute, field, paragraph, run
from mediation.reporting.word.styles import CELL, NOTE, NUMBER, TITLE

# Lines of an upright page, and of one turned by a quarter, that leave room for the words around.
_LINES = {False: 38, True: 24}
# Widths in ems of what `decimal_tails` leaves blank, in the font of the file.
_BLANKS = {"0": 0.5, ".": 0.25, " ": 0.25, "%": 0.833}
_NORMAL = 10.0


def table_markup(table: HtmlTable, layout: TableLayout, number: int) -> tuple[str, ...]:
    """Write a table with its number, title and note.

    The only rules are above, under the header and below. The header is repeated on every page,
    no row is cut by the end of one, and a table that fits a page is not cut at all. Decimal points
    stand under each other.

    Parameters
    ----------
    table : HtmlTable
    layout : TableLayout
        Of this table.
    number : int
        Of the table in the file.

    Returns
    -------
    tuple of str
        Markup of the elements that follow each other in the body of a document.
    """
    made = [
        paragraph(NUMBER, run("Table ") + field("SEQ Table \\* ARABIC", str(number))),
        paragraph(TITLE, run(table.caption)),
        _table(table, layout),
    ]
    if table.note:
        made.append(paragraph(NOTE, run("Note. ", italic=True) + run(table.note)))
    return tuple(made)


def _table(table: HtmlTable, layout: TableLayout) -> str:
    widths = [round(20 * width) for width in layout.widths]
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    margin = round(10 * GAP)
    described = f"{len(table.rows)} rows. Columns: {', '.join(filter(None, table.columns))}."
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblBorders>'
        f"{_rule('top', 8)}{_rule('bottom', 8)}</w:tblBorders>"
        '<w:tblLayout w:type="fixed"/><w:tblCellMar>'
        f'<w:left w:w="{margin}" w:type="dxa"/><w:right w:w="{margin}" w:type="dxa"/>'
        '</w:tblCellMar><w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" '
        'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
        f"<w:tblCaption w:val={attribute(table.caption)}/>"
        f"<w:tblDescription w:val={attribute(described)}/></w:tblPr>"
        f"<w:tblGrid>{grid}</w:tblGrid>{_header(table, layout)}{_rows(table, layout)}</w:tbl>"
    )


def _rule(side: str, eighths: int) -> str:
    return f'<w:{side} w:val="single" w:sz="{eighths}" w:space="0" w:color="000000"/>'


def _header(table: HtmlTable, layout: TableLayout) -> str:
    cells = "".join(
        _cell(
            run(name, italic=name in SYMBOLS, size=_size(layout)),
            width,
            f"<w:tcBorders>{_rule('bottom', 4)}</w:tcBorders>",
            _kept(True) + _side("right" if name in table.numeric else "left"),
            is_low=True,
        )
        for name, width in zip(table.columns, layout.widths, strict=True)
    )
    return f"<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{cells}</w:tr>"


def _rows(table: HtmlTable, layout: TableLayout) -> str:
    columns = [[row[j] for row in table.rows] for j in range(len(table.columns))]
    shapes = [
        _shapes(column, layout, is_numeric=name in table.numeric)
        for name, column in zip(table.columns, columns, strict=True)
    ]
    if table.groups:
        shapes[0] = ['<w:ind w:left="320" w:hanging="120"/>'] * len(table.rows)
    is_whole = n_lines(table, layout) <= _LINES[layout.is_wide]
    lines = []
    for i, row in enumerate(table.rows):
        if table.groups and (i == 0 or table.groups[i] != table.groups[i - 1]):
            lines.append(_group(table.groups[i], layout))
        keep = _kept((is_whole and i < len(table.rows) - 1) or i == 0 < len(table.rows) - 1)
        cells = "".join(
            _cell(run(text, size=_size(layout)), width, "", keep + shape[i])
            for text, width, shape in zip(row, layout.widths, shapes, strict=True)
        )
        lines.append(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cells}</w:tr>")
    return "".join(lines)


def _shapes(cells: Sequence[str], layout: TableLayout, *, is_numeric: bool) -> list[str]:
    """Set numbers flush right, each as far from the edge as the decimals that it lacks."""
    if not is_numeric:
        return [_side("left")] * len(cells)
    tails = decimal_tails(cells) or ("",) * len(cells)
    blank = (20 * layout.size * sum(_BLANKS[c] for c in tail) for tail in tails)
    return [
        (f'<w:ind w:right="{round(width)}"/>' if width else "") + _side("right") for width in blank
    ]


def _group(heading: str, layout: TableLayout) -> str:
    """Let the heading of a group run over all columns, with the quieter rest below it."""
    first, rest = spanner(heading)
    size = _size(layout)
    runs = run(first, bold=True, size=size)
    if rest:
        runs += "<w:r><w:br/></w:r>" + run(rest, italic=True, size=size)
    span = f'<w:gridSpan w:val="{len(layout.widths)}"/>'
    cell = _cell(runs, sum(layout.widths), span, _kept(True) + '<w:spacing w:before="80"/>')
    return f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{cell}</w:tr>"


def _cell(runs: str, width: float, properties: str, shape: str, *, is_low: bool = False) -> str:
    low = '<w:vAlign w:val="bottom"/>' if is_low else ""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{round(20 * width)}" w:type="dxa"/>{properties}{low}</w:tcPr>'
        f"{paragraph(CELL, runs, shape)}</w:tc>"
    )


def _size(layout: TableLayout) -> float | None:
    """Give the size of type where it is not that of the style."""
    return None if layout.size == _NORMAL else layout.size


def _kept(keep: bool) -> str:
    return "<w:keepNext/>" if keep else ""


def _side(side: str) -> str:
    return f'<w:jc w:val="{side}"/>' if side != "left" else ""
