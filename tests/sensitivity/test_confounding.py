"""Unmeasured common causes of mediator and outcome: rho, robustness values, benchmarks."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mediation as med
from mediation.errors import SpecificationError
from mediation.estimation.design import prepare
from mediation.estimation.estimate import estimate
from mediation.sensitivity.confounding import confounding
from mediation.sensitivity.confounding_errors import errors_of_equations, errors_of_latent
from mediation.sensitivity.confounding_measures import (
    bound_by_covariate,
    e_value,
    e_values,
    factor_of_rho,
    robustness_value,
)
from mediation.sensitivity.confounding_paths import path_robustness
from mediation.vocabulary import (
    DrawDistribution,
    EffectName,
    Level,
    PathName,
    Resample,
)

REFERENCE = Path(__file__).parents[1] / "reference"
WITHIN = (EffectName.INDIRECT, Level.WITHIN)
SINGLE = (EffectName.INDIRECT, Level.SINGLE)
NORMAL = med.Delta(distribution=DrawDistribution.NORMAL)


def draw(seed, *, n_teams=30, size=12, rho=(0.0, 0.0), vary=False, unequal=False):
    """A 2-1-1 world: b within 0.4, b between 0.7, c' 0.3; `rho` within and between."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 2 * size - 1, size=n_teams) if unequal else np.full(n_teams, size)
    team = np.repeat(np.arange(n_teams), sizes)
    n = len(team)
    x = rng.normal(size=n_teams)[team] + (0.5 * rng.normal(size=n) if vary else 0.0)
    z = rng.normal(size=n) + 0.4 * rng.normal(size=n_teams)[team]

    def pair(count, correlation, sd):
        square = np.array([[1.0, correlation], [correlation, 1.0]]) * np.outer(sd, sd)
        return rng.multivariate_normal([0, 0], square, size=count)

    u = pair(n_teams, rho[1], (0.6, 0.8))[team]
    e = pair(n, rho[0], (1.0, 1.5))
    m = 0.5 * x + 0.3 * z + u[:, 0] + e[:, 0]
    mean = pd.Series(m).groupby(team).transform("mean").to_numpy()
    y = 0.3 * x + 0.4 * (m - mean) + 0.7 * mean + 0.2 * z + u[:, 1] + e[:, 1]
    group = rng.choice(["one", "two", "three"], n)
    place = np.array(["near", "far"])[team % 2]
    columns = {"team": team, "x": x, "z": z, "m": m, "y": y, "group": group, "place": place}
    return pd.DataFrame(columns)


def result_of(frame, *, interval=None, engine=None, **roles):
    roles = {"mediators": ["m"], "covariates": ["z"], "clusters": ["team"], **roles}
    interval = med.MonteCarlo(n_draws=2_000) if interval is None else interval
    return med.mediate(
        frame, predictor="x", outcome="y", engine=engine, interval=interval, seed=1, **roles
    )


@pytest.fixture(scope="module")
def jobs():
    frame = pd.read_csv(REFERENCE / "medsens_jobs" / "data.csv")
    names = [name for name in frame if name not in ("treat", "job_seek", "depress2")]
    result = med.mediate(
        frame,
        predictor="treat",
        mediators=["job_seek"],
        outcome="depress2",
        covariates=names,
        clusters=[],
        interval=NORMAL,
        seed=1,
    )
    expected = json.loads((REFERENCE / "medsens_jobs" / "expected.json").read_text())
    rhos = [float(rho) for rho in expected["sur"]]
    return confounding(result, frame, med.OLS(), SINGLE, rhos=rhos), expected, result


@pytest.mark.reference
def test_rho_of_jobs_is_that_of_medsens(jobs):
    found, expected, _ = jobs
    curve = found.curves[0]
    assert curve.zero == pytest.approx(-0.2099767, abs=5e-8)
    assert curve.zero == pytest.approx(expected["zero"], rel=1e-9)
    at = dict(zip(curve.rho, curve.estimates, strict=True))
    for rho, value in expected["published"].items():
        assert at[float(rho)].estimate == pytest.approx(value, abs=5e-5)
    residual, total = curve.r2_product(-0.2)
    assert residual == pytest.approx(0.04)
    assert total == pytest.approx(0.0261, abs=5e-5)
    left = (1 - expected["r_squared"]["mediator"]) * (1 - expected["r_squared"]["outcome"])
    assert curve.left == pytest.approx(left, rel=1e-9)


