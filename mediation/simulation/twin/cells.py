"""The models of a study fitted to a table by one engine, for a study and its twin alike."""

from __future__ import annotations

from dataclasses import dataclass

from mediation.errors import MediationError
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import EquationSummary, Fit
from mediation.linkage.link import link
from mediation.linkage.table import WavePair
from mediation.model import MediationModel
from mediation.simulation.twin.layout import Layout
from mediation.study.entries import ModelEntry
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR
from mediation.study.study import Study
from mediation.vocabulary import PathName

ENGINE_WORDS = "linear mixed models (REML), complete cases"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CellFit:
    """One model of the manifest, for one outcome and one pair of waves.

    Attributes
    ----------
    outcome : str
    waves : (float, float)
        Of mediator and outcome.
    fit : Fit
    """

    outcome: str
    waves: tuple[float, float]
    fit: Fit

    @property
    def paths(self) -> dict[str, tuple[float, float]]:
        """Estimate and standard error of each path, by name (`b within` and so on)."""
        estimates = self.fit.paths
        errors = estimates.covariance.diagonal() ** 0.5
        return {
            path_name(parameter.path, parameter.level.value): (float(value), float(error))
            for parameter, value, error in zip(
                estimates.parameters, estimates.values, errors, strict=True
            )
        }

    def equation(self, position: int) -> EquationSummary:
        """Give an equation: 0 of the mediator, 1 of the outcome, 2 of the total effect."""
        return self.fit.equations[position]


def path_name(path: PathName, level: str) -> str:
    """Name a path for tables; only b comes at two levels."""
    return f"b {level}" if path is PathName.B else path.value


def fit_cells(
    study: Study, layout: Layout, outcomes: tuple[str, ...] | None = None
) -> tuple[CellFit, ...]:
    """Fit the first model of each outcome at each of its pairs of waves.

    Parameters
    ----------
    study : Study
    layout : Layout
    outcomes : tuple of str, optional
        Left out, all.

    Returns
    -------
    tuple of CellFit
        Without the cells that cannot be estimated.
    """
    cells = []
    for outcome in layout.outcomes if outcomes is None else outcomes:
        entry = layout.entry(outcome)
        for pair in entry.waves:
            waves = (pair.mediator, pair.outcome)
            model = _model(layout, entry, outcome)
            try:
                table = link(study, WavePair(*waves), mediators=model.mediators)
                engine = MixedModels() if model.clusters else OLS()
                cells.append(CellFit(outcome, waves, estimate(model, table, engine)))
            except MediationError:
                # What the study itself cannot estimate is no aggregate of it.
                continue
    return tuple(cells)


def _model(layout: Layout, entry: ModelEntry, outcome: str) -> MediationModel:
    """Write the model of the manifest without its split of covariates, for plain slopes."""
    measured = layout.manifest.predictor_level
    baseline = (f"{outcome}{BASELINE_SUFFIX}",) if layout.manifest.uses_baseline(entry) else ()
    return MediationModel(
        predictor=entry.predictor,
        mediators=entry.mediators,
        outcome=outcome,
        covariates=entry.covariates,
        mediator_covariates=entry.mediator_covariates,
        outcome_covariates=entry.outcome_covariates + baseline,
        clusters=entry.clusters,
        predictor_level=measured if measured in entry.clusters else None,
        time=CALENDAR,
        time_adjustment=entry.time_adjustment,
    )
