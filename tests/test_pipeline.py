"""The main job on the synthetic study: what is fitted, and that it comes out the same again."""

import itertools
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.inference.multiplicity import adjust_holm
from mediation.pipeline import LAST_BEFORE, analyze, plan_grid, rehearse, report
from mediation.reporting.beside import truth_beside
from mediation.reporting.write import write_report
from mediation.study.study import load_study

STUDY = Path(__file__).parents[1] / "data" / "synthetic" / "study.toml"


@pytest.fixture(scope="module")
def study():
    return load_study(STUDY)


@pytest.fixture(scope="module")
def contents(study):
    return analyze(study)


def small(tmp_path, old="", new="", *, draft=True):
    """The study with one model, and one text of its manifest replaced; a draft asks no more."""
    copy = tmp_path / "study"
    shutil.copytree(STUDY.parent, copy)
    manifest = copy / "study.toml"
    text = manifest.read_text(encoding="utf-8")
    if draft:
        text = text[: text.index("[models.specifications]")]
        text = text.replace("[study]\n", "[study]\nrobustness = false\n", 1)
    for before, after in (
        ('outcomes = ["quality_of_life", "hope", "community_functioning"]', 'outcomes = ["hope"]'),
        (", { mediator = 13.5, outcome = 18 }", ""),
        (old, new),
    ):
        assert before in text
        text = text.replace(before, after) if before else text
    manifest.write_text(text, encoding="utf-8")
    return manifest


@pytest.fixture(scope="module")
def folder(tmp_path_factory, study, contents):
    """What `report` writes, from contents that are there already."""
    target = tmp_path_factory.mktemp("reports")
    write_report(replace(contents, truth=truth_beside(STUDY)), target)
    return target


def test_the_grid_is_three_outcomes_at_two_pairs_of_waves(study):
    plans = plan_grid(study, 0)
    cells = [(p.model.outcome, p.waves.mediator, p.waves.outcome) for p in plans]
    assert cells == [
        (outcome, *pair)
        for outcome in ("quality_of_life", "hope", "community_functioning")
        for pair in ((4.5, 9.0), (13.5, 18.0))
    ]
    assert all(p.model.outcome_covariates == (f"{p.model.outcome}_0",) for p in plans)


def test_every_cell_is_the_long_form_of_the_api(study, contents):
    cell = contents.entries[0].cells[0]
    table = med.link(study, cell.waves)
    model = med.MediationModel(
        predictor="fidelity",
        mediators=("alliance",),
        outcome="quality_of_life",
        covariates=("age", "gender", "tenure"),
        outcome_covariates=("quality_of_life_0",),
        clusters=("organization", "team"),
        time="calendar_months",
    )
    fit = med.estimate(model, table, med.MixedModels())
    np.testing.assert_array_equal(fit.paths.values, cell.result.fit.paths.values)
    assert fit.time_adjusted
    assert fit.counts.n_clusters == 14


def test_published_others_and_relinked_stand_beside_every_cell(contents):
    for cell in contents.entries[0].cells:
        assert cell.blind.fit.model.clusters == ()
        assert "does not model clustering" in cell.blind.fit.engine_label
        # The same columns and rows: clusters are the only difference.
        assert cell.blind.fit.time_adjusted == cell.result.fit.time_adjusted
        assert cell.blind.fit.counts.n_clients == cell.result.fit.counts.n_clients
        assert cell.blind.interval_label == "bootstrap of clients, percentile limits"
        assert cell.blind.conf_level == cell.result.conf_level
        assert cell.blind.effects[0].value.n_draws == 5000
        imputed = "multiple imputation (50 data sets)"
        assert [label for label, _ in cell.alternatives] == [LAST_BEFORE, imputed]
        assert cell.alternatives[1][1].fit.counts.n_clients == 311
        assert [label for label, _ in cell.others] == [
            "least squares, CR2 by organization, t draws",
            "mixed models, bootstrap of whole organizations",
        ]
        for _, other in cell.others:
            assert other.fit.counts == cell.result.fit.counts
            assert other.fit.time_adjusted == cell.result.fit.time_adjusted
        robust, resampled = (other for _, other in cell.others)
        assert robust.fit.independent_level == "organization"
        # Seven organizations: every resample is estimated, the paths are those declared.
        assert resampled.effects[0].value.estimate == cell.result.effects[0].value.estimate
        assert resampled.effects[0].value.limit_error == 0


