"""`[models.specifications]`: the choices that could have been made otherwise."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from mediation.study.method_entries import EngineEntry, MissingEntry
from mediation.toml.parts import Name, Part, broken_rule
from mediation.vocabulary import LinkageRule, Metric, StaleRows, TimeAdjustment

Names = tuple[Name, ...]


class LinkageChoice(Part):
    """Another way to link fidelity; what is left out is as in `[linkage]`."""

    rule: LinkageRule | None = None
    window_months: float | None = Field(default=None, gt=0)
    max_age_months: float | None = Field(default=None, gt=0)
    stale: StaleRows | None = None

    @model_validator(mode="after")
    def _window_goes(self) -> LinkageChoice:
        is_mean = self.rule is LinkageRule.MEAN_EXPOSURE
        if is_mean != (self.window_months is not None):
            advice = 'Write both: `{ rule = "mean_exposure", window_months = 12 }`.'
            expected = "`window_months` together with a mean exposure"
            raise broken_rule(expected, "one without the other", advice)
        return self


class ScoringChoice(Part):
    """Another way to score the scales of the interviews; what is left out is as in `[scores.*]`."""

    metric: Metric | None = None
    max_missing: float | None = Field(default=None, ge=0, lt=1)


class SpecificationsEntry(Part):
    """Lists of choices; every combination that has a meaning is fitted.

    A list that is left out, or does not hold the declared choice, gets it: the declared model is
    always one of the specifications.
    """

    engines: tuple[EngineEntry, ...] = ()
    clusters: tuple[Names, ...] = ()
    covariates: tuple[Names, ...] = ()
    baseline: tuple[bool, ...] = ()
    time_adjustment: tuple[TimeAdjustment, ...] = ()
    linkage: tuple[LinkageChoice, ...] = ()
    missing: tuple[MissingEntry, ...] = ()
    scoring: tuple[ScoringChoice, ...] = ()
    effects: tuple[
        Literal[
            "indirect within",
            "contextual between",
            "indirect between",
            "direct between",
            "total between",
        ],
        ...,
    ] = ()

    @model_validator(mode="after")
    def _something_varies(self) -> SpecificationsEntry:
        if not any(getattr(self, name) for name in type(self).model_fields):
            advice = 'Write for example `clusters = [["organization", "team"], ["team"]]`.'
            raise broken_rule("at least one list of choices", "none", advice)
        if TimeAdjustment.WHEN_PREDICTOR_VARIES in self.time_adjustment:
            advice = "The declared choice is there anyway."
            raise broken_rule('"always" or "never"', "another", advice, "time_adjustment")
        return self
