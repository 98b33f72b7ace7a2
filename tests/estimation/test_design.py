"""How tables become equations, and what is refused with which words."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.design import prepare


def study(n_organizations=6, teams=2, size=6, seed=0):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_organizations * teams), size)
    frame = pd.DataFrame({"organization": team // teams, "team": team})
    frame["x"] = rng.normal(size=team[-1] + 1)[team]
    frame["m"] = 0.3 * frame.x + rng.normal(size=len(team))
    frame["y"] = 0.3 * frame.m + rng.normal(size=len(team))
    frame["month"] = rng.uniform(0, 12, size=len(team))
    frame["gender"] = rng.choice(["woman", "man"], size=len(team))
    return frame


def rng():
    return np.random.default_rng(7)


MODEL = med.MediationModel("x", ("m",), "y", clusters=("organization", "team"), time="month")


def test_counts_levels_and_the_split():
    frame = study()
    frame.loc[[3, 9], "m"] = np.nan
    prepared = prepare(MODEL, frame)
    assert prepared.counts.n_clients == 70
    assert prepared.counts.n_left_out == 2
    assert prepared.counts.by_level == (("organization", 6), ("team", 12))
    assert (prepared.predictor_level, prepared.counts.n_clusters) == ("team", 12)
    outcome = prepared.outcome_equation
    complete = frame.dropna()
    mean = complete.groupby("team").m.transform("mean")
    at = outcome.names.index("m (team mean)")
    np.testing.assert_allclose(outcome.x[:, at], mean)
    np.testing.assert_allclose(outcome.x[:, at - 1], complete.m - mean)
    assert outcome.between == (True, True, False, True)


def test_predictor_of_the_organization_counts_organizations():
    frame = study()
    frame["x"] = frame.organization * 1.0
    prepared = prepare(MODEL, frame)
    assert (prepared.predictor_level, prepared.counts.n_clusters) == ("organization", 6)


def test_a_score_of_the_team_that_varies_over_time_counts_teams_not_case_managers():
    frame = study(size=12)
    frame["manager"] = frame.team * 3 + np.arange(len(frame)) % 3
    frame["x"] = frame.x + 0.1 * frame.month
    model = dataclasses.replace(MODEL, clusters=("organization", "team", "manager"))
    innermost = med.estimate(model, frame, med.MixedModels())
    assert (innermost.predictor_level, innermost.counts.n_clusters) == ("manager", 36)
    assert any("predictor_level" in note for note in innermost.notes)
    named = dataclasses.replace(model, predictor_level="team")
    fit = med.estimate(named, frame, med.MixedModels())
    assert (fit.predictor_level, fit.counts.n_clusters) == ("team", 12)
    at = [p.path.value for p in fit.paths.parameters].index("a")
    assert fit.paths.df[at] <= 12 - 2
    assert not any("predictor_level" in note for note in fit.notes)


def test_the_level_of_the_predictor_must_be_a_cluster():
    with pytest.raises(SpecificationError, match="organization, team"):
        dataclasses.replace(MODEL, predictor_level="month")


def test_time_enters_where_the_predictor_varies_inside_teams():
    frame = study()
    assert not prepare(MODEL, frame).time_adjusted
    frame["x"] = frame.x + 0.1 * frame.month
    varying = prepare(MODEL, frame)
    assert varying.time_adjusted
    assert varying.predictor_varies
    assert all("month" in equation.names for equation in varying.equations)
    # The predictor is still limited in its df; months are not.
    names = varying.total_equation.names
    assert dict(zip(names, varying.total_equation.between, strict=True)) == {
        "(intercept)": True,
        "x": True,
        "month": False,
    }


def test_text_covariates_become_indicators_of_all_levels_but_the_first():
    model = med.MediationModel("x", ("m",), "y", covariates=("gender",), clusters=("team",))
    assert prepare(model, study()).total_equation.names == ("(intercept)", "x", "gender[woman]")


def test_covariates_are_split_when_asked():
    model = med.MediationModel(
        "x", ("m",), "y", covariates=("month",), clusters=("team",), split_covariates=True
    )
    names = prepare(model, study()).total_equation.names
    assert names[2:] == ("month (deviation from team mean)", "month (team mean)")


def test_covariates_of_one_equation_stay_there():
    model = med.MediationModel(
        "x", ("m",), "y", mediator_covariates=("month",), outcome_covariates=("gender",)
    )
    prepared = prepare(model, study())
    assert prepared.mediator_equations[0].names == ("(intercept)", "x", "month")
    assert prepared.total_equation.names == ("(intercept)", "x", "gender[woman]")


BAD = {
    "absent column": (lambda f: f.drop(columns="m"), SpecificationError, "Not there: m"),
    "text outcome": (lambda f: f.assign(y="high"), SpecificationError, "`y` is"),
    "constant mediator": (lambda f: f.assign(m=2.0), EstimationError, "`m` has one value"),
    "constant predictor": (lambda f: f.assign(x=1.0), EstimationError, "`x` has one value"),
    "infinite mediator": (
        lambda f: f.assign(m=f.m.where(f.index > 0, np.inf)),
        EstimationError,
        "`m` is infinite: 1",
    ),
    "no complete row": (lambda f: f.assign(m=np.nan), EstimationError, "`m` 72"),
    "team in two organizations": (
        lambda f: f.assign(organization=np.arange(len(f)) % 3),
        SpecificationError,
        "12 of 12 lie in more than one",
    ),
    "one organization": (lambda f: f.assign(organization=1), EstimationError, "has one"),
    "too few clusters": (
        lambda f: f[f.organization < 2].reset_index(drop=True),
        EstimationError,
        "at least 5 clusters",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_analysed_is_refused(case):
    change, error, words = BAD[case]
    with pytest.raises(error, match=words):
        med.estimate(MODEL, change(study()), med.MixedModels())


def test_collinear_columns_are_named():
    frame = study()
    frame["twice"] = 2 * frame.x + 1
    model = med.MediationModel("x", ("m",), "y", covariates=("twice",), clusters=("team",))
    with pytest.raises(EstimationError, match="do not vary: twice"):
        prepare(model, frame)


def test_a_mediator_of_the_team_has_no_slope_within():
    frame = study()
    frame["m"] = (frame.groupby("team").m.transform("mean")).round(1)
    with pytest.raises(EstimationError, match="`m` has one value in each `team`"):
        prepare(MODEL, frame)


@pytest.mark.parametrize("engine", [med.OLS(), med.MixedModels()])
def test_a_mediator_without_differences_between_teams_is_not_identified(engine):
    frame = study()
    frame["m"] -= frame.groupby("team").m.transform("mean")
    result = med.infer(med.estimate(MODEL, frame, engine), med.MonteCarlo(), rng())
    status = {(r.effect.value, r.level.value): r.status for r in result.effects}
    assert status["indirect", "within"] is med.EffectStatus.DEFINED
    for key in (("indirect", "between"), ("contextual", "between")):
        assert status[key] is med.EffectStatus.NOT_IDENTIFIED
    assert status["proportion_mediated", "between"] is med.EffectStatus.NOT_IDENTIFIED
    assert np.isnan(result.fit.total_gap)
    assert [(r.path.value, r.level.value) for r in result.paths].count(("b", "between")) == 0


@pytest.mark.parametrize("noise", [0.0, 1e-9])
@pytest.mark.parametrize("clusters", [(), ("organization", "team")])
def test_an_outcome_computed_from_the_mediator_is_refused(noise, clusters):
    frame = study()
    frame["y"] = 2 * frame.m + 1 + noise * rng().normal(size=len(frame))
    model = med.MediationModel("x", ("m",), "y", clusters=clusters)
    with pytest.raises(EstimationError, match="leave something unexplained"):
        prepare(model, frame)


def test_text_that_names_rows_is_no_covariate_and_is_not_shown():
    frame = study().assign(name=[f"Jane Secret {k}" for k in range(72)])
    model = med.MediationModel("x", ("m",), "y", covariates=("name",), clusters=("team",))
    with pytest.raises(SpecificationError, match="72 levels in 72 rows") as error:
        prepare(model, frame)
    assert "Jane" not in str(error.value)


def test_collinear_levels_are_named_by_their_column_alone():
    frame = study().assign(site=lambda f: "secret " + (f.team // 4).astype(str))
    frame["again"] = frame.site
    model = med.MediationModel("x", ("m",), "y", covariates=("site", "again"), clusters=("team",))
    with pytest.raises(EstimationError, match="do not vary: again") as error:
        prepare(model, frame)
    assert "secret" not in str(error.value)


def test_dates_are_no_covariates():
    frame = study().assign(day=pd.Timestamp("2015-01-05"))
    model = med.MediationModel("x", ("m",), "y", covariates=("day",), clusters=("team",))
    with pytest.raises(SpecificationError, match="holds dates or times"):
        prepare(model, frame)


def test_labels_of_clusters_may_be_of_several_types():
    frame = study()
    mixed = frame.assign(team=[t if t % 2 else f"T{t}" for t in frame.team])
    ours = med.estimate(MODEL, mixed, med.MixedModels()).paths
    expected = med.estimate(MODEL, frame, med.MixedModels()).paths
    np.testing.assert_allclose(ours.values, expected.values, rtol=1e-10)


def test_mixed_models_need_clusters():
    with pytest.raises(SpecificationError, match="needs clusters"):
        med.estimate(med.MediationModel("x", ("m",), "y"), study(), med.MixedModels())


def test_clusters_of_one_row_are_refused():
    frame = study(size=1)
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    with pytest.raises(EstimationError):
        med.estimate(model, frame, med.MixedModels())


@pytest.mark.parametrize(
    "roles",
    [
        {"predictor": "x", "mediators": ("y",), "outcome": "y"},
        {"predictor": "x", "mediators": ("m",), "outcome": "y", "covariates": ("m",)},
        {"predictor": "x", "mediators": ("m",), "outcome": "y", "clusters": ("x",)},
    ],
)
def test_a_column_plays_one_role(roles):
    with pytest.raises(SpecificationError, match="one role"):
        med.MediationModel(**roles)


def test_a_mediator_can_be_split_at_several_levels():
    rng = np.random.default_rng(4)
    manager = np.repeat(np.arange(42), rng.integers(2, 6, size=42))
    team = manager // 3
    n = len(manager)
    frame = pd.DataFrame({"team": team, "manager": manager, "x": rng.normal(size=14)[team]})
    frame["m"] = rng.normal(size=42)[manager] + rng.normal(size=n)
    frame["y"] = 0.5 * frame.m + rng.normal(size=n)
    model = med.MediationModel(
        "x", ("m",), "y", clusters=("team", "manager"), split_at=("team", "manager")
    )
    outcome = prepare(model, frame).outcome_equation
    of_team = frame.groupby("team").m.transform("mean")
    of_manager = frame.groupby("manager").m.transform("mean")
    assert outcome.names[2:] == (
        "m (deviation from manager mean)",
        "m (manager mean, deviation from team mean)",
        "m (team mean)",
    )
    np.testing.assert_allclose(
        outcome.x[:, 2:], np.column_stack([frame.m - of_manager, of_manager - of_team, of_team])
    )
    assert [role and role.level.value for role in outcome.roles[2:]] == ["within", None, "between"]
    paths = med.estimate(model, frame, med.MixedModels()).paths
    assert [p.path.value for p in paths.parameters] == ["a", "c_prime", "b", "b", "total"]


def test_a_split_at_no_cluster_is_refused():
    with pytest.raises(SpecificationError, match="must name clusters in their order"):
        med.MediationModel("x", ("m",), "y", clusters=("team",), split_at=("site",))


def test_a_split_at_clusters_inside_which_the_predictor_differs_is_refused():
    model = med.MediationModel(
        "x", ("m",), "y", clusters=("organization", "team"), split_at=("organization",)
    )
    with pytest.raises(SpecificationError, match="differs inside `organization`"):
        prepare(model, study())


@pytest.mark.parametrize(("name", "shift"), [("m", 1e5), ("x", 1e5), ("age", 1e7)])
def test_a_large_mean_beside_a_large_cluster_changes_nothing(name, shift):
    rng = np.random.default_rng(9)
    team = np.repeat(np.arange(14), [5000] + [30] * 13)
    frame = pd.DataFrame({"team": team, "x": rng.normal(size=14)[team]})
    frame["age"] = rng.normal(size=14)[team]
    frame["m"] = 0.4 * frame.x + rng.normal(size=14)[team] + rng.normal(size=len(team))
    frame["y"] = 0.5 * frame.m + rng.normal(size=14)[team] + rng.normal(size=len(team))
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    engine = med.MixedModels(df_method=med.DfMethod.BETWEEN_WITHIN)
    here = med.estimate(model, frame, engine)
    there = med.estimate(model, frame.assign(**{name: frame[name] + shift}), engine)
    assert not there.predictor_varies
    np.testing.assert_allclose(there.paths.df, here.paths.df)
    np.testing.assert_allclose(there.paths.values, here.paths.values, rtol=1e-5, atol=1e-7)
