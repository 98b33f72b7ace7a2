"""Measurement error and ceilings, from the manifest to the cell."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mediation.estimation.latent_sem import LatentSEM
from mediation.linkage.measures import measure_scales
from mediation.pipeline.bench import Bench
from mediation.pipeline.cells import MAIN
from mediation.pipeline.missing_values import link_for
from mediation.pipeline.plans import plan_grid
from mediation.pipeline.robust_ceiling import ceiling_of
from mediation.pipeline.robust_measurement import known_reliability, measurement_of
from mediation.study.study import load_study
from mediation.vocabulary import Level

SOURCE = Path(__file__).parents[2] / "data" / "synthetic"


def study_with(folder, edit=lambda text: text):
    """One model of the synthetic study, with few draws."""
    for table in SOURCE.glob("*.csv"):
        shutil.copy(table, folder)
    text = (SOURCE / "study.toml").read_text(encoding="utf-8")
    text = re.sub(r"outcomes = \[.*\]", 'outcomes = ["quality_of_life"]', text)
    text = text.replace(", { mediator = 13.5, outcome = 18 }", "")
    manifest = folder / "study.toml"
    manifest.write_text(edit(text.replace("n_draws = 20000", "n_draws = 500")), "utf-8")
    return load_study(manifest)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_with(tmp_path_factory.mktemp("whole"))


def parts(study):
    """The declared analysis, measurement error and ceiling of the only cell."""
    (plan,) = plan_grid(study, 0)
    table = link_for(study, plan.model, plan.waves, plan.missing)
    bench = Bench(study, plan, study.manifest.study.seed)
    result = bench.fit(plan, table, MAIN, plan.missing)
    return (
        SimpleNamespace(table=table, result=result),
        measurement_of(bench, table, result),
        ceiling_of(bench, table, result),
    )


@pytest.fixture(scope="module")
def found(study):
    return parts(study)


def numbers(result):
    return [
        (p.value.estimate, p.value.std_error, p.value.conf_low, p.value.conf_high)
        for p in result.paths
    ] + [(e.value.estimate, e.value.conf_low, e.value.conf_high) for e in result.effects]


def same(left, right):
    for one, other in zip(numbers(left), numbers(right), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_reliability_one_is_the_declared_analysis(found):
    cell, measurement, _ = found
    curve = measurement.curve("alliance", Level.WITHIN)
    same(curve.results[0], cell.result)
    assert min(curve.reliabilities) == pytest.approx(0.7)


def test_the_marked_reliability_is_that_of_the_measures(study, found):
    ((name, known),) = found[1].known
    measures = {scale.name: dict(scale.at) for scale in measure_scales(study)}
    reliability = measures["alliance"][4.5].reliability
    omega = reliability.levels.omega_within

    assert (name, known.coefficient) == ("alliance", "omega")
    assert (known.within, known.low) == (omega.value, omega.conf_low)
    assert math.isnan(known.between)
    assert known_reliability(study, "alliance", 4.5, None).within == reliability.omega.value
    assert known_reliability(study, "age", None, None) is None


def test_the_ceiling_is_set_beside_the_declared_analysis(found):
    cell, _, ceiling = found
    m = cell.table.frame.dropna(subset=list(cell.result.fit.model.columns))["alliance"]

    assert ceiling.as_scored is cell.result
    assert ceiling.shares[0].n_at_ceiling == int((m >= 96).sum()) > 0
    assert ceiling.corrected.fit.counts == cell.result.fit.counts
    assert ceiling.apart == ()


def test_it_is_the_same_again(study, found):
    _, measurement, ceiling = parts(study)
    same(ceiling.corrected, found[2].corrected)
    same(measurement.curves[0].results[-1], found[1].curves[0].results[-1])


def test_with_values_imputed_both_are_made(tmp_path):
    how = 'method = "multiple_imputation"\nn_imputations = 4\nn_iterations = 3\n'
    study = study_with(tmp_path, lambda text: f"{text}\n[models.missing]\n{how}")
    cell, measurement, ceiling = parts(study)

    same(measurement.curves[0].results[0], cell.result)
    assert ceiling.as_scored is not cell.result
    assert ceiling.as_scored.fit.counts.n_clients < cell.result.fit.counts.n_clients


def test_an_interval_that_resamples_is_replaced(tmp_path):
    old, new = 'name = "monte_carlo"\nn_draws = 500', 'name = "bootstrap"\nn_resamples = 100'
    cell, measurement, ceiling = parts(study_with(tmp_path, lambda text: text.replace(old, new)))

    assert "bootstrap" in cell.result.interval_label
    assert "bootstrap" not in measurement.interval_label
    assert "bootstrap" not in ceiling.corrected.interval_label


def test_without_a_maximum_or_with_items_as_factors_there_is_no_ceiling(study, found):
    cell, *_ = found
    (plan,) = plan_grid(study, 0)
    flat = replace(plan, model=replace(plan.model, mediators=("tenure",), covariates=("age",)))
    assert ceiling_of(Bench(study, flat, 1), cell.table, cell.result) is None
    latent = replace(plan, engine=LatentSEM({"alliance": ("a", "b", "c")}))
    assert ceiling_of(Bench(study, latent, 1), cell.table, cell.result) is None
    assert measurement_of(Bench(study, latent, 1), cell.table, cell.result) is None
