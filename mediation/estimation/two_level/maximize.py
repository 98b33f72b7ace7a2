"""The maximum of the two-level likelihood, and the information there."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.arrays import Array
from mediation.estimation.two_level.ascent import MAX_HALVINGS, Ascent
from mediation.estimation.two_level.boundary import Face, interior, leave_zero, settle
from mediation.estimation.two_level.information import inverse_root
from mediation.estimation.two_level.loadings import from_loadings, loading_form, to_loadings
from mediation.estimation.two_level.reduced_rank import (
    RankAscent,
    RankForm,
    embed,
    from_rank,
    rank_form,
    rank_starts,
    to_full,
)
from mediation.estimation.two_level.statistics import Statistics
from mediation.estimation.two_level.structure import Structure

MAX_FACES = 20
# A variance leaves zero when the derivative by it exceeds this number times the rows.
RELEASE = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the likelihood is greatest.

    Attributes
    ----------
    theta : ndarray, shape (k,)
        Parameters of standardised variables.
    value : float
        Log-likelihood.
    root : ndarray, shape (k, n_free)
        R of the inverse observed information R R' over what is not fixed, zero elsewhere.
    face : Face
        Variances at zero, and what is fixed with them.
    has_converged : bool
    n_steps : int
    """

    theta: Array
    value: float
    root: Array
    face: Face
    has_converged: bool
    n_steps: int


def maximize(structure: Structure, statistics: Statistics, start: Array) -> Maximum:
    """Maximise the likelihood from starting values.

    Newton's method with the exact Hessian, its eigenvalues made positive where the likelihood
    is not concave, and halved steps: first in loadings between clusters, or where covariates
    move the mediators alone in those of reduced rank (from several starts, for there are several
    maxima), then in the parameters of the model, with the variances that came out as zero held.

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
    first: Ascent | None = None
    is_there = True
    if form is not None:
        first = Ascent(form, statistics, to_loadings(structure, form, start), interior(form))
        is_there = first.climb()
        point = from_loadings(structure, form, first.theta, first.found.hessian)
    elif ranked is not None:
        first, is_there = _climb_rank(structure, ranked, statistics, start)
        point = from_rank(structure, ranked, *first.parts())
    if first is None:
        ascent = Ascent(structure, statistics, start, interior(structure))
        has_converged = _climb_faces(ascent)
    else:
        ascent = Ascent(structure, statistics, *settle(structure, *point))
        has_converged = ascent.climb() and is_there
    found = ascent.found
    n_steps = ascent.n_steps + (0 if first is None else first.n_steps)
    root = inverse_root(ascent, form or ranked)
    return Maximum(ascent.theta, found.value, root, ascent.face, has_converged, n_steps)


def _climb_rank(
    structure: Structure, form: RankForm, statistics: Statistics, start: Array
) -> tuple[RankAscent, bool]:
    """Climb from several starts; give the highest end, and whether it is a maximum."""
    moved = to_loadings(form.freed, form.loading, embed(form.freed, structure, start))
    wide = Ascent(form.loading, statistics, moved, interior(form.loading))
    wide.climb()
    best = embed(form.full, form.loading, wide.theta)
    own = to_full(structure, form, start)
    ascents = [RankAscent(form, statistics, point) for point in rank_starts(form, own, best)]
    are_there = [ascent.climb() for ascent in ascents]
    highest = max(range(len(ascents)), key=lambda k: ascents[k].found.value)
    return ascents[highest], are_there[highest]


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
