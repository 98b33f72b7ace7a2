"""Intervals that draw nothing: what the three of them share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.interval import (
    Estimate,
    PathFunction,
    check_level,
    note_normal,
    one_path,
    symmetric_estimate,
)
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution


@dataclass(frozen=True, slots=True)
class AnalyticInterval:
    """Base of intervals that are functions of the paths, their covariance and df.

    Attributes
    ----------
    conf_level : float
    distribution : DrawDistribution
    """

    conf_level: float = 0.95
    distribution: DrawDistribution = DrawDistribution.T
    said: ClassVar[str] = ""
    """What a reader must know of effects of several mediators; empty if nothing."""

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_level(self.conf_level)

    def check(self, fit: Fit) -> None:
        """Nothing to refuse: goes with every engine."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> AnalyticSolution:
        """Nothing to draw."""
        return AnalyticSolution(fit.paths, self)

    def of_effect(self, paths: PathEstimates, function: PathFunction, smooth: Estimate) -> Estimate:
        """Limits and p-value of a function of several paths, from those of the delta method."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class AnalyticSolution:
    """Paths of a fit with the options."""

    paths: PathEstimates
    options: AnalyticInterval
    failures: tuple[tuple[str, int], ...] = ()
    is_resampled: bool = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table must know."""
        said = (self.options.said,) if self.options.said else ()
        return (*note_normal(self.paths, self.options.distribution), *said)

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value."""
        options = self.options
        smooth = symmetric_estimate(self.paths, function, options.conf_level, options.distribution)
        if one_path(function) is not None:
            return smooth
        return options.of_effect(self.paths, function, smooth)
