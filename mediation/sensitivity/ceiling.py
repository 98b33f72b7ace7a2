"""Scores at their maximum: what the analysis would say of a scale that went on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.batch import estimate_batch
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit, PathBatch
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.infer import infer
from mediation.inference.interval import Interval
from mediation.inference.pooled_fit import PooledFit
from mediation.inference.pooling import DF_LABEL, MOST_FAILURES
from mediation.inference.result import MediationResult
from mediation.inference.rubin import pool_estimates
from mediation.model import MediationModel
from mediation.sensitivity.ceiling_draws import draw_beyond
from mediation.sensitivity.tobit import fit_tobit
from mediation.vocabulary import Convergence, PathName

# Below this share at the maximum the correction changes nothing that could be seen.
NEGLIGIBLE = 0.01


@dataclass(frozen=True, slots=True)
class CeilingOptions:
    """How scores at the maximum are drawn.

    Attributes
    ----------
    n_imputations : int
        Completed tables.
    n_iterations : int
        Of the Gibbs sampler, for each of them from its own start.
    """

    n_imputations: int = 20
    n_iterations: int = 250

    def __post_init__(self) -> None:
        if self.n_imputations < 2 or self.n_iterations < 1:
            raise SpecificationError(
                "Drawing scores at the maximum takes at least 2 imputations and 1 iteration. Found "
                f"{self.n_imputations} and {self.n_iterations}. 20 and 250 are usual."
            )


@dataclass(frozen=True, slots=True)
class CeilingShare:
    """How many scores of a mediator are at the ends of its range, and its Tobit slope.

    Attributes
    ----------
    mediator : str
    high : float
        The highest possible score.
    at_ceiling : float
        Share of the rows analyzed.
    at_floor : float
        NaN if no lowest score is stated.
    tobit, tobit_error : float
        Slope a by a single-level Tobit regression with the same covariates, with a standard error
        that takes rows as independent. NaN where it was not or could not be fitted.
    n, n_at_ceiling, n_at_floor : int
        Counts behind the shares.
    """

    mediator: str
    high: float
    at_ceiling: float
    at_floor: float
    tobit: float
    tobit_error: float
    n: int
    n_at_ceiling: int
    n_at_floor: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ceiling:
    """An analysis beside itself with scores at their maximum drawn from beyond it.

    Attributes
    ----------
    shares : tuple of CeilingShare
        Of mediators with a stated maximum.
    as_scored : MediationResult
        Of the complete rows, scores as they are.
    corrected : MediationResult or None
        Of the same rows. None if less than 1% of every mediator's scores are at the maximum.
    n_imputations : int
        Those that gave an estimate.
    apart : tuple of (str, float)
        Mediators whose chains had not come together, with their potential scale reduction.
    """

    shares: tuple[CeilingShare, ...]
    as_scored: MediationResult
    corrected: MediationResult | None
    n_imputations: int
    apart: tuple[tuple[str, float], ...]

    def to_frame(self) -> pd.DataFrame:
        """One row per path and effect.

        Returns
        -------
        DataFrame
            Columns `analysis` ("as scored" or "corrected"), `name, level, mediator, estimate,
            std_error, df, conf_low, conf_high, p_value`.
        """
        rows = [
            (analysis, name.value, level.value, mediator, value.estimate, value.std_error,
             value.df, value.conf_low, value.conf_high, value.p_value)
            for analysis, result in (("as scored", self.as_scored), ("corrected", self.corrected))
            if result is not None
            for name, level, mediator, value in (
                *((p.path, p.level, p.mediator, p.value) for p in result.paths),
                *((e.effect, e.level, e.mediator, e.value) for e in result.effects),
            )
        ]  # fmt: skip
        columns = (
            *("analysis", "name", "level", "mediator", "estimate", "std_error", "df"),
            *("conf_low", "conf_high", "p_value"),
        )
        return pd.DataFrame(rows, columns=list(columns))


def ceiling_correction(
    model: MediationModel,
    frame: pd.DataFrame,
    engine: Engine,
    interval: Interval,
    ranges: Mapping[str, tuple[float | None, float | None]],
    rng: np.random.Generator,
    options: CeilingOptions | None = None,
    *,
    as_scored: MediationResult | None = None,
) -> Ceiling:
    """Analyse again with scores at the maximum drawn from what they would have been beyond it.

    A two-level Tobit model of each mediator given all other variables draws these scores N times;
    the declared engine analyses each completed table; Rubin's rules pool them. So a, b within, b
    between and c' are corrected together, with the engine's own degrees of freedom. This rests on
    normal scores beyond the maximum, of which nothing can be seen.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        Rows that lack a column of the model are left out.
    engine : OLS, MixedModels or TwoLevelSEM
    interval : Interval
        One that resamples nothing.
    ranges : mapping of str to (float or None, float or None)
        Lowest and highest possible score of mediators; None where there is none.
    rng : numpy.random.Generator
    options : CeilingOptions, optional
    as_scored : MediationResult, optional
        The analysis of the same complete rows, if it is at hand.

    Returns
    -------
    Ceiling

    Raises
    ------
    SpecificationError
        If no mediator has a maximum, or the engine is another.
    EstimationError
        If fewer than half of the completed tables can be analysed; also as in `prepare` and
        `draw_beyond`.

    References
    ----------
    Tobin (1958), Econometrica 26, 24-36; Chib (1992), Journal of Econometrics 51, 79-99; Rubin
    (1987), Multiple Imputation for Nonresponse in Surveys, ch. 3; Greene (1981), Econometrica 49,
    505-513 (a slope shrinks by about the share at the limit).

    Examples
    --------
    >>> from mediation.inference.delta import Delta
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=400)
    >>> m = 0.5 * x + rng.normal(size=400)
    >>> y = 0.5 * m + rng.normal(size=400)
    >>> frame = pd.DataFrame({"x": x, "m": np.minimum(m, 0.5), "y": y})
    >>> model = MediationModel("x", ("m",), "y")
    >>> found = ceiling_correction(model, frame, OLS(), Delta(), {"m": (None, 0.5)}, rng)
    >>> [round(r.paths[0].value.estimate, 1) for r in (found.as_scored, found.corrected)]
    [0.4, 0.6]
    """
    options = options or CeilingOptions()
    if not isinstance(engine, OLS | MixedModels | TwoLevelSEM):
        raise SpecificationError(
            "Ceilings are corrected for OLS(), MixedModels() and TwoLevelSEM(). Found a "
            f"{type(engine).__name__}. Choose one of them."
        )
    tops = {n: r[1] for n, r in ranges.items() if n in model.mediators and r[1] is not None}
    if not tops:
        raise SpecificationError(
            "A correction for ceilings needs the highest possible score of a mediator. None of "
            f"{', '.join(model.mediators)} has one in `ranges`. Name it."
        )
    complete = frame.dropna(subset=list(model.columns + model.clusters)).reset_index(drop=True)
    if as_scored is None:
        as_scored = infer(estimate(model, complete, engine), interval, rng)
    prepared = prepare(model, complete)
    shares = tuple(
        _share(prepared, model, name, ranges[name][0], top) for name, top in tops.items()
    )
    limits = {s.mediator: s.high for s in shares if s.at_ceiling >= NEGLIGIBLE}
    if not limits:
        return Ceiling(shares, as_scored, None, 0, ())
    n, steps = options.n_imputations, options.n_iterations
    drawn = draw_beyond(model, prepared, limits, n, steps, rng)
    batch = estimate_batch(model, complete, engine, drawn.values)
    fit, n_used = _pooled(as_scored.fit, batch)
    result = replace(infer(fit, interval, rng), seed=as_scored.seed)
    return Ceiling(shares, as_scored, result, n_used, drawn.trace.apart)


def _share(
    prepared: Prepared, model: MediationModel, name: str, low: float | None, high: float
) -> CeilingShare:
    """Count scores at the ends, and fit the single-level Tobit regression."""
    equation = prepared.mediator_equations[model.mediators.index(name)]
    y = equation.y
    slack = 1e-9 * max(abs(high), 1.0)
    n_high = int((y >= high - slack).sum())
    n_low = 0 if low is None else int((y <= low + slack).sum())
    slope = error = float("nan")
    if n_high >= NEGLIGIBLE * len(y):
        slope, error = _tobit_slope(equation.x, y, high - slack, _place_of_a(equation.roles))
    at_floor = float("nan") if low is None else n_low / len(y)
    return CeilingShare(
        name, high, n_high / len(y), at_floor, slope, error, len(y), n_high, n_low
    )  # fmt: skip


def _place_of_a(roles: tuple[object, ...]) -> int:
    return next(k for k, role in enumerate(roles) if getattr(role, "path", None) is PathName.A)


def _tobit_slope(x: Array, y: Array, limit: float, at: int) -> tuple[float, float]:
    """Slope and standard error; NaN where the regression has no maximum."""
    try:
        found = fit_tobit(x, y, limit)
    except EstimationError:
        return float("nan"), float("nan")
    return float(found.coefficients[at]), float(found.std_errors[at])


def _pooled(fit: Fit, batch: PathBatch) -> tuple[PooledFit, int]:
    """Pool the paths of the completed tables; all else is that of the scores as they are."""
    usable: BoolArray = np.isfinite(batch.values).min(axis=1)
    usable &= np.isfinite(batch.covariance).min(axis=(1, 2))
    usable &= [ended is not Convergence.NOT_CONVERGED for ended in batch.convergence]
    n_all, n = len(batch), int(usable.sum())
    if n < max(2, MOST_FAILURES * n_all):
        raise EstimationError(
            f"At least half of the completed tables must give all paths. {n} of {n_all} do. Draw "
            "more, or simplify the model."
        )
    pooled = pool_estimates(batch.values[usable], batch.covariance[usable], batch.df[usable])
    own = {name: getattr(fit, name) for name in Fit.__dataclass_fields__}
    own |= {
        "paths": replace(
            batch[int(np.flatnonzero(usable)[0])],
            values=pooled.values,
            covariance=pooled.covariance,
            df=pooled.df,
        ),
        "engine": f"{fit.engine}, {n} imputations beyond the ceiling",
        "engine_label": f"{fit.engine_label}, {n} imputations of scores beyond the ceiling",
        "df_label": DF_LABEL + fit.df_label,
        "total_gap": float("nan"),
        "notes": (),
        "fit_indices": (),
        "resampler": None,
    }
    return PooledFit(**own, pooled=pooled), n
