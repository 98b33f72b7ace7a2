"""Newton's method on the exact likelihood of a latent model, for one data set or a batch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from mediation.arrays import Array
from mediation.estimation.latent.likelihood import differentiate, discrepancy, imply
from mediation.estimation.latent.structure import BoolArray, Structure

# Largest derivative of the discrepancy by a standardised parameter at a maximum.
SCORE = 1e-8
# Smallest eigenvalue of a matrix that counts as positive, as a share of the largest.
POSITIVE = 1e-9
# A standardised variance below this, which the likelihood pushes down, is taken as zero.
NEAR_ZERO = 1e-9
STEPS, HALVINGS = 40, 30


class Ending(Enum):
    """How a fit of one data set ended; the value says it in words."""

    INTERIOR = "converged"
    BOUNDARY = "a residual variance at zero"
    NOT_FOUND = "no maximum found"
    NOT_IDENTIFIED = "the information matrix is singular"
    IMPROPER = "residuals of mediators that correlate perfectly"


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Maxima of the likelihood under residual variances that are not negative.

    Attributes
    ----------
    values : ndarray, shape (n_sets, n_parameters)
    is_free : ndarray of bool, shape (n_sets, n_parameters)
        False for variances held at zero.
    hessian : ndarray, shape (n_sets, n_parameters, n_parameters)
        Second derivatives of the discrepancy; rows and columns of parameters held are those of
        the identity.
    endings : tuple of Ending, length n_sets
    """

    values: Array
    is_free: BoolArray
    hessian: Array
    endings: tuple[Ending, ...]

    @property
    def is_usable(self) -> BoolArray:
        """Which data sets have a proper maximum, shape (n_sets,)."""
        return np.array([e in (Ending.INTERIOR, Ending.BOUNDARY) for e in self.endings], dtype=bool)


def solve(structure: Structure, moments: Array, start: Array) -> Solution:
    """Minimise the discrepancy of every data set of a batch.

    Steps are Newton's where the second derivatives are positive definite, else along absolute
    eigenvalues; each is halved until the discrepancy falls. A variance at zero stays there as
    long as the likelihood would push it below.

    Parameters
    ----------
    structure : Structure
    moments : ndarray, shape (n_sets, n_observed, n_observed)
        Covariances of standardised variables, divisor n, positive definite.
    start : ndarray, shape (n_sets, n_parameters)

    Returns
    -------
    Solution
    """
    is_bounded = structure.is_variance
    values = np.where(is_bounded, np.maximum(start, 0.0), start)
    running = np.arange(len(values))
    for _ in range(STEPS):
        gradient, hessian, is_free = _local(structure, values[running], moments[running])
        values[running] = np.where(is_free, values[running], 0.0)
        moves = np.abs(gradient).max(axis=-1) > SCORE * 1e-3
        running, gradient, hessian = running[moves], gradient[moves], hessian[moves]
        if not running.size:
            break
        step = _newton_step(gradient, hessian)
        moved, has_fallen = _search(structure, values[running], step, gradient, moments[running])
        values[running] = moved
        running = running[has_fallen]
        if not running.size:
            break
    gradient, hessian, is_free = _local(structure, values, moments)
    residual = imply(structure, values, moments).residual
    endings = tuple(
        _ending(structure, *parts)
        for parts in zip(gradient, hessian, is_free, residual, strict=True)
    )
    return Solution(values, is_free, hessian, endings)


def _local(structure: Structure, values: Array, moments: Array) -> tuple[Array, Array, BoolArray]:
    """Gradient and second derivatives in the directions that are open, and which these are."""
    local = differentiate(structure, values, moments)
    is_free: BoolArray = ~(structure.is_variance & (values <= NEAR_ZERO) & (local.gradient >= 0.0))
    both = is_free[..., :, None] & is_free[..., None, :]
    hessian = np.where(both, local.hessian, np.eye(values.shape[-1]))
    return np.where(is_free, local.gradient, 0.0), hessian, is_free


def _newton_step(gradient: Array, hessian: Array) -> Array:
    roots, vectors = np.linalg.eigh(hessian)
    size = np.abs(roots)
    size = np.maximum(size, 1e-8 * size.max(axis=-1, keepdims=True))
    along = np.einsum("...ji,...j->...i", vectors, gradient) / size
    step: Array = -np.einsum("...ij,...j->...i", vectors, along)
    # No parameter of standardised variables has far to go.
    longest: Array = np.abs(step).max(axis=-1, keepdims=True)
    return step / np.maximum(1.0, longest / 2.0)


def _search(
    structure: Structure, values: Array, step: Array, gradient: Array, moments: Array
) -> tuple[Array, BoolArray]:
    """Halve each step until the discrepancy falls; where it never does, stay."""
    before = discrepancy(structure, values, moments)
    best, has_fallen = values.copy(), np.zeros(len(values), dtype=np.bool_)
    length = 1.0
    for _ in range(HALVINGS):
        at = np.flatnonzero(~has_fallen)
        trial = values[at] + length * step[at]
        trial = np.where(structure.is_variance, np.maximum(trial, 0.0), trial)
        after = discrepancy(structure, trial, moments[at])
        promised = np.einsum("ij,ij->i", gradient[at], trial - values[at])
        # Near the maximum the fall is below rounding; the score then decides.
        good = after <= before[at] + 1e-4 * np.minimum(promised, 0.0) + 1e-14
        best[at[good]] = trial[good]
        has_fallen[at[good]] = True
        if has_fallen.all():
            break
        length /= 2
    return best, has_fallen


def _ending(
    structure: Structure, gradient: Array, hessian: Array, is_free: BoolArray, residual: Array
) -> Ending:
    if not np.abs(gradient).max() <= SCORE:
        return Ending.NOT_FOUND
    if not _is_positive(hessian):
        return Ending.NOT_IDENTIFIED
    among = [
        k
        for k in range(structure.n_exogenous, len(structure.variables))
        if residual[k, k] > 0 or np.abs(np.delete(residual[k], k)).max() > 0
    ]
    if not _is_positive(residual[np.ix_(among, among)]):
        return Ending.IMPROPER
    return Ending.INTERIOR if is_free.all() else Ending.BOUNDARY


def _is_positive(matrix: Array) -> bool:
    roots = np.linalg.eigvalsh(matrix)
    return bool(roots[0] > POSITIVE * roots[-1])
