"""Path diagrams: nothing overlaps, arrows say what their intervals say."""

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

from mediation.model import Parameter
from mediation.reporting.diagram_layout import layout_diagram
from mediation.reporting.diagram_words import alt_text
from mediation.reporting.draw_diagram import draw_path_diagram
from mediation.reporting.draw_style import svg_text
from mediation.reporting.text_size import text_width, wrap
from mediation.vocabulary import Level, PathName

LABELS = {
    "short": "X",
    "word": "Fidelity",
    "words": "SMCM fidelity of the whole team",
    "wide": "W" * 30,
    "narrow": "i" * 30,
    "mixed": "MW mW @@ %% WWWW mmmm OOOO QQ",
    "foreign": "Qualité élevée éàü ßøœ ЖЩЮ",
    "markup": "<script>$x^2$</script> & more",
    "underscores": "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_",
}


def boxes_of(figure):
    """Bounding boxes of texts, boxes and arrows in pixels, as drawn."""
    renderer = figure.canvas.get_renderer()
    axes = figure.axes[0]
    texts = [(t.get_text(), t.get_window_extent(renderer)) for t in axes.texts]
    patches = [p.get_window_extent(renderer) for p in axes.patches if isinstance(p, FancyBboxPatch)]
    arrows = [p.get_window_extent(renderer) for p in axes.patches if isinstance(p, FancyArrowPatch)]
    return texts, patches, arrows


def overlap(one, other, slack=0.5):
    return (
        min(one.x1, other.x1) - max(one.x0, other.x0) > slack
        and min(one.y1, other.y1) - max(one.y0, other.y0) > slack
    )


def inside(inner, outer, slack=0.5):
    return (
        inner.x0 >= outer.x0 - slack
        and inner.x1 <= outer.x1 + slack
        and inner.y0 >= outer.y0 - slack
        and inner.y1 <= outer.y1 + slack
    )


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("n_mediators", [1, 2, 3])
@pytest.mark.parametrize("clusters", [(), ("organization", "team")], ids=["flat", "clustered"])
def test_no_text_overlaps(make, text, n_mediators, clusters):
    mediators = ("alliance", "trust", "choice")[:n_mediators]
    result = make.result(mediators=mediators, clusters=clusters, varying=bool(clusters))
    names = ("fidelity", *mediators, "quality_of_life")
    figure = draw_path_diagram(result, dict.fromkeys(names, text))
    texts, patches, arrows = boxes_of(figure)
    for (first, one), (second, other) in itertools.combinations(texts, 2):
        assert not overlap(one, other), f"{first!r} runs into {second!r}"
    for name, one in texts:
        assert inside(one, figure.bbox), f"{name!r} leaves the figure"
        assert not [a for a in arrows if overlap(one, a)], f"{name!r} runs into an arrow"
        for box in patches:
            assert inside(one, box) or not overlap(one, box), f"{name!r} crosses a box"


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e4, 1e9])
def test_no_number_overlaps(make, scale):
    figure = draw_path_diagram(make.result(scale=scale, error=abs(scale) / 10), {})
    texts, patches, _ = boxes_of(figure)
    assert not [1 for (_, a), (_, b) in itertools.combinations(texts, 2) if overlap(a, b)]
    for name, one in texts:
        crossed = [p for p in patches if overlap(one, p) and not inside(one, p)]
        assert not crossed, name


def test_boxes_do_not_cross(make):
    _, patches, _ = boxes_of(draw_path_diagram(make.result(mediators=("alliance", "trust"))))
    for one, other in itertools.combinations(patches, 2):
        assert inside(one, other) or inside(other, one) or not overlap(one, other)


def test_solid_means_interval_excludes_zero(make):
    # a, b within, b between, c' are 0.5, 0.4, 0.7, 0.1, each with limits 0.3 away.
    arrows = layout_diagram(make.result(error=0.15), {}).arrows
    assert sorted(arrow.solid for arrow in arrows) == [False, True, True, True]
    assert not any(arrow.solid for arrow in layout_diagram(make.result(broken=True), {}).arrows)


def test_levels_and_rule_are_written(make):
    diagram = layout_diagram(make.result(), {})
    written = " ".join(line for text in diagram.texts for line in text.lines)
    for part in ("between teams", "within teams", "team mean", "Solid arrow", "Total (c)"):
        assert part in written


def test_alt_text(make):
    said = alt_text(make.result(), {"fidelity": "SMCM fidelity"})
    assert said.startswith("Path diagram: SMCM fidelity to Alliance to Quality of life.")
    assert "SMCM fidelity to Alliance, a: 0.50 [0.40, 0.60], solid arrow." in said
    assert "Alliance to Quality of life, b within: 0.40 [0.30, 0.50], solid arrow." in said
    assert "SMCM fidelity to Quality of life, c\u2032: 0.10 [0.00, 0.20], dashed arrow." in said
    assert "Indirect, within teams (a \u00d7 b within): 0.20 [0.10, 0.30]." in said


def test_same_result_same_picture(make):
    first, second = (svg_text(draw_path_diagram(make.result(), {})) for _ in range(2))
    assert first == second
    assert "<text" not in first


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_width_is_bounded_from_above(make, text):
    figure = draw_path_diagram(make.result(), {})
    drawn = figure.text(0, 0, text, size=10, parse_math=False, family="DejaVu Sans")
    pixels = drawn.get_window_extent(figure.canvas.get_renderer()).width
    assert pixels * 72 / figure.dpi <= text_width(text, 10) + 1


def test_wrap_keeps_every_character():
    for text in LABELS.values():
        lines = wrap(text, 10, 60)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert max(text_width(line, 10) for line in lines) <= 60
    assert wrap("", 10, 60) == ("",)


def written_in(result):
    return " ".join(line for text in layout_diagram(result, {}).texts for line in text.lines)


def test_parts_follow_from_the_paths_and_not_from_the_clusters(make):
    """A latent mediator in clustered data has one slope and is drawn as one box."""
    flat = make.result(clusters=())
    model = dataclasses.replace(flat.fit.model, clusters=("organization", "team"))
    fit = dataclasses.replace(flat.fit, model=model, predictor_level="team")
    diagram = layout_diagram(dataclasses.replace(flat, fit=fit), {})
    assert len(diagram.boxes) == 3
    assert len(diagram.arrows) == 3
    written = written_in(dataclasses.replace(flat, fit=fit))
    assert "not in the model" not in written
    assert "teams" not in written


def test_a_slope_that_is_not_identified_is_said(make):
    result = make.result()
    paths = result.fit.paths
    lost = Parameter(PathName.B, Level.BETWEEN, "alliance")
    keep = [k for k, parameter in enumerate(paths.parameters) if parameter != lost]
    left = dataclasses.replace(
        paths,
        parameters=tuple(paths.parameters[k] for k in keep),
        values=paths.values[keep],
        covariance=paths.covariance[np.ix_(keep, keep)],
        df=paths.df[keep],
    )
    fit = dataclasses.replace(result.fit, paths=left, not_identified=frozenset({lost}))
    rows = tuple(result.paths[k] for k in keep)
    written = written_in(dataclasses.replace(result, fit=fit, paths=rows))
    assert "b between: not identified" in written
    assert "b within = 0.40" in written


def test_split_levels_are_named(make):
    result = make.result()
    model = dataclasses.replace(result.fit.model, split_at=("organization", "team"))
    fit = dataclasses.replace(result.fit, model=model)
    written = written_in(dataclasses.replace(result, fit=fit))
    for part in ("organization mean", "between organizations", "deviation from", "within teams"):
        assert part in written
