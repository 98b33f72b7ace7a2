"""Values missing not at random: how different must they be for the answer to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mediation.estimation.estimate import Engine
from mediation.inference.infer import infer
from mediation.inference.interval import Estimate, Interval
from mediation.inference.pooling import estimate_imputed
from mediation.inference.result import MediationResult
from mediation.missing.imputation_options import check_shifts
from mediation.missing.imputed import Imputed
from mediation.model import MediationModel
from mediation.sensitivity.imputed_batch import ImputedModel
from mediation.vocabulary import EffectName, Level

SHIFTS = (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class TippingPoint:
    """The analysis repeated with imputed values of one column moved.

    Attributes
    ----------
    column : str
        Whose imputed values were moved.
    shifts : tuple of float
        Ascending, in SD of the observed values; 0 is missing at random.
    results : tuple of MediationResult
        One for each shift, from the same draws of missing values; only that without a shift has
        its equations.
    """

    column: str
    shifts: tuple[float, ...]
    results: tuple[MediationResult, ...]

    def values(
        self, effect: EffectName, level: Level, mediator: str | None = None
    ) -> tuple[Estimate, ...]:
        """Give one effect at every shift."""
        return tuple(
            next(
                row.value
                for row in result.effects
                if (row.effect, row.level) == (effect, level) and mediator in (None, row.mediator)
            )
            for result in self.results
        )

    def tips(
        self, effect: EffectName, level: Level, mediator: str | None = None
    ) -> tuple[float | None, float | None]:
        """Find the shifts nearest to none at which zero comes into the interval, or leaves it.

        Parameters
        ----------
        effect : EffectName
        level : Level
        mediator : str, optional

        Returns
        -------
        below, above : float or None
            The least change downwards and upwards, among the shifts tried, at which the interval
            (the p-value, where there are no limits) says another thing of zero than without a
            shift; None if it does at none.
        """
        values = self.values(effect, level, mediator)
        # Rounded, since 1 - 0.95 is a little more than 0.05.
        alpha = round(1 - self.results[0].conf_level, 12)
        covers = [_covers_zero(value, alpha) for value in values]
        start = int(np.argmin(np.abs(self.shifts)))
        below = [s for s, c in zip(self.shifts[:start], covers[:start], strict=True)
                 if c != covers[start]]  # fmt: skip
        above = [s for s, c in zip(self.shifts[start:], covers[start:], strict=True)
                 if c != covers[start]]  # fmt: skip
        return max(below, default=None), min(above, default=None)


def _covers_zero(value: Estimate, alpha: float) -> bool:
    if np.isnan([value.conf_low, value.conf_high]).any():
        return bool(value.p_value >= alpha)
    return value.conf_low <= 0 <= value.conf_high


def tipping_point(
    model: MediationModel,
    imputed: Imputed,
    engine: Engine,
    interval: Interval,
    seed: int | Sequence[int],
    *,
    column: str | None = None,
    shifts: Sequence[float] = SHIFTS,
) -> TippingPoint:
    """Move the imputed values of a column step by step, and analyse again.

    Parameters
    ----------
    model : MediationModel
    imputed : Imputed
        Drawn as if values were missing at random.
    engine : Engine
    interval : Interval
    seed : int or sequence of int
        Of the draws of the interval, the same at every shift, so that shifts differ by nothing
        else.
    column : str, optional
        Left out, the outcome.
    shifts : sequence of float
        In SD of the observed values of the column; 0 is added if it is not among them.

    Returns
    -------
    TippingPoint

    Raises
    ------
    SpecificationError
        If the column is a category or has no missing values, or a shift is no finite number.
    EstimationError, InferenceError
        As in `estimate_imputed` and `infer`.

    References
    ----------
    van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., section 3.8 (delta
    adjustment).

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.inference.delta import Delta
    >>> from mediation.missing.imputation import Imputation, impute
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=80)
    >>> m = x + rng.normal(size=80)
    >>> y = np.where(m < -1, np.nan, m + rng.normal(size=80))
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": y})
    >>> model = MediationModel("x", ("m",), "y")
    >>> imputed = impute(model, frame, Imputation(n_imputations=5), rng)
    >>> found = tipping_point(model, imputed, OLS(), Delta(), 1, shifts=(-1, 1))
    >>> found.shifts, found.column
    ((-1.0, 0.0, 1.0), 'y')
    """
    moved = model.outcome if column is None else column
    steps = tuple(sorted({0.0, *(check_shifts([(moved, shift)])[0][1] for shift in shifts)}))
    results = []
    for step in steps:
        shifted = imputed.shifted([(moved, step)]) if step else imputed
        # What is not shifted is an analysis of its own, with its equations; the others are read
        # for their effects alone.
        batch = ImputedModel(model, shifted).fit if step else None
        fit = batch(engine) if batch else estimate_imputed(model, shifted, engine)
        results.append(replace(infer(fit, interval, np.random.default_rng(seed)), seed=None))
    return TippingPoint(moved, steps, tuple(results))
