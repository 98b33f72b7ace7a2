"""The part on levels of clusters: what is said of fixed effects, and what cannot be made."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.mixed import MixedModels
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.reporting.contents import Entry, Robustness
from mediation.reporting.format import TIMES
from mediation.reporting.html_tables import render_table
from mediation.reporting.robustness.levels import WRITER
from mediation.sensitivity.levels import FEW_APART, ClusterLevels, LevelChoice, vary_levels

MODEL = MediationModel(
    "fidelity", ("alliance",), "quality_of_life", clusters=("organization", "team")
)
LEVELS = ("organization", "team", "case_manager")


def rows(*, common=0.0, n_teams=14, n_managers=4, each=5, seed=3):
    """Case managers in teams in organizations; `common` confounds a between organizations."""
    rng = np.random.default_rng(seed)
    manager = np.repeat(np.arange(n_teams * n_managers), each)
    team = manager // n_managers
    organization = team // 2
    shared = rng.normal(size=n_teams // 2)[organization]
    x = shared + 0.3 * rng.normal(size=n_teams)[team]
    m = common * shared + 0.8 * rng.normal(size=n_teams * n_managers)[manager]
    m += rng.normal(size=len(manager))
    return pd.DataFrame(
        {
            "organization": [f"Organization {chr(65 + k)}" for k in organization],
            "team": [f"Team {chr(65 + k)}" for k in team],
            "case_manager": manager,
            "fidelity": x,
            "alliance": m,
            "quality_of_life": 0.7 * m + rng.normal(size=len(manager)),
        }
    )


def cell_with(make, frame, interval=None, model=MODEL):
    interval = interval or MonteCarlo(n_draws=1_000)
    found = vary_levels(model, frame, MixedModels(), interval, 1, available=LEVELS)
    cell = make.cell("quality_of_life", None)
    return replace(cell, result=found.analyses[0].result, robustness=Robustness(levels=found))


def write(make, cells):
    entry = Entry("Models", ("indirect", "within"), tuple(cells))
    return WRITER.part(make.contents(entries=(entry,)), entry, 1)


@pytest.fixture(scope="module")
def confounded(make):
    return cell_with(make, rows(common=2.0))


def test_an_answer_that_rests_on_organizations_is_overturned(make, confounded):
    part = write(make, [confounded])
    found = {e.choice: e for e in confounded.robustness.levels.analyses}
    declared = found[LevelChoice.DECLARED].result.effects[0].value
    fixed = found[LevelChoice.FIXED_EFFECTS].result.effects[0].value

    assert declared.conf_low > 0 > fixed.conf_low
    assert part.overturns is True
    assert "zero on the other side" in part.answer
    assert part.answer.startswith("With fixed effects of organizations")


def test_low_power_is_said_with_degrees_of_freedom_and_widths(make, confounded):
    text = write(make, [confounded]).paragraphs[0]
    found = {e.choice: e for e in confounded.robustness.levels.analyses}
    df = found[LevelChoice.FIXED_EFFECTS].result.paths[0].value.df
    assert f"path a has {df:.1f} degrees of freedom instead of" in text
    assert "times as wide" in text
    assert "no effect" not in text


def test_every_choice_has_a_row_and_variances_add_up(make, confounded):
    effects, variances = write(make, [confounded]).tables
    names = [row[0] for row in effects.rows]
    assert names == [
        "Organization and team (declared)",
        "Fixed effects of organizations; team",
        "Organization, team and case manager",
        "Organization alone",
        "Team alone",
    ]
    assert effects.rows[0][3] == f"1.0{TIMES}"
    assert variances.columns[1:] == ("Organization", "Team", "Case manager", "Inside all of them")
    for row in variances.rows:
        shares = [float(cell.removesuffix("%")) for cell in row[1:] if cell[0].isdigit()]
        assert 96 <= sum(shares) <= 102
    for table in (effects, variances):
        render_table(table)


def test_what_cannot_be_made_says_why(make):
    frame = rows()
    frame["fidelity"] = frame.groupby("organization").fidelity.transform("mean")
    model = replace(MODEL, clusters=("team",))
    cell = cell_with(make, frame, model=model)
    part = write(make, [cell])
    (row,) = (r for r in part.tables[0].rows if r[0].startswith("Fixed effects"))
    assert row[1] == "not estimable"
    assert "must differ inside" in part.tables[0].note
    json.dumps(WRITER.data(cell.robustness, 5), allow_nan=False)


def test_a_test_without_limits_can_be_shown(make):
    cell = cell_with(make, rows(), interval=JointSignificance())
    part = write(make, [cell])
    assert part.tables[0].rows[0][2] == "no limits"
    assert part.tables[0].rows[0][3] == "—"


def test_plain_values(make, confounded):
    data = WRITER.data(confounded.robustness, 5)
    json.dumps(data, allow_nan=False)
    assert [each["choice"] for each in data["analyses"]][:2] == ["as declared", "fixed effects"]
    more = data["analyses"][2]
    assert more["n_clusters"] == {"organization": 7, "team": 14, "case_manager": 56}
    assert WRITER.data(Robustness(), 5) is None


def test_without_the_part_there_is_nothing(make, confounded):
    assert write(make, [replace(confounded, robustness=Robustness())]) is None


def test_widths_are_a_range_and_case_managers_are_in_the_answer(make, confounded):
    """The largest share of case managers, by hand from the variances, and the effect with them."""
    part = write(make, [confounded, cell_with(make, rows(common=1.0, seed=5))])
    cells = [
        confounded.robustness.levels,
        cell_with(make, rows(common=1.0, seed=5)).robustness.levels,
    ]
    ratios, shares = [], []
    for each in cells:
        declared, fixed, more = each.analyses[:3]
        own, base = (x.result.effects[0].value for x in (fixed, declared))
        ratios.append((own.conf_high - own.conf_low) / (base.conf_high - base.conf_low))
        for equation in more.result.fit.equations[:-1]:
            found = dict(equation.variances)
            shares.append(found["case_manager"] / sum(found.values()))
    low, high = sorted(ratios)

    assert f"{low:.1f} to {high:.1f} times as wide as declared over the 2" in part.paragraphs[0]
    assert "With case managers as a level too, up to" in part.answer
    assert f"up to {max(shares):.0%} of the variance left unexplained" in part.answer


def test_other_clusters_of_the_sandwich_are_told(make, confounded):
    text = " ".join(write(make, [confounded]).paragraphs)
    assert "CR2 then goes by case managers instead of teams" in text
    assert "hardly change" not in text


def test_zero_variances_are_not_called_equal_clusters(make, confounded):
    note = write(make, [confounded]).tables[1].note
    assert "with few clusters a true one of some size is often estimated at zero" in note
    assert "no more than chance" not in note


def test_limits_that_stand_in_for_resampling_are_not_called_declared(make, confounded):
    declared = replace(confounded.result, interval="Bootstrap(n_resamples=2000)")
    part = write(make, [replace(confounded, result=declared)])
    table = part.tables[0]
    assert table.rows[0][0] == "Organization and team (declared model, Monte Carlo limits)"
    assert "multiple of that of the declared model, Monte Carlo limits" in table.note
    assert "Monte Carlo limits" in part.answer
    assert any("not with the declared limits" in text for text in part.paragraphs)


def test_fewer_rows_are_counted_unless_that_tells_of_a_few(make):
    frame = rows()
    frame["case_manager"] = frame.case_manager.astype(float)
    frame.loc[frame.index[::28], "case_manager"] = np.nan
    cell = cell_with(make, frame)
    n_all, n_known = len(frame), int(frame.case_manager.notna().sum())
    assert n_all - n_known == 10
    text = " ".join(write(make, [cell]).paragraphs)
    assert f"organization, team and case manager: {n_known} clients" in text

    near = make.contents(entries=(), n_rows=n_known + 2)
    entry = Entry("Models", ("indirect", "within"), (cell,))
    text = " ".join(WRITER.part(replace(near, entries=(entry,)), entry, 1).paragraphs)
    assert str(n_known) not in text
    assert "organization, team and case manager: other rows" in text


def test_what_differs_by_a_few_rows_is_not_shown(make, confounded):
    found = confounded.robustness.levels
    few = [
        replace(e, result=None, reason=FEW_APART) if e.choice is LevelChoice.MORE_LEVELS else e
        for e in found.analyses
    ]
    cell = replace(confounded, robustness=Robustness(levels=ClusterLevels(tuple(few))))
    part = write(make, [cell])
    assert part.tables[0].rows[2][1] == "not shown"
    assert "case manager" not in part.answer
    assert part.tables[1].columns[1:] == ("Organization", "Team", "Inside all of them")
    assert any("fewer than 5 clients is not shown" in text for text in part.paragraphs)
