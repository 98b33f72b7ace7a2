"""Which resamples a bootstrap estimates: drawn in blocks, or all there are with probabilities."""

from __future__ import annotations

from math import comb

import numpy as np
from scipy import special

from mediation.arrays import Array, IntArray
from mediation.inference.streams import spawn

# Resamples drawn with one stream of random numbers, so that workers do not change them.
BLOCK = 500


def n_multisets(n_units: int) -> int:
    """Count the different resamples of n units: (2n - 1)! / (n! (n - 1)!).

    Examples
    --------
    >>> n_multisets(7), n_multisets(8)
    (1716, 6435)
    """
    return comb(2 * n_units - 1, n_units)


def enumerate_resamples(n_units: int) -> tuple[IntArray, Array]:
    """All different resamples of n units, with their multinomial probabilities.

    Parameters
    ----------
    n_units : int

    Returns
    -------
    counts : ndarray of int, shape (n_multisets, n_units)
        How often each unit is drawn.
    probabilities : ndarray, shape (n_multisets,)

    References
    ----------
    Hall (1992), The Bootstrap and Edgeworth Expansion, appendix I (number of resamples and their
    probabilities).

    Examples
    --------
    >>> counts, probabilities = enumerate_resamples(2)
    >>> counts.tolist(), probabilities.tolist()
    ([[2, 0], [1, 1], [0, 2]], [0.25, 0.5, 0.25])
    """
    counts = np.zeros((1, 0), dtype=np.int64)
    for _ in range(n_units - 1):
        left = n_units - counts.sum(axis=1)
        rows = np.repeat(np.arange(len(counts)), left + 1)
        ends = np.cumsum(left + 1)
        drawn = np.repeat(ends, left + 1) - 1 - np.arange(ends[-1])
        counts = np.column_stack([counts[rows], drawn])
    counts = np.column_stack([counts, n_units - counts.sum(axis=1)])
    log_probability = special.gammaln(n_units + 1) - special.gammaln(counts + 1).sum(axis=1)
    return counts, np.exp(log_probability - n_units * np.log(n_units))


def leave_one_out(n_units: int) -> IntArray:
    """Give the resamples of the jackknife, shape (n_units, n_units)."""
    return np.ones((n_units, n_units), dtype=np.int64) - np.eye(n_units, dtype=np.int64)


def blocks(n_resamples: int, rng: np.random.Generator) -> list[tuple[int, np.random.Generator]]:
    """Split resamples into blocks, each with its own stream of random numbers."""
    sizes = [BLOCK] * (n_resamples // BLOCK)
    sizes += [n_resamples % BLOCK] if n_resamples % BLOCK else []
    return list(zip(sizes, spawn(rng, len(sizes)), strict=True))


def draw_counts(n_units: int, size: int, rng: np.random.Generator) -> IntArray:
    """Draw n of n units with replacement, `size` times: how often each came, (size, n_units)."""
    kind = np.uint16 if n_units <= 2**16 else np.int64
    drawn = rng.integers(0, n_units, size=(size, n_units), dtype=kind)
    cells = drawn + (np.arange(size) * n_units)[:, None]
    return np.bincount(cells.ravel(), minlength=size * n_units).reshape(size, n_units)
