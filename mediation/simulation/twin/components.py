"""Variances between nested clusters, and correlations inside them."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray


def nested_variances(values: Array, codes: tuple[IntArray, ...], least: int) -> tuple[float, ...]:
    """Estimate the variance of each level of nested clusters.

    The mean product of two values that share a cluster of one level and none further in is an
    unbiased estimate of the sum of the variances of that level and those further out.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Residuals with mean zero.
    codes : tuple of ndarray, shape (n,) each
        Clusters, outermost first, each nested in the one before.
    least : int
        A level with fewer clusters has no estimate: its variance is left to the next one in.

    Returns
    -------
    tuple of float, length len(codes) + 1
        None is negative; the last is what is left inside the innermost clusters.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> team = np.repeat(np.arange(2000), 5)
    >>> values = 2 * rng.standard_normal(2000)[team] + rng.standard_normal(10000)
    >>> [round(v, 1) for v in nested_variances(values, (team,), 5)]
    [4.0, 1.0]
    """
    total = float(np.mean(values**2)) if len(values) else 0.0
    reached, variances = 0.0, []
    for position, code in enumerate(codes):
        inner = codes[position + 1] if position + 1 < len(codes) else np.arange(len(values))
        shared = _mean_product(values, code, inner)
        if len(np.unique(code)) < least or not np.isfinite(shared):
            variances.append(0.0)
            continue
        now = float(np.clip(shared, reached, total))
        variances.append(now - reached)
        reached = now
    return (*variances, total - reached)


def correlation_inside(x: Array, y: Array, code: IntArray) -> tuple[float, int]:
    """Correlate what two variables have inside clusters, pooled over interviews.

    Parameters
    ----------
    x : ndarray, shape (n_clients, n_waves)
        NaN where missing.
    y : ndarray, shape (n_clients, n_waves or 1)
    code : ndarray, shape (n_clients,)
        Cluster of each client; a cluster with one client at a wave says nothing there.

    Returns
    -------
    correlation : float
        Of deviations from the means of the cluster at the wave; zero without any.
    n : int
        Clients behind it.

    Examples
    --------
    >>> x = np.array([[1.0], [2.0], [7.0], [8.0], [9.0]])
    >>> y = np.array([[5.0], [4.0], [9.0], [8.0], [1.0]])
    >>> correlation, n = correlation_inside(x, y, np.array([0, 0, 1, 1, 2]))
    >>> round(correlation, 6), n
    (-1.0, 4)
    """
    y = np.broadcast_to(y, x.shape)
    client, wave = np.nonzero(np.isfinite(x) & np.isfinite(y))
    cell = np.unique(code[client] * x.shape[1] + wave, return_inverse=True)[1].ravel()
    size = np.bincount(cell)
    n = len(np.unique(client[size[cell] > 1]))
    left, right = (
        v - (np.bincount(cell, v) / size)[cell] for v in (x[client, wave], y[client, wave])
    )
    spread = float(left @ left * (right @ right)) ** 0.5
    return (float(left @ right) / spread if spread > 0 else 0.0), n


def _mean_product(values: Array, outer: IntArray, inner: IntArray) -> float:
    """Mean product over pairs in one outer cluster and in different inner ones."""
    outer_sum = np.bincount(outer, values) if len(values) else np.zeros(0)
    pairs = np.unique(np.column_stack([outer, inner]), axis=0, return_inverse=True)[1].ravel()
    inner_sum, inner_n = np.bincount(pairs, values), np.bincount(pairs)
    n_pairs = float(np.sum(np.bincount(outer).astype(float) ** 2) - np.sum(inner_n**2.0))
    if n_pairs <= 0:
        return float("nan")
    return float((np.sum(outer_sum**2) - np.sum(inner_sum**2)) / n_pairs)
