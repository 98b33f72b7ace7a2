"""Do the fitted equations describe the data: residuals and cluster effects, as aggregates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from mediation.arrays import Array, IntArray, read_only
from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.residuals import EquationResiduals, residuals_of
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel
from mediation.sensitivity.diagnostics_values import (
    Diagnostics,
    EquationDiagnostics,
    FittedBins,
    QuantileBins,
    SpreadTest,
)

QUANTILE_BINS = 20
FITTED_BINS = 8
# Fewest people in a bin of fitted values: an SD of fewer says little.
IN_FITTED_BIN = 15
# Simulated sets of residuals behind a band: so many cells, within these limits.
SIMULATED_CELLS = 1_000_000
FEWEST, MOST = 100, 400
BAND = 0.95
# So many sets of normal residuals in a hundred have at most `QuantileBins.most_outside`.
SETS_WITHIN = 0.99


def diagnose(
    model: MediationModel,
    table: AnalysisTable | pd.DataFrame,
    engine: Engine,
    rng: np.random.Generator,
    *,
    minimum: int = 5,
) -> Diagnostics:
    """Look at what the equations of a model leave over, in bins of `minimum` people or more.

    Parameters
    ----------
    model : MediationModel
    table : AnalysisTable or DataFrame
        Rows that are not complete are left out.
    engine : Engine
        Residuals are those of `MixedModels` or `OLS`. For other engines they are those of
        `MixedModels()` (of `OLS()` without clusters) with the same equations.
    rng : numpy.random.Generator
        For the band that normal residuals would stay in.
    minimum : int
        Fewest people in a bin.

    Returns
    -------
    Diagnostics
        Aggregates alone: no number of one row.

    Raises
    ------
    SpecificationError, EstimationError
        As in `estimate`.

    References
    ----------
    Atkinson (1985), Plots, Transformations, and Regression, ch. 4 (simulated envelopes); Brown &
    Forsythe (1974), Journal of the American Statistical Association 69, 364-367.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=200)
    >>> m = x + rng.normal(size=200)
    >>> frame = pd.DataFrame({"x": x, "m": m, "y": m + rng.normal(size=200)})
    >>> found = diagnose(MediationModel("x", ("m",), "y"), frame, OLS(), rng)
    >>> [(each.response, len(each.quantiles.found)) for each in found.equations]
    [('m', 20), ('y', 20)]
    """
    frame = table.frame if isinstance(table, AnalysisTable) else table
    known = isinstance(engine, MixedModels | OLS)
    used = engine if isinstance(engine, MixedModels | OLS) else _substitute(model)
    fitted = residuals_of(model, frame, used)[:-1]
    normal = _normal_bins(len(fitted[0].residuals), minimum, rng)
    level = model.clusters[-1] if model.clusters else ""
    equations = tuple(_describe(each, normal, level, minimum) for each in fitted)
    return Diagnostics(used.label, not known, equations)


def _substitute(model: MediationModel) -> MixedModels | OLS:
    return MixedModels() if model.clusters else OLS()


def _describe(
    fitted: EquationResiduals,
    normal: NormalBins | None,
    level: str,
    minimum: int,
) -> EquationDiagnostics:
    residuals = fitted.residuals
    return EquationDiagnostics(
        label=fitted.label,
        response=fitted.response,
        n=len(residuals),
        sd=float(residuals.std(ddof=1)),
        skewness=float(stats.skew(residuals)),
        kurtosis=float(stats.kurtosis(residuals)),
        quantiles=None if normal is None else _quantiles(residuals, normal),
        spread=_spread(fitted, minimum),
        test=_spread_test(fitted, level) if level else None,
        effects=fitted.effects,
    )


class NormalBins(NamedTuple):
    """Bins of normal residuals: first places, mean quantiles, band, and how many leave it."""

    first: IntArray
    expected: Array
    low: Array
    high: Array
    expected_outside: float
    most_outside: int


def _normal_bins(n: int, minimum: int, rng: np.random.Generator) -> NormalBins | None:
    """Bins and band, once for all equations.

    The band is of independent normal numbers, standardised like residuals. Neighbouring bins leave
    it together, so how many do is counted in as many other sets.
    """
    n_bins = min(QUANTILE_BINS, n // max(minimum, 1))
    if n_bins < 2:
        return None
    first = np.arange(n_bins) * n // n_bins
    expected = _bin_means(stats.norm.ppf((np.arange(n) + 0.5) / n)[None], first)[0]
    n_simulated = min(MOST, max(FEWEST, SIMULATED_CELLS // n))
    found, again = (_simulated(n_simulated, n, first, rng) for _ in range(2))
    low, high = np.quantile(found, [(1 - BAND) / 2, (1 + BAND) / 2], axis=0)
    outside = np.sum((again < low) | (again > high), axis=1)
    most = np.quantile(outside, SETS_WITHIN, method="higher")
    return NormalBins(first, expected, low, high, float(outside.mean()), int(most))


def _simulated(n_sets: int, n: int, first: IntArray, rng: np.random.Generator) -> Array:
    draws = np.sort(_standardized(rng.standard_normal((n_sets, n))), axis=1)
    return _bin_means(draws, first)


def _bin_means(values: Array, first: IntArray) -> Array:
    sizes = np.diff(first, append=values.shape[1])
    means: Array = np.add.reduceat(values, first, axis=1) / sizes
    return means


def _standardized(values: Array) -> Array:
    centered = values - values.mean(axis=1, keepdims=True)
    scaled: Array = centered / centered.std(axis=1, ddof=1, keepdims=True)
    return scaled


def _quantiles(residuals: Array, normal: NormalBins) -> QuantileBins:
    found = _bin_means(np.sort(_standardized(residuals[None]), axis=1), normal.first)[0]
    return QuantileBins(
        expected=read_only(normal.expected),
        found=read_only(found),
        low=read_only(normal.low),
        high=read_only(normal.high),
        smallest=int(np.diff(normal.first, append=len(residuals)).min()),
        expected_outside=normal.expected_outside,
        most_outside=normal.most_outside,
    )


def _spread(fitted: EquationResiduals, minimum: int) -> FittedBins | None:
    n = len(fitted.fitted)
    n_bins = min(FITTED_BINS, n // max(minimum, IN_FITTED_BIN))
    if n_bins < 2:
        return None
    order = np.argsort(fitted.fitted, kind="stable")
    parts = np.array_split(order, n_bins)
    return FittedBins(
        fitted=read_only([fitted.fitted[part].mean() for part in parts]),
        means=read_only([fitted.residuals[part].mean() for part in parts]),
        sds=read_only([fitted.residuals[part].std(ddof=1) for part in parts]),
        smallest=min(map(len, parts)),
    )


def _spread_test(fitted: EquationResiduals, level: str) -> SpreadTest | None:
    sizes = np.bincount(fitted.codes)
    groups = [fitted.residuals[fitted.codes == k] for k in np.flatnonzero(sizes >= 3)]
    if len(groups) < 2:
        return None
    found = stats.levene(*groups, center="median")
    sds = [group.std(ddof=1) for group in groups if len(group) >= IN_FITTED_BIN]
    return SpreadTest(
        level=level,
        n_clusters=len(groups),
        statistic=float(found.statistic),
        df_between=len(groups) - 1,
        df_within=sum(map(len, groups)) - len(groups),
        p_value=float(found.pvalue),
        ratio=float(max(sds) / min(sds)) if len(sds) > 1 else float("nan"),
    )
