"""Path diagrams as drawn: no text touches another one, a border, an arrow, or leaves its box."""

import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch

from mediation.reporting.diagram.draw import draw_diagram
from mediation.reporting.diagram.geometry import segment_hits
from mediation.reporting.diagram.of_result import diagram_of
from mediation.reporting.diagram.options import DiagramOptions, Statistic
from mediation.reporting.diagram.shapes import Rect
from mediation.reporting.diagram.specification import Arrow, Node, PathDiagram, Shape

LABELS = {
    "short": "X",
    "words": "SMCM fidelity of the whole team",
    "wide": "W" * 30,
    "narrow": "i" * 30,
    "mixed": "MW mW @@ %% WWWW mmmm OOOO QQ",
    "foreign": "Qualité élevée éàü ßøœ ЖЩЮ",
    "markup": "<script>$x^2$</script> & more",
    "underscores": "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_",
    "german": "Lebenszufriedenheitsskalenwert",
}
MEDIATORS = ("alliance", "trust", "choice", "hope")


def extent(artist, figure):
    box = artist.get_window_extent(figure.canvas.get_renderer())
    return Rect(box.x0, box.y0, box.x1, box.y1)


def arrow_points(patch):
    """Corners of an arrow in pixels; a rounded corner counts as a sharp one."""
    path = patch.get_transform().transform_path(patch._path_original)
    return [tuple(point) for point in path.vertices]


def in_ellipse(outer, rect):
    (cx, cy), a, b = outer.center, outer.width / 2, outer.height / 2
    corners = itertools.product((rect.x0, rect.x1), (rect.y0, rect.y1))
    return all(math.hypot((x - cx) / a, (y - cy) / b) <= 1.02 for x, y in corners)


def faults_of(figure):
    """Everything in a figure that touches what it must not, in words."""
    axes = figure.axes[0]
    slack = -0.5
    texts = [(t.get_text(), extent(t, figure).grown(slack)) for t in axes.texts]
    boxes = [p for p in axes.patches if isinstance(p, FancyBboxPatch | Ellipse)]
    outers = [(box, extent(box, figure)) for box in boxes]
    arrows = [p for p in axes.patches if isinstance(p, FancyArrowPatch)]
    canvas = Rect(0, 0, figure.bbox.x1, figure.bbox.y1)
    found = [
        f"{first!r} runs into {second!r}"
        for (first, one), (second, other) in itertools.combinations(texts, 2)
        if one.overlaps(other)
    ]
    heads = [Rect(x, y, x, y).grown(4) for a in arrows for x, y in (arrow_points(a)[-1],)]
    pieces = [piece for a in arrows for piece in itertools.pairwise(arrow_points(a))]
    for name, rect in texts:
        if not canvas.encloses(rect):
            found.append(f"{name!r} leaves the figure")
        if any(rect.overlaps(head) for head in heads):
            found.append(f"{name!r} runs into an arrowhead")
        if any(segment_hits(rect, *piece) for piece in pieces):
            found.append(f"{name!r} runs into an arrow")
        for box, outer in outers:
            inside = outer.encloses(rect)
            if isinstance(box, Ellipse):
                inside = inside and in_ellipse(outer, rect)
            if rect.overlaps(outer) and not inside:
                found.append(f"{name!r} crosses a box")
    extents = [outer.grown(slack) for _, outer in outers]
    for one, other in itertools.combinations(extents, 2):
        if one.overlaps(other) and not (one.encloses(other) or other.encloses(one)):
            found.append("two boxes cross")
    return found


def chain(labels, *, n_mediators, below, skip):
    """Mediators in a row, each with an arrow to the next, or to all that follow."""
    names = ["x", *MEDIATORS[:n_mediators], "y"]
    arrows = [
        Arrow(tail, head, f"d = {i}.{j}2", below, solid=bool(i % 2))
        for (i, tail), (j, head) in itertools.combinations(enumerate(names), 2)
        if skip or j == i + 1 or (i, j) == (0, n_mediators + 1)
    ]
    nodes = [
        Node(name, label, Shape.ELLIPSE if name == "trust" else Shape.BOX)
        for name, label in zip(names, labels, strict=True)
    ]
    return PathDiagram((tuple(names),), nodes, arrows)


