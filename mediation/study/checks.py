"""Checks of the tables: one function for each thing that can be wrong with the data."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pandas as pd

from mediation.study.likeness import likeness
from mediation.study.load import ColumnKind, LoadedTables, column_kind
from mediation.study.manifest import TableRole
from mediation.study.problems import SHOWN_ROWS, Problem, ProblemKind, Severity
from mediation.study.wording import in_words, plural


def file_rows(mask: pd.Series) -> tuple[int, ...]:
    """Row numbers in the file where `mask`, indexed by row numbers, is true."""
    return tuple(int(row) for row in mask.index[mask.to_numpy(dtype=bool)])


def model_clusters(tables: LoadedTables) -> tuple[str, ...]:
    """Cluster columns that must have a value: those of any model, and that of fidelity."""
    manifest = tables.manifest
    needed = {name for model in manifest.models for name in model.clusters}
    needed.add(manifest.fidelity_cluster or "")
    return tuple(name for name in manifest.cluster_columns if name in needed)


def check_ranges(tables: LoadedTables) -> Iterator[Problem]:
    """Check that scores lie inside the range of their instrument."""
    for role, frame in tables.frames.items():
        for name in frame.columns:
            limits = tables.manifest.variable(name).range
            if limits is None or column_kind(tables.manifest, role, name) is not ColumnKind.NUMBER:
                continue
            low, high = limits
            outside = (frame[name] < low) | (frame[name] > high)
            if not outside.any():
                continue
            values = frame.loc[outside, name].unique()
            more = ", ..." if len(values) > SHOWN_ROWS else ""
            found = ", ".join(f"{value:g}" for value in values[:SHOWN_ROWS])
            yield Problem(
                ProblemKind.OUT_OF_RANGE, Severity.ERROR, role.value, name, file_rows(outside),
                f"a score from {low:g} to {high:g}", f"{found}{more}",
                f"Correct the scores, or `range` in [variables.{name}]; leave missing ones empty, "
                "or name their code in `missing`.",
            )  # fmt: skip


def check_levels(tables: LoadedTables) -> Iterator[Problem]:
    """Check that categories are those that the manifest names, if it names any."""
    for role, frame in tables.frames.items():
        for name in frame.columns:
            levels = tables.manifest.variable(name).levels
            is_category = column_kind(tables.manifest, role, name) is ColumnKind.CATEGORY
            if not levels or not is_category:
                continue
            unknown = frame[name].notna() & ~frame[name].isin(list(levels))
            if unknown.any():
                yield Problem(
                    ProblemKind.UNKNOWN_LEVEL, Severity.ERROR, role.value, name,
                    file_rows(unknown), f"one of {', '.join(levels)}", "another text",
                    f"Correct the spelling, or add the level in [variables.{name}].",
                )  # fmt: skip


def check_clusters_have_fidelity(tables: LoadedTables) -> Iterator[Problem]:
    """Check that every client's team (or whatever is scored) was assessed at least once."""
    cluster = tables.manifest.fidelity_cluster
    if cluster is None:
        return
    assessed = tables.column(TableRole.FIDELITY, cluster)
    of_clients = tables.column(TableRole.CLIENTS, cluster)
    if assessed is None or of_clients is None or assessed.empty:
        return
    without = of_clients.notna() & ~of_clients.isin(assessed)
    if without.any():
        n = of_clients[without].nunique()
        word = in_words(cluster) if n == 1 else plural(cluster)
        yield Problem(
            ProblemKind.NO_FIDELITY, Severity.ERROR, TableRole.CLIENTS.value, cluster,
            file_rows(without), f"at least one fidelity assessment of every {in_words(cluster)}",
            f"{n} {word} without any",
            f"{likeness(of_clients[without], assessed)}Add the assessments, correct the spelling, "
            "or leave these clients out.",
        )  # fmt: skip


def cluster_pairs(tables: LoadedTables) -> tuple[tuple[str, str], ...]:
    """Pairs (outer, inner) of cluster columns that must be nested."""
    pairs = [pair for model in tables.manifest.models for pair in pairwise(model.clusters)]
    columns = tables.manifest.columns(TableRole.CLIENTS)
    linkage, scored = tables.manifest.linkage, tables.manifest.fidelity_cluster
    if linkage is not None and linkage.fidelity_level not in (None, scored) and scored:
        pairs.append((str(linkage.fidelity_level), scored))
    if "organization" in columns and "team" in columns:
        pairs.append(("organization", "team"))
    return tuple(dict.fromkeys(pairs))


def _split_rows(outer: pd.Series, inner: pd.Series) -> pd.Series:
    """Rows whose inner cluster lies in more than one outer cluster."""
    return outer.groupby(inner).transform("nunique") > 1


def check_nesting(tables: LoadedTables) -> Iterator[Problem]:
    """Check that a team lies in one organization; and so for every pair of levels."""
    role = tables.manifest.unit_role
    for outer_name, inner_name in cluster_pairs(tables):
        outer, inner = tables.column(role, outer_name), tables.column(role, inner_name)
        if outer is None or inner is None:
            continue
        split = _split_rows(outer, inner)
        if split.any():
            yield Problem(
                ProblemKind.NOT_NESTED, Severity.ERROR, role.value, inner_name, file_rows(split),
                f"every {in_words(inner_name)} in one {in_words(outer_name)}",
                _how_many(inner[split].nunique(), inner_name, "in several"),
                f"Correct the {in_words(outer_name)}, or give {plural(inner_name)} names that "
                "differ.",
            )  # fmt: skip


def check_case_managers(tables: LoadedTables) -> Iterator[Problem]:
    """Tell of case managers in two teams: this is possible, but a reader should know."""
    manager, role = "case_manager", tables.manifest.unit_role
    inner = tables.column(role, manager)
    clusters = tables.manifest.clusters
    in_models = any(manager in model.clusters for model in tables.manifest.models)
    outer = tables.column(role, clusters[-1]) if clusters else None
    if inner is None or outer is None or in_models:
        return
    split = _split_rows(outer, inner)
    if split.any():
        yield Problem(
            ProblemKind.NOT_NESTED, Severity.WARNING, role.value, manager, file_rows(split),
            f"every {in_words(manager)} in one {in_words(clusters[-1])}",
            _how_many(inner[split].nunique(), manager, "in several"),
            "This is possible; if it is a slip, correct it.",
        )  # fmt: skip


def _how_many(n: int, noun: str, what: str) -> str:
    return f"{n} {in_words(noun) if n == 1 else plural(noun)} {what}"
