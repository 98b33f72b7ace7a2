"""Batches of studies: the equations exactly, closed forms, and the moments of `simulate`."""

from dataclasses import replace

import numpy as np
import pytest

from mediation.errors import SimulationError
from mediation.estimation.batch import estimate_batch
from mediation.estimation.ols import OLS
from mediation.simulation import default_truth
from mediation.simulation.batch import simulate_batch
from mediation.simulation.cell import OUTCOME, PAIR, Cell
from mediation.simulation.generate import simulate
from mediation.simulation.parameters import ClusterSpread
from mediation.simulation.published import DESIGNS
from mediation.simulation.sizes import unequal_sizes
from mediation.simulation.skew import skewed_cdf

from .regression import wide

SIZES = unequal_sizes(14, 22)
NESTED = Cell(SIZES, (1, 1, 1, 2, 2, 3, 4), alliance_icc=0.11, a=0.3, b=0.4)
NONE = ClusterSpread(0.0, 0.0, 0.0)
DAYS_PER_MONTH = 30.4375


def batch_of(truth, n_studies, seed=1):
    return simulate_batch(truth, PAIR, n_studies, np.random.default_rng(seed))


def team_means(values, team):
    """Means by team, shape (n_studies, n_teams)."""
    starts = np.flatnonzero(np.diff(team, prepend=-1))
    return np.add.reduceat(values, starts, axis=1) / np.bincount(team)


def near(values, expected):
    """Whether the mean over studies is as expected, within 4 of its standard errors."""
    error = np.std(values) / np.sqrt(len(values))
    assert error > 0
    assert abs(np.mean(values) - expected) < 4 * error, (np.mean(values), expected, error)


def general(cell, **outcome):
    """A world of a cell with every coefficient different, and origins that are not zero."""
    truth = cell.truth()
    changes = {"mean": 50.0, "c_prime": 0.7, "b_between": 0.9, "trend": 0.11, **outcome}
    return replace(
        truth,
        fidelity=replace(truth.fidelity, start=2.5),
        alliance=replace(truth.alliance, mean=80.0, trend=-0.2),
        outcomes=(replace(truth.outcomes[0], **changes),),
        x_ref=3.5,
    )


@pytest.mark.parametrize("time_varying", [False, True])
def test_alliance_and_outcome_follow_the_equations(time_varying):
    """Without effects of clusters and residual both can be worked out from x and the month."""
    truth = general(
        replace(NESTED, time_varying=time_varying, skew=-1.0), sd_residual=0.0, clusters=NONE
    )
    truth = replace(truth, alliance=replace(truth.alliance, clusters=NONE))
    batch = batch_of(truth, 300)
    since = batch.month - truth.t_ref
    team_part = truth.a * (batch.x - 3.5)
    client_part = batch.m - 80 + 0.2 * since - team_part
    expected = 50 + 0.7 * (batch.x - 3.5) + 0.4 * client_part + 0.9 * team_part + 0.11 * since
    np.testing.assert_allclose(batch.y, expected, rtol=1e-12)
    near(client_part.mean(axis=1), 0.0)
    near((client_part**2).mean(axis=1), 1 - 0.11)


def test_effects_of_teams_on_the_alliance_act_by_b_between():
    truth = general(NESTED, sd_residual=0.0, clusters=NONE)
    batch = batch_of(replace(truth, alliance=replace(truth.alliance, sd_client=0.0)), 20)
    since = batch.month - truth.t_ref
    level = batch.m - 80 + 0.2 * since
    expected = 50 + 0.7 * (batch.x - 3.5) + 0.9 * level + 0.11 * since
    np.testing.assert_allclose(batch.y, expected, rtol=1e-12)


def test_fidelity_lies_on_the_line_between_assessments_of_the_team():
    cell = replace(NESTED, time_varying=True)
    truth = cell.truth()
    truth = replace(
        truth,
        design=replace(truth.design, assessment_jitter_days=0),
        fidelity=replace(truth.fidelity, sd_organization=0.0, sd_team=0.0, sd_occasion=0.0),
    )
    batch = batch_of(truth, 2)
    days = np.rint(np.array([0, 6, 12, 18, 24, 36]) * DAYS_PER_MONTH)
    scores = 2.4 * (1 - np.exp(-days / DAYS_PER_MONTH / 12)) / (1 - np.exp(-3))
    expected = np.interp(batch.month * DAYS_PER_MONTH, days, scores)
    np.testing.assert_allclose(batch.x, [expected, expected], atol=1e-6)
    assert np.ptp(batch.x) > 0.5


