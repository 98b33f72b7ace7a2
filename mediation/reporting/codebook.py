"""The data dictionary of a study: every column, what it means, and how much of it is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from mediation.errors import ReportError
from mediation.instruments.scale import limits_of
from mediation.outputs import write_files
from mediation.safe_text import csv_text, escape_markdown
from mediation.study.load import ColumnKind, column_kind
from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CHANGED_MANAGER,
    CHANGED_TEAM,
    CLIENT,
    DATE,
    END,
    ENROLLED,
    MANAGER_TENURE,
    PROGRAM_TENURE,
    START,
    STATUS,
    WAVE,
    Manifest,
    TableRole,
)
from mediation.study.score_entries import item_column
from mediation.study.study import Study

COLUMNS = (
    *("table", "name", "header", "label", "kind", "values", "unit", "instrument", "role"),
    *("n_rows", "n_missing"),
)
_KEYS = {
    CLIENT: "Client",
    WAVE: "Interview, months since enrolment",
    DATE: "Date",
    ENROLLED: "Date of enrolment",
    START: "First day",
    END: "Last day",
    STATUS: "Status of a goal",
}
_MADE = {
    PROGRAM_TENURE: "Months in the program at the mediator's interview",
    MANAGER_TENURE: "Months with the case manager at the mediator's interview",
    CHANGED_MANAGER: "Had changed case manager by the mediator's interview (1) or not (0)",
    CHANGED_TEAM: "Had changed team by the mediator's interview (1) or not (0)",
}


def write_codebook(study: Study, folder: Path) -> tuple[Path, ...]:
    """Write `codebook.md` and `codebook.csv`.

    Parameters
    ----------
    study : Study
    folder : Path
        Made if it is not there.

    Returns
    -------
    tuple of Path

    Raises
    ------
    ReportError
        If the folder cannot be written to.
    """
    frame = codebook_frame(study)
    texts = {"codebook.md": codebook_markdown(study, frame), "codebook.csv": csv_text(frame)}
    return write_files(
        {name: text.encode() for name, text in texts.items()}, folder, failure=ReportError
    )


def codebook_frame(study: Study) -> pd.DataFrame:
    """List every column of a study and every column that the package makes.

    Parameters
    ----------
    study : Study

    Returns
    -------
    DataFrame
        One row for each column: `table` and `name` by the contract, `header` in the file
        (empty for what is made), `label`, `kind`, possible `values`, `unit`, `instrument`,
        `role` in the models, `n_rows` of the table and `n_missing`. The last is a text: a count
        rounded to a multiple of the minimum cell, since the difference of two exact ones may
        be a single person; so are the rows of tables that are no list of clients. Nothing of a
        single person: no lowest or highest value that occurs, no text of a cell.
    """
    rows = [row for role in study.manifest.roles for row in _table_rows(study, role)]
    rows += _made_rows(study)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def codebook_markdown(study: Study, frame: pd.DataFrame) -> str:
    """Write the dictionary as a page: one table for each table of the study.

    Parameters
    ----------
    study : Study
    frame : DataFrame
        From `codebook_frame`.

    Returns
    -------
    str
    """
    entry = study.manifest.study
    invented = "Invented data. " if entry.synthetic else ""
    least = entry.minimum_cell
    rounded = (
        f"Missing values are counted in multiples of {least}; fewer than {least} are not told."
    )
    said = invented + rounded * (least > 1)
    lines = [f"# Codebook: {escape_markdown(entry.name)}", *(["", said] if said else [])]
    shown = ("name", "header", "label", "kind", "values", "instrument", "role", "n_missing")
    for table, rows in frame.groupby("table", sort=False):
        counted = f" ({rows['n_rows'].iloc[0]} rows)" if rows["n_rows"].iloc[0] else ""
        lines += ["", f"## {table}{counted}", ""]
        lines.append("| " + " | ".join(name.replace("n_", "") for name in shown) + " |")
        lines.append("|" + "---|" * len(shown))
        for row in rows[list(shown)].itertuples(index=False):
            lines.append("| " + " | ".join(escape_markdown(str(cell)) for cell in row) + " |")
    return "\n".join(lines) + "\n"


def _table_rows(study: Study, role: TableRole) -> Iterator[tuple[object, ...]]:
    manifest, frame = study.manifest, study.frame(role)
    headers, n_rows = manifest.table(role).columns, _rows(study, role, len(frame))
    for name in manifest.columns(role):
        column = frame.get(name)
        entry = manifest.variable(name)
        scored = manifest.scores.get(name)
        yield (
            role.value,
            name,
            headers.get(name, ""),
            entry.label if manifest.is_flat else _KEYS.get(name, entry.label),
            _kind(manifest, role, name),
            _values(manifest, name),
            "" if entry.unit is None else f"{entry.unit:g}",
            "" if scored is None else manifest.instrument(name).key,
            _roles(manifest, name),
            n_rows,
            _missing(study, column),
        )
    for score, entry_ in manifest.scores.items():
        if entry_.table == role.value and entry_.items:
            yield from _item_rows(study, role, score, n_rows)


def _item_rows(
    study: Study, role: TableRole, score: str, n_rows: str
) -> Iterator[tuple[object, ...]]:
    manifest = study.manifest
    key, items = manifest.instrument(score), study.items(score)
    low, high = limits_of(key)
    for item, header in manifest.scores[score].headers(key.items).items():
        reversed_ = ", reversed" if item in (key.reversed or ()) else ""
        yield (
            role.value,
            item_column(score, item),
            header,
            f"Item {item} of {manifest.variable(score).label}{reversed_}",
            "item",
            f"{low:g} to {high:g}",
            "1",
            key.key,
            "",
            n_rows,
            _missing(study, items[item]),
        )


def _made_rows(study: Study) -> Iterator[tuple[object, ...]]:
    """Columns that linkage makes."""
    linkage = study.manifest.linkage
    if linkage is None:
        return
    name = linkage.predictor
    label = study.variable(name).label
    made = {
        f"{name}_gap": f"Months from the interview to the nearest assessment of {label} used",
        f"{name}_stale": f"Whether that is more than {linkage.max_age_months:g} months",
        f"{name}_assessments": f"Assessments of {label} used",
        f"{name}_before": f"Assessments of {label} at or before the interview",
        f"{name}_after": f"Assessments of {label} after the interview",
        "calendar_months": "Months from the study's first assessment to the mediator's interview",
        **_made_moments(study.manifest),
        **{key: _MADE[key] for key in study.manifest.made_columns},
        **{
            f"{score}{BASELINE_SUFFIX}": f"{study.variable(score).label} at the first wave"
            for score in study.manifest.interview_scores
        },
    }
    for key, text in made.items():
        yield ("made by linkage", key, "", text, "number", "", "", "", "", "", "")


def _made_moments(manifest: Manifest) -> dict[str, str]:
    """Of wave and date, what the interviews do not have and reading makes of enrolment."""
    made = {
        WAVE: "Planned interview, months since enrolment, made of date and enrolment",
        DATE: "Date of the interview, made of enrolment and wave",
    }
    written = manifest.columns(TableRole.INTERVIEWS)
    return {name: label for name, label in made.items() if name not in written}


def _kind(manifest: Manifest, role: TableRole, name: str) -> str:
    kind = column_kind(manifest, role, name)
    if kind is ColumnKind.NUMBER:
        return manifest.variable(name).kind.value
    return {ColumnKind.KEY: "identifier", ColumnKind.DATE: "date"}.get(kind, "category")


def _values(manifest: Manifest, name: str) -> str:
    entry = manifest.variable(name)
    if entry.range is not None:
        return f"{entry.range[0]:g} to {entry.range[1]:g}"
    if name == WAVE and manifest.waves is not None:
        return ", ".join(f"{wave:g}" for wave in manifest.waves.values)
    return ", ".join(entry.levels)


def _roles(manifest: Manifest, name: str) -> str:
    """Say what a column is in any of the models."""
    found = []
    for model in manifest.models:
        found += ["predictor"] * (name == model.predictor)
        found += ["mediator"] * (name in model.mediators)
        found += ["outcome"] * (name in model.outcomes)
        covariates = model.covariates + model.mediator_covariates + model.outcome_covariates
        found += ["covariate"] * (name in covariates or f"{name}{BASELINE_SUFFIX}" in covariates)
        found += ["cluster"] * (name in model.clusters)
    return ", ".join(dict.fromkeys(found))


def _missing(study: Study, column: pd.Series | None) -> str:
    """Count missing values so that neither a count nor a difference of two is a person."""
    if column is None:
        return ""
    count, minimum = int(column.isna().sum()), study.manifest.study.minimum_cell
    if 0 < len(column) - count < minimum:
        return f"all but fewer than {minimum}"
    if count in (0, len(column)):
        return str(count) if count == 0 else "all"
    return f"fewer than {minimum}" if count < minimum else _about(count, minimum)


def _rows(study: Study, role: TableRole, count: int) -> str:
    """Count the rows of a table; how many more there are than clients may be a person."""
    minimum = study.manifest.study.minimum_cell
    if role in (study.manifest.unit_role, TableRole.FIDELITY):
        return str(count)
    return f"fewer than {minimum}" if count < minimum else _about(count, minimum)


def _about(count: int, minimum: int) -> str:
    return str(count) if minimum == 1 else f"about {minimum * round(count / minimum)}"
