"""Path diagrams of results: arrows say what their intervals say, in the units asked for."""

import dataclasses
import math

import numpy as np
import pytest

from mediation.errors import ReportError, SpecificationError
from mediation.estimation.paths import EquationSummary
from mediation.model import Parameter
from mediation.reporting.diagram.draw import draw_diagram
from mediation.reporting.diagram.layout import layout_diagram
from mediation.reporting.diagram.of_result import diagram_of
from mediation.reporting.diagram.options import DiagramOptions, Statistic
from mediation.reporting.diagram.specification import Shape
from mediation.reporting.diagram.words import alt_text
from mediation.reporting.draw_style import svg_text
from mediation.reporting.text_size import text_width, wrap
from mediation.vocabulary import Convergence, Level, PathName, StandardizeBy

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


def test_solid_means_interval_excludes_zero(make):
    # a, b within, b between, c' are 0.5, 0.4, 0.7, 0.1, each with limits 0.3 away.
    arrows = diagram_of(make.result(error=0.15)).arrows
    assert sorted(arrow.solid for arrow in arrows) == [False, True, True, True]
    assert not any(arrow.solid for arrow in diagram_of(make.result(broken=True)).arrows)


def test_levels_and_rule_are_written(make):
    written = written_in(make.result())
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
    first, second = (svg_text(draw_diagram(diagram_of(make.result()))) for _ in range(2))
    assert first == second
    assert "<text" not in first


@pytest.mark.parametrize("text", LABELS.values(), ids=LABELS)
def test_width_is_bounded_from_above(make, text):
    figure = draw_diagram(diagram_of(make.result()))
    drawn = figure.text(0, 0, text, size=10, parse_math=False, family="DejaVu Sans")
    pixels = drawn.get_window_extent(figure.canvas.get_renderer()).width
    assert pixels * 72 / figure.dpi <= text_width(text, 10) + 1


def test_wrap_keeps_every_character():
    for text in LABELS.values():
        lines = wrap(text, 10, 60)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        assert max(text_width(line, 10) for line in lines) <= 60
    assert wrap("", 10, 60) == ("",)


def written_in(result, options=None):
    picture = layout_diagram(diagram_of(result, options=options))
    return " ".join(line for text in picture.texts for line in text.lines)


def test_parts_follow_from_the_paths_and_not_from_the_clusters(make):
    """A latent mediator in clustered data has one slope and is drawn as one box."""
    flat = make.result(clusters=())
    model = dataclasses.replace(flat.fit.model, clusters=("organization", "team"))
    fit = dataclasses.replace(flat.fit, model=model, predictor_level="team")
    diagram = diagram_of(dataclasses.replace(flat, fit=fit))
    assert (len(diagram.nodes), len(diagram.frames), len(diagram.arrows)) == (3, 0, 3)
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


def texts_of(diagram):
    return {arrow.name: (arrow.text, arrow.below) for arrow in diagram.arrows}


def test_each_arrow_has_a_stable_name_in_the_file(make):
    svg = svg_text(draw_diagram(diagram_of(make.result())))
    for name in ("a-alliance", "b-between-alliance", "b-within-alliance", "c-prime"):
        for end in ("", "-text", "-text-below"):
            assert svg.count(f'id="path-{name}{end}"') == 1


@pytest.mark.parametrize(
    ("statistic", "below"),
    [
        (Statistic.INTERVAL, "[0.40, 0.60]"),
        (Statistic.STD_ERROR, "SE 0.050"),
        (Statistic.P_VALUE, "p = .034"),
        (Statistic.NONE, ""),
    ],
)
def test_statistic(make, statistic, below):
    diagram = diagram_of(make.result(), options=DiagramOptions(statistic))
    assert texts_of(diagram)["a-alliance"] == ("a = 0.50", below)
    solid = {arrow.name: arrow.solid for arrow in diagram.arrows}
    assert solid == {arrow.name: arrow.solid for arrow in diagram_of(make.result()).arrows}


def test_standardized_by_all_rows(make):
    """Standard deviations 0.4, 9 and 20: a = 0.5 * 0.4 / 9, b within = 0.4 * 9 / 20."""
    options = DiagramOptions(standardize_by=StandardizeBy.TOTAL)
    diagram = diagram_of(make.result(), options=options)
    texts = texts_of(diagram)
    assert texts["a-alliance"] == ("a = 0.0222", "[0.0178, 0.0267]")
    assert texts["b-within-alliance"] == ("b within = 0.180", "[0.135, 0.225]")
    # Indirect within 0.2 and c' 0.1 by 0.4 / 20.
    assert texts["c-prime"] == ("c\u2032 = 0.0020", "[0.0000, 0.0040]")
    assert "Indirect, within teams (a \u00d7 b within): 0.0040 [0.0020, 0.0060]" in diagram.caption
    assert "Fidelity 0.40, Alliance 9.00, Quality of life 20.0)" in diagram.rule
    assert "all rows analyzed" in diagram.rule


