"""What every engine returns: paths, their covariance and degrees of freedom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mediation.arrays import Array, read_only
from mediation.errors import EstimationError
from mediation.model import Effect, MediationModel, Parameter, effects_of
from mediation.vocabulary import Convergence

if TYPE_CHECKING:
    import pandas as pd

    from mediation.estimation.resampling import Resampler


@dataclass(frozen=True, slots=True, eq=False)
class PathEstimates:
    """Estimated paths with their sampling covariance.

    Attributes
    ----------
    parameters : tuple of Parameter, length n_paths
    values : ndarray, shape (n_paths,)
        Unstandardised: units of the arrow's head per unit of its tail.
    covariance : ndarray, shape (n_paths, n_paths)
        Sampling covariance of `values`. Zero between paths of equations fitted apart.
    df : ndarray, shape (n_paths,)
        Degrees of freedom of the t distribution of each path; inf where it is normal.
    equation : tuple of int, length n_paths
        Paths with the same number come from one equation and are drawn together; -1 for the paths
        of a model whose equations have one likelihood.
    shares_divisor : tuple of bool, length n_paths
        True for paths constant inside clusters: inside one equation they share the divisor
        of their t draws.
    """

    parameters: tuple[Parameter, ...]
    values: Array
    covariance: Array
    df: Array
    equation: tuple[int, ...]
    shares_divisor: tuple[bool, ...]

    def __post_init__(self) -> None:
        n_paths = len(self.parameters)
        if self.covariance.shape != (n_paths, n_paths):
            raise EstimationError(
                f"`covariance` must have shape ({n_paths}, {n_paths}), one row per parameter. "
                f"Found {self.covariance.shape}. Give the covariance of all paths."
            )
        for name in ("values", "covariance", "df"):
            object.__setattr__(self, name, read_only(getattr(self, name)))


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PathBatch:
    """Estimated paths of N data sets of one design; `batch[i]` is one of them.

    Attributes
    ----------
    values : ndarray, shape (N, n_paths)
    covariance : ndarray, shape (N, n_paths, n_paths)
    df : ndarray, shape (N, n_paths)
    convergence : tuple of Convergence, length N
        The worst outcome of the equations of each data set.
    parameters, equation, shares_divisor
        As in `PathEstimates`.
    """

    parameters: tuple[Parameter, ...]
    values: Array
    covariance: Array
    df: Array
    equation: tuple[int, ...]
    shares_divisor: tuple[bool, ...]
    convergence: tuple[Convergence, ...]

    def __post_init__(self) -> None:
        for name in ("values", "covariance", "df"):
            object.__setattr__(self, name, read_only(getattr(self, name)))

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        counts = Counter(self.convergence)
        ended = ", ".join(f"{counts[each]} {each.name.lower()}" for each in Convergence)
        names = (
            " ".join(filter(None, (path.value, level.value, mediator)))
            for path, level, mediator in self.parameters
        )
        return f"PathBatch of {len(self)} data sets\n  paths: {', '.join(names)}\n  {ended}"

    def __getitem__(self, which: int) -> PathEstimates:
        return PathEstimates(
            parameters=self.parameters,
            values=self.values[which],
            covariance=self.covariance[which],
            df=self.df[which],
            equation=self.equation,
            shares_divisor=self.shares_divisor,
        )


def worst(outcomes: Iterable[Convergence]) -> Convergence:
    """Give the outcome that a reader must know of first."""
    found = set(outcomes)
    for outcome in (
        Convergence.NOT_ESTIMABLE,
        Convergence.NOT_CONVERGED,
        Convergence.BOUNDARY,
    ):
        if outcome in found:
            return outcome
    return Convergence.CONVERGED


@dataclass(frozen=True, slots=True)
class EquationSummary:
    """What is worth knowing of one fitted equation.

    Attributes
    ----------
    label : str
        The equation in words, for example "alliance ~ fidelity + age".
    coefficients : tuple of (str, float, float, float)
        Every coefficient: name, estimate, standard error, degrees of freedom.
    variances : tuple of (str, float)
        Variance of each cluster level and of the residual, by name.
    convergence : Convergence
    contrasts : tuple of (str, float, float, float)
        Linear combinations of the coefficients, such as the contextual effect b between - b
        within of each mediator: name, estimate, standard error, degrees of freedom.
    """

    label: str
    coefficients: tuple[tuple[str, float, float, float], ...]
    variances: tuple[tuple[str, float], ...]
    convergence: Convergence
    contrasts: tuple[tuple[str, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows and clusters used, after rows with missing values are left out.

    Attributes
    ----------
    n_clients : int
        Rows analysed; the same rows in every equation.
    n_clusters : int
        Clusters at the predictor's level (rows if there are no clusters).
    by_level : tuple of (str, int)
        Clusters at every level, outermost first.
    n_left_out : int
        Rows of the table left out for a missing value in any column of the model.
    """

    n_clients: int
    n_clusters: int
    by_level: tuple[tuple[str, int], ...]
    n_left_out: int


