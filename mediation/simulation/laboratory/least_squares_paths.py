"""Least squares with several covariances from one reading of the rows, for many studies."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mediation.arrays import Array
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared
from mediation.estimation.equation import Scaling, standardize
from mediation.estimation.least_squares import LeastSquares, cluster_grams, least_squares
from mediation.estimation.ols import LOST, OLS
from mediation.estimation.paths import PathBatch
from mediation.estimation.sandwich import SandwichEstimate, classical, cr1, cr2
from mediation.simulation.laboratory.path_columns import PathColumns, assemble_paths, places_of
from mediation.vocabulary import Convergence, Covariance


def outermost_grams(prepared: Prepared, values: Array) -> tuple[Array, Scaling]:
    """Cross-products of all columns in each outermost cluster; without clusters of all rows.

    Parameters
    ----------
    prepared : Prepared
    values : ndarray, shape (N, n_rows, n_columns)

    Returns
    -------
    gram : ndarray, shape (N, n_clusters, n_columns, n_columns)
        Of standardized columns.
    scaling : Scaling
    """
    z, scaling = standardize(values)
    clusters = prepared.clusters
    codes = clusters.codes[0] if clusters.names else np.zeros(values.shape[1], dtype=np.int64)
    return cluster_grams(z, codes), scaling


def equation_gram(gram: Array, equation: Equation) -> Array:
    """Cross-products of the columns of one equation, that of y last."""
    columns = [*equation.x_at, equation.y_at]
    rows, places = np.ix_(columns, columns)
    found: Array = gram[:, :, rows, places]
    return found


def fit_least_squares(
    engines: tuple[OLS, ...], prepared: Prepared, values: Array
) -> tuple[PathBatch, ...]:
    """Fit the equations of N studies once, and give their paths with the errors of each engine.

    What `estimate_batch` gives, for engines with classical, CR1 or CR2 errors, the latter two by
    the outermost clusters.

    Parameters
    ----------
    engines : tuple of OLS
    prepared : Prepared
    values : ndarray, shape (N, n_rows, n_columns)

    Returns
    -------
    tuple of PathBatch, one per engine
    """
    gram, scaling = outermost_grams(prepared, values)
    parts: list[list[PathColumns]] = [[] for _ in engines]
    for equation in prepared.equations:
        own = equation_gram(gram, equation)
        fit = least_squares(own, values.shape[1])
        places = places_of(equation, scaling)
        for part, found in zip(parts, _covariances(engines, own, fit, places.at), strict=True):
            part.append(places.take(fit.values, found.covariance, found.df))
    ended = (Convergence.CONVERGED,) * len(values)
    return tuple(assemble_paths(prepared.equations, part, ended) for part in parts)


def _covariances(
    engines: tuple[OLS, ...], gram: Array, fit: LeastSquares, at: list[int]
) -> Iterator[SandwichEstimate]:
    """Covariance of the coefficients with the df of those that are paths, for each engine."""
    by_cluster = None
    if any(engine.models_clusters for engine in engines):
        by_cluster = cr2(gram, fit, np.eye(fit.n_coefficients)[at])
    for engine in engines:
        if by_cluster is None or not engine.models_clusters:
            found = classical(fit)
            df = found.df[:, at]
        else:
            found = by_cluster if engine.covariance is Covariance.CR2 else cr1(gram, fit)
            df = found.df if engine.covariance is Covariance.CR2 else found.df[:, at]
            # As in `OLS`: a sandwich knows nothing of what one cluster alone determines.
            df = np.where(by_cluster.kept < 1 - LOST, np.nan, df)
        yield SandwichEstimate(found.covariance, df, np.ones(df.shape))
