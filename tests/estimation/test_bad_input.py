"""What no engine can analyse: each a named error with what to do, or a named outcome."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError, MediationError

ENGINES = {
    "ols": med.OLS(),
    "ols_cr2": med.OLS(med.Covariance.CR2),
    "mixed": med.MixedModels(),
    "two_level": med.TwoLevelSEM(),
}
ROLES = {"predictor": "x", "mediators": ("m",), "outcome": "y", "clusters": ("team",)}


def study():
    rng = np.random.default_rng(6)
    team = np.repeat(np.arange(10), 8)
    x = rng.normal(size=10)[team]
    m = 0.4 * x + 0.3 * rng.normal(size=10)[team] + rng.normal(size=80)
    y = 0.5 * m + 0.4 * rng.normal(size=10)[team] + rng.normal(size=80)
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": y, "age": rng.normal(45, 9, 80)})


def with_cell(frame, name, value):
    return frame.assign(**{name: frame[name].where(frame.index != 3, value)})


BAD = {
    "collinear covariate": (
        lambda f: f.assign(twice=2 * f.x - 1),
        {"covariates": ("twice",)},
        "repeat the columns",
    ),
    "constant mediator": (lambda f: f.assign(m=4.0), {}, "must vary"),
    "constant predictor": (lambda f: f.assign(x=1.0), {}, "must vary"),
    "more coefficients than clusters": (
        lambda f: f.assign(
            **{f"c{k}": np.random.default_rng(k).normal(size=10)[f.team] for k in range(9)}
        ),
        {"covariates": tuple(f"c{k}" for k in range(9))},
        "clusters",
    ),
    "one cluster": (lambda f: f.assign(team=1), {}, "`team` has one"),
    "infinite predictor": (lambda f: with_cell(f, "x", np.inf), {}, "`x` is infinite: 1"),
    "infinite mediator": (lambda f: with_cell(f, "m", -np.inf), {}, "`m` is infinite: 1"),
    "predictor always missing": (lambda f: f.assign(x=np.nan), {}, "`x`"),
    "outcome of clusters": (
        lambda f: f.assign(y=f.team.astype(float) ** 2),
        {},
        "must differ between the rows of a cluster",
    ),
    "nearly collinear covariate": (
        lambda f: f.assign(again=f.age + 1e-6 * np.random.default_rng(1).normal(size=80)),
        {"covariates": ("age", "again")},
        "repeat the columns",
    ),
    "category of one level": (
        lambda f: f.assign(site="north"),
        {"covariates": ("site",)},
        "must vary. `site` has one level",
    ),
    "units beyond measure": (lambda f: f.assign(y=f.y * 1e-160), {}, "Give it in other units"),
    "weights": (lambda f: f.assign(w=1.0), {"weights": "w"}, "No engine supports weights"),
}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("name", BAD)
def test_is_refused_with_what_to_do(engine, name):
    change, options, said = BAD[name]
    model = med.MediationModel(**{**ROLES, **options})
    with pytest.raises(EstimationError) as caught:
        med.estimate(model, change(study()), engine)
    assert said in str(caught.value)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_rows_without_a_predictor_are_left_out_and_counted(engine):
    frame = study()
    gap = with_cell(frame, "x", np.nan)
    fit = med.estimate(med.MediationModel(**ROLES), gap, engine)
    assert (fit.counts.n_clients, fit.counts.n_left_out) == (79, 1)
    without = med.estimate(med.MediationModel(**ROLES), frame.drop(index=3), engine)
    np.testing.assert_allclose(fit.paths.values, without.paths.values, rtol=1e-8)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_text_as_a_mediator_is_refused(engine):
    with pytest.raises(MediationError, match="must be numbers"):
        med.estimate(med.MediationModel(**ROLES), study().assign(m="good"), engine)


def test_clusters_of_one_row_are_refused_where_levels_are_modelled():
    frame = study().assign(team=np.arange(80))
    for engine in (med.MixedModels(), med.TwoLevelSEM()):
        with pytest.raises(MediationError):
            med.estimate(med.MediationModel(**ROLES), frame, engine)


def test_kenward_roger_with_ml_is_refused():
    with pytest.raises(MediationError, match="defined for REML"):
        med.MixedModels(likelihood=med.Likelihood.ML)


@pytest.mark.parametrize("cluster", ["site", "m"])
def test_a_cluster_outside_the_model_is_refused(cluster):
    with pytest.raises(MediationError, match="must be one of the model's clusters: team"):
        med.estimate(
            med.MediationModel(**ROLES), study(), med.OLS(med.Covariance.CR2, cluster=cluster)
        )


def test_a_cluster_for_a_covariance_without_clusters_is_refused():
    with pytest.raises(MediationError, match="CR1 and CR2"):
        med.OLS(cluster="team")


def test_two_levels_that_are_the_same_clusters_are_refused():
    frame = study().assign(site=lambda f: f.team + 100)
    model = med.MediationModel(**{**ROLES, "clusters": ("site", "team")})
    with pytest.raises(EstimationError, match="the same 10 clusters"):
        med.estimate(model, frame, med.MixedModels())


@pytest.mark.parametrize("covariance", [med.Covariance.CR1, med.Covariance.CR2])
@pytest.mark.parametrize("name", ["x", "age"])
def test_a_predictor_that_one_cluster_alone_tells_apart_has_no_sandwich(name, covariance):
    frame = study().assign(**{name: lambda f: (f.team == 0).astype(float)})
    model = med.MediationModel(**{**ROLES, "covariates": ("age",)})
    if name == "age":
        # A covariate may be the indicator of a cluster: the paths have their standard errors.
        med.estimate(model, frame, med.OLS(covariance))
        return
    with pytest.raises(EstimationError, match="rest on one alone"):
        med.estimate(model, frame, med.OLS(covariance))


def test_kinds_of_columns_that_are_no_numbers_are_refused():
    frame = study()
    for name, values, said in (
        ("m", frame.m + 0j, "must be numbers"),
        ("age", [[1, 2]] * 80, "number or a category"),
    ):
        model = med.MediationModel(**{**ROLES, "covariates": ("age",)})
        with pytest.raises(MediationError, match=said):
            med.estimate(model, frame.assign(**{name: values}), med.MixedModels())
