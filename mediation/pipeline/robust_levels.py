"""One cell with other levels of clusters."""

from __future__ import annotations

from dataclasses import replace

from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import analytic
from mediation.pipeline.robust_leave_one_out import declared_seed, lettered_rows, levels_of
from mediation.sensitivity.levels import FEW_APART, ClusterLevels, LevelAnalysis, vary_levels
from mediation.vocabulary import Convergence


def levels_part(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> ClusterLevels | None:
    """Analyse a cell with other levels of clusters.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult

    Returns
    -------
    ClusterLevels or None
        None without clusters, without a converged fit, or where no other levels go with the
        engine. An analysis that rests on a few rows more or fewer than the declared one, as a
        cluster is not known in some rows, has a reason instead of a result.
    """
    plan = bench.plan
    if not plan.model.clusters or result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    levels = levels_of(bench, table)
    frame = lettered_rows(bench, table, levels)
    limits, seed = analytic(plan.interval), declared_seed(bench)
    found = vary_levels(plan.model, frame, plan.engine, limits, seed, available=levels)
    minimum = bench.study.manifest.study.minimum_cell
    return withheld_levels(found, minimum) if len(found.analyses) > 1 else None


def withheld_levels(found: ClusterLevels, minimum: int) -> ClusterLevels:
    """Take out what differs from the declared analysis by fewer than `minimum` rows.

    Rows without a known cluster drop out of an analysis with its level. Beside the declared one it
    would tell of these few people.

    Parameters
    ----------
    found : ClusterLevels
    minimum : int

    Returns
    -------
    ClusterLevels
    """
    first = found.analyses[0].result
    assert first is not None
    n_rows = first.fit.counts.n_clients
    return ClusterLevels(tuple(_withheld(each, n_rows, minimum) for each in found.analyses))


def _withheld(each: LevelAnalysis, n_rows: int, minimum: int) -> LevelAnalysis:
    if each.result is None:
        return each
    if not 0 < abs(each.result.fit.counts.n_clients - n_rows) < minimum:
        return each
    return replace(each, result=None, reason=FEW_APART)
