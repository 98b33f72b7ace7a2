"""The verb: a fit and an interval give effects."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.metadata import version

import numpy as np

from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.delta import Delta
from mediation.inference.interval import (
    NAN,
    Estimate,
    Interval,
    Solution,
    check_count,
)
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.product_distribution import ProductDistribution
from mediation.inference.result import EffectEstimate, MediationResult, PathEstimate
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.model import Effect, Form, Ratio, Term
from mediation.options import describe_options
from mediation.vocabulary import Convergence, EffectName, EffectStatus, Level, Resample

NO_NUMBER = Estimate(NAN, NAN, NAN, NAN, NAN, NAN, interval="", n_draws=0)
INTERVALS = (
    MonteCarlo,
    Delta,
    ProductDistribution,
    JointSignificance,
    Bootstrap,
    WildClusterBootstrap,
)


def infer(
    fit: Fit, interval: Interval, rng: np.random.Generator, *, n_workers: int = 1
) -> MediationResult:
    """Give every effect of a fit its interval.

    What there is to draw or to resample is drawn once; every effect, sums and differences too, is
    then a function of it.

    Parameters
    ----------
    fit : Fit
    interval : Interval
        `MonteCarlo`, `Delta`, `ProductDistribution`, `JointSignificance`, `Bootstrap` or
        `WildClusterBootstrap`.
    rng : numpy.random.Generator
    n_workers : int
        For draws and resamples; the numbers do not depend on it.

    Returns
    -------
    MediationResult

    Raises
    ------
    InferenceError
        If `fit` is no Fit, `interval` no interval, `rng` no Generator, or the interval does not go
        with the fit.
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
    check_count("n_workers", n_workers, 1, "Give 2 to work on two cores.")
    check_match(fit, interval)
    effects = fit.effects
    if fit.convergence is Convergence.NOT_CONVERGED:
        return _without_numbers(fit, effects, interval)
    solution = interval.solve(fit, rng, n_workers)
    rows = [_effect_row(effect, solution) for effect in effects]
    rows.append(_proportion_row(effects, rows, solution))
    paths = tuple(
        PathEstimate(*parameter, solution.estimate(Form((Term(unit),))))
        for parameter, unit in zip(fit.paths.parameters, np.eye(len(fit.paths.values)), strict=True)
    )
    return _result(fit, tuple(rows), paths, interval, solution)


def check_interval(interval: object) -> None:
    """Refuse what is no interval, such as a class without its parentheses.

    Raises
    ------
    InferenceError
    """
    if isinstance(interval, INTERVALS):
        return
    found = f"a {type(interval).__name__}"
    if isinstance(interval, type):
        found = f"the class {interval.__name__}"
        found += ": the parentheses are missing" if interval in INTERVALS else ""
    names = ", ".join(f"{kind.__name__}()" for kind in INTERVALS[1:])
    raise InferenceError(
        f"`interval` must be an interval. Found {found}. Write MonteCarlo(), which goes with every "
        f"engine, or one of {names}."
    )


def check_match(fit: Fit, interval: Interval) -> None:
    """Refuse an interval that does not go with a fit, and list those that do.

    Raises
    ------
    InferenceError
    """
    try:
        interval.check(fit)
    except InferenceError as refused:
        names = ", ".join(describe_options(each) for each in intervals_for(fit))
        raise InferenceError(f"{refused} Intervals that go with this fit: {names}.") from None


def intervals_for(fit: Fit) -> tuple[Interval, ...]:
    """List the intervals that go with a fit.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    tuple of Interval
        With default options; a bootstrap for everything that can be resampled.
    """
    every: list[Interval] = [
        MonteCarlo(),
        ProductDistribution(),
        Delta(),
        JointSignificance(),
        *(Bootstrap(resample) for resample in Resample),
        WildClusterBootstrap(),
    ]
    return tuple(interval for interval in every if _goes(interval, fit))


def _goes(interval: Interval, fit: Fit) -> bool:
    try:
        interval.check(fit)
    except InferenceError:
        return False
    return True


def _result(
    fit: Fit,
    effects: tuple[EffectEstimate, ...],
    paths: tuple[PathEstimate, ...],
    interval: Interval,
    solution: Solution | None,
) -> MediationResult:
    return MediationResult(
        fit=fit,
        effects=effects,
        paths=paths,
        interval=describe_options(interval),
        interval_label=interval.label,
        conf_level=interval.conf_level,
        seed=None,
        versions=_versions(),
        solution=solution,
    )


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Versions of the package and of the libraries behind the numbers."""
    return tuple((name, version(name)) for name in ("mediation", "numpy", "scipy", "pandas"))


def _without_numbers(fit: Fit, effects: tuple[Effect, ...], interval: Interval) -> MediationResult:
    """Withhold all but where the optimiser stopped, which is not where the data point."""
    status = EffectStatus.NOT_CONVERGED
    rows = [EffectEstimate(e.name, e.level, e.mediator, status, NO_NUMBER) for e in effects]
    total = EffectName.PROPORTION_MEDIATED
    rows.append(EffectEstimate(total, rows[0].level, _only(fit.model.mediators), status, NO_NUMBER))
    paths = tuple(
        PathEstimate(*parameter, replace(NO_NUMBER, estimate=float(value)))
        for parameter, value in zip(fit.paths.parameters, fit.paths.values, strict=True)
    )
    return _result(fit, tuple(rows), paths, interval, None)


def _effect_row(effect: Effect, solution: Solution) -> EffectEstimate:
    is_defined = effect.status is EffectStatus.DEFINED
    value = solution.estimate(effect.form) if is_defined else NO_NUMBER
    return EffectEstimate(effect.name, effect.level, effect.mediator, effect.status, value)


def _only(mediators: tuple[str, ...]) -> str | None:
    return mediators[0] if len(mediators) == 1 else None


def _proportion_row(
    effects: tuple[Effect, ...], rows: list[EffectEstimate], solution: Solution
) -> EffectEstimate:
    """Indirect over indirect + direct, given only where it has a meaning.

    Of several mediators the sum of the indirect effects.
    """
    found = list(zip(effects, rows, strict=True))
    carried = [(e, r) for e, r in found if e.name is EffectName.TOTAL_INDIRECT]
    carried = carried or [(e, r) for e, r in found if e.name is EffectName.INDIRECT]
    ((indirect, row),) = ((e, r) for e, r in carried if e.level is not Level.WITHIN)
    ((direct, direct_row),) = ((e, r) for e, r in found if e.name is EffectName.DIRECT)
    (total,) = (r for r in rows if r.effect is EffectName.TOTAL)
    status = row.status
    if status is EffectStatus.DEFINED and total.value.conf_low <= 0 <= total.value.conf_high:
        status = EffectStatus.TOTAL_COVERS_ZERO
    elif status is EffectStatus.DEFINED and row.value.estimate * direct_row.value.estimate < 0:
        status = EffectStatus.SIGNS_DISAGREE
    value = NO_NUMBER
    if status is EffectStatus.DEFINED:
        value = solution.estimate(Ratio(indirect.form, indirect.form.plus(direct.form)))
    name = EffectName.PROPORTION_MEDIATED
    return EffectEstimate(name, row.level, row.mediator, status, value)
