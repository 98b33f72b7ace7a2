"""The parts of `study.toml` as frozen models: one for each table of the file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from itertools import pairwise
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from mediation.instruments.instrument import Rater
from mediation.study.method_entries import (
    EngineEntry,
    IntervalEntry,
    MissingEntry,
    check_interval_goes,
    check_missing_goes,
)
from mediation.study.specification_entry import SpecificationsEntry
from mediation.toml.parts import Name, Part, broken_rule
from mediation.vocabulary import (
    LinkageRule,
    MissingMethod,
    StaleRows,
    TimeAdjustment,
    VariableKind,
    WaveOrder,
)

CLUSTERED_HEADLINES = (
    "indirect within",
    "contextual between",
    "indirect between",
    "direct between",
    "total between",
)
SINGLE_HEADLINES = ("indirect single", "direct single", "total single")

Dataset = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]\w*(\.\w+)*::\w+(\.\w+)*$")]
Delimiter = Annotated[str, StringConstraints(min_length=1, max_length=1)]
Columns = Annotated[Mapping[str, Name], Field(min_length=1), AfterValidator(MappingProxyType)]
Recoding = Annotated[
    Mapping[str, Annotated[Mapping[str, float], AfterValidator(MappingProxyType)]],
    AfterValidator(MappingProxyType),
]


class Clock(Enum):
    """How dates are written: ISO dates, or months on one clock common to all tables."""

    DATE = "date"
    MONTHS = "months"


class StudyEntry(Part):
    """`[study]`: the name of the study, its seed, and how it is shown.

    `robustness = false` leaves out what a report asks of its answer, for drafts.
    """

    name: Name
    synthetic: bool
    seed: int = Field(ge=0)
    note: str = ""
    row_noun: tuple[Name, Name] = ("client", "clients")
    letter_clusters: bool = True
    minimum_cell: int = Field(default=5, ge=1)
    robustness: bool = True


class FileTable(Part):
    """A file and its columns, by the contract's names; the ending of its name says its format.

    `delimiter`, `decimal` and `encoding` are of CSV files, `sheet` is of workbooks. `date_format`
    is that of dates written as text, as in `strptime`; left out, ISO. `missing` are texts that
    mean a missing value besides an empty cell and NA.
    """

    file: Name
    columns: Columns
    delimiter: Delimiter = ","
    decimal: Literal[".", ","] = "."
    encoding: Name = "utf-8"
    sheet: Name | None = None
    date_format: Name | None = None
    missing: tuple[Name, ...] = ()


class RowsTable(Part):
    """The table of a flat study, from a CSV file or from a published data set."""

    columns: Columns
    file: Name | None = None
    dataset: Dataset | None = None
    delimiter: Delimiter = ","
    decimal: Literal[".", ","] = "."
    encoding: Name = "utf-8"
    sheet: Name | None = None
    date_format: Name | None = None
    missing: tuple[Name, ...] = ()
    recode: Recoding = Field(default_factory=lambda: MappingProxyType({}))

    @model_validator(mode="after")
    def _one_source(self) -> RowsTable:
        if (self.file is None) == (self.dataset is None):
            found = "neither" if self.file is None else "both"
            raise broken_rule("either `file` or `dataset`", found, "Give exactly one of them.")
        return self


class TablesEntry(Part):
    """`[tables.*]`: three tables of a study with interviews and two more, or one table of rows."""

    fidelity: FileTable | None = None
    clients: FileTable | None = None
    interviews: FileTable | None = None
    spells: FileTable | None = None
    goals: FileTable | None = None
    rows: RowsTable | None = None


class VariableEntry(Part):
    """`[variables.*]`: how a column is shown, how its values are to be read, and who gives them."""

    label: str = ""
    kind: VariableKind = VariableKind.NUMBER
    range: tuple[float, float] | None = None
    unit: float | None = Field(default=None, gt=0)
    levels: tuple[Name, ...] = ()
    rater: Rater | None = None

    @model_validator(mode="after")
    def _range_and_levels(self) -> VariableEntry:
        kind = f'kind "{self.kind.value}"'
        if self.kind is VariableKind.SCORE and self.range is None:
            advice = "Write the lowest and the highest possible score: `range = [24, 96]`."
            raise broken_rule("a range for a score", "none", advice)
        if self.kind is not VariableKind.SCORE and self.range is not None:
            advice = 'Remove it, or set `kind = "score"`.'
            raise broken_rule(f"no range for {kind}", "one", advice)
        if self.range is not None and not self.range[0] < self.range[1]:
            found = f"[{self.range[0]:g}, {self.range[1]:g}]"
            raise broken_rule("a range from low to high", found, "Write the lower end first.")
        if self.levels and self.kind is not VariableKind.CATEGORY:
            advice = 'Remove them, or set `kind = "category"`.'
            raise broken_rule(f"no levels for {kind}", "some", advice)
        if len(set(self.levels)) < len(self.levels):
            raise broken_rule("levels that differ", "one level twice", "Name every level once.")
        return self


class WavesEntry(Part):
    """`[waves]`: months since enrolment at which clients are interviewed.

    With a `window`, an interview belongs to the nearest wave if it was held at most so many
    months before or after it; without, it must be written with the wave's own number.
    """

    values: tuple[float, ...] = Field(min_length=1)
    window: float | None = Field(default=None, gt=0)

    @field_validator("values")
    @classmethod
    def _ascending(cls, values: tuple[float, ...]) -> tuple[float, ...]:
        if any(later <= earlier for earlier, later in pairwise(values)):
            found = ", ".join(f"{value:g}" for value in values)
            raise broken_rule("months in ascending order", found, "Sort them, each once.")
        return values

    @model_validator(mode="after")
    def _windows_apart(self) -> WavesEntry:
        nearest = min((b - a for a, b in pairwise(self.values)), default=float("inf"))
        if self.window is not None and 2 * self.window > nearest:
            advice = "Choose a smaller `window`, so that no interview lies in two."
            expected = f"windows that do not overlap: at most {nearest / 2:g} months"
            raise broken_rule(expected, f"{self.window:g}", advice, "window")
        return self


class LinkageEntry(Part):
    """`[linkage]`: which fidelity belongs to an interview.

    `window_months` is the length of the exposure of `mean_exposure`. With `fidelity_level`, a
    cluster column further out than what is scored, its clients have the mean of its clusters.
    """

    predictor: Name
    clock: Clock
    rule: LinkageRule = LinkageRule.INTERPOLATE
    window_months: float | None = Field(default=None, gt=0)
    fidelity_level: Name | None = None
    max_age_months: float = Field(default=12.0, gt=0)
    stale: StaleRows = StaleRows.KEEP

    @model_validator(mode="after")
    def _window_goes(self) -> LinkageEntry:
        is_mean = self.rule is LinkageRule.MEAN_EXPOSURE
        if is_mean and self.window_months is None:
            advice = "Write over how many months before the interview: `window_months = 12`."
            raise broken_rule("`window_months` for a mean exposure", "none", advice)
        if not is_mean and self.window_months is not None:
            advice = 'Remove it, or set `rule = "mean_exposure"`.'
            raise broken_rule("no `window_months` for this rule", "one", advice, "window_months")
        return self


class WavesOfModel(Part):
    """The interview of the mediator and the interview of the outcome."""

    mediator: float
    outcome: float


class ModelEntry(Part):
    """One of `[[models]]`: a grid of outcomes and waves with one headline.

    `baseline` has a meaning only with interviews; ask `Manifest.uses_baseline`.
    """

    name: Name
    headline: str
    predictor: Name
    mediators: tuple[Name, ...] = Field(min_length=1)
    outcomes: tuple[Name, ...] = Field(min_length=1)
    waves: tuple[WavesOfModel, ...] = ()
    order: WaveOrder = WaveOrder.MEDIATOR_FIRST
    baseline: bool = True
    covariates: tuple[Name, ...] = ()
    mediator_covariates: tuple[Name, ...] = ()
    outcome_covariates: tuple[Name, ...] = ()
    split_covariates: bool = False
    split_at: tuple[Name, ...] = ()
    clusters: tuple[Name, ...]
    time_adjustment: TimeAdjustment = TimeAdjustment.WHEN_PREDICTOR_VARIES
    engine_given: EngineEntry | None = Field(default=None, alias="engine")
    interval: IntervalEntry = IntervalEntry()
    missing_given: MissingEntry | None = Field(default=None, alias="missing")
    specifications: SpecificationsEntry | None = None

    @field_validator("headline")
    @classmethod
    def _headline_exists(cls, value: str) -> str:
        if value not in CLUSTERED_HEADLINES + SINGLE_HEADLINES:
            advice = (
                f"Write one of {', '.join(CLUSTERED_HEADLINES)}; without clusters one of "
                f"{', '.join(SINGLE_HEADLINES)}."
            )
            raise broken_rule("an effect and its level", f'"{value}"', advice)
        return value

    @model_validator(mode="after")
    def _engine_knows_clusters(self) -> ModelEntry:
        known = ", ".join(self.clusters) or "none are named"
        if self.engine.is_clustered_ols and not self.clusters:
            advice = "Name `clusters`, or choose another covariance."
            raise broken_rule("clusters for a cluster-robust covariance", "none", advice)
        if self.engine.cluster is not None and self.engine.cluster not in self.clusters:
            advice = "Name one of them, or leave `cluster` out."
            expected = f"one of the clusters: {known}"
            raise broken_rule(expected, self.engine.cluster, advice, "engine.cluster")
        if self.engine.name == "two_level_sem" and len(self.clusters) != 1:
            advice = "Name the level at which fidelity is scored, or choose `mixed_models`."
            expected = "one level of clusters for the two-level model"
            raise broken_rule(expected, f"{len(self.clusters)}", advice, "clusters")
        if self.split_at != tuple(name for name in self.clusters if name in self.split_at):
            advice = "Name some of them in their order, or leave `split_at` out."
            found = ", ".join(self.split_at)
            raise broken_rule(f"clusters: {known}", found, advice, "split_at")
        check_missing_goes(self.engine, self.interval, self.missing)
        check_interval_goes(self.engine, self.interval, self.clusters, len(self.mediators))
        return self

    @property
    def effect_and_level(self) -> tuple[str, str]:
        """The headline as (effect, level)."""
        effect, level = self.headline.split()
        return effect, level

    @property
    def engine(self) -> EngineEntry:
        """The engine; left out, `mixed_models` with clusters and `ols` without."""
        if self.engine_given is not None:
            return self.engine_given
        return EngineEntry(name="mixed_models" if self.clusters else "ols")

    @property
    def missing(self) -> MissingEntry:
        """What is done about missing values; left out, what the engine can do with them."""
        if self.missing_given is not None:
            return self.missing_given
        full = self.engine.name == "two_level_sem"
        method = MissingMethod.FULL_INFORMATION if full else MissingMethod.COMPLETE_CASES
        return MissingEntry(method=method)
