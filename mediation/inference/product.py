"""The exact distribution of the product of two estimates, for many products at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtr, stdtrit

from mediation.arrays import Array, BoolArray, IntArray, read_only
from mediation.errors import InferenceError
from mediation.inference.product_areas import product_of_independent
from mediation.inference.product_correlated import product_of_correlated

# Products worked on at once, so that their panels stay in the cache.
CHUNK = 256
LEAST_DF = 0.1
# An estimate of more than NEVER standard errors is taken as known, as is one of NEGLIGIBLE times
# the standard errors of the other: below the rounding of the product.
NEVER, NEGLIGIBLE = 1e14, 1e8
# Newton's steps double the digits: the one after a gap of CLOSE (in log odds) is the last.
CLOSE, LONGEST_STEP, MOST_STEPS = 1e-7, 3.0, 100
# A probability this near to P(product < 0) has the quantile zero; smaller ones than LEAST are
# rounding; quantiles are not asked for beyond FARTHEST from either end.
AT_ZERO, LEAST, FARTHEST = 1e-14, 1e-17, 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """Pairs of estimates whose products are asked for: each is value + error * t.

    Attributes
    ----------
    values, errors : ndarray, shape (N, 2)
        Estimates and standard errors. An error of zero is a known factor. A pair with a missing
        number has missing results.
    df : ndarray, shape (N, 2)
        Degrees of freedom of each t, at least 0.1; infinite = normal.
    rho : ndarray, shape (N,)
        Correlation of the two, inside (-1, 1); zero where a df is finite.

    Raises
    ------
    InferenceError
        If shapes differ or a number is out of range.

    Examples
    --------
    >>> pair = Factors([[0.5, 0.6]], [[0.08, 0.04]], [[np.inf, np.inf]], [0.0])
    >>> product_quantiles(pair, [0.025, 0.975]).round(3).tolist()
    [[0.201, 0.405]]
    """

    values: Array
    errors: Array
    df: Array
    rho: Array

    def __post_init__(self) -> None:
        for name in ("values", "errors", "df", "rho"):
            object.__setattr__(self, name, read_only(getattr(self, name)))
        pairs, single = self.values.shape, (self.rho.size,)
        shapes = [each.shape for each in (self.values, self.errors, self.df, self.rho)]
        if shapes != [(*single, 2)] * 3 + [single]:
            raise InferenceError(
                "`values`, `errors` and `df` must have one row per product and two columns, and "
                f"`rho` one number per product. Found shapes {shapes}. Give one row per product "
                f"of two estimates, here {pairs[0] if pairs else 1}."
            )
        _refuse(np.isinf(self.values) | np.isinf(self.errors), "`values` and `errors`", "finite")
        _refuse(self.errors < 0.0, "`errors`", "zero or more")
        _refuse(self.df < LEAST_DF, "`df`", f"at least {LEAST_DF}, or infinite")
        _refuse(np.abs(self.rho) >= 1.0, "`rho`", "inside -1 and 1")
        finite = np.isfinite(self.df).any(axis=1)
        _refuse(finite & (self.rho != 0.0), "`rho`", "0 where degrees of freedom are finite")

    def __len__(self) -> int:
        return len(self.rho)


def _refuse(wrong: BoolArray, name: str, wanted: str) -> None:
    if wrong.any():
        raise InferenceError(
            f"{name} of the factors of a product must be {wanted}. Found {np.sum(wrong)} other "
            f"of {wrong.size}. Check the covariance and the degrees of freedom of the paths."
        )


def product_cdf(factors: Factors, at: Array) -> Array:
    """Give the probability that each product is at most `at`, to 1e-12.

    Rounding shows only in estimates of more than 1,000 standard errors (1e-9 at a million).

    Parameters
    ----------
    factors : Factors
        N pairs.
    at : ndarray, shape (N,)
        In the unit of the product.

    Returns
    -------
    ndarray, shape (N,)

    Raises
    ------
    InferenceError
        If `at` has another shape.

    Notes
    -----
    Normal factors: Meeker & Escobar (1994), The American Statistician 48, 271-275. With t factors
    the same integral over the t densities; P(product < 0) is in closed form. The error of each
    panel of nodes is checked and the panel halved until it is below 1e-12.

    Examples
    --------
    >>> pair = Factors([[0.0, 1.0]], [[1.0, 0.5]], [[5.0, np.inf]], [0.0])
    >>> product_cdf(pair, [0.0]).round(12).tolist()
    [0.5]
    """
    at = np.asarray(at, dtype=np.float64)
    if at.shape != (len(factors),):
        raise InferenceError(
            f"`at` must have one number per product, shape ({len(factors)},). Found {at.shape}. "
            "Give the point of each product."
        )
    result = np.full(len(factors), np.nan)
    known, scaled = _known(factors), _scaled(factors)
    usable = _usable(factors) & ~np.isnan(at)
    spread = np.flatnonzero(usable & ~known.any(axis=1))
    z = at[spread] / factors.errors[spread, 0] / factors.errors[spread, 1]
    result[spread] = _distribution(scaled[spread], factors.df[spread], factors.rho[spread], z)[0]
    rest = np.flatnonzero(usable & known.any(axis=1))
    center, error, df = _line(factors, known, rest)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0.0, (at[rest] - center) / error, np.inf)
    t = np.where(error > 0.0, t, np.where(at[rest] < center, -np.inf, np.inf))
    result[rest] = stdtr(df, t)
    inside: Array = np.clip(result, 0.0, 1.0)
    return inside


def product_quantiles(factors: Factors, probabilities: Array) -> Array:
    """Give quantiles of each product.

    Parameters
    ----------
    factors : Factors
        N pairs.
    probabilities : ndarray, shape (k,)
        Between 1e-6 and 1 - 1e-6.

    Returns
    -------
    ndarray, shape (N, k)

    Raises
    ------
    InferenceError
        If a probability is outside.

    Notes
    -----
    The root of `product_cdf` (see there for the source), by Newton's steps in log odds over the
    logarithm of the distance from zero, where the function is nearly a line.

    Examples
    --------
    >>> pair = Factors([[0.2, 0.4]], [[1.0, 1.0]], [[np.inf, np.inf]], [0.0])
    >>> product_quantiles(pair, [0.025, 0.975]).round(8).tolist()
    [[-2.18817854, 2.58722225]]
    """
    wanted = np.asarray(probabilities, dtype=np.float64)
    inside = (wanted >= FARTHEST) & (wanted <= 1.0 - FARTHEST)
    if wanted.ndim != 1 or not inside.all():
        raise InferenceError(
            f"`probabilities` must be a list of numbers between {FARTHEST} and {1.0 - FARTHEST}. "
            f"Found shape {wanted.shape}, {np.sum(~inside)} of them outside. "
            "Give [0.025, 0.975] for 95% limits."
        )
    result = np.full((len(factors), len(wanted)), np.nan)
    known, usable = _known(factors), _usable(factors)
    spread = np.repeat(np.flatnonzero(usable & ~known.any(axis=1)), len(wanted))
    asked = np.resize(wanted, len(spread))
    z = _roots(_scaled(factors)[spread], factors.df[spread], factors.rho[spread], asked)
    z = z * factors.errors[spread, 0] * factors.errors[spread, 1]
    result[spread[:: len(wanted)]] = z.reshape(-1, len(wanted))
    rest = np.flatnonzero(usable & known.any(axis=1))
    center, error, df = _line(factors, known, rest)
    result[rest] = center[:, None] + error[:, None] * _t_quantile(df[:, None], wanted)
    return result


def _usable(factors: Factors) -> BoolArray:
    missing = np.isnan(factors.values) | np.isnan(factors.errors) | np.isnan(factors.df)
    return ~(missing.any(axis=1) | np.isnan(factors.rho))


def _scaled(factors: Factors) -> Array:
    """Estimates in standard errors; infinite for a known factor."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return factors.values / factors.errors


