"""The smallest effect that the design of one cell could have shown."""

from __future__ import annotations

from mediation.inference.result import MediationResult
from mediation.pipeline.bench import Bench
from mediation.reporting.headline_rows import headline_rows
from mediation.sensitivity.detectable import detectable
from mediation.sensitivity.detectable_value import Detectable
from mediation.vocabulary import EffectStatus


def detectable_of(bench: Bench, result: MediationResult) -> tuple[Detectable, ...] | None:
    """Find the smallest headline effect that could have been shown, for each mediator.

    Parameters
    ----------
    bench : Bench
    result : MediationResult

    Returns
    -------
    tuple of Detectable, or None
        None where the headline is not defined.
    """
    headline = bench.study.manifest.models[bench.plan.entry].effect_and_level
    found = tuple(
        detectable(result.fit, bench.plan.interval, row.effect, row.level, row.mediator)
        for row in headline_rows(result, headline)
        if row.status is EffectStatus.DEFINED
    )
    return found or None
