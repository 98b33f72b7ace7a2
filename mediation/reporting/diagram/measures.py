"""How large the words of a path diagram are, and so its boxes."""

from __future__ import annotations

import re

from mediation.reporting.diagram.specification import Arrow, Node, Shape
from mediation.reporting.text_size import text_width, wrap

LABEL, TAG, COEFFICIENT, CAPTION, RULE = 10.5, 8.0, 9.5, 9.0, 7.5
LINE = 1.35
PADDING, FRAME_PADDING = 10.0, 8.0
LANE = 2 * COEFFICIENT * LINE + 12
# Labels break at spaces beyond the first width; one long word may fill the second.
_LABEL_WIDTH, _WORD_WIDTH = 118.0, 172.0
_TITLE_WIDTH = 250.0
_SMALLEST = (72.0, 36.0)
# An ellipse around a text of width w and height h: (w / 1.25 w)^2 + (h / 1.67 h)^2 = 1.
_ELLIPSE = (1.25, 1.67)


def break_label(label: str) -> tuple[str, ...]:
    """Break a label into lines, at spaces and underscores where it can, else with a hyphen.

    Parameters
    ----------
    label : str

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> break_label("Community functioning of clients")
    ('Community', 'functioning of', 'clients')
    >>> break_label("Lebenszufriedenheitsverbesserung")
    ('Lebenszufriedenh-', 'eitsverbesserung')
    """
    words = [_fit_word(word) for word in label.split()]
    pieces = [piece for word in words for piece in word.split()]
    widest = max((text_width(piece, LABEL) for piece in pieces), default=0.0)
    return wrap(" ".join(words), LABEL, min(max(_LABEL_WIDTH, widest), _WORD_WIDTH))


def break_title(title: str, *, is_context: bool) -> tuple[str, ...]:
    """Break the title of a frame into lines; a frame around frames has room for long ones.

    Examples
    --------
    >>> break_title("Community mental health system", is_context=True)
    ('Community mental health system',)
    """
    return wrap(title, LABEL, _TITLE_WIDTH) if is_context else break_label(title)


def _fit_word(word: str) -> str:
    """Part a word that is too wide: after underscores, else letters in halves with a hyphen."""
    if text_width(word, LABEL) <= _WORD_WIDTH:
        return word
    if "_" in word.strip("_"):
        return re.sub(r"_+(?=[^_])", lambda found: found[0] + " ", word)
    if not re.fullmatch(r"[^\W\d_\u2e80-\uffff]+", word):
        return word
    half = (len(word) + 1) // 2
    return f"{_fit_word(word[:half])}- {_fit_word(word[half:])}"


def node_size(node: Node) -> tuple[float, float]:
    """Give the width and height a node needs, in points."""
    lines = break_label(node.label or node.name)
    width = max(*(text_width(line, LABEL) for line in lines), text_width(node.tag, TAG))
    height = stack_height(lines, node.tag)
    if node.shape is Shape.ELLIPSE:
        return (
            max(_SMALLEST[0], _ELLIPSE[0] * (width + 4)),
            max(_SMALLEST[1], _ELLIPSE[1] * height),
        )
    return max(_SMALLEST[0], width + 2 * PADDING), max(_SMALLEST[1], height + 10)


def stack_height(lines: tuple[str, ...], tag: str) -> float:
    """Height of label lines with a tag under them."""
    return len(lines) * LABEL * LINE + (TAG * LINE if tag else 0)


def arrow_text_size(arrow: Arrow) -> tuple[float, float]:
    """Width and height of the texts beside an arrow, one above the other."""
    lines = [line for line in (arrow.text, arrow.below) if line]
    width = max((text_width(line, COEFFICIENT) for line in lines), default=0.0)
    return width, len(lines) * COEFFICIENT * LINE
