"""Combinations of choices: which are fitted, that each is the long form, and who is not shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.pooling import estimate_imputed
from mediation.linkage.flow import flow_of
from mediation.missing.imputation import impute
from mediation.missing.imputation_options import Imputation
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import plan_grid
from mediation.pipeline.specifications.combine import ONE_EFFECT, SAME, combine
from mediation.pipeline.specifications.dimensions import options_of
from mediation.pipeline.specifications.fill import specification_curve, with_specifications
from mediation.pipeline.specifications.samples import Samples, sample_of
from mediation.pipeline.specifications.variants import rescored, width_of
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.other_analyses import published_interval, without_clusters
from mediation.sensitivity.imputed_batch import ImputedModel
from mediation.sensitivity.specifications import Specification, fit_specifications
from mediation.study.specification_entry import ScoringChoice
from mediation.study.study import load_study
from mediation.vocabulary import (
    Covariance,
    LinkageRule,
    Metric,
    MissingMethod,
    TimeAdjustment,
)

DATA = Path(__file__).parents[2] / "data" / "synthetic"
HOPE = DATA.joinpath("study.toml").read_text(encoding="utf-8").partition("[models.spec")[0]
for _old, _new in (
    ('outcomes = ["quality_of_life", "hope", "community_functioning"]', 'outcomes = ["hope"]'),
    (", { mediator = 13.5, outcome = 18 }", ""),
    ("n_draws = 20000", "n_draws = 2000"),
):
    assert _old in HOPE
    HOPE = HOPE.replace(_old, _new)
FLAT = """
[study]
name = "Schools"
synthetic = true
seed = 1
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
x = "x"
m = "m"
y = "y"
[[models]]
name = "Flat"
headline = "indirect within"
predictor = "x"
mediators = ["m"]
outcomes = ["y"]
clusters = ["school"]
[models.interval]
name = "product_distribution"
"""


def study_of(folder, lists, manifest=HOPE):
    folder.mkdir(exist_ok=True)
    if manifest is HOPE:
        for table in DATA.glob("*.csv"):
            (folder / table.name).write_bytes(table.read_bytes())
    path = folder / "study.toml"
    path.write_text(f"{manifest}\n[models.specifications]\n{lists}", encoding="utf-8")
    return load_study(path)


def flat_study(folder, lists):
    rng = np.random.default_rng(3)
    school = np.repeat(np.arange(20), 12)
    x = rng.normal(size=20)[school]
    m = 0.5 * x + rng.normal(size=20)[school] + rng.normal(size=240)
    y = 0.4 * m + rng.normal(size=20)[school] + rng.normal(size=240)
    folder.mkdir(exist_ok=True)
    frame = pd.DataFrame({"school": [f"S{s:02}" for s in school], "x": x, "m": m, "y": y})
    frame.to_csv(folder / "rows.csv", index=False)
    return study_of(folder, lists, FLAT)


def fitted(study):
    """The declared and the published analysis of every model of the first entry."""
    plans, cells = plan_grid(study, 0), []
    for plan in plans:
        bench = Bench(study, plan, 1)
        table = link_for(study, plan.model, plan.waves, plan.missing)
        result = bench.fit(plan, table, 0, plan.missing)
        model = without_clusters(plan.model, result.fit)
        limits = published_interval(0.95)
        blind = bench.fit(replace(plan, model=model, engine=OLS(), interval=limits), table, 1)
        flow = flow_of(table, plan.model.columns, plan.model.outcome, plan.model.mediators)
        cells.append(Cell(plan.model.outcome, plan.waves, result, blind, (), (), table, flow, ()))
    entry = study.manifest.models[0]
    return Entry(entry.name, entry.effect_and_level, tuple(cells)), plans


def curve_of(study, **options):
    entry, plans = fitted(study)
    return specification_curve(study, entry, plans, 1, n_workers=1, **options), entry


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Two engines, two sets of clusters, of covariates and of rules, complete and imputed rows."""
    study = study_of(
        tmp_path_factory.mktemp("made") / "study",
        """
        engines = [{ name = "ols", covariance = "cr2" }]
        clusters = [["team"]]
        covariates = [[]]
        linkage = [{ rule = "last_before" }]
        missing = [{ method = "multiple_imputation", n_imputations = 3, n_iterations = 2 }]
        """,
    )
    return study, *curve_of(study)


