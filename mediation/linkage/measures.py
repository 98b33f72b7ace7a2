"""How well the scales of a study measure: at each wave, over all clients and by cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import IntArray
from mediation.instruments.extremes import Extremes, count_extremes
from mediation.instruments.instrument import Instrument
from mediation.instruments.measure import Measurement, measure
from mediation.instruments.scale import range_of
from mediation.study.manifest import CLIENT, WAVE, WAVE_TOLERANCE, TableRole
from mediation.study.scoring import ScoreCounts
from mediation.study.study import Study


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScaleMeasures:
    """One score of `[scores.*]`.

    Attributes
    ----------
    name, label : str
    instrument : Instrument
    subscale : str or None
    cluster : str or None
        Level of the coefficients within and between clusters.
    counts : ScoreCounts
        Over all rows of its table.
    at : tuple of (float or None, Measurement)
        By wave; None for a table without waves. Empty for goals, which have no items.
    is_predictor : bool
        Whether the score is the predictor of a model.
    ends_of_goals : tuple of (float or None, Extremes)
        Of goal attainment: the shares of none and of all goals attained.
    """

    name: str
    label: str
    instrument: Instrument
    subscale: str | None
    cluster: str | None
    counts: ScoreCounts
    at: tuple[tuple[float | None, Measurement], ...]
    is_predictor: bool
    ends_of_goals: tuple[tuple[float | None, Extremes], ...] = ()

    @property
    def ends(self) -> tuple[tuple[float | None, Extremes], ...]:
        """Scores at the ends of their range, by wave."""
        return self.ends_of_goals or tuple((wave, found.extremes) for wave, found in self.at)


def measure_scales(study: Study) -> tuple[ScaleMeasures, ...]:
    """Measure every scale of a study that is scored from items or goals.

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of ScaleMeasures
        In the order of the manifest.
    """
    return tuple(
        _scale(study, name) if entry.items else _goals(study, name)
        for name, entry in study.manifest.scores.items()
    )


def _goals(study: Study, name: str) -> ScaleMeasures:
    """Count the shares of goals attained that are 0 and 1; there is nothing else to measure."""
    key = study.manifest.instrument(name)
    frame = study.frame(TableRole.INTERVIEWS)
    values = frame[name].to_numpy(dtype=float)
    ends = tuple(
        (wave, count_extremes(values[rows], *range_of(key)))
        for wave, rows in _waves(study, TableRole.INTERVIEWS, frame)
    )
    return ScaleMeasures(
        name=name,
        label=study.manifest.variable(name).label,
        instrument=key,
        subscale=None,
        cluster=None,
        counts=study.score_counts[name],
        at=(),
        is_predictor=any(model.predictor == name for model in study.manifest.models),
        ends_of_goals=ends,
    )


def _scale(study: Study, name: str) -> ScaleMeasures:
    manifest = study.manifest
    entry, key = manifest.scores[name], manifest.instrument(name)
    role = TableRole(entry.table)
    frame, items = study.frame(role), study.items(name).to_numpy()
    cluster = _cluster(study, role)
    codes = _codes(study, frame, cluster)
    at = []
    for wave, rows in _waves(study, role, frame):
        by = None if codes is None else codes[rows]
        # Rows whose cluster is not known have no place in coefficients by cluster.
        is_known = np.ones(rows.sum(), dtype=bool) if by is None else by >= 0
        found = measure(
            key, items[rows][is_known], None if by is None else by[is_known],
            entry.metric, entry.subscale, entry.max_missing,
        )  # fmt: skip
        at.append((wave, found))
    return ScaleMeasures(
        name=name,
        label=manifest.variable(name).label,
        instrument=key,
        subscale=entry.subscale,
        cluster=cluster,
        counts=study.score_counts[name],
        at=tuple(at),
        is_predictor=any(model.predictor == name for model in manifest.models),
    )


def _cluster(study: Study, role: TableRole) -> str | None:
    """Give the level at which a table's coefficients are split: the innermost of the models."""
    manifest = study.manifest
    if role is TableRole.FIDELITY:
        return manifest.fidelity_cluster
    return manifest.clusters[-1] if manifest.clusters else None


def _codes(study: Study, frame: pd.DataFrame, cluster: str | None) -> IntArray | None:
    """Give a code for the cluster of every row; -1 where it is not known."""
    if cluster is None:
        return None
    if cluster in frame:
        names = frame[cluster]
    else:
        units = study.units
        names = frame[CLIENT].map(dict(zip(units[CLIENT], units[cluster], strict=True)))
    codes: IntArray = pd.factorize(names)[0].astype(np.int64)
    return codes


def _waves(
    study: Study, role: TableRole, frame: pd.DataFrame
) -> list[tuple[float | None, np.ndarray[tuple[int], np.dtype[np.bool_]]]]:
    if role is not TableRole.INTERVIEWS or study.manifest.waves is None:
        return [(None, np.ones(len(frame), dtype=bool))]
    held = frame[WAVE].to_numpy(dtype=float)
    return [
        (wave, np.abs(held - wave) < WAVE_TOLERANCE)
        for wave in study.manifest.waves.values
        if (np.abs(held - wave) < WAVE_TOLERANCE).any()
    ]
