"""Agreement of the mixed models with lme4, pbkrtest, lmerTest and clubSandwich."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.arrays import IntArray
from mediation.estimation.columns import Equation
from mediation.estimation.design import prepare
from mediation.estimation.kenward_roger import kenward_roger
from mediation.estimation.nested import nested_statistics
from mediation.estimation.paths import Fit
from mediation.estimation.reml import fit_reml
from mediation.vocabulary import DfMethod, Likelihood

REFERENCE = Path(__file__).parent / "reference"
OTHERS = ("sem_", "latent_", "ols_", "boot_", "reliability_")
CASES = sorted(
    path.parent.name
    for path in REFERENCE.glob("*/expected.csv")
    if not path.parent.name.startswith(OTHERS)
)
# quantity -> relative tolerance. lmer stops up to 2e-7 from its optimum in a coefficient or
# standard error (README.md of the folder), lmerTest differentiates numerically.
TOLERANCE = {"estimate": 1e-6, "std_error": 1e-6, "df": 1e-4, "variance": 1e-6}
SMALL_VARIANCE = 1e-7  # share of the residual variance to which lmer knows a small one
ZERO_VARIANCE = 1e-6
LOG_LIKELIHOOD_PER_1000_ROWS = 1e-6
ROUNDING = 1e-13  # of a criterion summed in another order
KEEP, DROP = med.ZeroVariance.KEEP, med.ZeroVariance.DROP
ML, REML = Likelihood.ML, Likelihood.REML
Numbers = dict[tuple[str, str, str], float]

pytestmark = pytest.mark.reference


def read_case(case: str) -> tuple[med.MediationModel, pd.DataFrame, pd.DataFrame]:
    folder = REFERENCE / case
    spec = tomllib.loads((folder / "case.toml").read_text())
    roles: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in spec.items()}
    data, expected = (pd.read_csv(folder / name) for name in ("data.csv", "expected.csv"))
    return med.MediationModel(**roles), data, expected


def engine(
    zero_variance: med.ZeroVariance = KEEP,
    likelihood: Likelihood = REML,
    df_method: DfMethod = DfMethod.KENWARD_ROGER,
) -> med.MixedModels:
    return med.MixedModels(
        zero_variance=zero_variance,
        slope_covariance=med.SlopeCovariance.MODEL,
        likelihood=likelihood,
        df_method=df_method,
    )


def equation_labels(model: med.MediationModel) -> tuple[str, ...]:
    several = len(model.mediators) > 1
    mediators = tuple(f"mediator_{m}" if several else "mediator" for m in model.mediators)
    return (*mediators, "outcome", "total")


def r_names(model: med.MediationModel) -> dict[str, str]:
    """R's names of the terms whose names differ; one mediator is called m."""
    cluster = model.clusters[-1]
    names = {"(intercept)": "(Intercept)"}
    for mediator in model.mediators:
        several = len(model.mediators) > 1
        stem = mediator if several else "m"
        names[f"{mediator} (deviation from {cluster} mean)"] = f"{stem}_within"
        names[f"{mediator} ({cluster} mean)"] = f"{stem}_mean"
        names[f"{mediator} (contextual)"] = f"{stem}_contextual" if several else "contextual"
    return names


def our_numbers(fit: Fit) -> Numbers:
    """Our numbers by (equation, term, quantity), with R's names for the terms."""
    names = r_names(fit.model)
    found = {}
    for label, equation in zip(equation_labels(fit.model), fit.equations, strict=True):
        for name, *numbers in (*equation.coefficients, *equation.contrasts):
            term = names.get(name, name.replace("[", "").replace("]", ""))
            for quantity, number in zip(("estimate", "std_error", "df"), numbers, strict=True):
                found[label, term, quantity] = number
        for level, variance in equation.variances:
            found[label, level, "variance"] = variance
    return found


def compare(expected: pd.DataFrame, found: Numbers) -> int:
    """Compare every row that has a tolerance, and count them."""
    rows = expected[expected.quantity.isin(TOLERANCE)]
    for row in rows.to_dict("records"):
        equation, _, quantity = key = (row["equation"], row["term"], row["quantity"])
        small = None
        if quantity == "variance":
            small = SMALL_VARIANCE * found[equation, "residual", quantity]
        assert found[key] == pytest.approx(row["value"], rel=TOLERANCE[quantity], abs=small), key
    return len(rows)


def terms_between(model: med.MediationModel, data: pd.DataFrame, label: str) -> set[str]:
    """Terms of an equation that J - q limits: constant inside clusters, or the predictor."""
    is_mediator = label.startswith("mediator")
    own = model.mediator_covariates if is_mediator else model.outcome_covariates
    inside = data.groupby(model.clusters[-1])
    constant = {c for c in (*model.covariates, *own) if inside[c].nunique().max() == 1}
    means = {n for n in r_names(model).values() if n.endswith("_mean") and label == "outcome"}
    return {"(Intercept)", model.predictor} | constant | means


def limit_df(
    expected: pd.DataFrame, model: med.MediationModel, data: pd.DataFrame, n_clusters: int
) -> pd.DataFrame:
    """Limit the df of terms between clusters, and of the contextual effect, to J - q."""
    limited = expected.copy()
    for label in equation_labels(model):
        terms = terms_between(model, data, label)
        here = (limited.equation == label) & (limited.quantity == "df")
        at = here & (limited.term.isin(terms) | limited.term.str.endswith("contextual"))
        limited.loc[at, "value"] = limited.value[at].clip(upper=n_clusters - len(terms))
    return limited


def has_zero_variance(expected: pd.DataFrame) -> bool:
    rows = expected[(expected.variant == "full") & (expected.equation == "outcome")]
    variances = rows[rows.quantity == "variance"].set_index("term").value
    return bool(variances.min() < ZERO_VARIANCE * variances["residual"])


