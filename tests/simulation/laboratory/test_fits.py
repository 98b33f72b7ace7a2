"""The lean fits give what `estimate_batch` gives, engine by engine."""

from __future__ import annotations

import numpy as np
import pytest

import mediation as med
from mediation.simulation.laboratory.least_squares_paths import fit_least_squares
from mediation.simulation.laboratory.mixed_paths import fit_mixed
from mediation.simulation.laboratory.studies import draw_studies, matrices_of
from mediation.vocabulary import Convergence, Covariance, SlopeCovariance, ZeroVariance

from .conftest import ALONE, FEW, NESTED, TIMED

CELLS = {"alone": ALONE, "nested": NESTED, "timed": TIMED, "few": FEW}
LEAST = tuple(med.OLS(each) for each in (Covariance.CLASSICAL, Covariance.CR1, Covariance.CR2))


def mixed(zero_variance):
    return tuple(
        med.MixedModels(zero_variance=zero_variance, slope_covariance=each)
        for each in SlopeCovariance
    )


def assert_same(found, batch):
    """Paths, covariance and df are those of a batch, whose last path may not be fitted."""
    k = found.values.shape[1]
    assert found.parameters == batch.parameters[:k]
    assert found.equation == batch.equation[:k]
    assert found.shares_divisor == batch.shares_divisor[:k]
    np.testing.assert_allclose(found.values, batch.values[:, :k], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(found.covariance, batch.covariance[:, :k, :k], rtol=1e-8, atol=1e-14)
    np.testing.assert_allclose(found.df, batch.df[:, :k], rtol=1e-8)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("with_total", [False, True])
def test_least_squares_is_that_of_a_batch(cell, with_total):
    studies = draw_studies(cell, 3, 0)
    here = matrices_of(cell.model(), studies, 40, with_total=with_total)
    for engine, found in zip(
        LEAST, fit_least_squares(LEAST, here.prepared, here.values), strict=True
    ):
        batch = med.estimate_batch(cell.model(), here.frame, engine, here.drawn)
        assert found.values.shape[1] == len(batch.parameters) - (not with_total)
        assert_same(found, batch)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("zero_variance", ZeroVariance)
def test_mixed_models_are_those_of_a_batch(cell, zero_variance):
    studies = draw_studies(cell, 3, 0)
    here = matrices_of(cell.model(), studies, 60, with_total=True)
    engines = mixed(zero_variance)
    for engine, found in zip(engines, fit_mixed(engines, here.prepared, here.values), strict=True):
        batch = med.estimate_batch(cell.model(), here.frame, engine, here.drawn)
        assert_same(found, batch)
        assert found.convergence == batch.convergence
        assert Convergence.BOUNDARY in found.convergence


def test_studies_of_a_chunk_do_not_depend_on_how_many_are_wanted():
    few, many = (
        matrices_of(FEW.model(), draw_studies(FEW, 3, 1), n, with_total=False) for n in (3, 30)
    )
    np.testing.assert_array_equal(few.values, many.values[:3])


def test_chunks_cells_and_seeds_have_studies_of_their_own():
    first = draw_studies(FEW, 3, 0).m
    for other in (draw_studies(FEW, 3, 1), draw_studies(FEW, 4, 0)):
        assert abs(np.corrcoef(first.ravel(), other.m.ravel())[0, 1]) < 0.05
    assert not np.array_equal(draw_studies(ALONE, 3, 0).m[:, :84], first)
