"""Joint significance: an effect is there if both its paths are."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

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
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution

NO_LIMITS = (
    "The joint test gives p-values of products and no limits; sums over mediators and the "
    "proportion mediated have neither."
)


@dataclass(frozen=True, slots=True)
class JointSignificance:
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

    conf_level: float = 0.95
    distribution: DrawDistribution = DrawDistribution.T

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_level(self.conf_level)

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"joint significance of both paths, {self.distribution.value}"

    def check(self, fit: Fit) -> None:
        """Nothing to refuse: goes with every engine."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> JointSolution:
        """Nothing to draw."""
        return JointSolution(fit.paths, self)


@dataclass(frozen=True, slots=True)
class JointSolution:
    """Paths of a fit with the options."""

    paths: PathEstimates
    options: JointSignificance
    notes: tuple[str, ...] = (NO_LIMITS,)
    failures: tuple[tuple[str, int], ...] = ()
    is_resampled: bool = False

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths, with limits if it is one path, and p-value."""
        level, distribution = self.options.conf_level, self.options.distribution
        smooth = symmetric_estimate(self.paths, function, level, distribution)
        if one_path(function) is not None:
            return smooth
        p_value, weights = NAN, factors_of(function)
        if weights is not None:
            factors = factors_of_product(self.paths, *weights, distribution)
            with np.errstate(divide="ignore", invalid="ignore"):
                t = np.abs(factors.values[0]) / factors.errors[0]
            p_values = 2 * stats.t.sf(np.where(np.isnan(t), 0.0, t), factors.df[0])
            p_value = float(p_values.max())
        return replace(
            smooth, conf_low=NAN, conf_high=NAN, p_value=p_value, interval="JointSignificance"
        )
