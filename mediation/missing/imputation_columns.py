"""The columns that are imputed or explain, coded as numbers in the order of their clusters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import IntArray
from mediation.errors import EstimationError, SpecificationError
from mediation.missing.imputation_mixed import Nest
from mediation.missing.imputation_options import Imputation, ScoreItems
from mediation.missing.imputation_variables import LEAST_OBSERVED, Variable, code_variable
from mediation.model import MediationModel


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """Everything that the chains need of a table.

    Attributes
    ----------
    rows : ndarray of int, shape (n_rows,)
        Places in the table of the rows used, in the order of their clusters.
    variables : tuple of Variable
    nest : Nest
    mean_levels : tuple of int
        Levels of clusters whose means explain others.
    with_means : tuple of str
        Variables whose cluster means explain others.
    n_left_out : int
        Rows without predictor or cluster.
    """

    rows: IntArray
    variables: tuple[Variable, ...]
    nest: Nest
    mean_levels: tuple[int, ...]
    with_means: tuple[str, ...]
    n_left_out: int


def code_columns(
    model: MediationModel, frame: pd.DataFrame, options: Imputation, items: Sequence[ScoreItems]
) -> Coded:
    """Read the columns of a model and the auxiliary ones from a table.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
    options : Imputation
    items : sequence of ScoreItems

    Returns
    -------
    Coded

    Raises
    ------
    SpecificationError
        If a column is absent, there twice or of the wrong kind, or clusters are not nested.
    EstimationError
        If a value is infinite, or too few are observed to impute the others.
    """
    names = tuple(dict.fromkeys((*model.columns, *options.auxiliary)))
    _check_names(model, frame, options, items, names)
    names = _without_twins(model, frame, names)
    needed = frame[[model.predictor, *model.clusters]].notna().to_numpy().all(axis=1)
    used = frame.iloc[np.flatnonzero(needed)]
    if len(used) < LEAST_OBSERVED:
        raise EstimationError(
            f"At least {LEAST_OBSERVED} rows must have a predictor and clusters. Found {len(used)} "
            f"of {len(frame)}. Check how the tables were joined."
        )
    order, nest = _nest(model.clusters, used)
    rows = np.flatnonzero(needed)[order]
    used = used.iloc[order]
    limits = {name: (low, high) for name, low, high in options.limits}
    of_score = {each.score: replace(each, items=each.items[rows]) for each in items}
    variables = tuple(
        code_variable(name, used[name], limits.get(name), of_score.get(name)) for name in names
    )
    _check_facts(variables, model, nest)
    split = model.split_at or model.clusters[-1:]
    covariates = model.covariates + model.mediator_covariates + model.outcome_covariates
    own = (*model.mediators, model.outcome, *(covariates if model.split_covariates else ()))
    return Coded(
        rows=rows,
        variables=variables,
        nest=nest,
        mean_levels=tuple(model.clusters.index(name) for name in split),
        with_means=own,
        n_left_out=len(frame) - len(rows),
    )


def _check_names(
    model: MediationModel,
    frame: pd.DataFrame,
    options: Imputation,
    items: Sequence[ScoreItems],
    names: tuple[str, ...],
) -> None:
    columns = list(frame.columns)
    wrong = [n for n in (*names, *model.clusters) if columns.count(n) != 1]
    if wrong:
        raise SpecificationError(
            "Every column of the model and every auxiliary one must be in the table once. Absent, "
            f"or more than once: {', '.join(wrong)}. Correct the names."
        )
    roles = [n for n in options.auxiliary if n in (model.predictor, *model.clusters)]
    if roles:
        raise SpecificationError(
            "Auxiliary columns must be others than predictor and clusters, which explain every "
            f"column anyway. Found {', '.join(roles)} among them. Remove them."
        )
    named = [name for name, _ in options.delta] + [name for name, _, _ in options.limits]
    named += [each.score for each in items]
    others = [n for n in named if n not in names or n == model.predictor]
    if others:
        raise SpecificationError(
            "Shifts, limits and items must be of columns that are imputed. Found "
            f"{', '.join(dict.fromkeys(others))}. Remove them, or name them as auxiliary."
        )
    lengths = [each.score for each in items if len(each.items) != len(frame)]
    if lengths:
        raise SpecificationError(
            f"Items must have a row for each of {len(frame)} rows of the table. Those of "
            f"{', '.join(lengths)} have not. Give them in the order of the table."
        )


def _without_twins(
    model: MediationModel, frame: pd.DataFrame, names: tuple[str, ...]
) -> tuple[str, ...]:
    """Leave out auxiliary columns that are another column under a second name.

    Of a score at the wave of its role, say. Such a column lacks the same values, and would hold
    what is drawn for the other where it began.
    """
    kept: list[str] = []
    for name in names:
        column = frame[name]
        if name in model.columns or not any(_is_twin(column, frame[other]) for other in kept):
            kept.append(name)
    return tuple(kept)


def _is_twin(one: pd.Series, other: pd.Series) -> bool:
    is_alike = one.dtype == other.dtype and bool(one.isna().equals(other.isna()))
    return is_alike and bool((one == other)[one.notna()].all())


def _nest(names: tuple[str, ...], frame: pd.DataFrame) -> tuple[IntArray, Nest]:
    """Order of rows by clusters, outermost first, and the clusters of the sorted rows."""
    codes = [pd.factorize(frame[name])[0].astype(np.int64) for name in names]
    order: IntArray = np.arange(len(frame))
    for code in codes[::-1]:
        order = order[np.argsort(code[order], kind="stable")]
    sizes, parents = [], []
    before: IntArray | None = None
    runs: IntArray = np.zeros(len(frame), dtype=np.int64)
    for name, code in zip(names, codes, strict=True):
        changes = np.diff(code[order], prepend=-1) != 0
        if before is not None:
            changes |= np.diff(before, prepend=-1) != 0
        runs = np.cumsum(changes) - 1
        if runs[-1] + 1 != code.max() + 1:
            raise SpecificationError(
                f"Each `{name}` must lie in one cluster of the level before. Some lie in several. "
                "Name clusters outermost first, and give each a label of its own."
            )
        if before is not None:
            parents.append(before[changes])
        sizes.append(int(runs[-1]) + 1)
        before = runs
    return order, Nest(runs, tuple(sizes), tuple(parents))


def _check_facts(variables: tuple[Variable, ...], model: MediationModel, nest: Nest) -> None:
    """Refuse a column that is missing in some rows but has one value in each cluster."""
    for each in variables:
        at = np.flatnonzero(~each.missing)
        if len(at) == len(each.missing) or not nest.sizes:
            continue
        starts = np.flatnonzero(np.diff(nest.of_row[at], prepend=-1))
        values = each.values[:, at]
        spread = np.maximum.reduceat(values, starts, 1) - np.minimum.reduceat(values, starts, 1)
        if not spread.any():
            raise SpecificationError(
                f"What is missing must be a fact of the client. `{each.name}` has one value in "
                f"each `{model.clusters[-1]}` and is missing in some rows. Fill it in from the "
                "other rows of the cluster, or leave it out."
            )
