"""Reliability: closed forms, laws, known truths and what cannot be estimated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from mediation.errors import DataError, SpecificationError
from mediation.instruments.coefficients import (
    CoefficientStatus,
    estimate_alpha,
    estimate_omega,
)
from mediation.instruments.instrument import Instrument
from mediation.instruments.intraclass import intraclass
from mediation.instruments.measure import measure
from mediation.instruments.moments import level_moments, sum_items
from mediation.instruments.one_factor import fit_one_factor
from mediation.instruments.reading import instrument
from mediation.instruments.reliability import estimate_reliability
from mediation.instruments.scoring import turn

NAN = float("nan")
LOADINGS = np.array([0.9, 0.7, 0.5, 0.8, 0.6])
UNIQUENESSES = np.array([0.5, 0.6, 0.9, 0.4, 1.0])
TRUE_OMEGA = LOADINGS.sum() ** 2 / (LOADINGS.sum() ** 2 + UNIQUENESSES.sum())


def draw_items(rng, n, k=5):
    return rng.normal(size=(n, 1)) * LOADINGS[:k] + rng.normal(size=(n, k)) * np.sqrt(
        UNIQUENESSES[:k]
    )


def draw_levels(rng, n_clusters, size):
    """One factor at both levels; loadings and uniquenesses twice as large within."""
    between = draw_items(rng, n_clusters) / np.sqrt(2)
    clusters = np.repeat(np.arange(n_clusters), size)
    return between[clusters] + draw_items(rng, n_clusters * size), clusters


def test_alpha_by_hand():
    covariance = np.array([[2.0, 1, 0.5], [1, 3, 0.2], [0.5, 0.2, 1]])
    assert estimate_alpha(covariance, 10).value == pytest.approx(3 / 2 * (1 - 6 / 9.4), rel=1e-14)


def test_item_statistics_by_definition():
    rng = np.random.default_rng(2)
    rows = draw_items(rng, 60)
    rows[5, 2] = rows[9, 0] = NAN
    found = estimate_reliability(rows)
    complete = np.delete(rows, [5, 9], axis=0)
    assert (found.n_rows, found.n_incomplete) == (58, 2)
    for i in range(5):
        others = np.delete(complete, i, axis=1)
        rest = np.corrcoef(complete[:, i], others.sum(axis=1))[0, 1]
        assert found.item_rest[i] == pytest.approx(rest, rel=1e-12)
        without = estimate_reliability(others).alpha.value
        assert found.alpha_dropped[i] == pytest.approx(without, rel=1e-12)
    correlation = np.corrcoef(complete.T)
    assert found.mean_inter_item == pytest.approx(
        correlation[np.triu_indices(5, 1)].mean(), rel=1e-12
    )


def test_one_factor_of_three_items_has_a_closed_form():
    rows = draw_items(np.random.default_rng(3), 300, 3)
    s = np.cov(rows.T)
    fit = fit_one_factor(s)
    loadings = np.sqrt([s[0, 1] * s[0, 2] / s[1, 2], s[0, 1] * s[1, 2] / s[0, 2],
                        s[0, 2] * s[1, 2] / s[0, 1]])  # fmt: skip
    np.testing.assert_allclose(fit.loadings, loadings, rtol=1e-9)
    np.testing.assert_allclose(fit.uniquenesses, np.diag(s) - loadings**2, rtol=1e-8)


def test_one_factor_that_fits_is_found():
    covariance = np.outer(LOADINGS, LOADINGS) + np.diag(UNIQUENESSES)
    fit = fit_one_factor(covariance)
    np.testing.assert_allclose(fit.loadings, LOADINGS, rtol=1e-9)
    assert estimate_omega(covariance, None).value == pytest.approx(TRUE_OMEGA, rel=1e-9)


def distance_of(parameters, covariance):
    """-2 log-likelihood of a row, written with an inverse."""
    k = len(covariance)
    implied = np.outer(parameters[:k], parameters[:k]) + np.diag(parameters[k:] ** 2)
    return np.linalg.slogdet(implied)[1] + np.trace(np.linalg.solve(implied, covariance))


def test_one_factor_is_the_best_of_two_maxima():
    """Two groups of items: the factor is either group, and one of them is likelier."""
    covariance = np.full((6, 6), 0.05)
    covariance[:3, :3], covariance[3:, 3:] = 0.8, 0.7
    np.fill_diagonal(covariance, 1)
    fit = fit_one_factor(covariance)
    found = distance_of(np.r_[fit.loadings, np.sqrt(fit.uniquenesses)], covariance)
    rng = np.random.default_rng(1)
    others = [minimize(distance_of, rng.uniform(0.1, 0.9, 12), covariance).fun for _ in range(10)]
    assert found == pytest.approx(min(others), abs=1e-8)
    assert max(others) > found + 0.1


def test_information_is_the_curvature_where_the_model_holds():
    covariance = np.outer(LOADINGS, LOADINGS) + np.diag(UNIQUENESSES)
    fit = fit_one_factor(covariance)
    at = np.r_[LOADINGS, np.sqrt(UNIQUENESSES)]
    step, n = 1e-4, len(at)
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            a, b = np.eye(n)[i] * step, np.eye(n)[j] * step
            hessian[i, j] = (
                distance_of(at + a + b, covariance) - distance_of(at + a - b, covariance)
                - distance_of(at - a + b, covariance) + distance_of(at - a - b, covariance)
            ) / (4 * step**2)  # fmt: skip
    # From roots of uniquenesses to uniquenesses; half of it is that of minus the log-likelihood.
    chain = np.r_[np.ones(5), 1 / (2 * np.sqrt(UNIQUENESSES))]
    np.testing.assert_allclose(fit.information, hessian / 2 * np.outer(chain, chain), atol=2e-6)


def test_omega_interval_covers():
    """400 samples: the coverage of a 95% interval lies within three Monte Carlo errors, .033."""
    rng = np.random.default_rng(4)
    found = [estimate_omega(np.cov(draw_items(rng, 200).T), 200) for _ in range(400)]
    covers = [each.conf_low < TRUE_OMEGA < each.conf_high for each in found]
    assert abs(np.mean(covers) - 0.95) < 0.033
    spread = np.std([each.value for each in found])
    assert np.mean([each.std_error for each in found]) == pytest.approx(spread, rel=0.11)


def test_alpha_interval_covers():
    """Parallel items, the case of Feldt's interval, which is then exact."""
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(1000, 40, 1)) + rng.normal(size=(1000, 40, 4))
    found = [estimate_alpha(np.cov(each.T), 39) for each in rows]
    covers = [each.conf_low < 0.8 < each.conf_high for each in found]
    assert abs(np.mean(covers) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 1000)


