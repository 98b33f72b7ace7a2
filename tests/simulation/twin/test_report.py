"""The words of `twin.md`."""

from __future__ import annotations

from mediation.simulation.twin.checks import DisclosureChecks
from mediation.simulation.twin.compare import PathRow, Row
from mediation.simulation.twin.distances import Nearness
from mediation.simulation.twin.report import TwinReport, report_text

CHECKS = DisclosureChecks(0, 0, None, 0, 0, 8, 5, Nearness(0.3, 0.2, 0.3, 0.2))
ROWS = (Row("interviews held", "6 months", 0.84, 0.9), Row("margins", "age: mean", 42.0, None))
PATHS = (
    PathRow("hope", "6-12", "a", 2.0, 1.0, 2.4, 1.2, 2.41, -0.01, 0.33),
    PathRow("hope", "6-12", "total", 2.0, 1.0, 2.4, 1.2, None, -0.76, None),
)


def test_the_report_says_what_its_figures_are():
    text = report_text(TwinReport(1, ROWS, PATHS, CHECKS, (), (), has_between=False, changes=True))

    assert (
        "| share of clients interviewed | study | twin |\n|---|---|---|\n| 6 months | 0.84" in text
    )
    assert "| columns and scores, over all interviews" in text
    assert "| age: mean | 42 | too few |" in text
    assert "| rows of clients equal to a real one | not counted:" in text
    assert "\n\n\n" not in text


def test_distances_have_a_sign_unless_they_are_zero():
    text = report_text(TwinReport(1, ROWS, PATHS, CHECKS, (), (), has_between=False, changes=True))

    assert "| 2.41 | +0.3 | 0.0 |" in text
    assert "| 2.4 (1.2) |  |  | -0.8 |" in text
