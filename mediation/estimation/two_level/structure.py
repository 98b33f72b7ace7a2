"""Which coefficients and covariances of a two-level path model are free, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mediation.arrays import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class LevelStructure:
    """Free entries of one level: v = B v + G x + e, e ~ N(0, L D L').

    Either D is diagonal and free and L has ones on its diagonal, or D = I and the diagonal of
    L is free: then no bound is needed, and a variance passes smoothly through zero.

    Attributes
    ----------
    slopes : ndarray of bool, shape (p, p)
        Free entries of B, strictly below the diagonal: variables stand in causal order.
    effects : ndarray of bool, shape (p, q)
        Free entries of G.
    links : ndarray of bool, shape (p, p)
        Free entries of L, strictly below the diagonal (where D = I above it too). The variables
        of a block are all linked to each other, so that the block's covariances are free.
    is_scaled : bool
        Whether D = I.
    """

    slopes: BoolArray
    effects: BoolArray
    links: BoolArray
    is_scaled: bool = False

    @property
    def n_variables(self) -> int:
        """Number of variables p."""
        return int(self.slopes.shape[0])

    @cached_property
    def free(self) -> BoolArray:
        """Free cells of (B, G, L, D), flat, shape (p p + p q + p p + p,)."""
        eye = np.eye(self.n_variables, dtype=bool)
        links = self.links | eye if self.is_scaled else self.links
        variances = np.full(self.n_variables, not self.is_scaled)
        parts = (self.slopes, self.effects, links, variances)
        return np.concatenate([np.ravel(part) for part in parts])


@dataclass(frozen=True, slots=True, eq=False)
class LevelParameters:
    """Matrices of one level, with leading batch dimensions.

    Attributes
    ----------
    slopes : ndarray, shape (..., p, p)
        B.
    effects : ndarray, shape (..., p, q)
        G.
    unit : ndarray, shape (..., p, p)
        L.
    variances : ndarray, shape (..., p)
        The diagonal of D.
    """

    slopes: Any
    effects: Any
    unit: Any
    variances: Any


@dataclass(frozen=True, eq=False)
class Structure:
    """A two-level path model: the part within clusters and the part between them."""

    within: LevelStructure
    between: LevelStructure

    @cached_property
    def cells(self) -> IntArray:
        """Cell of each free parameter in the flat (within, between) vector, shape (k,)."""
        return np.flatnonzero(np.concatenate([self.within.free, self.between.free]))

    @property
    def n_parameters(self) -> int:
        """Number of free parameters k."""
        return len(self.cells)

    @cached_property
    def positions(self) -> dict[str, IntArray]:
        """Position in the parameter vector of each cell, -1 where fixed; by matrix and level.

        Keys are "slopes_within" and so on; shapes are those of the matrices.
        """
        n_cells = len(self.within.free) + len(self.between.free)
        flat = np.full(n_cells, -1)
        flat[self.cells] = np.arange(self.n_parameters)
        found, start = {}, 0
        for name, level in (("within", self.within), ("between", self.between)):
            p, q = level.effects.shape
            shapes = {"slopes": (p, p), "effects": (p, q), "links": (p, p), "variances": (p,)}
            for part, shape in shapes.items():
                size = int(np.prod(shape))
                found[f"{part}_{name}"] = flat[start : start + size].reshape(shape)
                start += size
        return found

    def unpack(self, theta: Any) -> tuple[LevelParameters, LevelParameters]:
        """Matrices of both levels from parameter vectors, shape (..., k), real or complex."""
        n_cells = len(self.within.free) + len(self.between.free)
        flat = np.zeros((*theta.shape[:-1], n_cells), dtype=theta.dtype)
        flat[..., self.cells] = theta
        cut = len(self.within.free)
        return _matrices(self.within, flat[..., :cut]), _matrices(self.between, flat[..., cut:])


def _matrices(level: LevelStructure, flat: Any) -> LevelParameters:
    p, q = level.effects.shape
    batch = flat.shape[:-1]
    first, second, third = p * p, p * (p + q), p * (p + q + p)
    unit = flat[..., second:third].reshape(*batch, p, p)
    if level.is_scaled:
        flat[..., third:] = 1.0
    else:
        unit[..., range(p), range(p)] = 1.0
    return LevelParameters(
        slopes=flat[..., :first].reshape(*batch, p, p),
        effects=flat[..., first:second].reshape(*batch, p, q),
        unit=unit,
        variances=flat[..., third:],
    )


def blocks_below(p: int, blocks: tuple[range, ...]) -> BoolArray:
    """Entries below the diagonal inside blocks of variables, shape (p, p).

    Examples
    --------
    >>> blocks_below(3, (range(2), range(2, 3))).astype(int).tolist()
    [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
    """
    inside = np.zeros((p, p), bool)
    for block in blocks:
        inside[np.ix_(block, block)] = True
    return np.tril(inside, -1)


def saturated(structure: Structure) -> Structure:
    """Free all covariances, and all effects of covariates, at both levels."""
    return Structure(_saturated(structure.within), _saturated(structure.between))


def _saturated(level: LevelStructure) -> LevelStructure:
    p, q = level.effects.shape
    below = np.tril(np.ones((p, p), bool), -1)
    return LevelStructure(np.zeros((p, p), bool), np.ones((p, q), bool), below)


def unrelated(structure: Structure) -> Structure:
    """Leave variances and intercepts only (column 0 between): the baseline of the CFI."""
    p, q = structure.between.effects.shape
    intercepts = np.zeros((p, q), bool)
    intercepts[:, 0] = True
    none = np.zeros((p, p), bool)
    return Structure(
        LevelStructure(none, np.zeros_like(structure.within.effects), none),
        LevelStructure(none, intercepts, none),
    )
