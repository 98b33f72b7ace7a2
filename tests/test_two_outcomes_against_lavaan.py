"""The core of the two-level SEM with two outcomes in one model, as lavaan fits it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.two_level.fit import TwoLevelData, TwoLevelFit, fit_two_level, prepare
from mediation.estimation.two_level.indices import fit_indices
from mediation.estimation.two_level.structure import LevelStructure, Structure, blocks_below
from mediation.vocabulary import Convergence, StandardErrors

REFERENCE = Path(__file__).parent / "reference"
CASES = ("sem_two_outcomes", "sem_two_outcomes_fiml")
# lavaan 0.6-14 has no robust standard errors for two levels with missing values.
VARIANTS = [
    ("sem_two_outcomes", "ml"),
    ("sem_two_outcomes", "mlr"),
    ("sem_two_outcomes_fiml", "ml"),
]
ERRORS = {"ml": StandardErrors.OBSERVED, "mlr": StandardErrors.ROBUST}
VARIABLES = ("y1", "y3", "y2", "y4")
WITHIN, BETWEEN = ("x1",), ("(intercept)", "w1", "w2")
N_PARAMETERS = 32
ESTIMATE, STD_ERROR, INDEX = 1e-5, 1e-4, 1e-5
LOG_LIKELIHOOD_PER_1000_ROWS = 1e-6
# With missing values lavaan's covariance of the covariates, which enters SRMR, is that of an EM
# algorithm stopped early.
SRMR_FIML = 1e-3
pytestmark = pytest.mark.reference


def two_outcomes() -> Structure:
    """Mediators y1 and y3, outcomes y2 and y4; x1 is left out for y2, w2 for all but y2."""
    slopes = np.zeros((4, 4), bool)
    slopes[2:, :2] = True
    links = blocks_below(4, (range(2), range(2, 4)))
    x1 = np.array([[True], [True], [False], [True]])
    w = np.array([[True, True, name == "y2"] for name in VARIABLES])
    return Structure(LevelStructure(slopes, x1, links), LevelStructure(slopes, w, links))


def fit_case(case: str, errors: StandardErrors) -> tuple[TwoLevelFit, dict[str, float]]:
    data = pd.read_csv(REFERENCE / case / "data.csv")
    codes, first = np.unique(data.cluster, return_index=True)
    w = np.column_stack([np.ones(len(codes)), data.loc[first, ["w1", "w2"]]])
    rows = TwoLevelData(
        data[list(VARIABLES)].to_numpy(),
        data[list(WITHIN)].to_numpy(),
        w,
        np.searchsorted(codes, data.cluster),
    )
    prepared = prepare(rows)
    fit = fit_two_level(two_outcomes(), rows, prepared, errors)
    return fit, dict(fit_indices(fit, rows, prepared, VARIABLES))


def read_expected(case: str, variant: str) -> pd.DataFrame:
    expected = pd.read_csv(REFERENCE / case / "expected.csv", keep_default_na=False)
    expected["value"] = expected.value.astype(float)
    return expected[expected.variant == variant]


def cell(fit: TwoLevelFit, row: tuple) -> tuple[str, int, int]:
    """Matrix, row and column of a row of lavaan's parameter table; column 0 between is 1."""
    columns = WITHIN if row.level == "within" else BETWEEN
    if row.op == ":=":
        return "reduced_between", VARIABLES.index(row.lhs.removeprefix("total_")), 1
    i = VARIABLES.index(row.lhs)
    if row.op == "~~":
        return f"covariance_{row.level}", i, VARIABLES.index(row.rhs)
    if row.op == "~1":
        return f"effects_{row.level}", i, 0
    if row.rhs in VARIABLES:
        return f"slopes_{row.level}", i, VARIABLES.index(row.rhs)
    return f"effects_{row.level}", i, columns.index(row.rhs)


@pytest.mark.parametrize(("case", "variant"), VARIANTS)
def test_parameters_totals_and_standard_errors_are_those_of_lavaan(case, variant):
    expected = read_expected(case, variant)
    fit, _ = fit_case(case, ERRORS[variant])
    assert fit.convergence is Convergence.CONVERGED
    assert fit.structure.n_parameters == N_PARAMETERS
    # Estimate and standard error of every parameter and of the total effect on each outcome.
    assert len(expected) == 2 * (N_PARAMETERS + 2)
    tolerance = {"estimate": ESTIMATE, "std_error": STD_ERROR}
    for row in expected.itertuples():
        name, i, k = cell(fit, row)
        found = fit.matrix(name) if row.quantity == "estimate" else fit.standard_errors(name)
        assert found[i, k] == pytest.approx(row.value, rel=tolerance[row.quantity], abs=0), row


@pytest.mark.parametrize("case", CASES)
def test_residuals_of_the_outcomes_covary_at_both_levels_as_in_lavaan(case):
    expected = read_expected(case, "ml")
    both = expected[(expected.lhs == "y2") & (expected.op == "~~") & (expected.rhs == "y4")]
    both = both[both.quantity == "estimate"].set_index("level").value
    fit, _ = fit_case(case, StandardErrors.OBSERVED)
    for level in ("within", "between"):
        psi = fit.matrix(f"covariance_{level}")
        assert abs(both[level]) > 0.01
        assert psi[2, 3] == psi[3, 2] == pytest.approx(both[level], rel=ESTIMATE)
        # Mediators and outcomes are joined by paths, not by covariances.
        np.testing.assert_array_equal(psi[:2, 2:], 0.0)


@pytest.mark.parametrize("case", CASES)
def test_log_likelihood_and_indices_are_lavaans_at_the_maximum(case):
    expected = read_expected(case, "polished").set_index("quantity").value
    _, found = fit_case(case, StandardErrors.OBSERVED)
    n_rows = len(pd.read_csv(REFERENCE / case / "data.csv"))
    allowed = LOG_LIKELIHOOD_PER_1000_ROWS * n_rows / 1000
    assert {"log_likelihood", "chi_square", "cfi", "rmsea", "srmr_between"} <= set(expected.index)
    for name, value in expected.items():
        if name in ("log_likelihood", "aic", "bic"):
            factor = 1 if name == "log_likelihood" else 2
            assert found[name] == pytest.approx(value, rel=0, abs=factor * allowed), name
        else:
            is_rough = case.endswith("_fiml") and name.startswith(("srmr_", "icc_"))
            assert found[name] == pytest.approx(value, rel=SRMR_FIML if is_rough else INDEX), name


@pytest.mark.parametrize("case", CASES)
def test_likelihood_is_not_below_that_at_which_lavaan_stops(case):
    first = read_expected(case, "first").set_index("quantity").value["log_likelihood"]
    _, found = fit_case(case, StandardErrors.OBSERVED)
    assert found["log_likelihood"] >= first - 1e-6
