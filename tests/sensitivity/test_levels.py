"""Other levels of clusters: fixed effects against lme4 and pbkrtest, and what is chosen."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.errors import SpecificationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.delta import Delta
from mediation.inference.monte_carlo import MonteCarlo
from mediation.model import MediationModel
from mediation.sensitivity.levels import LevelChoice, vary_levels
from mediation.vocabulary import (
    Covariance,
    DrawDistribution,
    EffectName,
    Level,
    PathName,
    SlopeCovariance,
    ZeroVariance,
)

REFERENCE = Path(__file__).parents[1] / "reference"
T_LIMITS = Delta(distribution=DrawDistribution.T)
PLAIN = MixedModels(zero_variance=ZeroVariance.KEEP, slope_covariance=SlopeCovariance.MODEL)


def read_case(case):
    spec = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    roles = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    return MediationModel(**roles), pd.read_csv(REFERENCE / case / "data.csv")


def path_of(analysis, path, level):
    (row,) = (r for r in analysis.result.paths if (r.path, r.level) == (path, level))
    return row.value


def by_choice(found):
    return {(each.choice, each.clusters): each for each in found.analyses}


@pytest.mark.reference
def test_fixed_effects_are_those_of_lme4_and_pbkrtest():
    """Organizations are numbers in the file: they must be indicators, not a slope."""
    model, frame = read_case("nested_teams")
    found = by_choice(vary_levels(model, frame, PLAIN, T_LIMITS, 1))
    fixed = found[LevelChoice.FIXED_EFFECTS, ("team",)]
    expected = pd.read_csv(REFERENCE / "influence_teams" / "fixed_effects.csv", index_col="path")
    paths = {"a": (PathName.A, Level.BETWEEN), "b": (PathName.B, Level.WITHIN)}

    assert fixed.fixed == "organization"
    for equation, (name, place) in zip(fixed.result.fit.equations, paths.items(), strict=False):
        value, row = path_of(fixed, *place), expected.loc[name]
        assert value.estimate == pytest.approx(row.estimate, rel=1e-6)
        assert value.std_error == pytest.approx(row.std_error, rel=1e-6)
        assert value.df == pytest.approx(row.df, rel=1e-4)
        assert dict(equation.variances)["team"] == pytest.approx(row.team, rel=1e-5)
        assert dict(equation.variances)["residual"] == pytest.approx(row.residual, rel=1e-6)


@pytest.mark.reference
def test_three_levels_are_those_of_lme4():
    """Declared without case managers, they are added as the innermost level."""
    model, frame = read_case("case_managers")
    declared = replace(model, clusters=("organization", "team"))
    found = by_choice(vary_levels(declared, frame, PLAIN, T_LIMITS, 1, available=model.clusters))
    more = found[LevelChoice.MORE_LEVELS, model.clusters]
    expected = pd.read_csv(REFERENCE / "case_managers" / "expected.csv")
    of_a = expected[(expected.equation == "mediator") & (expected.variant == "full")]
    variances = of_a[of_a.quantity == "variance"].set_index("term").value
    slope = of_a[of_a.term == "x"].set_index("quantity").value

    assert more.result.fit.model.split_at == ("team",)
    assert dict(more.result.fit.equations[0].variances) == pytest.approx(
        variances.to_dict(), rel=1e-5
    )
    value = path_of(more, PathName.A, Level.BETWEEN)
    assert (value.estimate, value.std_error) == pytest.approx(
        (slope.estimate, slope.std_error), rel=1e-6
    )
    assert value.df == pytest.approx(slope.df, rel=1e-4)


def test_choices_for_mixed_models():
    model, frame = read_case("case_managers")
    declared = replace(model, clusters=("organization", "team"))
    found = vary_levels(declared, frame, MixedModels(), Delta(), 1, available=model.clusters)
    assert [(e.choice, e.clusters, e.fixed) for e in found.analyses] == [
        (LevelChoice.DECLARED, ("organization", "team"), None),
        (LevelChoice.FIXED_EFFECTS, ("team",), "organization"),
        (LevelChoice.MORE_LEVELS, ("organization", "team", "case_manager"), None),
        # x is measured at the team or above.
        *((LevelChoice.ONE_LEVEL, (name,), None) for name in ("organization", "team")),
    ]


@pytest.mark.parametrize(
    ("engine", "choices"),
    [
        (OLS(), {LevelChoice.FIXED_EFFECTS}),
        (
            OLS(Covariance.CR2, cluster="organization"),
            {LevelChoice.FIXED_EFFECTS, LevelChoice.ONE_LEVEL},
        ),
    ],
    ids=["classical", "CR2"],
)
def test_choices_for_least_squares(engine, choices):
    model, frame = read_case("nested_teams")
    found = vary_levels(model, frame, engine, Delta(), 1)
    assert {each.choice for each in found.analyses[1:]} == choices
    assert all(each.result is not None for each in found.analyses)


def test_choices_for_the_two_level_model():
    model, frame = read_case("nested_teams")
    declared = replace(model, clusters=("team",), predictor_level=None)
    found = vary_levels(
        declared, frame, TwoLevelSEM(), Delta(), 1, available=("organization", "team")
    )
    assert {(e.choice, e.fixed) for e in found.analyses} >= {
        (LevelChoice.DECLARED, None),
        (LevelChoice.FIXED_EFFECTS, "organization"),
    }


def test_fixed_effects_take_out_what_organizations_have_in_common():
    """A confounder of organizations moves a and is gone with their fixed effects; power is lost."""
    rng = np.random.default_rng(5)
    n_teams, size = 60, 15
    team = np.repeat(np.arange(n_teams), size)
    organization = team // 4
    common = rng.normal(size=15)[organization]
    x = common + rng.normal(size=n_teams)[team]
    m = 3.0 * common + rng.normal(size=n_teams * size)
    frame = pd.DataFrame({"organization": organization, "team": team, "x": x, "m": m})
    frame["y"] = m + rng.normal(size=n_teams * size)
    model = MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    found = by_choice(vary_levels(model, frame, OLS(), Delta(), 1))
    naive = path_of(
        found[LevelChoice.DECLARED, ("organization", "team")], PathName.A, Level.BETWEEN
    )
    fixed = path_of(found[LevelChoice.FIXED_EFFECTS, ("team",)], PathName.A, Level.BETWEEN)

    assert naive.estimate > 1.0
    assert abs(fixed.estimate) < 0.1


def test_a_predictor_of_organizations_leaves_nothing_for_fixed_effects():
    model, frame = read_case("nested_teams")
    frame = frame.assign(x=frame.groupby("organization").x.transform("mean"))
    found = vary_levels(model, frame, MixedModels(), Delta(), 1)
    assert LevelChoice.FIXED_EFFECTS not in {each.choice for each in found.analyses}

    varying = replace(model, clusters=("team",), predictor_level=None)
    again = vary_levels(
        varying, frame, MixedModels(), Delta(), 1, available=("organization", "team")
    )
    (fixed,) = (e for e in again.analyses if e.choice is LevelChoice.FIXED_EFFECTS)
    assert fixed.result is None
    assert "must differ inside" in fixed.reason


def test_one_level_splits_the_mediator_there_and_draws_are_the_same():
    model, frame = read_case("nested_teams")
    interval = MonteCarlo(n_draws=500)
    one, two = (vary_levels(model, frame, MixedModels(), interval, 3) for _ in range(2))
    team = by_choice(one)[LevelChoice.ONE_LEVEL, ("team",)]

    assert team.result.fit.model.clusters == ("team",)
    assert team.result.solution is None
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame())


def test_frames_name_every_analysis():
    model, frame = read_case("nested_teams")
    found = vary_levels(model, frame, MixedModels(), Delta(), 1)
    tidy = found.to_frame()
    assert set(tidy.choice) == {each.choice.value for each in found.analyses}
    shares = found.variances_frame().groupby(["choice", "clusters", "equation"]).share.sum()
    assert shares.to_numpy() == pytest.approx(1.0)
    rows = tidy[(tidy.effect == EffectName.INDIRECT.value) & (tidy.level == "within")]
    assert len(rows) == len(found.analyses)
    assert rows.estimate.notna().all()


def test_clusters_must_be_there():
    model, frame = read_case("nested_teams")
    with pytest.raises(SpecificationError, match="must hold the clusters"):
        vary_levels(model, frame, MixedModels(), Delta(), 1, available=("team",))
    with pytest.raises(SpecificationError, match="a model with none"):
        vary_levels(MediationModel("x", ("m",), "y"), frame, OLS(), Delta(), 1)
