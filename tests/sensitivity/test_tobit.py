"""Tobit regression against survival::survreg, closed forms and its own laws."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediation.errors import EstimationError, SpecificationError
from mediation.sensitivity.tobit import fit_tobit

CASE = Path(__file__).parents[1] / "reference" / "tobit_single"


@pytest.fixture(scope="module")
def case():
    data = pd.read_csv(CASE / "data.csv")
    x = np.column_stack([np.ones(len(data)), data["x"], data["z"]])
    return x, data["m"].to_numpy(), json.loads((CASE / "expected.json").read_text("utf-8"))


@pytest.mark.reference
def test_everything_is_as_survreg_has_it(case):
    x, y, expected = case
    found = fit_tobit(x, y, 2.0)

    assert found.coefficients == pytest.approx(expected["coefficients"], rel=1e-8)
    assert found.log_scale == pytest.approx(expected["log_scale"], rel=1e-8)
    np.testing.assert_allclose(found.covariance, expected["covariance"], rtol=1e-6)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-10)
    assert found.n_at_limit == expected["n_at_limit"]


def test_with_no_score_at_the_limit_it_is_least_squares(case):
    x, y, _ = case
    found = fit_tobit(x, y, np.inf)
    slopes, rest, *_ = np.linalg.lstsq(x, y, rcond=None)
    variance = rest[0] / len(y)

    assert found.coefficients == pytest.approx(slopes, rel=1e-10)
    assert found.log_scale == pytest.approx(0.5 * np.log(variance), rel=1e-10)
    of_slopes = found.covariance[:3, :3]
    np.testing.assert_allclose(of_slopes, variance * np.linalg.inv(x.T @ x), rtol=1e-8)
    # Twice the log SD has variance 2 / n at the maximum.
    assert found.covariance[3, 3] == pytest.approx(1 / (2 * len(y)), rel=1e-8)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1000.0), st.floats(-100.0, 100.0), st.integers(0, 2**31))
def test_units_of_the_score_do_not_matter(case, factor, shift, seed):
    x, y, _ = case
    order = np.random.default_rng(seed).permutation(len(y))
    first = fit_tobit(x, y, 2.0)
    second = fit_tobit(x[order], factor * y[order] + shift, factor * 2.0 + shift)

    moved = factor * first.coefficients + shift * np.array([1.0, 0, 0])
    assert second.coefficients == pytest.approx(moved, rel=1e-6, abs=1e-6 * factor)
    assert second.std_errors[:3] == pytest.approx(factor * first.std_errors[:3], rel=1e-6)
    assert second.std_errors[3] == pytest.approx(first.std_errors[3], rel=1e-6)


def test_scores_beyond_the_limit_count_as_at_it(case):
    x, y, _ = case
    beyond = np.where(y >= 2.0, 50.0, y)
    assert fit_tobit(x, beyond, 2.0).coefficients == pytest.approx(
        fit_tobit(x, y, 2.0).coefficients, rel=1e-9
    )


def test_a_covariate_that_sets_the_limit_apart_is_refused(case):
    x, y, _ = case
    apart = np.column_stack([x, y >= 2.0])
    with pytest.raises(EstimationError, match="columns that differ there"):
        fit_tobit(apart, y, 2.0)


def test_too_few_rows_below_the_limit_are_refused():
    x = np.column_stack([np.ones(5), np.arange(5.0)])
    with pytest.raises(EstimationError, match="2 rows are below"):
        fit_tobit(x, np.array([1.0, 2, 3, 3, 3]), 3.0)


def test_missing_values_are_refused(case):
    x, y, _ = case
    with pytest.raises(SpecificationError, match="all finite"):
        fit_tobit(x, np.where(y >= 2.0, np.nan, y), 2.0)
