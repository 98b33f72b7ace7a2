"""Sandwich covariances against their definitions, known answers, statsmodels, and their laws."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.estimation.least_squares import cluster_grams, least_squares, orthonormalize
from mediation.estimation.sandwich import classical, cr1, cr2, hc3

REFERENCE = Path(__file__).parents[1] / "reference"
SIZES = {
    "from one": [1, 1, 2, 3, 5, 8, 13],
    "equal": [6] * 9,
    "three": [4, 9, 2],
    "one dominates": [60, 2, 3, 1, 2],
}


def make_rows(sizes, n_sets=1, p=3, seed=0):
    """Shuffled rows: intercept, a column of clusters, columns of rows; y far from zero."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    x = rng.normal(2.0, 3.0, size=(n_sets, len(codes), p))
    x[:, :, 0] = 1.0
    x[:, :, 1] = rng.normal(size=(n_sets, len(sizes)))[:, codes]
    y = 5 + x.sum(axis=2) + rng.normal(size=(n_sets, len(sizes)))[:, codes]
    return x, y + rng.normal(size=y.shape), codes


def fit_rows(x, y, codes):
    gram = cluster_grams(np.concatenate([x, y[:, :, None]], axis=2), codes)
    return gram, least_squares(gram, y.shape[1])


def adjusted_scores(x, codes):
    """X'X inverse, I - H, and A_j X_j M of each cluster with rows of others zero: (J, n, p)."""
    n = len(codes)
    bread = np.linalg.inv(x.T @ x)
    rest = np.eye(n) - x @ bread @ x.T
    pieces = []
    for cluster in np.unique(codes):
        rows = np.flatnonzero(codes == cluster)
        values, axes = np.linalg.eigh(rest[np.ix_(rows, rows)])
        keep = values > 1e-10
        piece = np.zeros((n, x.shape[1]))
        root = (axes[:, keep] / np.sqrt(values[keep])) @ axes[:, keep].T
        piece[rows] = root @ x[rows] @ bread
        pieces.append(piece)
    return bread, rest, np.array(pieces)


def cr2_by_definition(x, y, codes, contrast):
    """Variance and df of a contrast, with matrices of all rows."""
    _, rest, pieces = adjusted_scores(x, codes)
    scores = pieces @ contrast
    p = rest @ scores.T
    b = p.T @ p
    return float(np.sum((scores @ rest @ y) ** 2)), np.trace(b) ** 2 / np.sum(b**2)


def assert_close(ours, expected, rel=1e-6):
    """Relative to each number, and to the largest where one is zero by cancellation."""
    np.testing.assert_allclose(ours, expected, rtol=rel, atol=rel * 1e-2 * np.abs(expected).max())


def assert_cr2_is_the_definition(x, y, codes, rel=1e-8):
    gram, fit = fit_rows(x, y, codes)
    contrasts = np.vstack([np.eye(x.shape[2]), np.arange(1.0, x.shape[2] + 1)])
    estimate = cr2(gram, fit, contrasts)
    for s in range(len(x)):
        for k, c in enumerate(contrasts):
            variance, df = cr2_by_definition(x[s], y[s], codes, c)
            assert c @ estimate.covariance[s] @ c == pytest.approx(variance, rel=rel)
            assert estimate.df[s, k] == pytest.approx(df, rel=rel)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_a_batch_equals_the_definition(sizes):
    assert_cr2_is_the_definition(*make_rows(sizes, n_sets=3))


def test_many_columns_equal_the_definition():
    assert_cr2_is_the_definition(*make_rows([3, 4, 5, 6, 7, 1, 9], p=6))


def test_an_indicator_of_one_cluster_equals_the_definition():
    x, y, codes = make_rows([5, 7, 3, 8, 4, 1], n_sets=2, p=4)
    x[:, :, 3] = codes == 3
    assert_cr2_is_the_definition(x, y, codes)


def test_a_cluster_far_out_is_not_spent():
    # Leverage 1 - 4e-7 or so: almost one cluster's own direction, but the others still speak.
    x, y, codes = make_rows([5, 7, 3, 8, 4, 1], n_sets=2)
    x[:, :, 1] *= np.where(codes == 3, 2000.0, 1.0)
    assert_cr2_is_the_definition(x, y, codes, rel=1e-6)


def test_columns_that_nearly_repeat_each_other_equal_the_definition():
    x, y, codes = make_rows([5, 7, 3, 8, 4, 1], p=5)
    x[:, :, 3] = x[:, :, 2] + 1e-3 * x[:, :, 3]
    x[:, :, 4] = codes == 3
    x[:, :, 2:4] -= x[:, :, 2:4].mean(axis=1, keepdims=True)
    assert_cr2_is_the_definition(x, y, codes, rel=1e-5)


