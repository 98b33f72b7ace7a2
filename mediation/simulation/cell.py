"""A cell of a simulation: a design in standardized units, and the world that it describes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq

from mediation.errors import SimulationError
from mediation.model import MediationModel
from mediation.simulation.defaults import default_truth
from mediation.simulation.design import Attrition, Design
from mediation.simulation.parameters import (
    AllianceTruth,
    ClusterSpread,
    CovariateEffects,
    Covariates,
    FidelityTruth,
    OutcomeTruth,
)
from mediation.simulation.sizes import unequal_sizes
from mediation.simulation.skew import skewed_cdf
from mediation.simulation.truth import Truth

PAIR = (4.5, 9.0)
"""Interviews of mediator and outcome that a cell is about, months since enrolment."""

OUTCOME = "outcome"
"""Name of the outcome in the truth of a cell."""

# Shares must leave something to clients; a share of the predictor may be 0 or 1.
_SHARES = ("alliance_icc", "outcome_icc", "ceiling_share")
_SPLITS = ("organization_share_of_icc", "predictor_organization_share")

_NOTHING = CovariateEffects(age=0.0, man=0.0, another_gender=0.0, tenure=0.0)
_NO_ATTRITION = Attrition(
    driver=OUTCOME,
    log_odds=-math.inf,
    per_sd=0.0,
    per_decade=0.0,
    missed_interview=0.0,
    missing_alliance=0.0,
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A standardized design: who is observed, how alike clusters are, which effects there are.

    Fidelity has variance 1 between teams (at a given time); the alliance has variance 1 given
    fidelity, clusters and clients together; the outcome has variance 1 given fidelity and
    alliance. The slope of the outcome is b inside and between teams, and there is no direct
    effect. Nothing is rounded or missing, and there are no covariates.

    Attributes
    ----------
    team_sizes : tuple of int
        Clients of each team, teams in order of organization.
    teams_per_organization : tuple of int, optional
        Left out, teams are the only clusters, and shares of organizations have no meaning.
    alliance_icc, outcome_icc : float
        Share of those variances between clusters.
    organization_share_of_icc : float
        Share of organizations in the variance between clusters; the rest is between the teams
        of an organization.
    a, b : float
        Alliance per fidelity, outcome per alliance.
    predictor_organization_share : float
        Share of organizations in the variance of fidelity: 1 makes it theirs, 0 their teams'.
    slope_sd : float
        SD between teams of the slope inside teams, whose mean is b.
    skew : float
        Skewness of the client part of the alliance, which has variance 1 - ICC.
    ceiling_share : float
        Share of clients at the maximum of the observed alliance; zero: it has none.
    time_varying : bool
        Fidelity is assessed six times in 36 months and rises, alliance and outcome drift, and
        clients enter during a year, all as in the synthetic study, in standardized units (but
        no organization lags behind). About a tenth of the variance of fidelity is then inside
        teams.

    Raises
    ------
    SimulationError
        If a share is out of range, `slope_sd` is negative, teams and organizations do not fit,
        or a cell has both a ceiling and fidelity that varies over time.
    """

    team_sizes: tuple[int, ...]
    teams_per_organization: tuple[int, ...] | None = None
    alliance_icc: float = 0.05
    organization_share_of_icc: float = 0.5
    outcome_icc: float = 0.05
    a: float = 0.0
    b: float = 0.0
    predictor_organization_share: float = 0.5
    slope_sd: float = 0.0
    skew: float = 0.0
    ceiling_share: float = 0.0
    time_varying: bool = False

    def __post_init__(self) -> None:
        for names, top, words in ((_SHARES, 1.0, "less than 1"), (_SPLITS, math.inf, "at most 1")):
            for name in names:
                value = getattr(self, name)
                if not (0 <= value <= 1 and value < top):
                    raise SimulationError(
                        f"`{name}` is a share, at least 0 and {words}. Found {value:g}. Change it."
                    )
        if self.time_varying and self.ceiling_share:
            raise SimulationError(
                "The maximum of the alliance is found for fidelity that is constant inside teams. "
                "Found a cell with `ceiling_share` and `time_varying`. Leave one of them out."
            )
        self.truth()

    @property
    def id(self) -> str:
        """Words that tell this cell from others; what is at its default is left out.

        Examples
        --------
        >>> Cell(unequal_sizes(14, 22), (2,) * 7, a=0.2, b=0.4, slope_sd=0.1).id
        '14x22 in 7 icc .05 a .2 b .4 slopes .10'
        """
        design, shares = _named_design(self.team_sizes, self.teams_per_organization), []
        if self.teams_per_organization is not None:
            shares = [
                ("organization icc share", self.organization_share_of_icc, 0.5, 1),
                ("organization predictor share", self.predictor_organization_share, 0.5, 1),
            ]
        words = [
            ("icc", self.alliance_icc, None, 2),
            ("a", self.a, None, 1),
            ("b", self.b, None, 1),
            ("outcome icc", self.outcome_icc, 0.05, 2),
            *shares,
            ("slopes", self.slope_sd, 0.0, 2),
            ("skew", self.skew, 0.0, 1),
            ("ceiling", self.ceiling_share, 0.0, 2),
        ]
        named = [f"{word} {_short(v, places)}" for word, v, usual, places in words if v != usual]
        return " ".join([design, *named, *(["over time"] if self.time_varying else [])])

    @property
    def clusters(self) -> tuple[str, ...]:
        """Cluster columns, outermost first."""
        return ("team",) if self.teams_per_organization is None else ("organization", "team")

    def model(self) -> MediationModel:
        """Return the model of an analyst who knows the design, for the columns of a batch."""
        return MediationModel("x", ("m",), "y", clusters=self.clusters, time="month")

    def truth(self) -> Truth:
        """Return the world of this cell.

        Returns
        -------
        Truth

        Examples
        --------
        >>> truth = Cell(unequal_sizes(14, 22), a=0.3, b=0.4).truth()
        >>> truth.design.n_clients, truth.indirect_within(OUTCOME), truth.total(OUTCOME)
        (308, 0.12, 0.12)
        """
        teams = self.teams_per_organization
        return Truth(
            design=Design(
                # Without organizations every team is one of its own, of no variance.
                n_organizations=len(self.team_sizes) if teams is None else len(teams),
                team_sizes=self.team_sizes,
                teams_per_organization=teams,
                pairs=(PAIR,),
            ),
            fidelity=self._fidelity(),
            covariates=Covariates(),
            alliance=self._alliance(),
            outcomes=(self._outcome(),),
            attrition=_NO_ATTRITION,
            a=self.a,
            x_ref=0.0,
            ceiling=self.ceiling_share > 0,
            fidelity_changes=self.time_varying,
        )

    def _fidelity(self) -> FidelityTruth:
        study = default_truth().fidelity
        per_point = 1 / study.sd_between if self.time_varying else 0.0
        spread = self._spread(1.0, self.predictor_organization_share)
        return FidelityTruth(
            start=0.0,
            gain=study.gain * per_point,
            laggard_share=1.0,
            sd_organization=spread.organization,
            sd_team=spread.team,
            sd_occasion=study.sd_occasion * per_point,
            sd_between=1.0,
            low=-math.inf,
            high=math.inf,
            unit=1e-6,
        )

    def _alliance(self) -> AllianceTruth:
        study = default_truth().alliance
        return AllianceTruth(
            mean=0.0,
            sd=math.sqrt(1 + self.a**2),
            trend=study.trend / study.sd if self.time_varying else 0.0,
            severity=0.0,
            covariates=_NOTHING,
            clusters=self._spread(self.alliance_icc, self.organization_share_of_icc),
            sd_client=math.sqrt(1 - self.alliance_icc),
            sd_occasion=0.0,
            low=-math.inf,
            high=self._maximum() if self.ceiling_share else math.inf,
            unit=1e-6,
            skew=self.skew,
        )

    def _outcome(self) -> OutcomeTruth:
        study = default_truth().outcomes[0]
        return OutcomeTruth(
            name=OUTCOME,
            label="Outcome",
            low=-math.inf,
            high=math.inf,
            unit=1e-6,
            mean=0.0,
            sd=1.0,
            c_prime=0.0,
            b_within=self.b,
            b_between=self.b,
            trend=study.trend / study.sd if self.time_varying else 0.0,
            retest=0.0,
            severity=0.0,
            covariates=_NOTHING,
            baseline_clusters=ClusterSpread(0.0, 0.0, 0.0),
            clusters=self._spread(self.outcome_icc, self.organization_share_of_icc),
            sd_baseline=1.0,
            sd_residual=math.sqrt(1 - self.outcome_icc),
            slope_sd=self.slope_sd,
        )

    def _spread(self, variance: float, share: float) -> ClusterSpread:
        """Share a variance out between organizations and their teams."""
        share = 0.0 if self.teams_per_organization is None else share
        return ClusterSpread(math.sqrt(variance * share), math.sqrt(variance * (1 - share)), 0.0)

    def _maximum(self) -> float:
        """Alliance that the stated share of clients exceeds, over all studies.

        It is the sum of a normal part (fidelity and clusters) and of the client part, whose
        distribution function is averaged over the normal part by Gauss-Hermite quadrature.
        """
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        normal = math.sqrt(self.a**2 + self.alliance_icc) * nodes
        weights = weights / weights.sum()
        client = math.sqrt(1 - self.alliance_icc)

        def excess(at: float) -> float:
            below = skewed_cdf((at - normal) / client, self.skew) @ weights
            return float(1 - below) - self.ceiling_share

        reach = 60 * (1 + abs(self.a))
        return float(brentq(excess, -reach, reach, xtol=1e-12))


def _named_design(sizes: tuple[int, ...], teams: tuple[int, ...] | None) -> str:
    n_teams, mean = len(sizes), sum(sizes) // len(sizes)
    if mean > 1 and n_teams > 1 and sizes == unequal_sizes(n_teams, mean):
        name = f"{n_teams}x{mean}"
    elif len(set(sizes)) == 1:
        name = f"{n_teams}x{mean} equal"
    else:
        name = f"sizes {'-'.join(map(str, sizes))}"
    if teams is None:
        return name
    return f"{name} in {'-'.join(map(str, teams)) if len(set(teams)) > 1 else len(teams)}"


def _short(value: float, places: int) -> str:
    """Write without a leading zero, with these decimals unless they do not suffice."""
    text = f"{value:g}" if value == int(value) else f"{value:.{places}f}"
    text = text if float(text) == value else repr(value)
    return text.replace("0.", ".", 1) if abs(value) < 1 else text
