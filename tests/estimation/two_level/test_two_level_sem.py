"""The engine: laws, bad input, what is left out and what is said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mediation as med
from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.notes import NOT_REACHED
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import Parameter
from mediation.vocabulary import (
    Convergence,
    EffectName,
    EffectStatus,
    Level,
    PathName,
    StandardErrors,
    TimeAdjustment,
)

MODEL = med.MediationModel("x", ("m",), "y", clusters=("team",))
B_BETWEEN = Parameter(PathName.B, Level.BETWEEN, "m")
C_PRIME = Parameter(PathName.C_PRIME, Level.BETWEEN, None)
ROBUST_AND_NOT = (StandardErrors.ROBUST, StandardErrors.OBSERVED)
few = settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def numbers(frame, model=MODEL, engine=None):
    fit = (engine or TwoLevelSEM()).fit(model, frame)
    return fit, fit.paths.values, np.sqrt(np.diag(fit.paths.covariance))


@few
@given(seed=st.integers(0, 10_000), missing=st.sampled_from([0.0, 0.2]))
def test_order_names_and_empty_rows_do_not_matter(seed, missing, study):
    frame = study(seed, 20, missing)
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    renamed = frame.sample(frac=1, random_state=seed)
    renamed = renamed.assign(team=[f"T{99 - t}" for t in renamed.team])
    empty = pd.DataFrame({"team": ["T99"], "x": [0.0], "age": [40.0]})
    changed = pd.concat([renamed, empty], ignore_index=True)
    fit, values, errors = numbers(frame, model)
    other, new_values, new_errors = numbers(changed, model)
    np.testing.assert_allclose(new_values, values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(new_errors, errors, rtol=1e-6)
    assert other.counts.n_left_out == fit.counts.n_left_out + 1
    assert dict(other.fit_indices)["log_likelihood"] == pytest.approx(
        dict(fit.fit_indices)["log_likelihood"], abs=1e-8
    )


@few
@given(seed=st.integers(0, 10_000), k=st.floats(0.01, 100))
def test_scaling_the_predictor_divides_its_paths(seed, k, study):
    frame = study(seed, 20, 0.2)
    fit, values, errors = numbers(frame)
    _, new_values, new_errors = numbers(frame.assign(x=frame.x * k + 3.0))
    factor = np.array([1.0 if p.path is PathName.B else k for p in fit.paths.parameters])
    np.testing.assert_allclose(new_values * factor, values, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(new_errors * factor, errors, rtol=1e-6)


@few
@given(seed=st.integers(0, 10_000))
def test_centre_of_a_covariate_changes_no_path_and_no_robust_error(seed, study):
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    frame, engine = study(seed, 20), TwoLevelSEM(StandardErrors.ROBUST)
    _, values, errors = numbers(frame, model, engine)
    _, new_values, new_errors = numbers(frame.assign(age=frame.age - 45), model, engine)
    np.testing.assert_allclose(new_values, values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(new_errors, errors, rtol=1e-6)


def test_latent_slopes_are_recovered_with_many_clusters():
    # b within .5 and b between .5 in truth, where the slope on observed means would be the same;
    # so a contextual effect is added: the outcome loads on the team's own mean with .6 more.
    rng = np.random.default_rng(3)
    n_clusters, size = 1500, 5
    team = np.repeat(np.arange(n_clusters), size)
    x = rng.normal(size=n_clusters)
    climate = 0.4 * x + 0.6 * rng.normal(size=n_clusters)
    own = rng.normal(size=len(team))
    m = climate[team] + own
    y = 0.3 * own + (0.9 * climate + 0.1 * x + 0.4 * rng.normal(size=n_clusters))[team]
    y += rng.normal(size=len(team))
    frame = pd.DataFrame({"team": team, "x": x[team], "m": m, "y": y})
    frame.loc[rng.random(len(team)) < 0.1, "m"] = np.nan
    for errors in StandardErrors:
        fit, values, sd = numbers(frame, engine=TwoLevelSEM(errors))
        truth = dict(a=0.4, c_prime=0.1, b_within=0.3, b_between=0.9, total=0.46)
        for p, value, error in zip(fit.paths.parameters, values, sd, strict=True):
            key = p.path.value if p.path is not PathName.B else f"b_{p.level.value}"
            assert abs(value - truth[key]) < 4 * error < 0.2


def test_total_is_the_sum_of_what_it_is_made_of(study):
    fit, *_ = numbers(study(1, missing=0.2))
    paths = dict(zip(fit.paths.parameters, fit.paths.values, strict=True))
    a, b = paths[Parameter(PathName.A, Level.BETWEEN, "m")], paths[B_BETWEEN]
    assert paths[Parameter(PathName.TOTAL, Level.BETWEEN, None)] == pytest.approx(
        a * b + paths[C_PRIME], rel=1e-10
    )
    assert fit.total_gap == 0.0
    assert set(fit.paths.equation) == {-1}
    assert np.isinf(fit.paths.df).all()


def test_missing_mediator_and_outcome_keep_their_rows(study):
    frame = study(2, missing=0.2)
    fit, *_ = numbers(frame)
    either = frame[["m", "y"]].notna().any(axis=1).sum()
    assert fit.counts.n_clients == either
    assert fit.counts.n_left_out == len(frame) - either
    assert any("full information" in note for note in fit.notes)
    frame.loc[:4, "x"] = np.nan
    assert numbers(frame)[0].counts.n_clients < either


def test_nullable_columns_are_read_as_numbers(study):
    frame = study(3, missing=0.1).round(2)
    nullable = frame.assign(m=frame.m.astype("Float64"), y=frame.y.astype("Float64"))
    np.testing.assert_allclose(numbers(nullable)[1], numbers(frame)[1], rtol=1e-12)


def test_clusters_that_do_not_differ_are_said_and_left_out_of_the_effects(study):
    frame = study(4, 14, size=22)
    rng = np.random.default_rng(5)
    for name in ("m", "y"):
        noise = pd.Series(rng.normal(size=len(frame)))
        frame[name] = 0.2 * frame.x + noise - 0.99 * noise.groupby(frame.team).transform("mean")
    fit, _, errors = numbers(frame)
    assert fit.convergence is Convergence.BOUNDARY
    assert fit.not_identified == {B_BETWEEN, C_PRIME}
    assert not {B_BETWEEN, C_PRIME} & set(fit.paths.parameters)
    assert np.isfinite(errors).all()
    assert np.isnan(fit.total_gap)
    assert any("told apart" in note for note in fit.notes)
    result = med.infer(fit, med.MonteCarlo(n_draws=500), np.random.default_rng(1))
    status = {(e.effect, e.level): e.status for e in result.effects}
    assert status[EffectName.INDIRECT, Level.BETWEEN] is EffectStatus.NOT_IDENTIFIED
    assert status[EffectName.DIRECT, Level.BETWEEN] is EffectStatus.NOT_IDENTIFIED
    assert status[EffectName.INDIRECT, Level.WITHIN] is EffectStatus.DEFINED
    assert status[EffectName.TOTAL, Level.BETWEEN] is EffectStatus.DEFINED


def test_predictor_that_varies_enters_within(study):
    model = med.MediationModel("age", ("m",), "y", clusters=("team",))
    fit, values, _ = numbers(study(6), model)
    assert fit.predictor_varies
    assert np.isnan(fit.total_gap)
    assert values[0] == pytest.approx(0.02, abs=0.02)
    assert B_BETWEEN in fit.paths.parameters
    result = med.infer(fit, med.MonteCarlo(n_draws=500), np.random.default_rng(1))
    status = {(e.effect, e.level): e.status for e in result.effects}
    assert status[EffectName.INDIRECT, Level.BETWEEN] is EffectStatus.VARYING_PREDICTOR


def test_equations_name_their_terms_at_both_levels(study):
    model = med.MediationModel(
        "x",
        ("m",),
        "y",
        covariates=("sex",),
        mediator_covariates=("age",),
        outcome_covariates=("v",),
        clusters=("team",),
    )
    fit, *_ = numbers(study(7), model)
    named = {e.label: [name for name, *_ in e.coefficients] for e in fit.equations}
    assert named == {
        "m within team ~ sex[m] + age": ["sex[m]", "age"],
        "m between team ~ x": ["(intercept)", "x"],
        "y within team ~ sex[m] + m": ["sex[m]", "m"],
        "y between team ~ x + v + m": ["(intercept)", "x", "v", "m"],
    }
    assert [e.variances[0][0] for e in fit.equations] == ["residual", "team"] * 2
    indices = dict(fit.fit_indices)
    assert indices["df"] == 2
    assert {"p_value", "cfi", "rmsea", "srmr_within", "srmr_between", "icc_m"} <= set(indices)
    assert indices["aic"] == pytest.approx(
        2 * indices["n_parameters"] - 2 * indices["log_likelihood"]
    )


def test_split_covariate_has_a_part_at_each_level(study):
    model = med.MediationModel(
        "x", ("m",), "y", covariates=("age",), clusters=("team",), split_covariates=True
    )
    fit, *_ = numbers(study(8), model)
    assert fit.equations[0].label == "m within team ~ age (deviation from team mean)"
    assert fit.equations[1].label == "m between team ~ x + age (team mean)"


def test_time_enters_only_where_it_is_asked_for(study):
    model = med.MediationModel("x", ("m",), "y", clusters=("team",), time="age")
    assert not numbers(study(9), model)[0].time_adjusted


def test_two_mediators_report_the_covariance_of_their_residuals(study):
    frame = study(10)
    frame["m2"] = 0.5 * frame.m + np.random.default_rng(1).normal(size=len(frame))
    model = med.MediationModel("x", ("m", "m2"), "y", clusters=("team",))
    fit, *_ = numbers(frame, model)
    assert [p.path.value for p in fit.paths.parameters] == ["a", "a", "c_prime", *"bbbb", "total"]
    within = dict(fit.equations[2].variances)
    assert within["covariance with m"] == pytest.approx(0.5, abs=0.15)


def test_label_names_the_standard_errors(study):
    assert "observed-information" in TwoLevelSEM().label
    assert "cluster-robust" in TwoLevelSEM(StandardErrors.ROBUST).label
    fit, *_ = numbers(study(0), engine=TwoLevelSEM(StandardErrors.ROBUST))
    assert fit.engine == "TwoLevelSEM(standard_errors=ROBUST)"


@pytest.mark.parametrize(("n_clusters", "is_said"), [(14, True), (60, False)])
def test_few_clusters_are_said(n_clusters, is_said, study):
    fit, *_ = numbers(study(0, n_clusters))
    assert any("asymptotic" in note for note in fit.notes) == is_said


@pytest.mark.parametrize(("only_one_equation", "is_said"), [((), True), (("age",), False)])
def test_fit_of_a_saturated_model_is_said_to_test_nothing(only_one_equation, is_said, study):
    model = med.MediationModel(
        "x", ("m",), "y", mediator_covariates=only_one_equation, clusters=("team",)
    )
    fit, *_ = numbers(study(0), model)
    assert (dict(fit.fit_indices)["df"] == 0) == is_said
    assert any("test nothing" in note for note in fit.notes) == is_said


def test_calendar_time_enters_where_the_predictor_varies_inside_clusters(study):
    frame = study(1)
    rng = np.random.default_rng(0)
    frame = frame.assign(x=rng.normal(size=len(frame)), month=rng.integers(0, 12, len(frame)))
    model = med.MediationModel("x", ("m",), "y", clusters=("team",), time="month")
    fit, *_ = numbers(frame, model)
    assert fit.time_adjusted
    within = [e for e in fit.equations if " within " in e.label]
    assert all("month" in [name for name, *_ in e.coefficients] for e in within)
    assert not any("Calendar time" in note for note in fit.notes)
    never = med.MediationModel(
        "x",
        ("m",),
        "y",
        clusters=("team",),
        time="month",
        time_adjustment=TimeAdjustment.NEVER,
    )
    fit, *_ = numbers(frame, never)
    assert not any("month" in e.label for e in fit.equations)
    assert any("Calendar time" in note for note in fit.notes)


def test_a_variance_at_zero_concerns_its_own_equation(study):
    frame = study(1)
    means = frame.groupby("team").y.transform("mean")
    frame = frame.assign(y=frame.y - means)
    fit, *_ = numbers(frame)
    ended = {e.label.split(" ~")[0]: e.convergence for e in fit.equations}
    assert ended == {
        "m within team": Convergence.CONVERGED,
        "m between team": Convergence.CONVERGED,
        "y within team": Convergence.CONVERGED,
        "y between team": Convergence.BOUNDARY,
    }
    assert fit.convergence is Convergence.BOUNDARY


def test_an_ascent_that_ends_nowhere_is_said(study, monkeypatch):
    climb = Ascent.climb
    monkeypatch.setattr(Ascent, "climb", lambda self: climb(self) and False)
    fit, *_ = numbers(study(1))
    assert fit.convergence is Convergence.NOT_CONVERGED
    assert NOT_REACHED in fit.notes


def test_the_sandwich_is_said_to_be_worse_with_few_clusters(study):
    frame = study(1, 20)
    robust, observed = (numbers(frame, engine=TwoLevelSEM(e))[0].notes for e in ROBUST_AND_NOT)
    assert any("worse choice" in note and "20 clusters" in note for note in robust)
    assert not any("worse choice" in note for note in observed)
    many = numbers(study(1, 60), engine=TwoLevelSEM(StandardErrors.ROBUST))[0].notes
    assert not any("worse choice" in note for note in many)


def test_full_information_does_not_say_that_rows_were_left_out_for_a_missing_value(study):
    frame = study(1, missing=0.3)
    for name in ("x", "m"):
        frame.loc[frame.index[:3], name] = np.nan
    fit, *_ = numbers(frame)
    assert fit.counts.n_left_out > 3
    assert not any("missing value" in note for note in fit.notes)


@pytest.mark.parametrize("seed", range(6))
def test_robust_variances_are_not_below_zero(seed):
    # Hardly more clusters than coefficients, so that some directions have next to no variance.
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(5), 4)
    x = np.array([0.0, 0.0, 1.0, 1.0, 1.0])[team]
    m, y = rng.normal(size=(2, 20))
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    fit, _, errors = numbers(frame, engine=TwoLevelSEM(StandardErrors.ROBUST))
    assert np.isfinite(errors).all()
    for equation in fit.equations:
        assert all(np.isfinite(error) for _, _, error, _ in equation.coefficients)
