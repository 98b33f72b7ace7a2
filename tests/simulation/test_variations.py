"""Slopes that differ between teams, a skewed alliance, organizations of unequal size."""

import json
from dataclasses import replace

import numpy as np
import pandas.testing as pdt
import pytest
from scipy import optimize, stats

from mediation.errors import SimulationError
from mediation.simulation import default_truth, scaled
from mediation.simulation.draws import assign_clients
from mediation.simulation.generate import simulate
from mediation.simulation.skew import skewed, skewed_cdf
from mediation.simulation.write import truth_text

from .regression import slopes, wide

PAIR = (4.5, 9.0)


def one_outcome(**changes):
    """Many teams, one outcome, fidelity constant, no trend of the alliance, no ceiling."""
    truth = scaled(
        default_truth(), n_organizations=200, n_teams_per_organization=2, clients_per_team=8
    )
    outcome = replace(truth.outcome("quality_of_life"), **changes.pop("outcome", {}))
    alliance = replace(truth.alliance, trend=0.0, **changes.pop("alliance", {}))
    return replace(
        truth, outcomes=(outcome,), alliance=alliance, ceiling=False, fidelity_changes=False
    )


def drawn(truth, seed=3):
    return simulate(truth, np.random.default_rng(seed))


def test_slopes_of_teams_change_the_outcome_by_the_client_part_of_the_alliance_alone():
    plain = drawn(one_outcome())
    varied = drawn(one_outcome(outcome={"slope_sd": 0.2}))
    pdt.assert_frame_equal(plain.clients, varied.clients)
    pdt.assert_frame_equal(plain.fidelity, varied.fidelity)
    keys = ["client_id", "wave_months", "interview_date"]
    first = plain.interviews.merge(varied.interviews, on=keys, suffixes=("", "_varied")).dropna()
    assert (first["alliance"] == first["alliance_varied"]).all()
    at_baseline = first["wave_months"] == 0
    gained = first["quality_of_life_varied"] - first["quality_of_life"]
    assert (gained[at_baseline] == 0).all()
    assert gained[~at_baseline].abs().min() > 0

    frame = wide(plain, PAIR, "quality_of_life")
    frame["gained"] = wide(varied, PAIR, "quality_of_life")["outcome"] - frame["outcome"]
    # The slopes' draws precede attendance, so that other interviews are missing.
    frame, away, residual = frame.dropna(), [], []
    for _, rows in frame.groupby("team").filter(lambda rows: len(rows) > 2).groupby("team"):
        # The client part of the alliance is the alliance up to a constant of its team.
        line = np.polynomial.Polynomial.fit(rows["alliance"], rows["gained"], 1)
        residual.append(np.abs(line(rows["alliance"]) - rows["gained"]).max())
        away.append(line.convert().coef[1])
    assert max(residual) < 1e-9
    assert np.std(away) == pytest.approx(0.2, abs=4 * 0.2 / np.sqrt(2 * len(away)))
    assert abs(np.mean(away)) < 4 * 0.2 / np.sqrt(len(away))


def test_a_regression_inside_teams_finds_the_mean_slope():
    truth = one_outcome(outcome={"slope_sd": 0.2, "sd_residual": 0.0})
    frame = wide(drawn(truth), PAIR, "quality_of_life")
    predictors = ["alliance", "baseline", "months", "age", "man", "another_gender"]
    found = slopes(frame, "outcome", [*predictors, "tenure_months"], inside="team")["alliance"]
    assert abs(found - truth.b_within("quality_of_life")) < 4 * 0.2 / np.sqrt(400 * 0.7)


@pytest.mark.parametrize("skew", [-4.0, -2.0, -0.3, 0.5, 2.0])
def test_skewed_values_have_the_stated_moments(skew):
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    values = skewed(nodes, skew)
    assert (np.diff(values) > 0).all()
    assert values @ weights == pytest.approx(0, abs=1e-10)
    assert values**2 @ weights == pytest.approx(1, rel=1e-10)
    assert values**3 @ weights == pytest.approx(skew, rel=1e-8)


