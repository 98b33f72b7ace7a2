"""The pictures of the documentation are what the code draws, and say what the text said."""

import importlib.util
import re
from pathlib import Path

import pytest

from mediation import draw_diagram
from mediation.reporting.draw_style import svg_text

DOCS = Path(__file__).parents[1] / "docs"
_spec = importlib.util.spec_from_file_location("draw_figures", DOCS / "draw_figures.py")
draw_figures = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(draw_figures)

NUMBER = re.compile(r"-?\d+\.\d+")


def skeleton(svg):
    """The identifiers of a picture, its size, and the numbers of its arrows and boxes."""
    names = re.findall(r'id="(path-[^"]+)"', svg)
    size = NUMBER.findall(re.search(r"viewBox=\"([^\"]+)\"", svg).group(1))
    paths = re.findall(r'<g id="(?:patch_\d+|path-[^"]+)">\s*<path d="([^"]+)"', svg)
    return names, [float(n) for text in (*size, *paths) for n in NUMBER.findall(text)]


@pytest.mark.parametrize("name", draw_figures.FIGURES)
def test_committed_picture_is_what_the_code_draws(name):
    drawn = skeleton(svg_text(draw_diagram(draw_figures.FIGURES[name]())))
    committed = skeleton((DOCS / "figures" / f"{name}.svg").read_text(encoding="utf-8"))
    assert len(drawn[1]) > 50
    assert drawn[0] == committed[0]
    assert drawn[1] == pytest.approx(committed[1], abs=0.01)
    assert (DOCS / "figures" / f"{name}.png").stat().st_size > 10_000


def test_conceptual_picture_says_what_the_text_says():
    diagram = draw_figures.conceptual()
    links = {(arrow.tail, arrow.head): arrow.text for arrow in diagram.arrows}
    assert links == {
        ("alliance", "changes"): "18 of 20",
        ("goals", "changes"): "4 of 20",
        ("strengths", "changes"): "4 of 20",
    }
    assert "not copied" in diagram.rule
    frames = {frame.name: frame.members for frame in diagram.frames}
    assert frames["community"] == ("organization",)


def test_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = (DOCS / "diagrams.md").read_text(encoding="utf-8")
    names = {}
    for block in re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL):
        exec(compile(block, "diagrams.md", "exec"), names)
    assert 'id="path-a-alliance"' in (tmp_path / "diagram.svg").read_text(encoding="utf-8")
    # The page prints the code of the serial picture.
    assert names["diagram"] == draw_figures.theory_chain()
