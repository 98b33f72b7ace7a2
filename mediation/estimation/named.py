"""Engines from their names in a manifest."""

from __future__ import annotations

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.study.method_entries import EngineEntry


def engine_of(entry: EngineEntry) -> OLS | MixedModels:
    """Make the engine that an entry names.

    Parameters
    ----------
    entry : EngineEntry

    Returns
    -------
    OLS or MixedModels

    Examples
    --------
    >>> engine_of(EngineEntry(name="ols")).label
    'ordinary least squares (does not model clustering)'
    """
    if entry.name == "ols":
        return OLS(entry.covariance, entry.cluster)
    return MixedModels(
        entry.zero_variance, entry.slope_covariance, entry.likelihood, entry.df_method
    )
