"""How a correlation between the errors of mediator and outcome moves the paths, level by level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array, IntArray
from mediation.errors import SpecificationError
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.paths import Fit
from mediation.model import Parameter
from mediation.sensitivity.confounding_weights import (
    sums_of_rows,
    times_inverse,
    weighted_slopes,
)
from mediation.vocabulary import DfMethod, Level, PathName, SlopeCovariance


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ErrorLevels:
    """Errors of one mediator and of the outcome at every level, and what covariance does.

    Attributes
    ----------
    levels : tuple of Level
        Levels at which errors can correlate: within and between, or single.
    mediator : ndarray, shape (n_levels + 1,)
        Variance of the mediator's errors given everything else on the right-hand side of the
        outcome, clusters outermost first, rows last.
    outcome : ndarray, shape (n_levels + 1,)
        The same of the outcome, as estimated: given the mediator, if errors were uncorrelated.
    sizes : ndarray, shape (n_levels + 1,)
        Mean rows of a cluster at each level; one for rows.
    moves : ndarray, shape (n_levels + 1, n_paths)
        What a covariance of one at each level adds to the estimated paths.
    is_latent : bool
        Whether the slope between is that on the true cluster means, so that levels do not mix.
    """

    levels: tuple[Level, ...]
    mediator: Array
    outcome: Array
    sizes: Array
    moves: Array
    is_latent: bool

    def unit(self, path: int) -> float:
        """Give what turns a slope inside the innermost clusters into Cohen's f.

        (SD of the mediator's error) / (SD of the outcome's), or nearly so where covariates vary
        both inside clusters and between them and have one slope.

        Parameters
        ----------
        path : int
            Position of the slope.

        Returns
        -------
        float
        """
        sd = np.sqrt(self.mediator[-1] * self.outcome[-1])
        return float(1 / (sd * self.moves[-1, path]))

    def shifts(self, within: Array, between: Array) -> Array:
        """Find what is to be added to the paths if errors correlate.

        Parameters
        ----------
        within, between : ndarray, shape (N,)
            Correlation of the errors of rows, and of cluster intercepts at every level.

        Returns
        -------
        ndarray, shape (N, n_paths)
        """
        rho = np.repeat(between[:, None].astype(np.float64), len(self.sizes), axis=1)
        rho[:, -1] = within
        sd = self.outcome_sd(rho)
        covariance = rho * np.sqrt(self.mediator) * sd
        found: Array = -covariance @ self.moves
        return found

    def outcome_sd(self, rho: Array) -> Array:
        """SD of the outcome's errors that leave, given the mediator, what was estimated.

        Nested clusters of one size have one variance of their means at each level. From rows
        outwards, that of the outcome less what the mediator tells of it is the estimated one: a
        quadratic equation in the SD of each level.

        Parameters
        ----------
        rho : ndarray, shape (N, n_levels + 1)

        Returns
        -------
        ndarray, shape (N, n_levels + 1)
        """
        if self.is_latent:
            latent: Array = np.sqrt(self.outcome / (1 - rho**2))
            return latent
        sd = np.empty(rho.shape)
        of_mediator = seen = 0.0
        of_outcome, shared = np.zeros(len(rho)), np.zeros(len(rho))
        for level in range(len(self.sizes) - 1, -1, -1):
            n, root = self.sizes[level], np.sqrt(self.mediator[level])
            of_mediator += n * self.mediator[level]
            seen += n * self.outcome[level]
            pull = n * rho[:, level] * root
            square = n - pull**2 / of_mediator
            linear = 2 * shared * pull / of_mediator
            constant = np.maximum(seen - of_outcome + shared**2 / of_mediator, 0.0)
            sd[:, level] = (linear + np.sqrt(linear**2 + 4 * square * constant)) / (2 * square)
            of_outcome = of_outcome + n * sd[:, level] ** 2
            shared = shared + pull * sd[:, level]
        return sd


def errors_of_equations(
    fit: Fit, prepared: Prepared, engine: OLS | MixedModels, mediator: str
) -> ErrorLevels:
    """Find the errors of a mediator and the outcome from their equations, fitted by an engine.

    The mediator's equation has everything that stands beside it on the right-hand side of the
    outcome, other mediators too: a common cause is one of what they do not share. What covariance
    adds is the regression, with the weights of the outcome's equation, of the outcome's error
    expected from the mediator's.

    Parameters
    ----------
    fit : Fit
        Its paths are to be moved.
    prepared : Prepared
        Complete rows.
    engine : OLS or MixedModels
    mediator : str

    Returns
    -------
    ErrorLevels
    """
    outcome = prepared.outcome_equation
    tail = _tail_equation(prepared, mediator)
    values = outcome.matrix[None]
    n_clusters = prepared.counts.n_clusters
    fitted = _plain(engine).fit_equations((tail, outcome), values, prepared.clusters, n_clusters)
    of_mediator, of_outcome = (np.array(each.variances[0]) for each in fitted)
    codes: tuple[IntArray, ...] = prepared.clusters.codes
    n_rows = len(outcome.matrix)
    if isinstance(engine, OLS):
        # Sums of squares have one divisor, as in the likelihood of both equations.
        codes, of_mediator, of_outcome = (
            (),
            of_mediator * (n_rows - len(tail.x_at)) / n_rows,
            of_outcome * (n_rows - len(outcome.x_at)) / n_rows,
        )
    residual = tail.y - tail.x @ fitted[0].values[0]
    expected = times_inverse(residual[:, None], codes, of_mediator)
    targets = [sums_of_rows(expected, code) for code in codes] + [expected]
    slopes = weighted_slopes(outcome.x, np.hstack(targets), codes, of_outcome)
    sizes = [n_rows / (int(code.max()) + 1) for code in codes] + [1.0]
    moves = _of_paths(slopes, outcome, fit.paths.parameters)
    at = _levels(codes, of_mediator, of_outcome)
    return ErrorLevels(at, of_mediator, of_outcome, np.array(sizes), moves, False)


def _plain(engine: OLS | MixedModels) -> OLS | MixedModels:
    """Give the engine with the same variances and the quickest standard errors."""
    if isinstance(engine, OLS):
        return OLS()
    return MixedModels(
        slope_covariance=SlopeCovariance.MODEL,
        likelihood=engine.likelihood,
        df_method=DfMethod.BETWEEN_WITHIN,
    )


def errors_of_latent(fit: Fit, mediator: str) -> ErrorLevels:
    """Find the errors of a mediator and the outcome from a fitted two-level SEM.

    Parameters
    ----------
    fit : Fit
        By `TwoLevelSEM`.
    mediator : str

    Returns
    -------
    ErrorLevels

    Raises
    ------
    SpecificationError
        If the fit has no equations of both levels.
    """
    names = fit.model.mediators
    of_mediator, of_outcome = np.empty(2), np.empty(2)
    for number, level in enumerate((Level.BETWEEN, Level.WITHIN)):
        rows = [_variances_of(fit, name, level) for name in names]
        square = np.diag([next(iter(row.values())) for row in rows])
        for i, row in enumerate(rows):
            for j, name in enumerate(names):
                covariance = row.get(f"covariance with {name}")
                if covariance is not None:
                    square[i, j] = square[j, i] = covariance
        k = names.index(mediator)
        precision = np.linalg.pinv(square, hermitian=True)[k, k]
        of_mediator[number] = 1 / precision if precision > 0 else 0.0
        of_outcome[number] = next(iter(_variances_of(fit, fit.model.outcome, level).values()))
    moves = np.zeros((2, len(fit.paths.parameters)))
    a = dict(zip(fit.paths.parameters, fit.paths.values, strict=True))
    for place, (path, at, head) in enumerate(fit.paths.parameters):
        if path is PathName.B and head == mediator:
            moves[0 if at is Level.BETWEEN else 1, place] = 1.0
        if path is PathName.C_PRIME:
            moves[0, place] = -a[Parameter(PathName.A, at, mediator)]
    moves /= np.where(of_mediator > 0, of_mediator, np.inf)[:, None]
    between = (Level.BETWEEN,) if of_mediator[0] * of_outcome[0] > 0 else ()
    return ErrorLevels((Level.WITHIN, *between), of_mediator, of_outcome, np.ones(2), moves, True)


def errors_inside(fit: Fit, mediator: str, of_mediator: float, of_outcome: float) -> ErrorLevels:
    """Give the errors inside clusters of a fit by least squares, whose errors know no level.

    Least squares estimates b within from deviations from cluster means alone: the spread of whole
    rows, which holds what clusters have in common, says nothing of it.

    Parameters
    ----------
    fit : Fit
        By `OLS`, with b within.
    mediator : str
    of_mediator, of_outcome : float
        Variance of deviations of mediator and of outcome that everything else on the right-hand
        side of the outcome leaves unexplained.

    Returns
    -------
    ErrorLevels
        Moves b within and nothing else.
    """
    moves = np.zeros((1, len(fit.paths.parameters)))
    b = Parameter(PathName.B, Level.WITHIN, mediator)
    moves[0, fit.paths.parameters.index(b)] = 1 / of_mediator
    one = np.ones(1)
    return ErrorLevels((Level.WITHIN,), of_mediator * one, of_outcome * one, one, moves, True)


def _variances_of(fit: Fit, name: str, level: Level) -> dict[str, float]:
    for equation in fit.equations:
        if equation.label.startswith(f"{name} {level.value} "):
            return dict(equation.variances)
    raise SpecificationError(
        f"The fit must have an equation of `{name}` {level.value} clusters. "
        f"{fit.engine_label} has none. Use a fit by MixedModels(), OLS() or TwoLevelSEM()."
    )


def _tail_equation(prepared: Prepared, mediator: str) -> Equation:
    """Regression of a mediator on everything else on the right-hand side of the outcome."""
    outcome, columns = prepared.outcome_equation, prepared.columns
    kept = [k for k, at in enumerate(outcome.x_at) if columns[at].source != mediator]
    of_mediator = next(e for e in prepared.mediator_equations if columns[e.y_at].name == mediator)
    return Equation(
        label=f"{mediator} given everything else",
        matrix=outcome.matrix,
        y_at=of_mediator.y_at,
        x_at=tuple(outcome.x_at[k] for k in kept),
        names=tuple(outcome.names[k] for k in kept),
        between=tuple(outcome.between[k] for k in kept),
        roles=tuple(None for _ in kept),
    )


def _levels(
    codes: tuple[IntArray, ...], of_mediator: Array, of_outcome: Array
) -> tuple[Level, ...]:
    """Levels at which errors can correlate: between only where both vary there."""
    if not codes:
        return (Level.SINGLE,)
    both = (of_mediator[:-1] > 0) & (of_outcome[:-1] > 0)
    return (Level.WITHIN, Level.BETWEEN) if both.any() else (Level.WITHIN,)


def _of_paths(slopes: Array, outcome: Equation, parameters: tuple[Parameter, ...]) -> Array:
    """Slopes of the outcome's equation in the order of the paths, (p, k) -> (k, n_paths)."""
    moves = np.zeros((slopes.shape[1], len(parameters)))
    for place, role in enumerate(outcome.roles):
        if role is not None and role in parameters:
            moves[:, parameters.index(role)] = slopes[place]
    return moves
