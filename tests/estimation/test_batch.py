"""A batch of data sets gives what its data sets give one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation import batch

N = 12
ENGINES = {
    "mixed": med.MixedModels(),
    "keep": med.MixedModels(
        zero_variance=med.ZeroVariance.KEEP, slope_covariance=med.SlopeCovariance.MODEL
    ),
    "satterthwaite": med.MixedModels(df_method=med.DfMethod.SATTERTHWAITE),
    "between_within": med.MixedModels(df_method=med.DfMethod.BETWEEN_WITHIN),
    "ols": med.OLS(),
    "cr2": med.OLS(med.Covariance.CR2),
}
NESTED = med.MediationModel(
    "x", ("m", "k"), "y", covariates=("age",), clusters=("organization", "team")
)


@pytest.fixture
def design():
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(14), rng.integers(3, 15, size=14))
    n = len(team)
    x = rng.normal(size=(N, 14))[:, team]
    m = 0.4 * x + 0.3 * rng.normal(size=(N, 14))[:, team] + rng.normal(size=(N, n))
    k = 0.1 * x + 0.2 * m + rng.normal(size=(N, n))
    y = 0.5 * m + 0.4 * rng.normal(size=(N, 7))[:, team // 2] + rng.normal(size=(N, n))
    frame = pd.DataFrame({"organization": team // 2, "team": team, "age": rng.normal(size=n)})
    frame = frame.assign(x=x[0], m=m[0], k=k[0], y=y[0])
    shuffled = rng.permutation(n)
    drawn = {"x": x[:, shuffled], "m": m[:, shuffled], "k": k[:, shuffled], "y": y[:, shuffled]}
    return frame.iloc[shuffled].reset_index(drop=True), drawn


@pytest.mark.parametrize("cells", [10_000, batch.CELLS])
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_each_data_set_is_as_if_alone(design, engine, cells, monkeypatch):
    frame, drawn = design
    monkeypatch.setattr(batch, "CELLS", cells)
    together = med.estimate_batch(NESTED, frame, engine, drawn)
    assert len(together) == N
    for number in range(N):
        one = frame.assign(**{name: values[number] for name, values in drawn.items()})
        alone = med.estimate(NESTED, one, engine)
        ours = together[number]
        assert ours.parameters == alone.paths.parameters
        assert ours.equation == alone.paths.equation
        assert ours.shares_divisor == alone.paths.shares_divisor
        np.testing.assert_allclose(ours.values, alone.paths.values, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(ours.covariance, alone.paths.covariance, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(ours.df, alone.paths.df, rtol=1e-6)
        assert together.convergence[number] is alone.convergence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda d: {"age": d["y"]}, "must hold some of x, m, k, y"),
        (lambda d: {}, "Found nothing"),
        (lambda d: {"y": d["y"][:, 1:]}, "must have shape"),
        (lambda d: {"y": d["y"], "m": d["m"][1:]}, "same number of"),
        (lambda d: {"y": np.where(d["y"] > 2, np.nan, d["y"])}, "Missing or infinite in `y`"),
        (lambda d: {"x": np.vstack([d["x"][:1], d["y"][1:]])}, f"first: {N - 1}"),
    ],
)
def test_what_is_no_batch_is_refused(design, change, said):
    frame, drawn = design
    with pytest.raises(med.MediationError, match=said):
        med.estimate_batch(NESTED, frame, med.MixedModels(), change(drawn))


def test_a_frame_with_gaps_is_refused(design):
    frame, drawn = design
    frame.loc[3, "age"] = np.nan
    with pytest.raises(med.MediationError, match="missing value: 1"):
        med.estimate_batch(NESTED, frame, med.MixedModels(), drawn)


SPOILED = {
    "constant outcome": lambda d, f: {"y": np.ones(len(f))},
    "outcome of teams": lambda d, f: {"y": f.team.to_numpy(float) ** 2},
    "constant mediator": lambda d, f: {"m": np.full(len(f), 3.0)},
    "mediator of teams": lambda d, f: {"m": np.sin(f.team.to_numpy(float))},
    "mediator without team means": lambda d, f: {
        "m": d["m"][1] - f.assign(m=d["m"][1]).groupby("team").m.transform("mean").to_numpy()
    },
    "mediator twice": lambda d, f: {"k": 2 * d["m"][1] - 1},
    "outcome is the mediator": lambda d, f: {"y": 0.5 * d["m"][1]},
}


@pytest.mark.parametrize("name", SPOILED)
@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_a_data_set_that_cannot_be_analysed_is_nan_and_spoils_no_other(design, engine, name):
    frame, drawn = design
    spoiled = {key: values.copy() for key, values in drawn.items()}
    for key, values in SPOILED[name](drawn, frame).items():
        spoiled[key][1] = values
    batch_of_all = med.estimate_batch(NESTED, frame, engine, spoiled)
    whole = med.estimate_batch(NESTED, frame, engine, drawn)
    assert batch_of_all.convergence[1] is med.Convergence.NOT_ESTIMABLE
    for field in ("values", "covariance", "df"):
        found, expected = getattr(batch_of_all, field), getattr(whole, field)
        assert np.isnan(found[1]).all()
        others = np.arange(N) != 1
        np.testing.assert_allclose(found[others], expected[others], rtol=1e-9, atol=1e-12)


def test_the_first_data_set_must_be_one_of_the_design(design):
    frame, drawn = design
    flat = drawn["m"].copy()
    flat[0] -= frame.assign(m=flat[0]).groupby("team").m.transform("mean").to_numpy()
    with pytest.raises(med.MediationError, match="stands for all"):
        med.estimate_batch(NESTED, frame, med.MixedModels(), drawn | {"m": flat})


@pytest.mark.parametrize(
    ("model", "engine", "said"),
    [
        ({"weights": "age", "covariates": ()}, med.MixedModels(), "No engine supports weights"),
        ({"clusters": ()}, med.MixedModels(), "needs clusters"),
        ({"clusters": ()}, med.OLS(med.Covariance.CR2), "needs clusters"),
        ({}, med.TwoLevelSEM(), "exactly one level"),
        ({}, med.MixedModels, "parentheses"),
    ],
)
def test_a_batch_is_checked_as_one_table_is(design, model, engine, said):
    frame, drawn = design
    with pytest.raises(med.MediationError, match=said):
        med.estimate_batch(replace(NESTED, **model), frame, engine, drawn)


def test_a_cluster_outside_the_model_is_refused(design):
    frame, drawn = design
    engine = med.OLS(med.Covariance.CR2, cluster="nope")
    with pytest.raises(med.MediationError, match="must be one of the model's clusters"):
        med.estimate_batch(NESTED, frame, engine, drawn)
