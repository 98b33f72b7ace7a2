"""One model in all completed tables at once, for analyses of which there are many."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.by_equation import assemble
from mediation.estimation.covary import correlate_a
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.estimable import put_instead
from mediation.estimation.estimate import Engine
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.parametric_draws import rebuild_columns
from mediation.estimation.paths import Fit, PathBatch, PathEstimates
from mediation.inference.pooling import estimate_imputed
from mediation.inference.rubin import pool_estimates
from mediation.missing.imputed import Imputed
from mediation.model import MediationModel
from mediation.options import describe_options
from mediation.vocabulary import Convergence


class ImputedModel:
    """A model with its completed tables as one array, for several engines.

    Parameters
    ----------
    model : MediationModel
    imputed : Imputed
    """

    def __init__(self, model: MediationModel, imputed: Imputed) -> None:
        self.model, self.imputed = model, imputed
        first = imputed.frame(0)
        self.prepared = prepare(model, first)
        self.values = _values(self.prepared, model, imputed, first)

    def fit(self, engine: Engine) -> Fit:
        """Estimate the model in all completed tables, and pool the paths.

        Gives the paths that `estimate_imputed` gives, but no equations: what is not needed for an
        effect and its limits is not made. Goes back to it where tables cannot share a design.

        Parameters
        ----------
        engine : Engine

        Returns
        -------
        Fit
        """
        values, prepared = self.values, self.prepared
        if values is None or not isinstance(engine, OLS | MixedModels):
            return estimate_imputed(self.model, self.imputed, engine)
        equations, n_clusters = prepared.equations, prepared.counts.n_clusters
        fits = engine.fit_equations(equations, values, prepared.clusters, n_clusters)
        together = correlate_a(engine, equations, fits, values, prepared.clusters, n_clusters)
        batch = assemble(equations, fits, together)
        if not _is_whole(batch):
            return estimate_imputed(self.model, self.imputed, engine)
        return _pooled(self.model, prepared, engine, batch)


def _values(
    prepared: Prepared, model: MediationModel, imputed: Imputed, first: pd.DataFrame
) -> Array | None:
    """Give the matrices of all tables, (M, n_rows, n_columns); None where one differs in design."""
    drawn = [column for column in imputed.columns if column.name in model.columns]
    is_alike = all(not column.levels for column in drawn) and not prepared.counts.n_left_out
    if not drawn or not is_alike:
        return None
    columns = {}
    for column in drawn:
        values = np.tile(first[column.name].to_numpy(dtype=np.float64), (len(imputed), 1))
        values[:, column.at] = column.values
        columns[column.name] = values
    matrix = prepared.equations[0].matrix
    every = rebuild_columns(prepared, matrix, columns)
    return every if put_instead(prepared, every, matrix).all() else None


def _is_whole(batch: PathBatch) -> bool:
    """Whether every table gave every path, with a standard error."""
    ended = (Convergence.NOT_CONVERGED, Convergence.NOT_ESTIMABLE)
    errors = np.diagonal(batch.covariance, axis1=1, axis2=2)
    has_errors = bool(((errors > 0) & (batch.df > 0)).all())
    return has_errors and not any(each in ended for each in batch.convergence)


def _pooled(
    model: MediationModel, prepared: Prepared, engine: OLS | MixedModels, batch: PathBatch
) -> Fit:
    """Pool paths by Rubin's rules."""
    pooled = pool_estimates(batch.values, batch.covariance, batch.df)
    return Fit(
        model=model,
        engine=f"{describe_options(engine)}, {len(batch.values)} imputations",
        engine_label=engine.label,
        paths=PathEstimates(
            parameters=batch.parameters,
            values=pooled.values,
            covariance=pooled.covariance,
            df=pooled.df,
            equation=batch.equation,
            shares_divisor=batch.shares_divisor,
        ),
        equations=(),
        counts=prepared.counts,
        predictor_level=prepared.predictor_level,
        predictor_varies=prepared.predictor_varies,
        time_adjusted=prepared.time_adjusted,
        not_identified=prepared.not_identified,
        scales=prepared.scales,
        total_gap=float("nan"),
        notes=(),
        models_clusters=engine.models_clusters,
    )
