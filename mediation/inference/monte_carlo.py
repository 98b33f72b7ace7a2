"""Monte Carlo draws of the paths: normal, or t with each path's own degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import InferenceError
from mediation.estimation.paths import PathEstimates
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """Percentiles of draws from the sampling distribution of the paths.

    Attributes
    ----------
    n_draws : int
        At least 100.
    conf_level : float
        Between 0.5 and 0.999.
    distribution : DrawDistribution
        T divides normal draws by sqrt(chi2_v / v) with the df of each path, which holds the
        level with few clusters; NORMAL takes df as infinite.

    Raises
    ------
    InferenceError
        If an option is out of range, or `distribution` is no DrawDistribution.

    References
    ----------
    MacKinnon, Lockwood & Williams (2004), Multivariate Behavioral Research 39, 99-128 (normal
    draws); the t draws are this package's extension, their error rates are in `docs/coverage.md`.

    Examples
    --------
    >>> MonteCarlo(n_draws=5_000).conf_level
    0.95
    """

    n_draws: int = 20_000
    conf_level: float = 0.95
    distribution: DrawDistribution = DrawDistribution.T

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        if not _is_whole(self.n_draws) or self.n_draws < 100:
            raise InferenceError(
                f"`n_draws` must be a whole number, at least 100. Found {self.n_draws!r}. "
                "20,000 draws take a few milliseconds."
            )
        is_number = isinstance(self.conf_level, float | np.floating)
        if not is_number or not 0.5 <= self.conf_level <= 0.999:
            raise InferenceError(
                f"`conf_level` must lie between 0.5 and 0.999. Found {self.conf_level!r}. "
                "Give 0.95 for a 95% interval."
            )


def _is_whole(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def draw_paths(paths: PathEstimates, options: MonteCarlo, rng: np.random.Generator) -> Array:
    """Draw all paths of a fit, once; every effect is then a function of these draws.

    Paths of different equations are drawn independently. Inside an equation z ~ N(0, R);
    paths constant inside clusters share one divisor with the least of their df, every other
    has its own.

    Parameters
    ----------
    paths : PathEstimates
    options : MonteCarlo
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, shape (n_draws, n_paths)
    """
    errors = np.sqrt(np.diag(paths.covariance))
    draws = np.empty((options.n_draws, len(errors)))
    numbers = np.array(paths.equation)
    for number in dict.fromkeys(paths.equation):
        at = np.flatnonzero(numbers == number)
        correlation = paths.covariance[np.ix_(at, at)] / np.outer(errors[at], errors[at])
        values, vectors = np.linalg.eigh(correlation)
        # The symmetric root is unique, so that rounding in R cannot flip a sign of the draws.
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        z = rng.standard_normal((options.n_draws, len(at))) @ root
        if options.distribution is DrawDistribution.T:
            z /= _divisors(paths, at, options.n_draws, rng)
        draws[:, at] = paths.values[at] + errors[at] * z
    return draws


def _divisors(paths: PathEstimates, at: IntArray, n_draws: int, rng: np.random.Generator) -> Array:
    """sqrt(chi2_v / v) for the paths of one equation, shape (n_draws, len(at))."""
    divisors = np.ones((n_draws, len(at)))
    shares = np.array(paths.shares_divisor)[at]
    df = paths.df[at]
    groups = [np.flatnonzero(shares)] if shares.any() else []
    groups += [np.array([k]) for k in np.flatnonzero(~shares)]
    for group in groups:
        v = float(df[group].min())
        if np.isfinite(v):
            divisors[:, group] = np.sqrt(rng.chisquare(v, n_draws) / v)[:, None]
    return divisors
