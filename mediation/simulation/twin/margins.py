"""Distributions of single columns from groups of people, never from one person's value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from mediation.arrays import Array
from mediation.simulation.twin.censored import Scale, on_grid
from mediation.simulation.twin.rounding import coarse, share_of, without_tails

# Groups at most so many, and of at least so many minimums: who joins a study moves everyone
# above to the next place, and means of small groups would show where that begins.
_MOST_GROUPS, _OF_GROUPS = 20, 4


@dataclass(frozen=True, slots=True)
class NumberMargin:
    """Distribution of a number, as means of groups of people in order of their values.

    Attributes
    ----------
    mean, sd : float
        After values beyond the `minimum`-th from either end were put there. Zero of too few.
    groups : tuple of float
        Means of groups of equal size, ascending, each of four times the minimum at least. With one
        group, values are normal.
    scale : Scale
    missing : float
        Share.
    """

    mean: float
    sd: float
    groups: tuple[float, ...]
    scale: Scale
    missing: float


@dataclass(frozen=True, slots=True)
class CategoryMargin:
    """Shares of the levels of a category.

    Attributes
    ----------
    levels : tuple of str
        Those of the manifest; or `level 1` and so on, since texts of data are not copied.
    shares : tuple of float
        Levels with fewer than the minimum, or none, have half the minimum over all: a figure
        that says nothing of them.
    missing : float
        Share.
    """

    levels: tuple[str, ...]
    shares: tuple[float, ...]
    missing: float


def number_margin(values: Array, scale: Scale, minimum: int) -> NumberMargin:
    """Describe the distribution of a number.

    Parameters
    ----------
    values : ndarray, shape (n,)
        NaN where missing.
    scale : Scale
    minimum : int
        Smallest cell.

    Returns
    -------
    NumberMargin

    Examples
    --------
    >>> margin = number_margin(np.arange(40.0), Scale(-np.inf, np.inf, 1.0), 5)
    >>> margin.groups
    (10.0, 30.0)
    """
    known = values[np.isfinite(values)]
    missing = share_of(len(values) - len(known), len(values), minimum)
    if len(known) < 2 * minimum:
        # Too few to take their ends off.
        return NumberMargin(0.0, 0.0, (0.0,), scale, missing)
    known = without_tails(known, minimum)
    sd = float(known.std(ddof=1))
    n_groups = max(1, min(_MOST_GROUPS, len(known) // (_OF_GROUPS * minimum)))
    groups = tuple(coarse(float(g.mean()), sd, len(known)) for g in np.array_split(known, n_groups))
    mean = coarse(float(known.mean()), sd, len(known))
    return NumberMargin(mean, coarse(sd, sd, len(known)), groups, scale, missing)


def draw_number(margin: NumberMargin, z: Array, u: Array) -> Array:
    """Draw values with a margin from standard normal and uniform deviates.

    Parameters
    ----------
    margin : NumberMargin
    z, u : ndarray, shape (n,)
        `z` says where in the distribution, `u` how the value is rounded.

    Returns
    -------
    ndarray, shape (n,)
        Spread evenly between the limits of groups: halfway to the next mean, at the ends
        as far beyond the mean as before it.
    """
    groups = np.array(margin.groups)
    if len(groups) == 1:
        values = margin.mean + margin.sd * z
    else:
        limits = (groups[1:] + groups[:-1]) / 2
        ends = (2 * groups[0] - limits[0], 2 * groups[-1] - limits[-1])
        edges = np.concatenate([ends[:1], limits, ends[1:]])
        values = np.interp(ndtr(z), np.linspace(0, 1, len(edges)), edges)
    return on_grid(np.clip(values, margin.scale.low, margin.scale.high), margin.scale, u)


def category_margin(
    counts: dict[str, int], n_missing: int, levels: tuple[str, ...], minimum: int
) -> CategoryMargin:
    """Describe the distribution of a category.

    Parameters
    ----------
    counts : dict of str to int
        People by level.
    n_missing : int
    levels : tuple of str
        Of the manifest; empty if it names none.
    minimum : int

    Returns
    -------
    CategoryMargin

    Examples
    --------
    >>> category_margin({"a": 150, "b": 150, "c": 3}, 0, ("a", "b", "c"), 5).shares
    (0.495, 0.495, 0.01)
    """
    total = sum(counts.values())
    if levels:
        known = [counts.get(level, 0) for level in levels]
    else:
        large = sorted((n for n in counts.values() if n >= minimum), reverse=True)
        known = large or [total]
        levels = tuple(f"level {k + 1}" for k in range(len(known)))
    shown = sum(n for n in known if n >= minimum)
    hidden = round(minimum / 2 / max(total, minimum), 2)
    n_hidden = sum(n < minimum for n in known)
    left = 1 - hidden * n_hidden if shown else 0.0
    shares = tuple(
        round(left * share_of(n, shown, minimum), 6) if n >= minimum else hidden for n in known
    )
    return CategoryMargin(levels, shares, share_of(n_missing, total + n_missing, minimum))


def draw_category(margin: CategoryMargin, u: Array) -> Array:
    """Draw the positions of levels from uniform deviates, shape (n,) -> (n,)."""
    shares = np.array(margin.shares)
    total = shares.sum()
    shares = shares / total if total > 0 else np.full(len(shares), 1 / len(shares))
    found = np.searchsorted(np.cumsum(shares), u, side="right")
    return np.minimum(found, len(shares) - 1).astype(float)
