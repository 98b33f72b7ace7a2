"""Laws that every engine satisfies, on random studies."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mediation as med

ENGINES = {
    "ols": med.OLS(),
    "ols_hc3": med.OLS(med.Covariance.HC3),
    "ols_cr1": med.OLS(med.Covariance.CR1),
    "ols_cr2": med.OLS(med.Covariance.CR2, cluster="team"),
    "mixed": med.MixedModels(),
    "mixed_ml": med.MixedModels(likelihood=med.Likelihood.ML, df_method=med.DfMethod.SATTERTHWAITE),
    "mixed_between_within": med.MixedModels(df_method=med.DfMethod.BETWEEN_WITHIN),
    "mixed_model_based": med.MixedModels(
        zero_variance=med.ZeroVariance.KEEP, slope_covariance=med.SlopeCovariance.MODEL
    ),
}
MODEL = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("organization", "team"))
few = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def study(seed):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(14), rng.integers(3, 15, size=14))
    organization = team // 2
    x = (rng.normal(size=14) + np.repeat(rng.normal(size=7), 2))[team]
    age = rng.normal(45, 10, size=len(team))
    m = 0.4 * x + rng.normal(size=14)[team] * 0.3 + 0.02 * age + rng.normal(size=len(team))
    y = 0.5 * m + rng.normal(size=7)[organization] * 0.4 + rng.normal(size=len(team))
    return pd.DataFrame(
        {"organization": organization, "team": team, "x": x, "age": age, "m": m, "y": y}
    )


def numbers(frame, engine, model=MODEL):
    paths = med.estimate(model, frame, engine).paths
    return np.array(paths.values), np.sqrt(np.diag(paths.covariance)), np.array(paths.df)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@few
@given(seed=st.integers(0, 10_000))
def test_order_names_and_empty_rows_do_not_matter(engine, seed):
    frame = study(seed)
    rng = np.random.default_rng(seed)
    renamed = frame.sample(frac=1, random_state=seed)
    codes = rng.permutation(14)
    renamed = renamed.assign(team=[f"T{codes[t]:02d}" for t in renamed.team])
    empty = pd.DataFrame({"organization": [0], "team": ["T99"]})
    changed = pd.concat([renamed, empty], ignore_index=True)
    for ours, expected in zip(numbers(changed, engine), numbers(frame, engine), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-10)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@few
@given(seed=st.integers(0, 10_000), k=st.floats(0.01, 100))
def test_scaling_the_predictor_divides_its_paths(engine, seed, k):
    frame = study(seed)
    scaled = frame.assign(x=frame.x * k + 3.0)
    values, errors, df = numbers(frame, engine)
    new_values, new_errors, new_df = numbers(scaled, engine)
    parameters = med.estimate(MODEL, frame, engine).paths.parameters
    factor = np.array([1.0 if p.path.value == "b" else k for p in parameters])
    np.testing.assert_allclose(new_values * factor, values, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(new_errors * factor, errors, rtol=1e-5)
    np.testing.assert_allclose(new_df, df, rtol=1e-4)


def test_limits_do_not_depend_on_order_or_names():
    # Balanced, so that estimates of an equation hardly correlate and draws could flip signs.
    rng = np.random.default_rng(8)
    team = np.repeat(np.arange(14), 20)
    x = rng.normal(size=14)[team]
    m = 0.4 * x + 0.3 * rng.normal(size=14)[team] + rng.normal(size=280)
    y = 0.3 * m + 0.3 * rng.normal(size=14)[team] + rng.normal(size=280)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    changed = frame.assign(team=13 - frame.team).sample(frac=1, random_state=1)
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    limits = []
    for each in (frame, changed):
        fit = med.estimate(model, each, med.MixedModels())
        result = med.infer(fit, med.MonteCarlo(n_draws=2_000), np.random.default_rng(1))
        limits.append(result.to_frame()[["conf_low", "conf_high"]].to_numpy())
    np.testing.assert_allclose(limits[0], limits[1], atol=1e-6)


@few
@given(seed=st.integers(0, 10_000))
def test_least_squares_without_covariates_has_no_total_gap(seed):
    model = med.MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    fit = med.estimate(model, study(seed), med.OLS())
    assert abs(fit.total_gap) < 1e-8
    blind = med.estimate(med.MediationModel("x", ("m",), "y"), study(seed), med.OLS())
    assert abs(blind.total_gap) < 1e-8


@few
@given(seed=st.integers(0, 10_000))
def test_with_every_variance_at_zero_dropping_gives_least_squares(seed):
    frame = study(seed)
    rng = np.random.default_rng(seed)
    # Team means of mediator and outcome differ far less than chance: all variances are zero.
    for name in ("m", "y"):
        noise = pd.Series(rng.normal(size=len(frame)))
        noise -= noise.groupby(frame.team).transform("mean")
        frame[name] = 0.3 * frame.x + noise + 1e-3 * rng.normal(size=14)[frame.team]
    model = med.MediationModel("x", ("m",), "y", clusters=("organization", "team"))
    engine = med.MixedModels(slope_covariance=med.SlopeCovariance.MODEL)
    fit = med.estimate(model, frame, engine)
    assert fit.convergence is med.Convergence.BOUNDARY
    assert all(variance == 0 for e in fit.equations for _, variance in e.variances[:2])
    values, errors, df = numbers(frame, engine, model)
    ols_values, ols_errors, ols_df = numbers(frame, med.OLS(), model)
    # In standard errors: b between can be any small number next to its own uncertainty.
    np.testing.assert_allclose((values - ols_values) / ols_errors, 0.0, atol=1e-8)
    np.testing.assert_allclose(errors, ols_errors, rtol=1e-8)
    parameters = fit.paths.parameters
    cap = [12.0 if p.path.value in ("a", "total") else 11.0 for p in parameters]
    within = np.array([p.level.value == "within" for p in parameters])
    np.testing.assert_allclose(df, np.where(within, ols_df, np.minimum(ols_df, cap)))