def test_orthonormal_columns_keep_the_digits_that_cross_products_lose():
    # Nearly collinear columns, and y far from zero; the same space in harmless columns is the
    # yardstick, and T its change of columns.
    x, y, codes = make_rows([5, 7, 3, 8, 4, 1], n_sets=2, p=5)
    x[:, :, 4] = codes == 3
    change = np.eye(5)
    change[:, 3] = [0, 0, 1, 1e-6, 0]
    rows = orthonormalize(x @ change, y + 1e5)
    gram, fit = fit_rows(rows.columns, rows.residuals, codes)
    estimate = cr2(gram, fit, rows.back)
    expected = cr2(*fit_rows(x, y, codes), np.linalg.inv(change))
    turn = np.linalg.inv(change)
    covariance = rows.back @ estimate.covariance @ rows.back.mT
    assert_close(covariance, turn @ expected.covariance @ turn.T, rel=1e-7)
    assert_close(estimate.df, expected.df, rel=1e-7)
    slopes = fit_rows(x, y, codes)[1].values
    assert_close(rows.values[:, 1], slopes[:, 1], rel=1e-7)
    assert_close(rows.values[:, 3], slopes[:, 3] * 1e6, rel=1e-7)
    assert fit.condition == pytest.approx(1.0, rel=1e-9)


def test_contrasts_of_their_own_for_each_data_set():
    x, y, codes = make_rows([5, 7, 3, 8, 4, 1], n_sets=4)
    gram, fit = fit_rows(x, y, codes)
    contrasts = np.random.default_rng(1).normal(size=(4, 2, 3))
    df = cr2(gram, fit, contrasts).df
    for s in range(4):
        one = cr2(gram[s : s + 1], least_squares(gram[s : s + 1], y.shape[1]), contrasts[s])
        assert df[s] == pytest.approx(one.df[0], rel=1e-10)


PUBLISHED = {
    10: (-0.19342796, 0.36413377, 0.40002420, 3.3934776),
    20: (-0.23579663, 0.15790850, 0.16303756, 4.932405),
}


@pytest.mark.parametrize("n_clusters", PUBLISHED)
def test_numbers_noted_from_clubsandwich(n_clusters):
    rows = pd.read_csv(REFERENCE / f"ols_demo_{n_clusters}" / "data.csv")
    x = np.column_stack([np.ones(len(rows)), rows.w1])[None]
    gram, fit = fit_rows(x, rows.y1.to_numpy()[None], rows.cluster.to_numpy())
    estimate = cr2(gram, fit)
    slope, cr1_error, cr2_error, df = PUBLISHED[n_clusters]
    assert fit.values[0, 1] == pytest.approx(slope, abs=1e-8)
    assert cr1(gram, fit).covariance[0, 1, 1] ** 0.5 == pytest.approx(cr1_error, abs=1e-8)
    assert estimate.covariance[0, 1, 1] ** 0.5 == pytest.approx(cr2_error, abs=1e-8)
    assert estimate.df[0, 1] == pytest.approx(df, abs=1e-6)


def test_two_groups_of_clusters_are_welch():
    # Equal sizes, a column of two values between clusters: the cluster means of two groups.
    sizes, group = [5] * 7, np.array([0, 0, 0, 1, 1, 1, 1])
    codes = np.repeat(np.arange(7), sizes)
    y = np.random.default_rng(3).normal(size=35)
    x = np.column_stack([np.ones(35), group[codes]])
    gram, fit = fit_rows(x[None], y[None], codes)
    estimate = cr2(gram, fit)
    means = y.reshape(7, 5).mean(axis=1)
    spread = np.var(means[:3], ddof=1) / 3 + np.var(means[3:], ddof=1) / 4
    assert estimate.covariance[0, 1, 1] == pytest.approx(spread, rel=1e-10)
    # Under equal variances: (1/3 + 1/4)^2 / (1/(9 * 2) + 1/(16 * 3)).
    assert estimate.df[0, 1] == pytest.approx((7 / 12) ** 2 / (1 / 18 + 1 / 48), rel=1e-10)
    assert estimate.df[0, 0] == pytest.approx(2.0, rel=1e-10)


def test_a_cluster_with_its_own_indicator_is_as_if_left_out():
    # Where all other columns are constant inside clusters.
    x, y, codes = make_rows([5, 7, 3, 8, 4], p=3)
    x[:, :, 2] = codes == 3
    with_it = cr2(*fit_rows(x, y, codes))
    others = codes != 3
    without = cr2(*fit_rows(x[:, others, :2], y[:, others], codes[others]))
    assert with_it.covariance[0, :2, :2] == pytest.approx(without.covariance[0], rel=1e-9)
    assert with_it.df[0, :2] == pytest.approx(without.df[0], rel=1e-9)


def test_no_cluster_left_to_compare_gives_no_df():
    # As many columns between clusters as clusters: nothing is left over between them.
    codes = np.repeat([0, 1], 5)
    x = np.column_stack([np.ones(10), codes])[None]
    gram, fit = fit_rows(x, np.random.default_rng(0).normal(size=(1, 10)), codes)
    estimate = cr2(gram, fit)
    assert np.isnan(estimate.df).all()
    assert np.abs(estimate.covariance).max() < 1e-15


