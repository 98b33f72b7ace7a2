"""Adjustment of p-values for several outcomes."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array


def adjust_holm(p_values: Array) -> Array:
    """Holm-adjusted p-values; missing ones stay missing and do not count.

    Parameters
    ----------
    p_values : ndarray, shape (n_tests,)

    Returns
    -------
    ndarray, shape (n_tests,)

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> adjust_holm(np.array([0.01, 0.04, np.nan, 0.03])).round(2).tolist()
    [0.03, 0.06, nan, 0.06]
    """
    from statsmodels.stats.multitest import multipletests

    adjusted = np.full(len(p_values), np.nan)
    known = ~np.isnan(p_values)
    if known.any():
        adjusted[known] = multipletests(p_values[known], method="holm")[1]
    return adjusted
