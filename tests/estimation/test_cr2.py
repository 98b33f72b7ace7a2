"""CR2 against its definition with matrices of all rows, where clusters are nested."""

import mpmath
import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.clusters import is_constant_inside
from mediation.estimation.cr2 import Working, cluster_scatter, cr2_variance, graded_eigh


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
        keep = values > 1e-9 * np.sum(basis**2 * np.diag(t @ v[at] @ t.T)[:, None], axis=0)
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


def two_way(sizes, spread, seed=0):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(len(sizes)), sizes)
    m = rng.normal(size=len(sizes))[team] + rng.normal(size=len(team))
    y = 0.5 * m + spread * rng.normal(size=len(sizes))[team] + rng.normal(size=len(team))
    x = rng.normal(size=len(sizes))[team]
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": y})


def of_b_within(frame):
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    fit = med.estimate(model, frame, med.MixedModels())
    (row,) = [r for r in fit.equations[1].coefficients if "deviation" in r[0]]
    return row[2], row[3]


def test_teams_that_differ_without_end_change_nothing_within():
    # Only deviations from team means speak to b within, however far the teams are apart.
    expected = of_b_within(two_way([200] * 14, 40.0))
    for spread in (4e2, 4e3, 4e5):
        assert of_b_within(two_way([200] * 14, spread)) == pytest.approx(expected, rel=1e-4)


def test_a_slope_that_one_cluster_alone_determines_has_no_sandwich():
    with pytest.raises(med.MediationError, match="rest on one alone"):
        of_b_within(two_way([1] * 12 + [20], 0.5))


def test_graded_matrices_keep_their_small_eigenvalues():
    rng = np.random.default_rng(1)
    scale = np.array([1e9, 1e3, 1.0, 1e-4])
    inner = np.cov(rng.normal(size=(4, 20)))
    values, vectors = graded_eigh((scale[:, None] * inner * scale)[None])
    with mpmath.workdps(60):
        exact = mpmath.eigsy(mpmath.matrix((scale[:, None] * inner * scale).tolist()))[0]
        expected = sorted(float(value) for value in exact)
    np.testing.assert_allclose(np.sort(values[0]), expected, rtol=1e-12)
    np.testing.assert_allclose(vectors[0].T @ vectors[0], np.eye(4), atol=1e-14)


def test_a_contextual_slope_is_no_surer_than_its_slope_within():
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(14), 20)
    wide = np.where(team == 0, 8.0, 1.0)  # One team has nearly all that b within rests on.
    m = rng.normal(size=14)[team] + wide * rng.normal(size=280)
    frame = pd.DataFrame({"team": team, "x": rng.normal(size=14)[team], "m": m})
    frame["y"] = 0.5 * m + rng.normal(size=14)[team] + rng.normal(size=280)
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    df = {}
    for slope in med.SlopeCovariance:
        fit = med.estimate(model, frame, med.MixedModels(slope_covariance=slope))
        (within,) = [r for r in fit.equations[1].coefficients if "deviation" in r[0]]
        (contextual,) = fit.equations[1].contrasts
        df[slope] = within[3], contextual[3]
    by_model, by_cr2 = df[med.SlopeCovariance.MODEL], df[med.SlopeCovariance.CR2]
    assert by_cr2[0] < 3 < by_model[1] < by_model[0]
    assert by_cr2[1] == by_cr2[0]
