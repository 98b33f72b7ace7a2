"""What every interval is: options that solve a fit, and a solution that answers for any effect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
from scipy import stats

from mediation.arrays import Array
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.model import Form, Ratio
from mediation.vocabulary import DrawDistribution

NAN = float("nan")
# With fewer a normal quantile is more than 7% too small at 95%.
FEW_DF = 20.0
PathFunction = Form | Ratio


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty; NaN where it has none.

    Attributes
    ----------
    estimate, std_error, df, conf_low, conf_high, p_value : float
        Standard error of a product by the delta method, of a bootstrap the SD of the resamples;
        df the least of the paths behind it, infinite where they are taken as normal.
    interval : str
        How the limits were made, for example "MonteCarlo" or "t".
    n_draws : int
        Draws or resamples behind the limits; 0 for analytic limits.
    limit_error : float
        Monte Carlo standard error of the limits, the larger of the two; 0 where nothing is drawn.
    """

    estimate: float
    std_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    interval: str
    n_draws: int
    limit_error: float = 0.0


class Solution(Protocol):
    """A fit with everything drawn that an interval needs; any number of effects may be asked."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences a reader of the limits must know."""

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """Resamples that could not be estimated, by cause."""

    @property
    def is_resampled(self) -> bool:
        """Whether all equations were estimated together, again and again."""

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with its limits and p-value."""


class Interval(Protocol):
    """Options of one way to make limits."""

    @property
    def conf_level(self) -> float:
        """Share of intervals that are to hold the truth."""

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""

    def check(self, fit: Fit) -> None:
        """Raise InferenceError if the interval does not go with the fit."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int) -> Solution:
        """Draw what there is to draw, once."""


def check_level(conf_level: object) -> None:
    """Refuse a confidence level out of range.

    Raises
    ------
    InferenceError
    """
    is_number = isinstance(conf_level, float | np.floating)
    if not is_number or not 0.5 <= cast("float", conf_level) <= 0.999:
        raise InferenceError(
            f"`conf_level` must lie between 0.5 and 0.999. Found {conf_level!r}. "
            "Give 0.95 for a 95% interval."
        )


def check_count(name: str, value: object, least: int, why: str) -> None:
    """Refuse a count that is no whole number of at least `least`.

    Raises
    ------
    InferenceError
    """
    is_whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not is_whole or cast("int", value) < least:
        raise InferenceError(
            f"`{name}` must be a whole number, at least {least}. Found {value!r}. {why}"
        )


def check_resolution(name: str, count: int, conf_level: float) -> None:
    """Refuse so few draws that a limit would lie beyond the outermost.

    Raises
    ------
    InferenceError
    """
    least = int(np.ceil(2 / (1 - conf_level) - 1 - 1e-9))
    if count < least:
        raise InferenceError(
            f"Limits of level {conf_level:g} need `{name}` of at least {least}. Found {count}. "
            "Give more, or a lower level."
        )


def symmetric_estimate(
    paths: PathEstimates,
    function: PathFunction,
    conf_level: float,
    distribution: DrawDistribution,
    name: str = "",
) -> Estimate:
    """Estimate plus and minus a quantile of t, or of the normal, times its standard error.

    Exact t limits for one path; the delta method for a function of several, with the least of
    their df.

    Parameters
    ----------
    paths : PathEstimates
    function : Form or Ratio
    conf_level : float
    distribution : DrawDistribution
        NORMAL takes df as infinite.
    name : str
        What to call the interval; left out, "t" or "normal".

    References
    ----------
    Sobel (1982), Sociological Methodology 13, 290-312 (delta method).
    """
    gradient = function.gradient(paths.values)
    value = float(function.value(paths.values))
    error = float(np.sqrt(max(float(gradient @ paths.covariance @ gradient), 0.0)))
    df = least_df(paths, function, distribution)
    half = error * float(stats.t.ppf(0.5 + conf_level / 2, df))
    p_value = float(2 * stats.t.sf(abs(value) / error, df)) if error > 0 else _sure(value)
    name = name or ("t" if distribution is DrawDistribution.T else "normal")
    return Estimate(value, error, df, value - half, value + half, p_value, name, 0)


def least_df(paths: PathEstimates, function: PathFunction, distribution: DrawDistribution) -> float:
    """Least df of the paths that a function uses; infinite for normal ones."""
    if distribution is DrawDistribution.NORMAL:
        return float("inf")
    return float(paths.df[function.uses].min())


def one_path(function: PathFunction) -> tuple[int, float] | None:
    """Position of the path that the function is a multiple of, if it is one, and the factor."""
    if isinstance(function, Ratio) or len(function.terms) != 1:
        return None
    left, right = function.terms[0]
    at = np.flatnonzero(left)
    return (int(at[0]), float(left[at[0]])) if right is None and len(at) == 1 else None


def factors_of(function: PathFunction) -> tuple[Array, Array] | None:
    """Weights of the two factors, if the function is one product."""
    if isinstance(function, Ratio) or len(function.terms) != 1:
        return None
    left, right = function.terms[0]
    return None if right is None else (left, right)


def note_normal(paths: PathEstimates, distribution: DrawDistribution) -> tuple[str, ...]:
    """Say that few degrees of freedom are taken as infinite, if they are."""
    least = float(paths.df.min())
    if distribution is DrawDistribution.T or least >= FEW_DF:
        return ()
    return (
        f"Degrees of freedom as few as {least:.1f} are taken as infinite: limits of the normal "
        "distribution are too narrow with so few clusters. DrawDistribution.T takes them as they "
        "are.",
    )


def _sure(value: float) -> float:
    """P-value of a number without error."""
    return 1.0 if value == 0 else 0.0
