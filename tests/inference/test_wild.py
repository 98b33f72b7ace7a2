"""The wild cluster bootstrap against R, brute force over rows, a closed form, and laws."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.errors import InferenceError
from mediation.estimation.least_squares import cluster_grams, orthonormalize
from mediation.inference.wild import wild_cluster_test, wild_p_values
from mediation.inference.wild_inversion import farthest_above
from mediation.inference.wild_vectors import draw_wild_vectors
from mediation.vocabulary import WildWeights

REFERENCE = Path(__file__).parents[1] / "reference" / "wild_cluster"
SIGNS, WEBB = WildWeights.RADEMACHER, WildWeights.WEBB
SIX = np.array([-np.sqrt(1.5), -1, -np.sqrt(0.5), np.sqrt(0.5), 1, np.sqrt(1.5)])
WITHIN = ["w1", "m_within", "m_mean", "x1"]
CASES = {
    "demo_5": (5, "y1", ["w1"], "w1"),
    "demo_7": (7, "y1", ["w1"], "w1"),
    "demo_10": (10, "y1", ["w1"], "w1"),
    "outcome_within": (10, "y2", WITHIN, "m_within"),
    "outcome_between": (10, "y2", WITHIN, "m_mean"),
    "singletons": (10, "y2", ["w1", "y1", "x1"], "y1"),
    "webb_20": (20, "y1", ["w1"], "w1"),
    "webb_within": (20, "y2", WITHIN, "m_within"),
}


class GivenDraws:
    """Stands for a Generator whose draws are known."""

    def __init__(self, numbers):
        self.numbers = numbers

    def integers(self, low, high, size, dtype):
        assert (low, high, size) == (0, 6, self.numbers.shape)
        return self.numbers


def wild(x, y, at, codes, *, weights=None, n_vectors=999, conf_level=0.95, rng=None):
    rng = rng or np.random.default_rng(1)
    return wild_cluster_test(
        *(x, y, at, codes), weights=weights, n_vectors=n_vectors, conf_level=conf_level, rng=rng
    )


def draw_data(seed, sizes, p=4):
    """A constant, a column constant in clusters, and p - 2 that vary; true slopes of zero."""
    rng = np.random.default_rng(seed)
    codes = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    n = len(codes)
    between = rng.normal(size=(2, len(sizes)))
    columns = [np.ones(n), between[0][codes], *rng.normal(size=(p - 2, n))]
    return np.column_stack(columns), 0.5 * between[1][codes] + rng.normal(size=n), codes


def t_statistic(x, y, at, codes, hypothesis):
    """CR1 t by its definition, over rows."""
    bread = np.linalg.inv(x.T @ x)
    b = bread @ x.T @ y
    left = y - x @ b
    scores = [x[codes == c].T @ left[codes == c] for c in np.unique(codes)]
    (n, p), n_clusters = x.shape, len(scores)
    factor = n_clusters * (n - 1) / ((n_clusters - 1) * (n - p))
    covariance = factor * bread @ sum(np.outer(s, s) for s in scores) @ bread
    return (b[at] - hypothesis) / np.sqrt(covariance[at, at])


def brute_force(x, y, at, codes, vectors, hypothesis=0.0):
    """How many vectors reach |t|: every sample made and fitted over rows."""
    others = np.delete(x, at, axis=1)
    moved = y - hypothesis * x[:, at]
    fitted = others @ np.linalg.lstsq(others, moved, rcond=None)[0]
    restricted = moved - fitted
    t = t_statistic(x, y, at, codes, hypothesis)
    reached = 0
    for vector in vectors:
        sample = hypothesis * x[:, at] + fitted + restricted * np.asarray(vector)[codes]
        star = t_statistic(x, sample, at, codes, hypothesis)
        reached += abs(star) >= abs(t) * (1 - 1e-9)
    return t, reached


def all_signs(n_clusters):
    return list(itertools.product((1.0, -1.0), repeat=n_clusters))


@pytest.fixture(scope="module")
def demo():
    data = pd.read_csv(REFERENCE / "data.csv")
    data["m_mean"] = data.groupby("cluster")["y1"].transform("mean")
    data["m_within"] = data["y1"] - data["m_mean"]
    return data


@pytest.fixture(scope="module")
def from_r():
    table = pd.read_csv(REFERENCE / "wild.csv")
    return table.set_index(["case", "quantity"])["value"]


def of_case(case, demo):
    n_clusters, outcome, terms, term = CASES[case]
    rows = demo[demo["cluster"] <= n_clusters]
    if case == "singletons":
        rows = rows[~(rows["cluster"].isin([2, 5, 9]) & rows["cluster"].duplicated())]
    x = np.column_stack([np.ones(len(rows)), rows[terms]])
    return x, rows[outcome].to_numpy(), 1 + terms.index(term), rows["cluster"].to_numpy()


@pytest.mark.reference
@pytest.mark.parametrize("case", CASES)
def test_agrees_with_r(case, demo, from_r):
    expected = from_r[case]
    rng = None
    if case.startswith("webb"):
        rng = GivenDraws(pd.read_csv(REFERENCE / "webb.csv").to_numpy() - 1)
    test = wild(*of_case(case, demo), rng=rng, n_vectors=199)
    assert test.n_vectors == expected["n_vectors"]
    assert test.is_enumerated == (rng is None)
    assert test.weights is (SIGNS if rng is None else WEBB)
    assert test.p_value == pytest.approx(expected["p_value"], rel=1e-14)
    assert test.statistic == pytest.approx(expected["statistic"], rel=1e-10)
    error = expected["estimate"] / expected["statistic"]
    for found, limit in ((test.conf_low, "conf_low"), (test.conf_high, "conf_high")):
        assert found == pytest.approx(expected[limit], rel=0, abs=1e-8 * abs(error))


@pytest.mark.parametrize(
    ("case", "t", "p"), [("demo_10", -0.5288653239, 0.6503906), ("demo_7", -1.070933472, 0.421875)]
)
def test_published_style_values(case, t, p, demo):
    """Values from another implementation, in numpy, of the same definition."""
    test = wild(*of_case(case, demo))
    assert (test.statistic, test.p_value) == pytest.approx((t, p), abs=5e-8)


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("sizes", [(4, 9, 1, 6, 12), (3, 3, 3, 3, 3, 3), (1, 1, 1, 8, 20, 2, 5)])
def test_equals_brute_force_over_rows(sizes, at):
    x, y, codes = draw_data(sum(sizes), sizes)
    test = wild(x, y, at, codes)
    t, reached = brute_force(x, y, at, codes, all_signs(len(sizes)))
    assert test.statistic == pytest.approx(t, rel=1e-10)
    assert test.p_value == reached / 2 ** len(sizes)


@pytest.mark.parametrize("weights", [SIGNS, WEBB])
def test_drawn_vectors_equal_brute_force_over_rows(weights):
    sizes = (4, 9, 1, 6, 12, 3, 3, 3, 2, 5, 4, 4, 2)
    x, y, codes = draw_data(7, sizes)
    vectors = draw_wild_vectors(len(sizes), weights, 199, np.random.default_rng(5))
    _, reached = brute_force(x, y, 2, codes, vectors.values)
    test = wild(x, y, 2, codes, weights=weights, n_vectors=199, rng=np.random.default_rng(5))
    assert not test.is_enumerated
    assert test.p_value == (reached + 1) / 200


@pytest.mark.parametrize("sizes", [(4, 9, 1, 6, 12, 5), (2, 2, 9, 1, 1, 8, 20, 2)])
@pytest.mark.parametrize("at", [1, 3])
@pytest.mark.parametrize("conf_level", [0.6, 0.8, 0.95])
def test_limits_are_the_hull_of_what_brute_force_does_not_reject(sizes, at, conf_level):
    x, y, codes = draw_data(3 + len(sizes), sizes)
    vectors = all_signs(len(sizes))
    test = wild(x, y, at, codes, conf_level=conf_level)
    estimate = np.linalg.lstsq(x, y, rcond=None)[0][at]

    def p_value(hypothesis):
        return brute_force(x, y, at, codes, vectors, hypothesis)[1] / len(vectors)

    for limit in (test.conf_low, test.conf_high):
        width = limit - estimate
        assert p_value(limit - 1e-6 * width) > 1 - conf_level
        for beyond in (1e-6, 0.05, 0.3, 1, 4, 30):
            assert p_value(limit + beyond * width) <= 1 - conf_level


def test_hull_reaches_over_a_gap():
    """In tau: one polynomial above zero up to 1, another up to 1 and again from 2 to 3."""
    first = np.polynomial.polynomial.polyfromroots([-5, 1]) * -1
    second = np.polynomial.polynomial.polyfromroots([-1, 1, 2, 3]) * -1
    assert np.polynomial.polynomial.polyval(0.0, second) > 0
    coefficients = np.stack([np.append(first, [0, 0]), second], axis=1)
    assert farthest_above(coefficients, 0) == pytest.approx(3, rel=1e-12)
    assert farthest_above(coefficients, 1) == pytest.approx(1, rel=1e-12)


@given(st.permutations(range(1, 121)), st.integers(1, 20), st.integers(0, 19))
@settings(max_examples=100, deadline=None)
def test_farthest_crossing_equals_a_sweep_over_all_roots(sixths, n_polynomials, most):
    """Polynomials above zero on [0, r1] and [r2, r3]: the sweep counts at every midpoint."""
    roots = np.sort(np.array(sixths[: 3 * n_polynomials]).reshape(-1, 3), axis=1) / 6
    coefficients = np.stack(
        [-np.polynomial.polynomial.polyfromroots([-1.0, *three]) for three in roots], axis=1
    )
    ends = np.unique(roots)
    starts = np.concatenate([[0.0], ends[:-1]])
    middles = 0.5 * (starts + ends)[:, None]
    above = (middles < roots[:, 0]) | ((middles > roots[:, 1]) & (middles < roots[:, 2]))
    over = np.flatnonzero(above.sum(axis=1) > most)
    expected = ends[over[-1]] if len(over) else 0.0
    assert farthest_above(coefficients, most) == pytest.approx(expected, rel=1e-9)


def test_mean_of_independent_rows_has_hartigans_limits():
    """Signs and a mean: limits are ordered means of subsets (Hartigan 1969, JASA 64, 1303)."""
    y = np.random.default_rng(4).normal(0.4, 1.0, 9)
    means = sorted(
        np.mean(subset) for size in range(1, 9) for subset in itertools.combinations(y, size)
    )
    for conf_level in (0.5, 0.8, 0.95, 0.99):
        test = wild(np.ones((9, 1)), y, 0, np.arange(9), conf_level=conf_level)
        # p = 2 (1 + means below) / 2^9, so it is above alpha from the k-th mean on.
        k = int(np.floor((1 - conf_level) * 2**8 + 1e-9))
        assert test.conf_low == pytest.approx(means[k - 1], rel=1e-8)
        assert test.conf_high == pytest.approx(means[-k], rel=1e-8)
    flips = np.array(all_signs(9)) @ y
    assert wild(np.ones((9, 1)), y, 0, np.arange(9)).p_value == np.mean(
        np.abs(flips) >= abs(y.sum()) - 1e-9
    )


@pytest.mark.parametrize(("n_clusters", "is_finite"), [(2, False), (5, False), (6, True)])
def test_limits_are_infinite_where_signs_are_too_few(n_clusters, is_finite):
    """The least p is 2 / 2^J: .0625 for five clusters, .03125 for six."""
    x, y, codes = draw_data(1, (8,) * n_clusters)
    test = wild(x, y, 2, codes)
    assert np.isfinite([test.conf_low, test.conf_high]).all() == is_finite
    if not is_finite:
        assert (test.conf_low, test.conf_high) == (-np.inf, np.inf)


def test_webb_has_finite_limits_with_five_clusters():
    x, y, codes = draw_data(1, (8,) * 5)
    test = wild(x, y, 2, codes, weights=WEBB, n_vectors=9999)
    assert np.isfinite([test.conf_low, test.conf_high]).all()
    assert test.n_vectors == 9999


@pytest.mark.parametrize("weights", [SIGNS, WEBB])
@given(
    st.integers(0, 2**32 - 1),
    st.floats(-3, 3).map(lambda e: 10**e),
    st.floats(-3, 3).map(lambda e: 10**e),
    st.floats(-50, 50),
)
@settings(max_examples=15, deadline=None)
def test_units_signs_and_constants_do_not_matter(weights, seed, width_x, width_y, constant):
    x, y, codes = draw_data(seed, (4, 9, 1, 6, 12, 5, 7))
    test = wild(x, y, 1, codes, weights=weights)
    scaled = x * np.array([1, width_x, 3.0, 0.2])
    moved = wild(scaled, -width_y * (y + constant), 1, codes, weights=weights)
    assert moved.p_value == test.p_value
    assert moved.statistic == pytest.approx(-test.statistic, rel=1e-8)
    expected = np.array([test.conf_high, test.conf_low]) * -width_y / width_x
    error = abs(expected[1] - expected[0])
    assert [moved.conf_low, moved.conf_high] == pytest.approx(expected, rel=0, abs=1e-7 * error)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_order_of_rows_and_names_of_clusters_do_not_matter(seed):
    x, y, codes = draw_data(seed, (4, 9, 1, 6, 12, 5, 7))
    rng = np.random.default_rng(seed)
    order, names = rng.permutation(len(y)), rng.choice(1000, 7, replace=False)
    test, moved = wild(x, y, 1, codes), wild(x[order], y[order], 1, names[codes][order])
    assert moved.p_value == test.p_value
    width = test.conf_high - test.conf_low
    for name in ("conf_low", "conf_high", "statistic"):
        assert getattr(moved, name) == pytest.approx(getattr(test, name), abs=1e-8 * (1 + width))


def test_adding_a_multiple_of_the_predictor_moves_the_limits():
    x, y, codes = draw_data(2, (4, 9, 1, 6, 12, 5, 7))
    test, moved = wild(x, y, 1, codes), wild(x, y + 1.5 * x[:, 1] - 2 * x[:, 3], 1, codes)
    assert moved.conf_low == pytest.approx(test.conf_low + 1.5, abs=1e-9)
    assert moved.conf_high == pytest.approx(test.conf_high + 1.5, abs=1e-9)


def test_p_is_one_at_the_estimate_and_level_agrees_with_p():
    x, y, codes = draw_data(9, (4, 9, 1, 6, 12, 5, 7, 8))
    estimate = np.linalg.lstsq(x, y, rcond=None)[0][1]
    assert wild(x, y - estimate * x[:, 1], 1, codes).p_value == 1.0
    for hypothesis in np.linspace(estimate - 3, estimate + 3, 41):
        test = wild(x, y - hypothesis * x[:, 1], 1, codes)
        # p > alpha says inside; the hull may also hold what is rejected.
        assert test.p_value <= 0.05 or test.conf_low <= 0 <= test.conf_high


def test_an_exact_fit_has_no_width():
    x, _, codes = draw_data(9, (4, 9, 1, 6, 12, 5))
    test = wild(x, x @ np.array([100.0, 0.3, 0.2, -1]), 1, codes)
    assert test.statistic == np.inf
    assert test.p_value == 2 / 2**6
    assert (test.conf_low, test.conf_high) == pytest.approx((0.3, 0.3), rel=1e-12)
    nothing = wild(x, x @ np.array([100.0, 0, 0.2, -1]), 1, codes)
    assert (nothing.statistic, nothing.p_value) == (0.0, 1.0)
    few = wild(x[codes < 5], x[codes < 5] @ np.array([1, 0.3, 0.2, -1]), 1, codes[codes < 5])
    assert (few.conf_low, few.conf_high) == (-np.inf, np.inf)


@pytest.mark.parametrize("seed", range(10))
def test_a_cluster_fitted_by_its_own_column_does_not_count(seed):
    """Flipped or not, it changes nothing, so that every |t*| comes twice, |t| among them."""
    x, y, codes = draw_data(seed, (5, 6, 7, 8, 9, 4, 1))
    own = np.column_stack([x, codes == 6])
    kept = codes < 6
    with_it, without = wild(own, y, 1, codes), wild(x[kept], y[kept], 1, codes[kept])
    assert with_it.p_value == without.p_value
    assert with_it.conf_low == pytest.approx(without.conf_low, rel=1e-8)
    assert with_it.conf_high == pytest.approx(without.conf_high, rel=1e-8)


@pytest.mark.parametrize(("alpha", "k"), [(1 - 0.95, 49), (1 - 0.9, 99), (1 - 0.8, 199)])
def test_a_p_of_exactly_alpha_is_rejected(alpha, k):
    """(k + 1) / 1000 is .05, .1, .2, which 1 - .95 and its like are not quite."""
    vectors = draw_wild_vectors(14, None, 999, np.random.default_rng(1))
    assert vectors.most_rejected(alpha) == k
    assert vectors.p_value(k) == pytest.approx(alpha, rel=1e-14)


def test_enumeration_holds_every_pair_of_mirrors_once():
    half = draw_wild_vectors(6, None, 0, np.random.default_rng(1))
    both = np.concatenate([half.values, -half.values])
    assert sorted(map(tuple, both)) == sorted(all_signs(6))
    assert half.n_vectors == 64


@pytest.mark.parametrize(
    ("n_clusters", "asked", "weights", "is_enumerated"),
    [
        (12, None, SIGNS, True),
        (13, None, WEBB, False),
        (12, WEBB, WEBB, False),
        (13, SIGNS, SIGNS, False),
        (12, SIGNS, SIGNS, True),
    ],
)
def test_choice_of_weights(n_clusters, asked, weights, is_enumerated):
    vectors = draw_wild_vectors(n_clusters, asked, 999, np.random.default_rng(1))
    assert (vectors.weights, vectors.is_enumerated) == (weights, is_enumerated)
    assert vectors.n_vectors == (2**12 if is_enumerated else 999)


@pytest.mark.parametrize(("weights", "values"), [(SIGNS, [-1.0, 1.0]), (WEBB, SIX)])
def test_drawn_weights_are_equally_frequent(weights, values):
    drawn = draw_wild_vectors(20, weights, 10_000, np.random.default_rng(3)).values
    found, counts = np.unique(drawn, return_counts=True)
    assert found == pytest.approx(np.array(values), rel=1e-15)
    share = 1 / len(values)
    assert counts / drawn.size == pytest.approx(
        np.full(len(values), share), abs=4.5 * np.sqrt(share * (1 - share) / drawn.size)
    )


@pytest.mark.parametrize(("n_clusters", "weights"), [(7, None), (14, None), (14, SIGNS)])
def test_batch_equals_one_at_a_time(n_clusters, weights):
    def drawn_as_before():
        return np.random.default_rng(8)

    data = [draw_data(seed, (6,) * n_clusters) for seed in range(40)]
    codes = data[0][2]
    x, y = (np.stack([each[k] for each in data]) for k in (0, 1))
    vectors = draw_wild_vectors(n_clusters, weights, 499, np.random.default_rng(8))
    z = np.concatenate([x, y[:, :, None]], axis=2)
    rows = orthonormalize(x, y)
    q = np.concatenate([rows.columns, y[:, :, None]], axis=2)
    for at in (1, 2):
        one = [
            wild(
                x[k], y[k], at, codes, weights=weights, n_vectors=499, rng=np.random.default_rng(8)
            )
            for k in range(40)
        ]
        expected = [each.p_value for each in one]
        assert wild_p_values(cluster_grams(z, codes), np.eye(4)[at], vectors).tolist() == expected
        # In orthonormal columns the coefficient is a contrast that differs between data sets.
        found = wild_p_values(cluster_grams(q, codes), rows.back[:, at], vectors)
        assert found.tolist() == expected


def test_size_of_the_parts_does_not_matter(monkeypatch):
    codes = np.arange(60) % 8
    z = np.random.default_rng(2).normal(size=(50, 60, 4))
    vectors = draw_wild_vectors(8, None, 999, np.random.default_rng(1))
    gram = cluster_grams(z, codes)
    whole = wild_p_values(gram, np.eye(3)[1], vectors)
    monkeypatch.setattr("mediation.inference.wild_scores.CELLS", 7 * 128 * 8)
    assert wild_p_values(gram, np.eye(3)[1], vectors).tolist() == whole.tolist()


def test_batch_marks_what_has_no_test():
    """Two clusters and two coefficients constant inside them; an exact fit."""
    x, y, codes = draw_data(5, (6, 6), p=2)
    z = np.stack([np.column_stack([x, y]), np.column_stack([x, x @ np.array([1.0, 2.0])])])
    vectors = draw_wild_vectors(2, None, 999, np.random.default_rng(1))
    assert np.isnan(wild_p_values(cluster_grams(z, codes), np.eye(2)[1], vectors)).all()
    x, y, codes = draw_data(5, (6, 6, 6), p=2)
    z = np.stack([np.column_stack([x, y]), np.column_stack([x, x @ np.array([1.0, 2.0])])])
    vectors = draw_wild_vectors(3, None, 999, np.random.default_rng(1))
    found = wild_p_values(cluster_grams(z, codes), np.eye(2)[1], vectors)
    assert np.isnan(found).tolist() == [False, True]


REFUSED = [
    (dict(codes=np.zeros(18, dtype=int)), "at least two clusters. Found 1"),
    (dict(conf_level=0.3), "between 0.5 and 0.999. Found 0.3"),
    (dict(weights=WEBB, n_vectors=20), "at least 99. Found 20"),
    (dict(twice=True), "must not repeat each other"),
    (dict(rows=4), "needs more than 4 rows. Found 4"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_refuses_what_has_no_answer(changes, words):
    x, y, codes = draw_data(5, (6, 6, 6))
    changes = dict(changes)
    rows = changes.pop("rows", 18)
    if changes.pop("twice", False):
        x[:, 3] = 2 * x[:, 2] + 5
    codes = changes.pop("codes", codes)
    with pytest.raises(InferenceError, match=words):
        wild(x[:rows], y[:rows], 2, codes[:rows], **changes)


def test_refuses_clusters_without_spread():
    """Two clusters and two coefficients constant inside them: their scores are zero."""
    x, y, codes = draw_data(5, (6, 9), p=2)
    with pytest.raises(InferenceError, match="The 2 clusters must differ"):
        wild(x, y, 1, codes)


@pytest.mark.slow
def test_holds_five_percent_with_ten_clusters():
    """ICC .1, a predictor constant in clusters, no effect; the Monte Carlo error is .0015."""
    n_sets, n_clusters, size = 20_000, 10, 20
    rng = np.random.default_rng(11)
    codes = np.repeat(np.arange(n_clusters), size)
    vectors = draw_wild_vectors(n_clusters, None, 999, rng)
    p_values = []
    for _ in range(n_sets // 1000):
        x = rng.normal(size=(1000, n_clusters))[:, codes]
        y = np.sqrt(0.1) * rng.normal(size=(1000, n_clusters))[:, codes]
        y = y + np.sqrt(0.9) * rng.normal(size=y.shape)
        z = np.stack([np.ones_like(x), x, y], axis=2)
        p_values.append(wild_p_values(cluster_grams(z, codes), np.array([0.0, 1.0]), vectors))
    rate = np.mean(np.concatenate(p_values) <= 0.05)
    error = np.sqrt(0.05 * 0.95 / n_sets)
    assert rate == pytest.approx(0.05, abs=3 * error)
