"""Which analyses stand beside the declared one: always two others, none of them the same."""

import itertools

import pytest

import mediation as med
from mediation.reporting.other_analyses import other_analyses, published_interval
from mediation.vocabulary import BootstrapLimits, Covariance, DrawDistribution, Resample

MODEL = med.MediationModel("x", ("m",), "y", clusters=("organization", "team"))
FLAT = med.MediationModel("x", ("m",), "y")
MIXED = "mixed models, t draws"
ROBUST = "least squares, CR2 by organization, t draws"
ENGINES = (med.MixedModels(), med.OLS(), med.OLS(Covariance.CR1), med.OLS(Covariance.CR2))
INTERVALS = (
    med.MonteCarlo(),
    med.MonteCarlo(distribution=DrawDistribution.NORMAL),
    med.Delta(),
    med.ProductDistribution(),
    med.JointSignificance(),
    med.Bootstrap(),
    med.Bootstrap(limits=BootstrapLimits.BC),
    med.WildClusterBootstrap(),
)


def names(model, engine, interval):
    return [each.name for each in other_analyses(model, engine, interval)]


def test_beside_the_default_stand_cr2_and_whole_clusters():
    whole = "mixed models, bootstrap of whole organizations"
    assert names(MODEL, med.MixedModels(), med.MonteCarlo()) == [ROBUST, whole]
    # The number of draws does not make another analysis.
    assert names(MODEL, med.MixedModels(), med.MonteCarlo(n_draws=500)) == [ROBUST, whole]


def test_beside_cr2_stand_mixed_models_and_whole_clusters():
    expected = [MIXED, "least squares, bootstrap of whole organizations"]
    for cluster in (None, "organization"):
        assert names(MODEL, med.OLS(Covariance.CR2, cluster), med.MonteCarlo()) == expected


def test_cr2_by_teams_is_another_analysis():
    assert names(MODEL, med.OLS(Covariance.CR2, "team"), med.MonteCarlo()) == [MIXED, ROBUST]


def test_rows_taken_as_independent():
    bootstrap, hc3, plain = (
        "least squares, percentile bootstrap",
        "least squares, HC3, t draws",
        "least squares, t draws",
    )
    assert names(FLAT, med.OLS(), med.MonteCarlo()) == [bootstrap, hc3]
    assert names(FLAT, med.OLS(), med.Bootstrap(Resample.CLIENTS)) == [hc3, plain]
    assert names(FLAT, med.OLS(Covariance.HC3), med.MonteCarlo()) == [bootstrap, plain]


@pytest.mark.parametrize(("engine", "interval"), list(itertools.product(ENGINES, INTERVALS)))
def test_there_are_always_two_with_the_same_level_and_streams_of_their_own(engine, interval):
    found = other_analyses(MODEL, engine, interval)
    assert len(found) == 2
    assert {each.interval.conf_level for each in found} == {0.95}
    assert len({each.number for each in found}) == 2
    assert all((each.engine, each.interval) != (engine, interval) for each in found)


def test_the_published_interval_has_the_declared_level():
    found = published_interval(0.9)
    assert (found.resample, found.n_resamples, found.conf_level) == (Resample.CLIENTS, 5000, 0.9)
