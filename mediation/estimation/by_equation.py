"""Engines that fit one equation at a time: all equations of a model, then the paths together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.covary import correlate_a
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.equation import EquationFit
from mediation.estimation.paths import EquationSummary, Fit, PathBatch, PathEstimates, worst
from mediation.estimation.resample_equations import resampler_of
from mediation.model import MediationModel, effects_of
from mediation.options import describe_options
from mediation.vocabulary import EffectName, EffectStatus, Level, Likelihood, PathName


class EquationEngine(Protocol):
    """An engine for which the equations of a model are separate regressions."""

    @property
    def label(self) -> str:
        """One line for readers."""

    @property
    def needs_clusters(self) -> bool:
        """Whether the engine is meaningless without clusters."""

    @property
    def df_label(self) -> str:
        """Which degrees of freedom these are, in words."""

    @property
    def models_clusters(self) -> bool:
        """Whether standard errors and df take the clusters into account."""

    @property
    def likelihood(self) -> Likelihood | None:
        """What is maximised; None for least squares."""

    def fit_equations(
        self, equations: tuple[Equation, ...], values: Array, clusters: Clusters, n_clusters: int
    ) -> tuple[EquationFit, ...]:
        """Fit the equations of N data sets, `values` of shape (N, n_rows, n_columns).

        `n_clusters` counts clusters at the predictor's level.
        """

    def finish(self, model: MediationModel, fit: Fit) -> Fit:
        """Add what is known once all equations of a data set are fitted."""


def fit_by_equation(engine: EquationEngine, model: MediationModel, frame: pd.DataFrame) -> Fit:
    """Fit every equation of a model on its complete rows and collect the paths."""
    prepared = prepare(model, frame)
    (fit,) = fit_prepared(engine, model, [prepared])
    return fit


def fit_prepared(
    engine: EquationEngine, model: MediationModel, data_sets: Sequence[Prepared]
) -> tuple[Fit, ...]:
    """Fit the equations of data sets that have the same columns and clusters, all at once.

    Parameters
    ----------
    engine : EquationEngine
    model : MediationModel
    data_sets : sequence of Prepared
        At least one; of the same rows.

    Returns
    -------
    tuple of Fit

    Raises
    ------
    EstimationError
        If a coefficient of any data set has no standard error.
    """
    first = data_sets[0]
    equations, n_clusters = first.equations, first.counts.n_clusters
    values = np.stack([prepared.equations[0].matrix for prepared in data_sets])
    fits = engine.fit_equations(equations, values, first.clusters, n_clusters)
    for number in range(len(data_sets)):
        for equation, fit in zip(equations, fits, strict=True):
            _check_errors(equation, fit, number)
    together = correlate_a(engine, equations, fits, values, first.clusters, n_clusters)
    batch = assemble(equations, fits, together)
    return tuple(
        engine.finish(model, _fit_of(engine, model, prepared, batch[number], fits, number))
        for number, prepared in enumerate(data_sets)
    )


def _fit_of(
    engine: EquationEngine,
    model: MediationModel,
    prepared: Prepared,
    paths: PathEstimates,
    fits: tuple[EquationFit, ...],
    number: int,
) -> Fit:
    """Collect what is known of one data set of a batch."""
    return Fit(
        model=model,
        engine=describe_options(engine),
        engine_label=engine.label,
        paths=paths,
        equations=tuple(
            _summary(equation, fit, number)
            for equation, fit in zip(prepared.equations, fits, strict=True)
        ),
        counts=prepared.counts,
        predictor_level=prepared.predictor_level,
        predictor_varies=prepared.predictor_varies,
        time_adjusted=prepared.time_adjusted,
        not_identified=prepared.not_identified,
        scales=prepared.scales,
        total_gap=_total_gap(model, prepared, paths),
        notes=_notes(model, prepared),
        models_clusters=engine.models_clusters,
        df_label=engine.df_label,
        resampler=resampler_of(engine, prepared),
    )


def _check_errors(equation: Equation, fit: EquationFit, number: int) -> None:
    """Refuse a coefficient without a standard error."""
    without = ~((fit.df[number] > 0) & (np.diag(fit.covariance[number]) > 0))
    names = [name for name, lacks in zip(equation.names, without, strict=True) if lacks]
    if names:
        raise EstimationError(
            "Each coefficient needs several rows, and several clusters, that speak to it. In "
            f"`{equation.label}` these rest on one alone and have no robust standard error: "
            f"{', '.join(names)}. Remove them from the model, or use MixedModels()."
        )


def assemble(
    equations: tuple[Equation, ...], fits: tuple[EquationFit, ...], together: Array
) -> PathBatch:
    """Collect the coefficients that are paths.

    Of equations fitted apart only the paths a of several mediators covary, by the correlation
    `together` of shape (N, n_mediators, n_mediators).
    """
    places = [[k for k, role in enumerate(e.roles) if role is not None] for e in equations]
    n_paths = sum(map(len, places))
    covariance = np.zeros((len(fits[0].values), n_paths, n_paths))
    start = 0
    for at, fit in zip(places, fits, strict=True):
        here = slice(start, start + len(at))
        covariance[:, here, here] = fit.covariance[:, at][:, :, at]
        start += len(at)
    both = list(zip(places, equations, strict=True))
    parameters = tuple(role for e in equations for role in e.roles if role is not None)
    of_a = [k for k, parameter in enumerate(parameters) if parameter.path is PathName.A]
    errors = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)[:, of_a])
    covariance[:, np.array(of_a)[:, None], of_a] = together * errors[:, :, None] * errors[:, None]
    return PathBatch(
        parameters=parameters,
        values=np.concatenate([f.values[:, at] for at, f in zip(places, fits, strict=True)], 1),
        covariance=covariance,
        df=np.concatenate([f.df[:, at] for at, f in zip(places, fits, strict=True)], 1),
        equation=tuple(number for number, at in enumerate(places) for _ in at),
        shares_divisor=tuple(e.between[k] for at, e in both for k in at),
        convergence=tuple(map(worst, zip(*(fit.convergence for fit in fits), strict=True))),
    )


def _summary(equation: Equation, fit: EquationFit, number: int) -> EquationSummary:
    errors = np.sqrt(np.diag(fit.covariance[number]))
    rows = zip(equation.names, fit.values[number], errors, fit.df[number], strict=True)
    contrasts = zip(fit.contrast_names, fit.contrasts[number].tolist(), strict=True)
    return EquationSummary(
        label=equation.label,
        coefficients=tuple((n, float(v), float(e), float(d)) for n, v, e, d in rows),
        variances=tuple(zip(fit.levels, fit.variances[number].tolist(), strict=True)),
        convergence=fit.convergence[number],
        contrasts=tuple((name, *numbers) for name, numbers in contrasts),
    )


def _total_gap(model: MediationModel, prepared: Prepared, paths: PathEstimates) -> float:
    """Give total - (indirect + direct): how far separately fitted equations disagree."""
    effects = effects_of(
        paths.parameters,
        model.mediators,
        predictor_varies=prepared.predictor_varies,
        not_identified=prepared.not_identified,
    )
    carried = [
        e
        for e in effects
        if e.name is EffectName.DIRECT
        or (e.name is EffectName.INDIRECT and e.level is not Level.WITHIN)
    ]
    if any(e.status is not EffectStatus.DEFINED for e in carried):
        return float("nan")
    (total,) = (e for e in effects if e.name is EffectName.TOTAL)
    return float(total.value(paths.values) - sum(e.value(paths.values) for e in carried))


def _notes(model: MediationModel, prepared: Prepared) -> tuple[str, ...]:
    notes = []
    if prepared.counts.n_left_out:
        notes.append(
            "Rows with a missing value in a column of the model were left out, the same rows in "
            "every equation."
        )
    if prepared.predictor_varies:
        notes.append(
            f"`{model.predictor}` varies inside clusters of `{model.clusters[-1]}`: its slope is "
            "one pooled slope, and effects between clusters are not defined."
        )
        if model.predictor_level is None and len(model.clusters) > 1:
            notes.append(
                f"`{model.predictor}` is taken as measured at the level of `{model.clusters[-1]}`; "
                "name another as `predictor_level` if it is not."
            )
        if not prepared.time_adjusted:
            notes.append(
                "Calendar time is not in the model although the predictor varies inside "
                "clusters: a common trend can look like an effect."
            )
    return tuple(notes)
