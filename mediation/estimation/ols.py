"""Ordinary least squares: the published specification, which does not model clustering."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.by_equation import fit_by_equation
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.equation import EquationFit, standardize
from mediation.estimation.paths import Fit
from mediation.model import MediationModel
from mediation.vocabulary import Convergence


@dataclass(frozen=True, slots=True)
class OLS:
    """Least squares with the classical covariance; t with n - p degrees of freedom.

    Standard errors take the rows as independent, whatever the clusters. With clusters in the
    model the mediator is split into cluster mean and deviation; without, it enters as it is,
    which is the published specification of the field (path analysis by least squares).

    References
    ----------
    Any text on regression, for example Greene (2018), Econometric Analysis, 8th ed., ch. 4.

    Examples
    --------
    >>> OLS().label
    'ordinary least squares (does not model clustering)'
    """

    needs_clusters: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """One line for readers."""
        return "ordinary least squares (does not model clustering)"

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit every equation of a model; see `estimate`."""
        return fit_by_equation(self, model, frame)

    def fit_equation(self, equation: Equation, clusters: Clusters, n_clusters: int) -> EquationFit:
        """Fit one equation. `clusters` and `n_clusters` play no part."""
        x, back = standardize(equation.x)
        n, p = x.shape
        q, r = np.linalg.qr(x)
        beta = np.linalg.solve(r, q.T @ equation.y)
        residuals = equation.y - x @ beta
        df = n - p
        sigma2 = float(residuals @ residuals) / df if df > 0 else np.nan
        inverse = np.linalg.inv(r)
        covariance: Array = sigma2 * inverse @ inverse.T
        return EquationFit(
            values=back @ beta,
            covariance=back @ covariance @ back.T,
            df=np.full(p, float(df)),
            variances=(("residual", sigma2),),
            convergence=Convergence.CONVERGED,
        )
