"""Mixed models with several standard errors of b within from one fit, for many studies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediation.arrays import Array
from mediation.estimation.columns import Equation
from mediation.estimation.cr2 import Working, cluster_scatter, cr2_variance
from mediation.estimation.design import Prepared
from mediation.estimation.equation import Scaling, standardize
from mediation.estimation.kenward_roger import KenwardRoger, kenward_roger
from mediation.estimation.mixed import CONSTANT, MixedModels
from mediation.estimation.nested import Tree, reduce_rows, stack_statistics, tree_of
from mediation.estimation.paths import PathBatch, worst
from mediation.estimation.reml import RemlFit, fit_reml
from mediation.simulation.laboratory.path_columns import PathColumns, assemble_paths, places_of
from mediation.vocabulary import Level, PathName, SlopeCovariance, ZeroVariance


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Standardized rows of N studies in the order of their tree, with their statistics."""

    z: Array
    means: Array
    deviations: Array
    tree: Tree
    scaling: Scaling


def fit_mixed(
    engines: tuple[MixedModels, ...], prepared: Prepared, values: Array
) -> tuple[PathBatch, ...]:
    """Fit the equations of N studies once, and give their paths with the errors of each engine.

    What `estimate_batch` gives, for engines with Kenward-Roger's df that differ in
    `slope_covariance` alone.

    Parameters
    ----------
    engines : tuple of MixedModels
    prepared : Prepared
    values : ndarray, shape (N, n_rows, n_columns)

    Returns
    -------
    tuple of PathBatch, one per engine
    """
    equations = prepared.equations
    tree = tree_of(prepared.clusters.codes)
    z, scaling = standardize(values[:, tree.order])
    rows = _Rows(z, *reduce_rows(z, tree), tree, scaling)
    wanted = tuple((*equation.x_at, equation.y_at) for equation in equations)
    statistics = stack_statistics(rows.means, rows.deviations, tree, wanted)
    solved = fit_reml(statistics)
    keep_all = engines[0].zero_variance is ZeroVariance.KEEP
    adjusted = kenward_roger(statistics, solved, keep_all | (solved.profile.ratios > 0))
    parts: list[list[PathColumns]] = [[] for _ in engines]
    ended = []
    for number, equation in enumerate(equations):
        here = slice(number * len(z), (number + 1) * len(z))
        ended.append(solved.convergence[here])
        at_most = np.inf if keep_all else prepared.counts.n_clusters - sum(equation.between)
        own = adjusted.part(here, len(equation.x_at))
        model_based = _model_based(equation, scaling, own, solved, here, at_most)
        robust = model_based
        if any(engine.slope_covariance is SlopeCovariance.CR2 for engine in engines):
            robust = _with_cr2(equation, rows, solved, here, model_based)
        for part, engine in zip(parts, engines, strict=True):
            is_robust = engine.slope_covariance is SlopeCovariance.CR2
            part.append(robust if is_robust else model_based)
    both = tuple(map(worst, zip(*ended, strict=True)))
    return tuple(assemble_paths(equations, part, both) for part in parts)


def _model_based(
    equation: Equation,
    scaling: Scaling,
    adjusted: KenwardRoger,
    solved: RemlFit,
    here: slice,
    at_most: float,
) -> PathColumns:
    """Paths with Kenward-Roger's covariance and df, those between clusters limited."""
    places = places_of(equation, scaling)
    df = adjusted.df(np.eye(len(equation.x_at))[places.at])
    between = np.array(equation.between)[places.at]
    df = np.where(between, np.minimum(df, at_most), df)
    return places.take(solved.profile.coefficients[here], adjusted.covariance, df)


def _with_cr2(
    equation: Equation, rows: _Rows, solved: RemlFit, here: slice, paths: PathColumns
) -> PathColumns:
    """Replace the variance and df of b within; correlations stay those of the model."""
    slopes = [
        number
        for number, k in enumerate(paths.places.at)
        if (role := equation.roles[k]) is not None
        and (role.path, role.level) == (PathName.B, Level.WITHIN)
    ]
    if not slopes:
        return paths
    working = _working(equation, rows, solved, here)
    scale, df = np.ones(paths.df.shape), paths.df.copy()
    for number in slopes:
        contrast = np.zeros((len(df), len(equation.x_at)))
        contrast[:, paths.places.at[number]] = paths.places.units[:, number]
        variance, df[:, number] = cr2_variance(working, contrast)
        scale[:, number] = np.sqrt(variance / paths.covariance[:, number, number])
    covariance = paths.covariance * scale[:, :, None] * scale[:, None, :]
    return replace(paths, covariance=covariance, df=df)


def _working(equation: Equation, rows: _Rows, solved: RemlFit, here: slice) -> Working:
    """Give the fitted equation as working model of the sandwich, without padding."""
    columns, p = list(equation.x_at), len(equation.x_at)
    at = solved.profile[here]
    profile = replace(at, coefficients=at.coefficients[:, :p], inverse=at.inverse[:, :p, :p])
    inside = np.diagonal(rows.deviations, axis1=1, axis2=2)[:, columns].max(axis=0)
    varying = tuple(int(k) for k in np.flatnonzero(inside > CONSTANT * rows.tree.n_rows))
    used = [*(columns[k] for k in varying), equation.y_at]
    wanted = ((*columns, equation.y_at),)
    statistics = stack_statistics(rows.means, rows.deviations, rows.tree, wanted)
    scatter = cluster_scatter(rows.z[..., used], rows.means[..., used], rows.tree)
    return Working(statistics, profile, varying, scatter)