def row_of(result, level):
    rows = [r for r in result.effects if r.effect.value == "indirect" and r.level.value == level]
    (row,) = rows
    return row


def factor_of(entry):
    scales = {scale.name: scale.sd_total for scale in entry.cells[0].result.fit.scales}
    return scales["fidelity"] / scales["hope"]


def test_every_combination_is_there_once_with_the_published_one(made):
    _, curve, _ = made
    assert len(curve) == 2**5 + 1
    assert len(np.unique(curve.choices, axis=0)) == len(curve)
    assert not curve.left_out
    assert [d.name for d in curve.dimensions] == [
        "engines", "clusters", "covariates", "linkage", "missing",
    ]  # fmt: skip


def test_the_declared_and_the_published_are_those_of_the_report(made):
    _, curve, entry = made
    cell = entry.cells[0]
    for result, flag, level in (
        (cell.result, curve.is_declared, "within"),
        (cell.blind, curve.is_published, "single"),
    ):
        row = row_of(result, level)
        (at,) = np.flatnonzero(flag)
        numbers = [curve.estimates[at], curve.lows[at], curve.highs[at]]
        wanted = [row.value.estimate, row.value.conf_low, row.value.conf_high]
        np.testing.assert_allclose(numbers, np.array(wanted) * factor_of(entry), rtol=1e-12)


def test_a_specification_is_the_long_form(made):
    study, curve, entry = made
    table = med.link(study, entry.cells[0].waves, rule=LinkageRule.LAST_BEFORE)
    model = med.MediationModel(
        predictor="fidelity",
        mediators=("alliance",),
        outcome="hope",
        outcome_covariates=("hope_0",),
        clusters=("team",),
        time="calendar_months",
        time_adjustment=TimeAdjustment.ALWAYS,
    )
    fit = med.estimate(model, table, OLS(Covariance.CR2))
    row = row_of(med.infer(fit, med.ProductDistribution(), np.random.default_rng(1)), "within")
    frame = curve.to_frame()
    (at,) = np.flatnonzero(
        (frame["engines"] == "least squares, CR2 by outermost")
        & (frame["clusters"] == "team")
        & (frame["covariates"] == "none")
        & (frame["linkage"] == "last before")
        & (frame["missing"] == "complete rows")
    )
    found = frame.loc[at, ["estimate", "conf_low", "conf_high"]].to_numpy(dtype=float)
    wanted = np.array([row.value.estimate, row.value.conf_low, row.value.conf_high])
    np.testing.assert_allclose(found, wanted * factor_of(entry), rtol=1e-9)


def test_numbers_do_not_depend_on_workers(made):
    study, curve, entry = made
    again = specification_curve(study, entry, plan_grid(study, 0), 1, n_workers=2)
    for name in ("estimates", "lows", "highs", "choices"):
        np.testing.assert_array_equal(getattr(again, name), getattr(curve, name))


def test_without_lists_there_is_no_curve(made):
    study, _, entry = made
    models = (study.manifest.models[0].model_copy(update={"specifications": None}),)
    bare = replace(study, manifest=study.manifest.model_copy(update={"models": models}))
    assert specification_curve(bare, entry, plan_grid(bare, 0), 1) is None
    (same,) = with_specifications(bare, [entry], plan_grid(bare, 0), 1, [])
    assert same.specifications is None


def combined(study):
    entry = study.manifest.models[0]
    options = options_of(study, entry, entry.specifications, timed=False)
    return options, *combine(entry, options)


