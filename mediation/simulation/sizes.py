"""Sizes of clusters that differ in a fixed way."""

from __future__ import annotations

import numpy as np

from mediation.errors import SimulationError


def unequal_sizes(n_clusters: int, mean: int) -> tuple[int, ...]:
    """Return cluster sizes from .4 to 1.6 of their mean, evenly spaced and rounded.

    Ordered as every third of the ordered sizes, then every third from the next, and so on, so
    that neighbors, which may share an organization, differ too.

    Parameters
    ----------
    n_clusters, mean : int

    Returns
    -------
    tuple of int
        The sum is n_clusters * mean.

    Raises
    ------
    SimulationError
        If there are fewer than two clusters, or of fewer than two on average.

    Examples
    --------
    >>> unequal_sizes(7, 44)
    (18, 44, 70, 26, 53, 35, 62)
    """
    if min(n_clusters, mean) < 2:
        raise SimulationError(
            "Unequal sizes need two clusters or more, of two or more on average. Found "
            f"{n_clusters} clusters of {mean}. Change them."
        )
    # Rounding to even treats both sides of the mean alike, so the sum stays what it is.
    away = np.rint(mean * np.linspace(-0.6, 0.6, n_clusters)).astype(int)
    return tuple(int(mean + each) for first in range(3) for each in away[first::3])
