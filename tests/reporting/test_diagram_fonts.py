"""Letters that the font of the figures lacks come from an installed font that has them."""

import pytest
from matplotlib.font_manager import fontManager

from mediation.reporting.diagram import draw_fonts
from mediation.reporting.diagram.draw import draw_diagram
from mediation.reporting.diagram.specification import Node, PathDiagram

CHINESE = "工作联盟"


def test_the_usual_font_is_enough_for_most():
    for text in ("Qualité de vie", "Ποιότητα", "Качество жизни", "a \u00d7 b \u2212 \u2032"):
        assert draw_fonts.fonts_for(text) == ["DejaVu Sans"]


def test_the_font_with_most_missing_letters_is_taken(monkeypatch):
    letters = {"DejaVu Sans": "ab", "Poor": "工", "Rich": "工作", "Useless": ""}
    monkeypatch.setattr(draw_fonts, "_letters", lambda name: frozenset(map(ord, letters[name])))
    monkeypatch.setattr(draw_fonts, "_installed", lambda: ("Useless", "Poor", "Rich"))
    assert draw_fonts.fonts_for("ab工作") == ["DejaVu Sans", "Rich"]
    assert draw_fonts.fonts_for("联") == ["DejaVu Sans"]
    monkeypatch.setattr(draw_fonts, "_installed", lambda: ())
    assert draw_fonts.fonts_for("工") == ["DejaVu Sans"]


def test_chinese_labels_are_drawn_without_missing_letters():
    """A missing letter is a warning of matplotlib, and here an error."""
    if len(draw_fonts.fonts_for(CHINESE)) == 1:
        present = sorted({entry.name for entry in fontManager.ttflist})
        pytest.skip(f"no font with Chinese letters among {len(present)} installed ones")
    figure = draw_diagram(PathDiagram((("x",),), (Node("x", CHINESE * 7),), ()))
    figure.canvas.draw()
    (box,) = figure.axes[0].patches
    outer = box.get_window_extent()
    for text in figure.axes[0].texts:
        inner = text.get_window_extent()
        assert outer.x0 < inner.x0 < inner.x1 < outer.x1
        assert outer.y0 < inner.y0 < inner.y1 < outer.y1
