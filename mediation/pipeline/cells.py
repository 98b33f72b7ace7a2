"""One cell of a grid: the declared analysis, and what stands beside it."""

from __future__ import annotations

from dataclasses import replace

from mediation.errors import MediationError
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.inference.result import MediationResult
from mediation.linkage.changers import count_team_changers, without_team_changers
from mediation.linkage.flow import flow_of
from mediation.linkage.table import AnalysisTable
from mediation.missing.patterns import MissingPatterns, missing_patterns
from mediation.pipeline.bench import Bench, for_readers
from mediation.pipeline.missing_values import (
    analytic,
    flow_to,
    imputation_beside,
    impute_table,
    link_for,
)
from mediation.pipeline.plans import Plan
from mediation.pipeline.robustness import robustness_of
from mediation.reporting.comparison import COMPLETE, STAYED
from mediation.reporting.contents import Cell, Robustness
from mediation.reporting.other_analyses import (
    other_analyses,
    published_interval,
    without_clusters,
)
from mediation.sensitivity.tipping import TippingPoint, tipping_point
from mediation.study.method_entries import MissingEntry
from mediation.study.study import Study
from mediation.vocabulary import EffectName, LinkageRule, MissingMethod

LAST_BEFORE = "fidelity of the last assessment before the interview"
SHIFTS = (-1.0, -0.5, 0.0, 0.5, 1.0)
# Streams of random numbers of one cell; a new variant gets a new number. Other analyses come last.
MAIN, BLIND, RELINKED, OTHERS = range(4)
IMPUTED, STAYED_STREAM, COMPLETE_STREAM = range(100, 103)


def fit_cell(study: Study, plan: Plan, seed: int, warnings: list[str]) -> Cell:
    """Fit one model, the same rows by other analyses, and the same model of other rows.

    Parameters
    ----------
    study : Study
    plan : Plan
    seed : int
    warnings : list of str
        Grows by what could not be fitted beside the declared analysis.

    Returns
    -------
    Cell
    """
    bench = Bench(study, plan, seed, warnings)
    model = plan.model
    table = link_for(study, model, plan.waves, plan.missing)
    result = bench.fit(plan, table, MAIN, plan.missing)
    flow = flow_of(table, model.columns + model.clusters, model.outcome, model.mediators)
    flow = flow_to(flow, result.fit.counts.n_clients, plan.missing)
    imputed, tipping = _imputed(bench, table)
    return Cell(
        outcome=model.outcome,
        waves=plan.waves,
        result=result,
        blind=_blind(bench, table, result),
        others=_others(bench, table),
        alternatives=(*_relinked(bench), *_stayed(bench, table), *imputed),
        table=table,
        flow=flow,
        headline_p_holm=(),
        patterns=_patterns(study, plan, table),
        tipping=tipping,
        robustness=robustness_of(bench, table, result)
        if study.manifest.study.robustness
        else Robustness(),
    )


def _patterns(study: Study, plan: Plan, table: AnalysisTable) -> MissingPatterns:
    """Count patterns of missing values beside the numbers of interviews that a report tells."""
    told = tuple(n for _, n in table.flow.interviewed) if table.flow else ()
    minimum = study.manifest.study.minimum_cell
    return missing_patterns(table.frame, plan.model.columns, minimum, told)


def _blind(bench: Bench, table: AnalysisTable, result: MediationResult) -> MediationResult | None:
    """Fit the published specification."""
    plan = bench.plan
    effect, _ = bench.study.manifest.models[plan.entry].effect_and_level
    # Without clusters there is no contextual effect to be set beside the headline.
    if not plan.model.clusters or effect == EffectName.CONTEXTUAL.value:
        return None
    without = without_clusters(plan.model, result.fit)
    limits = published_interval(plan.interval.conf_level)
    published = replace(plan, model=without, engine=OLS(), interval=limits)
    found = bench.attempt("the published specification", published, table, BLIND)
    return found[0][1] if found else None