def test_standardized_by_cluster_means(make):
    """Standard deviations of means 0.3 and 2: a = 0.5 * 0.3 / 2."""
    options = DiagramOptions(standardize_by=StandardizeBy.BETWEEN)
    diagram = diagram_of(make.result(), options=options)
    assert texts_of(diagram)["a-alliance"][0] == "a = 0.075"
    assert "the means of teams" in diagram.rule


@pytest.mark.parametrize("bad", [0.0, math.nan, math.inf])
def test_no_standard_deviation_is_refused(make, bad):
    result = make.result()
    scales = tuple(dataclasses.replace(each, sd_total=bad) for each in result.fit.scales)
    result = dataclasses.replace(result, fit=dataclasses.replace(result.fit, scales=scales))
    with pytest.raises(ReportError, match=r"standard deviations above zero .*fidelity, alliance"):
        diagram_of(result, options=DiagramOptions(standardize_by=StandardizeBy.TOTAL))


def test_a_choice_that_is_none_is_refused():
    with pytest.raises(SpecificationError, match=r"Statistic\.P_VALUE"):
        DiagramOptions("p_value")


def test_latent_means_are_ellipses_and_means_of_rows_boxes(make):
    latent = diagram_of(make.result(engine=("TwoLevelSEM()", "latent")))
    shapes = {node.label: node.shape for node in latent.nodes}
    assert shapes["team mean"] is shapes["deviation from it"] is Shape.ELLIPSE
    assert shapes["Quality of life"] is Shape.BOX
    assert "Ellipse: latent" in latent.rule
    manifest = diagram_of(make.result())
    assert {node.shape for node in manifest.nodes} == {Shape.BOX}
    assert "Ellipse" not in manifest.rule


def test_level_line_parts_mean_and_deviation(make):
    """A predictor constant inside clusters stands above the line, one that varies on both sides."""
    for varying, last in ((False, ""), (True, "fidelity")):
        diagram = diagram_of(make.result(varying=varying))
        (line,) = diagram.level_lines
        above, below = diagram.grid[line.after_row], diagram.grid[line.after_row + 1]
        assert (above[1], below[1]) == ("alliance (between)", "alliance (within)")
        assert (line.above, line.below) == ("between teams", "within teams")
        assert below[0] == last


def latent_result(make):
    """A latent mediator of three items, as the latent engine reports it."""
    result = make.result(clusters=(), mediators=("alliance", "trust"))
    items = ("i1", "i2", "i3")
    measured = EquationSummary(
        "alliance =~ i1 + i2 + i3",
        tuple(zip(items, (1.0, 0.94, 1.2), (0.0, 0.1, 0.1), (9.0,) * 3, strict=True)),
        (),
        Convergence.CONVERGED,
        tuple((f"standardized: {i}", 0.7, 0.1, 9.0) for i in items),
    )
    fit = dataclasses.replace(result.fit, equations=(*result.fit.equations, measured))
    return dataclasses.replace(result, fit=fit)


def test_latent_mediator_is_an_ellipse_with_its_items_if_asked_for(make):
    result = latent_result(make)
    bare = diagram_of(result)
    shapes = {node.name: node.shape for node in bare.nodes}
    assert (shapes["alliance"], shapes["trust"]) == (Shape.ELLIPSE, Shape.BOX)
    assert "i1" not in shapes
    diagram = diagram_of(result, options=DiagramOptions(items=True))
    assert [texts_of(diagram)[f"loading-i{k}"][0] for k in (1, 2, 3)] == ["1.00", "0.94", "1.20"]
    assert "loadings" in diagram.rule
    options = DiagramOptions(items=True, standardize_by=StandardizeBy.TOTAL)
    assert texts_of(diagram_of(result, options=options))["loading-i1"][0] == "0.70"


def test_a_result_draws_itself(make):
    options = DiagramOptions(Statistic.STD_ERROR)
    figure = make.result().diagram({"alliance": "Working alliance"}, options)
    written = {text.get_text() for text in figure.axes[0].texts}
    assert {"Working alliance", "SE 0.050"} <= written
