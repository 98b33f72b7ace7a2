"""What a bootstrap knows once every resample is estimated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.paths import Fit
from mediation.inference.interval import NAN, Estimate, PathFunction
from mediation.inference.limits import Sample, correction_of, resampled_p
from mediation.vocabulary import BootstrapLimits, Resample

# A bootstrap of which more fail says nothing of the ones that do not.
MOST_FAILURES = 0.5
NOTABLE_FAILURES = 0.01
# With 20 clusters a bootstrap still errs in 8 to 10% of studies (docs/coverage).
FEW_CLUSTERS = 50


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResampledSolution:
    """Paths in every resample of a fit.

    Attributes
    ----------
    fit : Fit
    resample : Resample
    limits : BootstrapLimits
    conf_level : float
    values : ndarray, shape (n_resamples, n_paths)
        NaN where a resample does not identify a path.
    weights : ndarray, shape (n_resamples,), or None
        Probabilities of enumerated resamples.
    left_out : ndarray, shape (n_units, n_paths), or None
        Estimates with each unit left out.
    failures : tuple of (str, int)
        Resamples that could not be estimated, by cause.
    share_failed : float
        Their probability.
    """

    fit: Fit
    resample: Resample
    limits: BootstrapLimits
    conf_level: float
    values: Array
    weights: Array | None
    left_out: Array | None
    failures: tuple[tuple[str, int], ...]
    share_failed: float

    def __post_init__(self) -> None:
        for array in (self.values, self.weights, self.left_out):
            if array is not None:
                array.flags.writeable = False

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the limits must know."""
        return (*_about_resamples(self), *_about_failures(self))

    @property
    def is_resampled(self) -> bool:
        """Whether all equations were estimated together, again and again."""
        return True

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value.

        From the resamples that have all paths of it; without limits if fewer than half do.
        """
        value = float(function.value(self.fit.paths.values))
        resampled = function.value(self.values)
        kept = ~np.isnan(resampled)
        weights = None if self.weights is None else self.weights[kept]
        if (kept.mean() if weights is None else weights.sum()) < 1 - MOST_FAILURES:
            n = int(kept.sum())
            return Estimate(value, NAN, NAN, NAN, NAN, NAN, "Bootstrap", n)
        resampled = resampled[kept]
        sample = Sample.of(resampled, weights)
        left_out = None if self.left_out is None else function.value(self.left_out)
        share, correction = correction_of(sample, value, self.limits, left_out)
        tail = (1 - self.conf_level) / 2
        low, high = (sample.quantile(correction.probability(p)) for p in (tail, 1 - tail))
        error = max(sample.error(p, correction, share) for p in (tail, 1 - tail))
        p_value = resampled_p(sample, correction)
        n = len(resampled)
        return Estimate(
            value, _spread(resampled, weights), NAN, low, high, p_value, "Bootstrap", n, error
        )


def _spread(values: Array, weights: Array | None) -> float:
    """Give the standard deviation of the resamples."""
    if weights is None:
        return float(values.std(ddof=1))
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _about_resamples(solution: ResampledSolution) -> Iterator[str]:
    fit, resample = solution.fit, solution.resample
    clusters = fit.model.clusters
    default = "MonteCarlo() with MixedModels() holds its level (docs/coverage)."
    if resample is Resample.PUBLISHED and clusters:
        yield (
            "Clients were drawn one by one although they come in clusters, as in published "
            "analyses: these limits are narrower than the data allow."
        )
    n_outer = dict(fit.counts.by_level)[clusters[0]] if clusters else 0
    if resample is Resample.CLUSTERS and n_outer < FEW_CLUSTERS:
        yield (
            f"A bootstrap of {n_outer} clusters is too sure of itself: it declares effects that "
            "are not there more often than it says, with few clusters several times as often. "
            f"{default}"
        )
    if resample is Resample.PARAMETRIC and clusters and fit.counts.n_clusters < FEW_CLUSTERS:
        yield (
            f"A parametric bootstrap takes the variances estimated from {fit.counts.n_clusters} "
            "clusters as known, so that its limits are too narrow with so few. "
            f"{default}"
        )


def _about_failures(solution: ResampledSolution) -> Iterator[str]:
    if solution.share_failed > NOTABLE_FAILURES:
        yield (
            f"{100 * solution.share_failed:.1f}% of the resamples could not be estimated and "
            "were left out, which can bias the limits."
        )
    lost = np.isnan(solution.values).any(axis=1)
    share = float(np.average(lost, weights=solution.weights))
    if share > NOTABLE_FAILURES:
        yield (
            f"In {100 * share:.1f}% of the resamples paths made of cluster means have no value, "
            "because a variance between clusters is zero. Effects made of them rest on the other "
            "resamples, which can bias their limits."
        )
