"""Agreement with lavaan on the latent cases of tests/reference."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.latent_sem import LatentSEM
from mediation.vocabulary import LatentCovariance

REFERENCE = Path(__file__).parent / "reference"
ALLIANCE = tuple(f"wai_{k}" for k in range(1, 5))
CASES = {
    "latent_parcels": (
        med.MediationModel("fidelity", ("alliance",), "hope", covariates=("age",)),
        {"alliance": ALLIANCE},
        ("organization", "team"),
    ),
    "latent_two": (
        med.MediationModel(
            "fidelity",
            ("alliance", "agency", "stability"),
            "quality",
            covariates=("gender",),
            outcome_covariates=("age",),
        ),
        {"alliance": ALLIANCE[:3], "agency": ("agency_1", "agency_2", "agency_3")},
        ("team",),
    ),
}
VARIANTS = [
    (case, variant)
    for case, (_, _, clusters) in CASES.items()
    for variant in ("classical", *(f"robust_{cluster}" for cluster in clusters))
]
# Both ends are at the maximum; lavaan's standardised errors come from finite differences.
TOLERANCE = {
    "estimate": 1e-9,
    "std_error": 1e-7,
    "standardized": 1e-9,
    "standardized_std_error": 1e-6,
}
OURS = {
    "logl": "log_likelihood",
    "chisq": "chi_square",
    "pvalue": "p_value",
    "chisq.scaled": "chi_square_scaled",
    "pvalue.scaled": "p_value_scaled",
    "chisq.scaling.factor": "chi_square_scaling_factor",
}
pytestmark = pytest.mark.reference


def fit_case(case, variant):
    model, indicators, _ = CASES[case]
    data = pd.read_csv(REFERENCE / case / "data.csv")
    expected = pd.read_csv(REFERENCE / case / "expected.csv", keep_default_na=False)
    expected = expected[expected.variant == variant]
    method = LatentCovariance.CLASSICAL
    if variant != "classical":
        method = LatentCovariance.CLUSTER_ROBUST
        name = variant.removeprefix("robust_")
        model = med.MediationModel(
            model.predictor,
            model.mediators,
            model.outcome,
            covariates=model.covariates,
            outcome_covariates=model.outcome_covariates,
            clusters=(name,),
        )
    return med.estimate(model, data, LatentSEM(indicators, method)), expected


def our_numbers(fit):
    """Our numbers by (left, operator, right, quantity), in lavaan's words."""
    found = {}
    latent = [e.label.split(" =~ ")[0] for e in fit.equations if " =~ " in e.label]
    for equation in fit.equations:
        is_measurement = " =~ " in equation.label
        head = equation.label.split(" =~ " if is_measurement else " ~ ")[0]
        op = "=~" if is_measurement else "~"
        for (name, *numbers), (label, *standard) in zip(
            equation.coefficients, equation.contrasts, strict=True
        ):
            assert label == f"standardized: {name}"
            key = (head, op, name.replace("[", "_").replace("]", ""))
            found[*key, "estimate"], found[*key, "std_error"], _ = numbers
            found[*key, "standardized"], found[*key, "standardized_std_error"], _ = standard
        for name, variance in equation.variances:
            variable = name if is_measurement else head
            found[variable, "~~", variable, "estimate"] = variance
    assert latent
    total = fit.paths.values[-1], np.sqrt(fit.paths.covariance[-1, -1])
    found["total", "estimate"], found["total", "std_error"] = total
    return found


@pytest.mark.parametrize(("case", "variant"), VARIANTS)
def test_estimates_and_errors_are_those_of_lavaan(case, variant):
    fit, expected = fit_case(case, variant)
    assert fit.convergence is med.Convergence.CONVERGED
    found, compared = our_numbers(fit), 0
    for row in expected.itertuples():
        key = (row.lhs, row.op, row.rhs, row.quantity)
        if row.op == ":=":
            key = (row.lhs, row.quantity)
        if key not in found:
            # Not reported: errors of variances, and moments of what is given.
            assert row.op in ("~~", "")
            continue
        tolerance = TOLERANCE[row.quantity]
        assert found[key] == pytest.approx(float(row.value), rel=tolerance), key
        compared += 1
    assert compared >= len(found) > 30


@pytest.mark.parametrize(("case", "variant"), VARIANTS)
def test_fit_indices_are_those_of_lavaan(case, variant):
    fit, expected = fit_case(case, variant)
    found = dict(fit.fit_indices)
    assert {type(value) for value in found.values()} == {float}
    rows = expected[(expected.lhs == "") & (expected.quantity != "npar")]
    assert len(rows) == (10 if variant == "classical" else 3)
    for row in rows.itertuples():
        ours, theirs = found[OURS.get(row.quantity, row.quantity)], float(row.value)
        if row.quantity == "logl":
            assert ours == pytest.approx(theirs, abs=1e-6 * fit.counts.n_clients / 1000)
        else:
            assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-12), row.quantity


def test_the_cases_can_fail():
    fit, _ = fit_case("latent_parcels", "classical")
    indices = dict(fit.fit_indices)
    assert indices["cfi"] < 0.95 < 1.0
    assert indices["rmsea"] > 0.05
