"""Mean exposure: the mean of the line between assessments over the months before a moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.linkage.assessments import Assessments

# Below this share of the exposure between assessments there is no value.
LEAST_COVERED = 0.5


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Exposure:
    """Means over windows of time.

    Attributes
    ----------
    values : ndarray, shape (n,)
        NaN where less than half of the window lies between assessments.
    covered : ndarray, shape (n,)
        Share of the window between assessments; 0 to 1.
    n_used : ndarray of int, shape (n,)
        Assessments that the line over the window needs; 0 without a value.
    """

    values: Array
    covered: Array
    n_used: IntArray


def mean_exposure(
    assessed: Assessments, cluster: IntArray, at: Array, months: float, begins: Array | None = None
) -> Exposure:
    """Average the straight lines between assessments, exactly, over the months before moments.

    Parameters
    ----------
    assessed : Assessments
    cluster : ndarray of int, shape (n,)
    at : ndarray, shape (n,)
        NaN gives NaN.
    months : float
        Length of the window, which ends at `at`.
    begins : ndarray, shape (n,), optional
        When exposure began. A window never reaches back beyond it: what was before did not
        reach the client. NaN does not cut. At the very beginning the exposure is the value of
        the line at that moment.

    Returns
    -------
    Exposure
        Nothing is extrapolated: the mean is over the part of the window that lies between the
        first and the last assessment, if that is at least half of it.

    Examples
    --------
    >>> from mediation.linkage.assessments import assessments_of
    >>> team, times = np.zeros(3, dtype=int), np.array([0.0, 6.0, 12.0])
    >>> assessed = assessments_of(team, times, np.array([3.0, 4.0, 4.0]), 1)
    >>> mean_exposure(assessed, team[:1], np.array([12.0]), 12.0).values.tolist()
    [3.75]
    """
    first, last, is_assessed = assessed.ends(cluster)
    if not len(assessed.scores):
        nothing = np.zeros(at.shape)
        return Exposure(np.full(at.shape, np.nan), nothing, nothing.astype(np.int64))
    times = assessed.line.times
    from_ = at - months if begins is None else np.fmax(at - months, np.minimum(begins, at))
    low, high = np.maximum(from_, times[first]), np.minimum(at, times[last])
    length, inside = at - from_, np.clip(high - low, 0, None)
    share = np.where((low <= high) & is_assessed, 1.0, 0.0)
    np.divide(inside, length, out=share, where=is_assessed & (length > 0))
    valid: BoolArray = share >= LEAST_COVERED
    low, high = np.where(valid, low, times[first]), np.where(valid, high, times[first])
    values, n_used = _means(assessed, cluster, last, low, high)
    return Exposure(np.where(valid, values, np.nan), share, np.where(valid, n_used, 0))


def _means(
    assessed: Assessments, cluster: IntArray, last: IntArray, low: Array, high: Array
) -> tuple[Array, IntArray]:
    """Means of the line from `low` to `high`, both between the assessments of a cluster."""
    line, scores = assessed.line, assessed.scores
    left = np.clip(line.last(cluster, low), 0, None)
    right = np.clip(line.last(cluster, high), 0, None)
    after_left, after_right = np.minimum(left + 1, last), np.minimum(right + 1, last)
    at_low = assessed.between(left, after_left, low)
    at_high = assessed.between(right, after_right, high)
    # Areas are of deviations from the cluster's first score: a constant stays what it is.
    base = scores[np.clip(line.starts[cluster], 0, len(scores) - 1)]
    area = _areas(assessed)
    head = (line.times[after_left] - low) * ((at_low + scores[after_left]) / 2 - base)
    tail = (high - line.times[right]) * ((scores[right] + at_high) / 2 - base)
    span = high - low
    whole = head + area[right] - area[after_left] + tail
    long = base + np.divide(whole, span, out=np.zeros_like(span), where=span > 0)
    one = assessed.between(left, after_left, (low + high) / 2)
    used = np.where(high == line.times[right], right, after_right) - left + 1
    return np.where(left == right, one, long), used


def _areas(assessed: Assessments) -> Array:
    """Area under the line from each cluster's first assessment on, less its first score."""
    line = assessed.line
    deviation = assessed.scores - assessed.scores[line.starts[line.groups]]
    steps = np.diff(line.times) * (deviation[1:] + deviation[:-1]) / 2
    steps[line.groups[1:] != line.groups[:-1]] = 0.0
    areas: Array = np.append(0.0, np.cumsum(steps))
    return areas
