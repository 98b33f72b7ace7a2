"""A study as arrays: clients by interviews, clusters by assessments. Inside the machine only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.simulation.twin.exposure import Assessments, Whereabouts, exposure
from mediation.simulation.twin.layout import Layout
from mediation.study.manifest import (
    CLIENT,
    DATE,
    ENROLLED,
    WAVE,
    WAVE_TOLERANCE,
    Manifest,
    TableRole,
)
from mediation.study.study import Study


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Panel:
    """Clients of a study; arrays of shape (n_clients, n_waves) unless said otherwise.

    Attributes
    ----------
    layout : Layout
    units : DataFrame, n_clients rows
    levels : tuple of str
        Cluster columns, outermost first.
    codes : tuple of ndarray, shape (n_clients,) each
        Clusters of each level, numbered; told apart by those around them, too.
    dates : ndarray
        Months on the study's clock; NaN without an interview.
    held : ndarray of bool
    scores : dict of str to ndarray
    enrolled : ndarray, shape (n_clients,)
        Given, or the first interview's date less its wave.
    assessments : Assessments
    fidelity : ndarray
        The predictor on the day of the interview by the study's rule; NaN where it has none.
    """

    layout: Layout
    units: pd.DataFrame
    levels: tuple[str, ...]
    codes: tuple[IntArray, ...]
    dates: Array
    held: BoolArray
    scores: dict[str, Array]
    enrolled: Array
    assessments: Assessments
    fidelity: Array

    @property
    def scored(self) -> IntArray:
        """Cluster of each client in which fidelity is scored, shape (n_clients,)."""
        return self.codes[self.levels.index(self.layout.scored_level)]


def panel_of(study: Study, layout: Layout) -> Panel:
    """Arrange the tables of a study.

    Parameters
    ----------
    study : Study
    layout : Layout

    Returns
    -------
    Panel
    """
    units = study.units
    interviews = study.frame(TableRole.INTERVIEWS)
    names, codes = _nested(units, layout)
    at = _positions(interviews, units, layout.waves)
    waves = np.array(layout.waves)
    shape = (len(units), len(waves))
    dates = _spread(interviews[DATE], at, shape)
    held = _spread(pd.Series(np.ones(len(interviews))), at, shape) == 1
    enrolled = _enrolled(units, dates, waves)
    assessments, cluster = _assessments(study, layout, units)
    begins = enrolled if knows_beginnings(layout.manifest) else None
    where = Whereabouts(cluster, _groups(layout, units), begins)
    return Panel(
        layout=layout,
        units=units,
        levels=names,
        codes=codes,
        dates=dates,
        held=held,
        scores={name: _spread(interviews[name], at, shape) for name in layout.scores},
        enrolled=enrolled,
        assessments=assessments,
        fidelity=exposure(layout, assessments, where, dates),
    )


def _nested(units: pd.DataFrame, layout: Layout) -> tuple[tuple[str, ...], tuple[IntArray, ...]]:
    """Cluster columns from few clusters to many, each cluster known by those around it."""
    columns = layout.manifest.cluster_columns
    names = tuple(sorted(columns, key=lambda name: (units[name].nunique(), name)))
    codes: list[IntArray] = []
    path = np.zeros(len(units), dtype=np.int64)
    for name in names:
        own = pd.factorize(units[name].astype(object), use_na_sentinel=False)[0]
        path = np.unique(np.column_stack([path, own]), axis=0, return_inverse=True)[1].ravel()
        codes.append(path.astype(np.int64))
    return names, tuple(codes)


def _positions(
    interviews: pd.DataFrame, units: pd.DataFrame, waves: tuple[float, ...]
) -> tuple[IntArray, IntArray, BoolArray]:
    """Row and column of each interview, and whether it has one."""
    client = pd.Index(units[CLIENT]).get_indexer(pd.Index(interviews[CLIENT]))
    distance = np.abs(interviews[WAVE].to_numpy(dtype=float)[:, None] - np.array(waves))
    distance = np.where(np.isnan(distance), np.inf, distance)
    wave = np.argmin(distance, axis=1)
    placed = (client >= 0) & (distance.min(axis=1) < WAVE_TOLERANCE)
    return client.astype(np.int64), wave.astype(np.int64), placed


def _spread(
    values: pd.Series, at: tuple[IntArray, IntArray, BoolArray], shape: tuple[int, int]
) -> Array:
    client, wave, placed = at
    array = np.full(shape, np.nan)
    array[client[placed], wave[placed]] = values.to_numpy(dtype=float)[placed]
    return array


def _enrolled(units: pd.DataFrame, dates: Array, waves: Array) -> Array:
    implied = dates - waves
    first = np.argmax(np.isfinite(implied), axis=1)
    from_interview: Array = implied[np.arange(len(implied)), first]
    if ENROLLED not in units:
        return from_interview
    given = units[ENROLLED].to_numpy(dtype=float)
    return np.where(np.isnan(given), from_interview, given)


def knows_beginnings(manifest: Manifest) -> bool:
    """Whether the study knows since when clients are served."""
    has_spells = TableRole.SPELLS in manifest.roles
    return has_spells or ENROLLED in manifest.columns(TableRole.CLIENTS)


def _groups(layout: Layout, units: pd.DataFrame) -> IntArray | None:
    """Cluster further out of each scored cluster, if the study lifts fidelity to that level."""
    linkage = layout.manifest.linkage
    if linkage is None or linkage.fidelity_level is None:
        return None
    first = units.drop_duplicates(layout.scored_level)[linkage.fidelity_level]
    return pd.factorize(first)[0].astype(np.int64)


def _assessments(study: Study, layout: Layout, units: pd.DataFrame) -> tuple[Assessments, IntArray]:
    """Assessments of the clusters that have clients, and each client's cluster among them."""
    level, frame = layout.scored_level, study.frame(TableRole.FIDELITY)
    cluster, names = pd.factorize(units[level])
    own = pd.Index(names).get_indexer(pd.Index(frame[level]))
    months = frame[DATE].to_numpy(dtype=float)
    usable = (own >= 0) & np.isfinite(months)
    frame, own, months = frame[usable], own[usable], months[usable]
    order = np.lexsort([months, own])
    own, months = own[order], months[order]
    place = np.arange(len(own)) - np.searchsorted(own, own)
    shape = (len(names), int(place.max()) + 1)
    found = {}
    for name in (DATE, *layout.fidelity_scores):
        array = np.full(shape, np.nan)
        array[own, place] = frame[name].to_numpy(dtype=float)[order]
        found[name] = array
    return Assessments(found.pop(DATE), found), cluster.astype(np.int64)
