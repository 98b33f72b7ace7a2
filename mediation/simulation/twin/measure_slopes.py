"""Slopes of the equations: the study's own estimates, pooled over its pairs of waves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.simulation.twin.aggregates import Paths, Slopes
from mediation.simulation.twin.cells import CellFit
from mediation.simulation.twin.layout import Layout, covariates_of, is_baseline
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import coarse_slope
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR


def pooled(estimates: list[tuple[float, float]]) -> tuple[float, float]:
    """Average estimates with their standard errors, weighted by precision.

    Examples
    --------
    >>> [round(each, 3) for each in pooled([(1.0, 1.0), (4.0, 2.0)])]
    [1.6, 0.894]
    """
    usable = [(value, error) for value, error in estimates if np.isfinite(error) and error > 0]
    if not usable:
        return 0.0, 0.0
    values, errors = np.array(usable).T
    weights = errors**-2
    return float(weights @ values / weights.sum()), float(weights.sum() ** -0.5)


def pooled_path(cells: list[CellFit], name: str) -> tuple[float, float]:
    """Pool one path over cells; zero with standard error zero if none has it."""
    return pooled([cell.paths[name] for cell in cells if name in cell.paths])


def people_of(cells: list[CellFit]) -> int:
    """Fewest clients behind an estimate pooled over cells."""
    return min((cell.fit.counts.n_clients for cell in cells), default=1)


def measure_a(cells: tuple[CellFit, ...], layout: Layout) -> float:
    """Pool the path from fidelity to the mediator over the pairs of the first outcome."""
    first = [cell for cell in cells if cell.outcome == layout.outcomes[0]]
    return coarse_slope(*pooled_path(first, "a"), people_of(first))


def measure_paths(
    cells: tuple[CellFit, ...], layout: Layout, changes: bool, a: float
) -> tuple[Paths, ...]:
    """Pool the other paths of every outcome.

    Parameters
    ----------
    cells : tuple of CellFit
    layout : Layout
    changes : bool
        Whether fidelity varies inside clusters. If so, b between = b within: what else acts
        between clusters is not defined there. If not, b between - b within is drawn to zero
        by 1 - 1 / t^2 (to zero if t^2 < 1), t its ratio to the standard error, since a dozen
        clusters tell little of it.
    a : float
        As published. The direct path is the total effect less a * b between, so that the total
        is that of the study.

    Returns
    -------
    tuple of Paths
    """
    found = []
    for outcome in layout.outcomes:
        own = [cell for cell in cells if cell.outcome == outcome]
        names = {name for cell in own for name in cell.paths}
        within, within_error = pooled_path(own, "b within" if "b within" in names else "b single")
        between, between_error = pooled_path(own, "b between")
        apart, error = between - within, float(np.hypot(within_error, between_error))
        share = max(0.0, 1 - (error / apart) ** 2) if apart and between_error else 0.0
        if changes or layout.entry(outcome).split_at:
            share = 0.0
        n = people_of(own)
        b_within = coarse_slope(within, within_error, n)
        b_between = b_within
        if share > 0:
            b_between = coarse_slope(within + share * apart, between_error, n)
        total, total_error = pooled_path(own, "total")
        c_prime = coarse_slope(total - a * b_between, total_error, n)
        found.append(Paths(outcome, b_within, b_between, c_prime))
    return tuple(found)


def measure_covariate_slopes(
    cells: tuple[CellFit, ...], panel: Panel, outcome: str, position: int, least: int
) -> Slopes:
    """Pool the slopes of covariates, calendar time and scores at the first wave.

    Parameters
    ----------
    cells : tuple of CellFit
    panel : Panel
    outcome : str
    position : int
        Of the equation: 0 of the mediator, 1 of the outcome.
    least : int
        Slopes of a level of a category, or of any column, with fewer people are left out.

    Returns
    -------
    tuple of (str, float)
        By the name of the coefficient, `gender[man]` for a level.
    """
    columns = slope_columns(panel, outcome, position == 0, least)
    own = [cell for cell in cells if cell.outcome == outcome]
    found = []
    for name in columns:
        estimates = [
            (value, error)
            for cell in own
            for label, value, error, _ in cell.equation(position).coefficients
            if label == name
        ]
        if estimates:
            found.append((name, coarse_slope(*pooled(estimates), people_of(own))))
    return tuple(found)


def slope_columns(panel: Panel, outcome: str, of_mediator: bool, least: int) -> tuple[str, ...]:
    """Name the coefficients of an equation of the twin."""
    layout = panel.layout
    entry = layout.entry(outcome)
    names: list[str] = []
    for name in covariates_of(entry, of_mediator):
        if name in layout.covariates:
            names += dummies(panel, name, least)
        elif is_baseline(name, layout.manifest):
            names.append(name)
    if not of_mediator and layout.manifest.uses_baseline(entry):
        names.append(f"{outcome}{BASELINE_SUFFIX}")
    return (*dict.fromkeys(names), CALENDAR)


def dummies(panel: Panel, name: str, least: int) -> list[str]:
    """Coefficients of a column of the clients that rest on enough people."""
    if not panel.layout.is_category(name):
        values = panel.units[name].to_numpy(dtype=float)
        known = np.sort(values[np.isfinite(values)])
        varies = len(known) >= 2 * least and known[least - 1] < known[-least]
        return [name] if varies else []
    answered = np.isfinite(panel.scores[panel.layout.mediator]).any(axis=1)
    column = panel.units[name].astype(object).to_numpy()
    levels = panel.layout.manifest.variable(name).levels[1:]
    return [f"{name}[{k}]" for k in levels if ((column == k) & answered).sum() >= 2 * least]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Regressors:
    """What slopes multiply, by the name of the coefficient; shapes (n_clients, n_waves or 1)."""

    columns: dict[str, Array]

    def part(self, slopes: Slopes) -> Array:
        """Sum slopes times columns, each from its mean over the rows that have it."""
        total: Array = np.zeros((1, 1))
        for name, slope in slopes:
            column = self.columns[name]
            known = np.isfinite(column)
            # A wave without any interview has no mean, and no rows to take it off.
            n = np.maximum(known.sum(axis=0), 1)
            total = total + slope * (column - np.where(known, column, 0.0).sum(axis=0) / n)
        return total
