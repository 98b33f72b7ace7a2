"""The maximum of the two-level likelihood, and the information there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.two_level.ascent import MAX_HALVINGS, Ascent
from mediation.estimation.two_level.boundary import Face, interior, leave_zero, settle
from mediation.estimation.two_level.loadings import from_loadings, loading_form, to_loadings
from mediation.estimation.two_level.reduced_rank import (
    RankAscent,
    RankForm,
    embed,
    freed,
    from_rank,
    rank_form,
    rank_starts,
)
from mediation.estimation.two_level.statistics import Statistics
from mediation.estimation.two_level.structure import Structure

MAX_FACES = 20
# A variance leaves zero when the derivative by it exceeds this number times the rows.
RELEASE = 1e-8
# Log-likelihoods that differ by less are the same.
SAME = 1e-7
# Information, scaled to a unit diagonal, below which a direction has none.
FLAT = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the likelihood is greatest.

    Attributes
    ----------
    theta : ndarray, shape (k,)
        Parameters of standardised variables.
    value : float
        Log-likelihood.
    hessian : ndarray, shape (k, k)
    face : Face
        Variances at zero, and what is fixed with them.
    has_converged : bool
    n_steps : int
    """

    theta: Array
    value: float
    hessian: Array
    face: Face
    has_converged: bool
    n_steps: int

    @property
    def covariance(self) -> Array:
        """Inverse observed information over what is not fixed, zero elsewhere, shape (k, k)."""
        covariance = np.zeros_like(self.hessian)
        at = np.flatnonzero(self.face.free)
        covariance[np.ix_(at, at)] = invert_information(-self.hessian[np.ix_(at, at)])
        return covariance


def invert_information(information: Array) -> Array:
    """Inverse of an information matrix, whatever the units.

    A direction without information, which a maximum does not have, gets a huge variance.
    """
    scale = 1.0 / np.sqrt(np.maximum(np.diag(information), FLAT))
    values, vectors = np.linalg.eigh(information * np.outer(scale, scale))
    turned = vectors * scale[:, None]
    inverse: Array = (turned / np.maximum(values, FLAT)) @ turned.T
    return inverse


def maximize(structure: Structure, statistics: Statistics, start: Array) -> Maximum:
    """Maximise the likelihood from starting values.

    Newton's method with the exact Hessian, its eigenvalues made positive where the likelihood
    is not concave, and halved steps: first in loadings between clusters, where the model allows
    it, then in the parameters of the model, with the variances that came out as zero held there.

    Parameters
    ----------
    structure : Structure
    statistics : Statistics
    start : ndarray, shape (k,)

    Returns
    -------
    Maximum
    """
    form, ranked = loading_form(structure), rank_form(structure)
    if form is not None:
        first = Ascent(form, statistics, to_loadings(structure, form, start), interior(form))
        is_there = first.climb()
        theta, at_zero = from_loadings(structure, form, first.theta, first.found.hessian)
        ascent = Ascent(structure, statistics, *settle(structure, theta, at_zero))
        has_converged = ascent.climb() and is_there
        n_steps = first.n_steps + ascent.n_steps
    elif ranked is not None:
        best, is_there = _climb_rank(structure, ranked, statistics, start)
        moved, u, _ = best.parts()
        theta, at_zero = from_rank(structure, ranked, moved, u)
        ascent = Ascent(structure, statistics, *settle(structure, theta, at_zero))
        has_converged = ascent.climb() and is_there
        n_steps = best.n_steps + ascent.n_steps
    else:
        ascent = Ascent(structure, statistics, start, interior(structure))
        has_converged = _climb_faces(ascent)
        n_steps = ascent.n_steps
    found = ascent.found
    return Maximum(ascent.theta, found.value, found.hessian, ascent.face, has_converged, n_steps)


def _climb_rank(
    structure: Structure, form: RankForm, statistics: Statistics, start: Array
) -> tuple[RankAscent, bool]:
    """Climb from several starts, among them the maximum without the restriction of rank."""
    wide = freed(structure)
    loading = loading_form(wide)
    assert loading is not None
    moved = to_loadings(wide, loading, embed(wide, structure, start))
    first = Ascent(loading, statistics, moved, interior(loading))
    first.climb()
    points = [embed(form.full, loading, point) for point in (moved, first.theta)]
    found = []
    for point in rank_starts(form, points):
        ascent = RankAscent(form, statistics, point)
        found.append((ascent.climb(), ascent))
    highest = max(ascent.found.value for _, ascent in found)
    among = [each for each in found if each[1].found.value > highest - SAME]
    is_there, best = max(among, key=lambda each: each[0])
    return best, is_there


def _climb_faces(ascent: Ascent) -> bool:
    """Climb with variances at zero where steps end there, and let them go where that helps."""
    floor = RELEASE * float(ascent.statistics.n_rows.sum())
    for _ in range(MAX_FACES):
        if not ascent.climb():
            return False
        if not _leave(ascent, floor):
            return True
    return False


def _leave(ascent: Ascent, floor: float) -> bool:
    """Let a variance leave zero if that raises the likelihood."""
    if not ascent.face.at_zero.any():
        return False
    # The trades moved with the effects since the face was settled.
    structure, at_zero = ascent.structure, ascent.face.at_zero
    ascent.theta, ascent.face = settle(structure, ascent.theta, at_zero)
    move = leave_zero(structure, ascent.theta, ascent.face, ascent.found.curvature, floor)
    if move is None:
        return False
    loses = move.per_unit < 0
    length = 0.05
    if loses.any():
        length = min(length, 0.5 * float((ascent.theta[loses] / -move.per_unit[loses]).min()))
    for _ in range(MAX_HALVINGS):
        theta = ascent.theta + move.at_once + length * move.per_unit
        if ascent.value(theta) > ascent.found.value:
            ascent.settle(theta, move.at_zero)
            return True
        length /= 4
    return False
