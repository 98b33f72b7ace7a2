"""Many data sets of one design at once: the data set is a dimension of every array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.by_equation import EquationEngine, assemble
from mediation.estimation.clusters import Clusters, varies_inside
from mediation.estimation.covary import correlate_a
from mediation.estimation.design import prepare
from mediation.estimation.engine_checks import check_batch_engine, check_request
from mediation.estimation.estimable import put_instead
from mediation.estimation.parametric_draws import rebuild_columns
from mediation.estimation.paths import PathBatch
from mediation.model import MediationModel
from mediation.vocabulary import Convergence

# Cells of the matrices held at once: a larger batch is worked on in parts.
CELLS = 1_000_000


@runtime_checkable
class JointEngine(Protocol):
    """An engine that fits all equations as one model, to many data sets at once."""

    def fit_data_sets(
        self, model: MediationModel, frame: pd.DataFrame, drawn: Mapping[str, Array]
    ) -> PathBatch:
        """Fit each of N data sets, `drawn` holding arrays of shape (N, n_rows)."""


def estimate_batch(
    model: MediationModel,
    frame: pd.DataFrame,
    engine: EquationEngine | JointEngine,
    drawn: Mapping[str, Array],
) -> PathBatch:
    """Estimate the paths of a model in many data sets that share a design.

    For simulation and resampling: clusters, covariates and everything not in `drawn` are those
    of `frame` in every data set. Gives what `estimate` gives for each data set, without a loop
    over them.

    Parameters
    ----------
    model : MediationModel
    frame : DataFrame
        Complete in every column of the model.
    engine : OLS, MixedModels or TwoLevelSEM
    drawn : mapping of str to ndarray, shape (N, n_rows) each
        Values of predictor, mediators or outcome in each data set, rows as in `frame`.

    Returns
    -------
    PathBatch
        A data set that `estimate` would refuse has NaN in all places and the outcome
        `Convergence.NOT_ESTIMABLE`. So has, of TwoLevelSEM, one in which a path has no unique
        value, but NaN in the places of that path alone.

    Raises
    ------
    SpecificationError
        If `drawn` names other columns, its shapes differ, `frame` is not complete, or the predictor
        is not constant inside clusters in the same way in all data sets; also as in `estimate`.
    EstimationError
        If the first data set cannot be analysed, or a drawn value is missing or infinite.

    Examples
    --------
    >>> from mediation.estimation.ols import OLS
    >>> frame = pd.DataFrame({"x": [0, 0, 1, 1, 2, 2], "m": [1, 2, 2, 3, 3, 5]})
    >>> frame["y"] = [1, 3, 2, 4, 4, 6]
    >>> model = MediationModel("x", ("m",), "y")
    >>> y = np.array([[1.0, 3, 2, 4, 4, 6], [2.0, 3, 2, 4, 5, 6]])
    >>> batch = estimate_batch(model, frame, OLS(), {"y": y})
    >>> batch.values.shape, batch.values[:, 0].round(3).tolist()
    ((2, 4), [1.25, 1.25])
    """
    check_request(model, frame, engine)
    check_batch_engine(engine)
    drawn = _check_drawn(model, frame, drawn)
    if isinstance(engine, JointEngine):
        return engine.fit_data_sets(model, frame, drawn)
    n_sets = len(next(iter(drawn.values())))
    first = frame.assign(**{name: values[0] for name, values in drawn.items()})
    prepared = prepare(model, first)
    if prepared.counts.n_left_out:
        raise SpecificationError(
            "A batch needs rows that are complete in every column of the model. Rows with a "
            f"missing value: {prepared.counts.n_left_out}. Leave them out first."
        )
    if prepared.not_identified:
        raise EstimationError(
            "The first data set of a batch stands for all. In it the means of "
            f"{', '.join(sorted(str(p.mediator) for p in prepared.not_identified))} do not differ "
            "between clusters. Put another data set first."
        )
    if model.predictor in drawn:
        _check_predictor(model, prepared.clusters, drawn[model.predictor], prepared.predictor_level)
    matrix = prepared.equations[0].matrix
    n_inner = prepared.clusters.count(-1) if model.clusters else 1
    cells = matrix.size + 8 * n_inner * matrix.shape[1] ** 2
    size = max(1, CELLS // cells)
    parts = []
    for start in range(0, n_sets, size):
        here = {name: values[start : start + size] for name, values in drawn.items()}
        values = rebuild_columns(prepared, matrix, here)
        possible = put_instead(prepared, values, matrix)
        equations, n_clusters = prepared.equations, prepared.counts.n_clusters
        fits = engine.fit_equations(equations, values, prepared.clusters, n_clusters)
        together = correlate_a(engine, equations, fits, values, prepared.clusters, n_clusters)
        parts.append(_withheld(assemble(equations, fits, together), possible))
    return _joined(parts)


def _withheld(batch: PathBatch, possible: BoolArray) -> PathBatch:
    """Put NaN where a data set cannot be analysed, or a path has no standard error."""
    variances = np.diagonal(batch.covariance, axis1=1, axis2=2)
    has_errors = ((variances > 0) & (batch.df > 0)).all(axis=1)
    kept = possible & has_errors
    if kept.all():
        return batch
    convergence = zip(batch.convergence, kept, strict=True)
    return replace(
        batch,
        values=np.where(kept[:, None], batch.values, np.nan),
        covariance=np.where(kept[:, None, None], batch.covariance, np.nan),
        df=np.where(kept[:, None], batch.df, np.nan),
        convergence=tuple(c if k else Convergence.NOT_ESTIMABLE for c, k in convergence),
    )


def _joined(parts: list[PathBatch]) -> PathBatch:
    first = parts[0]
    return PathBatch(
        parameters=first.parameters,
        values=np.concatenate([part.values for part in parts]),
        covariance=np.concatenate([part.covariance for part in parts]),
        df=np.concatenate([part.df for part in parts]),
        equation=first.equation,
        shares_divisor=first.shares_divisor,
        convergence=tuple(chain.from_iterable(part.convergence for part in parts)),
    )


def _check_drawn(
    model: MediationModel, frame: pd.DataFrame, drawn: Mapping[str, Array]
) -> dict[str, Array]:
    """Refuse columns, shapes and values that are none of this design; give them as floats."""
    allowed = (model.predictor, *model.mediators, model.outcome)
    others = [name for name in drawn if name not in allowed]
    if others or not drawn:
        raise SpecificationError(
            f"`drawn` must hold some of {', '.join(allowed)}. Found "
            f"{', '.join(others) or 'nothing'}. Put other columns into the frame."
        )
    drawn = {name: np.asarray(values, dtype=np.float64) for name, values in drawn.items()}
    shapes = {name: values.shape for name, values in drawn.items()}
    wanted = (*next(iter(shapes.values()))[:1], len(frame))
    if any(shape != wanted for shape in shapes.values()) or wanted[0] == 0:
        found = "; ".join(f"`{name}` {shape}" for name, shape in shapes.items())
        raise SpecificationError(
            f"Each array of `drawn` must have shape (data sets, {len(frame)}), the same number of "
            f"data sets in all, at least one. Found {found}."
        )
    for name, values in drawn.items():
        wrong = int(np.sum(~np.isfinite(values)))
        if wrong:
            raise EstimationError(
                f"All drawn values must be finite. Missing or infinite in `{name}`: {wrong}. "
                "Draw complete data sets."
            )
    return drawn


def _check_predictor(
    model: MediationModel, clusters: Clusters, values: Array, level: str | None
) -> None:
    """Refuse data sets in which the predictor varies inside other clusters than in the first."""
    if level is None:
        return
    number = clusters.names.index(level)
    pattern = np.stack([varies_inside(values, codes) for codes in clusters.codes[: number + 1]])
    if np.any(pattern != pattern[:, :1]):
        raise SpecificationError(
            f"The predictor must be constant inside the same clusters in all data sets. Data sets "
            f"in which `{model.predictor}` is not as in the first: "
            f"{int(np.any(pattern != pattern[:, :1], axis=0).sum())}. Batch them apart."
        )
