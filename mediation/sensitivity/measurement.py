"""Measurement error in the mediators: what the effects would be without it, at each level."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.infer import infer
from mediation.inference.interval import Estimate, Interval
from mediation.inference.result import MediationResult
from mediation.sensitivity.measurement_parts import VarianceParts, variance_parts
from mediation.sensitivity.measurement_paths import (
    Moments,
    correct_latent_paths,
    correct_paths,
    weigh_outcome,
)
from mediation.vocabulary import Convergence, EffectName, Level

RANGE = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7)
BETWEEN_RANGE = (1.0, 0.9, 0.8, 0.7)


@dataclass(frozen=True, slots=True)
class KnownReliability:
    """How reliable a mediator is: shares of its variance that are no error of measurement.

    Attributes
    ----------
    within : float
        Of differences inside clusters; of all differences where there are no clusters.
    low : float
        Lower limit of `within`; NaN if there is none.
    between : float
        Of differences between the true means of clusters: whether the items are about one thing
        there. NaN where it is not known.
    coefficient : str
        What `within` is, for example "omega".
    """

    within: float
    low: float = float("nan")
    between: float = float("nan")
    coefficient: str = "omega"

    def __post_init__(self) -> None:
        for name in ("within", "low", "between"):
            value = getattr(self, name)
            if not (0 < value <= 1 or (math.isnan(value) and name != "within")):
                raise SpecificationError(
                    f"A reliability lies above 0 and is at most 1. Found {value!r} for `{name}`. "
                    "Give for example 0.9."
                )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ReliabilityCurve:
    """The analysis corrected for one reliability after another.

    Attributes
    ----------
    mediator : str
    level : Level
        Whose reliability varies: WITHIN (that BETWEEN is then 1), BETWEEN (that WITHIN is then the
        known one, 1 if it is not known), or SINGLE. Other mediators are taken as they are.
    reliabilities : tuple of float
        Descending from 1, down to the last for which there is an answer.
    results : tuple of MediationResult
    stops_at : float or None
        The first reliability asked for that would leave (next to) nothing of the mediator.
    """

    mediator: str
    level: Level
    reliabilities: tuple[float, ...]
    results: tuple[MediationResult, ...]
    stops_at: float | None

    def values(
        self, effect: EffectName, level: Level, mediator: str | None
    ) -> tuple[Estimate, ...]:
        """Give one effect at every reliability."""
        return tuple(
            next(
                row.value
                for row in result.effects
                if (row.effect, row.level, row.mediator) == (effect, level, mediator)
            )
            for result in self.results
        )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MeasurementError:
    """What measurement error in the mediators does to an analysis.

    Attributes
    ----------
    known : tuple of (str, KnownReliability)
        By mediator, of those whose reliability is known.
    parts : tuple of (str, VarianceParts)
    curves : tuple of ReliabilityCurve
    interval_label : str
        Of the corrected analyses, in words.
    is_latent : bool
        Whether b between is the slope on the true means of clusters.
    """

    known: tuple[tuple[str, KnownReliability], ...]
    parts: tuple[tuple[str, VarianceParts], ...]
    curves: tuple[ReliabilityCurve, ...]
    interval_label: str
    is_latent: bool

    def curve(self, mediator: str, level: Level) -> ReliabilityCurve | None:
        """Give the curve of one mediator and level, if there is one."""
        found = [c for c in self.curves if (c.mediator, c.level) == (mediator, level)]
        return found[0] if found else None

    def to_frame(self) -> pd.DataFrame:
        """One row per curve, reliability and effect that has a number.

        Returns
        -------
        DataFrame
            Columns `varied, varied_level, reliability`, then those of `MediationResult.to_frame`.
        """
        tables = []
        for curve in self.curves:
            for reliability, result in zip(curve.reliabilities, curve.results, strict=True):
                table = result.to_frame()
                table = table[table["estimate"].notna()]
                table.insert(0, "reliability", reliability)
                table.insert(0, "varied_level", curve.level.value)
                table.insert(0, "varied", curve.mediator)
                tables.append(table)
        return pd.concat(tables, ignore_index=True)


def measurement_error(
    fit: Fit,
    frame: pd.DataFrame,
    engine: Engine,
    interval: Interval,
    seed: int | Sequence[int],
    *,
    known: Mapping[str, KnownReliability] | None = None,
    within: Sequence[float] = RANGE,
    between: Sequence[float] = BETWEEN_RANGE,
) -> MeasurementError:
    """Correct an analysis for measurement error in its mediators, for a range of reliabilities.

    Reliabilities are taken as known, error as independent of everything else. Sampling error of
    cluster means, which say little of a cluster with few clients, is another matter and stays: see
    `VarianceParts.shares_of_means`.

    Parameters
    ----------
    fit : Fit
        Of `engine`; a pooled one, too.
    frame : DataFrame
        The rows. Complete ones give the variances that are corrected.
    engine : OLS, MixedModels or TwoLevelSEM
    interval : Interval
        One that resamples nothing.
    seed : int or sequence of int
        Of the draws of the interval, the same at every reliability, so that they differ by nothing
        else. With that of the analysis, reliability 1 gives its numbers again.
    known : mapping of str to KnownReliability, optional
        By mediator; the points known are added to the range.
    within, between : sequence of float
        Reliabilities to try at each level; 1 is added.

    Returns
    -------
    MeasurementError

    Raises
    ------
    SpecificationError
        If the engine is another (`LatentSEM` has no measurement error in its mediators), a
        reliability is not above 0 or is more than 1, or as in `correct_latent_paths`.
    EstimationError
        If the fit did not converge, or as in `weigh_outcome`.
    InferenceError
        As in `infer`.

    References
    ----------
    Fuller (1987), Measurement Error Models, section 2.2; Geldhof, Preacher & Zyphur (2014),
    Psychological Methods 19, 72-91 (reliability at each level); Ludtke et al. (2008),
    Psychological Methods 13, 203-229 (measurement and sampling error of cluster means).

    Examples
    --------
    >>> from mediation.estimation.estimate import estimate
    >>> from mediation.inference.delta import Delta
    >>> from mediation.model import MediationModel
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=200)
    >>> m = x + rng.normal(size=200)
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": m + rng.normal(size=200)})
    >>> fit = estimate(MediationModel("x", ("m",), "y"), frame, OLS())
    >>> found = measurement_error(fit, frame, OLS(), Delta(), 1, within=(0.8,))
    >>> values = found.curves[0].values(EffectName.INDIRECT, Level.SINGLE, "m")
    >>> bool(values[1].estimate > values[0].estimate)
    True
    """
    if not isinstance(engine, OLS | MixedModels | TwoLevelSEM):
        raise SpecificationError(
            "Measurement error is corrected for OLS(), MixedModels() and TwoLevelSEM(). Found a "
            f"{type(engine).__name__}. A latent mediator has no measurement error to correct."
        )
    if fit.convergence in (Convergence.NOT_CONVERGED, Convergence.NOT_ESTIMABLE):
        raise EstimationError(
            "Measurement error is corrected in an analysis that has an answer. This one did not "
            "converge. Mend it first."
        )
    model, known = fit.model, dict(known or {})
    parts = {name: variance_parts(model, frame, name) for name in model.mediators}
    is_latent = isinstance(engine, TwoLevelSEM)
    work = _Work(
        fit, None if is_latent else weigh_outcome(fit, frame), parts, known, interval, seed
    )
    curves = []
    for name in model.mediators:
        about = known.get(name)
        points: tuple[float, ...] = () if about is None else (about.within, about.low)
        outer = Level.WITHIN if model.clusters else Level.SINGLE
        curves.append(work.curve(name, outer, _steps(within, points)))
        if model.clusters:
            points = () if about is None else (about.between,)
            curves.append(work.curve(name, Level.BETWEEN, _steps(between, points)))
    return MeasurementError(
        tuple(known.items()), tuple(parts.items()), tuple(curves), interval.label, is_latent
    )


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Work:
    """An analysis ready to be corrected."""

    fit: Fit
    moments: Moments | None
    parts: Mapping[str, VarianceParts]
    known: Mapping[str, KnownReliability]
    interval: Interval
    seed: int | Sequence[int]

    def curve(self, mediator: str, level: Level, steps: tuple[float, ...]) -> ReliabilityCurve:
        results: list[MediationResult] = []
        for step in steps:
            corrected = self._corrected(mediator, level, step)
            if corrected is None:
                return ReliabilityCurve(
                    mediator, level, steps[: len(results)], tuple(results), step
                )
            rng = np.random.default_rng(self.seed)
            results.append(replace(infer(corrected, self.interval, rng), seed=None))
        return ReliabilityCurve(mediator, level, steps, tuple(results), None)

    def _corrected(self, mediator: str, level: Level, step: float) -> Fit | None:
        about = self.known.get(mediator, KnownReliability(1.0))
        is_between = level is Level.BETWEEN
        within, between = (about.within, step) if is_between else (step, 1.0)
        errors = {mediator: self.parts[mediator].error(within, between)}
        if self.moments is None:
            return correct_latent_paths(self.fit, errors)
        return correct_paths(self.fit, self.moments, errors)


def _steps(given: Sequence[float], points: Sequence[float]) -> tuple[float, ...]:
    """Put known points among the reliabilities to try, from 1 downwards."""
    steps = {1.0, *map(float, given), *(p for p in points if not math.isnan(p))}
    wrong = [step for step in steps if not 0 < step <= 1]
    if wrong:
        raise SpecificationError(
            f"Reliabilities lie above 0 and are at most 1. Found {', '.join(map(str, wrong))}. "
            "Give for example 1, 0.9 and 0.8."
        )
    return tuple(sorted(steps, reverse=True))
