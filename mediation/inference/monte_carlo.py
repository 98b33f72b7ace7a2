"""Monte Carlo draws of the paths: normal, or t with each path's own degrees of freedom."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from mediation.arrays import Array, IntArray
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.interval import (
    Estimate,
    PathFunction,
    check_count,
    check_level,
    check_resolution,
    note_normal,
    one_path,
    symmetric_estimate,
)
from mediation.inference.limits import quantiles_with_error
from mediation.inference.streams import one_thread, spawn
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution

# Draws made with one stream of random numbers, so that threads do not change them.
BLOCK = 65_536


@dataclass(frozen=True, slots=True)
class MonteCarlo:
    """Percentiles of draws from the sampling distribution of the paths.

    Effects that are one path (direct, total) have the limits that draws of it would approach.
    p = 2 min(k + 1) / (n + 1) over the two tails.

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
    draws); the t draws are this package's extension, their error rates are in `docs/coverage`.

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
        check_count("n_draws", self.n_draws, 100, "20,000 draws take a few milliseconds.")
        check_level(self.conf_level)
        check_resolution("n_draws", self.n_draws, self.conf_level)

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"Monte Carlo, {self.distribution.value} draws"

    def check(self, fit: Fit) -> None:
        """Nothing to refuse: goes with every engine."""

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> DrawnSolution:
        """Draw the paths, once."""
        return DrawnSolution(fit.paths, self, draw_paths(fit.paths, self, rng, n_workers))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class DrawnSolution:
    """Draws of all paths of a fit.

    Attributes
    ----------
    paths : PathEstimates
    options : MonteCarlo
    draws : ndarray, shape (n_draws, n_paths)
    """

    paths: PathEstimates
    options: MonteCarlo
    draws: Array

    def __post_init__(self) -> None:
        for array in (self.draws, self.draws.base):
            if isinstance(array, np.ndarray):
                array.flags.writeable = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the limits must know."""
        return note_normal(self.paths, self.options.distribution)

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """Nothing is estimated again, so nothing fails."""
        return ()

    @property
    def is_resampled(self) -> bool:
        """Whether all equations were estimated together, again and again."""
        return False

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value."""
        options = self.options
        level, distribution = options.conf_level, options.distribution
        smooth = symmetric_estimate(self.paths, function, level, distribution)
        if one_path(function) is not None:
            return smooth
        draws = function.value(self.draws)
        tail = (1 - level) / 2
        (low, high), error = quantiles_with_error(draws, (tail, 1 - tail))
        beyond = min(np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0))
        return replace(
            smooth,
            conf_low=low,
            conf_high=high,
            p_value=float(min(1.0, 2 * (beyond + 1) / (options.n_draws + 1))),
            interval="MonteCarlo",
            n_draws=int(options.n_draws),
            limit_error=error,
        )


def draw_paths(
    paths: PathEstimates, options: MonteCarlo, rng: np.random.Generator, n_workers: int = 1
) -> Array:
    """Draw all paths of a fit, once; every effect is then a function of these draws.

    Paths of different equations are drawn independently, unless they covary, as the paths a of
    several mediators do. Else z ~ N(0, R); in an equation the paths constant inside clusters
    share one divisor with the least of their df, every other has its own.

    Parameters
    ----------
    paths : PathEstimates
    options : MonteCarlo
    rng : numpy.random.Generator
    n_workers : int
        Threads; the draws do not depend on them.

    Returns
    -------
    ndarray, shape (n_draws, n_paths)
    """
    draws = np.empty((len(paths.values), options.n_draws))
    groups = _groups(paths, options.distribution)
    starts = range(0, options.n_draws, BLOCK)

    def fill(start: int, child: np.random.Generator) -> None:
        block = draws[:, start : start + BLOCK]
        for group in groups:
            _draw(group, block, child)

    children = spawn(rng, len(starts))
    with one_thread(), ThreadPoolExecutor(n_workers) as pool:
        list(pool.map(fill, starts, children))
    return draws.T


@dataclass(frozen=True, slots=True, eq=False)
class _Group:
    """Paths drawn together: a root of their covariance, and (df, rows) of every divisor."""

    at: IntArray
    values: Array
    root: Array
    divisors: tuple[tuple[float, IntArray], ...]


def _groups(paths: PathEstimates, distribution: DrawDistribution) -> list[_Group]:
    errors = np.sqrt(np.diag(paths.covariance))
    groups = []
    for at in _drawn_together(paths):
        # A path without error stays where it is.
        scale = np.where(errors[at] > 0, errors[at], 1.0)
        correlation = paths.covariance[np.ix_(at, at)] / np.outer(scale, scale)
        values, vectors = np.linalg.eigh(correlation)
        # The symmetric root is unique, so that rounding in R cannot flip a sign of the draws.
        root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        divisors = _divisors(paths, at) if distribution is DrawDistribution.T else ()
        groups.append(_Group(at, paths.values[at], errors[at, None] * root, divisors))
    return groups


def _drawn_together(paths: PathEstimates) -> list[IntArray]:
    """Paths of one equation, and paths that covary, in groups."""
    numbers = np.array(paths.equation)
    linked = (numbers[:, None] == numbers) | (paths.covariance != 0)
    n_groups, group = connected_components(csr_array(linked), directed=False)
    return [np.flatnonzero(group == k) for k in range(n_groups)]


def _divisors(paths: PathEstimates, at: IntArray) -> tuple[tuple[float, IntArray], ...]:
    """Degrees of freedom of each divisor, and the rows it divides."""
    shares = np.array(paths.shares_divisor)[at]
    numbers = np.array(paths.equation)[at]
    rows = [np.flatnonzero(shares & (numbers == number)) for number in dict.fromkeys(numbers)]
    rows += [np.array([k]) for k in np.flatnonzero(~shares)]
    found = [(float(paths.df[at][each].min()), each) for each in rows if len(each)]
    return tuple((df, each) for df, each in found if np.isfinite(df))


def _draw(group: _Group, block: Array, rng: np.random.Generator) -> None:
    """Fill the rows of one group, `block` of shape (n_paths, n)."""
    z = group.root @ rng.standard_normal((len(group.at), block.shape[1]))
    for df, rows in group.divisors:
        z[rows] /= np.sqrt(rng.chisquare(df, block.shape[1]) / df)
    block[group.at] = z + group.values[:, None]
