"""What a variance between clusters at zero takes with it, and when it may leave zero again.

With D_k = 0, column k of L has no meaning. A slope between clusters on variable k has one only
where cluster-level covariates that the equation leaves out move variable k: otherwise eta_k is a
linear function of the other regressors of the equation, and slope and effects can be traded for
each other without any change of the model. Such a slope is set to zero, the effects take it up.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mediation.arrays import Array, BoolArray
from mediation.estimation.two_level.reduced import Reduced
from mediation.estimation.two_level.structure import Structure

# Size below which a singular value, or a coefficient of standardised variables, is rounding.
ZERO = 1e-9
# A variance is taken as 0 where that costs less than this in the log-likelihood and a large slope
# rests on it.
LEAST_GAIN = 1e-4
# A slope of standardised variables that is larger, and this many standard errors from zero or
# nearer, has no value.
RUNAWAY, UNSURE = 50.0, 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Trade:
    """A change of one equation between clusters that changes nothing else while D_k = 0.

    Attributes
    ----------
    equation, variable : int
        Row and column of the slope that is set to zero.
    direction : ndarray, shape (k,)
        Change of the parameters per unit of that slope.
    """

    equation: int
    variable: int
    direction: Array


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """Variances between clusters that are held at zero, and what is fixed with them.

    Attributes
    ----------
    at_zero : ndarray of bool, shape (p,)
    free : ndarray of bool, shape (k,)
        Parameters that move.
    trades : tuple of Trade
    """

    at_zero: BoolArray
    free: BoolArray
    trades: tuple[Trade, ...] = field(default=())


@dataclass(frozen=True, slots=True, eq=False)
class Move:
    """How a variance leaves zero.

    Attributes
    ----------
    at_once : ndarray, shape (k,)
        Change of links, slopes and effects, which alone changes nothing.
    per_unit : ndarray, shape (k,)
        Change of the variances per unit of the one that leaves.
    at_zero : ndarray of bool, shape (p,)
        Variances still at zero.
    """

    at_once: Array
    per_unit: Array
    at_zero: BoolArray


def interior(structure: Structure) -> Face:
    """No variance at zero."""
    p = structure.between.n_variables
    return Face(np.zeros(p, bool), np.ones(structure.n_parameters, bool))


def settle(structure: Structure, theta: Array, at_zero: BoolArray) -> tuple[Array, Face]:
    """Fix what variances at zero leave without meaning; the likelihood does not change.

    Parameters
    ----------
    structure : Structure
    theta : ndarray, shape (k,)
    at_zero : ndarray of bool, shape (p,)
        Variances between clusters to hold at zero.

    Returns
    -------
    theta : ndarray, shape (k,)
    face : Face
    """
    theta = theta.copy()
    at = structure.positions
    links = at["links_between"][:, at_zero]
    fixed = np.concatenate([at["variances_between"][at_zero], links[links >= 0]])
    theta[fixed] = 0.0
    trades = find_trades(structure, theta, at_zero)
    slopes = [at["slopes_between"][t.equation, t.variable] for t in trades]
    for trade, slope in zip(trades, slopes, strict=True):
        theta -= theta[slope] * trade.direction
    free = np.ones(len(theta), bool)
    free[fixed] = False
    free[slopes] = False
    return theta, Face(at_zero, free, trades)


def find_trades(structure: Structure, theta: Array, at_zero: BoolArray) -> tuple[Trade, ...]:
    """Find slopes on variables at zero that other terms of their equation can replace."""
    trades = []
    for i, row in enumerate(structure.between.slopes):
        kept = [int(k) for k in np.flatnonzero(row & ~at_zero)]
        waiting = [int(k) for k in np.flatnonzero(row & at_zero)]
        while waiting:
            found = [_replacement(structure, theta, i, k, kept) for k in waiting]
            # Keep the slope on what is moved most, for it is the one that is known best.
            strongest = int(np.argmax([left for _, left in found]))
            if found[strongest][1] <= ZERO:
                trades += [trade for trade, _ in found]
                break
            kept.append(waiting.pop(strongest))
    return tuple(trades)


def _replacement(
    structure: Structure, theta: Array, i: int, k: int, kept: list[int]
) -> tuple[Trade, float]:
    """Replace slope (i, k) by slopes on `kept` and effects, and measure what that leaves over."""
    at, free = structure.positions, structure.between.effects[i]
    level = Reduced.of(structure.unpack(theta[None])[1])
    spread = level.loading[0] * np.sqrt(level.variances[0])
    spread[:, k] = 0.0
    moved = np.hstack([level.effects[0], spread])
    # What moves a regressor and is no regressor itself tells slopes and effects apart.
    telling = np.concatenate([~free, np.ones(len(spread), bool)])
    basis, target = moved[kept][:, telling], moved[k, telling]
    weights = np.linalg.lstsq(basis.T, target, rcond=None)[0] if kept else np.zeros(0)
    direction = np.zeros(len(theta))
    direction[at["slopes_between"][i, k]] = 1.0
    direction[at["slopes_between"][i, kept]] = -weights
    rest = (moved[k] - weights @ moved[kept])[: len(free)]
    direction[at["effects_between"][i, free]] = -rest[free]
    return Trade(i, k, direction), float(np.abs(target - weights @ basis).max(initial=0.0))


def find_runaways(structure: Structure, theta: Array, errors: Array) -> tuple[Trade, ...]:
    """Find slopes so large and unsure that what they are on moves no more than by chance.

    Such a slope is the quotient of two numbers near zero: it and the effects it is traded for
    have no value that the data tell from any other, infinity included.

    Parameters
    ----------
    structure : Structure
    theta, errors : ndarray, shape (k,)
        Estimates of standardised variables, and their standard errors.

    Returns
    -------
    tuple of Trade
    """
    found = []
    for i, row in enumerate(structure.between.slopes):
        for k in np.flatnonzero(row):
            slope = structure.positions["slopes_between"][i, k]
            if RUNAWAY < abs(theta[slope]) < UNSURE * errors[slope]:
                kept = [int(j) for j in np.flatnonzero(row) if j != k]
                found.append(_replacement(structure, theta, i, int(k), kept)[0])
    return tuple(found)


def leave_zero(
    structure: Structure, theta: Array, face: Face, curvature: Array, floor: float
) -> Move | None:
    """Direction in which a variance at zero would raise the likelihood, if there is one.

    A variance D_k that leaves zero brings its links and traded slopes with it: the covariance
    between grows by a multiple of v v', where v = e_k + sum x_i e_i and x is free. Where the
    derivative by D_k alone is not positive, the best x is in the leading eigenvector of the
    derivative by that covariance.

    Parameters
    ----------
    structure : Structure
    theta : ndarray, shape (k,)
        The maximum with the variances of `face` at zero.
    face : Face
        As `settle` gives it at `theta`.
    curvature : ndarray, shape (p, p)
        Twice the derivative by Psi_B.
    floor : float
        Derivatives up to this one count as zero.

    Returns
    -------
    Move or None
    """
    at_zero = np.flatnonzero(face.at_zero)
    alone = np.diag(curvature)[at_zero]
    if alone.max() > floor:
        return _move(structure, theta, face, int(at_zero[alone.argmax()]), {})
    variances = theta[structure.positions["variances_between"]]
    best, chosen = floor, None
    for k in at_zero:
        partners = {t.equation for t in face.trades if t.variable == k}
        partners |= set(np.flatnonzero(structure.between.links[:, k]).tolist())
        others = sorted(partners)
        chosen_cells = np.array([k, *others])
        inside = curvature[np.ix_(chosen_cells, chosen_cells)]
        values, vectors = np.linalg.eigh(inside)
        pull = np.abs(inside[0, 1:]) @ np.sqrt(variances[others])
        gain = 0.5 * pull**2 / max(-inside[0, 0], floor)
        if values[-1] > best and (gain > LEAST_GAIN or not variances[others].any()):
            ratios = vectors[1:, -1] / vectors[0, -1]
            best, chosen = values[-1], (int(k), dict(zip(others, ratios, strict=True)))
    return None if chosen is None else _move(structure, theta, face, *chosen)


def _move(
    structure: Structure, theta: Array, face: Face, k: int, partners: dict[int, float]
) -> Move:
    """Let D_k leave zero; what it brings to a partner is taken from the partner's variance."""
    at = structure.positions
    traded = {t.equation: t.direction for t in face.trades if t.variable == k}
    at_once, per_unit = np.zeros(len(theta)), np.zeros(len(theta))
    per_unit[at["variances_between"][k]] = 1.0
    for i, weight in partners.items():
        if i in traded:
            at_once += weight * traded[i]
        else:
            at_once[at["links_between"][i, k]] = weight
        variance = at["variances_between"][i]
        per_unit[variance] = -(weight**2) if theta[variance] > 0 else 0.0
    at_zero = face.at_zero.copy()
    at_zero[k] = False
    return Move(at_once, per_unit, at_zero)
