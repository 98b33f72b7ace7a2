"""Who is observed, when, and who leaves; FACT and ASSUMPTION as in `parameters`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from mediation.errors import SimulationError

DAYS_PER_MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class Design:
    """Who is observed, and when.

    Attributes
    ----------
    n_organizations : int
        7 FACT.
    team_sizes : tuple of int
        Clients enrolled per team, teams in order of organization. 14 teams and 311 clients FACT;
        the split is an ASSUMPTION.
    managers_per_team : int
        5 FACT (about); clients are dealt to them in turn.
    start : str
        First day of the study, ISO. ASSUMPTION (invented).
    assessment_months : tuple of float
        Months of the fidelity assessments: 0, 6, 12, 18, 24, 36 FACT.
    assessment_jitter_days, interview_jitter_days : int
        Largest distance of an assessment, or of a follow-up interview, from its schedule.
        ASSUMPTION.
    waves : tuple of float
        Interviews in months since enrolment: 0, 4.5, 9, 13.5, 18 FACT.
    pairs : tuple of (float, float)
        Interviews of mediator and outcome that are analysed.
    enrolment_months : (float, float)
        First and last month of enrolment, uniform between. ASSUMPTION.
    teams_per_organization : tuple of int, optional
        Teams of each organization, in order. Left out, every organization has as many.
    window_months : float
        Largest distance of an interview from its schedule at which it still counts as one of
        that wave. ASSUMPTION.
    displaced_interviews : float
        Share of follow-up interviews held early or late: from beyond the usual distance up to
        `displaced_days`. ASSUMPTION.
    displaced_days : int
        ASSUMPTION.
    manager_change : float
        Share of clients who change to another case manager of their team, once between
        enrolment and the last interview, on any day alike. ASSUMPTION; that 16 of 20 clients
        had an earlier case manager is a FACT, but over years.
    team_change : float
        Share of clients who likewise change to another team of their organization, if it has
        one, and so to another case manager. ASSUMPTION.
    """

    n_organizations: int
    team_sizes: tuple[int, ...]
    managers_per_team: int = 5
    start: str = "2015-01-05"
    assessment_months: tuple[float, ...] = (0.0, 6.0, 12.0, 18.0, 24.0, 36.0)
    assessment_jitter_days: int = 20
    interview_jitter_days: int = 14
    waves: tuple[float, ...] = (0.0, 4.5, 9.0, 13.5, 18.0)
    pairs: tuple[tuple[float, float], ...] = ((4.5, 9.0), (13.5, 18.0))
    enrolment_months: tuple[float, float] = (1.0, 13.0)
    teams_per_organization: tuple[int, ...] | None = None
    window_months: float = 1.5
    displaced_interviews: float = 0.0
    displaced_days: int = 40
    manager_change: float = 0.0
    team_change: float = 0.0

    def __post_init__(self) -> None:
        self._check_organizations()
        self._check_window()
        self._check_changes()
        if min(self.team_sizes) < 1 or self.managers_per_team < 1:
            raise SimulationError(
                "Every team needs a client and a case manager. Found a smallest team of "
                f"{min(self.team_sizes)} clients with {self.managers_per_team} case managers. "
                "Raise `team_sizes` or `managers_per_team`."
            )
        first, last = self.enrolment_months
        first_assessed = self.assessment_months[0] + self.assessment_jitter_days / 30
        last_assessed = self.assessment_months[-1] - self.assessment_jitter_days / 30
        last_interview = last + self.waves[-1] + self.largest_shift_days / 30
        if first_assessed > first or last_interview > last_assessed:
            raise SimulationError(
                "Every interview must lie between the first and the last fidelity assessment of "
                f"its team. Found enrolment in months {first:g} to {last:g}, interviews until "
                f"{self.waves[-1]:g} months later and assessments from month "
                f"{self.assessment_months[0]:g} to {self.assessment_months[-1]:g}. "
                "Change `enrolment_months`, `waves` or `assessment_months`."
            )
        if any(
            pair not in zip(self.waves[:-1], self.waves[1:], strict=True) for pair in self.pairs
        ):
            raise SimulationError(
                "Each of `pairs` must be an interview and the one after it. Found "
                f"{self.pairs} with waves {self.waves}. Change `pairs`."
            )

    def _check_organizations(self) -> None:
        if self.n_organizations < 1 or not self.n_teams:
            raise SimulationError(
                "A study needs a team and an organization. Found "
                f"{self.n_teams} teams in {self.n_organizations} organizations. "
                "Change `team_sizes` or `n_organizations`."
            )
        counts = self.teams_per_organization
        if counts is None:
            if self.n_teams % self.n_organizations:
                raise SimulationError(
                    "Every organization must have the same number of teams, unless "
                    f"`teams_per_organization` is given. Found {self.n_teams} teams in "
                    f"{self.n_organizations} organizations. Change `team_sizes` or "
                    "`n_organizations`."
                )
        elif len(counts) != self.n_organizations or sum(counts) != self.n_teams or min(counts) < 1:
            raise SimulationError(
                f"`teams_per_organization` must share out {self.n_teams} teams among "
                f"{self.n_organizations} organizations, at least one to each. Found {counts}. "
                "Change it, or `team_sizes` and `n_organizations`."
            )

    def _check_window(self) -> None:
        nearest = min((b - a for a, b in pairwise(self.waves)), default=float("inf"))
        reach = (self.largest_shift_days + 0.5) / DAYS_PER_MONTH
        if not reach <= self.window_months <= nearest / 2:
            raise SimulationError(
                "`window_months` must hold every interview, and windows must not overlap. Found "
                f"{self.window_months:g} months, interviews up to {self.largest_shift_days} days "
                f"off their schedule and waves {nearest:g} months apart. Change `window_months`, "
                "`interview_jitter_days` or `displaced_days`."
            )

    def _check_changes(self) -> None:
        shares = {
            name: getattr(self, name)
            for name in ("displaced_interviews", "manager_change", "team_change")
        }
        for name, share in shares.items():
            if not 0 <= share <= 1:
                raise SimulationError(
                    f"`{name}` is a share, from 0 to 1. Found {share:g}. Change it."
                )
        if self.manager_change + self.team_change > 1:
            raise SimulationError(
                "A client changes case manager inside the team, or team. Found shares of "
                f"{self.manager_change:g} and {self.team_change:g}, more than 1 together. "
                "Lower `manager_change` or `team_change`."
            )
        if self.manager_change and self.managers_per_team < 2:
            raise SimulationError(
                "Changing case manager needs two of them in a team. Found 1. "
                "Raise `managers_per_team`, or set `manager_change` to 0."
            )
        if self.displaced_interviews and self.displaced_days <= self.interview_jitter_days:
            raise SimulationError(
                "Displaced interviews must be further off than others. Found "
                f"{self.displaced_days} days beside {self.interview_jitter_days}. "
                "Raise `displaced_days`."
            )

    @property
    def largest_shift_days(self) -> int:
        """Largest distance of an interview from its schedule."""
        return self.displaced_days if self.displaced_interviews else self.interview_jitter_days

    @property
    def n_teams(self) -> int:
        """Number of teams."""
        return len(self.team_sizes)

    @property
    def teams_by_organization(self) -> tuple[int, ...]:
        """Number of teams of each organization."""
        if self.teams_per_organization is not None:
            return self.teams_per_organization
        return (self.n_teams // self.n_organizations,) * self.n_organizations

    @property
    def n_clients(self) -> int:
        """Number of clients enrolled."""
        return sum(self.team_sizes)


@dataclass(frozen=True, slots=True)
class Attrition:
    """Who leaves, and what is missing. ASSUMPTION throughout.

    Clients leave for good before each follow-up interview with a log-odds that depends on the
    baseline of one outcome and on age alone, not on fidelity, alliance or later outcomes.

    Attributes
    ----------
    driver : str
        Outcome whose baseline matters.
    log_odds : float
        Of leaving before one interview, at the mean of both.
    per_sd : float
        Change per SD of the driver's baseline.
    per_decade : float
        Change per 10 years of age.
    missed_interview : float
        Share of follow-up interviews missed at random.
    missing_alliance : float
        Share of alliance scores missing at random, with all their items.
    missing_item : float
        Share of single responses missing completely at random, in the scales of the interviews.
    """

    driver: str = "quality_of_life"
    log_odds: float = -2.80
    per_sd: float = -0.35
    per_decade: float = -0.20
    missed_interview: float = 0.03
    missing_alliance: float = 0.01
    missing_item: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.missing_item < 1:
            raise SimulationError(
                f"`missing_item` is a share, at least 0 and less than 1. Found "
                f"{self.missing_item:g}. Change it."
            )
