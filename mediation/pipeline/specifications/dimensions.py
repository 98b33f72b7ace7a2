"""The choices of an entry, dimension by dimension, the declared one first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from mediation.reporting.specifications.choice_words import (
    adjusted_words,
    clusters_words,
    covariates_words,
    engine_words,
    linkage_words,
    missing_words,
    scoring_words,
)
from mediation.reporting.specifications.curve import Dimension
from mediation.study.entries import LinkageEntry, ModelEntry
from mediation.study.method_entries import EngineEntry, MissingEntry
from mediation.study.specification_entry import (
    LinkageChoice,
    ScoringChoice,
    SpecificationsEntry,
)
from mediation.study.study import Study
from mediation.vocabulary import Covariance, LinkageRule, MissingMethod, TimeAdjustment

# Least squares that takes rows as independent: the engine of the published specification.
BLIND = EngineEntry(name="ols", covariance=Covariance.CLASSICAL)


@dataclass(frozen=True, slots=True)
class Options:
    """One dimension: its choices as values, in words, and which of them are combined.

    Attributes
    ----------
    name, title : str
    values : tuple
        The declared choice first.
    words : tuple of str
    n_combined : int
        The first so many are combined with those of other dimensions; after them may come one
        that the published specification alone makes.
    published : int
        Which choice the published specification makes.
    """

    name: str
    title: str
    values: tuple[Any, ...]
    words: tuple[str, ...]
    n_combined: int
    published: int = 0

    @property
    def dimension(self) -> Dimension:
        """The dimension for readers."""
        return Dimension(self.name, self.title, self.words)


def options_of(
    study: Study, entry: ModelEntry, asked: SpecificationsEntry, *, timed: bool
) -> tuple[Options, ...]:
    """List what can be chosen in an entry of the manifest.

    Parameters
    ----------
    study : Study
    entry : ModelEntry
    asked : SpecificationsEntry
    timed : bool
        Whether calendar time is in the equations of the declared model.

    Returns
    -------
    tuple of Options
        Of every dimension of `[models.specifications]`, also those of one choice.
    """
    linkage = study.manifest.linkage
    time = TimeAdjustment.ALWAYS if timed else TimeAdjustment.NEVER
    complete = MissingEntry(method=MissingMethod.COMPLETE_CASES)
    return (
        _options("engines", "Engine", entry.engine, asked.engines, engine_words, BLIND),
        _options("clusters", "Clusters", entry.clusters, asked.clusters, clusters_words, ()),
        _options("covariates", "Covariates", entry.covariates, asked.covariates,
                 lambda names: covariates_words(names, lambda n: study.variable(n).label)),
        _options("baseline", "Outcome at baseline", entry.baseline, asked.baseline, adjusted_words),
        _options("time_adjustment", "Calendar time", time, asked.time_adjustment,
                 lambda each: adjusted_words(each is TimeAdjustment.ALWAYS)),
        _options("linkage", "Fidelity linked", linkage,
                 [_linked(linkage, each) for each in asked.linkage if linkage],
                 lambda each: linkage_words(each) if each else ""),
        _options("missing", "Missing values", entry.missing, asked.missing, missing_words,
                 complete),
        _options("scoring", "Scores", ScoringChoice(), asked.scoring, scoring_words),
        _options("effects", "Effect", entry.headline, asked.effects, str),
    )  # fmt: skip


def _options(
    name: str,
    title: str,
    declared: Any,
    asked: Iterable[Any],
    words: Callable[[Any], str],
    published: Any = None,
) -> Options:
    values = _unique([declared, *asked])
    n_combined = len(values)
    if published is not None:
        values = _unique([*values, published])
    at = 0 if published is None else _place(values, published)
    return Options(name, title, tuple(values), _told_apart(values, words), n_combined, at)


def _unique(values: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if _place(found, value) < 0:
            found.append(value)
    return found


def _place(values: Iterable[Any], wanted: Any) -> int:
    """Find a value by what it says, whichever of its entries were written out."""
    told = [_told(value) for value in values]
    return told.index(_told(wanted)) if _told(wanted) in told else -1


def _told(value: Any) -> object:
    return value.model_dump() if hasattr(value, "model_dump") else value


def _told_apart(values: list[Any], words: Callable[[Any], str]) -> tuple[str, ...]:
    """Put choices in words; those that words do not tell apart are numbered."""
    said = [words(value) for value in values]
    return tuple(
        text if said.count(text) == 1 else f"{text} ({said[: at + 1].count(text)})"
        for at, text in enumerate(said)
    )


def _linked(linkage: LinkageEntry | None, choice: LinkageChoice) -> LinkageEntry:
    """Change the declared linkage by what a choice says."""
    assert linkage is not None
    given = {name: value for name, value in dict(choice).items() if value is not None}
    if choice.rule is not None and choice.rule is not LinkageRule.MEAN_EXPOSURE:
        given["window_months"] = None
    return linkage.model_copy(update=given)
