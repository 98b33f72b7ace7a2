"""CR2 against its definition with matrices of all rows, where clusters are nested."""

import numpy as np
import pytest

from mediation.estimation.clusters import is_constant_inside
from mediation.estimation.cr2 import Working, cluster_scatter, cr2_variance


def definition(x, residuals, codes, theta, contrast):
    """A_t, the sandwich and its Satterthwaite df, written out."""
    n = len(residuals)
    patterns = [np.eye(n)] + [(c[:, None] == c[None, :]).astype(float) for c in codes]
    v = sum(t * g for t, g in zip(theta, patterns, strict=True))
    inverse = np.linalg.inv(v)
    phi = np.linalg.inv(x.T @ inverse @ x)
    maker = np.eye(n) - x @ phi @ x.T @ inverse
    spread = maker @ v @ maker.T
    direction = inverse @ x @ phi @ contrast
    variance, vectors = 0.0, []
    for team in np.unique(codes[-1]):
        rows = np.flatnonzero(codes[-1] == team)
        at = np.ix_(rows, rows)
        t = np.linalg.cholesky(v[at]).T
        values, basis = np.linalg.eigh(t @ spread[at] @ t.T)
        keep = values > 1e-9 * values.max()
        root = (basis[:, keep] / np.sqrt(values[keep])) @ basis[:, keep].T
        adjusted = t.T @ root @ t @ direction[rows]
        variance += float(adjusted @ residuals[rows]) ** 2
        vectors.append(maker[rows].T @ adjusted)
    p = np.array(vectors)
    moments = p @ v @ p.T
    return variance, np.trace(moments) ** 2 / np.sum(moments**2)


def dense_inputs(x, y, codes, fit):
    theta = fit.sigma2 * np.array([1.0, *fit.ratios])
    return y - x @ fit.coefficients, theta


def ours(x, y, codes, fit, contrast):
    tree = fit.statistics.tree
    inside = [k for k in range(x.shape[1]) if not is_constant_inside(x[:, k], codes[-1])]
    at = [*inside, x.shape[1]]
    z = np.column_stack([x, y])[tree.order][None, :, at]
    scatter = cluster_scatter(z, fit.statistics.means[..., at], tree)
    working = Working(fit.statistics, fit.fit.profile, tuple(inside), scatter)
    variance, df = cr2_variance(working, contrast[None])
    return variance[0], df[0]


@pytest.mark.parametrize("column", [0, 1, 2, 3])
@pytest.mark.parametrize("n_levels", [1, 2, 3])
def test_nested_clusters_equal_the_definition(nested_rows, solve, column, n_levels):
    x, y, codes = nested_rows
    rng = np.random.default_rng(3)
    x = np.column_stack([x, rng.normal(size=len(y))])
    codes = codes[:n_levels]
    fit = solve(x, y, codes)
    residuals, theta = dense_inputs(x, y, codes, fit)
    contrast = np.eye(4)[column] if column < 3 else np.array([0.0, -1.0, 0.5, 1.0])
    expected = definition(x, residuals, codes, theta, contrast)
    assert ours(x, y, codes, fit, contrast) == pytest.approx(expected, rel=1e-7)
