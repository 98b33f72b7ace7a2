"""Unmeasured common causes of mediator and outcome: how strong must they be to end an effect."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mediation.errors import SpecificationError
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.interval import Estimate, Solution
from mediation.inference.result import EffectEstimate, MediationResult
from mediation.linkage.table import AnalysisTable
from mediation.model import Form, Parameter
from mediation.sensitivity.confounding_benchmarks import Benchmark, Explained, explained_inside
from mediation.sensitivity.confounding_curves import Moving, solution_of, trace
from mediation.sensitivity.confounding_errors import (
    ErrorLevels,
    errors_inside,
    errors_of_equations,
    errors_of_latent,
)
from mediation.sensitivity.confounding_measures import (
    bias_factor,
    e_values,
    rho_of_factor,
)
from mediation.sensitivity.confounding_paths import path_of
from mediation.sensitivity.confounding_result import Confounding
from mediation.vocabulary import EffectName, EffectStatus, Level, PathName

# Every twentieth, to 0.95 on either side.
RHOS = tuple(round(0.05 * k, 2) for k in range(-19, 20))
EFFECTS = (EffectName.INDIRECT, EffectName.CONTEXTUAL)


def confounding(
    result: MediationResult,
    table: AnalysisTable | pd.DataFrame,
    engine: Engine,
    effect: tuple[EffectName, Level],
    mediator: str | None = None,
    *,
    rhos: Sequence[float] = RHOS,
    rng: np.random.Generator | None = None,
) -> Confounding:
    """Ask how strong an unmeasured common cause of mediator and outcome must be to end an effect.

    Parameters
    ----------
    result : MediationResult
        Of a fit to the table, pooled over imputations or not.
    table : AnalysisTable or DataFrame
        Its complete rows give variances of errors and what covariates explain.
    engine : OLS, MixedModels or TwoLevelSEM
        As of the fit.
    effect : (EffectName, Level)
        INDIRECT or CONTEXTUAL, at a level that the model has.
    mediator : str, optional
        Left out, the only one.
    rhos : sequence of float
        Correlations of errors to look at, inside -0.99 and 0.99; 0 is added.
    rng : numpy.random.Generator, optional
        For results of a wild bootstrap, in whose place draws are made; left out, of a fixed seed.

    Returns
    -------
    Confounding

    Raises
    ------
    SpecificationError
        If the effect is not one through one mediator that has a number, the engine is another one,
        or a correlation is out of range.
    EstimationError
        As in `estimate`, if the complete rows cannot be analysed.

    References
    ----------
    Imai, Keele & Yamamoto (2010), Statistical Science 25, 51-71 (rho); Cinelli & Hazlett (2020),
    JRSS B 82, 39-67 (robustness value, benchmarks); Zhang & Ding (2022), arXiv 2205.08030
    (mediation); VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274 (E-value).
    Rho within and between clusters: `docs/methods.md`.

    Notes
    -----
    A covariate of the mediator alone stays in the mediator's error: rho is that of what everything
    on the right-hand side of the outcome leaves unexplained, less in size than that of the error
    of the mediator's own equation.

    Examples
    --------
    >>> import mediation as med
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=400)
    >>> m = 0.5 * x + rng.normal(size=400)
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": 0.5 * m + rng.normal(size=400)})
    >>> result = med.mediate(frame, predictor="x", mediators=["m"], outcome="y", clusters=[],
    ...                      interval=med.Delta(), seed=1)
    >>> found = confounding(result, frame, med.OLS(), (EffectName.INDIRECT, Level.SINGLE))
    >>> round(found.curves[0].zero, 2), 0 < found.curves[0].above < found.curves[0].zero
    (0.47, True)
    """
    steps = _check_rhos(rhos)
    row = _row(result, effect, mediator)
    assert row.mediator is not None
    frame = table.frame if isinstance(table, AnalysisTable) else table
    prepared = prepare(result.fit.model, frame)
    explained = explained_inside(prepared, row.mediator)
    errors = _errors(result, prepared, engine, row, explained)
    solution = solution_of(result, np.random.default_rng(0) if rng is None else rng)
    assert solution is not None
    movings = _movings(result, solution, errors, row)
    left = explained.left_mediator * explained.left_outcome
    curves = tuple(
        trace(
            moving,
            name,
            level,
            steps,
            math.nan if moving.at is Level.BETWEEN else left,
        )
        for moving, name, level in movings
    )
    first = movings[0][0]
    is_inside = row.level is not Level.BETWEEN
    scales = {scale.name: scale.sd_total for scale in result.fit.scales}
    model = result.fit.model
    return Confounding(
        effect=row.effect,
        level=row.level,
        mediator=row.mediator,
        value=row.value,
        conf_level=result.conf_level,
        curves=curves,
        path_a=path_of(result, PathName.A, row, None),
        path_b=path_of(result, PathName.B, row, errors if is_inside else None),
        e_value=e_values(row.value, scales[model.predictor], scales[model.outcome]),
        benchmarks=_benchmarks(first, explained) if is_inside else (),
        slope=_slope(first) if is_inside else math.nan,
        left=(explained.left_mediator, explained.left_outcome),
    )


def _check_rhos(rhos: Sequence[float]) -> tuple[float, ...]:
    steps = tuple(sorted({0.0, *(float(rho) for rho in rhos)}))
    wrong = [rho for rho in steps if not abs(rho) <= 0.99]
    if wrong:
        raise SpecificationError(
            "Correlations of errors must lie inside -0.99 and 0.99. Found "
            f"{', '.join(map(str, wrong))}. Leave `rhos` out for steps of 0.05."
        )
    return steps


def _row(
    result: MediationResult, effect: tuple[EffectName, Level], mediator: str | None
) -> EffectEstimate:
    """Find the effect, which must have a number and go through one mediator."""
    known = [
        row
        for row in result.effects
        if row.effect in EFFECTS and row.status is EffectStatus.DEFINED
    ]
    found = [
        row
        for row in known
        if (row.effect, row.level) == effect and mediator in (None, row.mediator)
    ]
    if len(found) != 1:
        has = ", ".join(f"{r.effect.value} {r.level.value} ({r.mediator})" for r in known)
        name, level = effect
        raise SpecificationError(
            "One effect through one mediator, with a number, must be asked for. Found "
            f"{len(found)} of {name.value} {level.value}"
            f"{'' if mediator is None else f' ({mediator})'}. There is: {has or 'none'}."
        )
    return found[0]


def _errors(
    result: MediationResult,
    prepared: Prepared,
    engine: Engine,
    row: EffectEstimate,
    explained: Explained,
) -> ErrorLevels:
    mediator = row.mediator
    assert mediator is not None
    if isinstance(engine, TwoLevelSEM):
        if result.fit.model.mediator_covariates:
            raise SpecificationError(
                "Correlated errors are not known for a TwoLevelSEM() with covariates of the "
                f"mediator alone. Found {', '.join(result.fit.model.mediator_covariates)}. Use "
                "MixedModels(), or covariates of both equations."
            )
        return errors_of_latent(result.fit, mediator)
    inside = Parameter(PathName.B, Level.WITHIN, mediator)
    if isinstance(engine, OLS) and inside in result.fit.paths.parameters:
        if row.level is Level.BETWEEN:
            raise SpecificationError(
                "Least squares do not tell errors of rows from those of clusters, which move an "
                f"effect between clusters differently. Found {row.effect.value} "
                f"{row.level.value} by OLS(). Use MixedModels(), or ask for the indirect effect "
                "within."
            )
        variances = explained.variance_mediator, explained.variance_outcome
        return errors_inside(result.fit, mediator, *variances)
    if isinstance(engine, OLS | MixedModels):
        return errors_of_equations(result.fit, prepared, engine, mediator)
    raise SpecificationError(
        "Correlated errors are known for OLS(), MixedModels() and TwoLevelSEM(). Found a "
        f"{type(engine).__name__}. Fit the model by one of these."
    )


def _movings(
    result: MediationResult, solution: Solution, errors: ErrorLevels, row: EffectEstimate
) -> list[tuple[Moving, EffectName, Level]]:
    """Pair effects with the errors that move them, the row that was asked for first."""
    own = errors.levels[0] if errors.levels[0] is Level.SINGLE else row.level
    if own not in errors.levels:
        raise SpecificationError(
            "Mediator and outcome must both differ between clusters, beyond what the model "
            "explains, for their errors to correlate there. One of these variances is estimated at "
            "zero. Ask for the indirect effect within."
        )
    wanted = [(own, row.effect, row.level)]
    if row.level is Level.WITHIN and row.effect is EffectName.INDIRECT:
        wanted.append((Level.BETWEEN, EffectName.INDIRECT, Level.BETWEEN))
    if own is Level.BETWEEN and not (errors.is_latent and row.effect is EffectName.INDIRECT):
        # Errors of rows do not vanish from the means of a few rows, and b within is part of a
        # contrast: they move effects between clusters too.
        wanted.append((Level.WITHIN, row.effect, row.level))
    found = []
    for at, name, level in wanted:
        form = _form(result, name, level, row.mediator)
        if form is None or at not in errors.levels:
            continue
        moving = Moving(result.fit, solution, form, errors, at, result.conf_level)
        found.append((moving, name, level))
    return found


def _form(
    result: MediationResult, name: EffectName, level: Level, mediator: str | None
) -> Form | None:
    for each in result.fit.effects:
        if (each.name, each.level, each.mediator) == (name, level, mediator):
            return each.form if each.status is EffectStatus.DEFINED else None
    return None


def _direction(moving: Moving) -> float:
    """Sign of the correlation of errors that brings the effect nearer to zero."""
    near, start = moving.points(np.array([1e-3, 0.0]))
    return 1.0 if abs(near) < abs(start) else -1.0


def _slope(moving: Moving) -> float:
    at = np.array([_direction(moving) * rho_of_factor(1.0), 0.0])
    moved_point, start = moving.points(at)
    return float(start - moved_point)


def _benchmarks(
    moving: Moving, explained: Explained
) -> tuple[tuple[Benchmark, Estimate | None], ...]:
    """Give the effect if a common cause as strong as each covariate were left out."""
    found = []
    for each in explained.benchmarks:
        value = None
        if not math.isnan(each.bound_mediator):
            factor = float(bias_factor(each.bound_mediator, each.bound_outcome))
            value = moving.value(_direction(moving) * rho_of_factor(factor))
        found.append((each, value))
    return tuple(found)