def test_levels_recover_the_truth():
    rng = np.random.default_rng(6)
    levels = estimate_reliability(*draw_levels(rng, 3000, 6)).levels
    assert levels.omega_within.value == pytest.approx(TRUE_OMEGA, abs=0.01)
    assert levels.omega_between.value == pytest.approx(TRUE_OMEGA, abs=0.03)
    assert levels.intraclass.icc1 == pytest.approx(1 / 3, abs=0.02)
    assert levels.intraclass.icc2 == pytest.approx(6 / 8, abs=0.02)
    assert np.isnan(levels.omega_between.conf_low)


def test_level_moments_add_up():
    rng = np.random.default_rng(7)
    clusters = np.sort(np.r_[np.arange(9), rng.integers(0, 9, 50)])
    rows = draw_items(rng, 59)
    moments = level_moments(sum_items(rows, clusters))
    sizes = np.bincount(clusters)
    total = 58 * np.cov(rows.T)
    between = (moments.between * moments.mean_size + moments.within) * 8
    np.testing.assert_allclose(between + moments.within * 50, total, rtol=1e-12)
    assert moments.mean_size == pytest.approx((59 - (sizes**2).sum() / 59) / 8)


def test_icc_of_independent_values_is_about_zero():
    """Mean of 200 estimates of zero, each with a standard error of about .02."""
    rng = np.random.default_rng(8)
    clusters = np.repeat(np.arange(20), 20)
    found = [intraclass(rng.normal(size=400), clusters).icc1 for _ in range(200)]
    assert abs(np.mean(found)) < 4 * np.std(found) / np.sqrt(200)


def test_icc_at_its_ends():
    clusters = np.repeat([0, 1, 2], 4)
    alike = intraclass(clusters * 1.5, clusters)
    assert (alike.icc1, alike.icc2) == (1, 1)
    opposite = intraclass(np.tile([1.0, 2, 3, 4], 3), clusters)
    assert opposite.icc1 == pytest.approx(-1 / 3)
    assert opposite.icc2 == -np.inf
    constant = intraclass(np.ones(12), clusters)
    assert np.isnan([constant.icc1, constant.icc2]).all()


