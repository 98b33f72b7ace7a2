"""Arrays in, estimates with their covariance out: the engine without data frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.two_level.boundary import ZERO, Trade, find_runaways
from mediation.estimation.two_level.likelihood import evaluate
from mediation.estimation.two_level.maximize import Maximum, maximize
from mediation.estimation.two_level.start import starting_values
from mediation.estimation.two_level.statistics import (
    RowSums,
    Statistics,
    reduce_clusters,
    single_clusters,
    sum_rows,
)
from mediation.estimation.two_level.structure import Structure
from mediation.estimation.two_level.units import Units, positions_of, standardize, with_covariance
from mediation.vocabulary import Convergence, StandardErrors


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TwoLevelData:
    """Rows of a two-level model.

    Attributes
    ----------
    y : ndarray, shape (n_rows, p)
        Variables in causal order, NaN where missing.
    x : ndarray, shape (n_rows, q)
        Columns that enter within.
    w : ndarray, shape (n_clusters, r)
        Columns that enter between; the first is the intercept.
    codes : ndarray of int, shape (n_rows,)
        Cluster of each row, 0 to n_clusters - 1.
    """

    y: Array
    x: Array
    w: Array
    codes: IntArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Prepared:
    """Standardised rows reduced to sums, with the way back to the units of the data."""

    rows: RowSums
    statistics: Statistics
    units: Units


@dataclass(frozen=True, slots=True, eq=False)
class TwoLevelFit:
    """A fitted two-level model, in the units of the data.

    Attributes
    ----------
    structure : Structure
    cells : dict of str to ndarray of int
        Position in `values` of each matrix, as `positions_of` gives them.
    values : ndarray, shape (n_cells,)
    covariance : ndarray, shape (n_cells, n_cells)
    not_identified : dict of str to ndarray of bool
        Entries of "slopes_between" and "effects_between" without a unique value.
    log_likelihood : float
    maximum : Maximum
    """

    structure: Structure
    cells: dict[str, IntArray]
    values: Array
    covariance: Array
    not_identified: dict[str, BoolArray]
    log_likelihood: float
    maximum: Maximum

    def matrix(self, name: str) -> Array:
        """Return a matrix by its name in `cells`."""
        found: Array = self.values[self.cells[name]]
        return found

    def standard_errors(self, name: str) -> Array:
        """Return the standard errors of a matrix by its name in `cells`."""
        errors: Array = np.sqrt(np.diag(self.covariance)[self.cells[name]])
        return errors

    @property
    def convergence(self) -> Convergence:
        """How the maximisation ended."""
        if not self.maximum.has_converged:
            return Convergence.NOT_CONVERGED
        return Convergence.BOUNDARY if self.at_zero.any() else Convergence.CONVERGED

    @property
    def at_zero(self) -> BoolArray:
        """Variables whose residual variance between clusters is zero, shape (p,)."""
        return self.maximum.face.at_zero


def prepare(data: TwoLevelData) -> Prepared:
    """Standardise rows and reduce them to sums."""
    y, x, w, units = standardize(data.y, data.x, data.w)
    rows = sum_rows(y, x, w, data.codes)
    return Prepared(rows, reduce_clusters(rows), units)


def log_likelihood(prepared: Prepared, structure: Structure) -> tuple[Maximum, float]:
    """Maximise, and give the log-likelihood in the units of the data."""
    start = starting_values(structure, prepared.rows)
    maximum = maximize(structure, prepared.statistics, start)
    seen = prepared.statistics.n_rows[0] @ prepared.rows.observed
    return maximum, maximum.value - float(seen @ np.log(prepared.units.y_scale))


def fit_two_level(
    structure: Structure,
    data: TwoLevelData,
    prepared: Prepared,
    standard_errors: StandardErrors = StandardErrors.OBSERVED,
) -> TwoLevelFit:
    """Fit a two-level path model by (full information) maximum likelihood.

    Parameters
    ----------
    structure : Structure
    data : TwoLevelData
    prepared : Prepared
        As `prepare` gives it for `data`.
    standard_errors : StandardErrors

    Returns
    -------
    TwoLevelFit
    """
    maximum, value = log_likelihood(prepared, structure)
    root = maximum.root
    if standard_errors is StandardErrors.ROBUST:
        scores = cluster_scores(structure, data, prepared, maximum.theta)
        root = root @ (root.T @ scores.T)
    values, in_units = with_covariance(structure, prepared.units, maximum.theta, root)
    return TwoLevelFit(
        structure=structure,
        cells=positions_of(structure),
        values=values,
        covariance=in_units,
        not_identified=_not_identified(structure, maximum),
        log_likelihood=value,
        maximum=maximum,
    )


def cluster_scores(
    structure: Structure, data: TwoLevelData, prepared: Prepared, theta: Array
) -> Array:
    """Score of each cluster at a parameter vector of standardised variables, (n_clusters, k)."""
    y = (data.y - prepared.units.y_center) / prepared.units.y_scale
    x = (data.x - prepared.units.x_center) / prepared.units.x_scale
    statistics = single_clusters(y, x, prepared.rows, data.codes)
    repeated = np.broadcast_to(theta, (len(data.w), len(theta)))
    scores: Array = evaluate(structure, statistics, repeated).score
    return scores


def _not_identified(structure: Structure, maximum: Maximum) -> dict[str, BoolArray]:
    errors = np.sqrt((maximum.root**2).sum(axis=1))
    trades = maximum.face.trades + find_runaways(structure, maximum.theta, errors)
    return flag_traded(structure, trades)


def flag_traded(structure: Structure, trades: tuple[Trade, ...]) -> dict[str, BoolArray]:
    """Flag the entries of B and G between clusters that trades leave without a unique value."""
    found = {}
    flags = np.zeros(structure.n_parameters + 1, bool)
    for trade in trades:
        flags[:-1] |= np.abs(trade.direction) > ZERO
    for name in ("slopes_between", "effects_between"):
        found[name] = flags[structure.positions[name]]
    # The intercept in the units of the data takes up the centre of every regressor.
    found["effects_between"][:, 0] |= found["slopes_between"].any(axis=1)
    return found
