"""How well a latent model fits, and its standardised solution."""

from __future__ import annotations

import numpy as np
from scipy.stats import chi2

from mediation.arrays import Array
from mediation.estimation.latent.likelihood import Implied, discrepancy, imply
from mediation.estimation.latent.rows import ClusterSums, LatentRows
from mediation.estimation.latent.structure import Structure

FitIndices = tuple[tuple[str, float], ...]


def degrees_of_freedom(structure: Structure) -> int:
    """Count covariances given the exogenous variables, less parameters: one at least.

    Covariances among exogenous variables are given, so they count on neither side (semopy counts
    them as data). Two indicators of one mediator are the least a model can have.

    Examples
    --------
    >>> from mediation.estimation.latent.structure import build_structure
    >>> degrees_of_freedom(build_structure(
    ...     predictor="x", mediators=("m",), outcome="y", mediator_terms=(),
    ...     outcome_terms=(), indicators=(("m", ("i", "j")),)))
    1
    """
    p, q = structure.n_observed, structure.n_exogenous
    return p * (p + 1) // 2 - q * (q + 1) // 2 - len(structure.slots)


def index_fit(rows: LatentRows, values: Array) -> FitIndices:
    """Give the fit indices of a model, with lavaan's definitions.

    All are conditional on the exogenous variables; the mean structure is saturated, and its
    intercepts count in `aic` and `bic`. The baseline of `cfi` and `tli` has all variables
    uncorrelated but the exogenous ones. `rmsea` divides by n; `srmr` is Bentler's, over
    covariances and means.

    Parameters
    ----------
    rows : LatentRows
    values : ndarray, shape (n_parameters,)
        Standardised parameters.

    Returns
    -------
    tuple of (str, float)
    """
    structure, s, n = rows.structure, rows.moments, rows.counts.n_clients
    p, q = structure.n_observed, structure.n_exogenous
    misfit = float(discrepancy(structure, values, s))
    chi_square, df = n * misfit, degrees_of_freedom(structure)
    exogenous = float(np.linalg.slogdet(s[:q, :q])[1]) if q else 0.0
    everything = float(np.linalg.slogdet(s)[1])
    baseline = n * (exogenous - everything)
    df_baseline = p * (p + 1) // 2 - q * (q + 1) // 2 - (p - q)
    spread = 2 * float(np.log(rows.deviations[q:]).sum())
    constant = (p - q) * (float(np.log(2 * np.pi)) + 1)
    log_likelihood = -n / 2 * (misfit + everything - exogenous + spread + constant)
    n_parameters = len(structure.slots) + p - q
    excess, excess_baseline = chi_square - df, baseline - df_baseline
    residuals = s - imply(structure, values, s).observed
    below = residuals[np.tril_indices(p)]
    return (
        ("log_likelihood", log_likelihood),
        ("chi_square", chi_square),
        ("df", float(df)),
        ("p_value", float(chi2.sf(chi_square, df))),
        ("cfi", 1 - max(excess, 0.0) / max(excess, excess_baseline, 1e-300)),
        ("tli", 1 - excess * df_baseline / (excess_baseline * df)),
        ("rmsea", float(np.sqrt(max(excess, 0.0) / (n * df)))),
        ("srmr", float(np.sqrt(below @ below / (p * (p + 1) / 2 + p)))),
        ("aic", 2 * n_parameters - 2 * log_likelihood),
        ("bic", n_parameters * float(np.log(n)) - 2 * log_likelihood),
    )


