"""The product of two estimates against published limits, brute force, closed forms and laws."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from mediation.errors import InferenceError
from mediation.inference.product import Factors, product_cdf, product_quantiles

INF = np.inf
LIMITS = [0.025, 0.975]
TAILS = [0.0005, 0.025, 0.25, 0.5, 0.8, 0.975, 0.9995]


def factors(values, errors=(1.0, 1.0), df=(INF, INF), rho=0.0):
    return Factors([values], [errors], [df], [rho])


def t(df):
    return stats.norm if np.isinf(df) else stats.t(df)


def brute_cdf(q, values, df, rho=0.0):
    """Meeker & Escobar's integral by adaptive quadrature; standard errors 1."""
    a, b = values
    root = np.sqrt(1 - rho**2)

    at_center, v = t(df[1]).pdf(0.0), df[1]

    def density(u):
        power = -u * u / 2 if np.isinf(v) else -(v + 1) / 2 * np.log1p(u * u / v)
        return at_center * np.exp(power)

    def below(x):
        deviate = (q / x - a - rho * (x - b)) / root
        return density(x - b) * special.stdtr(df[0], np.sign(x) * deviate)

    # Up to where a tail of 1.5 degrees of freedom holds less than 1e-12.
    steps = [0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 8.0] + [10.0**k for k in range(2, 10)]
    centers = {0.0, b, q / a if a else 0.0}
    ends = sorted({c + sign * s for c in centers for s in steps for sign in (-1, 1)})
    options = {"epsabs": 1e-13, "epsrel": 1e-10, "limit": 200}
    return sum(integrate.quad(below, *ends_of, **options)[0] for ends_of in pairwise(ends))


# a, b, SE a, SE b, rho, lower, upper: exact quadrature, to the digits printed.
PUBLISHED = [
    (0.2, 0.4, 1.0, 1.0, 0.0, -2.18817854, 2.58722225),
    (0.5, 0.6, 0.08, 0.04, 0.0, 0.201080641, 0.405362003),
    (0.4, 0.3, 0.1, 0.1, 0.0, 0.034135001, 0.232464170),
    (0.4, 0.3, 0.1, 0.1, 0.3, 0.0292640323, 0.2527576773),
    (0.14, 0.14, 0.1, 0.1, 0.0, -0.0129223957, 0.0736566166),
    (0.0, 0.0, 1.0, 1.0, 0.0, -2.18194898, 2.18194898),
]


@pytest.mark.parametrize(("a", "b", "se_a", "se_b", "rho", "low", "high"), PUBLISHED)
def test_limits_of_normal_products_are_the_published_ones(a, b, se_a, se_b, rho, low, high):
    limits = product_quantiles(factors((a, b), (se_a, se_b), rho=rho), LIMITS)[0]
    assert limits == pytest.approx([low, high], abs=1e-8, rel=0)


def test_limits_of_the_between_product_of_the_two_level_demo_are_the_published_ones():
    """Estimates are known to six decimals, which leaves (.67 + .17) * 5e-7 in the limits."""
    errors = np.sqrt([6.3497554e-03, 1.7926980e-03])
    limits = product_quantiles(factors((0.169181, 0.663727), errors, rho=-0.002553597), LIMITS)[0]
    assert limits == pytest.approx([0.0085903896, 0.2184698696], abs=4.2e-7, rel=0)


# Zero, one and both factors clear of zero; every df, and each with infinity.
BRUTE = [
    ((0.3, 1.2), (1.5, 1.5), 0.975),
    ((2.0, -0.4), (3.0, 3.0), 0.025),
    ((1.0, 6.0), (5.2, 5.2), 0.975),
    ((3.0, 4.0), (12.0, 200.0), 0.025),
    ((0.0, 0.7), (200.0, 200.0), 0.9),
    ((2.5, 0.0), (1.5, INF), 0.8),
    ((-1.0, 2.0), (INF, 3.0), 0.025),
    ((4.0, 60.0), (5.2, INF), 0.975),
    ((0.0, 0.0), (12.0, INF), 0.7),
    ((60.0, 50.0), (200.0, INF), 0.0005),
]


