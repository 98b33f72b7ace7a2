"""The LaTeX files of a report: one for each table, and a document with all of them."""

from __future__ import annotations

from mediation.reporting.contents import ReportContents
from mediation.reporting.document.report import Parts, report_tables
from mediation.reporting.html_tables import HtmlTable
from mediation.reporting.latex.escape import OTHER_CHARACTER, latex_text
from mediation.reporting.latex.table import MARK, table_tex

_ALL = "all-tables"
_HEAD = (
    MARK
    + r"""
% Typeset with: pdflatex all-tables (or xelatex), three times.
\documentclass[10pt,letterpaper]{article}
\usepackage[margin=1in]{geometry}
\ifdefined\Umathchar\else
  \usepackage[T1]{fontenc}
  \usepackage{textcomp}
\fi
\IfFileExists{lmodern.sty}{\usepackage{lmodern}}{}
\usepackage{array,booktabs,longtable,pdflscape}
\usepackage[labelsep=newline,labelfont=bf,textfont=it,singlelinecheck=false,
  justification=raggedright,skip=6pt]{caption}
\setlength{\LTleft}{0pt}
\renewcommand{\topfraction}{0.95}
\renewcommand{\textfraction}{0.05}
\renewcommand{\floatpagefraction}{0.8}
\setcounter{topnumber}{6}
\setcounter{totalnumber}{8}
"""
)
_HEAD_END = r"\begin{document}"


def latex_files(contents: ReportContents, parts: Parts = ()) -> dict[str, str]:
    """Write every table of a report for LaTeX.

    Parameters
    ----------
    contents : ReportContents
    parts : sequence of sequence of RobustnessPart
        What was found on robustness, for each entry.

    Returns
    -------
    dict of str to str
        Texts by path in the folder of the report: `tables/<identifier>.tex`, and
        `tables/all-tables.tex`, a document that reads the others.
    """
    found = report_tables(contents, parts)
    files = {f"tables/{table.identifier}.tex": table_tex(table) for _, table in found}
    return {**files, f"tables/{_ALL}.tex": _document(contents, found)}


def _document(contents: ReportContents, found: tuple[tuple[str, HtmlTable], ...]) -> str:
    """Write the document that reads all tables, chapter by chapter."""
    lines = [f"\\section*{{{latex_text(contents.title)}}}"]
    if contents.is_synthetic:
        lines.append(r"\textbf{Synthetic data.} The people in these data are invented.")
    chapter = ""
    for name, table in found:
        if name != chapter:
            lines += [r"\clearpage"] * bool(chapter) + [f"\\section*{{{latex_text(name)}}}"]
            chapter = name
        lines.append(f"\\input{{{table.identifier}}}")
    body = "\n".join((OTHER_CHARACTER, _HEAD_END, *lines))
    return f"{_HEAD}{body}\n\\end{{document}}\n"
