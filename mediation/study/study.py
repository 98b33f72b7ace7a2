"""A study: its manifest and its validated tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mediation.study.entries import VariableEntry
from mediation.study.letters import letter_names
from mediation.study.load import LoadedTables, load_tables
from mediation.study.manifest import Manifest, TableRole
from mediation.study.manifest_reading import read_manifest
from mediation.study.problems import Problem, ProblemKind, ValidationReport
from mediation.study.scoring import ScoreCounts
from mediation.study.validate import validate

# Warnings whose advice says everything that a reader of the report needs.
TELLING_ADVICE = (ProblemKind.FEW_CLUSTERS, ProblemKind.RARE_LEVEL)


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Validated tables with their manifest.

    Attributes
    ----------
    manifest : Manifest
    input_hash : str
        SHA-256 over the bytes of the manifest and of every table.
    warnings : tuple of str
        What validation found that a reader of the results must know.
    score_counts : mapping of str to ScoreCounts
        How the scores of `[scores.*]` came about.
    """

    manifest: Manifest
    _frames: tuple[tuple[TableRole, pd.DataFrame], ...]
    input_hash: str
    warnings: tuple[str, ...]
    _items: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    score_counts: Mapping[str, ScoreCounts] = field(default_factory=dict)

    def items(self, score: str) -> pd.DataFrame:
        """Copy the responses to the items of a score, as they were given.

        Columns are the names of the items, rows those of the score's table.
        """
        return self._items[score].copy()

    def frame(self, role: TableRole) -> pd.DataFrame:
        """Copy one table, columns by the contract's names.

        Dates are months since 1970-01-01, or on the study's own clock.
        """
        return dict(self._frames)[role].copy()

    @property
    def units(self) -> pd.DataFrame:
        """A copy of the table with one row per client, or of the rows of a flat study."""
        return self.frame(self.manifest.unit_role)

    @property
    def n_rows(self) -> int:
        """Clients, or rows of a flat study."""
        return len(dict(self._frames)[self.manifest.unit_role])

    @property
    def n_by_level(self) -> tuple[tuple[str, int], ...]:
        """Clusters at every level of the study's models, outermost first."""
        units = dict(self._frames)[self.manifest.unit_role]
        return tuple((name, int(units[name].nunique())) for name in self.manifest.clusters)

    def variable(self, name: str) -> VariableEntry:
        """How a column is shown and read."""
        return self.manifest.variable(name)

    def cluster_labels(self, level: str) -> dict[str, str]:
        """Name of each cluster of a level as shown: lettered unless the manifest says no."""
        names = list(self.units[level].dropna().unique())
        if level == self.manifest.fidelity_cluster:
            names += list(self.frame(TableRole.FIDELITY)[level].dropna().unique())
        labels = letter_names(names, level)
        return labels if self.manifest.study.letter_clusters else {name: name for name in labels}

    def __repr__(self) -> str:
        """Name and sizes."""
        levels = "".join(f", {n} x {name}" for name, n in self.n_by_level)
        noun = self.manifest.study.row_noun[1]
        return f"Study({self.manifest.study.name!r}, {self.n_rows} {noun}{levels})"


def load_study(path: str | Path) -> Study:
    """Read and validate a study.

    Parameters
    ----------
    path : str or Path
        Of `study.toml`; the files it names are looked for beside it.

    Returns
    -------
    Study

    Raises
    ------
    ManifestError
        If the text of the manifest is wrong.
    DataError
        If the tables or models are wrong; the message lists every error.
    """
    tables, report = _read(Path(path))
    report.raise_if_errors()
    frames = tuple((role, frame.reset_index(drop=True)) for role, frame in tables.frames.items())
    warnings = _for_readers(report.warnings)
    items = {name: responses.reset_index(drop=True) for name, responses in tables.items.items()}
    return Study(tables.manifest, frames, tables.input_hash, warnings, items, tables.counts)


def validate_study(path: str | Path) -> ValidationReport:
    """Say everything that is wrong with the tables and models of a study.

    Parameters
    ----------
    path : str or Path
        Of `study.toml`.

    Returns
    -------
    ValidationReport

    Raises
    ------
    ManifestError
        If the text of the manifest itself is wrong.
    """
    return _read(Path(path))[1]


def _read(path: Path) -> tuple[LoadedTables, ValidationReport]:
    manifest, content = read_manifest(path)
    tables = load_tables(manifest, content, path.parent)
    return tables, validate(tables)


def _for_readers(problems: tuple[Problem, ...]) -> tuple[str, ...]:
    """Write warnings for readers of the report: no row numbers, no places in the manifest.

    That a headline will not be defined is left to the analysis, which knows.
    """
    said = [
        problem.advice
        if problem.kind in TELLING_ADVICE
        else f"Validation found: {problem.kind.value}. `mediation validate` lists where."
        for problem in problems
        if problem.kind is not ProblemKind.VARYING_FIDELITY
    ]
    return tuple(dict.fromkeys(said))
