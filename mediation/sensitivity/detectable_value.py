"""The smallest effects that a design could have shown, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import Array
from mediation.sensitivity.detectable_power import ProductTest
from mediation.vocabulary import EffectName, Level

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class DetectablePath:
    """The smallest size of one path, or of b between - b within, that is told from zero.

    Attributes
    ----------
    name : str
        "a", "b", "b_between - b_within", "c_prime" or "total".
    level : Level
    estimate, std_error, df : float
        Of the fit.
    sd_factor : float
        Turns the path into SD of its head per SD of its tail, both over all rows.
    smallest : tuple of float
        Absolute size, one for each power, in the unit of the path.
    """

    name: str
    level: Level
    estimate: float
    std_error: float
    df: float
    sd_factor: float
    smallest: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Detectable:
    """The smallest effect that a study with these standard errors shows with a given power.

    Attributes
    ----------
    effect : EffectName
    level : Level
    mediator : str or None
    powers : tuple of float
    conf_level : float
    test : ProductTest or None
        What tells a product from zero; None where the effect is one path.
    approximates : str
        Interval whose behavior the test stands for without being it; empty if it is exact.
    paths : tuple of DetectablePath
        The factors a and b, or the one path that the effect is.
    sd_factor : float
        Turns the effect into SD of the outcome per SD of the predictor, both over all rows.
    together : tuple of float
        Smallest absolute effect for each power where a and b are equally large in SD; of one path
        its own.
    with_b : tuple of float
        The same with b as estimated, whatever a must be; infinite where b is told from zero with
        less power than that. Empty for one path.
    effects : ndarray, shape (n_points,)
        Absolute effects, in points of the outcome per point of the predictor.
    power_together, power_with_b : ndarray, shape (n_points,)
        Power at `effects`; the second is missing (NaN) for one path.
    """

    effect: EffectName
    level: Level
    mediator: str | None
    powers: tuple[float, ...]
    conf_level: float
    test: ProductTest | None
    approximates: str
    paths: tuple[DetectablePath, ...]
    sd_factor: float
    together: tuple[float, ...]
    with_b: tuple[float, ...]
    effects: Array
    power_together: Array
    power_with_b: Array

    def to_frame(self) -> pd.DataFrame:
        """One row for each path and way to reach the effect, and each power.

        Returns
        -------
        DataFrame
            Columns `what, level, power, smallest, smallest_sd, std_error, df`; the last two are
            missing for products.
        """
        import pandas as pd

        rows = [
            (p.name, p.level.value, power, size, size * p.sd_factor, p.std_error, p.df)
            for p in self.paths
            for power, size in zip(self.powers, p.smallest, strict=True)
        ]
        ways = (("a and b equal in SD", self.together), ("b as estimated", self.with_b))
        for name, sizes in ways if self.test is not None else ():
            what = f"{self.effect.value}, {name}"
            rows += [
                (what, self.level.value, power, size, size * self.sd_factor, np.nan, np.nan)
                for power, size in zip(self.powers, sizes, strict=True)
            ]
        columns = ["what", "level", "power", "smallest", "smallest_sd", "std_error", "df"]
        return pd.DataFrame(rows, columns=columns)
