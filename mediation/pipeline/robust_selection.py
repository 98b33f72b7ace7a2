"""What selection of clients on the mediator would have done to one cell."""

from __future__ import annotations

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.robust_leave_one_out import lettered_rows
from mediation.pipeline.robust_moderation import drawn
from mediation.reporting.headline_rows import headline_rows
from mediation.sensitivity.selection import selection_on_mediator
from mediation.sensitivity.selection_result import SelectionOnMediator
from mediation.vocabulary import Convergence, EffectName, EffectStatus

# Stream of random numbers of the declared analysis: with its draws, no selection gives its limits.
DECLARED = 0


def selection_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> tuple[SelectionOnMediator, ...] | None:
    """Undo supposed selections on each mediator of a cell.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    tuple of SelectionOnMediator, or None
        One for each headline row. None where mediators are latent, the declared analysis did not
        converge, or no headline row has a number.
    """
    plan = bench.plan
    if not isinstance(plan.engine, OLS | MixedModels | TwoLevelSEM):
        return None
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    headline = bench.study.manifest.models[plan.entry].effect_and_level
    frame = lettered_rows(bench, table, plan.model.clusters)
    found = tuple(
        selection_on_mediator(
            plan.model,
            frame,
            row.effect,
            row.level,
            bench.rng(DECLARED),
            mediator=mediator,
            interval=drawn(plan.interval),
        )
        for row in headline_rows(result, headline)
        for mediator in (plan.model.mediators if row.mediator is None else (row.mediator,))
        if row.status is EffectStatus.DEFINED and row.effect is not EffectName.PROPORTION_MEDIATED
    )
    return found or None
