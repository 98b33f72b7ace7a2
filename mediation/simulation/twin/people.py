"""Standard random numbers of the clients of a twin; rows can be drawn anew, one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.aggregates import Aggregates


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class People:
    """Deviates of each client, first dimension n_clients.

    Attributes
    ----------
    normal : dict of str to ndarray
        `number` (n, n_numbers), `lasting` and `own` (n, n_scores), `passing` (n, n_waves,
        n_scores), `day` (n, n_waves).
    uniform : dict of str to ndarray
        `enrolled` (n, 1), `number`, `number_missing` (n, n_numbers), `category`,
        `category_missing` (n, n_categories), `score`, `score_missing` (n, n_waves, n_scores),
        `leaves`, `misses` (n, n_waves), `spell` (n, 3).
    """

    normal: dict[str, Array]
    uniform: dict[str, Array]

    def redrawn(self, rows: IntArray, rng: np.random.Generator) -> People:
        """Give the same with other numbers for some clients."""
        normal = {name: values.copy() for name, values in self.normal.items()}
        uniform = {name: values.copy() for name, values in self.uniform.items()}
        for values in normal.values():
            values[rows] = rng.standard_normal((len(rows), *values.shape[1:]))
        for values in uniform.values():
            values[rows] = rng.random((len(rows), *values.shape[1:]))
        return People(normal, uniform)


def draw_people(aggregates: Aggregates, rng: np.random.Generator) -> People:
    """Draw the numbers of all clients.

    Parameters
    ----------
    aggregates : Aggregates
    rng : numpy.random.Generator

    Returns
    -------
    People
    """
    n, scores = aggregates.n_clients, len(aggregates.scores)
    waves = len(aggregates.schedule.deviations)
    numbers, categories = len(aggregates.numbers), len(aggregates.categories)
    normal = {
        "number": (numbers,),
        "lasting": (scores,),
        "own": (scores,),
        "passing": (waves, scores),
        "day": (waves,),
    }
    uniform = {
        "enrolled": (1,),
        "number": (numbers,),
        "number_missing": (numbers,),
        "category": (categories,),
        "category_missing": (categories,),
        "score": (waves, scores),
        "score_missing": (waves, scores),
        "leaves": (waves,),
        "misses": (waves,),
        "spell": (3,),
    }
    return People(
        {name: rng.standard_normal((n, *shape)) for name, shape in normal.items()},
        {name: rng.random((n, *shape)) for name, shape in uniform.items()},
    )
