"""Which rows an analysis uses, so that no two analyses tell of a few people by their difference."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray
from mediation.model import MediationModel
from mediation.study.manifest import CLIENT
from mediation.vocabulary import MissingMethod

Sample = frozenset[object]


def sample_of(model: MediationModel, frame: pd.DataFrame, method: MissingMethod) -> Sample:
    """List who is analyzed.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        Linked rows.
    method : MissingMethod
        Decides which missing values lose a row.

    Returns
    -------
    frozenset
        Clients, or rows of a flat study.
    """
    needed = [*model.columns, *model.clusters]
    measured: list[str] = []
    if method is MissingMethod.MULTIPLE_IMPUTATION:
        needed = [model.predictor, *model.clusters]
    elif method is MissingMethod.FULL_INFORMATION:
        measured = [*model.mediators, model.outcome]
        needed = [name for name in needed if name not in measured]
    kept: BoolArray = np.ones(len(frame), dtype=bool)
    for name in needed:
        kept &= frame[name].notna().to_numpy()
    if measured:
        kept &= ~np.asarray(frame[measured].isna(), dtype=bool).all(axis=1)
    people = frame[CLIENT] if CLIENT in frame else pd.Series(frame.index)
    return frozenset(people[kept].tolist())


class Samples:
    """The samples that are shown: each two differ by nobody, or by enough people."""

    def __init__(self, minimum: int) -> None:
        self.minimum = minimum
        self._shown: dict[Sample, bool] = {}

    def may_show(self, sample: Sample) -> bool:
        """Whether an analysis of a sample may stand beside those shown; if so, it is shown."""
        if sample not in self._shown:
            others = [other for other, is_shown in self._shown.items() if is_shown]
            few = any(0 < len(sample ^ other) < self.minimum for other in others)
            self._shown[sample] = not few and len(sample) >= self.minimum
        return self._shown[sample]
