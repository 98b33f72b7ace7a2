"""The two factors of a product effect as estimates of their own."""

from __future__ import annotations

import numpy as np

from mediation.arrays import Array
from mediation.estimation.paths import PathEstimates
from mediation.inference.product import Factors
from mediation.vocabulary import DrawDistribution

# Correlations are kept this far inside -1 and 1.
INSIDE = 1 - 1e-12


def factors_of_product(
    paths: PathEstimates, left: Array, right: Array, distribution: DrawDistribution
) -> Factors:
    """Value, standard error and df of both factors, and their correlation.

    A factor made of several paths has the least of their df.

    Parameters
    ----------
    paths : PathEstimates
    left, right : ndarray, shape (n_paths,)
    distribution : DrawDistribution
        NORMAL takes df as infinite.

    Returns
    -------
    Factors
        Of one product.
    """
    return factors_of_products(
        paths.values[None], paths.covariance[None], paths.df[None], left, right, distribution
    )


def factors_of_products(
    values: Array,
    covariance: Array,
    df: Array,
    left: Array,
    right: Array,
    distribution: DrawDistribution,
) -> Factors:
    """Give the factors of the same product in N sets of paths; see `factors_of_product`.

    Parameters
    ----------
    values, df : ndarray, shape (N, n_paths)
    covariance : ndarray, shape (N, n_paths, n_paths)
    left, right : ndarray, shape (n_paths,)
    distribution : DrawDistribution

    Returns
    -------
    Factors
        Of N products.
    """
    both = np.stack([left, right])
    spread = both @ covariance @ both.T
    errors = np.sqrt(np.maximum(np.diagonal(spread, axis1=1, axis2=2), 0.0))
    least = np.stack([df[:, row != 0].min(axis=1) for row in both], axis=1)
    if distribution is DrawDistribution.NORMAL:
        least = np.full(least.shape, np.inf)
    scale = errors.prod(axis=1)
    rho = np.where(scale > 0, spread[:, 0, 1] / np.where(scale > 0, scale, 1.0), 0.0)
    return Factors(values @ both.T, errors, least, np.clip(rho, -INSIDE, INSIDE))
