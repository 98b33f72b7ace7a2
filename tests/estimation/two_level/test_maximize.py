"""The maximum: bounds, what they take with them, and that no other start finds a higher one."""

import numpy as np
import pytest

from mediation.estimation.two_level.boundary import find_trades, interior, mirror, settle
from mediation.estimation.two_level.fit import TwoLevelData, fit_two_level, prepare
from mediation.estimation.two_level.likelihood import differentiate, evaluate
from mediation.estimation.two_level.loadings import from_loadings, loading_form, to_loadings
from mediation.estimation.two_level.maximize import invert_information, maximize
from mediation.estimation.two_level.start import starting_values
from mediation.estimation.two_level.structure import LevelStructure, Structure
from mediation.vocabulary import Convergence


def null_rows(seed, n_clusters=14, size=22, shrink=1.0):
    """No effect of x; means of m and y between clusters shrunk by a factor."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_clusters), size)
    y = rng.normal(size=(len(codes), 2))
    means = y.reshape(n_clusters, size, 2).mean(axis=1)[codes]
    y += (shrink - 1.0) * means
    w = np.column_stack([np.ones(n_clusters), rng.normal(size=n_clusters)])
    return TwoLevelData(y, np.empty((len(codes), 0)), w, codes)


def test_balanced_rows_give_the_anova_answer(make):
    # Complete, balanced, interior: slopes within are least squares on deviations, reduced-form
    # slopes least squares on means, and Sigma_B = S_means - S_W / n with S_means over J.
    rng = np.random.default_rng(4)
    n_clusters, size = 30, 8
    codes = np.repeat(np.arange(n_clusters), size)
    shared = rng.multivariate_normal([0, 0], [[1.0, 0.4], [0.4, 0.8]], n_clusters)[codes]
    y = rng.normal(size=(len(codes), 2)) @ [[1.0, 0.5], [0.0, 1.0]] + shared
    w = np.column_stack([np.ones(n_clusters), rng.normal(size=n_clusters)])
    data = TwoLevelData(y, np.empty((len(codes), 0)), w, codes)
    fit = fit_two_level(make["two_one_one"](), data, prepare(data))
    means = y.reshape(n_clusters, size, 2).mean(axis=1)
    deviations = y - means[codes]
    pooled = deviations.T @ deviations / (n_clusters * (size - 1))
    slopes = np.linalg.lstsq(w, means, rcond=None)[0]
    rest = means - w @ slopes
    between = rest.T @ rest / n_clusters - pooled / size
    assert fit.convergence is Convergence.CONVERGED
    np.testing.assert_allclose(
        fit.matrix("slopes_within")[1, 0], pooled[1, 0] / pooled[0, 0], rtol=1e-9
    )
    np.testing.assert_allclose(fit.matrix("reduced_between"), slopes.T, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        fit.matrix("slopes_between")[1, 0], between[1, 0] / between[0, 0], rtol=1e-8
    )
    np.testing.assert_allclose(
        np.diag(fit.matrix("covariance_between"))[0], between[0, 0], rtol=1e-8
    )


def test_clusters_that_do_not_differ_leave_b_between_without_a_value(make):
    data = null_rows(0, shrink=0.01)
    fit = fit_two_level(make["two_one_one"](), data, prepare(data))
    assert fit.convergence is Convergence.BOUNDARY
    assert fit.at_zero.all()
    assert fit.not_identified["slopes_between"].tolist() == [[False, False], [True, False]]
    assert fit.not_identified["effects_between"].tolist() == [[False, False], [True, True]]
    # What is left is least squares of means for a and total, with errors of rows, not clusters.
    means = data.y.reshape(14, 22, 2).mean(axis=1)
    slopes = np.linalg.lstsq(data.w, means, rcond=None)[0]
    np.testing.assert_allclose(fit.matrix("reduced_between"), slopes.T, rtol=1e-8, atol=1e-10)
    errors = fit.standard_errors("reduced_between")[:, 1]
    assert np.isfinite(errors).all()
    variance = data.y.var(axis=0) / (22 * ((data.w[:, 1] - data.w[:, 1].mean()) ** 2).sum())
    np.testing.assert_allclose(errors, np.sqrt(variance), rtol=0.05)


@pytest.mark.parametrize("seed", range(12))
def test_no_other_start_ends_higher(make, seed):
    structure = make["two_one_one"]()
    prepared = prepare(null_rows(seed, 7 if seed % 2 else 14))
    start = starting_values(structure, prepared.rows)
    found = maximize(structure, prepared.statistics, start)
    assert found.has_converged
    rng = np.random.default_rng(seed)
    at = structure.positions
    for _ in range(3):
        other = start.copy()
        other[at["slopes_between"][1, 0]] = 2 * rng.normal()
        other[at["variances_between"]] = rng.uniform(0.01, 0.5, size=2)
        again = maximize(structure, prepared.statistics, other)
        assert again.value <= found.value + 1e-6


@pytest.mark.parametrize("seed", range(12))
def test_derivative_by_the_covariance_between_is_nowhere_positive_outside(make, seed):
    # The condition of a maximum over all positive semidefinite Sigma_B: the derivative Q has
    # Q Sigma_B = 0 and no positive eigenvalue.
    structure = make["two_one_one"]()
    prepared = prepare(null_rows(seed))
    found = maximize(structure, prepared.statistics, starting_values(structure, prepared.rows))
    at = differentiate(structure, prepared.statistics, found.theta)
    assert np.abs(at.score[found.face.free]).max() < 1e-3
    assert np.linalg.eigvalsh(at.curvature)[-1] < 1e-2


def test_loading_form_and_back_changes_nothing(make):
    structure = make["two_one_one"]()
    form = loading_form(structure)
    (theta,) = make["theta"](structure, 1)
    moved = to_loadings(structure, form, theta)
    statistics = prepare(null_rows(1)).statistics
    assert evaluate(form, statistics, moved[None]).value[0] == pytest.approx(
        evaluate(structure, statistics, theta[None]).value[0], rel=1e-12
    )
    back, at_zero = from_loadings(structure, form, moved, -np.eye(len(moved)) * 1e9)
    assert not at_zero.any()
    np.testing.assert_allclose(back, theta, rtol=1e-10)


def test_models_with_effects_left_out_have_no_loading_form(make):
    assert loading_form(make["two_mediators"]()) is None


def with_instrument():
    """x and v explain m; only x explains y, so that v identifies b between by itself."""
    slopes, none = np.array([[False, False], [True, False]]), np.zeros((2, 2), bool)
    effects = np.array([[True, True, True], [True, True, False]])
    within = LevelStructure(slopes, np.zeros((2, 0), bool), none)
    return Structure(within, LevelStructure(slopes, effects, none))


def test_a_covariate_of_the_mediator_alone_keeps_b_between(make):
    rng = np.random.default_rng(7)
    n_clusters, size = 40, 10
    codes = np.repeat(np.arange(n_clusters), size)
    v, x = rng.normal(size=(2, n_clusters))
    noise = rng.normal(size=(len(codes), 2))
    noise -= noise.reshape(n_clusters, size, 2).mean(axis=1)[codes]
    m = 0.3 * x[codes] + 0.8 * v[codes]
    y = np.column_stack([m, 0.5 * m - 0.2 * x[codes]]) + noise
    w = np.column_stack([np.ones(n_clusters), x, v])
    data = TwoLevelData(y, np.empty((len(codes), 0)), w, codes)
    fit = fit_two_level(with_instrument(), data, prepare(data))
    assert fit.at_zero.all()
    assert not any(flags.any() for flags in fit.not_identified.values())
    assert fit.matrix("slopes_between")[1, 0] == pytest.approx(0.5, rel=1e-6)
    assert fit.matrix("effects_between")[1, 1] == pytest.approx(-0.2, rel=1e-6)


def test_settling_on_a_zero_variance_does_not_change_the_likelihood(make):
    structure = make["two_one_one"]()
    statistics = prepare(null_rows(2)).statistics
    (theta,) = make["theta"](structure, 1)
    theta[structure.positions["variances_between"][0]] = 0.0
    at_zero = np.array([True, False])
    settled, face = settle(structure, theta, at_zero)
    assert settled[structure.positions["slopes_between"][1, 0]] == 0.0
    before, after = evaluate(structure, statistics, np.stack([theta, settled])).value
    assert after == pytest.approx(before, rel=1e-12)
    assert len(find_trades(structure, theta, at_zero)) == 1
    assert face.free.sum() == structure.n_parameters - 2
    assert interior(structure).free.all()


def test_mirrored_slope_changes_little_when_the_mediator_hardly_moves(make):
    structure = make["two_one_one"]()
    statistics = prepare(null_rows(3)).statistics
    (theta,) = make["theta"](structure, 1)
    at = structure.positions
    theta[at["slopes_between"][1, 0]] = 1e4
    theta[at["variances_between"][0]] = 1e-12
    mirrored = mirror(structure, theta, 1, 0)
    assert mirrored[at["slopes_between"][1, 0]] == pytest.approx(-1e4)
    flipped = theta.copy()
    flipped[at["slopes_between"][1, 0]] *= -1
    points = np.stack([theta, mirrored, flipped])
    first, second, third = evaluate(structure, statistics, points).value
    assert abs(second - first) < 1e-3 * abs(third - first)


def test_direction_without_information_has_a_huge_variance():
    covariance = invert_information(np.array([[4.0, 4.0], [4.0, 4.0]]))
    assert np.isfinite(covariance).all()
    assert covariance[0, 0] > 1e6
