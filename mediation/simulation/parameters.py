"""Parameters of a synthetic study, one frozen value per part of the world.

FACT marks a figure with a public source, ASSUMPTION a figure without one. Sources: Roebuck et al.
(2022), Psychiatric Services 73, 1248-1254 (design of the cohort); Kondrat & Early (2010), Social
Work Research (case managers' share of alliance variance); the Canadian homelessness trial in BMC
Health Services Research (2018), s12913-018-3028-7, Table 1 (MCAS); the Dutch fidelity study,
doi 10.1176/appi.ps.201300425 (10-indicator version, total = mean of indicators).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from mediation.errors import SimulationError


@dataclass(frozen=True, slots=True)
class ClusterSpread:
    """Standard deviations of random effects, in the unit of the variable they belong to."""

    organization: float
    team: float
    manager: float


@dataclass(frozen=True, slots=True)
class CovariateEffects:
    """Linear effects of client covariates, in points of the variable they act on. ASSUMPTION.

    Attributes
    ----------
    age, tenure : float
        Per year and per month, from the mean of the covariate.
    man, another_gender : float
        Against women.
    """

    age: float
    man: float
    another_gender: float
    tenure: float


@dataclass(frozen=True, slots=True)
class Covariates:
    """Distribution of client covariates. ASSUMPTION throughout.

    Attributes
    ----------
    age_mean, age_sd, age_low, age_high : float
        Years; normal, clipped, in whole years.
    share_man, share_another_gender : float
        The rest are women.
    tenure_shape, tenure_scale : float
        Gamma distribution of months with the agency before enrolment, in whole months.
    """

    age_mean: float = 44.0
    age_sd: float = 12.0
    age_low: float = 18.0
    age_high: float = 80.0
    share_man: float = 0.48
    share_another_gender: float = 0.02
    tenure_shape: float = 1.2
    tenure_scale: float = 15.0

    @property
    def tenure_mean(self) -> float:
        """Mean tenure, months."""
        return self.tenure_shape * self.tenure_scale

    def variance(self, effects: CovariateEffects) -> float:
        """Variance that the covariates cause, squared points."""
        man, other = self.share_man, self.share_another_gender
        gender_mean = man * effects.man + other * effects.another_gender
        gender = man * effects.man**2 + other * effects.another_gender**2 - gender_mean**2
        tenure = self.tenure_shape * self.tenure_scale**2
        return effects.age**2 * self.age_sd**2 + effects.tenure**2 * tenure + gender


@dataclass(frozen=True, slots=True)
class ItemsTruth:
    """How a score is spread over the items of its instrument. ASSUMPTION throughout.

    Items follow the partial credit model (Masters 1982, Psychometrika 47, 149-174),
    in which the sum of the items holds everything that they say about a person. They can
    therefore be drawn given the sum, which is the score. Item i has the thresholds
    difficulty + gap * (-(m - 1) / 2, ..., (m - 1) / 2), m being its number of steps.

    Attributes
    ----------
    instrument : str
        A scoring key of the package.
    headers : str
        Header of an item; braces stand for its name in the key.
    difficulty : float
        Difficulties lie between plus and minus this, in logits.
    gap, gap_spread : float
        Distance of neighboring thresholds, logits, on average and up to so much more or less.
        Large gaps make the items of a person alike, and so the scale reliable; items with
        small ones rise most steeply.
    """

    instrument: str
    headers: str
    difficulty: float
    gap: float
    gap_spread: float


@dataclass(frozen=True, slots=True)
class FidelityTruth:
    """Fidelity of a team at an assessment, item mean 1 to 5.

    start + gain * share * (1 - exp(-t / 12)) / (1 - exp(-3)) + organization + team + occasion,
    clipped and rounded to the unit; t in months, share = 1 except in the laggard organization.

    Attributes
    ----------
    start, gain : float
        2.8 and 1.2 points in 36 months. ASSUMPTION.
    laggard : int
        Index of the organization that gains little. That one site lagged is a FACT.
    laggard_share : float
        Share of the gain it makes. ASSUMPTION.
    sd_organization, sd_team, sd_occasion : float
        Deviations, points. ASSUMPTION.
    sd_between : float
        SD between teams that standardized effects refer to, points. ASSUMPTION, close to what
        the defaults produce.
    constant_month : float
        Month whose level a team keeps when fidelity does not change.
    low, high, unit : float
        Scale: 10 indicators rated 1 to 5, mean of indicators (FACT), hence unit 0.1.
    items : ItemsTruth, optional
        Left out, files hold the score. So they do where the scale is not the instrument's.
    """

    start: float = 2.8
    gain: float = 1.2
    laggard: int = 4
    laggard_share: float = 0.2
    sd_organization: float = 0.35
    sd_team: float = 0.30
    sd_occasion: float = 0.20
    sd_between: float = 0.5
    constant_month: float = 12.0
    low: float = 1.0
    high: float = 5.0
    unit: float = 0.1
    items: ItemsTruth | None = None


@dataclass(frozen=True, slots=True)
class AllianceTruth:
    """Working alliance, RPRS sum score of 24 items rated 1 to 4.

    Attributes
    ----------
    mean : float
        Latent mean at the reference fidelity and month, points. ASSUMPTION; 91.0 (SD 8.1) was
        observed in 20 selected clients (FACT), which a milder ceiling is chosen against.
    sd : float
        Latent total SD that the other SDs add up to, points. ASSUMPTION.
    trend : float
        Points per calendar month. ASSUMPTION.
    severity : float
        Points per SD of the client's unmeasured severity. ASSUMPTION.
    covariates : CovariateEffects
    clusters : ClusterSpread
        Case managers carry .11 of the variance (FACT), teams .03 and organizations .02
        (ASSUMPTION).
    sd_client, sd_occasion : float
        Stable and passing deviation of the client, points; the stable parts together make .65
        of the variance (stability of the RPRS .61 to .72, FACT).
    low, high, unit : float
        Scale. FACT.
    skew : float
        Skewness of the stable deviation of clients; negative where scores pile up at the top.
        Zero: normal. Else a shifted log-normal, reflected if negative, of the same mean and SD.
    items : ItemsTruth, optional
        As of fidelity.
    """

    mean: float
    sd: float
    trend: float
    severity: float
    covariates: CovariateEffects
    clusters: ClusterSpread
    sd_client: float
    sd_occasion: float
    low: float = 24.0
    high: float = 96.0
    unit: float = 1.0
    skew: float = 0.0
    items: ItemsTruth | None = None


@dataclass(frozen=True, slots=True)
class OutcomeTruth:
    """One outcome.

    Attributes
    ----------
    name, label : str
        Column and heading.
    low, high, unit : float
        Scale, points.
    mean, sd : float
        At baseline and reference, points. 59.70 and 8.65 for community functioning are a FACT;
        the others ASSUMPTION.
    c_prime : float
        Direct effect of fidelity, outcome points per point of fidelity. ASSUMPTION.
    b_within, b_between : float
        Outcome points per point of alliance, inside teams (the mean over teams) and between
        (latent) team means. ASSUMPTION.
    trend : float
        Points per calendar month. ASSUMPTION.
    retest : float
        Slope of follow-up on baseline. ASSUMPTION (9 to 18 month retests were not found).
    severity : float
        Baseline points per SD of the client's unmeasured severity. ASSUMPTION.
    covariates : CovariateEffects
        On the baseline; the part (1 - retest) also acts on follow-up, so that it persists.
    baseline_clusters, clusters : ClusterSpread
        Random effects on baseline, and on follow-up beyond what baseline carries; drawn apart.
        ASSUMPTION: .02 team, .01 organization, .02 case manager.
    sd_baseline, sd_residual : float
        Residual SD of baseline and follow-up, points.
    slope_sd : float
        SD between teams of the slope inside teams, whose mean is `b_within`.
    items : ItemsTruth, optional
        As of fidelity.
    """

    name: str
    label: str
    low: float
    high: float
    unit: float
    mean: float
    sd: float
    c_prime: float
    b_within: float
    b_between: float
    trend: float
    retest: float
    severity: float
    covariates: CovariateEffects
    baseline_clusters: ClusterSpread
    clusters: ClusterSpread
    sd_baseline: float
    sd_residual: float
    slope_sd: float = 0.0
    items: ItemsTruth | None = None


def check_spreads(
    part: FidelityTruth | AllianceTruth | OutcomeTruth | ClusterSpread, name: str
) -> None:
    """Raise SimulationError if a field of `part` that holds an SD is negative."""
    for field in fields(part):
        value = getattr(part, field.name)
        is_spread = isinstance(part, ClusterSpread) or "sd" in field.name.split("_")
        if isinstance(value, ClusterSpread):
            check_spreads(value, f"{name}.{field.name}")
        elif is_spread and value < 0:
            raise SimulationError(
                f"Standard deviations must not be negative. Found {name}.{field.name} = "
                f"{value:g}. Give zero or more."
            )
