"""What is kept of the residuals and cluster effects of a model: aggregates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.residuals import ClusterEffects


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class QuantileBins:
    """Residuals against normal quantiles, as means of bins of neighbouring residuals.

    Attributes
    ----------
    expected : ndarray, shape (n_bins,)
        Mean normal quantile of the bin.
    found : ndarray, shape (n_bins,)
        Mean residual, in SD of the residuals.
    low, high : ndarray, shape (n_bins,)
        Between these limits 95% of as many independent normal residuals would lie, bin by bin.
    smallest : int
        People in the smallest bin.
    expected_outside : float
        Mean number of bins outside the band in simulated sets of normal residuals.
    most_outside : int
        99 in 100 of these sets have at most so many.
    """

    expected: Array
    found: Array
    low: Array
    high: Array
    smallest: int
    expected_outside: float
    most_outside: int

    @property
    def n_outside(self) -> int:
        """Bins outside the band."""
        return int(np.sum((self.found < self.low) | (self.found > self.high)))

    @property
    def is_bent(self) -> bool:
        """Whether more bins lie outside than in 99 of 100 sets of normal residuals."""
        return self.n_outside > self.most_outside


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class FittedBins:
    """Residuals against fitted values, in bins of neighbouring fitted values.

    Attributes
    ----------
    fitted, means, sds : ndarray, shape (n_bins,)
        Mean fitted value, mean and SD of the residuals, in units of the equation's outcome.
    smallest : int
        People in the smallest bin.
    """

    fitted: Array
    means: Array
    sds: Array
    smallest: int


@dataclass(frozen=True, slots=True)
class SpreadTest:
    """Whether residuals of clusters differ in spread: Brown & Forsythe's test.

    Attributes
    ----------
    level : str
    n_clusters : int
        With three rows or more.
    statistic, df_between, df_within, p_value : float
        One-way analysis of variance of the distances from the median of the cluster.
    ratio : float
        Largest SD of a cluster over the smallest, of clusters with 15 rows or more;
        NaN if there are fewer than two.
    """

    level: str
    n_clusters: int
    statistic: float
    df_between: int
    df_within: int
    p_value: float
    ratio: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EquationDiagnostics:
    """What is left over by one equation, as aggregates.

    Attributes
    ----------
    label, response : str
    n : int
        Rows.
    sd, skewness, kurtosis : float
        Of the residuals; kurtosis is zero for a normal distribution.
    quantiles : QuantileBins or None
        None with fewer people than two bins hold; so is `spread`.
    spread : FittedBins or None
    test : SpreadTest or None
        None without clusters of three rows or more.
    effects : tuple of ClusterEffects
        For every level, outermost first.
    """

    label: str
    response: str
    n: int
    sd: float
    skewness: float
    kurtosis: float
    quantiles: QuantileBins | None
    spread: FittedBins | None
    test: SpreadTest | None
    effects: tuple[ClusterEffects, ...]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Diagnostics:
    """What is left over by the equations of a model.

    Attributes
    ----------
    engine : str
        The engine behind the residuals, in words.
    is_substitute : bool
        Whether the model was estimated by another one, whose residuals row by row are not known.
    equations : tuple of EquationDiagnostics
        Of the mediators and of the outcome.
    """

    engine: str
    is_substitute: bool
    equations: tuple[EquationDiagnostics, ...]

    def to_frame(self) -> pd.DataFrame:
        """One row for each equation.

        Returns
        -------
        DataFrame
            Columns `equation, n, sd, skewness, kurtosis, bins, bins_outside, statistic,
            df_between, df_within, p_value, ratio`.
        """
        return pd.DataFrame(
            {
                "equation": each.label,
                "n": each.n,
                "sd": each.sd,
                "skewness": each.skewness,
                "kurtosis": each.kurtosis,
                "bins": 0 if each.quantiles is None else len(each.quantiles.found),
                "bins_outside": 0 if each.quantiles is None else each.quantiles.n_outside,
                **{
                    name: np.nan if each.test is None else getattr(each.test, name)
                    for name in ("statistic", "df_between", "df_within", "p_value", "ratio")
                },
            }
            for each in self.equations
        )
