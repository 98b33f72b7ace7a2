"""What an engine returns for one equation, and the scaling that keeps its numbers steady."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only
from mediation.vocabulary import Convergence


@dataclass(frozen=True, slots=True, eq=False)
class EquationFit:
    """One fitted equation, in the units of its columns.

    Attributes
    ----------
    values : ndarray, shape (p,)
    covariance : ndarray, shape (p, p)
    df : ndarray, shape (p,)
    variances : tuple of (str, float)
        Variance of each cluster level, outermost first, and of the residual.
    convergence : Convergence
    """

    values: Array
    covariance: Array
    df: Array
    variances: tuple[tuple[str, float], ...]
    convergence: Convergence

    def __post_init__(self) -> None:
        for name in ("values", "covariance", "df"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


def standardize(x: Array) -> tuple[Array, Array]:
    """Centre and scale all columns but the first, which is the intercept.

    Parameters
    ----------
    x : ndarray, shape (n_rows, p)

    Returns
    -------
    scaled : ndarray, shape (n_rows, p)
    back : ndarray, shape (p, p)
        Coefficients in the units of `x` are `back` times those of `scaled`.

    Examples
    --------
    >>> x = np.array([[1.0, 2.0], [1.0, 4.0], [1.0, 9.0]])
    >>> scaled, back = standardize(x)
    >>> bool(np.allclose(scaled, x @ back))
    True
    """
    centre = x.mean(axis=0)
    centre[0] = 0.0
    width = x.std(axis=0)
    width[0] = 1.0
    back = np.diag(1 / width)
    back[0, 1:] = -centre[1:] / width[1:]
    return (x - centre) / width, back
