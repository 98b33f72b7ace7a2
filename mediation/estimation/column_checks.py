"""What a column must be to play its role; the words never show the text of a cell."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.clusters import Clusters, is_constant_inside
from mediation.model import MediationModel

# A text covariate needs at least this many rows per level, or it names rows rather than groups.
ROWS_PER_LEVEL = 5
# Share of the outcome's spread below which what an equation leaves unexplained is rounding.
EXACT = 1e-12


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
    values = column.to_numpy(dtype=np.float64)
    infinite = int(np.isinf(values).sum())
    if infinite:
        raise EstimationError(
            f"All values must be finite. Rows in which `{name}` is infinite: {infinite}. "
            "Correct them or mark them as missing."
        )
    return values


def is_number(column: pd.Series) -> bool:
    """Whether a column enters as it is, rather than as indicators of its levels."""
    return bool(pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column))


def check_varies(name: str, values: Array) -> None:
    """Refuse a predictor, mediator or outcome without variance."""
    if np.ptp(values) == 0.0:
        raise EstimationError(
            f"Predictor, mediators and outcome must vary. `{name}` has one value in all "
            f"{len(values)} rows analysed. A variable without variance explains nothing and "
            "cannot be explained: check the column and the rows left out for missing values."
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
    n_levels, n_rows = column.nunique(), len(column)
    if n_levels > max(2, n_rows // ROWS_PER_LEVEL):
        raise SpecificationError(
            f"A text covariate must have at least {ROWS_PER_LEVEL} rows per level on average. "
            f"`{name}` has {n_levels} levels in {n_rows} rows. If it is an identifier, remove "
            "it; else merge levels, or code it as a number."
        )


def check_rank(outcome: str, x: Array, sources: tuple[str, ...]) -> None:
    """Name the first columns that repeat the ones before them, or do not vary.

    Parameters
    ----------
    outcome : str
        Left-hand side of the equation.
    x : ndarray, shape (n_rows, p)
    sources : tuple of str, length p
        Column of the table that each column of `x` was made from.
    """
    scale = np.abs(x).max(axis=0)
    centred = x / np.where(scale > 0, scale, 1.0)
    centred[:, 1:] -= centred[:, 1:].mean(axis=0)
    spread = np.linalg.norm(centred, axis=0)
    unit = centred / np.where(spread > 0, spread, 1.0)
    r = np.abs(np.diag(np.linalg.qr(unit, mode="r")))
    is_flat = spread <= 1e-12 * np.sqrt(len(x))
    is_repeat = np.concatenate([r, np.zeros(x.shape[1] - len(r))]) < 1e-8
    repeated = [name for name, bad in zip(sources, is_flat | is_repeat, strict=True) if bad]
    if repeated:
        raise EstimationError(
            "Each column of an equation must say something the others do not. In the equation "
            f"of `{outcome}` these repeat the columns before them or do not vary: "
            f"{', '.join(dict.fromkeys(repeated))}. Remove them from the model."
        )


def check_residual(outcome: str, y: Array, x: Array) -> None:
    """Refuse an equation that leaves nothing unexplained: its errors have no variance."""
    scale = np.abs(x).max(axis=0)
    fitted = (x / scale) @ np.linalg.lstsq(x / scale, y, rcond=None)[0]
    if len(y) <= x.shape[1] or np.sum((y - fitted) ** 2) <= EXACT * np.sum((y - y.mean()) ** 2):
        raise EstimationError(
            f"An equation must leave something unexplained. That of `{outcome}` has "
            f"{x.shape[1]} coefficients and fits all {len(y)} rows exactly. Check whether one "
            "column was computed from another, or remove covariates."
        )
