"""Power of a path and of a product of two paths, from noncentral t distributions."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq
from scipy.special import nctdtr, ndtr, stdtr, stdtrit

from mediation.arrays import Array
from mediation.errors import InferenceError

# Beyond so many degrees of freedom a t distribution is taken as normal.
AS_NORMAL = 1e6
# Nodes of the quadrature over the first estimate: panels in its logarithm, and nodes in each.
PANELS, NODES = 16, 10
# Paths of more than so many critical values are there in every study.
CERTAIN = 25.0
# A path of so many standard errors has the wrong sign with a probability below 1e-9.
SURE = 6.0
# No effect of more standard errors is looked for.
LARGEST = 1e4


class ProductTest(Enum):
    """What decides that a product of two paths is told from zero; the value is for readers."""

    DISTRIBUTION = "the interval of the product excludes zero"
    JOINT = "both paths are significant"
    SYMMETRIC = "the delta-method interval excludes zero"


def path_power(
    noncentrality: ArrayLike, df: float, conf_level: float = 0.95, *, quantile_df: float = 0.0
) -> Array:
    """Power of the two-sided t test of a path.

    Parameters
    ----------
    noncentrality : array_like
        True path over its standard error.
    df : float
        Degrees of freedom of the standard error; infinite = known.
    conf_level : float
        1 - alpha.
    quantile_df : float
        Degrees of freedom of the quantile the estimate is compared with; left out, `df`. A test
        by the normal distribution has infinitely many.

    Returns
    -------
    ndarray, shape of `noncentrality`

    References
    ----------
    Johnson, Kotz & Balakrishnan (1995), Continuous Univariate Distributions, vol. 2, 2nd ed.,
    chapter 31 (noncentral t); Dong & Maynard (2013), Journal of Research on Educational
    Effectiveness 6, 24-67 (the same power for designs with clusters).

    Examples
    --------
    >>> float(path_power(0.0, 11.0).round(6)), float(path_power(3.0, 11.0).round(4))
    (0.05, 0.7796)
    """
    _check(df, conf_level)
    critical = stdtrit(quantile_df or df, 0.5 + conf_level / 2)
    return _beyond(critical, np.asarray(noncentrality, dtype=np.float64), df)


def smallest_noncentrality(
    power: float, df: float, conf_level: float = 0.95, *, quantile_df: float = 0.0
) -> float:
    """Find how many standard errors a path must have for a power; see `path_power`.

    Returns
    -------
    float
        Infinite if no path of up to 10,000 standard errors has it.

    Raises
    ------
    InferenceError
        If `power` does not lie between 1 - `conf_level` and 1.

    Examples
    --------
    >>> round(smallest_noncentrality(0.8, float("inf")), 4)
    2.8016
    """
    _check_power(power, conf_level)
    return _solve(
        lambda size: float(path_power(size, df, conf_level, quantile_df=quantile_df)), power
    )


def product_power(
    noncentralities: ArrayLike,
    df: tuple[float, float],
    test: ProductTest,
    conf_level: float = 0.95,
    *,
    by_normal: bool = False,
) -> Array:
    """Power of a test of the product of two independent paths.

    Parameters
    ----------
    noncentralities : array_like, shape (..., 2)
        True paths over their standard errors.
    df : (float, float)
        Degrees of freedom of the two standard errors.
    test : ProductTest
    conf_level : float
    by_normal : bool
        The test takes the degrees of freedom as infinite, whatever they are.

    Returns
    -------
    ndarray, shape (...)

    Notes
    -----
    With t1, t2 the paths over their estimated standard errors, the interval of the product
    excludes zero where P(product < 0) = p + q - 2 p q is below alpha / 2 or above
    1 - alpha / 2, p and q being the tail areas beyond t1 and t2. Given t1 this is
    |t2| > c(t1), so that the power is one integral over the noncentral t density of t1.

    Examples
    --------
    >>> float(product_power([3.0, 3.0], (11.0, 200.0), ProductTest.JOINT).round(4))
    0.6607
    >>> float(product_power([3.0, 3.0], (11.0, 200.0), ProductTest.DISTRIBUTION).round(4))
    0.6297
    """
    for each in df:
        _check(each, conf_level)
    sizes = np.abs(np.asarray(noncentralities, dtype=np.float64))
    quantiles = (np.inf, np.inf) if by_normal else df
    if test is ProductTest.JOINT:
        first, second = (
            path_power(sizes[..., k], df[k], conf_level, quantile_df=quantiles[k]) for k in (0, 1)
        )
        return np.asarray(first * second)
    return _integrate(sizes, df, quantiles, test, conf_level)


def smallest_multiple(
    direction: tuple[float, float],
    power: float,
    df: tuple[float, float],
    test: ProductTest,
    conf_level: float = 0.95,
    *,
    by_normal: bool = False,
    fixed: float | None = None,
) -> float:
    """Find by what both paths must be multiplied for a power, or the first of them alone.

    Parameters
    ----------
    direction : (float, float)
        Paths over their standard errors, to be multiplied.
    power, df, test, conf_level, by_normal
        As in `product_power`.
    fixed : float, optional
        Noncentrality of the second path, which then is not multiplied.

    Returns
    -------
    float
        Infinite if no multiple has the power.

    Examples
    --------
    >>> round(smallest_multiple((1.0, 1.0), 0.8, (11.0, 200.0), ProductTest.JOINT), 2)
    3.39
    """
    _check_power(power, conf_level)

    def at(multiple: float) -> float:
        second = multiple * abs(direction[1]) if fixed is None else abs(fixed)
        pair = [multiple * abs(direction[0]), second]
        return float(product_power(pair, df, test, conf_level, by_normal=by_normal))

    largest = max(map(abs, direction)) if fixed is None else abs(direction[0])
    if not np.isfinite(largest) or largest == 0:
        return float("inf")
    return _solve(lambda size: at(size / largest), power) / largest


def _solve(power_at: Callable[[float], float], power: float) -> float:
    """Root of a rising power: brackets by doubling, then bisection and interpolation."""
    high = 4.0
    while power_at(high) < power:
        high *= 2
        if high > LARGEST:
            return float("inf")
    return float(brentq(lambda size: power_at(size) - power, 0.0, high, xtol=1e-12, rtol=1e-12))


def _integrate(
    sizes: Array,
    df: tuple[float, float],
    quantiles: tuple[float, float],
    test: ProductTest,
    conf_level: float,
) -> Array:
    """Integrate the power given the first estimate over its density, both signs."""
    shape = sizes.shape[:-1]
    tail = (1 - conf_level) / 2
    most = CERTAIN * stdtrit(np.array(quantiles), 1 - tail)
    first, second = np.minimum(sizes.reshape(-1, 2), most).T
    least = float(stdtrit(quantiles[0], 1 - tail))
    if test is ProductTest.SYMMETRIC:
        least = float(stdtrit(min(quantiles), 1 - tail))
    farthest = max(2 * least, (float(first.max(initial=0.0)) + 10) * (1 + 20 / df[0]))
    nodes, weights = _nodes(least, farthest)
    if test is ProductTest.SYMMETRIC:
        needed = np.asarray(1 / np.sqrt(1 / least**2 - 1 / nodes**2))
    else:
        p = stdtr(quantiles[0], -nodes)
        needed = np.asarray(-stdtrit(quantiles[1], (tail - p) / (1 - 2 * p)))
    # A path that is fixed has one power for all effects.
    different, place = np.unique(second, return_inverse=True)
    found = _beyond(needed, different[:, None], df[1])[place]
    density = _density(nodes, first[:, None], df[0]) + _density(-nodes, first[:, None], df[0])
    # What lies farther out is decided by the second estimate alone.
    rest = _beyond(farthest, first, df[0]) * found[:, -1]
    power = np.clip((density * found) @ weights + rest, 0.0, 1.0)
    return np.asarray(power).reshape(shape)


def _nodes(low: float, high: float) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights between two positive ends, dense near the lower one."""
    points, weights = np.polynomial.legendre.leggauss(NODES)
    # The critical value of the second estimate is infinite at `low`: the square opens it up.
    edges = np.linspace(0.0, 1.0, PANELS + 1)
    half = np.diff(edges)[:, None] / 2
    u = (edges[:-1, None] + half * (1 + points)).ravel()
    du = (half * weights).ravel()
    span = np.log(high / low)
    nodes = low * np.exp(span * u**2)
    return nodes, du * nodes * span * 2 * u


