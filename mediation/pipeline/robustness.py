"""How far the answer of one cell can be trusted: every part of its robustness."""

from __future__ import annotations

from mediation.inference.result import MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
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
    return Robustness()
