"""Goal attainment: from a table of goals to the proportion attained per client and wave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.arrays import Array, IntArray, read_only
from mediation.errors import DataError, SpecificationError
from mediation.instruments.instrument import MAX_MISSING


@dataclass(frozen=True, slots=True, eq=False)
class GoalAttainment:
    """Attainment of the goals of each client and wave, in ascending order of both codes.

    Attributes
    ----------
    clients, waves : ndarray (n,)
        Codes.
    proportions : ndarray (n,)
        Attained goals among those whose attainment is known; NaN if it is known of too few.
    n_goals, n_unknown : ndarray (n,)
        All goals, and those whose attainment is not known.
    """

    clients: IntArray
    waves: IntArray
    proportions: Array
    n_goals: IntArray
    n_unknown: IntArray


def attain_goals(
    clients: ArrayLike, waves: ArrayLike, attained: ArrayLike, max_missing: float = MAX_MISSING
) -> GoalAttainment:
    """Count the goals of each client and wave, and the proportion of them attained.

    Parameters
    ----------
    clients, waves : array_like (n_goals,)
        Whole-number codes from 0; one row for each goal.
    attained : array_like (n_goals,)
        1 or true for attained, 0 or false for not, NaN for unknown.
    max_missing : float
        Greatest share of a client's goals whose attainment may be unknown. The proportion is
        then that of the others, as with items; with more unknown it is missing.

    Returns
    -------
    GoalAttainment

    Raises
    ------
    DataError
        If lengths differ, a code is negative, or `attained` is neither 0, 1 nor NaN.
    SpecificationError
        If `max_missing` is out of range.

    Examples
    --------
    >>> found = attain_goals([0, 0, 1, 0], [9, 9, 9, 18], [1, 0, 1, np.nan])
    >>> found.clients.tolist(), found.waves.tolist(), found.proportions.tolist()
    ([0, 0, 1], [9, 18, 9], [0.5, nan, 1.0])
    """
    if not 0 <= max_missing < 1:
        raise SpecificationError(
            f"`max_missing` must be a share of goals from 0 to below 1. Found {max_missing:g}. "
            "Change it."
        )
    client, wave = (_codes(values) for values in (clients, waves))
    value = np.asarray(attained, dtype=np.float64)
    if not client.shape == wave.shape == value.shape:
        raise DataError(
            f"Expected one client, wave and attainment for each goal. Found {len(client)}, "
            f"{len(wave)} and {len(value)}. Give columns of one table."
        )
    is_unknown = np.isnan(value)
    odd = np.flatnonzero(~is_unknown & (value != 0) & (value != 1))
    if len(odd):
        raise DataError(
            f"Expected 0, 1 or missing as attainment. Found {len(odd)} other values, the first in "
            f"row {odd[0]} (from 0). Turn each status into attained or not."
        )
    pairs, inverse = np.unique(np.stack([client, wave]), axis=1, return_inverse=True)
    inverse = inverse.reshape(-1)
    n = pairs.shape[1]
    n_goals = np.bincount(inverse, minlength=n)
    n_unknown = np.bincount(inverse, weights=is_unknown, minlength=n).astype(np.int64)
    n_attained = np.bincount(inverse, weights=np.where(is_unknown, 0, value), minlength=n)
    known = n_goals - n_unknown
    is_enough = (n_unknown <= np.floor(max_missing * n_goals + 1e-9)) & (known > 0)
    proportions = np.full(n, np.nan)
    np.divide(n_attained, known, out=proportions, where=is_enough)
    return GoalAttainment(pairs[0], pairs[1], read_only(proportions), n_goals, n_unknown)


def _codes(values: ArrayLike) -> IntArray:
    given = np.asarray(values)
    if given.ndim != 1 or (given.dtype.kind not in "iu" and len(given)):
        raise DataError(
            "Expected whole-number codes of clients and waves, one for each goal. Found something "
            "else. Number clients and waves from 0."
        )
    codes: IntArray = given.astype(np.int64)
    if (codes < 0).any():
        raise DataError(
            "Expected codes of clients and waves from 0. Found negative ones, in "
            f"{np.count_nonzero(codes < 0)} rows. Leave out goals without client or wave."
        )
    return codes