@pytest.mark.parametrize("clusters", [[0, 0, 0, 0], [0, 1, 2, 3]])
def test_icc_that_cannot_be(clusters):
    assert np.isnan(intraclass([1, 2, 3, 4], clusters).icc1)


def test_icc_leaves_out_missing_values():
    values, clusters = [1.0, 2, NAN, 5, 6, NAN, NAN], [0, 0, 0, 3, 3, 5, 5]
    found, same = intraclass(values, clusters), intraclass([1, 2, 5, 6], [0, 0, 1, 1])
    assert (found.icc1, found.n_clusters) == (same.icc1, 2)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.lists(st.booleans(), min_size=5, max_size=5))
def test_reversed_items_correctly_coded_change_nothing(seed, flips):
    rng = np.random.default_rng(seed)
    rows = np.clip(np.rint(3 + draw_items(rng, 50)), 1, 5)
    rows[0], rows[1] = 1, 5
    plain = estimate_reliability(rows)
    items = tuple("abcde")
    chosen = Instrument(
        **{**dict(instrument("wai_sr")), "items": items, "subscales": {},
           "reversed": tuple(item for item, flip in zip(items, flips, strict=True) if flip)}
    )  # fmt: skip
    asked = np.where(flips, 6 - rows, rows)
    coded = estimate_reliability(turn(chosen, asked))
    assert coded.alpha.value == plain.alpha.value
    assert coded.omega.value == pytest.approx(plain.omega.value, nan_ok=True)
    # Turning every item turns the score, and nothing else.
    all_turned = estimate_reliability(6 - rows)
    assert all_turned.alpha.value == pytest.approx(plain.alpha.value, rel=1e-10)
    np.testing.assert_allclose(all_turned.item_rest, plain.item_rest, rtol=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.permutations(range(5)), st.floats(0.01, 100))
def test_order_and_unit_are_irrelevant(seed, order, unit):
    rng = np.random.default_rng(seed)
    rows, clusters = draw_items(rng, 90), np.repeat(np.arange(9), 10)
    first = estimate_reliability(rows, clusters)
    second = estimate_reliability(unit * rows[:, order] + 7, clusters)
    assert second.alpha.value == pytest.approx(first.alpha.value, rel=1e-8)
    assert second.omega.status is first.omega.status
    assert second.omega.value == pytest.approx(first.omega.value, rel=1e-6, nan_ok=True)
    assert second.omega.std_error == pytest.approx(first.omega.std_error, rel=1e-5, nan_ok=True)
    icc = second.levels.intraclass.icc1
    assert icc == pytest.approx(first.levels.intraclass.icc1, abs=1e-8)
    np.testing.assert_allclose(second.item_rest, first.item_rest[list(order)], rtol=1e-7)


def test_an_item_that_was_not_turned_is_seen():
    rows = draw_items(np.random.default_rng(9), 200)
    rows[:, 3] *= -1
    found = estimate_reliability(rows)
    assert found.against_the_rest == (3,)
    assert found.alpha_dropped[3] > found.alpha.value


def test_few_clusters_leave_omega_between_open():
    rng = np.random.default_rng(10)
    few = estimate_reliability(*draw_levels(rng, 5, 30)).levels
    assert few.omega_between.status is CoefficientStatus.TOO_FEW_CLUSTERS
    assert np.isnan(few.omega_between.value)
    assert few.omega_within.status is CoefficientStatus.DEFINED
    more = estimate_reliability(*draw_levels(rng, 60, 30)).levels
    assert more.omega_between.status is CoefficientStatus.DEFINED


def test_clusters_alike_have_no_reliability_between():
    rng = np.random.default_rng(11)
    rows = draw_items(rng, 200)
    clusters = np.repeat(np.arange(20), 10)
    rows -= np.repeat(rows.reshape(20, 10, 5).mean(axis=1), 10, axis=0)
    levels = estimate_reliability(rows, clusters).levels
    status = CoefficientStatus.NO_BETWEEN_VARIANCE
    assert levels.alpha_between.status is levels.omega_between.status is status
    assert levels.intraclass.icc1 < 0


