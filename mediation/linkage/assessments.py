"""Assessments of many clusters as lines between scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.linkage.timeline import Timeline, timeline_of


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assessments:
    """Scored assessments of clusters, in the order of clusters and time.

    Attributes
    ----------
    line : Timeline
        Of the assessments, one group for each cluster.
    scores : ndarray, shape (n,)
        In the order of the line.
    """

    line: Timeline
    scores: Array

    def ends(self, cluster: IntArray) -> tuple[IntArray, IntArray, BoolArray]:
        """First and last assessment of each cluster, and whether there is one."""
        first, stop = self.line.starts[cluster], self.line.starts[cluster + 1]
        is_assessed = stop > first
        return np.where(is_assessed, first, 0), np.where(is_assessed, stop - 1, 0), is_assessed

    def between(self, left: IntArray, right: IntArray, at: Array) -> Array:
        """Values at moments on the lines from `left` to `right`; never outside the two scores."""
        times, scores = self.line.times, self.scores
        span = times[right] - times[left]
        share = np.divide(at - times[left], span, out=np.zeros_like(at), where=span > 0)
        low, high = scores[left], scores[right]
        on_line = low + (high - low) * share
        values: Array = np.clip(on_line, np.minimum(low, high), np.maximum(low, high))
        return values


def assessments_of(clusters: IntArray, times: Array, scores: Array, n_clusters: int) -> Assessments:
    """Sort the assessments of clusters.

    Parameters
    ----------
    clusters : ndarray of int, shape (n,)
        From 0 to `n_clusters` - 1; others are left out.
    times : ndarray, shape (n,)
        In any order, each moment of a cluster once.
    scores : ndarray, shape (n,)
        Those without a score or a time are no assessments.
    n_clusters : int

    Returns
    -------
    Assessments
    """
    scored = np.isfinite(scores) & np.isfinite(times) & (clusters >= 0)
    line = timeline_of(clusters[scored], times[scored], n_clusters)
    return Assessments(line, scores[scored][line.order])
