"""How well items hang together, over all rows and at each level of clusters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mediation.arrays import Array, read_only
from mediation.errors import DataError, SpecificationError
from mediation.instruments.coefficients import (
    Coefficient,
    CoefficientStatus,
    estimate_alpha,
    estimate_omega,
    undefined,
)
from mediation.instruments.intraclass import Intraclass, of_mean_squares
from mediation.instruments.moments import (
    ItemSums,
    covariance_of,
    level_moments,
    number_clusters,
    sum_items,
)


@dataclass(frozen=True, slots=True, eq=False)
class LevelReliability:
    """Reliability within and between clusters.

    Attributes
    ----------
    intraclass : Intraclass
        Of the sum of the items.
    alpha_within, omega_within, alpha_between, omega_between : Coefficient
    """

    intraclass: Intraclass
    alpha_within: Coefficient
    omega_within: Coefficient
    alpha_between: Coefficient
    omega_between: Coefficient


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Reliability:
    """Reliability of a scale of k items in the rows that answered all of them.

    Attributes
    ----------
    n_rows, n_incomplete : int
        Complete rows, which everything here is estimated from, and the others.
    conf_level : float
    alpha, omega : Coefficient
        Over all rows; their intervals take the rows as independent.
    mean_inter_item : float
        Mean correlation of two items, without constant items.
    item_rest : ndarray (k,)
        Correlation of each item with the sum of the others.
    alpha_dropped : ndarray (k,)
        Alpha of the other items.
    levels : LevelReliability or None
        None if no clusters were given.
    """

    n_rows: int
    n_incomplete: int
    conf_level: float
    alpha: Coefficient
    omega: Coefficient
    mean_inter_item: float
    item_rest: Array
    alpha_dropped: Array
    levels: LevelReliability | None

    @property
    def against_the_rest(self) -> tuple[int, ...]:
        """Positions of items that go against the others: perhaps they must be reversed."""
        return tuple(int(i) for i in np.flatnonzero(self.item_rest < 0))


def estimate_reliability(
    items: ArrayLike, clusters: ArrayLike | None = None, conf_level: float = 0.95
) -> Reliability:
    """Estimate the reliability of a scale.

    Parameters
    ----------
    items : array_like (n, k)
        Responses with reversed items turned, as `turn` gives them; NaN is missing. Rows with a
        missing item are left out.
    clusters : array_like (n,), optional
        Whole-number codes from 0 of each row's cluster.
    conf_level : float

    Returns
    -------
    Reliability

    Raises
    ------
    DataError
        If `items` is no table of numbers, or clusters do not go with it.
    SpecificationError
        If `conf_level` is not between 0 and 1.

    References
    ----------
    Geldhof, Preacher & Zyphur (2014), Psychological Methods 19, 72-91: coefficients at each level,
    here from pooled within and between covariance matrices. Others at `estimate_alpha`,
    `estimate_omega` and `intraclass`.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> items = rng.normal(size=(500, 1)) + rng.normal(size=(500, 4))
    >>> found = estimate_reliability(items, clusters=np.repeat(np.arange(50), 10))
    >>> round(found.alpha.value, 2), round(found.omega.value, 2)
    (0.78, 0.78)
    >>> found.levels.omega_between.status.name
    'NO_BETWEEN_VARIANCE'
    """
    if not 0 < conf_level < 1:
        raise SpecificationError(
            f"`conf_level` must lie between 0 and 1. Found {conf_level:g}. Write for example 0.95."
        )
    table = _table(items)
    codes = None if clusters is None else number_clusters(clusters, len(table))
    sums = sum_items(table, codes)
    n, covariance = sums.n_rows, covariance_of(sums)
    if n > 1:
        alpha = estimate_alpha(covariance, n - 1, conf_level)
        # The covariance matrix of n rows has rank n - 1 at most.
        omega = estimate_omega(covariance, n, conf_level)
    else:
        alpha = omega = undefined(CoefficientStatus.TOO_FEW_ROWS)
    levels = None if codes is None else _at_levels(sums, conf_level)
    return Reliability(
        n, sums.n_incomplete, conf_level, alpha, omega, _mean_inter_item(covariance),
        read_only(_item_rest(covariance)), read_only(_alpha_dropped(covariance)), levels,
    )  # fmt: skip


def _table(items: ArrayLike) -> Array:
    given = np.asarray(items)
    if given.ndim != 2 or given.shape[1] < 1 or given.dtype.kind not in "fiub":
        raise DataError(
            f"Expected a table of numbers with a column for each item. Found an array of shape "
            f"{given.shape}. Give rows of item responses, NaN where one is missing."
        )
    return given


def _at_levels(sums: ItemSums, conf_level: float) -> LevelReliability:
    n, n_clusters = sums.n_rows, len(sums.sizes)
    if n_clusters < 2 or n == n_clusters:
        is_one = n_clusters < 2
        status = CoefficientStatus.TOO_FEW_CLUSTERS if is_one else CoefficientStatus.TOO_FEW_ROWS
        nan, none = float("nan"), undefined(status)
        return LevelReliability(Intraclass(nan, nan, n, n_clusters, nan), none, none, none, none)
    moments = level_moments(sums)
    df = n - n_clusters
    ms_within = float(moments.within.sum())
    ms_between = float(moments.between.sum()) * moments.mean_size + ms_within
    return LevelReliability(
        of_mean_squares(ms_between, ms_within, n, n_clusters, moments.mean_size),
        estimate_alpha(moments.within, df, conf_level),
        estimate_omega(moments.within, df, conf_level),
        _alpha_between(moments.between),
        _omega_between(moments.between, n_clusters),
    )


def _is_without_variance(between: Array) -> bool:
    return bool(between.sum() <= 0 or (np.diag(between) <= 0).any())


def _alpha_between(between: Array) -> Coefficient:
    if _is_without_variance(between):
        return undefined(CoefficientStatus.NO_BETWEEN_VARIANCE)
    return estimate_alpha(between, None)


def _omega_between(between: Array, n_clusters: int) -> Coefficient:
    if len(between) < 3:
        return undefined(CoefficientStatus.TOO_FEW_ITEMS)
    if n_clusters <= len(between):
        return undefined(CoefficientStatus.TOO_FEW_CLUSTERS)
    if _is_without_variance(between):
        return undefined(CoefficientStatus.NO_BETWEEN_VARIANCE)
    found = estimate_omega(between, None)
    if found.status is CoefficientStatus.REPEATED_ITEM:
        return undefined(CoefficientStatus.BETWEEN_NOT_POSITIVE)
    return found


def _mean_inter_item(covariance: Array) -> float:
    """Mean correlation of two different items that vary."""
    varies = np.diag(covariance) > 0
    if np.count_nonzero(varies) < 2:
        return float("nan")
    kept = covariance[np.ix_(varies, varies)]
    scale = np.sqrt(np.diag(kept))
    correlation = kept / np.outer(scale, scale)
    return float(correlation[~np.eye(len(kept), dtype=bool)].mean())


def _item_rest(covariance: Array) -> Array:
    """Correlation of each item with the sum of the others, NaN where one of them is constant."""
    with_all, variances = covariance.sum(axis=1), np.diag(covariance)
    of_rest = covariance.sum() - 2 * with_all + variances
    scale = np.sqrt(np.maximum(variances * of_rest, 0))
    found = np.full(len(covariance), np.nan)
    np.divide(with_all - variances, scale, out=found, where=scale > 0)
    return found


def _alpha_dropped(covariance: Array) -> Array:
    """Alpha of the items without each, NaN with fewer than three."""
    k = len(covariance)
    found = np.full(k, np.nan)
    if k < 3:
        return found
    of_rest = covariance.sum() - 2 * covariance.sum(axis=1) + np.diag(covariance)
    traces = np.trace(covariance) - np.diag(covariance)
    share = np.full(k, np.nan)
    np.divide(traces, of_rest, out=share, where=of_rest > 0)
    return (k - 1) / (k - 2) * (1 - share)
