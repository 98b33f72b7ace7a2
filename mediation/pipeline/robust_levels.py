"""One cell with other levels of clusters."""

from __future__ import annotations

from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import analytic
from mediation.pipeline.robust_leave_one_out import declared_seed, lettered_rows, levels_of
from mediation.sensitivity.levels import ClusterLevels, vary_levels
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
        engine.
    """
    plan = bench.plan
    if not plan.model.clusters or result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    levels = levels_of(bench, table)
    frame = lettered_rows(bench, table, levels)
    limits, seed = analytic(plan.interval), declared_seed(bench)
    found = vary_levels(plan.model, frame, plan.engine, limits, seed, available=levels)
    return found if len(found.analyses) > 1 else None
