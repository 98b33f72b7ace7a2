"""The curves of the headline effect that the part on measurement error shows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from mediation.inference.interval import Estimate
from mediation.inference.result import EffectEstimate
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.measurement import (
    KnownReliability,
    MeasurementError,
    ReliabilityCurve,
)
from mediation.vocabulary import EffectName, EffectStatus, Level


class Line(NamedTuple):
    """A headline row with the curve of one mediator and level."""

    cell: Cell
    row: EffectEstimate
    mediator: str
    curve: ReliabilityCurve
    known: KnownReliability | None
    found: MeasurementError

    @property
    def values(self) -> tuple[Estimate, ...]:
        """The effect at every reliability."""
        return self.curve.values(self.row.effect, self.row.level, self.row.mediator)

    @property
    def marked(self) -> float:
        """The reliability that is known; NaN if there is none."""
        if self.known is None:
            return math.nan
        return self.known.between if self.curve.level is Level.BETWEEN else self.known.within

    @property
    def low(self) -> float:
        """Lower limit of it; NaN if there is none."""
        return math.nan if self.known is None or self.is_between else self.known.low

    @property
    def is_between(self) -> bool:
        """Whether the reliability of differences between clusters varies."""
        return self.curve.level is Level.BETWEEN

    def at(self, reliability: float) -> Estimate | None:
        """Give the effect at a reliability, if there is an answer."""
        found = dict(zip(self.curve.reliabilities, self.values, strict=True))
        return found.get(reliability)

    @property
    def overturns(self) -> bool:
        """Whether a finding changes at the reliabilities that are to be reckoned with."""
        least = self.low if not math.isnan(self.low) else self.marked
        level = self.curve.results[0].conf_level
        says = [
            rejects_none(value, level)
            for step, value in zip(self.curve.reliabilities, self.values, strict=True)
            if math.isnan(least) or step >= least
        ]
        return any(said != says[0] for said in says)


def lines_of(entry: Entry) -> tuple[Line, ...]:
    """List the curves of the headline effect of every model of an entry.

    An effect inside clusters is shown against the reliability inside them alone; any other against
    that at both levels.
    """
    return tuple(
        line
        for cell in entry.cells
        if (found := cell.robustness.measurement) is not None
        for row in headline_rows(cell.result, entry.headline)
        if row.effect is not EffectName.TOTAL
        and row.status is EffectStatus.DEFINED
        and not math.isnan(row.value.estimate)
        for line in _lines(cell, row, found)
    )


def _lines(cell: Cell, row: EffectEstimate, found: MeasurementError) -> Iterator[Line]:
    known = dict(found.known)
    mediators = (row.mediator,) if row.mediator else cell.result.fit.model.mediators
    for mediator in mediators:
        for level in (Level.SINGLE, Level.WITHIN, Level.BETWEEN):
            curve = found.curve(mediator, level)
            if curve is None or not curve.results:
                continue
            if level is Level.BETWEEN and row.level is Level.WITHIN:
                continue
            yield Line(cell, row, mediator, curve, known.get(mediator), found)
