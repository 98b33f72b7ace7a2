"""Skewed values from normal ones."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from mediation.arrays import Array


def log_normal(skew: float) -> tuple[float, float]:
    """Return s and w = exp(s^2) of the log-normal exp(s z) with this skewness, not zero.

    The skewness is (w + 2) sqrt(w - 1), hence w^3 + 3 w^2 - 4 = skew^2, which Cardano's formula
    solves; s has the sign of the skewness, so that the reflected one falls with z, too.
    """
    root = np.cbrt(1 + skew**2 / 2 + abs(skew) * np.sqrt(1 + skew**2 / 4))
    w = root + 1 / root - 1
    return float(np.copysign(np.sqrt(np.log(w)), skew)), float(w)


def skewed(normal: Array, skew: float) -> Array:
    """Turn standard normal values into skewed ones with mean 0 and SD 1, in the same order.

    A shifted log-normal, reflected if `skew` is negative: exp(s z) has mean sqrt(w) and variance
    w (w - 1), w = exp(s^2).

    Parameters
    ----------
    normal : ndarray
    skew : float
        Skewness; zero returns the values as they are.

    Returns
    -------
    ndarray, of the shape of `normal`

    References
    ----------
    Johnson, Kotz & Balakrishnan (1994), Continuous Univariate Distributions 1, 2nd ed., chapter 14.

    Examples
    --------
    >>> skewed(np.array([-1.0, 0.0, 1.0]), -2.0).round(3).tolist()
    [-0.824, 0.237, 0.847]
    """
    if skew == 0:
        return normal
    s, w = log_normal(skew)
    values: Array = (np.exp(s * normal) - np.sqrt(w)) * np.copysign(1 / np.sqrt(w * (w - 1)), skew)
    return values


def skewed_cdf(at: Array, skew: float) -> Array:
    """Return the distribution function of what `skewed` makes of standard normal values.

    Parameters
    ----------
    at : ndarray
    skew : float

    Returns
    -------
    ndarray, of the shape of `at`

    Examples
    --------
    >>> skewed_cdf(skewed(np.array([-1.0, 0.0]), -2.0), -2.0).round(4).tolist()
    [0.1587, 0.5]
    """
    if skew == 0:
        return np.asarray(ndtr(at))
    s, w = log_normal(skew)
    # The log-normal is positive; whatever lies beyond its end has share 0, reflected 1.
    scaled = np.maximum(np.asarray(at) * np.copysign(np.sqrt(w * (w - 1)), skew) + np.sqrt(w), 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr(np.log(scaled) / s))
