"""The whole of `study.toml`, and the questions the package asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import Annotated

from pydantic import AfterValidator, Field

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
from mediation.toml.parts import Part
from mediation.vocabulary import VariableKind

CLIENT, WAVE, DATE = "client", "wave", "date"
CALENDAR = "calendar_months"
BASELINE_SUFFIX = "_0"
WAVE_TOLERANCE = 1e-9
CONTRACT_CLUSTERS = ("organization", "team", "case_manager")

Variables = Annotated[Mapping[str, VariableEntry], AfterValidator(MappingProxyType)]


class TableRole(Enum):
    """The tables of a study; `ROWS` is the only table of a flat study."""

    FIDELITY = "fidelity"
    CLIENTS = "clients"
    INTERVIEWS = "interviews"
    ROWS = "rows"


class Manifest(Part):
    """The whole of `study.toml`; `docs/manifest.md` has every key."""

    study: StudyEntry
    tables: TablesEntry
    variables: Variables = Field(default_factory=lambda: MappingProxyType({}))
    waves: WavesEntry | None = None
    linkage: LinkageEntry | None = None
    models: tuple[ModelEntry, ...] = Field(min_length=1)

    @property
    def is_flat(self) -> bool:
        """Whether the study is one table of rows, without interviews."""
        return self.tables.rows is not None

    @property
    def roles(self) -> tuple[TableRole, ...]:
        """The tables of this study, in the order in which they are read."""
        if self.is_flat:
            return (TableRole.ROWS,)
        return (TableRole.FIDELITY, TableRole.CLIENTS, TableRole.INTERVIEWS)

    @property
    def unit_role(self) -> TableRole:
        """The table with one row for each unit of analysis: clients, or the flat rows."""
        return TableRole.ROWS if self.is_flat else TableRole.CLIENTS

    def table(self, role: TableRole) -> FileTable | RowsTable:
        """Where a table is and what its columns are called."""
        entry: FileTable | RowsTable = getattr(self.tables, role.value)
        return entry

    def columns(self, role: TableRole) -> tuple[str, ...]:
        """Contract names of the columns of a table; empty if the study has no such table."""
        return tuple(self.table(role).columns) if role in self.roles else ()

    @property
    def fidelity_cluster(self) -> str | None:
        """The cluster column that fidelity is scored for; None for a flat study."""
        clients = self.columns(TableRole.CLIENTS)
        shared = [name for name in self.columns(TableRole.FIDELITY) if name in clients]
        return shared[0] if shared else None

    @property
    def interview_scores(self) -> tuple[str, ...]:
        """Columns of the interviews that are neither client, wave nor date."""
        keys = (CLIENT, WAVE, DATE)
        return tuple(name for name in self.columns(TableRole.INTERVIEWS) if name not in keys)

    @property
    def clusters(self) -> tuple[str, ...]:
        """Cluster columns of the model that has most of them, outermost first."""
        return max((model.clusters for model in self.models), key=len)

    @property
    def cluster_columns(self) -> tuple[str, ...]:
        """Every column of the unit table that names a cluster, in the table's order."""
        named = {name for model in self.models for name in model.clusters}
        named.update((self.fidelity_cluster,) if self.fidelity_cluster else ())
        named.update(() if self.is_flat else CONTRACT_CLUSTERS)
        return tuple(name for name in self.columns(self.unit_role) if name in named)

    def uses_baseline(self, model: ModelEntry) -> bool:
        """Whether the outcome at the first wave enters the outcome equations of `model`."""
        return model.baseline and not self.is_flat

    def variable(self, name: str) -> VariableEntry:
        """How a column is shown and read, with a label in every case.

        A column without an entry is a plain number labelled by its own name; `<name>_0` is
        `<name>` at the first wave.
        """
        entry = self.variables.get(name)
        if entry is None and name.endswith(BASELINE_SUFFIX):
            base = name.removesuffix(BASELINE_SUFFIX)
            if base in self.interview_scores:
                found = self.variable(base)
                return found.model_copy(update={"label": f"{found.label} at the first wave"})
        if entry is None and name == CALENDAR:
            return VariableEntry(label="Calendar time (months)", kind=VariableKind.NUMBER)
        entry = entry or VariableEntry()
        return entry if entry.label else entry.model_copy(update={"label": name})
