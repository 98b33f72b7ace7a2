"""The exact distribution of a product of two paths as interval."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.factors import factors_of_product
from mediation.inference.interval import (
    NAN,
    Estimate,
    PathFunction,
    check_level,
    factors_of,
    one_path,
    symmetric_estimate,
)
from mediation.inference.product import product_cdf, product_quantiles
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution

ONE_PRODUCT = (
    "The distribution of the product is known for one product: sums over mediators and the "
    "proportion mediated have a standard error and no limits here. MonteCarlo() gives them."
)


@dataclass(frozen=True, slots=True)
class ProductDistribution:
    """Exact quantiles of the product of two paths, by quadrature: Monte Carlo without the draws.

    Attributes
    ----------
    conf_level : float
        Between 0.5 and 0.999.
    distribution : DrawDistribution
        T gives each path its own df, the limits that `MonteCarlo()` approaches; NORMAL takes df
        as infinite (Meeker's method). A factor that combines paths, as b between - b within, has
        the least of their df.

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

    conf_level: float = 0.95
    distribution: DrawDistribution = DrawDistribution.T

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_level(self.conf_level)

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"distribution of the product, {self.distribution.value}"

    def check(self, fit: Fit) -> None:
        """Nothing to refuse: goes with every engine."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> ProductSolution:
        """Nothing to draw."""
        several = len(fit.model.mediators) > 1
        return ProductSolution(fit.paths, self, (ONE_PRODUCT,) if several else ())


@dataclass(frozen=True, slots=True)
class ProductSolution:
    """Paths of a fit with the options."""

    paths: PathEstimates
    options: ProductDistribution
    notes: tuple[str, ...] = ()
    failures: tuple[tuple[str, int], ...] = ()
    is_resampled: bool = False

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value."""
        level, distribution = self.options.conf_level, self.options.distribution
        smooth = symmetric_estimate(self.paths, function, level, distribution)
        if one_path(function) is not None:
            return smooth
        nothing = replace(
            smooth, conf_low=NAN, conf_high=NAN, p_value=NAN, interval="ProductDistribution"
        )
        weights = factors_of(function)
        if weights is None:
            return nothing
        factors = factors_of_product(self.paths, *weights, distribution)
        tail = (1 - level) / 2
        low, high = product_quantiles(factors, np.array([tail, 1 - tail]))[0].tolist()
        below = float(product_cdf(factors, np.zeros(1))[0])
        p_value = min(1.0, 2 * min(below, 1 - below))
        return replace(nothing, conf_low=low, conf_high=high, p_value=p_value)
