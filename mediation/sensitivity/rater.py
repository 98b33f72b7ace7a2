"""Outcomes rated by the one who rates the mediator, beside those that another person rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from mediation.arrays import Array, read_only
from mediation.inference.interval import NAN, Estimate
from mediation.inference.result import MediationResult
from mediation.instruments.instrument import Rater
from mediation.model import Parameter
from mediation.sensitivity.order import rescaled
from mediation.vocabulary import Convergence, Level, PathName, Resample

# A jackknife of fewer clusters has next to no degrees of freedom.
LEAST_CLUSTERS = 5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class RatedSlope:
    """Path b of one mediator to one outcome, in SD, with who rates the two.

    Attributes
    ----------
    mediator, outcome : str
    mediator_rater, outcome_rater : Rater
        `NOT_STATED` where it is not known.
    level : Level
    value : Estimate
        SD of the outcome per SD of the mediator, both over all rows analyzed and taken as known.
    clusters : tuple of str
        Outermost clusters of the rows analyzed, in the order of `left_out`; for pairing alone,
        not for readers.
    left_out : ndarray, shape (n_clusters,)
        The estimate with each of them left out; empty where that is not known.
    """

    mediator: str
    outcome: str
    mediator_rater: Rater
    outcome_rater: Rater
    level: Level
    value: Estimate
    clusters: tuple[str, ...]
    left_out: Array

    @property
    def is_shared(self) -> bool | None:
        """Whether one person rates both; None if it is not known of one of them."""
        if Rater.NOT_STATED in (self.mediator_rater, self.outcome_rater):
            return None
        return self.mediator_rater is self.outcome_rater


@dataclass(frozen=True, slots=True)
class RaterComparison:
    """Mean b of outcomes with the rater of the mediator, less that of the others.

    Attributes
    ----------
    difference : Estimate
        In SD of the outcome per SD of the mediator. Without limits where the estimates of the same
        people cannot be paired.
    correlation : float
        Between the two means over the clusters left out: how far the estimates go together.
    n_shared, n_apart : int
        Outcomes on either side.
    """

    difference: Estimate
    correlation: float
    n_shared: int
    n_apart: int


def rated_slopes(
    result: MediationResult,
    outcome_rater: Rater,
    mediator_raters: Sequence[Rater],
    clusters: Sequence[str] = (),
    level: Level | None = None,
) -> tuple[RatedSlope, ...]:
    """Give path b of every mediator on a common scale, and again without each outermost cluster.

    Parameters
    ----------
    result : MediationResult
    outcome_rater : Rater
    mediator_raters : sequence of Rater
        One for each mediator.
    clusters : sequence of str
        Outermost clusters in the order in which they appear in the rows analyzed. Left out, or of
        another number than the fit has, nothing is left out.
    level : Level, optional
        Of b; left out, within clusters, or the single one without.

    Returns
    -------
    tuple of RatedSlope
        Without mediators that have no such path; empty if the fit did not converge.
    """
    fit = result.fit
    if fit.convergence in (Convergence.NOT_CONVERGED, Convergence.NOT_ESTIMABLE):
        return ()
    names, left_out = _without_each(result, clusters)
    scales = {scale.name: scale.sd_total for scale in fit.scales}
    found = []
    for mediator, rater in zip(fit.model.mediators, mediator_raters, strict=True):
        wanted = [level] if level else [Level.WITHIN, Level.SINGLE]
        parameters = [Parameter(PathName.B, each, mediator) for each in wanted]
        rows = {(r.path, r.level, r.mediator): r.value for r in result.paths}
        known = [each for each in parameters if each in fit.paths.parameters]
        if not known:
            continue
        tail, head = scales[mediator], scales[fit.model.outcome]
        at = fit.paths.parameters.index(known[0])
        replicates = left_out[:, at] * (tail / head if head > 0 else NAN)
        found.append(
            RatedSlope(
                mediator, fit.model.outcome, rater, outcome_rater, known[0].level,
                rescaled(rows[known[0]], tail, head), names, read_only(replicates),
            )
        )  # fmt: skip
    return tuple(found)


def compare_raters(
    slopes: Sequence[RatedSlope], conf_level: float = 0.95
) -> RaterComparison | None:
    """Compare b of outcomes that the rater of the mediator rates with b of the others.

    Parameters
    ----------
    slopes : sequence of RatedSlope
        Of one mediator, at the same interviews, one for each outcome.
    conf_level : float

    Returns
    -------
    RaterComparison or None
        None unless there are outcomes of both kinds with an estimate.

    Notes
    -----
    The estimates are of the same people, hence dependent. The difference d is estimated again
    without each of J outermost clusters from all outcomes at once; its variance is
    (J - 1) / J sum_j (d_(-j) - mean)^2, and its limits are those of t with J - 1 degrees of
    freedom. With fewer than five clusters, or other clusters in one of the models, there are no
    limits.

    References
    ----------
    Podsakoff, MacKenzie, Lee & Podsakoff (2003), Journal of Applied Psychology 88, 879-903
    (common method); Bell & McCaffrey (2002), Survey Methodology 28, 169-181 (the jackknife of
    clusters).

    Examples
    --------
    >>> def slope(outcome, rater, left_out):
    ...     value = Estimate(float(np.mean(left_out)), NAN, NAN, NAN, NAN, NAN, "t", 0)
    ...     names = tuple("ABCDE")
    ...     return RatedSlope("m", outcome, Rater.CLIENT, rater, Level.WITHIN, value, names,
    ...                       np.array(left_out))
    >>> own = slope("hope", Rater.CLIENT, [0.5, 0.6, 0.4, 0.5, 0.5])
    >>> other = slope("work", Rater.CASE_MANAGER, [0.2, 0.2, 0.2, 0.2, 0.2])
    >>> found = compare_raters([own, other]).difference
    >>> round(found.estimate, 2), round(found.std_error, 3), found.df
    (0.3, 0.126, 4.0)
    """
    known = [each for each in slopes if np.isfinite(each.value.estimate)]
    shared = [each for each in known if each.is_shared is True]
    apart = [each for each in known if each.is_shared is False]
    if not shared or not apart:
        return None
    estimate = float(
        np.mean([each.value.estimate for each in shared])
        - np.mean([each.value.estimate for each in apart])
    )
    nothing = Estimate(estimate, NAN, NAN, NAN, NAN, NAN, "", 0)
    first = shared[0]
    n = len(first.left_out)
    paired = all(
        each.clusters == first.clusters and len(each.left_out) == n for each in (*shared, *apart)
    )
    if n < LEAST_CLUSTERS or not paired:
        return RaterComparison(nothing, NAN, len(shared), len(apart))
    values = [np.mean([each.left_out for each in kind], axis=0) for kind in (shared, apart)]
    if not np.isfinite(values).all():
        return RaterComparison(nothing, NAN, len(shared), len(apart))
    gaps = values[0] - values[1]
    error = float(np.sqrt((n - 1) / n * np.sum((gaps - gaps.mean()) ** 2)))
    df = float(n - 1)
    half = error * float(stdtrit(df, 0.5 + conf_level / 2))
    p_value = float(2 * stdtr(df, -abs(estimate) / error)) if error > 0 else NAN
    spread = [float(np.std(each)) for each in values]
    together = NAN if min(spread) == 0 else float(np.corrcoef(values[0], values[1])[0, 1])
    limits = (estimate - half, estimate + half)
    value = Estimate(estimate, error, df, *limits, p_value, "jackknife of clusters", 0)
    return RaterComparison(value, together, len(shared), len(apart))


def _without_each(
    result: MediationResult, clusters: Sequence[str]
) -> tuple[tuple[str, ...], Array]:
    """Paths without each outermost cluster, shape (n_clusters, n_paths); empty if not known."""
    resampler, n = result.fit.resampler, len(clusters)
    nothing = np.zeros((0, len(result.fit.paths.values)))
    if resampler is None or not n or resampler.n_outer != n:
        return (), nothing
    if Resample.CLUSTERS not in resampler.ways:
        return (), nothing
    counts = np.ones((n, n), dtype=np.int64) - np.eye(n, dtype=np.int64)
    return tuple(map(str, clusters)), resampler.by_clusters(counts).values
