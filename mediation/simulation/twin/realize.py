"""From standard random numbers to the values of a twin: its structural equations.

For client i at interview w, on day t, in cluster j, with X the fidelity that the study's rule
links to that day from the scores as they are written, z covariates, and S_0 scores at the first
wave::

    S_i0 = mean + slopes' z + clusters + error                    every score but the mediator
    M_iw = mean_w + a X + slopes' (z, S_0, t) + clusters + error
    Y_iw = mean_w + c' X + b_within (M - M_j) + b_between M_j + slopes' (z, Y_0, t) + clusters
           + error,    X, M and t at the mediator's interview

M_j is the mean of the cluster over the rows that the analysis has. Where fidelity varies inside
clusters, b_between = b_within and M_j cancels. All of X, z, M and Y_0 are as written, and the
error is such that the written score has exactly this expected value (`censored`): least squares
and mixed models find the coefficients, ceiling and rounding included.

Errors have a lasting and a passing part. Those of M correlate with those of S_0, which the
outcome's equation holds; those of Y only with each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.simulation.twin.aggregates import Aggregates, InterviewScore, Paths
from mediation.simulation.twin.censored import latent_sd, scores
from mediation.simulation.twin.layout import Layout
from mediation.simulation.twin.measure_slopes import Regressors
from mediation.simulation.twin.people import People
from mediation.simulation.twin.places import CUT, Places
from mediation.simulation.twin.setting import Setting, set_up
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR

# Effects of clusters reach at most this many of their SDs, see `places`.
_REACH = CUT / 0.88


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Drawn:
    """Values of a twin, nothing left out yet but what `held` and `answered` say.

    Attributes
    ----------
    places : Places
    setting : Setting
    scores : dict of str to ndarray, shape (n_clients, n_waves)
        Complete.
    held : ndarray of bool, shape (n_clients, n_waves)
    answered : dict of str to ndarray of bool, like `held`
        Interviews held that have the score.
    beyond : dict of str to float
        Share of the expected values of a score that lay beyond its scale, and were moved to
        just inside; as far as this is not zero, the equations do not hold.
    """

    places: Places
    setting: Setting
    scores: dict[str, Array]
    held: BoolArray
    answered: dict[str, BoolArray]
    beyond: dict[str, float]


def realize(aggregates: Aggregates, layout: Layout, places: Places, people: People) -> Drawn:
    """Work out every value of a twin, in the order of the equations.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout
    places : Places
    people : People

    Returns
    -------
    Drawn
    """
    setting = set_up(aggregates, layout, places, people)
    columns, beyond = setting.regressors(aggregates), dict[str, float]()
    world = _World(aggregates, layout, places, people, setting, columns, beyond)
    found: dict[str, Array] = {}
    for score in aggregates.scores[0 if world.is_separate else 1 :]:
        found[score.name] = world.baseline(score)
        columns[f"{score.name}{BASELINE_SUFFIX}"] = found[score.name]
    mediator = aggregates.scores[0].name
    found[mediator] = world.mediator(found.get(mediator))
    held, answered = _attendance(world, found)
    for score in aggregates.scores[1:]:
        through = None
        paths = aggregates.paths_of(score.name)
        if paths is not None:
            through = _through(world, paths, found[mediator], answered)
        found[score.name] = world.later(score, paths, through, found[score.name])
    return Drawn(places, setting, found, held, answered, beyond)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _World:
    """What the equations of one twin are worked out from."""

    aggregates: Aggregates
    layout: Layout
    places: Places
    people: People
    setting: Setting
    columns: dict[str, Array]
    beyond: dict[str, float]

    @property
    def is_separate(self) -> bool:
        """Whether the mediator at the first wave has an equation of its own."""
        first = f"{self.aggregates.scores[0].name}{BASELINE_SUFFIX}"
        return any(first in dict(score.slopes) for score in self.aggregates.scores)

    def baseline(self, score: InterviewScore) -> Array:
        """Draw a score at the first wave, shape (n_clients, 1)."""
        k = self.aggregates.scores.index(score)
        part = _part(self.columns, score.baseline_slopes)
        expected = score.means[0] + part[:, :1] + self._effects(score, 0)
        self._note_beyond(score, expected)
        lasting = self.people.normal["lasting"] @ _root(self.aggregates.correlations)
        sd = latent_sd(score.baseline_sd_error, score.means[0], score.scale)
        u = self.people.uniform["score"][:, :1, k]
        return scores(expected, u, sd, score.scale, lasting[:, [k]])

    def mediator(self, first: Array | None) -> Array:
        """Draw the mediator at every interview; at the first only if it is not there."""
        score, fidelity = self.aggregates.scores[0], self.setting.fidelity
        part = self.aggregates.a * (fidelity - fidelity.mean(axis=0))
        part = part + _part(self.columns, score.slopes)
        source = self.people.normal["own" if first is not None else "lasting"]
        if first is None:
            source = source @ _root(self.aggregates.correlations)
        return self._follow(score, part, source[:, 0], first)

    def later(
        self, score: InterviewScore, paths: Paths | None, through: Array | None, first: Array
    ) -> Array:
        """Draw a score after the first wave; `through` is the part of the mediator."""
        source = self.sources(score.name) if paths else np.arange(len(self.layout.waves))
        calendar = {CALENDAR: self.setting.dates[:, source]}
        part = _part({**self.columns, **calendar}, score.slopes)
        if paths is not None and through is not None:
            x = self.setting.fidelity[:, source]
            part = part + paths.c_prime * (x - x.mean(axis=0)) + through
        own = self.people.normal["own"] @ _root(self.aggregates.error_correlations)
        return self._follow(score, part, own[:, self.aggregates.scores.index(score)], first)

    def sources(self, outcome: str) -> IntArray:
        """Column of the mediator's interview for each wave of an outcome."""
        waves = self.layout.waves
        found = [waves.index(self.layout.mediator_wave(outcome, wave)) for wave in waves]
        return np.array(found, dtype=np.int64)

    def _follow(
        self, score: InterviewScore, part: Array, lasting: Array, first: Array | None
    ) -> Array:
        k, stable = self.aggregates.scores.index(score), score.stability
        passing = self.people.normal["passing"] @ _root(self.aggregates.error_correlations)
        expected = np.array(score.means) + part + self._effects(score, 1)
        self._note_beyond(score, expected)
        z = stable**0.5 * lasting[:, None] + (1 - stable) ** 0.5 * passing[:, :, k]
        sd = latent_sd(score.sd_error, float(np.mean(score.means)), score.scale)
        u = self.people.uniform["score"][:, :, k]
        values = scores(expected, u, sd, score.scale, z)
        return values if first is None else np.column_stack([first, values[:, 1:]])

    def _note_beyond(self, score: InterviewScore, expected: Array) -> None:
        moved = float(np.mean(score.scale.inside(expected) != expected))
        self.beyond[score.name] = max(moved, self.beyond.get(score.name, 0.0))

    def _effects(self, score: InterviewScore, later: int) -> Array:
        """Effects of the clusters, as far as the scale has room for them, (n_clients, 1)."""
        effects = self.places.effects[score.name][:, later, None]
        mean = float(np.mean(score.means))
        ends = min(score.scale.high - mean, mean - score.scale.low)
        sds = score.sd_levels if later else score.baseline_sd_levels
        reach = _REACH * sum(sd**2 for _, sd in sds) ** 0.5
        return effects * min(1.0, ends / reach) if reach > 0 else effects