@pytest.mark.reference
def test_estimates_and_limits_of_jobs_are_those_of_both_equations_together(jobs):
    found, expected, result = jobs
    n, quantile = result.fit.counts.n_clients, stats.norm.ppf(0.975)
    a, b = (
        next(each.value for each in result.paths if each.path is path)
        for path in (PathName.A, PathName.B)
    )
    for rho, value in zip(found.curves[0].rho, found.curves[0].estimates, strict=True):
        known = expected["sur"][f"{rho:g}"]
        assert value.estimate == pytest.approx(known["effect"], rel=1e-8)
        ours = known["b"] ** 2 * a.std_error**2, known["a"] ** 2 * b.std_error**2
        assert value.std_error**2 == pytest.approx(sum(ours), rel=1e-8)
        # medsens divides sums of squares by n - 1; here each has its own degrees of freedom.
        theirs = (ours[0] * found.path_a.df + ours[1] * found.path_b.df) / (n - 1)
        half = (known["high"] - known["low"]) / 2
        assert half == pytest.approx(quantile * math.sqrt(theirs), rel=1e-8)


@pytest.mark.reference
def test_robustness_values_and_bounds_are_those_of_sensemakr():
    known = json.loads((REFERENCE / "sensemakr_darfur" / "expected.json").read_text())
    found = path_robustness(known["estimate"], known["std_error"], known["df"], 0.95)
    assert found.point == pytest.approx(known["robustness_value"], rel=1e-9)
    assert found.limit == pytest.approx(known["robustness_value_limit"], rel=1e-9)
    r2 = known["r2_female_treatment"], known["r2_female_outcome"]
    for times, (of_treatment, of_outcome, _) in enumerate(known["bounds"], start=1):
        assert bound_by_covariate(*r2, times) == pytest.approx((of_treatment, of_outcome), rel=1e-5)
    large = known["large_t"]
    strength = large["t"] / large["df"] ** 0.5
    critical = stats.t.ppf(0.975, large["df"] - 1) / (large["df"] - 1) ** 0.5
    assert robustness_value(strength, critical) == pytest.approx(large["limit"], rel=1e-9)


@pytest.mark.reference
def test_benchmarks_are_those_of_sensemakr_a_category_as_one():
    folder = REFERENCE / "sensemakr_groups"
    known = json.loads((folder / "expected.json").read_text())
    frame = pd.read_csv(folder / "data.csv")
    result = result_of(frame, covariates=["z", "g"], clusters=[], engine=med.OLS())
    found = confounding(result, frame, med.OLS(), SINGLE)
    assert [benchmark.name for benchmark, _ in found.benchmarks] == ["z", "g"]
    a = next(p.value.estimate for p in result.paths if p.path is PathName.A)
    for benchmark, value in found.benchmarks:
        of_mediator, of_outcome, adjusted = known[benchmark.name]
        assert benchmark.bound_mediator == pytest.approx(of_mediator, rel=1e-8)
        assert benchmark.bound_outcome == pytest.approx(of_outcome, rel=1e-8)
        assert value.estimate == pytest.approx(a * adjusted, rel=1e-8)
        both = np.array([of_mediator]), np.array([of_outcome])
        assert found.adjusted(*both) == pytest.approx(a * adjusted, rel=1e-8)
    assert found.path_b.point == pytest.approx(known["robustness_value"], rel=1e-8)
    assert found.path_b.limit == pytest.approx(known["robustness_value_limit"], rel=1e-8)


