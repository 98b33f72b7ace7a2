"""Weights of a wild cluster bootstrap: signs, enumerated if they are few, or Webb's six points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray, read_only
from mediation.errors import InferenceError
from mediation.vocabulary import WildWeights

# Up to this many clusters all vectors of signs are enumerated: 2^12 = 4,096.
MOST_ENUMERATED = 12
WEBB = np.sqrt([0.5, 1.0, 1.5])
VALUES = {
    WildWeights.RADEMACHER: read_only([-1.0, 1.0]),
    WildWeights.WEBB: read_only(np.concatenate([-WEBB[::-1], WEBB])),
}


@dataclass(frozen=True, slots=True, eq=False)
class WildVectors:
    """Weights of the clusters, one vector per bootstrap sample.

    Attributes
    ----------
    values : ndarray, shape (B, J)
        If enumerated, the half in which the first cluster has weight one: a vector and its mirror
        give the same |t|. Else all vectors drawn.
    weights : WildWeights
    is_enumerated : bool
    """

    values: Array
    weights: WildWeights
    is_enumerated: bool

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", read_only(self.values))

    @property
    def n_vectors(self) -> int:
        """Vectors behind a p-value; mirrors count."""
        return len(self.values) * (2 if self.is_enumerated else 1)

    @property
    def leaves_all(self) -> BoolArray:
        """Which vectors weigh all clusters alike and so give back |t| itself, shape (B,)."""
        alike: BoolArray = np.all(self.values == self.values[:, :1], axis=1)
        return alike

    def p_value(self, n_reached: Array | IntArray | int) -> Array:
        """Give p from how many of `values` reach |t|.

        The exact share if all vectors are enumerated, which is never zero since the vector of
        ones is among them. Else (k + 1) / (n + 1): the data count as one of the draws, so that p
        is never zero and does not understate (Davison & Hinkley 1997, section 4.2).
        """
        own = 0 if self.is_enumerated else 1
        return np.asarray((np.asarray(n_reached) + own) / (len(self.values) + own))

    def most_rejected(self, alpha: float) -> int:
        """How many of `values` may reach |t| with p still no larger than alpha."""
        own = 0 if self.is_enumerated else 1
        # 1 - 0.95 is more than 0.05 by rounding, 1 - 0.9 less than 0.1.
        return int(np.floor(alpha * (len(self.values) + own) + 1e-9)) - own


def draw_wild_vectors(
    n_clusters: int,
    weights: WildWeights | None,
    n_vectors: int,
    rng: np.random.Generator,
) -> WildVectors:
    """Weights of the clusters: all vectors of signs if they are few, else draws.

    Parameters
    ----------
    n_clusters : int
        At least two.
    weights : WildWeights or None
        None: Rademacher up to 12 clusters, Webb above. Rademacher weights (-1 and 1) are
        enumerated up to 12 clusters and drawn above, Webb's six are always drawn.
    n_vectors : int
        Draws, at least 99; without effect on an enumeration. 999 or 9,999 make .05 a possible p.
    rng : numpy.random.Generator
        Without effect on an enumeration.

    Raises
    ------
    InferenceError
        If there is one cluster, or `n_vectors` is too small.

    References
    ----------
    Webb (2023), Canadian Journal of Economics 56, 839-858 (six points: minus and plus the square
    roots of 1/2, 1 and 3/2).

    Examples
    --------
    >>> vectors = draw_wild_vectors(3, None, 999, np.random.default_rng(1))
    >>> vectors.values.astype(int).tolist(), vectors.n_vectors
    ([[1, 1, 1], [1, -1, 1], [1, 1, -1], [1, -1, -1]], 8)
    """
    if n_clusters < 2:
        raise InferenceError(
            "A wild cluster bootstrap needs at least two clusters. "
            f"Found {n_clusters}. Name clusters of a lower level."
        )
    few = n_clusters <= MOST_ENUMERATED
    if weights is None:
        weights = WildWeights.RADEMACHER if few else WildWeights.WEBB
    if few and weights is WildWeights.RADEMACHER:
        numbers = np.arange(2 ** (n_clusters - 1))[:, None]
        flipped = (numbers >> np.arange(n_clusters - 1)) & 1
        signs = np.concatenate([np.ones((len(numbers), 1)), 1.0 - 2.0 * flipped], axis=1)
        return WildVectors(signs, weights, is_enumerated=True)
    if n_vectors < 99:
        raise InferenceError(
            f"`n_vectors` must be at least 99. Found {n_vectors}. 9,999 take some milliseconds."
        )
    values = VALUES[weights]
    drawn = rng.integers(0, len(values), size=(n_vectors, n_clusters), dtype=np.uint8)
    return WildVectors(values[drawn], weights, is_enumerated=False)
