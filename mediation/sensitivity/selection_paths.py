"""All paths of a model from weighted rows: mixed models, or least squares without clusters.

With clusters, rows have the residual variance sigma^2 / w, weights scaled to add up to the number
of rows of each innermost cluster, so that clients speak for other clients of their own team and
no team for another (Pfeffermann et al. 1998, JRSS B 60, 23-40, their second scaling). Weighted
means and cross-products take the place of plain ones; everything after is as in `MixedModels()`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError
from mediation.estimation.by_equation import assemble
from mediation.estimation.columns import Equation
from mediation.estimation.cr2 import Working, cr2_variance
from mediation.estimation.design import Prepared
from mediation.estimation.equation import EquationFit, Scaling, standardize
from mediation.estimation.kenward_roger import kenward_roger
from mediation.estimation.least_squares import orthonormalize
from mediation.estimation.nested import NestedStatistics, Tree, stack_statistics, tree_of
from mediation.estimation.paths import PathBatch
from mediation.estimation.reml import fit_reml
from mediation.estimation.sandwich import hc3
from mediation.model import MediationModel
from mediation.vocabulary import Convergence, Level, PathName

# Mean square inside clusters below which a standardised column is constant there.
CONSTANT = 1e-18


def weighted_paths(model: MediationModel, prepared: Prepared, weights: Array) -> PathBatch:
    """Estimate the paths of a model with N sets of weights of its rows.

    Parameters
    ----------
    model : MediationModel
    prepared : Prepared
    weights : ndarray, shape (N, n_rows)
        Positive. Mediators are split at weighted means of their clusters; covariates stay split
        as they are.

    Returns
    -------
    PathBatch
        With clusters: REML, Kenward-Roger with variances at zero left out, b within with CR2 by
        the innermost clusters. Without: least squares with HC3, n - p df. Several mediators' paths
        a are taken as independent of each other.

    Raises
    ------
    EstimationError
        If a coefficient has no standard error.

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.design import prepare
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> model = MediationModel("x", ("m",), "y")
    >>> weights = np.array([[1.0, 1, 1, 1, 1, 1], [1, 3, 1, 1, 1, 1]])
    >>> weighted_paths(model, prepare(model, frame), weights).values[:, 0].round(3).tolist()
    [1.25, 1.091]
    """
    equations = prepared.equations
    if prepared.clusters.names:
        rows = _Rows.of(prepared, _resplit(model, prepared, weights), weights)
        fits = tuple(_mixed(equation, rows) for equation in equations)
    else:
        fits = tuple(_least_squares(equation, weights) for equation in equations)
    apart = np.tile(np.eye(len(model.mediators)), (len(weights), 1, 1))
    batch = assemble(equations, fits, apart)
    spread = np.diagonal(batch.covariance, axis1=1, axis2=2)
    if not ((spread > 0) & (batch.df > 0)).all():
        raise EstimationError(
            "Each path needs a standard error under every set of weights. Some weights leave so "
            "few rows to speak that there is none. Suppose a weaker selection."
        )
    return batch


def _resplit(model: MediationModel, prepared: Prepared, weights: Array) -> Array:
    """Values of all columns, mediators split at weighted means, (N, n_rows, n_columns)."""
    columns = prepared.columns
    matrix = prepared.equations[0].matrix
    values = np.repeat(matrix[None], len(weights), axis=0)
    whole = {c.name: c.values for c in columns if c.name == c.source}
    codes = prepared.clusters.codes
    for k, column in enumerate(columns):
        if column.source not in model.mediators or column.name == column.source:
            continue
        raw, part = whole[column.source], column.part
        taken = raw if part.of is None else _means(raw, weights, codes[part.of])
        if part.less is not None:
            taken = taken - _means(raw, weights, codes[part.less])
        values[:, :, k] = taken
    return values


def _means(values: Array, weights: Array, codes: IntArray) -> Array:
    """Weighted mean of the cluster of each row, shape (N, n_rows)."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    sums = [np.add.reduceat(w[:, order], starts, axis=1) for w in (weights * values, weights)]
    means: Array = (sums[0] / sums[1])[:, codes]
    return means


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Rows:
    """Standardised rows times the roots of their weights, in the order of their tree.

    `spread` are deviations from the weighted means of innermost clusters, times these roots.
    """

    means: Array
    spread: Array
    deviations: Array
    tree: Tree
    scaling: Scaling
    names: tuple[str, ...]
    n_clusters: int

    @classmethod
    def of(cls, prepared: Prepared, values: Array, weights: Array) -> _Rows:
        """Reduce rows to their weighted statistics."""
        tree = tree_of(prepared.clusters.codes)
        sizes = tree.sizes.astype(np.int64)
        z, scaling = standardize(values[:, tree.order])
        w = weights[:, tree.order]
        totals = np.add.reduceat(w, tree.first_rows, axis=1)
        w = (w * np.repeat(tree.sizes / totals, sizes, axis=1))[..., None]
        means = np.add.reduceat(w * z, tree.first_rows, axis=1) / tree.sizes[:, None]
        spread = np.sqrt(w) * (z - np.repeat(means, sizes, axis=1))
        deviations = spread.mT @ spread
        names, n_clusters = prepared.clusters.names, prepared.counts.n_clusters
        return cls(means, spread, deviations, tree, scaling, names, n_clusters)


