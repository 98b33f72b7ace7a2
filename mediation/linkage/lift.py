"""Fidelity of teams lifted to their organization: the mean of its teams at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray, read_only
from mediation.linkage.assessments import Assessments
from mediation.linkage.fidelity import LinkedScores, link_clusters
from mediation.vocabulary import LinkageRule

# Pairs of a client and a team that are linked at once, so that memory stays small.
PAIRS = 1 << 19


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Members:
    """The teams of every organization.

    Attributes
    ----------
    teams : ndarray of int, shape (n_pairs,)
        In the order of the organizations.
    starts : ndarray of int, shape (n_organizations + 1,)
        The teams of organization o are `starts[o]` up to `starts[o + 1]`.
    """

    teams: IntArray
    starts: IntArray


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LiftedScores:
    """Scores of organizations, with the number of their teams that have one and that do not.

    Attributes
    ----------
    linked : LinkedScores
        `values` are means over the teams with a value, `covered` too; `gaps` are the greatest of
        these teams; counts of assessments are sums over all teams.
    n_with, n_without : ndarray of int, shape (n,)
    """

    linked: LinkedScores
    n_with: IntArray
    n_without: IntArray


def members_of(organizations: IntArray, teams: IntArray, n_organizations: int) -> Members:
    """Collect the teams of each organization, each once.

    Parameters
    ----------
    organizations, teams : ndarray of int, shape (n,)
        Of clients; -1 is unknown.
    n_organizations : int

    Returns
    -------
    Members
    """
    known = (organizations >= 0) & (teams >= 0)
    pairs = np.unique(np.stack([organizations[known], teams[known]]), axis=1)
    return Members(pairs[1], np.searchsorted(pairs[0], np.arange(n_organizations + 1)))


def lift_scores(
    assessed: Assessments,
    members: Members,
    organization: IntArray,
    at: Array,
    rule: LinkageRule,
    window: float | None = None,
    begins: Array | None = None,
) -> LiftedScores:
    """Link the mean of an organization's teams to moments.

    Parameters
    ----------
    assessed : Assessments
        Of teams.
    members : Members
    organization : ndarray of int, shape (n,)
    at : ndarray, shape (n,)
    rule, window, begins
        As in `link_clusters`.

    Returns
    -------
    LiftedScores
        Every team counts once, whatever its size. Teams without a value at a moment are left
        out of its mean, and counted. A moment with no team that has a value is before the first
        assessment if it is so for any of them.
    """
    n_teams = np.diff(members.starts)[organization]
    edges = np.append(0, np.cumsum(n_teams))
    parts = []
    row = 0
    while row < len(at):
        stop = int(np.searchsorted(edges, edges[row] + PAIRS, side="right")) - 1
        stop = min(max(stop, row + 1), len(at))
        chunk = slice(row, stop)
        own = None if begins is None else begins[chunk]
        parts.append(_lift(assessed, members, organization[chunk], at[chunk], rule, window, own))
        row = stop
    if not parts:
        parts = [_lift(assessed, members, organization, at, rule, window, begins)]
    return _joined(parts)


def _lift(
    assessed: Assessments,
    members: Members,
    organization: IntArray,
    at: Array,
    rule: LinkageRule,
    window: float | None,
    begins: Array | None,
) -> LiftedScores:
    """Link every team of each organization, and put them together again."""
    n_teams = np.diff(members.starts)[organization]
    rows = np.repeat(np.arange(len(at)), n_teams)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(n_teams) - n_teams, n_teams)
    team = members.teams[members.starts[organization][rows] + within]
    own = None if begins is None else begins[rows]
    found = link_clusters(assessed, team, at[rows], rule, window, own)
    return _put_together(found, rows, n_teams)


def _put_together(found: LinkedScores, rows: IntArray, n_teams: IntArray) -> LiftedScores:
    has = ~np.isnan(found.values)

    def total(values: Array | BoolArray) -> Array:
        sums = np.bincount(rows, weights=values, minlength=len(n_teams))
        return np.asarray(sums, dtype=np.float64)

    n_with = total(has)
    without = n_with == 0
    divisor = np.where(without, np.nan, n_with)
    gaps = np.full(len(n_teams), -np.inf)
    np.maximum.at(gaps, rows[has], found.gaps[has])
    before = without & (total(found.before_first) > 0)
    linked = LinkedScores(
        values=total(np.where(has, found.values, 0.0)) / divisor,
        gaps=np.where(without, np.nan, gaps),
        before_first=before,
        after_last=without & ~before & (total(found.after_last) > 0),
        n_used=total(found.n_used),
        n_before=total(found.n_before),
        n_after=total(found.n_after),
        covered=np.nan_to_num(total(np.where(has, found.covered, 0.0)) / divisor),
    )
    counted = n_with.astype(np.int64)
    return LiftedScores(linked, counted, n_teams - counted)


def _joined(parts: list[LiftedScores]) -> LiftedScores:
    def all_of(name: str) -> Array:
        return read_only(np.concatenate([getattr(part.linked, name) for part in parts]))

    numbers = {
        name: all_of(name)
        for name in ("values", "gaps", "n_used", "n_before", "n_after", "covered")
    }
    linked = LinkedScores(
        **numbers,
        before_first=np.concatenate([part.linked.before_first for part in parts]),
        after_last=np.concatenate([part.linked.after_last for part in parts]),
    )
    return LiftedScores(
        linked,
        np.concatenate([part.n_with for part in parts]),
        np.concatenate([part.n_without for part in parts]),
    )
