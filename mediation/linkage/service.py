"""The case manager and the team of each client at an interview, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.linkage.spells import Stays, stays_of
from mediation.linkage.table import SpellSummary
from mediation.study.manifest import (
    CHANGED_MANAGER,
    CHANGED_TEAM,
    CLIENT,
    END,
    ENROLLED,
    MANAGER,
    MANAGER_TENURE,
    PROGRAM_TENURE,
    START,
    TEAM,
    Manifest,
    TableRole,
)
from mediation.study.study import Study

# Whether a client changed team between the interviews of the mediator and of the outcome.
CHANGED_TEAM_LATER = "_changed_team_later"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Service:
    """Clients as they are served at the interview of the mediator.

    Attributes
    ----------
    units : DataFrame, n_clients rows
        With the case manager and team of that moment, and the clusters outside that team.
    columns : dict of str to ndarray
        Tenure and changes.
    begins : ndarray, shape (n_clients,)
        When the client came to the cluster whose fidelity is linked; NaN if unknown.
    summary : SpellSummary or None
        None without spells.
    """

    units: pd.DataFrame
    columns: dict[str, Any]
    begins: Array
    summary: SpellSummary | None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Kind:
    """Stays with case managers, or in teams, and the place of each client among them."""

    stays: Stays
    names: pd.Index
    position: IntArray
    is_found: BoolArray
    is_covered: BoolArray
    changed: BoolArray
    changed_later: BoolArray


def serve(
    study: Study, units: pd.DataFrame, dates: Array, later: Array, held: BoolArray
) -> Service:
    """Say who served each client at the interview of the mediator.

    Parameters
    ----------
    study : Study
    units : DataFrame, n_clients rows
    dates, later : ndarray, shape (n_clients,)
        Of the interviews of mediator and outcome; NaN without one.
    held : ndarray of bool, shape (n_clients,)
        Whether the mediator's interview was held; the summary counts these clients.

    Returns
    -------
    Service
        A client whom no spell covers at the interview has the case manager and the team of the
        last spell before it; without one, those of the table of clients. Clusters outside
        teams follow from the team, by the table of clients. `program_tenure` is in months since
        enrolment, else since the first spell, and not below zero; `manager_tenure` since the
        first of successive spells with the case manager. `changed_manager` and `changed_team` are 1
        if there was a change between enrolment (else the first spell) and the interview; going
        back to the first one counts.
    """
    enrolled = _enrolled(units)
    if TableRole.SPELLS not in study.manifest.roles:
        tenure = {PROGRAM_TENURE: np.maximum(dates - enrolled, 0.0)} if ENROLLED in units else {}
        return Service(units, tenure, enrolled, None)
    spells = study.frame(TableRole.SPELLS)
    clients = pd.Index(units[CLIENT]).get_indexer(pd.Index(spells[CLIENT])).astype(np.int64)
    kinds = {
        name: _kind(spells, clients, name, enrolled, dates, later)
        for name in (MANAGER, TEAM)
        if name in spells
    }
    served = _replace(study.manifest, units, kinds)
    columns = {PROGRAM_TENURE: np.maximum(dates - _since(enrolled, spells, clients), 0.0)}
    if MANAGER in kinds:
        kind = kinds[MANAGER]
        columns[MANAGER_TENURE] = np.where(kind.is_found, dates - _came(kind), np.nan)
        columns[CHANGED_MANAGER] = np.where(kind.is_found, kind.changed, np.nan)
    if TEAM in kinds:
        kind = kinds[TEAM]
        columns[CHANGED_TEAM] = np.where(kind.is_found, kind.changed, np.nan)
    later_column = {CHANGED_TEAM_LATER: kinds[TEAM].changed_later} if TEAM in kinds else {}
    begins = _begins(study.manifest, units, kinds, enrolled)
    return Service(served, columns | later_column, begins, _summary(kinds, held & ~np.isnan(dates)))


def _enrolled(units: pd.DataFrame) -> Array:
    if ENROLLED not in units:
        return np.full(len(units), np.nan)
    return units[ENROLLED].to_numpy(dtype=float)


def _since(enrolled: Array, spells: pd.DataFrame, clients: IntArray) -> Array:
    """Enrolment, else the first start of a spell."""
    first = np.full(len(enrolled), np.inf)
    start = spells[START].to_numpy(dtype=float)
    known = (clients >= 0) & ~np.isnan(start)
    np.minimum.at(first, clients[known], start[known])
    return np.where(np.isnan(enrolled) & np.isfinite(first), first, enrolled)


def _kind(
    spells: pd.DataFrame, clients: IntArray, name: str, enrolled: Array, dates: Array, later: Array
) -> _Kind:
    values, names = pd.factorize(spells[name], sort=True)
    start = spells[START].to_numpy(dtype=float)
    end = spells[END].to_numpy(dtype=float) if END in spells else np.full(len(spells), np.nan)
    everybody = np.arange(len(enrolled))
    stays = stays_of(clients, values.astype(np.int64), start, end, len(enrolled))
    position, is_found, is_covered = stays.at(everybody, dates)
    origin = stays.first(everybody, enrolled)
    after, is_found_after, _ = stays.at(everybody, later)
    # Positions mean nothing where no spell is found, and there may be none at all.
    changes = np.append(stays.changes, 0)
    changed = is_found & (changes[position] > changes[origin])
    changed_later = is_found & is_found_after & (changes[after] > changes[position])
    return _Kind(
        stays, pd.Index(names), position, is_found, is_covered, changed, changed_later
    )  # fmt: skip


def _came(kind: _Kind) -> Array:
    return np.append(kind.stays.since, np.nan)[kind.position]


def _values(kind: _Kind) -> IntArray:
    """Codes of the case managers or teams at the interview; -1 where none is found."""
    codes = np.append(kind.stays.values, -1)[kind.position]
    return np.where(kind.is_found, codes, -1)


def _replace(manifest: Manifest, units: pd.DataFrame, kinds: dict[str, _Kind]) -> pd.DataFrame:
    """Put case manager, team and the clusters outside it in place of the client's."""
    replaced: dict[str, Any] = {}
    for name, kind in kinds.items():
        found = pd.Series(kind.names, dtype="str").array.take(_values(kind), allow_fill=True)
        own = units[name] if name in units else pd.Series(pd.NA, index=units.index, dtype="str")
        replaced[name] = own.where(~kind.is_found, pd.Series(found, index=units.index))
    if TEAM in kinds:
        for name in clusters_outside(manifest, units):
            outer = units.drop_duplicates(TEAM).set_index(TEAM)[name]
            replaced[name] = replaced[TEAM].map(outer).astype("str")
    return units.assign(**replaced)


