"""Latent mediators: known answers, laws, and outcomes that are not the ordinary one."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mediation as med
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.latent_sem import LatentSEM
from mediation.vocabulary import Convergence, LatentCovariance

ITEMS = {"alliance": ("w1", "w2", "w3")}
MODEL = med.MediationModel("x", ("alliance",), "y", clusters=("organization", "team"))
BLIND = dataclasses.replace(MODEL, clusters=())
METHODS = tuple(LatentCovariance)
few = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def study(seed=1, n_teams=14, size=15):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    n = len(team)
    x = rng.normal(size=n_teams)[team]
    age = rng.normal(45, 10, size=n)
    alliance = 0.5 * x + 0.02 * age + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=n)
    frame = pd.DataFrame({"organization": team // 2, "team": team, "x": x, "age": age})
    for k, loading in enumerate((1.0, 0.8, 1.2), 1):
        frame[f"w{k}"] = loading * alliance + rng.normal(scale=0.7, size=n)
    frame["y"] = 0.6 * alliance + 0.2 * x + rng.normal(size=n)
    return frame


def rows_with(covariance, names, n=200):
    """Rows whose moments (divisor n) are exactly `covariance`."""
    z = np.random.default_rng(0).normal(size=(n, len(names)))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(z.T @ z / n).T)
    return pd.DataFrame(z @ np.linalg.cholesky(covariance).T + 7.0, columns=list(names))


def one_factor(loadings, noise, *, a=0.5, b=0.7, direct=0.2, left=0.8, error=1.3):
    """Covariance of x, w1.., y for a latent mediator with residual variance `left`."""
    k = len(loadings)
    to_x = np.concatenate([[1.0], np.multiply(a, loadings), [a * b + direct]])
    to_m = np.concatenate([[0.0], loadings, [b]])
    own = np.diag(np.concatenate([[0.0], noise, [error]]))
    names = ("x", *(f"w{j}" for j in range(1, k + 1)), "y")
    return np.outer(to_x, to_x) + left * np.outer(to_m, to_m) + own, names


def paths(fit):
    return {
        p.path.value: float(v) for p, v in zip(fit.paths.parameters, fit.paths.values, strict=True)
    }


def errors(fit):
    return np.sqrt(np.diag(fit.paths.covariance))


def test_exact_moments_give_the_parameters_back():
    covariance, names = one_factor([1.0, 0.8, -1.4], [0.5, 0.6, 0.9])
    fit = med.estimate(BLIND, rows_with(covariance, names), LatentSEM(ITEMS))
    assert fit.convergence is Convergence.CONVERGED
    expected = {"a": 0.5, "b": 0.7, "c_prime": 0.2, "total": 0.55}
    assert paths(fit) == pytest.approx(expected, abs=1e-8)
    measurement = fit.equations[-1]
    assert [c[1] for c in measurement.coefficients] == pytest.approx([1.0, 0.8, -1.4], abs=1e-8)
    assert [v for _, v in measurement.variances] == pytest.approx([0.5, 0.6, 0.9], abs=1e-8)
    # Standardised by hand: the latent variance is a^2 + left = 1.05.
    spread = [np.sqrt(covariance[k, k]) for k in (1, 2, 3)]
    by_hand = [w * np.sqrt(1.05) / s for w, s in zip((1.0, 0.8, -1.4), spread, strict=True)]
    assert [c[1] for c in measurement.contrasts] == pytest.approx(by_hand, abs=1e-8)
    indices = dict(fit.fit_indices)
    assert indices["df"] == 4
    assert indices["chi_square"] == pytest.approx(0.0, abs=1e-8)
    assert (indices["cfi"], indices["rmsea"]) == (1.0, 0.0)
    assert fit.scales[1].sd_total == pytest.approx(np.sqrt(1.05), abs=1e-8)


def test_a_marker_that_hardly_measures_is_replaced_while_fitting():
    covariance, names = one_factor([0.02, 0.8, 1.4], [0.5, 0.6, 0.9])
    fit = med.estimate(BLIND, rows_with(covariance, names), LatentSEM(ITEMS))
    # In units of the first indicator: slopes on the mediator are multiplied by its loading.
    assert fit.convergence is Convergence.CONVERGED
    expected = {"a": 0.5 * 0.02, "b": 0.7 / 0.02, "c_prime": 0.2, "total": 0.55}
    assert paths(fit) == pytest.approx(expected, rel=1e-6)
    loadings = [c[1] for c in fit.equations[-1].coefficients]
    assert loadings == pytest.approx([1.0, 40.0, 70.0], rel=1e-6)
    # c' and the total effect do not depend on the marker; nor do their standard errors.
    other = LatentSEM({"alliance": ("w2", "w1", "w3")})
    turned = med.estimate(BLIND, rows_with(covariance, names), other)
    np.testing.assert_allclose(errors(fit)[2:], errors(turned)[2:], rtol=1e-7)
    standard = [dict((c[0], c[1:3]) for c in f.equations[-1].contrasts) for f in (fit, turned)]
    for name in standard[0]:
        assert standard[0][name] == pytest.approx(standard[1][name], rel=1e-6)


def test_a_negative_variance_is_held_at_zero():
    """With no noise in w1 the latent variable is w1, and every equation is a regression."""
    covariance, names = one_factor([1.0, 0.8, 1.4], [-0.1, 0.6, 0.9])
    frame = rows_with(covariance, names)
    fit = med.estimate(BLIND, frame, LatentSEM(ITEMS))
    assert fit.convergence is Convergence.BOUNDARY
    assert [e.convergence for e in fit.equations] == [
        Convergence.CONVERGED,
        Convergence.CONVERGED,
        Convergence.BOUNDARY,
    ]
    assert any("`w1`" in note and "Heywood" in note for note in fit.notes)
    simple = med.estimate(dataclasses.replace(BLIND, mediators=("w1",)), frame, med.OLS())
    assert paths(fit) == pytest.approx({**paths(simple), "total": paths(fit)["total"]}, abs=1e-8)
    n = len(frame)
    theirs = dict(zip(paths(simple), errors(simple), strict=True))
    shrink = {"a": (n - 2) / n, "b": (n - 3) / n, "c_prime": (n - 3) / n}
    for name, ours in zip(paths(fit), errors(fit)[:3], strict=False):
        # Least squares divides by n - p, maximum likelihood by n.
        assert ours == pytest.approx(theirs[name] * np.sqrt(shrink[name]), rel=1e-7)
    assert dict(fit.equations[-1].variances)["w1"] == 0.0


@pytest.mark.parametrize("seed", range(6))
def test_indicators_that_share_nothing_end_without_a_traceback(seed):
    frame = study(seed)
    rng = np.random.default_rng(seed)
    frame[["w1", "w2", "w3"]] = rng.normal(size=(len(frame), 3))
    fit = med.estimate(MODEL, frame, LatentSEM(ITEMS))
    assert np.isfinite(fit.paths.values).all()
    assert np.isfinite(fit.paths.covariance).all()
    if fit.convergence is Convergence.NOT_CONVERGED:
        assert any("no usable solution" in note for note in fit.notes)
    result = med.infer(fit, med.MonteCarlo(n_draws=200), np.random.default_rng(1))
    assert np.isfinite(result.to_frame().estimate.iloc[0])


def test_a_mediator_explained_by_the_predictor_has_no_slope_of_its_own():
    covariance, names = one_factor([1.0, 0.8, 1.4], [0.5, 0.6, 0.9], left=0.0)
    fit = med.estimate(BLIND, rows_with(covariance, names), LatentSEM(ITEMS))
    assert fit.convergence is Convergence.NOT_CONVERGED
    assert any("no usable solution" in note for note in fit.notes)


def test_all_paths_come_from_one_likelihood():
    fit = med.estimate(MODEL, study(), LatentSEM(ITEMS))
    assert len(set(fit.paths.equation)) == 1
    assert {p.level.value for p in fit.paths.parameters} == {"single"}
    found = paths(fit)
    assert found["total"] == pytest.approx(found["a"] * found["b"] + found["c_prime"], rel=1e-12)
    gradient = np.array([found["b"], found["a"], 1.0])
    inner = fit.paths.covariance[:3, :3]
    assert fit.paths.covariance[3, 3] == pytest.approx(gradient @ inner @ gradient, rel=1e-10)
    n_clusters = fit.counts.by_level[0][1]
    assert set(fit.paths.df) == {n_clusters - 1}
    alone = med.estimate(dataclasses.replace(MODEL, clusters=()), study(), LatentSEM(ITEMS))
    assert np.isinf(alone.paths.df).all()
    assert fit.total_gap == 0.0
    assert any("14 clusters" in note or "7 clusters" in note for note in fit.notes)
    assert "cluster-robust" in fit.engine_label


def test_rows_repeated_inside_their_cluster_add_nothing_to_a_sandwich():
    frame = study()
    twice = pd.concat([frame, frame], ignore_index=True)
    robust, classical = LatentSEM(ITEMS), LatentSEM(ITEMS, LatentCovariance.CLASSICAL)
    once, doubled = (errors(med.estimate(MODEL, f, robust)) for f in (frame, twice))
    np.testing.assert_allclose(doubled, once, rtol=1e-7)
    once, doubled = (errors(med.estimate(MODEL, f, classical)) for f in (frame, twice))
    np.testing.assert_allclose(doubled, once / np.sqrt(2), rtol=1e-7)


def test_the_outermost_clusters_decide():
    frame = study()
    by_organization = errors(med.estimate(MODEL, frame, LatentSEM(ITEMS)))
    outer = dataclasses.replace(MODEL, clusters=("organization",))
    inner = dataclasses.replace(MODEL, clusters=("team",))
    np.testing.assert_allclose(
        errors(med.estimate(outer, frame, LatentSEM(ITEMS))), by_organization, rtol=1e-12
    )
    assert not np.allclose(
        errors(med.estimate(inner, frame, LatentSEM(ITEMS))), by_organization, rtol=0.01
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.value)
@few
@given(seed=st.integers(0, 10_000))
def test_order_names_and_empty_rows_do_not_matter(method, seed):
    frame = study(seed)
    engine = LatentSEM(ITEMS, method, n_resamples=50)
    labels = np.random.default_rng(seed).permutation(7)
    changed = frame.sample(frac=1, random_state=seed)
    changed["organization"] = [f"O{labels[o]}" for o in changed.organization]
    changed = pd.concat([changed, pd.DataFrame({"organization": ["O0"]})], ignore_index=True)
    fit, other = med.estimate(MODEL, frame, engine), med.estimate(MODEL, changed, engine)
    np.testing.assert_allclose(other.paths.values, fit.paths.values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(errors(other), errors(fit), rtol=1e-6)
    assert other.counts.n_left_out == 1
    assert any("left out" in note for note in other.notes)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.value)
@few
@given(seed=st.integers(0, 10_000), k=st.floats(0.01, 100))
def test_scaling_a_column_divides_its_paths(method, seed, k):
    frame = study(seed)
    engine = LatentSEM(ITEMS, method, n_resamples=50)
    model = dataclasses.replace(MODEL, covariates=("age",))
    fit = med.estimate(model, frame, engine)
    scaled = med.estimate(model, frame.assign(x=frame.x * k + 3.0, y=frame.y / k), engine)
    factor = {"a": k, "b": k, "c_prime": k * k, "total": k * k}
    by = np.array([factor[p.path.value] for p in fit.paths.parameters])
    np.testing.assert_allclose(scaled.paths.values * by, fit.paths.values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(errors(scaled) * by, errors(fit), rtol=1e-6)


def test_resamples_depend_on_the_seed_alone():
    frame = study()
    bootstrap = LatentSEM(ITEMS, LatentCovariance.CLUSTER_BOOTSTRAP)
    first, again = (errors(med.estimate(MODEL, frame, bootstrap)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    other = dataclasses.replace(bootstrap, seed=2)
    assert not np.allclose(errors(med.estimate(MODEL, frame, other)), first, rtol=1e-3)
    # Resampling and sandwich estimate the same thing.
    many = dataclasses.replace(bootstrap, n_resamples=2_000)
    model = dataclasses.replace(MODEL, clusters=("row",))
    rows = study(size=40).assign(row=lambda f: range(len(f)))
    ratio = errors(med.estimate(model, rows, many)) / errors(
        med.estimate(model, rows, LatentSEM(ITEMS))
    )
    # Monte Carlo error of a standard error from 2,000 draws: 1 / sqrt(4,000), about 1.6%.
    np.testing.assert_allclose(ratio, 1.0, atol=0.08)


def test_lost_resamples_are_counted_by_cause():
    frame = study(n_teams=6, size=40)
    frame["x"] = (frame.team < 2).astype(float)
    model = dataclasses.replace(MODEL, clusters=("team",))
    engine = LatentSEM(ITEMS, LatentCovariance.CLUSTER_BOOTSTRAP, n_resamples=400)
    (note,) = (n for n in med.estimate(model, frame, engine).notes if "resamples" in n)
    assert "without variance" in note
    # A resample lacks variance if all six draws are of one kind: (2/3)^6 + (1/3)^6 = 0.089.
    n_lost = int(note.split("clusters ")[1].split(" ")[0])
    assert n_lost == pytest.approx(400 * 0.089, abs=4 * np.sqrt(400 * 0.089 * 0.911))


def test_two_indicators_are_possible_and_said():
    fit = med.estimate(MODEL, study(), LatentSEM({"alliance": ("w1", "w2")}))
    assert fit.convergence is Convergence.CONVERGED
    assert any("Two indicators" in note for note in fit.notes)


def test_observed_and_latent_mediators_stand_together():
    frame = study().assign(
        support=lambda f: 0.4 * f.x + np.random.default_rng(3).normal(size=len(f))
    )
    model = dataclasses.replace(MODEL, mediators=("support", "alliance"))
    fit = med.estimate(model, frame, LatentSEM(ITEMS))
    parameters = [(p.path.value, p.mediator) for p in fit.paths.parameters]
    assert parameters == [
        ("a", "support"),
        ("a", "alliance"),
        ("b", "support"),
        ("b", "alliance"),
        ("c_prime", None),
        ("total", None),
    ]
    # The observed mediator's equation has no latent part: least squares.
    plain = med.estimate(dataclasses.replace(BLIND, mediators=("support",)), frame, med.OLS())
    assert fit.paths.values[0] == pytest.approx(plain.paths.values[0], rel=1e-8)


def test_options_are_values():
    assert LatentSEM(ITEMS) == LatentSEM({"alliance": ["w1", "w2", "w3"]})
    assert len({LatentSEM(ITEMS), LatentSEM(tuple(ITEMS.items()))}) == 1


BAD_OPTIONS = {
    "none": ({"indicators": {}}, "without any"),
    "text": ({"indicators": "alliance"}, "Found a text without any"),
    "a flat list": ({"indicators": ["w1", "w2", "w3"]}, "without the mediator they measure"),
    "two letters each": ({"indicators": ("w1", "w2")}, "without the mediator they measure"),
    "a pair alone": ({"indicators": ("alliance", ("w1", "w2"))}, "one pair that stands alone"),
    "columns as pairs": ({"indicators": [("w1", "w2", "w3")]}, "as a mapping or as pairs"),
    "a lone text": ({"indicators": {"alliance": "w1"}}, "must be a list"),
    "one indicator": (
        {"indicators": {"alliance": ("w1",)}},
        "at least two indicators, better three",
    ),
    "twice": ({"indicators": {"alliance": ("w1", "w2", "w1")}}, "More than once: w1"),
    "in two": (
        {"indicators": {"alliance": ("w1", "w2", "w3"), "other": ("w3", "w4")}},
        "More than once: w3",
    ),
    "covariance": ({"indicators": ITEMS, "covariance": "robust"}, "must be a LatentCovariance"),
    "resamples": ({"indicators": ITEMS, "n_resamples": 3}, "at least 50"),
    "seed": ({"indicators": ITEMS, "seed": -1}, "at least 0"),
}


@pytest.mark.parametrize(("options", "said"), BAD_OPTIONS.values(), ids=BAD_OPTIONS)
def test_options_without_meaning_are_refused(options, said):
    with pytest.raises(SpecificationError, match=said):
        LatentSEM(**options)


def with_column(**columns):
    return study().assign(**columns)


BAD_TABLES = {
    "missing indicator": (study().drop(columns="w2"), MODEL, SpecificationError, "Not there: w2"),
    "both": (with_column(alliance=1.0), MODEL, SpecificationError, "Both: alliance"),
    "stranger": (
        study(),
        dataclasses.replace(MODEL, mediators=("age",)),
        SpecificationError,
        "`indicators`: alliance",
    ),
    "two roles": (
        study(),
        dataclasses.replace(MODEL, covariates=("w1",)),
        SpecificationError,
        "another role: w1",
    ),
    "split": (
        study(),
        dataclasses.replace(MODEL, split_at=("team",)),
        SpecificationError,
        "`split_at` must be empty",
    ),
    "text": (with_column(w1="often"), MODEL, SpecificationError, "are not: w1"),
    "constant": (with_column(w1=3.0), MODEL, EstimationError, "complete rows: w1"),
    "collinear": (
        study().assign(w3=lambda f: f.w1 + 2 * f.w2),
        MODEL,
        EstimationError,
        "determine these: w3",
    ),
    "infinite": (
        study().assign(w3=lambda f: f.w3.where(f.index != 4, np.inf)),
        MODEL,
        EstimationError,
        "`w3` is infinite: 1",
    ),
    "empty": (with_column(w1=np.nan), MODEL, EstimationError, "`w1` 210"),
    "few rows": (study().groupby("team").head(1).head(12), BLIND, EstimationError, "Found 12"),
    "few clusters": (
        study(n_teams=6, size=30),
        dataclasses.replace(MODEL, covariates=("gender",)),
        SpecificationError,
        "at least 4 clusters",
    ),
}
BAD_TABLES["few clusters"][0]["gender"] = ["man", "woman"] * 90
BAD_TABLES["few clusters"][0]["x"] = BAD_TABLES["few clusters"][0].organization * 1.0


@pytest.mark.parametrize(("frame", "model", "error", "said"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_tables_that_cannot_be_used_are_refused(frame, model, error, said):
    with pytest.raises(error, match=said):
        med.estimate(model, frame, LatentSEM(ITEMS))


def test_clusters_are_needed_where_asked_for():
    with pytest.raises(SpecificationError, match="CLUSTER_ROBUST needs clusters"):
        med.estimate(BLIND, study(), LatentSEM(ITEMS, LatentCovariance.CLUSTER_ROBUST))


def test_covariates_between_clusters_need_more_of_them():
    frame = study(n_teams=4, size=60)
    frame["x"] = (frame.team < 2).astype(float)
    frame["stratum"] = (frame.team % 2).astype(float)
    model = dataclasses.replace(MODEL, clusters=("team",))
    engine = LatentSEM(ITEMS, LatentCovariance.CLUSTER_BOOTSTRAP)
    assert any("left out" in n for n in med.estimate(model, frame, engine).notes)
    with pytest.raises(SpecificationError, match="at least 5 clusters"):
        med.estimate(dataclasses.replace(model, covariates=("stratum",)), frame, engine)
