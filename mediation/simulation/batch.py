"""Many studies of one design at once: the study is a dimension of every array."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import SimulationError
from mediation.simulation.draws import (
    DAYS_PER_MONTH,
    Clusters,
    assign_clients,
    draw_assessment_days,
    draw_interview_days,
    draw_slopes,
    fidelity_scores,
)
from mediation.simulation.parameters import (
    AllianceTruth,
    ClusterSpread,
    CovariateEffects,
    OutcomeTruth,
)
from mediation.simulation.skew import skewed
from mediation.simulation.truth import Truth

# Clients drawn at once, so that their arrays stay in the cache of a processor.
CELLS = 30_000


@dataclass(frozen=True, slots=True, eq=False)
class StudyBatch:
    """Studies of one design, one row per client.

    Attributes
    ----------
    x, m, y : ndarray, shape (n_studies, n_clients)
        Fidelity at the mediator's interview, the observed alliance there, the outcome one
        interview later.
    month : ndarray, shape (n_clients,)
        Calendar month of the mediator's interview, the same in all studies of the batch.
    team, organization : ndarray of int, shape (n_clients,)
        Cluster of every client.
    """

    x: Array
    m: Array
    y: Array
    month: Array
    team: IntArray
    organization: IntArray

    @property
    def drawn(self) -> dict[str, Array]:
        """What differs between the studies, by column of `frame`."""
        return {"x": self.x, "m": self.m, "y": self.y}

    def frame(self) -> pd.DataFrame:
        """Return the first study as a table; of the others, all but x, m and y.

        Returns
        -------
        DataFrame
            Columns `organization`, `team`, `month`, `x`, `m`, `y`.
        """
        return pd.DataFrame(
            {
                "organization": self.organization,
                "team": self.team,
                "month": self.month,
                **{name: values[0] for name, values in self.drawn.items()},
            }
        )


def simulate_batch(
    truth: Truth, pair: tuple[float, float], n_studies: int, rng: np.random.Generator
) -> StudyBatch:
    """Draw many studies by the equations of `truth`, for one pair of interviews.

    Dates of assessments and interviews are drawn once and shared by the batch, everything else
    anew in each study. Scores are unrounded (fidelity aside), as in `simulate`.

    Parameters
    ----------
    truth : Truth
        With one outcome, and without the parts that a batch does not draw: covariates, severity,
        the baseline of the outcome, case managers and attrition.
    pair : (float, float)
        Interviews of the mediator and of the outcome, months: one and the next.
    n_studies : int
        At least one.
    rng : numpy.random.Generator

    Returns
    -------
    StudyBatch

    Raises
    ------
    SimulationError
        If the truth has other parts, the interviews do not follow each other, or no study is
        asked for.

    Examples
    --------
    >>> from mediation.simulation.cell import PAIR, Cell, unequal_sizes
    >>> truth = Cell(unequal_sizes(14, 22), a=0.2, b=0.4).truth()
    >>> batch = simulate_batch(truth, PAIR, 50, np.random.default_rng(1))
    >>> batch.x.shape, batch.frame()["team"].nunique()
    ((50, 308), 14)
    """
    _check(truth, pair, n_studies)
    world = _world(truth, pair, rng)
    n_clients = truth.design.n_clients
    x, m, y = (np.empty((n_studies, n_clients)) for _ in range(3))
    size = max(1, CELLS // n_clients)
    for start in range(0, n_studies, size):
        here = slice(start, start + size)
        _draw(world, x[here], m[here], y[here], rng)
    for array in (x, m, y):
        array.flags.writeable = False
    clusters = world.clusters
    return StudyBatch(x, m, y, world.month, clusters.team, clusters.organization)


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    """What the studies of a batch share.

    `assessed` are months of the assessments, shape (n_teams, n_assessments); the fidelity of
    client i lies the share `onward[i]` of the way from assessment `before[i]` of all teams'
    assessments, in one row, to the next.
    """

    truth: Truth
    clusters: Clusters
    month: Array
    assessed: Array
    before: IntArray
    onward: Array


def _world(truth: Truth, pair: tuple[float, float], rng: np.random.Generator) -> _World:
    clusters = assign_clients(truth)
    assessed = draw_assessment_days(truth, rng)
    days = draw_interview_days(truth, rng)[:, truth.design.waves.index(pair[0])]
    own = assessed[clusters.team]
    # Every interview lies between the first and the last assessment: `Design` has checked it.
    last = np.sum(own[:, 1:-1] <= days[:, None], axis=1)
    client = np.arange(days.size)
    start, end = own[client, last], own[client, last + 1]
    return _World(
        truth=truth,
        clusters=clusters,
        month=days / DAYS_PER_MONTH,
        assessed=np.maximum(assessed / DAYS_PER_MONTH, 0.0),
        before=clusters.team * assessed.shape[1] + last,
        onward=(days - start) / (end - start),
    )


def _draw(world: _World, x: Array, m: Array, y: Array, rng: np.random.Generator) -> None:
    """Fill the arrays of some studies, shape (n, n_clients) each."""
    truth, team = world.truth, world.clusters.team
    alliance, (outcome,) = truth.alliance, truth.outcomes
    n = len(x)
    _fill_fidelity(world, x, rng)
    in_alliance = _cluster_effects(world, alliance.clusters, n, rng)
    in_outcome = _cluster_effects(world, outcome.clusters, n, rng)
    slopes = draw_slopes(truth, outcome, (n,), rng)
    rng.standard_normal(out=m)
    if alliance.skew == 0:
        m *= np.hypot(alliance.sd_client, alliance.sd_occasion)
    else:
        m[:] = alliance.sd_client * skewed(m, alliance.skew)
        m += alliance.sd_occasion * rng.standard_normal(m.shape)
    rng.standard_normal(out=y)
    y *= outcome.sd_residual
    # So far `m` is the client part W alone; x - x_ref acts on y directly and by the team part.
    y += np.take(slopes, team, axis=1) * m if outcome.slope_sd else outcome.b_within * m
    total, since = truth.total(outcome.name), world.month - truth.t_ref
    y += total * x
    y += np.take(in_outcome + outcome.b_between * in_alliance, team, axis=1)
    y += outcome.mean + outcome.trend * since - total * truth.x_ref
    m += truth.a * x
    m += np.take(in_alliance, team, axis=1)
    m += alliance.mean + alliance.trend * since - truth.a * truth.x_ref
    if truth.ceiling:
        np.clip(m, alliance.low, alliance.high, out=m)


def _fill_fidelity(world: _World, x: Array, rng: np.random.Generator) -> None:
    """Fill in the fidelity of the clients' teams on the days of their interviews."""
    truth, n = world.truth, len(x)
    n_teams, n_assessments = world.assessed.shape
    organization = rng.standard_normal((n, truth.design.n_organizations))
    team = rng.standard_normal((n, n_teams))
    if truth.fidelity_changes:
        occasion = rng.standard_normal((n, n_teams, n_assessments))
        standard = organization, team, occasion
        scores = fidelity_scores(truth, world.clusters, world.assessed, standard).reshape(n, -1)
        np.take(scores, world.before, axis=1, out=x, mode="clip")
        rise = np.take(scores, world.before + 1, axis=1)
        rise -= x
        rise *= world.onward
        x += rise
    else:
        month, still = np.full((n_teams, 1), truth.fidelity.constant_month), np.zeros((n_teams, 1))
        scores = fidelity_scores(truth, world.clusters, month, (organization, team, still))
        np.take(scores[..., 0], world.clusters.team, axis=1, out=x, mode="clip")


