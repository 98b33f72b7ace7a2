"""Cells of a coverage table brought together by cluster design, for tables and figures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

TYPE_I, COVERAGE, POWER = "type I error", "coverage", "power"
MEASURES = (TYPE_I, COVERAGE, POWER)

PRODUCTS = ("indirect within", "indirect between", "contextual")
"""Effects that are a product of paths."""

MUCH_FAILED = 0.01
"""Share of failures above which a number is marked: those left out may be like each other."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One measure of one method over the cells of one cluster design.

    Attributes
    ----------
    mean, error : float
        Mean over cells, and its Monte Carlo standard error.
    least, most : float
        Of a cell.
    n_cells : int
    failed : float
        Share of the studies of a cell that gave no answer, the largest.
    """

    mean: float
    error: float
    least: float
    most: float
    n_cells: int
    failed: float = 0.0


def name_clusters(table: pd.DataFrame) -> pd.Series:
    """Name the clusters of each row, for example "14 teams of 22 in 7 organizations".

    Examples
    --------
    >>> row = {"n_teams": [14], "n_organizations": [7], "n_clients": [308]}
    >>> name_clusters(pd.DataFrame(row)).tolist()
    ['14 teams of 22 in 7 organizations']
    """
    size = (table["n_clients"] / table["n_teams"]).round(1).map(lambda mean: f"{mean:g}")
    name = table["n_teams"].astype(str) + " teams of " + size
    where = table["n_organizations"].map(lambda n: f" in {n} organizations" if n else "")
    return name + where


def measure_rows(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Rows of a coverage table that have a measure, in columns `value` and `error`.

    Type I error of a product is that of cells in which one of its factors is zero, if there are
    any: where both are, no method that multiplies them declares much.

    Parameters
    ----------
    table : DataFrame
    measure : str
        Of `MEASURES`.
    """
    column = "coverage" if measure == COVERAGE else "rejection"
    rows = table if measure == COVERAGE else table[table["rejection_kind"] == measure]
    rows = rows[rows[column].notna()]
    if measure == TYPE_I:
        one_zero = rows[~both_zero(rows)]
        rows = one_zero if len(one_zero) else rows
    return rows.assign(value=rows[column], error=rows[f"{column}_error"])


def both_zero(rows: pd.DataFrame) -> pd.Series:
    """Say of each row of a coverage table whether its effect is a product of two zeros."""
    # The slope is the same inside and between teams: the second factor is always zero.
    second = rows["b"].where(rows["effect"] != "contextual", 0.0)
    return rows["effect"].isin(PRODUCTS) & (rows["a"] == 0) & (second == 0)


def summarize(table: pd.DataFrame, measure: str, by: list[str]) -> dict[tuple[str, ...], Summary]:
    """Summarize a measure over the cells that have the same values in some columns.

    Parameters
    ----------
    table : DataFrame
        Of one effect.
    measure : str
        Of `MEASURES`.
    by : list of str

    Returns
    -------
    dict of tuple of str to Summary
    """
    rows = measure_rows(table, measure)
    found = {}
    for key, group in rows.groupby(by, sort=False):
        values, errors = group["value"].to_numpy(), group["error"].to_numpy()
        found[tuple(map(str, key))] = Summary(
            mean=float(values.mean()),
            error=float(np.sqrt(np.sum(errors**2)) / len(errors)),
            least=float(values.min()),
            most=float(values.max()),
            n_cells=len(values),
            failed=float((group["n_failed"] / group["n_studies"]).max()),
        )
    return found


def without_ceiling(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out cells with a ceiling, in which no method estimates the true paths."""
    return table[table["ceiling_share"] == 0]
