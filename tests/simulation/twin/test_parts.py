"""The parts of a twin against closed forms, quadrature and brute force."""

import tomllib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from mediation.simulation.twin.censored import (
    Scale,
    censored_moments,
    latent_mean,
    latent_sd,
    scores,
)
from mediation.simulation.twin.components import correlation_inside, nested_variances
from mediation.simulation.twin.margins import (
    category_margin,
    draw_category,
    draw_number,
    number_margin,
)
from mediation.simulation.twin.measure_leaving import _logistic
from mediation.simulation.twin.measure_slopes import pooled
from mediation.simulation.twin.measure_structure import positive, resolution
from mediation.simulation.twin.rounding import share_of
from mediation.simulation.twin.toml_text import toml_text

RPRS = Scale(24.0, 96.0, 1.0)
FREE = Scale(-np.inf, np.inf, 1.0)


@pytest.mark.parametrize(("mean", "sd"), [(60.0, 8.0), (90.0, 9.0), (99.0, 5.0), (20.0, 30.0)])
def test_censored_moments_are_those_of_numerical_integration(mean, sd):
    x = np.linspace(mean - 10 * sd, mean + 10 * sd, 400_001)
    weight = norm.pdf(x, mean, sd) * (x[1] - x[0])
    y = np.clip(x, 24, 96)
    expected = y @ weight
    found = censored_moments(np.array([mean]), sd, RPRS)
    assert found[0][0] == pytest.approx(expected, abs=1e-6)
    assert found[1][0] == pytest.approx((y - expected) ** 2 @ weight, abs=1e-5)


@given(st.floats(24.5, 95.5), st.floats(1.0, 25.0))
@settings(max_examples=60, deadline=None)
def test_expected_scores_survive_the_ceiling(expected, sd):
    latent = latent_mean(np.array([expected]), sd, RPRS)
    assert censored_moments(latent, sd, RPRS)[0][0] == pytest.approx(expected, abs=0.01)


def test_written_scores_have_the_expected_mean_and_lie_on_the_grid():
    rng = np.random.default_rng(1)
    n = 400_000
    expected = np.repeat([30.3, 88.6, 94.9], n)
    drawn = scores(expected, rng.random(3 * n), 9.0, RPRS, rng.standard_normal(3 * n))
    error = 9 / np.sqrt(n)
    assert np.abs(drawn.reshape(3, n).mean(axis=1) - [30.3, 88.6, 94.9]).max() < 4 * error
    assert drawn.min() >= 24
    assert drawn.max() == 96
    assert np.array_equal(drawn, np.rint(drawn))


def test_latent_sd_leaves_the_wanted_sd():
    sd = latent_sd(7.0, 88.0, RPRS)
    variance = censored_moments(latent_mean(np.array([88.0]), sd, RPRS), sd, RPRS)[1][0]
    assert variance**0.5 == pytest.approx(7.0, abs=1e-3)


def test_nested_variances_agree_with_pairs_counted_one_by_one():
    rng = np.random.default_rng(2)
    outer = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
    inner = np.array([0, 0, 1, 1, 2, 2, 3, 4, 4, 5])
    values = rng.standard_normal(10) + 2.0 * outer
    values -= values.mean()

    def product(shared, apart):
        pairs = [(i, j) for i in range(10) for j in range(10) if i != j]
        chosen = [values[i] * values[j] for i, j in pairs if shared(i, j) and not apart(i, j)]
        return np.mean(chosen)

    first = product(lambda i, j: outer[i] == outer[j], lambda i, j: inner[i] == inner[j])
    second = product(lambda i, j: inner[i] == inner[j], lambda i, j: False)
    total = np.mean(values**2)
    first = np.clip(first, 0, total)
    second = np.clip(second, first, total)
    found = nested_variances(values, (outer, inner), 1)
    np.testing.assert_allclose(found, (first, second - first, total - second), atol=1e-12)


def test_nested_variances_find_what_was_put_in():
    rng = np.random.default_rng(3)
    outer = np.repeat(np.arange(400), 40)
    inner = np.repeat(np.arange(4000), 4)
    values = 1.5 * rng.standard_normal(400)[outer] + rng.standard_normal(4000)[inner]
    values = values + 2 * rng.standard_normal(16000)
    found = nested_variances(values - values.mean(), (outer, inner), 5)
    np.testing.assert_allclose(found, (2.25, 1.0, 4.0), atol=0.35)


