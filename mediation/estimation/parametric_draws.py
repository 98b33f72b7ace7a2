"""Data sets drawn from fitted equations, and their equations fitted again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.design import Prepared
from mediation.estimation.equation import standardize
from mediation.estimation.estimable import put_instead
from mediation.estimation.nested import Tree, reduce_rows, stack_statistics, tree_of
from mediation.estimation.packed import regress
from mediation.estimation.reml import fit_reml
from mediation.vocabulary import Convergence, Likelihood


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Estimates of every equation in N data sets, without their covariance.

    Attributes
    ----------
    coefficients : tuple of ndarray, shape (N, p) each
        In the units of the columns.
    variances : tuple of ndarray, shape (N, n_levels + 1) each
        Of the clusters of each level, outermost first, and of the residual; least squares has the
        last alone.
    has_arrived : ndarray of bool, shape (N,)
        Whether all equations converged.
    is_estimable : ndarray of bool, shape (N,)
    """

    coefficients: tuple[Array, ...]
    variances: tuple[Array, ...]
    has_arrived: BoolArray
    is_estimable: BoolArray


def fit_points(prepared: Prepared, values: Array, likelihood: Likelihood | None) -> Points:
    """Fit all equations of N data sets.

    Parameters
    ----------
    prepared : Prepared
    values : ndarray, shape (N, n_rows, n_columns)
    likelihood : Likelihood or None
        None fits by least squares.
    """
    equations = prepared.equations
    wanted = tuple((*equation.x_at, equation.y_at) for equation in equations)
    z, scaling = standardize(values)
    everything = np.ones(len(values), dtype=bool)
    has_arrived = everything
    if likelihood is None:
        found = _least_squares(z, wanted)
    else:
        tree = tree_of(prepared.clusters.codes)
        found, has_arrived = _mixed_models(z[:, tree.order], tree, wanted, likelihood)
    coefficients, variances = [], []
    for equation, (standardized, of_levels) in zip(equations, found, strict=True):
        back, offset = scaling.back(equation)
        coefficients.append((back @ standardized[..., None])[..., 0] + offset)
        variances.append(of_levels * scaling.width[:, equation.y_at, None] ** 2)
    return Points(tuple(coefficients), tuple(variances), has_arrived, everything)


def _least_squares(z: Array, wanted: tuple[tuple[int, ...], ...]) -> list[tuple[Array, Array]]:
    """Coefficients and variance of regressions of the last of their columns on the others."""
    gram = np.moveaxis(z.mT @ z, 0, 2)
    found = []
    for columns in wanted:
        solved = regress(gram[np.ix_(columns, columns)])
        sigma2 = solved.rss / (z.shape[1] - len(columns) + 1)
        found.append((solved.coefficients.T, sigma2[:, None]))
    return found


def _mixed_models(
    z: Array, tree: Tree, wanted: tuple[tuple[int, ...], ...], likelihood: Likelihood
) -> tuple[list[tuple[Array, Array]], BoolArray]:
    """Coefficients and variances, and whether all equations of a data set converged."""
    n = len(z)
    means, deviations = reduce_rows(z, tree)
    fit = fit_reml(stack_statistics(means, deviations, tree, wanted), likelihood)
    at = fit.profile
    variances = np.concatenate([at.ratios, np.ones((len(at.sigma2), 1))], axis=1)
    variances *= at.sigma2[:, None]
    ended = np.array([end is not Convergence.NOT_CONVERGED for end in fit.convergence])
    found = []
    for number, columns in enumerate(wanted):
        here = slice(number * n, (number + 1) * n)
        found.append((at.coefficients[here, : len(columns) - 1], variances[here]))
    return found, np.logical_and.reduce(ended.reshape(len(wanted), n), axis=0)


def refit(
    prepared: Prepared, values: Array, instead: Array, likelihood: Likelihood | None
) -> Points:
    """Fit all equations of N data sets of which some may have no solution.

    Parameters
    ----------
    values : ndarray, shape (N, n_rows, n_columns)
        Data sets that cannot be estimated are written over.
    instead : ndarray, shape (n_rows, n_columns)
        A data set that can be estimated.
    """
    possible = put_instead(prepared, values, instead)
    found = fit_points(prepared, values, likelihood)
    return Points(found.coefficients, found.variances, found.has_arrived, possible)


def rebuild_columns(prepared: Prepared, matrix: Array, drawn: Mapping[str, Array]) -> Array:
    """Give the matrix of the equations where columns of the table have other values.

    Parameters
    ----------
    prepared : Prepared
    matrix : ndarray, shape (n_rows, n_columns)
    drawn : mapping of str to ndarray, shape (N, n_rows) each
        New values of columns of the table.

    Returns
    -------
    ndarray, shape (N, n_rows, n_columns)
    """
    n = len(next(iter(drawn.values())))
    values = np.repeat(matrix[None], n, axis=0)
    _overwrite(values, prepared, drawn)
    return values


def _overwrite(values: Array, prepared: Prepared, drawn: Mapping[str, Array]) -> None:
    """Write the columns that are made of the drawn ones; `values` belongs to the caller alone."""
    for at, column in enumerate(prepared.columns):
        if column.source in drawn:
            values[:, :, at] = column.part.take(drawn[column.source], prepared.clusters)


def draw_data_sets(
    prepared: Prepared, matrix: Array, fitted: Points, n: int, rng: np.random.Generator
) -> Array:
    """Draw mediators, then the outcome given them, with normal errors.

    Parameters
    ----------
    prepared : Prepared
    matrix : ndarray, shape (n_rows, n_columns)
        Gives the columns that are not drawn.
    fitted : Points
        Of one data set.
    n : int
        Data sets to draw.
    rng : Generator

    Returns
    -------
    ndarray, shape (n, n_rows, n_columns)
    """
    values = np.repeat(matrix[None], n, axis=0)
    for mediators in (True, False):
        drawn = {}
        for number, equation in enumerate(prepared.equations[:-1]):
            if (number < len(prepared.mediator_equations)) is not mediators:
                continue
            expected = values[:, :, equation.x_at] @ fitted.coefficients[number][0]
            errors = _draw_errors(prepared, fitted.variances[number][0], expected.shape, rng)
            drawn[prepared.columns[equation.y_at].source] = expected + errors
        _overwrite(values, prepared, drawn)
    return values


def _draw_errors(
    prepared: Prepared, variances: Array, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Effects of clusters of every level and residuals, shape (n, n_rows)."""
    errors: Array = np.sqrt(variances[-1]) * rng.standard_normal(shape)
    for level, variance in enumerate(variances[:-1]):
        effects = rng.standard_normal((shape[0], prepared.clusters.count(level)))
        errors += np.sqrt(variance) * effects[:, prepared.clusters.codes[level]]
    return errors
