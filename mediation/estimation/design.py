"""From a table and a model to the equations: the one place where they meet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.clusters import (
    Clusters,
    cluster_means,
    code_clusters,
    is_constant_inside,
)
from mediation.estimation.column_checks import (
    check_columns,
    check_equation,
    check_outcome_inside,
    check_varies,
    check_varies_inside,
    numeric,
)
from mediation.estimation.columns import Column, Equation, Rows
from mediation.estimation.paths import Counts, Scale
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import Level, PathName


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prepared:
    """All equations of a model on one common sample of rows.

    Attributes
    ----------
    columns : tuple of Column
        Columns of the matrix that the equations share.
    mediator_equations : tuple of Equation, one per mediator
    outcome_equation, total_equation : Equation
        With the mediators, and without.
    clusters : Clusters
    counts, scales, predictor_level, predictor_varies, time_adjusted, not_identified
        As in `Fit`.
    """

    columns: tuple[Column, ...]
    mediator_equations: tuple[Equation, ...]
    outcome_equation: Equation
    total_equation: Equation
    clusters: Clusters
    counts: Counts
    scales: tuple[Scale, ...]
    predictor_level: str | None
    predictor_varies: bool
    time_adjusted: bool
    not_identified: frozenset[Parameter]

    @property
    def equations(self) -> tuple[Equation, ...]:
        """Every equation: mediators, outcome, total."""
        return (*self.mediator_equations, self.outcome_equation, self.total_equation)


def prepare(model: MediationModel, frame: pd.DataFrame) -> Prepared:
    """Build the equations of a model from the complete rows of a table.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        One row per client. Text columns among the covariates become indicators of every
        level but the first.

    Returns
    -------
    Prepared

    Raises
    ------
    SpecificationError
        If a column is missing from the table or of the wrong type, if clusters are not
        nested.
    EstimationError
        If there are too few clusters for the coefficients between them, no complete rows are left,
        a value is infinite, a column does not vary or repeats
        others, or an equation leaves nothing unexplained.
    """
    check_columns(model, frame)
    complete, n_left_out = _complete_rows(frame[list(model.columns + model.clusters)])
    clusters = code_clusters(model.clusters, complete)
    roles = {
        name: numeric(name, complete) for name in (model.predictor, *model.mediators, model.outcome)
    }
    for name, values in roles.items():
        check_varies(name, values)
    for name in model.mediators:
        check_varies_inside(name, roles[name], clusters)
    check_outcome_inside(model.outcome, roles[model.outcome], clusters)
    predictor = roles[model.predictor]
    varies = bool(model.clusters) and not is_constant_inside(predictor, clusters.codes[-1])
    _check_split(model, clusters, predictor)
    rows = Rows(model, complete, clusters, roles, model.is_timed(varies))
    level = clusters.level_of(predictor, model.predictor_level)
    everyone: IntArray = np.arange(len(complete))
    at_level = everyone if level is None else clusters.codes[level]
    columns, equations = _equations(rows)
    prepared = Prepared(
        columns=columns,
        mediator_equations=equations[:-2],
        outcome_equation=equations[-2],
        total_equation=equations[-1],
        clusters=clusters,
        counts=Counts(
            n_clients=len(complete),
            n_clusters=int(at_level.max()) + 1,
            by_level=tuple((n, clusters.count(i)) for i, n in enumerate(clusters.names)),
            n_left_out=n_left_out,
        ),
        scales=tuple(_scale(name, values, at_level) for name, values in roles.items()),
        predictor_level=None if level is None else clusters.names[level],
        predictor_varies=varies,
        time_adjusted=rows.is_timed,
        not_identified=frozenset(
            Parameter(PathName.B, Level.BETWEEN, name) for name in rows.not_identified
        ),
    )
    _check_enough_clusters(prepared)
    for equation in prepared.equations:
        sources = tuple(columns[at].source for at in equation.x_at)
        check_equation(columns[equation.y_at].name, equation.y, equation.x, sources)
    return prepared


def _equations(rows: Rows) -> tuple[tuple[Column, ...], tuple[Equation, ...]]:
    """Build the equations of mediators, outcome and total, and the columns that they share."""
    model = rows.model
    of_mediator, of_outcome = model.mediator_covariates, model.outcome_covariates
    sides = [
        (rows.outcome(name), rows.regressors(name, PathName.A, (), of_mediator))
        for name in model.mediators
    ]
    outcome = rows.outcome(model.outcome)
    for path, mediators in ((PathName.C_PRIME, model.mediators), (PathName.TOTAL, ())):
        sides.append((outcome, rows.regressors(model.outcome, path, mediators, of_outcome)))
    shared = {column.key: column for y, x in sides for column in (*x, y)}
    at = {key: place for place, key in enumerate(shared)}
    matrix = read_only(np.column_stack([column.values for column in shared.values()]))
    equations = tuple(
        Equation(
            label=f"{y.name} ~ {' + '.join(column.name for column in x[1:])}",
            matrix=matrix,
            y_at=at[y.key],
            x_at=tuple(at[column.key] for column in x),
            names=tuple(column.name for column in x),
            between=tuple(map(rows.is_between, x)),
            roles=tuple(column.role for column in x),
        )
        for y, x in sides
    )
    return tuple(shared.values()), equations


def _complete_rows(used: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Rows without a missing value, and how many have one."""
    is_complete = ~used.isna().to_numpy().any(axis=1)
    if is_complete.all() and len(used):
        return used, 0
    complete = used.iloc[np.flatnonzero(is_complete)]
    if len(complete) == 0:
        missing = ", ".join(f"`{c}` {used[c].isna().sum()}" for c in used if used[c].isna().any())
        raise EstimationError(
            "At least one row must be complete in all columns of the model. None of "
            f"{len(used)} is. Missing values: {missing or 'the table is empty'}. "
            "Remove the emptiest column from the model, or check how the tables were joined."
        )
    return complete, len(used) - len(complete)


def _check_split(model: MediationModel, clusters: Clusters, predictor: Array) -> None:
    """Refuse a split at clusters inside which the predictor differs though teams hold it."""
    if not model.split_at:
        return
    outermost = clusters.codes[clusters.names.index(model.split_at[0])]
    if is_constant_inside(predictor, clusters.codes[-1]) and not is_constant_inside(
        predictor, outermost
    ):
        raise SpecificationError(
            "Mediators can be split at clusters that hold the predictor constant. "
            f"`{model.predictor}` differs inside `{model.split_at[0]}`: its effect runs through "
            f"differences that such a split counts as within. Split at `{clusters.names[-1]}`, or "
            "leave `split_at` out."
        )


def _scale(name: str, values: Array, codes: IntArray) -> Scale:
    means = cluster_means(values, codes)
    return Scale(name, float(values.std(ddof=1)), float(means.std(ddof=1)))


def _check_enough_clusters(prepared: Prepared) -> None:
    if prepared.predictor_level is None:
        return
    needed = max(sum(equation.between) for equation in prepared.equations) + 2
    if prepared.counts.n_clusters < needed:
        raise EstimationError(
            f"There must be at least {needed} clusters at the predictor's level "
            f"(`{prepared.predictor_level}`): two more than coefficients between clusters in "
            f"the largest equation. Found {prepared.counts.n_clusters}. Remove covariates that "
            "are constant inside clusters, or collect more clusters: with so few, nothing "
            "can be said about the predictor."
        )