def test_passing_deviations_of_fidelity_are_interpolated():
    """Between assessments w and 1 - w apart the variance is w^2 + (1 - w)^2 times their own."""
    truth = replace(NESTED, time_varying=True).truth()
    truth = replace(
        truth,
        design=replace(truth.design, assessment_jitter_days=0),
        fidelity=replace(truth.fidelity, sd_organization=0.0, sd_team=0.0, gain=0.0),
    )
    batch = batch_of(truth, 3000)
    days = np.rint(np.array([0, 6, 12, 18, 24, 36]) * DAYS_PER_MONTH)
    knots = [np.interp(batch.month * DAYS_PER_MONTH, days, unit) for unit in np.eye(6)]
    near((batch.x**2).mean(axis=1), 0.4**2 * (np.array(knots) ** 2).sum(axis=0).mean())
    near(batch.x[:, 0] * batch.x[:, -1], 0.0)


@pytest.mark.parametrize("skew", [0.0, -2.0])
def test_stable_and_passing_deviations_of_clients_add_up(skew):
    truth = Cell(SIZES, alliance_icc=0.0, skew=skew).truth()
    alliance = replace(truth.alliance, sd_client=0.6, sd_occasion=0.8)
    batch = batch_of(replace(truth, alliance=alliance), 3000)
    near((batch.m**2).mean(axis=1), 1.0)
    near((batch.m**3).mean(axis=1), skew * 0.6**3)


def test_effects_change_no_draw():
    null, effect = (batch_of(replace(NESTED, a=a).truth(), 300, seed=4) for a in (0.0, 0.3))
    assert (null.x == effect.x).all()
    assert (null.month == effect.month).all()
    np.testing.assert_allclose(effect.m - null.m, 0.3 * null.x, atol=1e-12)
    np.testing.assert_allclose(effect.y - null.y, 0.3 * 0.4 * null.x, atol=1e-12)


def test_same_seed_same_batch_and_no_two_studies_alike():
    first, again = batch_of(NESTED.truth(), 300), batch_of(NESTED.truth(), 300)
    assert all((first.drawn[name] == again.drawn[name]).all() for name in ("x", "m", "y"))
    for name, values in first.drawn.items():
        assert len(np.unique(values[:, 0])) == 300, name
        assert not values.flags.writeable


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_fidelity_has_variance_one_between_teams_of_which_organizations_have_their_share(share):
    cell = replace(NESTED, predictor_organization_share=share)
    batch = batch_of(cell.truth(), 4000)
    x = batch.x[:, np.flatnonzero(np.diff(batch.team, prepend=-1))]
    assert (batch.x == x[:, batch.team]).all()
    near((x**2).mean(axis=1), 1.0)
    near(x.mean(axis=1), 0.0)
    # The last four teams are of one organization, the first two of two.
    if share:
        near((x[:, -1] * x[:, -4]), share)
    near(x[:, 0] * x[:, 1], 0.0)


@pytest.mark.parametrize("variable", ["alliance", "outcome"])
def test_clusters_have_their_share_of_alliance_and_outcome(variable):
    cell = replace(NESTED, organization_share_of_icc=0.4, outcome_icc=0.08)
    batch = batch_of(cell.truth(), 4000)
    if variable == "alliance":
        icc, rest = 0.11, batch.m - 0.3 * batch.x
    else:
        icc, rest = 0.08, batch.y - 0.4 * batch.m
    near((rest**2).mean(axis=1), 1.0)
    means = team_means(rest, batch.team)
    inside = ((rest - means[:, batch.team]) ** 2).sum(axis=1) / (308 - 14)
    near(inside, 1 - icc)
    near(means[:, -1] * means[:, -4], 0.4 * icc)
    near((means**2 - (1 - icc) / np.bincount(batch.team)).mean(axis=1), icc)
    near(means[:, 0] * means[:, 1], 0.0)