def test_e_values_of_the_paper():
    # VanderWeele & Ding (2017): RR 3.9 [1.8, 8.7] has 7.26 and 3.0; RR 0.80 [0.71, 0.91] 1.8, 1.4.
    for ratio, expected in ((3.9, 7.26), (1.8, 3.00), (0.80, 1.81), (0.91, 1.43)):
        assert e_value(math.log(ratio) / 0.91) == pytest.approx(expected, abs=0.005)
    assert e_value(0.0) == 1.0
    value = med.mediate(
        draw(1), predictor="x", mediators=["m"], outcome="y", clusters=[], interval=NORMAL, seed=1
    ).effects[0]
    limited = replace(value.value, conf_low=-0.1, conf_high=0.2)
    assert e_values(limited, 1.0, 1.0).limit == 1.0
    below = replace(value.value, conf_low=-0.4, conf_high=-0.1)
    assert e_values(below, 2.0, 1.0).limit == pytest.approx(e_value(0.2))


@pytest.mark.parametrize(
    ("rho", "vary", "unequal"),
    [((0.4, 0.0), False, False), ((0.0, 0.5), False, True), ((-0.3, 0.5), True, False)],
)
def test_known_correlations_lead_back_to_the_true_slopes(rho, vary, unequal):
    """Over 16 data sets of 80 teams; 4 Monte Carlo standard errors."""
    model = med.MediationModel("x", ("m",), "y", ("z",), clusters=("team",))
    engine, raw, corrected = med.MixedModels(), [], []
    for seed in range(16):
        frame = draw(seed, n_teams=80, rho=rho, vary=vary, unequal=unequal)
        fit = estimate(model, frame, engine)
        errors = errors_of_equations(fit, prepare(model, frame), engine, "m")
        shift = errors.shifts(np.array([rho[0]]), np.array([rho[1]]))[0]
        raw.append(fit.paths.values)
        corrected.append(fit.paths.values + shift)
    truth = {"a": 0.5, "c_prime": 0.3, "within": 0.4, "between": 0.7}
    keys = [p.level.value if p.path is PathName.B else p.path.value for p in fit.paths.parameters]
    corrected, raw = np.array(corrected), np.array(raw)
    error = corrected.std(axis=0, ddof=1) / math.sqrt(len(corrected))
    for k, key in enumerate(keys):
        if key in truth:
            assert abs(corrected[:, k].mean() - truth[key]) < 4 * error[k], key
    moved = [k for k, key in enumerate(keys) if key == ("within" if rho[0] else "between")]
    assert (np.abs(raw.mean(axis=0) - corrected.mean(axis=0))[moved] > 5 * error[moved]).all()


def test_latent_slopes_move_level_by_level_in_closed_form():
    frame = draw(3, n_teams=80)
    model = med.MediationModel("x", ("m",), "y", ("z",), clusters=("team",))
    fit = estimate(model, frame, med.TwoLevelSEM())
    errors = errors_of_latent(fit, "m")
    tau_m, sigma_m = errors.mediator
    tau_y, sigma_y = errors.outcome
    shift = errors.shifts(np.array([0.3]), np.array([-0.6]))[0]
    by_path = dict(zip(fit.paths.parameters, shift, strict=True))
    moved = {p.level: value for p, value in by_path.items() if p.path is PathName.B}
    factor = factor_of_rho(0.3)
    assert moved[Level.WITHIN] == pytest.approx(-factor * math.sqrt(sigma_y / sigma_m))
    between = factor_of_rho(0.6) * math.sqrt(tau_y / tau_m)
    assert moved[Level.BETWEEN] == pytest.approx(between)
    a = fit.paths.values[0]
    direct = next(value for p, value in by_path.items() if p.path is PathName.C_PRIME)
    assert direct == pytest.approx(-a * between)


