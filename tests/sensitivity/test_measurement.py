"""Measurement error: against lavaan, dense matrices, closed forms and simulated truth."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.inference.monte_carlo import MonteCarlo
from mediation.instruments.intraclass import intraclass
from mediation.model import MediationModel
from mediation.sensitivity.measurement import KnownReliability, measurement_error
from mediation.sensitivity.measurement_parts import ErrorVariance, VarianceParts, variance_parts
from mediation.sensitivity.measurement_paths import (
    correct_latent_paths,
    correct_paths,
    weigh_outcome,
)
from mediation.vocabulary import EffectName, Level, PathName, SlopeCovariance

REFERENCE = Path(__file__).parents[1] / "reference"


def by_name(fit):
    """Paths as (path, level, mediator) -> value."""
    return {
        (p.path, p.level, p.mediator): float(v)
        for p, v in zip(fit.paths.parameters, fit.paths.values, strict=True)
    }


def errors_of(fit):
    return dict(zip(fit.paths.parameters, np.sqrt(np.diag(fit.paths.covariance)), strict=True))


def read(case):
    folder = REFERENCE / case
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    return folder, expected


def labelled(rows, quantity="est"):
    return {row["label"]: row[quantity] for row in rows}


@pytest.mark.reference
def test_single_level_is_lavaans_single_indicators():
    folder, expected = read("reliability_corrected_single")
    frame = pd.read_csv(folder / "data.csv")
    model = MediationModel("x", ("m1", "m2"), "y", covariates=("z",))
    fit = estimate(model, frame, OLS())
    errors = {
        name: variance_parts(model, frame, name).error(reliability, 1.0)
        for name, reliability in expected["reliability"].items()
    }
    corrected = correct_paths(fit, weigh_outcome(fit, frame), errors)
    found, truth = by_name(corrected), labelled(expected["paths"])

    for mediator, number in (("m1", "1"), ("m2", "2")):
        assert found[PathName.A, Level.SINGLE, mediator] == pytest.approx(
            truth[f"a{number}"], rel=2e-6
        )
        assert found[PathName.B, Level.SINGLE, mediator] == pytest.approx(
            truth[f"b{number}"], rel=2e-6
        )
    assert found[PathName.C_PRIME, Level.SINGLE, None] == pytest.approx(truth["cp"], rel=2e-6)
    # lavaan takes the error variances as known, not the reliabilities, and divides by n.
    fixed = {name: ErrorVariance(each.within) for name, each in errors.items()}
    ours = errors_of(correct_paths(fit, weigh_outcome(fit, frame), fixed))
    theirs = labelled(expected["paths"], "se")
    b = {p.mediator: e for p, e in ours.items() if p.path is PathName.B}
    assert [b["m1"], b["m2"]] == pytest.approx([theirs["b1"], theirs["b2"]], rel=0.01)


@pytest.mark.reference
def test_standard_errors_are_lavaans_where_the_predictor_says_much_of_the_mediator():
    """Half of the mediator's variance is the predictor's, and its reliability 0.7."""
    folder, expected = read("reliability_corrected_strong")
    frame = pd.read_csv(folder / "data.csv")
    model = MediationModel("x", ("m",), "y")
    fit = estimate(model, frame, OLS())
    moments = weigh_outcome(fit, frame)
    share = variance_parts(model, frame, "m").error(0.7, 1.0)
    cases = {"known_variance": ErrorVariance(expected["theta"]), "known_reliability": share}
    for case, error in cases.items():
        corrected = correct_paths(fit, moments, {"m": error})
        ours = {p.path: e for p, e in errors_of(corrected).items()}
        theirs = labelled(expected[case], "se")
        assert ours[PathName.B] == pytest.approx(theirs["b"], rel=0.03), case
        assert ours[PathName.C_PRIME] == pytest.approx(theirs["cp"], rel=0.03), case


@pytest.fixture(scope="module")
def demo():
    _, expected = read("reliability_corrected_levels")
    frame = pd.read_csv(REFERENCE / "demo_twolevel" / "data.csv")
    error = {"y1": ErrorVariance(expected["theta"]["within"], expected["theta"]["between"])}
    return MediationModel("w1", ("y1",), "y2", clusters=("cluster",)), frame, error, expected


@pytest.mark.reference
def test_two_levels_are_lavaans_single_indicators(demo):
    model, frame, error, expected = demo
    fit = estimate(model, frame, TwoLevelSEM())
    corrected = correct_latent_paths(fit, error)
    found, truth = by_name(corrected), labelled(expected["two_level"])

    assert found[PathName.B, Level.WITHIN, "y1"] == pytest.approx(truth["bw"], rel=1e-6)
    assert found[PathName.B, Level.BETWEEN, "y1"] == pytest.approx(truth["bb"], rel=1e-6)
    assert found[PathName.C_PRIME, Level.BETWEEN, None] == pytest.approx(truth["cp"], rel=1e-5)
    assert found[PathName.A, Level.BETWEEN, "y1"] == pytest.approx(truth["a"], rel=1e-6)
    names = {(PathName.B, Level.WITHIN): "bw", (PathName.B, Level.BETWEEN): "bb",
             (PathName.C_PRIME, Level.BETWEEN): "cp", (PathName.A, Level.BETWEEN): "a"}  # fmt: skip
    # Error variances as known, and reliabilities: error tied to the true variance.
    parts, known = variance_parts(model, frame, "y1"), error["y1"]
    tied = replace(known, of_within=parts.within, of_between=parts.between)
    for case, each, tolerance in (
        ("two_level", known, 0.04),
        ("known_reliability", tied, 0.01),
    ):
        theirs = labelled(expected[case], "se")
        ours = errors_of(correct_latent_paths(fit, {"y1": each}))
        for parameter, error_ in ours.items():
            name = names.get((parameter.path, parameter.level))
            if name:
                assert error_ == pytest.approx(theirs[name], rel=tolerance), (case, name)


@pytest.mark.reference
def test_deviations_and_means_are_lavaans_regression_on_both(demo):
    model, frame, error, expected = demo
    fit = estimate(model, frame, OLS())
    found = by_name(correct_paths(fit, weigh_outcome(fit, frame), error))
    truth = labelled(expected["rows"])

    assert found[PathName.B, Level.WITHIN, "y1"] == pytest.approx(truth["bw"], rel=1e-6)
    assert found[PathName.B, Level.BETWEEN, "y1"] == pytest.approx(truth["bb"], rel=1e-6)
    assert found[PathName.C_PRIME, Level.BETWEEN, None] == pytest.approx(truth["cp"], rel=1e-5)


def nested(seed, n_teams=30, size=8, *, error=(0.0, 0.0), b=(0.5, 0.9)):
    """Clients of teams of unequal size in organizations; `m` is `true` with error added."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(max(2, size - 3), size + 4, n_teams)
    team = np.repeat(np.arange(n_teams), sizes)
    n = len(team)
    x, age = rng.normal(size=n_teams)[team], rng.normal(size=n)
    true = 0.5 * x + 0.3 * age + 0.6 * rng.normal(size=n_teams)[team] + rng.normal(size=n)
    mean = (np.bincount(team, true) / sizes)[team]
    y = b[0] * (true - mean) + b[1] * mean + 0.2 * x + 0.4 * age + rng.normal(size=n)
    y += 0.5 * rng.normal(size=n_teams)[team] + 0.3 * rng.normal(size=n_teams // 5 + 1)[team // 5]
    m = true + error[0] * rng.normal(size=n) + error[1] * rng.normal(size=n_teams)[team]
    columns = {"org": team // 5, "team": team, "x": x, "age": age, "true": true, "m": m, "y": y}
    return pd.DataFrame(columns | {"w": rng.normal(size=n)})


def split_model(split):
    """A split at organizations takes a predictor that varies inside teams."""
    x, others = ("w", ("age", "x")) if split == ("org",) else ("x", ("age",))
    clusters = ("org", "team")
    return MediationModel(x, ("m",), "y", covariates=others, clusters=clusters, split_at=split)


@pytest.mark.parametrize("split", [(), ("org",), ("team",)])
def test_what_error_adds_is_what_dense_matrices_say(split):
    """E[e' P' V^-1 P e] by its trace, with V of all rows."""
    frame = nested(3, 15, 5)
    model = split_model(split)
    fit = estimate(model, frame, MixedModels())
    moments = weigh_outcome(fit, frame)
    variances = dict(fit.equations[-2].variances)
    n = len(frame)
    same = {k: np.equal.outer(frame[k].to_numpy(), frame[k].to_numpy()) for k in ("org", "team")}
    v = variances["residual"] * np.eye(n)
    v += sum(variances[k] * same[k] for k in same)
    at = split[0] if split else "team"
    average = same[at] / same[at].sum(axis=1, keepdims=True)
    parts = {Level.WITHIN: np.eye(n) - average, Level.BETWEEN: average}
    place = {r.level: k for k, r in enumerate(moments.roles) if r and r.path is PathName.B}
    for number, spread in enumerate((np.eye(n), same["team"].astype(float))):
        for first, left in parts.items():
            for second, right in parts.items():
                expected = np.trace(left.T @ np.linalg.solve(v, right) @ spread)
                found = moments.error["m"][number][place[first], place[second]]
                assert found == pytest.approx(expected, rel=1e-8, abs=1e-8)
    first, *others = [model.predictor, *model.covariates]
    split_m = [p @ frame["m"] for p in parts.values()]
    x = np.column_stack([np.ones(n), frame[first], *split_m, frame[others]])
    np.testing.assert_allclose(
        np.linalg.inv(moments.inverse), x.T @ np.linalg.solve(v, x), rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("engine", [OLS(), MixedModels()], ids=["ols", "mixed"])
@pytest.mark.parametrize("split", [("org",), ("team",)])
def test_known_error_gives_the_truth_back(engine, split):
    frame = nested(7, 1000, 10, error=(0.7, 0.3))
    if split == ("org",):
        mean = frame.groupby("org")["true"].transform("mean")
        frame["y"] = 0.5 * (frame["true"] - mean) + 0.9 * mean + 0.2 * frame["x"]
        frame["y"] += 0.4 * frame["age"] + np.random.default_rng(8).normal(size=len(frame))
    model = split_model(split)
    fit = estimate(model, frame, engine)
    corrected = correct_paths(fit, weigh_outcome(fit, frame), {"m": ErrorVariance(0.49, 0.09)})
    # Without error the same draws are analyzed: what differs is what the error does alone.
    without = by_name(estimate(model, frame.assign(m=frame["true"]), engine))
    tolerance = errors_of(estimate(model, frame, MixedModels()))
    before, after = by_name(fit), by_name(corrected)

    assert without[PathName.B, Level.WITHIN, "m"] == pytest.approx(0.5, abs=0.04)
    assert before[PathName.B, Level.WITHIN, "m"] < 0.42
    for parameter in fit.paths.parameters:
        if parameter.path in (PathName.B, PathName.C_PRIME):
            assert abs(after[parameter] - without[parameter]) < 3 * tolerance[parameter], parameter


@pytest.mark.parametrize("engine", [OLS(), MixedModels(), TwoLevelSEM()], ids=lambda e: str(e)[:5])
def test_a_and_total_stay_and_reliability_one_changes_nothing(engine):
    frame = nested(5)
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    fit = estimate(model, frame, engine)
    known = {"m": KnownReliability(0.8, 0.75, 0.9)}
    interval = MonteCarlo(n_draws=400)
    found = measurement_error(fit, frame, engine, interval, 3, known=known)
    declared = infer(fit, interval, np.random.default_rng(3))
    curve = found.curve("m", Level.WITHIN)

    for row, other in zip(declared.effects, curve.results[0].effects, strict=True):
        ours, theirs = row.value, other.value
        if not np.isnan(ours.estimate):
            numbers = [theirs.estimate, theirs.conf_low, theirs.conf_high]
            assert numbers == pytest.approx([ours.estimate, ours.conf_low, ours.conf_high])
    for result in curve.results:
        for before, after in zip(fit.paths.parameters, result.paths, strict=True):
            if before.path in (PathName.A, PathName.TOTAL):
                at = fit.paths.parameters.index(before)
                assert after.value.estimate == fit.paths.values[at]
                assert after.value.std_error == pytest.approx(fit.paths.covariance[at, at] ** 0.5)
    assert curve.reliabilities[:1] == (1.0,)
    assert {0.8, 0.75} <= set(curve.reliabilities)
    assert 0.9 in found.curve("m", Level.BETWEEN).reliabilities


@settings(max_examples=20, deadline=None)
@given(st.floats(0.5, 1.0), st.floats(0.1, 50.0))
def test_without_other_variables_b_is_divided_by_the_reliability(reliability, factor):
    """With x unrelated to m, exactly; the standard error too; units of m do not matter."""
    rng = np.random.default_rng(2)
    x = np.tile([-1.0, 1.0], 60)
    m = np.repeat(rng.normal(size=60), 2)
    y = 0.4 * m + rng.normal(size=120)
    frame = pd.DataFrame({"x": x, "m": factor * m, "y": y})
    frame.loc[:, "m"] += 0.0
    model = MediationModel("x", ("m",), "y")
    fit = estimate(model, frame, OLS())
    error = {"m": variance_parts(model, frame, "m").error(reliability, 1.0)}
    corrected = correct_paths(fit, weigh_outcome(fit, frame), error)
    at = [p.path for p in fit.paths.parameters].index(PathName.B)

    assert corrected.paths.values[at] == pytest.approx(fit.paths.values[at] / reliability)
    ratio = corrected.paths.covariance[at, at] / fit.paths.covariance[at, at]
    assert ratio == pytest.approx(reliability**-2)


def test_a_curve_ends_where_nothing_would_be_left():
    rng = np.random.default_rng(1)
    x = rng.normal(size=300)
    m = 2 * x + rng.normal(size=300)
    frame = pd.DataFrame({"x": x, "m": m, "y": m + rng.normal(size=300)})
    fit = estimate(MediationModel("x", ("m",), "y"), frame, OLS())
    steps = (0.95, 0.85, 0.8, 0.5)
    curve = measurement_error(fit, frame, OLS(), Delta(), 1, within=steps).curves[0]

    # A fifth of the variance of m is not x: with 0.2 of error nothing is left, with 0.18 a tenth.
    assert curve.reliabilities == (1.0, 0.95, 0.85)
    assert curve.stops_at == 0.8
    values = curve.values(EffectName.INDIRECT, Level.SINGLE, "m")
    assert values[2].estimate > 2 * values[0].estimate


def test_only_the_mediator_asked_for_varies():
    rng = np.random.default_rng(4)
    x = rng.normal(size=400)
    m = x[:, None] + rng.normal(size=(400, 2))
    frame = pd.DataFrame({"x": x, "m": m[:, 0], "k": m[:, 1], "y": m.sum(axis=1)})
    frame["y"] += rng.normal(size=400)
    model = MediationModel("x", ("m", "k"), "y")
    fit = estimate(model, frame, OLS())
    known = {"k": KnownReliability(0.9)}
    found = measurement_error(fit, frame, OLS(), Delta(), 1, known=known, within=(0.8,))
    first, second = found.curve("m", Level.SINGLE).results
    error = {"m": variance_parts(model, frame, "m").error(0.8, 1.0)}
    alone = correct_paths(fit, weigh_outcome(fit, frame), error)

    assert [p.value.estimate for p in first.paths] == pytest.approx(fit.paths.values)
    assert [p.value.estimate for p in second.paths] == pytest.approx(alone.paths.values)
    assert found.curve("k", Level.SINGLE).reliabilities == (1.0, 0.9, 0.8)
    table = found.to_frame()
    assert set(table["varied"]) == {"m", "k"}
    assert table["reliability"].between(0.8, 1.0).all()


def test_parts_of_the_variance_are_those_of_the_intraclass_correlation():
    frame = nested(6)
    model = MediationModel("x", ("m",), "y", clusters=("org", "team"))
    parts = variance_parts(model, frame, "m")
    found = intraclass(frame["m"].to_numpy(), frame["team"].to_numpy())

    assert parts.between / (parts.between + parts.within) == pytest.approx(found.icc1)
    assert parts.shares_of_means(0.8)[0] == pytest.approx(found.icc2)
    assert sum(parts.shares_of_means(0.8)) == pytest.approx(1.0)


def test_clusters_that_differ_by_chance_alone_have_no_error_between():
    assert VarianceParts(2.0, 0.0, 5.0).error(0.9, 0.5) == ErrorVariance(pytest.approx(0.2), 0.0)


def test_other_engines_and_reliabilities_are_refused():
    frame = nested(5)
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    fit = estimate(model, frame, MixedModels())
    with pytest.raises(SpecificationError, match=r"TwoLevelSEM\(\)"):
        measurement_error(fit, frame, object(), Delta(), 1)
    with pytest.raises(SpecificationError, match=r"at most 1. Found 1.2"):
        measurement_error(fit, frame, MixedModels(), Delta(), 1, within=(1.2,))
    with pytest.raises(SpecificationError, match="for `within`"):
        KnownReliability(0.0)
    both = ("org", "team")
    several = MediationModel("w", ("m",), "y", clusters=both, split_at=both)
    fit = estimate(several, frame, MixedModels())
    with pytest.raises(SpecificationError, match="split at several"):
        measurement_error(fit, frame, MixedModels(), Delta(), 1)


def test_a_structural_model_with_a_covariate_in_one_equation_is_refused():
    frame = nested(5)
    model = MediationModel("x", ("m",), "y", clusters=("team",), outcome_covariates=("age",))
    fit = estimate(model, frame, TwoLevelSEM())
    with pytest.raises(SpecificationError, match="same covariates"):
        measurement_error(fit, frame, TwoLevelSEM(), Delta(), 1)


def test_more_clusters_than_can_be_weighed_are_refused(monkeypatch):
    monkeypatch.setattr("mediation.sensitivity.measurement_paths.MOST_CLUSTERS", 20)
    frame = nested(5)
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    fit = estimate(model, frame, MixedModels())
    with pytest.raises(EstimationError, match=r"at most 20 clusters. Found 30"):
        measurement_error(fit, frame, MixedModels(), Delta(), 1)


@pytest.mark.slow
def test_intervals_hold_the_truth_at_the_size_of_the_study():
    """14 teams of about 18, reliability .8 within: b within of the true score in 95 of 100."""
    n, error = 400, {"m": ErrorVariance(0.25)}
    model = MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    engine = MixedModels(slope_covariance=SlopeCovariance.MODEL)
    found = np.zeros((2, n, 3))
    for seed in range(n):
        frame = nested(3000 + seed, 14, 18, error=(0.5, 0.0))
        fit = estimate(model, frame, engine)
        for k, each in enumerate((fit, correct_paths(fit, weigh_outcome(fit, frame), error))):
            rows = infer(each, Delta(), np.random.default_rng(0)).paths
            (b,) = (r.value for r in rows if (r.path, r.level) == (PathName.B, Level.WITHIN))
            found[k, seed] = b.estimate, b.std_error, b.conf_low <= 0.5 <= b.conf_high
    (before, _, held_before), (after, error_, held) = found.mean(axis=1)
    spread = found[1, :, 0].std()

    assert before < 0.42
    assert abs(after - 0.5) < 3 * spread / np.sqrt(n)
    # The SD of 400 estimates has an error of 3.5%.
    assert error_ == pytest.approx(spread, rel=0.11)
    # Three Monte Carlo errors of a share of .95 in 400 are .033.
    assert abs(held - 0.95) < 0.033
    assert held_before < 0.75