def test_combinations_without_a_meaning_are_counted(tmp_path):
    study = flat_study(
        tmp_path,
        """
        engines = [{ name = "mixed_models" }, { name = "ols" }, { name = "two_level_sem" }]
        clusters = [["school"], []]
        missing = [{ method = "complete_cases" }, { method = "full_information" }]
        effects = ["indirect within", "indirect between"]
        """,
    )
    options, combinations, left_out = combined(study)
    n_all = np.prod([option.n_combined for option in options])
    n_made = sum(len(each.effects) for each in combinations)
    assert n_all == 24 == n_made + sum(left_out.values())
    engines = Counter((c.entry.engine.name, c.entry.clusters) for c in combinations)
    assert engines == {
        ("mixed_models", ("school",)): 1,
        ("ols", ("school",)): 1,
        ("ols", ()): 1,
        ("two_level_sem", ("school",)): 1,
    }
    assert left_out[ONE_EFFECT] == 1
    assert combinations[0].is_declared
    assert left_out["mixed models need clusters"] == 4


def test_least_squares_is_not_fitted_twice_where_it_does_not_see_the_difference(tmp_path):
    study = study_of(
        tmp_path / "study",
        'engines = [{ name = "ols" }, { name = "ols", covariance = "cr2", cluster = "team" }]\n'
        'clusters = [["team"]]',
    )
    _, combinations, left_out = combined(study)
    # Mixed models twice; each of the others once, as both see the teams alone.
    assert len(combinations) == 4
    assert left_out == {SAME: 2}


def test_effects_inside_and_between_come_from_one_fit(tmp_path):
    study = flat_study(tmp_path, 'clusters = [[]]\neffects = ["indirect between"]\n'
                                 'engines = [{ name = "ols" }]')  # fmt: skip
    curve, entry = curve_of(study)
    frame = curve.to_frame().set_index(["engines", "clusters", "effects"])
    # Declared within and between, least squares with schools within and between, and the
    # published one, which is the only one without clusters.
    assert len(frame) == 5
    result = entry.cells[0].result
    scales = {scale.name: scale.sd_total for scale in result.fit.scales}
    between = row_of(result, "between").value.estimate * scales["x"] / scales["y"]
    found = frame.loc[("mixed models", "school", "indirect between"), "estimate"]
    assert found == pytest.approx(between, rel=1e-12)
    assert dict(curve.left_out) == {ONE_EFFECT: 1, "mixed models need clusters": 2}


def test_sum_and_mean_are_one_effect_on_the_common_scale(tmp_path):
    study = study_of(tmp_path / "study", 'scoring = [{ metric = "mean" }]')
    curve, _ = curve_of(study)
    frame = curve.to_frame().set_index("scoring")
    declared = frame[frame["is_declared"]].iloc[0]
    mean = frame.loc["mean of items"]
    assert mean["estimate"] == pytest.approx(declared["estimate"], rel=1e-9)


def test_scores_are_made_anew(tmp_path):
    study = study_of(tmp_path / "study", "baseline = [false]")
    again = rescored(study, ScoringChoice(metric=Metric.MEAN, max_missing=0.0))
    role = study.manifest.roles[2]
    before, after = study.frame(role), again.frame(role)
    whole = study.items("hope").notna().all(axis=1).to_numpy()
    assert 0 < whole.sum() < len(whole)
    np.testing.assert_allclose(after["hope"][whole] * 12, before["hope"][whole], rtol=1e-12)
    assert after["hope"][~whole].isna().all()
    assert width_of(study, "hope") == 12 * width_of(again, "hope")
    assert rescored(study, ScoringChoice()) is study


def test_samples_that_differ_by_a_few_are_not_shown():
    samples = Samples(5)
    everyone = frozenset(range(100))
    assert samples.may_show(everyone)
    assert samples.may_show(everyone)
    assert not samples.may_show(everyone - {1, 2, 3})
    # Three left and three came: six people tell them apart.
    assert samples.may_show((everyone - {1, 2, 3}) | {101, 102, 103})
    assert not samples.may_show(everyone | {101, 102})
    assert not Samples(5).may_show(frozenset(range(4)))


