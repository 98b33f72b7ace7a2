"""Leaving out one cluster at a time: against lme4, against refits, and where it cannot be done."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.sensitivity.leave_one_out import covers_zero, leave_one_out
from mediation.vocabulary import (
    Covariance,
    DfMethod,
    EffectName,
    Level,
    PathName,
    SlopeCovariance,
    ZeroVariance,
)

REFERENCE = Path(__file__).parents[1] / "reference"
INDIRECT = (EffectName.INDIRECT, Level.WITHIN)


def read_case(case):
    spec = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    roles = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    return MediationModel(**roles), pd.read_csv(REFERENCE / case / "data.csv")


@pytest.fixture(scope="module")
def teams():
    return read_case("nested_teams")


@pytest.fixture(scope="module")
def found(teams):
    return leave_one_out(*teams, MixedModels(), MonteCarlo(n_draws=2_000), 7)


@pytest.mark.reference
def test_estimates_dfbetas_and_cooks_distance_are_those_of_lme4(teams):
    """The standard errors of `influence.merMod` are those of the model, without Kenward-Roger."""
    plain = MixedModels(
        zero_variance=ZeroVariance.KEEP,
        slope_covariance=SlopeCovariance.MODEL,
        df_method=DfMethod.SATTERTHWAITE,
    )
    model, frame = teams
    got = leave_one_out(model, frame, plain, Delta(), 1, levels=("organization", "team"))
    expected = pd.read_csv(REFERENCE / "influence_teams" / "influence.csv", dtype={"cluster": str})
    expected = expected.set_index(["level", "cluster"])
    a = got.path_influence(PathName.A, Level.BETWEEN)
    b = got.path_influence(PathName.B, Level.WITHIN)

    assert len(got.without) == len(expected)
    for each, of_a, of_b in zip(got.without, a, b, strict=True):
        row = expected.loc[(each.level, each.cluster)]
        assert of_a.value.estimate == pytest.approx(row.a, rel=1e-6)
        assert of_b.value.estimate == pytest.approx(row.b, rel=1e-6)
        assert of_a.value.std_error == pytest.approx(row.se_a, rel=1e-5)
        assert of_b.value.std_error == pytest.approx(row.se_b, rel=1e-5)
        assert of_a.dfbetas == pytest.approx(row.dfbetas_a, abs=1e-5)
        assert of_b.dfbetas == pytest.approx(row.dfbetas_b, abs=1e-5)
        assert each.cook == pytest.approx(row.cook, rel=1e-4)


@pytest.mark.parametrize(
    "engine",
    [MixedModels(), OLS(), OLS(Covariance.CR2, cluster="team"), TwoLevelSEM()],
    ids=lambda e: e.label[:20],
)
def test_equals_a_refit_to_the_rest_with_the_same_draws(teams, engine):
    model, frame = teams
    if isinstance(engine, TwoLevelSEM):
        model = MediationModel("x", ("m",), "y", ("age",), clusters=("team",))
    interval = MonteCarlo(n_draws=1_000)
    level = model.clusters[-1]
    got = leave_one_out(model, frame, engine, interval, 5, levels=(level,))
    for each in (got.without[0], got.without[-1]):
        rest = frame[frame[level].astype(str) != each.cluster]
        again = infer(estimate(model, rest, engine), interval, np.random.default_rng(5))
        assert each.n_clients == len(rest)
        for row, other in zip(each.result.effects, again.effects, strict=True):
            assert row.value.estimate == pytest.approx(other.value.estimate, abs=1e-8, nan_ok=True)
            assert row.value.conf_low == pytest.approx(other.value.conf_low, abs=1e-8, nan_ok=True)


def test_no_data_are_kept_and_none_are_shown(found):
    for result in (found.everyone, *(each.result for each in found.without)):
        assert result.solution is None
        assert result.fit.resampler is None
    assert "array" not in repr(found)
    assert "array" not in repr(found.without[0])


def test_levels_and_rows_add_up(teams, found):
    _, frame = teams
    assert found.levels == ("organization", "team")
    for level in found.levels:
        rests = [each.n_clients for each in found.without if each.level == level]
        assert len(rests) == frame[level].nunique()
        assert sum(len(frame) - rest for rest in rests) == len(frame)
        assert found.cutoff(level) == pytest.approx(2 / np.sqrt(len(rests)))
    tidy = found.to_frame()
    assert (tidy.without == "").sum() == (tidy.without == "3").sum() / 2
    assert set(tidy.kind) == {"effect", "path"}


def test_one_team_that_makes_the_effect_is_flagged():
    """Eleven teams without any effect and one that lies far out along the line."""
    rng = np.random.default_rng(2)
    team = np.repeat(np.arange(12), 12)
    x = np.where(team == 11, 6.0, rng.normal(size=12)[team])
    m = np.where(team == 11, 6.0, 0.0) + rng.normal(size=144)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": 0.8 * m + rng.normal(size=144)})
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    got = leave_one_out(model, frame, MixedModels(), MonteCarlo(n_draws=2_000), 1)
    flags = {each.cluster: each for each in got.influence(*INDIRECT)}

    assert flags["11"].moves_zero
    assert flags["11"].is_flagged
    assert flags["11"].change > 0
    assert sum(each.moves_zero for each in flags.values()) == 1
    most = max(got.without, key=lambda each: each.cook)
    assert most.cluster == "11"
    assert most.cook > 4 / 12


def test_too_few_clusters_have_a_reason():
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(5), 20)
    x = rng.normal(size=5)[team]
    m = x + rng.normal(size=100)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": m + rng.normal(size=100)})
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    got = leave_one_out(model, frame, MixedModels(), MonteCarlo(n_draws=500), 1)

    assert all(each.result is None for each in got.without)
    assert all("at least 5 clusters" in each.reason for each in got.without)
    assert all(each.value is None and not each.is_flagged for each in got.influence(*INDIRECT))
    assert set(got.to_frame().reason) == {"", got.without[0].reason}


def test_a_test_without_limits_moves_zero_by_its_p_value(teams):
    got = leave_one_out(*teams, MixedModels(), JointSignificance(), 1, levels=("organization",))
    effects = got.influence(*INDIRECT)

    assert all(np.isnan(each.value.conf_low) for each in effects)
    everyone = got.everyone.effects[0].value
    for each in effects:
        assert each.moves_zero == (covers_zero(each.value, 0.05) != covers_zero(everyone, 0.05))


def test_clusters_come_in_the_order_of_their_letters(teams):
    model, frame = teams
    names = {k: f"Team {chr(65 + k % 26)}" for k in frame.team.unique()}
    frame = frame.assign(team=frame.team.map(names))
    got = leave_one_out(model, frame, OLS(), Delta(), 1, levels=("team",))
    assert [each.cluster for each in got.without] == sorted(names.values())


def test_rows_with_missing_values_count_in_no_cluster(teams):
    model, frame = teams
    frame = frame.copy()
    frame.loc[frame.index[:4], "y"] = np.nan
    got = leave_one_out(model, frame, OLS(), Delta(), 1, levels=("team",))
    assert got.n_clients == len(frame) - 4
    assert sum(got.n_clients - each.n_clients for each in got.without) == got.n_clients


def test_without_clusters_or_with_an_unknown_level_it_is_refused(teams):
    model, frame = teams
    with pytest.raises(SpecificationError, match="no clusters"):
        leave_one_out(MediationModel("x", ("m",), "y"), frame, OLS(), Delta(), 1)
    with pytest.raises(SpecificationError, match="Found county"):
        leave_one_out(model, frame, OLS(), Delta(), 1, levels=("county",))


def test_an_effect_without_a_number_is_refused(found):
    with pytest.raises(EstimationError, match="must have the indirect single"):
        found.influence(EffectName.INDIRECT, Level.SINGLE)
