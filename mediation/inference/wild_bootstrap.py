"""Wild cluster bootstrap of single paths; an effect has the largest of their p-values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from mediation.arrays import Array
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.estimation.resample_equations import EquationResampler
from mediation.inference.interval import (
    NAN,
    Estimate,
    PathFunction,
    check_count,
    check_level,
    factors_of,
    one_path,
    symmetric_estimate,
)
from mediation.inference.wild import WildTest, wild_cluster_test
from mediation.inference.wild_vectors import MOST_ENUMERATED
from mediation.model import Ratio
from mediation.options import check_choices
from mediation.vocabulary import DrawDistribution, WildWeights

NO_LIMITS = (
    "The wild cluster bootstrap tests single paths: a product has the larger p-value of its two "
    "paths and no limits; sums over mediators and the proportion mediated have neither."
)


@dataclass(frozen=True, slots=True)
class WildClusterBootstrap:
    """Null-imposed test of single paths of least squares, with limits by inversion.

    Limits of a path enclose all values that are not rejected, and values between them that are,
    where there is a gap. They may be infinite: with five clusters or fewer no test of signs can
    reach 5%.
    A product has the larger p-value of its two paths and no limits.

    Attributes
    ----------
    weights : WildWeights, optional
        Left out: Rademacher's signs, all of them enumerated, up to 12 clusters, above Webb's
        six-point weights.
    n_vectors : int
        Vectors of weights drawn where they are not enumerated, at least 99.
    conf_level : float
        Between 0.5 and 0.999.

    Raises
    ------
    InferenceError
        If an option is out of range, or `weights` is no WildWeights.

    References
    ----------
    Cameron, Gelbach & Miller (2008), Review of Economics and Statistics 90, 414-427; Roodman,
    MacKinnon, Nielsen & Webb (2019), Stata Journal 19, 4-60; Webb (2023), Canadian Journal of
    Economics 56, 839-858 (six-point weights).

    Examples
    --------
    >>> WildClusterBootstrap().label
    'wild cluster bootstrap, null imposed'
    """

    weights: WildWeights | None = None
    n_vectors: int = 9_999
    conf_level: float = 0.95

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_count("n_vectors", self.n_vectors, 99, "9,999 are usual.")
        check_level(self.conf_level)

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        kind = "" if self.weights is None else f", {self.weights.name.capitalize()} weights"
        return f"wild cluster bootstrap, null imposed{kind}"

    def check(self, fit: Fit) -> None:
        """Raise InferenceError unless the paths are least squares with clustered covariance."""
        is_clustered = fit.models_clusters and fit.independent_level is not None
        if not is_clustered or not isinstance(fit.resampler, EquationResampler):
            raise InferenceError(
                "A wild cluster bootstrap goes with least squares whose standard errors are by "
                f"cluster. Found {fit.engine_label}. Use OLS(Covariance.CR1) or "
                "OLS(Covariance.CR2)."
            )

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> WildSolution:
        """Fix the random numbers: every path is tested with the same weights."""
        # Entropy, not draws: a path asked for later must find the same weights.
        return WildSolution(fit, self, tuple(rng.integers(2**63, size=4).tolist()))


@dataclass(frozen=True, slots=True, eq=False)
class WildSolution:
    """Rows of a fit with the options.

    Attributes
    ----------
    fit : Fit
    options : WildClusterBootstrap
    entropy : tuple of int
        Where the weights come from, the same for every path.
    """

    fit: Fit
    options: WildClusterBootstrap
    entropy: tuple[int, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the table must know."""
        level = str(self.fit.independent_level)
        n_clusters = dict(self.fit.counts.by_level)[level]
        least = 2.0 ** (1 - n_clusters)
        signs = self.options.weights is not WildWeights.WEBB and n_clusters <= MOST_ENUMERATED
        if not signs or least <= 1 - self.options.conf_level:
            return (NO_LIMITS,)
        return (
            f"With {n_clusters} clusters of `{level}` the least p-value that signs can give is "
            f"{least:g}: nothing can be rejected at this level.",
            NO_LIMITS,
        )

    @property
    def failures(self) -> tuple[tuple[str, int], ...]:
        """Nothing is estimated again, so nothing fails."""
        return ()

    @property
    def is_resampled(self) -> bool:
        """Whether all equations were estimated together, again and again."""
        return False

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths, with p-value, and limits if it is one path."""
        fit, name = self.fit, "WildClusterBootstrap"
        level = self.options.conf_level
        smooth = symmetric_estimate(fit.paths, function, level, DrawDistribution.T)
        value, error = smooth.estimate, smooth.std_error
        row = partial(Estimate, value, error, smooth.df, interval=name)
        single = one_path(function)
        if single is not None:
            at, factor = single
            test = self.test(np.eye(len(fit.paths.values))[at])
            low, high = sorted((factor * test.conf_low, factor * test.conf_high))
            return row(low, high, test.p_value, n_draws=test.n_vectors)
        factors = None if isinstance(function, Ratio) else factors_of(function)
        if factors is None:
            return row(NAN, NAN, NAN, n_draws=0)
        tests = [self.test(weights) for weights in factors]
        p_value = max(test.p_value for test in tests)
        return row(NAN, NAN, p_value, n_draws=max(test.n_vectors for test in tests))

    def test(self, weights: Array) -> WildTest:
        """Test a linear combination of the paths of one equation against zero.

        Parameters
        ----------
        weights : ndarray, shape (n_paths,)
        """
        paths, resampler = self.fit.paths, self.fit.resampler
        assert isinstance(resampler, EquationResampler)
        assert self.fit.independent_level is not None
        used = np.flatnonzero(weights)
        equation = resampler.prepared.equations[paths.equation[used[0]]]
        contrast = np.zeros(len(equation.roles))
        for k in used:
            contrast[equation.roles.index(paths.parameters[k])] = weights[k]
        clusters = resampler.prepared.clusters
        x, at = _with_contrast(equation.x, contrast)
        return wild_cluster_test(
            x,
            equation.y,
            at,
            clusters.codes[clusters.names.index(self.fit.independent_level)],
            weights=self.options.weights,
            n_vectors=int(self.options.n_vectors),
            conf_level=self.options.conf_level,
            rng=np.random.default_rng(self.entropy),
        )


def _with_contrast(x: Array, contrast: Array) -> tuple[Array, int]:
    """Columns of the same regression in which one coefficient is the contrast, and its place."""
    at = int(np.flatnonzero(contrast)[0])
    changed = x - np.outer(x[:, at], contrast / contrast[at])
    changed[:, at] = x[:, at] / contrast[at]
    return changed, at
