"""Nested clusters of the rows, and what is constant inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError, SpecificationError

# A column whose spread inside clusters is below this share of its total spread is constant there.
CONSTANT = 1e-9


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Clusters:
    """Nested clusters of the rows, outermost first.

    Attributes
    ----------
    names : tuple of str
    codes : tuple of ndarray of int, each of shape (n_rows,)
        Codes 0..n-1 of every level.
    """

    names: tuple[str, ...]
    codes: tuple[IntArray, ...]

    def count(self, level: int) -> int:
        """Clusters at a level."""
        return int(self.codes[level].max()) + 1

    def level_of(self, values: Array, measured: str | None = None) -> int | None:
        """Outermost level inside which a column is constant; None without clusters.

        If there is none, the level it is measured at, and the innermost if that is not said.
        """
        if not self.names:
            return None
        for level, codes in enumerate(self.codes):
            if is_constant_inside(values, codes):
                return level
        return len(self.names) - 1 if measured is None else self.names.index(measured)


def cluster_means(values: Array, codes: IntArray) -> Array:
    """Mean of each cluster, shape (n_clusters,)."""
    sums = np.bincount(codes, weights=values).astype(np.float64)
    means: Array = sums / np.bincount(codes)
    return means


def means_of_rows(values: Array, codes: IntArray) -> Array:
    """Mean of the cluster of each row, shape (..., n_rows) -> (..., n_rows)."""
    order = np.argsort(codes, kind="stable")
    sizes = np.bincount(codes)
    sums = np.add.reduceat(values[..., order], np.cumsum(sizes) - sizes, axis=-1)
    means: Array = (sums / sizes)[..., codes]
    return means


def is_constant_inside(values: Array, codes: IntArray) -> bool:
    """Whether a column has the same value in all rows of each cluster."""
    return not bool(varies_inside(values, codes))


def varies_inside(values: Array, codes: IntArray) -> Any:
    """Whether columns differ between the rows of a cluster, shape (..., n_rows) -> (...).

    Each row is compared with the first one of its cluster, so that rounding of means plays no part.
    """
    first = np.empty(int(codes.max()) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    deviation = np.abs(values - values[..., first[codes]]).max(axis=-1)
    return deviation > CONSTANT * np.ptp(values, axis=-1)


def code_clusters(names: tuple[str, ...], frame: pd.DataFrame) -> Clusters:
    """Code the cluster columns, in the order in which labels first appear.

    Raises
    ------
    SpecificationError
        If clusters are not nested.
    EstimationError
        If a level has one cluster, or two levels are the same clusters.
    """
    codes = tuple(pd.factorize(frame[n])[0].astype(np.int64) for n in names)
    for outer, inner, o_name, i_name in zip(codes, codes[1:], names, names[1:], strict=False):
        pairs = np.unique(np.stack([inner, outer]), axis=1)
        doubled = int((np.bincount(pairs[0]) > 1).sum())
        if doubled:
            raise SpecificationError(
                f"Each `{i_name}` must lie in one `{o_name}`. {doubled} of "
                f"{int(inner.max()) + 1} lie in more than one. Name clusters outermost first, "
                f"and give every `{i_name}` a label of its own over all of `{o_name}`."
            )
    for o_name, outer, i_name, inner in zip(names, codes, names[1:], codes[1:], strict=False):
        if outer.max() == inner.max():
            raise EstimationError(
                f"Some `{o_name}` must hold several `{i_name}`. Each has one: the two levels are "
                f"the same {int(outer.max()) + 1} clusters, and their variances cannot be told "
                "apart. Remove one of them from the clusters."
            )
    for code, name in zip(codes, names, strict=True):
        if code.max() == 0:
            raise EstimationError(
                f"There must be several clusters at every level. `{name}` has one. "
                f"Remove `{name}` from the clusters; if it is the only level, this table "
                "cannot tell fidelity from the place where it was measured."
            )
    return Clusters(names, codes)
