"""Many data sets of one layout, from sums to estimates in the units of the data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.two_level.many_maxima import maximize_together
from mediation.estimation.two_level.start import many_starting_values
from mediation.estimation.two_level.statistics import RowSums, reduce_clusters
from mediation.estimation.two_level.structure import Structure
from mediation.estimation.two_level.units import (
    Units,
    many_with_root,
    positions_of,
    to_data_units,
)

# Numbers of the sums of clusters, rows, and data sets held at once: more do not fit the cache.
CELLS = 100_000
ROWS = 200_000
MOST_SETS = 400


@dataclass(frozen=True, slots=True, eq=False)
class ManyFits:
    """Chosen cells of the matrices of N fitted models.

    Attributes
    ----------
    values : ndarray, shape (N, n_cells)
    covariance : ndarray, shape (N, n_cells, n_cells)
        By the observed information; empty, (N, 0, 0), where not asked for.
    is_lost : ndarray of bool, shape (N, n_cells)
        Cells without a unique value.
    has_converged, is_boundary : ndarray of bool, shape (N,)
    """

    values: Array
    covariance: Array
    is_lost: BoolArray
    has_converged: BoolArray
    is_boundary: BoolArray


def fit_many(
    structure: Structure, rows: RowSums, units: Units, cells: IntArray, *, with_errors: bool
) -> ManyFits:
    """Fit a model to each of N data sets.

    Parameters
    ----------
    structure : Structure
    rows : RowSums
        Of standardised variables.
    units : Units
        The way back to the units of the data.
    cells : ndarray of int
        Positions, as `positions_of` gives them, of what is wanted.
    with_errors : bool
        Whether covariances are wanted.

    Returns
    -------
    ManyFits
    """
    start = many_starting_values(structure, rows)
    maxima = maximize_together(structure, reduce_clusters(rows), start, with_root=with_errors)
    if with_errors:
        values, root = many_with_root(structure, units, maxima.theta, maxima.root, cells)
        covariance = root @ root.swapaxes(1, 2)
    else:
        values = to_data_units(structure, units, maxima.theta)[:, cells]
        covariance = np.zeros((len(values), 0, 0))
    at = positions_of(structure)
    n_cells = sum(part.size for part in at.values())
    is_lost = np.zeros((len(values), n_cells), bool)
    for name, flags in maxima.lost.items():
        is_lost[:, at[name]] = flags
    is_boundary: BoolArray = np.logical_or.reduce(maxima.at_zero, axis=1)
    return ManyFits(values, covariance, is_lost[:, cells], maxima.has_converged, is_boundary)


def sets_at_once(rows: RowSums, n_rows: int = 0) -> int:
    """Give how many data sets of a layout to work on together.

    Parameters
    ----------
    rows : RowSums
        Of one data set.
    n_rows : int
        Its rows, where rows are held too.
    """
    n_clusters, n_patterns, d = rows.sums.shape[1:]
    numbers = n_clusters * n_patterns * (d + rows.between.shape[2])
    return int(np.clip(min(CELLS // numbers, ROWS // max(n_rows, 1)), 1, MOST_SETS))
