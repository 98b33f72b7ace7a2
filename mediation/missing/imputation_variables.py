"""One column of the table as numbers in SD, or as indicators of its levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.errors import EstimationError, SpecificationError
from mediation.missing.imputation_options import ScoreItems

# A category needs at least this many rows per level, or it names rows rather than groups.
ROWS_PER_LEVEL = 5
LEAST_OBSERVED = 10


@dataclass(frozen=True, slots=True, eq=False)
class Variable:
    """One column of the table, rows in the order of their clusters.

    Attributes
    ----------
    name : str
    values : ndarray, shape (n_columns, n_rows)
        In SD from the mean of the observed values, NaN where missing; of a category the indicator
        of every level but the first.
    missing : ndarray of bool, shape (n_rows,)
    mean, sd : float
        Of the observed values; 0 and 1 for a category.
    levels : tuple of object
        Of a category; empty for numbers.
    low, high : float
        Limits of what is drawn, in SD from the mean.
    items : Items or None
        What the score is made of, if it is imputed by its items.
    """

    name: str
    values: Array
    missing: BoolArray
    mean: float
    sd: float
    levels: tuple[object, ...] = ()
    low: float = -np.inf
    high: float = np.inf
    items: Items | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """Items of one score, rows in the order of their clusters.

    Attributes
    ----------
    source : ScoreItems
    values : ndarray, shape (n_items, n_rows)
        In SD from the mean of each item, reversed where the item is; NaN where missing.
    mean, scale : ndarray, shape (n_items, 1)
        Back to answers: mean + scale * value.
    """

    source: ScoreItems
    values: Array
    mean: Array
    scale: Array

    def score(self, values: Array, variable: Variable) -> Array:
        """Score of complete items in SD of the score, shape (N, n_items, n_rows) -> (N, n_rows)."""
        answers = np.swapaxes(self.mean + self.scale * values, 1, 2)
        scores: Array = (self.source.score_of(answers) - variable.mean) / variable.sd
        return scores


def code_variable(
    name: str, column: pd.Series, limits: tuple[float, float] | None, source: ScoreItems | None
) -> Variable:
    """Code one column.

    Parameters
    ----------
    name : str
    column : Series
    limits : (float, float), optional
        Of what is drawn, in the unit of the column.
    source : ScoreItems, optional
        Items of the score, rows as in `column`.

    Returns
    -------
    Variable

    Raises
    ------
    SpecificationError
        If it holds dates, names rows rather than groups, or is a category with limits or items.
    EstimationError
        If a value is infinite, or fewer than 10 are observed.
    """
    missing: BoolArray = column.isna().to_numpy(dtype=bool)
    if not pd.api.types.is_numeric_dtype(column):
        if limits is not None or source is not None:
            raise SpecificationError(
                f"Limits and items are for numbers. `{name}` is a category. Leave them out."
            )
        return _category(name, column, missing)
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    if np.isinf(values).any():
        raise EstimationError(
            f"All values must be finite. Rows in which `{name}` is infinite: "
            f"{int(np.isinf(values).sum())}. Correct them or mark them as missing."
        )
    if source is not None:
        whole = ~np.isnan(source.items).any(axis=1)
        values = np.full(len(values), np.nan)
        values[whole] = source.score_of(source.items[whole])
        missing = missing | ~whole
    known = ~np.isnan(values)
    _check_number(name, int(known.sum()))
    mean, sd = _mean_sd(values[None, known])
    low, high = (-np.inf, np.inf) if limits is None else limits
    return Variable(
        name=name,
        values=((values - mean[0, 0]) / sd[0, 0])[None],
        missing=missing,
        mean=float(mean[0, 0]),
        sd=float(sd[0, 0]),
        low=(low - float(mean[0, 0])) / float(sd[0, 0]),
        high=(high - float(mean[0, 0])) / float(sd[0, 0]),
        items=None if source is None else _items(name, source),
    )


def _items(name: str, source: ScoreItems) -> Items:
    answers = source.items
    for each in (~np.isnan(answers)).sum(axis=0):
        _check_number(f"an item of {name}", int(each))
    moments = [_mean_sd(a[None, ~np.isnan(a)]) for a in answers.T]
    mean = np.concatenate([m for m, _ in moments])
    scale = np.concatenate([s for _, s in moments]) * source.signs[:, None]
    return Items(source, (answers.T - mean) / scale, mean, scale)


def _check_number(name: str, n_observed: int) -> None:
    if n_observed < LEAST_OBSERVED:
        raise EstimationError(
            f"At least {LEAST_OBSERVED} values must be observed to impute others. Of `{name}` "
            f"there are {n_observed}. Remove it from the model or the auxiliary columns."
        )


def _mean_sd(observed: Array) -> tuple[Array, Array]:
    """Mean and SD, shape (1, n) -> (1, 1) each; an SD of zero counts as one."""
    sd = observed.std(axis=1, keepdims=True)
    return observed.mean(axis=1, keepdims=True), np.where(sd > 0, sd, 1.0)


def _category(name: str, column: pd.Series, missing: BoolArray) -> Variable:
    if column.dtype.kind in "mM":
        raise SpecificationError(
            f"Columns must be numbers or categories. `{name}` holds dates. Turn it into months."
        )
    _check_number(name, int((~missing).sum()))
    coded = column.astype("category").cat.remove_unused_categories()
    levels = tuple(coded.cat.categories)
    if len(levels) < 2:
        raise EstimationError(
            f"A category must have several levels. `{name}` has one in all {len(column)} rows. "
            "Remove it from the model or the auxiliary columns."
        )
    if len(levels) > max(2, len(column) // ROWS_PER_LEVEL):
        raise SpecificationError(
            f"A category must have at least {ROWS_PER_LEVEL} rows per level on average. `{name}` "
            f"has {len(levels)} levels in {len(column)} rows. If it is an identifier, remove it."
        )
    codes = coded.cat.codes.to_numpy()
    values = (codes == np.arange(1, len(levels))[:, None]).astype(np.float64)
    values[:, missing] = np.nan
    return Variable(name, values, missing, 0.0, 1.0, levels=levels)