def test_correlations_inside_clusters_leave_what_clusters_share():
    rng = np.random.default_rng(7)
    code = np.repeat(np.arange(2000), 5)
    y = rng.standard_normal((10_000, 1))
    x = 0.6 * y + 0.8 * rng.standard_normal((10_000, 2))
    x[rng.random(x.shape) < 0.2] = np.nan
    shared = rng.standard_normal(2000)[code, None]
    found, n = correlation_inside(x + 3 * shared, y - 3 * shared, code)
    assert found == pytest.approx(0.6, abs=0.02)
    assert 9_000 < n <= 10_000
    assert correlation_inside(x, y, np.arange(10_000)) == (0.0, 0)


def test_too_few_clusters_have_no_variance_of_their_own():
    values = np.repeat([-1.0, 1.0], 20)
    assert nested_variances(values, (np.repeat([0, 1], 20),), 5) == (0.0, 1.0)


def test_a_number_is_drawn_as_it_is_distributed():
    rng = np.random.default_rng(4)
    real = np.round(rng.gamma(1.3, 15, 4000))
    margin = number_margin(real, FREE, 5)
    drawn = draw_number(margin, rng.standard_normal(50_000), rng.random(50_000))
    at = [0.1, 0.25, 0.5, 0.75, 0.9]
    np.testing.assert_allclose(np.quantile(drawn, at), np.quantile(real, at), atol=2.0)


@given(st.lists(st.floats(60, 1e9), min_size=4, max_size=4))
@settings(max_examples=40, deadline=None)
def test_how_far_out_a_few_people_are_does_not_show(far):
    values = np.linspace(20, 60, 40)
    moved = np.concatenate([values[:36], far])
    assert number_margin(moved, FREE, 5) == number_margin(values, FREE, 5)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4])
def test_small_levels_of_a_category_look_alike(count):
    levels = ("a", "b", "c")
    margin = category_margin({"a": 160, "b": 140, "c": count}, 0, levels, 5)
    assert margin.shares[2] == 0.01
    assert margin == category_margin({"a": 160, "b": 140, "c": 0}, 0, levels, 5)


def test_texts_of_data_are_no_levels():
    margin = category_margin({"Jan": 60, "Piet": 40, "Klaas": 2}, 0, (), 5)
    assert margin.levels == ("level 1", "level 2")
    assert margin.shares == (0.6, 0.4)


def test_categories_are_drawn_by_their_shares():
    margin = category_margin({"a": 160, "b": 140}, 0, ("a", "b"), 5)
    drawn = draw_category(margin, np.random.default_rng(5).random(100_000))
    assert (drawn == 0).mean() == pytest.approx(0.53, abs=0.01)


@given(st.integers(0, 400), st.integers(1, 400))
def test_shares_never_rest_on_few(count, total):
    count = min(count, total)
    share = share_of(count, total, 5)
    if 0 < share < 1:
        assert count >= 5
        assert total - count >= 5


def test_logistic_regression_finds_what_was_put_in():
    rng = np.random.default_rng(6)
    x = rng.standard_normal((60_000, 2))
    p = 1 / (1 + np.exp(-(-2 + x @ [0.5, -0.3])))
    found = _logistic(x, (rng.random(60_000) < p).astype(float))
    np.testing.assert_allclose(found, (-2, 0.5, -0.3), atol=0.06)


def test_pooling_is_weighted_by_precision():
    assert pooled([(2.0, 1.0), (5.0, 2.0), (9.0, float("nan"))])[0] == pytest.approx(2.6)


def test_impossible_correlations_are_drawn_to_zero():
    matrix = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    found = np.array(positive(matrix))
    np.linalg.cholesky(found)
    assert 0 < found[0, 1] < 0.9


@pytest.mark.parametrize(
    ("values", "unit"),
    [([1, 2, np.nan], 1.0), ([1.5, 2], 0.1), ([1.25, 2], 0.01), ([1 / 3], 0.001)],
)
def test_resolution(values, unit):
    assert resolution(np.array(values, dtype=float)) == pytest.approx(unit)


TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)
SCALARS = st.one_of(st.booleans(), st.integers(-(10**9), 10**9), st.floats(allow_nan=False), TEXTS)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3))
TABLES = st.recursive(
    st.dictionaries(TEXTS, VALUES, max_size=3),
    lambda inner: st.dictionaries(
        TEXTS, st.one_of(VALUES, inner, st.lists(inner, min_size=1, max_size=2)), max_size=3
    ),
    max_leaves=8,
)


@given(TABLES)
@settings(max_examples=150, deadline=None)
def test_toml_is_read_as_it_was_written(content):
    assert tomllib.loads(toml_text(content)) == content
