"""Studies that nobody can analyze are failures of every method, and stop nothing."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import MediationError
from mediation.simulation.laboratory import run_coverage
from mediation.simulation.laboratory.design_file import parse_design
from mediation.simulation.laboratory.studies import draw_studies

DESIGN = """
seed = 7
n_studies = 250
n_studies_resampled = 250
n_resamples = 100
[[cells]]
teams = 7
mean_size = 5
ceiling_share = 0.93
b = 0.4
[[methods]]
name = "default"
engine = { name = "mixed_models" }
interval = { name = "monte_carlo" }
[[methods]]
name = "least squares"
engine = { name = "ols", covariance = "cr1" }
interval = { name = "delta" }
[[methods]]
name = "bootstrap"
engine = { name = "mixed_models" }
interval = { name = "bootstrap", enumerate_up_to = 0 }
[[methods]]
name = "wild"
engine = { name = "ols", covariance = "cr1" }
interval = { name = "wild_cluster_bootstrap" }
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    return run_coverage(parse_design(DESIGN), tmp_path_factory.mktemp("coverage"))


def n_refused(design):
    """Studies of the first chunk that the default engine refuses one by one."""
    (cell,) = design.cells
    batch = draw_studies(cell, design.seed, 0)
    refused = 0
    for number in range(len(batch.x)):
        frame = batch.frame().assign(**{k: v[number] for k, v in batch.drawn.items()})
        try:
            med.estimate(cell.model(), frame, med.MixedModels())
        except MediationError:
            refused += 1
    return refused


def test_refused_studies_are_failures(table):
    expected = n_refused(parse_design(DESIGN))
    assert 0 < expected < 125
    failed = table.set_index("method").n_failed
    assert failed["default"] == expected
    assert (failed > 0).all()


def test_the_others_are_analyzed(table):
    rates = pd.concat([table.rejection, table.coverage.dropna()])
    assert np.isfinite(rates).all()
    assert (table.n_studies == 250).all()
