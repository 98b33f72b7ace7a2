"""The maximum: bounds, what they take with them, and that no other start finds a higher one."""

import numpy as np
import pytest

from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.boundary import find_trades, interior, settle
from mediation.estimation.two_level.fit import TwoLevelData, fit_two_level, prepare
from mediation.estimation.two_level.information import root_of_inverse
from mediation.estimation.two_level.likelihood import differentiate, evaluate
from mediation.estimation.two_level.loadings import (
    absorb,
    from_loadings,
    loading_form,
    to_loadings,
)
from mediation.estimation.two_level.maximize import maximize
from mediation.estimation.two_level.start import starting_values
from mediation.estimation.two_level.structure import LevelStructure, Structure, blocks_below
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


def test_direction_without_information_has_a_huge_variance():
    root, least = root_of_inverse(np.array([[4.0, 4.0], [4.0, 4.0]]))
    covariance = root @ root.T
    assert abs(least) < 1e-12
    assert np.isfinite(covariance).all()
    assert covariance[0, 0] > 1e6


def free_of_levels(seed, structure, n_clusters=10, size=6):
    """Rows of pure noise for a structure without columns within."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(n_clusters), size)
    p, r = structure.between.effects.shape
    y = rng.normal(size=(len(codes), p))
    w = np.column_stack([np.ones(n_clusters), rng.normal(size=(n_clusters, r - 1))])
    return TwoLevelData(y, np.empty((len(codes), 0)), w, codes)


@pytest.mark.parametrize("seed", [0, 2, 9, 11])
def test_a_variance_that_went_to_zero_on_the_way_leaves_it_again(make, seed):
    structure = make["chain"]()
    prepared = prepare(free_of_levels(seed, structure))
    start = starting_values(structure, prepared.rows)
    found = maximize(structure, prepared.statistics, start)
    assert found.has_converged
    assert found.face.at_zero.any()
    # Ends with other variances at zero, 0.05 to 0.9 lower, are left: all starts meet.
    rng = np.random.default_rng(seed)
    for _ in range(3):
        other = start.copy()
        other[structure.positions["variances_between"]] = rng.uniform(0.01, 0.5, 3)
        again = maximize(structure, prepared.statistics, other)
        assert again.value == pytest.approx(found.value, abs=1e-6)


def test_a_start_on_a_saddle_point_is_left(make):
    # With loadings of zero the score by them is zero, whatever the data.
    rng = np.random.default_rng(4)
    structure = make["two_one_one"]()
    data = null_rows(4, 30, 8)
    y = data.y + rng.normal(size=(30, 2))[data.codes]
    data = TwoLevelData(y, data.x, data.w, data.codes)
    prepared = prepare(data)
    start = starting_values(structure, prepared.rows)
    found = maximize(structure, prepared.statistics, start)
    assert not found.face.at_zero.any()
    start[structure.positions["variances_between"]] = 0.0
    start[structure.positions["slopes_between"][1, 0]] = 0.0
    again = maximize(structure, prepared.statistics, start)
    assert again.has_converged
    assert again.value == pytest.approx(found.value, abs=1e-8)
    np.testing.assert_allclose(again.theta, found.theta, atol=1e-6)


def test_a_first_ascent_that_ends_nowhere_is_not_a_maximum(make, monkeypatch):
    structure = make["two_one_one"]()
    prepared = prepare(null_rows(0))
    start = starting_values(structure, prepared.rows)
    assert maximize(structure, prepared.statistics, start).has_converged
    climb = Ascent.climb
    monkeypatch.setattr(
        Ascent, "climb", lambda self: climb(self) and not self.structure.between.is_scaled
    )
    assert not maximize(structure, prepared.statistics, start).has_converged


def two_mediators_one_instrument():
    """x and v explain both mediators, x alone the outcome."""
    slopes = np.zeros((3, 3), bool)
    slopes[2, :2] = True
    links = blocks_below(3, (range(2), range(2, 3)))
    effects = np.array([[True, True, True], [True, True, True], [True, True, False]])
    within = LevelStructure(slopes, np.zeros((3, 0), bool), links)
    return Structure(within, LevelStructure(slopes, effects, links))


@pytest.mark.parametrize("strong", [0, 1])
def test_of_two_mediators_at_zero_the_one_that_moves_more_keeps_its_slope(make, strong):
    structure = two_mediators_one_instrument()
    (theta,) = make["theta"](structure, 1)
    at = structure.positions
    theta[at["variances_between"][:2]] = 0.0
    theta[at["effects_between"][:2, 2]] = 0.1
    theta[at["effects_between"][strong, 2]] = 0.9
    at_zero = np.array([True, True, False])
    _, face = settle(structure, theta, at_zero)
    assert [(t.equation, t.variable) for t in face.trades] == [(2, 1 - strong)]
    assert face.free[at["slopes_between"][2, strong]]


@pytest.mark.parametrize(("information", "is_zero"), [(1.0, True), (1e3, False)])
def test_a_variance_a_large_slope_rests_on_is_zero_where_that_costs_nothing(
    make, information, is_zero
):
    # F = [[.01, 0], [.5, .3]]: a slope of 50 on a variance of 1e-4. Setting .01 to zero costs
    # .5 information .01^2, against a least gain of 1e-4.
    structure = make["two_one_one"]()
    form = loading_form(structure)
    (moved,) = make["theta"](form, 1)
    at = form.positions["links_between"]
    moved[[at[0, 0], at[1, 0], at[1, 1]]] = 0.01, 0.5, 0.3
    theta, at_zero = from_loadings(structure, form, moved, -information * np.eye(len(moved)))
    assert at_zero.tolist() == [is_zero, False]
    at = structure.positions
    # The outcome keeps its variance between clusters.
    expected = [0.0, 0.0, 0.5**2 + 0.3**2] if is_zero else [50.0, 0.01**2, 0.3**2]
    found = theta[[at["slopes_between"][1, 0], *at["variances_between"]]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_what_a_column_set_to_zero_gave_to_others_stays():
    loadings = np.tril(np.random.default_rng(0).normal(size=(4, 4)))
    loadings[0, 0] = 0.0
    taken_up = loadings.copy()
    absorb(taken_up, 0)
    assert not taken_up[:, 0].any()
    np.testing.assert_array_equal(taken_up, np.tril(taken_up))
    np.testing.assert_allclose(taken_up @ taken_up.T, loadings @ loadings.T, atol=1e-14)


def test_a_curved_valley_without_anything_to_gain_is_a_maximum(make, monkeypatch):
    structure = make["two_one_one"]()
    form = loading_form(structure)
    prepared = prepare(null_rows(0))
    start = starting_values(structure, prepared.rows)
    ascent = Ascent(form, prepared.statistics, to_loadings(structure, form, start), interior(form))
    assert ascent.climb()
    top = ascent.theta
    monkeypatch.setattr("mediation.estimation.two_level.ascent.MAX_STEPS", 1)
    # A step of 1e-5 is too long to be the last one, but leaves nothing to gain; one of 0.1 does.
    for distance, is_there in ((1e-5, True), (0.1, False)):
        near = Ascent(form, prepared.statistics, top + distance, interior(form))
        assert near.climb() is is_there
