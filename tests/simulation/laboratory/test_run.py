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
from mediation.simulation.laboratory.design import Design, Kind, Method
from mediation.simulation.laboratory.parts import part_path
from mediation.simulation.laboratory.tasks import tasks_of

from .conftest import BOOTSTRAP, FEW, METHODS, NESTED


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


def test_a_folder_that_cannot_be_written_is_a_simulation_error(small_design, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SimulationError, match="can be written"):
        run_coverage(small_design, tmp_path / "file")


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
