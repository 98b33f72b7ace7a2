"""Floor and ceiling: how many scores sit at or near the ends of their range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.errors import SpecificationError

# Defaults of this package without a source, see `docs/instruments.md`.
WARNING_SHARE = 0.15
NEAR = 0.95


@dataclass(frozen=True, slots=True)
class Extremes:
    """Shares of scores at the ends of the range.

    Attributes
    ----------
    n : int
        Scores that are there. With none, the shares are NaN.
    n_floor, n_ceiling, n_near_ceiling : int
        At the lowest and at the highest possible score, and at or above 95% of the range.
    """

    n: int
    n_floor: int
    n_ceiling: int
    n_near_ceiling: int

    @property
    def floor(self) -> float:
        """Share at the lowest possible score."""
        return self.n_floor / self.n if self.n else float("nan")

    @property
    def ceiling(self) -> float:
        """Share at the highest possible score."""
        return self.n_ceiling / self.n if self.n else float("nan")

    @property
    def near_ceiling(self) -> float:
        """Share at or above 95% of the range."""
        return self.n_near_ceiling / self.n if self.n else float("nan")

    @property
    def is_floored(self) -> bool:
        """More than 15% are at the floor."""
        return self.floor > WARNING_SHARE

    @property
    def is_ceilinged(self) -> bool:
        """More than 15% are at the ceiling."""
        return self.ceiling > WARNING_SHARE


def count_extremes(values: ArrayLike, low: float, high: float) -> Extremes:
    """Count the scores at the ends of their range.

    Parameters
    ----------
    values : array_like
        Scores; NaN is left out.
    low, high : float
        The lowest and the highest possible score, as `range_of` gives them.

    Returns
    -------
    Extremes

    Raises
    ------
    SpecificationError
        If the range does not go from low to high.

    Examples
    --------
    >>> found = count_extremes([96.0, 96.0, 94.0, 60.0, np.nan], 24, 96)
    >>> found.ceiling, found.near_ceiling, found.is_ceilinged, found.is_floored
    (0.5, 0.75, True, False)
    """
    if not low < high:
        raise SpecificationError(
            f"Expected a range from low to high. Found {low:g} to {high:g}. Correct it."
        )
    scores = np.asarray(values, dtype=np.float64)
    # Means are quotients: the end of the range may be missed by an ulp.
    slack = 1e-9 * (high - low)
    return Extremes(
        int(np.count_nonzero(~np.isnan(scores))),
        int(np.count_nonzero(scores <= low + slack)),
        int(np.count_nonzero(scores >= high - slack)),
        int(np.count_nonzero(scores >= low + NEAR * (high - low) - slack)),
    )
