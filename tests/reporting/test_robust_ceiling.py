"""What the report says of ceilings, for models of every kind."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.ceiling import WRITER
from mediation.sensitivity.ceiling import CeilingOptions, ceiling_correction
from mediation.vocabulary import Level, PathName


def cell_with(make, *, clusters=("team",), top=0.7, low=None, interval=None,
              mediators=("alliance",), n_rows=240):  # fmt: skip
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(20), 12)[:n_rows]
    x = rng.normal(size=20)[team]
    m = 0.8 * x[:, None] + rng.normal(size=(len(team), 2))
    y = m @ [0.5, 0.2] + 0.4 * rng.normal(size=20)[team] + rng.normal(size=len(team))
    m = np.clip(m, -np.inf if low is None else low, np.inf if top is None else top)
    frame = pd.DataFrame({"team": team, "fidelity": x, "alliance": m[:, 0], "hope": m[:, 1]})
    frame["quality_of_life"] = y
    model = MediationModel("fidelity", mediators, "quality_of_life", clusters=clusters)
    engine = MixedModels() if clusters else OLS()
    ranges = dict.fromkeys(mediators, (low, 9.0 if top is None else top))
    found = ceiling_correction(
        model, frame, engine, interval or Delta(), ranges, rng, CeilingOptions(5, 30)
    )
    cell = make.cell("quality_of_life", None, clusters=clusters, mediators=mediators)
    return replace(cell, result=found.as_scored, robustness=Robustness(ceiling=found))


def written(make, *cells, headline=("indirect", "within"), **changes):
    entry = Entry("Main", headline, cells)
    return WRITER.part(make.contents(entries=(entry,), **changes), entry, 1)


def test_the_answer_tells_share_effect_and_finding(make):
    cell = cell_with(make)
    found = cell.robustness.ceiling
    part = written(make, cell)
    before, after = (r.effects[0].value for r in (found.as_scored, found.corrected))

    assert part.answer.startswith(f"{found.shares[0].at_ceiling:.0%} of the scores of working")
    assert "highest possible (0.70)" in part.answer
    assert f"would be {after.estimate:.2f} [" in part.answer
    assert f"instead of {before.estimate:.2f} [" in part.answer
    assert part.answer.endswith("The finding does not change.")
    assert part.overturns is False
    assert "5 times" in part.paragraphs[1]
    assert "random intercepts of teams" in part.paragraphs[1]


def test_the_table_has_both_analyses(make):
    cell = cell_with(make)
    (table,) = written(make, cell).tables
    found = cell.robustness.ceiling

    assert [row[0] for row in table.rows] == [
        "a", "a, Tobit of one level (a check)", "b within", "b between", "c\u2032",
        "Indirect, within teams",
    ]  # fmt: skip
    assert table.rows[1][1] == "\u2014"
    # Without an interval: its standard error would take rows as independent.
    assert table.rows[1][2] == f"{found.shares[0].tobit:.2f}"
    named = {(p.path, p.level): p.value.estimate for p in found.as_scored.paths}
    a, b = named[PathName.A, Level.BETWEEN], named[PathName.B, Level.WITHIN]
    assert [table.rows[0][1][:4], table.rows[2][1][:4]] == [f"{a:.2f}", f"{b:.2f}"]
    assert "<table" in render_table(table)


def changed(cell, share=None, low=None):
    """The same cell with a hand-made share, or another lower limit of the corrected effect."""
    found = cell.robustness.ceiling
    if share is not None:
        found = replace(found, shares=(replace(found.shares[0], **share),))
    if low is not None:
        rows = tuple(
            replace(row, value=replace(row.value, conf_low=low)) for row in found.corrected.effects
        )
        found = replace(found, corrected=replace(found.corrected, effects=rows))
    return replace(cell, robustness=Robustness(ceiling=found))


def test_a_finding_that_changes_is_told(make):
    cell = cell_with(make)
    other = changed(cell, low=-0.1)
    part = written(make, cell, other)

    assert part.overturns is True
    assert "The finding changes in 1 of 2 models." in part.answer
    assert written(make, other).answer.endswith("The finding changes.")


def test_above_half_at_the_end_the_answer_says_on_what_it_rests(make):
    few = changed(cell_with(make), {"n_at_ceiling": 168, "at_ceiling": 0.7})
    hidden = changed(cell_with(make), {"n_at_ceiling": 237, "at_ceiling": 237 / 240})

    assert "rests on 30% of the scores" in written(make, few).answer
    assert "rests on a minority of the scores" in written(make, hidden).answer
    assert "rests on" not in written(make, cell_with(make)).answer


@pytest.mark.parametrize("n_at_ceiling", [3, 237])
def test_a_share_that_tells_of_few_people_is_not_told(make, n_at_ceiling):
    cell = changed(
        cell_with(make), {"n_at_ceiling": n_at_ceiling, "at_ceiling": n_at_ceiling / 240}
    )
    part = written(make, cell)
    text = " ".join((part.answer, *part.paragraphs, *part.tables[0].groups))

    assert part.answer.startswith("Some of the scores")
    assert "99%" not in text
    assert "1% at" not in text
    plain = WRITER.data(cell.robustness, 5)
    assert plain["mediators"][0]["share_at_highest"] is None


def test_a_ceiling_that_nobody_reaches_is_nothing_to_correct(make):
    part = written(make, cell_with(make, top=None))
    assert part.answer == (
        "Fewer than 1% of the scores of working alliance are the highest possible: a ceiling has "
        "nothing to hide here."
    )
    assert (part.tables, part.figures, part.overturns) == ((), (), False)


def test_a_pile_at_the_floor_is_told(make):
    part = written(make, cell_with(make, low=-0.5))
    assert "of scores are the lowest possible" in part.paragraphs[-1]
    assert "lowest" not in " ".join(written(make, cell_with(make, low=-9.0)).paragraphs)


def test_other_rows_than_the_declared_ones_are_told(make):
    cell = cell_with(make)
    same = " ".join(written(make, cell).paragraphs)
    other = " ".join(written(make, replace(cell, result=make.result())).paragraphs)
    assert "rows that are complete" not in same
    assert "rows that are complete" in other


def test_chains_apart_are_told(make):
    cell = cell_with(make)
    apart = replace(cell.robustness.ceiling, apart=(("alliance", 1.4),))
    part = written(make, replace(cell, robustness=Robustness(ceiling=apart)))
    assert "had not come together (Working alliance)" in part.paragraphs[-1]


def test_flat_data_two_mediators_and_tests_without_limits(make):
    flat = written(make, cell_with(make, clusters=()))
    assert "random intercepts" not in " ".join(flat.paragraphs)
    assert [row[0] for row in flat.tables[0].rows][2] == "b"
    both = written(make, cell_with(make, mediators=("alliance", "hope")))
    assert len(dict.fromkeys(both.tables[0].groups)) == 2
    assert both.answer.count("highest possible") == 2
    joint = written(make, cell_with(make, interval=JointSignificance()))
    assert "no limits" in joint.answer
    between = written(make, cell_with(make), headline=("direct", "between"))
    assert between.tables[0].rows[-1][0] == "Direct"


def test_long_labels_are_drawn(make):
    cell = cell_with(make)
    entry = Entry("Entry <i>one</i>", ("indirect", "within"), (cell,) * 7)
    part = WRITER.part(replace(make.ugly(), entries=(entry,)), entry, 1)
    assert "The first 6 are drawn." in part.figures[0].caption
    assert "<i>one" not in render_table(part.tables[0])


def test_cells_without_it_have_no_part(make):
    cell = make.cell("quality_of_life", None)
    assert written(make, cell) is None
    assert WRITER.data(cell.robustness, 5) is None
    assert written(make, cell_with(make), headline=("total", "between")) is None


def test_plain_values_have_no_counts(make):
    cell = cell_with(make)
    plain = json.loads(json.dumps(WRITER.data(cell.robustness, 5), allow_nan=False))
    share = plain["mediators"][0]["share_at_highest"]

    assert share == round(cell.robustness.ceiling.shares[0].at_ceiling, 2)
    assert plain["mediators"][0]["share_at_lowest"] is None
    found = plain["corrected"]["paths"][0]["estimate"]
    assert found == cell.robustness.ceiling.corrected.paths[0].value.estimate
    assert "n_at_ceiling" not in json.dumps(plain)
    assert WRITER.data(cell_with(make, top=None).robustness, 5)["corrected"] is None
