"""What a column must be to play its role; the words never show the text of a cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.clusters import Clusters, is_constant_inside
from mediation.model import MediationModel

# A text covariate needs at least this many rows per level, or it names rows rather than groups.
ROWS_PER_LEVEL = 5
# Share of the outcome's spread below which what an equation leaves unexplained is rounding.
EXACT = 1e-12
# Size of the largest value of a column beyond which its squares would lose digits.
LARGEST = 1e100
# Share of a column that others leave unexplained below which it repeats them.
REPEATED = 1e-5


def check_columns(model: MediationModel, frame: pd.DataFrame) -> None:
    """Refuse a table that lacks a column of the model, or has it twice."""
    wanted = model.columns + model.clusters
    absent = [name for name in wanted if name not in frame.columns]
    if absent:
        raise SpecificationError(
            f"Every column of the model must be in the table. Not there: {', '.join(absent)}. "
            f"The table has: {', '.join(map(str, frame.columns))}. Correct the names."
        )
    twice = [name for name in wanted if isinstance(frame[name], pd.DataFrame)]
    if twice:
        raise SpecificationError(
            f"Every column of the model must be in the table once. More than once: "
            f"{', '.join(twice)}. Rename or remove the copies."
        )


def numeric(name: str, frame: pd.DataFrame) -> Array:
    """Values of a column as floats, finite.

    Raises
    ------
    SpecificationError
        If the column is not numeric.
    EstimationError
        If a value is infinite.
    """
    column = frame[name]
    if not is_number(column):
        raise SpecificationError(
            f"Predictor, mediators and outcome must be numbers. `{name}` is {column.dtype}. "
            "Code it as numbers first."
        )
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise EstimationError(
            f"All values must be finite. Rows in which `{name}` is infinite: {infinite}. "
            "Correct them or mark them as missing."
        )
    size = np.nanmax(np.abs(values), initial=0.0)
    if size > LARGEST or 0 < size < 1 / LARGEST:
        raise EstimationError(
            f"Values must be of a size that squares can be taken of. The largest of `{name}` is of "
            f"the order of {size:.0e}. Give it in other units."
        )
    return values


def is_number(column: pd.Series) -> bool:
    """Whether a column enters as it is, rather than as indicators of its levels."""
    types = pd.api.types
    is_real = types.is_numeric_dtype(column) and not types.is_complex_dtype(column)
    return bool(is_real or types.is_bool_dtype(column))


def check_varies(name: str, values: Array) -> None:
    """Refuse a predictor, mediator or outcome without variance."""
    if np.ptp(values) == 0.0:
        raise EstimationError(
            f"Predictor, mediators and outcome must vary. `{name}` has one value in all "
            f"{len(values)} rows analysed. A variable without variance explains nothing and "
            "cannot be explained: check the column and the rows left out for missing values."
        )


def check_outcome_inside(name: str, values: Array, clusters: Clusters) -> None:
    """Refuse an outcome that has one value in each innermost cluster."""
    if clusters.names and is_constant_inside(values, clusters.codes[-1]):
        raise EstimationError(
            f"An outcome must differ between the rows of a cluster. `{name}` has one value in "
            f"each `{clusters.names[-1]}`, so that rows say nothing about slopes within. Analyse "
            f"one row per `{clusters.names[-1]}`, and leave it out of the clusters."
        )


def check_varies_inside(name: str, values: Array, clusters: Clusters) -> None:
    """Refuse a mediator that has one value in each innermost cluster."""
    if clusters.names and is_constant_inside(values, clusters.codes[-1]):
        raise EstimationError(
            f"A mediator must differ between the rows of a cluster. `{name}` has one value in "
            f"each `{clusters.names[-1]}`, so there is no slope within. Use a mediator measured "
            f"in every row, or leave `{clusters.names[-1]}` out of the clusters if the table "
            "has one row for each."
        )


def check_category(name: str, column: pd.Series) -> None:
    """Refuse dates, and text that names rows rather than groups, as covariates."""
    if column.dtype.kind in "mM" or isinstance(column.dtype, pd.PeriodDtype):
        raise SpecificationError(
            f"A covariate must be a number or a category. `{name}` holds dates or times. Turn it "
            "into months since a fixed day."
        )
    try:
        n_levels, n_rows = column.nunique(), len(column)
    except TypeError:
        raise SpecificationError(
            f"A covariate must be a number or a category. `{name}` holds {column.dtype} values "
            "that are neither. Code it as numbers or text."
        ) from None
    if n_levels < 2:
        raise EstimationError(
            f"A covariate must vary. `{name}` has one level in all {n_rows} rows analysed. Remove "
            "it from the model."
        )
    if n_levels > max(2, n_rows // ROWS_PER_LEVEL):
        raise SpecificationError(
            f"A text covariate must have at least {ROWS_PER_LEVEL} rows per level on average. "
            f"`{name}` has {n_levels} levels in {n_rows} rows. If it is an identifier, remove "
            "it; else merge levels, or code it as a number."
        )


def check_equation(outcome: str, y: Array, x: Array, sources: tuple[str, ...]) -> None:
    """Refuse columns that repeat others or do not vary, and an equation that fits exactly.

    Parameters
    ----------
    outcome : str
        Left-hand side of the equation.
    y : ndarray, shape (n_rows,)
    x : ndarray, shape (n_rows, p)
        First column the intercept.
    sources : tuple of str, length p
        Column of the table that each column of `x` was made from.

    Raises
    ------
    EstimationError
        Naming the first columns that repeat the ones before them.
    """
    n_rows, p = x.shape
    is_flat, pivots = _pivots(np.column_stack([x, y]))
    _refuse_repeats(outcome, sources, is_flat[:p], pivots[:p])
    if n_rows <= p or pivots[p] ** 2 <= EXACT:
        raise EstimationError(
            f"An equation must leave something unexplained. That of `{outcome}` has "
            f"{p} coefficients and fits all {n_rows} rows exactly. Check whether one "
            "column was computed from another, or remove covariates."
        )


def _pivots(columns: Array) -> tuple[BoolArray, Array]:
    """Whether columns do not vary, and the share of each that those before it do not explain.

    Columns but the first are centred, all are scaled to length one.
    """
    scale = np.abs(columns).max(axis=0)
    unit = columns / np.where(scale > 0, scale, 1.0)
    unit[:, 1:] -= unit[:, 1:].mean(axis=0)
    spread = np.sqrt(np.einsum("ij,ij->j", unit, unit))
    unit /= np.where(spread > 0, spread, 1.0)
    pivots = np.zeros(columns.shape[1])
    found = np.abs(np.diag(np.linalg.qr(unit, mode="r")))
    pivots[: len(found)] = found
    return spread <= 1e-12 * np.sqrt(len(columns)), pivots


def _refuse_repeats(
    outcome: str, sources: tuple[str, ...], is_flat: BoolArray, pivots: Array
) -> None:
    repeated = [
        name for name, bad in zip(sources, is_flat | (pivots < REPEATED), strict=True) if bad
    ]
    if repeated:
        raise EstimationError(
            "Each column of an equation must say something the others do not. In the equation "
            f"of `{outcome}` these repeat the columns before them or do not vary: "
            f"{', '.join(dict.fromkeys(repeated))}. Remove them from the model."
        )