def test_slopes_differ_between_teams_as_stated():
    truth = replace(NESTED, slope_sd=0.15).truth()
    outcome = replace(truth.outcomes[0], sd_residual=0.0, clusters=NONE)
    batch = batch_of(replace(truth, outcomes=(outcome,)), 2000)
    m, y = (v - team_means(v, batch.team)[:, batch.team] for v in (batch.m, batch.y))
    slopes = team_means(m * y, batch.team) / team_means(m * m, batch.team)
    np.testing.assert_allclose(y, slopes[:, batch.team] * m, atol=1e-10)
    near(slopes.mean(axis=1), 0.4)
    near(((slopes - 0.4) ** 2).mean(axis=1), 0.15**2)
    near((slopes[:, 0] - 0.4) * (slopes[:, 1] - 0.4), 0.0)


def test_equal_slopes_are_found_by_regression_inside_teams():
    batch = batch_of(NESTED.truth(), 2000)
    m, y = (v - team_means(v, batch.team)[:, batch.team] for v in (batch.m, batch.y))
    near((m * y).sum(axis=1) / (m * m).sum(axis=1), 0.4)


def test_alliance_is_as_skewed_as_stated():
    cell = Cell(SIZES, alliance_icc=0.0, skew=-2.0)
    batch = batch_of(cell.truth(), 4000)
    near(batch.m.mean(axis=1), 0.0)
    near((batch.m**2).mean(axis=1), 1.0)
    near((batch.m**3).mean(axis=1), -2.0)
    for at in (-3.0, -1.0, 0.5, 1.0):
        near((batch.m <= at).mean(axis=1), skewed_cdf(np.array(at), -2.0))


@pytest.mark.parametrize("changes", [{}, {"a": 0.0}, {"skew": -2.0}, {"ceiling_share": 0.56}])
def test_the_stated_share_is_at_the_ceiling(changes):
    cell = replace(NESTED, **{"ceiling_share": 0.3, **changes})
    truth = cell.truth()
    batch, free = batch_of(truth, 3000), batch_of(replace(truth, ceiling=False), 3000)
    assert batch.m.max() == truth.alliance.high
    near((batch.m == truth.alliance.high).mean(axis=1), cell.ceiling_share)
    assert (batch.m == np.minimum(free.m, truth.alliance.high)).all()
    assert (batch.y == free.y).all()


@pytest.mark.parametrize("design", DESIGNS, ids=lambda cell: cell.id)
def test_fidelity_that_varies_over_time_varies_a_little_inside_teams(design):
    truth = replace(design, time_varying=True).truth()
    shares = []
    for seed in range(10):
        batch = batch_of(truth, 100, seed)
        inside = batch.x - team_means(batch.x, batch.team)[:, batch.team]
        shares.append((inside**2).mean() / batch.x.var(axis=1).mean())
        slope = np.polyfit(batch.month, batch.x.mean(axis=0), 1)[0]
        assert slope > 0
        assert np.ptp(batch.month) > 6
    assert 0.08 < np.mean(shares) < 0.15


def summaries(x, m, y, month, team):
    """Moments of studies, shape (n_studies, n_moments)."""
    since = month - month.mean(axis=-1, keepdims=True)
    found = [since.var(axis=-1) * np.ones(len(x))]
    for values in (x, m, y):
        means = team_means(values, team)
        inside = values - means[:, team]
        found += [values.mean(axis=1), (values**2).mean(axis=1), (inside**2).mean(axis=1)]
        found += [means[:, 4] * means[:, 3], means[:, 2] * means[:, 3]]
        found += [(values**3).mean(axis=1), (values * since).mean(axis=1)]
    found += [(m * y).mean(axis=1), (x * m).mean(axis=1), (x * y).mean(axis=1)]
    inside_m, inside_y = (v - team_means(v, team)[:, team] for v in (m, y))
    slopes = team_means(inside_m * inside_y, team) / team_means(inside_m**2, team)
    return np.column_stack([*found, slopes.mean(axis=1), slopes.var(axis=1)])


