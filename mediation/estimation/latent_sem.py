"""Structural equation model with latent mediators: semopy's model, fitted to the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import SpecificationError
from mediation.estimation.latent.checks import check_enough_clusters, normalize_indicators
from mediation.estimation.latent.covariance import (
    model_covariance,
    resample,
    sandwich_covariance,
)
from mediation.estimation.latent.markers import Rescaling, choose_markers, solve_by_markers
from mediation.estimation.latent.quiet import quiet
from mediation.estimation.latent.rows import LatentRows, gather_rows, sum_clusters
from mediation.estimation.latent.structure import Indicators, Structure, describe_structure
from mediation.estimation.latent.summary import LatentEstimates, summarize
from mediation.estimation.paths import Fit
from mediation.estimation.resample_frames import FrameResampler
from mediation.estimation.two_level.lone_clusters import check_lone_clusters
from mediation.model import MediationModel
from mediation.options import check_choices, describe_options
from mediation.vocabulary import LatentCovariance

with quiet():
    from semopy import Model

NEEDS_CLUSTERS = (LatentCovariance.CLUSTER_ROBUST, LatentCovariance.CLUSTER_BOOTSTRAP)
WORDS = {
    LatentCovariance.CLASSICAL: "observed information; does not model clustering",
    LatentCovariance.CLUSTER_ROBUST: "cluster-robust standard errors",
    LatentCovariance.CLUSTER_BOOTSTRAP: "cluster-bootstrap standard errors",
}


@dataclass(frozen=True, slots=True)
class LatentSEM:
    """Maximum likelihood with mediators as latent variables of their items or parcels.

    Mediators named in `indicators` are latent: the model names them among its mediators, the table
    must not have a column of that name. All other mediators are columns. Mediators depend on the
    predictor and covariates, the outcome on mediators, predictor and covariates, and residuals of
    mediators covary. The total effect is the sum of a b and c', with the joint covariance. A
    path is one slope for differences inside and between clusters alike (conflated).

    Attributes
    ----------
    indicators : tuple of (str, tuple of str)
        Columns that measure each latent mediator, given as a mapping
        `{"alliance": ("wai_1", "wai_2", "wai_3")}` or as pairs
        `[("alliance", ("wai_1", "wai_2", "wai_3"))]`. Two at least, better three or more: with two,
        the loading is identified only through the rest of the model. The first loading is one.
    covariance : LatentCovariance, optional
        Left out: CLUSTER_ROBUST if the model has clusters, else CLASSICAL. CLUSTER_ROBUST is the
        sandwich by the outermost clusters with the factor C / (C - 1); CLUSTER_BOOTSTRAP
        resamples these. Both have C - 1 degrees of freedom, a convention (Cameron & Miller 2015,
        Journal of Human Resources 50, 317-372) that softens what few clusters do to them and does
        not undo it.
    n_resamples, seed : int
        For CLUSTER_BOOTSTRAP.

    Notes
    -----
    What is used of semopy, and what is not (2.3.11, against lavaan 0.6-14):

    - Its model matrices are right, and its solution is where estimation starts. Its optimiser
      stops early (by 2e-3 of a path in a reference case), so Newton's method goes on from there,
      on the exact likelihood, until the score is zero.
    - Its standard errors rest on the expected information (7% from the observed one in that
      case), and its `robust` takes rows as independent; replaced by the observed information
      and the sandwich of cluster scores.
    - Its degrees of freedom count covariances among exogenous variables as data, though it does
      not estimate them: a saturated model with k of them shows k (k + 1) / 2. With them its
      p value, CFI, TLI and RMSEA are wrong; its log-likelihood is the discrepancy, so its AIC
      and BIC are wrong too. All are computed here.
    - Its full-information likelihood is refused: its standard errors ignore what is missing, and
      its estimates differ from the maximum in the second digit. Rows with a missing value
      are left out and counted.

    Examples
    --------
    >>> LatentSEM({"alliance": ("wai_1", "wai_2", "wai_3")}).label
    'latent variables (maximum likelihood; one slope inside and between clusters)'
    """

    indicators: Indicators | Mapping[str, Sequence[str]]
    covariance: LatentCovariance | None = None
    n_resamples: int = 200
    seed: int = 1
    needs_clusters: ClassVar[bool] = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "indicators", normalize_indicators(self.indicators))
        check_choices(self)
        for name, least in (("n_resamples", 50), ("seed", 0)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise SpecificationError(
                    f"`{name}` must be a whole number, at least {least}. Found {value!r}. "
                    "Leave it out for the default."
                )

    @property
    def label(self) -> str:
        """One line for readers."""
        words = "" if self.covariance is None else f"; {WORDS[self.covariance]}"
        return (
            f"latent variables (maximum likelihood; one slope inside and between clusters{words})"
        )

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Estimate all paths of a model from the complete rows of a table.

        Parameters
        ----------
        model : MediationModel
            Its `mediators` name the latent variables too.
        frame : DataFrame
            One row per client.

        Returns
        -------
        Fit
            With `fit_indices` and the standardised solution among the contrasts of each equation.
            Chi-square, CFI, TLI and RMSEA take rows as independent.

        Raises
        ------
        SpecificationError
            If names, types or clusters do not fit the table.
        EstimationError
            If the rows do not allow the model to be estimated.
        """
        method = self._method(model)
        rows = gather_rows(model, normalize_indicators(self.indicators), frame)
        if method in NEEDS_CLUSTERS:
            n_between = 1 + sum(rows.is_between)
            check_enough_clusters(model.clusters[0], rows.clusters.count(0), n_between)
            _check_lone_clusters(rows)
        estimates = self._estimate(rows, method)
        words = "one slope inside and between clusters; " if model.clusters else ""
        label = f"latent variables (maximum likelihood; {words}{WORDS[method]})"
        fit = summarize(model, estimates, engine=describe_options(self), label=label)
        return replace(fit, resampler=self._resampler(fit, frame))

    def _resampler(self, fit: Fit, frame: pd.DataFrame) -> FrameResampler:
        """Complete rows, and the engine without what costs time and is not asked for."""
        model, indicators = fit.model, dict(normalize_indicators(self.indicators))
        observed = [item for name in model.mediators for item in indicators.get(name, (name,))]
        columns = replace(model, mediators=tuple(observed)).columns
        complete = frame[list(columns + model.clusters)].dropna()
        engine = replace(self, covariance=LatentCovariance.CLASSICAL)
        return FrameResampler(engine, model, complete, fit.paths.parameters)

    def _method(self, model: MediationModel) -> LatentCovariance:
        if self.covariance is None:
            return NEEDS_CLUSTERS[0] if model.clusters else LatentCovariance.CLASSICAL
        if self.covariance in NEEDS_CLUSTERS and not model.clusters:
            raise SpecificationError(
                f"{self.covariance.name} needs clusters, outermost first. `clusters` is empty. "
                "Name them, or use LatentCovariance.CLASSICAL if rows are independent."
            )
        return self.covariance

    def _estimate(self, rows: LatentRows, method: LatentCovariance) -> LatentEstimates:
        start = fit_semopy(rows.structure, rows.moments)
        fitted, solution = solve_by_markers(rows.structure, rows.moments, start)
        scaling = Rescaling(fitted, rows.structure)
        values = scaling.values(solution.values[0])
        turn = scaling.jacobian(solution.values[0])
        inner = model_covariance(solution, rows.counts.n_clients)
        bread = turn @ inner @ turn.T
        if method is LatentCovariance.CLASSICAL:
            return LatentEstimates(rows, solution, method, values, bread, bread, None)
        sums = sum_clusters(rows)
        if method is LatentCovariance.CLUSTER_ROBUST:
            inner = sandwich_covariance(fitted, solution, rows.moments, sums)
            covariance = turn @ inner @ turn.T
            return LatentEstimates(rows, solution, method, values, covariance, bread, sums)
        # The same markers whichever are reported, so that the same resamples are lost.
        best = choose_markers(fitted, solution.values[0])
        begin = Rescaling(fitted, best).values(solution.values[0])
        resampled = resample(best, begin, sums, self.n_resamples, self.seed)
        kept = Rescaling(best, rows.structure).values(resampled.values)
        return LatentEstimates(
            rows,
            solution,
            method,
            values,
            np.cov(kept.T),
            bread,
            sums,
            resamples=kept,
            lost=resampled.lost,
        )


