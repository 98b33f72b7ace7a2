"""Least squares against clubSandwich and PROCESS on the cases tests/reference/ols_*."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.least_squares import cluster_grams, least_squares, orthonormalize
from mediation.estimation.sandwich import classical, cr1, cr2, hc3

REFERENCE = Path(__file__).parent / "reference"
CASES = sorted(path.parent.name for path in REFERENCE.glob("ols_*/fit.R"))
pytestmark = pytest.mark.reference


def read_rows(case: str) -> pd.DataFrame:
    """The rows of a case; `ols_student` has those of the case `student`."""
    own = REFERENCE / case / "data.csv"
    return pd.read_csv(own if own.exists() else REFERENCE / case.removeprefix("ols_") / "data.csv")


def read_equations(case: str) -> tuple[pd.DataFrame, dict[str, tuple[str, list[str]]], np.ndarray]:
    """Rows with the mediator split, (outcome, terms) of each equation, and cluster codes."""
    model = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    (m,), (cluster,), y = model["mediators"], model["clusters"], model["outcome"]
    data = read_rows(case)
    data["(Intercept)"] = 1.0
    data["m_mean"] = data.groupby(cluster)[m].transform("mean")
    data["m_within"] = data[m] - data["m_mean"]
    both = ["(Intercept)", model["predictor"]]
    equations = {
        "mediator": (m, both + model["covariates"]),
        "outcome": (y, [*both, "m_within", "m_mean", *model["covariates"]]),
        "total": (y, both + model["covariates"]),
    }
    return data, equations, pd.factorize(data[cluster])[0]


def our_numbers(x, y, codes, terms, *, is_orthonormal):
    """Our numbers by (covariance, term, quantity), as in ols.csv."""
    rows = orthonormalize(x[None], y[None])
    columns, left, back = rows.columns, rows.residuals, rows.back
    if not is_orthonormal:
        columns, left, back = x[None], y[None], np.eye(len(terms))[None]
    gram = cluster_grams(np.concatenate([columns, left[:, :, None]], axis=2), codes)
    fit = least_squares(gram, len(y))
    estimates = {
        "classical": classical(fit),
        "HC3": hc3(columns, rows.residuals, fit.bread),
        "CR1": cr1(gram, fit),
        "CR2": cr2(gram, fit, back),
    }
    values = rows.values[0] if is_orthonormal else fit.values[0]
    found = {("", t, "estimate"): v for t, v in zip(terms, values, strict=True)}
    found["", "", "residual"] = fit.sigma2[0]
    for name, estimate in estimates.items():
        covariance = back[0] @ estimate.covariance[0] @ back[0].T
        for i, term in enumerate(terms):
            found[name, term, "std_error"] = np.sqrt(covariance[i, i])
            found[name, term, "df"] = estimate.df[0, i]
            for k in range(i):
                found[name, f"{term}:{terms[k]}", "covariance"] = covariance[i, k]
    return found


def test_cases_are_found():
    assert len(CASES) >= 5


@pytest.mark.parametrize("is_orthonormal", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_all_numbers_are_those_of_clubsandwich(case, is_orthonormal):
    data, equations, codes = read_equations(case)
    expected = pd.read_csv(REFERENCE / case / "ols.csv", keep_default_na=False)
    for name, (y, terms) in equations.items():
        x, outcome = data[terms].to_numpy(float), data[y].to_numpy(float)
        found = our_numbers(x, outcome, codes, terms, is_orthonormal=is_orthonormal)
        rows = expected[expected.equation == name]
        p = len(terms)
        assert len(rows) == 7 * p + p * (p - 1) // 2
        scale = max(rows.value[rows.quantity == "covariance"].abs(), default=0.0)
        for row in rows.itertuples():
            tolerance = {"abs": 1e-8 * scale} if row.quantity == "covariance" else {"rel": 1e-8}
            key = (row.covariance, row.term, row.quantity)
            assert found[key] == pytest.approx(row.value, **tolerance), (name, *key)


@pytest.mark.parametrize("covariance", med.Covariance)
@pytest.mark.parametrize("case", CASES)
def test_the_engine_gives_the_same_numbers(case, covariance):
    spec = tomllib.loads((REFERENCE / case / "case.toml").read_text())
    model = med.MediationModel(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    )
    (mediator,), (cluster,) = model.mediators, model.clusters
    expected = pd.read_csv(REFERENCE / case / "ols.csv", keep_default_na=False)
    kind = {"classical": "classical"}.get(covariance.value, covariance.name)
    rows = expected[(expected.covariance == kind) & (expected.quantity != "covariance")]
    if case == "ols_own_indicator" and len(rows) == 0:
        with pytest.raises(med.MediationError, match="rest on one alone"):
            med.estimate(model, read_rows(case), med.OLS(covariance))
        return
    fit = med.estimate(model, read_rows(case), med.OLS(covariance))
    names = {
        "(intercept)": "(Intercept)",
        f"{mediator} (deviation from {cluster} mean)": "m_within",
        f"{mediator} ({cluster} mean)": "m_mean",
    }
    found = {}
    for label, equation in zip(("mediator", "outcome", "total"), fit.equations, strict=True):
        for name, _, error, df in equation.coefficients:
            found[label, names.get(name, name), "std_error"] = error
            found[label, names.get(name, name), "df"] = df
    assert len(rows) >= 8
    for row in rows.itertuples():
        key = (row.equation, row.term, row.quantity)
        assert found[key] == pytest.approx(row.value, rel=1e-8), key


@pytest.mark.parametrize(("outcome", "predictors"), [("m1", "x"), ("m2", "x"), ("y", "m1 m2 x")])
def test_hc3_is_that_of_process(outcome, predictors):
    data = pd.read_csv(REFERENCE / "ols_process_4" / "data.csv")
    data["(Intercept)"] = 1.0
    terms = ["(Intercept)", *predictors.split()]
    rows = np.arange(len(data))
    x, y = data[terms].to_numpy(), data[outcome].to_numpy()
    found = our_numbers(x, y, rows, terms, is_orthonormal=True)
    expected = pd.read_csv(REFERENCE / "ols_process_4" / "ols.csv", keep_default_na=False)
    expected = expected[expected.equation == outcome]
    assert len(expected) == 2 * len(terms) + 1
    for row in expected.itertuples():
        # Printed with four decimals.
        key = (row.covariance, row.term, row.quantity)
        assert found[key] == pytest.approx(row.value, abs=0.51e-4), key
