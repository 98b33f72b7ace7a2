"""Figures other than path diagrams: readable, suppressed, named."""

import dataclasses
import itertools

import numpy as np
import pytest
from matplotlib.text import Text

from mediation.reporting.contents import Variable
from mediation.reporting.distributions import score_panels
from mediation.reporting.draw_fidelity import draw_fidelity
from mediation.reporting.draw_figures import FIGURE_NAMES, draw_all
from mediation.reporting.draw_flow import draw_flow
from mediation.reporting.draw_forest import draw_forest, series_names
from mediation.reporting.draw_scores import draw_scores
from mediation.reporting.wording import labels_of


def texts_of(figure):
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    unseen = set()
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        low, high = axis.get_view_interval()
        for place, tick in zip(axis.get_ticklocs(), axis.get_major_ticks(), strict=False):
            if not axis.axes.axison or not low <= place <= high:
                unseen |= {tick.label1, tick.label2}
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip()]
    found = [t for t in found if t not in unseen]
    return [(t.get_text(), t.get_window_extent(renderer)) for t in found]


def assert_readable(figure):
    """No text runs into another one or leaves the figure."""
    texts = texts_of(figure)
    for (first, one), (second, other) in itertools.combinations(texts, 2):
        wide = min(one.x1, other.x1) - max(one.x0, other.x0)
        high = min(one.y1, other.y1) - max(one.y0, other.y0)
        assert not (wide > 1 and high > 1), f"{first!r} runs into {second!r}"
    for name, one in texts:
        box = figure.bbox
        assert one.x0 > -1, name
        assert one.y0 > -1, name
        assert one.x1 < box.x1 + 1, name
        assert one.y1 < box.y1 + 1, name


@pytest.fixture(scope="module", params=["study", "flat", "ugly"])
def contents(request, make):
    return getattr(make, request.param)()


def test_forest(contents):
    entry = contents.entries[0]
    figure = draw_forest(entry, labels_of(contents))
    assert_readable(figure)
    words = [text for text, _ in texts_of(figure)]
    assert set(series_names(entry).values()) <= set(words)


def with_first_value(entry, **changes):
    """An entry whose first declared number is changed."""
    cell = entry.cells[0]
    first, *rest = cell.result.effects
    row = dataclasses.replace(first, value=dataclasses.replace(first.value, **changes))
    result = dataclasses.replace(cell.result, effects=(row, *rest))
    cells = (dataclasses.replace(cell, result=result), *entry.cells[1:])
    return dataclasses.replace(entry, cells=cells)


def drawn(figure, **look):
    """Lines of the first panel, by marker or by being a bar."""
    return [li for li in figure.axes[1].lines if (li.get_marker() == look.get("marker", "None"))]


def test_forest_draws_no_bar_without_limits(make):
    entry = make.study().entries[0]
    bars = len(drawn(draw_forest(entry, {})))
    bare = with_first_value(entry, conf_low=np.nan, conf_high=np.nan)
    figure = draw_forest(bare, {})
    assert len(drawn(figure)) == bars - 1
    assert "no limits, p = .034" in [text for text, _ in texts_of(figure)]
    assert_readable(figure)


def test_forest_shows_where_limits_leave_the_panel(make):
    entry = with_first_value(make.study().entries[0], conf_high=np.inf)
    figure = draw_forest(entry, {})
    (tip,) = drawn(figure, marker=">")
    assert tip.get_xdata() == [figure.axes[1].get_xlim()[1]]
    assert not drawn(figure, marker="<")
    assert "[0.10, ∞]" in [text for text, _ in texts_of(figure)]
    assert_readable(figure)


def test_series_differ_by_more_than_color(make):
    figure = draw_forest(make.study().entries[0], {})
    panel = figure.axes[1]
    points = [line for line in panel.lines if line.get_marker() not in ("None", "", None)]
    looks = {(line.get_marker(), line.get_markerfacecolor() == "white") for line in points}
    assert looks == {("o", False), ("s", True), ("D", True), ("^", True)}


def test_flow(contents):
    figure = draw_flow(contents.entries[0].cells, labels_of(contents), 5)
    assert_readable(figure)


def test_flow_hides_small_losses(make):
    figure = draw_flow(make.study().entries[0].cells, {}, 5)
    words = [text for text, _ in texts_of(figure)]
    # Two clients had no assessment yet; 283 and 281 together would tell.
    assert "283" in words
    assert "281" not in words
    assert not [text for text in words if text.startswith("2 left out")]


def test_scores(contents):
    panels = score_panels(contents)
    if panels:
        assert_readable(draw_scores(panels, 5))


def test_fidelity(make):
    predictor = Variable("fidelity", "SMCM fidelity", 1.0, 5.0)
    figure = draw_fidelity(make.fidelity(), predictor, ("organization", "team"))
    assert_readable(figure)
    words = [text for text, _ in texts_of(figure)]
    assert {"A", "N", "Organization G", "SMCM fidelity"} <= set(words)


def test_fidelity_of_many_organizations_is_one_panel(make):
    frame = make.fidelity(n_organizations=30, per=1)
    frame["score"] = np.linspace(1, 5, len(frame))
    figure = draw_fidelity(frame, Variable("f", "F", None, None), ("organization", "team"))
    assert len(figure.axes) == 1
    assert_readable(figure)


def test_all_figures_have_distinct_safe_names(contents):
    drawn = list(draw_all(contents))
    names = [figure.name for figure in drawn]
    assert len(set(names)) == len(names)
    for figure in drawn:
        assert figure.name.startswith(FIGURE_NAMES)
        assert set(figure.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-")
        assert figure.alt
        assert figure.png[:4] == b"\x89PNG"
