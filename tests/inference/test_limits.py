"""Limits of resamples against R's boot, by hand where all resamples are known, and as laws."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from mediation.inference.limits import (
    Correction,
    Sample,
    acceleration_of,
    quantiles_with_error,
    resampled_p,
)
from mediation.inference.resampling import (
    draw_counts,
    enumerate_resamples,
    leave_one_out,
    n_multisets,
)

CASE = Path(__file__).parents[1] / "reference" / "boot_single"


def indirect(frame, counts):
    """a b of each resample, rows repeated."""
    values = []
    for row in counts:
        d = frame.loc[np.repeat(frame.index, row)]
        one = np.ones(len(d))
        a = np.linalg.lstsq(np.column_stack([one, d.x]), d.m, rcond=None)[0][1]
        b = np.linalg.lstsq(np.column_stack([one, d.x, d.m]), d.y, rcond=None)[0][2]
        values.append(a * b)
    return np.array(values)


@pytest.fixture(scope="module")
def boot():
    frame = pd.read_csv(CASE / "data.csv")
    counts = np.loadtxt(CASE / "counts.csv", delimiter=",", dtype=int)
    with (CASE / "bootstrap.csv").open() as lines:
        numbers = {row["name"]: float(row["value"]) for row in csv.DictReader(lines)}
    limits = pd.read_csv(CASE / "expected.csv").set_index(["method", "conf"])
    left_out = indirect(frame, leave_one_out(len(frame)))
    return indirect(frame, counts), left_out, numbers, limits


@pytest.mark.reference
@pytest.mark.parametrize("conf", [0.9, 0.95])
@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_limits_of_boot(boot, method, conf):
    values, left_out, numbers, limits = boot
    sample = Sample.of(values, None)
    share = sample.share_below(numbers["estimate"])
    correction = Correction()
    if method == "bca":
        correction = Correction(stats.norm.ppf(share), acceleration_of(left_out))
    tail = (1 - conf) / 2
    ours = [sample.quantile(correction.probability(p)) for p in (tail, 1 - tail)]
    np.testing.assert_allclose(ours, limits.loc[(method, conf), ["low", "high"]], rtol=1e-9)


@pytest.mark.reference
def test_bias_acceleration_and_error_of_boot(boot):
    values, left_out, numbers, _ = boot
    share = Sample.of(values, None).share_below(numbers["estimate"])
    assert stats.norm.ppf(share) == pytest.approx(numbers["z0"], rel=1e-9)
    assert acceleration_of(left_out) == pytest.approx(numbers["acceleration"], rel=1e-7)
    assert values.std(ddof=1) == pytest.approx(numbers["std_error"], rel=1e-9)


def test_resamples_of_three_units_by_hand():
    counts, probabilities = enumerate_resamples(3)
    by_hand = {
        **dict.fromkeys([(3, 0, 0), (0, 3, 0), (0, 0, 3)], 1 / 27),
        **dict.fromkeys([(2, 1, 0), (2, 0, 1), (1, 2, 0), (0, 2, 1), (1, 0, 2), (0, 1, 2)], 3 / 27),
        (1, 1, 1): 6 / 27,
    }
    found = dict(zip(map(tuple, counts.tolist()), probabilities, strict=True))
    assert found == pytest.approx(by_hand)


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (2, 3), (5, 126), (7, 1716), (8, 6435)])
def test_number_and_probabilities_of_resamples(n, expected):
    counts, probabilities = enumerate_resamples(n)
    assert len(counts) == len({*map(tuple, counts.tolist())}) == n_multisets(n) == expected
    assert (counts.sum(axis=1) == n).all()
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-12)
    # The mean number of times a unit is drawn is 1, its variance 1 - 1 / n.
    np.testing.assert_allclose(probabilities @ counts, 1.0)
    np.testing.assert_allclose(probabilities @ counts**2 - 1, 1 - 1 / n, atol=1e-12)


def test_drawn_counts_are_multinomial():
    counts = draw_counts(7, 20_000, np.random.default_rng(1))
    assert (counts.sum(axis=1) == 7).all()
    error = np.sqrt(6 / 7 / 20_000)
    assert np.abs(counts.mean(axis=0) - 1).max() < 4 * error
    assert counts.var() == pytest.approx(6 / 7, abs=0.02)


def test_quantile_of_weighted_values_inverts_their_distribution():
    sample = Sample.of(np.array([3.0, 1.0, 2.0]), np.array([0.5, 0.2, 0.3]))
    assert [sample.quantile(p) for p in (0.1, 0.2, 0.21, 0.5, 0.51, 0.99)] == [1, 1, 2, 2, 3, 3]
    assert sample.share_below(2.0) == pytest.approx(0.35)
    assert sample.error(0.1, Correction(), 0.5) == 0.0


@pytest.mark.parametrize("p", [0.025, 0.5, 0.9])
def test_error_of_a_quantile_is_its_spread_over_repetitions(p):
    rng = np.random.default_rng(2)
    many = rng.standard_normal((2_000, 1_000))
    spread = np.quantile(many, p, axis=1).std()
    told = np.mean([quantiles_with_error(row, (p,))[1] for row in many[:200]])
    assert told == pytest.approx(spread, rel=0.1)


# Within these bounds the moved probability keeps its distance from 1, where a float has no digits
# left to tell it by.
@given(
    bias=st.floats(-0.5, 0.5),
    acceleration=st.floats(-0.1, 0.1),
    tail=st.floats(0.005, 0.995),
)
def test_the_nominal_tail_is_the_inverse_of_the_probability(bias, acceleration, tail):
    correction = Correction(bias, acceleration)
    assert correction.tail(correction.probability(tail)) == pytest.approx(tail, abs=1e-9)


def test_no_bias_and_no_acceleration_is_the_percentile():
    assert Correction(0.0, 0.0).probability(0.025) == pytest.approx(0.025)


@pytest.mark.parametrize("correction", [Correction(), Correction(0.3, 0.05)])
def test_p_is_the_level_at_which_a_limit_is_zero(correction):
    values = np.random.default_rng(3).normal(0.4, 0.2, size=200_001)
    sample = Sample.of(values, None)
    p = resampled_p(sample, correction)
    assert sample.quantile(correction.probability(p / 2)) == pytest.approx(0.0, abs=2e-3)


def test_p_of_drawn_resamples_is_never_zero():
    sample = Sample.of(np.linspace(1, 2, 999), None)
    assert resampled_p(sample, Correction()) == pytest.approx(2 / 1000)


def test_p_of_enumerated_resamples_is_exact_and_never_zero():
    sample = Sample.of(np.array([-1.0, 1.0, 2.0]), np.array([0.01, 0.5, 0.49]))
    assert resampled_p(sample, Correction()) == pytest.approx(0.02)
    above = Sample.of(np.array([1.0, 2.0, 3.0]), np.array([0.01, 0.5, 0.49]))
    assert resampled_p(above, Correction()) == pytest.approx(0.02)


def limit(values, estimate, tail, acceleration):
    """A limit of one bootstrap, its told error, percentile if `acceleration` is None."""
    sample = Sample.of(values, None)
    share = sample.share_below(estimate)
    correction = Correction()
    if acceleration is not None:
        correction = Correction(float(stats.norm.ppf(share)), acceleration)
    at = sample.quantile(correction.probability(tail))
    return at, sample.error(tail, correction, share)


@pytest.mark.parametrize("acceleration", [None, 0.0, 0.08])
@pytest.mark.parametrize("tail", [0.025, 0.975])
def test_error_of_a_limit_is_its_spread_over_bootstraps(tail, acceleration):
    rng = np.random.default_rng(8)
    found = [limit(rng.gamma(4, size=2_000), 3.8, tail, acceleration) for _ in range(600)]
    limits, told = np.array(found).T
    # 600 repetitions know a standard deviation to 3%.
    assert told.mean() == pytest.approx(limits.std(), rel=0.12)