@pytest.mark.parametrize(("values", "df", "p"), BRUTE)
def test_products_of_t_agree_with_adaptive_quadrature(values, df, p):
    pair = factors(values, df=df)
    quantile = product_quantiles(pair, [p])[0, 0]
    for at in (quantile, 0.4 * quantile):
        assert product_cdf(pair, [at])[0] == pytest.approx(brute_cdf(at, values, df), abs=1e-10)
    # The root of the brute force lies within 1e-8 (of the quantile where that is large).
    width = 1e-8 * max(abs(quantile), 1.0)
    assert brute_cdf(quantile - width, values, df) < p < brute_cdf(quantile + width, values, df)


@pytest.mark.parametrize(
    ("values", "rho"),
    [((1.0, 2.0), 0.99), ((1.0, -2.0), 0.99), ((0.0, 0.5), -0.99), ((30.0, 60.0), -0.5)],
)
@pytest.mark.parametrize("p", [0.0005, 0.3, 0.975])
def test_correlated_products_agree_with_adaptive_quadrature(values, rho, p):
    pair = factors(values, rho=rho)
    quantile = product_quantiles(pair, [p])[0, 0]
    assert brute_cdf(quantile, values, (INF, INF), rho) == pytest.approx(p, abs=1e-10)


def test_product_with_itself_turned_is_a_square():
    """With rho near 1 and equal means XY tends to a noncentral chi-square of 1 df."""
    near = product_quantiles(factors((2.0, 2.0), rho=1 - 1e-10), TAILS)[0]
    assert near[3:] == pytest.approx(stats.ncx2.ppf(TAILS[3:], 1, 4.0), rel=1e-5)


def test_product_of_standard_normals_is_a_bessel_density():
    """P(0 < XY < q) is the integral of K_0 / pi."""
    for at in (1e-6, 0.1, 1.0, 5.0):
        expected = 0.5 + integrate.quad(special.k0, 0.0, at, epsabs=1e-14)[0] / np.pi
        assert product_cdf(factors((0.0, 0.0)), [at])[0] == pytest.approx(expected, abs=1e-11)


def test_product_of_cauchy_factors_has_its_closed_form():
    """The density of a product of two standard Cauchy variables is ln(z^2) / (pi^2 (z^2 - 1))."""

    def density(z):
        return np.log(z * z) / (np.pi**2 * (z * z - 1))

    pair = factors((0.0, 0.0), df=(1.0, 1.0))
    for at in (0.2, 0.9, 30.0):
        ends = [0.0, min(at, 0.95), at]
        pieces = [integrate.quad(density, *e, epsabs=1e-14)[0] for e in pairwise(ends)]
        expected = 0.5 + sum(pieces)
        assert product_cdf(pair, [at])[0] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("df", list(product((1.5, 3.0, 5.2, 12.0, 200.0, INF), repeat=2)))
def test_probability_below_zero_is_that_of_unlike_signs(df):
    a, b = 0.8, -1.7
    below_a, below_b = t(df[0]).cdf(-a), t(df[1]).cdf(-b)
    expected = below_a * (1 - below_b) + (1 - below_a) * below_b
    pair = factors((a, b), df=df)
    assert product_cdf(pair, [0.0])[0] == pytest.approx(expected, abs=1e-13)
    for side in (-1e-13, 1e-13):
        assert product_cdf(pair, [side])[0] == pytest.approx(expected, abs=1e-11)


def test_draws_have_these_quantiles():
    rng = np.random.default_rng(5)
    draws = (0.5 + rng.standard_t(4.0, 400_000)) * (1.5 + 0.3 * rng.standard_normal(400_000))
    pair = factors((0.5, 1.5), (1.0, 0.3), (4.0, INF))
    for p, quantile in zip(TAILS, product_quantiles(pair, TAILS)[0], strict=True):
        found = np.mean(draws <= quantile)
        assert abs(found - p) < 4.5 * np.sqrt(p * (1 - p) / len(draws))