def test_flow_ends_with_the_rows_analysed(contents):
    for cell in contents.entries[0].cells:
        steps = cell.flow.steps
        assert steps[0].n_clients == 311
        assert steps[-1].n_clients == cell.result.fit.counts.n_clients
        for before, after in itertools.pairwise(steps):
            assert before.n_clients - after.n_left == after.n_clients


def test_holm_adjusts_the_headline_rows_of_the_entry(contents):
    entry = contents.entries[0]
    raw = []
    for cell in entry.cells:
        (row,) = (
            r for r in cell.result.effects if (r.effect.value, r.level.value) == entry.headline
        )
        raw.append(row.value.p_value)
    expected = adjust_holm(np.array(raw))
    np.testing.assert_allclose([c.headline_p_holm[0] for c in entry.cells], expected)
    # Holm by hand: sorted p times (6, 5, ..., 1), never falling, never above one.
    by_hand = np.minimum(1, np.maximum.accumulate(np.sort(raw) * np.arange(6, 0, -1)))
    np.testing.assert_allclose(np.sort(expected), by_hand)


def test_same_seed_same_bytes(tmp_path):
    manifest = small(tmp_path, draft=False)
    for name in ("one", "two"):
        report(manifest, tmp_path / name)
    first, second = (tmp_path / name / "results.json" for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()


def test_other_seed_moves_limits_but_no_estimate(tmp_path):
    study = load_study(small(tmp_path))
    pairs = zip(analyze(study, seed=1).entries[0].cells, analyze(study, seed=2).entries[0].cells,
                strict=True)  # fmt: skip
    for one, two in pairs:
        ours, theirs = one.result.effects[0].value, two.result.effects[0].value
        assert ours.estimate == theirs.estimate
        assert ours.conf_low != theirs.conf_low


def test_a_headline_that_the_published_specification_lacks_stands_alone(tmp_path):
    """Without clusters there is no contextual effect; with varying fidelity it has no number."""
    manifest = small(tmp_path, '"indirect within"', '"contextual between"')
    report(manifest, tmp_path / "out")
    content = json.loads((tmp_path / "out" / "results.json").read_text())
    assert content["entries"][0]["cells"][0]["blind"] is None


def test_reports_hold_no_path_no_date_and_no_client(folder):
    ids = load_study(STUDY).units["client"].tolist()
    texts = [p for p in folder.rglob("*") if p.suffix in {".json", ".html", ".csv", ".md", ".svg"}]
    assert len(texts) > 10
    pattern = re.compile(r"\b(" + "|".join(ids) + r")\b")
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert str(STUDY.parent) not in text
        assert not pattern.search(text), path.name
        assert not re.search(r"\b20(2[3-9]|[3-9]\d)-\d\d-\d\d", text), path.name


def test_committed_report_is_that_of_the_committed_study(folder):
    committed = json.loads((STUDY.parents[2] / "reports" / "results.json").read_text())
    fresh = json.loads((folder / "results.json").read_text())

    def numbers(value, path=()):
        if isinstance(value, dict):
            for key, inner in value.items():
                yield from numbers(inner, (*path, key))
        elif isinstance(value, list):
            for at, inner in enumerate(value):
                yield from numbers(inner, (*path, at))
        else:
            yield path, value

    ours, theirs = dict(numbers(fresh)), dict(numbers(committed))
    ignored = {p for p in ours.keys() | theirs.keys() if p[0] in ("versions", "changes")}
    assert ours.keys() - ignored == theirs.keys() - ignored
    for path in ours.keys() - ignored:
        if isinstance(ours[path], float):
            assert ours[path] == pytest.approx(theirs[path], rel=1e-6, abs=1e-9), path
        elif "versions" not in path:
            assert ours[path] == theirs[path], path


def test_a_changed_headline_is_said(tmp_path):
    manifest = small(tmp_path)
    target = tmp_path / "reports"
    report(manifest, target)
    page = target / "report.html"
    assert "Changed since the last report" not in page.read_text(encoding="utf-8")
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(text.replace('"indirect within"', '"total between"'), encoding="utf-8")
    report(manifest, target)
    assert "Changed since the last report" in page.read_text(encoding="utf-8")


def test_failure_leaves_the_old_report_alone(folder, tmp_path):
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    broken = tmp_path / "study"
    shutil.copytree(STUDY.parent, broken)
    (broken / "interviews.csv").unlink()
    with pytest.raises(med.MediationError, match=r"interviews\.csv"):
        report(broken / "study.toml", folder)
    assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_contents_are_values(contents):
    assert replace(contents, seed=5).seed == 5
    with pytest.raises(AttributeError):
        contents.seed = 5


FLAT = """
[study]
name = "Flat"
synthetic = true
seed = 1
robustness = false
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
team = "team"
x = "x"
m = "m"
k = "k"
y = "y"
z = "z"
[[models]]
name = "Main"
headline = "{headline}"
predictor = "x"
mediators = ["m", "k"]
outcomes = ["y", "z"]
clusters = {clusters}
[models.engine]
name = "{engine}"
[models.interval]
{interval}
"""


def flat_study(
    folder,
    *,
    headline="indirect within",
    clusters='["team"]',
    engine="mixed_models",
    interval="n_draws = 2000",
):
    """Two mediators, two outcomes; m acts strongly, k and z hardly."""
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(24), 12)
    x = rng.normal(size=24)[team]
    m = 0.8 * x + 0.3 * rng.normal(size=24)[team] + rng.normal(size=288)
    k = 0.3 * rng.normal(size=24)[team] + rng.normal(size=288)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "k": k})
    frame["y"] = 0.8 * m + 0.2 * k + rng.normal(size=288)
    frame["z"] = 0.2 * m + rng.normal(size=288)
    folder.mkdir(exist_ok=True)
    frame.to_csv(folder / "rows.csv", index=False)
    text = FLAT.format(headline=headline, clusters=clusters, engine=engine, interval=interval)
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


