"""What a common cause of mediator and outcome would do to one effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from mediation.arrays import Array
from mediation.inference.interval import Estimate
from mediation.sensitivity.confounding_benchmarks import Benchmark
from mediation.sensitivity.confounding_curves import RhoCurve
from mediation.sensitivity.confounding_measures import EValue, bias_factor
from mediation.sensitivity.confounding_paths import PathRobustness
from mediation.vocabulary import EffectName, Level


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Confounding:
    """An effect through one mediator under a common cause of mediator and outcome.

    Attributes
    ----------
    effect, level, mediator
        Which effect.
    value : Estimate
        The effect as estimated: without such a cause.
    conf_level : float
    curves : tuple of RhoCurve
        The first is that of the effect itself, with the errors of its own level; a second one, if
        errors can correlate at another level too, for an effect within that of the indirect effect
        between, and for an effect between that of the same effect, with the errors of rows.
    path_a, path_b : PathRobustness
        Of the path to the mediator (between the predictor's clusters, if there are any) and of the
        path from it, at the level of the effect.
    e_value : EValue
    benchmarks : tuple of (Benchmark, Estimate or None)
        Measured covariates, each with the effect if a common cause as strong were left out that
        brings it nearer to zero; None where none so strong is possible. Empty for effects between.
    slope : float
        By how much the effect nears zero for each unit of `bias_factor`; NaN for effects between.
    left : (float, float)
        Share of the variance of mediator and of outcome, inside clusters, that the equations leave
        unexplained.
    """

    effect: EffectName
    level: Level
    mediator: str
    value: Estimate
    conf_level: float
    curves: tuple[RhoCurve, ...]
    path_a: PathRobustness
    path_b: PathRobustness
    e_value: EValue
    benchmarks: tuple[tuple[Benchmark, Estimate | None], ...]
    slope: float
    left: tuple[float, float]

    @property
    def own_curves(self) -> tuple[RhoCurve, ...]:
        """Curves of the effect itself, one for each level whose errors move it."""
        own = (self.effect, self.level)
        return tuple(curve for curve in self.curves if (curve.effect, curve.level) == own)

    @property
    def weaker(self) -> RhoCurve:
        """Of the effect's own curves that on which the finding ends with the least correlation.

        Where it ends on none, or there is none, that on which the estimate is zero first.
        """

        def end(curve: RhoCurve) -> tuple[float, float]:
            tip = curve.tip if curve.excludes_zero else None
            ends = (math.inf if rho is None else abs(rho) for rho in (tip, curve.zero))
            first, second = ends
            return first, second

        return min(self.own_curves, key=end)

    @property
    def weakest(self) -> tuple[float, float]:
        """Robustness value of the effect, point and limit: that of its weaker path.

        A product is zero where either factor is. Common causes of predictor and mediator, of
        mediator and outcome, or of all three count, hence the least of the two.

        References
        ----------
        Zhang & Ding (2022), arXiv 2205.08030, the robustness value for mediation: the least of the
        greatest shares that must be explained; here with the interval of each path, which is the
        joint test.
        """
        a, b = self.path_a, self.path_b
        return min(a.point, b.point), min(a.limit, b.limit)

    @property
    def strongest(self) -> tuple[Benchmark, Estimate] | None:
        """The benchmark that brings the effect nearest to zero, or beyond it."""
        sign = math.copysign(1.0, self.value.estimate)
        known = [(each, value) for each, value in self.benchmarks if value is not None]
        return min(known, key=lambda pair: sign * pair[1].estimate, default=None)

    def adjusted(self, r2_mediator: Array, r2_outcome: Array) -> Array:
        """Effect if a common cause explained these shares and pulled the effect away from zero.

        Parameters
        ----------
        r2_mediator, r2_outcome : ndarray
            Partial R² with mediator and outcome, as in `bias_factor`.

        Returns
        -------
        ndarray
            NaN for effects between clusters.
        """
        found: Array = self.value.estimate - self.slope * bias_factor(r2_mediator, r2_outcome)
        return found

    def to_frame(self) -> pd.DataFrame:
        """One row for each correlation of errors, numbers as numbers.

        Returns
        -------
        DataFrame
            Columns `mediator, effect, level, errors, rho, estimate, conf_low, conf_high,
            conf_level, p_value, r2_residual, r2_total`; `errors` is the level whose errors
            correlate.
        """
        rows = []
        for curve in self.curves:
            for rho, value in zip(curve.rho, curve.estimates, strict=True):
                residual, total = curve.r2_product(rho)
                rows.append(
                    {
                        "mediator": self.mediator,
                        "effect": curve.effect.value,
                        "level": curve.level.value,
                        "errors": curve.errors.value,
                        "rho": rho,
                        "estimate": value.estimate,
                        "conf_low": value.conf_low,
                        "conf_high": value.conf_high,
                        "conf_level": self.conf_level,
                        "p_value": value.p_value,
                        "r2_residual": residual,
                        "r2_total": total,
                    }
                )
        return pd.DataFrame(rows)