def test_known_factor_leaves_a_t_on_a_line():
    expected = 2.0 * (0.7 + 0.3 * stats.t.ppf(TAILS, 5.0))
    exact = factors((2.0, 0.7), (0.0, 0.3), (8.0, 5.0))
    assert product_quantiles(exact, TAILS)[0] == pytest.approx(expected, rel=1e-12)
    # A small error e adds terms of the order (e / v)^2 = 1e-10.
    near = factors((2.0, 0.7), (2e-5, 0.3), (8.0, 5.0))
    assert product_quantiles(near, TAILS)[0] == pytest.approx(expected, rel=5e-9)
    turned = factors((0.7, -2.0), (0.3, 0.0), (5.0, INF))
    downward = -2.0 * (0.7 + 0.3 * stats.t.isf(TAILS, 5.0))
    assert product_quantiles(turned, TAILS)[0] == pytest.approx(downward, rel=1e-12)
    assert product_cdf(turned, [-1.0])[0] == pytest.approx(stats.t.sf((0.5 - 0.7) / 0.3, 5.0))


def test_known_factors_have_their_product_as_limits():
    both = factors((2.0, -0.5), (0.0, 0.0), (5.0, INF))
    assert product_quantiles(both, LIMITS).tolist() == [[-1.0, -1.0]]
    assert [product_cdf(both, [at])[0] for at in (-1.1, -1.0, 0.0)] == [0.0, 1.0, 1.0]
    zero = factors((0.0, 3.0), (0.0, 1.0), (5.0, 5.0))
    assert product_quantiles(zero, LIMITS).tolist() == [[0.0, 0.0]]
    assert product_cdf(zero, [0.0])[0] == 1.0


def test_missing_number_gives_missing_results_for_its_pair_alone():
    pairs = Factors([[0.2, 0.4], [np.nan, 0.4]], np.ones((2, 2)), np.full((2, 2), INF), [0.0, 0.0])
    limits = product_quantiles(pairs, LIMITS)
    assert limits[0] == pytest.approx(PUBLISHED[0][5:], abs=1e-8)
    assert np.isnan(limits[1]).all()
    assert np.isnan(product_cdf(pairs, [0.1, 0.1])).tolist() == [False, True]


def test_many_products_are_those_one_by_one():
    rng = np.random.default_rng(2)
    n = 600
    df = rng.choice([1.5, 3.0, 12.0, INF], (n, 2))
    rho = np.where(np.isinf(df).all(axis=1), rng.uniform(-0.9, 0.9, n), 0.0)
    errors = np.where(rng.random((n, 2)) < 0.05, 0.0, rng.uniform(0.5, 2.0, (n, 2)))
    pairs = Factors(rng.normal(0, 3, (n, 2)), errors, df, rho)
    limits = product_quantiles(pairs, LIMITS)
    below = product_cdf(pairs, limits[:, 0])
    for i in range(0, n, 20):
        one = Factors(pairs.values[i : i + 1], errors[i : i + 1], df[i : i + 1], rho[i : i + 1])
        assert product_quantiles(one, LIMITS)[0] == pytest.approx(limits[i], rel=1e-10, abs=1e-12)
        assert product_cdf(one, limits[i, :1])[0] == pytest.approx(below[i], abs=1e-12)


def test_no_product_is_an_empty_result():
    none = Factors(np.empty((0, 2)), np.empty((0, 2)), np.empty((0, 2)), np.empty(0))
    assert product_cdf(none, np.empty(0)).shape == (0,)
    assert product_quantiles(none, LIMITS).shape == (0, 2)


SIZE = st.floats(-60.0, 60.0)
DF = st.sampled_from([1.0, 1.5, 2.3, 3.0, 5.2, 12.0, 200.0, 1e6, INF])
# A pair of any df without correlation, or normal with it.
PAIR = st.one_of(
    st.tuples(st.tuples(SIZE, SIZE), st.tuples(DF, DF), st.just(0.0)),
    st.tuples(st.tuples(SIZE, SIZE), st.just((INF, INF)), st.floats(-0.99, 0.99)),
)