def _check_lone_clusters(rows: LatentRows) -> None:
    """Refuse a predictor, or a column between clusters, that one cluster alone tells apart."""
    names, between = rows.structure.variables, np.array(rows.is_between)
    judged = np.flatnonzero(between | (np.arange(len(between)) == 0))
    check_lone_clusters(
        tuple(names[k] for k in judged),
        rows.standardized[:, judged],
        rows.clusters.codes[0],
        rows.clusters.names[0],
        "TwoLevelSEM() or MixedModels() with a score of the indicators as the mediator",
    )


def fit_semopy(structure: Structure, moments: Array) -> Array | None:
    """Give semopy's estimates, or None where it fails.

    Parameters
    ----------
    structure : Structure
    moments : ndarray, shape (n_observed, n_observed)
        Correlations.

    Returns
    -------
    ndarray, shape (n_parameters,), or None
    """
    p = structure.n_observed
    with quiet():
        model = Model(describe_structure(structure))
        try:
            # Its starting values need rows: the fewest that have mean zero and these moments.
            half = np.sqrt(p) * np.linalg.cholesky(moments).T
            rows = np.concatenate([half, -half])
            model.fit(pd.DataFrame(rows, columns=[f"v{k}" for k in range(p)]))
        except (np.linalg.LinAlgError, ValueError, ArithmeticError):
            return None
    free = [name for name, parameter in model.parameters.items() if parameter.active]
    found = dict(zip(free, model.param_vals, strict=True))
    values = np.array([found[f"p{k}"] for k in range(len(structure.slots))], dtype=np.float64)
    return values if np.isfinite(values).all() else None
