"""Whether there are enough clusters where the predictor differs."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.study.entries import ModelEntry
from mediation.study.load import LoadedTables
from mediation.study.manifest import Manifest
from mediation.study.model_checks import model_error, places
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.wording import plural
from mediation.vocabulary import Covariance, VariableKind

FEW_CLUSTERS = 20


def predictor_level(tables: LoadedTables, model: ModelEntry) -> str | None:
    """Find the outermost level inside which the predictor is constant, else the innermost."""
    if not model.clusters:
        return None
    linkage = tables.manifest.linkage
    if linkage is not None and model.predictor == linkage.predictor:
        level = tables.manifest.predictor_level
        return level if level in model.clusters else model.clusters[-1]
    for level in model.clusters:
        if is_constant_inside(tables, model.predictor, level):
            return level
    return model.clusters[-1]


def is_constant_inside(tables: LoadedTables, name: str, level: str) -> bool:
    """Say whether a column of the unit table has one value in every cluster of a level."""
    role = tables.manifest.unit_role
    values, clusters = tables.column(role, name), tables.column(role, level)
    if values is None or clusters is None:
        return False
    return bool((values.groupby(clusters).nunique() <= 1).all())


def between_coefficients(tables: LoadedTables, model: ModelEntry) -> int:
    """Count the between-level coefficients of the equation that has most of them.

    Intercept, predictor, one mean per mediator (outcome equation), and every covariate that
    is constant inside the innermost clusters or is split; a category counts its levels less
    one.
    """

    def count(names: tuple[str, ...]) -> int:
        return sum(_between_columns(tables, model, name) for name in dict.fromkeys(names))

    of_outcome = len(model.mediators) + count(model.covariates + model.outcome_covariates)
    of_mediator = count(model.covariates + model.mediator_covariates)
    return 2 + max(of_outcome, of_mediator)


def _between_columns(tables: LoadedTables, model: ModelEntry, name: str) -> int:
    column = tables.column(tables.manifest.unit_role, name)
    inside = column is not None and is_constant_inside(tables, name, model.clusters[-1])
    if not inside and not model.split_covariates:
        return 0
    is_category = tables.manifest.variable(name).kind is VariableKind.CATEGORY
    return int(column.nunique()) - 1 if column is not None and is_category else 1


def check_cluster_counts(tables: LoadedTables) -> Iterator[Problem]:
    """Check that there are enough clusters where the predictor differs."""
    seen = set()
    for place, model in places(tables.manifest):
        level = predictor_level(tables, model)
        clusters = None if level is None else tables.column(tables.manifest.unit_role, level)
        if level is None or clusters is None or clusters.empty:
            continue
        n, needed = clusters.nunique(), between_coefficients(tables, model)
        label = tables.manifest.variable(model.predictor).label
        if n < needed + 2:
            yield model_error(
                ProblemKind.TOO_FEW_CLUSTERS, place, level,
                f"at least {needed + 2} {plural(level)}: two more than the {needed} coefficients "
                f"between {plural(level)} of its largest equation", f"{n}",
                f"Remove covariates that are constant inside {plural(model.clusters[-1])}, or "
                f"add {plural(level)}; with so few nothing can be said about {label}.",
            )  # fmt: skip
            continue
        hold = (
            f"the data hold at most {n - 2} degrees of freedom for tests of {label} "
            f"({n - needed} in the largest equation)"
        )
        robust = independent_clusters(tables, model)
        if robust is not None and robust[1] <= n:
            level, n = robust
            rule = model.engine.covariance.name
            hold = f"taken as independent by {rule}, the data hold about {n - 1} degrees of freedom"
            hold += " at best" if model.engine.covariance is Covariance.CR2 else ""
        if n < FEW_CLUSTERS and (level, hold) not in seen:
            seen.add((level, hold))
            yield _few_clusters(place, level, n, hold, tables.manifest)


def independent_clusters(tables: LoadedTables, model: ModelEntry) -> tuple[str, int] | None:
    """Give the level that CR1 or CR2 take as independent and its clusters; None without them."""
    if not model.engine.is_clustered_ols:
        return None
    level = model.engine.cluster or model.clusters[0]
    clusters = tables.column(tables.manifest.unit_role, level)
    return None if clusters is None else (level, int(clusters.nunique()))


def _few_clusters(place: str, level: str, n: int, hold: str, manifest: Manifest) -> Problem:
    noun = manifest.study.row_noun[1]
    return Problem(
        ProblemKind.FEW_CLUSTERS, Severity.WARNING, place, level, (),
        f"{FEW_CLUSTERS} {plural(level)} or more", f"{n}",
        f"With {n} {plural(level)}, {hold}, and an honest interval is wide. "
        f"Differences between {plural(level)}, not the number of {noun}, limit what can be known.",
    )  # fmt: skip
