"""Residuals and predicted cluster effects of every equation, for looking at a fitted model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import SpecificationError
from mediation.estimation.clusters import cluster_means
from mediation.estimation.columns import Equation
from mediation.estimation.criterion import blups, tree_factors
from mediation.estimation.design import prepare
from mediation.estimation.engine_checks import check_request
from mediation.estimation.mixed import MixedModels
from mediation.estimation.nested import Tree, reduce_rows, tree_of
from mediation.estimation.ols import OLS
from mediation.model import MediationModel


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterEffects:
    """What is predicted for each cluster of one level in one equation.

    Attributes
    ----------
    level : str
        Column of the clusters.
    clusters : tuple of str, length n_clusters
        In the order in which they first appear in the rows analysed.
    sizes : ndarray, shape (n_clusters,)
        Rows of each.
    values : ndarray, shape (n_clusters,)
        Mixed models: the predicted random intercept (best linear unbiased). Least squares: the
        mean residual. In units of the equation's outcome.
    errors : ndarray, shape (n_clusters,)
        Mixed models: the conditional standard deviation of the random intercept, with variances
        and coefficients taken as known. Least squares: the standard error of a mean of so many
        independent residuals.
    variance : float
        Between clusters of this level; NaN for least squares.
    """

    level: str
    clusters: tuple[str, ...]
    sizes: Array
    values: Array
    errors: Array
    variance: float

    def __post_init__(self) -> None:
        for name in ("sizes", "values", "errors"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EquationResiduals:
    """One fitted equation, row by row. Data of people: nothing of it is shown as it is.

    Attributes
    ----------
    label, response : str
        The equation in words, and its left-hand side.
    fitted, residuals : ndarray, shape (n_rows,)
        With the predicted cluster effects (mixed models) in the fitted values.
    sigma : float
        Residual standard deviation of the model.
    codes : ndarray of int, shape (n_rows,)
        Innermost clusters; all zero without clusters.
    effects : tuple of ClusterEffects
        For every level, outermost first.
    """

    label: str
    response: str
    fitted: Array
    residuals: Array
    sigma: float
    codes: IntArray
    effects: tuple[ClusterEffects, ...]


def residuals_of(
    model: MediationModel, frame: pd.DataFrame, engine: MixedModels | OLS
) -> tuple[EquationResiduals, ...]:
    """Give residuals, fitted values and predicted cluster effects of every equation of a model.

    With V = sigma^2 H the effects of level l are gamma_l Z_l' H^-1 (y - X beta), and their
    conditional variance is sigma^2 gamma_l (1 - gamma_l z' H^-1 z) for the indicator z of a
    cluster.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client; rows that are not complete are left out, as in `estimate`.
    engine : MixedModels or OLS

    Returns
    -------
    tuple of EquationResiduals
        Of the mediators, the outcome with them, and the outcome without.

    Raises
    ------
    SpecificationError
        If the engine is another one; also as in `estimate`.
    EstimationError
        As in `estimate`.

    References
    ----------
    Robinson (1991), Statistical Science 6, 15-32 (best linear unbiased prediction); Bates et al.
    (2015), Journal of Statistical Software 67(1), sec. 3.6 (conditional modes and variances).

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> of_m, of_y, of_total = residuals_of(MediationModel("x", ("m",), "y"), frame, OLS())
    >>> of_m.response, of_m.residuals.round(2).tolist()
    ('m', [-0.42, 0.58, -0.67, 0.33, -0.92, 1.08])
    """
    check_request(model, frame, engine)
    if not isinstance(engine, MixedModels | OLS):
        raise SpecificationError(
            "Residuals are known for MixedModels() and OLS(). Found "
            f"{type(engine).__name__}. Look at those of one of them, with the same equations."
        )
    prepared = prepare(model, frame)
    equations, clusters = prepared.equations, prepared.clusters
    values = equations[0].matrix[None]
    fits = engine.fit_equations(equations, values, clusters, prepared.counts.n_clusters)
    used = frame[list(model.columns + model.clusters)].dropna()
    names = tuple(tuple(map(str, pd.factorize(used[name])[1])) for name in model.clusters)
    found = []
    for equation, fit in zip(equations, fits, strict=True):
        rest = equation.y - equation.x @ fit.values[0]
        between, sigma2 = fit.variances[0, :-1], float(fit.variances[0, -1])
        if isinstance(engine, MixedModels):
            effects = _predicted(rest, clusters.codes, between, sigma2)
        else:
            effects = [_mean_residual(rest, codes, sigma2) for codes in clusters.codes]
        found.append(_equation(equation, rest, sigma2, model, clusters.codes, names, effects))
    return tuple(found)


def _equation(
    equation: Equation,
    rest: Array,
    sigma2: float,
    model: MediationModel,
    codes: tuple[IntArray, ...],
    names: tuple[tuple[str, ...], ...],
    effects: list[tuple[Array, Array, float]],
) -> EquationResiduals:
    """Collect one equation; only what is a random effect is taken off the residuals."""
    levels = [
        ClusterEffects(level, labels, read_only(np.bincount(code)), values, errors, variance)
        for level, labels, code, (values, errors, variance) in zip(
            model.clusters, names, codes, effects, strict=True
        )
    ]
    residuals = rest.copy()
    for code, each in zip(codes, levels, strict=True):
        if not np.isnan(each.variance):
            residuals -= each.values[code]
    return EquationResiduals(
        label=equation.label,
        response=equation.label.split(" ~ ")[0],
        fitted=read_only(equation.y - residuals),
        residuals=read_only(residuals),
        sigma=float(np.sqrt(sigma2)),
        codes=codes[-1] if codes else np.zeros(len(rest), dtype=np.int64),
        effects=tuple(levels),
    )


def _mean_residual(rest: Array, codes: IntArray, sigma2: float) -> tuple[Array, Array, float]:
    return cluster_means(rest, codes), np.sqrt(sigma2 / np.bincount(codes)), float("nan")


def _predicted(
    rest: Array, codes: tuple[IntArray, ...], between: Array, sigma2: float
) -> list[tuple[Array, Array, float]]:
    """Predicted intercepts of every level with their conditional SD, in the order of the codes."""
    tree = tree_of(codes)
    ratios = (between / sigma2)[None]
    means, _ = reduce_rows(rest[None, tree.order, None], tree)
    sums, factors = tree_factors(tree, ratios)
    solved = blups(tree, ratios, sums, factors, means)
    flat = [(s.reshape(-1), f.reshape(-1)) for s, f in zip(sums, factors, strict=True)]
    found = []
    for level, code in enumerate(codes):
        gamma = float(ratios[0, level])
        left = 1 - gamma * _weight(tree, ratios[0], flat, level)
        places = _codes_of(tree, code, level)
        values, errors = np.empty((2, len(places)))
        values[places] = gamma * solved[level][0, :, 0]
        errors[places] = np.sqrt(np.maximum(sigma2 * gamma * left, 0.0))
        found.append((values, errors, float(between[level])))
    return found


def _weight(tree: Tree, ratios: Array, flat: list[tuple[Array, Array]], level: int) -> Array:
    """Weight z' H^-1 z of the indicator z of each cluster of a level.

    Inside the cluster it is S / (1 + gamma S); each level above takes off a square, by Woodbury's
    identity.
    """
    sums, factors = flat[level]
    toward = sums * factors
    weight = toward.copy()
    above = np.arange(len(sums))
    for upper in range(level - 1, -1, -1):
        above = tree.parents[upper][above]
        factor = flat[upper][1][above]
        weight -= toward**2 * ratios[upper] * factor
        toward = toward * factor
    return weight


def _codes_of(tree: Tree, code: IntArray, level: int) -> IntArray:
    """Code of each cluster of a level, in the order of the tree."""
    first = tree.first_rows
    for upper in range(tree.n_levels - 2, level - 1, -1):
        first = first[tree.first_children[upper]]
    codes: IntArray = code[tree.order][first]
    return codes
