"""The default world: small standardized effects in the published design, in raw units."""

from __future__ import annotations

import math

from mediation.simulation.design import Attrition, Design
from mediation.simulation.parameters import (
    AllianceTruth,
    ClusterSpread,
    CovariateEffects,
    Covariates,
    FidelityTruth,
    ItemsTruth,
    OutcomeTruth,
)
from mediation.simulation.truth import Truth

DEFAULT_SEED = 20220503
"""Day on which the cohort's mediation article appeared online: chosen before any result."""

TEAM_SIZES = (32, 14, 27, 18, 22, 25, 16, 30, 20, 24, 19, 28, 15, 21)

# Standardized a: SDs of the alliance per SD of fidelity between teams.
A = 0.2
ALLIANCE_SD = 9.0
RETEST = 0.6

# Gaps by which the reliability of the shipped scores comes near what is published: alpha .84 of
# the Herth Hope Index, above .80 of the MCAS and .96 of the RPRS (FACT; so many clients at the
# maximum and whole responses leave .97 at most, and .95 here). Of the others an ASSUMPTION.
ITEMS = {
    "fidelity": ItemsTruth("smcm_fidelity_10", "smcm_{}", 0.7, 1.2, 0.4),
    "alliance": ItemsTruth("rprs_24", "rprs_{}", 1.5, 5.0, 0.8),
    "quality_of_life": ItemsTruth("qoli_20", "qoli_{}", 0.7, 0.4, 0.2),
    "hope": ItemsTruth("herth_hope_index", "hhi_{}", 0.7, 2.0, 0.6),
    "community_functioning": ItemsTruth("mcas", "mcas_{}", 0.7, 1.2, 0.4),
}


def default_truth() -> Truth:
    """Return the truth of the shipped synthetic study.

    Raw coefficients follow from standardized ones and are rounded to four decimals: a and c' are
    (standardized) * (SD of alliance or outcome) / (SD of fidelity between teams), b is
    (standardized) * (SD of outcome) / (SD of alliance). Residual SDs are what is left of the
    stated total variance.

    Returns
    -------
    Truth
        311 clients of 14 teams in 7 organizations.

    Examples
    --------
    >>> truth = default_truth()
    >>> truth.a, truth.b_within("quality_of_life"), round(truth.total("quality_of_life"), 4)
    (3.6, 0.4444, 4.4001)
    """
    fidelity, covariates = FidelityTruth(items=ITEMS["fidelity"]), Covariates()
    alliance = _alliance(fidelity, covariates)
    functioning = ("community_functioning", "Community functioning", 17.0, 85.0, 59.70, 8.65)
    return Truth(
        design=Design(
            n_organizations=7,
            team_sizes=TEAM_SIZES,
            displaced_interviews=0.04,
            manager_change=0.15,
            team_change=0.02,
        ),
        fidelity=fidelity,
        covariates=covariates,
        alliance=alliance,
        outcomes=(
            _outcome(
                ("quality_of_life", "Quality of life", 20.0, 140.0, 90.0, 20.0),
                (0.20, 0.30),
                CovariateEffects(age=0.10, man=-1.5, another_gender=-4.0, tenure=0.03),
                alliance,
                covariates,
            ),
            _outcome(
                ("hope", "Hope", 12.0, 48.0, 34.0, 6.0),
                (0.20, 0.30),
                CovariateEffects(age=-0.03, man=-0.4, another_gender=-1.0, tenure=0.01),
                alliance,
                covariates,
            ),
            _outcome(
                functioning,
                (0.15, 0.25),
                CovariateEffects(age=-0.04, man=-0.6, another_gender=-1.0, tenure=0.02),
                alliance,
                covariates,
            ),
        ),
        attrition=Attrition(missing_item=0.01),
        a=_raw(A * ALLIANCE_SD / fidelity.sd_between),
    )


def _alliance(fidelity: FidelityTruth, covariates: Covariates) -> AllianceTruth:
    total = ALLIANCE_SD**2
    effects = CovariateEffects(age=0.05, man=-0.8, another_gender=-1.5, tenure=0.03)
    severity = -0.2 * ALLIANCE_SD
    stability = 0.65
    shares = {"organization": 0.02, "team": 0.03, "manager": 0.11}
    stable_rest = (
        stability * total
        - sum(shares.values()) * total
        - severity**2
        - covariates.variance(effects)
        - (A * ALLIANCE_SD) ** 2
    )
    return AllianceTruth(
        mean=88.0,
        sd=ALLIANCE_SD,
        trend=0.06,
        severity=_raw(severity),
        covariates=effects,
        clusters=ClusterSpread(**{k: _raw(math.sqrt(v * total)) for k, v in shares.items()}),
        sd_client=_raw(math.sqrt(stable_rest)),
        sd_occasion=_raw(math.sqrt((1 - stability) * total)),
        items=ITEMS["alliance"],
    )


def _outcome(
    scale: tuple[str, str, float, float, float, float],
    slopes: tuple[float, float],
    effects: CovariateEffects,
    alliance: AllianceTruth,
    covariates: Covariates,
) -> OutcomeTruth:
    """One outcome from its scale (name, label, low, high, mean, SD) and standardized slopes."""
    name, label, low, high, mean, sd = scale
    c_prime, severity, (b_within, b_between) = 0.05, -0.5, slopes
    shares = {"organization": 0.01, "team": 0.02, "manager": 0.02}
    caused = covariates.variance(effects) / sd**2
    baseline = 1 - severity**2 - sum(shares.values()) - caused
    # Severity and covariates reach follow-up by baseline and by the alliance; of covariates
    # only the direct part, since the product of two small slopes is negligible.
    clusters_of_alliance = alliance.clusters.organization**2 + alliance.clusters.team**2
    inside = 1 - clusters_of_alliance / alliance.sd**2 - A**2
    residual = (
        1
        - RETEST**2
        - (1 - RETEST**2) * caused
        - b_within**2 * inside
        - 2 * RETEST * severity * b_within * alliance.severity / alliance.sd
        - (c_prime + A * b_between) ** 2
        - b_between**2 * clusters_of_alliance / alliance.sd**2
        - (1 - RETEST**2) * sum(shares.values())
    )
    return OutcomeTruth(
        name=name,
        label=label,
        low=low,
        high=high,
        unit=1.0,
        mean=mean,
        sd=sd,
        c_prime=_raw(c_prime * sd / FidelityTruth().sd_between),
        b_within=_raw(b_within * sd / alliance.sd),
        b_between=_raw(b_between * sd / alliance.sd),
        trend=_raw(0.004 * sd),
        retest=RETEST,
        severity=_raw(severity * sd),
        covariates=effects,
        baseline_clusters=_spread(shares, sd),
        clusters=_spread({k: (1 - RETEST**2) * v for k, v in shares.items()}, sd),
        sd_baseline=_raw(math.sqrt(baseline) * sd),
        sd_residual=_raw(math.sqrt(residual) * sd),
        items=ITEMS[name],
    )


def _spread(shares: dict[str, float], sd: float) -> ClusterSpread:
    return ClusterSpread(**{k: _raw(math.sqrt(v) * sd) for k, v in shares.items()})


def _raw(value: float) -> float:
    """Round, so that truth files show the number that was used."""
    return round(value, 4)
