"""Draw a twin from its aggregates: nothing else of the study is at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mediation.arrays import IntArray
from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.layout import Layout
from mediation.simulation.twin.people import People, draw_people
from mediation.simulation.twin.places import Places, draw_places
from mediation.simulation.twin.realize import Drawn, realize
from mediation.simulation.twin.setting import in_days
from mediation.simulation.twin.tables import Frames, tables_of

PREFIX = "twin"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Twin:
    """A drawn twin; clients can be drawn anew.

    Attributes
    ----------
    aggregates : Aggregates
    layout : Layout
    places : Places
    people : People
    drawn : Drawn
    """

    aggregates: Aggregates
    layout: Layout
    places: Places
    people: People
    drawn: Drawn

    def redrawn(self, rows: IntArray, rng: np.random.Generator) -> Twin:
        """Draw some clients anew from the same equations, in the same clusters."""
        people = self.people.redrawn(rows, rng)
        drawn = realize(self.aggregates, self.layout, self.places, people)
        return replace(self, people=people, drawn=drawn)

    def tables(self, rng: np.random.Generator, prefix: str = PREFIX) -> Frames:
        """Give the tables with the study's headers; identifiers begin with `prefix`."""
        return tables_of(self.aggregates, self.layout, self.drawn, rng, prefix)


def draw_twin(aggregates: Aggregates, layout: Layout, rng: np.random.Generator) -> Twin:
    """Draw a twin.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout
        Of the study's manifest: names, ranges, rules and models.
    rng : numpy.random.Generator

    Returns
    -------
    Twin
    """
    places = draw_places(aggregates, layout.scored_level, in_days(layout.manifest), rng)
    people = draw_people(aggregates, rng)
    return Twin(aggregates, layout, places, people, realize(aggregates, layout, places, people))
