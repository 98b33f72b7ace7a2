"""Engines from their names in a manifest."""

from __future__ import annotations

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.study.method_entries import EngineEntry


def engine_of(entry: EngineEntry) -> OLS | MixedModels | TwoLevelSEM:
    """Make the engine that an entry names.

    Parameters
    ----------
    entry : EngineEntry

    Returns
    -------
    OLS, MixedModels or TwoLevelSEM

    Examples
    --------
    >>> engine_of(EngineEntry(name="ols")).label
    'ordinary least squares (does not model clustering)'
    """
    if entry.name == "ols":
        return OLS(entry.covariance, entry.cluster)
    if entry.name == "two_level_sem":
        return TwoLevelSEM(entry.standard_errors)
    return MixedModels(
        entry.zero_variance, entry.slope_covariance, entry.likelihood, entry.df_method
    )
