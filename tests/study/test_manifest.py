"""The text of `study.toml`: all problems at once, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mediation.errors import ManifestError
from mediation.study.entries import (
    LinkageEntry,
    ModelEntry,
    RowsTable,
    StudyEntry,
    VariableEntry,
)
from mediation.study.manifest_reading import parse_manifest, read_manifest
from mediation.study.method_entries import EngineEntry, IntervalEntry
from mediation.vocabulary import (
    Covariance,
    LinkageRule,
    SlopeCovariance,
    StaleRows,
    VariableKind,
    WaveOrder,
)

FLAT = """
[study]
name = "Schools"
synthetic = false
seed = 1
row_noun = ["pupil", "pupils"]
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
sector = "sector"
ses = "ses"
math = "mAch"
[tables.rows.recode]
sector = { Public = 0, Catholic = 1 }
[[models]]
name = "Sector"
headline = "indirect within"
predictor = "sector"
mediators = ["ses"]
outcomes = ["math"]
clusters = ["school"]
"""

# old text, new text, words of the message.
BROKEN = {
    "unknown_key": ("seed = 1", "seed = 1\nsed = 1", ("`study.sed`", "Did you mean `seed`?")),
    "missing_key": ("seed = 1\n", "", ("`study.seed`", "Add `seed`")),
    "wrong_type": ("synthetic = true", 'synthetic = "yes"', ("`study.synthetic`", "true or false")),
    "wrong_choice": ('kind = "category"', 'kind = "kategorie"', ("`variables.gender.kind`",)),
    "headline": (
        '"indirect within"',
        '"contextual within"',
        ("`models[0].headline`", "contextual between"),
    ),
    "bar_in_headline": ('"indirect within"', '"a|b|c|d"', ("a|b|c|d",)),
    "score_without_range": ("range = [24, 96]", "", ("`variables.alliance`", "range = [24, 96]")),
    "range_upside_down": ("range = [24, 96]", "range = [96, 24]", ("low to high",)),
    "waves_unsorted": ("values = [0, 6, 12]", "values = [6, 0]", ("ascending order",)),
    "no_waves": ("[waves]\nvalues = [0, 6, 12]\n", "", ("`waves`", "Add [waves]")),
    "model_without_waves": (
        "waves = [{ mediator = 6, outcome = 12 }]",
        "",
        ("`models[0].waves`", "at least one pair"),
    ),
    "linkage_predictor": (
        'predictor = "fidelity"\nclock',
        'predictor = "fidelty"\nclock',
        ("`linkage.predictor`", "Did you mean `fidelity`?"),
    ),
    "no_shared_cluster": ('team = "team"\ndate', 'squad = "team"\ndate', ("exactly one cluster",)),
    "reserved_name": ('age = "age_years"', 'age_0 = "age_years"', ("columns.age_0",)),
    "label_of_nothing": ("[variables.gender]", "[variables.gendre]", ("Did you mean `gender`?",)),
    "options_of_ols": (
        'clusters = ["organization", "team"]',
        'clusters = []\nengine = { name = "ols", zero_variance = "keep" }',
        ("`models[0].engine`", "zero_variance"),
    ),
    "ml_with_kenward_roger": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "mixed_models", likelihood = "ml" }',
        ("REML for Kenward-Roger", "satterthwaite"),
    ),
    "cluster_of_classical": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "ols", cluster = "team" }',
        ("`models[0].engine.cluster`", 'covariance = "cr2"'),
    ),
    "cluster_of_another_model": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "ols", covariance = "cr2", cluster = "site" }',
        ("`models[0].engine.cluster`", "one of the clusters: team", "site"),
    ),
    "robust_without_clusters": (
        'clusters = ["organization", "team"]',
        'clusters = []\nengine = { name = "ols", covariance = "cr1" }',
        ("`models[0]`", "clusters for a cluster-robust covariance"),
    ),
    "split_upside_down": (
        'clusters = ["organization", "team"]',
        'clusters = ["organization", "team"]\nsplit_at = ["team", "organization"]',
        ("`models[0].split_at`", "clusters: organization, team"),
    ),
    "two_levels_of_clusters_for_two_level_sem": (
        'clusters = ["organization", "team"]',
        'clusters = ["organization", "team"]\nengine = { name = "two_level_sem" }',
        ("`models[0].clusters`", "one level of clusters"),
    ),
    "full_information_of_mixed_models": (
        'clusters = ["organization", "team"]',
        'clusters = ["organization", "team"]\nmissing = { method = "full_information" }',
        ("`models[0].missing.method`", '"two_level_sem"', "multiple_imputation"),
    ),
    "imputation_with_a_bootstrap": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\ninterval = { name = "bootstrap" }\n'
        'missing = { method = "multiple_imputation" }',
        ("`models[0].interval.name`", "pooled paths"),
    ),
    "options_of_no_imputation": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nmissing = { method = "complete_cases", n_imputations = 5 }',
        ("`models[0].missing`", "`n_imputations`"),
    ),
    "auxiliary_twice": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nmissing = { method = "multiple_imputation", '
        'auxiliary = ["hope_0", "hope_0"] }',
        ("auxiliary columns that differ",),
    ),
    "windows_overlap": ("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 4", ("at most 3",)),
    "exposure_without_window": (
        'clock = "months"',
        'clock = "months"\nrule = "mean_exposure"',
        ("`linkage`", "`window_months`"),
    ),
    "window_of_another_rule": (
        'clock = "months"',
        'clock = "months"\nwindow_months = 6',
        ("`linkage.window_months`", "mean_exposure"),
    ),
    "unknown_fidelity_level": (
        'clock = "months"',
        'clock = "months"\nfidelity_level = "organisation"',
        ("`linkage.fidelity_level`", "Did you mean `organization`?"),
    ),
    "long_delimiter": (
        'file = "interviews.csv"',
        'file = "interviews.csv"\ndelimiter = "||"',
        ("`tables.interviews.delimiter`",),
    ),
    "engine_of_python": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "latent_sem" }',
        ("`models[0].engine.name`", "from Python only for now", "`LatentSEM({...})`"),
    ),
    "list_for_an_engine": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = [] }',
        ("`models[0].engine.name`",),
    ),
    "unknown_engine": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "bayes" }',
        ("`models[0].engine.name`", "'two_level_sem'"),
    ),
    "options_of_another_interval": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\ninterval = { name = "delta", n_resamples = 500 }',
        ("`models[0].interval`", 'options of "delta"', "`n_resamples`"),
    ),
    "bca_of_a_parametric_bootstrap": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\n'
        'interval = { name = "bootstrap", resample = "parametric", limits = "bca" }',
        ("`models[0].interval.limits`", "for BCa", "parametric"),
    ),
    "wild_bootstrap_of_mixed_models": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\ninterval = { name = "wild_cluster_bootstrap" }',
        ("`models[0].interval.name`", "least squares by cluster", 'covariance = "cr1"'),
    ),
    "clients_of_clusters": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "ols" }\n'
        'interval = { name = "bootstrap", resample = "clients" }',
        ("`models[0].interval.resample`", "`clusters = []`", '"published"'),
    ),
    "published_with_mixed_models": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\ninterval = { name = "bootstrap", resample = "published" }',
        ("`models[0].interval.resample`", "takes rows as independent"),
    ),
    "data_of_clusters_from_least_squares": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\nengine = { name = "ols" }\n'
        'interval = { name = "bootstrap", resample = "parametric" }',
        ("`models[0].interval.resample`", "data drawn from the model"),
    ),
    "clusters_that_are_none": (
        'clusters = ["organization", "team"]',
        'clusters = []\ninterval = { name = "bootstrap" }',
        ("`models[0].interval.resample`", "clusters to draw"),
    ),
    "unknown_interval": (
        'clusters = ["organization", "team"]',
        'clusters = ["team"]\ninterval = { name = "jackknife" }',
        ("`models[0].interval.name`", "'bootstrap'"),
    ),
    "too_few_draws_for_the_level": (
        'clusters = ["organization", "team"]',
        'clusters = []\ninterval = { n_draws = 500, conf_level = 0.999 }',
        ("`models[0].interval.n_draws`", "at least 1999"),
    ),
    "few_draws": (
        'clusters = ["organization", "team"]',
        'clusters = []\ninterval = { n_draws = 10 }',
        ("`models[0].interval.n_draws`", "of at least 100"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_problem_of_the_text_has_its_message(name: str, small_study: Any) -> None:
    old, new, words = BROKEN[name]
    small_study.say(old, new)

    with pytest.raises(ManifestError) as caught:
        parse_manifest(small_study.manifest)

    for word in words:
        assert word in str(caught.value)


def test_all_problems_are_told_at_once(small_study: Any) -> None:
    names = ("unknown_key", "wrong_choice", "headline", "waves_unsorted", "linkage_predictor")
    for name in names:
        small_study.say(*BROKEN[name][:2])

    with pytest.raises(ManifestError, match="5 problems") as caught:
        parse_manifest(small_study.manifest)

    for name in names:
        for word in BROKEN[name][2]:
            assert word in str(caught.value)


def test_text_that_is_no_toml_names_the_line() -> None:
    with pytest.raises(ManifestError, match="line 2"):
        parse_manifest("[study]\nname = \n")


def test_a_missing_manifest_is_a_message(tmp_path: Any) -> None:
    with pytest.raises(ManifestError, match=r"study\.toml"):
        read_manifest(tmp_path / "study.toml")


def test_defaults(small_study: Any) -> None:
    manifest = parse_manifest(small_study.manifest)

    assert manifest.linkage is not None
    assert manifest.linkage.rule is LinkageRule.INTERPOLATE
    assert (manifest.linkage.max_age_months, manifest.linkage.stale) == (12, StaleRows.KEEP)
    (model,) = manifest.models
    assert model.order is WaveOrder.MEDIATOR_FIRST
    assert manifest.uses_baseline(model)
    assert (model.engine.name, model.engine.slope_covariance) == (
        "mixed_models",
        SlopeCovariance.CR2,
    )
    assert (model.interval.name, model.interval.n_draws) == ("monte_carlo", 20_000)
    assert model.effect_and_level == ("indirect", "within")
    assert manifest.study.row_noun == ("client", "clients")
    assert manifest.fidelity_cluster == "team"
    assert manifest.cluster_columns == ("organization", "team", "case_manager")
    assert manifest.interview_scores == ("alliance", "hope")


def test_every_option_of_an_engine_reaches_it(small_study: Any) -> None:
    old = 'clusters = ["organization", "team"]'
    options = 'covariance = "cr2", cluster = "team"'
    small_study.say(old, f'{old}\nsplit_at = ["team"]\nengine = {{ name = "ols", {options} }}')

    (model,) = parse_manifest(small_study.manifest).models

    assert (model.engine.covariance, model.engine.cluster) == (Covariance.CR2, "team")
    assert model.split_at == ("team",)


def test_engine_left_out_without_clusters_is_ols() -> None:
    text = FLAT.replace('clusters = ["school"]', "clusters = []")
    manifest = parse_manifest(text.replace("indirect within", "indirect single"))

    assert manifest.models[0].engine.name == "ols"


def test_a_flat_study_has_no_waves_and_no_baseline() -> None:
    manifest = parse_manifest(FLAT)

    assert manifest.is_flat
    assert not manifest.uses_baseline(manifest.models[0])
    with pytest.raises(ManifestError, match="nothing in a study of rows"):
        parse_manifest(FLAT + "waves = [{ mediator = 1, outcome = 2 }]\n")


def test_variables_always_have_a_label(small_study: Any) -> None:
    manifest = parse_manifest(small_study.manifest)

    assert manifest.variable("alliance").label == "Working alliance"
    assert manifest.variable("alliance_0").range == (24, 96)
    assert manifest.variable("alliance_0").label.startswith("Working alliance")
    assert manifest.variable("hope").label == "hope"
    assert manifest.variable("hope").kind is VariableKind.NUMBER


def test_the_manifest_cannot_be_changed(small_study: Any) -> None:
    manifest = parse_manifest(small_study.manifest)

    with pytest.raises(TypeError):
        manifest.tables.clients.columns["client"] = "x"  # type: ignore[union-attr, index]
    with pytest.raises(ValueError, match="frozen"):
        manifest.study.seed = 2  # type: ignore[misc]


def test_the_manifest_of_the_documentation_is_valid() -> None:
    text = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text(encoding="utf-8")
    example = text.split("```toml\n")[-1].split("```")[0]

    assert parse_manifest(example).models[0].outcomes == ("hope",)
    for model in (
        StudyEntry,
        RowsTable,
        VariableEntry,
        LinkageEntry,
        ModelEntry,
        EngineEntry,
        IntervalEntry,
    ):
        for name, field in model.model_fields.items():
            assert f"`{field.alias or name}`" in text, f"{name} is not documented"
