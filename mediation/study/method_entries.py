"""Engine and interval as the parts of a manifest that name a method and its options."""

from __future__ import annotations

from math import ceil
from typing import Literal

from pydantic import Field, field_validator, model_validator

from mediation.toml.parts import Name, Part, broken_rule
from mediation.vocabulary import (
    BootstrapLimits,
    Covariance,
    DfMethod,
    DrawDistribution,
    ImputedUnit,
    Likelihood,
    MissingMethod,
    Resample,
    SlopeCovariance,
    StandardErrors,
    WildWeights,
    ZeroVariance,
)

# Engines that a manifest cannot name yet, with the functions that take them.
PYTHON_ONLY = {
    "latent_sem": "`LatentSEM({...})` with `mediate` or `estimate`",
}
ENGINE_OPTIONS = {
    "mixed_models": ("zero_variance", "slope_covariance", "likelihood", "df_method"),
    "ols": ("covariance", "cluster"),
    "two_level_sem": ("standard_errors",),
}
INTERVAL_OPTIONS = {
    "monte_carlo": ("n_draws", "distribution"),
    "product_distribution": ("distribution",),
    "delta": ("distribution",),
    "joint_significance": ("distribution",),
    "bootstrap": ("resample", "limits", "n_resamples", "enumerate_up_to"),
    "wild_cluster_bootstrap": ("weights", "n_vectors"),
}


def check_own_options(entry: EngineEntry | IntervalEntry, own: tuple[str, ...]) -> None:
    """Refuse options that belong to another method."""
    others = sorted(entry.model_fields_set - {"name", "conf_level", *own})
    if others:
        advice = f"Its options are {', '.join(own)}. Remove the others."
        raise broken_rule(f'options of "{entry.name}"', f"`{'`, `'.join(others)}`", advice)


class EngineEntry(Part):
    """`[models.engine]`: the estimator and its options."""

    name: Literal["mixed_models", "ols", "two_level_sem"]
    zero_variance: ZeroVariance = ZeroVariance.DROP
    slope_covariance: SlopeCovariance = SlopeCovariance.CR2
    likelihood: Likelihood = Likelihood.REML
    df_method: DfMethod = DfMethod.KENWARD_ROGER
    covariance: Covariance = Covariance.CLASSICAL
    cluster: str | None = None
    standard_errors: StandardErrors = StandardErrors.OBSERVED

    @field_validator("name", mode="before")
    @classmethod
    def _in_manifests(cls, value: object) -> object:
        if isinstance(value, str) and value in PYTHON_ONLY:
            advice = f"Use {PYTHON_ONLY[value]} there, or choose one of these."
            found = f'"{value}", which is there from Python only for now'
            raise broken_rule('"mixed_models", "ols" or "two_level_sem"', found, advice)
        return value

    @model_validator(mode="after")
    def _options_fit(self) -> EngineEntry:
        check_own_options(self, ENGINE_OPTIONS[self.name])
        if (self.likelihood, self.df_method) == (Likelihood.ML, DfMethod.KENWARD_ROGER):
            advice = 'Set `df_method = "satterthwaite"` or "between_within", or leave REML.'
            raise broken_rule("REML for Kenward-Roger", '`likelihood = "ml"`', advice, "df_method")
        if self.cluster is not None and not self.is_clustered_ols:
            advice = 'Set `covariance = "cr2"`, or remove `cluster`.'
            expected = "no `cluster` for this covariance"
            raise broken_rule(expected, self.cluster, advice, "cluster")
        return self

    @property
    def is_clustered_ols(self) -> bool:
        """Whether it is least squares with a cluster-robust covariance."""
        return self.name == "ols" and self.covariance in (Covariance.CR1, Covariance.CR2)


class IntervalEntry(Part):
    """`[models.interval]`: how limits are made, and the options of that method."""

    name: Literal[
        "monte_carlo",
        "product_distribution",
        "delta",
        "joint_significance",
        "bootstrap",
        "wild_cluster_bootstrap",
    ] = "monte_carlo"
    conf_level: float = Field(default=0.95, ge=0.5, le=0.999)
    n_draws: int = Field(default=20_000, ge=100)
    distribution: DrawDistribution | None = None
    resample: Resample = Resample.CLUSTERS
    limits: BootstrapLimits = BootstrapLimits.PERCENTILE
    n_resamples: int = Field(default=5_000, ge=100)
    enumerate_up_to: int = Field(default=10_000, ge=0)
    weights: WildWeights | None = None
    n_vectors: int = Field(default=9_999, ge=99)

    @model_validator(mode="after")
    def _options_fit(self) -> IntervalEntry:
        check_own_options(self, INTERVAL_OPTIONS[self.name])
        least = ceil(2 / (1 - self.conf_level) - 1 - 1e-9)
        counts = {"monte_carlo": "n_draws", "bootstrap": "n_resamples"}
        count = counts.get(self.name, "")
        if count and getattr(self, count) < least:
            advice = "Give more, or a lower `conf_level`."
            found = f"{getattr(self, count)}"
            expected = f"at least {least} for limits of level {self.conf_level:g}"
            raise broken_rule(expected, found, advice, count)
        if (self.resample, self.limits) == (Resample.PARAMETRIC, BootstrapLimits.BCA):
            advice = 'Set `limits = "bc"`, or `resample = "clusters"`.'
            found = '`resample = "parametric"`'
            raise broken_rule("resamples of clusters or clients for BCa", found, advice, "limits")
        return self


