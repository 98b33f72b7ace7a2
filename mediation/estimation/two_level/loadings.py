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

from typing import Any

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.boundary import LEAST_GAIN
from mediation.estimation.two_level.reduced import Reduced, transpose
from mediation.estimation.two_level.structure import LevelStructure, Structure

# A slope of standardised variables that is larger rests on a variance that hardly differs from 0.
LARGE = 10.0
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


def to_loadings(structure: Structure, form: Structure, theta: Any) -> Any:
    """Give the parameters of the loading form, shape (..., k), real or complex."""
    level = Reduced.of(structure.unpack(theta)[1])
    loadings = level.loading * np.sqrt(level.variances)[..., None, :]
    moved = np.empty((*theta.shape[:-1], form.n_parameters), dtype=theta.dtype)
    n_within = int(structure.within.free.sum())
    moved[..., :n_within] = theta[..., :n_within]
    _put(form, moved, "effects_between", level.effects)
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
    theta, at_zero = many_from_loadings(structure, form, moved[None], hessian[None])
    return theta[0], at_zero[0]


def many_from_loadings(
    structure: Structure, form: Structure, moved: Array, hessian: Array
) -> tuple[Array, BoolArray]:
    """Give what `from_loadings` gives, for N data sets: (N, k) and (N, k, k) in."""
    level = form.unpack(moved)[1]
    loadings, effects = level.unit.copy(), level.effects
    n_sets, p = loadings.shape[:2]
    diagonal = np.diag(form.positions["links_between"])
    costs = -0.5 * hessian[:, diagonal, diagonal] * moved[:, diagonal] ** 2
    at_zero = np.zeros((n_sets, p), bool)
    for k in range(p):
        below, own = np.abs(loadings[:, k + 1 :, k]), np.abs(loadings[:, k, k])
        is_huge = below.max(axis=1, initial=0.0) > LARGE * own
        at_zero[:, k] = (own**2 <= ZERO) | (is_huge & (costs[:, k] < LEAST_GAIN))
        for member in np.flatnonzero(at_zero[:, k]):
            absorb(loadings[member], k)
    parents = transpose(loadings + at_zero[:, :, None] * np.eye(p))
    slopes = np.zeros_like(loadings)
    for i, row in enumerate(structure.between.slopes):
        at = np.flatnonzero(row)
        inside = parents[:, at[:, None], at]
        slopes[:, i, at] = np.linalg.solve(inside, loadings[:, i, at, None])[..., 0]
    return assemble(structure, moved, slopes, effects, loadings)


def assemble(
    structure: Structure, moved: Array, slopes: Array, effects: Array, loadings: Array
) -> tuple[Array, BoolArray]:
    """Give the parameters of the model from B, Pi and F between clusters.

    Parameters
    ----------
    structure : Structure
    moved : ndarray, shape (..., k)
        Parameters of a loading form; those within are the first.
    slopes, loadings : ndarray, shape (..., p, p)
        A column of F that is zero has a variance at zero.
    effects : ndarray, shape (..., p, q)

    Returns
    -------
    theta : ndarray, shape (..., k)
    at_zero : ndarray of bool, shape (..., p)
    """
    own = np.diagonal(loadings, axis1=-2, axis2=-1)
    at_zero: BoolArray = own == 0.0
    theta = np.empty((*own.shape[:-1], structure.n_parameters))
    n_within = int(structure.within.free.sum())
    theta[..., :n_within] = moved[..., :n_within]
    rest = np.eye(own.shape[-1]) - slopes
    unit = rest @ loadings / np.where(at_zero, 1.0, own)[..., None, :]
    _put(structure, theta, "slopes_between", slopes)
    _put(structure, theta, "effects_between", rest @ effects)
    _put(structure, theta, "links_between", unit)
    _put(structure, theta, "variances_between", own**2)
    return theta, at_zero


def absorb(loadings: Array, k: int) -> None:
    """Set column k, whose own loading is as good as zero, to zero; the later rows take it up."""
    later = loadings[k + 1 :, k:]
    loadings[k + 1 :, k + 1 :] = triangular(later)[:, : later.shape[1] - 1]
    loadings[:, k] = 0.0


def triangular(loadings: Array) -> Array:
    """Lower triangular F of the same F F'; rows may be fewer than columns."""
    factor: Array = np.asarray(np.linalg.qr(loadings.T, mode="r"))
    return factor.T


def _put(structure: Structure, theta: Any, name: str, values: Any) -> None:
    at = structure.positions[name]
    free = at >= 0
    theta[..., at[free]] = values[..., free]
