"""Paragraphs and runs as the XML of a Word file, safe for any text."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from mediation.safe_text import printable

# XML has no place for these two, even as numbers.
_NEVER = str.maketrans({"\ufffe": "?", "\uffff": "?"})


def safe(text: str) -> str:
    """Take out of a text what XML cannot hold."""
    return printable(text).translate(_NEVER)


def attribute(text: str) -> str:
    """Write a text as a quoted attribute."""
    return str(quoteattr(safe(text).replace("\n", " ")))


def run(text: str, *, bold: bool = False, italic: bool = False, size: float | None = None) -> str:
    """Write a run of text; line breaks stay.

    Examples
    --------
    >>> run("a < b", bold=True)
    '<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">a &lt; b</w:t></w:r>'
    """
    marks = "<w:b/>" * bold + "<w:i/>" * italic
    if size is not None:
        marks += f'<w:sz w:val="{round(2 * size)}"/><w:szCs w:val="{round(2 * size)}"/>'
    marks = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    lines = safe(text).replace("\t", " ").split("\n")
    made = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in lines)
    return f"<w:r>{marks}{made}</w:r>"


def field(code: str, shown: str) -> str:
    """Write a field that Word can count anew, with what it shows until then."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f"{run(shown)}"
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def paragraph(style: str, runs: str, properties: str = "") -> str:
    """Write a paragraph of a style, by the name of its identifier."""
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{runs}</w:p>'


def element(markup: str) -> object:
    """Turn one piece of markup into an element of a document."""
    return parse_xml(markup.replace(">", f" {nsdecls('w')}>", 1))