def criterion(
    equation: Equation,
    codes: tuple[IntArray, ...],
    variances: tuple[tuple[str, float], ...],
    likelihood: Likelihood,
) -> float:
    """-2 log (restricted) likelihood at these variances, by its definition."""
    *by_level, residual = (variance for _, variance in variances)
    z = np.column_stack([equation.x, equation.y])
    n, p = equation.x.shape
    cross, log_det = np.zeros((p + 1, p + 1)), 0.0
    for block in range(codes[0].max() + 1):
        rows = np.flatnonzero(codes[0] == block)
        v = residual * np.eye(len(rows))
        for code, variance in zip(codes, by_level, strict=True):
            v += variance * (code[rows][:, None] == code[rows])
        cross += z[rows].T @ np.linalg.solve(v, z[rows])
        log_det += np.linalg.slogdet(v)[1]
    information, moment = cross[:p, :p], cross[:p, p]
    value = log_det + cross[p, p] - moment @ np.linalg.solve(information, moment)
    if likelihood is ML:
        return float(value + n * np.log(2 * np.pi))
    return float(value + np.linalg.slogdet(information)[1] + (n - p) * np.log(2 * np.pi))


def test_cases_are_found() -> None:
    assert len(CASES) >= 14


@pytest.mark.parametrize("case", CASES)
def test_all_components_kept_is_pbkrtest(case: str) -> None:
    model, data, expected = read_case(case)
    fit = med.estimate(model, data, engine())
    assert compare(expected[expected.variant == "full"], our_numbers(fit)) > 25


@pytest.mark.parametrize("case", CASES)
def test_zero_components_dropped_is_pbkrtest_without_them(case: str) -> None:
    model, data, expected = read_case(case)
    fit = med.estimate(model, data, engine(DROP))
    kept = expected[expected.variant == "kept"]
    limited = limit_df(kept, model, data, fit.counts.n_clusters)
    assert compare(limited, our_numbers(fit)) > 25


@pytest.mark.parametrize("case", CASES)
def test_b_within_has_the_cr2_of_clubsandwich(case: str) -> None:
    model, data, expected = read_case(case)
    if len(model.clusters) > 1:
        # clubSandwich takes one level of clusters, that of the random effects.
        assert "cr2" not in set(expected.variant)
        return
    fit = med.estimate(model, data, med.MixedModels())
    rows = expected[(expected.variant == "cr2") & expected.term.str.endswith("_within")]
    assert compare(rows, our_numbers(fit)) == 2 * len(model.mediators)


@pytest.mark.parametrize(("variant", "likelihood"), [("satterthwaite", REML), ("ml", ML)])
@pytest.mark.parametrize("case", CASES)
def test_satterthwaite_is_lmertest(case: str, variant: str, likelihood: Likelihood) -> None:
    model, data, expected = read_case(case)
    options = engine(likelihood=likelihood, df_method=DfMethod.SATTERTHWAITE)
    fit = med.estimate(model, data, options)
    assert compare(expected[expected.variant == variant], our_numbers(fit)) > 20


@pytest.mark.parametrize("case", CASES)
def test_joint_test_of_predictor_and_means_is_krmodcomp(case: str) -> None:
    model, data, expected = read_case(case)
    theirs = expected[expected.term == "joint"].set_index("quantity").value
    if has_zero_variance(expected):
        assert theirs.empty
        return
    prepared = prepare(model, data)
    equation = prepared.outcome_equation
    statistics = nested_statistics(equation.x, equation.y, prepared.clusters.codes)
    solved = fit_reml(statistics)
    adjusted = kenward_roger(statistics, solved, np.full((1, len(model.clusters)), True))
    means = [f"{mediator} ({model.clusters[-1]} mean)" for mediator in model.mediators]
    tested = [equation.names.index(name) for name in (model.predictor, *means)]
    found = adjusted.f_test(np.eye(len(equation.names))[tested], solved.profile.coefficients)
    assert found.df_num == theirs["f_df_num"]
    assert found.df_den == pytest.approx(theirs["f_df_den"], rel=TOLERANCE["df"])
    assert found.scale == pytest.approx(theirs["f_scale"], rel=1e-6)
    # A statistic is a ratio of squares, and p as steep as its exponent.
    assert found.statistic == pytest.approx(theirs["f_statistic"], rel=3e-6)
    assert found.p_value == pytest.approx(theirs["f_p"], rel=1e-4)


@pytest.mark.parametrize("likelihood", [REML, ML])
@pytest.mark.parametrize("case", CASES)
def test_criterion_is_not_above_that_of_lmer(case: str, likelihood: Likelihood) -> None:
    model, data, expected = read_case(case)
    fit = med.estimate(model, data, engine(likelihood=likelihood, df_method=DfMethod.SATTERTHWAITE))
    # A criterion is -2 log likelihood.
    allowed = 2 * LOG_LIKELIHOOD_PER_1000_ROWS * len(data) / 1000
    quantity, variant = ("criterion", "full") if likelihood is REML else ("log_likelihood", "ml")
    rows = expected[(expected.quantity == quantity) & (expected.variant == variant)]
    theirs = rows.set_index("equation").value * (1 if likelihood is REML else -2)
    prepared = prepare(model, data)
    parts = zip(equation_labels(model), prepared.equations, fit.equations, strict=True)
    for label, equation, summary in parts:
        ours = criterion(equation, prepared.clusters.codes, summary.variances, likelihood)
        assert ours == pytest.approx(theirs[label], rel=0, abs=allowed)
        assert ours <= theirs[label] + ROUNDING * abs(theirs[label])