def test_moves_are_the_regression_of_expected_errors_by_dense_matrices():
    """Two levels of clusters of unequal size, every matrix of the derivation written out."""
    frame = draw(5, n_teams=24, size=5, unequal=True)
    frame["region"] = frame["team"] // 4
    frame["y"] += np.random.default_rng(0).normal(size=6)[frame["region"]]
    frame["m"] += np.random.default_rng(1).normal(size=6)[frame["region"]]
    model = med.MediationModel("x", ("m",), "y", ("z",), clusters=("region", "team"))
    engine = med.MixedModels()
    fit, prepared = estimate(model, frame, engine), prepare(model, frame)
    errors = errors_of_equations(fit, prepared, engine, "m")
    groups = [
        (frame[name].to_numpy()[:, None] == frame[name].to_numpy()).astype(float)
        for name in ("region", "team")
    ] + [np.eye(len(frame))]
    of_m = sum(v * g for v, g in zip(errors.mediator, groups, strict=True))
    of_y = sum(v * g for v, g in zip(errors.outcome, groups, strict=True))
    equation = prepared.mediator_equations[0]
    weighted = np.linalg.solve(of_m, equation.x)
    slopes = np.linalg.solve(equation.x.T @ weighted, weighted.T @ equation.y)
    expected = np.linalg.solve(of_m, equation.y - equation.x @ slopes)
    x = prepared.outcome_equation.x
    weighted = np.linalg.solve(of_y, x)
    roles = prepared.outcome_equation.roles
    at_y = np.linalg.solve(x.T @ weighted, weighted.T @ prepared.outcome_equation.y)
    for place, role in enumerate(roles):
        if role is not None:
            # The same weights lead to the slopes of the engine itself.
            k = fit.paths.parameters.index(role)
            assert at_y[place] == pytest.approx(fit.paths.values[k], abs=1e-6)
    for level, group in enumerate(groups):
        known = np.linalg.solve(x.T @ weighted, weighted.T @ group @ expected)
        for place, role in enumerate(roles):
            if role is not None:
                found = errors.moves[level, fit.paths.parameters.index(role)]
                assert found == pytest.approx(known[place], abs=1e-6)


def test_outcome_errors_leave_what_was_estimated():
    """The quadratic equations, checked by the variances of means that they were made from."""
    frame = draw(6, n_teams=30, unequal=True)
    model = med.MediationModel("x", ("m",), "y", ("z",), clusters=("team",))
    engine = med.MixedModels()
    fit = estimate(model, frame, engine)
    errors = errors_of_equations(fit, prepare(model, frame), engine, "m")
    rho = np.array([[0.5, -0.4], [0.0, 0.0], [-0.7, 0.6]])
    sd = errors.outcome_sd(rho)
    assert sd[1] ** 2 == pytest.approx(errors.outcome)
    sizes = errors.sizes
    shared = rho * sd * np.sqrt(errors.mediator)
    seen = (sizes * sd**2).sum(axis=1) - (sizes * shared).sum(axis=1) ** 2 / (
        sizes @ errors.mediator
    )
    assert seen == pytest.approx(np.full(3, sizes @ errors.outcome))
    assert sd[:, 1] ** 2 * (1 - rho[:, 1] ** 2) == pytest.approx(np.full(3, errors.outcome[1]))


INTERVALS = [
    med.MonteCarlo(n_draws=500),
    med.ProductDistribution(),
    med.JointSignificance(),
    med.Bootstrap(Resample.CLUSTERS, n_resamples=100),
]


@pytest.mark.parametrize("interval", INTERVALS, ids=lambda each: type(each).__name__)
def test_without_correlation_the_result_stands_and_the_tip_is_where_it_ends(interval):
    frame = draw(8)
    resamples = isinstance(interval, med.Bootstrap)
    engine = med.OLS() if resamples else med.MixedModels()
    result = result_of(frame, interval=interval, engine=engine)
    found = confounding(result, frame, engine, WITHIN, rhos=(-0.9, -0.5, 0.0, 0.25, 0.5, 0.9))
    curve = found.curves[0]
    at = curve.estimates[curve.rho.index(0.0)]
    assert (at.estimate, at.p_value) == (found.value.estimate, found.value.p_value)
    assert curve.excludes_zero
    assert 0 < curve.tip < curve.zero
    strength = found.path_b.strength
    assert curve.zero == pytest.approx(strength / math.sqrt(1 + strength**2))
    either = curve.tip - 0.01, curve.tip + 0.01
    near, far = confounding(result, frame, engine, WITHIN, rhos=either).curves[0].estimates[1:3]
    if math.isnan(near.conf_low):
        assert near.p_value < 0.05 <= far.p_value
    else:
        assert near.conf_low > 0 >= far.conf_low


