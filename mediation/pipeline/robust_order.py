"""One cell again with mediator and outcome in the reversed order."""

from __future__ import annotations

from dataclasses import replace

from mediation.inference.result import MediationResult
from mediation.model import MediationModel
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import link_for
from mediation.sensitivity.order import CARRIED, ReversedOrder, reverse_order, reversed_models
from mediation.vocabulary import Convergence

# First of the streams of random numbers, one for each mediator.
STREAM = 270


def order_of(bench: Bench, result: MediationResult) -> ReversedOrder | None:
    """Analyze the reversed order; None where the mediator is not measured before the outcome.

    Parameters
    ----------
    bench : Bench
    result : MediationResult

    Returns
    -------
    ReversedOrder or None
        None also where the headline does not go through the mediator.
    """
    plan = bench.plan
    effect, _ = bench.study.manifest.models[plan.entry].effect_and_level
    is_carried = effect in {each.value for each in CARRIED}
    if plan.waves is None or not plan.waves.mediator < plan.waves.outcome or not is_carried:
        return None
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    models = reversed_models(plan.model)
    tables = {
        each.outcome: link_for(bench.study, each, plan.waves, plan.missing) for each in models
    }
    streams = {each.outcome: STREAM + number for number, each in enumerate(models)}

    def analyze(model: MediationModel, _: object) -> MediationResult:
        known = tuple(name for name in plan.missing.auxiliary if name not in model.columns)
        missing = plan.missing.model_copy(update={"auxiliary": known})
        turned = replace(plan, model=model)
        return bench.fit(turned, tables[model.outcome], streams[model.outcome], missing)

    return reverse_order(result, tables[models[0].outcome], analyze)
