"""The whole analysis as one function, in the order of a Methods section."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from mediation.errors import MediationError
from mediation.estimation.design import prepare
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.named import engine_of
from mediation.estimation.ols import OLS
from mediation.inference.infer import infer
from mediation.inference.interval import Interval
from mediation.inference.multiplicity import adjust_holm
from mediation.inference.named import interval_of
from mediation.inference.result import MediationResult
from mediation.linkage.flow import flow_of
from mediation.linkage.link import link
from mediation.linkage.scores import score_distribution
from mediation.linkage.series import fidelity_series
from mediation.linkage.table import AnalysisTable, WavePair
from mediation.model import MediationModel
from mediation.reporting.beside import previous_results, truth_beside
from mediation.reporting.contents import Cell, Entry, ReportContents, Variable
from mediation.reporting.fit_warnings import fit_warnings
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.other_analyses import (
    other_analyses,
    published_interval,
    without_clusters,
)
from mediation.reporting.results_json import headline_changes
from mediation.reporting.write import write_report
from mediation.study.entries import ModelEntry
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR
from mediation.study.study import Study, load_study
from mediation.vocabulary import LinkageRule

LAST_BEFORE = "fidelity of the last assessment before the interview"
# Streams of random numbers of one cell; a new variant gets a new number. Other analyses come last.
MAIN, BLIND, RELINKED, OTHERS = range(4)


@dataclass(frozen=True, slots=True)
class Plan:
    """One cell of a grid before it is fitted."""

    model: MediationModel
    waves: WavePair | None
    engine: Engine
    interval: Interval
    entry: int
    cell: int


def report(
    manifest: Path,
    folder: Path,
    *,
    seed: int | None = None,
    progress: Callable[[list[Plan]], Iterable[Plan]] = iter,
) -> tuple[Path, ...]:
    """Analyse a study and write its report.

    Parameters
    ----------
    manifest : Path
        `study.toml`.
    folder : Path
        Where the report goes; made if it is not there.
    seed : int, optional
        Instead of the manifest's.
    progress : callable, optional
        Wraps the list of models, to show how far the work is.

    Returns
    -------
    tuple of Path
        The files written.

    Raises
    ------
    MediationError
        Anything wrong with the manifest, the data, the models or the folder.
    """
    study = load_study(manifest)
    contents = analyze(study, seed=seed, progress=progress)
    contents = replace(contents, truth=_truth(manifest, study))
    changes = headline_changes(previous_results(folder), contents)
    return write_report(replace(contents, changes=changes), folder)


def rehearse(study: Study) -> tuple[str, ...]:
    """List every model of a study that cannot be estimated, without estimating any."""
    found = []
    for number, entry in enumerate(study.manifest.models):
        for plan in plan_grid(study, number):
            try:
                prepare(plan.model, link(study, plan.waves, mediators=entry.mediators).frame)
            except MediationError as error:
                found.append(f"{entry.name}, {plan.model.outcome}: {error}")
    return tuple(dict.fromkeys(found))


def analyze(
    study: Study,
    *,
    seed: int | None = None,
    progress: Callable[[list[Plan]], Iterable[Plan]] = iter,
) -> ReportContents:
    """Link, fit and collect everything a report shows.

    Parameters
    ----------
    study : Study
    seed : int, optional
        Instead of the manifest's.
    progress : callable, optional
        As in `report`.

    Returns
    -------
    ReportContents
    """
    manifest = study.manifest
    seed = manifest.study.seed if seed is None else seed
    plans = [plan for number in range(len(manifest.models)) for plan in plan_grid(study, number)]
    warnings: list[str] = list(study.warnings)
    cells = [(plan, _fit_cell(study, plan, seed, warnings)) for plan in progress(plans)]
    entries = tuple(
        _entry(model, [cell for plan, cell in cells if plan.entry == number])
        for number, model in enumerate(manifest.models)
    )
    names = _variable_names(study, [plan for plan, _ in cells])
    scored = [n for m in manifest.models for n in (*m.mediators, *m.outcomes)]
    warnings += [f"{entry.name}: {said}" for entry in entries for said in fit_warnings(entry)]
    return ReportContents(
        title=manifest.study.name,
        is_synthetic=manifest.study.synthetic,
        note=manifest.study.note,
        row_noun=manifest.study.row_noun,
        variables=tuple(_variable(study, name) for name in names),
        clusters=manifest.clusters,
        n_rows=study.n_rows,
        n_by_level=study.n_by_level,
        entries=entries,
        fidelity=None if manifest.is_flat else fidelity_series(study),
        scores=score_distribution(study, tuple(dict.fromkeys(scored))),
        minimum_cell=manifest.study.minimum_cell,
        warnings=tuple(dict.fromkeys(warnings)),
        changes=(),
        truth=None,
        seed=seed,
        input_hash=study.input_hash,
        versions=cells[0][1].result.versions,
    )


def plan_grid(study: Study, number: int) -> tuple[Plan, ...]:
    """Expand one entry of the manifest's models into its cells, outcome by outcome."""
    entry = study.manifest.models[number]
    pairs: list[WavePair | None] = [WavePair(w.mediator, w.outcome) for w in entry.waves]
    pairs = pairs or [None]
    grid = [(outcome, waves) for outcome in entry.outcomes for waves in pairs]
    return tuple(
        Plan(
            model=_model(study, entry, outcome),
            waves=waves,
            engine=engine_of(entry.engine),
            interval=interval_of(entry.interval),
            entry=number,
            cell=cell,
        )
        for cell, (outcome, waves) in enumerate(grid)
    )


