"""The smallest effects that a design could have shown, from the standard errors of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from mediation.arrays import Array, read_only
from mediation.errors import InferenceError
from mediation.estimation.paths import Fit
from mediation.inference.factors import factors_of_product
from mediation.inference.interval import Interval, factors_of, one_path
from mediation.model import Effect
from mediation.sensitivity.detectable_power import (
    ProductTest,
    path_power,
    product_power,
    smallest_multiple,
    smallest_noncentrality,
)
from mediation.sensitivity.detectable_value import Detectable, DetectablePath
from mediation.vocabulary import (
    Convergence,
    DrawDistribution,
    EffectName,
    EffectStatus,
    Level,
    PathName,
)

POWERS = (0.8, 0.9)
# Points of a power curve, and how far it goes beyond the smallest effect of the first power.
POINTS, FARTHER = 31, 2.25


def detectable(
    fit: Fit,
    interval: Interval,
    effect: EffectName,
    level: Level,
    mediator: str | None = None,
    *,
    powers: Sequence[float] = POWERS,
) -> Detectable:
    """Find the smallest effect that the design behind a fit could have shown.

    Standard errors and degrees of freedom are taken as they are in the fit, and the effect is
    supposed: this is not the power of the effect that was estimated, which would only say its
    p-value in other words.

    Parameters
    ----------
    fit : Fit
    interval : Interval
        What would have decided. `Bootstrap` is taken as what its percentiles approach, the
        interval of the product with normal paths; `WildClusterBootstrap` as the joint test.
    effect, level, mediator
        Which effect; `mediator` may be left out where there is one.
    powers : sequence of float
        Between 1 - conf_level and 1.

    Returns
    -------
    Detectable

    Raises
    ------
    InferenceError
        If the fit did not converge, has no such effect, or a power is out of range.

    References
    ----------
    Hoenig & Heisey (2001), The American Statistician 55, 19-24 (why not at the estimate);
    Bloom (1995), Evaluation Review 19, 547-556 (minimum detectable effects from a standard
    error); Kelcey, Dong, Spybrook & Cox (2017), Journal of Educational and Behavioral Statistics
    42, 499-530 (joint test of a and b in designs with clusters).

    Examples
    --------
    >>> import pandas as pd
    >>> from mediation.estimation.ols import OLS
    >>> from mediation.inference.monte_carlo import MonteCarlo
    >>> from mediation.model import MediationModel
    >>> rng = np.random.default_rng(1)
    >>> frame = pd.DataFrame(rng.normal(size=(100, 3)), columns=["x", "m", "y"])
    >>> fit = OLS().fit(MediationModel("x", ("m",), "y"), frame)
    >>> found = detectable(fit, MonteCarlo(), EffectName.INDIRECT, Level.SINGLE)
    >>> [path.name for path in found.paths], bool(found.together[0] < found.together[1])
    (['a', 'b'], True)
    """
    wanted = _effect(fit, effect, level, mediator)
    sizes = {scale.name: scale.sd_total for scale in fit.scales}
    sd_factor = _ratio(sizes[fit.model.predictor], sizes[fit.model.outcome])
    powers = tuple(map(float, powers))
    by_normal = _by_normal(interval)
    single = one_path(wanted.form)
    if single is None:
        return _of_product(fit, interval, wanted, sd_factor, powers)
    at, _ = single
    paths = fit.paths
    error, df = float(np.sqrt(paths.covariance[at, at])), float(paths.df[at])
    name = paths.parameters[at].path.value
    path = _path(
        (name, wanted.level, float(paths.values[at]), error, df),
        sd_factor,
        (powers, interval.conf_level, by_normal),
    )
    effects = _grid(path.smallest)
    quantile_df = np.inf if by_normal else df
    power = path_power(effects / error, df, interval.conf_level, quantile_df=quantile_df)
    return Detectable(
        wanted.name, wanted.level, wanted.mediator, powers, interval.conf_level, None, "",
        (path,), sd_factor, path.smallest, (), effects, read_only(power),
        read_only(np.full(POINTS, np.nan)),
    )  # fmt: skip


def _of_product(
    fit: Fit, interval: Interval, wanted: Effect, sd_factor: float, powers: tuple[float, ...]
) -> Detectable:
    """Find the smallest product, along the ray of equal sizes and at the estimated b."""
    weights = factors_of(wanted.form)
    assert weights is not None
    level, by_normal = interval.conf_level, _by_normal(interval)
    # Taken as independent, also where imputation lets them covary.
    factors = factors_of_product(fit.paths, *weights, DrawDistribution.NORMAL)
    values, errors = (tuple(map(float, each[0])) for each in (factors.values, factors.errors))
    df = tuple(float(fit.paths.df[each != 0].min()) for each in weights)
    sizes = {scale.name: scale.sd_total for scale in fit.scales}
    x, m, y = (sizes[n] for n in (fit.model.predictor, wanted.mediator or "", fit.model.outcome))
    to_sd = (_ratio(x, m), _ratio(m, y))
    asked = (powers, level, by_normal)
    names = _names(fit, *weights)
    paths = tuple(_path((*names[k], values[k], errors[k], df[k]), to_sd[k], asked) for k in (0, 1))
    test, approximates = _test(interval)
    pair = (df[0], df[1])
    # One SD per SD of both, in standard errors.
    ray = (_ratio(1.0, to_sd[0] * errors[0]), _ratio(1.0, to_sd[1] * errors[1]))
    fixed = abs(values[1]) / errors[1]
    per_error = (1 / errors[0], fixed)
    steps = [smallest_multiple(ray, p, pair, test, level, by_normal=by_normal) for p in powers]
    alone = [
        smallest_multiple(per_error, p, pair, test, level, by_normal=by_normal, fixed=fixed)
        for p in powers
    ]
    together = tuple(step**2 / sd_factor for step in steps)
    effects = _grid(together)
    roots = np.sqrt(effects * sd_factor)
    along = np.stack([roots * ray[0], roots * ray[1]], axis=-1)
    with_b = tuple(size * abs(values[1]) if fixed > 0 else np.inf for size in alone)
    curve = partial(product_power, df=pair, test=test, conf_level=level, by_normal=by_normal)
    at_b = np.full(POINTS, np.nan)
    if fixed > 0:
        needed = effects / (abs(values[1]) * errors[0])
        at_b = curve(np.stack([needed, np.full(POINTS, fixed)], axis=-1))
    return Detectable(
        wanted.name, wanted.level, wanted.mediator, powers, level, test, approximates, paths,
        sd_factor, together, with_b, effects,
        read_only(curve(along)), read_only(at_b),
    )  # fmt: skip


def _path(
    of_fit: tuple[str, Level, float, float, float],
    sd_factor: float,
    asked: tuple[tuple[float, ...], float, bool],
) -> DetectablePath:
    name, level, estimate, error, df = of_fit
    if not error > 0 or not df > 0:
        raise InferenceError(
            f"The smallest effect needs a standard error of path {name} above zero. Found "
            f"{error:g} with {df:g} degrees of freedom. Fit a model whose paths have errors."
        )
    powers, conf_level, by_normal = asked
    quantile_df = np.inf if by_normal else df
    smallest = tuple(
        error * smallest_noncentrality(power, df, conf_level, quantile_df=quantile_df)
        for power in powers
    )
    return DetectablePath(name, level, estimate, error, df, sd_factor, smallest)


def _names(fit: Fit, left: Array, right: Array) -> tuple[tuple[str, Level], tuple[str, Level]]:
    """Name the factors: a path, or the contrast of b between and b within."""

    def named(weights: Array) -> tuple[str, Level]:
        used = [fit.paths.parameters[k] for k in np.flatnonzero(weights)]
        if len(used) == 1:
            return used[0].path.value, used[0].level
        return f"{PathName.B.value}_between - {PathName.B.value}_within", Level.BETWEEN

    return named(left), named(right)


def _grid(smallest: tuple[float, ...]) -> Array:
    """Give the effects of a power curve, from none to beyond the smallest one that is shown."""
    finite = [size for size in smallest if np.isfinite(size)]
    end = FARTHER * finite[0] if finite else np.nan
    return read_only(np.linspace(0.0, end, POINTS))


def _test(interval: Interval) -> tuple[ProductTest, str]:
    """Say what tells a product from zero, and of which interval that is an approximation."""
    name = type(interval).__name__
    if name in ("JointSignificance", "WildClusterBootstrap"):
        return ProductTest.JOINT, name.removeprefix("JointSignificance")
    if name == "Delta":
        return ProductTest.SYMMETRIC, ""
    return ProductTest.DISTRIBUTION, name if name == "Bootstrap" else ""


def _by_normal(interval: Interval) -> bool:
    """Whether the interval takes degrees of freedom as infinite."""
    if type(interval).__name__ == "Bootstrap":
        return True
    return getattr(interval, "distribution", None) is DrawDistribution.NORMAL


def _effect(fit: Fit, effect: EffectName, level: Level, mediator: str | None) -> Effect:
    if fit.convergence in (Convergence.NOT_CONVERGED, Convergence.NOT_ESTIMABLE):
        raise InferenceError(
            "The smallest effect needs standard errors of a fit that converged. "
            f"{fit.convergence.value}"
        )
    found = [
        each
        for each in fit.effects
        if (each.name, each.level) == (effect, level)
        and mediator in (None, each.mediator)
        and (each.status is EffectStatus.DEFINED)
        and (one_path(each.form) is not None or factors_of(each.form) is not None)
    ]
    if len(found) == 1:
        return found[0]
    has = ", ".join(
        dict.fromkeys(
            " ".join(filter(None, (each.name.value, each.level.value, each.mediator)))
            for each in fit.effects
            if each.status is EffectStatus.DEFINED
        )
    )
    asked = " ".join(filter(None, (effect.value, level.value, mediator)))
    raise InferenceError(
        f"The smallest effect is that of one path or of one product. Found {len(found)} for "
        f"{asked}. The fit has: {has}. Name one of these, with its mediator."
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