def _known(factors: Factors) -> BoolArray:
    """Whether each factor is known so well that its error does not show, shape (N, 2)."""
    with np.errstate(invalid="ignore"):
        size = np.abs(_scaled(factors))
        known = (factors.errors == 0.0) | (size > NEVER)
        shown: BoolArray = known | (size > NEGLIGIBLE * (1.0 + size[:, ::-1]))
    return shown


def _line(factors: Factors, known: BoolArray, rows: IntArray) -> tuple[Array, Array, Array]:
    """Center, error and df of products with a known factor: a t on a line."""
    values, known = factors.values[rows], known[rows]
    other = np.where(known[:, 0], 1, 0)
    each = np.arange(len(rows))
    error = np.abs(values[each, 1 - other]) * factors.errors[rows, other]
    center = values[:, 0] * values[:, 1]
    return center, np.where(known.all(axis=1), 0.0, error), factors.df[rows, other]


def _t_quantile(df: Array, probabilities: Array) -> Array:
    with np.errstate(invalid="ignore"):
        t: Array = np.where(np.isinf(df), ndtri(probabilities), stdtrit(df, probabilities))
    return t


def _distribution(centers: Array, df: Array, rho: Array, z: Array) -> tuple[Array, Array]:
    """Distribution function and density of scaled products, in chunks."""
    below, density = np.empty(len(z)), np.empty(len(z))
    for correlated in (False, True):
        rows = np.flatnonzero((rho != 0.0) == correlated)
        for start in range(0, len(rows), CHUNK):
            part = rows[start : start + CHUNK]
            if correlated:
                found = product_of_correlated(centers[part], rho[part], z[part])
            else:
                found = product_of_independent(centers[part], df[part], z[part])
            below[part], density[part] = found
    return below, density


