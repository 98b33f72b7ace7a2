"""Fidelity on the day of an interview, by the rule of the study's manifest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.linkage.assessments import assessments_of
from mediation.linkage.fidelity import link_clusters
from mediation.linkage.lift import lift_scores, members_of
from mediation.simulation.twin.layout import Layout
from mediation.vocabulary import LinkageRule


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Assessments:
    """Assessments of the scored clusters, in order of time.

    Attributes
    ----------
    months : ndarray, shape (n_clusters, n_assessments)
        NaN where a cluster has none.
    scores : dict of str to ndarray, like `months`
    """

    months: Array
    scores: dict[str, Array]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Whereabouts:
    """Clusters of the clients as linkage needs them.

    Attributes
    ----------
    cluster : ndarray, shape (n_clients,)
        Scored cluster of each client, by its position among the assessments.
    group : ndarray, shape (n_clusters,), or None
        Cluster further out of each scored cluster, where fidelity is lifted to that level.
    begins : ndarray, shape (n_clients,), or None
        When exposure began, where that is known.
    """

    cluster: IntArray
    group: IntArray | None
    begins: Array | None


def exposure(
    layout: Layout, assessments: Assessments, where: Whereabouts, at: Array, *, known: bool = False
) -> Array:
    """Link the predictor to moments.

    Parameters
    ----------
    layout : Layout
        Whose manifest has the rule.
    assessments : Assessments
    where : Whereabouts
    at : ndarray, shape (n_clients, n_waves)
        Months; NaN gives NaN.
    known : bool
        Give the nearest end of the line also for moments outside the assessments.

    Returns
    -------
    ndarray, shape (n_clients, n_waves)
    """
    linkage = layout.manifest.linkage
    rule = LinkageRule.INTERPOLATE if linkage is None else linkage.rule
    window = None if linkage is None else linkage.window_months
    moments = _inside(layout, assessments, where, at) if known else at
    found = _linked(layout, assessments, where, moments, (rule, window))
    if known:
        # A mean over too little of its window has no value.
        line = _linked(layout, assessments, where, moments, (LinkageRule.INTERPOLATE, None))
        found = np.where(np.isnan(found), line, found)
    return found


def _linked(
    layout: Layout,
    assessments: Assessments,
    where: Whereabouts,
    at: Array,
    rule: tuple[LinkageRule, float | None],
) -> Array:
    scores = assessments.scores[layout.predictor]
    n_clusters, n_rounds = scores.shape
    own = np.repeat(np.arange(n_clusters), n_rounds)
    assessed = assessments_of(own, assessments.months.ravel(), scores.ravel(), n_clusters)
    n_waves = at.shape[1]
    cluster = np.repeat(where.cluster, n_waves)
    begins = None if where.begins is None else np.repeat(where.begins, n_waves)
    if where.group is None:
        values = link_clusters(assessed, cluster, at.ravel(), *rule, begins).values
        return np.reshape(values, at.shape)
    members = members_of(where.group, np.arange(n_clusters), int(where.group.max()) + 1)
    lifted = lift_scores(assessed, members, where.group[cluster], at.ravel(), *rule, begins)
    return np.reshape(lifted.linked.values, at.shape)


def _inside(layout: Layout, assessments: Assessments, where: Whereabouts, at: Array) -> Array:
    """Move moments to the first or the last assessment of their clusters."""
    scored = np.isfinite(assessments.scores[layout.predictor])
    months = np.where(scored, assessments.months, np.nan)
    first, last = np.nanmin(months, axis=1), np.nanmax(months, axis=1)
    if where.group is not None:
        # Inside the lines of all clusters that are averaged.
        group = where.group
        first = np.array([first[group == one].max() for one in group])
        last = np.array([last[group == one].min() for one in group])
    return np.clip(at, first[where.cluster][:, None], last[where.cluster][:, None])
