"""Checks of the models of a manifest against the columns there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from difflib import get_close_matches

from mediation.study.entries import CLUSTERED_HEADLINES, SINGLE_HEADLINES, ModelEntry
from mediation.study.load import LoadedTables
from mediation.study.manifest import BASELINE_SUFFIX, CLIENT, Manifest, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.wording import in_words, plural, with_article
from mediation.vocabulary import VariableKind, WaveOrder

Roles = tuple[tuple[str, str], ...]

# Effects made of the slope between clusters of the mediator; see `effects_of`.
NEED_CONSTANT = ("indirect between", "contextual between")


def places(manifest: Manifest) -> Iterator[tuple[str, ModelEntry]]:
    """List models with their place in the manifest."""
    for i, model in enumerate(manifest.models):
        yield f"models[{i}]", model


def roles_of(model: ModelEntry) -> Roles:
    """List every (role, column) of a model; a covariate of two equations counts once."""
    one_equation = dict.fromkeys(model.mediator_covariates + model.outcome_covariates)
    return (
        ("predictor", model.predictor),
        *(("mediator", name) for name in model.mediators),
        *(("outcome", name) for name in model.outcomes),
        *(("covariate", name) for name in dict.fromkeys(model.covariates)),
        *(("covariate of one equation", name) for name in one_equation),
        *(("cluster", name) for name in model.clusters),
    )


def model_error(
    kind: ProblemKind, place: str, column: str, expected: str, found: str, advice: str
) -> Problem:
    """Make an error of a model, which has no rows."""
    return Problem(kind, Severity.ERROR, place, column, (), expected, found, advice)


def allowed_columns(manifest: Manifest, role: str) -> list[str]:
    """List the columns that may play a role."""
    keys = (CLIENT, *manifest.cluster_columns)
    units = [name for name in manifest.columns(manifest.unit_role) if name not in keys]
    if role == "cluster":
        return [name for name in manifest.columns(manifest.unit_role) if name != CLIENT]
    if manifest.is_flat:
        return units
    if role == "predictor":
        linked = (manifest.linkage.predictor,) if manifest.linkage else ()
        return [*linked, *units]
    scores = list(manifest.interview_scores)
    if role in ("mediator", "outcome"):
        return scores
    made = manifest.made_columns
    return [*units, *scores, *(f"{name}{BASELINE_SUFFIX}" for name in scores), *made]


def check_columns_exist(tables: LoadedTables) -> Iterator[Problem]:
    """Check that every column of a model is in the tables, where its role belongs."""
    for place, model in places(tables.manifest):
        for role, name in roles_of(model):
            allowed = allowed_columns(tables.manifest, role)
            if name in allowed:
                continue
            nearest = get_close_matches(name, allowed, n=1, cutoff=0.6)
            hint = f"Did you mean `{nearest[0]}`? " if nearest else ""
            can_be = f"`{'`, `'.join(allowed)}`" if allowed else "nothing in the tables"
            yield model_error(
                ProblemKind.UNKNOWN_VARIABLE, place, name,
                f"a column that can be {with_article(role)}", f"`{name}`",
                f"{hint}{with_article(role).capitalize()} can be {can_be}.",
            )  # fmt: skip


def check_kinds(tables: LoadedTables) -> Iterator[Problem]:
    """Check that predictor, mediators and outcomes are numbers."""
    for place, model in places(tables.manifest):
        for role, name in roles_of(model):
            is_category = tables.manifest.variable(name).kind is VariableKind.CATEGORY
            if is_category and role in ("predictor", "mediator", "outcome"):
                yield model_error(
                    ProblemKind.WRONG_KIND, place, name, f"a number as {role}",
                    f"the category `{name}`", "Code it as a number (0 and 1) first.",
                )  # fmt: skip


def check_roles(tables: LoadedTables) -> Iterator[Problem]:
    """Check that a column plays one role in a model."""
    for place, model in places(tables.manifest):
        played: dict[str, list[str]] = defaultdict(list)
        for role, name in roles_of(model):
            played[name].append(role)
        if tables.manifest.uses_baseline(model):
            for name in model.outcomes:
                baseline = f"{name}{BASELINE_SUFFIX}"
                if baseline in model.covariates:
                    played[baseline].append("baseline of the outcome (`baseline = true`)")
        for name, roles in played.items():
            if len(roles) > 1:
                yield model_error(
                    ProblemKind.TWO_ROLES, place, name,
                    "one role for each variable", f"`{name}` as {' and '.join(roles)}",
                    "Keep it in one role.",
                )  # fmt: skip


def check_waves(tables: LoadedTables) -> Iterator[Problem]:
    """Check that waves are waves of the study, the mediator's before the outcome's."""
    if tables.manifest.waves is None:
        return
    known = tables.manifest.waves.values
    for place, model in places(tables.manifest):
        for i, pair in enumerate(model.waves):
            for role, wave in (("mediator", pair.mediator), ("outcome", pair.outcome)):
                if wave not in known:
                    yield model_error(
                        ProblemKind.UNKNOWN_WAVE, f"{place}.waves[{i}]", role,
                        f"one of the waves {', '.join(f'{w:g}' for w in known)}", f"{wave:g}",
                        "Correct it, or add the wave under [waves].",
                    )  # fmt: skip
            ordered = pair.mediator < pair.outcome
            if not ordered and model.order is WaveOrder.MEDIATOR_FIRST:
                yield model_error(
                    ProblemKind.WAVE_ORDER, f"{place}.waves[{i}]", "",
                    "the mediator before the outcome",
                    f"mediator at {pair.mediator:g}, outcome at {pair.outcome:g}",
                    "An outcome cannot be explained by what comes later. Correct the waves, or "
                    'set `order = "any"` if you mean it.',
                )  # fmt: skip
            first = known[0]
            if tables.manifest.uses_baseline(model) and pair.outcome == first:
                yield model_error(
                    ProblemKind.WAVE_ORDER, f"{place}.waves[{i}]", "outcome",
                    "an outcome after the first wave, which is its baseline", f"{first:g}",
                    "Take a later wave, or set `baseline = false`.",
                )  # fmt: skip


def check_headlines(tables: LoadedTables) -> Iterator[Problem]:
    """Check that the headline is an effect that a model with these clusters has."""
    for place, model in places(tables.manifest):
        possible = CLUSTERED_HEADLINES if model.clusters else SINGLE_HEADLINES
        if model.headline not in possible:
            clusters = "with clusters" if model.clusters else "without clusters"
            yield model_error(
                ProblemKind.HEADLINE, place, "headline",
                f"an effect of a model {clusters}", f'"{model.headline}"',
                f"Write one of {', '.join(possible)}.",
            )  # fmt: skip


def check_fidelity_level(tables: LoadedTables) -> Iterator[Problem]:
    """Tell if the level at which fidelity is scored is not among the clusters."""
    level, linkage = tables.manifest.predictor_level, tables.manifest.linkage
    for place, model in places(tables.manifest):
        linked = linkage is not None and model.predictor == linkage.predictor
        if level is None or not linked or level in model.clusters:
            continue
        yield Problem(
            ProblemKind.FIDELITY_LEVEL, Severity.WARNING, place, "clusters", (),
            f"`{level}` among the clusters, as it is the level at which `{model.predictor}` "
            "is scored", "it left out",
            f"Clients of one {in_words(level)} share one score; an analysis that does not know "
            "it counts the same fact many times, and its intervals are too short.",
        )  # fmt: skip


def check_constant_fidelity(tables: LoadedTables) -> Iterator[Problem]:
    """Tell if the headline needs fidelity that is constant inside clusters, and it changes."""
    level, linkage = tables.manifest.fidelity_cluster, tables.manifest.linkage
    if level is None or linkage is None:
        return
    scores = tables.column(TableRole.FIDELITY, linkage.predictor)
    scored = tables.column(TableRole.FIDELITY, level)
    of_clients = tables.column(TableRole.CLIENTS, level)
    if scores is None or scored is None or of_clients is None:
        return
    n = int((scores.groupby(scored[scored.isin(of_clients)]).nunique() > 1).sum())
    for place, model in places(tables.manifest):
        linked = model.predictor == linkage.predictor and model.clusters
        if not n or not linked or model.headline not in NEED_CONSTANT:
            continue
        yield Problem(
            ProblemKind.VARYING_FIDELITY, Severity.WARNING, place, "headline", (),
            f'fidelity that stays the same, as the headline "{model.headline}" has a meaning only '
            "where it is constant inside clusters",
            f"scores that change over time in {n} {in_words(level) if n == 1 else plural(level)}",
            "The headline will have no number where fidelity varies inside clusters. Declare "
            'another, for example "indirect within".',
        )  # fmt: skip


def check_variance(tables: LoadedTables) -> Iterator[Problem]:
    """Check that predictor, mediators, outcomes and covariates have values that differ."""
    unreadable = {
        (p.table, p.column) for p in tables.problems if p.kind is ProblemKind.NOT_A_NUMBER
    }
    names = {
        name: role
        for _, model in places(tables.manifest)
        for role, name in roles_of(model)
        if role != "cluster"
    }
    for role, frame in tables.frames.items():
        for name in names:
            column = tables.column(role, name)
            if column is None or frame.empty or (role.value, name) in unreadable:
                continue
            values = column.nunique()
            if values < 2:
                yield model_error(
                    ProblemKind.NO_VARIANCE, role.value, name, "values that differ",
                    "one value in all rows" if values else "no values",
                    f"Nothing can be learned from {with_article(names[name])} without differences: "
                    "take another variable, or remove it from the model.",
                )  # fmt: skip
