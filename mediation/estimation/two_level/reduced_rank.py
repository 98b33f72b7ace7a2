"""Coordinates for models in which a cluster-level covariate moves the mediators alone.

There the outcome depends on the covariates v through the mediators only: with F the loadings of
the disturbances between clusters and Pi the reduced-form effects, the columns M = (F_m, Pi_v) of
the mediators' disturbances and of v have the rank of the number of mediators, for the rows of the
outcomes are b times those of the mediators. Where mediators hardly differ, b is a quotient of
numbers near zero; the matrix M is not. It is written M = U W, which is smooth where b runs through
infinity and where a variance between clusters is zero. Any M = U W can be written with
W = W0 + C W1, the rows of W0 and W1 orthonormal, C = 0 at the point where these were chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from mediation.arrays import Array, BoolArray, IntArray
from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.boundary import Face
from mediation.estimation.two_level.likelihood import STEP, Differentiated, evaluate
from mediation.estimation.two_level.loadings import (
    ZERO,
    absorb,
    assemble,
    loading_form,
    to_loadings,
    triangular,
)
from mediation.estimation.two_level.reduced import transpose
from mediation.estimation.two_level.statistics import Statistics
from mediation.estimation.two_level.structure import LevelStructure, Structure

# C beyond which W0 is chosen anew.
FAR = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class RankForm:
    """A structure between clusters in F and Pi, of which some columns have reduced rank.

    Attributes
    ----------
    freed : Structure
        The model with these covariates in every equation between clusters.
    loading : Structure
        Its loading form.
    full : Structure
        With F and Pi free, the mediators' block of F not triangular.
    rank : int
        Number of mediators; they are the first variables.
    cells : ndarray of int, shape (p, rank + n_v)
        Positions of (F_m, Pi_v) among the parameters of `full`.
    others : ndarray of int
        Positions of all other parameters.
    """

    freed: Structure
    loading: Structure
    full: Structure
    rank: int
    cells: IntArray
    others: IntArray


def embed(wide: Structure, structure: Structure, theta: Any) -> Any:
    """Give parameters of a structure as those of one that has more of them, the rest zero."""
    moved = np.zeros((*theta.shape[:-1], wide.n_parameters), dtype=theta.dtype)
    moved[..., np.isin(wide.cells, structure.cells)] = theta
    return moved


def to_full(structure: Structure, form: RankForm, theta: Any) -> Any:
    """Give the parameters of the full form, shape (..., k), real or complex."""
    moved = to_loadings(form.freed, form.loading, embed(form.freed, structure, theta))
    return embed(form.full, form.loading, moved)


def rank_form(structure: Structure) -> RankForm | None:
    """Give the form of reduced rank, or None if the structure is of another kind.

    The first variables must have no slopes and be linked to each other, the later ones have
    slopes on all of the first and be linked to each other; a covariate that a later variable
    leaves out must move all of the first and none of the later.
    """
    level = structure.between
    p, n = level.n_variables, int((~level.slopes.any(axis=1)).sum())
    below = np.tril(np.ones((p, p), bool), -1)
    first = np.arange(p) < n
    crossed = ~first[:, None] & first
    effects = np.where(first[:, None], level.effects, level.effects | level.effects[:n].any(axis=0))
    columns = np.flatnonzero((effects & ~level.effects).any(axis=0))
    is_kind = (
        np.array_equal(level.slopes, crossed)
        and np.array_equal(level.links, below & ~crossed)
        and level.effects[:n, columns].all()
        and not level.effects[n:, columns].any()
    )
    freed = Structure(structure.within, LevelStructure(level.slopes, effects, level.links))
    loading = loading_form(freed)
    if not is_kind or loading is None:
        return None
    loadings = below.copy()
    loadings[:n, :n] = True
    none = np.zeros((p, p), bool)
    full = Structure(structure.within, LevelStructure(none, effects, loadings, is_scaled=True))
    at = full.positions
    cells = np.hstack([at["links_between"][:, :n], at["effects_between"][:, columns]])
    others = np.setdiff1d(np.arange(full.n_parameters), cells)
    return RankForm(freed, loading, full, n, cells, others)


def rank_starts(form: RankForm, own: Array, best: Array) -> list[Array]:
    """Give points of the full form to start from.

    Parameters
    ----------
    form : RankForm
    own, best : ndarray, shape (k,)
        Parameters of the full form: a point of the model, and the maximum without the
        restriction of rank.

    Returns
    -------
    list of ndarray, shape (k,)
        The first point, and the maximum without each of the principal directions of M in turn.
    """
    left, sizes, right = np.linalg.svd(best[form.cells], full_matrices=False)
    starts = [own]
    for dropped in range(len(sizes)):
        kept = np.delete(np.arange(len(sizes)), dropped)[: form.rank]
        start = best.copy()
        start[form.cells] = (left[:, kept] * sizes[kept]) @ right[kept]
        starts.append(start)
    return starts


def from_rank(
    structure: Structure, form: RankForm, moved: Array, u: Array
) -> tuple[Array, BoolArray]:
    """Give the parameters of the model, and which variances between clusters are zero.

    Parameters
    ----------
    structure : Structure
    form : RankForm
    moved : ndarray, shape (k,)
        Parameters of the full form.
    u : ndarray, shape (p, rank)

    Returns
    -------
    theta : ndarray, shape (k,)
    at_zero : ndarray of bool, shape (p,)
    """
    n = form.rank
    level = form.full.unpack(moved[None])[1]
    slopes = np.zeros_like(level.unit[0])
    slopes[n:, :n] = np.linalg.lstsq(u[:n].T, u[n:].T, rcond=None)[0].T
    loadings = (np.eye(len(slopes)) - slopes) @ level.unit[0]
    loadings[n:, :n] = 0.0
    loadings[:n, :n] = triangular(loadings[:n, :n])
    for k in range(len(loadings)):
        if loadings[k, k] ** 2 <= ZERO:
            absorb(loadings, k)
    return assemble(structure, moved, slopes, level.effects[0], loadings)


class RankAscent(Ascent):
    """An ascent in U, C and all parameters outside M, in the order: others, U, C."""

    def __init__(self, form: RankForm, statistics: Statistics, moved: Array) -> None:
        self._form = form
        theta = self._choose(moved)
        face = Face(np.zeros(0, bool), np.ones(len(theta), bool))
        super().__init__(form.full, statistics, theta, face)

    def parts(self) -> tuple[Array, Array]:
        """Parameters of the full form, shape (k,), and U, shape (p, rank), here."""
        moved, u, _ = self._take_apart(self.theta[None])
        return moved[0], u[0]

    def directions(self, moves: Array) -> Array:
        """Give changes of the parameters of the full form, (k, n), in the coordinates here."""
        _, (u,), _ = self._take_apart(self.theta[None])
        by_cell = np.moveaxis(moves[self._form.cells], -1, 0)
        by_u = (by_cell @ self._base.T).reshape(len(by_cell), -1)
        by_w = (np.linalg.pinv(u, rcond=ZERO) @ by_cell @ self._rest.T).reshape(len(by_cell), -1)
        return np.concatenate([moves[self._form.others], by_u.T, by_w.T])

    def value(self, theta: Array) -> float:
        """Log-likelihood at a point; minus infinity where there is none."""
        return super().value(self._take_apart(theta[None])[0][0])

    def _choose(self, moved: Array) -> Array:
        """Choose W0 and W1 at parameters of the full form, and give the coordinates there."""
        n, matrix = self._form.rank, moved[self._form.cells]
        left, sizes, right = np.linalg.svd(matrix)
        self._base, self._rest = right[:n], right[n:]
        u = left[:, :n] * sizes[:n]
        return np.concatenate([moved[self._form.others], u.ravel(), np.zeros(n * len(self._rest))])

    def _take_apart(self, theta: Any) -> tuple[Any, Any, Any]:
        form = self._form
        p, n = len(form.cells), form.rank
        end = len(form.others)
        u = theta[:, end : end + p * n].reshape(-1, p, n)
        w = self._base + theta[:, end + p * n :].reshape(len(theta), n, -1) @ self._rest
        moved = np.empty((len(theta), form.full.n_parameters), dtype=theta.dtype)
        moved[:, form.others] = theta[:, :end]
        moved[:, form.cells] = u @ w
        return moved, u, w

    def _differentiate(self, theta: Array) -> Differentiated:
        form, n = self._form, len(theta)
        moved, u, w = self._take_apart(theta + 1j * STEP * np.eye(n))
        with np.errstate(all="ignore"):
            found = evaluate(form.full, self.statistics, moved)
        by_cell = found.score[:, form.cells]
        by_u, by_w = by_cell @ transpose(w), transpose(u) @ by_cell @ self._rest.T
        score = np.hstack([found.score[:, form.others], by_u.reshape(n, -1), by_w.reshape(n, -1)])
        hessian = score.imag / STEP
        return Differentiated(
            value=float(found.value[0].real),
            score=np.ascontiguousarray(score[0].real),
            hessian=(hessian + hessian.T) / 2,
            curvature=np.ascontiguousarray(found.curvature[0].real),
        )

    def _idle(self) -> Array:
        """Directions in which mediators' disturbances are turned among each other, (k, m)."""
        form, n = self._form, self._form.rank
        _, (u,), (w,) = self._take_apart(self.theta[None])
        found = []
        for i, j in combinations(range(n), 2):
            turned = np.zeros_like(w)
            turned[:, i], turned[:, j] = w[:, j], -w[:, i]
            inside = turned @ self._base.T
            outside = turned @ self._rest.T - inside @ w @ self._rest.T
            parts = (np.zeros(len(form.others)), (u @ inside).ravel(), outside.ravel())
            found.append(np.concatenate(parts))
        return np.array(found).reshape(-1, len(self.theta)).T

    def _choose_coordinates(self) -> None:
        """Choose W0 anew where C has grown."""
        n_free = len(self._form.others) + len(self._form.cells) * self._form.rank
        if np.abs(self.theta[n_free:]).max() > FAR:
            self.theta = self._choose(self.parts()[0])
            self.found = self._differentiate(self.theta)
