"""Linear mixed models with nested random intercepts: the default engine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError
from mediation.estimation.by_equation import fit_by_equation
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.cr2 import Working, cr2_variance
from mediation.estimation.equation import EquationFit, standardize
from mediation.estimation.kenward_roger import kenward_roger
from mediation.estimation.paths import Fit
from mediation.estimation.reml import fit_reml, nested_statistics
from mediation.model import MediationModel
from mediation.vocabulary import Level, PathName, SlopeCovariance, ZeroVariance


@dataclass(frozen=True, slots=True)
class MixedModels:
    """REML with a random intercept per cluster level and Kenward-Roger inference.

    Attributes
    ----------
    zero_variance : ZeroVariance
        DROP takes covariance and df over the variance components that are not zero, and
        limits the df of coefficients constant inside clusters, and of the predictor, to
        J - q: J clusters at the predictor's level, q coefficients between clusters in the
        equation. KEEP takes them over all components, without that limit.
    slope_covariance : SlopeCovariance
        Variance of b within clusters: CR2 by the innermost cluster with Satterthwaite df,
        because slopes differ between clusters, or by the model.

    References
    ----------
    Kenward & Roger (1997), Biometrics 53, 983-997; Pustejovsky & Tipton (2018), JBES 36,
    672-683.

    Examples
    --------
    >>> MixedModels().label
    'mixed models (REML, Kenward-Roger; CR2 for b within)'
    """

    zero_variance: ZeroVariance = ZeroVariance.DROP
    slope_covariance: SlopeCovariance = SlopeCovariance.CR2
    needs_clusters: ClassVar[bool] = True

    @property
    def label(self) -> str:
        """One line for readers."""
        slope = "; CR2 for b within" if self.slope_covariance is SlopeCovariance.CR2 else ""
        return f"mixed models (REML, Kenward-Roger{slope})"

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit every equation of a model; see `estimate`."""
        return fit_by_equation(self, model, frame)

    def fit_equation(self, equation: Equation, clusters: Clusters, n_clusters: int) -> EquationFit:
        """Fit one equation.

        Parameters
        ----------
        equation : Equation
        clusters : Clusters
        n_clusters : int
            Clusters at the predictor's level.

        Raises
        ------
        EstimationError
            If every innermost cluster has one row, so that nothing varies inside.
        """
        if clusters.count(-1) == len(equation.y):
            raise EstimationError(
                f"Some clusters must have several rows. All {len(equation.y)} clusters at level "
                f"`{clusters.names[-1]}` have one row. Use OLS() on these rows."
            )
        x, back = standardize(equation.x)
        statistics = nested_statistics(x, equation.y, clusters.codes)
        fit = fit_reml(statistics)
        keep_all = self.zero_variance is ZeroVariance.KEEP
        kept = tuple(keep_all or bool(ratio > 0) for ratio in fit.ratios)
        adjusted = kenward_roger(statistics, fit, kept)
        covariance = back @ adjusted.covariance @ back.T
        df = adjusted.df(back)
        if not keep_all:
            between = np.array(equation.between)
            df = np.where(between, np.minimum(df, n_clusters - between.sum()), df)
        if self.slope_covariance is SlopeCovariance.CR2:
            working = Working(
                x, equation.y - x @ fit.coefficients, clusters.codes, fit, adjusted.model_covariance
            )
            covariance, df = _with_cr2(equation, working, back, covariance, df)
        variances = [*(fit.ratios * fit.sigma2), fit.sigma2]
        return EquationFit(
            values=back @ fit.coefficients,
            covariance=covariance,
            df=df,
            variances=tuple(
                (name, float(v))
                for name, v in zip((*clusters.names, "residual"), variances, strict=True)
            ),
            convergence=fit.convergence,
        )


def _with_cr2(
    equation: Equation, working: Working, back: Array, covariance: Array, df: Array
) -> tuple[Array, Array]:
    """Replace the variance and df of b within; correlations stay those of the model."""
    scale = np.ones(len(df))
    df = df.copy()
    for k, role in enumerate(equation.roles):
        if role is not None and (role.path, role.level) == (PathName.B, Level.WITHIN):
            variance, df[k] = cr2_variance(working, back[k])
            scale[k] = np.sqrt(variance / covariance[k, k])
    return covariance * np.outer(scale, scale), df