def test_statsmodels():
    x, y, codes = make_rows(SIZES["from one"], p=4)
    gram, fit = fit_rows(x, y, codes)
    theirs = sm.OLS(y[0], x[0]).fit()
    assert fit.values[0] == pytest.approx(theirs.params, rel=1e-9)
    ours = classical(fit)
    assert ours.covariance[0] == pytest.approx(theirs.cov_params(), rel=1e-9)
    assert set(ours.df[0]) == {theirs.df_resid}
    residuals = y - (x @ fit.values[:, :, None])[..., 0]
    robust = hc3(x, residuals, fit.bread)
    assert robust.covariance[0] == pytest.approx(theirs.cov_HC3, rel=1e-9)
    assert set(robust.df[0]) == {theirs.df_resid}
    clustered = sm.OLS(y[0], x[0]).fit(
        cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False}
    )
    ours = cr1(gram, fit)
    # statsmodels' is CR0.
    assert ours.covariance[0] == pytest.approx(clustered.cov_params() * 7 / 6, rel=1e-9)
    assert set(ours.df[0]) == {6.0}


def test_hc3_is_undefined_where_a_row_has_leverage_one():
    x, y, _ = make_rows([6, 6], n_sets=2)
    x[0, :, 1] = 0.0
    x[0, 4, 1] = 1.0
    bread = np.linalg.inv(x.mT @ x)
    residuals = y - (x @ bread @ x.mT @ y[:, :, None])[..., 0]
    covariance = hc3(x, residuals, bread).covariance
    assert np.isnan(covariance[0]).all()
    assert np.isfinite(covariance[1]).all()


def test_no_row_more_than_coefficients_has_no_residual_variance():
    x, y, codes = make_rows([1, 1, 1])
    assert np.isnan(fit_rows(x, y, codes)[1].sigma2).all()


def test_many_clusters_need_no_matrix_of_clusters():
    # 30,000 x 30,000 floats are 7 GB. Sizes of one: CR2 is HC2.
    n = 30_000
    x, y, _ = make_rows([1] * n)
    gram, fit = fit_rows(x, y, np.arange(n))
    estimate = cr2(gram, fit)
    assert estimate.covariance[0] == pytest.approx(hc2(x[0], y[0]), rel=1e-8)
    assert np.all((estimate.df > 1) & (estimate.df < n))


def test_results_cannot_be_written_to():
    gram, fit = fit_rows(*make_rows([3, 4, 5]))
    with pytest.raises(ValueError, match="read-only"):
        fit.values[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        cr2(gram, fit).covariance[0] = 0


def hc2(x, y):
    bread = np.linalg.inv(x.T @ x)
    residuals = y - x @ (bread @ (x.T @ y))
    left = 1 - np.einsum("ij,jk,ik->i", x, bread, x)
    return bread @ (x.T * (residuals**2 / left)) @ x @ bread


# Laws

designs = st.tuples(
    st.lists(st.integers(1, 9), min_size=4, max_size=12).filter(lambda sizes: sum(sizes) > 8),
    st.integers(0, 10**6),
)


@given(designs, st.floats(1e-6, 1e6), st.integers(0, 2))
@settings(max_examples=40, deadline=None)
def test_scaling_a_column_scales_its_coefficient(design, factor, column):
    x, y, codes = make_rows(design[0], seed=design[1])
    factors = np.ones(3)
    factors[column] = factor
    before = cr2(*fit_rows(x, y, codes))
    after = cr2(*fit_rows(x * factors, y, codes))
    assert_close(after.covariance * np.outer(factors, factors), before.covariance)
    assert_close(after.df, before.df)


@given(designs)
@settings(max_examples=40, deadline=None)
def test_names_of_clusters_and_order_of_rows_do_not_matter(design):
    x, y, codes = make_rows(design[0], seed=design[1])
    rng = np.random.default_rng(design[1])
    names = rng.permutation(len(design[0]))[codes]
    order = rng.permutation(len(codes))
    before = cr2(*fit_rows(x, y, codes))
    after = cr2(*fit_rows(x[:, order], y[:, order], names[order]))
    assert_close(after.covariance, before.covariance)
    assert_close(after.df, before.df)


@given(st.integers(8, 40), st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_clusters_of_one_row_are_hc2(n, seed):
    x, y, codes = make_rows([1] * n, seed=seed)
    estimate = cr2(*fit_rows(x, y, codes))
    assert_close(estimate.covariance[0], hc2(x[0], y[0]))


@given(designs)
@settings(max_examples=40, deadline=None)
def test_cr2_is_unbiased_if_rows_are_independent(design):
    # V(y) is a quadratic form in y; V(e_i) summed over unit vectors is its mean for sigma^2 = 1.
    x, _, codes = make_rows(design[0], seed=design[1])
    n = len(codes)
    fit_each = fit_rows(np.repeat(x, n, axis=0), np.eye(n), codes)
    mean = cr2(*fit_each).covariance.sum(axis=0)
    assert_close(mean, fit_each[1].bread[0])


@given(designs)
@settings(max_examples=40, deadline=None)
def test_df_lie_between_one_and_the_number_of_clusters(design):
    df = cr2(*fit_rows(*make_rows(design[0], seed=design[1]))).df
    assert np.all((df >= 1 - 1e-6) & (df <= len(design[0])))
