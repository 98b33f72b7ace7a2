"""Moderation of the slope, and selection on the mediator, in a cell of the synthetic study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mediation as med
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.joint import JointSignificance
from mediation.inference.monte_carlo import MonteCarlo
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import plan_grid
from mediation.pipeline.robust_moderation import drawn, moderation_of
from mediation.pipeline.robust_selection import selection_of
from mediation.vocabulary import Convergence

STUDY = Path(__file__).parents[2] / "data" / "synthetic" / "study.toml"


@pytest.fixture(scope="module")
def cell():
    """Bench, table and declared result of the first model."""
    study = med.load_study(STUDY)
    plan = plan_grid(study, 0)[0]
    plan = replace(plan, interval=MonteCarlo(n_draws=2000))
    table = link_for(study, plan.model, plan.waves, plan.missing)
    bench = Bench(study, plan, 1)
    return bench, table, bench.fit(plan, table, 0)


def test_clusters_are_lettered(cell):
    found = moderation_of(*cell)
    assert set(found.slopes[0].names) == {f"Team {letter}" for letter in "ABCDEFGHIJKLMN"}


def test_no_selection_is_the_declared_analysis_to_the_digit(cell):
    _, _, result = cell
    (found,) = selection_of(*cell)
    value, first = result.effects[0].value, found.points[0].effect
    for name in ("estimate", "conf_low", "conf_high"):
        assert getattr(first, name) == pytest.approx(getattr(value, name), rel=1e-9)


def test_the_same_seed_gives_the_same_numbers(cell):
    first, second = moderation_of(*cell), moderation_of(*cell)
    assert first.interaction.to_frame().equals(second.interaction.to_frame())
    (one,), (two,) = selection_of(*cell), selection_of(*cell)
    assert one.to_frame().equals(two.to_frame())


def test_models_that_did_not_converge_have_neither(cell):
    bench, table, result = cell
    ended = tuple(
        replace(equation, convergence=Convergence.NOT_CONVERGED)
        for equation in result.fit.equations
    )
    broken = replace(result, fit=replace(result.fit, equations=ended))
    assert moderation_of(bench, table, broken) is None
    assert selection_of(bench, table, broken) is None


def test_latent_mediators_have_neither(cell):
    bench, table, result = cell
    latent = med.LatentSEM({"alliance": ["rprs_1", "rprs_2", "rprs_3"]})
    other = Bench(bench.study, replace(bench.plan, engine=latent), 1)
    assert moderation_of(other, table, result) is None
    assert selection_of(other, table, result) is None


def test_two_level_models_are_followed_by_mixed_ones(cell):
    bench, table, result = cell
    other = Bench(bench.study, replace(bench.plan, engine=med.TwoLevelSEM()), 1)
    found = moderation_of(other, table, result)
    assert found.interaction.engine_label.startswith("mixed models")
    assert other.warnings == []


def test_limits_are_drawn_whatever_is_declared():
    assert drawn(MonteCarlo(n_draws=100_000)).n_draws == 20_000
    assert drawn(Bootstrap(conf_level=0.9)) == MonteCarlo(conf_level=0.9)
    assert drawn(JointSignificance()) == MonteCarlo()