def test_holm_stays_with_its_mediator(tmp_path):
    entry = analyze(load_study(flat_study(tmp_path))).entries[0]
    raw, held = [], []
    for cell in entry.cells:
        rows = [r for r in cell.result.effects if (r.effect.value, r.level.value) == entry.headline]
        assert [r.mediator for r in rows] == ["m", "k"]
        raw += [r.value.p_value for r in rows]
        held += cell.headline_p_holm
    order = np.argsort(raw)
    by_hand = np.empty(4)
    by_hand[order] = np.minimum(1, np.maximum.accumulate(np.array(raw)[order] * [4, 3, 2, 1]))
    np.testing.assert_allclose(held, by_hand)
    assert held[0] < 0.01 < held[1]


def test_least_squares_on_clusters_is_named_on_the_first_screen(tmp_path):
    contents = analyze(load_study(flat_study(tmp_path, engine="ols")))
    assert any("takes rows as independent although" in said for said in contents.warnings)
    page = report(flat_study(tmp_path, engine="ols"), tmp_path / "out")
    text = next(p for p in page if p.name == "report.html").read_text(encoding="utf-8")
    assert "count clients as independent" in text
    assert "more than the number of rows, limits" not in text


def test_rows_taken_as_independent_have_no_blind_analysis_beside_them(tmp_path):
    manifest = flat_study(tmp_path, clusters="[]", engine="ols", headline="indirect single")
    for cell in analyze(load_study(manifest)).entries[0].cells:
        assert cell.blind is None
        assert [name for name, _ in cell.others] == [
            "least squares, percentile bootstrap",
            "least squares, HC3, t draws",
        ]


