"""Ceilings of the mediators of one cell."""

from __future__ import annotations

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import analytic
from mediation.sensitivity.ceiling import Ceiling, ceiling_correction
from mediation.vocabulary import Convergence, MissingMethod

# Stream of random numbers.
CEILING = 210


def ceiling_of(bench: Bench, table: AnalysisTable, result: MediationResult) -> Ceiling | None:
    """Analyze a cell with scores at the maximum drawn from beyond it.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    Ceiling or None
        None where no mediator has a stated maximum, the engine is not one of those that are
        corrected, or the declared analysis did not converge.
    """
    plan, study = bench.plan, bench.study
    ranges = {name: study.variable(name).range or (None, None) for name in plan.model.mediators}
    if all(high is None for _, high in ranges.values()):
        return None
    if not isinstance(plan.engine, OLS | MixedModels | TwoLevelSEM):
        return None
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    interval = analytic(plan.interval)
    is_same = plan.missing.method is MissingMethod.COMPLETE_CASES and interval is plan.interval
    as_scored = result if is_same else None
    return ceiling_correction(
        plan.model, table.frame, plan.engine, interval, ranges, bench.rng(CEILING),
        as_scored=as_scored,
    )  # fmt: skip
