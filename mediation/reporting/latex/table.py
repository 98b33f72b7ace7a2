"""One table of the report as LaTeX, with the rules of booktabs."""

from __future__ import annotations

from collections.abc import Sequence

from mediation.reporting.document.table_layout import (
    GAP,
    SYMBOLS,
    TableLayout,
    decimal_tails,
    n_lines,
    spanner,
    table_layout,
)
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.latex.escape import OTHER_CHARACTER, latex_text

MARK = "% A table of a mediation report, written anew with every report."
"""First line of every file, by which a later report knows it."""
_NEEDS = (
    "% Needs: \\usepackage{array,booktabs,longtable,pdflscape} and, with pdfLaTeX,\n"
    "% \\usepackage[T1]{fontenc} and \\usepackage{textcomp}."
)
# Lines of an upright page that leave room for heading and note.
_LINES = 36
_SIZES = {10.0: r"\normalsize", 9.0: r"\small", 8.0: r"\footnotesize"}
_GAP = r"\setlength{\tabcolsep}{4.5pt}"


def table_tex(table: HtmlTable) -> str:
    r"""Write a table as LaTeX.

    A table that fits a page floats; a longer one breaks over pages and repeats its header; one
    wider than the page stands on a sheet turned by a quarter.

    Parameters
    ----------
    table : HtmlTable

    Returns
    -------
    str
        A file to be read with `\input`: plain ASCII but for letters beyond Latin and Greek ones.
        Its label is `tab:` and the identifier of the table.
    """
    layout = table_layout(table)
    long = layout.is_wide or n_lines(table, layout) > _LINES
    body = (_long if long else _floating)(table, layout)
    if layout.is_wide:
        body = f"\\begin{{landscape}}\n{body}\n\\end{{landscape}}"
    return f"{MARK}\n{_NEEDS}\n{OTHER_CHARACTER}\n{body}\n"


def _floating(table: HtmlTable, layout: TableLayout) -> str:
    lines = (
        r"\begin{table}[htbp]",
        f"\\raggedright{_SIZES[layout.size]}{_GAP}",
        _caption(table),
        f"\\begin{{tabular}}{{{_columns(table, layout)}}}",
        r"\toprule",
        _header(table, layout),
        r"\midrule",
        *_rows(table, layout),
        r"\bottomrule",
        *_note(table, layout),
        r"\end{tabular}",
        r"\end{table}",
    )
    return "\n".join(lines)


def _long(table: HtmlTable, layout: TableLayout) -> str:
    again = f"\\multicolumn{{{len(table.columns)}}}{{@{{}}l}}{{\\textit{{(continued)}}}} \\\\"
    lines = (
        f"{{{_SIZES[layout.size]}{_GAP}\\setlength{{\\LTcapwidth}}{{\\linewidth}}",
        f"\\begin{{longtable}}{{{_columns(table, layout)}}}",
        _caption(table) + r" \\",
        r"\toprule",
        _header(table, layout),
        r"\midrule",
        r"\endfirsthead",
        again,
        r"\toprule",
        _header(table, layout),
        r"\midrule",
        r"\endhead",
        r"\bottomrule",
        r"\endfoot",
        r"\bottomrule",
        *_note(table, layout),
        r"\endlastfoot",
        *_rows(table, layout),
        r"\end{longtable}}",
    )
    return "\n".join(lines)


def _caption(table: HtmlTable) -> str:
    return f"\\caption{{{latex_text(table.caption)}}}\\label{{tab:{table.identifier}}}"


def _columns(table: HtmlTable, layout: TableLayout) -> str:
    """Give the columns their widths: broken ones as paragraphs, others as one line."""
    kinds: list[str] = []
    for name, width, broken in zip(table.columns, layout.widths, layout.breaks, strict=True):
        place, side = _sides(table, name)
        inner = f"{width - GAP:.1f}pt"
        if table.groups and not kinds:
            # Rows stand in from the heading of their group, their second lines a bit further.
            side += r"\leftskip=1.6em\parindent=-0.6em"
        kinds.append(f">{{{side}}}p{{{inner}}}" if broken else f"w{{{place}}}{{{inner}}}")
    return f"@{{}}{''.join(kinds)}@{{}}"


def _header(table: HtmlTable, layout: TableLayout) -> str:
    """Set headings over their columns, in as many lines as they need, on one ground line."""
    cells: list[str] = []
    for name, width in zip(table.columns, layout.widths, strict=True):
        left = "@{}" if not cells else ""
        right = "@{}" if len(cells) == len(table.columns) - 1 else ""
        box = f"{left}>{{{_sides(table, name)[1]}}}b{{{width - GAP:.1f}pt}}{right}"
        text = f"\\textit{{{name}}}" if name in SYMBOLS else latex_text(name)
        cells.append(f"\\multicolumn{{1}}{{{box}}}{{{text}}}")
    return "\n  & ".join(cells) + r" \\"


def _sides(table: HtmlTable, name: str) -> tuple[str, str]:
    """Give the letter and the command of the side to which a column is set."""
    if name in table.numeric:
        return "r", r"\raggedleft\arraybackslash"
    return "l", r"\raggedright\arraybackslash"


def _rows(table: HtmlTable, layout: TableLayout) -> list[str]:
    columns = [
        _column([row[j] for row in table.rows], name in table.numeric)
        for j, name in enumerate(table.columns)
    ]
    indent = ""
    if table.groups:
        indent = r"\leavevmode{}" if layout.breaks[0] else r"\hspace{1em}"
    lines = []
    for i in range(len(table.rows)):
        if table.groups and (i == 0 or table.groups[i] != table.groups[i - 1]):
            lines += _group(table, layout, table.groups[i], is_first=i == 0)
        cells = [column[i] for column in columns]
        lines.append(f"{indent}{' & '.join(cells)} \\\\")
    return lines


def _column(cells: Sequence[str], is_numeric: bool) -> list[str]:
    """Escape the cells of a column; decimal points of numbers stand under each other."""
    tails = decimal_tails(cells) if is_numeric else None
    if tails is None:
        return [latex_text(cell) for cell in cells]
    return [
        latex_text(cell) + (f"\\phantom{{{latex_text(tail)}}}" if tail else "")
        for cell, tail in zip(cells, tails, strict=True)
    ]


def _group(table: HtmlTable, layout: TableLayout, heading: str, *, is_first: bool) -> list[str]:
    first, rest = spanner(heading)
    text = f"\\textbf{{{latex_text(first)}}}"
    lines = [] if is_first else [r"\addlinespace"]
    lines.append(_spanning(table, layout, text) + r" \\*")
    if rest:
        lines.append(_spanning(table, layout, f"\\textit{{{latex_text(rest)}}}") + r" \\*")
    return lines


def _note(table: HtmlTable, layout: TableLayout) -> list[str]:
    if not table.note:
        return []
    text = f"\\footnotesize\\textit{{Note.}} {latex_text(table.note)}"
    return [_spanning(table, layout, text) + r" \\"]


def _spanning(table: HtmlTable, layout: TableLayout, text: str) -> str:
    """Let a text run over all columns, broken into lines at the width of the table."""
    box = f"@{{}}>{{\\raggedright\\arraybackslash}}p{{{_total(layout):.1f}pt}}@{{}}"
    return f"\\multicolumn{{{len(table.columns)}}}{{{box}}}{{{text}}}"


def _total(layout: TableLayout) -> float:
    return sum(layout.widths) - GAP
