"""How wide a text is in DejaVu Sans, from above; and where to break it."""

from __future__ import annotations

import re

# Advance widths of DejaVu Sans in ems, rounded up by class.
_NARROW = frozenset("ijlI.,:;|!' ")
_MEDIUM = frozenset('frt()[]/-\\`"')
_PLAIN = frozenset("abcdeghknopqsuvxyzEFJLPSTZ0123456789$?_*\u2032\u2014")
_BROAD = frozenset("ABCDGHKNRUVXY&#{}\u00b7")


def text_width(text: str, size: float) -> float:
    """Bound the width of one line from above.

    Parameters
    ----------
    text : str
    size : float
        Font size in points.

    Returns
    -------
    float
        Points.

    Examples
    --------
    >>> text_width("ii", 10.0), text_width("WW", 10.0)
    (6.4, 20.2)
    """
    return round(sum(_em(character) for character in text) * size, 6)


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.32
    if character in _MEDIUM:
        return 0.47
    if character in _PLAIN:
        return 0.69 if character != "\u2014" else 1.0
    if character in _BROAD:
        return 0.84
    return 1.01


def wrap(text: str, size: float, width: float) -> tuple[str, ...]:
    """Break a text at spaces and hyphens into lines no wider than `width`, elsewhere if it must.

    Parameters
    ----------
    text : str
    size, width : float
        Points.

    Returns
    -------
    tuple of str
        At least one line.

    Examples
    --------
    >>> wrap("Community functioning", 10.0, 90.0)
    ('Community', 'functioning')
    >>> wrap("Recovery-promoting", 10.0, 90.0)
    ('Recovery-', 'promoting')
    """
    lines: list[str] = []
    line = ""
    for piece in re.findall(r"\s*[^\s-]*(?:-+|(?=\s)|$)", " ".join(text.split())):
        joined = line + piece if line else piece.lstrip()
        if text_width(joined, size) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _chop(piece.lstrip(), size, width)
        lines += full
    return (*lines, line) if line or not lines else tuple(lines)


def _chop(word: str, size: float, width: float) -> list[str]:
    """Cut a word into pieces that fit."""
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width(pieces[-1] + character, size) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces
