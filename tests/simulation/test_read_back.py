"""What is read from the files of a study is what was drawn, whatever the format of the files."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pytest

import mediation as med
from mediation.simulation import default_truth
from mediation.simulation.generate import simulate
from mediation.simulation.tables import tables_of
from mediation.simulation.write import TITLE, write_study

from .regression import wide

SEED = 11
PAIRS = [(4.5, 9.0), (13.5, 18.0)]


def complete():
    """The shipped world in which every client who has a score has answered all of its items."""
    truth = default_truth()
    return replace(truth, attrition=replace(truth.attrition, missing_item=0.0))


@pytest.fixture(scope="module")
def drawn():
    return simulate(complete(), np.random.default_rng(SEED))


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    folder = tmp_path_factory.mktemp("read") / "study"
    return med.load_study(write_study(complete(), SEED, folder, title=TITLE))


def link(study, pair):
    return med.link(study, med.WavePair(*pair))


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("outcome", ["quality_of_life", "hope", "community_functioning"])
def test_linked_rows_are_those_that_were_drawn(drawn, read, pair, outcome):
    expected = wide(drawn.rounded(), pair, outcome)
    found = link(read, pair).frame.set_index("client").loc[expected.index]
    assert (found["team"] == expected["team"]).all()
    assert (found["organization"] == expected["organization"]).all()
    assert (found["alliance"] == expected["alliance"]).all()
    assert (found[outcome] == expected["outcome"]).all()
    assert (found[f"{outcome}_0"] == expected["baseline"]).all()
    np.testing.assert_allclose(found["fidelity"], expected["fidelity"], rtol=0, atol=1e-12)


@pytest.mark.parametrize("pair", PAIRS)
def test_linked_case_manager_is_that_of_the_interview(drawn, read, pair):
    interviews = drawn.interviews[drawn.interviews["wave_months"] == pair[0]]
    expected = interviews.set_index("client_id")["case_manager"]
    found = link(read, pair).frame.set_index("client")["case_manager"].loc[expected.index]
    assert (found == expected).all()


def test_every_interview_is_in_the_window_of_its_wave(drawn, read):
    windows = link(read, PAIRS[0]).time.windows
    assert windows.n_outside == windows.n_undated == 0
    held = drawn.interviews.groupby("wave_months").size()
    assert {each.wave: each.n_held for each in windows.waves} == held.to_dict()
    assert all(each.n_second == 0 for each in windows.waves)
    assert sum(each.n_early for each in windows.waves) > 0
    assert sum(each.n_late for each in windows.waves) > 0


def as_parquet(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False)


def as_workbook(table: pd.DataFrame, path: Path) -> None:
    table.to_excel(path, index=False)


def as_statistics(table: pd.DataFrame, path: Path) -> None:
    pytest.importorskip("pyreadstat").write_sav(table, path)


FORMATS = {".parquet": as_parquet, ".xlsx": as_workbook, ".sav": as_statistics}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_format_of_files_gives_the_same_rows(ending, tmp_path):
    rng = np.random.default_rng(SEED)
    tables = tables_of(simulate(default_truth(), rng), rng)
    manifest = write_study(default_truth(), SEED, tmp_path, title=TITLE)
    expected = link(med.load_study(manifest), PAIRS[0]).frame
    for name, table in tables.items():
        (tmp_path / f"{name}.csv").unlink()
        FORMATS[ending](table, tmp_path / f"{name}{ending}")
    manifest.write_text(manifest.read_text().replace(".csv", ending))
    found = link(med.load_study(manifest), PAIRS[0]).frame
    pdt.assert_frame_equal(found, expected, check_exact=True)
