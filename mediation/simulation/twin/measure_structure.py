"""Aggregates of who is in a study and when: clusters, dates, columns of the clients."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from mediation.arrays import Array, IntArray
from mediation.simulation.twin.aggregates import LevelSizes, Schedule
from mediation.simulation.twin.censored import Scale, censored_moments
from mediation.simulation.twin.margins import (
    CategoryMargin,
    NumberMargin,
    category_margin,
    number_margin,
)
from mediation.simulation.twin.panel import Panel
from mediation.simulation.twin.rounding import (
    coarse,
    coarse_correlation,
    published,
    without_tails,
)
from mediation.study.entries import Clock
from mediation.study.manifest import ENROLLED

_MOST_DECIMALS = 3


def measure_levels(panel: Panel, minimum: int) -> tuple[LevelSizes, ...]:
    """Count clusters of each level, with mean and SD of their clients."""
    found = []
    for name, codes in zip(panel.levels, panel.codes, strict=True):
        sizes = np.bincount(codes)
        spread = float(sizes.std(ddof=1)) if len(sizes) >= minimum else 0.0
        mean = published(float(sizes.mean()))
        found.append(LevelSizes(name, len(sizes), mean, published(spread, 2)))
    return tuple(found)


def measure_schedule(panel: Panel, minimum: int) -> Schedule:
    """Describe dates by means and SDs over at least the minimum of clusters or clients."""
    months = panel.assessments.months
    known = np.isfinite(months)
    usable = known.sum(axis=0) >= minimum
    months, known = months[:, usable], known[:, usable]
    reference = float(np.nanmean(months[:, 0]))
    # One interview far too late would show in an SD.
    enrolled = without_tails(panel.enrolled - reference, minimum)
    off = panel.dates - panel.enrolled[:, None] - np.array(panel.layout.waves)
    if ENROLLED not in panel.units:
        off[:, 0] = 0.0
    later = without_tails(off.ravel(), minimum)
    by_wave = [without_tails(column, minimum) for column in off.T]
    by_wave = [column if len(column) else later for column in by_wave]
    linkage = panel.layout.manifest.linkage
    on_dates = linkage is not None and linkage.clock is Clock.DATE
    return Schedule(
        rounds=tuple(round(float(m), 1) for m in np.nanmean(months, axis=0) - reference),
        round_sds=tuple(round(float(s), 1) for s in np.nanstd(months, axis=0)),
        round_shares=tuple(round(float(s), 2) for s in known.mean(axis=0)),
        enrolled_mean=round(float(enrolled.mean()), 1) if len(enrolled) else 0.0,
        enrolled_sd=round(float(enrolled.std()), 1) if len(enrolled) else 0.0,
        deviations=tuple(round(float(c.mean()), 1) if len(c) else 0.0 for c in by_wave),
        deviation_sds=tuple(_normal_sd(c, minimum) for c in by_wave),
        origin=0.0 if on_dates else round(reference),
    )


def _normal_sd(trimmed: Array, minimum: int) -> float:
    """SD of the normal variable of which these are values, tails put on the minimum-th."""
    n = len(trimmed)
    if n == 0:
        return 0.0
    cut = float(ndtri(1 - (minimum - 0.5) / n))
    kept = censored_moments(np.zeros(1), 1.0, Scale(-cut, cut, 0.0))[1][0] ** 0.5
    sd = float(trimmed.std() / kept)
    return coarse(sd, sd, n)


def resolution(values: Array) -> float:
    """Smallest power of ten, at most 1, of which all values are multiples; 0.001 at least."""
    known = values[np.isfinite(values)]
    for decimals in range(_MOST_DECIMALS):
        if np.allclose(known, np.round(known, decimals), rtol=0, atol=1e-9):
            return float(10.0**-decimals)
    return float(10.0**-_MOST_DECIMALS)


def number_columns(panel: Panel) -> dict[str, Array]:
    """Columns of the clients that are numbers, shape (n_clients,) each."""
    layout = panel.layout
    return {
        name: panel.units[name].to_numpy(dtype=float)
        for name in layout.covariates
        if not layout.is_category(name)
    }


def units_behind(panel: Panel, name: str) -> IntArray:
    """Rows of the clients whose values of a column count: one for each cluster that shares one."""
    level = dict(measure_constant(panel)).get(name)
    if level is None:
        return np.arange(len(panel.units))
    return np.unique(panel.codes[panel.levels.index(level)], return_index=True)[1]


def measure_numbers(panel: Panel, minimum: int) -> tuple[tuple[str, NumberMargin], ...]:
    """Describe the numbers of the clients; over clusters those that clusters share."""
    found = []
    for name, values in number_columns(panel).items():
        own = values[units_behind(panel, name)]
        scale = panel.layout.scale(name, resolution(values))
        found.append((name, number_margin(own, scale, minimum)))
    return tuple(found)


def measure_categories(panel: Panel, minimum: int) -> tuple[tuple[str, CategoryMargin], ...]:
    """Describe the categories of the clients, likewise."""
    layout, found = panel.layout, []
    for name in layout.covariates:
        if layout.is_category(name):
            own = panel.units[name].iloc[units_behind(panel, name)]
            counts = {str(k): int(n) for k, n in own.value_counts().items()}
            levels = layout.manifest.variable(name).levels
            margin = category_margin(counts, int(own.isna().sum()), levels, minimum)
            found.append((name, margin))
    return tuple(found)


def measure_constant(panel: Panel) -> tuple[tuple[str, str], ...]:
    """Find columns of the clients that have one value in each cluster of a level."""
    found = []
    for name in panel.layout.covariates:
        values = pd.Series(pd.factorize(panel.units[name], use_na_sentinel=False)[0])
        if values.nunique() < 2:
            continue
        for level, codes in zip(panel.levels, panel.codes, strict=True):
            sizes = np.bincount(codes)
            if sizes.max() > 1 and values.groupby(codes).nunique().max() == 1:
                found.append((name, level))
                break
    return tuple(found)


def correlation_matrix(columns: list[Array], least: int) -> tuple[tuple[float, ...], ...]:
    """Correlate columns over the rows that have both, in two decimals at most.

    Parameters
    ----------
    columns : list of ndarray, shape (n,) each
    least : int
        A correlation of fewer rows is given as zero.

    Returns
    -------
    tuple of tuple of float
        Drawn toward zero as far as needed to be a correlation matrix.
    """
    n = len(columns)
    if n == 0:
        return ()
    matrix = np.eye(n)
    for i in range(n):
        for j in range(i):
            both = np.isfinite(columns[i]) & np.isfinite(columns[j])
            x, y = columns[i][both], columns[j][both]
            if both.sum() >= least and x.std() > 0 and y.std() > 0:
                found = float(np.corrcoef(x, y)[0, 1])
                matrix[i, j] = matrix[j, i] = coarse_correlation(found, int(both.sum()))
    return positive(matrix)


def positive(matrix: Array) -> tuple[tuple[float, ...], ...]:
    """Draw correlations toward zero until no combination has a negative variance."""
    for share in np.arange(1.0, -0.05, -0.05):
        shrunk = np.round(share * matrix, 2)
        np.fill_diagonal(shrunk, 1.0)
        if np.linalg.eigvalsh(shrunk).min() > 0.01:
            break
    return tuple(tuple(float(v) for v in row) for row in shrunk)


def measure_number_correlations(panel: Panel, least: int) -> tuple[tuple[float, ...], ...]:
    """Correlate the ranks of the numbers of the clients."""
    ranked = []
    for values in number_columns(panel).values():
        ranks = np.full(len(values), np.nan)
        known = np.isfinite(values)
        ranks[known] = rankdata(values[known])
        ranked.append(ranks)
    return correlation_matrix(ranked, least)
