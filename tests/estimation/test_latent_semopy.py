"""Which of semopy's numbers are right: the reasons in the docstring of `LatentSEM`."""

import logging
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.latent.indices import degrees_of_freedom
from mediation.estimation.latent.likelihood import imply
from mediation.estimation.latent.structure import build_structure, describe_structure
from mediation.estimation.latent_sem import fit_semopy

REFERENCE = Path(__file__).parents[1] / "reference" / "latent_parcels"
DESCRIPTION = """
alliance =~ wai_1 + wai_2 + wai_3 + wai_4
alliance ~ fidelity + age
hope ~ alliance + fidelity + age
"""
STRUCTURE = build_structure(
    predictor="fidelity",
    mediators=("alliance",),
    outcome="hope",
    mediator_terms=("age",),
    outcome_terms=("age",),
    indicators=(("alliance", ("wai_1", "wai_2", "wai_3", "wai_4")),),
)


@pytest.fixture(scope="module")
def semopy():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import semopy

        yield semopy


@pytest.fixture(scope="module")
def data():
    return pd.read_csv(REFERENCE / "data.csv")


@pytest.fixture(scope="module")
def expected():
    rows = pd.read_csv(REFERENCE / "expected.csv", keep_default_na=False)
    rows = rows[rows.variant == "classical"]
    return {(r.lhs, r.op, r.rhs, r.quantity): float(r.value) for r in rows.itertuples()}


@pytest.fixture(scope="module")
def fitted(semopy, data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = semopy.Model(DESCRIPTION)
        model.fit(data)
        return model, model.inspect(), semopy.calc_stats(model).loc["Value"]


def test_its_matrices_are_right(semopy, data):
    z = data[list(STRUCTURE.observed)].to_numpy(dtype=float)
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    names = [f"v{k}" for k in range(STRUCTURE.n_observed)]
    model = semopy.Model(describe_structure(STRUCTURE))
    model.load(pd.DataFrame(z, columns=names))
    values = STRUCTURE.starts() + 0.1 * np.arange(len(STRUCTURE.slots)) / len(STRUCTURE.slots)
    free = [name for name, parameter in model.parameters.items() if parameter.active]
    model.update_matrices(np.array([values[int(name[1:])] for name in free]))
    theirs = pd.DataFrame(
        model.calc_sigma()[0], index=model.vars["observed"], columns=model.vars["observed"]
    )
    ours = imply(STRUCTURE, values, z.T @ z / len(z)).observed
    np.testing.assert_allclose(theirs.loc[names, names], ours, atol=1e-12)


def test_its_optimiser_stops_early(fitted, expected):
    _, table, _ = fitted
    (slope,) = table[(table.lval == "hope") & (table.rval == "fidelity")].Estimate
    off = abs(slope / expected["hope", "~", "fidelity", "estimate"] - 1)
    assert 1e-4 < off < 1e-2


def test_its_standard_errors_are_not_those_of_the_observed_information(fitted, expected):
    _, table, _ = fitted
    (error,) = table[(table.lval == "wai_3") & (table.rval == "alliance")]["Std. Err"]
    assert abs(error / expected["alliance", "=~", "wai_3", "std_error"] - 1) > 0.05


def test_its_degrees_of_freedom_count_what_is_given(fitted, expected):
    _, _, statistics = fitted
    assert statistics["DoF"] == expected["", "", "", "df"] + 3
    assert degrees_of_freedom(STRUCTURE) == expected["", "", "", "df"]
    assert abs(statistics["CFI"] - expected["", "", "", "cfi"]) > 1e-3
    assert abs(statistics["LogLik"] - expected["", "", "", "logl"]) > 1_000


def test_its_solution_is_a_start_and_leaves_no_trace(data):
    moments = np.corrcoef(data[list(STRUCTURE.observed)].to_numpy(dtype=float).T)
    handlers, level = list(logging.root.handlers), logging.root.manager.disable
    values = fit_semopy(STRUCTURE, moments)
    assert values is not None
    assert np.isfinite(values).all()
    assert (logging.root.handlers, logging.root.manager.disable) == (handlers, level)


def test_where_it_fails_there_is_no_start():
    assert fit_semopy(STRUCTURE, np.ones((STRUCTURE.n_observed,) * 2)) is None
