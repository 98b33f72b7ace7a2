"""Text of other people's making, made harmless for terminals and spreadsheets."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What a spreadsheet takes for the beginning of a formula, full-width and small forms included.
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
_BEFORE = "\\s\u200b-\u200d\u2060\ufeff'\"`\u2018-\u201f"
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
# Text that begins with an apostrophe is none already.
_FORMULA = re.compile(f"[\\t\\r\\n]|(?!')[{_BEFORE}]*[{_SIGNS}]")
# Where a spreadsheet that reads another separator begins a cell of its own.
_INNER = re.compile(f"([;\\t\\r\\n])(?=(?!')[{_BEFORE}]*[{_SIGNS}])")
# Marks that turn the direction of text around, so that it reads other than it is.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_KEPT = frozenset("\n\t")

_SPECIAL = str.maketrans(
    {
        "\\": r"\\",
        "|": r"\|",
        "<": "&lt;",
        ">": "&gt;",
        "&": "&amp;",
        "*": r"\*",
        "`": r"\`",
        "\n": " ",
        "\r": " ",
    }
)
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?=//)|\bwww\.|\bmailto:|\bxmpp:|@", re.IGNORECASE)
_ENTITIES = {":": "&#58;", ".": "&#46;", "@": "&#64;"}


def printable(text: str) -> str:
    r"""Put a question mark for every character that would steer a terminal or break a page.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        Without control characters (line breaks and tabs stay), lone halves of characters and
        marks of direction.

    Examples
    --------
    >>> printable("Hope\x1b[31m"), printable("two\nlines")
    ('Hope?[31m', 'two\nlines')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join("?" if _is_steering(character) else character for character in text)


def _is_steering(character: str) -> bool:
    if character in _KEPT:
        return False
    # Zl and Zp end lines where nobody expects it.
    return unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _BIDI


def without_formula(text: str) -> str:
    r"""Put an apostrophe before text that a spreadsheet would run as a formula.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        A plain number, signed or not, and all other text as it is. Of text with a semicolon, a
        tab or a line break each part counts, since a spreadsheet may separate cells there.

    Examples
    --------
    >>> [without_formula(text) for text in ("=1+1", ' "@SUM(A1)', "-0.5", "a-b", "x;=1+1")]
    ["'=1+1", '\' "@SUM(A1)', '-0.5', 'a-b', "x;'=1+1"]
    """
    if _NUMBER.fullmatch(text):
        return text
    text = _INNER.sub(r"\1'", text)
    return f"'{text}" if _FORMULA.match(text) else text


def safe_cell(text: str) -> str:
    r"""Write a text as `csv_text` writes it into a cell.

    Parameters
    ----------
    text : str

    Returns
    -------
    str

    Examples
    --------
    >>> safe_cell("=1+1\x1b[31m")
    "'=1+1?[31m"
    """
    return printable(without_formula(text))


def csv_text(frame: pd.DataFrame) -> str:
    r"""Write a frame as CSV that a spreadsheet can open without running anything.

    Every CSV of the package is written by this.

    Parameters
    ----------
    frame : DataFrame
        The index is not written.

    Returns
    -------
    str
        Comma-separated, with a header, lines ending in a line feed; missing values are empty.
        Numbers as they are, texts and names of columns without formulas and control characters.

    Examples
    --------
    >>> import pandas as pd
    >>> csv_text(pd.DataFrame({"level": ["=1+1", "low"], "estimate": [-0.5, 2.0]}))
    "level,estimate\n'=1+1,-0.5\nlow,2.0\n"
    """
    safe = frame.copy()
    for position, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufcmM":
            column = frame.iloc[:, position].tolist()
            cells = [safe_cell(cell) if isinstance(cell, str) else cell for cell in column]
            safe.isetitem(position, cells)
    safe.columns = [safe_cell(str(name)) for name in frame.columns]
    return safe.to_csv(index=False, lineterminator="\n")


def escape_markdown(text: str) -> str:
    r"""Make text of a column or label harmless inside a Markdown table.

    Examples
    --------
    >>> escape_markdown("a|b <script>")
    'a\\|b &lt;script&gt;'
    >>> escape_markdown("see https://example.org")
    'see https&#58;//example.org'
    """
    text = printable(text).translate(_SPECIAL).replace("](", r"]\(")
    # Addresses would become links by themselves.
    return _ADDRESS.sub(lambda found: found.group(0)[:-1] + _ENTITIES[found.group(0)[-1]], text)
