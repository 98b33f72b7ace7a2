"""Bootstrap of clients, of whole clusters, or from the fitted model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.estimation.resampling import Resampled, Resampler
from mediation.inference.interval import NAN, Estimate, PathFunction, check_count, check_level
from mediation.inference.limits import (
    Correction,
    Sample,
    acceleration_of,
    resampled_p,
)
from mediation.inference.resampling import (
    blocks,
    draw_counts,
    enumerate_resamples,
    leave_one_out,
    n_multisets,
)
from mediation.inference.streams import one_thread
from mediation.options import check_choices
from mediation.vocabulary import BootstrapLimits, Resample

# A bootstrap of which more fail says nothing of the ones that do not.
MOST_FAILURES = 0.5
NOTABLE_FAILURES = 0.01
FEW_CLUSTERS = 20

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
        Where no more than so many different resamples of clusters exist, all are estimated and
        weighted by their probabilities, so that the limits have no Monte Carlo error: up to 8
        clusters (6,435) as it stands. 0 never enumerates.

    Raises
    ------
    InferenceError
        If an option is out of range, or BCA is asked for with PARAMETRIC.

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
            several = len(fit.model.mediators) > 1 and way is Resample.PARAMETRIC
            why = (
                " for several mediators, whose errors go together in a way that equations fitted "
                "apart do not know"
                if several
                else ""
            )
            raise InferenceError(
                f"A bootstrap of {_UNITS[self.resample]} cannot be made from this fit "
                f"({fit.engine_label}){why}. Choose another resample."
            )

    def solve(self, fit: Fit, rng: np.random.Generator, n_workers: int = 1) -> ResampledSolution:
        """Estimate every resample, once.

        Raises
        ------
        InferenceError
            If more than half of the resamples cannot be estimated.
        """
        assert fit.resampler is not None
        found, weights = self._resamples(fit.resampler, rng, n_workers)
        values = np.concatenate([part.values for part in found])
        failures: Counter[str] = Counter()
        for part in found:
            failures.update({cause.value: n for cause, n in part.failures})
        kept = ~np.isnan(values).any(axis=1)
        if kept.mean() < 1 - MOST_FAILURES:
            causes = "; ".join(f"{cause}: {n}" for cause, n in failures.most_common())
            raise InferenceError(
                f"At least half of the resamples must be estimable. Failed: {int((~kept).sum())} "
                f"of {len(kept)} ({causes}). Choose Resample.PARAMETRIC, or MonteCarlo()."
            )
        left_out = self._left_out(fit.resampler)
        return ResampledSolution(
            fit=fit,
            options=self,
            values=values[kept],
            weights=None if weights is None else weights[kept],
            left_out=left_out,
            failures=tuple(failures.most_common()),
            share_failed=float(1 - (kept.mean() if weights is None else weights[kept].sum())),
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
            return [resampler.by_clusters(counts)], weights
        parts = blocks(int(self.n_resamples), rng)
        if n_workers == 1:
            return [_one_block(self.resample, resampler, *part) for part in parts], None
        from joblib import Parallel, delayed

        work = delayed(_one_block)
        found = Parallel(n_jobs=n_workers)(work(self.resample, resampler, *p) for p in parts)
        return list(found), None

    def _left_out(self, resampler: Resampler) -> Array | None:
        """Estimates with one unit left out, where BCa needs them."""
        if self.limits is not BootstrapLimits.BCA:
            return None
        if self.resample is Resample.CLUSTERS:
            found = resampler.by_clusters(leave_one_out(resampler.n_outer))
        else:
            found = resampler.by_rows(leave_one_out(resampler.n_rows))
        if found.failures:
            unit = "cluster" if self.resample is Resample.CLUSTERS else "client"
            raise InferenceError(
                f"BCa limits need the estimates without each {unit} in turn. The model cannot be "
                f"estimated without some: {sum(n for _, n in found.failures)}. Choose PERCENTILE "
                "or BC."
            )
        return found.values


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


@dataclass(frozen=True, slots=True, eq=False)
class ResampledSolution:
    """Paths in every resample of a fit.

    Attributes
    ----------
    fit : Fit
    options : Bootstrap
    values : ndarray, shape (n_resamples, n_paths)
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

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the limits must know."""
        said = []
        options, clusters = self.options, self.fit.model.clusters
        if options.resample is Resample.PUBLISHED and clusters:
            said.append(
                "Clients were drawn one by one although they come in clusters, as in published "
                "analyses: these limits are narrower than the data allow."
            )
        n_outer = dict(self.fit.counts.by_level)[clusters[0]] if clusters else 0
        if options.resample is Resample.CLUSTERS and n_outer < FEW_CLUSTERS:
            said.append(
                f"A bootstrap of {n_outer} clusters is too sure of itself: it declares effects "
                "that are not there about twice as often as it says. MonteCarlo() holds its level."
            )
        if self.share_failed > NOTABLE_FAILURES:
            said.append(
                f"{100 * self.share_failed:.1f}% of the resamples could not be estimated and "
                "were left out, which can bias the limits."
            )
        return tuple(said)

    @property
    def is_resampled(self) -> bool:
        """Whether all equations were estimated together, again and again."""
        return True

    def estimate(self, function: PathFunction) -> Estimate:
        """Value of a function of the paths with limits and p-value."""
        options = self.options
        value = float(function.value(self.fit.paths.values))
        resampled = function.value(self.values)
        sample = Sample.of(resampled, self.weights)
        correction = self._correction(function, sample, value)
        tail = (1 - options.conf_level) / 2
        places = [correction.probability(tail), correction.probability(1 - tail)]
        low, high = (sample.quantile(place) for place in places)
        mean = np.average(resampled, weights=self.weights)
        error = float(np.sqrt(np.average((resampled - mean) ** 2, weights=self.weights)))
        if self.weights is None:
            error *= float(np.sqrt(len(resampled) / (len(resampled) - 1)))
        p_value = resampled_p(sample, correction)
        limit_error = max(sample.error(place) for place in places)
        n = len(resampled)
        return Estimate(value, error, NAN, low, high, p_value, "Bootstrap", n, limit_error)

    def _correction(self, function: PathFunction, sample: Sample, value: float) -> Correction:
        """Move of the tail probabilities for BC and BCa."""
        if self.options.limits is BootstrapLimits.PERCENTILE:
            return Correction()
        from scipy.special import ndtri

        n = len(sample.values)
        share = min(max(sample.share_below(value), 0.5 / n), 1 - 0.5 / n)
        acceleration = 0.0
        if self.left_out is not None:
            acceleration = acceleration_of(function.value(self.left_out))
        return Correction(float(ndtri(share)), acceleration)
