"""One level of a path model in reduced form, for batches of real or complex parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mediation.estimation.two_level.structure import LevelParameters


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """One level in reduced form: v = Pi x + Lambda e, e ~ N(0, D).

    Attributes
    ----------
    path : ndarray, shape (..., p, p)
        T = (I - B)^-1.
    unit : ndarray, shape (..., p, p)
        L.
    loading : ndarray, shape (..., p, p)
        Lambda = T L.
    variances : ndarray, shape (..., p)
        The diagonal of D.
    effects : ndarray, shape (..., p, q)
        Pi = T G.
    """

    path: Any
    unit: Any
    loading: Any
    variances: Any
    effects: Any

    @classmethod
    def of(cls, level: LevelParameters) -> Reduced:
        """Reduce B, G, L and D."""
        path = _sum_of_powers(level.slopes)
        loading = path @ level.unit
        return cls(path, level.unit, loading, level.variances, path @ level.effects)

    @property
    def covariance(self) -> Any:
        """Sigma = Lambda D Lambda', shape (..., p, p)."""
        return (self.loading * self.variances[..., None, :]) @ transpose(self.loading)


def transpose(matrices: Any) -> Any:
    """Transposes, without conjugation."""
    return matrices.swapaxes(-1, -2)


def _sum_of_powers(strict: Any) -> Any:
    """(I - N)^-1 of strictly triangular matrices."""
    p = strict.shape[-1]
    eye = np.eye(p)
    total = eye + strict
    for _ in range(p - 2):
        total = eye + strict @ total
    return total
