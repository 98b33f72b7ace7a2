"""The tidy table of a design: one row per cell, method and effect."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.inference.wild_vectors import MOST_ENUMERATED
from mediation.options import describe_options
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.analyze import Found
from mediation.simulation.laboratory.design import Design, Method
from mediation.simulation.laboratory.sums import Sums
from mediation.simulation.laboratory.tasks import Task
from mediation.vocabulary import WildWeights

TYPE_I, POWER = "type I error", "power"


def coverage_table(design: Design, parts: list[tuple[Task, Found]]) -> pd.DataFrame:
    """Put the sums of all tasks together.

    Parameters
    ----------
    design : Design
    parts : list of (Task, dict)
        Every task of the design with what it found.

    Returns
    -------
    DataFrame
        Cells, methods and effects in the order of the design. `design` tells the clusters;
        `rejection` is the share of studies in which zero is outside, `rejection_kind` says
        whether that is an error; `coverage`, `bias`, `width` as named, NaN where a method has no
        limits. Each has its Monte Carlo standard error beside it in `<name>_error`. `n_failed`
        studies are left out of all of them, `failures` says why. `note` says what a method can
        never do in a cell.
    """
    sums: dict[tuple[str, str, str], Sums] = {}
    for task, found in parts:
        for key, effects in found.items():
            for effect, more in effects.items():
                place = (task.cell.id, key, effect)
                sums[place] = sums[place] + more if place in sums else more
    rows = [
        _row(cell, method, effect, design.truths[cell.id][effect], found_here)
        for cell in design.cells
        for effect in design.effects
        for method in design.methods
        if (found_here := sums.get((cell.id, method.key, effect))) is not None
    ]
    return pd.DataFrame(rows)


def _row(cell: Cell, method: Method, effect: str, truth: float, sums: Sums) -> dict[str, Any]:
    measures = {
        "rejection": sums.rejection,
        "coverage": sums.coverage,
        "bias": sums.bias,
        "width": sums.mean_width,
    }
    without = ", clusters ignored" if method.ignores_clusters else ""
    return {
        **_cell_columns(cell),
        "method": method.name,
        "engine": describe_options(method.engine) + without,
        "interval": describe_options(method.interval),
        "effect": effect,
        "truth": truth,
        "n_studies": sums.n,
        "n_failed": sums.n_failed,
        "failures": "; ".join(f"{cause}: {n}" for cause, n in sorted(sums.failures.items())),
        "share_resamples_failed": sums.resamples_failed / sums.resamples if sums.resamples else 0.0,
        "rejection_kind": TYPE_I if truth == 0 else POWER,
        **{
            name: number
            for measure, (value, error) in measures.items()
            for name, number in ((measure, value), (f"{measure}_error", error))
        },
        "note": _note(cell, method),
    }


def _note(cell: Cell, method: Method) -> str:
    """Say what a method can never do in a cell, empty if nothing."""
    interval = method.interval
    if not isinstance(interval, WildClusterBootstrap):
        return ""
    teams = cell.teams_per_organization
    n_clusters = len(cell.team_sizes if teams is None else teams)
    least = 2.0 ** (1 - n_clusters)
    has_signs = interval.weights is not WildWeights.WEBB and n_clusters <= MOST_ENUMERATED
    # As `judge_wild` rejects: 1 - .95 is .05 but for rounding.
    if not has_signs or least <= (1 - interval.conf_level) * (1 + 1e-9):
        return ""
    return (
        f"with {n_clusters} clusters the least p-value that signs can give is {least:g}, so that "
        f"nothing can be rejected at a level of {1 - interval.conf_level:.3g}"
    )


def _cell_columns(cell: Cell) -> dict[str, Any]:
    """Describe a cell in columns."""
    teams = cell.teams_per_organization
    return {
        "cell": cell.id,
        "design": cell.id.split(" icc ")[0],
        "n_teams": len(cell.team_sizes),
        "n_organizations": 0 if teams is None else len(teams),
        "n_clients": sum(cell.team_sizes),
        "alliance_icc": cell.alliance_icc,
        "outcome_icc": cell.outcome_icc,
        "a": cell.a,
        "b": cell.b,
        "organization_share_of_icc": cell.organization_share_of_icc,
        "predictor_organization_share": cell.predictor_organization_share,
        "slope_sd": cell.slope_sd,
        "skew": cell.skew,
        "ceiling_share": cell.ceiling_share,
        "time_varying": cell.time_varying,
        "variation": _variation(cell),
    }


def _variation(cell: Cell) -> str:
    """Name what is not as in a base cell, empty if nothing is."""
    varied = [
        (cell.slope_sd > 0, f"slopes differ, SD {cell.slope_sd:.2f}"),
        (cell.time_varying, "fidelity changes over time"),
        (cell.skew != 0, "skewed alliance"),
        (cell.ceiling_share > 0, f"ceiling, {cell.ceiling_share:.0%} at maximum"),
    ]
    if cell.teams_per_organization is not None:
        share = cell.predictor_organization_share
        uneven = len(set(cell.teams_per_organization)) > 1
        varied += [
            (uneven, "uneven teams per organization"),
            (share != 0.5, f"organization's share of fidelity {share:g}"),
        ]
    return ", ".join(words for is_so, words in varied if is_so)
