"""Two-level structural equation model by maximum likelihood, with values missing at random."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import SpecificationError
from mediation.estimation.columns import INTERCEPT
from mediation.estimation.paths import EquationSummary, Fit, PathBatch, PathEstimates
from mediation.estimation.two_level.data_sets import fit_data_sets
from mediation.estimation.two_level.design import TwoLevelDesign, design_two_level
from mediation.estimation.two_level.fit import Prepared, TwoLevelFit, fit_two_level, prepare
from mediation.estimation.two_level.indices import fit_indices
from mediation.estimation.two_level.notes import NOT_REACHED, note_few_clusters
from mediation.estimation.two_level.path_cells import path_cells
from mediation.estimation.two_level.resampler import TwoLevelResampler
from mediation.model import MediationModel, Parameter
from mediation.options import check_choices, describe_options
from mediation.vocabulary import Convergence, Level, StandardErrors

INFINITE = float("inf")


@dataclass(frozen=True, slots=True)
class TwoLevelSEM:
    """Within and between part of mediators and outcome as one model, by maximum likelihood.

    Each variable is the sum of a latent between part and a within part. The between parts are
    regressed on the predictor and on each other, the within parts on each other, so that
    b_between is the slope on the cluster's true mean, not on the observed one. Covariates that
    vary inside clusters enter within as they are. Values missing at random in mediators and
    outcome are no reason to leave a row out: its other values take part in the likelihood.

    Standard errors and p values are asymptotic in the number of clusters (df infinite).

    Attributes
    ----------
    standard_errors : StandardErrors
        OBSERVED inverts the observed information; ROBUST is the sandwich with the scores of
        clusters, which holds for non-normal errors and slopes that differ between clusters, but
        below about 50 clusters is shorter still than the first.

    Raises
    ------
    SpecificationError
        If `standard_errors` is no StandardErrors.

    References
    ----------
    Preacher, Zyphur & Zhang (2010), Psychological Methods 15, 209-233; McDonald & Goldstein
    (1989), British Journal of Mathematical and Statistical Psychology 42, 215-232.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> team = np.repeat(np.arange(60), 10)
    >>> x = rng.normal(size=60)[team]
    >>> m = 0.5 * x + 0.5 * rng.normal(size=60)[team] + rng.normal(size=600)
    >>> y = 0.4 * m + 0.5 * rng.normal(size=60)[team] + rng.normal(size=600)
    >>> frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    >>> model = MediationModel("x", ("m",), "y", clusters=("team",))
    >>> fit = TwoLevelSEM().fit(model, frame)
    >>> [p.path.value for p in fit.paths.parameters]
    ['a', 'c_prime', 'b', 'b', 'total']

    Resamples of clusters, each counting how often it holds them, are fitted together.

    >>> once_and_twice = np.array([[1] * 60, [2] * 60])
    >>> np.ptp(fit.resampler.by_clusters(once_and_twice).values, axis=0).max() < 1e-6
    np.True_
    """

    standard_errors: StandardErrors = StandardErrors.OBSERVED
    needs_clusters: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_choices(self)

    @property
    def label(self) -> str:
        """One line for readers."""
        robust = self.standard_errors is StandardErrors.ROBUST
        errors = "cluster-robust" if robust else "observed-information"
        return f"two-level SEM (maximum likelihood, {errors} standard errors)"

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit a model to the rows of a table.

        Parameters
        ----------
        model : MediationModel
            With exactly one level of clusters.
        frame : DataFrame
            One row per client. Rows without cluster, predictor or a covariate, or without any
            mediator and outcome, are left out and counted.

        Returns
        -------
        Fit

        Raises
        ------
        SpecificationError, EstimationError
            As in `design_two_level`.
        """
        design = design_two_level(model, frame, self.standard_errors)
        prepared = prepare(design.data)
        fit = fit_two_level(design.structure, design.data, prepared, self.standard_errors)
        paths, not_identified = _paths(model, design, fit)
        indices = fit_indices(fit, design.data, prepared, design.variables)
        return Fit(
            model=model,
            engine=describe_options(self),
            engine_label=self.label,
            paths=paths,
            equations=_summaries(design, fit),
            counts=design.counts,
            predictor_level=model.clusters[0],
            predictor_varies=design.predictor_varies,
            time_adjusted=design.time_adjusted,
            not_identified=not_identified,
            scales=design.scales,
            # The total is made of the other paths, so that nothing can be left between them.
            total_gap=float("nan") if design.predictor_varies or not_identified else 0.0,
            notes=(*_notes(model, design, fit, self.standard_errors), *_about_fit(indices)),
            models_clusters=True,
            df_label="normal distribution",
            fit_indices=indices,
            resampler=_resampler(model, design, prepared, fit, paths),
        )

    def fit_data_sets(
        self, model: MediationModel, frame: pd.DataFrame, drawn: Mapping[str, Array]
    ) -> PathBatch:
        """Fit many data sets of one design; see `estimate_batch`, which checks what it is given.

        Parameters
        ----------
        model : MediationModel
        frame : DataFrame
        drawn : mapping of str to ndarray, shape (N, n_rows) each

        Returns
        -------
        PathBatch

        Raises
        ------
        SpecificationError
            If standard errors are ROBUST; also as in `estimate_batch`.
        """
        if self.standard_errors is not StandardErrors.OBSERVED:
            raise SpecificationError(
                "A batch has standard errors from the observed information. Asked for are "
                f"{self.standard_errors.name}. Write TwoLevelSEM(), or call estimate(model, "
                "frame, engine) for each data set."
            )
        return fit_data_sets(model, frame, drawn)


