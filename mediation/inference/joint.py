"""Joint significance: an effect is there if both its paths are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy import stats

from mediation.estimation.paths import PathEstimates
from mediation.inference.analytic import AnalyticInterval
from mediation.inference.factors import factors_of_product
from mediation.inference.interval import NAN, Estimate, PathFunction, factors_of


@dataclass(frozen=True, slots=True)
class JointSignificance(AnalyticInterval):
    """The larger of the p-values of the two paths of a product; limits for single paths alone.

    Attributes
    ----------
    conf_level : float
        Of the limits of single paths, between 0.5 and 0.999.
    distribution : DrawDistribution
        T with the df of each path, or NORMAL.

    Raises
    ------
    InferenceError
        If an option is out of range, or `distribution` is no DrawDistribution.

    References
    ----------
    MacKinnon, Lockwood, Hoffman, West & Sheets (2002), Psychological Methods 7, 83-104 (joint
    significance of a and b); an intersection-union test, Berger (1982), Technometrics 24, 295-300.

    Examples
    --------
    >>> JointSignificance().label
    'joint significance of both paths, t'
    """

    said: ClassVar[str] = (
        "The joint test gives p-values of products and no limits; sums over mediators and the "
        "proportion mediated have neither."
    )

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"joint significance of both paths, {self.distribution.value}"

    def of_effect(self, paths: PathEstimates, function: PathFunction, smooth: Estimate) -> Estimate:
        """P-value of a product, without limits."""
        p_value, weights = NAN, factors_of(function)
        if weights is not None:
            factors = factors_of_product(paths, *weights, self.distribution)
            with np.errstate(divide="ignore", invalid="ignore"):
                t = np.abs(factors.values[0]) / factors.errors[0]
            p_values = 2 * stats.t.sf(np.where(np.isnan(t), 0.0, t), factors.df[0])
            p_value = float(p_values.max())
        name = type(self).__name__
        return replace(smooth, conf_low=NAN, conf_high=NAN, p_value=p_value, interval=name)
