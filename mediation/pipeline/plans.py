"""The grid of models before any is fitted: one plan for each outcome and pair of interviews."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.errors import MediationError
from mediation.estimation.design import prepare
from mediation.estimation.estimate import Engine
from mediation.estimation.named import engine_of
from mediation.inference.interval import Interval
from mediation.inference.named import interval_of
from mediation.linkage.table import WavePair
from mediation.model import MediationModel
from mediation.pipeline.missing_values import link_for, rehearsed
from mediation.safe_text import printable
from mediation.study.entries import ModelEntry
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR
from mediation.study.method_entries import MissingEntry
from mediation.study.study import Study


@dataclass(frozen=True, slots=True)
class Plan:
    """One cell of a grid before it is fitted."""

    model: MediationModel
    waves: WavePair | None
    engine: Engine
    interval: Interval
    missing: MissingEntry
    entry: int
    cell: int


def plan_grid(study: Study, number: int) -> tuple[Plan, ...]:
    """Expand one entry of the manifest's models into its cells, outcome by outcome."""
    entry = study.manifest.models[number]
    pairs: list[WavePair | None] = [WavePair(w.mediator, w.outcome) for w in entry.waves]
    pairs = pairs or [None]
    grid = [(outcome, waves) for outcome in entry.outcomes for waves in pairs]
    return tuple(
        Plan(
            model=model_of(study, entry, outcome),
            waves=waves,
            engine=engine_of(entry.engine),
            interval=interval_of(entry.interval),
            missing=entry.missing,
            entry=number,
            cell=cell,
        )
        for cell, (outcome, waves) in enumerate(grid)
    )


def rehearse(study: Study) -> tuple[str, ...]:
    """List every model of a study that cannot be estimated, without estimating any."""
    found = []
    for number, entry in enumerate(study.manifest.models):
        for plan in plan_grid(study, number):
            try:
                table = link_for(study, plan.model, plan.waves, plan.missing)
                prepare(plan.model, rehearsed(study, plan.model, table, plan.missing))
            except MediationError as error:
                found.append(printable(f"{entry.name}, {plan.model.outcome}: {error}"))
    return tuple(dict.fromkeys(found))


def model_of(study: Study, entry: ModelEntry, outcome: str) -> MediationModel:
    """Give the model of one outcome of an entry."""
    baseline = study.manifest.uses_baseline(entry)
    measured = study.manifest.predictor_level
    return MediationModel(
        predictor=entry.predictor,
        mediators=entry.mediators,
        outcome=outcome,
        covariates=entry.covariates,
        mediator_covariates=entry.mediator_covariates,
        outcome_covariates=entry.outcome_covariates
        + ((f"{outcome}{BASELINE_SUFFIX}",) if baseline else ()),
        clusters=entry.clusters,
        predictor_level=measured if measured in entry.clusters else None,
        split_at=entry.split_at,
        split_covariates=entry.split_covariates,
        time=None if study.manifest.is_flat else CALENDAR,
        time_adjustment=entry.time_adjustment,
    )
