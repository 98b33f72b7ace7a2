"""The rows without one cluster, analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mediation.errors import EstimationError, InferenceError, MediationError, SpecificationError
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.paths import Fit
from mediation.inference.infer import infer
from mediation.inference.interval import Interval
from mediation.inference.result import MediationResult
from mediation.model import MediationModel
from mediation.study.letters import natural_key
from mediation.vocabulary import Convergence, Level, PathName

if TYPE_CHECKING:
    from mediation.arrays import Array

STOPPED = "The optimiser stopped before the maximum."


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Without:
    """The analysis of all rows but those of one cluster.

    Attributes
    ----------
    level, cluster : str
        Column of the cluster, and its name.
    n_clients : int
        Rows that remain.
    result : MediationResult or None
        None where the remaining rows cannot be analysed. It holds no data and no draws.
    reason : str
        Why not; empty if they can.
    cook : float
        Cook's distance of the paths a and b (within clusters) from those of all rows, with the
        covariance of the remaining rows, by the number of paths.
    """

    level: str
    cluster: str
    n_clients: int
    result: MediationResult | None
    reason: str
    cook: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rest:
    """The rows that remain, and how they are analysed."""

    model: MediationModel
    frame: pd.DataFrame
    engine: Engine
    interval: Interval
    seed: int | Sequence[int]


def bare(result: MediationResult) -> MediationResult:
    """Give a result without its data and draws, so that many can be kept."""
    return replace(result, solution=None, fit=replace(result.fit, resampler=None))


def analyze_rest(rest: Rest, level: str, cluster: str, n_rest: int, everyone: Fit) -> Without:
    """Analyse what remains, or say why that cannot be."""
    nothing = Without(level, cluster, n_rest, None, STOPPED, float("nan"))
    try:
        fit = estimate(rest.model, rest.frame, rest.engine)
        if fit.convergence is Convergence.NOT_CONVERGED:
            return nothing
        found = infer(fit, rest.interval, np.random.default_rng(rest.seed))
    except (EstimationError, SpecificationError, InferenceError) as error:
        return replace(nothing, reason=shortly(error))
    return Without(level, cluster, n_rest, bare(found), "", _cook(everyone, fit))


def shortly(error: MediationError) -> str:
    """First sentence of a message: what was expected of the rows."""
    return f"{str(error).split('. ')[0].removesuffix('.')}."


def _cook(everyone: Fit, rest: Fit) -> float:
    """Distance of a and b within: change' covariance^-1 change by the number of paths."""
    wanted = [
        p
        for p in everyone.paths.parameters
        if p.path is PathName.A or (p.path is PathName.B and p.level is not Level.BETWEEN)
    ]
    if not set(wanted) <= set(rest.paths.parameters):
        return float("nan")
    here = [everyone.paths.parameters.index(p) for p in wanted]
    there = [rest.paths.parameters.index(p) for p in wanted]
    change: Array = everyone.paths.values[here] - rest.paths.values[there]
    covariance = rest.paths.covariance[np.ix_(there, there)]
    return float(change @ np.linalg.solve(covariance, change) / len(wanted))


def used_rows(model: MediationModel, frame: pd.DataFrame, n_used: int) -> pd.DataFrame:
    """Find the rows analysed: the complete ones, or those full information can use."""
    scores = [*model.mediators, model.outcome]
    others = [c for c in (*model.columns, *model.clusters) if c not in scores]
    known = frame[others].notna().all(axis=1)
    complete = frame[known & frame[scores].notna().all(axis=1)]
    if len(complete) == n_used:
        return complete
    return frame[known & frame[scores].notna().any(axis=1)]


def in_order(labels: pd.Series) -> list[object]:
    """List different clusters: "Team B" before "Team AA", 2 before 10.

    Examples
    --------
    >>> in_order(pd.Series(["Team AA", "Team B", "Team A", None, "Team B"]))
    ['Team A', 'Team B', 'Team AA']
    """
    found = list(labels.dropna().unique())
    ends = [str(name).rpartition(" ") for name in found]
    if all(end.isalpha() and end.isupper() and len(end) < 4 for _, _, end in ends):
        return sorted(found, key=lambda name: (len(str(name)), str(name)))
    return sorted(found, key=lambda name: natural_key(str(name)))
