"""Many tables of one model: those of the same design are fitted together, others apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from mediation.errors import EstimationError
from mediation.estimation.batch import CELLS
from mediation.estimation.by_equation import fit_prepared
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.engine_checks import check_request
from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit
from mediation.model import MediationModel


def estimate_each(
    model: MediationModel, frames: Iterable[pd.DataFrame], engine: Engine
) -> tuple[Fit | EstimationError, ...]:
    """Estimate a model in every one of many tables, as `estimate` does in one.

    Parameters
    ----------
    model : MediationModel
    frames : iterable of DataFrame
        For `OLS` and `MixedModels`, tables of the same rows (imputed ones, say) are fitted as one
        batch; the numbers do not depend on it beyond rounding.
    engine : Engine

    Returns
    -------
    tuple of Fit or EstimationError
        In the order of the tables; the error of a table that `estimate` refuses.

    Raises
    ------
    SpecificationError
        As in `estimate`.

    Examples
    --------
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> model = MediationModel("x", ("m",), "y")
    >>> fits = estimate_each(model, [frame, frame.assign(m=1.0), frame], OLS())
    >>> [type(fit).__name__ for fit in fits]
    ['Fit', 'EstimationError', 'Fit']
    """
    tables = list(frames)
    if not isinstance(engine, OLS | MixedModels):
        return tuple(_attempt(model, table, engine) for table in tables)
    found: list[Fit | EstimationError | None] = [None] * len(tables)
    alike: dict[object, list[tuple[int, Prepared]]] = {}
    for number, table in enumerate(tables):
        check_request(model, table, engine)
        try:
            prepared = prepare(model, table)
        except EstimationError as error:
            found[number] = error
            continue
        alike.setdefault(_design(prepared), []).append((number, prepared))
    for group in alike.values():
        cells = group[0][1].equations[0].matrix.size
        size = max(1, CELLS // cells)
        for start in range(0, len(group), size):
            for (number, _), fit in zip(
                group[start : start + size],
                _together(model, group[start : start + size], tables, engine),
                strict=True,
            ):
                found[number] = fit
    return tuple(fit for fit in found if fit is not None)


def _together(
    model: MediationModel,
    group: Sequence[tuple[int, Prepared]],
    tables: Sequence[pd.DataFrame],
    engine: OLS | MixedModels,
) -> Sequence[Fit | EstimationError]:
    """Fit a batch; if a table of it has no standard errors, every table apart."""
    try:
        return fit_prepared(engine, model, [prepared for _, prepared in group])
    except EstimationError:
        return [_attempt(model, tables[number], engine) for number, _ in group]


def _attempt(model: MediationModel, table: pd.DataFrame, engine: Engine) -> Fit | EstimationError:
    check_request(model, table, engine)
    try:
        return engine.fit(model, table)
    except EstimationError as error:
        return error


def _design(prepared: Prepared) -> object:
    """Tell tables apart that cannot share a batch: other columns, rows or clusters."""
    return (
        tuple((column.name, column.source) for column in prepared.columns),
        tuple((e.label, e.y_at, tuple(e.x_at)) for e in prepared.equations),
        tuple(np.asarray(codes).tobytes() for codes in prepared.clusters.codes),
        prepared.counts,
        prepared.predictor_level,
        prepared.predictor_varies,
        prepared.not_identified,
    )
