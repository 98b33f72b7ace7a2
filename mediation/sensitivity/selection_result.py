"""What selection of some strengths would have done to an analysis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.errors import SpecificationError
from mediation.inference.interval import Estimate
from mediation.vocabulary import EffectName, Level


@dataclass(frozen=True, slots=True)
class Selection:
    """How strongly taking part may hang on the mediator, and how many took part.

    Attributes
    ----------
    odds_ratios : tuple of float
        Odds of taking part, for each SD more of the mediator: above 1 the strong are
        preferred, below 1 the weak.
    shares : tuple of float
        Of those who could have taken part, the share that did; between 0 and 1.
    reference_sd : float, optional
        SD of the mediator among all who could have taken part, if it is known from elsewhere.
        Odds ratios are then per that SD, else per the SD of the rows.

    Raises
    ------
    SpecificationError
        If there is no odds ratio or share, or one is out of range.

    Examples
    --------
    >>> Selection(odds_ratios=(2.0,), shares=(0.5,)).reference_sd is None
    True
    """

    odds_ratios: tuple[float, ...] = (1.5, 2.0, 3.0, 5.0)
    shares: tuple[float, ...] = (0.75, 0.5, 0.25)
    reference_sd: float | None = None

    def __post_init__(self) -> None:
        ratios, shares = np.array(self.odds_ratios), np.array(self.shares)
        if not ratios.size or not (np.isfinite(ratios) & (ratios > 0)).all():
            raise SpecificationError(
                "`odds_ratios` must be positive numbers, at least one. "
                f"Found {self.odds_ratios}. Give for example (1.5, 2, 3)."
            )
        if not shares.size or not ((shares > 0) & (shares < 1)).all():
            raise SpecificationError(
                "`shares` must lie between 0 and 1, at least one. "
                f"Found {self.shares}. Give for example (0.25, 0.5)."
            )
        sd = self.reference_sd
        if sd is not None and not (np.isfinite(sd) and sd > 0):
            raise SpecificationError(
                f"`reference_sd` must be a positive number. Found {sd}. Leave it out if unknown."
            )


@dataclass(frozen=True, slots=True)
class SelectionPoint:
    """The analysis of all clients if selection were so strong.

    Attributes
    ----------
    odds_ratio : float
        1 for no selection.
    share : float
        NaN without selection.
    effective_n : float
        Rows that would say as much if all weights were alike, (sum w)^2 / sum w^2, of the weights
        of the fit: with clusters, scaled inside the innermost.
    largest_share : float
        Largest share that one row has of the weight of its innermost cluster, among clusters of
        four rows or more; without clusters, of all weight.
    mean, sd : float
        Of the mediator among all who could have taken part.
    a, b, effect : Estimate
        The path to the mediator, the slope b of the effect's level (within, or single), and the
        effect asked for.
    """

    odds_ratio: float
    share: float
    effective_n: float
    largest_share: float
    mean: float
    sd: float
    a: Estimate
    b: Estimate
    effect: Estimate


@dataclass(frozen=True, slots=True, repr=False)
class SelectionOnMediator:
    """One effect under selection of several strengths.

    Attributes
    ----------
    mediator : str
        Whose values decide who takes part.
    effect : EffectName
    level : Level
    conf_level : float
    options : Selection
    points : tuple of SelectionPoint
        The first is without selection; then, share by share, the odds ratios in ascending order.
    n_rows : int
    engine_label : str
    """

    mediator: str
    effect: EffectName
    level: Level
    conf_level: float
    options: Selection
    points: tuple[SelectionPoint, ...]
    n_rows: int
    engine_label: str

    def of_share(self, share: float) -> tuple[SelectionPoint, ...]:
        """No selection, then all strengths at one share."""
        return (self.points[0], *(point for point in self.points if point.share == share))

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest estimate among all points."""
        values = [point.effect.estimate for point in self.points]
        return min(values), max(values)

    def turns(self, share: float) -> float | None:
        """Give the odds ratio nearest to one at which zero enters the interval, or leaves it.

        Parameters
        ----------
        share : float

        Returns
        -------
        float or None
            None if the interval says the same of zero at all odds ratios tried.
        """
        first, *rest = self.of_share(share)
        found = [p.odds_ratio for p in rest if _covers(p.effect) != _covers(first.effect)]
        return min(found, key=lambda ratio: abs(np.log(ratio)), default=None)

    def to_frame(self) -> pd.DataFrame:
        """One row per strength and share.

        Returns
        -------
        DataFrame
            Columns `odds_ratio, share, effective_n, mediator_mean, mediator_sd`, then `a, b,
            estimate`, each with `_conf_low` and `_conf_high`.
        """
        rows = []
        for p in self.points:
            row = {
                "odds_ratio": p.odds_ratio,
                "share": p.share,
                "effective_n": p.effective_n,
                "mediator_mean": p.mean,
                "mediator_sd": p.sd,
            }
            for name, value in (("a", p.a), ("b", p.b), ("estimate", p.effect)):
                row[name] = value.estimate
                row[f"{name}_conf_low"] = value.conf_low
                row[f"{name}_conf_high"] = value.conf_high
            rows.append(row)
        return pd.DataFrame(rows)


def _covers(value: Estimate) -> bool:
    return value.conf_low <= 0 <= value.conf_high
