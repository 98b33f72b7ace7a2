"""The random parts of a synthetic study as arrays, in the order of the equations in `truth`.

Every function draws the same count of numbers whatever the effects are. Slopes that differ
between teams are drawn only if the truth has them, after everything else of their outcome.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mediation.arrays import Array, IntArray
from mediation.simulation.design import DAYS_PER_MONTH as DAYS_PER_MONTH
from mediation.simulation.parameters import ClusterSpread, CovariateEffects, OutcomeTruth
from mediation.simulation.skew import skewed
from mediation.simulation.truth import Truth

# Longer than any study: keeps the assessments of two teams apart on one axis of whole days.
_TEAM_OFFSET_DAYS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """Index of the cluster of every client (`team`, `manager`) at enrolment, and of every team."""

    organization_of_team: IntArray
    team: IntArray
    manager: IntArray

    @property
    def organization(self) -> IntArray:
        """Index of the organization of every client."""
        return self.organization_of_team[self.team]


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Client covariates and severity, each of shape (n_clients,)."""

    age: Array
    gender: IntArray
    tenure: Array
    severity: Array


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What a client meets with at interviews; every array of shape (n_clients, n_waves).

    Attributes
    ----------
    days : ndarray of int
        Days since the start.
    team, manager : ndarray of int
        Who serves the client on that day.
    fidelity : ndarray
        Of that team on that day.
    """

    days: IntArray
    team: IntArray
    manager: IntArray
    fidelity: Array

    @property
    def months(self) -> Array:
        """Months since the start."""
        return self.days / DAYS_PER_MONTH


def assign_clients(truth: Truth) -> Clusters:
    """Fill teams in order and deal their clients to the case managers in turn."""
    design = truth.design
    n_teams, sizes = design.n_teams, np.array(design.team_sizes)
    team = np.repeat(np.arange(n_teams), sizes)
    place = np.arange(design.n_clients) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return Clusters(
        organization_of_team=np.repeat(
            np.arange(design.n_organizations), design.teams_by_organization
        ),
        team=team,
        manager=team * design.managers_per_team + place % design.managers_per_team,
    )


def draw_fidelity(
    truth: Truth, clusters: Clusters, rng: np.random.Generator
) -> tuple[IntArray, Array]:
    """Days and scores of the assessments, shape (n_teams, n_assessments)."""
    design = truth.design
    days = draw_assessment_days(truth, rng)
    organization = rng.standard_normal(design.n_organizations)
    team = rng.standard_normal(design.n_teams)
    occasion = rng.standard_normal(days.shape)
    months = np.maximum(days / DAYS_PER_MONTH, 0.0)
    if not truth.fidelity_changes:
        months, occasion = np.full(days.shape, truth.fidelity.constant_month), np.zeros(days.shape)
    return days, fidelity_scores(truth, clusters, months, (organization, team, occasion))


def draw_assessment_days(truth: Truth, rng: np.random.Generator) -> IntArray:
    """Days of the assessments since the start, shape (n_teams, n_assessments)."""
    design = truth.design
    schedule = np.rint(np.array(design.assessment_months) * DAYS_PER_MONTH).astype(np.int64)
    jitter = design.assessment_jitter_days
    shape = (design.n_teams, schedule.size)
    return schedule + rng.integers(-jitter, jitter + 1, size=shape)


def fidelity_scores(
    truth: Truth, clusters: Clusters, months: Array, standard: tuple[Array, Array, Array]
) -> Array:
    """Scores of assessments from standard normal deviations.

    Parameters
    ----------
    truth : Truth
    clusters : Clusters
    months : ndarray, shape (n_teams, n_assessments)
    standard : tuple of ndarray
        Of organizations, shape (..., n_organizations), teams, shape (..., n_teams), and
        occasions, shape (..., n_teams, n_assessments).

    Returns
    -------
    ndarray, shape (..., n_teams, n_assessments)
    """
    world = truth.fidelity
    organization, team, occasion = standard
    organization = world.sd_organization * organization[..., clusters.organization_of_team]
    share = np.where(clusters.organization_of_team == world.laggard, world.laggard_share, 1.0)
    gain = world.gain * (1 - np.exp(-months / 12)) / (1 - np.exp(-3))
    level = world.start + organization + world.sd_team * team
    scores = level[..., None] + share[:, None] * gain + world.sd_occasion * occasion
    steps = np.rint(np.clip(scores, world.low, world.high) / world.unit)
    # Scores are the cause, so they are rounded to the exact value that a file holds.
    rounded: Array = np.round(steps * world.unit, 6)
    return rounded


def draw_people(truth: Truth, rng: np.random.Generator) -> People:
    """Covariates in whole units, since they are causes, and severity."""
    n, world = truth.design.n_clients, truth.covariates
    age = world.age_mean + world.age_sd * rng.standard_normal(n)
    edges = np.cumsum([1 - world.share_man - world.share_another_gender, world.share_man])
    gender = np.searchsorted(edges, rng.random(n), side="right")
    tenure = rng.gamma(world.tenure_shape, world.tenure_scale, size=n)
    return People(
        age=np.clip(np.rint(age), world.age_low, world.age_high),
        gender=gender.astype(np.int64),
        tenure=np.rint(tenure),
        severity=rng.standard_normal(n),
    )


def fidelity_on(days: IntArray, team: IntArray, assessed: IntArray, scores: Array) -> Array:
    """Fidelity of teams on days, linear between assessments.

    Parameters
    ----------
    days, team : ndarray of int, one shape
    assessed : ndarray of int, shape (n_teams, n_assessments)
        Days of the assessments.
    scores : ndarray, shape (n_teams, n_assessments)
    """
    offset = _TEAM_OFFSET_DAYS * np.arange(len(assessed))
    knots = assessed + offset[:, None]
    fidelity: Array = np.interp(days + offset[team], knots.ravel(), scores.ravel())
    return fidelity


def draw_interview_days(truth: Truth, rng: np.random.Generator) -> IntArray:
    """Days of the interviews since the start, shape (n_clients, n_waves)."""
    design = truth.design
    n, n_waves = design.n_clients, len(design.waves)
    first, last = (round(month * DAYS_PER_MONTH) for month in design.enrolment_months)
    enrolled = rng.integers(first, last + 1, size=(n, 1))
    jitter = design.interview_jitter_days
    shift = rng.integers(-jitter, jitter + 1, size=(n, n_waves))
    shift[:, 0] = 0
    return enrolled + np.rint(np.array(design.waves) * DAYS_PER_MONTH).astype(np.int64) + shift


def draw_alliance(
    truth: Truth,
    clusters: Clusters,
    people: People,
    exposure: Exposure,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Team part and client part of the latent alliance, shape (n_clients, n_waves) each."""
    world = truth.alliance
    shape = exposure.days.shape
    team, manager = _random_effects(truth, world.clusters, clusters, exposure, rng)
    client = world.sd_client * skewed(rng.standard_normal(shape[:1]), world.skew)
    occasion = world.sd_occasion * rng.standard_normal(shape)
    team_part = truth.a * (exposure.fidelity - truth.x_ref) + team
    observed = _covariate_part(truth, world.covariates, people) + world.severity * people.severity
    return team_part, observed[:, None] + manager + client[:, None] + occasion


