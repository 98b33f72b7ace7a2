"""Least squares slopes of each cluster, and the test that all are alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from mediation.arrays import Array, read_only
from mediation.errors import EstimationError
from mediation.sensitivity.slopes_criterion import SlopeData

# Spread inside clusters below which a standardised column is constant there.
CONSTANT = 1e-12


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OwnSlopes:
    """The slope of the outcome on the mediator in each cluster, covariates held alike.

    Attributes
    ----------
    values, std_errors : ndarray, shape (n_clusters,)
        NaN where the mediator does not vary inside a cluster.
    q : float
        Cochran's heterogeneity statistic with the pooled residual variance.
    df : int
        Clusters with a slope, less one.
    df_residual : int
    p_value : float
        Of F = q / df with `df` and `df_residual` degrees of freedom.
    i_squared : float
        max(0, 1 - df / q), the share of the spread of the slopes that is not sampling error.
    """

    values: Array
    std_errors: Array
    q: float
    df: int
    df_residual: int
    p_value: float
    i_squared: float

    def __post_init__(self) -> None:
        for name in ("values", "std_errors"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def t_quantile(self, conf_level: float) -> float:
        """Give the quantile of t that turns standard errors into limits of a level."""
        return float(stats.t.ppf(0.5 + conf_level / 2, self.df_residual))


def own_slopes(data: SlopeData) -> OwnSlopes:
    """Regress y inside each cluster on the mediator, with one slope for each other column.

    With an intercept and a slope for every cluster this is the analysis of covariance whose test
    of parallel slopes is exact for normal residuals of one variance.

    Parameters
    ----------
    data : SlopeData

    Returns
    -------
    OwnSlopes
        In the units of the columns of `data`.

    Raises
    ------
    EstimationError
        If fewer than two clusters have a slope, or no residual df are left.

    References
    ----------
    Higgins & Thompson (2002), Statistics in Medicine 21, 1539-1558 (I squared).
    """
    gram, at = data.grams, data.slope_at
    inside = gram - gram[:, :, :1] * gram[:, :1, :] / gram[:, :1, :1]
    pooled = np.diagonal(inside.sum(axis=0))
    others = [k for k in range(1, len(pooled) - 1) if k != at and pooled[k] > CONSTANT]
    s = inside[:, [at, *others, -1]][:, :, [at, *others, -1]]
    spread = s[:, 0, 0]
    has_slope = spread > CONSTANT * gram[:, 0, 0]
    df = int(has_slope.sum()) - 1
    residual = data.n_rows - len(gram) - (df + 1) - len(others)
    if df < 1:
        raise EstimationError(
            "At least two clusters must hold rows enough for a slope of their own. "
            f"{df + 1} of {len(gram)} do. Slopes cannot be compared between clusters."
        )
    if residual < 1:
        raise EstimationError(
            "With an intercept and a slope for each cluster, rows must be left to estimate the "
            f"residual variance. {data.n_rows} rows less {len(gram)} intercepts and "
            f"{df + 1 + len(others)} slopes leave none. Slopes cannot be compared between clusters."
        )
    shares = np.where(has_slope, 1 / np.where(has_slope, spread, 1.0), 0.0)
    left = (s - shares[:, None, None] * s[:, :, :1] * s[:, :1, :]).sum(axis=0)[1:, 1:]
    inverse = np.linalg.pinv(left[:-1, :-1])
    slopes = inverse @ left[:-1, -1]
    rss = float(left[-1, -1] - left[:-1, -1] @ slopes)
    sigma2 = rss / residual
    whole = s.sum(axis=0)
    alike = np.linalg.pinv(whole[:-1, :-1]) @ whole[:-1, -1]
    q = (float(whole[-1, -1] - whole[:-1, -1] @ alike) - rss) / sigma2
    along = s[:, 0, 1:-1] * shares[:, None]
    values = s[:, 0, -1] * shares - along @ slopes
    variance = sigma2 * (shares + np.einsum("ji,ik,jk->j", along, inverse, along))
    return OwnSlopes(
        values=np.where(has_slope, values, np.nan),
        std_errors=np.where(has_slope, np.sqrt(variance), np.nan),
        q=q,
        df=df,
        df_residual=residual,
        p_value=float(stats.f.sf(q / df, df, residual)),
        i_squared=max(0.0, 1 - df / q) if q > 0 else 0.0,
    )
