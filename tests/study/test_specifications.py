"""`[models.specifications]`: what may be listed, and how what is wrong is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mediation.errors import ManifestError
from mediation.study.entries import ModelEntry
from mediation.study.manifest_reading import parse_manifest
from mediation.study.method_entries import EngineEntry
from mediation.study.specification_checks import vary_entry
from mediation.study.specification_entry import LinkageChoice, SpecificationsEntry
from mediation.vocabulary import Covariance, LinkageRule

STUDY = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"
DECLARED = STUDY.read_text(encoding="utf-8").partition("[models.specifications]")[0]
FLAT = """
[study]
name = "Schools"
synthetic = false
seed = 1
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
sector = "sector"
ses = "ses"
math = "mAch"
[[models]]
name = "Sector"
headline = "indirect within"
predictor = "sector"
mediators = ["ses"]
outcomes = ["math"]
clusters = ["school"]
"""


def listed(text, base=DECLARED):
    return parse_manifest(f"{base}\n[models.specifications]\n{text}").models[0].specifications


def test_every_list_is_read():
    found = listed(
        """
        engines = [{ name = "ols", covariance = "cr2" }]
        clusters = [["team"], []]
        covariates = [["age"], []]
        baseline = [false]
        time_adjustment = ["never"]
        linkage = [{ rule = "mean_exposure", window_months = 12 }, { max_age_months = 6 }]
        missing = [{ method = "multiple_imputation", n_imputations = 10 }]
        scoring = [{ metric = "mean" }, { max_missing = 0.0 }]
        effects = ["indirect between"]
        """
    )
    assert found.engines == (EngineEntry(name="ols", covariance=Covariance.CR2),)
    assert found.clusters == (("team",), ())
    assert found.linkage[0] == LinkageChoice(rule=LinkageRule.MEAN_EXPOSURE, window_months=12.0)
    assert [choice.max_missing for choice in found.scoring] == [None, 0.0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "at least one list of choices"),
        ("engine = []", "Did you mean `engines`?"),
        ('clusters = [["teem"]]', "Did you mean `team`?"),
        ('covariates = [["agge"]]', "Did you mean `age`?"),
        ('covariates = [["team"]]', "columns that can be a covariate"),
        ('linkage = [{ rule = "mean_exposure" }]', "`window_months` together with"),
        ("linkage = [{ window_months = 6 }]", "`window_months` together with"),
        ("scoring = [{ max_missing = 1.0 }]", "a number below 1"),
        ('effects = ["indirect sideways"]', "one of 'indirect within'"),
        ('time_adjustment = ["when_predictor_varies"]', '"always" or "never"'),
        ('engines = [{ name = "ols", df_method = "satterthwaite" }]', 'options of "ols"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text, words):
    with pytest.raises(ManifestError, match=r"models\[0\].specifications") as told:
        listed(text)
    assert words in str(told.value)


@pytest.mark.parametrize(
    "text",
    [
        'linkage = [{ rule = "nearest" }]',
        "baseline = [false]",
        "scoring = [{ max_missing = 0.0 }]",
        'missing = [{ method = "multiple_imputation", of = "items" }]',
    ],
)
def test_a_study_of_rows_has_no_choices_of_interviews(text):
    with pytest.raises(ManifestError, match="specifications"):
        listed(text, FLAT)


def test_effects_need_clusters():
    base = FLAT.replace('clusters = ["school"]', "clusters = []").replace("within", "single")
    with pytest.raises(ManifestError, match="a model with clusters"):
        listed('effects = ["indirect between"]', base)


def test_clusters_of_specifications_are_read_as_keys():
    base = FLAT.replace('math = "mAch"', 'math = "mAch"\ndistrict = "district"')
    text = 'clusters = [["district", "school"]]'
    manifest = parse_manifest(f"{base}\n[models.specifications]\n{text}")
    assert manifest.cluster_columns == ("school", "district")


def test_an_entry_is_varied_or_says_what_it_lacks():
    entry = ModelEntry(
        name="A", headline="indirect within", predictor="x", mediators=("m",), outcomes=("y",),
        clusters=("team",),
    )  # fmt: skip
    assert SpecificationsEntry(clusters=((),)).clusters == ((),)
    varied = vary_entry(entry, {"engine": EngineEntry(name="ols"), "clusters": ()})
    assert isinstance(varied, ModelEntry)
    assert varied.engine.name == "ols"
    refused = vary_entry(entry, {"engine": EngineEntry(name="two_level_sem"), "clusters": ()})
    assert refused == "they need one level of clusters for the two-level model"


def test_a_table_that_is_not_there_is_told_before_choices_are_looked_up():
    shipped = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"
    text = shipped.read_text(encoding="utf-8")
    start = text.index("[tables.fidelity]")
    without = text[:start] + text[text.index("[tables.clients]") :]
    with pytest.raises(ManifestError, match="fidelity"):
        parse_manifest(without, shipped.parent)
