"""Who rates the mediators and the outcome of one cell, and path b on a common scale."""

from __future__ import annotations

import pandas as pd

from mediation.inference.result import MediationResult
from mediation.instruments.instrument import Rater
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.sensitivity.rater import RatedSlope, rated_slopes
from mediation.study.study import Study
from mediation.vocabulary import EffectName, Level


def raters_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> tuple[RatedSlope, ...] | None:
    """Give path b of every mediator in SD, with raters; None where no rater is known.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult

    Returns
    -------
    tuple of RatedSlope, or None
    """
    study, model = bench.study, bench.plan.model
    outcome = rater_of(study, model.outcome)
    mediators = tuple(rater_of(study, name) for name in model.mediators)
    if {outcome, *mediators} == {Rater.NOT_STATED}:
        return None
    clusters: tuple[str, ...] = ()
    if model.clusters:
        complete = table.frame.dropna(subset=[*model.columns, *model.clusters])
        clusters = tuple(pd.unique(complete[model.clusters[0]].astype(str)))
    effect, level = study.manifest.models[bench.plan.entry].effect_and_level
    through_means = effect in (EffectName.INDIRECT.value, EffectName.CONTEXTUAL.value)
    is_between = through_means and level == Level.BETWEEN.value
    wanted = Level.BETWEEN if is_between and model.clusters else None
    return rated_slopes(result, outcome, mediators, clusters, wanted) or None


def rater_of(study: Study, name: str) -> Rater:
    """Give who rates a column: as `[variables.*]` says, else its instrument.

    Parameters
    ----------
    study : Study
    name : str

    Returns
    -------
    Rater
        `NOT_STATED` where neither says it.
    """
    manifest = study.manifest
    entry = manifest.variables.get(name)
    if entry is not None and entry.rater is not None:
        return entry.rater
    key = manifest.instruments.get(name)
    return Rater.NOT_STATED if key is None else key.rater
