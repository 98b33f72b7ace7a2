"""Aggregates of fidelity: level, trend and spread, never the scores of a cluster."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.aggregates import FidelityScore
from mediation.simulation.twin.components import nested_variances
from mediation.simulation.twin.measure_structure import resolution
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import published, share_of


def measure_fidelity(panel: Panel, minimum: int) -> tuple[FidelityScore, ...]:
    """Describe every score of the fidelity table.

    Parameters
    ----------
    panel : Panel
    minimum : int

    Returns
    -------
    tuple of FidelityScore
        The predictor first.
    """
    return tuple(
        _one(panel, name, values, minimum) for name, values in panel.assessments.scores.items()
    )


def _one(panel: Panel, name: str, values: Array, minimum: int) -> FidelityScore:
    months = panel.assessments.months
    held = np.isfinite(months)
    known = held & np.isfinite(values)
    cluster = np.nonzero(known)[0].astype(np.int64)
    t = months[known] - float(np.nanmean(months[:, 0]))
    y = values[known]
    spans = np.fmax.reduce(values, axis=1) - np.fmin.reduce(values, axis=1)
    changes = bool((spans > 0).any())
    # A curve needs three rounds, a slope two.
    degree = min(int(known.sum(axis=0).astype(bool).sum()) - 1, 2) if changes else 0
    powers = np.stack([t**k for k in range(degree + 1)], axis=1)
    trend = np.linalg.lstsq(powers, y, rcond=None)[0]
    left = y - powers @ trend
    sd_slope = _slope_sd(t, left, cluster) if degree > 0 else 0.0
    names, codes = _outer(panel)
    codes = (*(code[cluster] for code in codes), cluster)
    variances = nested_variances(left, codes, minimum)
    slope_part = sd_slope**2 * float(np.mean((t - t.mean()) ** 2))
    occasion = max(variances[-1] - slope_part, 0.0) if changes else 0.0
    return FidelityScore(
        name=name,
        scale=panel.layout.scale(name, resolution(y)),
        level=published(float(trend[0])),
        slope=published(float(trend[1]) if degree > 0 else 0.0),
        curve=published(float(trend[2]) if degree > 1 else 0.0),
        sd_levels=tuple(
            (level, published(v**0.5, 2)) for level, v in zip(names, variances, strict=False)
        ),
        sd_slope=published(sd_slope, 2),
        sd_occasion=published(occasion**0.5, 2),
        changes=changes,
        missing=share_of(int((held & ~known).sum()), int(held.sum()), minimum),
    )


def _outer(panel: Panel) -> tuple[tuple[str, ...], tuple[IntArray, ...]]:
    """Names of the levels down to the scored one, and the outer clusters of each scored one."""
    depth = panel.levels.index(panel.layout.scored_level)
    # Assessments number the scored clusters in order of their first client.
    first = panel.units.drop_duplicates(panel.layout.scored_level).index.to_numpy()
    return panel.levels[: depth + 1], tuple(codes[first] for codes in panel.codes[:depth])


def _slope_sd(t: Array, left: Array, cluster: IntArray) -> float:
    """SD of the clusters' own slopes on time beyond their sampling error.

    Each slope has the variance sd_slope^2 + sigma^2 / S, S the sum of squares of t in the
    cluster and sigma^2 the pooled residual variance; the excess is averaged over clusters.
    """
    excess, sums, residual, df = [], [], 0.0, 0
    for one in np.unique(cluster):
        own = cluster == one
        if own.sum() < 3:
            continue
        x, y = t[own] - t[own].mean(), left[own] - left[own].mean()
        square = float(x @ x)
        slope = float(x @ y) / square
        excess.append(slope**2)
        sums.append(square)
        residual += float(np.sum((y - slope * x) ** 2))
        df += int(own.sum()) - 2
    if len(excess) < 3 or df == 0:
        return 0.0
    noise = residual / df * float(np.mean(1 / np.array(sums)))
    return float(max(float(np.mean(excess)) - noise, 0.0) ** 0.5)
