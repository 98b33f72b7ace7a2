"""Agreement with lme4, pbkrtest and clubSandwich on every case of tests/reference."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med

REFERENCE = Path(__file__).parent / "reference"
CASES = sorted(path.parent.name for path in REFERENCE.glob("*/expected.csv"))
# quantity -> relative tolerance; lmer's own optimum is good to about 1e-8 in a variance.
TOLERANCE = {"estimate": 1e-6, "std_error": 1e-6, "df": 1e-4, "variance": 1e-6}
pytestmark = pytest.mark.reference


def read_case(case: str) -> tuple[med.MediationModel, pd.DataFrame, pd.DataFrame]:
    folder = REFERENCE / case
    spec = tomllib.loads((folder / "case.toml").read_text())
    model = med.MediationModel(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    )
    return model, pd.read_csv(folder / "data.csv"), pd.read_csv(folder / "expected.csv")


def our_numbers(fit, model) -> dict[tuple[str, str, str], float]:
    """Our numbers by (equation, term, quantity), with R's names for the terms."""
    (mediator,), cluster = model.mediators, model.clusters[-1]
    names = {
        "(intercept)": "(Intercept)",
        f"{mediator} (deviation from {cluster} mean)": "m_within",
        f"{mediator} ({cluster} mean)": "m_mean",
    }
    found = {}
    for label, equation in zip(("mediator", "outcome", "total"), fit.equations, strict=True):
        for name, *numbers in equation.coefficients:
            for quantity, number in zip(("estimate", "std_error", "df"), numbers, strict=True):
                found[label, names.get(name, name), quantity] = number
        for level, variance in equation.variances:
            found[label, level, "variance"] = variance
    return found


def compare(expected: pd.DataFrame, found: dict, *, cap: dict | None = None) -> int:
    compared = 0
    for row in expected.itertuples():
        if row.quantity not in TOLERANCE:
            continue
        value = row.value
        if cap and row.quantity == "df" and (row.equation, row.term) in cap:
            value = min(value, cap[row.equation, row.term])
        assert found[row.equation, row.term, row.quantity] == pytest.approx(
            value, rel=TOLERANCE[row.quantity], abs=1e-7 if row.quantity == "variance" else None
        ), (row.equation, row.term, row.quantity)
        compared += 1
    return compared


def test_cases_are_found():
    assert len(CASES) >= 6


@pytest.mark.parametrize("case", CASES)
def test_all_components_kept_is_pbkrtest(case):
    model, data, expected = read_case(case)
    engine = med.MixedModels(
        zero_variance=med.ZeroVariance.KEEP, slope_covariance=med.SlopeCovariance.MODEL
    )
    fit = med.estimate(model, data, engine)
    assert compare(expected[expected.variant == "full"], our_numbers(fit, model)) > 25


@pytest.mark.parametrize("case", CASES)
def test_zero_components_dropped_is_pbkrtest_without_them(case):
    model, data, expected = read_case(case)
    fit = med.estimate(model, data, med.MixedModels(slope_covariance=med.SlopeCovariance.MODEL))
    n_clusters = fit.counts.n_clusters
    # J - q: intercept and predictor; the outcome equation has the mediator's mean as well.
    cap = {
        (equation, term): n_clusters - q
        for equation, q in (("mediator", 2), ("outcome", 3), ("total", 2))
        for term in ("(Intercept)", model.predictor, "m_mean")
    }
    kept = expected[expected.variant == "kept"]
    assert compare(kept, our_numbers(fit, model), cap=cap) > 25


@pytest.mark.parametrize("case", [c for c in CASES if c.startswith("demo")])
def test_b_within_has_the_cr2_of_clubsandwich(case):
    model, data, expected = read_case(case)
    fit = med.estimate(model, data, med.MixedModels())
    rows = expected[(expected.variant == "cr2") & (expected.term == "m_within")]
    assert compare(rows, our_numbers(fit, model)) == 2


@pytest.mark.parametrize("case", CASES)
def test_criterion_is_not_above_that_of_lmer(case):
    from mediation.estimation.design import prepare
    from mediation.estimation.reml import fit_reml, nested_statistics

    model, data, expected = read_case(case)
    prepared = prepare(model, data)
    rows = expected[(expected.quantity == "criterion") & (expected.variant == "full")]
    labels = ("mediator", "outcome", "total")
    for label, equation in zip(labels, prepared.equations, strict=True):
        fit = fit_reml(nested_statistics(equation.x, equation.y, prepared.clusters.codes))
        theirs = float(rows[rows.equation == label].value.iloc[0])
        assert fit.criterion <= theirs + 1e-7
        assert fit.criterion == pytest.approx(theirs, abs=1e-5)
        assert np.all(fit.ratios >= 0)
