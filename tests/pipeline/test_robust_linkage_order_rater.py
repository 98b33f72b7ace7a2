"""Linkage, order, raters and smallest effects of one cell of the synthetic study."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediation.instruments.instrument import Rater
from mediation.linkage.link import link
from mediation.linkage.table import WavePair
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import plan_grid
from mediation.pipeline.robust_detectable import detectable_of
from mediation.pipeline.robust_linkage import linkage_of
from mediation.pipeline.robust_order import order_of
from mediation.pipeline.robust_rater import rater_of, raters_of
from mediation.study.study import load_study
from mediation.vocabulary import EffectName, EffectStatus, Level, LinkageRule, StaleRows

SOURCE = Path(__file__).parents[2] / "data" / "synthetic"


def study_with(folder, edit=lambda text: text):
    """The synthetic study with one outcome, one pair of interviews and few draws."""
    for table in SOURCE.glob("*.csv"):
        shutil.copy(table, folder)
    text = (SOURCE / "study.toml").read_text(encoding="utf-8")
    text = re.sub(r"outcomes = \[.*\]", 'outcomes = ["quality_of_life"]', text)
    text = text.replace("{ mediator = 4.5, outcome = 9 }, ", "")
    text = edit(text.replace("n_draws = 20000", "n_draws = 500"))
    (folder / "study.toml").write_text(text, "utf-8")
    return load_study(folder / "study.toml")


def bench_of(study):
    """The bench, the table and the result of the only cell."""
    (plan,) = plan_grid(study, 0)
    bench = Bench(study, plan, 1)
    table = link_for(study, plan.model, plan.waves, plan.missing)
    return bench, table, bench.fit(plan, table, 0, plan.missing)


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    return bench_of(study_with(tmp_path_factory.mktemp("study")))


def test_every_rule_is_the_study_linked_by_it(bench):
    bench, table, result = bench
    found = linkage_of(bench, table, result).analyses
    assert found[0].is_declared
    assert found[0].result is result
    assert {each.rule for each in found} == set(LinkageRule)
    for rule in (LinkageRule.NEAREST, LinkageRule.LAST_BEFORE):
        other = link(bench.study, bench.plan.waves, rule=rule, mediators=("alliance",))
        (each,) = (a for a in found if a.rule is rule and None in a.ages)
        expected = bench.fit(bench.plan, other, 2)
        assert each.result.effects == expected.effects
    (mean,) = (a for a in found if a.rule is LinkageRule.MEAN_EXPOSURE)
    assert mean.window_months == 12.0
    assert bench.warnings == []


def test_rows_without_a_recent_assessment_are_those_of_a_manifest_that_drops_them(bench, tmp_path):
    bench, table, result = bench
    found = linkage_of(bench, table, result).analyses
    (old,) = (a for a in found if a.rule is LinkageRule.LAST_BEFORE and a.ages == (6.0,))
    linkage = bench.study.manifest.linkage.model_copy(
        update={"rule": LinkageRule.LAST_BEFORE, "max_age_months": 6.0, "stale": StaleRows.DROP}
    )
    dropped = link(bench.study, bench.plan.waves, linkage=linkage, mediators=("alliance",))
    assert old.n_rows == dropped.frame[list(bench.plan.model.columns)].notna().all(axis=1).sum()
    assert old.n_rows < result.fit.counts.n_clients
    assert old.result.effects == bench.fit(bench.plan, dropped, 2).effects


def test_a_declared_maximum_age_is_the_declared_analysis(tmp_path):
    def edit(text):
        text = text.replace('rule = "interpolate"', 'rule = "last_before"')
        return text.replace("max_age_months = 12", "max_age_months = 6").replace(
            'stale = "keep"', 'stale = "drop"'
        )

    bench, table, result = bench_of(study_with(tmp_path, edit))
    found = linkage_of(bench, table, result).analyses
    assert found[0].rule is LinkageRule.LAST_BEFORE
    assert found[0].ages == (6.0,)
    assert found[0].result is result
    (every,) = (a for a in found if a.rule is LinkageRule.LAST_BEFORE and None in a.ages)
    assert every.n_rows > found[0].n_rows


def test_small_differences_are_not_told(tmp_path):
    study = study_with(tmp_path, lambda text: text.replace(
        "seed = 20220503", "seed = 20220503\nminimum_cell = 20"))  # fmt: skip
    bench, table, result = bench_of(study)
    found = linkage_of(bench, table, result).analyses
    old = [a for a in found if a.rule is LinkageRule.LAST_BEFORE and None not in a.ages]
    # 14 clients fewer: with a minimum of 20 the analysis would tell of them.
    assert [(a.result, a.n_rows) for a in old] == [(None, None)]
    assert {a.n_rows for a in found} <= {None, result.fit.counts.n_clients}


def test_the_reversed_order_takes_each_score_at_the_other_wave(bench):
    bench, _, result = bench
    found = order_of(bench, result)
    (turned,) = found.reversed
    model = turned.fit.model
    assert (model.mediators, model.outcome) == (("quality_of_life",), "alliance")
    assert "alliance_0" in model.outcome_covariates
    assert "quality_of_life_0" not in model.columns
    # The declared outcome at 13.5 months is that of a model whose outcome is at 13.5 months.
    early = link(bench.study, WavePair(4.5, 13.5), mediators=("alliance",)).frame.set_index(
        "client"
    )
    late = link(bench.study, WavePair(13.5, 18.0), mediators=("quality_of_life",)).frame.set_index(
        "client"
    )
    expected = early.quality_of_life[late.index]
    np.testing.assert_array_equal(late.quality_of_life, expected)
    assert expected.notna().sum() > 200
    assert turned.fit.counts.n_clients <= late.alliance.notna().sum()


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace('headline = "indirect within"', 'headline = "total between"'),
        lambda text: text.replace(
            "waves = [{ mediator = 13.5, outcome = 18 }]",
            'waves = [{ mediator = 9, outcome = 9 }]\norder = "any"',
        ),
    ],
)
def test_an_order_that_cannot_be_reversed_has_no_part(tmp_path, edit):
    bench, _, result = bench_of(study_with(tmp_path, edit))
    assert order_of(bench, result) is None


def test_raters_come_from_instruments_or_the_manifest(bench, tmp_path):
    bench, table, result = bench
    (slope,) = raters_of(bench, table, result)
    assert (slope.mediator_rater, slope.outcome_rater) == (Rater.CLIENT, Rater.CLIENT)
    assert slope.level is Level.WITHIN
    assert len(slope.clusters) == len(slope.left_out) == 7
    assert rater_of(bench.study, "community_functioning") is Rater.CASE_MANAGER
    assert rater_of(bench.study, "age") is Rater.NOT_STATED
    label = 'label = "Community functioning"'
    declared = study_with(
        tmp_path, lambda text: text.replace(label, f'{label}\nrater = "interviewer"')
    )
    assert rater_of(declared, "community_functioning") is Rater.INTERVIEWER


def test_the_smallest_effect_is_that_of_the_headline(bench):
    bench, _, result = bench
    (found,) = detectable_of(bench, result)
    assert (found.effect, found.level) == (EffectName.INDIRECT, Level.WITHIN)
    a = next(row.value for row in result.paths if row.path.value == "a")
    assert found.paths[0].std_error == pytest.approx(a.std_error, rel=1e-12)
    assert found.paths[0].df == pytest.approx(a.df, rel=1e-12)
    rows = (replace(row, status=EffectStatus.NOT_CONVERGED) for row in result.effects)
    broken = replace(result, effects=tuple(rows))
    assert detectable_of(bench, broken) is None
