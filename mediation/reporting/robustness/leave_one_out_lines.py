"""Which analyses without a cluster a report shows, headline row by headline row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.comparison import headline_title
from mediation.reporting.complementary import leave_one_out_check
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.sensitivity.leave_one_out import Influence, LeaveOneOut
from mediation.sensitivity.leave_one_out_rest import Without
from mediation.vocabulary import PathName


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One cluster left out, in one headline row."""

    influence: Influence
    without: Without


@dataclass(frozen=True, slots=True, eq=False)
class HeadlineWithout:
    """One headline row with all rows and without each cluster that is shown.

    Attributes
    ----------
    title : str
    cell : Cell
    row : EffectEstimate
        Of all rows.
    everyone : MediationResult
    lines : tuple of Line
        Outermost level first, in the order of the letters.
    n_withheld : int
        Clusters that are not shown.
    """

    title: str
    cell: Cell
    row: EffectEstimate
    everyone: MediationResult
    lines: tuple[Line, ...]
    n_withheld: int


def headlines_without(
    entry: Entry, labels: Mapping[str, str], minimum: int
) -> tuple[HeadlineWithout, ...]:
    """List the headline rows of an entry that have a number, with what is shown beside them."""
    found = []
    for cell in entry.cells:
        part = cell.robustness.leave_one_out
        if part is None:
            continue
        shown = shown_clusters(part, minimum)
        for row in headline_rows(part.everyone, entry.headline):
            if np.isnan(row.value.estimate):
                continue
            influence = part.influence(row.effect, row.level, row.mediator)
            lines = tuple(Line(influence[k], part.without[k]) for k in shown)
            title = headline_title(cell, row.mediator, labels)
            n_withheld = len(part.without) - len(shown)
            found.append(HeadlineWithout(title, cell, row, part.everyone, lines, n_withheld))
    return tuple(found)


def shown_clusters(part: LeaveOneOut, minimum: int) -> tuple[int, ...]:
    """Places of the clusters whose analysis may stand beside that of all rows.

    A cluster of a few people is left out of the table: two analyses that differ by them alone tell
    of them. So is as many others as it takes to keep their number from being told.
    """
    found: list[int] = []
    for level in part.levels:
        places = [k for k, each in enumerate(part.without) if each.level == level]
        sizes = [part.n_clients - part.without[k].n_clients for k in places]
        total = sum(sizes)
        hidden = leave_one_out_check(total, [total - size for size in sizes], minimum)
        found += [k for k, is_hidden in zip(places, hidden, strict=True) if not is_hidden]
    return tuple(found)


def path_beside(
    result: MediationResult | None, row: EffectEstimate, path: PathName
) -> Estimate | None:
    """Find the path a or b behind a headline row; b of its own level where there are two."""
    if result is None:
        return None
    named = [p for p in result.paths if p.path is path and p.mediator in (row.mediator, None)]
    named = named or [p for p in result.paths if p.path is path]
    same = [p for p in named if p.level is row.level]
    found = same or named
    return found[0].value if found else None
