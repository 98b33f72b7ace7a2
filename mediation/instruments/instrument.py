"""A scoring key: what an instrument asks, who answers, and how its items make a score."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from mediation.instruments.rules import breaches
from mediation.toml.parts import Name, Part, broken_rule
from mediation.vocabulary import Metric

Items = tuple[Name, ...]
Subscales = Annotated[Mapping[str, Items], AfterValidator(MappingProxyType)]
# A default of this package without a source: of 12 items two may be missing, of 24 four. It is
# stricter than the common rule of half of the items, as the mean of few items is a poor stand-in.
MAX_MISSING = 0.2


class Rater(Enum):
    """Who answers the items."""

    CLIENT = "client"
    CASE_MANAGER = "case_manager"
    INTERVIEWER = "interviewer"
    REVIEWER = "reviewer"
    NOT_STATED = "not_stated"


class InstrumentKind(Enum):
    """What a score is made of: responses to items, or a table of goals."""

    ITEMS = "items"
    GOALS = "goals"


class Threshold(Part):
    """A published cut of the whole score: at or above it, the label holds."""

    value: float
    metric: Metric
    label: Name
    source: Name


class Instrument(Part):
    """A scoring key, one version of one instrument.

    Attributes
    ----------
    key : str
        How manifests name it: small letters, digits and `_`.
    name, version, measures, source : str
    rater : Rater
    verified : bool
        Every fact of the key was read in `source`. Otherwise `note` says which were not.
    note : str
    kind : InstrumentKind
    responses : tuple of float, optional
        Lowest and highest response to an item.
    whole : bool
        Responses are whole numbers.
    items : tuple of str
        Their names, in the order of the columns that are scored.
    reversed : tuple of str, optional
        Items turned before they are added. None if the source does not say whether there are
        any: responses are then scored as they come, and `cautions` says so.
    subscales : mapping of str to tuple of str
    metric : Metric, optional
        Of the score where nobody chooses one.
    max_missing : float
        Greatest share of missing items that is made up for by the mean of the others.
    threshold : Threshold, optional
    relationship_items : tuple of str, optional
        Of a fidelity scale: items that measure the relationship itself, so that predictor and
        mediator overlap. None if it is not known which do.
    """

    key: Name
    name: Name
    version: Name
    measures: Name
    rater: Rater
    source: Name
    verified: bool
    note: str = ""
    kind: InstrumentKind = InstrumentKind.ITEMS
    responses: tuple[float, float] | None = None
    whole: bool = True
    items: Items = ()
    reversed: Items | None = None
    subscales: Subscales = Field(default_factory=lambda: MappingProxyType({}))
    metric: Metric | None = None
    max_missing: float = Field(default=MAX_MISSING, ge=0, lt=1)
    threshold: Threshold | None = None
    relationship_items: Items | None = None

    @model_validator(mode="after")
    def _keeps_rules(self) -> Instrument:
        raw = {name: value for name, value in self if value is not None}
        raw["kind"] = self.kind.value
        if self.threshold is not None:
            raw["threshold"] = self.threshold.model_dump(mode="json")
        for breach in breaches(raw):
            raise broken_rule(breach.expected, breach.found, breach.advice, breach.place)
        return self


def cautions(instrument: Instrument, is_predictor: bool = False) -> tuple[str, ...]:
    """Say what a reader of scores of this instrument must know.

    Parameters
    ----------
    instrument : Instrument
    is_predictor : bool
        The score is the predictor of an analysis whose mediator is the relationship.

    Returns
    -------
    tuple of str
        Sentences: that facts of the key are unverified, that nothing is known of reversed
        items, that predictor and mediator may overlap.

    Examples
    --------
    >>> from mediation.instruments.reading import instrument
    >>> for sentence in cautions(instrument("herth_hope_index")):
    ...     print(sentence)
    Which items are reversed is not stated in the scoring key: responses were scored as they came.
    """
    found = []
    if not instrument.verified:
        found.append("The scoring key is unverified: compare it with the form that was used.")
    if instrument.kind is InstrumentKind.ITEMS and instrument.reversed is None:
        found.append(
            "Which items are reversed is not stated in the scoring key: responses were scored as "
            "they came."
        )
    if is_predictor and instrument.relationship_items is None:
        found.append(
            "Whether items measure the relationship is not stated in the scoring key: predictor "
            "and mediator may overlap."
        )
    elif is_predictor and instrument.relationship_items:
        found.append(
            f"Items {', '.join(instrument.relationship_items)} measure the relationship: predictor "
            "and mediator overlap. Give the results without these items too."
        )
    return tuple(found)