COMPARED = {
    "skewed, slopes differ": general(
        replace(NESTED, skew=-2.0, slope_sd=0.3), mean=1.0, b_between=0.8
    ),
    "over time": general(replace(NESTED, time_varying=True), mean=1.0),
    "ceiling": replace(NESTED, ceiling_share=0.3).truth(),
}


@pytest.mark.parametrize("name", COMPARED)
def test_moments_are_those_of_single_studies(name):
    truth = COMPARED[name]
    truth = replace(truth, alliance=replace(truth.alliance, mean=0.0), x_ref=2.5, t_ref=12.0)
    rng, columns = np.random.default_rng(11), ("fidelity", "alliance", "outcome", "months")
    singles = []
    for _ in range(150):
        frame = wide(simulate(truth, rng), PAIR, OUTCOME)
        x, m, y, month = (frame[column].to_numpy()[None] for column in columns)
        singles.append(summaries(x, m, y, month, np.repeat(np.arange(14), SIZES))[0])
    many = []
    for _ in range(300):
        batch = simulate_batch(truth, PAIR, 10, rng)
        found = summaries(batch.x, batch.m, batch.y, batch.month, batch.team)
        # Studies of a batch share their dates, so that batches are what is independent.
        many.append(found.mean(axis=0))
    ours, theirs = np.array(many), np.array(singles)
    error = np.sqrt(ours.var(axis=0) / len(ours) + theirs.var(axis=0) / len(theirs))
    away = np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) / np.maximum(error, 1e-12)
    assert away.max() < 4, away.round(1).tolist()


def test_least_squares_finds_an_effect_that_is_not_there_as_often_as_the_design_effect_says():
    """With fidelity of teams of one size the variance of a is 1 + (n - 1) ICC times too large.

    Least squares puts it at the residual variance over all clients, so that a normal test rejects
    in .171 of the studies with 14 teams and .270 with 7.
    """
    for sizes, expected in (((22,) * 14, 0.171), ((44,) * 7, 0.270)):
        cell = Cell(sizes, b=0.4)
        batch = batch_of(cell.truth(), 3000)
        found = estimate_batch(cell.model(), batch.frame(), OLS(), batch.drawn)
        t = found.values[:, 0] / np.sqrt(found.covariance[:, 0, 0])
        assert np.mean(np.abs(t) > 1.96) == pytest.approx(expected, abs=0.03)


def test_frame_is_the_first_study_with_the_clusters_of_the_design():
    batch = batch_of(NESTED.truth(), 3)
    frame = batch.frame()
    assert list(frame) == ["organization", "team", "month", "x", "m", "y"]
    assert frame.groupby("team").size().tolist() == list(SIZES)
    assert frame.groupby("organization")["team"].nunique().tolist() == [1, 1, 1, 2, 2, 3, 4]
    assert (frame["m"] == batch.m[0]).all()
    assert frame["month"].between(5, 18).all()


def test_parts_that_a_batch_does_not_draw_are_listed():
    message = "3 outcomes, covariates, severity, baseline of the outcome, case managers, "
    message += "changes of case manager or team, attrition"
    with pytest.raises(SimulationError, match=message):
        batch_of(default_truth(), 1)
    truth = NESTED.truth()
    with pytest.raises(SimulationError, match=r"also has: severity\. Leave"):
        batch_of(replace(truth, confounding=0.1), 1)
    with pytest.raises(SimulationError, match=r"also has: attrition\. Leave"):
        batch_of(replace(truth, attrition=replace(truth.attrition, missing_alliance=0.01)), 1)


@pytest.mark.parametrize("pair", [(4.5, 13.5), (9.0, 4.5), (18.0, 22.5)])
def test_interviews_that_do_not_follow_each_other_are_refused(pair):
    with pytest.raises(SimulationError, match="an interview and the one after it"):
        simulate_batch(NESTED.truth(), pair, 1, np.random.default_rng(1))


def test_no_study_is_refused():
    with pytest.raises(SimulationError, match="Found 0"):
        batch_of(NESTED.truth(), 0)
