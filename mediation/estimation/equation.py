"""What an engine returns for one equation of N data sets of one design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.estimation.columns import Equation
from mediation.model import Parameter
from mediation.vocabulary import Convergence, Level, PathName


@dataclass(frozen=True, slots=True, eq=False)
class EquationFit:
    """One equation fitted to N data sets, in the units of its columns.

    Attributes
    ----------
    values : ndarray, shape (N, p)
    covariance : ndarray, shape (N, p, p)
    df : ndarray, shape (N, p)
    levels : tuple of str
        Names of the variances: the cluster levels, outermost first, and the residual.
    variances : ndarray, shape (N, n_levels + 1)
    convergence : tuple of Convergence, length N
    contrast_names : tuple of str
    contrasts : ndarray, shape (N, n_contrasts, 3)
        Estimate, standard error and df of linear combinations of the coefficients.
    """

    values: Array
    covariance: Array
    df: Array
    levels: tuple[str, ...]
    variances: Array
    convergence: tuple[Convergence, ...]
    contrast_names: tuple[str, ...]
    contrasts: Array

    def __post_init__(self) -> None:
        for name in ("values", "covariance", "df", "variances", "contrasts"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def contextual_contrasts(equation: Equation) -> tuple[tuple[str, ...], Array]:
    """Rows b between - b within of an equation's mediators, and their names.

    Returns
    -------
    names : tuple of str
    rows : ndarray, shape (n_contrasts, p)
    """
    names, rows = [], np.zeros((0, len(equation.roles)))
    for k, role in enumerate(equation.roles):
        if role is None or (role.path, role.level) != (PathName.B, Level.WITHIN):
            continue
        other = Parameter(PathName.B, Level.BETWEEN, role.mediator)
        if other in equation.roles:
            row = np.zeros((1, len(equation.roles)))
            row[0, equation.roles.index(other)], row[0, k] = 1.0, -1.0
            names.append(f"{role.mediator} (contextual)")
            rows = np.concatenate([rows, row])
    return tuple(names), rows


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Centre and width by which the columns of a matrix were standardised.

    Attributes
    ----------
    centre, width : ndarray, shape (N, n_columns)
        Zero and one for the intercept.
    """

    centre: Array
    width: Array

    def back(self, equation: Equation) -> tuple[Array, Array]:
        """Matrix and offset that take standardised coefficients to the units of the columns.

        Returns
        -------
        matrix : ndarray, shape (N, p, p)
        offset : ndarray, shape (N, p)
        """
        x_at = list(equation.x_at)
        centre, width = self.centre[:, x_at], self.width[:, x_at]
        p = len(x_at)
        matrix = np.zeros((len(centre), p, p))
        matrix[:, np.arange(p), np.arange(p)] = 1 / width
        matrix[:, 0, 1:] = -centre[:, 1:] / width[:, 1:]
        matrix *= self.width[:, equation.y_at, None, None]
        offset = np.zeros((len(centre), p))
        offset[:, 0] = self.centre[:, equation.y_at]
        return matrix, offset


def standardize(values: Array) -> tuple[Array, Scaling]:
    """Centre and scale all columns but constant ones, which are intercepts.

    Parameters
    ----------
    values : ndarray, shape (N, n_rows, n_columns)

    Returns
    -------
    scaled : ndarray, shape (N, n_rows, n_columns)
    scaling : Scaling

    Examples
    --------
    >>> scaled, scaling = standardize(np.array([[[1.0, 2.0], [1.0, 4.0], [1.0, 9.0]]]))
    >>> scaled[0].mean(axis=0), scaling.centre
    (array([1., 0.]), array([[0., 5.]]))
    """
    centre = values.mean(axis=1)
    scaled = values - centre[:, None]
    width = np.sqrt(np.einsum("nik,nik->nk", scaled, scaled) / values.shape[1])
    is_flat = width <= 1e-13 * np.abs(centre)
    scaled += np.where(is_flat, centre, 0.0)[:, None]
    width = np.where(is_flat, 1.0, width)
    scaled /= width[:, None]
    return scaled, Scaling(np.where(is_flat, 0.0, centre), width)
