"""Resamples give what the engine gives on their tables, built row by row."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError
from mediation.estimation import resample_equations
from mediation.estimation.design import prepare
from mediation.estimation.parametric_draws import rebuild_columns
from mediation.estimation.resample_equations import resampler_of
from mediation.vocabulary import Failure, Likelihood

PLAIN = {
    "df_method": med.DfMethod.BETWEEN_WITHIN,
    "slope_covariance": med.SlopeCovariance.MODEL,
}
REML = med.MixedModels(**PLAIN)
ML = med.MixedModels(likelihood=Likelihood.ML, **PLAIN)
MODEL = med.MediationModel("x", ("m", "k"), "y", covariates=("age",))
LEVELS = {
    1: ("team",),
    2: ("organization", "team"),
    3: ("organization", "team", "manager"),
}


def study(seed, n=250, icc=0.1):
    rng = np.random.default_rng(seed)
    manager = rng.integers(0, 42, size=n)
    team = manager // 3
    x = rng.normal(size=14)[team]
    m = 0.3 * x + np.sqrt(icc) * rng.normal(size=14)[team] + rng.normal(size=n)
    k = 0.2 * m + 0.3 * rng.normal(size=42)[manager] + rng.normal(size=n)
    y = 0.4 * m + 0.3 * rng.normal(size=7)[team // 2] + rng.normal(size=n)
    age = rng.normal(45, 10, size=n)
    return pd.DataFrame(
        {"organization": team // 2, "team": team, "manager": manager, "age": age}
    ).assign(x=x, m=m, k=k, y=y)


def table_of(frame, clusters, counts):
    """Rows of each outermost cluster as often as it was drawn, each copy with its own labels."""
    parts = []
    for cluster, times_drawn in zip(frame[clusters[0]].unique(), counts, strict=True):
        block = frame[frame[clusters[0]] == cluster]
        for copy in range(times_drawn):
            labels = {name: [f"{label}, {copy}" for label in block[name]] for name in clusters}
            parts.append(block.assign(**labels))
    return pd.concat(parts, ignore_index=True)


def draw(rng, n_units, n):
    return rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n)


def estimated(model, frame, engine):
    try:
        return med.estimate(model, frame, engine).paths.values
    except EstimationError:
        return None


@pytest.mark.parametrize("engine", [REML, ML, med.OLS()], ids=["reml", "ml", "ols"])
@pytest.mark.parametrize("n_levels", LEVELS)
@pytest.mark.parametrize("icc", [0.0, 0.3])
def test_whole_clusters_are_as_in_their_table(engine, n_levels, icc):
    clusters = LEVELS[n_levels]
    frame, model = study(n_levels, icc=icc), replace(MODEL, clusters=clusters)
    resampler = med.estimate(model, frame, engine).resampler
    counts = draw(np.random.default_rng(5), resampler.n_outer, 40)
    ours = resampler.by_clusters(counts).values
    for number, row in enumerate(counts):
        theirs = estimated(model, table_of(frame, clusters, row), engine)
        if theirs is None:
            assert np.isnan(ours[number]).all()
        else:
            np.testing.assert_allclose(ours[number], theirs, rtol=0, atol=1e-8)


@pytest.mark.parametrize("engine", [REML, ML, med.OLS()], ids=["reml", "ml", "ols"])
@pytest.mark.parametrize("rare", ["asian", "black", "white"])
def test_levels_of_a_covariate_that_were_not_drawn(engine, rare):
    frame = study(7)
    rng = np.random.default_rng(8)
    others = [name for name in ("asian", "black", "white") if name != rare]
    frame["race"] = rng.choice(others, size=len(frame))
    frame.loc[frame.team.isin([3, 4, 9]) & (rng.random(len(frame)) < 0.4), "race"] = rare
    frame["rural"] = np.where(frame.team < 2, "yes", "no")
    model = replace(MODEL, mediators=("m",), covariates=("race", "rural"), clusters=("team",))
    resampler = med.estimate(model, frame, engine).resampler
    counts = draw(rng, 14, 40)
    found = resampler.by_clusters(counts)
    for values, row in zip(found.values, counts, strict=True):
        theirs = estimated(model, table_of(frame, ("team",), row), engine)
        if theirs is None:
            assert np.isnan(values).all()
        else:
            np.testing.assert_allclose(values, theirs, rtol=0, atol=1e-8)
    n_refused = np.isnan(found.values).any(axis=1).sum()
    assert 0 < n_refused < 12
    assert found.failures == ((Failure.NOT_ESTIMABLE, n_refused),)


def test_levels_that_no_row_drawn_has():
    frame, rng = study(7, n=40), np.random.default_rng(8)
    frame["race"] = np.where(np.arange(40) < 2, "asian", rng.choice(["black", "white"], size=40))
    model = replace(MODEL, covariates=("race",), clusters=())
    counts = draw(rng, 40, 40)
    found = med.estimate(model, frame, med.OLS()).resampler.by_rows(counts).values
    for values, row in zip(found, counts, strict=True):
        table = frame.iloc[np.repeat(np.arange(40), row)]
        np.testing.assert_allclose(values, estimated(model, table, med.OLS()), atol=1e-9)
    assert (counts[:, :2].sum(axis=1) == 0).any()


@pytest.mark.slow
@pytest.mark.parametrize("engine", [REML, ML], ids=["reml", "ml"])
@pytest.mark.parametrize("n_levels", [1, 2])
def test_nearly_all_resamples_end_at_the_minimum_of_their_table(engine, n_levels):
    clusters, agree = LEVELS[n_levels], []
    for seed in range(20):
        frame = study(seed, n=150, icc=(0.0, 0.02, 0.1, 0.5)[seed % 4])
        model = replace(MODEL, mediators=("m",), clusters=clusters)
        resampler = med.estimate(model, frame, engine).resampler
        counts = draw(np.random.default_rng(seed), resampler.n_outer, 100)
        ours = resampler.by_clusters(counts).values
        for values, row in zip(ours, counts, strict=True):
            theirs = estimated(model, table_of(frame, clusters, row), engine)
            agree.append(
                np.isnan(values).all() if theirs is None else np.allclose(values, theirs, 0, 1e-8)
            )
    assert np.mean(agree) >= 0.999


def test_rows_are_as_least_squares_on_the_repeated_rows():
    frame, rng = study(1), np.random.default_rng(2)
    frame["age"] += 1000
    model = replace(MODEL, clusters=())
    resampler = med.estimate(model, frame, med.OLS()).resampler
    counts = draw(rng, len(frame), 300)
    ours = resampler.by_rows(counts.astype(np.uint8)).values
    for number in range(0, 300, 10):
        rows = frame.iloc[np.repeat(np.arange(len(frame)), counts[number])]
        ones = np.ones(len(rows))
        both = rows[["x", "m", "k", "age"]].to_numpy()
        for y, columns, at in (("m", (0, 3), (0,)), ("k", (0, 3), (1,)), ("y", (0, 3), (5,))):
            x = np.column_stack([ones, both[:, columns]])
            expected = np.linalg.lstsq(x, rows[y], rcond=None)[0]
            np.testing.assert_allclose(ours[number, at], expected[1], atol=1e-9)
        expected = np.linalg.lstsq(np.column_stack([ones, both]), rows["y"], rcond=None)[0]
        np.testing.assert_allclose(ours[number, 2:5], expected[1:4], atol=1e-9)


def test_rows_of_a_model_with_clusters_keep_the_observed_means():
    frame = study(3)
    model = replace(MODEL, mediators=("m",), covariates=(), clusters=("team",))
    fit = med.estimate(model, frame, med.OLS())
    counts = draw(np.random.default_rng(1), len(frame), 3)
    mean = frame.groupby("team").m.transform("mean")
    for values, row in zip(fit.resampler.by_rows(counts).values, counts, strict=True):
        x = np.column_stack([np.ones(len(frame)), frame.x, frame.m - mean, mean])
        at = np.repeat(np.arange(len(frame)), row)
        expected = np.linalg.lstsq(x[at], frame.y.to_numpy()[at], rcond=None)[0]
        np.testing.assert_allclose(values[1:4], expected[1:], atol=1e-9)


ENGINES = {"reml": REML, "ml": ML, "ols": med.OLS()}


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
@pytest.mark.parametrize("clusters", LEVELS.values())
def test_every_cluster_once_is_the_fit(engine, clusters):
    fit = med.estimate(replace(MODEL, clusters=clusters), study(4), engine)
    once = np.ones((1, fit.resampler.n_outer), dtype=np.int64)
    found = fit.resampler.by_clusters(once)
    np.testing.assert_allclose(found.values[0], fit.paths.values, atol=1e-9)
    assert found.failures == ()


@pytest.mark.parametrize("cells", [100, 10_000_000])
def test_parts_change_nothing(cells, monkeypatch):
    fit = med.estimate(replace(MODEL, clusters=LEVELS[2]), study(4), REML)
    ols = med.estimate(replace(MODEL, clusters=()), study(4), med.OLS())
    rng = np.random.default_rng(1)
    by_team, by_row = draw(rng, 7, 30), draw(rng, 250, 30)
    whole = fit.resampler.by_clusters(by_team).values, ols.resampler.by_rows(by_row).values
    for name in ("CLUSTER_CELLS", "ROW_CELLS"):
        monkeypatch.setattr(resample_equations, name, cells)
    parts = fit.resampler.by_clusters(by_team).values, ols.resampler.by_rows(by_row).values
    np.testing.assert_allclose(parts[0], whole[0], atol=1e-10)
    np.testing.assert_allclose(parts[1], whole[1], atol=1e-12)


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_what_fails_is_counted_by_its_cause(engine):
    frame = study(6)
    frame.loc[frame.team.isin([2, 3]), "x"] = 1.5
    model = replace(MODEL, mediators=("m",), clusters=("team",))
    resampler = med.estimate(model, frame, engine).resampler
    teams = frame.team.unique().tolist()
    counts = np.ones((6, 14), dtype=np.int64)
    counts[1], counts[2], counts[3], counts[4] = 0, 0, 0, 0
    counts[1, teams.index(2)] = 14
    counts[2, [teams.index(2), teams.index(3)]] = 7
    counts[3, [teams.index(2), teams.index(5)]] = 7
    found = resampler.by_clusters(counts)
    assert np.isnan(found.values).all(axis=1).tolist() == [False, True, True, True, True, False]
    assert dict(found.failures) == {Failure.PREDICTOR_CONSTANT: 3, Failure.NOT_ESTIMABLE: 1}
    np.testing.assert_array_equal(found.values[0], found.values[5])


def test_rows_that_fail_are_counted_by_their_cause():
    frame = study(6)
    resampler = med.estimate(replace(MODEL, clusters=()), frame, med.OLS()).resampler
    counts = np.zeros((3, len(frame)), dtype=np.int64)
    counts[0, frame.team.to_numpy() == 3] = 2
    counts[1, :3] = 80
    counts[2] = 1
    found = resampler.by_rows(counts)
    assert np.isnan(found.values).all(axis=1).tolist() == [True, True, False]
    assert dict(found.failures) == {Failure.PREDICTOR_CONSTANT: 1, Failure.NOT_ESTIMABLE: 1}


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_units_do_not_matter(factor):
    frame, model = study(2), replace(MODEL, clusters=LEVELS[2])
    counts = draw(np.random.default_rng(3), 7, 20)
    before = med.estimate(model, frame, REML)
    after = med.estimate(model, frame.assign(x=frame.x * factor + factor), REML)
    rescaled = after.resampler.by_clusters(counts).values.copy()
    of_x = [parameter.path.value != "b" for parameter in before.paths.parameters]
    rescaled[:, of_x] *= factor
    np.testing.assert_allclose(
        rescaled, before.resampler.by_clusters(counts).values, rtol=1e-6, atol=1e-8
    )


@pytest.mark.parametrize("engine", ENGINES.values(), ids=ENGINES)
def test_parametric_resamples_have_the_moments_of_the_fitted_model(engine):
    frame, n = study(8, icc=0.4), 600
    fit = med.estimate(replace(MODEL, clusters=LEVELS[2]), frame, engine)
    found = fit.resampler.parametric(n, np.random.default_rng(1))
    again = fit.resampler.parametric(n, np.random.default_rng(1))
    np.testing.assert_array_equal(found.values, again.values)
    assert found.failures == ()
    spread = found.values.std(axis=0)
    path = np.array([parameter.path.value for parameter in fit.paths.parameters])
    error = (found.values.mean(axis=0) - fit.paths.values) / spread * np.sqrt(n)
    assert np.abs(error[(path == "a") | (path == "b")]).max() < 4.5
    # The columns of the mediators' equations are not drawn: their model gives the spread.
    expected = np.sqrt(np.diag(fit.paths.covariance))
    np.testing.assert_allclose(spread[path == "a"], expected[path == "a"], rtol=0.12)


def test_parametric_resamples_are_fitted_as_tables_are(monkeypatch):
    frame, model = study(8), replace(MODEL, clusters=LEVELS[2])
    fit = med.estimate(model, frame, REML)
    seen = {}

    def keep(prepared, values, *rest):
        seen["values"], seen["columns"] = values.copy(), prepared.columns
        return refit(prepared, values, *rest)

    refit = resample_equations.refit
    monkeypatch.setattr(resample_equations, "refit", keep)
    found = fit.resampler.parametric(2, np.random.default_rng(1)).values
    whole = {c.name: k for k, c in enumerate(seen["columns"]) if c.name in ("m", "k", "y")}
    for number in range(2):
        drawn = {name: seen["values"][number, :, at] for name, at in whole.items()}
        expected = med.estimate(model, frame.assign(**drawn), REML).paths.values
        np.testing.assert_allclose(found[number], expected, atol=1e-7)


def test_a_data_set_of_a_batch_is_resampled_without_its_table():
    frame, other = study(1), study(2)
    model = replace(MODEL, clusters=("team",))
    prepared = prepare(model, frame)
    values = rebuild_columns(
        prepared, prepared.equations[0].matrix, {"y": other.y.to_numpy()[None]}
    )
    counts = draw(np.random.default_rng(1), 14, 5)
    lean = resampler_of(REML, prepared, values[0]).by_clusters(counts).values
    full = med.estimate(model, frame.assign(y=other.y), REML).resampler.by_clusters(counts).values
    np.testing.assert_allclose(lean, full, atol=1e-10)


@pytest.mark.parametrize("n_levels", LEVELS)
def test_extreme_clusters_end_in_numbers_or_counted_failures(n_levels):
    frame, clusters = study(9, n=60), LEVELS[n_levels]
    frame["y"] += 1e3 * frame[clusters[0]] ** 2
    fit = med.estimate(replace(MODEL, mediators=("m",), clusters=clusters), frame, REML)
    counts = draw(np.random.default_rng(1), fit.resampler.n_outer, 300)
    found = fit.resampler.by_clusters(counts)
    failed = np.isnan(found.values)
    assert (failed.any(axis=1) == failed.all(axis=1)).all()
    assert failed[:, 0].sum() == sum(n for _, n in found.failures) < 30


def test_what_cannot_be_resampled_is_refused():
    frame = study(4)
    mixed = med.estimate(replace(MODEL, clusters=("team",)), frame, REML).resampler
    with pytest.raises(EstimationError, match="Mixed models take them as clustered"):
        mixed.by_rows(np.ones((1, 250), dtype=int))
    with pytest.raises(EstimationError, match="14 outermost clusters"):
        mixed.by_clusters(np.ones((1, 13), dtype=int))
    plain = med.estimate(replace(MODEL, clusters=()), frame, med.OLS()).resampler
    with pytest.raises(EstimationError, match="names none"):
        plain.by_clusters(np.ones((1, 14), dtype=int))
    assert (plain.n_rows, plain.n_outer) == (250, 0)
    assert "0." not in repr(plain)
