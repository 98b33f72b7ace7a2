"""How the paths a of several mediators, whose equations are fitted apart, vary together."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Protocol

import numpy as np

from mediation.arrays import Array
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.equation import EquationFit
from mediation.vocabulary import PathName


class FitsEquations(Protocol):
    """An engine that fits the equations of N data sets; see `EquationEngine`."""

    def fit_equations(
        self, equations: tuple[Equation, ...], values: Array, clusters: Clusters, n_clusters: int
    ) -> tuple[EquationFit, ...]:
        """Fit all equations."""


def correlate_a(
    engine: FitsEquations,
    equations: tuple[Equation, ...],
    fits: tuple[EquationFit, ...],
    values: Array,
    clusters: Clusters,
    n_clusters: int,
) -> Array:
    """Correlation of the estimated a of all mediators, by polarisation.

    The equations of the mediators have the same columns, so that the a of a sum of mediators is
    the sum of their a. With each mediator divided by the standard error of its a, the variances V+
    and V- of the a of the sum and of the difference of two of them give their correlation,
    (V+ - V-) / (V+ + V-). Exact where the variance is quadratic in the residuals: classical least
    squares, HC3, CR1 and CR2. For mixed models it takes what differs between clusters and what
    does inside them in the proportions in which these enter a.

    Parameters
    ----------
    engine : FitsEquations
    equations : tuple of Equation
        Of one model.
    fits : tuple of EquationFit
        Of these equations.
    values : ndarray, shape (N, n_rows, n_columns)
    clusters : Clusters
    n_clusters : int
        Clusters at the predictor's level.

    Returns
    -------
    ndarray, shape (N, n_mediators, n_mediators)

    References
    ----------
    Zellner (1962), Journal of the American Statistical Association 57, 348-368, eq. 2.9: with the
    same regressors in all equations the correlation is that of the residuals.
    """
    found = [(e, f, k) for e, f in zip(equations, fits, strict=True) if (k := _place_of_a(e)) >= 0]
    pairs = list(combinations(range(len(found)), 2))
    correlation = np.tile(np.eye(len(found)), (len(values), 1, 1))
    if not pairs:
        return correlation
    scaled = [values[:, :, e.y_at] / _error(f, k)[:, None] for e, f, k in found]
    columns = [scaled[i] + sign * scaled[j] for i, j in pairs for sign in (1, -1)]
    wider = np.concatenate([values, np.stack(columns, axis=2)], axis=2)
    first, _, at = found[0]
    n_columns = values.shape[2]
    both = tuple(replace(first, y_at=n_columns + k) for k in range(len(columns)))
    variances = [
        f.covariance[:, at, at] for f in engine.fit_equations(both, wider, clusters, n_clusters)
    ]
    for number, (i, j) in enumerate(pairs):
        plus, minus = variances[2 * number], variances[2 * number + 1]
        correlation[:, i, j] = correlation[:, j, i] = (plus - minus) / (plus + minus)
    return correlation


def _place_of_a(equation: Equation) -> int:
    """Position of the coefficient that is a path a; -1 if none is."""
    roles = [role is not None and role.path is PathName.A for role in equation.roles]
    return roles.index(True) if any(roles) else -1


def _error(fit: EquationFit, at: int) -> Array:
    error: Array = np.sqrt(fit.covariance[:, at, at])
    return error
