"""Tables of a twin with the headers of the study, from its values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.layout import Layout
from mediation.simulation.twin.places import DAYS_PER_MONTH, whole_days
from mediation.simulation.twin.realize import Drawn
from mediation.simulation.twin.responses import draw_items
from mediation.simulation.twin.setting import in_days
from mediation.study.manifest import (
    CLIENT,
    DATE,
    END,
    ENROLLED,
    MANAGER,
    START,
    STATUS,
    TEAM,
    WAVE,
    Manifest,
    TableRole,
)
from mediation.study.score_entries import item_column

FIRST_DAY = date(2001, 1, 1)
"""Day in the mean of the first round of assessments in every twin: the calendar is invented."""

NOT_ATTAINED = "not attained"
Frames = dict[TableRole, pd.DataFrame]


def tables_of(
    aggregates: Aggregates, layout: Layout, drawn: Drawn, rng: np.random.Generator, prefix: str
) -> Frames:
    """Write the values of a twin as the tables of the study.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout
    drawn : Drawn
    rng : numpy.random.Generator
        For responses to items and for changes of case manager.
    prefix : str
        Identifiers begin with it.

    Returns
    -------
    dict of TableRole to DataFrame
        Columns in the order and with the headers of the manifest.
    """
    names = {
        level.name: _names(f"{prefix}-{level.name}", codes)
        for level, codes in zip(aggregates.levels, drawn.places.codes, strict=True)
    }
    client = _names(f"{prefix}-client", np.arange(aggregates.n_clients))
    writer = _Writer(aggregates, layout, drawn, names, client, rng)
    found = {
        TableRole.FIDELITY: writer.fidelity(),
        TableRole.CLIENTS: writer.clients(),
        TableRole.INTERVIEWS: writer.interviews(),
    }
    if TableRole.SPELLS in layout.manifest.roles:
        found[TableRole.SPELLS] = writer.spells()
    if TableRole.GOALS in layout.manifest.roles:
        found[TableRole.GOALS] = writer.goals()
    return {role: _with_headers(layout, role, found[role]) for role in layout.manifest.roles}


def _names(stem: str, codes: IntArray) -> Array:
    width = len(str(int(codes.max()) + 1))
    return np.array([f"{stem}-{code + 1:0{width}d}" for code in codes], dtype=object)


def _with_headers(layout: Layout, role: TableRole, values: Mapping[str, Any]) -> pd.DataFrame:
    headers = layout.manifest.all_columns(role)
    return pd.DataFrame({header: _cells(values[name]) for name, header in headers.items()})


def _cells(values: Any) -> Any:
    """Whole numbers without a decimal point."""
    array = np.asarray(values)
    if array.dtype.kind != "f":
        return array
    array = np.round(array, 6)
    known = array[np.isfinite(array)]
    if len(known) == len(array) and np.array_equal(known, np.rint(known)):
        return array.astype(np.int64)
    if np.array_equal(known, np.rint(known)):
        return pd.array(array).astype("Int64")
    return array


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Writer:
    """Columns of the tables of one twin, by the names of the contract."""

    aggregates: Aggregates
    layout: Layout
    drawn: Drawn
    names: dict[str, Array]
    client: Array
    rng: np.random.Generator

    @property
    def manifest(self) -> Manifest:
        """The manifest of the study."""
        return self.layout.manifest

    def fidelity(self) -> dict[str, Any]:
        """One row for each scored cluster and assessment."""
        assessments = self.drawn.places.assessments
        cluster, place = np.nonzero(np.isfinite(assessments.months))
        level = self.layout.scored_level
        depth = [each.name for each in self.aggregates.levels].index(level)
        first = np.unique(self.drawn.places.codes[depth], return_index=True)[1]
        columns: dict[str, Any] = {
            level: self.names[level][first][cluster],
            DATE: self._moments(assessments.months[cluster, place]),
        }
        for name, scores in assessments.scores.items():
            self._add_score(columns, name, scores[cluster, place])
        return columns

    def clients(self) -> dict[str, Any]:
        """One row for each client."""
        setting = self.drawn.setting
        columns: dict[str, Any] = {CLIENT: self.client, **self.names}
        columns[ENROLLED] = self._moments(setting.enrolled)
        categories = dict(self.aggregates.categories)
        for name, values in setting.columns.items():
            if name in categories:
                levels = np.array([*categories[name].levels, None], dtype=object)
                columns[name] = levels[np.nan_to_num(values, nan=-1.0).astype(int)]
            else:
                self._add_score(columns, name, values)
        return columns

    def interviews(self) -> dict[str, Any]:
        """One row for each interview held."""
        drawn = self.drawn
        client, wave = np.nonzero(drawn.held)
        dates = drawn.setting.dates[client, wave]
        plan = np.array(self.layout.waves)[wave]
        waves = self.manifest.waves
        if waves is not None and waves.window is not None:
            plan = np.round(dates - drawn.setting.enrolled[client], 2)
        columns: dict[str, Any] = {
            CLIENT: self.client[client], WAVE: plan, DATE: self._moments(dates)
        }  # fmt: skip
        for name, scores in drawn.scores.items():
            known = np.where(drawn.answered[name], scores, np.nan)
            self._add_score(columns, name, known[client, wave])
        return columns

    def spells(self) -> dict[str, Any]:
        """One row for each client and case manager: a share of the clients has two."""
        enrolled = self.drawn.setting.enrolled
        first, second = self._managers()
        rows = np.flatnonzero(first != second)
        length = self.layout.waves[-1] - self.layout.waves[0]
        change = whole_days(enrolled + self.rng.random(len(enrolled)) * length)
        end = np.full(len(enrolled), np.nan)
        end[rows] = change[rows]
        who = np.concatenate([np.arange(len(enrolled)), rows])
        columns: dict[str, Any] = {
            CLIENT: self.client[who],
            MANAGER: np.concatenate([first, second[rows]]),
            START: self._moments(np.concatenate([enrolled, change[rows] + 1 / DAYS_PER_MONTH])),
            END: self._moments(np.concatenate([end, np.full(len(rows), np.nan)])),
        }
        if TEAM in self.names:
            columns[TEAM] = self.names[TEAM][who]
        return columns

    def _managers(self) -> tuple[Array, Array]:
        """First and last case manager of each client, in one scored cluster."""
        n = self.aggregates.n_clients
        first = self.names.get(MANAGER, np.full(n, None, dtype=object))
        second, around = first.copy(), self.names[self.layout.scored_level]
        changes, choice = self.rng.random((2, n))
        colleagues = pd.Series(first).groupby(around).unique()
        for row in np.flatnonzero(changes < self.aggregates.changed_manager):
            others = [name for name in colleagues[around[row]] if name != first[row]]
            if others:
                second[row] = others[int(choice[row] * len(others))]
        return first, second

    def goals(self) -> dict[str, Any]:
        """As many rows for each interview with a goal score as clients have goals on average."""
        name = next(n for n, s in self.manifest.scores.items() if not s.items)
        attained = self.manifest.scores[name].attained[0]
        drawn = self.drawn
        n_goals = max(1, round(self.aggregates.n_goals))
        client, wave = np.nonzero(drawn.answered[name])
        n_attained = np.rint(drawn.scores[name][client, wave] * n_goals)
        goal = np.tile(np.arange(n_goals), len(client))
        status = np.where(goal < np.repeat(n_attained, n_goals), attained, NOT_ATTAINED)
        months = np.array(self.layout.waves)[wave]
        return {
            CLIENT: np.repeat(self.client[client], n_goals),
            WAVE: np.repeat(months, n_goals),
            STATUS: status.astype(object),
        }

    def _add_score(self, columns: dict[str, Any], name: str, values: Array) -> None:
        """Add a column, or the items that make it."""
        entry = self.manifest.scores.get(name)
        if entry is None:
            columns[name] = values
        elif entry.items:
            shape = next(each for each in self.aggregates.items if each.score == name)
            key = self.manifest.instrument(name)
            items = draw_items(values, shape, key, entry, self.rng)
            for item, column in zip(key.items, items.T, strict=True):
                columns[item_column(name, item)] = column

    def _moments(self, months: Array) -> Any:
        """Dates of the invented calendar, or months on the study's clock."""
        if not in_days(self.manifest):
            return np.round(months + self.aggregates.schedule.origin, 2)
        days = np.rint(np.nan_to_num(months) * DAYS_PER_MONTH).astype(int)
        texts = [(FIRST_DAY + timedelta(int(day))).isoformat() for day in days]
        found = np.array(texts, dtype=object)
        found[np.isnan(months)] = None
        return found
