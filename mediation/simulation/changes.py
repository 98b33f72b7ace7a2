"""What departs from the plan: interviews early or late, other case managers, other teams.

Every function draws the same count of numbers whatever the shares are, from a generator of its
own, so that a share of zero leaves the rest of a study as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.simulation.design import DAYS_PER_MONTH, Design
from mediation.simulation.draws import Clusters


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """Who serves every client, before and from the day of the change.

    Attributes
    ----------
    team, manager : ndarray of int, shape (n_clients, 2)
    changes : ndarray of bool, shape (n_clients,)
        Whether the client has a change at all.
    day : ndarray of int, shape (n_clients,)
        First day of the second, days since the start; without a change it has no meaning.
    """

    team: IntArray
    manager: IntArray
    changes: BoolArray
    day: IntArray

    def on(self, days: IntArray) -> tuple[IntArray, IntArray]:
        """Team and case manager on days of shape (n_clients, n_waves), in that shape."""
        second = (self.changes[:, None] & (days >= self.day[:, None])).astype(np.int64)
        team = np.take_along_axis(self.team, second, axis=1)
        return team, np.take_along_axis(self.manager, second, axis=1)


def displaced(design: Design, days: IntArray, rng: np.random.Generator) -> IntArray:
    """Move a share of the follow-up interviews to earlier or later days.

    Parameters
    ----------
    design : Design
    days : ndarray of int, shape (n_clients, n_waves)
        Of the interviews; the first of every client is on the day of enrolment.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (n_clients, n_waves)
    """
    shape = days.shape
    moved = rng.random(shape) < design.displaced_interviews
    sign = np.where(rng.random(shape) < 0.5, -1, 1)
    reach = max(design.displaced_days, design.interview_jitter_days + 1)
    by = rng.integers(design.interview_jitter_days + 1, reach + 1, size=shape)
    moved[:, 0] = False
    planned = days[:, :1] + np.rint(np.array(design.waves) * DAYS_PER_MONTH).astype(np.int64)
    return np.where(moved, planned + sign * by, days)


def draw_service(
    design: Design, clusters: Clusters, enrolled: IntArray, rng: np.random.Generator
) -> Service:
    """Draw who changes case manager or team, when, and to whom.

    Parameters
    ----------
    design : Design
    clusters : Clusters
        Who serves the clients at enrolment.
    enrolled : ndarray of int, shape (n_clients,)
        Days since the start.
    rng : numpy.random.Generator

    Returns
    -------
    Service
    """
    n = enrolled.size
    kind, to_team, to_manager = rng.random((3, n))
    after = rng.integers(1, round(design.waves[-1] * DAYS_PER_MONTH) + 1, size=n)
    counts = np.array(design.teams_by_organization)
    size = counts[clusters.organization]
    changes_team = (kind < design.team_change) & (size > 1)
    changes_manager = (kind >= design.team_change) & (
        kind < design.team_change + design.manager_change
    )
    first = (np.cumsum(counts) - counts)[clusters.organization]
    other_team = first + _another(clusters.team - first, size, to_team)
    per_team = np.full(n, design.managers_per_team)
    own = clusters.manager - clusters.team * per_team
    any_manager = np.floor(to_manager * per_team).astype(np.int64)
    other_manager = _another(own, per_team, to_manager)
    team = np.where(changes_team, other_team, clusters.team)
    manager = np.where(changes_team, any_manager, np.where(changes_manager, other_manager, own))
    return Service(
        team=np.column_stack([clusters.team, team]),
        manager=np.column_stack([clusters.manager, team * per_team + manager]),
        changes=changes_team | changes_manager,
        day=enrolled + after,
    )


def _another(number: IntArray, count: IntArray, uniform: Array) -> IntArray:
    """Choose one of the other numbers below `count`, all alike."""
    step = 1 + np.floor(uniform * (count - 1)).astype(np.int64)
    return (number + step) % count
