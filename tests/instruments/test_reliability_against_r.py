"""Agreement of reliability with psych, lavaan and semTools on the cases `reliability_*`."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.instruments.one_factor import fit_one_factor
from mediation.instruments.reliability import estimate_reliability

REFERENCE = Path(__file__).parents[1] / "reference"
EXACT = 1e-9
pytestmark = pytest.mark.reference


def expected_of(case, *keys):
    frame = pd.read_csv(REFERENCE / case / "expected.csv")
    return frame.set_index([*keys, "term"]).value


def items_case():
    rows = pd.read_csv(REFERENCE / "reliability_items" / "data.csv").to_numpy(dtype=float)
    rows[:, 0] = 7 - rows[:, 0]
    return rows, expected_of("reliability_items", "source")


def test_alpha_and_item_statistics_of_psych():
    rows, expected = items_case()
    found, psych = estimate_reliability(rows), expected["psych"]
    assert found.n_rows == psych["n_rows"]
    assert found.n_incomplete == len(rows) - psych["n_rows"]
    pairs = {
        "alpha": found.alpha.value,
        "alpha_low": found.alpha.conf_low,
        "alpha_high": found.alpha.conf_high,
        "mean_inter_item": found.mean_inter_item,
    }
    for i in range(5):
        pairs[f"item_rest_A{i + 1}"] = found.item_rest[i]
        pairs[f"alpha_dropped_A{i + 1}"] = found.alpha_dropped[i]
    for term, value in pairs.items():
        assert value == pytest.approx(psych[term], rel=EXACT), term
    assert found.alpha.value == pytest.approx(expected["semTools", "alpha"], rel=EXACT)


def test_omega_of_lavaan_and_semtools():
    rows, expected = items_case()
    found = estimate_reliability(rows).omega
    assert found.value == pytest.approx(expected["lavaan", "omega"], rel=EXACT)
    assert found.value == pytest.approx(expected["semTools", "omega"], rel=EXACT)
    assert found.value == pytest.approx(expected["semTools", "omega_rel_sem"], rel=EXACT)
    assert found.std_error == pytest.approx(expected["lavaan", "omega_std_error"], rel=EXACT)


def test_one_factor_of_lavaan():
    rows, expected = items_case()
    complete = rows[~np.isnan(rows).any(axis=1)]
    fit = fit_one_factor(np.cov(complete.T, bias=True))
    for i in range(5):
        loading, unique = (expected["lavaan", f"{name}_A{i + 1}"] for name in
                           ("loading", "uniqueness"))  # fmt: skip
        assert fit.loadings[i] == pytest.approx(loading, rel=1e-7)
        assert fit.uniquenesses[i] == pytest.approx(unique, rel=1e-7)


def test_omega_total_of_psych():
    """psych divides by the observed variance of the sum of standardized items."""
    rows, expected = items_case()
    correlation = np.corrcoef(rows[~np.isnan(rows).any(axis=1)].T)
    fit = fit_one_factor(correlation)
    omega_total = 1 - fit.uniquenesses.sum() / correlation.sum()
    # psych stops its optimizer early.
    assert omega_total == pytest.approx(expected["psych", "omega_total"], rel=1e-7)


def levels_case(part):
    data = pd.read_csv(REFERENCE / "reliability_levels" / "data.csv")
    here = data[data.part == part]
    rows = here.filter(like="y").to_numpy(dtype=float)
    found = estimate_reliability(rows, here.cluster.to_numpy()).levels
    return found, expected_of("reliability_levels", "part", "source").loc[part]


@pytest.mark.parametrize("part", ["balanced", "unequal"])
def test_levels(part):
    found, expected = levels_case(part)
    numbers = {
        "icc1": found.intraclass.icc1,
        "icc2": found.intraclass.icc2,
        "alpha_within": found.alpha_within.value,
        "alpha_within_low": found.alpha_within.conf_low,
        "alpha_within_high": found.alpha_within.conf_high,
        "alpha_between": found.alpha_between.value,
        "omega_within": found.omega_within.value,
        "omega_within_std_error": found.omega_within.std_error,
        "omega_between": found.omega_between.value,
    }
    exact = expected[expected.index.get_level_values("source").isin(["aov", "psych", "lavaan"])]
    assert len(exact) >= len(numbers) + 1
    for (source, term), value in exact.items():
        assert numbers[term] == pytest.approx(value, rel=EXACT), (source, term)


def test_two_level_models():
    """Fitted to the rows: the same within but for the optimizer, near where levels mix."""
    found, expected = levels_case("balanced")
    two_level = expected["lavaan_two_level"]
    assert found.omega_within.value == pytest.approx(two_level["omega_within"], rel=1e-5)
    error = two_level["omega_within_std_error"]
    assert found.omega_within.std_error == pytest.approx(error, rel=1e-3)
    both = expected["semTools"]
    assert found.omega_within.value == pytest.approx(both["omega_within_ml"], abs=0.001)
    assert found.omega_between.value == pytest.approx(both["omega_between_ml"], abs=0.005)
