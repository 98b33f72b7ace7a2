"""Limits from draws or resamples: percentiles, bias-corrected, accelerated; their own errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from mediation.arrays import Array
from mediation.vocabulary import BootstrapLimits


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Sorted values of one effect over resamples, with their probabilities.

    Attributes
    ----------
    values : ndarray, shape (n,)
        Ascending.
    weights : ndarray, shape (n,), or None
        Probability of each where all possible resamples were enumerated; None where they were
        drawn.
    """

    values: Array
    weights: Array | None

    @classmethod
    def of(cls, values: Array, weights: Array | None) -> Sample:
        """Sort values and probabilities, which are made to add to one."""
        if weights is None:
            return cls(np.sort(values), None)
        order = np.argsort(values, kind="stable")
        return cls(values[order], weights[order] / weights.sum())

    def share_below(self, point: float) -> float:
        """Probability of a value below a point, half of it for one at the point.

        Values within rounding of the point are at it: the resample that is the sample itself
        gives the estimate again.
        """
        near = 1e-10 * max(abs(point), float(np.abs(self.values).max()), 1e-300)
        below = self.values < point - near
        at = np.abs(self.values - point) <= near
        if self.weights is None:
            return float((below.sum() + at.sum() / 2) / len(self.values))
        return float(self.weights[below].sum() + self.weights[at].sum() / 2)

    def quantile(self, probability: float) -> float:
        """Quantile; of drawn values interpolated, of enumerated ones the inverse of their cdf.

        Drawn: between order statistics k and k + 1, k = floor((n + 1) p), linearly in the normal
        quantiles of k / (n + 1) and (k + 1) / (n + 1). Beyond the outermost resamples, these.
        """
        if not 0 < probability < 1:
            return float(self.values[0] if probability <= 0 else self.values[-1])
        n = len(self.values)
        if self.weights is not None:
            reached = np.cumsum(self.weights) >= probability - 1e-12
            return float(self.values[int(np.argmax(reached))])
        k = int((n + 1) * probability + 1e-9)
        if k < 1 or k >= n:
            return float(self.values[0] if k < 1 else self.values[-1])
        below, above = special.ndtri(np.array([k, k + 1]) / (n + 1))
        share = (special.ndtri(probability) - below) / (above - below)
        return float(self.values[k - 1] + share * (self.values[k] - self.values[k - 1]))

    def error(self, tail: float, correction: Correction, share_below: float) -> float:
        """Monte Carlo standard error of a limit; zero where all resamples are enumerated.

        Of a bias-corrected limit z0 is estimated from the same resamples. To first order the
        limit is off by the mean of -1(x <= q) + c 1(x < estimate), over the density at q, where c
        is the slope of the moved tail probability in the share below the estimate.

        Parameters
        ----------
        tail : float
            Nominal, of the lower or upper limit.
        correction : Correction
        share_below : float
            Probability of a value below the estimate.
        """
        if self.weights is not None:
            return 0.0
        p = correction.probability(tail)
        error = quantiles_with_error(self.values, (p,))[1]
        if correction == Correction() or not 0 < p < 1 or not 0 < share_below < 1:
            return error
        step = 1e-4
        moved = (
            replace(correction, bias=correction.bias + step).probability(tail)
            - replace(correction, bias=correction.bias - step).probability(tail)
        ) / (2 * step)
        height = float(np.exp(-(special.ndtri(share_below) ** 2) / 2) / np.sqrt(2 * np.pi))
        c = moved / height
        both = min(p, share_below) - p * share_below
        own = p * (1 - p)
        variance = own + c * c * share_below * (1 - share_below) - 2 * c * both
        return error * float(np.sqrt(max(variance, 0.0) / own))


