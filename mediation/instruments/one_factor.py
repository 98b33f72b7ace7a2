"""The one-factor model of items by maximum likelihood, with Fisher scoring.

Covariances of the items are loadings * loadings' + diag(uniquenesses). Source: Jöreskog (1967),
Psychometrika 32, 443-482; the expected information is that of any normal model,
tr(V dS_i V dS_j) / 2 with V the inverse of the implied covariance matrix.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, read_only

MAX_STEPS = 200
# A standardized uniqueness below this goes on to minus infinity: the model has no maximum there.
LOST = -5.0
# Largest step left, in units of standardized loadings.
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class OneFactor:
    """A fitted one-factor model of k items.

    Attributes
    ----------
    loadings, uniquenesses : ndarray (k,)
        In the units of the items; a uniqueness may come out negative.
    information : ndarray (2k, 2k)
        Expected information of one row on loadings, then uniquenesses.
    is_converged : bool
    """

    loadings: Array
    uniquenesses: Array
    information: Array
    is_converged: bool


def fit_one_factor(covariance: Array) -> OneFactor:
    """Fit one factor to a covariance matrix.

    Parameters
    ----------
    covariance : ndarray (k, k)
        Positive definite, k of three or more.

    Returns
    -------
    OneFactor
        Loadings have a positive sum.

    Examples
    --------
    >>> fit = fit_one_factor(np.array([[1, 0.48, 0.4], [0.48, 1, 0.3], [0.4, 0.3, 1]]))
    >>> fit.loadings.round(3).tolist()
    [0.8, 0.6, 0.5]
    """
    scale = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(scale, scale)
    climbs = [_climb(correlation, start) for start in _starts(correlation)]
    loadings, uniquenesses, _, is_converged = min(climbs, key=lambda climb: climb[2])
    sign = -1.0 if loadings @ scale < 0 else 1.0
    loadings, uniquenesses = sign * scale * loadings, scale**2 * uniquenesses
    return OneFactor(
        read_only(loadings),
        read_only(uniquenesses),
        read_only(_information(loadings, uniquenesses)[0]),
        is_converged,
    )


def _starts(correlation: Array) -> list[Array]:
    """List loadings to start from: items in two groups have a maximum for each of them."""
    values, vectors = np.linalg.eigh(correlation)
    first, second = (np.sqrt(values[i]) * vectors[:, i] for i in (-1, -2))
    directions = (first, second, (first + second) / np.sqrt(2), (first - second) / np.sqrt(2))
    return [np.clip(0.9 * each, -0.95, 0.95) for each in directions]


def _climb(correlation: Array, loadings: Array) -> tuple[Array, Array, float, bool]:
    """Go to the maximum near a start; `True` if it is reached."""
    uniquenesses = 1 - loadings**2
    distance = _distance(correlation, loadings, uniquenesses)
    for _ in range(MAX_STEPS):
        step = _step(correlation, loadings, uniquenesses)
        if step is None or uniquenesses.min() < LOST:
            break
        if np.abs(step).max() < TOLERANCE:
            return loadings, uniquenesses, distance, True
        moved = _move(correlation, loadings, uniquenesses, step, distance)
        if moved is None:
            break
        loadings, uniquenesses, distance = moved
    return loadings, uniquenesses, distance, False


def _distance(correlation: Array, loadings: Array, uniquenesses: Array) -> float:
    """-2 log-likelihood of a row, without its constant; infinite where it has no meaning."""
    implied = np.outer(loadings, loadings) + np.diag(uniquenesses)
    try:
        factor = np.linalg.cholesky(implied)
    except np.linalg.LinAlgError:
        return float("inf")
    half = np.linalg.solve(factor, correlation)
    trace = np.trace(np.linalg.solve(factor, half.T))
    return float(2 * np.log(np.diag(factor)).sum() + trace)


def _information(loadings: Array, uniquenesses: Array) -> tuple[Array, Array]:
    """Give the expected information of one row, and the inverse of the implied covariances."""
    implied = np.outer(loadings, loadings) + np.diag(uniquenesses)
    inverse = np.asarray(np.linalg.inv(implied), dtype=np.float64)
    weights = inverse @ loadings
    of_loadings = np.outer(weights, weights) + inverse * (loadings @ weights)
    crossed = inverse * weights
    information: Array = np.block([[of_loadings, crossed], [crossed.T, inverse**2 / 2]])
    return information, inverse


def _step(correlation: Array, loadings: Array, uniquenesses: Array) -> Array | None:
    """Fisher scoring step, None if the information is singular."""
    try:
        information, inverse = _information(loadings, uniquenesses)
        implied = np.outer(loadings, loadings) + np.diag(uniquenesses)
        lack = inverse @ (correlation - implied) @ inverse
        gradient = np.concatenate([lack @ loadings, np.diag(lack) / 2])
        step: Array = np.linalg.solve(information, gradient)
    except np.linalg.LinAlgError:
        return None
    return step if np.isfinite(step).all() else None


def _move(
    correlation: Array, loadings: Array, uniquenesses: Array, step: Array, distance: float
) -> tuple[Array, Array, float] | None:
    """Go along the step, halved until it is better; None if it never is."""
    k = len(loadings)
    for half in range(40):
        part = step * 0.5**half
        there = loadings + part[:k], uniquenesses + part[k:]
        found = _distance(correlation, *there)
        # Close to the maximum the distance is flat: its last digits are rounding.
        if found < distance or (half == 0 and found < distance + 1e-12 * abs(distance)):
            return *there, found
    return None
