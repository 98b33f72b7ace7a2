"""One cell again with every rule of linkage and several maximum ages."""

from __future__ import annotations

from dataclasses import replace

from mediation.errors import MediationError
from mediation.inference.result import MediationResult
from mediation.linkage.flow import flow_of
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench, for_readers
from mediation.pipeline.missing_values import link_for
from mediation.sensitivity.linkage_varied import LinkageVaried, vary_linkage
from mediation.study.entries import LinkageEntry
from mediation.vocabulary import LinkageRule, StaleRows

# Of a mean exposure, where the manifest names no window.
WINDOW_MONTHS = 12.0
# The stream of the alternative linkage that stands beside the declared one: where both are the
# same analysis, they are the same numbers.
STREAM = 2


def linkage_of(bench: Bench, table: AnalysisTable, result: MediationResult) -> LinkageVaried | None:
    """Repeat the declared analysis with other linkages; None where nothing is linked.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
        Of the declared analysis.
    result : MediationResult

    Returns
    -------
    LinkageVaried or None
        Numbers of rows are left out that would tell of a few people beside others of the report.
    """
    study, plan = bench.study, bench.plan
    declared = study.manifest.linkage
    if declared is None or declared.predictor != plan.model.predictor or plan.waves is None:
        return None
    age = declared.max_age_months if declared.stale is StaleRows.DROP else None
    varied = vary_linkage(
        plan.model,
        _tables(bench, declared),
        lambda each: bench.fit(plan, each, STREAM, plan.missing),
        (declared.rule, age, result),
        minimum=study.manifest.study.minimum_cell,
    )
    return _without_small_differences(bench, table, result, varied)


def _tables(bench: Bench, declared: LinkageEntry) -> list[AnalysisTable]:
    """Link by every rule, stale rows kept; a rule that cannot link is a warning."""
    plan, tables = bench.plan, []
    for rule in (declared.rule, *(each for each in LinkageRule if each is not declared.rule)):
        is_mean = rule is LinkageRule.MEAN_EXPOSURE
        window = (declared.window_months or WINDOW_MONTHS) if is_mean else None
        changes = {"rule": rule, "window_months": window, "stale": StaleRows.KEEP}
        linkage = declared.model_copy(update=changes)
        try:
            tables.append(
                link_for(bench.study, plan.model, plan.waves, plan.missing, linkage=linkage)
            )
        except MediationError as error:
            name = rule.value.replace("_", " ")
            bench.warnings.append(f"{plan.model.outcome}: not linked by {name}. "
                                  f"{for_readers(error)}")  # fmt: skip
    return tables


def _without_small_differences(
    bench: Bench, table: AnalysisTable, result: MediationResult, varied: LinkageVaried
) -> LinkageVaried:
    """Leave out numbers of rows that differ by a few people from others that are told."""
    model, minimum = bench.plan.model, bench.study.manifest.study.minimum_cell
    flow = flow_of(table, model.columns + model.clusters, model.outcome, model.mediators)
    told = {result.fit.counts.n_clients, bench.study.n_rows}
    told |= {step.n_clients for step in flow.steps} | {n for _, n in flow.interviewed}
    kept = []
    for each in varied.analyses:
        n = each.n_rows
        if n is not None and not each.is_declared:
            if n < minimum or any(0 < abs(n - other) < minimum for other in told):
                n = None
            else:
                told.add(n)
        kept.append(replace(each, n_rows=n))
    return LinkageVaried(tuple(kept))
