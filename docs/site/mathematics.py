"""Equations of the pages as SVG, drawn when the site is built.

Pages hold LaTeX between dollar signs, as GitHub shows it. The site shows the same as SVG inside the
page: no script, no font and no other site is needed, and it looks the same in print and in every
browser. matplotlib, which draws the package's figures, sets the formulas: no further dependency.
"""

from __future__ import annotations

import html
import re
from functools import cache

from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser
from matplotlib.textpath import TextPath

# Units of the drawing; the size on the page is in em, so that formulas grow with the text.
SIZE = 20.0
EM = 0.06
INLINE = re.compile(r'<span class="arithmatex">\\\((.*?)\\\)</span>', re.DOTALL)
DISPLAY = re.compile(r'<div class="arithmatex">\s*\\\[(.*?)\\\]\s*</div>', re.DOTALL)
ALIGNED = re.compile(r"\\begin\{aligned\}(.*?)\\end\{aligned\}", re.DOTALL)
LETTERS = {1: "M", 2: "L", 3: "Q", 4: "C", 79: "Z"}
# What LaTeX and GitHub know under names that matplotlib does not.
SPELLINGS = {"le": r"\leq", "ge": r"\geq", "ne": r"\neq"}
COMMAND = re.compile(r"\\(le|ge|ne)(?![a-zA-Z])")
SUM = re.compile(r"(\\sum(?:_(?:\{(?:[^{}]|\{[^{}]*\})*\}|\w))?)")
# On a line of its own a fraction is set large, as LaTeX does.
FRACTION, LARGE_FRACTION = r"\frac", r"\dfrac"
FONT = FontProperties(math_fontfamily="cm", size=SIZE)


def draw_mathematics(content: str) -> str:
    r"""Replace every formula of a page by its drawing.

    Parameters
    ----------
    content : str
        HTML in which formulas stand as `pymdownx.arithmatex` leaves them.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a formula cannot be set: the message shows it.

    Examples
    --------
    >>> drawn = draw_mathematics(r'<span class="arithmatex">\(a b\)</span>')
    >>> drawn.startswith("<svg") and 'aria-label="a b"' in drawn
    True
    """
    content = DISPLAY.sub(lambda found: _display(html.unescape(found[1].strip())), content)
    return INLINE.sub(lambda found: _drawing(html.unescape(found[1].strip()), False), content)


def _display(tex: str) -> str:
    aligned = ALIGNED.fullmatch(tex)
    lines = (aligned[1] if aligned else tex).strip().split(r"\\")
    rows = []
    for line in lines:
        cells = "".join(
            f"<td>{_drawing(cell.strip(), True) if cell.strip() else ''}</td>"
            for cell in line.split("&")
        )
        rows.append(f"<tr>{cells}</tr>")
    # Equations that stand under each other at their signs are cells of a layout, not data.
    return (
        '<div class="formula" tabindex="0" role="group" aria-label="equation">'
        f'<table class="formula-lines" role="presentation">{"".join(rows)}</table></div>'
    )


@cache
def _drawing(tex: str, display: bool) -> str:
    # The drawing puts the range of a sum below its sign: inside text that would part the lines.
    tex_line = SUM.sub(r"\1\\,", tex) if display else tex.replace(r"\sum", r"\Sigma")
    known = COMMAND.sub(lambda found: SPELLINGS[found[1]], " ".join(tex_line.split()))
    source = f"${known.replace(FRACTION, LARGE_FRACTION) if display else known}$"
    try:
        width, height, depth, *_ = MathTextParser("path").parse(source, 72, FONT)
        path = TextPath((0, 0), source, size=SIZE, prop=FONT)
    except ValueError as error:
        raise ValueError(f"This formula cannot be set: {tex}\n{error}") from error
    drawn = []
    for points, code in path.iter_segments(simplify=False):
        numbers = " ".join(f"{value:.2f}" for value in points) if code != 79 else ""
        drawn.append(f"{LETTERS[int(code)]}{numbers}")
    box = f"0 {-height - 1:.2f} {width + 1:.2f} {height + depth + 2:.2f}"
    size = f"width:{(width + 1) * EM:.3f}em;height:{(height + depth + 2) * EM:.3f}em"
    shift = f";vertical-align:{-(depth + 1) * EM:.3f}em"
    return (
        f'<svg class="formula-{"line" if display else "text"}" role="img" '
        f'aria-label="{html.escape(tex, quote=True)}" viewBox="{box}" style="{size}{shift}">'
        f'<path transform="scale(1 -1)" fill="currentColor" d="{"".join(drawn)}"/></svg>'
    )
