"""The score that belongs to a moment, by one of four rules: pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mediation.arrays import Array, BoolArray, IntArray, read_only
from mediation.errors import LinkageError
from mediation.linkage.assessments import Assessments, assessments_of
from mediation.linkage.exposure import mean_exposure
from mediation.vocabulary import LinkageRule


@dataclass(frozen=True, slots=True, eq=False)
class LinkedScores:
    """Scores at the asked moments.

    Attributes
    ----------
    values : ndarray, shape (n,)
        NaN where the rule gives no value.
    gaps : ndarray, shape (n,)
        Distance to the nearest assessment that was used, in the unit of the times; NaN where
        none was used.
    before_first, after_last : ndarray of bool, shape (n,)
        Moments outside the assessments, whether or not the rule gives a value there.
    n_used : ndarray, shape (n,)
        Assessments of which the value is made; 0 without a value.
    n_before, n_after : ndarray, shape (n,)
        Assessments of the cluster at or before the moment, and after it; NaN for no moment.
    covered : ndarray, shape (n,)
        Of a mean exposure: the share of its window between assessments. Otherwise 1 where there
        is a value, else 0.
    """

    values: Array
    gaps: Array
    before_first: NDArray[np.bool_]
    after_last: NDArray[np.bool_]
    n_used: Array
    n_before: Array
    n_after: Array
    covered: Array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Places:
    """Where moments lie among the assessments of their clusters, and how far from them."""

    left: IntArray
    right: IntArray
    left_gap: Array
    right_gap: Array
    before_first: BoolArray
    after_last: BoolArray
    n_before: Array
    n_after: Array


def link_scores(
    times: Array,
    scores: Array,
    at: Array,
    rule: LinkageRule,
    window: float | None = None,
    begins: Array | None = None,
) -> LinkedScores:
    """Link the scores of one cluster to moments.

    Parameters
    ----------
    times : ndarray, shape (n_assessments,)
        When the cluster was assessed, in any order, each moment once.
    scores : ndarray, shape (n_assessments,)
        NaN scores are not assessments.
    at : ndarray, shape (n,)
        Moments on the same clock; NaN gives NaN.
    rule, window, begins
        As in `link_clusters`.

    Returns
    -------
    LinkedScores

    Raises
    ------
    LinkageError
        If a mean exposure has no window.

    Examples
    --------
    >>> times, scores = np.array([0.0, 6.0, 12.0]), np.array([3.0, 4.0, 5.0])
    >>> linked = link_scores(times, scores, np.array([3.0, 8.0, 13.0]), LinkageRule.INTERPOLATE)
    >>> linked.values.round(3).tolist(), linked.gaps.tolist()
    ([3.5, 4.333, nan], [3.0, 2.0, nan])
    """
    assessed = assessments_of(np.zeros(len(times), dtype=np.int64), times, scores, 1)
    one = np.zeros(at.shape, dtype=np.int64)
    return link_clusters(assessed, one, at, rule, window, begins)


def link_clusters(
    assessed: Assessments,
    cluster: IntArray,
    at: Array,
    rule: LinkageRule,
    window: float | None = None,
    begins: Array | None = None,
) -> LinkedScores:
    """Link the scores of many clusters to moments, all at once.

    Parameters
    ----------
    assessed : Assessments
    cluster : ndarray of int, shape (n,)
        Cluster of each moment.
    at : ndarray, shape (n,)
    rule : LinkageRule
        INTERPOLATE: on the straight line between the assessment before and the one after,
        never outside them. LAST_BEFORE: the last assessment at or before the moment.
        NEAREST: the assessment nearest in time, the earlier one of two equally near.
        MEAN_EXPOSURE: the mean of the line over the `window` months before the moment, see
        `mean_exposure`.
    window : float, optional
        Months, of MEAN_EXPOSURE.
    begins : ndarray, shape (n,), optional
        When exposure began, of MEAN_EXPOSURE.

    Returns
    -------
    LinkedScores

    Raises
    ------
    LinkageError
        If a mean exposure has no window.
    """
    found = _places(assessed, cluster, at)
    nearest = np.minimum(found.left_gap, found.right_gap)
    if rule is LinkageRule.MEAN_EXPOSURE:
        if window is None:
            raise LinkageError(
                "A mean exposure needs the months over which it is taken. Found none. Write "
                "`window_months` under [linkage]."
            )
        exposed = mean_exposure(assessed, cluster, at, window, begins)
        gaps = np.where(np.isnan(exposed.values), np.nan, nearest)
        return _linked(found, exposed.values, gaps, exposed.n_used, exposed.covered)
    if not len(assessed.scores):
        nothing = np.full(at.shape, np.nan)
        return _linked(found, nothing, nothing, np.zeros(at.shape, np.int64), np.zeros(at.shape))
    scores, n_used = assessed.scores, np.ones(at.shape, dtype=np.int64)
    if rule is LinkageRule.INTERPOLATE:
        values = assessed.between(found.left, found.right, at)
        outside = np.isinf(found.left_gap) | np.isinf(found.right_gap)
        gaps = np.where(outside, np.nan, nearest)
        n_used = n_used + (found.left != found.right)
    elif rule is LinkageRule.LAST_BEFORE:
        values, gaps = scores[found.left], found.left_gap
    else:
        values = np.where(found.left_gap <= found.right_gap, *_scores(assessed, found))
        gaps = nearest
    gaps = np.where(np.isinf(gaps), np.nan, gaps)
    values = np.where(np.isnan(gaps), np.nan, values)
    is_linked = ~np.isnan(gaps)
    return _linked(found, values, gaps, n_used * is_linked, is_linked)


def _scores(assessed: Assessments, found: _Places) -> tuple[Array, Array]:
    return assessed.scores[found.left], assessed.scores[found.right]


def _linked(
    found: _Places, values: Array, gaps: Array, n_used: IntArray, share: Array | BoolArray
) -> LinkedScores:
    return LinkedScores(
        values=read_only(values),
        gaps=read_only(gaps),
        before_first=found.before_first,
        after_last=found.after_last,
        n_used=read_only(n_used),
        n_before=read_only(found.n_before),
        n_after=read_only(found.n_after),
        covered=read_only(share),
    )


def _places(assessed: Assessments, cluster: IntArray, at: Array) -> _Places:
    """Find the assessments around each moment; a gap is infinite where there is none."""
    first, last, is_assessed = assessed.ends(cluster)
    # NaN sorts last, so that it would look like a moment after every assessment.
    known = ~np.isnan(at)
    asked = known & is_assessed
    if not len(assessed.scores):
        far, never = np.full(at.shape, np.inf), np.zeros(at.shape, dtype=bool)
        count = np.where(known, 0.0, np.nan)
        return _Places(first, first, far, far, never, never, count, count)
    times = assessed.line.times
    before = np.where(is_assessed, assessed.line.last(cluster, at), -1)
    left = np.maximum(before, first)
    has_left = asked & (before >= first)
    right = np.where(times[left] == at, left, np.minimum(before + 1, last))
    has_right = asked & (times[right] >= at)
    n_before = np.where(is_assessed, before - first + 1, 0)
    n_after = np.where(is_assessed, last - before, 0)
    return _Places(
        left=left,
        right=np.maximum(right, 0),
        left_gap=np.where(has_left, at - times[left], np.inf),
        right_gap=np.where(has_right, times[right] - at, np.inf),
        before_first=asked & ~has_left,
        after_last=asked & ~has_right,
        n_before=np.where(known, n_before, np.nan),
        n_after=np.where(known, n_after, np.nan),
    )
