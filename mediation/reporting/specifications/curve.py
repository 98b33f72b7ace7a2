"""Every defensible analysis of the same question, with the choices behind each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Dimension:
    """Something that could have been chosen otherwise.

    Attributes
    ----------
    name : str
        Key, such as "engines".
    title : str
        As readers see it: "Engine".
    choices : tuple of str
        In words; the first is the declared one.
    is_choice : bool
        False of what tells models of a grid apart: outcome, interviews, mediator.
    """

    name: str
    title: str
    choices: tuple[str, ...]
    is_choice: bool = True


@dataclass(frozen=True, slots=True)
class Standard:
    """The unit of one model of a grid, taken from the rows of its declared analysis.

    Attributes
    ----------
    outcome : str
    sd_predictor, sd_outcome : float
        Over all rows, each in points of its scale.
    """

    outcome: str
    sd_predictor: float
    sd_outcome: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SpecificationCurve:
    """Effects of all specifications of an entry on one scale.

    Attributes
    ----------
    dimensions : tuple of Dimension
    choices : ndarray of int, shape (n, n_dimensions)
        Which choice of each dimension a specification makes.
    model : ndarray of int, shape (n,)
        Which model of the grid and mediator it is of, counted from 0.
    estimates, lows, highs : ndarray, shape (n,)
        In SD of the outcome per SD of the predictor.
    is_declared, is_published : ndarray of bool, shape (n,)
    standards : tuple of Standard
        Of every cell of the grid.
    mediators : tuple of (str or None)
        Model number k is that of cell k // n_mediators through mediator k % n_mediators.
    left_out : tuple of (str, int)
        Why combinations were not fitted or are not shown, and how many.
    conf_level : float
    """

    dimensions: tuple[Dimension, ...]
    choices: IntArray
    model: IntArray
    estimates: Array
    lows: Array
    highs: Array
    is_declared: BoolArray
    is_published: BoolArray
    standards: tuple[Standard, ...]
    mediators: tuple[str | None, ...]
    left_out: tuple[tuple[str, int], ...]
    conf_level: float

    def __len__(self) -> int:
        """Specifications."""
        return len(self.estimates)

    def __repr__(self) -> str:
        """Sizes only."""
        return f"SpecificationCurve({len(self)} specifications, {len(self.dimensions)} dimensions)"

    @property
    def excludes_zero(self) -> BoolArray:
        """Whether both limits lie on one side of zero, shape (n,)."""
        found: BoolArray = (self.lows > 0) | (self.highs < 0)
        return found

    @property
    def finding(self) -> IntArray:
        """1 where the interval lies above zero, -1 where below, 0 where it covers it."""
        found: IntArray = (self.lows > 0).astype(np.int64) - (self.highs < 0)
        return found

    @property
    def n_models(self) -> int:
        """Models of the grid, each through one mediator."""
        return int(self.model.max()) + 1 if len(self) else 0

    @property
    def n_different(self) -> int:
        """Specifications whose numbers differ from those of all others of their model."""
        rows = np.column_stack([self.model, self.estimates, self.lows, self.highs])
        return len(np.unique(rows.round(9), axis=0))

    @property
    def is_own(self) -> BoolArray:
        """Which are combinations of the choices listed: all but the published one, shape (n,)."""
        found: BoolArray = self.is_declared | ~self.is_published
        return found

    @property
    def effects(self) -> tuple[str, ...]:
        """Effects among the specifications; empty where all are of the headline effect."""
        return next((each.choices for each in self.dimensions if each.name == "effects"), ())

    def of_effect(self, effect: int) -> BoolArray:
        """Which specifications are of one of the effects, shape (n,)."""
        at = [k for k, each in enumerate(self.dimensions) if each.name == "effects"]
        if not at:
            return np.ones(len(self), dtype=bool)
        found: BoolArray = self.choices[:, at[0]] == effect
        return found

    @property
    def headline(self) -> int:
        """Number of the headline effect: that of the declared analyses, else the first."""
        for number in range(len(self.effects)):
            if (self.of_effect(number) & self.is_declared).any():
                return number
        return 0

    @property
    def is_compared(self) -> BoolArray:
        """Which are counted: all of the headline effect but the published one, shape (n,)."""
        found: BoolArray = self.is_own & self.of_effect(self.headline)
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row per specification, numbers as numbers.

        Returns
        -------
        DataFrame
            A column for every dimension, with the choice in words, then `estimate, conf_low,
            conf_high` (SD of the outcome per SD of the predictor), `is_declared`, `is_published`.
        """
        import pandas as pd

        words = {
            each.name: [each.choices[k] for k in self.choices[:, at]]
            for at, each in enumerate(self.dimensions)
        }
        numbers = {"estimate": self.estimates, "conf_low": self.lows, "conf_high": self.highs}
        flags = {"is_declared": self.is_declared, "is_published": self.is_published}
        return pd.DataFrame({**words, **numbers, **flags})