def _beyond(critical: ArrayLike, noncentrality: Array, df: float) -> Array:
    """Probability that noncentral t is farther from zero than a critical value."""
    limit, size = np.asarray(critical, dtype=np.float64), np.abs(noncentrality)
    return np.asarray(1 - _cdf(limit, size, df) + _cdf(-limit, size, df))


def _cdf(at: Array, noncentrality: Array, df: float) -> Array:
    """Distribution function of noncentral t for noncentralities of zero or more."""
    if df > AS_NORMAL:
        return np.asarray(ndtr(at - noncentrality))
    points, sizes = np.broadcast_arrays(at, noncentrality)
    found = np.zeros(points.shape)
    # P(t < 0) is the normal tail beyond the noncentrality: below rounding of a power. There the
    # routine is slow, and far below zero it gives up.
    nctdtr(df, sizes, points, out=found, where=(points > 0) | (sizes < SURE))
    return np.asarray(np.nan_to_num(found, nan=0.0, copy=False))


def _density(at: Array, noncentrality: Array, df: float) -> Array:
    """Density of noncentral t at points other than zero, by the difference of two cdfs."""
    if df > AS_NORMAL:
        return np.asarray(np.exp(-((at - noncentrality) ** 2) / 2) / np.sqrt(2 * np.pi))
    wider = _cdf(at * np.sqrt(1 + 2 / df), noncentrality, df + 2)
    return np.asarray(np.maximum(df / at * (wider - _cdf(at, noncentrality, df)), 0.0))


def _check(df: float, conf_level: float) -> None:
    if not df > 0 or not 0.5 <= conf_level <= 0.999:
        raise InferenceError(
            "Power needs degrees of freedom above zero and a `conf_level` between 0.5 and 0.999. "
            f"Found {df:g} and {conf_level:g}. Take both from a fit."
        )


def _check_power(power: float, conf_level: float) -> None:
    if not 1 - conf_level < power < 1:
        raise InferenceError(
            f"`power` must lie between {1 - conf_level:g} (no effect at all) and 1. Found "
            f"{power:g}. Give 0.8 for 80%."
        )
