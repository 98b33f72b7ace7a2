"""The regressions and the measurement of a latent model, one summary each."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array
from mediation.estimation.latent.solve import Ending, Solution
from mediation.estimation.latent.structure import Structure
from mediation.estimation.paths import EquationSummary
from mediation.vocabulary import Convergence

CONVERGENCE = {Ending.INTERIOR: Convergence.CONVERGED, Ending.BOUNDARY: Convergence.BOUNDARY}
Statistics = tuple[float, float, float]
# (head, tail) -> estimate, standard error, degrees of freedom
Arrows = dict[tuple[str, str], Statistics]


def summarize_equations(
    structure: Structure,
    solution: Solution,
    values: Array,
    *,
    errors: Array,
    standardized: tuple[Array, Array],
    df: float,
) -> tuple[EquationSummary, ...]:
    """Summarise the regressions of mediators and outcome, then each latent variable's measurement.

    The contrasts of an equation are its standardised coefficients.

    Parameters
    ----------
    structure : Structure
    solution : Solution
    values, errors : ndarray, shape (n_parameters,)
        In the units of the table.
    standardized : tuple of ndarray, shape (n_arrows,) each
        As `standardize_solution` gives them.
    df : float
        Degrees of freedom of the standard errors.

    Returns
    -------
    tuple of EquationSummary
    """
    free = np.flatnonzero(structure.is_arrow)
    n_fixed = len(structure.markers)
    # The loading of a marker is fixed: it has no sampling error.
    raw = _key(
        structure,
        np.concatenate([values[free], np.ones(n_fixed)]),
        np.concatenate([errors[free], np.zeros(n_fixed)]),
        df,
    )
    standard = _key(structure, *standardized, df)
    variances = {
        slot.head: float(value)
        for slot, value in zip(structure.slots, values, strict=True)
        if not slot.is_arrow and slot.head == slot.tail
    }
    latent = dict(structure.indicators)
    items = {item for group in latent.values() for item in group}
    summaries = []
    for head in dict.fromkeys(head for head, _ in raw if head not in items):
        tails = [tail for at, tail in raw if at == head]
        summaries.append(
            EquationSummary(
                label=f"{head} ~ {' + '.join(tails)}",
                coefficients=tuple((tail, *raw[head, tail]) for tail in tails),
                variances=(("residual", variances[head]),),
                convergence=_convergence(structure, solution, (head,)),
                contrasts=tuple((f"standardized: {t}", *standard[head, t]) for t in tails),
            )
        )
    for name, group in latent.items():
        summaries.append(
            EquationSummary(
                label=f"{name} =~ {' + '.join(group)}",
                coefficients=tuple((item, *raw[item, name]) for item in group),
                variances=tuple((item, variances[item]) for item in group),
                convergence=_convergence(structure, solution, group),
                contrasts=tuple((f"standardized: {i}", *standard[i, name]) for i in group),
            )
        )
    return tuple(summaries)


def _key(structure: Structure, estimates: Array, errors: Array, df: float) -> Arrows:
    """Statistics of free arrows and of markers by head and tail."""
    arrows = [(slot.head, slot.tail) for slot in structure.slots if slot.is_arrow]
    latent = (name for name, _ in structure.indicators)
    arrows += zip(structure.markers, latent, strict=True)
    rows = zip(arrows, estimates, errors, strict=True)
    return {arrow: (float(value), float(error), df) for arrow, value, error in rows}


def _convergence(structure: Structure, solution: Solution, names: tuple[str, ...]) -> Convergence:
    """How a part of the model ended: a variance at zero concerns only its own equation."""
    ending = CONVERGENCE.get(solution.endings[0], Convergence.NOT_CONVERGED)
    slots = zip(structure.slots, solution.is_free[0], strict=True)
    held = {slot.head for slot, is_free in slots if not is_free}
    if ending is Convergence.BOUNDARY and not held & set(names):
        return Convergence.CONVERGED
    return ending