def clusters_outside(manifest: Manifest, units: pd.DataFrame) -> tuple[str, ...]:
    """Cluster columns of the clients that are constant inside teams, as organizations are."""
    names = [name for name in manifest.cluster_columns if name not in (TEAM, MANAGER)]
    return tuple(name for name in names if name in units and _is_outside(units[name], units[TEAM]))


def _is_outside(outer: pd.Series, team: pd.Series) -> bool:
    pairs = pd.DataFrame({"outer": outer, "team": team}).drop_duplicates()
    return not pairs["team"].duplicated().any()


def _begins(
    manifest: Manifest, units: pd.DataFrame, kinds: dict[str, _Kind], enrolled: Array
) -> Array:
    """When each client came to the cluster whose fidelity is linked, else enrolment."""
    level = manifest.predictor_level
    if level in kinds:
        came = np.where(kinds[level].is_found, _came(kinds[level]), np.nan)
    elif TEAM in kinds and level in clusters_outside(manifest, units):
        kind = kinds[TEAM]
        outer = units.drop_duplicates(TEAM).set_index(TEAM)[level]
        codes = pd.factorize(pd.Series(kind.names).map(outer))[0].astype(np.int64)
        line = kind.stays.line
        values = np.append(codes, -1)[kind.stays.values]
        stays = stays_of(line.groups, values, line.times, kind.stays.ends, len(units))
        position, is_found, _ = stays.at(np.arange(len(units)), _moment(kind))
        came = np.where(is_found, np.append(stays.since, np.nan)[position], np.nan)
    else:
        return enrolled
    return np.where(np.isnan(came), enrolled, came)


def _moment(kind: _Kind) -> Array:
    """Start of the spell of each client; NaN without one."""
    starts = np.append(kind.stays.line.times, np.nan)[kind.position]
    return np.where(kind.is_found, starts, np.nan)


def _summary(kinds: dict[str, _Kind], dated: BoolArray) -> SpellSummary:
    team, manager = kinds.get(TEAM), kinds.get(MANAGER)
    either = list(kinds.values())
    found = np.all([kind.is_found for kind in either], axis=0)
    covered = np.all([kind.is_covered for kind in either], axis=0)

    def count(mask: BoolArray) -> int:
        return int((mask & dated).sum())

    return SpellSummary(
        n_clients=int(dated.sum()),
        n_changed_manager=None if manager is None else count(manager.changed),
        n_changed_team=None if team is None else count(team.changed),
        n_changed_team_later=None if team is None else count(team.changed_later),
        n_changed_team_ever=None if team is None else count(team.changed | team.changed_later),
        n_after_spell=count(found & ~covered),
        n_without_spell=count(~found),
    )
