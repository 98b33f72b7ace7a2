"""Bootstrap of clients, of whole clusters, or from the fitted model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from scipy.special import ndtri

from mediation.arrays import Array, IntArray
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.estimation.resampling import Resampled, Resampler
from mediation.inference.interval import (
    NAN,
    Estimate,
    PathFunction,
    check_count,
    check_level,
    check_resolution,
)
from mediation.inference.limits import Correction, Sample, acceleration_of, resampled_p
from mediation.inference.resampling import (
    BLOCK,
    blocks,
    draw_counts,
    enumerate_resamples,
    leave_one_out,
    n_multisets,
)
from mediation.inference.streams import one_thread, run_all
from mediation.options import check_choices
from mediation.vocabulary import BootstrapLimits, Failure, Resample

# A bootstrap of which more fail says nothing of the ones that do not.
MOST_FAILURES = 0.5
NOTABLE_FAILURES = 0.01
FEW_CLUSTERS = 20
LEAST_CLUSTERS = 5

_UNITS = {
    Resample.CLUSTERS: "whole outermost clusters",
    Resample.CLIENTS: "clients",
    Resample.PUBLISHED: "clients, ignoring clusters (the published specification)",
    Resample.PARAMETRIC: "data from the fitted model",
}
_LIMITS = {
    BootstrapLimits.PERCENTILE: "percentile",
    BootstrapLimits.BC: "bias-corrected",
    BootstrapLimits.BCA: "bias-corrected and accelerated",
}


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """Limits from estimates in resamples.

    Attributes
    ----------
    resample : Resample
        CLUSTERS draws whole outermost clusters, each draw a cluster of its own; CLIENTS is for
        rows that are independent; PUBLISHED draws clients although they are clustered and is
        asked for by that name; PARAMETRIC draws mediators and outcome from the fitted model, with
        predictor, covariates and clusters as they are, and refits.
    limits : BootstrapLimits
        PERCENTILE, BC, or BCA, whose acceleration comes from leaving out one unit at a time and
        which PARAMETRIC does not have.
    n_resamples : int
        At least 100.
    conf_level : float
        Between 0.5 and 0.999.
    enumerate_up_to : int
        Where no more than so many different resamples of clusters exist, all of them, however
        many `n_resamples` says, are estimated and weighted by their probabilities, so that the
        limits have no Monte Carlo error: up to 8 clusters (6,435) as it stands. 0 never enumerates.

    Raises
    ------
    InferenceError
        If an option is out of range, BCA is asked for with PARAMETRIC, or so few resamples cannot
        hold limits of that level.

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chs. 13-14; Davison & Hinkley
    (1997), Bootstrap Methods and their Application, secs. 3.8 (clusters) and 5.3.

    Examples
    --------
    >>> Bootstrap().label
    'bootstrap of whole outermost clusters, percentile limits'
    """

    resample: Resample = Resample.CLUSTERS
    limits: BootstrapLimits = BootstrapLimits.PERCENTILE
    n_resamples: int = 5_000
    conf_level: float = 0.95
    enumerate_up_to: int = 10_000

    def __post_init__(self) -> None:
        check_choices(self, InferenceError)
        check_count("n_resamples", self.n_resamples, 100, "5,000 are usual.")
        check_count("enumerate_up_to", self.enumerate_up_to, 0, "0 never enumerates.")
        check_level(self.conf_level)
        check_resolution("n_resamples", self.n_resamples, self.conf_level)
        if (self.resample, self.limits) == (Resample.PARAMETRIC, BootstrapLimits.BCA):
            raise InferenceError(
                "BCa limits need estimates with one unit left out, and a parametric bootstrap has "
                "no units. Found limits BCA with resample PARAMETRIC. Choose BC, or "
                "Resample.CLUSTERS."
            )

    @property
    def label(self) -> str:
        """Give the method in words, for readers."""
        return f"bootstrap of {_UNITS[self.resample]}, {_LIMITS[self.limits]} limits"

    def check(self, fit: Fit) -> None:
        """Raise InferenceError if such resamples of the fit would not mean what they say."""
        clusters = fit.model.clusters
        if self.resample is Resample.CLIENTS and clusters:
            raise InferenceError(
                "Clients may be drawn one by one where they are independent. The model names the "
                f"clusters {', '.join(clusters)}: such limits would be too narrow. Choose "
                "Resample.CLUSTERS, or Resample.PUBLISHED to show what published analyses do."
            )
        n_outer = dict(fit.counts.by_level)[clusters[0]] if clusters else 0
        if self.resample is Resample.CLUSTERS and 0 < n_outer < LEAST_CLUSTERS:
            raise InferenceError(
                f"A bootstrap of whole clusters needs at least {LEAST_CLUSTERS} of them. Found "
                f"{n_outer} at level `{clusters[0]}`, of which there are only "
                f"{n_multisets(n_outer)} different resamples. Use MonteCarlo()."
            )
        if self.resample is Resample.CLUSTERS and not clusters:
            raise InferenceError(
                "Whole clusters can be drawn where the model names clusters. It names none. Give "
                "`clusters`, or choose Resample.CLIENTS if clients are independent."
            )
        draws_clients = self.resample in (Resample.CLIENTS, Resample.PUBLISHED)
        if draws_clients and clusters and fit.models_clusters:
            raise InferenceError(
                "Clients drawn one by one go with an engine that takes rows as independent. Found "
                f"{fit.engine_label}. Use OLS(), or choose Resample.CLUSTERS."
            )
        if fit.resampler is None:
            raise InferenceError(
                f"A bootstrap needs the rows behind a fit. This one ({fit.engine_label}) does not "
                "hold them. Make it with estimate(...)."
            )
        way = Resample.CLIENTS if draws_clients else self.resample
        if way not in fit.resampler.ways:
            raise InferenceError(
                f"A bootstrap of {_UNITS[self.resample]} cannot be made from this fit "
                f"({fit.engine_label}){_why_not(way, fit)}. Choose another resample."
            )

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> ResampledSolution:
        """Estimate every resample, once.

        Raises
        ------
        InferenceError
            If one cluster alone makes the model estimable, or more than half of the resamples
            cannot be estimated.
        """
        assert fit.resampler is not None
        left_out = self._left_out(fit.resampler, n_workers)
        found, weights = self._resamples(fit.resampler, rng, n_workers)
        values = np.concatenate([part.values for part in found])
        failures: Counter[Failure] = Counter()
        for part in found:
            failures.update(dict(part.failures))
        kept = ~np.isnan(values).all(axis=1)
        share = float(kept.mean() if weights is None else weights[kept].sum())
        causes = tuple((cause.value, n) for cause, n in failures.most_common())
        if share < 1 - MOST_FAILURES:
            listed = "; ".join(f"{cause}: {n}" for cause, n in causes)
            raise InferenceError(
                f"At least half of the resamples must be estimable. Failed: {int((~kept).sum())} "
                f"of {len(kept)}, with a probability of {1 - share:.0%} ({listed}). Use fewer "
                "covariates that are constant inside clusters, or MonteCarlo()."
            )
        return ResampledSolution(
            fit=fit,
            options=self,
            values=values[kept],
            weights=None if weights is None else weights[kept],
            left_out=left_out if self.limits is BootstrapLimits.BCA else None,
            failures=causes,
            share_failed=1 - share,
        )

    def _is_enumerated(self, resampler: Resampler) -> bool:
        is_clusters = self.resample is Resample.CLUSTERS
        return is_clusters and n_multisets(resampler.n_outer) <= self.enumerate_up_to

    def _resamples(
        self, resampler: Resampler, rng: np.random.Generator, n_workers: int
    ) -> tuple[list[Resampled], Array | None]:
        """Estimates of all blocks of resamples, and probabilities where they are enumerated."""
        if self._is_enumerated(resampler):
            counts, weights = enumerate_resamples(resampler.n_outer)
            return _estimate_counts(resampler.by_clusters, counts, n_workers), weights
        parts = blocks(int(self.n_resamples), rng)
        work = [partial(_one_block, self.resample, resampler, *part) for part in parts]
        return run_all(work, n_workers), None

    def _left_out(self, resampler: Resampler, n_workers: int) -> Array | None:
        """Estimates with one unit left out: for BCa, and to find clusters that carry all."""
        if self.resample is Resample.CLUSTERS:
            counts = leave_one_out(resampler.n_outer)
            found = _estimate_counts(resampler.by_clusters, counts, n_workers)
        elif self.limits is BootstrapLimits.BCA:
            starts = range(0, resampler.n_rows, BLOCK)
            work = [partial(_without_rows, resampler, start) for start in starts]
            found = run_all(work, n_workers)
        else:
            return None
        values = np.concatenate([part.values for part in found])
        n_failed = int(np.isnan(values).all(axis=1).sum())
        if n_failed:
            unit = "cluster" if self.resample is Resample.CLUSTERS else "client"
            raise InferenceError(
                f"A bootstrap needs a model that can be estimated without any one {unit}. Found "
                f"{n_failed} of {len(values)} without which it cannot: what they alone tell has no "
                "spread over resamples. Leave out what only they have, or use MonteCarlo()."
            )
        return values


def _why_not(way: Resample, fit: Fit) -> str:
    """Why an engine cannot draw data, if that is what was asked for."""
    if way is not Resample.PARAMETRIC:
        return ""
    if len(fit.model.mediators) > 1:
        return (
            " for several mediators, whose errors go together in a way that equations fitted apart "
            "do not know"
        )
    return ", which knows no variance between clusters" if fit.model.clusters else ""


def _estimate_counts(
    estimate: Callable[[IntArray], Resampled], counts: IntArray, n_workers: int
) -> list[Resampled]:
    """Estimate given resamples, in blocks."""
    starts = range(0, len(counts), BLOCK)
    work = [partial(_limited, estimate, counts[start : start + BLOCK]) for start in starts]
    return run_all(work, n_workers)


def _limited(estimate: Callable[[IntArray], Resampled], counts: IntArray) -> Resampled:
    with one_thread():
        return estimate(counts)


def _without_rows(resampler: Resampler, start: int) -> Resampled:
    """Leave out each of some rows in turn."""
    stop = min(start + BLOCK, resampler.n_rows)
    counts = np.ones((stop - start, resampler.n_rows), dtype=np.int64)
    counts[np.arange(stop - start), np.arange(start, stop)] = 0
    return _limited(resampler.by_rows, counts)


def _one_block(
    resample: Resample, resampler: Resampler, size: int, rng: np.random.Generator
) -> Resampled:
    """Draw and estimate one block of resamples."""
    with one_thread():
        if resample is Resample.PARAMETRIC:
            return resampler.parametric(size, rng)
        if resample is Resample.CLUSTERS:
            return resampler.by_clusters(draw_counts(resampler.n_outer, size, rng))
        return resampler.by_rows(draw_counts(resampler.n_rows, size, rng))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ResampledSolution:
    """Paths in every resample of a fit.

    Attributes
    ----------
    fit : Fit
    options : Bootstrap
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
    options: Bootstrap
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
        share, correction = self._correction(function, sample, value)
        tail = (1 - self.options.conf_level) / 2
        low, high = (sample.quantile(correction.probability(p)) for p in (tail, 1 - tail))
        error = max(sample.error(p, correction, share) for p in (tail, 1 - tail))
        p_value = resampled_p(sample, correction)
        n = len(resampled)
        return Estimate(
            value, _spread(resampled, weights), NAN, low, high, p_value, "Bootstrap", n, error
        )

    def _correction(
        self, function: PathFunction, sample: Sample, value: float
    ) -> tuple[float, Correction]:
        """Share of resamples below the estimate, and how tail probabilities move with it."""
        n = len(sample.values)
        share = min(max(sample.share_below(value), 0.5 / n), 1 - 0.5 / n)
        if self.options.limits is BootstrapLimits.PERCENTILE:
            return share, Correction()
        acceleration = 0.0
        if self.left_out is not None:
            left_out = function.value(self.left_out)
            acceleration = acceleration_of(left_out[~np.isnan(left_out)])
        return share, Correction(float(ndtri(share)), acceleration)


def _spread(values: Array, weights: Array | None) -> float:
    """Give the standard deviation of the resamples."""
    if weights is None:
        return float(values.std(ddof=1))
    mean = np.average(values, weights=weights)
    return float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))


def _about_resamples(solution: ResampledSolution) -> Iterator[str]:
    fit, resample = solution.fit, solution.options.resample
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
