"""The part on residuals: words, privacy and figures."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.delta import Delta
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.diagnostics import WRITER
from mediation.reporting.robustness.diagnostics_tables import shown_effects
from mediation.sensitivity.diagnostics import diagnose
from mediation.sensitivity.leave_one_out import leave_one_out

MODEL = MediationModel(
    "fidelity", ("alliance",), "quality_of_life", clusters=("organization", "team")
)


def rows(sizes, *, ceiling=np.inf, seed=1):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(size=len(sizes))[team]
    m = x + rng.normal(size=len(sizes))[team] + 2 * rng.normal(size=len(team))
    m = np.minimum(m, ceiling)
    return pd.DataFrame(
        {
            "organization": [f"Organization {chr(65 + k // 2)}" for k in team],
            "team": [f"Team {chr(65 + k)}" for k in team],
            "fidelity": x,
            "alliance": m,
            "quality_of_life": 0.5 * m + rng.normal(size=len(team)),
        }
    )


def cell_with(make, frame, engine=None, model=MODEL, *, influence=False):
    engine = engine or MixedModels()
    found = diagnose(model, frame, engine, np.random.default_rng(1))
    left = leave_one_out(model, frame, OLS(), Delta(), 1) if influence else None
    cell = make.cell("quality_of_life", None)
    return replace(cell, robustness=Robustness(diagnostics=found, leave_one_out=left))


def write(make, cells, **contents):
    entry = Entry("Models", ("indirect", "within"), tuple(cells))
    return WRITER.part(make.contents(entries=(entry,), **contents), entry, 1)


@pytest.fixture(scope="module")
def normal(make):
    return cell_with(make, rows([20] * 14), influence=True)


def test_nothing_passes(make, normal):
    part = write(make, [normal])
    text = " ".join((part.answer, *part.paragraphs)).lower()
    assert "leave the 95% band no more often than 99 in 100 sets" in part.answer
    assert part.overturns is None
    assert "pass" not in text
    assert "assumption" not in text
    assert "does not show that they do not" in text


def test_a_ceiling_is_seen(make):
    part = write(make, [cell_with(make, rows([30] * 14, ceiling=1.0))])
    assert "Residuals of 1 of 2 different equations do not look normal" in part.answer
    assert "Working alliance" in part.answer
    outside = [int(row[3].split(" ")[0]) for row in part.tables[0].rows]
    assert outside[0] > 5 > outside[1]


def test_the_same_equation_counts_once(make, normal):
    again = write(make, [normal, normal])
    assert "2 different equations" in again.answer


def test_influence_of_clusters_is_that_of_leaving_them_out(make, normal):
    _, cook = write(make, [normal]).tables
    left = normal.robustness.leave_one_out.without
    teams = sorted((e for e in left if e.level == "team"), key=lambda e: -e.cook)
    rows_of_teams = [row for row in cook.rows if row[0].startswith("Team")]
    assert [row[0] for row in rows_of_teams] == [teams[0].cluster]
    assert rows_of_teams[0][2] == f"{4 / 14:.2f}"
    for table in write(make, [normal]).tables:
        render_table(table)


def test_small_clusters_are_not_drawn_nor_told(make):
    """Their interval tells how many they are; so would that of the organization around them."""
    cell = cell_with(make, rows([3, 9, *([12] * 12)]))
    (first, _) = cell.robustness.diagnostics.equations
    shown = list(shown_effects(first, 5))
    assert [effects.level for effects, _ in shown] == ["team"]
    ((effects, places),) = shown
    names = [effects.clusters[k] for k in places]
    assert "Team A" not in names
    assert "Team B" not in names
    assert names == sorted(names)
    assert '"Team A"' not in json.dumps(WRITER.data(cell.robustness, 5))


def test_plain_values_hold_aggregates_alone(make, normal):
    data = WRITER.data(normal.robustness, 5)
    text = json.dumps(data, allow_nan=False)
    assert '"n"' not in text
    assert all(len(each["quantiles"]["found"]) <= 20 for each in data["equations"])
    assert len(data["equations"][0]["cluster_effects"]) == 21
    assert WRITER.data(Robustness(), 5) is None


def test_three_figures_with_clusters_and_two_without(make, normal):
    names = [figure.name.rpartition("-")[2] for figure in write(make, [normal]).figures]
    assert names == ["quantiles", "spread", "clusters"]
    flat = cell_with(make, rows([20] * 14), OLS(), replace(MODEL, clusters=()))
    part = write(make, [flat])
    assert [figure.name.rpartition("-")[2] for figure in part.figures] == ["quantiles", "spread"]
    assert part.tables[0].rows[0][-1] == "—"
    assert "Whether spread" not in part.answer


def test_least_squares_shows_mean_residuals(make):
    part = write(make, [cell_with(make, rows([20] * 14), OLS())])
    assert any("mean residual of each cluster" in text for text in part.paragraphs)


def test_another_engine_is_told(make):
    model = replace(MODEL, clusters=("team",))
    part = write(make, [cell_with(make, rows([20] * 14), TwoLevelSEM(), model)])
    assert any("not known row by row" in text for text in part.paragraphs)


def test_few_rows_and_ugly_labels(make):
    frame = rows([2] * 6)
    cell = cell_with(make, frame, OLS(), replace(MODEL, clusters=()))
    part = write(make, [cell], variables=make.ugly().variables)
    assert "<script>" not in "".join(map(str, map(render_table, part.tables)))
    assert write(make, [replace(cell, robustness=Robustness())]) is None


def test_hundreds_of_clusters_are_not_drawn(make):
    frame = rows([6] * 60)
    names = {name: f"Team {k}" for k, name in enumerate(frame.team.unique())}
    frame = frame.assign(team=frame.team.map(names))
    part = write(make, [cell_with(make, frame, model=replace(MODEL, clusters=("team",)))])
    assert len(part.figures) == 2


def test_points_outside_are_set_beside_what_normal_residuals_have(make):
    cell = cell_with(make, rows([30] * 14, ceiling=1.0))
    bins = cell.robustness.diagnostics.equations[0].quantiles
    answer = write(make, [cell]).answer
    assert f"where {bins.expected_outside:.1f} would on average" in answer
    assert f"have at most {bins.most_outside} " in answer


def test_of_two_equally_far_outside_the_more_skewed_is_named(make):
    cell = cell_with(make, rows([30] * 14, ceiling=1.0))
    part = cell.robustness.diagnostics
    first, second = part.equations
    twin = replace(second, quantiles=first.quantiles, skewness=first.skewness - 3)
    again = replace(part, equations=(first, twin))
    answer = write(make, [replace(cell, robustness=Robustness(diagnostics=again))]).answer
    assert f"(skewness \u2212{abs(twin.skewness):.1f})" in answer


def test_captions_say_what_marks_mean(make, normal):
    quantiles, spread, clusters = write(make, [normal]).figures
    equations = normal.robustness.diagnostics.equations
    zero = any(effects.variance == 0 for each in equations for effects in each.effects)
    assert "Filled: outside the band" in quantiles.caption
    assert "Dashed: one SD" in spread.caption
    assert ("Open: the variance" in clusters.caption) is zero


def test_too_few_rows_for_bins_are_not_called_normal(make):
    cell = cell_with(make, rows([1] * 9), OLS(), replace(MODEL, clusters=()))
    assert write(make, [cell]).answer.startswith("There are too few rows")
