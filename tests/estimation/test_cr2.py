"""CR2 against its definition with matrices of all rows, where clusters are nested."""

import numpy as np
import pytest

from mediation.estimation.cr2 import Working, cr2_variance
from mediation.estimation.reml import fit_reml, nested_statistics


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


@pytest.mark.parametrize("column", [0, 1, 2])
def test_nested_clusters_equal_the_definition(nested_rows, column):
    x, y, codes = nested_rows
    codes = codes[:2]
    fit = fit_reml(nested_statistics(x, y, codes))
    theta = [fit.sigma2, *(fit.ratios * fit.sigma2)]
    patterns = [np.eye(len(y))] + [(c[:, None] == c[None, :]).astype(float) for c in codes]
    v = sum(t * g for t, g in zip(theta, patterns, strict=True))
    phi = np.linalg.inv(x.T @ np.linalg.solve(v, x))
    residuals = y - x @ fit.coefficients
    contrast = np.eye(3)[column]
    ours = cr2_variance(Working(x, residuals, codes, fit, phi), contrast)
    expected = definition(x, residuals, codes, theta, contrast)
    assert ours == pytest.approx(expected, rel=1e-7)