def statuses(rows, clusters=None):
    found = estimate_reliability(rows, clusters)
    return found.alpha.status.name, found.omega.status.name


def test_what_cannot_be_estimated_says_why():
    rng = np.random.default_rng(12)
    rows = draw_items(rng, 30)
    assert statuses(rows[:, :1]) == ("TOO_FEW_ITEMS", "TOO_FEW_ITEMS")
    assert statuses(rows[:, :2]) == ("DEFINED", "TOO_FEW_ITEMS")
    assert statuses(rows[:5]) == ("DEFINED", "TOO_FEW_ROWS")
    assert statuses(rows[:1]) == ("TOO_FEW_ROWS", "TOO_FEW_ROWS")
    assert statuses(rows[:0]) == ("TOO_FEW_ROWS", "TOO_FEW_ROWS")
    assert statuses(np.full((30, 5), 0.1)) == ("NO_VARIANCE", "CONSTANT_ITEM")
    constant = np.c_[rows, np.full(30, 0.1)]
    assert statuses(constant) == ("DEFINED", "CONSTANT_ITEM")
    assert np.isnan(estimate_reliability(constant).item_rest[5])
    assert statuses(np.c_[rows, rows[:, 0]]) == ("DEFINED", "REPEATED_ITEM")
    negative = np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]])
    assert estimate_omega(negative, 100).status is CoefficientStatus.NEGATIVE_UNIQUENESS


@pytest.mark.parametrize("clusters", [np.zeros(30, dtype=int), np.arange(30)])
def test_clusters_without_levels(clusters):
    levels = estimate_reliability(draw_items(np.random.default_rng(13), 30), clusters).levels
    assert np.isnan([levels.alpha_within.value, levels.alpha_between.value]).all()
    assert levels.alpha_within.status is not CoefficientStatus.DEFINED


def test_item_constant_inside_every_cluster():
    rng = np.random.default_rng(14)
    clusters = np.repeat(np.arange(10), 10)
    rows = draw_items(rng, 100)
    rows[:, 4] = (clusters % 3) / 10
    levels = estimate_reliability(rows, clusters).levels
    assert levels.omega_within.status is CoefficientStatus.CONSTANT_ITEM
    assert levels.alpha_within.status is CoefficientStatus.DEFINED


def test_bad_input():
    rows = np.ones((4, 3))
    with pytest.raises(DataError, match=r"shape \(4,\)"):
        estimate_reliability(np.ones(4))
    with pytest.raises(DataError, match="Found infinite ones"):
        estimate_reliability([[1.0, np.inf]])
    with pytest.raises(DataError, match="each of 4 rows"):
        estimate_reliability(rows, [0, 1])
    with pytest.raises(DataError, match="Found 2 without"):
        estimate_reliability(rows, [0, -1, 1, -1])
    with pytest.raises(SpecificationError, match="conf_level"):
        estimate_reliability(rows, conf_level=95)
    with pytest.raises(DataError, match="one score for each row"):
        intraclass(rows, [0, 1, 2, 3])


def test_measure_brings_together():
    rng = np.random.default_rng(15)
    answers = np.clip(np.rint(4 + 1.5 * rng.normal(size=(80, 1)) + rng.normal(size=(80, 12))), 1, 7)
    answers[:, [3, 9]] = 8 - answers[:, [3, 9]]
    answers[2, :2] = answers[3, :5] = NAN
    clusters = np.repeat(np.arange(8), 10)
    found = measure(instrument("wai_s"), answers, clusters)
    assert found.items_against_the_rest == ()
    assert found.extremes.n == 79
    assert (found.scored.n_substituted, found.scored.n_too_many) == (1, 1)
    assert found.reliability.n_incomplete == 2
    assert found.mean == pytest.approx(np.nanmean(found.scored.values))
    assert found.sd == pytest.approx(np.nanstd(found.scored.values, ddof=1))
    wrong = measure(instrument("wai_sr"), np.clip(answers, 1, 5))
    assert wrong.items_against_the_rest == ("4", "10")
    bond = measure(instrument("wai_s"), answers, subscale="bond")
    assert bond.items == ("3", "5", "7", "9")
    assert len(bond.reliability.item_rest) == 4
    assert (bond.max_missing, bond.reliability.levels) == (0.2, None)