class MissingEntry(Part):
    """`[models.missing]`: what is done about missing values.

    `auxiliary` are columns that help to impute and are in no equation: client columns, scores
    at the first wave, `<score>_0`, and scores at any wave, `<score>@<months>`.
    """

    method: MissingMethod = MissingMethod.COMPLETE_CASES
    n_imputations: int = Field(default=50, ge=2)
    n_iterations: int = Field(default=20, ge=1)
    auxiliary: tuple[Name, ...] = ()
    of: ImputedUnit = ImputedUnit.SCORES

    @model_validator(mode="after")
    def _options_fit(self) -> MissingEntry:
        given = sorted(self.model_fields_set - {"method"})
        if given and self.method is not MissingMethod.MULTIPLE_IMPUTATION:
            advice = 'Remove them, or set `method = "multiple_imputation"`.'
            expected = f'no options for "{self.method.value}"'
            raise broken_rule(expected, f"`{'`, `'.join(given)}`", advice)
        if len(set(self.auxiliary)) < len(self.auxiliary):
            raise broken_rule("auxiliary columns that differ", "one twice", "Name each once.")
        return self


def check_missing_goes(engine: EngineEntry, interval: IntervalEntry, missing: MissingEntry) -> None:
    """Refuse a way of treating missing values that does not go with engine and interval.

    Raises
    ------
    PydanticCustomError
        With what was expected and found, and what to do.
    """
    is_full = missing.method is MissingMethod.FULL_INFORMATION
    if is_full != (engine.name == "two_level_sem"):
        advice = 'Write both or neither; mixed models go with "multiple_imputation".'
        expected = '"full_information" together with the engine "two_level_sem"'
        found = f'"{missing.method.value}" with `{engine.name}`'
        raise broken_rule(expected, found, advice, "missing.method")
    analytic = ("monte_carlo", "product_distribution", "delta", "joint_significance")
    is_imputed = missing.method is MissingMethod.MULTIPLE_IMPUTATION
    if is_imputed and interval.name not in analytic:
        advice = f"Choose one of {', '.join(analytic)}."
        expected = "an interval made from pooled paths"
        raise broken_rule(expected, f'"{interval.name}"', advice, "interval.name")


def check_interval_goes(
    engine: EngineEntry, interval: IntervalEntry, clusters: tuple[str, ...], n_mediators: int
) -> None:
    """Refuse an interval that does not go with the engine and clusters of a model.

    Raises
    ------
    PydanticCustomError
        With what was expected and found, and what to do.
    """
    if interval.name == "wild_cluster_bootstrap" and not engine.is_clustered_ols:
        advice = 'Set `engine = { name = "ols", covariance = "cr1" }`, or choose another interval.'
        raise broken_rule(
            "least squares by cluster for the wild cluster bootstrap",
            f"`{engine.name}`",
            advice,
            "interval.name",
        )
    if interval.name != "bootstrap":
        return
    is_blind = engine.name == "ols" and not engine.is_clustered_ols
    wrong = {
        Resample.CLUSTERS: (not clusters, "clusters to draw", "Name `clusters`."),
        Resample.CLIENTS: (
            bool(clusters),
            "`clusters = []`, since clients are drawn as if independent",
            'Set `resample = "clusters"`, or "published" to show what published analyses do.',
        ),
        Resample.PUBLISHED: (
            not is_blind,
            "least squares that takes rows as independent",
            'Set `engine = { name = "ols" }`, or `resample = "clusters"`.',
        ),
        Resample.PARAMETRIC: (
            n_mediators > 1 or (engine.name == "ols" and bool(clusters)),
            "one mediator, and with clusters mixed models, for data drawn from the model",
            'Set `resample = "clusters"`.',
        ),
    }
    is_wrong, expected, advice = wrong[interval.resample]
    if is_wrong:
        found = f'`resample = "{interval.resample.value}"`'
        raise broken_rule(expected, found, advice, "interval.resample")
