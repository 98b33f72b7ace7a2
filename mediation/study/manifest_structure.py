"""Rules of `study.toml` that reach over several of its tables, checked on the parsed text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CALENDAR,
    CHANGED_MANAGER,
    CHANGED_TEAM,
    CLIENT,
    DATE,
    ENROLLED,
    MANAGER,
    MANAGER_TENURE,
    PROGRAM_TENURE,
    START,
    STATUS,
    TEAM,
    WAVE,
)
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
    if "instruments" in raw:
        yield Complaint(
            "instruments", "no such table here", "one",
            'Write the key to a file of its own and name it: `[scores.x] file = "..."`.',
        )  # fmt: skip
    yield from _scores(raw)
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
    needed = {
        "clients": [CLIENT],
        "interviews": [CLIENT, *_moments(raw)],
        "fidelity": [DATE],
        "spells": [CLIENT, START],
        "goals": [CLIENT, WAVE, STATUS],
    }
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
    yield from _spells(raw)
    yield from _fidelity_level(raw)


def _fidelity_level(raw: dict[str, Any]) -> Iterator[Complaint]:
    level = _part(raw, "linkage").get("fidelity_level")
    clients = [name for name in _part(raw, "tables", "clients", "columns") if name != CLIENT]
    if isinstance(level, str) and level not in clients:
        yield Complaint(
            "linkage.fidelity_level", "a cluster column of the clients", f"`{level}`",
            f"{suggestion(level, clients)}Name for example `organization`.",
        )  # fmt: skip


def _moments(raw: dict[str, Any]) -> tuple[str, ...]:
    """Columns that say when an interview was held: one will do where enrolment is known."""
    columns = _part(raw, "tables", "interviews", "columns")
    if ENROLLED in _part(raw, "tables", "clients", "columns"):
        return () if WAVE in columns or DATE in columns else (DATE,)
    return (WAVE, DATE)


def _spells(raw: dict[str, Any]) -> Iterator[Complaint]:
    columns = _part(raw, "tables", "spells", "columns")
    if columns and not {MANAGER, TEAM} & set(columns):
        yield Complaint(
            "tables.spells.columns", f"`{MANAGER}`, `{TEAM}` or both", "neither",
            "Name the column that says who served the client.",
        )  # fmt: skip
    clients = _part(raw, "tables", "clients", "columns")
    if TEAM in columns and TEAM not in clients:
        yield Complaint(
            "tables.clients.columns.team", "the team at enrolment, as spells name teams",
            "no entry", 'Add `team = "..."`, so that teams are known to their organizations.',
        )  # fmt: skip


def _scores(raw: dict[str, Any]) -> Iterator[Complaint]:
    tables = _part(raw, "tables")
    for name, score in _part(raw, "scores").items():
        table = score.get("table", "interviews") if isinstance(score, dict) else None
        if isinstance(table, str) and tables and table not in tables:
            yield Complaint(
                f"scores.{name}.table", f"one of the tables: {', '.join(tables)}", f'"{table}"',
                f"Add [tables.{table}], or correct `table`.",
            )  # fmt: skip
        twice = [t for t in tables if name in _part(tables, t, "columns")]
        if twice:
            yield Complaint(
                f"scores.{name}", "a name that is no column of a table",
                f"a column of [tables.{twice[0]}.columns]",
                "Rename the score, or remove the column that it replaces.",
            )  # fmt: skip
        odd = {"kind", "range", "unit", "levels"} & set(_part(raw, "variables", name))
        if odd:
            yield Complaint(
                f"variables.{name}", "a label alone, as the instrument has the rest",
                f"`{'`, `'.join(sorted(odd))}`", "Remove them.",
            )  # fmt: skip


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
    scores += _scored(raw, "fidelity")
    predictor = _part(raw, "linkage").get("predictor")
    if isinstance(predictor, str) and predictor not in scores:
        yield Complaint(
            "linkage.predictor",
            f"a score of the fidelity table (`{'`, `'.join(scores)}`)" if scores else "a score",
            f"`{predictor}`",
            f"{suggestion(predictor, scores)}Name a score of [tables.fidelity.columns].",
        )


def _scored(raw: dict[str, Any], table: str) -> list[str]:
    """Names of the scores that become columns of a table."""
    found = []
    for name, score in _part(raw, "scores").items():
        given = score.get("table", "interviews") if isinstance(score, dict) else ""
        if given == table or (given == "goals" and table == "interviews"):
            found.append(name)
    return found


def _names(raw: dict[str, Any]) -> Iterator[Complaint]:
    tables = _part(raw, "tables")
    names = {
        table: [*_part(tables, table, "columns"), *_scored(raw, table)]
        for table in tables
        if table not in ("spells", "goals")
    }
    predictor = _part(raw, "linkage").get("predictor")
    made = ("gap", "stale", "assessments", "before", "after")
    reserved = {CALENDAR, *(f"{predictor}_{each}" for each in made)}
    if "rows" not in tables:
        reserved |= {PROGRAM_TENURE, MANAGER_TENURE, CHANGED_MANAGER, CHANGED_TEAM}
    for table, columns in names.items():
        for name in columns:
            at_first = name.endswith(BASELINE_SUFFIX) and table != "rows"
            odd = name.startswith("_") or any(c in name for c in "@[]")
            if odd or at_first or name in reserved:
                yield Complaint(
                    f"tables.{table}.columns.{name}",
                    f"a name that does not begin with `_`, end in `{BASELINE_SUFFIX}`, have `@` or "
                    "brackets, or mean a column the package makes",
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
