"""Linear mixed models with nested random intercepts: the default engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.by_equation import fit_by_equation
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.cr2 import Working, cluster_scatter, cr2_variance
from mediation.estimation.equation import (
    EquationFit,
    Scaling,
    contextual_contrasts,
    standardize,
)
from mediation.estimation.kenward_roger import KenwardRoger, kenward_roger, satterthwaite
from mediation.estimation.low_df import note_low_df
from mediation.estimation.nested import (
    NestedStatistics,
    Tree,
    reduce_rows,
    stack_statistics,
    tree_of,
)
from mediation.estimation.paths import Fit
from mediation.estimation.reml import RemlFit, fit_reml
from mediation.model import MediationModel
from mediation.options import check_choices
from mediation.vocabulary import (
    DfMethod,
    Level,
    Likelihood,
    PathName,
    SlopeCovariance,
    ZeroVariance,
)

# A column whose spread inside clusters is below this share of its spread is constant there.
CONSTANT = 1e-18
_DF_LABELS = {
    DfMethod.KENWARD_ROGER: "Kenward-Roger",
    DfMethod.SATTERTHWAITE: "Satterthwaite",
    DfMethod.BETWEEN_WITHIN: "between-within df",
}

_DF_WORDS = {
    DfMethod.KENWARD_ROGER: (
        "Kenward-Roger, computed from the estimated variances between and inside clusters, so that "
        "a path that rests on few clusters has few; standard errors are widened too, since these "
        "variances are estimates themselves"
    ),
    DfMethod.SATTERTHWAITE: (
        "Satterthwaite, computed from the estimated variances between and inside clusters and from "
        "how well these are known, so that a path that rests on few clusters has few"
    ),
    DfMethod.BETWEEN_WITHIN: (
        "between-within, a count: clusters less coefficients for what is constant inside clusters, "
        "rows less clusters and coefficients for everything else"
    ),
}


@dataclass(frozen=True, slots=True)
class MixedModels:
    """REML with a random intercept per cluster level and Kenward-Roger inference.

    Attributes
    ----------
    zero_variance : ZeroVariance
        DROP takes covariance and df over the variance components that are not zero, and
        limits the df of coefficients constant inside clusters, and of the predictor, to
        J - q: J clusters at the predictor's level, q coefficients between clusters in the
        equation. KEEP takes them over all components, without that limit; Satterthwaite's df know
        no slope in a variance at zero and are the same but for the limit.
    slope_covariance : SlopeCovariance
        Variance of b within clusters: CR2 by the innermost cluster with Satterthwaite df,
        because slopes differ between clusters, or by the model.
    likelihood : Likelihood
        REML, or ML, whose variances are too small with few clusters.
    df_method : DfMethod
        KENWARD_ROGER adjusts the covariance too and needs REML. SATTERTHWAITE and BETWEEN_WITHIN
        go with the unadjusted covariance. BETWEEN_WITHIN gives coefficients between clusters
        J - q, others n - n_inner - (p - q): n rows, n_inner innermost clusters, p coefficients.

    Raises
    ------
    SpecificationError
        If an option is no member of its enum, or Kenward-Roger is asked for with ML.

    References
    ----------
    Kenward & Roger (1997), Biometrics 53, 983-997; Pustejovsky & Tipton (2018), JBES 36,
    672-683; Schluchter & Elashoff (1990), Journal of Statistical Computation and Simulation 37,
    69-87 (between-within df).

    Examples
    --------
    >>> MixedModels().label
    'mixed models (REML, Kenward-Roger; CR2 for b within)'
    """

    zero_variance: ZeroVariance = ZeroVariance.DROP
    slope_covariance: SlopeCovariance = SlopeCovariance.CR2
    likelihood: Likelihood = Likelihood.REML
    df_method: DfMethod = DfMethod.KENWARD_ROGER
    needs_clusters: ClassVar[bool] = True
    models_clusters: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_choices(self)
        if (self.likelihood, self.df_method) == (Likelihood.ML, DfMethod.KENWARD_ROGER):
            raise SpecificationError(
                "Kenward-Roger is defined for REML. Found `likelihood` ML with `df_method` "
                "KENWARD_ROGER. Keep REML, or choose SATTERTHWAITE or BETWEEN_WITHIN."
            )

    @property
    def label(self) -> str:
        """One line for readers."""
        slope = "; CR2 for b within" if self.slope_covariance is SlopeCovariance.CR2 else ""
        method = f"{self.likelihood.name}, {_DF_LABELS[self.df_method]}"
        return f"mixed models ({method}{slope})"

    @property
    def df_label(self) -> str:
        """Which degrees of freedom these are, in words."""
        text = _DF_WORDS[self.df_method]
        if self.df_method is not DfMethod.BETWEEN_WITHIN and (
            self.zero_variance is ZeroVariance.DROP
        ):
            text += (
                ". A variance estimated at zero is left out; the predictor, and what is constant "
                "inside clusters, has at most the number of the predictor's clusters less the "
                "coefficients between clusters"
            )
        if self.slope_covariance is SlopeCovariance.CR2:
            text += (
                ". The slope b within has its own, Satterthwaite's for CR2, because its standard "
                "error allows for slopes that differ between clusters"
            )
        return text

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit every equation of a model; see `estimate`."""
        return fit_by_equation(self, model, frame)

    def finish(self, model: MediationModel, fit: Fit) -> Fit:
        """Say which slopes rest on few degrees of freedom."""
        if self.slope_covariance is not SlopeCovariance.CR2:
            return fit
        return replace(fit, notes=(*fit.notes, *note_low_df(fit.paths, only_b_within=True)))

    def fit_equations(
        self, equations: tuple[Equation, ...], values: Array, clusters: Clusters, n_clusters: int
    ) -> tuple[EquationFit, ...]:
        """Fit the equations of N data sets of one design.

        Parameters
        ----------
        equations : tuple of Equation
        values : ndarray, shape (N, n_rows, n_columns)
            The matrix of the equations, for each data set.
        clusters : Clusters
        n_clusters : int
            Clusters at the predictor's level.

        Raises
        ------
        EstimationError
            If every innermost cluster has one row, so that nothing varies inside.
        """
        if clusters.count(-1) == values.shape[1]:
            raise EstimationError(
                f"Some clusters must have several rows. All {values.shape[1]} clusters at level "
                f"`{clusters.names[-1]}` have one row. Use OLS() on these rows."
            )
        tree = tree_of(clusters.codes)
        z, scaling = standardize(values[:, tree.order])
        means, deviations = reduce_rows(z, tree)
        wanted = tuple((*equation.x_at, equation.y_at) for equation in equations)
        statistics = stack_statistics(means, deviations, tree, wanted)
        rows = _Rows(z, means, deviations, tree, scaling, clusters.names, n_clusters)
        solved = fit_reml(statistics, self.likelihood)
        adjusted = None
        if self.df_method is DfMethod.KENWARD_ROGER:
            keep_all = self.zero_variance is ZeroVariance.KEEP
            adjusted = kenward_roger(statistics, solved, keep_all | (solved.profile.ratios > 0))
        found = []
        for number, equation in enumerate(equations):
            at, p = slice(number * len(z), (number + 1) * len(z)), len(equation.x_at)
            part = None if adjusted is None else adjusted.part(at, p)
            found.append(self._finish(equation, rows, _part(solved, at, p), part))
        return tuple(found)

    def _finish(
        self, equation: Equation, rows: _Rows, solved: RemlFit, adjusted: KenwardRoger | None
    ) -> EquationFit:
        """Inference for one equation, in the units of its columns."""
        back, offset = rows.scaling.back(equation)
        p = back.shape[-1]
        names, rows_of = contextual_contrasts(equation)
        units = np.concatenate([np.eye(p), rows_of])
        contrasts = units @ back
        covariance, df = self._covariance_and_df(equation, rows, solved, adjusted, contrasts)
        covariance = back @ covariance @ np.swapaxes(back, 1, 2)
        values = np.einsum("nij,nj->ni", back, solved.profile.coefficients) + offset
        if self.slope_covariance is SlopeCovariance.CR2:
            covariance, df = _with_cr2(equation, rows, solved, back, covariance, df)
        estimates = np.einsum("ci,ni->nc", units[p:], values)
        errors = np.sqrt(np.einsum("ci,nij,cj->nc", units[p:], covariance, units[p:]))
        width2 = rows.scaling.width[:, equation.y_at, None] ** 2
        at = solved.profile
        variances = np.concatenate([at.ratios, np.ones((len(values), 1))], axis=1)
        return EquationFit(
            values=values,
            covariance=covariance,
            df=df[:, :p],
            levels=(*rows.names, "residual"),
            variances=variances * at.sigma2[:, None] * width2,
            convergence=solved.convergence,
            contrast_names=names,
            contrasts=np.stack([estimates, errors, df[:, p:]], axis=-1),
        )

    def _covariance_and_df(
        self,
        equation: Equation,
        rows: _Rows,
        solved: RemlFit,
        adjusted: KenwardRoger | None,
        contrasts: Array,
    ) -> tuple[Array, Array]:
        """Covariance of the standardised coefficients, and df of contrasts of them."""
        at = solved.profile
        between = np.array(
            [*equation.between, *(True for _ in contrasts[0, at.inverse.shape[1] :])]
        )
        n_between = sum(equation.between)
        at_most = rows.n_clusters - n_between
        if self.df_method is DfMethod.BETWEEN_WITHIN:
            within = rows.tree.n_rows - len(rows.tree.sizes) - (at.inverse.shape[1] - n_between)
            df = np.broadcast_to(np.where(between, at_most, within), contrasts.shape[:2])
            return at.sigma2[:, None, None] * at.inverse, df.astype(np.float64)
        if adjusted is not None:
            covariance, df = adjusted.covariance, adjusted.df(contrasts)
        else:
            lost = at.inverse.shape[1] if self.likelihood is Likelihood.REML else 0
            free = np.full(len(at.sigma2), float(rows.tree.n_rows - lost))
            covariance = at.sigma2[:, None, None] * at.inverse
            df = satterthwaite(solved, free, contrasts)
        if self.zero_variance is ZeroVariance.DROP:
            df = np.where(between, np.minimum(df, at_most), df)
        return covariance, df


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Standardised rows of N data sets in the order of their tree, with their statistics."""

    z: Array
    means: Array
    deviations: Array
    tree: Tree
    scaling: Scaling
    names: tuple[str, ...]
    n_clusters: int

    def statistics(self, equation: Equation) -> NestedStatistics:
        """Sufficient statistics of one equation."""
        wanted = ((*equation.x_at, equation.y_at),)
        return stack_statistics(self.means, self.deviations, self.tree, wanted)


def _part(solved: RemlFit, rows: slice, p: int) -> RemlFit:
    """Return one equation of a stack, without padding."""
    at = solved.profile
    columns = [*range(p), at.first.shape[-1] - 1]
    square = np.ix_(columns, columns)
    profile = replace(
        at[rows],
        coefficients=at.coefficients[rows, :p],
        inverse=at.inverse[rows, :p, :p],
        cross=at.cross[rows][:, *square],
        first=at.first[rows][:, :, *square],
        second=at.second[rows][:, :, :, *square],
    )
    return RemlFit(profile, solved.convergence[rows], solved.likelihood)


def _with_cr2(
    equation: Equation, rows: _Rows, solved: RemlFit, back: Array, covariance: Array, df: Array
) -> tuple[Array, Array]:
    """Replace the variance and df of b within; correlations stay those of the model.

    The df of a contextual contrast is at most that of its b within.
    """
    slopes = [
        (k, role.mediator)
        for k, role in enumerate(equation.roles)
        if role is not None and (role.path, role.level) == (PathName.B, Level.WITHIN)
    ]
    if not slopes:
        return covariance, df
    working = _working(equation, rows, solved)
    scale = np.ones(covariance.shape[:2])
    df = df.copy()
    names, _ = contextual_contrasts(equation)
    for k, mediator in slopes:
        variance, df[:, k] = cr2_variance(working, back[:, k])
        scale[:, k] = np.sqrt(variance / covariance[:, k, k])
        if f"{mediator} (contextual)" in names:
            at = covariance.shape[1] + names.index(f"{mediator} (contextual)")
            df[:, at] = np.minimum(df[:, at], df[:, k])
    return covariance * scale[:, :, None] * scale[:, None, :], df


def _working(equation: Equation, rows: _Rows, solved: RemlFit) -> Working:
    columns = list(equation.x_at)
    inside = np.diagonal(rows.deviations, axis1=1, axis2=2)[:, columns].max(axis=0)
    varying = tuple(int(k) for k in np.flatnonzero(inside > CONSTANT * rows.tree.n_rows))
    at = [*(columns[k] for k in varying), equation.y_at]
    scatter = cluster_scatter(rows.z[..., at], rows.means[..., at], rows.tree)
    return Working(rows.statistics(equation), solved.profile, varying, scatter)
