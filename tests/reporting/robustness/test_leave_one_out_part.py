"""The part on single clusters: marks, words, privacy and ugly data."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.infer import infer
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.draw_leave_one_out import drawn_marks
from mediation.reporting.robustness.leave_one_out import WRITER
from mediation.reporting.robustness.leave_one_out_lines import headlines_without, shown_clusters
from mediation.sensitivity.leave_one_out import leave_one_out

MODEL = MediationModel(
    "fidelity", ("alliance",), "quality_of_life", clusters=("organization", "team")
)
LIMITS = MonteCarlo(n_draws=1_000)


def rows(sizes, seed=1, *, far=False, mediators=("alliance",)):
    """Teams of these sizes, two in each organization; with `far`, the last makes the effect."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(sizes))
    x[-1] = 8.0 if far else x[-1]
    lifted = np.where(team == len(sizes) - 1, 6.0, 0.0) if far else x[team]
    frame = pd.DataFrame(
        {
            "organization": [f"Organization {chr(65 + t // 2)}" for t in team],
            "team": [f"Team {chr(65 + t)}" for t in team],
            "fidelity": x[team],
        }
    )
    for name in mediators:
        frame[name] = lifted + rng.normal(size=len(team))
    noise = rng.normal(size=len(team))
    return frame.assign(quality_of_life=frame[list(mediators)].sum(axis=1) * 0.5 + noise)


def cell_with(make, frame, model=MODEL, engine=None, interval=LIMITS, waves=None):
    engine = engine or MixedModels()
    fit = estimate(model, frame, engine)
    result = infer(fit, interval, np.random.default_rng(1))
    found = leave_one_out(model, frame, engine, interval, 1)
    cell = make.cell("quality_of_life", waves)
    return replace(
        cell,
        result=result,
        headline_p_holm=(0.5,) * len(model.mediators),
        robustness=Robustness(leave_one_out=found),
    )


def write(make, cells, headline=("indirect", "within"), **contents):
    entry = Entry("Models", headline, tuple(cells))
    base = make.contents(entries=(entry,), **contents)
    return WRITER.part(base, entry, 1)


@pytest.fixture(scope="module")
def even(make):
    return cell_with(make, rows([12] * 14))


def test_nothing_flagged_is_said_with_the_largest_change(make, even):
    part = write(make, [even])
    found = even.robustness.leave_one_out
    row = even.result.effects[0]
    moves = [each.moves_zero for each in found.influence(row.effect, row.level)]

    assert part.overturns is any(moves)
    assert part.identifier == "leave-one-out-1"
    assert "one organization or one team" in part.question
    if not any(moves):
        largest = max(abs(each.dfbetas) for each in found.influence(row.effect, row.level))
        assert f"{largest:.2f} standard errors" in part.answer
    assert "no effect" not in " ".join((part.answer, *part.paragraphs))


def test_a_cluster_that_makes_the_answer_is_named(make):
    cell = cell_with(make, rows([12] * 14, seed=2, far=True))
    part = write(make, [cell])
    (row,) = (r for r in part.tables[1].rows if r[0] == "Team N")

    assert part.overturns is True
    assert "moves zero into or out of the interval" in part.answer
    assert "‡" in row[1]
    assert "without Organization G" in part.answer
    assert "changes are marked" in part.figures[0].alt


def test_small_clusters_and_those_that_tell_of_them_are_not_shown(make):
    cell = cell_with(make, rows([3, 9, *([12] * 12)]))
    found = cell.robustness.leave_one_out
    shown = [found.without[k].cluster for k in shown_clusters(found, 5)]
    part = write(make, [cell])
    everything = json.dumps(WRITER.data(cell.robustness, 5)) + str(part)

    assert "Team A" not in shown
    assert "Team B" not in shown
    assert "Team C" in shown
    assert "Team A" not in everything
    assert "that is shown" in part.answer
    assert any("fewer than 5 clients" in text for text in part.paragraphs)


def test_all_shown_is_not_called_a_selection(make, even):
    part = write(make, [even])
    assert "that is shown" not in part.answer
    assert not any("not shown" in text for text in part.paragraphs)


