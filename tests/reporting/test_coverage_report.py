"""The page and the figure of a coverage table."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Text

from mediation.reporting.coverage_summary import COVERAGE, POWER, TYPE_I, summarize
from mediation.reporting.coverage_tables import coverage_markdown
from mediation.reporting.draw_coverage import draw_coverage
from mediation.reporting.draw_coverage_legend import look_of
from mediation.reporting.draw_style import png_bytes, svg_text
from mediation.reporting.write_coverage import write_coverage

NAMES = ("OLS, percentile bootstrap of clients (published)", "default | KR", "wild", "$SEM$, delta")
DESIGNS = (
    (7, 0, 308),
    (14, 0, 308),
    (14, 7, 308),
    (20, 0, 300),
    (30, 10, 600),
    (40, 0, 400),
    (12, 0, 240),
    (16, 0, 320),
    (18, 9, 360),
    (24, 0, 480),
)


def table_of(n_designs=2, n_methods=4, variations=("",)):
    """Rates that are known: type I error 4 and 6%, coverage 95 and 93%, power 60 and 80%."""
    rows = []
    for teams, organizations, clients in DESIGNS[:n_designs]:
        for variation in variations:
            for a, b, icc in ((0, 0, 0.05), (0, 0.4, 0.02), (0, 0.4, 0.05), (0.2, 0.4, 0.02),
                              (0.2, 0.4, 0.05)):  # fmt: skip
                for number in range(n_methods):
                    name = NAMES[number % len(NAMES)] + (" again" * (number // len(NAMES)))
                    low = icc == 0.02
                    rate = (0.60 if low else 0.80) if a else (0.04 if low else 0.06)
                    rows.append(
                        {
                            "cell": f"{teams} {organizations} {a} {b} {icc} {variation}",
                            "design": f"{teams}x{clients // teams}",
                            "alliance_icc": icc,
                            "outcome_icc": 0.05,
                            "organization_share_of_icc": 0.5,
                            "bias": 0.02 if low else -0.01,
                            "bias_error": 0.01,
                            "share_resamples_failed": 0.0,
                            "note": "",
                            "n_teams": teams,
                            "n_organizations": organizations,
                            "n_clients": clients,
                            "a": a,
                            "b": b,
                            "ceiling_share": 0.3 if variation.startswith("ceiling") else 0.0,
                            "variation": variation,
                            "method": name,
                            "effect": "indirect within",
                            "n_studies": 1000,
                            "n_failed": 3 if number == 3 else 0,
                            "failures": "not converged: 2; no test: 1" if number == 3 else "",
                            "rejection_kind": POWER if a else TYPE_I,
                            "rejection": rate if b else 0.0,
                            "rejection_error": 0.01,
                            "coverage": np.nan if name == "wild" else (0.95 if low else 0.93),
                            "coverage_error": 0.01,
                            "width": np.nan if name == "wild" else 0.2,
                            "width_error": 0.01,
                        }
                    )
    return pd.DataFrame(rows)


def test_summaries_are_means_and_ends_over_cells():
    found = summarize(table_of().assign(clusters="all"), TYPE_I, ["method", "clusters"])
    one = found["default | KR", "all"]
    assert (one.mean, one.least, one.most) == pytest.approx((0.05, 0.04, 0.06))
    # Cells in which both paths are zero are left out: two are left in each of two designs.
    assert one.n_cells == 4
    assert one.error == pytest.approx(0.01 / 2)
    power = summarize(table_of().assign(clusters="all"), POWER, ["method", "clusters"])
    assert power["default | KR", "all"].mean == pytest.approx(0.70)
    coverage = summarize(table_of().assign(clusters="all"), COVERAGE, ["method", "clusters"])
    assert ("wild", "all") not in coverage


def test_the_page_has_mean_and_worst_of_every_design():
    page = coverage_markdown(table_of(variations=("", "ceiling, 30% at maximum")))
    lines = page.splitlines()
    assert r"| default \| KR | 5.0 (6.0) | 5.0 (6.0) |" in lines
    assert r"| default \| KR | 93.8 (93.0) | 93.8 (93.0) |" in lines
    assert r"| default \| KR | 70.0 (60.0) | 70.0 (60.0) |" in lines
    assert "| method | 7 teams of 44 | 14 teams of 22 |" in lines
    assert "| $SEM$, delta | 0.30 | 0.30 | not converged: 40; no test: 20 |" in lines
    assert "ceiling, 30% at maximum" in page
    # Every table has as many cells in each row as in its head.
    for above, rule in pairwise(lines):
        if rule.startswith("| ---"):
            assert above.count(" | ") == rule.count(" | ")


def test_a_page_without_failures_says_so():
    assert "No method failed in any study." in coverage_markdown(table_of(n_methods=3))


@pytest.mark.parametrize(("n_designs", "n_methods"), [(1, 1), (2, 4), (4, 12), (10, 5)])
def test_texts_of_the_figure_do_not_overlap(n_designs, n_methods):
    figure = draw_coverage(table_of(n_designs, n_methods))
    canvas = figure.canvas
    canvas.draw()
    texts = [
        text for text in figure.findobj(Text) if text.get_text().strip() and text.get_visible()
    ]
    width, height = figure.bbox.size
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    for text, box in zip(texts, boxes, strict=True):
        inside = box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert inside, text.get_text()
    for i, one in enumerate(boxes):
        for j in range(i):
            assert not one.padded(-1).overlaps(boxes[j].padded(-1)), (
                texts[i].get_text(),
                texts[j].get_text(),
            )


def test_the_figure_is_the_same_every_time():
    table = table_of()
    assert svg_text(draw_coverage(table)) == svg_text(draw_coverage(table))
    assert png_bytes(draw_coverage(table))[:8] == b"\x89PNG\r\n\x1a\n"


def test_cells_with_a_ceiling_are_drawn_if_there_are_no_others():
    only = table_of(variations=("ceiling, 30% at maximum",))
    figure = draw_coverage(only)
    assert any(text.get_text() == "7 teams of 44" for text in figure.findobj(Text))


def section(page, title):
    """Lines of a page from a title to the next of its kind."""
    lines = page.splitlines()
    start = lines.index(title)
    level = title.split(" ")[0] + " "
    ends = [i for i, line in enumerate(lines) if i > start and line.startswith(level)]
    return lines[start : ends[0] if ends else None]


def test_departures_stand_beside_the_cells_that_they_depart_from():
    everything = table_of(3, 1, ("", "slopes differ", "uneven teams"))
    is_grid = everything["variation"] == ""
    departed = everything[~is_grid & (everything["alliance_icc"] == 0.05)].copy()
    # Uneven teams are in the nested design alone; slopes in all three.
    departed = departed[
        (departed["variation"] != "uneven teams") | (departed["n_organizations"] == 7)
    ]
    departed.loc[departed["variation"] == "uneven teams", "rejection"] = 0.5
    page = coverage_markdown(pd.concat([everything[is_grid], departed]))
    lines = section(page, "### Type I error")
    # Of the grid only cells with an ICC of .05, whose error is 6%, not those with 4%.
    name = NAMES[0]
    assert "| method | as in the grid | slopes differ |" in lines
    assert f"| {name} | 6.0 (6.0) | 6.0 (6.0) |" in lines
    assert "| method | as in the grid | uneven teams |" in lines
    assert f"| {name} | 6.0 \u00b1 1.0 | 50.0 \u00b1 1.0 |" in lines
    said = [line for line in lines if line.startswith("14 teams of 22 in 7 organizations")]
    assert said == [
        "14 teams of 22 in 7 organizations, alliance ICC 0.05, a = 0, b = 0.4 (1 cell):"
    ]


def test_departures_without_a_counterpart_have_no_reference():
    everything = table_of(1, 1, ("", "slopes differ"))
    is_grid = everything["variation"] == ""
    everything.loc[~is_grid & (everything["a"] == 0.2), "a"] = 0.7
    lines = section(coverage_markdown(everything), "### Power")
    assert "| method | slopes differ |" in lines
    assert not any("as in the grid" in line for line in lines)


def test_rates_after_many_failures_have_a_dagger():
    table = table_of(2, 2)
    few = (table["method"] == NAMES[1]) & (table["n_teams"] == 14)
    table.loc[few, "n_failed"] = 20
    table.loc[few, "failures"] = "not converged: 20"
    table.loc[few, "share_resamples_failed"] = 0.03
    page = coverage_markdown(table)
    assert "| default \\| KR | 5.0 (6.0) | 5.0 (6.0) \u2020 |" in page.splitlines()
    assert page.count("\u2020 In a cell more than 1%") == 3
    assert r"| default \| KR | 1.5 | 3.0 |" in section(page, "## Failed resamples")
    texts = [text.get_text() for text in draw_coverage(table).findobj(Text)]
    assert "default | KR \u2020" in texts
    assert "1,000 studies per cell, 1.0% failed" in texts
    assert any("More than 1% of the studies" in text for text in texts)


def test_few_failures_have_none():
    page = coverage_markdown(table_of())
    assert "\u2020" not in page
    assert "Failed resamples" not in page


def test_the_page_of_one_cell_speaks_of_one():
    table = table_of(1, 1)
    table = table[(table["a"] == 0) & (table["b"] != 0) & (table["alliance_icc"] == 0.05)]
    page = coverage_markdown(table.assign(n_studies=400))
    assert ": 1 cell, a cluster design" in page
    # sqrt(.05 * .95 / 400) is 1.09 points.
    assert "With 400 studies a rate of 5% has a Monte Carlo error of 1.1 percentage" in page
    assert "over cells" not in page
    texts = [text.get_text() for text in draw_coverage(table).findobj(Text)]
    assert any(text.startswith("Mark: the cell;") for text in texts)


@pytest.mark.parametrize(
    ("effect", "unit", "mean"),
    [
        ("indirect within", "per standard deviation of fidelity", "5.0 (6.0)"),
        ("a", "of the alliance given fidelity", "3.3 (6.0)"),
        ("b within", "per standard deviation of the alliance", "3.3 (6.0)"),
    ],
)
def test_only_of_a_product_cells_are_left_out_and_each_effect_has_its_unit(effect, unit, mean):
    page = coverage_markdown(table_of(1, 1).assign(effect=effect))
    assert f"| {NAMES[0]} | {mean} |" in section(page, "## Type I error")
    assert any(unit in line for line in section(page, "## Width"))
    assert ("one factor is not zero" in page) == (effect == "indirect within")


def test_a_contextual_effect_has_one_factor_of_zero_always():
    table = table_of(1, 1).assign(effect="contextual", rejection_kind=TYPE_I, clusters="all")
    (found,) = summarize(table, TYPE_I, ["method", "clusters"]).values()
    assert found.n_cells == 2
    assert found.mean == pytest.approx(0.70)


def test_the_largest_bias_is_named_in_its_errors():
    page = section(coverage_markdown(table_of(1, 1)), "## Bias")
    # Two cells of 2 errors, three of -1: -0.01 and 0.02 in a ratio of 3 to 2, by ICC.
    (row,) = (line for line in page if line.startswith(f"| {NAMES[0]}"))
    assert "| 0.0020 | 0.0200 | 2.0 |" in row
    # The median of the largest of five: (2 Phi(x) - 1)^5 = .5 at x = 1.52.
    assert any("largest of 5 cells is beyond 1.5 errors" in line for line in page)


def test_what_a_method_cannot_do_is_said():
    table = table_of(1, 2)
    table.loc[table["method"] == NAMES[0], "note"] = "with 5 clusters nothing can be rejected"
    page = coverage_markdown(table)
    assert page.count(f"- {NAMES[0]}, 7 teams of 44: with 5 clusters nothing can be rejected.") == 1


def test_rates_beyond_an_axis_are_open_arrows_at_the_frame():
    table = table_of(1, 2)
    none = table["method"] == NAMES[0]
    table.loc[none & (table["rejection_kind"] == TYPE_I), "rejection"] = 0.001
    table.loc[none, "coverage"] = 1.0
    figure = draw_coverage(table)
    arrows = [
        (line.get_marker(), float(line.get_xdata()[0]), line.axes.get_xlim())
        for line in figure.findobj(Line2D)
        if line.get_marker() in ("<", ">")
    ]
    assert [marker for marker, _, _ in arrows] == ["<", ">"]
    assert arrows[0][1] == arrows[0][2][0]
    assert arrows[1][1] == arrows[1][2][1]
    assert any("open arrow" in text.get_text() for text in figure.findobj(Text))


def test_ten_designs_have_ten_colors_and_markers():
    colors, markers = zip(*(look_of(place) for place in range(10)), strict=True)
    assert len(set(colors)) == len(set(markers)) == 10
    assert len({look_of(place) for place in range(30)}) == 30


def test_figures_of_effects_that_are_gone_are_removed(tmp_path):
    both = pd.concat([table_of(1, 1), table_of(1, 1).assign(effect="b within")])
    write_coverage(both, tmp_path)
    mine = tmp_path / "coverage_mine.png"
    mine.write_bytes(b"")
    assert (tmp_path / "coverage_b_within.svg").exists()
    written = write_coverage(table_of(1, 1), tmp_path)
    assert {*tmp_path.iterdir()} == {*written, mine}
