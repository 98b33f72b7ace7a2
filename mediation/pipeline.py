"""The whole analysis as one function, in the order of a Methods section."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from mediation.errors import MediationError, ReportError
from mediation.estimation.design import prepare
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit
from mediation.inference.infer import infer
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.multiplicity import adjust_holm
from mediation.inference.result import MediationResult
from mediation.linkage.flow import flow_of
from mediation.linkage.link import link
from mediation.linkage.scores import score_distribution
from mediation.linkage.series import fidelity_series
from mediation.linkage.table import AnalysisTable, WavePair
from mediation.model import MediationModel
from mediation.reporting.contents import Cell, Entry, ReportContents, Variable
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.results_json import headline_changes
from mediation.reporting.write import write_report
from mediation.study.entries import ModelEntry
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR
from mediation.study.study import Study, load_study
from mediation.vocabulary import Convergence, LinkageRule, TimeAdjustment

LAST_BEFORE = "fidelity of the last assessment before the interview"
# Streams of random numbers of one cell; a new variant gets a new number.
MAIN, BLIND, RELINKED = range(3)


@dataclass(frozen=True, slots=True)
class Plan:
    """One cell of a grid before it is fitted."""

    model: MediationModel
    waves: WavePair | None
    engine: Engine
    interval: MonteCarlo
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
    contents = replace(contents, truth=_truth_beside(manifest, study))
    changes = headline_changes(_previous(folder), contents)
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
    warnings += [f"{entry.name}: {said}" for entry in entries for said in _warnings(entry)]
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
            engine=_engine(entry),
            interval=_interval(entry),
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


def _engine(entry: ModelEntry) -> Engine:
    given = entry.engine
    if given.name == "ols":
        return OLS(given.covariance, given.cluster)
    return MixedModels(
        given.zero_variance, given.slope_covariance, given.likelihood, given.df_method
    )


def _interval(entry: ModelEntry) -> MonteCarlo:
    given = entry.interval
    return MonteCarlo(given.n_draws, given.conf_level, given.distribution)


def _fit_cell(study: Study, plan: Plan, seed: int, warnings: list[str]) -> Cell:
    """Fit one model, the same model blind to clusters, and the same with other linkage."""
    model = plan.model
    table = link(study, plan.waves, mediators=model.mediators)
    result = _fit(plan, model, plan.engine, table, seed, MAIN)
    blind = None
    if model.clusters:
        blind = _fit(plan, without_clusters(model, result.fit), OLS(), table, seed, BLIND)
    alternatives = []
    linkage = study.manifest.linkage
    if linkage is not None and linkage.rule is not LinkageRule.LAST_BEFORE:
        relinked = link(study, plan.waves, rule=LinkageRule.LAST_BEFORE, mediators=model.mediators)
        try:
            again = _fit(plan, model, plan.engine, relinked, seed, RELINKED)
            alternatives.append((LAST_BEFORE, again))
        except MediationError as error:
            warnings.append(f"{model.outcome}: not fitted with the {LAST_BEFORE}. {error}")
    return Cell(
        outcome=model.outcome,
        waves=plan.waves,
        result=result,
        blind=blind,
        alternatives=tuple(alternatives),
        table=table,
        flow=flow_of(table, model.columns + model.clusters, model.outcome, model.mediators),
        headline_p_holm=(),
    )


def without_clusters(model: MediationModel, fit: Fit) -> MediationModel:
    """Take the model blind to clusters: the same columns, so that clusters are all that differs."""
    same_time = TimeAdjustment.ALWAYS if fit.time_adjusted else TimeAdjustment.NEVER
    return replace(model, clusters=(), predictor_level=None, time_adjustment=same_time)


def _fit(
    plan: Plan, model: MediationModel, engine: Engine, table: AnalysisTable, seed: int, variant: int
) -> MediationResult:
    rng = np.random.default_rng([seed, plan.entry, plan.cell, variant])
    return replace(infer(estimate(model, table, engine), plan.interval, rng), seed=seed)


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


def _warnings(entry: Entry) -> Iterator[str]:
    """Say what a reader of the first screen must know of the fits of one entry."""
    yield from _no_headline(entry)
    fits = [cell.result.fit for cell in entry.cells]
    if any(fit.model.clusters and not fit.models_clusters for fit in fits):
        yield (
            "the declared engine takes rows as independent although the model names clusters: "
            "its intervals are narrower than the data allow."
        )
    for cell in entry.cells:
        if cell.result.fit.convergence is Convergence.NOT_CONVERGED:
            yield f"{cell.outcome}: {Convergence.NOT_CONVERGED.value}"


def _no_headline(entry: Entry) -> list[str]:
    """Say that the declared headline has no number, and why."""
    reasons = {
        (row.status.value, row.mediator or "the predictor")
        for cell in entry.cells
        for row in cell.result.effects
        if (row.effect.value, row.level.value) == entry.headline and row.status.value
    }
    headline = " ".join(entry.headline)
    return [
        f'the headline "{headline}" through {mediator} is {reason}. Declare another, or leave '
        "that mediator out."
        for reason, mediator in sorted(reasons)
    ]


def _variable_names(study: Study, plans: list[Plan]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for plan in plans for name in plan.model.columns))


def _variable(study: Study, name: str) -> Variable:
    entry = study.variable(name)
    low, high = entry.range or (None, None)
    return Variable(name, entry.label, low, high)


def _truth_beside(manifest: Path, study: Study) -> dict[str, object] | None:
    """Known truth of a synthetic study, if it lies beside the manifest."""
    path = manifest.parent / "truth.json"
    if not study.manifest.study.synthetic or not path.exists():
        return None
    return _read_json(path)


def _previous(folder: Path) -> dict[str, object] | None:
    path = folder / "results.json"
    return _read_json(path) if path.exists() else None


def _read_json(path: Path) -> dict[str, object]:
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(
            f"`{path.name}` must be readable JSON. It is not: {error}. Remove it or repair it."
        ) from error
    if not isinstance(found, dict):
        raise ReportError(f"`{path.name}` must hold one object. Remove it or repair it.")
    return found
