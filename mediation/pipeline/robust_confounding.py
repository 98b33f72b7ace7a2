"""Unmeasured common causes of mediator and outcome, for the headline effect of one cell."""

from __future__ import annotations

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.sensitivity.confounding import confounding
from mediation.sensitivity.confounding_result import Confounding
from mediation.vocabulary import EffectName, EffectStatus, Level

# The stream of random numbers of draws that stand in for a wild bootstrap.
DRAWS = 200
# The sum over mediators is asked for mediator by mediator.
THROUGH_ONE = {
    EffectName.INDIRECT: EffectName.INDIRECT,
    EffectName.CONTEXTUAL: EffectName.CONTEXTUAL,
    EffectName.TOTAL_INDIRECT: EffectName.INDIRECT,
}


def confounding_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> tuple[Confounding, ...] | None:
    """Ask how strong a common cause must be to end the headline effect, for every mediator.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    tuple of Confounding, or None
        None where the headline goes through no mediator, has no number, or the engine knows no
        correlated errors.

    Raises
    ------
    SpecificationError, EstimationError
        As in `confounding`.
    """
    engine = bench.plan.engine
    if result.solution is None or not isinstance(engine, OLS | MixedModels | TwoLevelSEM):
        return None
    rows = _rows(result, bench.study.manifest.models[bench.plan.entry].effect_and_level)
    found = []
    for row in rows:
        asked = (row.effect, row.level)
        rng = bench.rng(DRAWS)
        found.append(confounding(result, table, engine, asked, row.mediator, rng=rng))
    return tuple(found) or None


def _rows(result: MediationResult, headline: tuple[str, str]) -> list[EffectEstimate]:
    """Find the headline effect through each mediator."""
    name, level = headline
    effect = THROUGH_ONE.get(EffectName(name))
    named = [
        row
        for row in result.effects
        if row.effect is effect and row.status is EffectStatus.DEFINED and row.mediator
    ]
    at_level = [row for row in named if row.level.value == level]
    return at_level or [row for row in named if row.level is Level.SINGLE]
