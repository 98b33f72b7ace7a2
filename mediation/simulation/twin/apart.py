"""Keep the records of a twin apart from those of the study."""

from __future__ import annotations

import numpy as np

from mediation.arrays import BoolArray
from mediation.errors import SimulationError
from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.draw import Twin, draw_twin
from mediation.simulation.twin.exposure import Assessments
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.records import (
    Records,
    fidelity_records,
    records_of_panel,
    records_of_twin,
)

# Where more of the records agree by chance, agreement singles nobody out, and taking it away
# would show where the real ones are: in the gaps.
COMMON = 0.1
_MOST_ROUNDS = 50


def draw_apart(
    aggregates: Aggregates, panel: Panel, rng: np.random.Generator
) -> tuple[Twin, tuple[str, ...]]:
    """Draw a twin none of whose records equals one of the study.

    Parameters
    ----------
    aggregates : Aggregates
    panel : Panel
        Of the study.
    rng : numpy.random.Generator

    Returns
    -------
    twin : Twin
    common : tuple of str
        Kinds of records (`clusters`, `clients`, `interviews`) of which more than a tenth
        agreed by chance at first: they stay. Never `persons`.

    Raises
    ------
    SimulationError
        If some records are still equal after many draws.
    """
    common: tuple[str, ...] = ()
    for attempt in range(_MOST_ROUNDS):
        twin = draw_twin(aggregates, panel.layout, rng)
        equal = equal_clusters(twin.places.assessments, panel.assessments)
        if attempt == 0 and equal.mean() > COMMON:
            common = ("clusters",)
        if common or not equal.any():
            apart, more = set_apart(twin, records_of_panel(panel), rng)
            return apart, (*common, *more)
    raise _too_alike()


def equal_clusters(twin: Assessments, study: Assessments) -> BoolArray:
    """Find clusters whose assessments, all dates and scores, are those of a real cluster."""
    equal: BoolArray = np.isin(fidelity_records(twin), fidelity_records(study))
    return equal


def equal_clients(twin: Records, study: Records) -> dict[str, BoolArray]:
    """Find clients of a twin with a record that the study has too.

    Parameters
    ----------
    twin, study : Records

    Returns
    -------
    dict of str to ndarray of bool, shape (n_clients,)
        `persons`: all columns and all scores agree. `interviews`: one interview's scores and
        the client's columns. `clients`: the columns; not there if clients have none.
    """
    found = {"persons": np.isin(twin.persons(), study.persons())}
    client, interviews = twin.interviews()
    equal = np.zeros(len(found["persons"]), dtype=bool)
    equal[client[np.isin(interviews, study.interviews()[1])]] = True
    found["interviews"] = equal
    own, real = twin.clients(), study.clients()
    if own is not None and real is not None:
        found["clients"] = np.isin(own, real)
    return found


def set_apart(twin: Twin, study: Records, rng: np.random.Generator) -> tuple[Twin, tuple[str, ...]]:
    """Draw clients anew until no record equals one of the study.

    Parameters
    ----------
    twin : Twin
    study : Records
    rng : numpy.random.Generator

    Returns
    -------
    twin : Twin
    common : tuple of str
        Kinds of records (`clients`, `interviews`) of which more than a tenth agreed by chance
        at first: they stay. Never `persons`.

    Raises
    ------
    SimulationError
        If some records are still equal after a hundred rounds.
    """
    first = equal_clients(records_of_twin(twin), study)
    common = tuple(
        kind for kind, equal in first.items() if kind != "persons" and equal.mean() > COMMON
    )
    for _ in range(_MOST_ROUNDS):
        equal = equal_clients(records_of_twin(twin), study)
        rows = np.any([each for kind, each in equal.items() if kind not in common], axis=0)
        if not rows.any():
            return twin, common
        twin = twin.redrawn(np.flatnonzero(rows), rng)
    raise _too_alike()


def _too_alike() -> SimulationError:
    return SimulationError(
        "No record of a twin may equal one of the study. Found some that still do after "
        f"{_MOST_ROUNDS} draws: the study has too few different values. Do not share it this way."
    )
