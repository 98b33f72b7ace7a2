"""What a report shows of slopes that change with the predictor or differ between clusters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mediation.arrays import IntArray
from mediation.inference.result import EffectEstimate
from mediation.reporting.comparison import headline_title
from mediation.reporting.contents import Cell, Entry
from mediation.reporting.headline_rows import headline_rows
from mediation.reporting.sentences import rejects_none
from mediation.sensitivity.moderation_result import ConditionalEffect, Interaction, Moderation
from mediation.sensitivity.moderation_slopes import SlopeModeration
from mediation.sensitivity.slopes import SlopesOfClusters
from mediation.vocabulary import EffectName, EffectStatus, Level


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One model and mediator.

    Attributes
    ----------
    title : str
    cell : Cell
    row : EffectEstimate or None
        The headline row, where it is an indirect effect whose slope is known here.
    level : Level
        Of the slope that is followed.
    mediator : str
    part : SlopeModeration
    """

    title: str
    cell: Cell
    row: EffectEstimate | None
    level: Level
    mediator: str
    part: SlopeModeration

    @property
    def products(self) -> Moderation | None:
        """The model with products."""
        return self.part.interaction

    @property
    def interaction(self) -> Interaction | None:
        """How much the slope changes per point of the predictor."""
        every = () if self.products is None else self.products.interactions
        return next(
            (i for i in every if (i.mediator, i.level) == (self.mediator, self.level)), None
        )

    @property
    def effects(self) -> tuple[ConditionalEffect, ...]:
        """Effects at low, mean and high."""
        return self._mine(() if self.products is None else self.products.effects)

    @property
    def curve(self) -> tuple[ConditionalEffect, ...]:
        """Effects along the predictor."""
        return self._mine(() if self.products is None else self.products.curve)

    @property
    def slopes(self) -> SlopesOfClusters | None:
        """Slopes of the clusters."""
        return next((s for s in self.part.slopes if s.mediator == self.mediator), None)

    @property
    def is_moderated(self) -> bool:
        """Whether the interval of the interaction excludes zero."""
        found = self.interaction
        return found is not None and rejects_none(found.value, self.cell.result.conf_level)

    @property
    def differs(self) -> bool:
        """Whether slopes differ between clusters by more than chance would make them."""
        found = self.slopes
        return found is not None and found.p_value < round(1 - found.conf_level, 12)

    @property
    def own_differ(self) -> bool:
        """Whether the F test of the clusters' own slopes says that they differ."""
        found = self.slopes
        return found is not None and found.own.p_value < round(1 - found.conf_level, 12)

    @property
    def turned(self) -> tuple[ConditionalEffect, ...]:
        """Values at which the interval says another thing of zero than the declared one."""
        if self.row is None:
            return ()
        level = self.cell.result.conf_level
        declared = rejects_none(self.row.value, level)
        return tuple(e for e in self.effects if rejects_none(e.effect, level) != declared)

    def _mine(self, every: tuple[ConditionalEffect, ...]) -> tuple[ConditionalEffect, ...]:
        return tuple(e for e in every if (e.mediator, e.level) == (self.mediator, self.level))


def asked_of(entry: Entry, labels: Mapping[str, str]) -> tuple[Asked, ...]:
    """List every model and mediator of an entry whose slope was looked into.

    Parameters
    ----------
    entry : Entry
    labels : mapping of str to str

    Returns
    -------
    tuple of Asked
    """
    found = []
    for cell in entry.cells:
        part = cell.robustness.moderation
        if part is None:
            continue
        rows = {row.mediator: row for row in headline_rows(cell.result, entry.headline)}
        for mediator in cell.result.fit.model.mediators:
            row = rows.get(mediator)
            level = Level.WITHIN if cell.result.fit.model.clusters else Level.SINGLE
            if row is not None and row.effect is EffectName.INDIRECT:
                level = row.level
            title = headline_title(cell, mediator, labels)
            asked = Asked(title, cell, _usable(row), level, mediator, part)
            if not asked.effects and level is Level.BETWEEN:
                asked = Asked(title, cell, None, Level.WITHIN, mediator, part)
            if asked.effects or asked.slopes is not None:
                found.append(asked)
    return tuple(found)


def _usable(row: EffectEstimate | None) -> EffectEstimate | None:
    """Give a headline row that effects at values of the predictor can be set beside."""
    if row is None or row.effect is not EffectName.INDIRECT:
        return None
    is_known = row.status is EffectStatus.DEFINED and not math.isnan(row.value.estimate)
    return row if is_known else None


def shown_clusters(slopes: SlopesOfClusters, minimum: int) -> IntArray:
    """Places of the clusters whose slopes may be shown, in the order of their names.

    Clusters of a few people are left out; if that is one alone a second goes with it, since
    predicted departures add up to nearly nothing.
    """
    sizes = np.array(slopes.sizes)
    hidden = sizes < minimum
    if hidden.sum() == 1 and len(sizes) > 1:
        rest = np.flatnonzero(~hidden)
        hidden[rest[np.argmin(sizes[rest])]] = True
    order = np.array(sorted(range(len(sizes)), key=lambda k: _key(slopes.names[k])), dtype=np.int64)
    kept: IntArray = order[~hidden[order]]
    return kept


def _key(name: str) -> tuple[int, str]:
    """Sort letters A to Z before AA."""
    return len(name), name
