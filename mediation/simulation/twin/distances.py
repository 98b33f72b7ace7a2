"""How near the records of a twin come to those of the study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.simulation.twin.records import Records
from mediation.simulation.twin.rounding import published

# More clients than this are represented by the first so many, in an order of chance.
_MOST = 1000
_CHUNK = 50


@dataclass(frozen=True, slots=True)
class Nearness:
    """Distances from a record to the nearest one of the study.

    Attributes
    ----------
    twin_median, twin_low : float
        Of the twin's records: median, and the value below which one in ten lie.
    study_median, study_low : float
        Of the study's records, to the nearest other one.
    """

    twin_median: float
    twin_low: float
    study_median: float
    study_low: float


def nearness(twin: Records, study: Records, rng: np.random.Generator) -> Nearness:
    """Compare distances to the nearest real record.

    The distance of two records is the mean, over the values that both have, of their difference:
    in standard deviations of the study for numbers and scores, 0 or 1 for categories.

    Parameters
    ----------
    twin, study : Records
    rng : numpy.random.Generator

    Returns
    -------
    Nearness
    """
    own, real = _matrix(twin, study), _matrix(study, study)
    own = own[rng.permutation(len(own))[:_MOST]]
    real = real[rng.permutation(len(real))[:_MOST]]
    to_real, among = _nearest(own, real), _nearest(real, real, itself=True)
    return Nearness(
        twin_median=published(float(np.median(to_real)), 2),
        twin_low=published(float(np.quantile(to_real, 0.1)), 2),
        study_median=published(float(np.median(among)), 2),
        study_low=published(float(np.quantile(among, 0.1)), 2),
    )


def _matrix(records: Records, study: Records) -> Array:
    """Columns in standard deviations of the study; categories as numbers far apart."""
    columns = []
    for name, values in records.columns.items():
        try:
            real = study.columns[name].astype(float)
            columns.append(values.astype(float) / (float(np.nanstd(real)) or 1.0))
        except ValueError:
            # Each level has a column; two that differ differ in two of them.
            for level in np.unique(study.columns[name].astype(str)):
                columns.append((values == level).astype(float) / 2)
    for name, scores in records.scores.items():
        spread = float(np.nanstd(study.scores[name])) or 1.0
        columns += list((scores / spread).T)
    return np.column_stack(columns)


def _nearest(rows: Array, others: Array, *, itself: bool = False) -> Array:
    """Distance of each row to the nearest other one."""
    found = []
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        apart = np.abs(chunk[:, None, :] - others)
        known = np.isfinite(apart)
        n = known.sum(axis=2)
        distance = np.where(known, apart, 0.0).sum(axis=2) / np.maximum(n, 1)
        distance[n == 0] = np.inf
        if itself:
            place = np.arange(len(chunk))
            distance[place, start + place] = np.inf
        found.append(distance.min(axis=1))
    return np.concatenate(found)
