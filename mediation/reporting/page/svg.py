"""Figures as elements of a page, in the colors of its light and dark looks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from mediation.reporting.draw_style import ACCENT, CONTRAST, FAINT, INK, PAPER, QUIET, THIRD
from mediation.reporting.named_figure import NamedFigure

# Colors of the figures and the variables of the page's style sheet that take their place.
_VARIABLES = {
    INK: "ink",
    QUIET: "quiet",
    FAINT: "line",
    PAPER: "sheet",
    ACCENT: "accent",
    CONTRAST: "contrast",
    THIRD: "third",
    "#f1f4f7": "soft",
}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as it stands in the page."""

    identifier: str
    svg: Markup
    caption: str


def drawing(figure: NamedFigure) -> Drawing:
    """Make a drawn figure part of a page."""
    identifier = f"figure-{figure.name}"
    svg = inline_svg(figure.svg, identifier, figure.alt)
    if figure.kind == "diagram":
        # An arrow and its texts carry the key that its row in the table of paths has.
        svg = Markup(
            re.sub(
                rf'id="{identifier}-(path-[\w-]+?)((?:-text(?:-below)?)?)"',
                rf'id="{identifier}-\1\2" data-path="{figure.name}/\1"',
                str(svg),
            )
        )
    return Drawing(identifier, svg, figure.caption)


def inline_svg(svg: str, identifier: str, alt: str) -> Markup:
    """Make a drawn figure part of a page.

    Parameters
    ----------
    svg : str
        A whole SVG document.
    identifier : str
        Prefix of every id inside it, so that ids stay unique in the page.
    alt : str
        What the figure shows, in words.

    Returns
    -------
    Markup
        The `svg` element alone, with role and label, as wide as the page allows.

    Examples
    --------
    >>> inline_svg('<svg width="72pt"><g id="a"/></svg>', "f", "A line")
    Markup('<svg role="img" aria-label="A line" style="max-width:96px"><g id="f-a"/></svg>')
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="', f'id="{identifier}-', body)
    body = re.sub(r'(xlink:href="|href="|url\()#', rf"\g<1>#{identifier}-", body)
    head, rest = body.split(">", 1)
    points = re.search(r'width="([\d.]+)pt"', head)
    limit = f' style="max-width:{float(points.group(1)) * 96 / 72:.0f}px"' if points else ""
    head = re.sub(r'\s(?:width|height|version)="[^"]*"', "", head)
    label_ = escape(alt)
    head = head.replace("<svg", f'<svg role="img" aria-label="{label_}"{limit}', 1)
    for color, variable in _VARIABLES.items():
        rest = re.sub(rf"(: ?){color}\b", rf"\1var(--{variable})", rest)
    return Markup(f"{head}>{rest.rstrip()}")