def _mixed(equation: Equation, rows: _Rows) -> EquationFit:
    """Fit one equation with all sets of weights."""
    wanted = (*equation.x_at, equation.y_at)
    statistics = stack_statistics(rows.means, rows.deviations, rows.tree, (wanted,))
    solved = fit_reml(statistics)
    at = solved.profile
    adjusted = kenward_roger(statistics, solved, at.ratios > 0)
    back, offset = rows.scaling.back(equation)
    df = adjusted.df(back)
    at_most = rows.n_clusters - sum(equation.between)
    df = np.where(np.array(equation.between), np.minimum(df, at_most), df)
    covariance = back @ adjusted.covariance @ back.mT
    slopes = [
        k
        for k, role in enumerate(equation.roles)
        if role is not None and (role.path, role.level) == (PathName.B, Level.WITHIN)
    ]
    if slopes:
        working = _working(equation, rows, Working(statistics, at, (), rows.means))
        scale = np.ones(df.shape)
        for k in slopes:
            variance, df[:, k] = cr2_variance(working, back[:, k])
            scale[:, k] = np.sqrt(variance / covariance[:, k, k])
        covariance = covariance * scale[:, :, None] * scale[:, None, :]
    width2 = rows.scaling.width[:, equation.y_at, None] ** 2
    variances = np.concatenate([at.ratios, np.ones((len(df), 1))], axis=1)
    return EquationFit(
        values=(back @ at.coefficients[..., None])[..., 0] + offset,
        covariance=covariance,
        df=df,
        levels=(*rows.names, "residual"),
        variances=variances * at.sigma2[:, None] * width2,
        convergence=solved.convergence,
        contrast_names=(),
        contrasts=np.zeros((len(df), 0, 3)),
    )


def _working(equation: Equation, rows: _Rows, plain: Working) -> Working:
    """Give the fitted model as that of the sandwich, with cross-products cluster by cluster."""
    columns = list(equation.x_at)
    inside = np.diagonal(rows.deviations, axis1=1, axis2=2)[:, columns].max(axis=0)
    varying = tuple(int(k) for k in np.flatnonzero(inside > CONSTANT * rows.tree.n_rows))
    spread = rows.spread[..., [*(columns[k] for k in varying), equation.y_at]]
    products = spread[..., :, None] * spread[..., None, :]
    scatter = np.add.reduceat(products, rows.tree.first_rows, axis=1)
    statistics: NestedStatistics = plain.statistics
    return Working(statistics, plain.profile, varying, scatter)


def _least_squares(equation: Equation, weights: Array) -> EquationFit:
    """Weighted least squares with HC3; rows are independent."""
    z, scaling = standardize(equation.matrix[None])
    roots = np.sqrt(weights / weights.mean(axis=1, keepdims=True))[..., None]
    rows = orthonormalize(
        roots * z[..., list(equation.x_at)], roots[..., 0] * z[..., equation.y_at]
    )
    back, offset = scaling.back(equation)
    n, p = len(weights), len(equation.x_at)
    unit = np.tile(np.eye(p), (n, 1, 1))
    found = hc3(rows.columns, rows.residuals, unit)
    inverse = back @ rows.back
    width2 = scaling.width[:, equation.y_at, None] ** 2
    residual = np.sum(rows.residuals**2, axis=1, keepdims=True) / (z.shape[1] - p)
    return EquationFit(
        values=(back @ rows.values[..., None])[..., 0] + offset,
        covariance=inverse @ found.covariance @ inverse.mT,
        df=found.df,
        levels=("residual",),
        variances=residual * width2,
        convergence=(Convergence.CONVERGED,) * n,
        contrast_names=(),
        contrasts=np.zeros((n, 0, 3)),
    )
