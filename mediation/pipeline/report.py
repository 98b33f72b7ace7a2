"""The whole analysis as one function, in the order of a Methods section."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mediation.errors import ReportError
from mediation.inference.multiplicity import adjust_holm
from mediation.linkage.measures import measure_scales
from mediation.linkage.scores import score_distribution
from mediation.linkage.series import fidelity_series
from mediation.missing.attrition import attrition
from mediation.pipeline.cells import fit_cell
from mediation.pipeline.plans import Plan, plan_grid
from mediation.pipeline.specifications.fill import with_specifications
from mediation.reporting.beside import previous_results, truth_beside
from mediation.reporting.contents import Cell, Entry, ReportContents, Variable
from mediation.reporting.fit_warnings import fit_warnings
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.measures_tables import unverified_warning
from mediation.reporting.results_json import headline_changes
from mediation.reporting.write import write_report
from mediation.study.entries import ModelEntry
from mediation.study.manifest import BASELINE_SUFFIX
from mediation.study.study import Study, load_study


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
    if Path(folder).is_file():
        raise ReportError(
            "`--out` must be a folder; a file of this name exists. Name another folder."
        )
    study = load_study(manifest)
    contents = analyze(study, seed=seed, progress=progress)
    contents = replace(contents, truth=_truth(manifest, study))
    changes = headline_changes(previous_results(folder), contents)
    return write_report(replace(contents, changes=changes), folder)


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
    cells = [(plan, fit_cell(study, plan, seed, warnings)) for plan in progress(plans)]
    entries = tuple(
        _entry(model, [cell for plan, cell in cells if plan.entry == number])
        for number, model in enumerate(manifest.models)
    )
    entries = with_specifications(study, entries, plans, seed, warnings)
    names = _variable_names(study, [plan for plan, _ in cells])
    scored = [n for m in manifest.models for n in (*m.mediators, *m.outcomes)]
    measures = measure_scales(study)
    warnings += filter(None, [unverified_warning(measures)])
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
        measures=measures,
        attrition=None if manifest.is_flat else attrition(study),
    )


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
    """Name the columns of the models first, then those whose attrition is described."""
    named = [name for plan in plans for name in plan.model.columns]
    units = study.manifest.columns(study.manifest.unit_role)
    scores = study.manifest.interview_scores
    first = [f"{name}{BASELINE_SUFFIX}" for name in scores]
    return tuple(dict.fromkeys((*named, *units, *scores, *first)))


def _variable(study: Study, name: str) -> Variable:
    entry = study.variable(name)
    low, high = entry.range or (None, None)
    return Variable(name, entry.label, low, high)


def _truth(manifest: Path, study: Study) -> dict[str, object] | None:
    """Known truth of a synthetic study, if it lies beside the manifest."""
    return truth_beside(manifest) if study.manifest.study.synthetic else None