CR2 = 'ols"\ncovariance = "cr2'
DECLARED = [
    ("mixed_models", 'name = "monte_carlo"\ndistribution = "normal"', "Monte Carlo, normal draws"),
    ("mixed_models", 'name = "delta"', "delta method (Sobel), normal distribution"),
    ("mixed_models", 'name = "product_distribution"', "distribution of the product, t"),
    ("mixed_models", 'name = "joint_significance"', "joint significance of both paths, t"),
    (
        "mixed_models",
        'name = "bootstrap"\nlimits = "bc"\nn_resamples = 200',
        "bootstrap of whole teams, bias-corrected limits",
    ),
    (
        "mixed_models",
        'name = "bootstrap"\nresample = "parametric"\nn_resamples = 200',
        "bootstrap of data from the fitted model, percentile limits",
    ),
    (
        "ols",
        'name = "bootstrap"\nresample = "published"\nn_resamples = 200',
        "(the published specification), percentile limits",
    ),
    (CR2, 'name = "wild_cluster_bootstrap"\nn_vectors = 199', "wild cluster bootstrap"),
]


@pytest.mark.parametrize(("engine", "interval", "name"), DECLARED)
def test_every_interval_of_a_manifest_has_its_report(tmp_path, engine, interval, name):
    manifest = flat_study(tmp_path, engine=engine, interval=interval)
    text = manifest.read_text(encoding="utf-8").replace('["y", "z"]', '["y"]')
    # Data of several mediators cannot be drawn from equations fitted apart.
    is_parametric = "parametric" in interval
    text = text.replace('["m", "k"]', '["m"]') if is_parametric else text
    manifest.write_text(text, encoding="utf-8")
    report(manifest, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert name in page
    assert "What other analyses would have said" in page
    assert "nan" not in re.sub(r"<svg.*?</svg>|<style>.*?</style>", "", page, flags=re.DOTALL)
    frame = pd.read_csv(tmp_path / "out" / "tables" / "effects.csv")
    assert frame.analysis.nunique() == 4
    effects = set(frame[frame.analysis == "declared"].effect)
    assert ("total_indirect" in effects) != is_parametric
    data = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    result = data["entries"][0]["cells"][0]["result"]
    # No limits are null, and the page says so.
    lead = result["effects"][0]
    assert lead["p_value"] < 0.05
    has_limits = name not in ("joint significance of both paths, t", "wild cluster bootstrap")
    assert (lead["conf_low"] is not None) == has_limits
    assert ("no limits" in page) != has_limits or name.startswith("distribution of")


def test_an_analysis_that_cannot_be_made_is_a_warning(tmp_path):
    manifest = flat_study(tmp_path)
    rows = pd.read_csv(tmp_path / "rows.csv")
    # One team alone tells x apart: CR2 has no standard error, mixed models have.
    rows.assign(x=(rows.team == 3).astype(float)).to_csv(tmp_path / "rows.csv", index=False)
    contents = analyze(load_study(manifest))
    name = "least squares, CR2 by team, t draws"
    for cell in contents.entries[0].cells:
        assert name not in [label for label, _ in cell.others]
    assert any(f"y: not fitted with {name}." in said for said in contents.warnings)
    report(manifest, tmp_path / "out")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert f"y: not fitted with {name}." in page


def test_a_headline_without_a_number_is_a_warning_and_has_no_p(tmp_path):
    manifest = small(tmp_path, '"indirect within"', '"indirect between"')
    contents = analyze(load_study(manifest))
    assert any('"indirect between" through alliance is not defined' in w for w in contents.warnings)
    assert not any("models[0]" in w for w in contents.warnings)
    assert all(np.isnan(cell.headline_p_holm[0]) for cell in contents.entries[0].cells)


def test_fidelity_of_a_team_belongs_to_the_team(study):
    assert {plan.model.predictor_level for plan in plan_grid(study, 0)} == {"team"}


def test_rehearsal_finds_what_only_the_linked_rows_show(tmp_path):
    manifest = flat_study(tmp_path)
    assert rehearse(load_study(manifest)) == ()
    rows = pd.read_csv(tmp_path / "rows.csv")
    rows.assign(y=2 * rows.m + 1).to_csv(tmp_path / "rows.csv", index=False)
    (problem,) = rehearse(load_study(manifest))
    assert problem.startswith("Main, y: An equation must leave something unexplained.")
