"""Checks of what a twin discloses, run on the files that were written."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.errors import SimulationError
from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.apart import equal_clients, equal_clusters
from mediation.simulation.twin.distances import Nearness, nearness
from mediation.simulation.twin.measure_structure import number_columns, units_behind
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.records import records_of_panel
from mediation.study.manifest import CLIENT
from mediation.study.study import Study


@dataclass(frozen=True, slots=True)
class DisclosureChecks:
    """What was looked for, and what was found.

    Attributes
    ----------
    equal_persons : int
        Clients of the twin equal to a real one in all columns and all scores. Always 0.
    equal_interviews, equal_clients : int or None
        Clients with an interview, with its client's columns, equal to a real one; and clients
        with columns equal to those of a real one. Always 0, but None for a kind of record of
        which more than a tenth agree by chance: those stay.
    equal_clusters : int or None
        Clusters whose assessments are those of a real one, all days since the first and all
        scores; likewise.
    equal_identifiers : int
        Identifiers of clients and clusters that the study has too. Always 0.
    smallest_cell : int
        Fewest people or clusters behind any figure of `aggregates.json`.
    minimum : int
    near : Nearness
    """

    equal_persons: int
    equal_interviews: int | None
    equal_clients: int | None
    equal_clusters: int | None
    equal_identifiers: int
    smallest_cell: int
    minimum: int
    near: Nearness


def check_disclosure(
    studies: tuple[Study, Study],
    panels: tuple[Panel, Panel],
    aggregates: Aggregates,
    common: tuple[str, ...],
    rng: np.random.Generator,
) -> DisclosureChecks:
    """Run every check.

    Parameters
    ----------
    studies, panels : tuple of two
        The study and its twin as read from the written files.
    aggregates : Aggregates
    common : tuple of str
        Kinds of records that agree by chance, see `draw_apart`.
    rng : numpy.random.Generator
        For the order in which records are compared where there are many.

    Returns
    -------
    DisclosureChecks

    Raises
    ------
    SimulationError
        If anything is found that must not be.
    """
    study, twin = (records_of_panel(panel) for panel in panels)
    equal = {kind: int(each.sum()) for kind, each in equal_clients(twin, study).items()}
    clusters = equal_clusters(panels[1].assessments, panels[0].assessments)
    equal["clusters"] = int(clusters.sum())
    kinds = ("interviews", "clients", "clusters")
    counted = {kind: None if kind in common else equal.get(kind, 0) for kind in kinds}
    checks = DisclosureChecks(
        equal_persons=equal["persons"],
        equal_interviews=counted["interviews"],
        equal_clients=counted["clients"],
        equal_clusters=counted["clusters"],
        equal_identifiers=len(identifiers(studies[0]) & identifiers(studies[1])),
        smallest_cell=smallest_cell(panels[0], aggregates),
        minimum=aggregates.minimum,
        near=nearness(twin, study, rng),
    )
    found = [checks.equal_persons, checks.equal_identifiers]
    found += [number or 0 for number in counted.values()]
    if any(found) or checks.smallest_cell < checks.minimum:
        raise SimulationError(
            "A twin must have no record and no identifier of the study, and no figure that rests "
            f"on fewer than {checks.minimum}. Found {sum(found)} equal records or identifiers, and "
            f"a smallest cell of {checks.smallest_cell}. Nothing was written; try another seed."
        )
    return checks


def identifiers(study: Study) -> set[str]:
    """Collect the identifiers of clients and clusters in all tables."""
    found: set[str] = set()
    keys = {CLIENT, *study.manifest.cluster_columns}
    for role in study.manifest.roles:
        frame = study.frame(role)
        for name in keys & set(frame):
            found |= set(frame[name].dropna().astype(str))
    return found


def smallest_cell(panel: Panel, aggregates: Aggregates) -> int:
    """Count again, from the data, the people or clusters behind the figures that were taken."""
    minimum = aggregates.minimum
    cells = [len(np.unique(panel.scored)), len(panel.units)]
    for name, margin in aggregates.numbers:
        own = number_columns(panel)[name][units_behind(panel, name)]
        n_known = int(np.isfinite(own).sum())
        if margin.sd > 0:
            cells.append(n_known // len(margin.groups))
    for name, shares in aggregates.categories:
        counts = panel.units[name].iloc[units_behind(panel, name)].value_counts()
        hidden = round(minimum / 2 / max(int(counts.sum()), minimum), 2)
        for shown, share in zip(shares.levels, shares.shares, strict=True):
            if share > hidden and shown in counts.index:
                cells.append(int(counts[shown]))
    for score in aggregates.scores:
        known = np.isfinite(panel.scores[score.name]).sum(axis=0)
        published_apart = [n for n in known if n >= minimum]
        cells += [int(n) for n in published_apart]
    for level in aggregates.levels:
        if level.sd > 0:
            cells.append(level.n)
    return min(cells)
