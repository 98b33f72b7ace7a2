"""Residuals and predicted cluster effects: against lme4, and against the definition."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.errors import SpecificationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.residuals import residuals_of
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import MediationModel

REFERENCE = Path(__file__).parents[1] / "reference"
EXPECTED = pd.read_csv(REFERENCE / "blup_levels" / "blups.csv", dtype={"key": str})


def read_case(case):
    spec = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    roles = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    return MediationModel(**roles), pd.read_csv(REFERENCE / case / "data.csv")


@pytest.mark.reference
@pytest.mark.parametrize("case", ["case_managers", "nested_teams"])
@pytest.mark.parametrize("response", ["m", "y"])
def test_predicted_effects_and_residuals_are_those_of_lme4(case, response):
    model, frame = read_case(case)
    found = {each.response: each for each in residuals_of(model, frame, MixedModels())[:2]}
    equation = found[response]
    expected = EXPECTED[(EXPECTED.case == case) & (EXPECTED.response == response)]

    rows = expected[expected.quantity == "residual"]
    assert equation.residuals == pytest.approx(rows.value.to_numpy(), abs=1e-6)
    assert equation.fitted == pytest.approx(rows.sd.to_numpy(), abs=1e-6)
    assert {f"ranef_{each.level}" for each in equation.effects} <= set(expected.quantity)
    for each in equation.effects:
        of_level = expected[expected.quantity == f"ranef_{each.level}"].set_index("key")
        wanted = of_level.loc[list(each.clusters)]
        assert len(of_level) == len(each.clusters)
        assert each.values == pytest.approx(wanted.value.to_numpy(), abs=1e-6)
        assert each.errors == pytest.approx(wanted.sd.to_numpy(), rel=1e-5)


def test_effects_are_the_normal_theory_prediction():
    """E(u | y) and Var(u | y) from the whole covariance matrix, three levels."""
    model, frame = read_case("case_managers")
    equation = residuals_of(model, frame, MixedModels())[0]
    designs, variances = [], []
    for each in equation.effects:
        labels = frame[each.level].astype(str).to_numpy()
        designs.append((labels[:, None] == np.array(each.clusters)).astype(float))
        variances.append(each.variance)
    n = len(frame)
    v = equation.sigma**2 * np.eye(n)
    v += sum(s * z @ z.T for s, z in zip(variances, designs, strict=True))
    # y - X beta, put together again from what was taken apart.
    rest = equation.residuals + sum(
        z @ each.values for z, each in zip(designs, equation.effects, strict=True)
    )
    for s, z, each in zip(variances, designs, equation.effects, strict=True):
        assert each.values == pytest.approx(s * z.T @ np.linalg.solve(v, rest), abs=1e-9)
        conditional = s - s * s * np.diag(z.T @ np.linalg.solve(v, z))
        assert each.errors**2 == pytest.approx(conditional, rel=1e-8)


def test_least_squares_gives_mean_residuals_of_clusters():
    model, frame = read_case("nested_teams")
    equation = residuals_of(model, frame, OLS())[0]
    x = np.column_stack([np.ones(len(frame)), frame[["x", "age"]]])
    rest = frame.m - x @ np.linalg.lstsq(x, frame.m, rcond=None)[0]
    teams = equation.effects[1]
    means = rest.groupby(frame.team.astype(str)).mean()

    assert equation.residuals == pytest.approx(rest.to_numpy(), abs=1e-9)
    assert teams.values == pytest.approx(means.loc[list(teams.clusters)].to_numpy(), abs=1e-9)
    assert teams.errors == pytest.approx(equation.sigma / np.sqrt(teams.sizes))
    assert np.isnan(teams.variance)


def test_a_variance_of_zero_leaves_nothing_to_predict():
    model, frame = read_case("singular_teams")
    equations = residuals_of(model, frame, MixedModels())
    zero = [each for e in equations for each in e.effects if each.variance == 0]

    assert zero
    assert all(not each.values.any() and not each.errors.any() for each in zero)


def test_order_of_rows_changes_nothing():
    model, frame = read_case("case_managers")
    shuffled = frame.sample(frac=1, random_state=3)
    one, two = (residuals_of(model, f, MixedModels())[1] for f in (frame, shuffled))

    assert two.residuals == pytest.approx(one.residuals[shuffled.index], abs=1e-8)
    for first, second in zip(one.effects, two.effects, strict=True):
        in_order = dict(zip(second.clusters, second.values, strict=True))
        assert first.values == pytest.approx([in_order[c] for c in first.clusters], abs=1e-8)


def test_rows_with_missing_values_are_left_out_and_other_engines_refused():
    model, frame = read_case("nested_teams")
    frame.loc[3, "y"] = np.nan

    assert len(residuals_of(model, frame, MixedModels())[0].residuals) == len(frame) - 1
    with pytest.raises(SpecificationError, match="Found TwoLevelSEM"):
        residuals_of(model, frame, TwoLevelSEM())
    assert "array" not in repr(residuals_of(model, frame, OLS())[0])
