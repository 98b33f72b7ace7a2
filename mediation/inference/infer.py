"""The verb: a fit and an interval give effects."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version

import numpy as np
from scipy import stats

from mediation.arrays import Array
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit, PathEstimates
from mediation.inference.monte_carlo import MonteCarlo, draw_paths
from mediation.inference.result import EffectEstimate, Estimate, MediationResult, PathEstimate
from mediation.model import Effect, effects_of
from mediation.options import describe_options
from mediation.vocabulary import Convergence, EffectName, EffectStatus, Level

NAN = float("nan")
NO_NUMBER = Estimate(NAN, NAN, NAN, NAN, NAN, NAN, interval="", n_draws=0)


def infer(fit: Fit, interval: MonteCarlo, rng: np.random.Generator) -> MediationResult:
    """Give every effect of a fit its interval.

    Products get Monte Carlo limits, p = 2 min(k + 1) / (n + 1) over the two tails, and the
    delta-method standard error. An effect that is one path (direct, total) gets the exact t
    limits that draws of it would approach.

    Parameters
    ----------
    fit : Fit
    interval : MonteCarlo
    rng : numpy.random.Generator

    Returns
    -------
    MediationResult

    Raises
    ------
    InferenceError
        If `fit` is no Fit, `interval` no interval or `rng` no Generator.

    References
    ----------
    Sobel (1982), Sociological Methodology 13, 290-312 (standard error of a product).
    """
    if not isinstance(fit, Fit):
        raise InferenceError(
            f"`fit` must be a Fit, which estimate(...) returns. Found a {type(fit).__name__}. "
            "The order is infer(fit, interval, rng)."
        )
    check_interval(interval)
    if not isinstance(rng, np.random.Generator):
        raise InferenceError(
            f"`rng` must be a numpy random Generator. Found {type(rng).__name__}. "
            "Give np.random.default_rng(1)."
        )
    model = fit.model
    effects = effects_of(
        fit.paths.parameters,
        model.mediators,
        predictor_varies=fit.predictor_varies,
        not_identified=fit.not_identified,
    )
    if fit.convergence is Convergence.NOT_CONVERGED:
        return _without_numbers(fit, effects, interval)
    draws = draw_paths(fit.paths, interval, rng)
    rows = [_effect_row(effect, fit.paths, draws, interval) for effect in effects]
    rows.append(_proportion_row(effects, rows, fit.paths, draws, interval))
    paths = tuple(
        PathEstimate(*parameter, _t_estimate(fit.paths, unit, interval))
        for parameter, unit in zip(fit.paths.parameters, np.eye(len(fit.paths.values)), strict=True)
    )
    return _result(fit, tuple(rows), paths, interval)


def _result(
    fit: Fit,
    effects: tuple[EffectEstimate, ...],
    paths: tuple[PathEstimate, ...],
    interval: MonteCarlo,
) -> MediationResult:
    return MediationResult(
        fit=fit,
        effects=effects,
        paths=paths,
        interval=describe_options(interval),
        conf_level=interval.conf_level,
        seed=None,
        versions=tuple((name, version(name)) for name in ("mediation", "numpy", "scipy", "pandas")),
    )


def _without_numbers(
    fit: Fit, effects: tuple[Effect, ...], interval: MonteCarlo
) -> MediationResult:
    """Withhold all but where the optimiser stopped, which is not where the data point."""
    status = EffectStatus.NOT_CONVERGED
    rows = [EffectEstimate(e.name, e.level, e.mediator, status, NO_NUMBER) for e in effects]
    total = EffectName.PROPORTION_MEDIATED
    rows.append(EffectEstimate(total, rows[0].level, rows[0].mediator, status, NO_NUMBER))
    paths = tuple(
        PathEstimate(*parameter, replace(NO_NUMBER, estimate=float(value)))
        for parameter, value in zip(fit.paths.parameters, fit.paths.values, strict=True)
    )
    return _result(fit, tuple(rows), paths, interval)


def check_interval(interval: object) -> None:
    """Refuse what is no interval, such as a class without its parentheses.

    Raises
    ------
    InferenceError
    """
    if isinstance(interval, MonteCarlo):
        return
    found = f"a {type(interval).__name__}"
    if isinstance(interval, type):
        found = f"the class {interval.__name__}"
        found += ": the parentheses are missing" if interval is MonteCarlo else ""
    raise InferenceError(
        f"`interval` must be an interval. Found {found}. Write MonteCarlo(), which goes with every "
        "engine."
    )


def _effect_row(
    effect: Effect, paths: PathEstimates, draws: Array, interval: MonteCarlo
) -> EffectEstimate:
    if effect.status is not EffectStatus.DEFINED:
        value = NO_NUMBER
    elif effect.right is None:
        value = _t_estimate(paths, effect.left, interval)
    else:
        gradient = effect.gradient(paths.values)
        value = _drawn_estimate(
            float(effect.value(paths.values)),
            float(np.sqrt(gradient @ paths.covariance @ gradient)),
            float(paths.df[effect.weights > 0].min()),
            effect.value(draws),
            interval,
        )
    return EffectEstimate(effect.name, effect.level, effect.mediator, effect.status, value)


def _t_estimate(paths: PathEstimates, unit: Array, interval: MonteCarlo) -> Estimate:
    """Exact t limits of one path; `unit` has a single one."""
    at = int(np.flatnonzero(unit)[0])
    value, df = float(paths.values[at]), float(paths.df[at])
    error = float(np.sqrt(paths.covariance[at, at]))
    half = error * float(stats.t.ppf(0.5 + interval.conf_level / 2, df))
    p_value = float(2 * stats.t.sf(abs(value) / error, df))
    return Estimate(value, error, df, value - half, value + half, p_value, "t", 0)


def _drawn_estimate(
    value: float, error: float, df: float, draws: Array, interval: MonteCarlo
) -> Estimate:
    tail = (1 - interval.conf_level) / 2
    low, high = np.quantile(draws, [tail, 1 - tail])
    beyond = min(int((draws <= 0).sum()), int((draws >= 0).sum()))
    p_value = min(1.0, 2 * (beyond + 1) / (interval.n_draws + 1))
    return Estimate(
        value, error, df, float(low), float(high), p_value, "MonteCarlo", interval.n_draws
    )


def _proportion_row(
    effects: tuple[Effect, ...],
    rows: list[EffectEstimate],
    paths: PathEstimates,
    draws: Array,
    interval: MonteCarlo,
) -> EffectEstimate:
    """Indirect over indirect + direct, given only where it has a meaning."""
    name = EffectName.PROPORTION_MEDIATED
    indirect = [
        (e, r)
        for e, r in zip(effects, rows, strict=True)
        if e.name is EffectName.INDIRECT and e.level is not Level.WITHIN
    ]
    (direct,) = ((e, r) for e, r in zip(effects, rows, strict=True) if e.name is EffectName.DIRECT)
    (total,) = (r for r in rows if r.effect is EffectName.TOTAL)
    effect, row = indirect[0]
    mediator = row.mediator
    if len(indirect) > 1:
        status = EffectStatus.SEVERAL_MEDIATORS
    elif row.status is not EffectStatus.DEFINED:
        status = row.status
    elif total.value.conf_low <= 0 <= total.value.conf_high:
        status = EffectStatus.TOTAL_COVERS_ZERO
    elif row.value.estimate * direct[1].value.estimate < 0:
        status = EffectStatus.SIGNS_DISAGREE
    else:
        first, second = effect.value(paths.values), direct[0].value(paths.values)
        sums = effect.value(draws) + direct[0].value(draws)
        gradient = (
            effect.gradient(paths.values) * second - direct[0].gradient(paths.values) * first
        ) / (first + second) ** 2
        value = _drawn_estimate(
            float(first / (first + second)),
            float(np.sqrt(gradient @ paths.covariance @ gradient)),
            min(row.value.df, direct[1].value.df),
            effect.value(draws) / sums,
            interval,
        )
        return EffectEstimate(name, row.level, mediator, EffectStatus.DEFINED, value)
    return EffectEstimate(name, row.level, mediator, status, NO_NUMBER)
