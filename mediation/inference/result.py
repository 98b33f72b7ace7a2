"""Effects with intervals: the frozen answer an analyst gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediation.estimation.paths import Fit
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty; NaN where it has none.

    Attributes
    ----------
    estimate, std_error, df, conf_low, conf_high, p_value : float
        Standard error of a product by the delta method; its df is the least of its factors'.
    interval : str
        How the limits were made, for example "MonteCarlo" or "t".
    n_draws : int
        Draws behind the limits; 0 for analytic limits.
    """

    estimate: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    interval: str
    n_draws: int


@dataclass(frozen=True, slots=True)
class EffectEstimate:
    """One row of the effects table."""

    effect: EffectName
    level: Level
    mediator: str | None
    status: EffectStatus
    value: Estimate


@dataclass(frozen=True, slots=True)
class PathEstimate:
    """One row of the paths table; for c' and the total slope `mediator` is None."""

    path: PathName
    level: Level
    mediator: str | None
    value: Estimate


@dataclass(frozen=True, slots=True)
class MediationResult:
    """Effects and paths of one model, with everything needed to make them again.

    Attributes
    ----------
    fit : Fit
    effects : tuple of EffectEstimate
        In the order of the tables, proportion mediated last.
    paths : tuple of PathEstimate
    interval : str
        The interval with its options.
    conf_level : float
    seed : int or None
        The seed of the draws; None if a Generator was passed in.
    versions : tuple of (str, str)
        Versions of the package and of the libraries behind the numbers.
    """

    fit: Fit
    effects: tuple[EffectEstimate, ...]
    paths: tuple[PathEstimate, ...]
    interval: str
    conf_level: float
    seed: int | None
    versions: tuple[tuple[str, str], ...]
