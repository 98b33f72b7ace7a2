"""Least squares against published numbers, statsmodels and semopy."""

import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import mediation as med

# Moments (divisor n - 1) and means of lavaan's mediation tutorial data, n = 100; a, b, c' and the
# residual variances as lavaan prints them.
COVARIANCE = np.array(
    [
        [1.00883001, 0.47809973, 0.41357091],
        [0.47809973, 1.29130295, 1.03534017],
        [0.41357091, 1.03534017, 1.73863422],
    ]
)
MEANS = np.array([-0.15676174, -0.03713769, 0.12860729])


def rows_with_moments(n=100):
    z = np.random.default_rng(0).normal(size=(n, 3))
    z -= z.mean(axis=0)
    z = z @ np.linalg.inv(np.linalg.cholesky(np.cov(z.T)).T)
    values = z @ np.linalg.cholesky(COVARIANCE).T + MEANS
    return pd.DataFrame(values, columns=["x", "m", "y"])


def test_lavaan_tutorial():
    result = med.mediate(
        rows_with_moments(), predictor="x", mediators=["m"], outcome="y", clusters=[], seed=1
    )
    paths = result.paths_frame().set_index("path")
    assert paths.estimate["a"] == pytest.approx(0.473915051, abs=1e-8)
    assert paths.estimate["b"] == pytest.approx(0.788319290, abs=1e-7)
    assert paths.estimate["c_prime"] == pytest.approx(0.036354657, abs=1e-7)
    # lavaan's maximum likelihood standard errors, times sqrt(n / (n - p)).
    assert paths.std_error["a"] == pytest.approx(0.102732909 * np.sqrt(100 / 98), rel=1e-7)
    assert paths.std_error["b"] == pytest.approx(0.092317850 * np.sqrt(100 / 97), rel=1e-7)
    effects = result.to_frame().set_index("effect")
    assert effects.estimate["indirect"] == pytest.approx(0.373596376, abs=1e-7)
    assert effects.estimate["total"] == pytest.approx(0.409951033, abs=1e-7)
    assert set(effects.level) == {"single"}


@pytest.fixture
def frame():
    rng = np.random.default_rng(5)
    n = 80
    frame = pd.DataFrame({"x": rng.normal(size=n), "age": rng.normal(50, 9, size=n)})
    frame["gender"] = rng.choice(["woman", "man", "another gender"], size=n)
    frame["m"] = 0.4 * frame.x + 0.02 * frame.age + rng.normal(size=n)
    frame["y"] = 0.3 * frame.m + 0.1 * frame.x + rng.normal(size=n)
    return frame


def test_covariates_and_statistics_are_those_of_statsmodels(frame):
    fit = med.estimate(
        med.MediationModel("x", ("m",), "y", covariates=("age", "gender")), frame, med.OLS()
    )
    dummies = pd.get_dummies(frame.gender, drop_first=True, dtype=float)
    x = sm.add_constant(pd.concat([frame[["x", "m", "age"]], dummies], axis=1))
    theirs = sm.OLS(frame.y, x).fit()
    ours = {name: (v, e, d) for name, v, e, d in fit.equations[1].coefficients}
    for name in ("x", "m", "age"):
        expected = (theirs.params[name], theirs.bse[name], theirs.df_resid)
        assert ours[name] == pytest.approx(expected, rel=1e-9)
    assert ours["gender[woman]"][0] == pytest.approx(theirs.params["woman"], rel=1e-9)


def test_paths_are_those_of_semopy(frame):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # semopy calls deprecated functions of numpy and pandas
        import semopy

        model = semopy.Model("m ~ x\ny ~ m + x")
        model.fit(frame[["x", "m", "y"]])
        table = model.inspect()
    fit = med.estimate(med.MediationModel("x", ("m",), "y"), frame, med.OLS())
    ours = dict(zip([p.path.value for p in fit.paths.parameters], fit.paths.values, strict=True))
    theirs = {(r.lval, r.rval): r.Estimate for r in table.itertuples() if r.op == "~"}
    # semopy's optimiser stops some 4e-4 short of the least squares solution.
    assert ours["a"] == pytest.approx(theirs["m", "x"], abs=2e-3)
    assert ours["b"] == pytest.approx(theirs["y", "m"], abs=2e-3)
    assert ours["c_prime"] == pytest.approx(theirs["y", "x"], abs=2e-3)


def test_least_squares_says_that_it_is_blind():
    assert "does not model clustering" in med.OLS().label
