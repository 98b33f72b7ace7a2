"""Counted scores as histograms, one for each variable and wave."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mediation.reporting.contents import ReportContents
from mediation.reporting.format import months
from mediation.reporting.suppression import Histogram, histogram
from mediation.reporting.wording import label, labels_of


@dataclass(frozen=True, slots=True, eq=False)
class ScorePanel:
    """One variable at one wave; `bins` is None where there are too few people to show."""

    name: str
    label: str
    where: str
    bins: Histogram | None


def score_panels(contents: ReportContents) -> tuple[ScorePanel, ...]:
    """Bin the scores of a report, by variable and wave.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    tuple of ScorePanel
        Empty without scores.
    """
    if contents.scores is None:
        return ()
    ends = {variable.name: (variable.low, variable.high) for variable in contents.variables}
    labels = labels_of(contents)
    panels = []
    grouped = contents.scores.groupby(["variable", "wave"], sort=False, dropna=False)
    for key, part in grouped:
        name, wave = str(key[0]), float(str(key[1]))
        bins = histogram(
            part["value"].to_numpy(dtype=np.float64),
            part["count"].to_numpy(dtype=np.float64),
            ends.get(name, (None, None)),
            contents.minimum_cell,
        )
        where = "" if math.isnan(wave) else f"{months(wave)} months"
        panels.append(ScorePanel(name, label(name, labels), where, bins))
    return tuple(panels)
