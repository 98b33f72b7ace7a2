"""From a study to its aggregates: the only place where a twin meets people's values."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mediation.arrays import Array
from mediation.errors import SimulationError
from mediation.simulation.twin.aggregates import Aggregates, InterviewScore
from mediation.simulation.twin.cells import CellFit, fit_cells
from mediation.simulation.twin.components import correlation_inside
from mediation.simulation.twin.layout import Layout, covariates_of, is_baseline, layout_of
from mediation.simulation.twin.measure_fidelity import measure_fidelity
from mediation.simulation.twin.measure_items import measure_goals, measure_items
from mediation.simulation.twin.measure_leaving import measure_leaving
from mediation.simulation.twin.measure_scores import is_separate, measure_mediator, measure_other
from mediation.simulation.twin.measure_slopes import measure_a, measure_paths
from mediation.simulation.twin.measure_structure import (
    correlation_matrix,
    measure_categories,
    measure_constant,
    measure_levels,
    measure_number_correlations,
    measure_numbers,
    measure_schedule,
    positive,
)
from mediation.simulation.twin.panel import Panel, panel_of
from mediation.simulation.twin.rounding import LEAST_CELL, coarse_correlation, share_of
from mediation.study.manifest import CLIENT, MANAGER, TableRole
from mediation.study.study import Study

# Correlations rest on at least so many smallest cells of people.
_CELLS_OF_CORRELATION = 4


def aggregates_of(study: Study) -> Aggregates:
    """Take from a study everything that its twin is made from.

    Parameters
    ----------
    study : Study
        With fidelity, clients and interviews.

    Returns
    -------
    Aggregates

    Raises
    ------
    SimulationError
        If a twin cannot be made of such a study, or it is too small for aggregates: fewer
        clusters than the smallest cell, fewer than eight smallest cells of clients, or no model
        that can be estimated.
    """
    layout = layout_of(study.manifest)
    panel = panel_of(study, layout)
    minimum = max(study.manifest.study.minimum_cell, LEAST_CELL)
    cells = fit_cells(study, layout)
    _check_size(panel, cells, minimum)
    fidelity = measure_fidelity(panel, minimum)
    a = measure_a(cells, layout)
    paths = measure_paths(cells, layout, fidelity[0].changes, a)
    by_outcome = {each.outcome: each for each in paths}
    described = [measure_mediator(panel, cells, a, minimum)]
    for name in layout.scores[1:]:
        described.append(measure_other(panel, name, cells, by_outcome.get(name), minimum))
    n_goals = measure_goals(study)
    scores = tuple(_with_goals(score, layout, n_goals) for score, _ in described)
    left = [values for _, values in described]
    least = _CELLS_OF_CORRELATION * minimum
    return Aggregates(
        minimum=minimum,
        n_clients=len(panel.units),
        levels=measure_levels(panel, minimum),
        schedule=measure_schedule(panel, minimum),
        fidelity=fidelity,
        numbers=measure_numbers(panel, minimum),
        categories=measure_categories(panel, minimum),
        constant_in=measure_constant(panel),
        number_correlations=measure_number_correlations(panel, least),
        scores=scores,
        a=a,
        paths=paths,
        correlations=_lasting(panel, scores, left, least),
        error_correlations=_passing(left, least),
        leaving=measure_leaving(panel, minimum),
        changed_manager=_changed_manager(study, minimum),
        items=measure_items(study, minimum),
        n_goals=n_goals,
        left_out=_left_out(layout),
    )


def _with_goals(score: InterviewScore, layout: Layout, n_goals: float) -> InterviewScore:
    """Give the share of attained goals its steps: the twin's clients have equally many goals."""
    entry = layout.manifest.scores.get(score.name)
    if entry is None or entry.items:
        return score
    return replace(score, scale=replace(score.scale, unit=1 / max(1, round(n_goals))))


def _check_size(panel: Panel, cells: tuple[CellFit, ...], minimum: int) -> None:
    n_clusters = len(np.unique(panel.scored))
    if n_clusters < minimum or len(panel.units) < 8 * minimum:
        raise SimulationError(
            f"A twin is made of figures that rest on {minimum} clusters and {8 * minimum} clients "
            f"at least. Found {n_clusters} clusters with fidelity and {len(panel.units)} clients. "
            "Do not share figures of so small a study this way."
        )
    if {cell.outcome for cell in cells} != set(panel.layout.outcomes):
        raise SimulationError(
            "A twin needs an estimate of each outcome's model at one pair of waves at least. Found "
            "a model that cannot be estimated. `mediation validate` and `mediation report` say why."
        )


def _lasting(
    panel: Panel, scores: tuple[InterviewScore, ...], left: list[Array], least: int
) -> tuple[tuple[float, ...], ...]:
    """Correlate what lasts in the mediator with what is left of the others at the first wave.

    Inside the innermost clusters, as the twin draws it.
    """
    separate, code = is_separate(panel), panel.codes[-1]
    # What lasts is a part of each interview: its correlation is that of interviews, made larger.
    reliability = 1.0 if separate else scores[0].stability
    columns = [left[0][:, :1] if separate else left[0], *(values[:, :1] for values in left[1:])]
    matrix = np.eye(len(columns))
    for i in range(1, len(columns)):
        for j in range(i):
            found, n = correlation_inside(columns[j], columns[i], code)
            matrix[i, j] = matrix[j, i] = coarse_correlation(found, n) if n >= least else 0.0
    matrix[0, 1:] *= reliability**-0.5 if reliability > 0 else 0.0
    for position, score in enumerate(scores[1:], start=1):
        outcome = score.name in panel.layout.outcomes
        adjusted = outcome and panel.layout.manifest.uses_baseline(panel.layout.entry(score.name))
        # A common cause of mediator and outcome that no equation holds would bias b.
        if outcome and not adjusted:
            matrix[0, position] = 0.0
    matrix[:, 0] = matrix[0]
    return positive(np.clip(matrix, -0.9, 1.0))


def _passing(left: list[Array], least: int) -> tuple[tuple[float, ...], ...]:
    """Correlate what is left of the scores at later waves; nothing with the mediator."""
    matrix = np.eye(len(left))
    matrix[1:, 1:] = correlation_matrix([values[:, 1:].ravel() for values in left[1:]], least)
    return tuple(tuple(float(v) for v in row) for row in matrix)


def _changed_manager(study: Study, minimum: int) -> float:
    """Share of clients whom several case managers served."""
    if MANAGER not in study.manifest.columns(TableRole.SPELLS):
        return 0.0
    managers = study.frame(TableRole.SPELLS).groupby(CLIENT)[MANAGER].nunique()
    return share_of(int((managers > 1).sum()), study.n_rows, minimum)


def _left_out(layout: Layout) -> tuple[str, ...]:
    """Covariates that linkage makes of spells: they are in the models, and cause nothing here."""
    named = [
        name
        for outcome in layout.outcomes
        for of_mediator in (True, False)
        for name in covariates_of(layout.entry(outcome), of_mediator)
    ]
    known = (n for n in named if n not in layout.covariates)
    return tuple(dict.fromkeys(n for n in known if not is_baseline(n, layout.manifest)))
