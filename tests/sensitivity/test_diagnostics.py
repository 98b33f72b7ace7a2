"""Diagnostics: bins, the test of spread and what is kept of the rows."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.residuals import residuals_of
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import MediationModel
from mediation.sensitivity.diagnostics import FITTED_BINS, QUANTILE_BINS, diagnose

REFERENCE = Path(__file__).parents[1] / "reference"
FLAT = MediationModel("x", ("m",), "y")


def read_case(case):
    spec = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    roles = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    return MediationModel(**roles), pd.read_csv(REFERENCE / case / "data.csv")


def flat_frame(n, noise, seed=1):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    m = x + noise(rng, n, x)
    return pd.DataFrame({"x": x, "m": m, "y": m + rng.normal(size=n)})


@pytest.mark.reference
@pytest.mark.parametrize("case", ["case_managers", "nested_teams"])
def test_spread_test_is_that_of_r(case):
    model, frame = read_case(case)
    found = diagnose(model, frame, MixedModels(), np.random.default_rng(1))
    expected = pd.read_csv(REFERENCE / "blup_levels" / "blups.csv")
    expected = expected[(expected.case == case) & (expected.quantity == "brown_forsythe")]
    for equation in found.equations:
        (row,) = expected[expected.response == equation.response].itertuples()
        assert equation.test.statistic == pytest.approx(row.value, rel=1e-5)
        assert equation.test.p_value == pytest.approx(row.sd, rel=1e-5)


def test_bins_are_means_of_neighbors():
    """By hand: 23 rows in bins of at least five, in the order of residuals and fitted values."""
    frame = flat_frame(23, lambda rng, n, x: rng.normal(size=n))
    of_m = diagnose(FLAT, frame, OLS(), np.random.default_rng(1), minimum=5).equations[0]
    residuals = np.sort(residuals_of(FLAT, frame, OLS())[0].residuals)
    first = np.arange(4) * 23 // 4
    scaled = residuals / residuals.std(ddof=1)
    quantiles = stats.norm.ppf((np.arange(23) + 0.5) / 23)

    assert of_m.quantiles.smallest == 5
    for part, mean, expected in zip(
        np.split(np.arange(23), first[1:]),
        of_m.quantiles.found,
        of_m.quantiles.expected,
        strict=True,
    ):
        assert mean == pytest.approx(scaled[part].mean(), abs=1e-12)
        assert expected == pytest.approx(quantiles[part].mean(), abs=1e-12)
    assert of_m.spread is None


def test_normal_residuals_stay_in_the_band_about_as_often_as_it_says():
    outside = [
        diagnose(
            FLAT,
            flat_frame(200, lambda rng, n, x: rng.normal(size=n), seed),
            OLS(),
            np.random.default_rng(0),
        )
        .equations[0]
        .quantiles.n_outside
        for seed in range(60)
    ]
    # 5% of 1,200 bins; bins of one set of residuals go together.
    assert 0.02 < np.mean(outside) / QUANTILE_BINS < 0.09


def test_skewed_residuals_leave_the_band():
    frame = flat_frame(400, lambda rng, n, x: rng.exponential(size=n) - 1)
    of_m, of_y = diagnose(FLAT, frame, OLS(), np.random.default_rng(1)).equations

    assert of_m.quantiles.n_outside > QUANTILE_BINS / 2
    assert of_m.quantiles.found[-1] > of_m.quantiles.high[-1]
    assert of_m.skewness > 1.2
    assert of_y.quantiles.n_outside < 4


def test_spread_that_grows_is_seen_in_the_bins():
    frame = flat_frame(600, lambda rng, n, x: rng.normal(size=n) * np.exp(0.6 * x))
    of_m = diagnose(FLAT, frame, OLS(), np.random.default_rng(1)).equations[0]

    assert len(of_m.spread.sds) == FITTED_BINS
    assert of_m.spread.sds[-1] > 3 * of_m.spread.sds[0]
    assert np.all(np.diff(of_m.spread.fitted) > 0)
    assert of_m.test is None


def test_clusters_of_unequal_spread_are_told():
    rng = np.random.default_rng(6)
    team = np.repeat(np.arange(10), 30)
    x = rng.normal(size=10)[team]
    m = x + rng.normal(size=300) * np.where(team < 5, 1.0, 3.0)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": m + rng.normal(size=300)})
    model = MediationModel("x", ("m",), "y", clusters=("team",))
    of_m, of_y = diagnose(model, frame, MixedModels(), rng).equations

    assert of_m.test.p_value < 1e-6
    assert 2 < of_m.test.ratio < 6
    assert of_y.test.p_value > 0.01
    assert (of_m.test.df_between, of_m.test.df_within) == (9, 290)


def test_other_engines_lend_their_equations_to_mixed_models():
    model, frame = read_case("nested_teams")
    model = MediationModel("x", ("m",), "y", ("age",), clusters=("team",))
    found = diagnose(model, frame, TwoLevelSEM(), np.random.default_rng(1))
    direct = diagnose(model, frame, MixedModels(), np.random.default_rng(1))

    assert found.is_substitute
    assert not direct.is_substitute
    pd.testing.assert_frame_equal(found.to_frame(), direct.to_frame())


def test_nothing_of_the_length_of_the_rows_is_kept():
    model, frame = read_case("nested_teams")
    found = diagnose(model, frame, MixedModels(), np.random.default_rng(1), minimum=5)
    assert "array" not in repr(found)
    for equation in found.equations:
        bins = equation.quantiles
        for each in (equation, bins, equation.spread, *equation.effects):
            assert "array" not in repr(each)
        for values in (bins.found, bins.expected, equation.spread.means, equation.spread.sds):
            assert len(values) <= QUANTILE_BINS
        assert bins.smallest >= 5
        assert equation.spread.smallest >= 5


def test_too_few_rows_have_no_bins():
    frame = flat_frame(9, lambda rng, n, x: rng.normal(size=n))
    of_m = diagnose(FLAT, frame, OLS(), np.random.default_rng(1), minimum=5).equations[0]
    assert of_m.quantiles is None
    assert of_m.spread is None


def test_normal_residuals_are_rarely_called_bent_with_few_bins():
    """Four and six bins leave the band together: one set in a hundred may, by construction."""
    for n in (20, 30):
        normal = diagnostics_bins(n)
        rng = np.random.default_rng(7)
        draws = np.sort(rng.standard_normal((4000, n)), axis=1)
        draws = (draws - draws.mean(axis=1, keepdims=True)) / draws.std(
            axis=1, ddof=1, keepdims=True
        )
        first = np.arange(n // 5) * n // (n // 5)
        means = np.add.reduceat(draws, first, axis=1) / np.diff(first, append=n)
        outside = np.sum((means < normal.low) | (means > normal.high), axis=1)
        assert np.mean(outside > normal.most_outside) < 0.02
        assert normal.expected_outside == pytest.approx(outside.mean(), abs=0.12)


def diagnostics_bins(n):
    frame = flat_frame(n, lambda rng, n, x: rng.normal(size=n))
    return diagnose(FLAT, frame, OLS(), np.random.default_rng(1)).equations[0].quantiles
