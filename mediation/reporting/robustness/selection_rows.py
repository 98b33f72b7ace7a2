"""The headline rows of an entry under supposed selections on the mediator."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from mediation.inference.result import EffectEstimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.selection_result import SelectionOnMediator, SelectionPoint

# Share of the rows that weights must leave in effect for a line to say something.
THIN = 0.5
# Most of its cluster's weight that one row may have.
RULES = 0.5


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

    def in_effect(self, point: SelectionPoint) -> float:
        """Share of the rows in effect."""
        return point.effective_n / self.found.n_rows

    @property
    def usable(self) -> tuple[SelectionPoint, ...]:
        """Strengths that leave rows enough in effect, and no row most of its cluster's weight."""
        rest = self.found.points[1:]
        return tuple(p for p in rest if is_shown(p) and self.in_effect(p) >= THIN)

    @property
    def is_substituted(self) -> bool:
        """Whether the analysis without selection is not the declared one, limits and all."""
        first, declared = self.found.points[0].effect, self.row.value
        if not math.isclose(first.estimate, declared.estimate, rel_tol=1e-6):
            return True
        near = 0.02 * first.std_error
        return not all(
            math.isclose(mine, theirs, rel_tol=1e-6, abs_tol=near)
            for mine, theirs in (
                (first.conf_low, declared.conf_low),
                (first.conf_high, declared.conf_high),
            )
        )

    @property
    def turning(self) -> tuple[SelectionPoint, ...]:
        """Usable strengths at which the interval says another thing of zero than without any."""
        level = self.found.conf_level
        start = rejects_none(self.found.points[0].effect, level)
        return tuple(p for p in self.usable if rejects_none(p.effect, level) != start)

    @property
    def nearest(self) -> SelectionPoint | None:
        """The weakest of these: the odds ratio nearest to one, then the largest share."""
        return min(self.turning, key=lambda p: (p.odds_ratio, -p.share), default=None)

    @property
    def farthest(self) -> SelectionPoint | None:
        """The usable strength whose estimate is farthest from that without selection."""
        first = self.found.points[0].effect.estimate
        return max(self.usable, key=lambda p: abs(p.effect.estimate - first), default=None)

    def at(self, odds_ratio: float, share: float) -> SelectionPoint:
        """Give what was found at one strength."""
        return next(p for p in self.found.points if (p.odds_ratio, p.share) == (odds_ratio, share))


def is_shown(point: SelectionPoint) -> bool:
    """Whether no one row has more than half of the weight of its cluster."""
    return point.largest_share <= RULES


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
