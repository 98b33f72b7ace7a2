"""Aggregates of the items of scored columns, and of goals."""

from __future__ import annotations

import numpy as np

from mediation.simulation.twin.aggregates import ItemShape
from mediation.simulation.twin.rounding import published, share_of
from mediation.study.manifest import CLIENT, WAVE, TableRole
from mediation.study.study import Study


def measure_items(study: Study, minimum: int) -> tuple[ItemShape, ...]:
    """Describe the items of every scored column by their means.

    Parameters
    ----------
    study : Study
    minimum : int
        An item with fewer responses has the mean of all.

    Returns
    -------
    tuple of ItemShape
    """
    found = []
    for name, entry in study.manifest.scores.items():
        if not entry.items:
            continue
        items = study.items(name)
        values = items.to_numpy(dtype=float)
        known = np.isfinite(values)
        overall = float(np.nanmean(values))
        n = known.sum(axis=0)
        means = np.where(
            n >= minimum, np.where(known, values, 0.0).sum(axis=0) / np.maximum(n, 1), overall
        )
        answered = known.any(axis=1)
        left = values - means
        own = np.nanmean(left[answered], axis=1)
        spread = float(np.nanstd(left[answered] - own[:, None]))
        missing = share_of(int((~known[answered]).sum()), known[answered].size, minimum)
        shown = tuple(published(float(mean)) for mean in means)
        found.append(ItemShape(name, shown, published(spread, 2), missing))
    return tuple(found)


def measure_goals(study: Study) -> float:
    """Mean number of goals of a client at an interview; zero without a table of goals."""
    if TableRole.GOALS not in study.manifest.roles:
        return 0.0
    goals = study.frame(TableRole.GOALS)
    return published(float(goals.groupby([CLIENT, WAVE]).size().mean()))
