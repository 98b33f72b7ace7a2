"""Joint significance: an effect is there if both its paths are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mediation.estimation.paths import PathEstimates
from mediation.inference.analytic import AnalyticInterval
from mediation.inference.interval import (
    NAN,
    Estimate,
    PathFunction,
    factors_of,
    symmetric_estimate,
)
from mediation.model import Form, Term


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
            forms = [Form((Term(each),)) for each in weights]
            level, distribution = self.conf_level, self.distribution
            both = [symmetric_estimate(paths, form, level, distribution) for form in forms]
            p_value = max(each.p_value for each in both)
        name = type(self).__name__
        return replace(smooth, conf_low=NAN, conf_high=NAN, p_value=p_value, interval=name)
