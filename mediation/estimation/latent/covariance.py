"""Covariance of the estimates of a latent model: by the model, by clusters, by resampling."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from mediation.arrays import Array
from mediation.errors import EstimationError
from mediation.estimation.latent.likelihood import cluster_scores
from mediation.estimation.latent.rows import ClusterSums
from mediation.estimation.latent.solve import Solution, solve
from mediation.estimation.latent.structure import Structure

SINGULAR = "a column without variance, or repeated, in the clusters drawn"


def model_covariance(solution: Solution, n_rows: int) -> Array:
    """Give the inverse of the observed information; zero for variances held at zero.

    Where the information is singular its positive part is inverted, so that the answer, which
    is marked as not converged, stays finite.

    Parameters
    ----------
    solution : Solution
        Of one data set.
    n_rows : int

    Returns
    -------
    ndarray, shape (n_parameters, n_parameters)
    """
    roots, vectors = np.linalg.eigh(solution.hessian[0])
    floor = 1e-10 * np.abs(roots).max()
    bread = (vectors / np.maximum(roots, floor)) @ vectors.T * 2 / n_rows
    free = solution.is_free[0]
    covariance: Array = np.where(free[:, None] & free[None, :], bread, 0.0)
    return covariance


def sandwich_covariance(
    structure: Structure, solution: Solution, moments: Array, sums: ClusterSums
) -> Array:
    """Give the covariance that takes only the clusters as independent.

    I^-1 (C / (C - 1) sum over clusters of s s') I^-1, with the observed information I and the
    score s of each of C clusters; the factor is that of lavaan's `cluster`.

    Parameters
    ----------
    structure : Structure
    solution : Solution
        Of one data set.
    moments : ndarray, shape (n_observed, n_observed)
    sums : ClusterSums

    Returns
    -------
    ndarray, shape (n_parameters, n_parameters)

    References
    ----------
    Huber (1967); Muthen & Satorra (1995), Sociological Methodology 25, 267-316.
    """
    bread = model_covariance(solution, int(sums.sizes.sum()))
    scores = cluster_scores(structure, solution.values[0], moments, sums.sizes, sums.products)
    n_clusters = len(sums.sizes)
    covariance: Array = bread @ scores.T @ scores @ bread * n_clusters / (n_clusters - 1)
    return covariance


@dataclass(frozen=True, slots=True, eq=False)
class Resampled:
    """Estimates of resamples of whole clusters.

    Attributes
    ----------
    values : ndarray, shape (n_kept, n_parameters)
    lost : tuple of (str, int)
        Resamples left out, by cause.
    """

    values: Array
    lost: tuple[tuple[str, int], ...]


def resample(
    structure: Structure, start: Array, sums: ClusterSums, n_resamples: int, seed: int
) -> Resampled:
    """Estimate the model on resamples of whole clusters.

    A cluster drawn twice counts as two clusters. All resamples are fitted in one batch from
    their moments, which are weighted sums of those of the clusters.

    Parameters
    ----------
    structure : Structure
    start : ndarray, shape (n_parameters,)
        Estimates of the data, where every resample starts.
    sums : ClusterSums
    n_resamples, seed : int

    Returns
    -------
    Resampled

    Raises
    ------
    EstimationError
        If fewer than half of the resamples can be used.
    """
    n_clusters = len(sums.sizes)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(n_clusters, np.full(n_clusters, 1 / n_clusters), size=n_resamples)
    n_rows = (drawn @ sums.sizes)[:, None]
    means = drawn @ sums.totals / n_rows
    moments = np.tensordot(drawn, sums.products, axes=1) / n_rows[..., None]
    moments -= means[:, :, None] * means[:, None, :]
    roots = np.linalg.eigvalsh(moments)
    usable = roots[:, 0] > 1e-10 * roots[:, -1]
    moments = moments[usable]
    fits = solve(structure, moments, np.tile(start, (len(moments), 1)))
    kept = fits.is_usable
    lost = Counter(e.value for e, good in zip(fits.endings, kept, strict=True) if not good)
    lost[SINGULAR] = n_resamples - len(moments)
    if kept.sum() < n_resamples / 2:
        causes = "; ".join(f"{cause} {count}" for cause, count in lost.items() if count)
        raise EstimationError(
            f"At least half of the {n_resamples} resamples of {n_clusters} clusters must give "
            f"estimates. Only {kept.sum()} did. Lost: {causes}. Use the cluster-robust covariance, "
            "fewer covariates, or a level with more clusters as the outermost."
        )
    return Resampled(fits.values[kept], tuple((+lost).items()))