def diagrams(make, label, statistic, n_mediators):
    """Every kind of diagram with one label everywhere."""
    mediators = MEDIATORS[:n_mediators]
    named = dict.fromkeys(("fidelity", *mediators, "quality_of_life"), label)
    options = DiagramOptions(statistic)
    for clusters in ((), ("organization", "team")):
        for varying in (False, True) if clusters else (False,):
            result = make.result(mediators=mediators, clusters=clusters, varying=varying)
            yield diagram_of(result, named, options)
    latent = make.result(mediators=mediators, engine=("TwoLevelSEM()", "latent"))
    yield diagram_of(latent, named, options)
    below = {Statistic.INTERVAL: "[\u22120.12, 0.45]", Statistic.NONE: ""}.get(statistic, "SE 0.12")
    for skip in (False, True):
        labels = [label] * (n_mediators + 2)
        yield chain(labels, n_mediators=n_mediators, below=below, skip=skip)


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("n_mediators", [1, 2, 3, 4])
def test_nothing_overlaps(make, text, n_mediators):
    for diagram in diagrams(make, text, Statistic.INTERVAL, n_mediators):
        assert faults_of(draw_diagram(diagram)) == []


@pytest.mark.parametrize("statistic", [s for s in Statistic if s is not Statistic.INTERVAL])
@pytest.mark.parametrize("n_mediators", [1, 4])
def test_nothing_overlaps_with_any_statistic(make, statistic, n_mediators):
    for diagram in diagrams(make, LABELS["words"], statistic, n_mediators):
        assert faults_of(draw_diagram(diagram)) == []


def triangle(n_mediators, labels):
    """The textbook's picture: mediators above, aslant arrows."""
    names = MEDIATORS[:n_mediators]
    nodes = [Node(n, t) for n, t in zip(("x", *names, "y"), labels, strict=True)]
    arrows = [Arrow("x", "y", "c = 0.12", "[0.10, 0.14]")]
    arrows += [Arrow("x", name, "a = 0.12", "[0.10, 0.14]") for name in names]
    arrows += [Arrow(name, "y", "b = 0.12", "[0.10, 0.14]") for name in names]
    above = ("", *names, "") if n_mediators == 2 else ("", names[0], "")
    return PathDiagram((above, ("x", *("",) * (len(above) - 2), "y")), nodes, arrows)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nothing_overlaps_whatever_the_labels(make, data):
    letters = st.characters(codec="latin-1", categories=("L", "N", "P", "S", "Zs"))
    label = st.text(letters, min_size=1, max_size=30)
    kind = data.draw(st.sampled_from(["triangle", "chain", "result"]))
    n_mediators = data.draw(st.integers(1, 2 if kind == "triangle" else 4))
    labels = data.draw(st.lists(label, min_size=n_mediators + 2, max_size=n_mediators + 2))
    if kind == "triangle":
        diagram = triangle(n_mediators, labels)
    elif kind == "chain":
        diagram = chain(labels, n_mediators=n_mediators, below="[0.10, 0.14]", skip=True)
    else:
        mediators = MEDIATORS[:n_mediators]
        names = ("fidelity", *mediators, "quality_of_life")
        result = make.result(mediators=mediators)
        diagram = diagram_of(result, dict(zip(names, labels, strict=True)))
    assert faults_of(draw_diagram(diagram)) == []


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e4, 1e9])
def test_no_number_overlaps(make, scale):
    result = make.result(scale=scale, error=abs(scale) / 10)
    assert faults_of(draw_diagram(diagram_of(result))) == []


def test_a_fault_is_found(make):
    figure = draw_diagram(diagram_of(make.result()))
    first, second = figure.axes[0].texts[:2]
    first.set_position(second.get_position())
    assert any("runs into" in fault for fault in faults_of(figure))