def quantiles_with_error(
    values: Array, probabilities: tuple[float, ...]
) -> tuple[tuple[float, ...], float]:
    """Sample quantiles, and the largest of their Monte Carlo standard errors.

    The error is half the distance between the order statistics one binomial standard deviation
    to either side.

    Parameters
    ----------
    values : ndarray, shape (n,)
        In any order.
    probabilities : tuple of float

    Returns
    -------
    quantiles : tuple of float
    error : float

    References
    ----------
    Woodruff (1952), Journal of the American Statistical Association 47, 635-646.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found, error = quantiles_with_error(rng.uniform(size=10_000), (0.5,))
    >>> round(found[0], 1), round(error, 3)
    (0.5, 0.005)
    """
    p = np.array(probabilities)
    spread = np.sqrt(p * (1 - p) / len(values))
    found = np.quantile(values, np.clip([p, p - spread, p + spread], 0, 1))
    return tuple(found[0].tolist()), float((found[2] - found[1]).max() / 2)


@dataclass(frozen=True, slots=True)
class Correction:
    """How the tail probabilities of a bootstrap are moved: z0 and a of BCa; both 0, percentile.

    Attributes
    ----------
    bias : float
        z0, the normal quantile of the share of resamples below the estimate.
    acceleration : float

    References
    ----------
    Efron (1987), Journal of the American Statistical Association 82, 171-185, eq. 2.3; Davison &
    Hinkley (1997), Bootstrap Methods and their Application, eqs. 5.8 (interpolation) and 5.21.
    """

    bias: float = 0.0
    acceleration: float = 0.0

    def probability(self, tail: float) -> float:
        """Probability at which the quantile is taken for a nominal tail."""
        z = self.bias + float(special.ndtri(tail))
        scale = 1 - self.acceleration * z
        if scale <= 0:
            return 1.0 if z > 0 else 0.0
        return float(special.ndtr(self.bias + z / scale))

    def tail(self, probability: float) -> float:
        """Nominal tail whose quantile is taken at a probability: the inverse."""
        z = float(special.ndtri(probability)) - self.bias
        if not np.isfinite(z):
            return probability
        scale = 1 + self.acceleration * z
        if scale <= 0:
            return 1.0 if z > 0 else 0.0
        return float(special.ndtr(z / scale - self.bias))


def acceleration_of(left_out: Array) -> float:
    """Acceleration from the estimates with each unit left out.

    Parameters
    ----------
    left_out : ndarray, shape (n_units,)

    References
    ----------
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, eq. 14.15.

    Examples
    --------
    >>> round(acceleration_of(np.array([1.0, 2.0, 3.0])), 6)
    0.0
    """
    influence = left_out.mean() - left_out
    square = float((influence**2).sum())
    return float((influence**3).sum()) / (6 * square**1.5) if square > 0 else 0.0


def correction_of(
    sample: Sample, estimate: float, limits: BootstrapLimits, left_out: Array | None
) -> tuple[float, Correction]:
    """Share of resamples below the estimate, and how tail probabilities move with it.

    Parameters
    ----------
    sample : Sample
    estimate : float
    limits : BootstrapLimits
    left_out : ndarray, shape (n_units,), or None
        Estimates with one unit left out, for BCa; missing ones do not count.
    """
    n = len(sample.values)
    share = min(max(sample.share_below(estimate), 0.5 / n), 1 - 0.5 / n)
    if limits is BootstrapLimits.PERCENTILE:
        return share, Correction()
    acceleration = 0.0
    if limits is BootstrapLimits.BCA and left_out is not None:
        acceleration = acceleration_of(left_out[~np.isnan(left_out)])
    return share, Correction(float(special.ndtri(share)), acceleration)


def resampled_p(sample: Sample, correction: Correction) -> float:
    """Level at which a limit reaches zero; never below what the resamples can tell apart."""
    least = 2 / (len(sample.values) + 1)
    if sample.weights is None:
        n = len(sample.values)
        shares = [(np.sum(sample.values <= 0) + 1) / (n + 1), (np.sum(sample.values >= 0) + 1)]
        below, above = float(shares[0]), float(shares[1] / (n + 1))
    else:
        least = 2 * float(sample.weights[sample.weights > 0].min())
        below = float(sample.weights[sample.values <= 0].sum())
        above = float(sample.weights[sample.values >= 0].sum())
    if correction != Correction():
        below, above = correction.tail(min(below, 1.0)), 1 - correction.tail(max(1 - above, 0.0))
    return min(1.0, max(least, 2 * min(below, above)))
