"""The score that belongs to a moment, by one of three rules: pure functions of arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mediation.arrays import Array, read_only
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
    """

    values: Array
    gaps: Array
    before_first: NDArray[np.bool_]
    after_last: NDArray[np.bool_]


def link_scores(times: Array, scores: Array, at: Array, rule: LinkageRule) -> LinkedScores:
    """Link the scores of one cluster to moments.

    Parameters
    ----------
    times : ndarray, shape (n_assessments,)
        When the cluster was assessed, in any order, each moment once.
    scores : ndarray, shape (n_assessments,)
        NaN scores are not assessments.
    at : ndarray, shape (n,)
        Moments on the same clock; NaN gives NaN.
    rule : LinkageRule
        INTERPOLATE: on the straight line between the assessment before and the one after,
        never outside them. LAST_BEFORE: the last assessment at or before the moment.
        NEAREST: the assessment nearest in time, the earlier one of two equally near.

    Returns
    -------
    LinkedScores

    Examples
    --------
    >>> times, scores = np.array([0.0, 6.0, 12.0]), np.array([3.0, 4.0, 5.0])
    >>> linked = link_scores(times, scores, np.array([3.0, 8.0, 13.0]), LinkageRule.INTERPOLATE)
    >>> linked.values.round(3).tolist(), linked.gaps.tolist()
    ([3.5, 4.333, nan], [3.0, 2.0, nan])
    """
    scored = np.isfinite(scores) & np.isfinite(times)
    order = np.argsort(times[scored], kind="stable")
    times, scores = times[scored][order], scores[scored][order]
    if len(times) == 0:
        nothing, never = read_only(np.full(at.shape, np.nan)), np.zeros(at.shape, dtype=bool)
        return LinkedScores(nothing, nothing, never, never)
    before = np.searchsorted(times, at, side="right") - 1
    before_first, after_last = at < times[0], at > times[-1]
    # NaN sorts last, so that it would look like a moment after every assessment.
    has_left, has_right = (before >= 0) & ~np.isnan(at), ~after_last & ~np.isnan(at)
    left = np.clip(before, 0, None)
    right = np.where(times[left] == at, left, np.clip(before + 1, None, len(times) - 1))
    left_gap = np.where(has_left, at - times[left], np.inf)
    right_gap = np.where(has_right, times[right] - at, np.inf)
    if rule is LinkageRule.INTERPOLATE:
        values = _between(scores[left], scores[right], left_gap, right_gap)
        gaps = np.where(has_left & has_right, np.minimum(left_gap, right_gap), np.nan)
    elif rule is LinkageRule.LAST_BEFORE:
        values, gaps = scores[left], np.where(has_left, left_gap, np.nan)
    else:
        values = np.where(left_gap <= right_gap, scores[left], scores[right])
        gaps = np.where(np.isnan(at), np.nan, np.minimum(left_gap, right_gap))
    values = np.where(np.isnan(gaps), np.nan, values)
    return LinkedScores(read_only(values), read_only(gaps), before_first, after_last)


def _between(left: Array, right: Array, left_gap: Array, right_gap: Array) -> Array:
    """Values on the straight lines; rounding never leaves the two neighbours."""
    inside = np.isfinite(left_gap) & np.isfinite(right_gap)
    span = np.where(inside, left_gap + right_gap, 1.0)
    share = np.divide(left_gap, span, out=np.zeros_like(span), where=inside & (span > 0))
    on_line = left + (right - left) * share
    values: Array = np.clip(on_line, np.minimum(left, right), np.maximum(left, right))
    return values
