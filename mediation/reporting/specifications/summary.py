"""What a specification curve says, in numbers: overall, model by model and choice by choice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import BoolArray
from mediation.reporting.specifications.curve import SpecificationCurve


@dataclass(frozen=True, slots=True)
class Spread:
    """Some specifications of a curve, counted.

    Attributes
    ----------
    n : int
    median, least, greatest : float
        Of the estimates.
    n_excluding : int
        Intervals that exclude zero.
    n_positive : int
        Estimates above zero.
    """

    n: int
    median: float
    least: float
    greatest: float
    n_excluding: int
    n_positive: int

    @property
    def share(self) -> float:
        """Share of the intervals that exclude zero."""
        return self.n_excluding / self.n


@dataclass(frozen=True, slots=True)
class ModelSpread:
    """The specifications of one model of the grid, through one mediator.

    Attributes
    ----------
    number : int
    declared, published : int or None
        Their places in the curve.
    spread : Spread
        Of all but the published one.
    n_varied : int
        Specifications beside the declared and the published one.
    n_turned : int or None
        How many of them find something else than the declared one, when a finding is that the
        interval lies above zero, below it, or covers it; None without a declared one.
    rank : int or None
        Of the declared estimate among all of the spread, the lowest being 1.
    """

    number: int
    declared: int | None
    published: int | None
    spread: Spread
    n_varied: int
    n_turned: int | None
    rank: int | None = None

    @property
    def is_turned(self) -> bool | None:
        """Whether any of them does; None if that cannot be said."""
        return None if self.n_turned is None or not self.n_varied else self.n_turned > 0


def spread_of(curve: SpecificationCurve, among: BoolArray) -> Spread:
    """Count some specifications; at least one.

    Parameters
    ----------
    curve : SpecificationCurve
    among : ndarray of bool, shape (n,)

    Returns
    -------
    Spread
    """
    values = curve.estimates[among]
    return Spread(
        len(values),
        float(np.median(values)),
        float(values.min()),
        float(values.max()),
        int(curve.excludes_zero[among].sum()),
        int((values > 0).sum()),
    )


def models_of(curve: SpecificationCurve, effect: int | None = None) -> tuple[ModelSpread, ...]:
    """Take the specifications of one effect apart by model of the grid.

    Parameters
    ----------
    curve : SpecificationCurve
    effect : int, optional
        Left out, the headline effect.

    Returns
    -------
    tuple of ModelSpread
        Models without any specification but the published one are left out.
    """
    found = []
    wanted = curve.of_effect(curve.headline if effect is None else effect)
    for number in range(curve.n_models):
        here = (curve.model == number) & wanted
        own = here & curve.is_own
        if not own.any():
            continue
        declared = _first(here & curve.is_declared)
        varied = own & ~curve.is_declared
        turned = rank = None
        if declared is not None:
            rank = 1 + int((curve.estimates[own] < curve.estimates[declared]).sum())
            turned = int((curve.finding[varied] != curve.finding[declared]).sum())
        published = _first(here & curve.is_published)
        spread = spread_of(curve, own)
        n_varied = int(varied.sum())
        found.append(ModelSpread(number, declared, published, spread, n_varied, turned, rank))
    return tuple(found)


def _first(among: BoolArray) -> int | None:
    at = np.flatnonzero(among)
    return int(at[0]) if len(at) else None
