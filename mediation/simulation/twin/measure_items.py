"""Aggregates of the items of scored columns, and of goals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray
from mediation.simulation.twin.aggregates import ItemShape
from mediation.simulation.twin.rounding import coarse, share_of
from mediation.study.manifest import CLIENT, WAVE, TableRole
from mediation.study.study import Study


def measure_items(study: Study, minimum: int) -> tuple[ItemShape, ...]:
    """Describe the items of every scored column by their means.

    Parameters
    ----------
    study : Study
    minimum : int
        An item that fewer people responded to has the mean of all.

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
        people = _people(study, name, known)
        n = np.maximum(known.sum(axis=0), 1)
        enough = np.array([people(column) for column in known.T]) >= minimum
        means = np.where(enough, np.where(known, values, 0.0).sum(axis=0) / n, overall)
        answered = known.any(axis=1)
        key = study.manifest.instrument(name)
        # Reversed items say the same in the other direction.
        left = np.where(np.isin(key.items, key.reversed or ()), -1, 1) * (values - means)
        own = np.nanmean(left[answered], axis=1)
        spread = float(np.nanstd(left[answered] - own[:, None]))
        n_open = int((~known[answered]).sum())
        leaves_open = answered & ~known.all(axis=1)
        who = (people(leaves_open), people(answered))
        missing = share_of(n_open, known[answered].size, minimum, who)
        each = float(np.nanstd(values[answered]))
        shown = tuple(coarse(float(mean), each, max(who)) for mean in means)
        found.append(ItemShape(name, shown, coarse(spread, spread, max(who)), missing))
    return tuple(found)


def _people(study: Study, name: str, known: BoolArray) -> Callable[[BoolArray], int]:
    """Give a function that counts the clients that rows of items are of; else the assessments."""
    frame = study.frame(TableRole(study.manifest.scores[name].table))
    owner = pd.factorize(frame[CLIENT])[0] if CLIENT in frame else np.arange(len(known))
    return lambda rows: len(np.unique(owner[rows]))


def measure_goals(study: Study) -> float:
    """Mean number of goals of a client at an interview, rounded; zero without such a table."""
    if TableRole.GOALS not in study.manifest.roles:
        return 0.0
    goals = study.frame(TableRole.GOALS)
    return float(round(goals.groupby([CLIENT, WAVE]).size().mean()))
