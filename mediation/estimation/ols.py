"""Ordinary least squares, with the covariance of the published specification or a robust one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import SpecificationError
from mediation.estimation.by_equation import fit_by_equation
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation
from mediation.estimation.equation import (
    EquationFit,
    Scaling,
    contextual_contrasts,
    standardize,
)
from mediation.estimation.least_squares import cluster_grams, least_squares, orthonormalize
from mediation.estimation.low_df import note_low_df
from mediation.estimation.paths import Fit
from mediation.estimation.sandwich import SandwichEstimate, classical, cr1, cr2, hc3
from mediation.model import MediationModel
from mediation.options import check_choices
from mediation.vocabulary import Convergence, Covariance

CLUSTERED = (Covariance.CR1, Covariance.CR2)
# Share of the expected variance that CR2 may lose to clusters that alone determine a direction.
LOST = 0.01


@dataclass(frozen=True, slots=True)
class OLS:
    """Least squares. Classical standard errors take the rows as independent.

    With clusters in the model the mediator is split into cluster mean and deviation; without, it
    enters as it is, which is the published specification of the field (path analysis by least
    squares).

    Attributes
    ----------
    covariance : Covariance
        CLASSICAL and HC3 ignore clusters; t with n - p df. CR1 takes clusters as independent,
        factor J / (J - 1), t with J - 1 df: still too narrow with few clusters. CR2 is unbiased if
        rows are independent and has Satterthwaite df.
    cluster : str, optional
        Cluster column of CR1 and CR2. Left out: the outermost clusters of the model, since rows
        of one of them may depend on each other.

    Raises
    ------
    SpecificationError
        If `covariance` is no Covariance, or `cluster` is given with one that knows no clusters.

    References
    ----------
    MacKinnon & White (1985), Journal of Econometrics 29, 305-325 (HC3); Bell & McCaffrey (2002),
    Survey Methodology 28, 169-181, and Pustejovsky & Tipton (2018), JBES 36, 672-683 (CR2).

    Examples
    --------
    >>> OLS().label
    'ordinary least squares (does not model clustering)'
    >>> OLS(Covariance.CR2, cluster="team").label
    'ordinary least squares (CR2 by team, Satterthwaite df)'
    """

    covariance: Covariance = Covariance.CLASSICAL
    cluster: str | None = None
    likelihood: ClassVar[None] = None

    def __post_init__(self) -> None:
        check_choices(self)
        if self.cluster is not None and not self.models_clusters:
            raise SpecificationError(
                f"`cluster` goes with the covariances CR1 and CR2. Found {self.covariance.name} "
                f"with `{self.cluster}`. Choose Covariance.CR2, or leave `cluster` out."
            )

    @property
    def models_clusters(self) -> bool:
        """Whether standard errors and df take clusters into account."""
        return self.covariance in CLUSTERED

    @property
    def needs_clusters(self) -> bool:
        """Whether the engine is meaningless without clusters."""
        return self.models_clusters

    @property
    def label(self) -> str:
        """One line for readers."""
        return self._label(self.cluster or "the outermost clusters")

    def _label(self, cluster: str) -> str:
        by = f"{self.covariance.name} by {cluster.replace('_', ' ')}"
        what = {
            Covariance.CLASSICAL: "does not model clustering",
            Covariance.HC3: "HC3; does not model clustering",
            Covariance.CR1: by,
            Covariance.CR2: f"{by}, Satterthwaite df",
        }
        return f"ordinary least squares ({what[self.covariance]})"

    @property
    def df_label(self) -> str:
        """Which degrees of freedom these are, in words."""
        if self.covariance is Covariance.CR2:
            return (
                "Satterthwaite's for CR2 (cluster-robust standard errors), computed for each path "
                "from how many clusters speak to it and how evenly"
            )
        if self.covariance is Covariance.CR1:
            return "clusters less one, as usual for CR1 (cluster-robust standard errors)"
        return "rows less coefficients"

    def fit(self, model: MediationModel, frame: pd.DataFrame) -> Fit:
        """Fit every equation of a model; see `estimate`."""
        return fit_by_equation(self, model, frame)

    def finish(self, model: MediationModel, fit: Fit) -> Fit:
        """Name the clusters that are taken as independent."""
        if not self.models_clusters:
            return fit
        level = self.cluster or model.clusters[0]
        low = note_low_df(fit.paths) if self.covariance is Covariance.CR2 else ()
        return replace(
            fit,
            engine_label=self._label(level),
            independent_level=level,
            notes=(*fit.notes, *low),
        )

    def fit_equations(
        self, equations: tuple[Equation, ...], values: Array, clusters: Clusters, n_clusters: int
    ) -> tuple[EquationFit, ...]:
        """Fit the equations of N data sets of one design; see `EquationEngine`.

        A df of NaN says that no second cluster speaks to a coefficient, a covariance of NaN
        (HC3) that one row alone does: there is no standard error then.
        """
        z, scaling = standardize(values)
        codes: IntArray = np.zeros(values.shape[1], dtype=np.int64)
        if self.models_clusters:
            name = self.cluster or clusters.names[0]
            if name not in clusters.names:
                raise SpecificationError(
                    "`cluster` of the engine must be one of the model's clusters: "
                    f"{', '.join(clusters.names)}. Found {name}. Name one of them."
                )
            codes = clusters.codes[clusters.names.index(name)]
        return tuple(self._fit(equation, z, scaling, codes) for equation in equations)

    def _fit(self, equation: Equation, z: Array, scaling: Scaling, codes: IntArray) -> EquationFit:
        back, offset = scaling.back(equation)
        rows = orthonormalize(z[..., list(equation.x_at)], z[..., equation.y_at])
        inverse = back @ rows.back
        values = (back @ rows.values[..., None])[..., 0] + offset
        p = back.shape[-1]
        names, wanted = contextual_contrasts(equation)
        units = np.concatenate([np.eye(p), wanted])
        both = np.concatenate([rows.columns, rows.residuals[..., None]], axis=2)
        gram = cluster_grams(both, codes)
        fit = least_squares(gram, z.shape[1])
        by_cluster = cr2(gram, fit, units @ inverse) if self.models_clusters else None
        if self.covariance is Covariance.HC3:
            found = hc3(rows.columns, rows.residuals, fit.bread)
        elif by_cluster is None:
            found = classical(fit)
        else:
            found = by_cluster if self.covariance is Covariance.CR2 else cr1(gram, fit)
        covariance = inverse @ found.covariance @ inverse.mT
        df = _of_contrasts(found, len(units))
        if by_cluster is not None:
            # A sandwich knows nothing of what one cluster alone determines, CR1 no more than CR2.
            roles = [*(role is not None for role in equation.roles), *[True] * len(wanted)]
            df = np.where(np.array(roles) & (by_cluster.kept < 1 - LOST), np.nan, df)
        errors = np.sqrt(np.sum((wanted @ covariance) * wanted, axis=-1))
        width2 = scaling.width[:, equation.y_at] ** 2
        return EquationFit(
            values=values,
            covariance=covariance,
            df=df[:, :p],
            levels=("residual",),
            variances=(fit.sigma2 * width2)[:, None],
            convergence=(Convergence.CONVERGED,) * len(z),
            contrast_names=names,
            contrasts=np.stack([values @ wanted.T, errors, df[:, p:]], axis=-1),
        )


def _of_contrasts(found: SandwichEstimate, n_contrasts: int) -> Array:
    """Degrees of freedom of every contrast where all coefficients have the same."""
    df: Array = found.df
    n_known = df.shape[1]
    if n_known == n_contrasts:
        return df
    return np.concatenate([df, np.tile(df[:, :1], (1, n_contrasts - n_known))], axis=1)
