"""The same tasks on a real Dask cluster, one of whose two workers is killed midway."""

from __future__ import annotations

import os
import signal
import warnings
from dataclasses import replace

import pandas as pd
import pytest

from mediation.errors import SimulationError
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory import run_coverage, schedule

from .conftest import METHODS, NESTED

pytest.importorskip("distributed")


@pytest.fixture
def cluster():
    from distributed import LocalCluster

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster:
            yield cluster


def test_a_run_survives_the_loss_of_a_worker(small_design, cluster, tmp_path):
    cells = tuple(replace(NESTED, a=0.05 * step) for step in range(6))
    design = replace(small_design, cells=cells, methods=METHODS[:4], n_studies=500)
    local = run_coverage(design, tmp_path / "local")
    killed = []

    def kill_one(done, of):
        if 0 < done < of and not killed:
            killed.append(cluster.workers[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    spread = run_coverage(
        design, tmp_path / "spread", scheduler=cluster.scheduler_address, progress=kill_one
    )
    assert killed
    pd.testing.assert_frame_equal(spread, local, check_exact=True)


def test_a_cell_that_cannot_be_analyzed_stops_the_run_with_its_own_words(
    small_design, cluster, tmp_path
):
    design = replace(small_design, cells=(Cell((10, 10, 10)),), methods=METHODS[3:4])
    with pytest.raises(SimulationError, match=r"cell 3x10 equal .* at least 5") as caught:
        run_coverage(design, tmp_path, scheduler=cluster.scheduler_address)
    assert "version" not in str(caught.value)
    assert "One could not" not in str(caught.value)


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "foo://1:2", "", "a b:3"])
def test_an_address_that_is_none_is_refused_before_dask_sees_it(
    small_design, tmp_path, monkeypatch, address
):
    monkeypatch.setattr("distributed.Client", None)
    with pytest.raises(SimulationError, match="Expected the address of a Dask scheduler"):
        run_coverage(small_design, tmp_path, scheduler=address)


def test_a_scheduler_that_does_not_answer_is_said(small_design, tmp_path, monkeypatch):
    monkeypatch.setattr(schedule, "SECONDS_TO_ANSWER", 0.5)
    with pytest.raises(SimulationError, match=r"Expected a Dask scheduler at tcp://127\.0\.0\.1:9"):
        run_coverage(small_design, tmp_path, scheduler="tcp://127.0.0.1:9")


def test_without_the_package_the_install_line_is_said(small_design, tmp_path, monkeypatch):
    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(schedule, "import_module", missing)
    with pytest.raises(SimulationError, match=r"pip install 'mediation\[distributed\]'"):
        run_coverage(small_design, tmp_path, scheduler="tcp://127.0.0.1:9")
