"""Times, columns of clients and fidelity of a twin: what its scores depend on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.exposure import Whereabouts, exposure
from mediation.simulation.twin.layout import Layout
from mediation.simulation.twin.margins import draw_category, draw_number
from mediation.simulation.twin.panel import knows_beginnings
from mediation.simulation.twin.people import People
from mediation.simulation.twin.places import Places, whole_days
from mediation.study.entries import Clock
from mediation.study.manifest import CALENDAR, Manifest

# Interviews lie at most so many SDs, and this share of the window, from their plan.
_CUT_DAYS = 2.5
_OF_WINDOW = 0.95


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Setting:
    """What scores depend on; months are counted from the plan's first round.

    Attributes
    ----------
    enrolled : ndarray, shape (n_clients,)
    dates : ndarray, shape (n_clients, n_waves)
    columns : dict of str to ndarray, shape (n_clients,)
        Columns of the clients: numbers, or positions of levels; NaN where missing.
    fidelity, linked : ndarray, shape (n_clients, n_waves)
        The predictor as a cause, known at every interview; and as it will be linked.
    """

    enrolled: Array
    dates: Array
    columns: dict[str, Array]
    fidelity: Array
    linked: Array

    def regressors(self, aggregates: Aggregates) -> dict[str, Array]:
        """Columns that slopes multiply, by the name of the coefficient."""
        found: dict[str, Array] = {CALENDAR: self.dates}
        categories = dict(aggregates.categories)
        for name, values in self.columns.items():
            if name not in categories:
                found[name] = values[:, None]
                continue
            for k, level in enumerate(categories[name].levels):
                dummy = np.where(np.isnan(values), np.nan, (values == k).astype(float))
                found[f"{name}[{level}]"] = dummy[:, None]
        return found


def set_up(aggregates: Aggregates, layout: Layout, places: Places, people: People) -> Setting:
    """Work out times, columns of clients and fidelity.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout
    places : Places
    people : People

    Returns
    -------
    Setting
    """
    enrolled, dates = _times(aggregates, layout, people)
    fidelity, linked = _fidelity(aggregates, layout, places, (enrolled, dates))
    return Setting(enrolled, dates, _columns(aggregates, places, people), fidelity, linked)


def in_days(manifest: Manifest) -> bool:
    """Whether the study writes dates, rather than months."""
    return manifest.linkage is not None and manifest.linkage.clock is Clock.DATE


def _times(aggregates: Aggregates, layout: Layout, people: People) -> tuple[Array, Array]:
    plan, manifest = aggregates.schedule, layout.manifest
    width = 3**0.5 * plan.enrolled_sd
    enrolled = plan.enrolled_mean + width * (2 * people.uniform["enrolled"][:, 0] - 1)
    shift = np.clip(people.normal["day"], -_CUT_DAYS, _CUT_DAYS) * np.array(plan.deviation_sds)
    shift = shift + np.array(plan.deviations)
    if manifest.waves is not None and manifest.waves.window is not None:
        most = _OF_WINDOW * manifest.waves.window
        shift = np.clip(shift, -most, most)
    in_whole = whole_days if in_days(manifest) else _hundredths
    enrolled = in_whole(enrolled)
    dates = in_whole(enrolled[:, None] + np.array(layout.waves) + shift)
    # Normal deviations reach back before enrollment also where those of the study do not.
    return enrolled, np.maximum(dates, enrolled[:, None])


def _hundredths(months: Array) -> Array:
    return np.round(months, 2)


def _columns(aggregates: Aggregates, places: Places, people: People) -> dict[str, Array]:
    found: dict[str, Array] = {}
    normal, uniform = people.normal["number"], people.uniform
    if aggregates.numbers:
        normal = normal @ np.linalg.cholesky(np.array(aggregates.number_correlations)).T
    for k, (name, margin) in enumerate(aggregates.numbers):
        values = draw_number(margin, normal[:, k], uniform["number"][:, k])
        found[name] = np.where(uniform["number_missing"][:, k] < margin.missing, np.nan, values)
    for k, (name, shares) in enumerate(aggregates.categories):
        values = draw_category(shares, uniform["category"][:, k])
        hidden = uniform["category_missing"][:, k] < shares.missing
        found[name] = np.where(hidden, np.nan, values)
    levels = [level.name for level in aggregates.levels]
    for name, level in aggregates.constant_in:
        # All have what the first client of their cluster has.
        code = places.codes[levels.index(level)]
        _, first, back = np.unique(code, return_index=True, return_inverse=True)
        found[name] = found[name][first[back]]
    return found


def _fidelity(
    aggregates: Aggregates, layout: Layout, places: Places, times: tuple[Array, Array]
) -> tuple[Array, Array]:
    linkage = layout.manifest.linkage
    levels = [level.name for level in aggregates.levels]
    codes = places.codes[levels.index(layout.scored_level)]
    cluster = np.unique(codes, return_inverse=True)[1]
    group = None
    if linkage is not None and linkage.fidelity_level is not None:
        group = places.outer[levels.index(linkage.fidelity_level)]
    begins = times[0] if knows_beginnings(layout.manifest) else None
    where = Whereabouts(cluster.astype(np.int64), group, begins)
    cause = exposure(layout, places.assessments, where, times[1], known=True)
    return cause, exposure(layout, places.assessments, where, times[1])
