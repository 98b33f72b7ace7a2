"""Sampling variance that a correction for measurement error adds, at each level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mediation.arrays import Array
from mediation.estimation.clusters import cluster_means
from mediation.estimation.columns import Equation
from mediation.estimation.design import Prepared
from mediation.estimation.paths import Fit
from mediation.sensitivity.measurement_parts import ErrorVariance


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Rows:
    """What each row, and each innermost cluster, gives to X' V^-1 X and to what error adds.

    Attributes
    ----------
    inside, weighted_inside : ndarray, shape (n_rows, p)
        Deviations from means of innermost clusters (rows themselves without clusters), and the
        same over the residual variance.
    means, weighted_means : ndarray, shape (J, p)
        Means of innermost clusters, and W times them; J is 0 without clusters.
    shares : dict of str to (ndarray, ndarray), shapes (n_rows,) and (J,)
        Of each mediator: what rows, and clusters, give to its variance within and between.
    """

    inside: Array
    weighted_inside: Array
    means: Array
    weighted_means: Array
    shares: dict[str, tuple[Array, Array]]

    def spread(
        self,
        errors: Mapping[str, ErrorVariance],
        added: Mapping[str, tuple[Array, Array]],
        moved: Array,
        corrected: Array,
    ) -> Array:
        """Sum of squares of the scores that the correction adds.

        A score of row i is x_i v_i + E_i b, with v_i what the corrected coefficients leave. v_i is
        what the declared ones leave and x_i'(b_declared - b); the first has the declared
        covariance, and the second, with E_i b, is here.

        Parameters
        ----------
        errors : mapping of str to ErrorVariance
        added : mapping of str to (ndarray, ndarray), each of shape (p, p)
            As `Moments.error`.
        moved : ndarray, shape (p,)
            Coefficients as declared less those corrected.
        corrected : ndarray, shape (p,)

        Returns
        -------
        ndarray, shape (p, p)

        References
        ----------
        Fuller (1987), Measurement Error Models, section 2.2; Carroll et al. (2006), Measurement
        Error in Nonlinear Models, 2nd ed., sections 7.2 and A.6 (corrected scores).
        """
        rows = self.inside * (self.weighted_inside @ moved)[:, None]
        clusters = self.means * (self.weighted_means @ moved)[:, None]
        for name, error in errors.items():
            (within, between), (of_rows, of_clusters) = added[name], self.shares[name]
            # A known share of the variance goes up and down with it; a known variance does not.
            if not np.isnan(error.of_within):
                rows += np.outer(of_rows, error.within * within @ corrected)
            if len(clusters) and not np.isnan(error.of_between):
                clusters += np.outer(of_clusters, error.between * between @ corrected)
        return _squares(rows) + _squares(clusters)


def _squares(scores: Array) -> Array:
    """Sum of squares about the mean, as of scores whose mean is known."""
    n = len(scores)
    if n < 2:
        return np.zeros((scores.shape[1],) * 2)
    centered = scores - scores.mean(axis=0)
    found: Array = centered.T @ centered * (n / (n - 1))
    return found


def rows_of(prepared: Prepared, equation: Equation, residual: float, weight: Array | None) -> Rows:
    """Split the outcome equation into what rows and innermost clusters give.

    Parameters
    ----------
    prepared : Prepared
    equation : Equation
        Of the outcome.
    residual : float
        Residual variance.
    weight : ndarray, shape (J, J), or None
        Inverse covariance of the means of innermost clusters; None without clusters.

    Returns
    -------
    Rows
    """
    x = equation.x
    values = {prepared.columns[e.y_at].source: e.y for e in prepared.mediator_equations}
    if weight is None:
        nothing = np.zeros((0, x.shape[1]))
        shares = {name: (_shares(y - y.mean()), np.zeros(0)) for name, y in values.items()}
        return Rows(x, x / residual, nothing, nothing, shares)
    codes = prepared.clusters.codes[-1]
    sizes = np.bincount(codes)
    means = np.stack([cluster_means(column, codes) for column in x.T], axis=1)
    inside = x - means[codes]
    shares = {}
    for name, y in values.items():
        of_clusters = cluster_means(y, codes)
        apart = np.sqrt(sizes) * (of_clusters - y.mean())
        shares[name] = (_shares(y - of_clusters[codes]), _shares(apart))
    return Rows(inside, inside / residual, means, weight @ means, shares)


def _shares(deviations: Array) -> Array:
    """Squares as shares of their sum."""
    squares: Array = deviations**2
    total = float(squares.sum())
    return squares / total if total > 0 else squares


def _latent_spread(
    noise: Array, df: float, errors: tuple[ErrorVariance | None, ...], part: str, moved: Array,
    corrected: Array,
) -> Array:  # fmt: skip
    """Covariance of (dPsi)(b - b_corrected) + (dTheta) b_corrected at one level of a latent model.

    Parameters
    ----------
    noise : ndarray, shape (k, k)
        Covariance of what the other variables leave of the mediators, as observed at the level.
    df : float
        Rows or clusters that it rests on.
    errors : tuple of (ErrorVariance or None), length k
    part : str
        "within" or "between".
    moved, corrected : ndarray, shape (k,)
        b as declared less corrected, and corrected.

    Returns
    -------
    ndarray, shape (k, k)
        For normal variables.

    References
    ----------
    Muirhead (1982), Aspects of Multivariate Statistical Theory, section 3.2 (covariances of the
    Wishart distribution).
    """
    k = len(noise)
    weights, own = np.zeros((k, k, k)), np.zeros(k)
    for at, error in enumerate(errors):
        weights[at, at] = moved
        whole = float("nan") if error is None else getattr(error, f"of_{part}")
        if error is None or not whole > 0:
            continue
        tied = getattr(error, part) / whole * corrected[at]
        weights[at, at, at] += tied
        own[at] = tied**2 * 2 * max(whole**2 - noise[at, at] ** 2, 0.0) / df
    first = np.einsum("iab,ac,bd,jcd->ij", weights, noise, noise, weights)
    second = np.einsum("iab,ad,bc,jcd->ij", weights, noise, noise, weights)
    found: Array = (first + second) / df + np.diag(own)
    return found


def latent_scores(
    fit: Fit,
    names: list[str],
    number: int,
    errors: Mapping[str, ErrorVariance],
    old: Array,
    new: Array,
) -> Array:
    """Give the sampling covariance of what the correction rests on at a level.

    Parameters
    ----------
    fit : Fit
        Of `TwoLevelSEM`.
    names : list of str, length k
        Mediators.
    number : int
        0 within, 1 between.
    errors : mapping of str to ErrorVariance
    old, new : ndarray, shape (k,)
        b as declared, and corrected.

    Returns
    -------
    ndarray, shape (k, k)
    """
    noise = residual_covariance(fit, names, number)
    n, n_clusters = fit.counts.n_clients, fit.counts.by_level[-1][1]
    df, part, known = float(n - n_clusters), "within", [errors.get(name) for name in names]
    if number:
        inside = residual_covariance(fit, names, 0) * n_clusters / n
        noise, df, part = noise + inside, float(n_clusters), "between"
        known = [
            e and replace(e, of_between=e.of_between + inside[k, k]) for k, e in enumerate(known)
        ]
    return _latent_spread(noise, df, tuple(known), part, old - new, new)


def residual_covariance(fit: Fit, names: list[str], number: int) -> Array:
    """Give the covariance of what is left of the mediators at a level: 0 within, 1 between.

    Parameters
    ----------
    fit : Fit
        Of `TwoLevelSEM`.
    names : list of str, length k
    number : int

    Returns
    -------
    ndarray, shape (k, k)
    """
    found = np.zeros((len(names), len(names)))
    for row, name in enumerate(names):
        at = 2 * fit.model.mediators.index(name) + number
        variances = fit.equations[at].variances
        found[row, row] = variances[0][1]
        linked = dict(variances[1:])
        for column, other in enumerate(names):
            key = f"covariance with {other}"
            if key in linked:
                found[row, column] = found[column, row] = linked[key]
    return found
