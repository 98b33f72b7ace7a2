"""Robustness values of the paths of an effect, with the t distribution of their own df."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from mediation.inference.result import EffectEstimate, MediationResult
from mediation.model import Parameter
from mediation.sensitivity.confounding_errors import ErrorLevels
from mediation.sensitivity.confounding_measures import robustness_value
from mediation.vocabulary import EffectName, Level, PathName


@dataclass(frozen=True, slots=True)
class PathRobustness:
    """How strong a common cause of both ends of one path must be to end it.

    Attributes
    ----------
    strength : float
        Size of the path as Cohen's f.
    point, limit : float
        Robustness value of the estimate, and of its interval (0 if it holds zero as it is).
    df : float
        Degrees of freedom of the interval.
    holds_zero : bool
        Whether the interval of the path, with all its df, holds zero.
    """

    strength: float
    point: float
    limit: float
    df: float
    holds_zero: bool

    @property
    def by_chance(self) -> float:
        """Robustness value that half of studies exceed where the path is truly zero.

        That of the median of |t| with the path's df, where f = |t| / sqrt(df); NaN without df.
        """
        if not 0 < self.df < math.inf:
            return math.nan
        return robustness_value(float(stats.t.ppf(0.75, self.df)) / math.sqrt(self.df))


def path_robustness(
    value: float,
    std_error: float,
    df: float,
    conf_level: float,
    unit: float | None = None,
    spent: int = 1,
) -> PathRobustness:
    """Give the robustness values of a path, with the t distribution of its own df.

    Parameters
    ----------
    value, std_error, df : float
        Of the path.
    conf_level : float
    unit : float, optional
        (SD of the residual of the arrow's tail) / (SD of the residual of its head), which turns a
        slope into Cohen's f. Left out, f = |t| / sqrt(df), as in least squares.
    spent : int
        Degrees of freedom that the common cause takes: one, or none where the df count clusters
        and the common cause is one of rows inside them.

    Returns
    -------
    PathRobustness
        `limit` is 0 where no df is left after those that are spent.

    References
    ----------
    Cinelli & Hazlett (2020), JRSS B 82, 39-67, section 4.2; one df goes to the common cause.

    Examples
    --------
    >>> found = path_robustness(0.09731582, 0.02325654, 783, 0.95)
    >>> round(found.point, 4), round(found.limit, 4)
    (0.1388, 0.0763)
    """
    if unit is None:
        unit = 1 / (std_error * math.sqrt(df)) if math.isfinite(df) else 0.0
    strength, error = abs(value) * unit, std_error * unit
    limit = 0.0
    if df > spent:
        left = 1.0 if math.isinf(df) else df / (df - spent)
        quantile = float(stats.t.ppf(0.5 + conf_level / 2, df - spent))
        limit = robustness_value(strength, quantile * error * math.sqrt(left))
    whole = float(stats.t.ppf(0.5 + conf_level / 2, df)) * std_error if df > 0 else math.inf
    return PathRobustness(strength, robustness_value(strength), limit, df, abs(value) <= whole)


def path_of(
    result: MediationResult, path: PathName, row: EffectEstimate, errors: ErrorLevels | None
) -> PathRobustness:
    """Give the robustness values of a path of an effect.

    Parameters
    ----------
    result : MediationResult
    path : PathName
        A or B; of a contextual effect B is b between less b within.
    row : EffectEstimate
    errors : ErrorLevels or None
        What turns b inside clusters into Cohen's f; None for f = |t| / sqrt(df).

    Returns
    -------
    PathRobustness
    """
    paths = result.fit.paths
    if path is PathName.B and row.effect is EffectName.CONTEXTUAL:
        return _contrast(result, row)
    levels = (row.level, Level.BETWEEN, Level.SINGLE)
    at = next(
        paths.parameters.index(parameter)
        for level in levels
        if (parameter := Parameter(path, level, row.mediator)) in paths.parameters
    )
    error = float(np.sqrt(paths.covariance[at, at]))
    df = float(paths.df[at])
    unit = None if errors is None else errors.unit(at)
    if unit is None and math.isinf(df):
        # Normal limits know no df; the clusters that speak to the path stand in their place.
        df = float(result.fit.counts.n_clusters - 2)
    # Clusters are what the df of b within count; a common cause inside them takes none of these.
    spent = 0 if path is PathName.B and row.level is Level.WITHIN else 1
    return path_robustness(float(paths.values[at]), error, df, result.conf_level, unit, spent)


def _contrast(result: MediationResult, row: EffectEstimate) -> PathRobustness:
    """Robustness values of b between less b within, with the lesser of their df."""
    paths = result.fit.paths
    weights = np.zeros(len(paths.values))
    for level, sign in ((Level.BETWEEN, 1.0), (Level.WITHIN, -1.0)):
        weights[paths.parameters.index(Parameter(PathName.B, level, row.mediator))] = sign
    df = float(paths.df[weights != 0].min())
    if math.isinf(df):
        df = float(result.fit.counts.n_clusters - 2)
    error = float(np.sqrt(weights @ paths.covariance @ weights))
    return path_robustness(float(weights @ paths.values), error, df, result.conf_level)
