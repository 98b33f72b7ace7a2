"""Who is observed, when, and who leaves; FACT and ASSUMPTION as in `parameters`."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.errors import SimulationError


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

    def __post_init__(self) -> None:
        self._check_organizations()
        if min(self.team_sizes) < 1 or self.managers_per_team < 1:
            raise SimulationError(
                "Every team needs a client and a case manager. Found a smallest team of "
                f"{min(self.team_sizes)} clients with {self.managers_per_team} case managers. "
                "Raise `team_sizes` or `managers_per_team`."
            )
        first, last = self.enrolment_months
        first_assessed = self.assessment_months[0] + self.assessment_jitter_days / 30
        last_assessed = self.assessment_months[-1] - self.assessment_jitter_days / 30
        last_interview = last + self.waves[-1] + self.interview_jitter_days / 30
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
        Share of alliance scores missing at random.
    """

    driver: str = "quality_of_life"
    log_odds: float = -2.80
    per_sd: float = -0.35
    per_decade: float = -0.20
    missed_interview: float = 0.03
    missing_alliance: float = 0.01
