"""Bootstrap of clients, of whole clusters, or from the fitted model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.estimation.resampling import Resampled, Resampler
from mediation.inference.interval import check_count, check_level, check_resolution
from mediation.inference.resampled import MOST_FAILURES, ResampledSolution
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
            resample=self.resample,
            limits=self.limits,
            conf_level=self.conf_level,
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