def test_plain_values_are_json_without_counts_of_people(make, even):
    data = WRITER.data(even.robustness, 5)
    text = json.dumps(data, allow_nan=False)
    assert "n_clients" not in text
    assert len(data["without"]) == 21
    assert data["cutoffs"]["team"] == pytest.approx(2 / math.sqrt(14))
    first = data["without"][0]
    value = even.robustness.leave_one_out.without[0].result.effects[0].value
    assert first["effects"][0]["estimate"] == pytest.approx(value.estimate)
    assert {p["path"] for p in first["paths"]} == {"a", "b"}
    assert WRITER.data(Robustness(), 5) is None


def test_several_mediators_have_a_row_each(make):
    names = ("alliance", "hope")
    frame = rows([12] * 14, mediators=names)
    cell = cell_with(make, frame, replace(MODEL, mediators=names))
    part = write(make, [cell])
    titles = set(part.tables[0].groups)

    assert len(titles) == 2
    assert all("through" in title for title in titles)


def test_a_test_without_limits_can_be_shown(make):
    cell = cell_with(make, rows([12] * 14), interval=JointSignificance())
    part = write(make, [cell])
    assert "no limits" in part.tables[1].rows[0][1]
    assert part.figures


def test_too_few_clusters_are_not_estimable(make):
    model = replace(MODEL, clusters=("team",))
    cell = cell_with(make, rows([20] * 5), model)
    part = write(make, [cell])
    assert {row[1] for row in part.tables[1].rows[1:]} == {"not estimable"}
    assert part.overturns is False
    assert "Nothing could be estimated" in part.answer
    json.dumps(WRITER.data(cell.robustness, 5), allow_nan=False)


def test_many_models_have_several_figures_and_tables(make, even):
    part = write(make, [even] * 8)
    names = [figure.name for figure in part.figures]
    assert names == [f"robustness-leave-one-out-1-{k}" for k in (1, 2)]
    assert len({table.identifier for table in part.tables}) == len(part.tables) == 3
    captions = [table.caption for table in part.tables]
    assert [text.rpartition("cluster ")[2] for text in captions[1:]] == ["(1 of 2)", "(2 of 2)"]
    assert len(set(captions)) == 3
    assert len({figure.caption for figure in part.figures}) == 2
    for table in part.tables:
        assert len(set(table.columns)) == len(table.columns)
        render_table(table)


def test_without_the_part_there_is_nothing(make, even):
    assert write(make, [replace(even, robustness=Robustness())]) is None


def test_resampled_limits_are_told(make, even):
    other = replace(even.result, interval="Bootstrap(n_resamples=2000)")
    part = write(make, [replace(even, result=other)])
    assert any("Monte Carlo, t draws" in text for text in part.paragraphs)
    assert {t.rows[0][0] for t in part.tables} == {"nothing (Monte Carlo limits)"}
    assert "not those declared" in part.answer
    assert "not those declared" not in write(make, [even]).answer


def test_ugly_labels_are_escaped_and_drawn(make):
    frame = rows([12] * 14)
    names = {f"Team {chr(65 + k)}": f"<b>{'W' * 40} $x_{k}$</b>" for k in range(14)}
    frame = frame.assign(team=frame.team.map(names), quality_of_life=frame.quality_of_life * 1e7)
    cell = cell_with(make, frame, engine=OLS())
    ugly = make.ugly()
    part = write(make, [cell], variables=ugly.variables)
    html = "".join(map(str, map(render_table, part.tables)))
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in part.figures[0].svg


def test_variances_at_zero_that_change_with_the_rows_are_told(make, even):
    text = write(make, [even]).paragraphs[0]
    assert "Which variance is estimated at zero can change with the rows" in text


def test_the_key_names_what_is_drawn_alone(make, even):
    entry = Entry("Models", ("indirect", "within"), (even,))
    (each,) = headlines_without(entry, {}, 5)

    def marks(*, moves_zero, dfbetas):
        lines = [
            replace(x, influence=replace(x.influence, moves_zero=moves_zero, dfbetas=dfbetas))
            for x in each.lines
        ]
        return [text for text, *_ in drawn_marks([replace(each, lines=tuple(lines))])]

    assert marks(moves_zero=False, dfbetas=0.0) == ["without the cluster"]
    assert marks(moves_zero=False, dfbetas=9.0) == ["change beyond the cutoff"]
    assert marks(moves_zero=True, dfbetas=0.0) == ["zero moves in or out"]
