"""Categories by matching: a missing one is that of a row whose predictions are alike."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray

N_DONORS = 5
# Distances held at once.
CELLS = 4_000_000


def match_donors(wanted: Array, offered: Array, rng: np.random.Generator) -> IntArray:
    """Pick for each incomplete row one of the complete rows whose predictions are nearest to its.

    Parameters
    ----------
    wanted : ndarray, shape (N, k, n_missing)
        Predictions for the rows without a value, one for each of k indicators.
    offered : ndarray, shape (N, k, n_observed)
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of int, shape (N, n_missing)
        Places among the observed rows, each drawn from the 5 nearest.

    References
    ----------
    Little (1988), Journal of Business & Economic Statistics 6, 287-296 (predictive mean matching);
    van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., section 3.4.

    Examples
    --------
    >>> wanted, offered = np.array([[[0.0, 1.0]]]), np.array([[[0.0] * 5 + [1.0] * 5]])
    >>> (match_donors(wanted, offered, np.random.default_rng(1)) // 5).tolist()
    [[0, 1]]
    """
    n_chains, _, n_missing = wanted.shape
    n_observed = offered.shape[2]
    n_donors = min(N_DONORS, n_observed)
    choice = rng.integers(n_donors, size=(n_chains, n_missing))
    found = np.empty((n_chains, n_missing), dtype=np.int64)
    size = max(1, CELLS // (n_chains * n_observed))
    for start in range(0, n_missing, size):
        part = slice(start, start + size)
        distance = sum(
            (w[:, part, None] - o[:, None]) ** 2
            for w, o in zip(np.swapaxes(wanted, 0, 1), np.swapaxes(offered, 0, 1), strict=True)
        )
        nearest = np.argpartition(distance, n_donors - 1, axis=-1)[..., :n_donors]
        found[:, part] = np.take_along_axis(nearest, choice[:, part, None], axis=-1)[..., 0]
    return found
