"""Cells and methods that the tests of the laboratory share."""

from __future__ import annotations

import pytest

import mediation as med
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.simulation.cell import Cell
from mediation.simulation.laboratory.design import Design, Method
from mediation.simulation.sizes import unequal_sizes
from mediation.vocabulary import Covariance, DrawDistribution, SlopeCovariance

NORMAL = med.MonteCarlo(distribution=DrawDistribution.NORMAL)
MODEL_BASED = med.MixedModels(slope_covariance=SlopeCovariance.MODEL)
ALONE = Cell(unequal_sizes(14, 22), a=0.2, b=0.4)
NESTED = Cell(unequal_sizes(14, 10), (1, 1, 1, 2, 2, 3, 4), a=0.2, b=0.4, slope_sd=0.1)
TIMED = Cell(unequal_sizes(14, 10), (2,) * 7, a=0.2, b=0.4, time_varying=True)
FEW = Cell(unequal_sizes(7, 12), a=0.0, b=0.4)

METHODS = (
    Method("OLS, CR1 z", med.OLS(Covariance.CR1), NORMAL),
    Method("OLS, CR2 t", med.OLS(Covariance.CR2), med.MonteCarlo()),
    Method("normal", med.MixedModels(), NORMAL),
    Method("default", med.MixedModels(), med.MonteCarlo()),
    Method("model-based", MODEL_BASED, med.MonteCarlo()),
    Method("joint", med.MixedModels(), JointSignificance()),
    Method("delta", med.MixedModels(), Delta()),
)
BOOTSTRAP = Method("bootstrap", med.MixedModels(), Bootstrap(n_resamples=100, enumerate_up_to=0))


@pytest.fixture
def small_design() -> Design:
    """Two cells, three kinds of methods, seconds of work."""
    return Design(
        seed=5,
        cells=(FEW, NESTED),
        methods=(*METHODS, BOOTSTRAP),
        n_studies=300,
        n_studies_resampled=5,
    )
