"""What the part on ceilings shows: every model and mediator, as scored and corrected."""

from __future__ import annotations

import math
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.ceiling import Ceiling, CeilingShare
from mediation.vocabulary import EffectName, Level, PathName


class Line(NamedTuple):
    """One model and one mediator that has a maximum, with the headline row it is part of."""

    cell: Cell
    found: Ceiling
    share: CeilingShare
    row: EffectEstimate

    @property
    def is_corrected(self) -> bool:
        """Whether enough scores are at a maximum to be drawn."""
        return self.found.corrected is not None

    @property
    def effects(self) -> tuple[Estimate, Estimate]:
        """The headline effect as scored and corrected."""
        return _effect(self.found.as_scored, self.row), _effect(self.corrected, self.row)

    @property
    def corrected(self) -> MediationResult:
        """The corrected analysis, or the one as scored where nothing was to be corrected."""
        return self.found.corrected or self.found.as_scored

    def paths(self, path: PathName, level: Level | None = None) -> tuple[Estimate, Estimate] | None:
        """Give a path as scored and corrected; None if the model has none at this level."""
        both = [_path(r, path, level, self.share.mediator)
                for r in (self.found.as_scored, self.corrected)]  # fmt: skip
        if both[0] is None or both[1] is None:
            return None
        return both[0], both[1]

    @property
    def b(self) -> tuple[Estimate, Estimate] | None:
        """The slope of the outcome: within clusters, or the only one there is."""
        return self.paths(PathName.B, Level.WITHIN) or self.paths(PathName.B, Level.SINGLE)

    @property
    def overturns(self) -> bool:
        """Whether the finding changes."""
        first, second = self.effects
        level = self.found.as_scored.conf_level
        return rejects_none(first, level) != rejects_none(second, level)

    @property
    def has_the_mark(self) -> bool:
        """Whether a is smaller, and b larger, as scored than corrected."""
        a, b = self.paths(PathName.A), self.b
        if a is None or b is None:
            return False
        return abs(a[0].estimate) < abs(a[1].estimate) and abs(b[0].estimate) > abs(b[1].estimate)


def lines_of(entry: Entry) -> tuple[Line, ...]:
    """List models and mediators of an entry that were looked at for a ceiling."""
    return tuple(
        Line(cell, found, share, row)
        for cell in entry.cells
        if (found := cell.robustness.ceiling) is not None
        for share in found.shares
        for row in headline_rows(cell.result, entry.headline)
        if row.effect is not EffectName.TOTAL
        and row.mediator in (None, share.mediator)
        and not math.isnan(_effect(found.as_scored, row).estimate)
    )


def _effect(result: MediationResult, row: EffectEstimate) -> Estimate:
    return next(
        each.value
        for each in result.effects
        if (each.effect, each.level, each.mediator) == (row.effect, row.level, row.mediator)
    )


def _path(
    result: MediationResult, path: PathName, level: Level | None, mediator: str
) -> Estimate | None:
    for each in result.paths:
        if each.path is path and each.mediator in (None, mediator) and level in (None, each.level):
            return each.value
    return None
