"""Checks of `[models.specifications]` against the tables and models of the manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from mediation.study.entries import ModelEntry
from mediation.study.manifest import Manifest
from mediation.study.model_checks import allowed_columns
from mediation.study.specification_entry import SpecificationsEntry
from mediation.toml.complaints import Complaint, suggestion
from mediation.vocabulary import ImputedUnit


def specification_complaints(manifest: Manifest) -> Iterator[Complaint]:
    """Yield what is wrong with the specifications of every model.

    Parameters
    ----------
    manifest : Manifest

    Yields
    ------
    Complaint
    """
    for number, model in enumerate(manifest.models):
        if model.specifications is None:
            continue
        place = f"models[{number}].specifications"
        yield from _columns(manifest, model.specifications, place)
        yield from _of_interviews(manifest, model.specifications, place)
        yield from _of_clusters(model, place)


def _columns(manifest: Manifest, entry: SpecificationsEntry, place: str) -> Iterator[Complaint]:
    """Columns of the lists that no table has, or that cannot play the role."""
    for role, lists in (("covariate", entry.covariates), ("cluster", entry.clusters)):
        key = {"covariate": "covariates", "cluster": "clusters"}[role]
        allowed = allowed_columns(manifest, role)
        for name in dict.fromkeys(name for names in lists for name in names):
            if name not in allowed:
                advice = f"{suggestion(name, allowed)}Correct the name, or remove it."
                yield Complaint(
                    f"{place}.{key}", f"columns that can be a {role}", f"`{name}`", advice
                )


def _of_interviews(
    manifest: Manifest, entry: SpecificationsEntry, place: str
) -> Iterator[Complaint]:
    """Choices that a study without interviews does not have."""
    for key in ("linkage", "baseline", "time_adjustment", "scoring"):
        if manifest.is_flat and getattr(entry, key):
            yield Complaint(f"{place}.{key}", "nothing in a study of rows", "a list", "Remove it.")
    for missing in entry.missing:
        if missing.of is ImputedUnit.ITEMS and not manifest.scores:
            advice = 'Write `of = "scores"`, or leave it out.'
            yield Complaint(f"{place}.missing", "scores made of items", "none", advice)


def _of_clusters(model: ModelEntry, place: str) -> Iterator[Complaint]:
    """Effects inside and between clusters of a model that has none."""
    entry = model.specifications
    if entry is not None and entry.effects and not model.clusters:
        advice = "Remove `effects`: without clusters the mediator is not split."
        yield Complaint(f"{place}.effects", "a model with clusters", "one without", advice)


def vary_entry(entry: ModelEntry, changes: Mapping[str, Any]) -> ModelEntry | str:
    """Change an entry of the manifest, or say why the manifest would refuse it.

    Parameters
    ----------
    entry : ModelEntry
    changes : mapping of str to object
        Values by the keys of the manifest.

    Returns
    -------
    ModelEntry or str
        What the choices lack, after "they need".
    """
    fields = ModelEntry.model_fields.items()
    values = {field.alias or name: getattr(entry, name) for name, field in fields}
    try:
        return ModelEntry.model_validate({**values, **changes})
    except ValidationError as error:
        context = error.errors()[0].get("ctx", {})
        return f"they need {context.get('expected', 'choices that go together')}"
