"""Power of paths and of products: R, PowerUpR, brute force, laws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import stdtr

from mediation.errors import InferenceError
from mediation.sensitivity.detectable_power import (
    ProductTest,
    path_power,
    product_power,
    smallest_multiple,
    smallest_noncentrality,
)

CASE = Path(__file__).parents[1] / "reference" / "power_paths"
INF = float("inf")


@pytest.mark.reference
def test_agrees_with_r():
    expected = pd.read_csv(CASE / "power.csv")
    assert len(expected) > 50
    for row in expected.itertuples():
        level, df = 1 - row.alpha, (row.v1, row.v2)
        pair = [row.n1, row.n2]
        assert path_power(row.n1, row.v1, level) == pytest.approx(row.path1, abs=1e-9)
        assert path_power(row.n2, row.v2, level) == pytest.approx(row.path2, abs=1e-9)
        joint = product_power(pair, df, ProductTest.JOINT, level)
        assert joint == pytest.approx(row.joint, abs=1e-9)
        found = product_power(pair, df, ProductTest.DISTRIBUTION, level)
        assert found == pytest.approx(row.product, abs=2e-7)


@pytest.mark.reference
def test_smallest_paths_are_those_of_power_t_test():
    for row in pd.read_csv(CASE / "smallest.csv").itertuples():
        found = smallest_noncentrality(row.power, row.df)
        assert found == pytest.approx(row.noncentrality, abs=1e-6)


def med211(a, b1, b, c, icc_m, icc_y, r2, n, j, p):
    """Standard errors and df of PowerUpR's two-level mediation with a predictor of clusters."""
    pq = p * (1 - p)
    t2m, s2m = icc_m * (1 - r2) - pq * a**2, (1 - icc_m) * (1 - r2)
    var_a = (t2m + s2m / n) / (j * pq)
    s2y = (1 - icc_y) * (1 - r2 - (1 - icc_m) / (1 - icc_y) * b1**2 * (1 - r2))
    t2y = icc_y * (1 - r2) - pq * (a * b + c) ** 2
    t2y -= b**2 * icc_m * (1 - r2) + b**2 * s2m / n - pq * a**2 * b**2
    var_b = (t2y + s2y / n) / (j * (t2m + s2m / n))
    var_b1 = s2y / ((j * n - j) * s2m)
    return np.sqrt([var_a, var_b1, var_b]), (j - 4, n * j - 3, j - 5)


def test_agrees_with_powerupr():
    paths = (0.4135, 0.0670, 0.3595)
    errors, df = med211(*paths, 0.1, 0.3, 0.3, 0.6, 30, 80, 0.1)
    assert df == (76, 2397, 75)
    ratio = np.array(paths) / errors
    assert ratio == pytest.approx([3.2869588, 3.2344152, 3.2875846], abs=5e-8)
    power = [float(path_power(ratio[k], df[k])) for k in range(3)]
    assert [round(each, 3) for each in power] == [0.901, 0.899, 0.901]
    for other, expected in ((1, 0.809), (2, 0.811)):
        pair = [ratio[0], ratio[other]]
        joint = product_power(pair, (df[0], df[other]), ProductTest.JOINT)
        assert round(float(joint), 3) == expected


@pytest.mark.parametrize(
    ("j", "expected"),
    [
        (7, (0.212, 0.169, 0.210, 0.036)),
        (10, (0.376, 0.363, 0.375, 0.137)),
        (20, (0.736, 0.746, 0.736, 0.549)),
        (40, (0.967, 0.971, 0.967, 0.939)),
    ],
)
def test_agrees_with_powerupr_with_few_clusters(j, expected):
    paths = (0.5, 0.3, 0.5)
    errors, df = med211(*paths, 0.1, 0.2, 0.15, 0.0, 30, j, 0.5)
    ratio = np.array(paths) / errors
    found = [path_power(ratio[0], df[0]), path_power(ratio[2], df[2])]
    found += [
        product_power([ratio[0], ratio[k]], (df[0], df[k]), ProductTest.JOINT) for k in (1, 2)
    ]
    assert [round(float(each), 3) for each in found] == list(expected)


