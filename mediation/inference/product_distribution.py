"""The exact distribution of a product of two paths as interval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.analytic import AnalyticInterval
from mediation.inference.factors import factors_of_product
from mediation.inference.interval import NAN, Estimate, PathFunction, factors_of
from mediation.inference.product import product_cdf, product_quantiles
from mediation.vocabulary import DrawDistribution, PathName


@dataclass(frozen=True, slots=True)
class ProductDistribution(AnalyticInterval):
    """Exact quantiles of the product of two paths, by quadrature: Monte Carlo without the draws.

    Attributes
    ----------
    conf_level : float
        Between 0.5 and 0.999.
    distribution : DrawDistribution
        T gives each path its own df, the limits that `MonteCarlo()` approaches; NORMAL takes df
        as infinite (Meeker's method). A factor that combines paths, as b between - b within in the
        contextual effect, has the least of their df, which is close to what draws give.

    Raises
    ------
    InferenceError
        If an option is out of range, or `distribution` is no DrawDistribution.

    References
    ----------
    Meeker & Escobar (1994), The American Statistician 48, 271-275; MacKinnon, Fritz, Williams &
    Lockwood (2007), Behavior Research Methods 39, 384-389. With t factors: this package's
    extension.

    Examples
    --------
    >>> ProductDistribution().label
    'distribution of the product, t'
    """

    said: ClassVar[str] = (
        "The distribution of the product is known for one product: sums over mediators and the "
        "proportion mediated have a standard error and no limits here. MonteCarlo() gives them."
    )

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"distribution of the product, {self.distribution.value}"

    def check(self, fit: Fit) -> None:
        """Raise InferenceError if paths that covary have finite degrees of freedom."""
        paths = fit.paths
        if (
            _factors_covary(paths)
            and self.distribution is DrawDistribution.T
            and np.isfinite(paths.df).any()
        ):
            raise InferenceError(
                "The distribution of a product is known for normal factors, or for independent t. "
                f"The paths of this fit ({fit.engine_label}) covary and have finite degrees of "
                "freedom. Use MonteCarlo(), or DrawDistribution.NORMAL."
            )

    def of_effect(self, paths: PathEstimates, function: PathFunction, smooth: Estimate) -> Estimate:
        """Limits and p-value of a product."""
        name = type(self).__name__
        nothing = replace(smooth, conf_low=NAN, conf_high=NAN, p_value=NAN, interval=name)
        weights = factors_of(function)
        if weights is None:
            return nothing
        factors = factors_of_product(paths, *weights, self.distribution)
        tail = (1 - self.conf_level) / 2
        low, high = product_quantiles(factors, np.array([tail, 1 - tail]))[0].tolist()
        below = float(product_cdf(factors, np.zeros(1))[0])
        p_value = min(1.0, 2 * min(below, 1 - below))
        return replace(nothing, conf_low=low, conf_high=high, p_value=p_value)


def _factors_covary(paths: PathEstimates) -> bool:
    """Whether a path a varies with a path b: in one likelihood, or over imputations."""
    of_a = np.array([parameter.path is PathName.A for parameter in paths.parameters])
    of_b = np.array([parameter.path is PathName.B for parameter in paths.parameters])
    return paths.equation[0] < 0 or bool(paths.covariance[np.ix_(of_a, of_b)].any())