@settings(max_examples=60, deadline=None)
@given(PAIR)
def test_quantiles_rise_and_are_the_inverse_of_the_distribution(pair):
    values, df, rho = pair
    quantiles = product_quantiles(factors(values, df=df, rho=rho), TAILS)[0]
    assert (np.diff(quantiles) > 0).all()
    n = len(TAILS)
    copies = Factors([values] * n, np.ones((n, 2)), [df] * n, [rho] * n)
    assert product_cdf(copies, quantiles) == pytest.approx(TAILS, abs=1e-11)


@settings(max_examples=40, deadline=None)
@given(PAIR, st.floats(-6.0, 6.0), st.floats(-6.0, 6.0))
def test_units_of_the_factors_are_units_of_the_product(pair, power_a, power_b):
    values, df, rho = pair
    scales = np.array([10.0**power_a, 10.0**power_b])
    plain = product_quantiles(factors(values, df=df, rho=rho), TAILS)[0]
    scaled = product_quantiles(factors(values * scales, scales, df, rho), TAILS)[0]
    assert scaled / np.prod(scales) == pytest.approx(plain, rel=1e-9, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(PAIR)
def test_turning_one_sign_turns_the_limits_and_both_leaves_them(pair):
    (a, b), df, rho = pair
    plain = product_quantiles(factors((a, b), df=df, rho=rho), LIMITS)[0]
    one = product_quantiles(factors((-a, b), df=df, rho=-rho), LIMITS)[0]
    both = product_quantiles(factors((-a, -b), df=df, rho=rho), LIMITS)[0]
    assert -one[::-1] == pytest.approx(plain, rel=1e-9, abs=1e-10)
    assert both == pytest.approx(plain, rel=1e-9, abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(PAIR)
def test_order_of_the_factors_does_not_matter(pair):
    (a, b), df, rho = pair
    plain = product_quantiles(factors((a, b), df=df, rho=rho), LIMITS)[0]
    swapped = product_quantiles(factors((b, a), df=df[::-1], rho=rho), LIMITS)[0]
    assert swapped == pytest.approx(plain, rel=1e-9, abs=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.tuples(SIZE, SIZE))
def test_correlation_near_zero_is_no_correlation(values):
    """Two different integrals: by quadrants, and by sum and difference."""
    separate = product_quantiles(factors(values), LIMITS)[0]
    joint = product_quantiles(factors(values, rho=1e-13), LIMITS)[0]
    assert joint == pytest.approx(separate, rel=1e-9, abs=1e-10)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"values": [(1.0, INF)]}, "`values` and `errors`.*finite"),
        ({"errors": [(1.0, -0.1)]}, "`errors`.*zero or more"),
        ({"df": [(0.05, 3.0)]}, "`df`.*at least 0.1"),
        ({"rho": [1.0]}, "`rho`.*inside -1 and 1"),
        ({"rho": [0.2], "df": [(5.0, INF)]}, "`rho`.*0 where degrees of freedom are finite"),
        ({"values": [1.0, 2.0]}, "one row per product"),
    ],
)
def test_impossible_factors_are_refused(changed, words):
    given_ = {"values": [(1.0, 2.0)], "errors": [(1.0, 1.0)], "df": [(INF, INF)], "rho": [0.0]}
    with pytest.raises(InferenceError, match=words):
        Factors(**(given_ | changed))


def test_impossible_questions_are_refused():
    pair = factors((1.0, 2.0))
    for wrong in ([0.0, 0.5], [1.0], 0.5, [np.nan]):
        with pytest.raises(InferenceError, match="`probabilities`"):
            product_quantiles(pair, wrong)
    with pytest.raises(InferenceError, match="`at` must have one number per product"):
        product_cdf(pair, [0.1, 0.2])
