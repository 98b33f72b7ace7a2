"""A run gives the same numbers whatever the workers, goes on where it was, and is whole."""

from __future__ import annotations

import json
from dataclasses import replace

import pandas as pd
import pytest

import mediation as med
from mediation.errors import SimulationError
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory import run as run_module
from mediation.simulation.laboratory import run_coverage
from mediation.simulation.laboratory.analyze import run_task
from mediation.simulation.laboratory.design import EFFECTS, Design, Kind, Method
from mediation.simulation.laboratory.effects import effects_in
from mediation.simulation.laboratory.parts import part_path
from mediation.simulation.laboratory.tasks import tasks_of
from mediation.vocabulary import Covariance, Resample, WildWeights

from .conftest import ALONE, BOOTSTRAP, FEW, METHODS, NESTED, TIMED

SEM = Method("SEM", med.TwoLevelSEM(), med.Delta())
PUBLISHED = Method("published", med.OLS(), med.Bootstrap(Resample.CLIENTS, n_resamples=100), True)
WILD = Method("wild", med.OLS(Covariance.CR1), med.WildClusterBootstrap())
WHOLE = {"predictor_organization_share": 1.0}


def test_two_processes_give_the_numbers_of_one(small_design, tmp_path):
    one = run_coverage(small_design, tmp_path / "one")
    two = run_coverage(small_design, tmp_path / "two", n_jobs=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert (tmp_path / "one/coverage.csv").read_bytes() == (
        tmp_path / "two/coverage.csv"
    ).read_bytes()


def test_other_methods_and_cells_do_not_change_a_row(small_design, tmp_path):
    alone = replace(small_design, methods=(METHODS[3], BOOTSTRAP), cells=(NESTED,))
    few, many = (
        run_coverage(design, tmp_path).set_index(["cell", "method"])
        for design in (alone, small_design)
    )
    pd.testing.assert_frame_equal(few, many.loc[few.index], check_exact=True)


def test_results_do_not_depend_on_how_studies_are_cut_into_tasks(
    small_design, tmp_path, monkeypatch
):
    design = replace(small_design, n_studies=800, methods=METHODS[:4])
    one = run_coverage(design, tmp_path / "one")
    sizes = dict.fromkeys(Kind, 1)
    monkeypatch.setattr("mediation.simulation.laboratory.tasks.CHUNKS", sizes)
    other = run_coverage(design, tmp_path / "other")
    pd.testing.assert_frame_equal(one, other, rtol=1e-12)
    assert len(list((tmp_path / "other/parts").iterdir())) == 4 * 2 * 2


def test_finished_parts_are_not_computed_again(small_design, tmp_path, monkeypatch):
    first = run_coverage(small_design, tmp_path)
    monkeypatch.setattr(run_module, "run_local", None)
    again = run_coverage(small_design, tmp_path)
    pd.testing.assert_frame_equal(first, again, check_exact=True)


def test_a_stopped_run_goes_on_with_what_is_left(small_design, tmp_path, monkeypatch):
    whole = run_coverage(small_design, tmp_path / "whole")
    real = run_module.run_local
    done = []

    def stopped(tasks, n_jobs):
        for number, part in enumerate(real(tasks, n_jobs)):
            if number == 2:
                raise KeyboardInterrupt
            yield part

    monkeypatch.setattr(run_module, "run_local", stopped)
    with pytest.raises(KeyboardInterrupt):
        run_coverage(small_design, tmp_path / "out")
    assert len(list((tmp_path / "out/parts").iterdir())) == 2
    monkeypatch.setattr(run_module, "run_local", real)
    found = run_coverage(
        small_design, tmp_path / "out", progress=lambda *counts: done.append(counts)
    )
    pd.testing.assert_frame_equal(found, whole, check_exact=True)
    left = sum(task.n_studies for task in tasks_of(small_design)[2:])
    assert (done[0], done[-1]) == ((0, left), (left, left))


@pytest.mark.parametrize("cell", [ALONE, NESTED, TIMED, replace(NESTED, slope_sd=0, **WHOLE)])
@pytest.mark.parametrize("method", [METHODS[0], METHODS[3], SEM, BOOTSTRAP, PUBLISHED, WILD])
def test_effects_of_a_part_are_known_before_it_is_made(cell, method):
    design = Design(1, (cell,), (method,), EFFECTS, 2, 2, 2)
    (task,) = tasks_of(design)
    assert set(run_task(task)[method.key]) == set(effects_in(cell, method, EFFECTS))


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"a": {"b": 3}}', '{"a": {"b": {"n": 1}}}'])
def test_a_damaged_part_is_made_again(small_design, tmp_path, damage):
    design = replace(small_design, methods=METHODS[3:4])
    first = run_coverage(design, tmp_path)
    path = part_path(tmp_path, tasks_of(design)[0])
    whole = path.read_bytes()
    path.write_text(damage, encoding="utf-8")
    pd.testing.assert_frame_equal(run_coverage(design, tmp_path), first, check_exact=True)
    assert path.read_bytes() == whole