def test_who_is_analyzed_depends_on_the_way_with_missing_values():
    frame = pd.DataFrame(
        {
            "client": list("abcdef"),
            "x": [1.0, np.nan, 1, 1, 1, 1],
            "m": [1.0, 1, np.nan, np.nan, 1, 1],
            "y": [1.0, 1, 1, np.nan, 1, 1],
            "age": [1.0, 1, 1, 1, np.nan, 1],
            "team": list("aabbcc"),
        }
    )
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    assert sample_of(model, frame, MissingMethod.COMPLETE_CASES) == frozenset("af")
    assert sample_of(model, frame, MissingMethod.MULTIPLE_IMPUTATION) == frozenset("acdef")
    assert sample_of(model, frame, MissingMethod.FULL_INFORMATION) == frozenset("acf")


def test_a_specification_that_would_tell_of_a_few_is_left_out(tmp_path):
    folder = tmp_path / "study"
    study_of(folder, "covariates = [[]]")
    clients = pd.read_csv(folder / "clients.csv")
    clients.loc[clients.index[:3], "age"] = np.nan
    clients.to_csv(folder / "clients.csv", index=False)
    study = load_study(folder / "study.toml")
    table = med.link(study).frame
    few = table[["fidelity", "alliance", "hope", "hope_0", "tenure"]].notna().all(axis=1)
    assert 0 < (few & table["age"].isna()).sum() < 5
    curve, _ = curve_of(study)
    assert len(curve) == 2
    assert curve.left_out == (("their rows differ from others' by fewer than 5 people", 1),)


@pytest.mark.parametrize("engine", [MixedModels(), OLS(Covariance.CR2), OLS()], ids=repr)
@pytest.mark.parametrize("in_category", [False, True])
def test_all_imputed_tables_at_once_are_each_alone(engine, in_category):
    rng = np.random.default_rng(5)
    team = np.repeat(np.arange(12), 12)
    x = rng.normal(size=12)[team]
    m = x + rng.normal(size=12)[team] + rng.normal(size=144)
    y = m + rng.normal(size=12)[team] + rng.normal(size=144)
    kind = rng.choice(["a", "b"], 144).astype(object)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y, "kind": kind})
    frame.loc[rng.random(144) < 0.2, "y"] = np.nan
    frame.loc[rng.random(144) < 0.2, "m"] = np.nan
    if in_category:
        frame.loc[rng.random(144) < 0.1, "kind"] = None
    model = med.MediationModel("x", ("m",), "y", covariates=("kind",), clusters=("team",))
    imputed = impute(model, frame, Imputation(4, 3), np.random.default_rng(1))
    alone, together = estimate_imputed(model, imputed, engine), ImputedModel(model, imputed)
    assert (together.values is None) == in_category
    found = together.fit(engine)
    for name in ("values", "covariance", "df"):
        np.testing.assert_allclose(
            getattr(found.paths, name), getattr(alone.paths, name), rtol=1e-8, atol=1e-12
        )
    assert [e.name for e in found.effects] == [e.name for e in alone.effects]


def test_an_effect_is_that_of_least_squares_by_hand():
    rng = np.random.default_rng(2)
    x, e1, e2 = rng.normal(size=(3, 50))
    m = x + e1
    frame = pd.DataFrame({"x": x, "m": m, "y": m + x + e2})
    model = med.MediationModel("x", ("m",), "y")
    one = Specification(model, OLS(), (("indirect", "within"), ("total", "between")), seed=(1,))
    ((found,),) = fit_specifications([(frame, (one,))])
    ones = np.ones(50)
    a = np.linalg.lstsq(np.column_stack([ones, x]), m, rcond=None)[0][1]
    b = np.linalg.lstsq(np.column_stack([ones, x, m]), frame["y"], rcond=None)[0][2]
    total = np.linalg.lstsq(np.column_stack([ones, x]), frame["y"], rcond=None)[0][1]
    assert [row.value.estimate for row in found] == pytest.approx([a * b, total], rel=1e-9)


def test_a_model_that_cannot_be_estimated_says_so():
    frame = pd.DataFrame({"x": [1.0, 2, 3, 4], "m": [1.0, 1, 1, 1], "y": [1.0, 3, 2, 4]})
    one = Specification(
        med.MediationModel("x", ("m",), "y"), OLS(), (("indirect", "single"),), seed=(1,)
    )
    assert fit_specifications([(frame, (one,))]) == (
        ("the model cannot be estimated from these rows",),
    )
