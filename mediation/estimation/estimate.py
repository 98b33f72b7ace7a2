"""The verb: a model, a table and an engine give a fit."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import pandas as pd

from mediation.estimation.engine_checks import check_request
from mediation.estimation.paths import Fit
from mediation.linkage.table import AnalysisTable
from mediation.model import MediationModel


@runtime_checkable
class Engine(Protocol):
    """An engine turns a model and a table into paths: every engine into the same kind of answer.

    Laws: shuffling rows, renaming clusters or adding an empty row changes nothing; multiplying
    a column by k divides its coefficient and standard error by k and leaves its df alone.
    """

    @property
    def label(self) -> str:
        """One line for readers."""

    @property
    def needs_clusters(self) -> bool:
        """Whether the engine is meaningless without clusters."""

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Estimate all paths of a model from the rows of a table."""


def estimate(model: MediationModel, table: AnalysisTable | pd.DataFrame, engine: Engine) -> Fit:
    """Estimate all paths of a model.

    Parameters
    ----------
    model : MediationModel
    table : AnalysisTable or DataFrame
        One row per client.
    engine : Engine
        `MixedModels()`, `OLS()`, `TwoLevelSEM()` or `LatentSEM({...})`, with its options.

    Returns
    -------
    Fit

    Raises
    ------
    SpecificationError
        If an argument is of another kind (an engine without parentheses, say), or the model does
        not fit the table or the engine.
    EstimationError
        If the model names weights, or an equation cannot be estimated from the complete rows.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> from mediation.estimation.ols import OLS
    >>> fit = estimate(MediationModel("x", ("m",), "y"), frame, OLS())
    >>> float(fit.paths.values[0].round(3))
    1.25
    """
    frame = table.frame if isinstance(table, AnalysisTable) else table
    check_request(model, frame, engine)
    return engine.fit(model, frame)
