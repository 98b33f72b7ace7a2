"""The slope of the outcome on a mediator at single values of the predictor, each a path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from mediation.arrays import Array
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import PathEstimates
from mediation.inference.monte_carlo import DrawnSolution
from mediation.model import Form, Parameter, Term
from mediation.sensitivity.moderation_columns import Steps, product_role
from mediation.vocabulary import DrawDistribution, PathName

# The path a, the slope at one value of the predictor, and their product.
_A, _SLOPE = np.array([1.0, 0.0]), np.array([0.0, 1.0])
SLOPE, PRODUCT = Form((Term(_SLOPE),)), Form((Term(_A, _SLOPE),))
# Normal deviates between which quantiles of t are interpolated.
GRID = np.linspace(0.0, 8.0, 1601)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SlopesAt:
    """Slopes b of the outcome's equation where the predictor has each of some values.

    Attributes
    ----------
    at : tuple of float
    roles : tuple of Parameter or None
        Of the columns of the equation.
    values, std_errors, df : ndarray, shape (n_at, n_columns)
    """

    at: tuple[float, ...]
    roles: tuple[Parameter | None, ...]
    values: Array
    std_errors: Array
    df: Array

    @property
    def is_usable(self) -> bool:
        """Whether every slope b has a standard error at every value."""
        slopes = [k for k, r in enumerate(self.roles) if r is not None and r.path is PathName.B]
        return bool(((self.std_errors > 0) & (self.df > 0))[:, slopes].all())

    def solution(
        self, slope: Parameter, at: float, a: tuple[Parameter, DrawnSolution], z: Array
    ) -> DrawnSolution:
        """Draw one slope at one value, beside the draws of a path a.

        Parameters
        ----------
        slope : Parameter
        at : float
            One of `at`.
        a : (Parameter, DrawnSolution)
            The path a, and draws of the model's paths.
        z : ndarray, shape (n_draws,)
            Standard normal draws, the same at all values.

        Returns
        -------
        DrawnSolution
            Of two paths, a and the slope.
        """
        n, k = self.at.index(at), self.roles.index(slope)
        value, error, df = self.values[n, k], self.std_errors[n, k], float(self.df[n, k])
        drawn, options = a[1], a[1].options
        j = drawn.paths.parameters.index(a[0])
        paths = PathEstimates(
            parameters=(a[0], slope),
            values=np.array([drawn.paths.values[j], value]),
            covariance=np.diag([drawn.paths.covariance[j, j], error**2]),
            df=np.array([drawn.paths.df[j], df]),
            equation=(0, 1),
            shares_divisor=(False, False),
        )
        draws = value + error * (
            z if options.distribution is DrawDistribution.NORMAL else t_of(z, df)
        )
        return DrawnSolution(paths, options, np.column_stack([drawn.draws[:, j], draws]))


def slopes_at(
    equation: Equation, prepared: Prepared, steps: Steps, engine: MixedModels | OLS
) -> SlopesAt:
    """Fit the outcome's equation with the predictor centred at each value in turn.

    The slope b is then b + d (x - xbar) itself, a coefficient with a standard error and df of its
    own: CR2 and Satterthwaite where that of b within has these.

    Parameters
    ----------
    equation : Equation
        With products, the predictor centred at its mean.
    prepared : Prepared
    steps : Steps
    engine : MixedModels or OLS

    Returns
    -------
    SlopesAt
    """
    at = tuple(dict.fromkeys((*steps.at, *steps.along)))
    moves = np.array(at) - steps.center
    values = np.repeat(equation.matrix[None], len(at), axis=0)
    for k, role in zip(equation.x_at, equation.roles, strict=True):
        if role is None or role.path is not PathName.B or role.mediator is None:
            continue
        product = product_role(role.mediator, role.level)
        if product in equation.roles:
            column = equation.matrix[:, k] - equation.matrix[:, k].mean()
            values[:, :, equation.x_at[equation.roles.index(product)]] -= moves[:, None] * column
    (fit,) = engine.fit_equations(
        (equation,), values, prepared.clusters, prepared.counts.n_clusters
    )
    errors = np.sqrt(np.diagonal(fit.covariance, axis1=1, axis2=2))
    return SlopesAt(at, equation.roles, fit.values, errors, fit.df)


def t_of(z: Array, df: float) -> Array:
    """Quantiles of t at the probabilities of normal deviates: they move smoothly with df.

    Parameters
    ----------
    z : ndarray, shape (n,)
    df : float

    Returns
    -------
    ndarray, shape (n,)

    Examples
    --------
    >>> t_of(np.array([-1.959964]), 5.0).round(3).tolist()
    [-2.571]
    """
    if not np.isfinite(df):
        return z
    quantiles = -special.stdtrit(df, special.ndtr(-GRID))
    found: Array = np.sign(z) * np.interp(np.abs(z), GRID, quantiles)
    return found
