"""Resamples as tables, and derivatives carried along: the slow and the exact parts."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError
from mediation.estimation.jets import logarithm, reciprocal, times
from mediation.estimation.resample_frames import FrameResampler
from mediation.vocabulary import Failure

MODEL = med.MediationModel("x", ("m",), "y")


def study(seed, n=250):
    rng = np.random.default_rng(seed)
    team = rng.integers(0, 14, size=n)
    x = rng.normal(size=14)[team]
    m = 0.3 * x + 0.3 * rng.normal(size=14)[team] + rng.normal(size=n)
    y = 0.4 * m + 0.3 * rng.normal(size=14)[team] + rng.normal(size=n)
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": y})


def draw(rng, n_units, n):
    return rng.multinomial(n_units, np.full(n_units, 1 / n_units), size=n)


def table_of(frame, counts):
    """Rows of each team as often as it was drawn, each copy a team of its own."""
    parts = []
    for team, times_drawn in zip(frame.team.unique(), counts, strict=True):
        block = frame[frame.team == team]
        parts += [block.assign(team=f"{team}, {copy}") for copy in range(times_drawn)]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("engine", [med.MixedModels(), med.TwoLevelSEM()], ids=["reml", "sem"])
def test_tables_of_resamples(engine):
    model = replace(MODEL, clusters=("team",))
    frame = study(4)
    fit = med.estimate(model, frame, engine)
    slow = FrameResampler(engine, model, frame, fit.paths.parameters)
    counts = np.concatenate([draw(np.random.default_rng(2), 14, 3), np.eye(14, dtype=int)[:1] * 14])
    found = slow.by_clusters(counts)
    assert found.failures == ((Failure.PREDICTOR_CONSTANT, 1),)
    for values, row in zip(found.values[:3], counts, strict=False):
        expected = med.estimate(model, table_of(frame, row), engine).paths.values
        np.testing.assert_allclose(values, expected, atol=1e-9)
    with pytest.raises(EstimationError, match="team"):
        slow.by_rows(np.ones((1, len(frame)), dtype=int))
    with pytest.raises(EstimationError, match="drawn from a model"):
        slow.parametric(2, np.random.default_rng(1))


def test_tables_of_rows():
    frame, model = study(4), MODEL
    fit = med.estimate(model, frame, med.OLS())
    slow = FrameResampler(med.OLS(), model, frame, fit.paths.parameters)
    counts = draw(np.random.default_rng(2), len(frame), 4)
    np.testing.assert_allclose(
        slow.by_rows(counts).values, fit.resampler.by_rows(counts).values, atol=1e-9
    )


def test_a_latent_model_can_be_resampled():
    frame, rng = study(4), np.random.default_rng(1)
    items = {f"w{k}": frame.m + rng.normal(scale=0.5, size=len(frame)) for k in range(3)}
    frame = frame.drop(columns="m").assign(**items)
    frame.loc[5, "w1"] = np.nan
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    fit = med.estimate(model, frame, med.LatentSEM({"m": tuple(items)}))
    assert (fit.resampler.n_rows, fit.resampler.n_outer) == (249, 14)
    found = fit.resampler.by_clusters(np.ones((1, 14), dtype=int))
    np.testing.assert_allclose(found.values[0], fit.paths.values, atol=1e-6)


def test_copies_of_nested_clusters_have_labels_of_their_own():
    frame = study(4, n=60).assign(organization=lambda f: f.team // 2)
    model = replace(MODEL, clusters=("organization", "team"))
    slow = FrameResampler(med.OLS(), model, frame, ())
    counts = np.array([2, 0, 1, 0, 3, 0, 1])
    table = slow.frame_of_clusters(counts)
    first = frame.organization.unique()
    sizes = [(frame.organization == o).sum() for o in first]
    n_teams = [frame.team[frame.organization == o].nunique() for o in first]
    assert len(table) == np.dot(counts, sizes)
    assert table.organization.nunique() == 7
    assert table.team.nunique() == np.dot(counts, n_teams)
    assert len(table[["organization", "team"]].drop_duplicates()) == np.dot(counts, n_teams)


def test_jets_are_derivatives():
    """Against differences of f(x, y) = log(1 + x y) / (1 + x y)."""

    def jet(x, y):
        first = times({(): x, (0,): np.ones(1)}, {(): y, (1,): np.ones(1)})
        u = first | {(): 1 + first[()]}
        return times(logarithm(u), reciprocal(u))

    x, y, step = np.array([0.7]), np.array([1.9]), 1e-4
    found = jet(x, y)

    def value(i, j):
        return jet(x + i * step, y + j * step)[()][0]

    slopes = [(value(1, 0) - value(-1, 0)), (value(0, 1) - value(0, -1))]
    np.testing.assert_allclose([found[0,][0], found[1,][0]], np.array(slopes) / (2 * step), 1e-6)
    bent = [
        value(1, 0) - 2 * value(0, 0) + value(-1, 0),
        (value(1, 1) - value(1, -1) - value(-1, 1) + value(-1, -1)) / 4,
        value(0, 1) - 2 * value(0, 0) + value(0, -1),
    ]
    ours = [found[key][0] for key in ((0, 0), (0, 1), (1, 1))]
    np.testing.assert_allclose(ours, np.array(bent) / step**2, 1e-5)
