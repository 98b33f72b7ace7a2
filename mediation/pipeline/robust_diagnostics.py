"""What the equations of one cell leave over."""

from __future__ import annotations

import numpy as np

from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.robust_leave_one_out import lettered_rows
from mediation.sensitivity.diagnostics import diagnose
from mediation.sensitivity.diagnostics_values import Diagnostics
from mediation.vocabulary import Convergence

DIAGNOSTICS = 230


def diagnostics_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> Diagnostics | None:
    """Look at residuals and cluster effects of a cell.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult

    Returns
    -------
    Diagnostics or None
        None without a converged fit.
    """
    plan = bench.plan
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    frame = lettered_rows(bench, table, plan.model.clusters)
    minimum = bench.study.manifest.study.minimum_cell
    # Not by cell: the same equation of the same rows has the same band wherever it stands.
    rng = np.random.default_rng([bench.seed, DIAGNOSTICS])
    return diagnose(plan.model, frame, plan.engine, rng, minimum=minimum)
