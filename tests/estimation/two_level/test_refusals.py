"""What the engine refuses, and that it refuses no data set that passes its checks."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import Parameter
from mediation.vocabulary import Convergence, Level, PathName, StandardErrors

MODEL = med.MediationModel("x", ("m",), "y", clusters=("team",))
BAD = {
    "no_clusters": (lambda f: f, {"clusters": ()}, SpecificationError, "exactly one level"),
    "two_levels": (
        lambda f: f.assign(site=f.team // 5),
        {"clusters": ("site", "team")},
        SpecificationError,
        'clusters=\\["team"\\]',
    ),
    "one_cluster": (lambda f: f.assign(team=1), {}, EstimationError, "has one"),
    "no_column": (lambda f: f.drop(columns="m"), {}, SpecificationError, "Not there: m"),
    "text_outcome": (lambda f: f.assign(y="high"), {}, SpecificationError, "must be numbers"),
    "few_clusters": (lambda f: f[f.team < 3], {}, EstimationError, "at least 4 clusters"),
    "infinite": (
        lambda f: f.assign(m=f.m.where(f.index > 0, np.inf)),
        {},
        EstimationError,
        "infinite: 1",
    ),
    "no_rows": (lambda f: f.assign(x=np.nan), {}, EstimationError, "At least one row"),
    "no_mediator": (lambda f: f.assign(m=np.nan), {}, EstimationError, "must have values"),
    "constant_mediator": (lambda f: f.assign(m=1.0), {}, EstimationError, "must vary"),
    "constant_predictor": (lambda f: f.assign(x=1.0), {}, EstimationError, "must vary"),
    "mediator_of_clusters": (lambda f: f.assign(m=f.v), {}, EstimationError, "no slope within"),
    "outcome_of_clusters": (lambda f: f.assign(y=f.v), {}, EstimationError, "outcome must differ"),
    "single_rows": (
        lambda f: f.drop_duplicates("team"),
        {},
        EstimationError,
        "Some clusters must have several rows",
    ),
    "collinear": (
        lambda f: f.assign(v=2 * f.x + 1),
        {"covariates": ("v",)},
        EstimationError,
        "repeat the columns before them",
    ),
    "computed": (
        lambda f: f.assign(y=2 * f.m + f.v),
        {},
        EstimationError,
        "follows exactly from the columns before it",
    ),
    "never_together": (
        lambda f: f.assign(m=f.m.where(f.index % 2 == 0), y=f.y.where(f.index % 2 == 1)),
        {},
        EstimationError,
        "must have all of m, y",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_what_to_do(name, study):
    change, options, error, words = BAD[name]
    model = med.MediationModel("x", ("m",), "y", **{"clusters": ("team",), **options})
    with pytest.raises(error, match=words):
        TwoLevelSEM().fit(model, change(study(11)))


LONE = {
    "one": (lambda f: f.assign(x=(f.team == 0) * 1.0), {}, "x"),
    "all_but_one": (lambda f: f.assign(x=(f.team != 0) * 1e6), {}, "x"),
    "inside_one": (lambda f: f.assign(x=(f.team == 0) * f.age), {}, "x"),
    "covariate": (lambda f: f.assign(v=(f.team == 4) * 1.0), {"covariates": ("v",)}, "v"),
    "difference": (
        lambda f: f.assign(x=(f.team < 9) * 1.0, v=(f.team < 10) * 1.0),
        {"mediator_covariates": ("v",)},
        "x, v",
    ),
    "observed_in_one": (
        lambda f: f.assign(x=(f.team < 2) * 1.0, m=f.m.where(f.team != 1)),
        {},
        "x",
    ),
}


@pytest.mark.parametrize("name", LONE)
def test_columns_that_one_cluster_tells_apart_have_no_robust_errors(name, study):
    change, options, columns = LONE[name]
    model = med.MediationModel("x", ("m",), "y", clusters=("team",), **options)
    frame = change(study(11))
    with pytest.raises(EstimationError, match=rf"One cluster alone .* apart: {columns}\.") as said:
        TwoLevelSEM(StandardErrors.ROBUST).fit(model, frame)
    assert "StandardErrors.OBSERVED" in str(said.value)
    assert "MixedModels()" in str(said.value)
    assert np.isfinite(TwoLevelSEM().fit(model, frame).paths.covariance).all()


def test_a_group_of_clients_in_one_cluster_does_not_stop_robust_errors(study):
    frame = study(11).assign(rare=lambda f: (f.team == 0) * (f.index % 2 == 0) * 1.0)
    model = med.MediationModel("x", ("m",), "y", clusters=("team",), covariates=("rare",))
    fit = TwoLevelSEM(StandardErrors.ROBUST).fit(model, frame)
    assert np.isfinite(fit.paths.covariance).all()


def test_robust_errors_need_two_clusters_more_than_coefficients(study):
    frame = study(11)
    assert TwoLevelSEM().fit(MODEL, frame[frame.team < 4]).counts.n_clusters == 4
    with pytest.raises(EstimationError, match=r"at least 5 clusters .* two more .* Found 4"):
        TwoLevelSEM(StandardErrors.ROBUST).fit(MODEL, frame[frame.team < 4])
    robust = TwoLevelSEM(StandardErrors.ROBUST).fit(MODEL, frame[frame.team < 5])
    assert np.isfinite(robust.paths.covariance).all()


@pytest.mark.slow
@pytest.mark.parametrize("b", [0.4, 0.0])
@pytest.mark.parametrize(("n_clusters", "size"), [(14, 22), (7, 44)])
def test_every_null_data_set_has_a_usable_answer(n_clusters, size, b):
    rng = np.random.default_rng(20)
    team = np.repeat(np.arange(n_clusters), size)
    needed = {
        Parameter(PathName.A, Level.BETWEEN, "m"),
        Parameter(PathName.B, Level.WITHIN, "m"),
        Parameter(PathName.TOTAL, Level.BETWEEN, None),
    }
    usable = 0
    for _ in range(500):
        x, u, v = rng.normal(size=(3, n_clusters))
        m = np.sqrt(0.05) * u[team] + np.sqrt(0.95) * rng.normal(size=len(team))
        y = b * m + np.sqrt(0.05) * v[team] + np.sqrt(0.95) * rng.normal(size=len(team))
        frame = pd.DataFrame({"team": team, "x": x[team], "m": m, "y": y})
        fit = TwoLevelSEM().fit(MODEL, frame)
        errors = np.sqrt(np.diag(fit.paths.covariance))
        known = dict(zip(fit.paths.parameters, errors, strict=True))
        is_known = all(0 < known[p] < 5 for p in needed)
        usable += is_known and fit.convergence is not Convergence.NOT_CONVERGED
    assert usable >= 495
