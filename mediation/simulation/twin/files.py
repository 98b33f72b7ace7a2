"""The files of a twin that make it a study: tables, manifest, scoring keys. All say what it is."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from mediation.safe_text import csv_text, safe_cell
from mediation.simulation.twin.tables import Frames
from mediation.simulation.twin.toml_text import toml_text
from mediation.study.manifest import TableRole

ABOUT = (
    "Synthetic twin: invented data, drawn by a program from aggregates of another study. No row is "
    "of a person, team or agency; effects are those of truth.json, not findings."
)
MARK = "synthetic"

# How tables of the study are written has no meaning for the twin's.
_OF_FILES = ("delimiter", "decimal", "encoding", "sheet", "date_format", "missing")


def table_files(frames: Frames) -> dict[str, bytes]:
    """Write tables as CSV with a first column that says `synthetic` in every row.

    Parameters
    ----------
    frames : dict of TableRole to DataFrame

    Returns
    -------
    dict of str to bytes
        By the name of the file.
    """
    return {file_of(role): csv_text(_marked(frame)).encode() for role, frame in frames.items()}


def file_of(role: TableRole) -> str:
    """Name of the file of a table."""
    return f"{role.value}.csv"


def _marked(frame: pd.DataFrame) -> pd.DataFrame:
    mark = MARK
    while mark in frame:
        mark += "_"
    marked = frame.copy()
    marked.insert(0, mark, 1)
    return marked


def manifest_files(manifest: Path, seed: int) -> dict[str, bytes]:
    """Write the study's manifest and its own scoring keys anew, for the twin.

    Parameters
    ----------
    manifest : Path
        `study.toml` of the study, known to be valid.
    seed : int
        For the analysis of the twin.

    Returns
    -------
    dict of str to bytes
        `study.toml`, and `keys/score.toml` for scores by a key of one's own. Comments and the
        note are left out, as they may hold anything; labels, levels and models stay.
    """
    content = tomllib.loads(manifest.read_bytes().decode("utf-8-sig"))
    files: dict[str, bytes] = {}
    study = dict(content["study"])
    study.update(name=f"{study['name']}: synthetic twin", synthetic=True, note=ABOUT, seed=seed)
    tables = {name: _table(name, entry) for name, entry in content["tables"].items()}
    changed: dict[str, Any] = {**content, "study": study, "tables": tables}
    for entry in content.get("variables", {}).values():
        _neutralize(entry, "levels")
    for name, score in content.get("scores", {}).items():
        _neutralize(score, "attained")
        if "file" in score:
            path = f"keys/{name}.toml"
            key = tomllib.loads((manifest.parent / score["file"]).read_bytes().decode("utf-8-sig"))
            files[path] = f"# {ABOUT}\n# A scoring key.\n{toml_text(key)}".encode()
            score["file"] = path
    files["study.toml"] = f"# {ABOUT}\n{toml_text(changed)}".encode()
    return files


def _table(name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in entry.items() if key not in _OF_FILES}
    columns = {key: safe_cell(header) for key, header in entry["columns"].items()}
    return {**kept, "columns": columns, "file": file_of(TableRole(name))}


def _neutralize(entry: dict[str, Any], key: str) -> None:
    """Change texts that are cells of the tables as writing the tables changes them."""
    if key in entry:
        entry[key] = [safe_cell(text) for text in entry[key]]
