"""From the estimates of a latent model to the answer that every engine gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.estimation.latent.equations import summarize_equations
from mediation.estimation.latent.indices import (
    FitIndices,
    index_fit,
    scale_chi_square,
    standardize_solution,
)
from mediation.estimation.latent.likelihood import Implied, imply
from mediation.estimation.latent.notes import list_notes
from mediation.estimation.latent.rows import ClusterSums, LatentRows
from mediation.estimation.latent.solve import Solution
from mediation.estimation.latent.structure import Structure
from mediation.estimation.paths import Fit, PathEstimates, Scale
from mediation.model import MediationModel, Parameter
from mediation.vocabulary import LatentCovariance, Level, PathName


@dataclass(frozen=True, slots=True, eq=False)
class LatentEstimates:
    """A latent model fitted to rows, in standardised units.

    Attributes
    ----------
    rows : LatentRows
    solution : Solution
        Of one data set, by the internal markers.
    method : LatentCovariance
    values : ndarray, shape (n_parameters,)
    covariance, bread : ndarray, shape (n_parameters, n_parameters)
        By `method`, and by the observed information.
    sums : ClusterSums or None
    resamples : ndarray, shape (n_kept, n_parameters), or None
        Estimates of resamples, as `values`.
    lost : tuple of (str, int)
        Resamples left out, by cause.
    """

    rows: LatentRows
    solution: Solution
    method: LatentCovariance
    values: Array
    covariance: Array
    bread: Array
    sums: ClusterSums | None
    resamples: Array | None = None
    lost: tuple[tuple[str, int], ...] = ()

    @property
    def n_resamples(self) -> int:
        """Resamples drawn."""
        n_kept = 0 if self.resamples is None else len(self.resamples)
        return n_kept + sum(count for _, count in self.lost)

    @property
    def df(self) -> float:
        """Degrees of freedom: clusters less one where standard errors come from clusters."""
        if self.method is LatentCovariance.CLASSICAL:
            return float("inf")
        return float(self.rows.clusters.count(0) - 1)


def summarize(model: MediationModel, estimates: LatentEstimates, *, engine: str, label: str) -> Fit:
    """Bring estimates into the units of the table and collect what readers need.

    Parameters
    ----------
    model : MediationModel
    estimates : LatentEstimates
    engine, label : str
        The engine with its options, and in words.

    Returns
    -------
    Fit
    """
    rows, solution = estimates.rows, estimates.solution
    structure = rows.structure
    back = structure.scale(rows.deviations)
    values = estimates.values * back
    resamples = None if estimates.resamples is None else estimates.resamples * back
    covariance = estimates.covariance * np.outer(back, back)
    implied = imply(structure, estimates.values, rows.moments)
    return Fit(
        model=model,
        engine=engine,
        engine_label=label,
        paths=collect_paths(
            structure, model.mediators, values, covariance, estimates.df, resamples
        ),
        equations=summarize_equations(
            structure,
            solution,
            values,
            errors=np.sqrt(np.maximum(np.diag(covariance), 0.0)),
            standardized=standardize_solution(
                structure, implied, estimates.values, estimates.covariance
            ),
            df=estimates.df,
        ),
        counts=rows.counts,
        predictor_level=rows.predictor_level,
        predictor_varies=rows.predictor_varies,
        time_adjusted=rows.time_adjusted,
        not_identified=frozenset(),
        scales=_scales(model, rows, implied),
        total_gap=0.0,
        notes=list_notes(
            model, rows, solution, estimates.method, estimates.n_resamples, estimates.lost
        ),
        models_clusters=estimates.method is not LatentCovariance.CLASSICAL,
        df_label="normal distribution" if np.isinf(estimates.df) else "clusters less one",
        fit_indices=_indices(estimates),
    )


def collect_paths(
    structure: Structure,
    mediators: tuple[str, ...],
    values: Array,
    covariance: Array,
    df: float,
    resamples: Array | None = None,
) -> PathEstimates:
    """Give a, b and c' of the parameters, and the total effect, sum of a b, plus c'.

    All come from one likelihood: they carry the equation number -1, that of no single equation.

    Parameters
    ----------
    structure : Structure
    mediators : tuple of str
    values : ndarray, shape (n_parameters,)
    covariance : ndarray, shape (n_parameters, n_parameters)
    df : float
    resamples : ndarray, shape (n_resamples, n_parameters), optional
        Then the covariance is that of their paths and total effects.

    Returns
    -------
    PathEstimates
    """
    at = {slot.role: k for k, slot in enumerate(structure.slots) if slot.role is not None}
    paths = list(at.values())
    direct = at[Parameter(PathName.C_PRIME, Level.SINGLE, None)]
    a = [at[Parameter(PathName.A, Level.SINGLE, name)] for name in mediators]
    b = [at[Parameter(PathName.B, Level.SINGLE, name)] for name in mediators]

    def with_total(each: Array) -> Array:
        total = each[..., direct] + (each[..., a] * each[..., b]).sum(axis=-1)
        return np.concatenate([each[..., paths], total[..., None]], axis=-1)

    jacobian = np.zeros((len(paths) + 1, len(values)))
    jacobian[np.arange(len(paths)), paths] = 1.0
    jacobian[-1, direct] = 1.0
    jacobian[-1, a], jacobian[-1, b] = values[b], values[a]
    joint = jacobian @ covariance @ jacobian.T
    if resamples is not None:
        joint = np.cov(with_total(resamples).T)
    n_paths = len(paths) + 1
    return PathEstimates(
        parameters=(*at, Parameter(PathName.TOTAL, Level.SINGLE, None)),
        values=with_total(values),
        covariance=joint,
        df=np.full(n_paths, df),
        equation=(-1,) * n_paths,
        shares_divisor=(False,) * n_paths,
    )


def _scales(model: MediationModel, rows: LatentRows, implied: Implied) -> tuple[Scale, ...]:
    """Add to the observed scales those of latent mediators, as the model implies them."""
    structure = rows.structure
    known = {scale.name: scale for scale in rows.scales}
    for marker, (name, _) in zip(structure.markers, structure.indicators, strict=True):
        at = structure.variables.index(name)
        unit = rows.deviations[structure.variables.index(marker)]
        width = float(unit * np.sqrt(implied.everything[at, at]))
        known[name] = Scale(name, width, float("nan"))
    return tuple(known[name] for name in (model.predictor, *model.mediators, model.outcome))


def _indices(estimates: LatentEstimates) -> FitIndices:
    rows, values = estimates.rows, estimates.values
    indices = index_fit(rows, values)
    if estimates.method is not LatentCovariance.CLUSTER_ROBUST or estimates.sums is None:
        return indices
    scaled = scale_chi_square(rows, values, estimates.covariance, estimates.bread, estimates.sums)
    return indices + scaled
