"""Many two-level fits at once give what the fits one by one give."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.two_level import many_ascents, many_fits
from mediation.vocabulary import Failure

SEM = med.TwoLevelSEM()
ONE = med.MediationModel("x", ("m",), "y", clusters=("team",))
TWO = med.MediationModel(
    "x", ("m", "k"), "y", covariates=("age",), outcome_covariates=("v",), clusters=("team",)
)
RANKED = med.MediationModel("x", ("m",), "y", mediator_covariates=("v",), clusters=("team",))
TIMED = med.MediationModel("t", ("m",), "y", covariates=("age",), clusters=("team",))


def make_study(seed, *, n_clusters=14, size=12, sd=0.3, even=False, missing=0.0):
    """Teams whose rows are scattered over the table, so that codes are not in order."""
    rng = np.random.default_rng(seed)
    sizes = np.full(n_clusters, size) if even else rng.integers(3, 2 * size, n_clusters)
    team = np.repeat(np.arange(n_clusters), sizes)
    n = len(team)
    shared = rng.normal(size=(5, n_clusters))[:, team]
    frame = pd.DataFrame({"team": team, "x": shared[0], "v": shared[1]})
    frame["age"] = rng.normal(45, 10, n)
    frame["t"] = shared[0] + 0.5 * rng.normal(size=n)
    frame["m"] = 30 + 4 * (0.4 * shared[0] + sd * shared[2] + rng.normal(size=n))
    frame["k"] = 0.2 * shared[0] + 0.4 * shared[3] + 0.01 * frame.age + rng.normal(size=n)
    frame["y"] = 0.1 * frame.m + 0.3 * frame.k + sd * shared[4] + rng.normal(size=n)
    frame = frame.sample(frac=1.0, random_state=seed)
    for name in ("m", "y"):
        frame[name] = frame[name].mask(rng.random(n) < missing)
    return frame.reset_index(drop=True)


def draw(n_clusters, n, seed=0):
    return np.random.default_rng(seed).multinomial(n_clusters, [1 / n_clusters] * n_clusters, n)


def repeat(frame, counts):
    """The table of a resample: every copy of a cluster is a cluster of its own."""
    labels = pd.unique(frame.dropna(subset=["m", "y"], how="all").team)
    copies = [label for label, n in zip(labels, counts, strict=True) for _ in range(n)]
    parts = [frame[frame.team == label].assign(team=i) for i, label in enumerate(copies)]
    return pd.concat(parts, ignore_index=True)


def fit_alone(model, frame, parameters):
    """Paths as one fit gives them, NaN where it is refused or a path is not identified."""
    try:
        fit = SEM.fit(model, frame)
    except med.MediationError:
        return np.full(len(parameters), np.nan)
    named = dict(zip(fit.paths.parameters, fit.paths.values, strict=True))
    if fit.convergence is med.Convergence.NOT_CONVERGED:
        return np.full(len(parameters), np.nan)
    return np.array([named.get(parameter, np.nan) for parameter in parameters])


CASES = {
    "one mediator": (ONE, make_study(1, n_clusters=25), 15),
    "clusters of one size": (ONE, make_study(2, even=True), 15),
    "values missing": (ONE, make_study(3, n_clusters=25, missing=0.25), 15),
    "no b between in the fit": (ONE, make_study(4, sd=0.0), 10),
    "few differences between clusters": (ONE, make_study(22, sd=0.1), 25),
    "seven clusters": (ONE, make_study(5, n_clusters=7, size=15), 25),
    "two mediators": (TWO, make_study(6, n_clusters=16, missing=0.1), 12),
    "covariate of the mediator": (RANKED, make_study(7), 8),
    "predictor varies inside": (TIMED, make_study(8, missing=0.1), 12),
}


@pytest.mark.parametrize("name", CASES)
def test_resampled_clusters_are_tables_in_which_a_copy_is_a_cluster(name):
    model, frame, n = CASES[name]
    fit = med.estimate(model, frame, SEM)
    counts = draw(fit.resampler.n_outer, n)
    found = fit.resampler.by_clusters(counts)
    alone = [fit_alone(model, repeat(frame, row), fit.paths.parameters) for row in counts]
    np.testing.assert_allclose(found.values, alone, rtol=1e-6, atol=1e-8)
    assert sum(n for _, n in found.failures) == np.isnan(alone).any(axis=1).sum()
    assert np.isfinite(found.values).any()


def test_some_of_these_tables_lie_on_the_boundary_and_some_have_no_b_between():
    model, frame, n = CASES["few differences between clusters"]
    fit = med.estimate(model, frame, SEM)
    ended = [SEM.fit(model, repeat(frame, row)) for row in draw(fit.resampler.n_outer, n)]
    assert {f.convergence for f in ended} > {med.Convergence.BOUNDARY}
    assert {bool(f.not_identified) for f in ended} == {True, False}


def test_each_cluster_once_is_the_fit_itself_and_one_may_be_left_out():
    frame = make_study(9, missing=0.1)
    fit = med.estimate(ONE, frame, SEM)
    n = fit.resampler.n_outer
    found = fit.resampler.by_clusters(np.vstack([np.ones(n, int), 1 - np.eye(n, dtype=int)]))
    np.testing.assert_allclose(found.values[0], fit.paths.values, rtol=1e-8)
    label = pd.unique(frame.team)[3]
    without = SEM.fit(ONE, frame[frame.team != label]).paths.values
    np.testing.assert_allclose(found.values[4], without, rtol=1e-7)
    assert (fit.resampler.n_rows, n) == (fit.counts.n_clients, 14)


@pytest.mark.parametrize("name", ["values missing", "few differences between clusters"])
def test_how_many_are_worked_on_together_changes_nothing(name, monkeypatch):
    model, frame, n = CASES[name]
    resampler = med.estimate(model, frame, SEM).resampler
    counts = draw(resampler.n_outer, n)
    expected = resampler.by_clusters(counts)
    monkeypatch.setattr(many_fits, "CELLS", 3 * len(frame))
    monkeypatch.setattr(many_ascents, "CELLS", 1)
    np.testing.assert_allclose(resampler.by_clusters(counts).values, expected.values, rtol=1e-8)


@pytest.mark.parametrize("n_steps", [1, 3])
def test_what_has_not_arrived_with_the_others_is_maximised_alone(n_steps, monkeypatch):
    model, frame, n = CASES["seven clusters"]
    resampler = med.estimate(model, frame, SEM).resampler
    counts = draw(resampler.n_outer, n)
    expected = resampler.by_clusters(counts)
    monkeypatch.setattr(many_ascents, "MAX_STEPS", n_steps)
    found = resampler.by_clusters(counts)
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-7)
    assert found.failures == expected.failures


def test_why_resamples_fail_is_counted_and_spoils_no_other():
    frame = make_study(10, n_clusters=14)
    # The covariate differs in one team only.
    frame["v"] = np.where(frame.team == frame.team[0], 1.0, 0.0)
    model = med.MediationModel("x", ("m",), "y", covariates=("v",), clusters=("team",))
    fit = med.estimate(model, frame, SEM)
    good, flat, repeated = np.ones(14, int), np.zeros(14, int), np.ones(14, int)
    flat[2] = 14
    repeated[:2] = 0, 2
    found = fit.resampler.by_clusters(np.array([good, flat, repeated, good]))
    assert found.failures == ((Failure.PREDICTOR_CONSTANT, 1), (Failure.NOT_ESTIMABLE, 1))
    assert np.isnan(found.values[1:3]).all()
    np.testing.assert_allclose(found.values[[0, 3]], [fit.paths.values] * 2, rtol=1e-8)


def test_a_resample_without_any_outcome_cannot_be_analysed():
    frame = make_study(17)
    frame["y"] = frame.y.mask(frame.team >= 9)
    fit = med.estimate(ONE, frame, SEM)
    has_none = pd.unique(frame.team) >= 9
    counts = np.array([np.where(has_none, 3, 0), np.ones(14, int)])
    found = fit.resampler.by_clusters(counts)
    assert found.failures == ((Failure.NOT_ESTIMABLE, 1),)
    np.testing.assert_allclose(found.values[1], fit.paths.values, rtol=1e-8)


def test_what_cannot_be_resampled_is_refused():
    resampler = med.estimate(ONE, make_study(1), SEM).resampler
    with pytest.raises(med.EstimationError, match="whole clusters"):
        resampler.by_rows(np.ones((2, resampler.n_rows), int))
    with pytest.raises(med.EstimationError, match="14 clusters"):
        resampler.by_clusters(np.ones((2, 3), int))
    assert resampler.by_clusters(np.ones((0, 14), int)).values.shape == (0, 5)


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_draws_from_the_model_scatter_around_it_as_its_standard_errors_say(missing):
    frame = make_study(11, n_clusters=90, size=12, sd=1.0, missing=missing)
    fit = med.estimate(ONE, frame, SEM)
    found = fit.resampler.parametric(400, np.random.default_rng(1))
    errors = np.sqrt(np.diag(fit.paths.covariance))
    assert not found.failures
    # Four Monte Carlo standard errors of mean and standard deviation, and a little for bias.
    away = (found.values.mean(axis=0) - fit.paths.values) / errors
    assert np.abs(away).max() < 4 / np.sqrt(400) + 0.05
    assert np.abs(found.values.std(axis=0) / errors - 1).max() < 4 / np.sqrt(800) + 0.05


def test_draws_from_the_model_repeat_with_the_seed_and_keep_what_is_missing():
    frame = make_study(12, missing=0.2)
    resampler = med.estimate(TWO, frame, SEM).resampler
    first, second = (resampler.parametric(6, np.random.default_rng(5)).values for _ in range(2))
    np.testing.assert_array_equal(first, second)
    drawn = resampler._drawn(2, np.random.default_rng(5))
    np.testing.assert_array_equal(drawn.counts, resampler.prepared.rows.counts)
    np.testing.assert_array_equal(drawn.observed, resampler.prepared.rows.observed)


def draws_of(frame, n, seed=0):
    """New predictors, mediators and outcomes for the clusters of a table."""
    rng = np.random.default_rng(seed)
    team = frame.team.to_numpy()
    n_teams = team.max() + 1
    sd = np.linspace(0.0, 0.6, n)[:, None]

    def shared():
        return rng.normal(size=(n, n_teams))[:, team]

    x = shared()
    m = 5 + 0.3 * x + sd * shared() + rng.normal(size=x.shape)
    y = 0.4 * m + sd * shared() + rng.normal(size=x.shape)
    return {"x": x, "m": m, "y": y}


def check_alone(model, frame, drawn, together):
    """Compare each data set with its own fit; give how many were without some path."""
    n_lost = 0
    for i in range(len(together)):
        one = frame.assign(**{name: values[i] for name, values in drawn.items()})
        alone = med.estimate(model, one, SEM)
        is_lost = np.array([p in alone.not_identified for p in together.parameters])
        n_lost += is_lost.any()
        at = np.flatnonzero(~is_lost)
        assert tuple(together.parameters[k] for k in at) == alone.paths.parameters
        ours = together[i]
        np.testing.assert_allclose(ours.values[at], alone.paths.values, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(
            ours.covariance[np.ix_(at, at)], alone.paths.covariance, rtol=1e-6, atol=1e-10
        )
        for part in (ours.values, ours.df, np.diag(ours.covariance)):
            assert np.isnan(part[is_lost]).all()
        assert np.isinf(ours.df[at]).all()
        expected = med.Convergence.NOT_ESTIMABLE if is_lost.any() else alone.convergence
        assert together.convergence[i] is expected
    return n_lost


@pytest.mark.parametrize(("n_clusters", "n"), [(7, 100), (14, 60), (20, 40)])
def test_small_studies_in_a_batch_are_as_if_alone(n_clusters, n):
    frame = make_study(13, n_clusters=n_clusters, size=10, even=n_clusters == 14)
    drawn = draws_of(frame, n)
    together = med.estimate_batch(ONE, frame, SEM, drawn)
    n_lost = check_alone(ONE, frame, drawn, together)
    assert together.equation == (-1,) * 5
    assert med.Convergence.BOUNDARY in together.convergence
    assert med.Convergence.CONVERGED in together.convergence
    if n_clusters == 7:
        assert n_lost > 2


@pytest.mark.parametrize(
    ("model", "drawn"),
    [(TWO, ("m", "y")), (RANKED, ("x", "y")), (TIMED, ("m",)), (TIMED, ("t", "y"))],
    ids=["two mediators", "covariate of the mediator", "varying predictor", "and it is drawn"],
)
def test_other_models_in_a_batch_are_as_if_alone(model, drawn):
    frame = make_study(14, size=8)
    new = draws_of(frame, 6)
    new["t"] = new["x"] + np.random.default_rng(1).normal(size=new["x"].shape)
    chosen = {name: new[name] for name in drawn}
    check_alone(model, frame, chosen, med.estimate_batch(model, frame, SEM, chosen))


SPOILED = {
    "constant outcome": lambda d, team: {"y": np.ones(len(team))},
    "outcome of teams": lambda d, team: {"y": team**2.0},
    "constant mediator": lambda d, team: {"m": np.full(len(team), 0.1)},
    "mediator of teams": lambda d, team: {"m": np.sin(team)},
    "constant predictor": lambda d, team: {"x": np.full(len(team), 0.1)},
    "outcome is the mediator": lambda d, team: {"y": 0.5 * d["m"][1] + 3},
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_data_set_that_cannot_be_analysed_is_nan_and_spoils_no_other(name):
    frame = make_study(15, size=8)
    drawn = draws_of(frame, 5)
    whole = med.estimate_batch(ONE, frame, SEM, drawn)
    spoiled = {key: values.copy() for key, values in drawn.items()}
    for key, values in SPOILED[name](drawn, frame.team.to_numpy(float)).items():
        spoiled[key][1] = values
    with pytest.raises(med.EstimationError):
        med.estimate(ONE, frame.assign(**{key: v[1] for key, v in spoiled.items()}), SEM)
    found = med.estimate_batch(ONE, frame, SEM, spoiled)
    assert found.convergence[1] is med.Convergence.NOT_ESTIMABLE
    others = np.arange(5) != 1
    for field in ("values", "covariance", "df"):
        ours, expected = getattr(found, field), getattr(whole, field)
        assert np.isnan(ours[1]).all()
        np.testing.assert_allclose(ours[others], expected[others], rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(
    ("engine", "change", "said"),
    [
        (med.TwoLevelSEM(med.StandardErrors.ROBUST), {}, "observed information"),
        (SEM, {"age": np.nan}, "missing value"),
        (SEM, {"team": np.nan}, "missing value"),
    ],
)
def test_what_is_no_batch_is_refused(engine, change, said):
    frame = make_study(16, size=8)
    drawn = draws_of(frame, 3)
    for name, value in change.items():
        frame[name] = frame[name].astype(float)
        frame.loc[3, name] = value
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    if "team" in change:
        drawn = {"m": drawn["m"]}
    with pytest.raises(med.MediationError, match=said):
        med.estimate_batch(model, frame, engine, drawn)


def test_a_predictor_that_varies_inside_in_some_data_sets_is_refused():
    frame = make_study(16, size=8)
    drawn = draws_of(frame, 4)
    drawn["x"][2] = drawn["m"][2]
    with pytest.raises(med.SpecificationError, match="as in the first: 1"):
        med.estimate_batch(ONE, frame, SEM, drawn)