def test_a_part_that_lacks_studies_is_made_again(small_design, tmp_path):
    design = replace(small_design, methods=METHODS[3:4])
    first = run_coverage(design, tmp_path)
    path = part_path(tmp_path, tasks_of(design)[0])
    raw = json.loads(path.read_text(encoding="utf-8"))
    for effects in raw.values():
        effects["indirect within"]["n"] -= 1
    path.write_text(json.dumps(raw), encoding="utf-8")
    pd.testing.assert_frame_equal(run_coverage(design, tmp_path), first, check_exact=True)


def change_number(sums):
    sums["covered"] = "12"


def change_sum(sums):
    sums["width2"] = None


def change_cause(sums):
    sums["failures"] = {"not converged": "2"}


def lose_studies(sums):
    sums["n_judged"] -= 1


@pytest.mark.parametrize("damage", [change_number, change_sum, change_cause, lose_studies])
def test_a_part_with_wrong_numbers_is_made_again(small_design, tmp_path, damage):
    design = replace(small_design, methods=METHODS[3:4])
    first = run_coverage(design, tmp_path)
    path = part_path(tmp_path, tasks_of(design)[0])
    raw = json.loads(path.read_text(encoding="utf-8"))
    for effects in raw.values():
        damage(effects["indirect within"])
    path.write_text(json.dumps(raw), encoding="utf-8")
    pd.testing.assert_frame_equal(run_coverage(design, tmp_path), first, check_exact=True)


@pytest.mark.parametrize("name", ["total", None])
def test_a_part_with_other_effects_is_made_again(small_design, tmp_path, name):
    design = replace(small_design, methods=METHODS[3:4], effects=("a", "b within"))
    first = run_coverage(design, tmp_path)
    path = part_path(tmp_path, tasks_of(design)[0])
    raw = json.loads(path.read_text(encoding="utf-8"))
    for effects in raw.values():
        sums = effects.pop("a")
        if name:
            effects[name] = sums
    path.write_text(json.dumps(raw), encoding="utf-8")
    pd.testing.assert_frame_equal(run_coverage(design, tmp_path), first, check_exact=True)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 6},
        {"effects": ("a",)},
        {"n_studies": 299},
        {"cells": (replace(FEW, alliance_icc=0.051), NESTED)},
        {"methods": (Method("default", med.MixedModels(), med.MonteCarlo(conf_level=0.9)),)},
    ],
    ids=["seed", "effects", "studies", "cell", "level"],
)
def test_another_design_has_parts_of_its_own(small_design, change):
    names = {task.name for task in tasks_of(replace(small_design, methods=METHODS[3:4]))}
    other = tasks_of(replace(small_design, **{"methods": METHODS[3:4], **change}))
    assert other[0].name not in names


def test_a_new_name_for_a_method_keeps_its_parts(small_design):
    renamed = tuple(replace(m, name=f"{m.name}!") for m in small_design.methods)
    names = [task.name for task in tasks_of(small_design)]
    assert [task.name for task in tasks_of(replace(small_design, methods=renamed))] == names
    assert len(set(names)) == len(names)


