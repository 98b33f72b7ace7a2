"""Paths freed of a known share of measurement error in the mediators, at each level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from mediation.arrays import Array, IntArray
from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.clusters import Clusters
from mediation.estimation.columns import Equation, Part
from mediation.estimation.design import Prepared, prepare
from mediation.estimation.paths import Fit
from mediation.model import Parameter
from mediation.sensitivity.measurement_parts import ErrorVariance
from mediation.sensitivity.measurement_spread import (
    Rows,
    latent_scores,
    residual_covariance,
    rows_of,
)
from mediation.vocabulary import PathName

# Above it what is left of a mediator is next to nothing, and the answer a number over nothing.
MOST_ERROR = 0.9
MOST_CLUSTERS = 3000


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Moments:
    """The outcome equation as it was weighted, ready for any share of error.

    Attributes
    ----------
    inverse : ndarray, shape (p, p)
        Inverse of X' V^-1 X.
    error : dict of str to (ndarray, ndarray), each of shape (p, p)
        Of each mediator: what a unit of error variance within, and between, adds to X' V^-1 X.
    roles : tuple of (Parameter or None), length p
    rows : Rows
        What rows and clusters give to these sums.
    """

    inverse: Array
    error: dict[str, tuple[Array, Array]]
    roles: tuple[Parameter | None, ...]
    rows: Rows


def weigh_outcome(fit: Fit, frame: pd.DataFrame) -> Moments:
    """Form the weighted moments of the outcome equation, and what error adds to them.

    Parameters
    ----------
    fit : Fit
        Of an engine that fits one equation at a time; its variances give the weights.
    frame : DataFrame

    Returns
    -------
    Moments

    Raises
    ------
    SpecificationError
        If mediators are split at several levels.
    EstimationError
        As in `prepare`; if there are more clusters than can be weighted as one matrix.
    """
    prepared = prepare(fit.model, frame)
    equation, clusters = prepared.outcome_equation, prepared.clusters
    variances = dict(fit.equations[-2].variances)
    residual = variances["residual"]
    between = _between(clusters, variances) if clusters.names else None
    parts = rows_of(prepared, equation, residual, None if between is None else between.weight)
    rows = parts.inside.T @ parts.weighted_inside + parts.means.T @ parts.weighted_means
    # One scale for all columns, so that the inverse is as exact as the numbers are.
    size = np.sqrt(np.diag(rows))
    inverse = np.linalg.inv(rows / np.outer(size, size)) / np.outer(size, size)
    error = {
        name: _error_of(prepared, equation, name, residual, between) for name in fit.model.mediators
    }
    return Moments(inverse, error, equation.roles, parts)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Between:
    """Weights of the means of innermost clusters (J, J), their sizes, and averages over levels."""

    weight: Array
    sizes: Array
    averages: tuple[Array, ...]

    def take(self, part: Part) -> Array:
        """Give the matrix that makes a part of a mediator from means of innermost clusters."""
        whole = np.eye(len(self.sizes))
        taken: Array = whole if part.of is None else self.averages[part.of]
        return taken if part.less is None else taken - self.averages[part.less]


def _between(clusters: Clusters, variances: dict[str, float]) -> _Between:
    inner = clusters.codes[-1]
    sizes: Array = np.bincount(inner).astype(np.float64)
    if len(sizes) > MOST_CLUSTERS:
        raise EstimationError(
            f"The correction for measurement error weighs at most {MOST_CLUSTERS} clusters. Found "
            f"{len(sizes)} of `{clusters.names[-1]}`. Name larger clusters."
        )
    covariance: Array = np.diag(variances["residual"] / sizes)
    averages = []
    for name, codes in zip(clusters.names, clusters.codes, strict=True):
        above: IntArray = np.zeros(len(sizes), dtype=np.int64)
        above[inner] = codes
        same = (above[:, None] == above).astype(np.float64)
        covariance += variances.get(name, 0.0) * same
        averages.append(same * sizes / (same @ sizes)[:, None])
    weight: Array = np.linalg.inv(covariance).astype(np.float64)
    return _Between(weight, sizes, tuple(averages))


def _error_of(
    prepared: Prepared, equation: Equation, name: str, residual: float, between: _Between | None
) -> tuple[Array, Array]:
    """Give what error of variance one in a mediator adds to the moments, within and between."""
    columns = [prepared.columns[at] for at in equation.x_at]
    found = np.zeros((2, len(columns), len(columns)))
    at = [k for k, column in enumerate(columns) if column.source == name]
    if any(equation.roles[k] is None for k in at):
        raise SpecificationError(
            "Measurement error is corrected where mediators are split at one level. "
            f"`{name}` is split at several. Name one of them in `split_at`."
        )
    n = len(equation.matrix)
    if between is None:
        found[0, at[0], at[0]] = n / residual
        return found[0], found[1]
    inside = (n - len(between.sizes)) / residual
    for k in at:
        for j in at:
            left, right = between.take(columns[k].part), between.take(columns[j].part)
            # Expected e' Q' W Q e for errors that are independent between clusters.
            each = np.einsum("ij,ij->j", left, between.weight @ right)
            found[0, k, j] = (each / between.sizes).sum()
            found[1, k, j] = each.sum()
            if columns[k].part.of is None and columns[j].part.of is None:
                found[0, k, j] += inside
    return found[0], found[1]


def correct_paths(fit: Fit, moments: Moments, errors: Mapping[str, ErrorVariance]) -> Fit | None:
    """Take known error variances of the mediators out of b and c'.

    b_corrected = (X' V^-1 X - E)^-1 X' V^-1 y = K b, with E what the errors add to X' V^-1 X. Its
    covariance is K cov(b) K' and what the sampling of X' V^-1 X - E adds (`Rows.spread`); the
    reliability, or the variance of the error, is taken as known. The slopes a have the mediator on
    the left, where error adds to the residual alone: they and their standard errors stay.

    Parameters
    ----------
    fit : Fit
    moments : Moments
    errors : mapping of str to ErrorVariance
        By mediator; none for those left out.

    Returns
    -------
    Fit or None
        With corrected paths, without data to resample. None if there is so much error that
        (next to) nothing is left of a mediator beside the other variables.

    References
    ----------
    Fuller (1987), Measurement Error Models, section 2.2 (known error variances).
    """
    p = len(moments.roles)
    added = np.zeros((p, p))
    for name, error in errors.items():
        within, between = moments.error[name]
        added += error.within * within + error.between * between
    at = np.flatnonzero(np.diag(added) > 0)
    share = moments.inverse @ added[:, at]
    if len(at) and np.linalg.eigvals(share[at]).real.max() > MOST_ERROR:
        return None
    inflation = np.eye(p)
    if len(at):
        inflation[:, at] += share @ np.linalg.inv(np.eye(len(at)) - share[at])
    places = [k for k, role in enumerate(moments.roles) if role in fit.paths.parameters]
    ours = [
        fit.paths.parameters.index(role)
        for role in (moments.roles[k] for k in places)
        if role is not None
    ]
    change = np.eye(len(fit.paths.values))
    change[np.ix_(ours, ours)] = inflation[np.ix_(places, places)]
    more = np.zeros_like(change)
    if len(at):
        declared = np.zeros(p)
        declared[places] = fit.paths.values[ours]
        # Error is in columns of mediators alone, so that theirs are the only slopes that are read.
        moved = declared[at] @ (np.eye(p) - inflation)[:, at].T
        corrected = inflation @ declared
        bread = inflation @ moments.inverse
        spread = bread @ moments.rows.spread(errors, moments.error, moved, corrected) @ bread.T
        more[np.ix_(ours, ours)] = spread[np.ix_(places, places)]
    return with_paths(fit, change @ fit.paths.values, change, more)


def with_paths(fit: Fit, values: Array, change: Array, more: Array) -> Fit:
    """Put other paths into a fit: a linear function of those it had, with more covariance."""
    covariance = change @ fit.paths.covariance @ change.T + more
    paths = replace(fit.paths, values=values, covariance=(covariance + covariance.T) / 2)
    return replace(fit, paths=paths, total_gap=float("nan"), resampler=None)


def correct_latent_paths(fit: Fit, errors: Mapping[str, ErrorVariance]) -> Fit | None:
    """Take known error variances out of the paths of a two-level structural equation model.

    At each level b_corrected = (Psi - Theta)^-1 Psi b, with Psi the covariance of what the other
    variables leave of the mediators, and c' takes up a (b - b_corrected): what a single indicator
    with that error variance gives in a model that has all paths.

    Parameters
    ----------
    fit : Fit
        Of `TwoLevelSEM`.
    errors : mapping of str to ErrorVariance

    Returns
    -------
    Fit or None
        As `correct_paths`.

    Raises
    ------
    SpecificationError
        If the predictor varies inside clusters, or covariates are in one equation only.

    References
    ----------
    Bollen (1989), Structural Equations with Latent Variables, ch. 5 (single indicators).
    """
    model = fit.model
    if fit.predictor_varies or model.mediator_covariates or model.outcome_covariates:
        raise SpecificationError(
            "In a two-level structural equation model measurement error is corrected where the "
            "predictor is constant inside clusters and all equations have the same covariates. "
            "Here they are not so. "
            "Use MixedModels()."
        )
    index = {parameter: k for k, parameter in enumerate(fit.paths.parameters)}
    values, change = fit.paths.values.copy(), np.eye(len(index))
    more = np.zeros_like(change)
    for number, part in enumerate(("within", "between")):
        b = [p for p in index if p.path is PathName.B and p.level.value == part]
        if not b:
            continue
        names = [str(p.mediator) for p in b]
        theta = np.diag([getattr(errors[n], part) if n in errors else 0.0 for n in names])
        psi = residual_covariance(fit, names, number)
        if np.linalg.eigvals(np.linalg.solve(psi, theta)).real.max() > MOST_ERROR:
            return None
        at = [index[p] for p in b]
        ratio = np.linalg.solve(psi - theta, psi)
        old = fit.paths.values[at]
        values[at] = ratio @ old
        change[np.ix_(at, at)] = ratio
        direct = [k for p, k in index.items() if p.path is PathName.C_PRIME]
        unit = np.zeros((len(index), len(at)))
        unit[at] = np.eye(len(at))
        if part == "between" and direct:
            a = [index[p._replace(path=PathName.A)] for p in b]
            slopes, moved = fit.paths.values[a], old - values[at]
            values[direct[0]] += slopes @ moved
            change[direct[0], at] = slopes @ (np.eye(len(at)) - ratio)
            change[direct[0], a] = moved
            unit[direct[0]] = -slopes
        reach = unit @ np.linalg.inv(psi - theta)
        more += reach @ latent_scores(fit, names, number, errors, old, values[at]) @ reach.T
    return with_paths(fit, values, change, more)
