"""The inverse information at a maximum, to rounding also where a slope is nearly without bound."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.likelihood import STEP, differentiate
from mediation.estimation.two_level.loadings import to_loadings
from mediation.estimation.two_level.reduced_rank import RankAscent, RankForm, to_full
from mediation.estimation.two_level.structure import Structure

# Information, scaled to a unit diagonal, below which a direction has none.
FLAT = 1e-12
# Information below which that of the parameters of the model has lost digits.
BLURRED = 1e-6


def inverse_root(ascent: Ascent, form: Structure | RankForm | None) -> Array:
    """R of the inverse observed information R R', zero for what is fixed.

    Where a slope rests on a variance near zero the information is nearly singular; it is then
    taken in loadings, where it is not, and carried over by the delta method.

    Parameters
    ----------
    ascent : Ascent
        At the maximum, in the parameters of the model.
    form : Structure, RankForm or None
        The loading form of the model, or that of reduced rank.

    Returns
    -------
    ndarray, shape (k, n_free)
    """
    at = np.flatnonzero(ascent.face.free)
    root = np.zeros((len(ascent.theta), len(at)))
    root[at], least = root_of_inverse(-ascent.found.hessian[np.ix_(at, at)])
    if least < BLURRED and form is not None:
        root[at] = _by_loadings(ascent, form, at)
    return root


def root_of_inverse(information: Array) -> tuple[Array, float]:
    """R of the inverse R R' of an information matrix, and its least scaled eigenvalue.

    A direction without information, which a maximum does not have, gets a huge variance.
    """
    root, least = roots_of_inverses(information[None])
    return root[0], float(least[0])


def roots_of_inverses(information: Array) -> tuple[Array, Array]:
    """Give what `root_of_inverse` gives, for matrices of shape (N, k, k)."""
    diagonal = np.diagonal(information, axis1=1, axis2=2)
    scale = 1.0 / np.sqrt(np.maximum(diagonal, FLAT))
    values, vectors = np.linalg.eigh(information * scale[:, :, None] * scale[:, None, :])
    sizes = np.sqrt(np.maximum(values, FLAT))
    root: Array = vectors * scale[:, :, None] / sizes[:, None, :]
    return root, values[:, 0]


def _by_loadings(ascent: Ascent, form: Structure | RankForm, at: IntArray) -> Array:
    theta, structure, statistics = ascent.theta, ascent.structure, ascent.statistics
    steps = theta + 1j * STEP * np.eye(len(theta))[at]
    if isinstance(form, RankForm):
        chart = RankAscent(form, statistics, to_full(structure, form, theta))
        moves = chart.directions(to_full(structure, form, steps).imag.T / STEP)
        hessian = chart.found.hessian
    else:
        moves = to_loadings(structure, form, steps).imag.T / STEP
        moved = to_loadings(structure, form, theta)
        hessian = differentiate(form, statistics, moved).hessian
    basis, triangle = np.linalg.qr(moves)
    root: Array = np.linalg.solve(triangle, root_of_inverse(-basis.T @ hessian @ basis)[0])
    return root