def _others(bench: Bench, table: AnalysisTable) -> tuple[tuple[str, MediationResult], ...]:
    """Fit the rows, complete ones only, by other engines and intervals."""
    plan = bench.plan
    found: list[tuple[str, MediationResult]] = []
    for each in other_analyses(plan.model, plan.engine, plan.interval):
        varied = replace(plan, engine=each.engine, interval=each.interval)
        found += bench.attempt(each.name, varied, table, OTHERS + each.number)
    return tuple(found)


def _relinked(bench: Bench) -> tuple[tuple[str, MediationResult], ...]:
    """Fit with fidelity as it was known before the interview."""
    plan, linkage = bench.plan, bench.study.manifest.linkage
    if linkage is None or linkage.rule is LinkageRule.LAST_BEFORE:
        return ()
    again = link_for(bench.study, plan.model, plan.waves, plan.missing, LinkageRule.LAST_BEFORE)
    return bench.attempt(LAST_BEFORE, plan, again, RELINKED, plan.missing)


def _stayed(bench: Bench, table: AnalysisTable) -> tuple[tuple[str, MediationResult], ...]:
    """Fit without clients who changed team, unless so few did that a difference tells of them."""
    plan = bench.plan
    changed = count_team_changers(table, plan.model.columns)
    if not changed or changed < bench.study.manifest.study.minimum_cell:
        return ()
    return bench.attempt(STAYED, plan, without_team_changers(table), STAYED_STREAM, plan.missing)


def _imputed(
    bench: Bench, table: AnalysisTable
) -> tuple[tuple[tuple[str, MediationResult], ...], TippingPoint | None]:
    """Fit with missing values drawn where rows must be complete, and the other way round.

    With drawn values the analysis is repeated with those of the outcome moved.
    """
    plan, study = bench.plan, bench.study
    if plan.missing.method is MissingMethod.FULL_INFORMATION:
        whole = replace(table, _frame=table.frame.dropna(subset=list(plan.model.columns)))
        return bench.attempt(COMPLETE, plan, whole, COMPLETE_STREAM), None
    if not isinstance(plan.engine, OLS | MixedModels):
        return (), None
    if plan.missing.method is MissingMethod.MULTIPLE_IMPUTATION:
        complete = link_for(study, plan.model, plan.waves, MissingEntry())
        beside = bench.attempt(COMPLETE, plan, complete, COMPLETE_STREAM)
        tipping = _tipping(bench, table, plan.missing, MAIN)
        if isinstance(tipping, TippingPoint):
            return beside, tipping
        _warn_of_no_tipping(bench, tipping)
        return beside, None
    if not table.frame[list(plan.model.columns)].isna().to_numpy().any():
        return (), None
    missing = imputation_beside(plan.model, plan.waves)
    varied = replace(plan, interval=analytic(plan.interval))
    name = f"multiple imputation ({missing.n_imputations} data sets)"
    try:
        every = link_for(study, plan.model, plan.waves, missing)
    except MediationError as error:
        bench.warnings.append(f"{plan.model.outcome}: not fitted with {name}. {for_readers(error)}")
        return (), None
    tipping = _tipping(bench, every, missing, IMPUTED)
    if isinstance(tipping, TippingPoint):
        # Moved by nothing, they are the imputed analysis itself.
        at_random = tipping.results[tipping.shifts.index(0.0)]
        return ((name, replace(at_random, seed=bench.seed)),), tipping
    found = bench.attempt(name, varied, every, IMPUTED, missing)
    if found:
        _warn_of_no_tipping(bench, tipping)
    return found, None


def _tipping(
    bench: Bench, table: AnalysisTable, missing: MissingEntry, variant: int
) -> TippingPoint | MediationError:
    """Repeat the imputed analysis with outcomes moved, or say why that cannot be."""
    plan = bench.plan
    try:
        imputed = impute_table(bench.study, plan.model, table, missing, bench.rng(variant))
        interval, seed = analytic(plan.interval), bench.limits_seed(variant)
        return tipping_point(plan.model, imputed, plan.engine, interval, seed, shifts=SHIFTS)
    except MediationError as error:
        return error


def _warn_of_no_tipping(bench: Bench, why: MediationError) -> None:
    outcome = bench.plan.model.outcome
    bench.warnings.append(f"{outcome}: no tipping point. {for_readers(why)}")
