"""The whole of `study.toml`, and the questions the package asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

from mediation.instruments.instrument import Instrument
from mediation.instruments.scale import range_of, unit_of
from mediation.study.entries import (
    FileTable,
    LinkageEntry,
    ModelEntry,
    RowsTable,
    StudyEntry,
    TablesEntry,
    VariableEntry,
    WavesEntry,
)
from mediation.study.score_entries import ScoreEntry, item_column
from mediation.study.wording import in_words
from mediation.toml.parts import Part
from mediation.vocabulary import VariableKind

CLIENT, WAVE, DATE = "client", "wave", "date"
ENROLLED, START, END, STATUS = "enrolled", "start", "end", "status"
MANAGER, TEAM = "case_manager", "team"
# Columns that linkage makes of spells, for the mediator's interview.
MANAGER_TENURE, PROGRAM_TENURE = "manager_tenure", "program_tenure"
CHANGED_MANAGER, CHANGED_TEAM = "changed_manager", "changed_team"
CALENDAR = "calendar_months"
BASELINE_SUFFIX = "_0"
WAVE_TOLERANCE = 1e-9
CONTRACT_CLUSTERS = ("organization", "team", "case_manager")

_MADE_LABELS = {
    PROGRAM_TENURE: "Months in the program",
    MANAGER_TENURE: "Months with the case manager",
    CHANGED_MANAGER: "Changed case manager",
    CHANGED_TEAM: "Changed team",
}

Variables = Annotated[Mapping[str, VariableEntry], AfterValidator(MappingProxyType)]
Instruments = Annotated[Mapping[str, Instrument], AfterValidator(MappingProxyType)]
Scores = Annotated[Mapping[str, ScoreEntry], AfterValidator(MappingProxyType)]


class TableRole(Enum):
    """The tables of a study; `ROWS` is the only table of a flat study."""

    FIDELITY = "fidelity"
    CLIENTS = "clients"
    INTERVIEWS = "interviews"
    SPELLS = "spells"
    GOALS = "goals"
    ROWS = "rows"


class Manifest(Part):
    """The whole of `study.toml`; `docs/manifest.md` has every key.

    `instruments` has the scoring key of every score. It is no key of the file: reading adds it.
    """

    study: StudyEntry
    tables: TablesEntry
    variables: Variables = Field(default_factory=lambda: MappingProxyType({}))
    scores: Scores = Field(default_factory=lambda: MappingProxyType({}))
    waves: WavesEntry | None = None
    linkage: LinkageEntry | None = None
    models: tuple[ModelEntry, ...] = Field(min_length=1)
    instruments: Instruments = Field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_flat(self) -> bool:
        """Whether the study is one table of rows, without interviews."""
        return self.tables.rows is not None

    @property
    def roles(self) -> tuple[TableRole, ...]:
        """The tables of this study, in the order in which they are read."""
        if self.is_flat:
            return (TableRole.ROWS,)
        needed = (TableRole.FIDELITY, TableRole.CLIENTS, TableRole.INTERVIEWS)
        more = (TableRole.SPELLS, TableRole.GOALS)
        return (*needed, *(role for role in more if getattr(self.tables, role.value) is not None))

    @property
    def unit_role(self) -> TableRole:
        """The table with one row for each unit of analysis: clients, or the flat rows."""
        return TableRole.ROWS if self.is_flat else TableRole.CLIENTS

    def table(self, role: TableRole) -> FileTable | RowsTable:
        """Where a table is and what its columns are called."""
        entry: FileTable | RowsTable = getattr(self.tables, role.value)
        return entry

    def columns(self, role: TableRole) -> tuple[str, ...]:
        """Contract names of the columns of a table; empty if the study has no such table.

        Scores made of items are columns of their table.
        """
        if role not in self.roles:
            return ()
        scored = (name for name, score in self.scores.items() if score.makes == role.value)
        return tuple(dict.fromkeys((*self.table(role).columns, *scored)))

    def all_columns(self, role: TableRole) -> dict[str, str]:
        """Names and headers of everything read from a file: its columns and the items."""
        found = dict(self.table(role).columns)
        for name, score in self.scores.items():
            if score.table == role.value and score.items:
                headers = score.headers(self.instrument(name).items)
                found.update({item_column(name, item): h for item, h in headers.items()})
        return found

    def instrument(self, score: str) -> Instrument:
        """Give the scoring key of a score of `[scores.*]`."""
        return self.instruments[score]

    @property
    def fidelity_cluster(self) -> str | None:
        """The cluster column that fidelity is scored for; None for a flat study."""
        clients = self.columns(TableRole.CLIENTS)
        shared = [name for name in self.columns(TableRole.FIDELITY) if name in clients]
        return shared[0] if shared else None

    @property
    def predictor_level(self) -> str | None:
        """The cluster whose clients have one value of the linked fidelity at any moment."""
        lifted = self.linkage.fidelity_level if self.linkage else None
        return lifted or self.fidelity_cluster

    @property
    def interview_scores(self) -> tuple[str, ...]:
        """Columns of the interviews that are neither client, wave nor date; scored ones too."""
        keys = (CLIENT, WAVE, DATE)
        return tuple(name for name in self.columns(TableRole.INTERVIEWS) if name not in keys)

    @property
    def made_columns(self) -> tuple[str, ...]:
        """Columns that linkage makes of spells, which may be covariates."""
        spells = self.columns(TableRole.SPELLS)
        made: tuple[str, ...] = (
            (PROGRAM_TENURE,) if spells or ENROLLED in self.columns(TableRole.CLIENTS) else ()
        )
        made += (MANAGER_TENURE, CHANGED_MANAGER) if MANAGER in spells else ()
        return made + ((CHANGED_TEAM,) if TEAM in spells else ())

    @property
    def clusters(self) -> tuple[str, ...]:
        """Cluster columns of the model that has most of them, outermost first."""
        return max((model.clusters for model in self.models), key=len)

    @property
    def cluster_columns(self) -> tuple[str, ...]:
        """Every column of the unit table that names a cluster, in the table's order."""
        named = {name for model in self.models for name in model.clusters}
        varied = (model.specifications for model in self.models if model.specifications)
        named.update(name for each in varied for names in each.clusters for name in names)
        named.update((self.fidelity_cluster,) if self.fidelity_cluster else ())
        named.update(() if self.is_flat else CONTRACT_CLUSTERS)
        return tuple(name for name in self.columns(self.unit_role) if name in named)

    def uses_baseline(self, model: ModelEntry) -> bool:
        """Whether the outcome at the first wave enters the outcome equations of `model`."""
        return model.baseline and not self.is_flat

    def variable(self, name: str) -> VariableEntry:
        """How a column is shown and read, with a label in every case.

        A column without an entry is a plain number labelled by its own name in words; `<name>_0` is
        `<name>` at the first wave.
        """
        entry = self.variables.get(name)
        if name in self.instruments:
            return self._scored(name, entry or VariableEntry())
        if entry is None and name.endswith(BASELINE_SUFFIX):
            base = name.removesuffix(BASELINE_SUFFIX)
            if base in self.interview_scores:
                found = self.variable(base)
                return found.model_copy(update={"label": f"{found.label} at the first wave"})
        if entry is None and name == CALENDAR:
            return VariableEntry(label="Calendar time (months)", kind=VariableKind.NUMBER)
        entry = entry or VariableEntry(label=_MADE_LABELS.get(name, ""))
        return entry if entry.label else entry.model_copy(update={"label": in_words(name)})

    def _scored(self, name: str, entry: VariableEntry) -> VariableEntry:
        """Give the range of an instrument to the column scored with it."""
        score, key = self.scores[name], self.instrument(name)
        scale = {"kind": VariableKind.SCORE, "label": entry.label or self._scale_label(name)}
        limits = range_of(key, score.metric, score.subscale)
        unit = unit_of(key, score.metric, score.subscale)
        return entry.model_copy(update={**scale, "range": limits, "unit": unit})

    def _scale_label(self, name: str) -> str:
        """Label a score by its instrument and part, and by its own name if another is alike."""
        labels = {
            other: f"{self.instrument(other).name}{f', {part}' if (part := score.subscale) else ''}"
            for other, score in self.scores.items()
            if other in self.instruments
        }
        alike = list(labels.values()).count(labels[name]) > 1
        return f"{labels[name]} ({name.replace('_', ' ')})" if alike else labels[name]
