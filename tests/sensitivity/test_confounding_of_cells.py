"""Which headline effects of a study are asked about unmeasured common causes."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.robust_confounding import DRAWS, confounding_of
from mediation.vocabulary import Covariance, EffectName, Level


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(4)
    team = np.repeat(np.arange(16), 10)
    x = rng.normal(size=16)[team]
    m, n = 0.5 * x + rng.normal(size=(2, 160)) + 0.5 * rng.normal(size=(2, 16))[:, team]
    y = 0.5 * m + 0.5 * rng.normal(size=16)[team] + rng.normal(size=160)
    return pd.DataFrame({"team": team, "x": x, "m": m, "n": n, "y": y})


def ask(frame, headline, *, mediators=("m",), clusters=("team",), engine=None, interval=None):
    engine = engine or (med.MixedModels() if clusters else med.OLS())
    result = med.mediate(
        frame,
        predictor="x",
        mediators=list(mediators),
        outcome="y",
        clusters=list(clusters),
        engine=engine,
        interval=interval or med.Delta(),
        seed=1,
    )
    streams = []

    def rng(variant):
        streams.append(variant)
        return np.random.default_rng(variant)

    entry = SimpleNamespace(effect_and_level=headline)
    study = SimpleNamespace(manifest=SimpleNamespace(models=(entry,)))
    bench = SimpleNamespace(study=study, plan=SimpleNamespace(engine=engine, entry=0), rng=rng)
    return confounding_of(bench, AnalysisTable(frame, None), result), bench, result, streams


@pytest.mark.parametrize(
    ("headline", "found"),
    [
        (("indirect", "within"), (EffectName.INDIRECT, Level.WITHIN)),
        (("contextual", "between"), (EffectName.CONTEXTUAL, Level.BETWEEN)),
    ],
)
def test_the_headline_effect_is_asked_about(frame, headline, found):
    (one,), *_ = ask(frame, headline)
    assert (one.effect, one.level) == found


def test_without_clusters_the_level_is_single(frame):
    (one,), *_ = ask(frame, ("indirect", "within"), clusters=())
    assert one.level is Level.SINGLE


def test_a_sum_over_mediators_is_asked_about_one_by_one(frame):
    found, *_ = ask(frame, ("total_indirect", "within"), mediators=("m", "n"))
    assert [(one.effect, one.mediator) for one in found] == [
        (EffectName.INDIRECT, "m"),
        (EffectName.INDIRECT, "n"),
    ]


def test_effects_through_no_mediator_have_no_part(frame):
    assert ask(frame, ("direct", "between"))[0] is None


def test_fits_without_numbers_and_other_engines_have_no_part(frame):
    _, bench, result, _ = ask(frame, ("indirect", "within"))
    table = AnalysisTable(frame, None)
    assert confounding_of(bench, table, replace(result, solution=None)) is None
    bench.plan.engine = med.LatentSEM({"m": ["a", "b", "c"]})
    assert confounding_of(bench, table, result) is None


def test_draws_stand_in_for_a_wild_bootstrap_from_a_stream_of_their_own(frame):
    wild = med.WildClusterBootstrap(n_vectors=199)
    (one,), *_, streams = ask(
        frame, ("indirect", "within"), engine=med.OLS(Covariance.CR1), interval=wild
    )
    assert streams == [DRAWS]
    assert one.curves[0].estimates[0].interval == "MonteCarlo"