@dataclass(frozen=True, slots=True)
class Scale:
    """Standard deviations of one variable in the rows analysed.

    Attributes
    ----------
    name : str
    sd_total : float
        Over all rows.
    sd_between : float
        Of the means of the clusters at the predictor's level, each cluster counted once;
        equal to `sd_total` if there are no clusters.
    """

    name: str
    sd_total: float
    sd_between: float


@dataclass(frozen=True, slots=True, repr=False)
class Fit:
    """A model fitted to a table by an engine.

    Attributes
    ----------
    model : MediationModel
    engine : str
        The engine with its options, for example "MixedModels".
    engine_label : str
        One line for readers, for example "ordinary least squares (does not model clustering)".
    paths : PathEstimates
    equations : tuple of EquationSummary
    counts : Counts
    predictor_level : str or None
        Outermost cluster level inside which the predictor is constant; if it varies inside all,
        the model's `predictor_level`, else the innermost; None without clusters.
    predictor_varies : bool
        Whether the predictor varies inside the innermost clusters.
    time_adjusted : bool
        Whether calendar time is in all equations.
    not_identified : frozenset of Parameter
        Paths the data cannot identify; they are not in `paths`.
    scales : tuple of Scale
        Predictor, mediators, outcome.
    total_gap : float
        total - (sum of indirect between + direct); NaN where between effects are not defined.
    notes : tuple of str
        Sentences a reader of the numbers must know.
    models_clusters : bool
        Whether standard errors and df take the clusters into account.
    df_label : str
        Which degrees of freedom these are, in words.
    fit_indices : tuple of (str, float)
        How well a structural equation model fits, by name; empty for engines that fit one
        equation at a time.
    independent_level : str or None
        Clusters that robust standard errors take as independent; None where they come from the
        model.
    resampler : Resampler or None
        The data, to be resampled and estimated again; None if they are not at hand.
    """

    model: MediationModel
    engine: str
    engine_label: str
    paths: PathEstimates
    equations: tuple[EquationSummary, ...]
    counts: Counts
    predictor_level: str | None
    predictor_varies: bool
    time_adjusted: bool
    not_identified: frozenset[Parameter]
    scales: tuple[Scale, ...]
    total_gap: float
    notes: tuple[str, ...]
    models_clusters: bool
    df_label: str = ""
    fit_indices: tuple[tuple[str, float], ...] = ()
    independent_level: str | None = None
    resampler: Resampler | None = field(default=None, repr=False, compare=False)

    def equations_frame(self) -> pd.DataFrame:
        """One row per coefficient and contrast of every equation, numbers as numbers.

        Returns
        -------
        DataFrame
            Columns `equation, kind, name, estimate, std_error, df`; `kind` is "coefficient" or
            "contrast".
        """
        import pandas as pd

        columns = ["equation", "kind", "name", "estimate", "std_error", "df"]
        rows = [
            (equation.label, kind, *row)
            for equation in self.equations
            for kind, found in (
                ("coefficient", equation.coefficients),
                ("contrast", equation.contrasts),
            )
            for row in found
        ]
        return pd.DataFrame(rows, columns=columns)

    @property
    def convergence(self) -> Convergence:
        """The worst outcome of the equations."""
        return worst(equation.convergence for equation in self.equations)

    @property
    def effects(self) -> tuple[Effect, ...]:
        """The effects of the model as functions of `paths`, in the order of the tables."""
        return effects_of(
            self.paths.parameters,
            self.model.mediators,
            predictor_varies=self.predictor_varies,
            not_identified=self.not_identified,
        )

    def __repr__(self) -> str:
        model = self.model
        rows = [
            f"  {parameter.path.value:<8} {parameter.level.value:<8} {value:10.4f}  ({error:.4f})"
            for parameter, value, error in zip(
                self.paths.parameters,
                self.paths.values,
                np.sqrt(np.diag(self.paths.covariance)),
                strict=True,
            )
        ]
        head = f"{model.predictor} -> {', '.join(model.mediators)} -> {model.outcome}"
        return "\n".join([head, f"{self.counts.n_clients} rows; {self.engine_label}", *rows])
