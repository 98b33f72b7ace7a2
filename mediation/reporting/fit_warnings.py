"""Warnings that a reader of the first screen must know of the fits."""

from __future__ import annotations

from collections.abc import Iterator

from mediation.reporting.contents import Entry
from mediation.vocabulary import Convergence


def fit_warnings(entry: Entry) -> Iterator[str]:
    """Say what a reader of the first screen must know of the fits of one entry."""
    yield from _no_headline(entry)
    fits = [cell.result.fit for cell in entry.cells]
    if any(fit.model.clusters and not fit.models_clusters for fit in fits):
        yield (
            "the declared engine takes rows as independent although the model names clusters: "
            "its intervals are narrower than the data allow."
        )
    for cell in entry.cells:
        if cell.result.fit.convergence is Convergence.NOT_CONVERGED:
            yield f"{cell.outcome}: {Convergence.NOT_CONVERGED.value}"


def _no_headline(entry: Entry) -> list[str]:
    """Say that the declared headline has no number, and why."""
    reasons = {
        (row.status.value, row.mediator or "the predictor")
        for cell in entry.cells
        for row in cell.result.effects
        if (row.effect.value, row.level.value) == entry.headline and row.status.value
    }
    headline = " ".join(entry.headline)
    return [
        f'the headline "{headline}" through {mediator} is {reason}. Declare another, or leave '
        "that mediator out."
        for reason, mediator in sorted(reasons)
    ]
