"""The delta method: an effect plus and minus a multiple of its standard error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.interval import (
    Estimate,
    PathFunction,
    check_level,
    one_path,
    symmetric_estimate,
)
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution


@dataclass(frozen=True, slots=True)
class Delta:
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

    conf_level: float = 0.95
    distribution: DrawDistribution = DrawDistribution.NORMAL

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_level(self.conf_level)

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"delta method (Sobel), {self.distribution.value} distribution"

    def check(self, fit: Fit) -> None:
        """Nothing to refuse: goes with every engine."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> DeltaSolution:
        """Nothing to draw."""
        return DeltaSolution(fit.paths, self)


@dataclass(frozen=True, slots=True)
class DeltaSolution:
    """Paths of a fit with the options."""

    paths: PathEstimates
    options: Delta
    notes: tuple[str, ...] = ()
    failures: tuple[tuple[str, int], ...] = ()
    is_resampled: bool = False

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value."""
        name = "" if one_path(function) is not None else "Delta"
        options = self.options
        return symmetric_estimate(
            self.paths, function, options.conf_level, options.distribution, name
        )
