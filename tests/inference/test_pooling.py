"""Rubin's rules against mice and mitml, and what a pooled fit is and is not."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediation as med
from mediation.inference.infer import intervals_for
from mediation.inference.pooling import estimate_imputed, pool
from mediation.inference.rubin import barnard_rubin, pool_estimates
from mediation.missing.imputation import Imputation, impute
from mediation.vocabulary import DrawDistribution, Resample

CASE = Path(__file__).parents[1] / "reference" / "pooling_mice"
MODEL = med.MediationModel("w1", ("y1",), "y2", covariates=("x1",), clusters=("cluster",))
R_NAMES = {
    "(intercept)": "(Intercept)",
    "y1 (deviation from cluster mean)": "m_within",
    "y1 (cluster mean)": "m_mean",
}
EXACT = 1e-8


@pytest.fixture(scope="module")
def expected():
    rows = pd.read_csv(CASE / "pooled.csv", dtype={"term": str})
    return rows.set_index(["program", "equation", "term", "quantity"]).value.sort_index()


@pytest.fixture(scope="module")
def tables():
    return [d for _, d in pd.read_csv(CASE / "imputed.csv").groupby("imputation")]


@pytest.fixture(scope="module")
def mixed_input(expected):
    """Estimates and covariances that lme4 gave for each imputation."""
    terms = ["(Intercept)", "w1", "m_within", "m_mean", "x1"]
    given = expected["input", "mixed"]
    q = [[given[f"{i} {t}", "estimate"] for t in terms] for i in range(1, 8)]
    u = [[[given[f"{i} {t} {s}", "covariance"] for s in terms] for t in terms] for i in range(1, 8)]
    return terms, np.array(q), np.array(u)


@pytest.mark.reference
@pytest.mark.parametrize("df_complete", [15.0, np.inf])
def test_pooled_numbers_are_those_of_mice_and_mitml(expected, mixed_input, df_complete):
    terms, q, u = mixed_input
    found = pool_estimates(q, u, np.full(q.shape, df_complete))
    name = f"mixed_{df_complete:g}".replace("inf", "Inf")
    ours = {
        "qbar": found.values,
        "ubar": np.diag(found.within),
        "b": np.diag(found.between),
        "t": np.diag(found.covariance),
        "df": found.df,
        "r": found.relative_increase,
        "fmi": found.missing_information,
    }
    theirs = {"qbar": "Estimate", "df": "df", "r": "RIV", "fmi": "FMI"}
    for at, term in enumerate(terms):
        for quantity, values in ours.items():
            wanted = expected["pool.scalar", name, term, quantity]
            assert values[at] == pytest.approx(wanted, rel=EXACT), (term, quantity)
            if quantity in theirs:
                wanted = expected["mitml", name, term, theirs[quantity]]
                assert values[at] == pytest.approx(wanted, rel=EXACT), (term, quantity)
        for other, value in zip(terms, found.covariance[at], strict=True):
            wanted = expected["mitml", name, f"{term} {other}", "covariance"]
            assert value == pytest.approx(wanted, rel=EXACT)


@pytest.mark.reference
def test_pooled_least_squares_is_pool_of_mice(expected, tables):
    fit = pool([med.estimate(MODEL, table, med.OLS()) for table in tables])
    n_compared = 0
    for label, equation in zip(("mediator", "outcome", "total"), fit.equations, strict=True):
        for name, value, error, df in equation.coefficients:
            term = R_NAMES.get(name, name)
            numbers = expected["mice", label, term]
            found = {"estimate": value, "t": error**2, "df": df}
            assert found == pytest.approx({k: numbers[k] for k in found}, rel=EXACT)
            n_compared += 1
    assert n_compared == 11
    terms = ["w1", "m_within", "m_mean"]
    at = [1, 2, 3]
    assert [p.path.value for p in fit.paths.parameters] == ["a", "c_prime", "b", "b", "total"]
    total = [[expected["mitml", "outcome", f"{t} {s}", "covariance"] for s in terms] for t in terms]
    assert fit.paths.covariance[np.ix_(at, at)] == pytest.approx(np.array(total), rel=EXACT)
    for path, label in ((0, "mediator"), (4, "total")):
        numbers = expected["mice", label, "w1"]
        assert fit.pooled.missing_information[path] == pytest.approx(numbers["fmi"], rel=EXACT)
        assert fit.pooled.share_of_variance[path] == pytest.approx(numbers["lambda"], rel=EXACT)


@pytest.mark.reference
def test_pooled_mixed_models_are_those_of_lme4(expected, tables):
    engine = med.MixedModels(
        slope_covariance=med.SlopeCovariance.MODEL, df_method=med.DfMethod.SATTERTHWAITE
    )
    fit = pool([med.estimate(MODEL, table, engine) for table in tables])
    for name, value, error, _ in fit.equations[1].coefficients:
        term = R_NAMES.get(name, name)
        numbers = expected["mitml", "mixed_15", term]
        # As far as lmer's optimizer goes.
        assert value == pytest.approx(numbers["Estimate"], rel=1e-5)
        assert error == pytest.approx(numbers["Std.Error"], rel=1e-5)


def test_equations_fitted_apart_covary_through_the_imputations(tables):
    fits = [med.estimate(MODEL, table, med.MixedModels()) for table in tables]
    fit = pool(fits)
    values = np.array([each.paths.values for each in fits])
    assert not fits[0].paths.covariance[0, 1:].any()
    added = (1 + 1 / 7) * np.cov(values.T)
    assert fit.paths.covariance[0, 1:] == pytest.approx(added[0, 1:], rel=1e-10)


def test_monte_carlo_draws_have_the_pooled_covariance(tables):
    fit = pool([med.estimate(MODEL, table, med.MixedModels()) for table in tables])
    interval = med.MonteCarlo(n_draws=400_000, distribution=DrawDistribution.NORMAL)
    draws = interval.solve(fit, np.random.default_rng(1)).draws
    wanted = fit.paths.covariance
    error = np.sqrt((wanted**2 + np.outer(np.diag(wanted), np.diag(wanted))) / len(draws))
    assert (np.abs(np.cov(draws.T) - wanted) < 5 * error).all()


def test_imputations_without_a_difference_are_the_complete_fit(tables):
    complete = med.estimate(MODEL, tables[0], med.MixedModels())
    fit = pool([complete] * 5)
    assert fit.paths.values == pytest.approx(complete.paths.values, abs=0, rel=1e-12)
    assert fit.paths.covariance == pytest.approx(complete.paths.covariance, rel=1e-12)
    assert fit.paths.df == pytest.approx(complete.paths.df, rel=1e-12)
    assert fit.pooled.missing_information.tolist() == [0.0] * 5
    assert fit.total_gap == pytest.approx(complete.total_gap, abs=1e-12)
    for ours, theirs in zip(fit.equations, complete.equations, strict=True):
        assert dict(ours.variances) == pytest.approx(dict(theirs.variances), rel=1e-12)
        for mine, other in zip(
            (*ours.coefficients, *ours.contrasts),
            (*theirs.coefficients, *theirs.contrasts),
            strict=True,
        ):
            assert mine[0] == other[0]
            assert mine[1:] == pytest.approx(other[1:], rel=1e-10)


def test_a_table_without_missing_values_gives_its_own_fit(tables):
    imputed = impute(MODEL, tables[0], Imputation(n_imputations=3), np.random.default_rng(1))
    fit = estimate_imputed(MODEL, imputed, med.MixedModels())
    complete = med.estimate(MODEL, tables[0], med.MixedModels())
    assert imputed.n_imputed == 0
    assert fit.paths.values == pytest.approx(complete.paths.values, rel=1e-10)
    assert fit.paths.covariance == pytest.approx(complete.paths.covariance, rel=1e-10)
    assert fit.paths.df == pytest.approx(complete.paths.df, rel=1e-10)


@given(
    share=st.floats(1e-6, 0.999),
    df=st.floats(1.0, 1e6),
    m=st.integers(2, 200),
)
def test_pooled_df_are_fewer_than_either_source_allows(share, df, m):
    (found,) = barnard_rubin(np.array([share]), np.array([df]), m)
    assert 0 < found < df
    assert found < (m - 1) / share**2
    (normal,) = barnard_rubin(np.array([share]), np.array([np.inf]), m)
    assert normal == pytest.approx((m - 1) / share**2)


def test_pooling_knows_units():
    rng = np.random.default_rng(3)
    q, u = rng.normal(size=(6, 2)), np.array([np.diag(d) for d in rng.uniform(1, 2, (6, 2))])
    df = np.full((6, 2), 9.0)
    scale = np.array([1000.0, 0.01])
    one, other = pool_estimates(q, u, df), pool_estimates(q * scale, u * np.outer(scale, scale), df)
    assert other.values == pytest.approx(one.values * scale)
    assert other.df == pytest.approx(one.df)
    assert other.missing_information == pytest.approx(one.missing_information)


def test_intervals_that_go_with_a_pooled_fit(tables):
    fit = pool([med.estimate(MODEL, table, med.MixedModels()) for table in tables])
    names = [type(each).__name__ for each in intervals_for(fit)]
    assert names == ["MonteCarlo", "Delta", "JointSignificance"]
    rng = np.random.default_rng(1)
    normal = med.ProductDistribution(distribution=DrawDistribution.NORMAL)
    exact = med.infer(fit, normal, rng).to_frame().iloc[0]
    drawn = med.infer(
        fit, med.MonteCarlo(n_draws=400_000, distribution=DrawDistribution.NORMAL), rng
    )
    row = drawn.to_frame().iloc[0]
    assert row.conf_low == pytest.approx(exact.conf_low, abs=5 * row.limit_error)
    assert row.engine == "MixedModels, 7 imputations"
    for refused in (
        med.Bootstrap(Resample.CLUSTERS),
        med.WildClusterBootstrap(),
        med.ProductDistribution(),
    ):
        with pytest.raises(med.InferenceError, match=r"go with this fit: MonteCarlo"):
            med.infer(fit, refused, rng)


def test_product_distribution_still_goes_with_equations_fitted_apart(tables):
    fit = med.estimate(MODEL, tables[0], med.MixedModels())
    med.ProductDistribution().check(fit)


def test_boundaries_and_failures_are_counted(tables):
    fits = [med.estimate(MODEL, table, med.MixedModels()) for table in tables]
    n_boundary = sum(fit.convergence is med.Convergence.BOUNDARY for fit in fits)
    stopped = replace(
        fits[0],
        equations=tuple(
            replace(e, convergence=med.Convergence.NOT_CONVERGED) for e in fits[0].equations
        ),
    )
    fit = pool([*fits, stopped], n_failed=1)
    assert fit.engine.endswith("7 imputations")
    assert any(note.startswith("2 of 9 imputations") for note in fit.notes)
    assert any(f"zero in {n_boundary} of 7" in note for note in fit.notes) == bool(n_boundary)
    with pytest.raises(med.EstimationError, match="7 of 16 do"):
        pool(fits, n_failed=9)


def test_pooling_refuses_what_does_not_belong_together(tables):
    fits = [
        med.estimate(MODEL, tables[0], med.OLS()),
        med.estimate(MODEL, tables[1], med.MixedModels()),
    ]
    with pytest.raises(med.InferenceError, match="2 fits of 2"):
        pool(fits)
    with pytest.raises(med.InferenceError, match="at least two"):
        pool_estimates(np.ones((1, 2)), np.ones((1, 2, 2)), np.ones((1, 2)))
    broken = np.array([[1.0], [np.nan]])
    with pytest.raises(med.InferenceError, match="Some have none"):
        pool_estimates(broken, np.ones((2, 1, 1)), np.ones((2, 1)))


def test_two_level_sem_is_pooled_too():
    data = pd.read_csv(CASE / "data.csv")
    model = replace(MODEL, covariates=())
    options = Imputation(n_imputations=5, n_iterations=5, auxiliary=("x1",))
    imputed = impute(model, data, options, np.random.default_rng(1))
    fit = estimate_imputed(model, imputed, med.TwoLevelSEM())
    assert fit.paths.equation == (-1,) * 5
    assert np.isfinite(fit.paths.df).all()
    result = med.infer(fit, med.MonteCarlo(n_draws=1_000), np.random.default_rng(1))
    assert np.isfinite(result.to_frame().conf_low.iloc[0])
