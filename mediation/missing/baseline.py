"""Clients not interviewed at a wave beside those interviewed: one variable at baseline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.missing.patterns import is_small, pool_small_cells


@dataclass(frozen=True, slots=True)
class Group:
    """One of two groups of clients, on one variable.

    Attributes
    ----------
    n : int
        Clients with a value, or the fewest there may be if `n_is_exact` is false: how many lack
        a value would be a small count.
    n_is_exact : bool
    mean : float
        Of a level of a category the share of clients who have it.
    sd : float
        NaN for a level.
    """

    n: int
    n_is_exact: bool
    mean: float
    sd: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Clients not interviewed at a wave beside those interviewed, on one variable at baseline.

    Attributes
    ----------
    wave : float
    variable : str
        The linked predictor, `<score>_0` or a column of the clients.
    level : str or None
        Of a category; empty for levels pooled, None for a number.
    interviewed, missed : Group
    difference : float
        Standardized, missed less interviewed; NaN where neither group varies.
    """

    wave: float
    variable: str
    level: str | None
    interviewed: Group
    missed: Group
    difference: float


def standardized_difference(
    mean: float, other_mean: float, variance: float, other_variance: float
) -> float:
    """Give a difference of means in standard deviations, of both groups alike.

    The variance of a share p is p (1 - p).

    Parameters
    ----------
    mean, other_mean : float
    variance, other_variance : float
        Their mean is the square of the unit, whatever the sizes of the groups.

    Returns
    -------
    float
        `mean` less `other_mean`; NaN if both variances are zero.

    Notes
    -----
    Austin (2009), Statistics in Medicine 28, 3083, doi:10.1002/sim.3697, section 3.1.

    Examples
    --------
    >>> standardized_difference(12.0, 10.0, 9.0, 7.0).__round__(4)
    0.7071
    >>> standardized_difference(0.5, 0.2, 0.5 * 0.5, 0.2 * 0.8).__round__(4)
    0.6626
    """
    unit = math.sqrt((variance + other_variance) / 2)
    return (mean - other_mean) / unit if unit > 0 else math.nan


def compare(
    column: pd.Series, held: BoolArray, waves: tuple[float, ...], minimum: int
) -> tuple[Comparison, ...]:
    """Compare clients not interviewed with those interviewed, wave by wave.

    Parameters
    ----------
    column : Series, n_clients values
        Numbers, or a Categorical; its name is the name of the variable.
    held : ndarray of bool, shape (n_clients, n_waves)
        Whether a client was interviewed.
    waves : tuple of float
    minimum : int
        Waves are left out, the early ones first, and levels pooled, where a group or its change
        from one wave to another is smaller.

    Returns
    -------
    tuple of Comparison
        By wave, then by level. Of two levels only one: the other is its mirror image.

    Examples
    --------
    >>> ages = pd.Series([20.0, 30.0, 40.0, 50.0, 30.0, 40.0], name="age")
    >>> held = np.array([[True], [True], [False], [False], [True], [False]])
    >>> [row] = compare(ages, held, (6.0,), 3)
    >>> row.interviewed.n, row.missed.mean.__round__(1), row.difference.__round__(2)
    (3, 43.3, 2.89)
    """
    known = column.notna().to_numpy(dtype=bool)
    levels: list[str | None] = [None]
    members = known[:, None]
    if isinstance(column.dtype, pd.CategoricalDtype):
        levels = [str(level) for level in column.cat.categories]
        members = np.column_stack([(column == level).to_numpy(bool) for level in levels])
    shown, pooled = _shown(members, held, minimum)
    if not shown:
        return ()
    levels = [level for level, is_in in zip(levels, pooled, strict=True) if not is_in]
    if pooled.any():
        levels.append("")
        members = np.column_stack([members[:, ~pooled], members[:, pooled].any(axis=1)])
    is_exact = not is_small(_cells(~known[:, None], held[:, shown]), minimum).any()
    rows: list[Comparison] = []
    told = list(zip(levels, members.T, strict=True))
    if len(levels) == 2:
        # The first level is the reference, unless the second is a pool.
        told = told[1:] if levels[1] else told[:1]
    for w in sorted(shown):
        for level, is_member in told:
            values = column.to_numpy(float) if level is None else is_member.astype(float)
            groups = [
                _group(values, known & who, int(who.sum()), None if is_exact else minimum, level)
                for who in (held[:, w], ~held[:, w])
            ]
            spread = [g.sd**2 if level is None else g.mean * (1 - g.mean) for g in groups]
            seen, missed = groups
            gap = standardized_difference(missed.mean, seen.mean, spread[1], spread[0])
            rows.append(Comparison(waves[w], str(column.name), level, seen, missed, gap))
    return tuple(rows)


def _group(
    values: Array, chosen: BoolArray, n_all: int, minimum: int | None, level: str | None
) -> Group:
    n = int(chosen.sum()) if minimum is None else max(minimum, n_all - minimum + 1)
    sd = float(np.std(values[chosen], ddof=1)) if level is None else math.nan
    return Group(n, minimum is None, float(np.mean(values[chosen])), sd)


def _shown(members: BoolArray, held: BoolArray, minimum: int) -> tuple[list[int], BoolArray]:
    """Choose the waves to show, later ones first, and the levels to pool at all of them."""
    shown: list[int] = []
    pooled: BoolArray = np.zeros(members.shape[1], dtype=bool)
    is_number = members.shape[1] == 1
    known = np.asarray(members.any(axis=1))[:, None]
    for w in range(held.shape[1] - 1, -1, -1):
        sizes = _cells(known, held[:, [w]])
        if np.any(sizes < minimum):
            continue
        tried = pool_small_cells(_cells(members, held[:, [w, *shown]]), minimum)
        if tried.all() or (is_number and tried.any()):
            continue
        shown, pooled = [w, *shown], tried
    return shown, pooled


def _cells(members: BoolArray, held: BoolArray) -> IntArray:
    """Count what tables of several waves give away of each level.

    Returns
    -------
    ndarray of int, shape (n_levels, n_cells)
        At each wave clients interviewed and not; for each two waves those interviewed at one
        of them alone, since a small change makes means of the few who changed.
    """
    pairs = combinations(range(held.shape[1]), 2)
    changed = [held[:, one] != held[:, other] for one, other in pairs]
    cells = [*held.T, *(~held).T, *changed]
    counts: IntArray = np.stack([(members & who[:, None]).sum(axis=0) for who in cells], axis=1)
    return counts
