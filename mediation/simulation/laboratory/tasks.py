"""The work cut into tasks: a cell, methods that share a fit, some chunks of studies."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from importlib.metadata import version

from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.design import CHUNK, Design, Kind, Method
from mediation.simulation.laboratory.fits import shared_fit
from mediation.simulation.laboratory.studies import cell_key

FORMAT = 1
"""Changed when parts of another version of the laboratory are no longer the same numbers."""

# Chunks in one task: a second or so of work, so that little is lost when a run is stopped.
CHUNKS = {Kind.ANALYTIC: 10, Kind.JOINT_MODEL: 2, Kind.RESAMPLED: 1}
WIDTHS = 500
"""Limits are computed, for their width, in so many studies of a cell."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some studies of a cell, analyzed by methods that share a fit.

    Attributes
    ----------
    cell : Cell
    methods : tuple of Method
    effects : tuple of str
    seed : int
    first_chunk : int
    n_studies : int
    """

    cell: Cell
    methods: tuple[Method, ...]
    effects: tuple[str, ...]
    seed: int
    first_chunk: int
    n_studies: int

    @property
    def name(self) -> str:
        """Hash of the cell, the methods that share the fit, the effects, the seed and the studies.

        Names of methods do not count, nor do other cells or methods with a fit of their own. A
        further method that shares the fit, or another list of effects, makes a part anew, with
        the same numbers for what was there. More studies keep all parts but a last, shorter one.
        """
        facts = {
            "format": FORMAT,
            "version": _version(),
            "cell": cell_key(self.cell),
            "methods": [method.key for method in self.methods],
            "effects": self.effects,
            "seed": self.seed,
            "first_chunk": self.first_chunk,
            "n_studies": self.n_studies,
            "chunk": CHUNK,
            "widths": WIDTHS,
        }
        return blake2b(json.dumps(facts).encode(), digest_size=12).hexdigest()


@cache
def _version() -> str:
    return version("mediation")


def tasks_of(design: Design) -> list[Task]:
    """Cut a design into tasks, cheap methods of all cells first.

    Parameters
    ----------
    design : Design

    Returns
    -------
    list of Task
    """
    groups: dict[tuple[Kind, str], list[Method]] = {}
    for method in design.methods:
        groups.setdefault((method.kind, shared_fit(method)), []).append(method)
    tasks = []
    for kind in Kind:
        n_studies, size = design.studies_of(kind), CHUNKS[kind] * CHUNK
        for cell in design.cells:
            for (of_kind, _), methods in groups.items():
                if of_kind is kind:
                    tasks += [
                        Task(
                            cell,
                            tuple(methods),
                            design.effects,
                            design.seed,
                            start // CHUNK,
                            min(size, n_studies - start),
                        )
                        for start in range(0, n_studies, size)
                    ]
    return tasks