@pytest.mark.parametrize("skew", [-2.0, 0.0, 1.0])
def test_distribution_function_of_skewed_values_is_that_of_the_normal_ones(skew):
    normal = np.linspace(-4, 4, 41)
    np.testing.assert_allclose(
        skewed_cdf(skewed(normal, skew), skew), stats.norm.cdf(normal), rtol=1e-9
    )
    if skew:
        outermost = np.copysign(100.0, -skew)
        assert skewed_cdf(np.array([outermost]), skew) == [float(skew < 0)]


def test_distribution_function_is_scipys():
    root = optimize.brentq(lambda s: stats.lognorm(s).stats("s") - 2, 0.1, 1, xtol=1e-14)
    shape = stats.lognorm(root)
    at = np.array([-1.5, -0.5, 0.3, 2.0])
    expected = shape.cdf(at * shape.std() + shape.mean())
    np.testing.assert_allclose(skewed_cdf(at, 2.0), expected, rtol=1e-10)
    np.testing.assert_allclose(skewed_cdf(at, -2.0), 1 - skewed_cdf(-at, 2.0), rtol=1e-12)


def test_no_skew_leaves_values_as_they_are():
    values = np.array([-1.0, 0.5, 2.0])
    assert (skewed(values, 0.0) == values).all()


def test_skew_moves_the_alliance_and_by_it_the_outcome_from_the_same_draws():
    truth = one_outcome()
    plain, bent = drawn(truth), drawn(one_outcome(alliance={"skew": -2.0}))
    pdt.assert_frame_equal(plain.clients, bent.clients)
    frames = [wide(study, PAIR, "quality_of_life") for study in (plain, bent)]
    moved, gained = (frames[1][name] - frames[0][name] for name in ("alliance", "outcome"))
    assert moved.abs().max() > truth.alliance.sd_client
    np.testing.assert_allclose(gained, truth.b_within("quality_of_life") * moved, atol=1e-9)


def uneven(counts, **changes):
    truth = default_truth()
    design = replace(truth.design, teams_per_organization=counts, **changes)
    return replace(truth, design=design)


def test_organizations_of_unequal_size_hold_the_teams_in_order():
    truth = uneven((1, 1, 1, 2, 2, 3, 4))
    clusters = assign_clients(truth)
    assert clusters.organization_of_team.tolist() == [0, 1, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 6, 6]
    assert clusters.team.tolist() == assign_clients(default_truth()).team.tolist()
    clients = drawn(truth).clients
    assert clients.groupby("organization")["team"].nunique().tolist() == [1, 1, 1, 2, 2, 3, 4]
    sizes = truth.design.team_sizes
    assert clients.groupby("organization").size().iloc[-1] == sum(sizes[-4:])


def test_as_many_teams_in_each_organization_may_be_said_or_left_out():
    said, left_out = drawn(uneven((2,) * 7)), drawn(default_truth())
    pdt.assert_frame_equal(said.clients, left_out.clients)
    pdt.assert_frame_equal(said.interviews, left_out.interviews)


@pytest.mark.parametrize("counts", [(2,) * 6, (2, 2, 2, 2, 2, 2, 1), (0, 2, 2, 2, 2, 3, 3), ()])
def test_teams_that_cannot_be_shared_out_are_refused(counts):
    with pytest.raises(SimulationError, match="share out 14 teams among 7 organizations"):
        uneven(counts)


def test_negative_spread_of_slopes_is_refused():
    with pytest.raises(SimulationError, match=r"quality_of_life\.slope_sd = -0.1"):
        one_outcome(outcome={"slope_sd": -0.1})


def test_truth_file_has_the_variations_of_a_truth_that_has_them():
    def parameters(truth):
        return json.loads(truth_text(truth, 1))["parameters"]

    plain = parameters(default_truth())
    varied = parameters(
        replace(
            uneven((1, 1, 1, 2, 2, 3, 4)),
            alliance=replace(default_truth().alliance, skew=-2.0),
            outcomes=tuple(replace(y, slope_sd=0.1) for y in default_truth().outcomes),
        )
    )
    assert varied["design"].pop("teams_per_organization") == [1, 1, 1, 2, 2, 3, 4]
    assert varied["alliance"].pop("skew") == -2.0
    assert [outcome.pop("slope_sd") for outcome in varied["outcomes"]] == [0.1] * 3
    assert varied == plain
