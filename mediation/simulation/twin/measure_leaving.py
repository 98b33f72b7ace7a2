"""Who leaves a study, as a logistic regression; and who misses an interview."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array
from mediation.simulation.twin.aggregates import Leaving
from mediation.simulation.twin.measure_structure import number_columns
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import share_of

NOBODY = -99.0
# A normal prior on slopes per SD keeps them from running away where few leave.
_PRIOR_SD = 1.0
_STEPS = 25


def measure_leaving(panel: Panel, minimum: int) -> Leaving:
    """Describe who has no interview from some wave on, and what else is missed.

    Parameters
    ----------
    panel : Panel
    minimum : int
        With fewer leavers, nobody leaves the twin; with fewer than twice as many, all alike.

    Returns
    -------
    Leaving
    """
    held = panel.held
    n_waves = held.shape[1]
    last = np.where(held.any(axis=1), n_waves - 1 - np.argmax(held[:, ::-1], axis=1), 0)
    wave = np.arange(1, n_waves)
    at_risk = wave <= last[:, None] + 1
    leaves = wave == last[:, None] + 1
    stays = wave <= last[:, None]
    misses = stays & ~held[:, 1:]
    people = int(misses.any(axis=1).sum())
    others = int((stays & held[:, 1:]).any(axis=1).sum())
    missed = share_of(int(misses.sum()), int(stays.sum()), minimum, (people, others))
    covariate, x = leaving_columns(panel)
    n_leavers = int(leaves.sum())
    if n_leavers < minimum:
        return Leaving(NOBODY, 0.0, 0.0, 0.0, "", missed)
    client = np.nonzero(at_risk)[0]
    design = x[client] if n_leavers >= 2 * minimum else np.zeros((len(client), 3))
    slopes = _logistic(design, leaves[at_risk].astype(float))
    log_odds, *per = (round(float(v), 1) for v in slopes)
    return Leaving(log_odds, per[0], per[1], per[2], covariate, missed)


def leaving_columns(panel: Panel) -> tuple[str, Array]:
    """Give what leaving depends on, in SDs, zero where missing, shape (n_clients, 3).

    The first outcome at the first wave; the mediator there less its cluster's mean, so that
    who leaves does not depend on fidelity; and the first number of the clients, whose name
    comes first.
    """
    layout = panel.layout
    outcome = panel.scores[layout.outcomes[0]][:, 0]
    mediator = panel.scores[layout.mediator][:, 0].copy()
    for one in np.unique(panel.scored):
        rows = (panel.scored == one) & np.isfinite(mediator)
        if rows.any():
            mediator[rows] -= mediator[rows].mean()
    numbers = number_columns(panel)
    name = next(iter(numbers), "")
    third = numbers.get(name, np.zeros(len(outcome)))
    return name, np.column_stack([_standard(v) for v in (outcome, mediator, third)])


def _standard(values: Array) -> Array:
    known = np.isfinite(values)
    sd = float(values[known].std()) if known.any() else 0.0
    if sd == 0:
        return np.zeros(len(values))
    return np.where(known, (values - values[known].mean()) / sd, 0.0)


def _logistic(x: Array, y: Array) -> Array:
    """Intercept and slopes by Newton's method, with a normal prior on the slopes."""
    design = np.column_stack([np.ones(len(x)), x])
    penalty = np.diag([0.0, *np.full(x.shape[1], _PRIOR_SD**-2)])
    share = float(np.clip(y.mean(), 1e-3, 1 - 1e-3))
    found: Array = np.array([np.log(share / (1 - share)), *np.zeros(x.shape[1])])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-design @ found))
        information = (design * (p * (1 - p))[:, None]).T @ design + penalty
        found = found + np.linalg.solve(information, design.T @ (y - p) - penalty @ found)
    return found