def _cluster_effects(
    world: _World, spread: ClusterSpread, n: int, rng: np.random.Generator
) -> Array:
    """Sum of the effects of organization and team, shape (n, n_teams)."""
    design = world.truth.design
    organization = spread.organization * rng.standard_normal((n, design.n_organizations))
    team = spread.team * rng.standard_normal((n, design.n_teams))
    effects: Array = organization[:, world.clusters.organization_of_team] + team
    return effects


def _check(truth: Truth, pair: tuple[float, float], n_studies: int) -> None:
    waves = truth.design.waves
    if pair not in pairwise(waves):
        raise SimulationError(
            "`pair` must be an interview and the one after it. Found "
            f"{pair} with waves {waves}. Change `pair`."
        )
    if n_studies < 1:
        raise SimulationError(
            f"At least one study was expected. Found {n_studies}. Change `n_studies`."
        )
    beyond = tuple(_beyond(truth, pair[1]))
    if beyond:
        raise SimulationError(
            "A batch draws one outcome from fidelity, alliance, organizations and teams. Found a "
            f"truth that also has: {', '.join(beyond)}. Leave them out, or use `simulate`."
        )


def _beyond(truth: Truth, wave: float) -> Iterator[str]:
    """Name the parts of a truth that a batch does not draw."""
    parts: list[AllianceTruth | OutcomeTruth] = [truth.alliance, *truth.outcomes]
    if len(truth.outcomes) > 1:
        yield f"{len(truth.outcomes)} outcomes"
    if any(part.covariates != CovariateEffects(0.0, 0.0, 0.0, 0.0) for part in parts):
        yield "covariates"
    if truth.alliance.severity or truth.confounding:
        yield "severity"
    if any(outcome.retest for outcome in truth.outcomes):
        yield "baseline of the outcome"
    if any(part.clusters.manager for part in parts):
        yield "case managers"
    if truth.design.manager_change or truth.design.team_change:
        yield "changes of case manager or team"
    if truth.analyzed_share(wave) < 1 - 1e-9:
        yield "attrition"
