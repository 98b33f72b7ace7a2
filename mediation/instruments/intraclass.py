"""ICC(1) and ICC(2) of a score by analysis of variance, for clusters of unequal sizes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.arrays import Array, IntArray
from mediation.errors import DataError
from mediation.instruments.moments import mean_cluster_size, number_clusters


@dataclass(frozen=True, slots=True)
class Intraclass:
    """How alike scores of one cluster are.

    Attributes
    ----------
    icc1 : float
        Share of the variance that lies between clusters; negative where clusters differ less
        than chance would make them.
    icc2 : float
        Reliability of a cluster's mean.
    n_values, n_clusters : int
    mean_size : float
        The size that stands for unequal ones in the formulas.

    All three numbers are NaN with fewer than two clusters, or no cluster of two.
    """

    icc1: float
    icc2: float
    n_values: int
    n_clusters: int
    mean_size: float


def intraclass(values: ArrayLike, clusters: ArrayLike) -> Intraclass:
    """Estimate ICC(1) and ICC(2).

    ICC(1) = (MSB - MSW) / (MSB + (n0 - 1) MSW), ICC(2) = (MSB - MSW) / MSB, with the mean squares
    between and within clusters and n0 = (N - sum of n_j^2 / N) / (J - 1).

    Parameters
    ----------
    values : array_like (n,)
        Scores; NaN is left out.
    clusters : array_like (n,)
        Whole-number codes from 0.

    Returns
    -------
    Intraclass

    Raises
    ------
    DataError
        If values and clusters differ in length, or a cluster is missing.

    References
    ----------
    Bliese (2000), in Klein & Kozlowski (eds), Multilevel theory, research, and methods in
    organizations, 349-381.

    Examples
    --------
    >>> found = intraclass([1, 2, 5, 6], [0, 0, 1, 1])
    >>> round(found.icc1, 3), round(found.icc2, 3)
    (0.939, 0.969)
    """
    scores = np.asarray(values, dtype=np.float64)
    if scores.ndim != 1:
        raise DataError(
            f"Expected one score for each row. Found an array of shape {scores.shape}. Give one "
            "column."
        )
    codes = number_clusters(clusters, len(scores))
    known = ~np.isnan(scores)
    return _from_known(scores[known], codes[known])


def _from_known(scores: Array, codes: IntArray) -> Intraclass:
    n = len(scores)
    sizes = np.unique(codes, return_counts=True)[1]
    if len(sizes) < 2 or n == len(sizes):
        nan = float("nan")
        return Intraclass(nan, nan, n, len(sizes), nan)
    numbered = np.unique(codes, return_inverse=True)[1].reshape(-1)
    centered = scores - scores.mean()
    means = np.bincount(numbered, centered) / sizes
    ms_between = float(sizes @ means**2) / (len(sizes) - 1)
    ms_within = float(((centered - means[numbered]) ** 2).sum()) / (n - len(sizes))
    return of_mean_squares(ms_between, ms_within, n, len(sizes), mean_cluster_size(sizes))


def of_mean_squares(
    ms_between: float, ms_within: float, n_values: int, n_clusters: int, mean_size: float
) -> Intraclass:
    """Make both coefficients of mean squares, NaN where nothing varies."""
    difference = np.float64(ms_between - ms_within)
    with np.errstate(divide="ignore", invalid="ignore"):
        icc1 = difference / (ms_between + (mean_size - 1) * ms_within)
        icc2 = difference / ms_between
    return Intraclass(float(icc1), float(icc2), n_values, n_clusters, mean_size)
