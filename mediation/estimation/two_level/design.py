"""From a model and a table to the arrays of a two-level model: the checks stand here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import EstimationError
from mediation.estimation.clusters import (
    Clusters,
    cluster_means,
    code_clusters,
    is_constant_inside,
)
from mediation.estimation.column_checks import check_columns, check_equation, check_varies, numeric
from mediation.estimation.columns import INTERCEPT, Column, Rows
from mediation.estimation.paths import Counts, Scale
from mediation.estimation.two_level.checks import (
    check_enough_clusters,
    check_inside,
    check_one_level,
    check_variables,
    recode,
)
from mediation.estimation.two_level.fit import TwoLevelData
from mediation.estimation.two_level.lone_clusters import check_lone_clusters
from mediation.estimation.two_level.structure import LevelStructure, Structure, blocks_below
from mediation.model import MediationModel
from mediation.vocabulary import StandardErrors


@dataclass(frozen=True, slots=True, eq=False)
class TwoLevelDesign:
    """A mediation model as a two-level path model of a table.

    Attributes
    ----------
    variables : tuple of str
        Mediators, then the outcome: the order of y.
    within_names, between_names : tuple of str
        Names of the columns of x and of w.
    structure : Structure
    data : TwoLevelData
    counts, scales, predictor_varies, time_adjusted
        As in `Fit`.
    n_incomplete : int
        Rows used in which a mediator or the outcome is missing.
    """

    variables: tuple[str, ...]
    within_names: tuple[str, ...]
    between_names: tuple[str, ...]
    structure: Structure
    data: TwoLevelData
    counts: Counts
    scales: tuple[Scale, ...]
    predictor_varies: bool
    time_adjusted: bool
    n_incomplete: int


def design_two_level(
    model: MediationModel,
    frame: pd.DataFrame,
    standard_errors: StandardErrors = StandardErrors.OBSERVED,
) -> TwoLevelDesign:
    """Build the arrays of a two-level model and refuse what cannot be estimated.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client.
    standard_errors : StandardErrors
        ROBUST asks more of the clusters.

    Returns
    -------
    TwoLevelDesign

    Raises
    ------
    SpecificationError
        If there is not exactly one level of clusters, or a column is missing or of the wrong
        type.
    EstimationError
        If there are too few clusters for the coefficients between them, no rows are left, a value
        is infinite, a variable does not vary where it must, columns repeat each other, or robust
        standard errors are asked for of a column that one cluster alone tells apart.
    """
    check_columns(model, frame)
    cluster = check_one_level(model)
    variables = (*model.mediators, model.outcome)
    used, n_left_out = _usable_rows(model, frame, variables)
    clusters = code_clusters((cluster,), used)
    codes = clusters.codes[0]
    y = np.column_stack([numeric(name, used) for name in variables])
    check_variables(variables, y, clusters)
    predictor = numeric(model.predictor, used)
    check_varies(model.predictor, predictor)
    varies = not is_constant_inside(predictor, codes)
    rows = Rows(model, used, clusters, {model.predictor: predictor}, model.is_timed(varies))
    columns, explains = _columns(rows)
    inside = np.array([not is_constant_inside(column.values, codes) for column in columns])
    structure = _structure(explains, inside)
    _check_equations(variables, y, columns, explains, clusters, structure, standard_errors)
    data = _data(y, columns, inside, codes)
    check_inside(variables, y, data.x, codes)
    n_clusters = len(data.w)
    sizes = zip((model.predictor, *variables), (predictor, *y.T), strict=True)
    return TwoLevelDesign(
        variables=variables,
        within_names=tuple(columns[k].name for k in np.flatnonzero(inside)),
        between_names=tuple(columns[k].name for k in np.flatnonzero(~inside)),
        structure=structure,
        data=data,
        counts=Counts(len(y), n_clusters, ((cluster, n_clusters),), n_left_out),
        scales=tuple(_scale(name, values, codes) for name, values in sizes),
        predictor_varies=varies,
        time_adjusted=rows.is_timed,
        n_incomplete=int(np.isnan(y).any(axis=1).sum()),
    )


def _usable_rows(
    model: MediationModel, frame: pd.DataFrame, variables: tuple[str, ...]
) -> tuple[pd.DataFrame, int]:
    """Rows with cluster, predictor and covariates, and a mediator or the outcome."""
    names = list(model.columns + model.clusters)
    missing = {name: frame[name].isna().to_numpy() for name in names}
    lacks = np.logical_or.reduce([missing[name] for name in names if name not in variables])
    keep = ~(lacks | np.logical_and.reduce([missing[name] for name in variables]))
    if not keep.any():
        counts = ", ".join(f"`{c}` {gaps.sum()}" for c, gaps in missing.items() if gaps.any())
        raise EstimationError(
            "At least one row must have the cluster, the predictor, all covariates, and a "
            f"mediator or the outcome. None of {len(frame)} has. Missing values: "
            f"{counts or 'the table is empty'}. Remove the emptiest column from the model, or "
            "check how the tables were joined."
        )
    return (frame if keep.all() else frame.loc[keep, names]), int((~keep).sum())


def _columns(rows: Rows) -> tuple[list[Column], BoolArray]:
    """Intercept, predictor and covariates, and which variables (rows) each of them explains."""
    model = rows.model
    time = (model.time,) if rows.is_timed and model.time else ()
    everywhere = model.covariates + time
    own = [model.mediator_covariates] * len(model.mediators) + [model.outcome_covariates]
    columns = [
        Column(INTERCEPT, INTERCEPT, np.ones(len(rows.frame))),
        Column(model.predictor, model.predictor, rows.roles[model.predictor]),
    ]
    named = dict.fromkeys(everywhere + model.mediator_covariates + model.outcome_covariates)
    for name in named:
        columns += rows.covariate(name)
    always = {INTERCEPT, model.predictor, *everywhere}
    explains = [[c.source in always or c.source in mine for c in columns] for mine in own]
    return columns, np.array(explains)


def _structure(explains: BoolArray, inside: BoolArray) -> Structure:
    """Mediators explain the outcome at both levels; their residuals covary freely."""
    p = len(explains)
    slopes = np.zeros((p, p), bool)
    slopes[-1, :-1] = True
    links = blocks_below(p, (range(p - 1), range(p - 1, p)))
    return Structure(
        LevelStructure(slopes, explains[:, inside], links),
        LevelStructure(slopes, explains[:, ~inside], links),
    )


def _data(y: Array, columns: list[Column], inside: BoolArray, codes: IntArray) -> TwoLevelData:
    first = np.empty(codes.max() + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    x = [columns[k].values for k in np.flatnonzero(inside)]
    w = [columns[k].values[first] for k in np.flatnonzero(~inside)]
    return TwoLevelData(y, np.column_stack([np.empty((len(y), 0)), *x]), np.column_stack(w), codes)


def _check_equations(
    variables: tuple[str, ...],
    y: Array,
    columns: list[Column],
    explains: BoolArray,
    clusters: Clusters,
    structure: Structure,
    errors: StandardErrors,
) -> None:
    """Refuse collinear columns, and coefficients that too few clusters know of."""
    level, codes, cluster = structure.between, clusters.codes[0], clusters.names[0]
    for k, name in enumerate(variables):
        seen = ~np.isnan(y[:, k])
        n_coefficients = int(level.slopes[k].sum() + level.effects[k].sum())
        check_enough_clusters(name, codes[seen], n_coefficients, cluster, errors)
        mine = [columns[j] for j in np.flatnonzero(explains[k])]
        values = np.column_stack([column.values[seen] for column in mine])
        check_equation(name, y[seen, k], values, tuple(column.source for column in mine))
        if errors is StandardErrors.ROBUST:
            judged = [c for c in mine[1:] if _is_judged(c, clusters, mine[1].source)]
            check_lone_clusters(
                tuple(c.source for c in judged),
                np.column_stack([c.values[seen] for c in judged]),
                recode(codes[seen]),
                cluster,
                "TwoLevelSEM(StandardErrors.OBSERVED) or MixedModels()",
            )


def _is_judged(column: Column, clusters: Clusters, predictor: str) -> bool:
    """Whether a column is the predictor, or constant inside clusters."""
    return column.source == predictor or is_constant_inside(column.values, clusters.codes[0])


def _scale(name: str, values: Array, codes: IntArray) -> Scale:
    seen = ~np.isnan(values)
    means = cluster_means(values[seen], recode(codes[seen]))
    between = float(means.std(ddof=1)) if len(means) > 1 else 0.0
    return Scale(name, float(values[seen].std(ddof=1)), between)
