"""The part on the smallest effect: sizes, words, figure and plain values."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from mediation.reporting.contents import Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.detectable import detectable_data, detectable_part
from mediation.sensitivity.detectable_power import ProductTest
from mediation.sensitivity.detectable_value import Detectable, DetectablePath
from mediation.vocabulary import EffectName, Level

INF = math.inf


def made(cell, *, with_b=(4.0, INF), approximates=""):
    """Sizes chosen by hand: 3 points are 0.06 SD."""
    grid = np.linspace(0, 6.75, 31)
    paths = (
        DetectablePath("a", Level.BETWEEN, 0.5, 1.6, 7.9, 0.05, (5.1, 5.9)),
        DetectablePath("b", Level.WITHIN, 0.4, 0.08, 10.5, 0.4, (0.26, 0.3)),
    )
    power = 1 - np.exp(-grid / 2)
    return Robustness(
        detectable=tuple(
            Detectable(EffectName.INDIRECT, Level.WITHIN, mediator, (0.8, 0.9), 0.95,
                       ProductTest.DISTRIBUTION, approximates, paths, 0.02, (3.0, 4.0), with_b,
                       grid, power, power / 2)
            for mediator in cell.result.fit.model.mediators
        )
    )  # fmt: skip


def with_robustness(contents, make_it):
    entries = tuple(
        replace(e, cells=tuple(replace(c, robustness=make_it(c)) for c in e.cells))
        for e in contents.entries
    )
    return replace(contents, entries=entries)


def test_sizes_stand_in_points_and_in_sd(make):
    contents = with_robustness(make.study(), made)
    part = detectable_part(contents, contents.entries[0], 1)
    (table,) = part.tables

    assert len(table.rows) == 4 * 6
    assert table.rows[0] == ("Path a", "1.60", "7.9", "5.10", "0.26", "5.90", "0.30")
    assert table.rows[2] == ("Indirect, within teams, a and b equal in SD", "", "", "3.00",
                             "0.060", "4.00", "0.080")  # fmt: skip
    assert table.rows[3][3:] == ("4.00", "0.080", "\u2014", "\u2014")
    assert part.answer.startswith(
        "With about 80% power this design shows an indirect effect within teams of about 0.060 SD"
    )
    assert " in each of the 6 models, with both paths, a and b, equally large." in part.answer
    assert part.answer.endswith(
        "an interval that includes zero does not show that the effect is zero; which sizes it "
        "speaks against is what lies outside its limits."
    )
    assert "power at the size given is then lower than stated" in part.paragraphs[0]
    assert part.overturns is None
    assert any("Hoenig & Heisey" in text for text in part.paragraphs)
    assert part.figures[0].name == "robustness-detectable-1"


def test_a_bootstrap_is_said_to_be_approximated(make):
    for name, said in (("Bootstrap", True), ("", False)):
        contents = with_robustness(make.study(), lambda c, n=name: made(c, approximates=n))
        part = detectable_part(contents, contents.entries[0], 1)
        assert ("Bootstrap limits approach" in part.paragraphs[-1]) is said


def test_plain_values_are_json(make):
    found = made(make.study().entries[0].cells[0])
    plain = detectable_data(found, 5)
    assert plain["headline"][0]["equal_in_sd"][0] == {"power": 0.8, "raw": 3.0, "in_sd": 0.06}
    assert plain["headline"][0]["b_as_estimated"][1]["raw"] == "Infinity"
    json.dumps(plain, allow_nan=False)
    assert detectable_data(Robustness(), 5) is None


def test_one_path_has_no_ray(make):
    def single(cell):
        (found,) = made(cell).detectable
        path = replace(found.paths[0], name="total")
        nothing = np.full(31, np.nan)
        return Robustness(detectable=(replace(
            found, effect=EffectName.TOTAL, level=Level.BETWEEN, mediator=None, test=None,
            paths=(path,), with_b=(), power_with_b=nothing, together=path.smallest,
        ),))  # fmt: skip

    contents = with_robustness(make.study(), single)
    part = detectable_part(contents, contents.entries[0], 1)
    assert [row[0] for row in part.tables[0].rows] == ["Total slope"] * 6
    assert "a and b" not in " ".join([part.answer, *part.paragraphs])
    assert "shows a total effect of" in part.answer


def test_no_size_is_large_enough(make):
    def none(cell):
        (found,) = made(cell).detectable
        return Robustness(detectable=(replace(
            found, together=(INF, INF), effects=np.full(31, np.nan),
        ),))  # fmt: skip

    contents = with_robustness(make.study(), none)
    part = detectable_part(contents, contents.entries[0], 1)
    assert part.answer.startswith("No indirect effect within teams, however large,")
    assert part.figures[0].png[:4] == b"\x89PNG"


@pytest.mark.parametrize("kind", ["flat", "ugly"])
def test_other_studies(make, kind):
    contents = with_robustness(getattr(make, kind)(), made)
    part = detectable_part(contents, contents.entries[0], 2)
    assert part.identifier == "detectable-2"
    assert "<script>" not in str(render_table(part.tables[0])) + part.figures[0].svg
    assert detectable_part(make.study(), make.study().entries[0], 1) is None
