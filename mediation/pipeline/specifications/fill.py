"""The specification curve of an entry that asks for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from mediation.errors import MediationError
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.pipeline.bench import for_readers
from mediation.pipeline.plans import Plan
from mediation.pipeline.specifications.combine import Combination, combine
from mediation.pipeline.specifications.dimensions import Options, options_of
from mediation.pipeline.specifications.samples import Samples, sample_of
from mediation.pipeline.specifications.work import Workshop
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.format import has_limits
from mediation.reporting.specifications.curve import SpecificationCurve
from mediation.reporting.specifications.gather import Effects, gather_curve
from mediation.sensitivity.specifications import effects_with_limits
from mediation.study.study import Study
from mediation.vocabulary import Covariance


def with_specifications(
    study: Study,
    entries: Sequence[Entry],
    plans: Sequence[Plan],
    seed: int,
    warnings: list[str],
    *,
    n_workers: int | None = None,
) -> tuple[Entry, ...]:
    """Add the specification curve to every entry of a report that declares one.

    Parameters
    ----------
    study : Study
    entries : sequence of Entry
        One for each of the manifest's models, with fitted cells.
    plans : sequence of Plan
        Of all cells, entry by entry.
    seed : int
    warnings : list of str
        Grows by curves that could not be made.
    n_workers : int, optional
        Processes; left out, all processors where there is enough to do. The numbers do not depend
        on it.

    Returns
    -------
    tuple of Entry
    """
    found = []
    for number, entry in enumerate(entries):
        own = [plan for plan in plans if plan.entry == number]
        try:
            curve = specification_curve(study, entry, own, seed, n_workers=n_workers)
            found.append(replace(entry, specifications=curve))
        except MediationError as error:
            warnings.append(f"{entry.name}: no specification curve. {for_readers(error)}")
            found.append(entry)
    return tuple(found)


def specification_curve(
    study: Study,
    entry: Entry,
    plans: Sequence[Plan],
    seed: int,
    *,
    n_workers: int | None = None,
) -> SpecificationCurve | None:
    """Fit every combination of the choices that an entry of the manifest lists.

    The declared analysis and the published one keep the limits that they have in the report. All
    others have those of the distribution of the product, or from draws where tables are imputed.

    Parameters
    ----------
    study : Study
    entry : Entry
        With fitted cells.
    plans : sequence of Plan
        Of its cells.
    seed : int
    n_workers : int, optional

    Returns
    -------
    SpecificationCurve or None
        None where the manifest lists no choices, or no specification has a number.
    """
    if not plans or study.manifest.models[plans[0].entry].specifications is None:
        return None
    declared = study.manifest.models[plans[0].entry]
    asked = declared.specifications
    assert asked is not None
    timed = any(cell.result.fit.time_adjusted for cell in entry.cells)
    options = options_of(study, declared, asked, timed=timed)
    combinations, left_out = combine(declared, options)
    workshop = Workshop(study, options[-1].values, seed)
    shown: list[Effects] = []
    for number, (plan, cell) in enumerate(zip(plans, entry.cells, strict=True)):
        samples = Samples(study.manifest.study.minimum_cell)
        samples.may_show(sample_of(plan.model, cell.table.frame, plan.missing.method))
        known = _known(workshop, number, cell, options, combinations[0], seed)
        shown += known
        done = {each.choices[:-1] for each in known}
        for each in combinations:
            if each.choices[:-1] not in done:
                workshop.add(number, plan, each, samples)
    for reason, count in left_out.items():
        workshop.left_out[reason] += count * len(entry.cells)
    shown += workshop.fit(plans[0].interval.conf_level, n_workers)
    if not shown:
        return None
    return gather_curve(
        [option.dimension for option in options],
        entry.cells,
        shown,
        workshop.left_out,
        plans[0].interval.conf_level,
    )


def _known(
    workshop: Workshop,
    number: int,
    cell: Cell,
    options: Sequence[Options],
    declared: Combination,
    seed: int,
) -> list[Effects]:
    """Take the declared and the published analysis as the report has them."""
    rows = _rows(cell.result, workshop.effects, seed)
    is_blind = _is_blind(cell)
    found = [
        replace(each, is_declared=not any(each.choices), is_published=is_blind)
        for each in workshop.read(number, declared, rows, 1.0)
    ]
    if cell.blind is None:
        return found
    choices = (*(each.published for each in options[:-1]), 0)
    published = replace(declared, choices=choices, effects=(0,))
    rows = _rows(cell.blind, workshop.effects[:1], seed)
    blind = workshop.read(number, published, rows, 1.0)
    return found + [replace(each, is_published=True) for each in blind]


def _is_blind(cell: Cell) -> bool:
    """Whether the declared analysis itself is the published specification."""
    fit = cell.result.fit
    is_plain = fit.engine in ("OLS", f"OLS(covariance=Covariance.{Covariance.CLASSICAL.name})")
    return is_plain and not fit.model.clusters and "Bootstrap" in cell.result.interval


def _rows(
    result: MediationResult, effects: tuple[str, ...], seed: int
) -> tuple[EffectEstimate, ...]:
    """Give some effects of a result; a test alone has no limits, so that they are made here."""
    wanted = tuple((effect.split()[0], effect.split()[1]) for effect in effects)
    names = {name for name, _ in wanted}
    rows = tuple(row for row in result.effects if row.effect.value in names)
    if all(has_limits(row.value) or row.status.value for row in rows):
        return rows
    return effects_with_limits(result.fit, wanted, result.conf_level, (seed,))
