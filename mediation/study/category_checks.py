"""Checks of the categories that models use: their levels are named and hold enough rows."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.study.entries import ModelEntry, VariableEntry
from mediation.study.load import LoadedTables
from mediation.study.manifest import TableRole
from mediation.study.model_checks import places, roles_of
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.used_values import table_of, values_at
from mediation.vocabulary import VariableKind


def _categories(tables: LoadedTables) -> Iterator[tuple[ModelEntry, TableRole, str, str]]:
    """List the covariates that are categories: model, table, column and name in the model."""
    for _, model in places(tables.manifest):
        for role, name in roles_of(model):
            found = table_of(tables.manifest, name)
            if found is None or not role.startswith("covariate"):
                continue
            if tables.manifest.variable(found[1]).kind is VariableKind.CATEGORY:
                yield model, *found, name


def check_levels_named(tables: LoadedTables) -> Iterator[Problem]:
    """Check that the levels of a category in a model are named.

    Levels become names of coefficients in the report: without a list, any text of the column
    would, a person's name or a note included.
    """
    used = dict.fromkeys((role, column) for _, role, column, _ in _categories(tables))
    for role, column in used:
        values = tables.column(role, column)
        if values is None or tables.manifest.variable(column).levels:
            continue
        yield Problem(
            ProblemKind.LEVELS_NOT_NAMED, Severity.ERROR, role.value, column, (),
            f"`levels` in [variables.{column}], as a model uses the category",
            f"none, and {values.nunique()} different values in the column",
            f'List them under [variables.{column}], the reference first: `levels = ["...", '
            '"..."]`. Levels are shown in the report; if the column holds names or notes, take '
            "it out of the model.",
        )  # fmt: skip


def check_rare_levels(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of named levels that too few clients have for a coefficient to rest on."""
    least = tables.manifest.study.minimum_cell
    seen = set()
    for model, role, column, name in _categories(tables):
        variable = tables.manifest.variable(column)
        for level in variable.levels:
            is_reference = level == variable.levels[0]
            count = _least_count(tables, model, (role, column, name), level)
            # A level that nobody has makes no coefficient, unless the others are compared to it.
            is_rare = count is not None and (count < least if count or is_reference else False)
            if is_rare and (role, column, level) not in seen:
                seen.add((role, column, level))
                yield _rare_level(tables, role, column, variable, level)


def _least_count(
    tables: LoadedTables, model: ModelEntry, place: tuple[TableRole, str, str], level: str
) -> int | None:
    """Count the rows with a level, at the wave with fewest of them; None if unreadable."""
    role, column, name = place
    waves: tuple[float | None, ...] = (None,)
    if role is TableRole.INTERVIEWS and tables.manifest.waves is not None:
        at_first = name != column
        late = (pair.outcome for pair in model.waves)
        waves = tables.manifest.waves.values[:1] if at_first else tuple(dict.fromkeys(late))
    found = [values_at(tables, role, column, wave) for wave in waves]
    counts = [int((values == level).sum()) for values in found if values is not None]
    return min(counts, default=None)


def _rare_level(
    tables: LoadedTables, role: TableRole, column: str, variable: VariableEntry, level: str
) -> Problem:
    least, noun = tables.manifest.study.minimum_cell, tables.manifest.study.row_noun[1]
    rests = f"its coefficient rests on fewer than {least} {noun}"
    if level == variable.levels[0]:
        rests = f"it is the reference, so that every coefficient of {variable.label} rests on them"
    return Problem(
        ProblemKind.RARE_LEVEL, Severity.WARNING, role.value, column, (),
        f'{least} {noun} or more with the level "{level}"', "fewer",
        f'Fewer than {least} {noun} have the level "{level}" of {variable.label}: {rests}. '
        "Merging it with another level, or leaving the variable out, avoids this.",
    )  # fmt: skip