def test_an_interval_that_holds_zero_ends_where_it_excludes_it():
    frame = draw(11, rho=(0.0, 0.0))
    frame["y"] -= 0.35 * (frame["m"] - frame.groupby("team")["m"].transform("mean"))
    result = result_of(frame, interval=NORMAL, engine=med.MixedModels())
    found = confounding(result, frame, med.MixedModels(), WITHIN)
    curve = found.curves[0]
    assert not curve.excludes_zero
    assert curve.below < curve.zero < curve.above
    assert found.weakest[1] == 0.0
    assert found.e_value.limit == 1.0


def test_units_of_mediator_and_outcome_change_no_correlation():
    frame = draw(9)
    other = frame.assign(m=-3 * frame["m"], y=100 * frame["y"] + 5)
    known, found = (
        confounding(result_of(each, interval=NORMAL), each, med.MixedModels(), WITHIN)
        for each in (frame, other)
    )
    for one, two in zip(known.curves, found.curves, strict=True):
        assert two.zero == pytest.approx(-one.zero, rel=1e-4)
        assert two.tip == pytest.approx(-one.tip, abs=1e-3)
    assert found.path_b.point == pytest.approx(known.path_b.point, rel=1e-5)
    assert found.e_value.point == pytest.approx(known.e_value.point, rel=1e-5)


def test_covariates_constant_inside_clusters_are_no_measure_within():
    frame = draw(10)
    result = result_of(frame, covariates=["z", "group", "place"], interval=NORMAL)
    found = confounding(result, frame, med.MixedModels(), WITHIN)
    assert [benchmark.name for benchmark, _ in found.benchmarks] == ["z", "group"]
    between = confounding(result, frame, med.MixedModels(), (EffectName.CONTEXTUAL, Level.BETWEEN))
    assert between.benchmarks == ()
    assert math.isnan(between.slope)
    assert [curve.errors for curve in between.curves] == [Level.BETWEEN, Level.WITHIN]


@pytest.mark.parametrize("effect", [EffectName.INDIRECT, EffectName.CONTEXTUAL])
def test_errors_of_rows_move_effects_between_clusters(effect):
    frame = draw(21, n_teams=60, size=4, rho=(0.5, 0.0))
    result = result_of(frame, interval=NORMAL)
    found = confounding(result, frame, med.MixedModels(), (effect, Level.BETWEEN))
    assert [curve.errors for curve in found.own_curves] == [Level.BETWEEN, Level.WITHIN]
    model = result.fit.model
    errors = errors_of_equations(result.fit, prepare(model, frame), med.MixedModels(), "m")
    moved = result.fit.paths.values + errors.shifts(np.array([0.5]), np.array([0.0]))[0]
    at = {
        (p.path, p.level if p.path is PathName.B else None): value
        for p, value in zip(result.fit.paths.parameters, moved, strict=True)
    }
    b = at[PathName.B, Level.BETWEEN]
    if effect is EffectName.CONTEXTUAL:
        b -= at[PathName.B, Level.WITHIN]
    curve = found.own_curves[1]
    value = curve.estimates[curve.rho.index(0.5)]
    assert value.estimate == pytest.approx(at[PathName.A, None] * b)
    assert abs(value.estimate - found.value.estimate) > 0.03
    tips = [abs(c.tip) for c in found.own_curves if c.excludes_zero and c.tip is not None]
    if tips:
        assert abs(found.weaker.tip) == min(tips)


def test_least_squares_ask_about_b_within_by_deviations_alone():
    """As fixed effects of teams: what teams have in common changes no answer."""
    frame = draw(22, n_teams=20)
    shift = 10 * np.random.default_rng(0).normal(size=20)[frame["team"]]
    plain, shifted = (
        confounding(
            result_of(each, covariates=[], interval=NORMAL, engine=med.OLS()),
            each,
            med.OLS(),
            WITHIN,
        )
        for each in (frame, frame.assign(y=frame["y"] + shift))
    )
    inside = frame[["m", "y"]] - frame.groupby("team")[["m", "y"]].transform("mean")
    m, y = inside["m"].to_numpy(), inside["y"].to_numpy()
    b = m @ y / (m @ m)
    strength = abs(b) * math.sqrt(m @ m) / math.sqrt(((y - b * m) ** 2).sum())
    for found in (plain, shifted):
        assert [curve.errors for curve in found.curves] == [Level.WITHIN]
        assert found.path_b.strength == pytest.approx(strength)
        assert found.path_b.point == pytest.approx(robustness_value(strength))
        assert found.curves[0].zero == pytest.approx(strength / math.sqrt(1 + strength**2))


