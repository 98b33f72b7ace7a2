"""How far the answer of one cell can be trusted: every part of its robustness."""

from __future__ import annotations

from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.robust_ceiling import ceiling_of
from mediation.pipeline.robust_confounding import confounding_of
from mediation.pipeline.robust_detectable import detectable_of
from mediation.pipeline.robust_diagnostics import diagnostics_of
from mediation.pipeline.robust_leave_one_out import leave_one_out_of
from mediation.pipeline.robust_levels import levels_part
from mediation.pipeline.robust_linkage import linkage_of
from mediation.pipeline.robust_measurement import measurement_of
from mediation.pipeline.robust_moderation import moderation_of
from mediation.pipeline.robust_order import order_of
from mediation.pipeline.robust_rater import raters_of
from mediation.pipeline.robust_selection import selection_of
from mediation.reporting.contents import Robustness


def robustness_of(bench: Bench, table: AnalysisTable, result: MediationResult) -> Robustness:
    """Make the parts of the robustness of a cell; what cannot be made is a warning.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    Robustness
    """
    return Robustness(
        confounding=bench.part(
            "unmeasured confounding", lambda: confounding_of(bench, table, result)
        ),
        measurement=bench.part(
            "correction for measurement error", lambda: measurement_of(bench, table, result)
        ),
        ceiling=bench.part("correction for the ceiling", lambda: ceiling_of(bench, table, result)),
        leave_one_out=bench.part(
            "analysis without each cluster", lambda: leave_one_out_of(bench, table, result)
        ),
        levels=bench.part(
            "analysis with other levels of clusters", lambda: levels_part(bench, table, result)
        ),
        moderation=bench.part(
            "moderation of the slope", lambda: moderation_of(bench, table, result)
        ),
        linkage=bench.part("other linkage", lambda: linkage_of(bench, table, result)),
        order=bench.part("reversed order", lambda: order_of(bench, result)),
        rater=bench.part("comparison of raters", lambda: raters_of(bench, table, result)),
        selection=bench.part(
            "selection on the mediator", lambda: selection_of(bench, table, result)
        ),
        detectable=bench.part("smallest effect", lambda: detectable_of(bench, result)),
        diagnostics=bench.part(
            "diagnostics of the equations", lambda: diagnostics_of(bench, table, result)
        ),
    )
