"""The rows a report leads with: one per model of a grid, beside its blind counterpart."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.errors import ReportError
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.wording import innermost, plural
from mediation.vocabulary import Level

AS_DECLARED = "as declared"


@dataclass(frozen=True, slots=True)
class Headline:
    """The headline effect of one model through one mediator.

    `blind` takes every row as independent; None where the declared analysis itself does.
    `p_holm` is adjusted over the headline rows of the entry.
    """

    entry: Entry
    cell: Cell
    row: EffectEstimate
    blind: EffectEstimate | None
    p_holm: float


def headline_rows(result: MediationResult, headline: tuple[str, str]) -> tuple[EffectEstimate, ...]:
    """Find the headline effect in a result, through every mediator.

    Parameters
    ----------
    result : MediationResult
    headline : (str, str)
        Effect and level, as in the manifest.

    Returns
    -------
    tuple of EffectEstimate
        Of level `single` where the result has no clusters.

    Raises
    ------
    ReportError
        If the result has no such effect.
    """
    effect, level = headline
    named = [row for row in result.effects if row.effect.value == effect]
    for wanted in (level, Level.SINGLE.value):
        found = tuple(row for row in named if row.level.value == wanted)
        if found:
            return found
    has = ", ".join(sorted({f"{row.effect.value} {row.level.value}" for row in result.effects}))
    raise ReportError(
        f'The headline "{effect} {level}" must be an effect of the model. '
        f"The model has: {has}. Name one of these as `headline` in the manifest."
    )


def headlines_of(contents: ReportContents) -> tuple[Headline, ...]:
    """List the headline rows of a report in the order of the manifest."""
    return tuple(
        found
        for entry in contents.entries
        for cell in entry.cells
        for found in _headlines(entry, cell)
    )


def holm_of(entry: Entry, cell: Cell) -> dict[EffectEstimate, float]:
    """Pair each headline row of a model with its adjusted p-value."""
    rows = headline_rows(cell.result, entry.headline)
    return dict(zip(rows, cell.headline_p_holm, strict=True))


def analyses_beside(cell: Cell) -> tuple[tuple[str, MediationResult], ...]:
    """List every analysis of one model with its name for readers, the declared one first."""
    blind = () if cell.blind is None else ((published_name(cell), cell.blind),)
    return (AS_DECLARED, cell.result), *blind, *cell.others, *cell.alternatives


def published_name(cell: Cell) -> str:
    """Name the published specification by what it does not see."""
    cluster = innermost(cell.result)
    return f"published, blind to {plural(cluster) if cluster else 'clusters'}"


def _headlines(entry: Entry, cell: Cell) -> list[Headline]:
    blind = () if cell.blind is None else headline_rows(cell.blind, entry.headline)
    by_mediator = {row.mediator: row for row in blind}
    return [
        Headline(entry, cell, row, by_mediator.get(row.mediator), p)
        for row, p in holm_of(entry, cell).items()
    ]