def _paths(
    model: MediationModel, design: TwoLevelDesign, fit: TwoLevelFit
) -> tuple[PathEstimates, frozenset[Parameter]]:
    """Collect the paths with their joint covariance, and those without a unique value."""
    cells = path_cells(model, design)
    lost = set(fit.cells["slopes_between"][fit.not_identified["slopes_between"]].tolist())
    lost |= set(fit.cells["effects_between"][fit.not_identified["effects_between"]].tolist())
    kept = {parameter: cell for parameter, cell in cells.items() if cell not in lost}
    chosen = np.array(list(kept.values()))
    paths = PathEstimates(
        parameters=tuple(kept),
        values=fit.values[chosen],
        covariance=fit.covariance[np.ix_(chosen, chosen)],
        df=np.full(len(chosen), np.inf),
        equation=(-1,) * len(chosen),
        shares_divisor=tuple(parameter.level is Level.BETWEEN for parameter in kept),
    )
    return paths, frozenset(set(cells) - set(kept))


def _resampler(
    model: MediationModel,
    design: TwoLevelDesign,
    prepared: Prepared,
    fit: TwoLevelFit,
    paths: PathEstimates,
) -> TwoLevelResampler:
    cells, names = path_cells(model, design), design.between_names
    return TwoLevelResampler(
        structure=design.structure,
        data=design.data,
        prepared=prepared,
        cells=np.array([cells[parameter] for parameter in paths.parameters]),
        predictor=names.index(model.predictor) if model.predictor in names else -1,
        theta=fit.maximum.theta,
        has_converged=fit.maximum.has_converged,
    )


def _summaries(design: TwoLevelDesign, fit: TwoLevelFit) -> tuple[EquationSummary, ...]:
    """Every equation at both levels, variables in the order of the model."""
    return tuple(
        _summary(design, fit, level, k)
        for k in range(len(design.variables))
        for level in ("within", "between")
    )


def _summary(design: TwoLevelDesign, fit: TwoLevelFit, level: str, k: int) -> EquationSummary:
    cluster = design.counts.by_level[0][0]
    structure = design.structure.between if level == "between" else design.structure.within
    columns = design.between_names if level == "between" else design.within_names
    rows = []
    for part, free, names in (
        ("effects", structure.effects[k], columns),
        ("slopes", structure.slopes[k], design.variables),
    ):
        name = f"{part}_{level}"
        values, errors = fit.matrix(name)[k], fit.standard_errors(name)[k]
        lost = fit.not_identified[name][k] if level == "between" else np.zeros(len(free), bool)
        rows += [
            (names[j], float(values[j]), float(errors[j]), INFINITE)
            for j in np.flatnonzero(free & ~lost)
        ]
    named = [name for name, *_ in rows if name != INTERCEPT]
    psi = fit.matrix(f"covariance_{level}")[k]
    variances = [(cluster if level == "between" else "residual", float(psi[k]))]
    variances += [
        (f"covariance with {design.variables[j]}", float(psi[j]))
        for j in np.flatnonzero(structure.links[k])
    ]
    convergence = fit.convergence
    if convergence is Convergence.BOUNDARY and not (level == "between" and fit.at_zero[k]):
        convergence = Convergence.CONVERGED
    return EquationSummary(
        label=f"{design.variables[k]} {level} {cluster} ~ {' + '.join(named) or '1'}",
        coefficients=tuple(rows),
        variances=tuple(variances),
        convergence=convergence,
    )


def _about_fit(indices: tuple[tuple[str, float], ...]) -> tuple[str, ...]:
    """Say that fit indices of a saturated model say nothing."""
    if dict(indices)["df"]:
        return ()
    return (
        "The model has every path and covariance there can be (df 0), so it fits perfectly "
        "whatever the data: chi-square, CFI, RMSEA and SRMR test nothing here.",
    )


def _notes(
    model: MediationModel, design: TwoLevelDesign, fit: TwoLevelFit, errors: StandardErrors
) -> tuple[str, ...]:
    notes, cluster = [], model.clusters[0]
    if design.counts.n_left_out:
        notes.append(
            "Rows without cluster, predictor or a covariate, or without any mediator and "
            "outcome, were left out."
        )
    if design.n_incomplete:
        notes.append(
            "Of rows that lack a mediator or the outcome the other values are used (full "
            "information), which assumes that values are missing at random."
        )
    notes += note_few_clusters(cluster, design.counts.n_clusters, errors)
    if design.predictor_varies:
        notes.append(
            f"`{model.predictor}` varies inside clusters of `{cluster}`: its slope is one pooled "
            "slope, and effects between clusters are not defined."
        )
        if not design.time_adjusted:
            notes.append(
                "Calendar time is not in the model although the predictor varies inside "
                "clusters: a common trend can look like an effect."
            )
    if fit.not_identified["slopes_between"].any():
        notes.append(
            f"A mediator does not differ between clusters of `{cluster}` beyond what the "
            "predictor explains, or no more than by chance: b between and the direct effect "
            "cannot be told apart, and only their sum, the total effect, is given."
        )
    if fit.convergence is Convergence.NOT_CONVERGED:
        notes.append(NOT_REACHED)
    return tuple(notes)
