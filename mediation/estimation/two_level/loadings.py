"""A second set of coordinates between clusters, in which nothing runs off to infinity.

Where a mediator hardly differs between clusters, its slope b is the quotient of two numbers of
which one passes through zero: b and the variance D have a long curved ridge. The numbers
themselves, F = (I - B)^-1 L D^(1/2), lower triangular with Sigma = F F', and the reduced-form
effects Pi, are free of each other and of any bound, and the likelihood is smooth in them. They
are a one-to-one picture of (B, G, L, D) when every variable has a slope on or a link to all
variables before it (or to none), and no effect is left out of an equation that its regressors
have.
"""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.boundary import LARGE, LEAST_GAIN
from mediation.estimation.two_level.reduced import Reduced
from mediation.estimation.two_level.structure import LevelStructure, Structure

# Variance of a standardised variable below which it is zero.
ZERO = 1e-12


def loading_form(structure: Structure) -> Structure | None:
    """Give the structure in F and Pi, or None where these would be restricted.

    Examples
    --------
    >>> none, slope = np.zeros((2, 2), bool), np.array([[False, False], [True, False]])
    >>> level = LevelStructure(slope, np.ones((2, 1), bool), none)
    >>> loading_form(Structure(level, level)).between.links.astype(int).tolist()
    [[0, 0], [1, 0]]
    """
    between = structure.between
    joined = between.slopes | between.links
    for i, row in enumerate(joined):
        if row[:i].any() and not row[:i].all():
            return None
        parents = between.effects[between.slopes[i]]
        if (parents & ~between.effects[i]).any():
            return None
    none = np.zeros_like(between.slopes)
    level = LevelStructure(none, between.effects, joined, is_scaled=True)
    return Structure(structure.within, level)


def to_loadings(structure: Structure, form: Structure, theta: Array) -> Array:
    """Give the parameters of the loading form, shape (k,)."""
    level = Reduced.of(structure.unpack(theta[None])[1])
    loadings = level.loading[0] * np.sqrt(level.variances[0])
    moved = np.empty(form.n_parameters)
    n_within = int(structure.within.free.sum())
    moved[:n_within] = theta[:n_within]
    _put(form, moved, "effects_between", level.effects[0])
    _put(form, moved, "links_between", loadings)
    return moved


def from_loadings(
    structure: Structure, form: Structure, moved: Array, hessian: Array
) -> tuple[Array, BoolArray]:
    """Give the parameters of the model, and which variances between clusters are zero.

    Parameters
    ----------
    structure, form : Structure
    moved : ndarray, shape (k,)
        Parameters of the loading form.
    hessian : ndarray, shape (k, k)
        Of the log-likelihood there.

    Returns
    -------
    theta : ndarray, shape (k,)
    at_zero : ndarray of bool, shape (p,)
    """
    level = form.unpack(moved[None])[1]
    loadings, effects = level.unit[0].copy(), level.effects[0]
    diagonal = np.diag(form.positions["links_between"])
    costs = -0.5 * np.diag(hessian)[diagonal] * moved[diagonal] ** 2
    at_zero = np.zeros(len(loadings), bool)
    for k in range(len(loadings)):
        below, own = loadings[k + 1 :, k], abs(loadings[k, k])
        is_huge = np.abs(below).max(initial=0.0) > LARGE * own
        at_zero[k] = own**2 <= ZERO or (is_huge and costs[k] < LEAST_GAIN)
        if at_zero[k]:
            _absorb(loadings, k)
    scale = np.where(at_zero, 1.0, np.diag(loadings))
    unit = loadings / scale
    unit[at_zero, at_zero] = 1.0
    theta = np.empty(structure.n_parameters)
    n_within = int(structure.within.free.sum())
    theta[:n_within] = moved[:n_within]
    slopes = np.zeros_like(unit)
    for i, row in enumerate(structure.between.slopes):
        parents = np.flatnonzero(row)
        slopes[i, parents] = np.linalg.solve(unit[np.ix_(parents, parents)].T, unit[i, parents])
    rest = np.eye(len(unit)) - slopes
    _put(structure, theta, "slopes_between", slopes)
    _put(structure, theta, "effects_between", rest @ effects)
    _put(structure, theta, "links_between", rest @ unit)
    _put(structure, theta, "variances_between", np.where(at_zero, 0.0, scale**2))
    return theta, at_zero


def _absorb(loadings: Array, k: int) -> None:
    """Set column k to zero; what it gave to later variables becomes their own variance."""
    for i in range(k + 1, len(loadings)):
        loadings[i, i] = np.hypot(loadings[i, i], loadings[i, k])
    loadings[:, k] = 0.0


def _put(structure: Structure, theta: Array, name: str, values: Array) -> None:
    at = structure.positions[name]
    free = at >= 0
    theta[at[free]] = values[free]