def _root(correlations: tuple[tuple[float, ...], ...]) -> Array:
    """Matrix that gives independent columns these correlations."""
    root: Array = np.linalg.cholesky(np.array(correlations)).T
    return root


def _part(columns: dict[str, Array], slopes: tuple[tuple[str, float], ...]) -> Array:
    """Sum slopes times columns; who has no value of a column, and so is in no analysis, has 0."""
    part: Array = np.nan_to_num(Regressors(columns).part(slopes))
    return part


def _through(world: _World, paths: Paths, mediator: Array, answered: dict[str, BoolArray]) -> Array:
    """Part of the mediator in an outcome, shape (n_clients, n_waves)."""
    source = world.sources(paths.outcome)
    values = mediator[:, source]
    centered: Array = values - values.mean(axis=0)
    apart = paths.b_between - paths.b_within
    clusters = world.layout.entry(paths.outcome).clusters
    if apart == 0 or not clusters:
        inside: Array = paths.b_within * centered
        return inside
    levels = [level.name for level in world.aggregates.levels]
    code = world.places.codes[levels.index(clusters[-1])]
    means = np.empty_like(centered)
    for wave, at in enumerate(source):
        rows = _is_analyzed(world, paths.outcome, (int(at), wave), answered)
        column = pd.Series(np.where(rows, centered[:, wave], np.nan))
        means[:, wave] = column.groupby(code).transform("mean").fillna(0.0).to_numpy()
    part: Array = paths.b_within * centered + apart * means
    return part


def _is_analyzed(
    world: _World, outcome: str, at: tuple[int, int], answered: dict[str, BoolArray]
) -> BoolArray:
    """Whether a client is in the analysis of an outcome at a pair of waves."""
    mediator = world.aggregates.scores[0].name
    rows = answered[mediator][:, at[0]] & answered[outcome][:, at[1]]
    rows = rows & np.isfinite(world.setting.linked[:, at[0]])
    named = world.aggregates.score(outcome).slopes + world.aggregates.scores[0].slopes
    for name, _ in named:
        if name.endswith(BASELINE_SUFFIX):
            rows = rows & answered[name.removesuffix(BASELINE_SUFFIX)][:, 0]
        elif name != CALENDAR:
            rows = rows & np.isfinite(world.columns[name][:, 0])
    return rows


def _attendance(world: _World, found: dict[str, Array]) -> tuple[BoolArray, dict[str, BoolArray]]:
    """Who is interviewed, and which interviews have which score."""
    leaving, uniform = world.aggregates.leaving, world.people.uniform
    mediator = found[world.aggregates.scores[0].name][:, 0]
    if not world.is_separate:
        # Leaving does not depend on fidelity, so that it leaves a as it is.
        mediator = mediator - world.aggregates.a * world.setting.fidelity[:, 0]
    n = world.aggregates.n_clients
    log_odds: Array = np.full(n, leaving.log_odds)
    for slope, column in (
        (leaving.per_outcome, found[world.layout.outcomes[0]][:, 0]),
        (leaving.per_mediator, mediator),
        (leaving.per_covariate, world.setting.columns.get(leaving.covariate, np.zeros(n))),
    ):
        spread = float(np.nanstd(column)) or 1.0
        log_odds = log_odds + slope * np.nan_to_num((column - np.nanmean(column)) / spread)
    leaves = uniform["leaves"] < 1 / (1 + np.exp(-log_odds[:, None]))
    misses = uniform["misses"] < leaving.missed
    leaves[:, 0] = misses[:, 0] = False
    held = ~np.logical_or.accumulate(leaves, axis=1) & ~misses
    answered = {
        score.name: held & (uniform["score_missing"][:, :, k] >= score.missing)
        for k, score in enumerate(world.aggregates.scores)
    }
    return held, answered
