"""Single clusters, levels and diagnostics of a cell of the shipped study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mediation.errors import EstimationError
from mediation.estimation.latent_sem import LatentSEM
from mediation.estimation.ols import OLS
from mediation.inference.bootstrap import Bootstrap
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import plan_grid
from mediation.pipeline.robust_diagnostics import diagnostics_of
from mediation.pipeline.robust_leave_one_out import (
    declared_seed,
    leave_one_out_of,
    lettered_rows,
    levels_of,
)
from mediation.pipeline.robust_levels import levels_part
from mediation.sensitivity.levels import FEW_APART, LevelChoice
from mediation.study.method_entries import MissingEntry
from mediation.study.study import load_study
from mediation.vocabulary import Convergence, MissingMethod

SHIPPED = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"


def bench_of(**changes):
    study = load_study(SHIPPED)
    plan = replace(plan_grid(study, 0)[0], **changes)
    bench = Bench(study, plan, 11)
    table = link_for(study, plan.model, plan.waves, plan.missing)
    return bench, table


@pytest.fixture(scope="module")
def shipped():
    bench, table = bench_of()
    return bench, table, bench.fit(bench.plan, table, 0, bench.plan.missing)


def test_all_rows_have_the_numbers_of_the_declared_analysis(shipped):
    bench, table, result = shipped
    found = leave_one_out_of(bench, table, result)
    levels = levels_part(bench, table, result)

    for again in (found.everyone, levels.analyses[0].result):
        for row, other in zip(result.effects, again.effects, strict=True):
            assert row.status is other.status
            assert row.value.estimate == pytest.approx(other.value.estimate, nan_ok=True)
            assert row.value.conf_low == pytest.approx(other.value.conf_low, nan_ok=True)
    assert found.levels == ("organization", "team")
    assert found.n_clients == result.fit.counts.n_clients


def test_clusters_are_lettered_as_everywhere(shipped):
    bench, table, result = shipped
    found = leave_one_out_of(bench, table, result)
    for level in found.levels:
        shown = set(bench.study.cluster_labels(level).values())
        assert {each.cluster for each in found.without if each.level == level} <= shown


def test_case_managers_are_a_level_and_do_not_leave_their_team(shipped):
    bench, table, result = shipped
    levels = levels_of(bench, table)
    frame = lettered_rows(bench, table, levels)
    more = [
        each
        for each in levels_part(bench, table, result).analyses
        if each.choice is LevelChoice.MORE_LEVELS
    ]

    assert levels == ("organization", "team", "case_manager")
    assert (frame.groupby("case_manager").team.nunique() == 1).all()
    assert more[0].result.fit.model.split_at == ("team",)
    assert more[0].result.fit.predictor_level == "team"


def test_resampling_is_not_repeated_for_every_cluster():
    bench, table = bench_of(engine=OLS(), interval=Bootstrap(n_resamples=200))
    result = bench.fit(bench.plan, table, 0)
    found = leave_one_out_of(bench, table, result)
    assert found.everyone.interval.startswith("MonteCarlo")


def test_nothing_without_clusters_or_without_a_converged_fit(shipped):
    bench, table, result = shipped
    single = replace(bench.plan, model=replace(bench.plan.model, clusters=(), predictor_level=None),
                     engine=OLS())  # fmt: skip
    flat = Bench(bench.study, single, 11)
    of_flat = flat.fit(single, table, 0)
    assert leave_one_out_of(flat, table, of_flat) is None
    assert levels_part(flat, table, of_flat) is None
    assert diagnostics_of(flat, table, of_flat).equations[0].test is None

    equations = tuple(
        replace(each, convergence=Convergence.NOT_CONVERGED) for each in result.fit.equations
    )
    stopped = replace(result, fit=replace(result.fit, equations=equations))
    for make in (leave_one_out_of, levels_part, diagnostics_of):
        assert make(bench, table, stopped) is None


def test_a_slow_engine_is_refused_in_words(shipped):
    bench, table, result = shipped
    slow = replace(bench.plan, engine=LatentSEM({"alliance": ("a", "b", "c")}))
    with pytest.raises(EstimationError, match="LatentSEM takes too long"):
        leave_one_out_of(replace(bench, plan=slow), table, result)


def test_complete_rows_stand_for_imputed_ones(shipped):
    _, _, complete = shipped
    imputed = MissingEntry(method=MissingMethod.MULTIPLE_IMPUTATION, n_imputations=2)
    bench, table = bench_of(missing=imputed)
    frame = lettered_rows(bench, table, bench.plan.model.clusters)
    used = frame[list(bench.plan.model.columns)].dropna()
    assert table.frame.fidelity.notna().sum() > frame.fidelity.notna().sum()
    assert len(used) == complete.fit.counts.n_clients


def test_the_band_of_residuals_is_the_same_in_every_cell(shipped):
    bench, table, result = shipped
    other = Bench(bench.study, replace(bench.plan, cell=3), 11)
    one, two = (diagnostics_of(each, table, result) for each in (bench, other))
    low = [each.equations[0].quantiles.low for each in (one, two)]
    assert np.array_equal(*low)
    assert declared_seed(bench) != declared_seed(other)


def without_managers(bench, table, result, n_missing):
    """The levels of a cell whose first analyzed clients have no known case manager."""
    columns = list(bench.plan.model.columns)
    used = table.frame.index[table.frame[columns].notna().all(axis=1)]
    frame = table.frame.copy()
    frame.loc[used[:n_missing], "case_manager"] = None
    found = levels_part(bench, replace(table, _frame=frame), result)
    (more,) = (each for each in found.analyses if each.choice is LevelChoice.MORE_LEVELS)
    return more


def test_an_analysis_that_differs_by_a_few_clients_is_withheld(shipped):
    """Two clients without a case manager; six may be told apart, as more than the minimum."""
    bench, table, result = shipped
    few, more = (without_managers(bench, table, result, n) for n in (2, 6))
    assert few.result is None
    assert few.reason == FEW_APART
    assert more.result.fit.counts.n_clients == result.fit.counts.n_clients - 6