def draw_outcome(
    truth: Truth,
    outcome: OutcomeTruth,
    clusters: Clusters,
    people: People,
    exposure: Exposure,
    alliance: tuple[Array, Array],
    rng: np.random.Generator,
) -> Array:
    """Scores of one outcome at every interview, shape (n_clients, n_waves)."""
    n, n_waves = exposure.days.shape
    team, manager = _random_effects(truth, outcome.baseline_clusters, clusters, exposure, rng)
    effects = (team + manager)[:, 0]
    baseline_error = outcome.sd_baseline * rng.standard_normal(n)
    team, manager = _random_effects(truth, outcome.clusters, clusters, exposure, rng)
    later_effects = (team + manager)[:, :-1]
    error = outcome.sd_residual * rng.standard_normal((n, n_waves - 1))
    # Whoever serves the client at the interview before acts on an outcome, as fidelity does.
    slopes = draw_slopes(truth, outcome, (), rng)[exposure.team[:, :-1]]
    covariates = _covariate_part(truth, outcome.covariates, people)
    baseline = covariates + outcome.severity * people.severity + effects + baseline_error
    lasting = (
        outcome.retest * baseline
        + (1 - outcome.retest) * covariates
        + truth.confounding * outcome.sd * people.severity
    )
    team_part, client_part = (part[:, :-1] for part in alliance)
    follow_up = (
        outcome.c_prime * (exposure.fidelity[:, :-1] - truth.x_ref)
        + slopes * client_part
        + outcome.b_between * team_part
        + outcome.trend * (exposure.months[:, :-1] - truth.t_ref)
        + (lasting[:, None] + later_effects)
        + error
    )
    return outcome.mean + np.column_stack([baseline, follow_up])


def draw_slopes(
    truth: Truth, outcome: OutcomeTruth, shape: tuple[int, ...], rng: np.random.Generator
) -> Array:
    """Slope of an outcome inside each team, shape (*shape, n_teams)."""
    n_teams = truth.design.n_teams
    if outcome.slope_sd == 0:
        return np.full((*shape, n_teams), outcome.b_within)
    return outcome.b_within + outcome.slope_sd * rng.standard_normal((*shape, n_teams))


def _random_effects(
    truth: Truth,
    spread: ClusterSpread,
    clusters: Clusters,
    exposure: Exposure,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Effects of organization and team, and of the case manager, (n_clients, n_waves) each."""
    design = truth.design
    organization = rng.standard_normal(design.n_organizations)[clusters.organization_of_team]
    team = rng.standard_normal(design.n_teams)
    manager = rng.standard_normal(design.n_teams * design.managers_per_team)
    of_team = spread.organization * organization + spread.team * team
    return of_team[exposure.team], (spread.manager * manager)[exposure.manager]


def _covariate_part(truth: Truth, effects: CovariateEffects, people: People) -> Array:
    world = truth.covariates
    gender = np.array([0.0, effects.man, effects.another_gender])[people.gender]
    age = effects.age * (people.age - world.age_mean)
    part: Array = age + gender + effects.tenure * (people.tenure - world.tenure_mean)
    return part


def draw_attendance(
    truth: Truth, people: People, driver: Array, rng: np.random.Generator
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether an interview took place, and whether it has an alliance score."""
    world, outcome = truth.attrition, truth.outcome(truth.attrition.driver)
    n, n_waves = truth.design.n_clients, len(truth.design.waves)
    log_odds = (
        world.log_odds
        + world.per_sd * (driver - outcome.mean) / outcome.sd
        + world.per_decade * (people.age - truth.covariates.age_mean) / 10
    )
    hazard = 1 / (1 + np.exp(-log_odds))
    leaves = rng.random((n, n_waves - 1)) < hazard[:, None]
    attends = rng.random((n, n_waves)) >= world.missed_interview
    attends[:, 0] = True
    attends[:, 1:] &= ~np.logical_or.accumulate(leaves, axis=1)
    return attends, rng.random((n, n_waves)) >= world.missing_alliance
