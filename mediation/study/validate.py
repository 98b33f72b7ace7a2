"""Run every check and report once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from mediation.study.category_checks import check_levels_named, check_rare_levels
from mediation.study.checks import (
    check_case_managers,
    check_clusters_have_fidelity,
    check_levels,
    check_nesting,
    check_ranges,
)
from mediation.study.cluster_counts import check_cluster_counts
from mediation.study.key_checks import (
    check_date_order,
    check_duplicate_keys,
    check_missing_dates,
    check_missing_keys,
    check_unknown_clients,
    check_unknown_waves,
)
from mediation.study.load import LoadedTables
from mediation.study.manifest import Manifest, TableRole
from mediation.study.model_checks import (
    check_columns_exist,
    check_constant_fidelity,
    check_fidelity_level,
    check_headlines,
    check_kinds,
    check_roles,
    check_variance,
    check_waves,
    places,
)
from mediation.study.problems import Problem, ValidationReport
from mediation.study.spell_checks import (
    check_spell_clusters,
    check_spell_order,
    check_spells_at_once,
)
from mediation.study.tables import source_of
from mediation.study.wave_checks import check_mediators_inside, check_variance_at_waves
from mediation.study.window_checks import check_before_enrollment, check_enrolled, check_windows

CHECKS: tuple[Callable[[LoadedTables], Iterator[Problem]], ...] = (
    check_missing_keys,
    check_duplicate_keys,
    check_missing_dates,
    check_date_order,
    check_ranges,
    check_levels,
    check_levels_named,
    check_rare_levels,
    check_unknown_clients,
    check_unknown_waves,
    check_enrolled,
    check_before_enrollment,
    check_windows,
    check_spell_order,
    check_spell_clusters,
    check_spells_at_once,
    check_clusters_have_fidelity,
    check_nesting,
    check_case_managers,
    check_variance,
    check_variance_at_waves,
    check_mediators_inside,
    check_columns_exist,
    check_kinds,
    check_roles,
    check_waves,
    check_headlines,
    check_constant_fidelity,
    check_fidelity_level,
    check_cluster_counts,
)


def validate(tables: LoadedTables) -> ValidationReport:
    """Check tables and models of a study to the end.

    Parameters
    ----------
    tables : LoadedTables

    Returns
    -------
    ValidationReport
        What reading found, then what each check found, each problem with its place in the
        file.
    """
    found = list(tables.problems)
    for check in CHECKS:
        found += check(tables)
    return ValidationReport(tuple(_with_source(problem, tables.manifest) for problem in found))


def _with_source(problem: Problem, manifest: Manifest) -> Problem:
    """Add where the column is in the file, as its user knows it; or which model it is."""
    role = next((role for role in TableRole if role.value == problem.table), None)
    if role is None:
        return replace(problem, source=_model_place(problem, manifest))
    entry = manifest.table(role)
    place = source_of(entry)
    column = manifest.all_columns(role).get(problem.column)
    return replace(problem, source=f"{place}, column `{column}`" if column else place)


def _model_place(problem: Problem, manifest: Manifest) -> str:
    """Name the model by its number and its own name, then the part of it."""
    for place, model in places(manifest):
        entry, _, part = problem.table.partition(".")
        if entry == place:
            column = f"`{problem.column}`" if problem.column else ""
            return ", ".join(filter(None, (f'{place} "{model.name}"', part, column)))
    return problem.source
