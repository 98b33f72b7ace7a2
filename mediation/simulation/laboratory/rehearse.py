"""Whether methods can analyze the studies of a cell at all, before any is simulated in earnest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from mediation.errors import MediationError
from mediation.estimation.design import prepare
from mediation.inference.bootstrap import LEAST_CLUSTERS, Bootstrap
from mediation.simulation.batch import simulate_batch
from mediation.simulation.cell import PAIR, Cell
from mediation.simulation.laboratory.design import Method
from mediation.vocabulary import Resample

Structure = tuple[object, ...]


def _draws_clusters(method: Method) -> bool:
    interval = method.interval
    return isinstance(interval, Bootstrap) and interval.resample is Resample.CLUSTERS


class Rehearsal:
    """Sets up the equations of every method in one study of a cell.

    What stops them depends on clusters and on whether fidelity changes, not on effects: cells that
    have these in common are rehearsed once.

    Parameters
    ----------
    methods : iterable of Method

    Examples
    --------
    >>> import mediation as med
    >>> rehearsal = Rehearsal((Method("default", med.MixedModels(), med.MonteCarlo()),))
    >>> rehearsal.problem(Cell((10,) * 7)) is None
    True
    >>> rehearsal.problem(Cell((10, 10)))[:42]
    'There must be at least 5 clusters at the p'
    """

    def __init__(self, methods: Iterable[Method]) -> None:
        self._methods = tuple(methods)
        self._known: dict[Structure, str | None] = {}

    def problem(self, cell: Cell) -> str | None:
        """Say why studies of a cell cannot be analyzed; None if they can.

        Parameters
        ----------
        cell : Cell
        """
        structure = (
            cell.team_sizes,
            cell.teams_per_organization,
            cell.time_varying,
            cell.predictor_organization_share == 1,
        )
        if structure not in self._known:
            self._known[structure] = self._rehearse(cell)
        return self._known[structure]

    def _rehearse(self, cell: Cell) -> str | None:
        plain = replace(cell, a=0.0, b=0.0, slope_sd=0.0, skew=0.0, ceiling_share=0.0)
        frame = simulate_batch(plain.truth(), PAIR, 1, np.random.default_rng(0)).frame()
        models = dict.fromkeys(method.model(cell) for method in self._methods)
        for model in models:
            try:
                prepare(model, frame)
            except MediationError as error:
                return str(error)
        n_outer = len(cell.teams_per_organization or cell.team_sizes)
        for method in self._methods:
            if _draws_clusters(method) and n_outer < LEAST_CLUSTERS:
                return (
                    f"A bootstrap of whole clusters needs at least {LEAST_CLUSTERS} of them. "
                    f"`{method.name}` finds {n_outer}. Leave it out, or take more clusters."
                )
        return None
