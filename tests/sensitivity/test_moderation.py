"""Interaction of predictor and mediator: against lme4, clubSandwich and counterfactual means."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mediation.errors import SpecificationError
from mediation.estimation.cr2 import Working, cluster_scatter, cr2_variance
from mediation.estimation.design import prepare
from mediation.estimation.equation import standardize
from mediation.estimation.nested import reduce_rows, stack_statistics, tree_of
from mediation.estimation.ols import OLS
from mediation.estimation.reml import fit_reml
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel, Parameter
from mediation.sensitivity.moderation import moderation
from mediation.sensitivity.moderation_contrasts import t_of
from mediation.vocabulary import Covariance, Level, PathName

REFERENCE = Path(__file__).parents[1] / "reference"
TEAMS = MediationModel("fidelity", ("alliance",), "outcome", ("age",), clusters=("team",))
SINGLE = replace(TEAMS, clusters=())
DRAWS = MonteCarlo(n_draws=4000)


def read(case):
    folder = REFERENCE / case
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "expected.json").read_text())


@pytest.fixture(scope="module")
def teams():
    rows, expected = read("interaction_teams")
    return rows, expected, moderation(TEAMS, rows, np.random.default_rng(1), interval=DRAWS)


@pytest.fixture(scope="module")
def single():
    rows, expected = read("interaction_single")
    return rows, expected, moderation(SINGLE, rows, np.random.default_rng(1), interval=DRAWS)


@pytest.mark.reference
def test_product_inside_teams_is_that_of_lme4_and_clubsandwich(teams):
    """The slope of the product is one inside clusters: CR2 by team."""
    _, expected, found = teams
    value, r = found.interactions[0].value, expected["within"]

    assert found.interactions[0].level is Level.WITHIN
    assert value.estimate == pytest.approx(r["estimate"]["within"], rel=1e-6)
    assert value.std_error == pytest.approx(r["cr2"]["within"], rel=1e-6)
    assert value.df == pytest.approx(r["cr2_df"]["within"], rel=1e-4)


@pytest.mark.reference
def test_product_between_teams_is_that_of_lme4_and_pbkrtest(teams):
    _, expected, found = teams
    value, r = found.interactions[1].value, expected["both"]

    assert found.interactions[1].level is Level.BETWEEN
    assert value.estimate == pytest.approx(r["estimate"]["between"], rel=1e-6)
    assert value.std_error == pytest.approx(r["std_error"]["between"], rel=1e-6)
    # Fourteen teams less four coefficients between them are the most it may have.
    assert value.df == pytest.approx(min(r["df"]["between"], 14 - 4), rel=1e-4)


@pytest.mark.reference
def test_conditional_effects_are_a_times_the_slope_there(teams):
    _, expected, found = teams
    r = expected["within"]["estimate"]
    assert found.steps.center == pytest.approx(expected["center"])
    assert found.steps.sd == pytest.approx(expected["sd"])
    for effect, sign in zip(found.effects[:3], (-1, 0, 1), strict=True):
        slope = r["m_within"] + sign * expected["sd"] * r["within"]
        assert effect.at == pytest.approx(expected["center"] + sign * expected["sd"])
        assert effect.slope.estimate == pytest.approx(slope, rel=1e-6)
        assert effect.effect.estimate == pytest.approx(expected["a"] * slope, rel=1e-6)


@pytest.mark.reference
def test_natural_effects_are_differences_of_counterfactual_means(single):
    """Means of the outcome predicted by the two regressions, with predictor and mediator moved."""
    _, expected, found = single
    (natural,) = found.natural

    assert (natural.low, natural.high) == pytest.approx((expected["low"], expected["high"]))
    assert natural.direct.estimate == pytest.approx(expected["direct"], rel=1e-9)
    assert natural.indirect.estimate == pytest.approx(expected["indirect"], rel=1e-9)


@pytest.mark.reference
def test_product_of_independent_rows_is_that_of_least_squares(single):
    _, expected, found = single
    (interaction,) = found.interactions
    assert interaction.value.estimate == pytest.approx(expected["interaction"], rel=1e-9)
    assert interaction.value.std_error == pytest.approx(expected["std_error"], rel=1e-9)
    assert interaction.value.df == expected["df"]


def contrasts_by_cr2(rows, moves):
    """CR2 of b + move d, as a contrast of one fit with the product centred at the mean."""
    prepared = prepare(TEAMS, rows)
    outcome, codes = prepared.outcome_equation, prepared.clusters.codes
    m = rows["alliance"] - rows["alliance"].groupby(rows["team"]).transform("mean")
    x = rows["fidelity"]
    product = (x - x.groupby(rows["team"]).first().mean()) * m
    columns = np.column_stack([outcome.x, product, outcome.y])
    varying = [k for k in range(columns.shape[1]) if m_varies(columns[:, k], rows["team"])]
    tree = tree_of(codes)
    z, scaling = standardize(columns[tree.order][None])
    means, deviations = reduce_rows(z, tree)
    wanted = tuple(range(columns.shape[1]))
    statistics = stack_statistics(means, deviations, tree, (wanted,))
    scatter = cluster_scatter(z[..., varying], means[..., varying], tree)
    working = Working(statistics, fit_reml(statistics).profile, tuple(varying[:-1]), scatter)
    width = scaling.width[0]
    b, d = outcome.roles.index(Parameter(PathName.B, Level.WITHIN, "alliance")), len(outcome.roles)
    for move in moves:
        contrast = np.zeros((1, d + 1))
        contrast[0, b], contrast[0, d] = width[-1] / width[b], move * width[-1] / width[d]
        variance, df = cr2_variance(working, contrast)
        yield float(np.sqrt(variance[0])), float(df[0])


def m_varies(column, team):
    return bool(pd.Series(column).groupby(team.to_numpy()).std().max() > 1e-9)


def test_slopes_at_low_and_high_have_the_cr2_of_their_contrast(teams):
    """Not that of b and of d, with the correlation of the model."""
    rows, _, found = teams
    inside = [e for e in found.effects if e.level is Level.WITHIN]
    moves = [e.at - found.steps.center for e in inside]
    for effect, (error, df) in zip(inside, contrasts_by_cr2(rows, moves), strict=True):
        assert effect.slope.std_error == pytest.approx(error, rel=1e-6)
        assert effect.slope.df == pytest.approx(df, rel=1e-5)
    assert inside[0].slope.df != pytest.approx(inside[2].slope.df, rel=1e-2)


@pytest.mark.parametrize("df", [1.5, 4.0, 40.0])
def test_draws_of_slopes_are_quantiles_of_t(df):
    p = np.array([1e-6, 0.001, 0.025, 0.3, 0.5, 0.9, 0.9999])
    np.testing.assert_allclose(t_of(stats.norm.ppf(p), df), stats.t.ppf(p, df), rtol=1e-3)


def test_natural_indirect_effect_is_the_move_times_the_effect_at_high(teams):
    found = teams[2]
    for natural in found.natural:
        low, _, high = (e for e in found.effects if e.level is natural.level)
        move = high.at - low.at
        assert natural.indirect.conf_low == pytest.approx(move * high.effect.conf_low)
        assert natural.indirect.conf_high == pytest.approx(move * high.effect.conf_high)


def test_effects_between_teams_add_both_products(teams):
    found = teams[2]
    (natural,) = [n for n in found.natural if n.level is Level.BETWEEN]
    low, _, high = (e for e in found.effects if e.level is Level.BETWEEN)
    move = high.at - low.at
    assert natural.indirect.estimate == pytest.approx(high.effect.estimate * move)


def test_units_of_the_predictor_do_not_matter(single):
    """In tenths of a point the slope of the product is a tenth, effects at low and high are too."""
    rows, _, found = single
    tenths = rows.assign(fidelity=10 * rows["fidelity"] + 3)
    other = moderation(SINGLE, tenths, np.random.default_rng(1), interval=DRAWS)

    assert other.interactions[0].value.estimate * 10 == pytest.approx(
        found.interactions[0].value.estimate
    )
    for mine, theirs in zip(found.effects, other.effects, strict=True):
        assert theirs.effect.estimate * 10 == pytest.approx(mine.effect.estimate)
        assert theirs.effect.conf_low * 10 == pytest.approx(mine.effect.conf_low)
    assert other.natural[0].direct.estimate == pytest.approx(found.natural[0].direct.estimate)


def test_without_interaction_the_interval_mostly_covers_zero():
    """Forty data sets of 14 teams with one slope for all: CR2 holds its level, roughly."""
    rng = np.random.default_rng(3)
    covered = []
    for _ in range(40):
        team = np.repeat(np.arange(14), 20)
        x = rng.normal(size=14)[team]
        m = x + rng.normal(size=14)[team] + rng.normal(size=280)
        y = 0.5 * m + rng.normal(size=14)[team] + rng.normal(size=280)
        frame = pd.DataFrame({"x": x, "m": m, "y": y, "team": team})
        model = MediationModel("x", ("m",), "y", clusters=("team",))
        found = moderation(model, frame, rng, interval=MonteCarlo(n_draws=200))
        value = found.interactions[0].value
        covered.append(value.conf_low <= 0 <= value.conf_high)
    # Of 40 with a chance of .95 each, 33 or fewer have one of less than one in a thousand.
    assert sum(covered) > 33


def test_predictor_with_two_values_is_followed_at_both():
    rng = np.random.default_rng(1)
    x = np.repeat([0.0, 1.0], 50)
    m = x + rng.normal(size=100)
    y = m * (0.2 + 0.6 * x) + rng.normal(size=100)
    frame = pd.DataFrame({"x": x, "m": m, "y": y})
    found = moderation(MediationModel("x", ("m",), "y"), frame, rng, interval=DRAWS)
    slopes = [np.polyfit(m[x == value], y[x == value], 1)[0] for value in (0, 1)]

    assert [e.at for e in found.effects] == [0.0, 1.0]
    np.testing.assert_allclose([e.slope.estimate for e in found.effects], slopes, rtol=1e-10)


def test_predictor_varying_inside_teams_has_no_product_with_team_means(teams):
    rows = teams[0].copy()
    rows["fidelity"] += 0.1 * np.random.default_rng(1).normal(size=len(rows))
    found = moderation(TEAMS, rows, np.random.default_rng(1), interval=DRAWS)
    assert {i.level for i in found.interactions} == {Level.WITHIN}


def test_several_mediators_have_products_of_their_own(single):
    rows = single[0]
    hope = rows["alliance"] + 5 * np.random.default_rng(1).normal(size=len(rows))
    model = replace(SINGLE, mediators=("alliance", "hope"))
    found = moderation(model, rows.assign(hope=hope), np.random.default_rng(1), interval=DRAWS)

    assert [i.mediator for i in found.interactions] == ["alliance", "hope"]
    assert found.natural == ()
    assert set(found.to_frame()["quantity"]) == {"interaction", "slope", "indirect"}


def test_least_squares_with_clusters_keeps_its_own_standard_error(teams):
    rows = teams[0]
    engine = OLS(Covariance.CR2)
    found = moderation(TEAMS, rows, np.random.default_rng(1), engine=engine, interval=DRAWS)
    assert found.engine_label == engine.label
    assert found.interactions[0].value.df < 14


def test_latent_means_have_no_products(teams):
    with pytest.raises(SpecificationError, match="Found TwoLevelSEM"):
        moderation(TEAMS, teams[0], np.random.default_rng(1), engine=TwoLevelSEM())
