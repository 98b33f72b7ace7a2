"""What is known of a person in a study or its twin, side by side, to look for equal ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.draw import Twin
from mediation.simulation.twin.exposure import Assessments
from mediation.simulation.twin.panel import Panel

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Records:
    """Values of each client without identifiers, clusters and dates.

    Attributes
    ----------
    columns : dict of str to ndarray, shape (n_clients,)
        Of the table of clients; texts or numbers.
    scores : dict of str to ndarray, shape (n_clients, n_waves)
        NaN where not interviewed or not answered.
    """

    columns: dict[str, NDArray[np.object_]]
    scores: dict[str, Array]

    def clients(self) -> Hashes | None:
        """One number for each client's columns, equal for equal ones; None without columns."""
        return _hashed(pd.DataFrame(self.columns)) if self.columns else None

    def persons(self) -> Hashes:
        """One number for each client's columns and scores at all interviews."""
        wide = {
            f"{name}@{wave}": column
            for name, values in self.scores.items()
            for wave, column in enumerate(values.T)
        }
        return _hashed(pd.DataFrame({**self.columns, **wide}))

    def interviews(self) -> tuple[IntArray, Hashes]:
        """One number for each interview with its client's columns, and the client it is of.

        Interviews without any score are left out.
        """
        known = np.isfinite(np.stack(list(self.scores.values()))).any(axis=0)
        client, wave = np.nonzero(known)
        long = {name: values[client, wave] for name, values in self.scores.items()}
        own = {name: values[client] for name, values in self.columns.items()}
        return client, _hashed(pd.DataFrame({"wave": wave, **own, **long}))


def records_of_panel(panel: Panel) -> Records:
    """Give the records of a study that was read from files."""
    columns = {name: _texts(panel.units[name]) for name in panel.layout.covariates}
    return Records(columns, panel.scores)


def records_of_twin(twin: Twin) -> Records:
    """Give the records of a twin as they will be read from its files."""
    drawn, columns = twin.drawn, {}
    categories = dict(twin.aggregates.categories)
    for name in twin.layout.covariates:
        values = drawn.setting.columns[name]
        if name in categories:
            levels = np.array([*categories[name].levels, None], dtype=object)
            columns[name] = _texts(pd.Series(levels[np.nan_to_num(values, nan=-1.0).astype(int)]))
        else:
            columns[name] = _texts(pd.Series(values))
    scores = {
        name: np.where(drawn.answered[name], drawn.scores[name], np.nan)
        for name in twin.layout.scores
    }
    return Records(columns, scores)


def fidelity_records(assessments: Assessments) -> Hashes:
    """One number for each cluster's assessments: days since its first, and scores."""
    months = assessments.months - np.nanmin(assessments.months, axis=1, keepdims=True)
    # Assessments that a cluster lacks may lie anywhere in the arrays.
    order = np.argsort(months, axis=1, kind="stable")
    parts = [np.round(months, 2), *assessments.scores.values()]
    rows = np.column_stack([np.take_along_axis(part, order, axis=1) for part in parts])
    return np.array([hash(tuple(row[np.isfinite(row)])) % 2**63 for row in rows], dtype=np.uint64)


def _texts(values: pd.Series) -> NDArray[np.object_]:
    """Values as they would be written: numbers to six decimals."""
    if values.dtype.kind in "fiu":
        numbers = values.to_numpy(dtype=float)
        return np.array([f"{number:.6f}" for number in numbers], dtype=object)
    known = values.notna().to_numpy()
    return np.where(known, values.astype(object).astype(str).to_numpy(dtype=object), "")


def _hashed(frame: pd.DataFrame) -> Hashes:
    rounded = frame.copy()
    for name in frame:
        if frame[name].dtype.kind == "f":
            # Zero has one sign.
            rounded[name] = frame[name].round(6) + 0.0
    hashes: Hashes = np.asarray(pd.util.hash_pandas_object(rounded, index=False), np.uint64)
    return hashes