def test_no_file_is_left_half_written(small_design, tmp_path):
    run_coverage(replace(small_design, methods=METHODS[3:4]), tmp_path)
    assert not list(tmp_path.rglob("*.writing"))


@pytest.mark.parametrize("place", ["file", "file/under"])
def test_a_folder_that_cannot_be_written_is_refused_at_once(
    small_design, tmp_path, monkeypatch, place
):
    monkeypatch.setattr(run_module, "run_local", None)
    (tmp_path / "file").write_text("")
    with pytest.raises(SimulationError, match="can be written") as caught:
        run_coverage(small_design, tmp_path / place)
    assert f"{tmp_path / place}. Found: a file of that name" in str(caught.value)


def test_a_design_that_is_none_is_refused(tmp_path):
    with pytest.raises(SimulationError, match=r"must be a Design\. Found str\. Read it"):
        run_coverage("design.toml", tmp_path)


def test_effects_without_a_meaning_anywhere_are_refused(tmp_path):
    design = Design(1, (TIMED,), METHODS[3:4], ("contextual",))
    with pytest.raises(SimulationError, match="Expected an effect with a meaning"):
        run_coverage(design, tmp_path)


@pytest.mark.parametrize("path", ["a", "b", "slope_sd"])
def test_paths_whose_squares_overflow_are_refused(path):
    cell = replace(FEW, **{path: 101.0})
    with pytest.raises(SimulationError, match=f"`{path}` must be at most 100 in size"):
        Design(1, (cell,), METHODS[3:4])


def test_a_wild_bootstrap_of_five_clusters_says_that_it_cannot_reject(tmp_path):
    five, six = (Cell((6,) * n, a=0.3, b=0.4) for n in (5, 6))
    nested = Cell((6,) * 10, (2,) * 5, a=0.3, b=0.4)
    webb = replace(WILD, name="Webb", interval=med.WildClusterBootstrap(weights=WildWeights.WEBB))
    design = Design(1, (five, six, nested), (WILD, webb, METHODS[3]), n_studies=2,
                    n_studies_resampled=2)  # fmt: skip
    notes = run_coverage(design, tmp_path).set_index(["cell", "method"])["note"]
    said = "with 5 clusters the least p-value that signs can give is 0.0625"
    for cell in (five, nested):
        assert notes[cell.id, "wild"].startswith(said)
        assert notes[cell.id, "Webb"] == notes[cell.id, "default"] == ""
    assert notes[six.id, "wild"] == ""


def test_no_process_at_all_is_refused(small_design, tmp_path):
    with pytest.raises(SimulationError, match="n_jobs"):
        run_coverage(small_design, tmp_path, n_jobs=0)


def test_a_cell_that_cannot_be_analyzed_is_named(small_design, tmp_path):
    design = replace(small_design, cells=(Cell((10, 10, 10)),))
    with pytest.raises(SimulationError, match=r"cell 3x10 equal icc .05 a 0 b 0, .* at least 5"):
        run_coverage(design, tmp_path)


def test_evidence_is_found_again(tmp_path):
    """Simulations with another program (14 teams of 22 and 7 of 44, ICC .05, a = 0).

    Least squares that takes clients as independent called the a-path significant in 18% and 27%
    of the studies, mixed models with Kenward-Roger in 5% at most.
    """
    cells = (Cell((22,) * 14, a=0.0, b=0.4), Cell((44,) * 7, a=0.0, b=0.4))
    methods = (
        Method("blind", med.OLS(), med.MonteCarlo()),
        Method("default", med.MixedModels(), med.MonteCarlo()),
    )
    table = run_coverage(Design(1, cells, methods, ("a",), n_studies=2000), tmp_path)
    rates = table.set_index(["n_teams", "method"])
    errors = rates["rejection_error"]
    for place, expected in (((14, "blind"), 0.18), ((7, "blind"), 0.27)):
        # The evidence is rounded to a percent.
        assert abs(rates["rejection"][place] - expected) < 3 * errors[place] + 0.005
    for place in ((14, "default"), (7, "default")):
        assert rates["rejection"][place] < 0.055 + 3 * errors[place]
    assert (table["rejection_kind"] == "type I error").all()