def _model(study: Study, entry: ModelEntry, outcome: str) -> MediationModel:
    baseline = study.manifest.uses_baseline(entry)
    measured = study.manifest.fidelity_cluster
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


def _fit_cell(study: Study, plan: Plan, seed: int, warnings: list[str]) -> Cell:
    """Fit one model, the same rows by other analyses, and the same model with other linkage."""
    model = plan.model
    table = link(study, plan.waves, mediators=model.mediators)
    result = _fit(plan, table, seed, MAIN)
    attempt = partial(_attempt, table=table, seed=seed, warnings=warnings)
    blind = None
    if model.clusters:
        without = without_clusters(model, result.fit)
        limits = published_interval(plan.interval.conf_level)
        published = replace(plan, model=without, engine=OLS(), interval=limits)
        blind = attempt("the published specification", published, variant=BLIND)
    others = []
    for each in other_analyses(model, plan.engine, plan.interval):
        varied = replace(plan, engine=each.engine, interval=each.interval)
        others.append((each.name, attempt(each.name, varied, variant=OTHERS + each.number)))
    alternatives = []
    linkage = study.manifest.linkage
    if linkage is not None and linkage.rule is not LinkageRule.LAST_BEFORE:
        again = link(study, plan.waves, rule=LinkageRule.LAST_BEFORE, mediators=model.mediators)
        relinked = attempt(f"the {LAST_BEFORE}", plan, table=again, variant=RELINKED)
        alternatives.append((LAST_BEFORE, relinked))
    return Cell(
        outcome=model.outcome,
        waves=plan.waves,
        result=result,
        blind=blind,
        others=_computed(others),
        alternatives=_computed(alternatives),
        table=table,
        flow=flow_of(table, model.columns + model.clusters, model.outcome, model.mediators),
        headline_p_holm=(),
    )


def _computed(
    named: list[tuple[str, MediationResult | None]],
) -> tuple[tuple[str, MediationResult], ...]:
    return tuple((name, result) for name, result in named if result is not None)


def _fit(plan: Plan, table: AnalysisTable, seed: int, variant: int) -> MediationResult:
    rng = np.random.default_rng([seed, plan.entry, plan.cell, variant])
    return replace(infer(estimate(plan.model, table, plan.engine), plan.interval, rng), seed=seed)


def _attempt(
    name: str, plan: Plan, *, table: AnalysisTable, seed: int, variant: int, warnings: list[str]
) -> MediationResult | None:
    """Fit what stands beside the declared analysis; what cannot be fitted becomes a warning."""
    try:
        return _fit(plan, table, seed, variant)
    except MediationError as error:
        warnings.append(f"{plan.model.outcome}: not fitted with {name}. {error}")
        return None


def _entry(model: ModelEntry, cells: list[Cell]) -> Entry:
    """Adjust the headline rows of one entry for each other, and nothing else."""
    headline = model.effect_and_level
    rows = [[r.value.p_value for r in headline_rows(c.result, headline)] for c in cells]
    adjusted = iter(adjust_holm(np.array([p for row in rows for p in row])))
    held = [tuple(float(next(adjusted)) for _ in row) for row in rows]
    return Entry(
        name=model.name,
        headline=headline,
        cells=tuple(replace(c, headline_p_holm=p) for c, p in zip(cells, held, strict=True)),
    )


def _variable_names(study: Study, plans: list[Plan]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for plan in plans for name in plan.model.columns))


def _variable(study: Study, name: str) -> Variable:
    entry = study.variable(name)
    low, high = entry.range or (None, None)
    return Variable(name, entry.label, low, high)


def _truth(manifest: Path, study: Study) -> dict[str, object] | None:
    """Known truth of a synthetic study, if it lies beside the manifest."""
    return truth_beside(manifest) if study.manifest.study.synthetic else None
