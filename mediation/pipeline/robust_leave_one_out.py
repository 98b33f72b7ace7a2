"""One cell without each organization and each team."""

from __future__ import annotations

import pandas as pd

from mediation.errors import EstimationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import analytic, link_for
from mediation.sensitivity.leave_one_out import LeaveOneOut, leave_one_out
from mediation.study.manifest import CONTRACT_CLUSTERS
from mediation.study.method_entries import MissingEntry
from mediation.vocabulary import Convergence, MissingMethod

# Levels with more clusters are not left out one by one: none of them weighs much.
MOST = 40
# Number of the stream of the declared limits: without a cluster they differ by nothing else.
MAIN = 0


def leave_one_out_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> LeaveOneOut | None:
    """Analyse a cell without each cluster of each level down to that of the predictor.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult

    Returns
    -------
    LeaveOneOut or None
        None without clusters, without a converged fit, or with more than 40 clusters at every
        level.

    Raises
    ------
    EstimationError
        If the engine takes too long to be repeated for every cluster.
    """
    plan, level = bench.plan, result.fit.predictor_level
    if level is None or result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    if not isinstance(plan.engine, MixedModels | OLS | TwoLevelSEM):
        raise EstimationError(
            f"{type(plan.engine).__name__} takes too long to be repeated without every cluster."
        )
    levels = levels_of(bench, table)
    frame = lettered_rows(bench, table, levels)
    known = levels[: levels.index(level) + 1]
    few = tuple(name for name in known if 1 < frame[name].nunique() <= MOST)
    if not few:
        return None
    limits, seed = analytic(plan.interval), declared_seed(bench)
    return leave_one_out(plan.model, frame, plan.engine, limits, seed, levels=few)


def declared_seed(bench: Bench) -> list[int]:
    """Seed of the draws of the declared analysis of a cell."""
    return [bench.seed, bench.plan.entry, bench.plan.cell, MAIN]


def levels_of(bench: Bench, table: AnalysisTable) -> tuple[str, ...]:
    """List every level of clusters that the rows know, outermost first."""
    declared, known = bench.plan.model.clusters, table.frame.columns
    if bench.study.manifest.is_flat or not set(declared) <= set(CONTRACT_CLUSTERS):
        return declared
    return tuple(name for name in CONTRACT_CLUSTERS if name in declared or name in known)


def lettered_rows(bench: Bench, table: AnalysisTable, levels: tuple[str, ...]) -> pd.DataFrame:
    """Give the rows with clusters named as in the report; complete ones where values are imputed.

    Clusters inside the innermost of the model carry its name too, so that a case manager who moved
    to another team is one in each.
    """
    plan, study = bench.plan, bench.study
    if plan.missing.method is MissingMethod.MULTIPLE_IMPUTATION:
        table = link_for(study, plan.model, plan.waves, MissingEntry())
    frame = table.frame
    inner = plan.model.clusters[-1] if plan.model.clusters else None
    named: dict[str, pd.Series] = {}
    for position, level in enumerate(levels):
        shown = study.cluster_labels(level)
        named[level] = frame[level].map(
            lambda name, shown=shown, level=level: shown.get(name, f"Another {level}"),
            na_action="ignore",
        )
        if inner is not None and position > levels.index(inner):
            named[level] = (named[inner] + ", " + named[level]).where(frame[level].notna())
    return frame.assign(**named)