@pytest.mark.parametrize(
    ("sizes", "df"), [((3.0, 3.0), (11.0, 200.0)), ((1.0, 5.0), (4.2, 50.0)), ((8.0, 2.5), (3, 3))]
)
@pytest.mark.parametrize("by_normal", [False, True])
def test_product_power_is_the_share_of_drawn_studies(sizes, df, by_normal):
    n, rng = 400_000, np.random.default_rng(7)
    t = [
        (rng.standard_normal(n) + size) / np.sqrt(rng.chisquare(v, n) / v)
        for size, v in zip(sizes, df, strict=True)
    ]
    quantiles = (INF, INF) if by_normal else df
    p, q = (stdtr(v, -each) for v, each in zip(quantiles, t, strict=True))
    below = p + q - 2 * p * q
    symmetric = 1 / np.sqrt(1 / t[0] ** 2 + 1 / t[1] ** 2) > stats.t.ppf(0.975, min(quantiles))
    shares = {
        ProductTest.DISTRIBUTION: np.mean((below < 0.025) | (below > 0.975)),
        ProductTest.SYMMETRIC: np.mean(symmetric),
    }
    for test, share in shares.items():
        found = float(product_power(sizes, df, test, by_normal=by_normal))
        assert abs(found - share) < 4 * np.sqrt(found * (1 - found) / n), test


@settings(max_examples=60, deadline=None)
@given(
    first=st.floats(0, 12),
    second=st.floats(0, 12),
    df=st.tuples(*[st.sampled_from([2.5, 6.0, 11.0, 90.0, INF])] * 2),
    level=st.sampled_from([0.9, 0.95, 0.99]),
)
def test_laws_of_power(first, second, df, level):
    pair = [first, second]
    found = {test: float(product_power(pair, df, test, level)) for test in ProductTest}
    assert all(0 <= each <= 1 for each in found.values())
    # Both tests ask for more than two significant paths.
    assert found[ProductTest.DISTRIBUTION] <= found[ProductTest.JOINT] + 1e-6
    larger = [first + 0.5, second + 0.5]
    for test in ProductTest:
        assert product_power(larger, df, test, level) >= found[test] - 1e-6
    for test in (ProductTest.JOINT, ProductTest.DISTRIBUTION):
        turned = product_power(pair[::-1], df[::-1], test, level)
        assert turned == pytest.approx(found[test], abs=2e-6)
        signed = product_power([-first, second], df, test, level)
        assert signed == pytest.approx(found[test], abs=1e-12)


@pytest.mark.parametrize("df", [3.0, 11.0, INF])
def test_without_an_effect_power_is_the_error_rate(df):
    assert path_power(0.0, df) == pytest.approx(0.05, abs=1e-12)
    # The other path is known to be there: the product is told as often as the path alone.
    found = product_power([0.0, 500.0], (df, INF), ProductTest.DISTRIBUTION)
    assert found == pytest.approx(0.05, abs=1e-7)


@pytest.mark.parametrize("test", ProductTest)
@pytest.mark.parametrize("power", [0.5, 0.8, 0.9])
def test_the_smallest_multiple_has_the_power(test, power):
    df, direction = (7.0, 60.0), (0.3, -2.0)
    times = smallest_multiple(direction, power, df, test)
    found = product_power([times * each for each in direction], df, test)
    assert found == pytest.approx(power, abs=1e-7)
    fixed = smallest_multiple(direction, power, df, test, fixed=6.0)
    assert product_power([fixed * 0.3, 6.0], df, test) == pytest.approx(power, abs=1e-7)


def test_a_weak_second_path_caps_the_power():
    # b is told from zero in less than half of the studies, however large a is.
    assert smallest_multiple((1.0, 1.0), 0.8, (11.0, 90.0), ProductTest.JOINT, fixed=1.5) == INF
    assert smallest_multiple((0.0, 0.0), 0.8, (11.0, 90.0), ProductTest.JOINT) == INF


def test_quantiles_of_the_normal_need_less():
    assert path_power(2.0, 6.0, quantile_df=INF) > path_power(2.0, 6.0)


@pytest.mark.parametrize("power", [0.05, 1.0, float("nan")])
def test_impossible_powers_are_refused(power):
    with pytest.raises(InferenceError, match="`power`"):
        smallest_noncentrality(power, 11.0)
    with pytest.raises(InferenceError, match="`power`"):
        smallest_multiple((1.0, 1.0), power, (11.0, 11.0), ProductTest.JOINT)


@pytest.mark.parametrize(("df", "level"), [(0.0, 0.95), (float("nan"), 0.95), (5.0, 1.0)])
def test_impossible_designs_are_refused(df, level):
    with pytest.raises(InferenceError, match="degrees of freedom"):
        path_power(1.0, df, level)
    with pytest.raises(InferenceError, match="degrees of freedom"):
        product_power([1.0, 1.0], (5.0, df), ProductTest.JOINT, level)
