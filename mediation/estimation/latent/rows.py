"""The rows of a latent model: complete, standardised, and reduced to sums per cluster."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.estimation.clusters import (
    Clusters,
    cluster_means,
    code_clusters,
    is_constant_inside,
)
from mediation.estimation.column_checks import check_columns, numeric
from mediation.estimation.columns import Column, Rows
from mediation.estimation.latent.checks import (
    check_enough_rows,
    check_indicators,
    check_names,
    check_some_rows,
    check_spread,
)
from mediation.estimation.latent.structure import Indicators, Structure, build_structure
from mediation.estimation.paths import Counts, Scale
from mediation.model import MediationModel


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LatentRows:
    """Complete rows of a table, ready for a latent model.

    Attributes
    ----------
    structure : Structure
    standardized : ndarray, shape (n_rows, n_observed)
        Observed variables with mean 0 and variance 1 (divisor n).
    deviations : ndarray, shape (n_observed,)
        Their standard deviations in the units of the table.
    moments : ndarray, shape (n_observed, n_observed)
        Their correlations.
    is_between : tuple of bool, length n_exogenous
        Exogenous columns constant inside the outermost clusters.
    clusters : Clusters
    counts, scales, predictor_level, predictor_varies, time_adjusted
        As in `Fit`; the scale of a latent mediator is left to the fit.
    """

    structure: Structure
    standardized: Array
    deviations: Array
    moments: Array
    is_between: tuple[bool, ...]
    clusters: Clusters
    counts: Counts
    scales: tuple[Scale, ...]
    predictor_level: str | None
    predictor_varies: bool
    time_adjusted: bool


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClusterSums:
    """Sufficient statistics of each outermost cluster, of standardised variables.

    Attributes
    ----------
    sizes : ndarray, shape (n_clusters,)
    totals : ndarray, shape (n_clusters, n_observed)
    products : ndarray, shape (n_clusters, n_observed, n_observed)
    """

    sizes: Array
    totals: Array
    products: Array


def gather_rows(model: MediationModel, indicators: Indicators, frame: pd.DataFrame) -> LatentRows:
    """Check the columns of a latent model and bring its complete rows into shape.

    Parameters
    ----------
    model : MediationModel
    indicators : tuple of (str, tuple of str)
    frame : DataFrame

    Returns
    -------
    LatentRows

    Raises
    ------
    SpecificationError
        If a column is missing or of the wrong type, or plays two roles.
    EstimationError
        If too few rows are complete, a value is infinite, or a column does not vary or repeats
        others.
    """
    rows, n_left_out = _complete_rows(model, indicators, frame)
    columns, structure = _structure(rows, indicators)
    endogenous = structure.observed[structure.n_exogenous :]
    exogenous = [rows.roles[model.predictor], *(column.values for column in columns)]
    values = np.column_stack([*exogenous, *(rows.roles[name] for name in endogenous)])
    check_spread((model.predictor, *(column.source for column in columns), *endogenous), values)
    check_enough_rows(len(values), len(structure.slots) + len(endogenous))
    deviations = values.std(axis=0)
    standardized = (values - values.mean(axis=0)) / deviations
    clusters, predictor = rows.clusters, rows.roles[model.predictor]
    level = clusters.level_of(predictor, model.predictor_level)
    at_level: IntArray = np.arange(len(values)) if level is None else clusters.codes[level]
    return LatentRows(
        structure=structure,
        standardized=standardized,
        deviations=deviations,
        moments=standardized.T @ standardized / len(values),
        is_between=tuple(
            bool(clusters.names) and is_constant_inside(v, clusters.codes[0]) for v in exogenous
        ),
        clusters=clusters,
        counts=Counts(
            n_clients=len(values),
            n_clusters=int(at_level.max()) + 1,
            by_level=tuple((n, clusters.count(i)) for i, n in enumerate(clusters.names)),
            n_left_out=n_left_out,
        ),
        scales=_scales(rows, indicators, at_level),
        predictor_level=None if level is None else clusters.names[level],
        predictor_varies=_varies(predictor, clusters),
        time_adjusted=rows.is_timed,
    )


def _complete_rows(
    model: MediationModel, indicators: Indicators, frame: pd.DataFrame
) -> tuple[Rows, int]:
    """Rows complete in every column of the model, and how many are not."""
    check_names(model, indicators, frame)
    items = tuple(item for _, group in indicators for item in group)
    latent = {name for name, _ in indicators}
    plain = tuple(name for name in model.mediators if name not in latent)
    flat = replace(model, mediators=(*plain, *items))
    check_columns(flat, frame)
    check_indicators(items, frame)
    used = frame[list(flat.columns + flat.clusters)]
    complete = used.dropna()
    check_some_rows(used, complete)
    clusters = code_clusters(model.clusters, complete)
    names = (model.predictor, *plain, *items, model.outcome)
    roles = {name: numeric(name, complete) for name in names}
    is_timed = model.is_timed(_varies(roles[model.predictor], clusters))
    return Rows(model, complete, clusters, roles, is_timed), len(used) - len(complete)


def _varies(predictor: Array, clusters: Clusters) -> bool:
    return bool(clusters.names) and not is_constant_inside(predictor, clusters.codes[-1])


def _scales(rows: Rows, indicators: Indicators, at_level: IntArray) -> tuple[Scale, ...]:
    items = {item for _, group in indicators for item in group}
    return tuple(
        Scale(name, float(v.std(ddof=1)), float(cluster_means(v, at_level).std(ddof=1)))
        for name, v in rows.roles.items()
        if name not in items
    )


def _structure(rows: Rows, indicators: Indicators) -> tuple[list[Column], Structure]:
    """Columns of the covariates, each once, and the structure they enter."""
    model = rows.model
    time = (model.time,) if rows.is_timed and model.time else ()
    common = model.covariates + time
    sources = dict.fromkeys(common + model.mediator_covariates + model.outcome_covariates)
    columns = {source: rows.covariate(source) for source in sources}

    def terms(own: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(c.name for source in dict.fromkeys(common + own) for c in columns[source])

    structure = build_structure(
        predictor=model.predictor,
        mediators=model.mediators,
        outcome=model.outcome,
        mediator_terms=terms(model.mediator_covariates),
        outcome_terms=terms(model.outcome_covariates),
        indicators=indicators,
    )
    by_name = {column.name: column for group in columns.values() for column in group}
    return [by_name[name] for name in structure.variables[1 : structure.n_exogenous]], structure


def sum_clusters(rows: LatentRows) -> ClusterSums:
    """Reduce rows to counts, sums and cross-products of the outermost clusters.

    Clusters stand in an order that depends neither on their names nor on the order of rows and
    of columns, so that resamples drawn with one seed are the same.
    """
    codes, z = rows.clusters.codes[0], rows.standardized
    sizes = np.bincount(codes).astype(np.float64)
    totals: Array = np.column_stack([np.bincount(codes, weights=v) for v in z.T]).astype(np.float64)
    p = z.shape[1]
    products = np.empty((len(sizes), p, p))
    for i in range(p):
        for j in range(i, p):
            products[:, i, j] = np.bincount(codes, weights=z[:, i] * z[:, j])
            products[:, j, i] = products[:, i, j]
    # Weights without rational ratios: clusters of different rows do not tie.
    weights = np.sqrt(np.arange(2.0, p * p + 2.0)).reshape(p, p)
    by_name = np.argsort(np.argsort(rows.structure.observed))
    weights = weights[np.ix_(by_name, by_name)]
    order = np.argsort(np.einsum("gij,ij->g", products, weights))
    return ClusterSums(sizes[order], totals[order], products[order])
