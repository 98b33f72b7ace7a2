"""Agreement of the two-level SEM with lavaan on every case `sem_*` that has a `case.toml`."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.two_level.design import TwoLevelDesign, design_two_level
from mediation.estimation.two_level.fit import TwoLevelFit, fit_two_level, prepare
from mediation.estimation.two_level.indices import fit_indices
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.model import Parameter
from mediation.vocabulary import Convergence, Level, PathName, StandardErrors

REFERENCE = Path(__file__).parent / "reference"
CASES = sorted(path.parent.name for path in REFERENCE.glob("sem_*/case.toml"))
ERRORS = {"ml": StandardErrors.OBSERVED, "mlr": StandardErrors.ROBUST}
# Relative; lavaan's own parameters are polished by Newton steps, see sem.R.
TOLERANCE = {"estimate": 1e-8, "std_error": 1e-6}
LOG_LIKELIHOOD_PER_1000_ROWS = 1e-6
# With missing values lavaan's covariance of the covariates, which enters SRMR and ICC, is that of
# an EM algorithm stopped early.
INDICES, INDICES_FIML = 1e-6, 1e-3
# What fitMeasures() prints rests on an unrestricted model that EM leaves short of its maximum.
PRINTED = {"rel": 1e-3, "abs": 1e-3}
pytestmark = pytest.mark.reference


def read_case(case: str) -> tuple[med.MediationModel, pd.DataFrame, pd.DataFrame]:
    folder = REFERENCE / case
    spec = tomllib.loads((folder / "case.toml").read_text())
    model = med.MediationModel(
        **{k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    )
    expected = pd.read_csv(folder / "expected.csv", keep_default_na=False)
    expected["value"] = expected.value.astype(float)
    return model, pd.read_csv(folder / "data.csv"), expected


def fit_case(case: str, errors: StandardErrors) -> tuple[TwoLevelDesign, TwoLevelFit]:
    model, data, _ = read_case(case)
    design = design_two_level(model, data)
    fit = fit_two_level(design.structure, design.data, prepare(design.data), errors)
    return design, fit


def our_number(row: tuple, design: TwoLevelDesign, fit: TwoLevelFit) -> float:
    """Our number for a row of lavaan's parameter table."""
    names = design.within_names if row.level == "within" else design.between_names
    if row.op == "~~":
        part, column = "covariance", design.variables.index(row.rhs)
    elif row.op == "~1":
        part, column = "effects", 0
    elif row.rhs in design.variables:
        part, column = "slopes", design.variables.index(row.rhs)
    else:
        part, column = "effects", names.index(row.rhs)
    name = f"{part}_{row.level}"
    found = fit.matrix(name) if row.quantity == "estimate" else fit.standard_errors(name)
    return float(found[design.variables.index(row.lhs), column])


def test_cases_are_found():
    assert len(CASES) >= 8


@pytest.mark.parametrize("variant", ERRORS)
@pytest.mark.parametrize("case", CASES)
def test_parameters_and_standard_errors_are_those_of_lavaan(case, variant):
    _, data, expected = read_case(case)
    rows = expected[(expected.variant == variant) & expected.op.isin(["~", "~~", "~1"])]
    if variant == "mlr" and data.isna().any().any():
        assert rows.empty
        return
    design, fit = fit_case(case, ERRORS[variant])
    assert fit.convergence is Convergence.CONVERGED
    assert len(rows) == 2 * design.structure.n_parameters
    for row in rows.itertuples():
        found = our_number(row, design, fit)
        assert found == pytest.approx(row.value, rel=TOLERANCE[row.quantity], abs=1e-12), row


@pytest.mark.parametrize("variant", ERRORS)
@pytest.mark.parametrize("case", CASES)
def test_total_and_products_have_lavaans_delta_standard_errors(case, variant):
    model, _, expected = read_case(case)
    rows = expected[(expected.variant == variant) & (expected.op == ":=")]
    rows = rows.set_index(["lhs", "quantity"]).value
    if rows.empty:
        return
    paths = TwoLevelSEM(ERRORS[variant]).fit(model, read_case(case)[1]).paths
    at = {parameter: k for k, parameter in enumerate(paths.parameters)}
    total = at[Parameter(PathName.TOTAL, Level.BETWEEN, None)]
    assert paths.values[total] == pytest.approx(rows["total", "estimate"], rel=1e-7)
    assert np.sqrt(paths.covariance[total, total]) == pytest.approx(
        rows["total", "std_error"], rel=1e-6
    )
    if ("contextual", "estimate") not in rows.index:
        return
    (m,) = model.mediators
    a = at[Parameter(PathName.A, Level.BETWEEN, m)]
    slopes = [at[Parameter(PathName.B, level, m)] for level in (Level.WITHIN, Level.BETWEEN)]
    weights = {"indirect_within": (1, 0), "indirect_between": (0, 1), "contextual": (-1, 1)}
    for name, weight in weights.items():
        b = sum(w * paths.values[k] for w, k in zip(weight, slopes, strict=True))
        gradient = np.zeros(len(at))
        gradient[a] = b
        gradient[slopes] = np.array(weight) * paths.values[a]
        error = np.sqrt(gradient @ paths.covariance @ gradient)
        assert paths.values[a] * b == pytest.approx(rows[name, "estimate"], rel=1e-7)
        assert error == pytest.approx(rows[name, "std_error"], rel=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_indices_are_lavaans_at_the_maximum(case):
    model, data, expected = read_case(case)
    found = dict(TwoLevelSEM().fit(model, data).fit_indices)
    rows = expected[expected.variant == "polished"].set_index("quantity").value
    rel = INDICES_FIML if data.isna().any().any() else INDICES
    assert len(rows) >= 6
    for name, value in rows.items():
        if name in ("log_likelihood", "aic", "bic"):
            continue
        assert found[name] == pytest.approx(value, rel=rel, abs=1e-12), name
    allowed = LOG_LIKELIHOOD_PER_1000_ROWS * len(data) / 1000
    for name, factor in (("log_likelihood", 1), ("aic", 2), ("bic", 2)):
        assert found[name] == pytest.approx(rows[name], rel=0, abs=factor * allowed)


@pytest.mark.parametrize("case", CASES)
def test_indices_are_near_what_lavaan_prints(case):
    model, data, expected = read_case(case)
    rows = expected[expected.variant == "printed"].set_index("quantity").value
    found = dict(TwoLevelSEM().fit(model, data).fit_indices)
    assert rows.empty == data.isna().any().any()
    for name, value in rows.items():
        assert found[name] == pytest.approx(value, **PRINTED), name


@pytest.mark.parametrize("case", CASES)
def test_likelihood_is_not_below_that_at_which_lavaan_stops(case):
    model, data, expected = read_case(case)
    first = expected[(expected.variant == "first") & (expected.quantity == "log_likelihood")]
    found = dict(TwoLevelSEM().fit(model, data).fit_indices)["log_likelihood"]
    assert found >= float(first.value.iloc[0]) - 1e-9 * len(data)


def test_saturated_model_is_its_own_reference():
    model, data, _ = read_case("sem_demo_7")
    design = design_two_level(model, data)
    prepared = prepare(design.data)
    fit = fit_two_level(design.structure, design.data, prepared)
    indices = dict(fit_indices(fit, design.data, prepared, design.variables))
    assert (indices["chi_square"], indices["df"], indices["cfi"]) == (0.0, 0.0, 1.0)
    assert "p_value" not in indices
