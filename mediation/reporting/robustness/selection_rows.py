"""The headline rows of an entry under supposed selections on the mediator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.selection_result import SelectionOnMediator, SelectionPoint


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One headline row under selection on one mediator.

    Attributes
    ----------
    title : str
    cell : Cell
    row : EffectEstimate
        As declared.
    found : SelectionOnMediator
    """

    title: str
    cell: Cell
    row: EffectEstimate
    found: SelectionOnMediator

    @property
    def turning(self) -> tuple[SelectionPoint, ...]:
        """Strengths at which the interval says another thing of zero than without selection."""
        first, *rest = self.found.points
        level = self.found.conf_level
        start = rejects_none(first.effect, level)
        return tuple(p for p in rest if rejects_none(p.effect, level) != start)

    @property
    def nearest(self) -> SelectionPoint | None:
        """The weakest of these: the odds ratio nearest to one, then the largest share."""
        return min(self.turning, key=lambda p: (p.odds_ratio, -p.share), default=None)

    @property
    def farthest(self) -> SelectionPoint:
        """The strength at which the estimate is farthest from that without selection."""
        first = self.found.points[0].effect.estimate
        return max(self.found.points, key=lambda p: abs(p.effect.estimate - first))

    def at(self, odds_ratio: float, share: float) -> Estimate:
        """Give the effect at one strength."""
        return next(
            p.effect for p in self.found.points if (p.odds_ratio, p.share) == (odds_ratio, share)
        )


def lines_of(entry: Entry, labels: Mapping[str, str]) -> tuple[Line, ...]:
    """List the headline rows of an entry that were looked into.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str

    Returns
    -------
    tuple of Line
    """
    found = []
    for cell in entry.cells:
        rows = headline_rows(cell.result, entry.headline)
        for each in cell.robustness.selection or ():
            for row in rows:
                if row.mediator in (None, each.mediator):
                    title = headline_title(cell, each.mediator, labels)
                    found.append(Line(title, cell, row, each))
    return tuple(found)
