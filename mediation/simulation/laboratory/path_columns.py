"""Coefficients that are paths, taken from standardized columns to the units of the table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.columns import Equation
from mediation.estimation.equation import Scaling
from mediation.estimation.paths import PathBatch
from mediation.vocabulary import Convergence


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where the paths of one equation are among its coefficients.

    Attributes
    ----------
    at : list of int
        The intercept, which centering moves, is none of them.
    units : ndarray, shape (N, n_paths)
        One unit of each standardized coefficient, in units of the columns.
    """

    at: list[int]
    units: Array

    def take(self, values: Array, covariance: Array, df: Array) -> PathColumns:
        """Take the paths out of all standardized coefficients; `df` is of the paths alone."""
        scale = self.units[:, :, None] * self.units[:, None, :]
        rows, columns = np.ix_(self.at, self.at)
        return PathColumns(
            self, values[:, self.at] * self.units, covariance[:, rows, columns] * scale, df
        )


def places_of(equation: Equation, scaling: Scaling) -> Places:
    """Find the paths of an equation whose columns were standardized."""
    at = [k for k, role in enumerate(equation.roles) if role is not None]
    of_x = scaling.width[:, [equation.x_at[k] for k in at]]
    return Places(at, scaling.width[:, equation.y_at, None] / of_x)


@dataclass(frozen=True, slots=True, eq=False)
class PathColumns:
    """Paths of one equation in N studies, in the units of the columns.

    Attributes
    ----------
    places : Places
    values, df : ndarray, shape (N, n_paths)
    covariance : ndarray, shape (N, n_paths, n_paths)
    """

    places: Places
    values: Array
    covariance: Array
    df: Array


def assemble_paths(
    equations: tuple[Equation, ...], parts: list[PathColumns], ended: tuple[Convergence, ...]
) -> PathBatch:
    """Put the paths of all equations together; equations fitted apart do not covary."""
    n_paths = sum(len(part.places.at) for part in parts)
    covariance = np.zeros((len(parts[0].values), n_paths, n_paths))
    start = 0
    for part in parts:
        here = slice(start, start + len(part.places.at))
        covariance[:, here, here] = part.covariance
        start += len(part.places.at)
    pairs = [(e, k) for e, part in zip(equations, parts, strict=True) for k in part.places.at]
    return PathBatch(
        parameters=tuple(role for e, k in pairs if (role := e.roles[k]) is not None),
        values=np.concatenate([part.values for part in parts], axis=1),
        covariance=covariance,
        df=np.concatenate([part.df for part in parts], axis=1),
        equation=tuple(number for number, part in enumerate(parts) for _ in part.places.at),
        shares_divisor=tuple(e.between[k] for e, k in pairs),
        convergence=ended,
    )
