"""The delta method: an effect plus and minus a multiple of its standard error."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mediation.estimation.paths import PathEstimates
from mediation.inference.analytic import AnalyticInterval
from mediation.inference.interval import Estimate, PathFunction
from mediation.vocabulary import DrawDistribution


@dataclass(frozen=True, slots=True)
class Delta(AnalyticInterval):
    """Symmetric limits from the delta-method standard error (Sobel's test).

    The distribution of a product is skewed, so that these limits are off on both sides unless
    both paths are many standard errors from zero. They are here because most programs give them.

    Attributes
    ----------
    conf_level : float
        Between 0.5 and 0.999.
    distribution : DrawDistribution
        NORMAL, as usual, or T with the least df of the paths in the effect.

    Raises
    ------
    InferenceError
        If an option is out of range, or `distribution` is no DrawDistribution.

    References
    ----------
    Sobel (1982), Sociological Methodology 13, 290-312, eq. 7.

    Examples
    --------
    >>> Delta().label
    'delta method (Sobel), normal distribution'
    """

    distribution: DrawDistribution = DrawDistribution.NORMAL

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"delta method (Sobel), {self.distribution.value} distribution"

    def of_effect(self, paths: PathEstimates, function: PathFunction, smooth: Estimate) -> Estimate:
        """Limits and p-value of a function of several paths."""
        return replace(smooth, interval="Delta")
