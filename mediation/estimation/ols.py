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
from mediation.estimation.equation import EquationFit, Scaling, standardize
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
    models_clusters: ClassVar[bool] = False

    @property
    def label(self) -> str:
        """One line for readers."""
        return "ordinary least squares (does not model clustering)"

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit every equation of a model; see `estimate`."""
        return fit_by_equation(self, model, frame)

    def fit_equations(
        self, equations: tuple[Equation, ...], values: Array, clusters: Clusters, n_clusters: int
    ) -> tuple[EquationFit, ...]:
        """Fit the equations of N data sets of one design."""
        z, scaling = standardize(values)
        return tuple(self._fit(equation, z, scaling) for equation in equations)

    def _fit(self, equation: Equation, z: Array, scaling: Scaling) -> EquationFit:
        back, offset = scaling.back(equation)
        x, y = z[..., list(equation.x_at)], z[..., equation.y_at]
        n, p = x.shape[1:]
        q, r = np.linalg.qr(x)
        beta = np.linalg.solve(r, np.swapaxes(q, 1, 2) @ y[..., None])[..., 0]
        residuals = y - np.einsum("nij,nj->ni", x, beta)
        df = n - p
        sigma2 = np.sum(residuals**2, axis=1) / df
        inverse = back @ np.linalg.inv(r)
        width2 = scaling.width[:, equation.y_at] ** 2
        return EquationFit(
            values=np.einsum("nij,nj->ni", back, beta) + offset,
            covariance=sigma2[:, None, None] * inverse @ np.swapaxes(inverse, 1, 2),
            df=np.full((len(z), p), float(df)),
            levels=("residual",),
            variances=(sigma2 * width2)[:, None],
            convergence=(Convergence.CONVERGED,) * len(z),
            contrast_names=(),
            contrasts=np.empty((len(z), 0, 3)),
        )
