"""Everything a twin is made from: aggregates over people and clusters, never rows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from mediation.simulation.twin.censored import Scale
from mediation.simulation.twin.margins import CategoryMargin, NumberMargin

Slopes = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class LevelSizes:
    """Clusters of one level: how many, and how many clients (or clusters) are in each.

    Attributes
    ----------
    name : str
    n : int
        Over the whole study.
    mean, sd : float
        Clients per cluster. Sizes themselves are not kept, and the SD only of at least as many
        clusters as the smallest cell.
    """

    name: str
    n: int
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """When things happen, in months from the mean of the first round of assessments.

    Attributes
    ----------
    rounds, round_sds, round_shares : tuple of float
        Mean and SD of the date of each assessment of a cluster in order, and the share of
        clusters that have one.
    enrolled_mean, enrolled_sd : float
        Of the enrolment of clients.
    deviations, deviation_sds : tuple of float
        Mean and SD, by wave, of interviews' distances from their plan.
    origin : float
        Where the clock of the study begins, months; zero for dates, whose calendar is invented.
    """

    rounds: tuple[float, ...]
    round_sds: tuple[float, ...]
    round_shares: tuple[float, ...]
    enrolled_mean: float
    enrolled_sd: float
    deviations: tuple[float, ...]
    deviation_sds: tuple[float, ...]
    origin: float


@dataclass(frozen=True, slots=True)
class FidelityScore:
    """A score of the fidelity table: level + slope t + curve t^2 + clusters + occasion.

    Attributes
    ----------
    name : str
    scale : Scale
    level, slope, curve : float
        At t = 0 months from the first round; points, per month and per squared month.
    sd_levels : tuple of (str, float)
        SD between clusters, outermost first, the scored ones last.
    sd_slope : float
        SD between scored clusters of the slope per month.
    sd_occasion : float
    changes : bool
        Whether any cluster's score changes.
    missing : float
    """

    name: str
    scale: Scale
    level: float
    slope: float
    curve: float
    sd_levels: Slopes
    sd_slope: float
    sd_occasion: float
    changes: bool
    missing: float


@dataclass(frozen=True, slots=True)
class InterviewScore:
    """A score of the interviews: means by wave, slopes and what is left.

    Attributes
    ----------
    name : str
    scale : Scale
    means : tuple of float
        By wave.
    slopes : tuple of (str, float)
        At follow-up (of the mediator: at every wave unless its first is a covariate), by the
        name of the coefficient; see `names` in `measure_scores`.
    baseline_slopes : tuple of (str, float)
        Of client covariates, at the first wave.
    sd_levels, baseline_sd_levels : tuple of (str, float)
        SD between clusters beyond the slopes, outermost first.
    sd_error, baseline_sd_error : float
        Inside the innermost clusters.
    stability : float
        Correlation of two interviews' errors of one client.
    missing : float
        Share of interviews held without the score.
    """

    name: str
    scale: Scale
    means: tuple[float, ...]
    slopes: Slopes
    baseline_slopes: Slopes
    sd_levels: Slopes
    baseline_sd_levels: Slopes
    sd_error: float
    baseline_sd_error: float
    stability: float
    missing: float


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of one outcome: pooled over its pairs of waves by precision.

    Attributes
    ----------
    outcome : str
    b_within, b_between, c_prime : float
        `b_between` is drawn toward `b_within` by what the data do not tell of it.
    """

    outcome: str
    b_within: float
    b_between: float
    c_prime: float


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves for good before an interview: log-odds, and slopes per SD.

    Attributes
    ----------
    log_odds : float
        Minus infinity is written as -99: nobody.
    per_outcome, per_mediator, per_covariate : float
        On the first outcome at the first wave, on the mediator there less its cluster's mean,
        and on `covariate`.
    covariate : str
        A number of the clients; empty for none.
    missed : float
        Share of later interviews missed by those who have not left.
    """

    log_odds: float
    per_outcome: float
    per_mediator: float
    per_covariate: float
    covariate: str
    missed: float


@dataclass(frozen=True, slots=True)
class ItemShape:
    """Items of a score: their means as responses, and the share missing.

    Attributes
    ----------
    score : str
    means : tuple of float
    sd : float
        Of one item about its mean, the client's score held.
    missing : float
    """

    score: str
    means: tuple[float, ...]
    sd: float
    missing: float


@dataclass(frozen=True, slots=True)
class Aggregates:
    """Everything that is taken from a confidential study to make its twin.

    Attributes
    ----------
    minimum : int
        Smallest cell that figures rest on.
    n_clients : int
    levels : tuple of LevelSizes
        Outermost first.
    schedule : Schedule
    fidelity : tuple of FidelityScore
        The predictor first.
    numbers : tuple of (str, NumberMargin)
        Client columns that are numbers.
    categories : tuple of (str, CategoryMargin)
    constant_in : tuple of (str, str)
        Client columns that do not differ inside clusters, with the outermost such level.
    number_correlations : tuple of tuple of float
        Among `numbers`.
    scores : tuple of InterviewScore
        The mediator first.
    a : float
    paths : tuple of Paths
    correlations : tuple of tuple of float
        Among the lasting errors of the scores in their order: of the mediator over all
        interviews, of the others at the first.
    error_correlations : tuple of tuple of float
        Among the errors of the scores at one later interview.
    leaving : Leaving
    changed_manager : float
        Share of clients with several spells.
    items : tuple of ItemShape
    n_goals : float
        Mean number of goals of a client at an interview.
    left_out : tuple of str
        Covariates that the twin's equations do not have.
    shrunk : tuple of (str, float)
        Scores whose effects were made smaller by a factor, since their scale has no room.
    """

    minimum: int
    n_clients: int
    levels: tuple[LevelSizes, ...]
    schedule: Schedule
    fidelity: tuple[FidelityScore, ...]
    numbers: tuple[tuple[str, NumberMargin], ...]
    categories: tuple[tuple[str, CategoryMargin], ...]
    constant_in: tuple[tuple[str, str], ...]
    number_correlations: tuple[tuple[float, ...], ...]
    scores: tuple[InterviewScore, ...]
    a: float
    paths: tuple[Paths, ...]
    correlations: tuple[tuple[float, ...], ...]
    error_correlations: tuple[tuple[float, ...], ...]
    leaving: Leaving
    changed_manager: float
    items: tuple[ItemShape, ...]
    n_goals: float
    left_out: tuple[str, ...]
    shrunk: Slopes = ()

    def score(self, name: str) -> InterviewScore:
        """Give an interview score by its name."""
        return next(score for score in self.scores if score.name == name)

    def paths_of(self, outcome: str) -> Paths | None:
        """Give the paths of an outcome; None of a score that is no outcome."""
        return next((each for each in self.paths if each.outcome == outcome), None)

    def to_json(self, about: str) -> str:
        """Write all figures; infinite ends of scales become null."""
        content: dict[str, Any] = {"synthetic": True, "about": about, **asdict(self)}
        return json.dumps(_finite(content), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    return value
