"""Choices of a manifest in a few words, for a column beside a figure."""

from __future__ import annotations

from collections.abc import Callable

from mediation.reporting.format import months, percent
from mediation.study.entries import LinkageEntry
from mediation.study.method_entries import EngineEntry, MissingEntry
from mediation.study.specification_entry import ScoringChoice
from mediation.vocabulary import (
    Covariance,
    DfMethod,
    ImputedUnit,
    Likelihood,
    LinkageRule,
    MissingMethod,
    SlopeCovariance,
    StaleRows,
    StandardErrors,
    ZeroVariance,
)

_RULES = {
    LinkageRule.INTERPOLATE: "interpolated",
    LinkageRule.LAST_BEFORE: "last before",
    LinkageRule.NEAREST: "nearest",
}
_DF = {
    DfMethod.KENWARD_ROGER: "",
    DfMethod.SATTERTHWAITE: ", Satterthwaite",
    DfMethod.BETWEEN_WITHIN: ", between-within df",
}


def engine_words(entry: EngineEntry) -> str:
    """Name an engine with the options that are not its usual ones.

    Examples
    --------
    >>> engine_words(EngineEntry(name="ols", covariance=Covariance.CR2))
    'least squares, CR2 by outermost'
    """
    if entry.name == "two_level_sem":
        is_robust = entry.standard_errors is StandardErrors.ROBUST
        return "two-level model" + (", robust errors" if is_robust else "")
    if entry.name == "ols":
        if entry.covariance is Covariance.CLASSICAL:
            return "least squares, classical"
        if not entry.is_clustered_ols:
            return f"least squares, {entry.covariance.name}"
        by = entry.cluster.replace("_", " ") if entry.cluster else "outermost"
        return f"least squares, {entry.covariance.name} by {by}"
    return (
        "mixed models"
        + (", ML" if entry.likelihood is Likelihood.ML else "")
        + _DF[entry.df_method]
        + (", model errors" if entry.slope_covariance is SlopeCovariance.MODEL else "")
        + (", zeros kept" if entry.zero_variance is ZeroVariance.KEEP else "")
    )


def clusters_words(names: tuple[str, ...]) -> str:
    """Name cluster levels, outermost first.

    Examples
    --------
    >>> clusters_words(("organization", "case_manager")), clusters_words(())
    ('organization, case manager', 'none')
    """
    return ", ".join(name.replace("_", " ") for name in names) or "none"


def covariates_words(names: tuple[str, ...], label: Callable[[str], str]) -> str:
    """Name covariates by their labels."""
    return ", ".join(label(name) for name in names) or "none"


def linkage_words(entry: LinkageEntry) -> str:
    """Name a way to link fidelity.

    Examples
    --------
    >>> from mediation.study.entries import Clock
    >>> entry = LinkageEntry(predictor="fidelity", clock=Clock.DATE, rule=LinkageRule.NEAREST)
    >>> linkage_words(entry)
    'nearest'
    """
    if entry.rule is LinkageRule.MEAN_EXPOSURE:
        words = f"mean of {months(entry.window_months or 0.0)} months"
    else:
        words = _RULES[entry.rule]
    if entry.stale is StaleRows.DROP:
        words += f", up to {months(entry.max_age_months)} months"
    return words


def missing_words(entry: MissingEntry) -> str:
    """Name what is done about missing values.

    Examples
    --------
    >>> missing_words(MissingEntry(method=MissingMethod.MULTIPLE_IMPUTATION, n_imputations=10))
    'imputed (10)'
    """
    if entry.method is MissingMethod.MULTIPLE_IMPUTATION:
        items = ", by items" if entry.of is ImputedUnit.ITEMS else ""
        return f"imputed ({entry.n_imputations}){items}"
    if entry.method is MissingMethod.FULL_INFORMATION:
        return "full information"
    return "complete rows"


def scoring_words(choice: ScoringChoice) -> str:
    """Name a way to score scales.

    Examples
    --------
    >>> scoring_words(ScoringChoice(max_missing=0.0)), scoring_words(ScoringChoice())
    ('complete scales', 'as declared')
    """
    words = [] if choice.metric is None else [f"{choice.metric.value} of items"]
    if choice.max_missing == 0:
        words.append("complete scales")
    elif choice.max_missing is not None:
        words.append(f"up to {percent(choice.max_missing)} made up")
    return ", ".join(words) or "as declared"


def adjusted_words(is_adjusted: bool) -> str:
    """Say whether something is adjusted for."""
    return "adjusted" if is_adjusted else "not adjusted"
