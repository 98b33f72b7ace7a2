"""Scores on a scale with ends whose expected value is a given number, exactly.

A score is a normal variable, its values beyond the ends put on them (as a ceiling does). The
normal mean is chosen so that the mean after that is the asked one. Linear equations for the mean
hold then for the scores that are written, ceiling and all, and no later correction is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np
from scipy.special import ndtr

from mediation.arrays import Array

# Grid of normal means: interpolation on it is off by far less than any unit of a scale.
_POINTS = 4001
_REACH = 6.0
# Expected scores stay this share of the scale away from its ends.
MARGIN = 0.002


@dataclass(frozen=True, slots=True)
class Scale:
    """Ends and step of a score; infinite ends where there are none.

    Attributes
    ----------
    low, high : float
    unit : float
        Zero: no rounding.
    """

    low: float
    high: float
    unit: float

    @property
    def has_ends(self) -> bool:
        """Whether the scale has both ends."""
        return isfinite(self.low) and isfinite(self.high)

    def inside(self, expected: Array) -> Array:
        """Move expected scores beyond the scale to just inside it."""
        if not self.has_ends:
            return expected
        margin = MARGIN * (self.high - self.low)
        return np.clip(expected, self.low + margin, self.high - margin)


def censored_moments(mean: Array, sd: float, scale: Scale) -> tuple[Array, Array]:
    """Mean and variance of a normal variable censored at the ends of a scale.

    Parameters
    ----------
    mean : ndarray
        Of the normal variable.
    sd : float
        Of the normal variable, above zero.
    scale : Scale
        With both ends.

    Returns
    -------
    (ndarray, ndarray)
        Moments after censoring; Greene (2012), Econometric Analysis, theorem 19.3, for two ends.

    Examples
    --------
    >>> mean, variance = censored_moments(np.array([0.0]), 1.0, Scale(-9.0, 9.0, 0.0))
    >>> [round(float(each[0]), 6) + 0.0 for each in (mean, variance)]
    [0.0, 1.0]
    """
    lower, upper = (scale.low - mean) / sd, (scale.high - mean) / sd
    below, above = ndtr(lower), ndtr(-upper)
    inside = 1 - below - above
    at_lower, at_upper = _density(lower), _density(upper)
    # Moments of the standard normal variable, censored.
    first = lower * below + upper * above + at_lower - at_upper
    second = lower**2 * below + upper**2 * above + inside + lower * at_lower - upper * at_upper
    return mean + sd * first, np.maximum(sd**2 * (second - first**2), 0.0)


def _density(x: Array) -> Array:
    density: Array = np.exp(-0.5 * np.minimum(x**2, 1400.0)) / np.sqrt(2 * np.pi)
    return density


def latent_mean(expected: Array, sd: float, scale: Scale) -> Array:
    """Give the normal means whose censored means are the expected scores.

    Parameters
    ----------
    expected : ndarray
        Scores; beyond the scale they are moved to just inside it.
    sd : float
        Of the normal variable.
    scale : Scale

    Returns
    -------
    ndarray
        Like `expected`.

    Examples
    --------
    >>> scale = Scale(24.0, 96.0, 1.0)
    >>> means = latent_mean(np.array([60.0, 94.0]), 8.0, scale)
    >>> censored_moments(means, 8.0, scale)[0].round(2).tolist()
    [60.0, 94.0]
    """
    if not scale.has_ends or sd <= 0:
        return expected
    grid = np.linspace(scale.low - _REACH * sd, scale.high + _REACH * sd, _POINTS)
    return np.interp(scale.inside(expected), censored_moments(grid, sd, scale)[0], grid)


def latent_sd(sd: float, mean: float, scale: Scale) -> float:
    """Give the SD of the normal variable that leaves a given SD after censoring.

    Parameters
    ----------
    sd : float
        Wanted after censoring.
    mean : float
        After censoring.
    scale : Scale

    Returns
    -------
    float
        At most twice the length of the scale, where the wanted SD is more than can be had.

    Examples
    --------
    >>> scale = Scale(24.0, 96.0, 1.0)
    >>> 7.9 < latent_sd(8.0, 60.0, scale) < 8.1, latent_sd(8.0, 88.0, scale) > 9.0
    (True, True)
    """
    if not scale.has_ends or sd <= 0:
        return sd
    target = np.array([mean])
    lower, upper = sd / 2, 2 * (scale.high - scale.low)
    for _ in range(50):
        middle = (lower + upper) / 2
        found = censored_moments(latent_mean(target, middle, scale), middle, scale)[1]
        lower, upper = (middle, upper) if found[0] < sd**2 else (lower, middle)
    return upper


def scores(expected: Array, u: Array, sd: float, scale: Scale, z: Array) -> Array:
    """Turn expected scores and standard deviates into scores in whole units of the scale.

    Parameters
    ----------
    expected : ndarray
    u : ndarray, like `expected`
        Uniform: decides between the two units around a value in proportion to the distance, so
        that rounding does not move the expected score.
    sd : float
        Of the normal variable.
    scale : Scale
    z : ndarray, like `expected`
        Standard normal.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> at = np.array([3.26, 9.0])
    >>> scale, z = Scale(1.0, 5.0, 0.1), np.array([0.0, 9.0])
    >>> scores(at, np.array([0.3, 0.5]), 1.0, scale, z).tolist()
    [3.3, 5.0]
    """
    values = np.clip(latent_mean(expected, sd, scale) + sd * z, scale.low, scale.high)
    return on_grid(values, scale, u)


def on_grid(values: Array, scale: Scale, u: Array) -> Array:
    """Round values to units counted from the low end, up or down as `u` says."""
    if scale.unit <= 0:
        return values
    start = scale.low if isfinite(scale.low) else 0.0
    # A value on the grid must not fall below it by the last digit.
    steps = np.floor((values - start) / scale.unit + 1e-9 + u * (1 - 1e-8))
    rounded = np.round(start + steps * scale.unit, 6)
    return np.clip(rounded, scale.low, scale.high)