def test_benchmarks_of_least_squares_are_those_of_regression_with_teams_as_dummies():
    frame = draw(23, n_teams=20)
    result = result_of(frame, interval=NORMAL, engine=med.OLS())
    found = confounding(result, frame, med.OLS(), WITHIN)
    ((benchmark, value),) = found.benchmarks
    columns = ["m", "y", "z"]
    inside = frame[columns] - frame.groupby("team")[columns].transform("mean")
    m, y, z = (inside[name].to_numpy() for name in columns)
    m_left = m - z * (z @ m) / (z @ z)
    x = np.column_stack([m, z])
    y_left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    unit = math.sqrt((y_left @ y_left) / (m_left @ m_left))
    fall = unit * math.sqrt(
        benchmark.bound_outcome * benchmark.bound_mediator / (1 - benchmark.bound_mediator)
    )
    a = result.fit.paths.values[0]
    assert found.value.estimate - value.estimate == pytest.approx(a * fall)
    assert found.slope == pytest.approx(a * unit)


def test_what_least_squares_and_latent_models_do_not_tell_is_withheld():
    frame = draw(24, n_teams=20)
    result = result_of(frame, interval=NORMAL, engine=med.OLS())
    for effect in (EffectName.INDIRECT, EffectName.CONTEXTUAL):
        with pytest.raises(SpecificationError, match="do not tell errors of rows from those of"):
            confounding(result, frame, med.OLS(), (effect, Level.BETWEEN))


def test_an_interval_that_excludes_zero_is_not_said_to_hold_it():
    """t = 4.4 with 2 df: p = .048; with the df that a common cause takes it holds zero."""
    path = path_robustness(4.4, 1.0, 2.0, 0.95)
    assert path.limit == 0.0
    assert not path.holds_zero
    assert path_robustness(4.2, 1.0, 2.0, 0.95).holds_zero
    inside = path_robustness(4.4, 1.0, 2.0, 0.95, unit=0.05, spent=0)
    critical = stats.t.ppf(0.975, 2) * 0.05
    assert inside.limit == pytest.approx(robustness_value(4.4 * 0.05, critical))
    assert inside.limit > 0


def test_half_of_studies_of_a_path_that_is_zero_exceed_the_value_by_chance():
    t = np.abs(np.random.default_rng(0).standard_t(6, size=4_001))
    values = [path_robustness(each, 1.0, 6.0, 0.95).point for each in t]
    by_chance = path_robustness(1.0, 1.0, 6.0, 0.95).by_chance
    assert by_chance == pytest.approx(np.median(values), abs=0.01)
    assert by_chance > 0.2


def test_a_frame_has_a_row_for_each_correlation():
    frame = draw(12)
    found = confounding(
        result_of(frame, interval=NORMAL), frame, med.MixedModels(), WITHIN, rhos=(-0.5, 0.5)
    )
    table = found.to_frame()
    assert list(table["rho"]) == [-0.5, 0.0, 0.5] * 2
    assert list(table["errors"].unique()) == ["within", "between"]
    assert table["r2_residual"].iloc[0] == 0.25


def test_what_cannot_be_asked_is_said():
    frame = draw(13)
    result = result_of(frame, interval=NORMAL)
    engine = med.MixedModels()
    with pytest.raises(SpecificationError, match=r"inside -0.99 and 0.99. Found 1.0"):
        confounding(result, frame, engine, WITHIN, rhos=(1.0,))
    with pytest.raises(
        SpecificationError, match=r"0 of indirect single\. There is: indirect within"
    ):
        confounding(result, frame, engine, SINGLE)
    with pytest.raises(SpecificationError, match="Found a LatentSEM"):
        confounding(result, frame, med.LatentSEM({"m": ["a", "b", "c"]}), WITHIN)
    with pytest.raises(SpecificationError, match="cannot be negative"):
        robustness_value(-0.1)