def scale_chi_square(
    rows: LatentRows, values: Array, covariance: Array, bread: Array, sums: ClusterSums
) -> FitIndices:
    """Divide chi-square by what clusters do to its expectation.

    The factor is (tr saturated - tr model) / df, where tr is the trace of inverse information
    times variance of the cluster scores.

    Parameters
    ----------
    rows : LatentRows
    values : ndarray, shape (n_parameters,)
    covariance, bread : ndarray, shape (n_parameters, n_parameters)
        The sandwich, and the inverse of the observed information.
    sums : ClusterSums

    Returns
    -------
    tuple of (str, float)
        Empty where the factor is not positive, which too few clusters can cause.

    References
    ----------
    Yuan & Bentler (2000), Sociological Methodology 30, 165-200, in the form of Mplus and lavaan.
    """
    df, n = degrees_of_freedom(rows.structure), rows.counts.n_clients
    s, q = rows.moments, rows.structure.n_exogenous
    n_clusters = len(sums.sizes)
    free = np.diag(covariance) > 0
    model = float(
        np.trace(np.linalg.solve(bread[np.ix_(free, free)], covariance[np.ix_(free, free)]))
    )
    implied = imply(rows.structure, values, s).observed
    saturated = _saturated_trace(s, q, sums) / n * n_clusters / (n_clusters - 1)
    intercepts = [
        _mean_trace(each, q, sums) / n * n_clusters / (n_clusters - 1) for each in (s, implied)
    ]
    factor = (saturated + intercepts[0] - model - intercepts[1]) / df
    if factor <= 0:
        return ()
    scaled = n * float(discrepancy(rows.structure, values, s)) / factor
    return (
        ("chi_square_scaled", scaled),
        ("p_value_scaled", float(chi2.sf(scaled, df))),
        ("chi_square_scaling_factor", factor),
    )


def _saturated_trace(s: Array, q: int, sums: ClusterSums) -> float:
    """Trace over slopes and residual covariances of the regression of all variables on x."""
    slopes = np.linalg.solve(s[:q, :q], s[:q, q:])
    residual = s[q:, q:] - s[q:, :q] @ slopes
    to_x = np.linalg.inv(np.linalg.cholesky(s[:q, :q]))
    to_e = np.linalg.inv(np.linalg.cholesky(residual)) @ np.hstack(
        [-slopes.T, np.eye(len(residual))]
    )
    crossed = to_e @ sums.products[:, :, :q] @ to_x.T
    squared = to_e @ sums.products @ to_e.T - sums.sizes[:, None, None] * np.eye(len(residual))
    return float(np.sum(crossed**2) + np.sum(squared**2) / 2)


def _mean_trace(covariance: Array, q: int, sums: ClusterSums) -> float:
    """Trace over the intercepts."""
    x = np.linalg.inv(covariance)
    scores = (sums.totals @ x)[:, q:]
    return float(np.einsum("gi,ij,gj->", scores, np.linalg.inv(x[q:, q:]), scores))


def standardize_solution(
    structure: Structure, implied: Implied, values: Array, covariance: Array
) -> tuple[Array, Array]:
    """Give arrows in standard deviations of head and tail, with delta-method standard errors.

    Latent variables are scaled by the deviation the model implies; that of exogenous variables
    is given (lavaan's `std.all` with `fixed.x`).

    Parameters
    ----------
    structure : Structure
    implied : Implied
    values : ndarray, shape (n_parameters,)
    covariance : ndarray, shape (n_parameters, n_parameters)

    Returns
    -------
    estimates, std_errors : ndarray, shape (n_arrows,)
        Free arrows in the order of `structure.slots`, then the loading of each marker.
    """
    e, v = implied.effects, implied.everything
    n, first = len(structure.variables), len(structure.variables) - len(structure.indicators)
    at = np.flatnonzero(structure.is_arrow)
    fixed = [structure.variables.index(marker) for marker in structure.markers]
    head = np.concatenate([structure.head[at], np.array(fixed, dtype=np.int64)])
    tail = np.concatenate([structure.tail[at], np.arange(first, n)])
    slopes = np.concatenate([values[at], np.ones(len(fixed))])
    to, by = structure.head, structure.tail
    other = np.where(structure.is_arrow[None, :], v[:, by], e[:, by])
    growth = np.where(structure.is_variance, 1.0, 2.0) * e[:, to] * other / np.diag(v)[:, None]
    ratio = np.sqrt(np.diag(v)[tail] / np.diag(v)[head])
    jacobian = slopes[:, None] * (growth[tail] - growth[head]) / 2
    jacobian[np.arange(len(at)), at] += 1.0
    jacobian *= ratio[:, None]
    variances = np.einsum("ij,jk,ik->i", jacobian, covariance, jacobian)
    return slopes * ratio, np.sqrt(np.maximum(variances, 0.0))
