"""Rules of `study.toml` that reach over several of its tables, checked on the parsed text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR, CLIENT, DATE, WAVE
from mediation.toml.complaints import Complaint, suggestion

THREE_TABLES = ("fidelity", "clients", "interviews")


def _part(raw: Any, *path: str) -> dict[str, Any]:
    """Take the table at `path` of the parsed file, empty if there is none."""
    for key in path:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw if isinstance(raw, dict) else {}


def _models(raw: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """List the entries of `[[models]]` with their places."""
    models = raw.get("models")
    entries = models if isinstance(models, list) else []
    return [(f"models[{i}]", m) for i, m in enumerate(entries) if isinstance(m, dict)]


def structure_complaints(raw: dict[str, Any]) -> Iterator[Complaint]:
    """Yield what is wrong between the tables of the parsed `study.toml`.

    Parameters
    ----------
    raw : dict
        As `tomllib` gives it; may be wrong in any other way as well.

    Yields
    ------
    Complaint
    """
    yield from _which_tables(raw)
    if "rows" in _part(raw, "tables"):
        yield from _flat(raw)
    elif _part(raw, "tables"):
        yield from _with_interviews(raw)
    yield from _names(raw)
    yield from _model_names(raw)


def _which_tables(raw: dict[str, Any]) -> Iterator[Complaint]:
    tables = _part(raw, "tables")
    if not isinstance(raw.get("tables"), dict):
        return
    present = [name for name in THREE_TABLES if name in tables]
    if "rows" in tables and present:
        yield Complaint(
            "tables",
            "either `rows` alone or `fidelity`, `clients` and `interviews`",
            f"`rows` and `{'`, `'.join(present)}`",
            "Remove one of the two kinds.",
        )
    elif "rows" not in tables and len(present) < len(THREE_TABLES):
        missing = [name for name in THREE_TABLES if name not in tables]
        yield Complaint(
            "tables",
            "`fidelity`, `clients` and `interviews` (or `rows` alone)",
            f"no `{'`, no `'.join(missing)}`",
            f"Add [tables.{missing[0]}] with its file and columns.",
        )


def _flat(raw: dict[str, Any]) -> Iterator[Complaint]:
    for name in ("waves", "linkage"):
        if name in raw:
            yield Complaint(name, "nothing in a study of rows", f"[{name}]", f"Remove [{name}].")
    for place, model in _models(raw):
        for key in ("waves", "order"):
            if key in model:
                yield Complaint(
                    f"{place}.{key}", "nothing in a study of rows", "an entry", "Remove it."
                )
        if model.get("baseline") is True:
            yield Complaint(
                f"{place}.baseline",
                "nothing in a study of rows",
                "true",
                "Remove it; name the earlier score in `outcome_covariates` instead.",
            )
    columns = _part(raw, "tables", "rows", "columns")
    for name in _part(raw, "tables", "rows", "recode"):
        if name not in columns:
            yield Complaint(
                f"tables.rows.recode.{name}",
                "a name from [tables.rows.columns]",
                "another name",
                f"{suggestion(name, list(columns))}Use the name on the left of the columns.",
            )


def _with_interviews(raw: dict[str, Any]) -> Iterator[Complaint]:
    for name in ("waves", "linkage"):
        if name not in raw:
            yield Complaint(name, "an entry, as the study has interviews", "none", f"Add [{name}].")
    for place, model in _models(raw):
        if not model.get("waves"):
            yield Complaint(
                f"{place}.waves",
                "at least one pair of interviews",
                "none",
                "Write for example `waves = [{ mediator = 4.5, outcome = 9 }]`.",
            )
    needed = {"clients": [CLIENT], "interviews": [CLIENT, WAVE, DATE], "fidelity": [DATE]}
    for table, keys in needed.items():
        columns = _part(raw, "tables", table, "columns")
        given = "columns" in _part(raw, "tables", table)
        for key in keys:
            if given and key not in columns:
                yield Complaint(
                    f"tables.{table}.columns.{key}",
                    "the name of a column of the file",
                    "no entry",
                    f'Add `{key} = "..."`.',
                )
    yield from _fidelity_columns(raw)


def _fidelity_columns(raw: dict[str, Any]) -> Iterator[Complaint]:
    fidelity = _part(raw, "tables", "fidelity", "columns")
    clients = _part(raw, "tables", "clients", "columns")
    if not fidelity or not clients:
        return
    shared = [name for name in fidelity if name in clients]
    if len(shared) != 1:
        yield Complaint(
            "tables.fidelity.columns",
            "exactly one cluster column that the clients have too",
            f"`{'`, `'.join(shared)}`" if shared else "none",
            "Name the column of what is scored (for example `team`) alike in both tables.",
        )
    scores = [name for name in fidelity if name not in clients and name != DATE]
    predictor = _part(raw, "linkage").get("predictor")
    if isinstance(predictor, str) and predictor not in scores:
        yield Complaint(
            "linkage.predictor",
            f"a score of the fidelity table (`{'`, `'.join(scores)}`)" if scores else "a score",
            f"`{predictor}`",
            f"{suggestion(predictor, scores)}Name a score of [tables.fidelity.columns].",
        )


def _names(raw: dict[str, Any]) -> Iterator[Complaint]:
    tables = _part(raw, "tables")
    names = {table: list(_part(tables, table, "columns")) for table in tables}
    predictor = _part(raw, "linkage").get("predictor")
    reserved = {CALENDAR, f"{predictor}_gap", f"{predictor}_stale"}
    for table, columns in names.items():
        for name in columns:
            made = name.endswith(BASELINE_SUFFIX) and table != "rows"
            if name.startswith("_") or made or name in reserved:
                yield Complaint(
                    f"tables.{table}.columns.{name}",
                    f"a name that does not begin with `_`, end in `{BASELINE_SUFFIX}` or "
                    f"mean a column the package makes",
                    "such a name",
                    "Choose another name on the left; the column in the file may keep its own.",
                )
    for name in names.get("interviews", []):
        others = names.get("clients", []) + names.get("fidelity", [])
        if name in others and name not in (CLIENT, DATE):
            yield Complaint(
                f"tables.interviews.columns.{name}",
                "a name that no other table uses",
                "one that another table uses too",
                "Choose different names for the two columns.",
            )
    known = [name for columns in names.values() for name in columns]
    for name in _part(raw, "variables"):
        if known and name not in known:
            yield Complaint(
                f"variables.{name}",
                "the name of a column from [tables.*.columns]",
                "another name",
                f"{suggestion(name, known)}Use the name on the left of the columns.",
            )


def _model_names(raw: dict[str, Any]) -> Iterator[Complaint]:
    places = [(place, model.get("name")) for place, model in _models(raw)]
    counts = Counter(name for _, name in places if isinstance(name, str))
    for place, name in places:
        if isinstance(name, str) and counts[name] > 1:
            yield Complaint(
                f"{place}.name", "a name of its own", f'"{name}" twice', "Rename one of them."
            )
