"""The page and the figure of a coverage table."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from mediation.reporting.coverage_summary import COVERAGE, POWER, TYPE_I, summarize
from mediation.reporting.coverage_tables import coverage_markdown
from mediation.reporting.draw_coverage import draw_coverage
from mediation.reporting.draw_style import png_bytes, svg_text

NAMES = ("OLS, percentile bootstrap of clients (published)", "default | KR", "wild", "$SEM$, delta")
DESIGNS = ((7, 0, 308), (14, 0, 308), (14, 7, 308), (20, 0, 300), (30, 10, 600), (40, 0, 400))


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
    assert "| $SEM$, delta | 0.30 | not converged: 40; no test: 20 |" in lines
    assert "ceiling, 30% at maximum" in page
    # Every table has as many cells in each row as in its head.
    for above, rule in pairwise(lines):
        if rule.startswith("| ---"):
            assert above.count(" | ") == rule.count(" | ")


def test_a_page_without_failures_says_so():
    assert "No method failed in any study." in coverage_markdown(table_of(n_methods=3))


@pytest.mark.parametrize(("n_designs", "n_methods"), [(1, 1), (2, 4), (4, 12), (6, 5)])
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
