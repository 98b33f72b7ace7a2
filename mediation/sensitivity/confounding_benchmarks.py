"""Measured covariates as a measure of unmeasured ones: what they explain inside clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.clusters import means_of_rows, varies_inside
from mediation.estimation.columns import INTERCEPT
from mediation.estimation.design import Prepared
from mediation.sensitivity.confounding_measures import bound_by_covariate


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a measured covariate explains, and the most that one as strong could.

    Attributes
    ----------
    name : str
        Column of the table; all levels of a category together.
    r2_mediator : float
        Partial R² with the mediator, given predictor, other mediators and covariates.
    r2_outcome : float
        Partial R² with the outcome, given these and the mediator.
    bound_mediator, bound_outcome : float
        The same of a common cause as strong as the covariate; NaN where none is possible.
    """

    name: str
    r2_mediator: float
    r2_outcome: float
    bound_mediator: float
    bound_outcome: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Explained:
    """Shares of the variance, inside the innermost clusters if there are any.

    Attributes
    ----------
    left_mediator, left_outcome : float
        Share that the equation of the mediator (with everything else on the right-hand side of the
        outcome), and that of the outcome, leave unexplained.
    benchmarks : tuple of Benchmark
        Covariates that vary inside clusters, in the order of the model.
    variance_mediator, variance_outcome : float
        What the equations leave unexplained inside clusters, over the number of rows.
    """

    left_mediator: float
    left_outcome: float
    benchmarks: tuple[Benchmark, ...]
    variance_mediator: float
    variance_outcome: float


def explained_inside(prepared: Prepared, mediator: str) -> Explained:
    """Find what covariates explain of mediator and outcome inside the innermost clusters.

    Parameters
    ----------
    prepared : Prepared
    mediator : str

    Returns
    -------
    Explained

    References
    ----------
    Cinelli & Hazlett (2020), JRSS B 82, 39-67, section 4.4, on deviations from cluster means.
    """
    equation, columns = prepared.outcome_equation, prepared.columns
    sources = [columns[at].source for at in equation.x_at]
    of_mediator = next(e for e in prepared.mediator_equations if columns[e.y_at].name == mediator)
    kept = [k for k in range(len(sources)) if _varies(equation.x[:, k], prepared)]
    x = _deviations(equation.x[:, kept], prepared)
    x /= np.sqrt((x**2).mean(axis=0))
    y, m = (_deviations(each[:, None], prepared) for each in (equation.y, of_mediator.y))
    names = [sources[k] for k in kept]
    is_mediator = np.array([name == mediator for name in names])
    of_m, of_y = _left(m, x[:, ~is_mediator]), _left(y, x)
    found = []
    mediators = (columns[e.y_at].name for e in prepared.mediator_equations)
    reserved = {INTERCEPT, prepared.scales[0].name, *mediators}
    for name in dict.fromkeys(name for name in names if name not in reserved):
        others = np.array([other != name for other in names])
        r2_m = 1 - of_m / _left(m, x[:, others & ~is_mediator])
        r2_y = 1 - of_y / _left(y, x[:, others])
        found.append(Benchmark(name, r2_m, r2_y, *bound_by_covariate(r2_m, r2_y)))
    return Explained(
        left_mediator=of_m / float((m**2).sum()),
        left_outcome=of_y / float((y**2).sum()),
        benchmarks=tuple(found),
        variance_mediator=of_m / len(m),
        variance_outcome=of_y / len(y),
    )


def _varies(column: Array, prepared: Prepared) -> bool:
    if not np.ptp(column):
        return False
    clusters = prepared.clusters
    return not clusters.names or bool(varies_inside(column, clusters.codes[-1]))


def _deviations(values: Array, prepared: Prepared) -> Array:
    """Deviations from the means of innermost clusters, or of all rows, shape (n_rows, k)."""
    clusters = prepared.clusters
    if not clusters.names:
        means: Array = values.mean(axis=0)
        return values - means
    return values - means_of_rows(values.T, clusters.codes[-1]).T


def _left(y: Array, x: Array) -> float:
    """Sum of squares of y (n, 1) that columns x (n, p) leave unexplained."""
    if not x.shape[1]:
        return float((y**2).sum())
    q, _ = np.linalg.qr(x)
    return float(((y - q @ (q.T @ y)) ** 2).sum())