def _roots(centers: Array, df: Array, rho: Array, wanted: Array) -> Array:
    """Quantiles of scaled products, shape (T,), one probability each."""
    zero = _distribution(centers, df, rho, np.zeros(len(wanted)))[0]
    side = np.where(np.abs(wanted - zero) > AT_ZERO, np.sign(wanted - zero), 0.0)
    product = np.prod(centers, axis=1)
    # Craig's standard deviation of a product of two normals.
    spread = np.sqrt(np.sum(centers**2, axis=1) + 2 * rho * product + 1.0 + rho**2)
    guess = product + rho + spread * ndtri(wanted)
    at = np.log(np.maximum(side * guess, 0.02 * spread))
    low, high = np.full(len(at), -np.inf), np.full(len(at), np.inf)
    going = np.flatnonzero(side)
    goal = _log_odds(wanted, zero, side)[0]
    for _ in range(MOST_STEPS):
        if not going.size:
            break
        x, toward = at[going], side[going]
        below, density = _distribution(centers[going], df[going], rho[going], toward * np.exp(x))
        odds, weight = _log_odds(below, zero[going], toward)
        gap = odds - goal[going]
        low[going] = np.where(gap < 0.0, x, low[going])
        high[going] = np.where(gap < 0.0, high[going], x)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = -gap / (np.exp(x) * density * weight)
        step = np.where(np.isfinite(step), step, -np.sign(gap) * LONGEST_STEP)
        at[going] = _bracketed(
            x, np.clip(step, -LONGEST_STEP, LONGEST_STEP), low[going], high[going]
        )
        rounding = 4 * np.finfo(float).eps * np.maximum(np.abs(x), 1.0)
        going = going[(np.abs(gap) > CLOSE) & (np.abs(at[going] - x) > rounding)]
    roots: Array = side * np.exp(at)
    return roots


def _log_odds(below: Array, zero: Array, side: Array) -> tuple[Array, Array]:
    """Log odds of lying between zero and a point, given its side; and their slope in `below`."""
    near = np.maximum(side * (below - zero), LEAST)
    far = np.maximum(np.where(side > 0.0, 1.0 - below, below), LEAST)
    return np.log(near) - np.log(far), 1.0 / near + 1.0 / far


def _bracketed(x: Array, step: Array, low: Array, high: Array) -> Array:
    """Take the step, or halve the bracket where it would leave it."""
    new = x + step
    with np.errstate(invalid="ignore"):
        inside = (new == x) | ((new > low) & (new < high))
        taken: Array = np.where(inside, new, (low + high) / 2)
    return taken
