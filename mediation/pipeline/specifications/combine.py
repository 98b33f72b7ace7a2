"""Combinations of choices: those that have a meaning, and why the others have none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from mediation.pipeline.specifications.dimensions import Options
from mediation.study.entries import LinkageEntry, ModelEntry
from mediation.study.method_entries import IntervalEntry
from mediation.study.specification_checks import vary_entry
from mediation.study.specification_entry import ScoringChoice
from mediation.vocabulary import MissingMethod

SAME = "they repeat another specification: the engine does not see what tells them apart"
ONE_LIKELIHOOD = "full information goes with the two-level model, and only with it"
ONE_EFFECT = "without clusters effects inside and between them are one"


@dataclass(frozen=True, slots=True)
class Combination:
    """One choice of every dimension but the effect, as an entry of the manifest.

    Attributes
    ----------
    choices : tuple of int
        Of every dimension; that of the effect is 0.
    entry : ModelEntry
    linkage : LinkageEntry or None
    scoring : ScoringChoice
    effects : tuple of int
        Which effects are read from the fit.
    """

    choices: tuple[int, ...]
    entry: ModelEntry
    linkage: LinkageEntry | None
    scoring: ScoringChoice
    effects: tuple[int, ...]

    @property
    def is_declared(self) -> bool:
        """Whether it makes the declared choice everywhere."""
        return not any(self.choices)


def combine(
    entry: ModelEntry, options: Sequence[Options]
) -> tuple[tuple[Combination, ...], Counter[str]]:
    """Combine the choices of all dimensions.

    Parameters
    ----------
    entry : ModelEntry
    options : sequence of Options
        The effects last.

    Returns
    -------
    combinations : tuple of Combination
        The declared one first.
    left_out : Counter
        Combinations, each effect counted, by the reason why they are none of these.
    """
    found: list[Combination] = []
    left_out: Counter[str] = Counter()
    seen: set[object] = set()
    effects = options[-1].values
    for choices in product(*(range(each.n_combined) for each in options[:-1])):
        chosen = {o.name: o.values[k] for o, k in zip(options[:-1], choices, strict=True)}
        changed = _changed(entry, chosen)
        if isinstance(changed, str):
            left_out[changed] += len(effects)
            continue
        essence = _essence(changed, chosen)
        if essence in seen:
            left_out[SAME] += len(effects)
            continue
        seen.add(essence)
        wanted = tuple(_readable(changed, effects))
        left_out[ONE_EFFECT] += len(effects) - len(wanted)
        found.append(
            Combination((*choices, 0), changed, chosen["linkage"], chosen["scoring"], wanted)
        )
    return tuple(found), +left_out


def _changed(entry: ModelEntry, chosen: dict[str, Any]) -> ModelEntry | str:
    """Give the entry with other choices, or say why the manifest would refuse it."""
    clusters = chosen["clusters"]
    changes = {
        "engine": chosen["engines"],
        "missing": chosen["missing"],
        "interval": IntervalEntry(conf_level=entry.interval.conf_level),
        "clusters": clusters,
        "split_at": tuple(name for name in entry.split_at if name in clusters),
        "covariates": chosen["covariates"],
        "baseline": chosen["baseline"],
        "time_adjustment": chosen["time_adjustment"],
        "specifications": None,
    }
    engine, method = chosen["engines"].name, chosen["missing"].method
    if engine == "mixed_models" and not clusters:
        return "mixed models need clusters"
    if (engine == "two_level_sem") != (method is MissingMethod.FULL_INFORMATION):
        return ONE_LIKELIHOOD
    if engine == "two_level_sem" and len(clusters) != 1:
        return "the two-level model needs one level of clusters"
    return vary_entry(entry, changes)


def _essence(entry: ModelEntry, chosen: dict[str, Any]) -> object:
    """Say what an analysis depends on: least squares does not see every level of clusters."""
    engine, clusters = entry.engine, entry.clusters
    seen: tuple[object, ...] = (engine.model_dump_json(), clusters)
    if engine.name == "ols":
        by = (engine.cluster or clusters[0]) if engine.is_clustered_ols else None
        is_imputed = entry.missing.method is MissingMethod.MULTIPLE_IMPUTATION
        # Imputation draws with an intercept for every level, whatever engine comes after it.
        drawn_with = clusters if is_imputed else None
        seen = ("ols", engine.covariance, by, entry.split_at or clusters[-1:], drawn_with)
    rest = (chosen[name] for name in ("covariates", "baseline", "time_adjustment"))
    linkage = chosen["linkage"].model_dump_json() if chosen["linkage"] else None
    others = (linkage, chosen["missing"].model_dump_json(), chosen["scoring"].model_dump_json())
    return (*seen, *rest, *others)


def _readable(entry: ModelEntry, effects: Sequence[str]) -> Iterator[int]:
    """List the effects that differ: without clusters those of one name do not."""
    names: set[str] = set()
    for at, effect in enumerate(effects):
        name = effect.split()[0]
        if entry.clusters or name not in names:
            names.add(name)
            yield at
