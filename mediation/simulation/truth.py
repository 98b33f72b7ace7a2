"""A world whose answer is known: parameters, and the true effects in closed form.

With X_j(t) the recorded fidelity of team j, linear between assessments, for client i, case
manager m, team j, organization o, interview w at calendar month t_w, covariates z_i and
severity S_i ~ N(0, 1), which is not measured::

    T_w = a (X_j(t_w) - x_ref) + u_o + u_j                              team part of the alliance
    W_w = g'z_i + s S_i + v_m + r_i + e_w                               client part
    M_w = mean + trend (t_w - t_ref) + T_w + W_w                        latent alliance
    Y_0 = mean + h'z_i + l S_i + clusters + e                           baseline outcome
    Y_w = mean + c' (X_j(t_p) - x_ref) + b_j W_p + b_between T_p + trend (t_p - t_ref)
          + retest (Y_0 - mean) + (1 - retest) h'z_i + k S_i + clusters + e,   p = w - 1
    b_j = b_within + slope_sd * N(0, 1)                                 slope inside team j

The observed alliance is M_w, censored at the ends of the scale if `ceiling`. `k` is zero unless
`confounding`; r_i is normal unless the alliance has `skew`. W has mean zero and does not depend
on b_j, so that substituting T gives total = c' + a b_between at any level, and

    Y_w = [c' + d_j a] X + b_j M_p + d_j (u_o + u_j) + ...,   d_j = b_between - b_j

so that a regression inside teams finds b_within, provided that it holds Y_0, calendar time and
the covariates: without Y_0, severity and covariates confound it. Least squares of M on X that
takes clients as independent is unbiased for a, yet its standard error leaves u_o, u_j and v_m
out. One slope for M, unsplit, mixes b_within and b_between. The observed ceiling shrinks a and
changes b_within.

A regression on the observed team mean finds the manifest slope: the team mean holds the mean of
W too, which acts by b_within, hence manifest = lambda b_between + (1 - lambda) b_within with
lambda = tau2 / (tau2 + average over teams of var(mean of W)), tau2 = var(u_o) + var(u_j). What
the team mean leaves out goes to the direct path. The latter holds where fidelity is constant
inside teams; elsewhere between slopes are not defined by such a regression. With few teams of
unequal size lambda is close rather than exact, as each method weighs teams in its own way.

A client may change case manager or team. j, m and o are then those at interview p, in M_p and in
what acts on Y_w, so that every effect holds for clients taken to the team of the mediator's
interview; Y_0 keeps those at enrolment. lambda knows of changes inside teams. It leaves out that
changes of team make the sizes of teams uneven: below .001 where 1 in 50 changes team.

Scores are drawn first, and items from them, so that complete items give the score itself. Of a
score with items missing the others' mean stands for them. Where 1 in 100 is missing, this adds
.0005 (alliance) to .002 (community functioning) of the variance, which effects leave out.

Where slopes differ between teams, every effect is stated for b_within = E(b_j), so indirect
within = a E(b_j). One study estimates a weighted average of its own b_j. Weights that know
nothing of b_j (sizes, spread of M) leave it unbiased for E(b_j), with the additional variance
slope_sd^2 * sum of squared weights; weights that depend on the outcome may not. The manifest
slope holds on average over b_j. Effects are free of the shape of r_i; lambda is, too, but where
r_i is skewed the means of small teams are not normal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.errors import SimulationError
from mediation.simulation.design import Attrition, Design
from mediation.simulation.parameters import (
    AllianceTruth,
    Covariates,
    FidelityTruth,
    OutcomeTruth,
    check_spreads,
)


@dataclass(frozen=True, slots=True)
class Truth:
    """Every parameter of a synthetic study, and the effects that follow.

    Attributes
    ----------
    design : Design
    fidelity : FidelityTruth
    covariates : Covariates
    alliance : AllianceTruth
    outcomes : tuple of OutcomeTruth
    attrition : Attrition
    a : float
        Alliance points per point of fidelity. ASSUMPTION; zero in a null study.
    x_ref : float
        Fidelity at which means are stated, points.
    t_ref : float
        Calendar month at which means are stated.
    ceiling : bool
        Whether the alliance is censored at the ends of its scale.
    fidelity_changes : bool
        Whether a team's score changes over time; between effects are defined only if not.
    confounding : float
        Outcome SDs per SD of severity acting on follow-up directly; biases b_within.

    Raises
    ------
    SimulationError
        If the parameters describe no possible study.
    """

    design: Design
    fidelity: FidelityTruth
    covariates: Covariates
    alliance: AllianceTruth
    outcomes: tuple[OutcomeTruth, ...]
    attrition: Attrition
    a: float
    x_ref: float = 3.5
    t_ref: float = 16.0
    ceiling: bool = True
    fidelity_changes: bool = True
    confounding: float = 0.0

    def __post_init__(self) -> None:
        check_spreads(self.fidelity, "fidelity")
        check_spreads(self.alliance, "alliance")
        for outcome in self.outcomes:
            check_spreads(outcome, outcome.name)
        self.outcome(self.attrition.driver)

    def outcome(self, name: str) -> OutcomeTruth:
        """Return the outcome of this name; SimulationError if there is none."""
        for outcome in self.outcomes:
            if outcome.name == name:
                return outcome
        raise SimulationError(
            f"An outcome of the truth was expected. Found `{name}`. "
            f"Name one of: {', '.join(outcome.name for outcome in self.outcomes)}."
        )

    def b_within(self, outcome: str) -> float:
        """Return outcome points per point of alliance, inside teams."""
        return self.outcome(outcome).b_within

    def b_between(self, outcome: str) -> float:
        """Return outcome points per point of the latent team mean of the alliance."""
        return self.outcome(outcome).b_between

    def c_prime(self, outcome: str) -> float:
        """Return the direct effect, outcome points per point of fidelity."""
        return self.outcome(outcome).c_prime

    def indirect_within(self, outcome: str) -> float:
        """Return a * b_within, outcome points per point of fidelity."""
        return self.a * self.b_within(outcome)

    def contextual(self, outcome: str) -> float:
        """Return a * (b_between - b_within), latent."""
        return self.a * (self.b_between(outcome) - self.b_within(outcome))

    def indirect_between(self, outcome: str) -> float:
        """Return a * b_between, latent."""
        return self.a * self.b_between(outcome)

    def total(self, outcome: str) -> float:
        """Return c' + a * b_between, the same for latent and manifest."""
        return self.c_prime(outcome) + self.indirect_between(outcome)

    def retention(self, wave: float) -> float:
        """Return the expected share of clients who have not left at an interview.

        Averages over the linear predictor of leaving as if it were normal.
        """
        nodes, weights = np.polynomial.hermite_e.hermegauss(24)
        leaving = self.attrition
        spread = np.hypot(leaving.per_sd, leaving.per_decade * self.covariates.age_sd / 10)
        hazard = 1 / (1 + np.exp(-(leaving.log_odds + spread * nodes)))
        stays = (1 - hazard) ** self._wave_index(wave)
        return float(stays @ weights / weights.sum())

    def analyzed_share(self, wave: float) -> float:
        """Return the expected share of clients with alliance and, one interview on, outcome."""
        index = self._wave_index(wave)
        present = (1 - self.attrition.missed_interview) ** (1 if index == 1 else 2)
        return self.retention(wave) * present * (1 - self.attrition.missing_alliance)

    def reliability(self, wave: float) -> float:
        """Return lambda, the share of true variance in observed team means at a given fidelity.

        Parameters
        ----------
        wave : float
            Interview of the outcome, months; team means are of the rows analyzed with it.
        """
        alliance, design = self.alliance, self.design
        tau2 = alliance.clusters.organization**2 + alliance.clusters.team**2
        if tau2 == 0:
            return 0.0
        share = self.analyzed_share(wave)
        sizes = np.array(design.team_sizes, dtype=float)
        squares = self._squared_caseloads(sizes, self._wave_index(wave) - 1)
        # Thinning a caseload at random makes caseloads uneven, which adds (1 - p) / (p n).
        managers = squares / sizes**2 + (1 - share) / (share * sizes)
        noise = alliance.clusters.manager**2 * managers + self._client_variance() / (share * sizes)
        return float(tau2 / (tau2 + noise.mean()))

    def b_between_manifest(self, outcome: str, wave: float) -> float:
        """Return the slope on the observed team mean, for the outcome at interview `wave`."""
        share = self.reliability(wave)
        return share * self.b_between(outcome) + (1 - share) * self.b_within(outcome)

    def contextual_manifest(self, outcome: str, wave: float) -> float:
        """Return a * (manifest b_between - b_within)."""
        return self.a * (self.b_between_manifest(outcome, wave) - self.b_within(outcome))

    def indirect_between_manifest(self, outcome: str, wave: float) -> float:
        """Return a * manifest b_between."""
        return self.a * self.b_between_manifest(outcome, wave)

    def c_prime_manifest(self, outcome: str, wave: float) -> float:
        """Return the path beside the observed team mean; for fidelity constant inside teams."""
        lost = self.b_between(outcome) - self.b_between_manifest(outcome, wave)
        return self.c_prime(outcome) + self.a * lost

    def _squared_caseloads(self, sizes: Array, index: int) -> Array:
        """Return the expected sum of squared caseloads at an interview, for every team."""
        design = self.design
        count = design.managers_per_team
        # Clients are dealt in turn, so caseloads in a team differ by one at most.
        small, n_large = sizes // count, sizes % count
        dealt: Array = n_large * (small + 1) ** 2 + (count - n_large) * small**2
        moved = design.manager_change * design.waves[index] / design.waves[-1]
        if moved == 0:
            return dealt
        # Probability that two clients have one case manager, dealt to one or to two of them.
        alike = (1 - moved) ** 2 + moved**2 / (count - 1)
        apart = (2 * moved * (1 - moved) + moved**2 * (count - 2) / (count - 1)) / (count - 1)
        return sizes + (dealt - sizes) * alike + (sizes**2 - dealt) * apart

    def _client_variance(self) -> float:
        """Variance of the alliance between clients of one case manager, squared points."""
        alliance = self.alliance
        first, last = self.design.enrolment_months
        return (
            alliance.severity**2
            + alliance.sd_client**2
            + alliance.sd_occasion**2
            + self.covariates.variance(alliance.covariates)
            + alliance.trend**2 * (last - first) ** 2 / 12
        )

    def _wave_index(self, wave: float) -> int:
        follow_ups = self.design.waves[1:]
        if wave not in follow_ups:
            raise SimulationError(
                f"An interview after baseline was expected. Found {wave:g} months. "
                f"Choose from: {', '.join(f'{each:g}' for each in follow_ups)}."
            )
        return follow_ups.index(wave) + 1
