"""What the report says of measurement error, for models of every kind."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.inference.joint import JointSignificance
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.measurement import WRITER
from mediation.reporting.robustness.measurement_lines import lines_of
from mediation.sensitivity.measurement import KnownReliability, measurement_error

KNOWN = KnownReliability(0.8, 0.7, 0.9)


def data(varying=False):
    rng = np.random.default_rng(1)
    team = np.repeat(np.arange(20), 12)
    x = rng.normal(size=20)[team] + (0.3 * rng.normal(size=240) if varying else 0)
    m = x[:, None] * [0.5, 0.3] + 0.5 * rng.normal(size=(20, 2))[team] + rng.normal(size=(240, 2))
    y = m @ [0.5, 0.2] + 0.4 * rng.normal(size=20)[team] + rng.normal(size=240)
    columns = {"fidelity": x, "alliance": m[:, 0], "hope": m[:, 1], "quality_of_life": y}
    return pd.DataFrame({"team": team} | columns)


def cell_with(make, *, clusters=("team",), mediators=("alliance",), interval=None, known=KNOWN,
              varying=False, waves=None):  # fmt: skip
    frame = data(varying)
    model = MediationModel("fidelity", mediators, "quality_of_life", clusters=clusters)
    engine = MixedModels() if clusters else OLS()
    interval = interval or Delta()
    fit = estimate(model, frame, engine)
    of = {} if known is None else dict.fromkeys(mediators, known)
    found = measurement_error(fit, frame, engine, interval, 1, known=of)
    result = infer(fit, interval, np.random.default_rng(1))
    cell = make.cell("quality_of_life", waves, clusters=clusters, mediators=mediators)
    return replace(cell, result=result, robustness=Robustness(measurement=found))


def written(make, *cells, headline=("indirect", "within")):
    entry = Entry("Main", headline, cells)
    return WRITER.part(make.contents(entries=(entry,)), entry, 1)


def test_the_answer_gives_the_corrected_effect(make):
    cell = cell_with(make)
    part = written(make, cell)
    (line,) = lines_of(Entry("Main", ("indirect", "within"), (cell,)))
    corrected = line.at(0.8)

    assert f"{corrected.estimate:.2f} [" in part.answer
    assert f"instead of {line.values[0].estimate:.2f} [" in part.answer
    assert corrected.estimate == pytest.approx(line.values[0].estimate / 0.8, rel=1e-6)
    assert "reliability of 0.80" in part.answer
    assert part.answer.endswith("The finding does not change.")
    assert part.overturns is False
    assert part.identifier == "measurement-1"


def test_tables_and_figure_hold_the_curve(make):
    part = written(make, cell_with(make))
    curve, paths = part.tables

    assert curve.columns == (
        "Reliability", "1 (as declared)", "as estimated", "lower limit of it",
        "0.90", "0.80", "0.70",
    )  # fmt: skip
    assert curve.rows[0][2] == curve.rows[0][5]
    assert [row[0] for row in paths.rows] == ["b within", "b between", "c\u2032"]
    assert len({row[3] for row in paths.rows[:1]} | {row[2] for row in paths.rows[:1]}) == 1
    assert paths.rows[1][2] != paths.rows[1][3] != paths.rows[1][4]
    assert all("<table" in render_table(table) for table in part.tables)
    (figure,) = part.figures
    assert (figure.name, figure.kind) == ("robustness-measurement-1", "robustness")
    assert figure.svg.startswith("<?xml")


def test_a_finding_that_changes_inside_the_limits_is_counted(make):
    cell = cell_with(make)
    found = cell.robustness.measurement
    curve = found.curves[0]

    def moved(result, low):
        rows = tuple(replace(row, value=replace(row.value, conf_low=low)) for row in result.effects)
        return replace(result, effects=rows)

    for at, overturns in ((0.75, True), (0.7, True)):
        results = tuple(
            moved(result, -1.0 if step <= at else 0.001)
            for step, result in zip(curve.reliabilities, curve.results, strict=True)
        )
        changed = replace(found, curves=(replace(curve, results=results), *found.curves[1:]))
        part = written(make, replace(cell, robustness=Robustness(measurement=changed)))
        assert part.overturns is overturns
        assert part.answer.endswith("The finding changes.")
    # Below the lower limit of the estimate it does not count.
    known = (("alliance", KnownReliability(0.8, 0.78)),)
    low = replace(changed, known=known)
    part = written(make, replace(cell, robustness=Robustness(measurement=low)))
    assert part.overturns is False


def test_effects_between_clusters_are_shown_against_both_reliabilities(make):
    part = written(make, cell_with(make), headline=("indirect", "between"))
    titles = list(dict.fromkeys(part.tables[0].groups))

    assert len(titles) == 2
    assert "reliability between teams" in titles[1]
    assert "sampling error" in part.paragraphs[1]
    # What differs between teams has no share that adds to more than all.
    assert part.paragraphs[1].count("%") == 3


def test_the_words_fit_scores_of_any_kind(make):
    told = " ".join(written(make, cell_with(make)).paragraphs)
    assert "interview" not in told
    assert "limits move with the estimate" not in told


@pytest.mark.parametrize("waves", [None])
def test_without_items_the_range_is_told(make, waves):
    part = written(make, cell_with(make, known=None, waves=waves))
    assert part.answer.startswith("Nothing in these data says how reliable working alliance is.")
    assert "from 1 down to 0.70, the finding" in part.answer
    assert "as estimated" not in part.tables[0].columns


def test_flat_data_have_one_level(make):
    part = written(make, cell_with(make, clusters=()))
    assert "within" not in " ".join(part.paragraphs)
    assert [row[0] for row in part.tables[1].rows] == ["b", "c\u2032"]
    assert len(part.tables[1].columns) == 3


def test_each_mediator_has_its_row(make):
    part = written(make, cell_with(make, mediators=("alliance", "hope")))
    titles = list(dict.fromkeys(part.tables[0].groups))
    assert [title.split("\n")[0].split("through ")[1] for title in titles] == [
        "Working alliance", "Hope",
    ]  # fmt: skip
    assert "working alliance and hope" in part.question


def test_a_test_without_limits_shows_p(make):
    part = written(make, cell_with(make, interval=JointSignificance()))
    assert part.tables[0].rows[1][0] == "p"
    assert "no limits" in part.answer


def test_a_predictor_that_varies_has_an_effect_within(make):
    part = written(make, cell_with(make, varying=True))
    assert part is not None
    assert written(make, cell_with(make, varying=True), headline=("indirect", "between")) is None


def test_more_than_six_models_are_told(make):
    cell = cell_with(make)
    part = written(make, *[cell] * 8)
    assert "The first 6 are drawn." in part.figures[0].caption
    assert "in 0 of" in part.answer or "does not change" in part.answer


def test_cells_without_it_have_no_part(make):
    cell = make.cell("quality_of_life", None)
    assert written(make, cell) is None
    assert WRITER.data(cell.robustness, 5) is None
    assert written(make, cell_with(make), headline=("total", "between")) is None


def test_plain_values_are_those_of_the_curves(make):
    cell = cell_with(make)
    plain = json.loads(json.dumps(WRITER.data(cell.robustness, 5), allow_nan=False))
    curve = cell.robustness.measurement.curves[0]

    assert plain["known"][0]["within"] == 0.8
    assert plain["curves"][0]["reliabilities"] == list(curve.reliabilities)
    first = plain["curves"][0]["effects"][0]
    assert first["estimates"] == [r.effects[0].value.estimate for r in curve.results]


def test_markup_in_labels_is_escaped(make):
    ugly = make.ugly()
    cell = cell_with(make)
    entry = Entry("Entry <i>one</i>", ("indirect", "within"), (cell,))
    part = WRITER.part(replace(ugly, entries=(entry,)), entry, 1)
    for table in part.tables:
        assert "<i>one" not in render_table(table)
