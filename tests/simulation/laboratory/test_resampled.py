"""Resampled studies give the limits and p-values that the intervals give for each study."""

from __future__ import annotations

import numpy as np
import pytest

import mediation as med
from mediation.inference.bootstrap import Bootstrap
from mediation.inference.wild_bootstrap import WildClusterBootstrap
from mediation.model import Form, Parameter
from mediation.model.effects import Term
from mediation.simulation.laboratory.design import Method
from mediation.simulation.laboratory.effects import forms_of
from mediation.simulation.laboratory.resampled import (
    TOO_MANY_FAILED,
    Resamples,
    judge_resamples,
    judge_wild,
    reduce_for_wild,
    resample_studies,
    wild_effect_p_values,
)
from mediation.simulation.laboratory.studies import draw_studies, matrices_of, parameters_of
from mediation.vocabulary import BootstrapLimits, Covariance, Level, PathName, Resample

from .conftest import ALONE, FEW

N = 3


def studies_of(cell, model, n=N):
    studies = draw_studies(cell, 11, 0)
    here = matrices_of(model, studies, n, with_total=False)
    frames = [
        studies.frame().assign(**{name: values[i] for name, values in studies.drawn.items()})
        for i in range(n)
    ]
    forms = forms_of(parameters_of(here.prepared), ("indirect within", "a"), predictor_varies=False)
    return here, frames, forms


def padded(form, n_paths):
    """The same function of the paths of a model that has more of them, the total at the end."""

    def more(weights):
        return None if weights is None else np.append(weights, np.zeros(n_paths - len(weights)))

    return Form(tuple(Term(more(left), more(right)) for left, right in form.terms))


@pytest.mark.parametrize("limits", BootstrapLimits)
@pytest.mark.parametrize("effect", ["indirect within", "a"])
def test_enumerated_bootstraps_are_those_of_the_interval(limits, effect):
    options = Bootstrap(limits=limits)
    here, frames, forms = studies_of(FEW, FEW.model())
    engine, rng = med.MixedModels(), np.random.default_rng(1)
    resamples = resample_studies(engine, options, here, rng, with_left_out=True)
    found = judge_resamples(options, resamples, forms[effect], 0.1)
    for number, frame in enumerate(frames):
        fit = med.estimate(FEW.model(), frame, engine)
        said = options.solve(fit, rng).estimate(padded(forms[effect], len(fit.paths.values)))
        assert found.estimates[number] == pytest.approx(said.estimate, rel=1e-7)
        assert found.widths[number] == pytest.approx(said.conf_high - said.conf_low, rel=1e-5)
        assert found.covered[number] == (said.conf_low <= 0.1 <= said.conf_high)
        assert found.rejected[number] == (not said.conf_low <= 0 <= said.conf_high)


def test_drawn_bootstrap_of_clients_is_that_of_the_interval_within_its_error():
    method = Method("published", med.OLS(), Bootstrap(Resample.CLIENTS, n_resamples=4000), True)
    model = method.model(ALONE)
    here, frames, forms = studies_of(ALONE, model, 1)
    rng = np.random.default_rng(1)
    resamples = resample_studies(med.OLS(), method.interval, here, rng, with_left_out=False)
    found = judge_resamples(method.interval, resamples, forms["indirect within"], 0.0)
    fit = med.estimate(model, frames[0], med.OLS())
    form = padded(forms["indirect within"], len(fit.paths.values))
    said = method.interval.solve(fit, np.random.default_rng(2)).estimate(form)
    error = 5 * said.limit_error * np.sqrt(2)
    assert found.widths[0] == pytest.approx(said.conf_high - said.conf_low, abs=error)


@pytest.mark.parametrize("ignores_clusters", [False, True])
def test_parametric_resamples_center_on_the_study(ignores_clusters):
    engine = med.OLS() if ignores_clusters else med.MixedModels()
    options = Bootstrap(Resample.PARAMETRIC, n_resamples=2000)
    model = Method("parametric", engine, options, ignores_clusters).model(ALONE)
    here, _, forms = studies_of(ALONE, model, 1)
    rng = np.random.default_rng(1)
    (study,) = resample_studies(engine, options, here, rng, with_left_out=False)
    drawn = forms["a"].value(study.values)
    error = drawn.std() / np.sqrt(len(drawn))
    assert abs(drawn.mean() - float(forms["a"].value(study.point))) < 5 * error


def test_too_many_failed_resamples_are_no_answer():
    parameters = tuple(Parameter(path, Level.SINGLE, "m") for path in (PathName.A, PathName.B))
    form = forms_of(parameters, ("a",), predictor_varies=False)["a"]
    kept = np.ones((40, 2))
    studies = [Resamples(np.ones(2), kept, None, None, n_drawn=n) for n in (100, 80)]
    found = judge_resamples(Bootstrap(n_resamples=100), studies, form, 1.0)
    assert dict(found.causes)[TOO_MANY_FAILED].tolist() == [True, False]
    assert found.covered.tolist()[1]
    assert found.resamples == (180, 100)


@pytest.mark.parametrize("effect", ["indirect within", "a"])
def test_enumerated_wild_bootstrap_is_that_of_the_interval(effect):
    options, engine = WildClusterBootstrap(), med.OLS(Covariance.CR1)
    here, frames, forms = studies_of(FEW, FEW.model(), 5)
    studies = reduce_for_wild(options, here, np.random.default_rng(1))
    p_values = wild_effect_p_values(studies, forms[effect])
    rng = np.random.default_rng(2)
    for number, frame in enumerate(frames):
        fit = med.estimate(FEW.model(), frame, engine)
        form = padded(forms[effect], len(fit.paths.values))
        said = options.solve(fit, rng).estimate(form)
        assert p_values[number] == pytest.approx(said.p_value, abs=1e-12)
    found = judge_wild(0.95, studies, forms[effect], p_values)
    np.testing.assert_array_equal(found.rejected, p_values <= 0.05)
    assert found.covered is None


def test_a_p_value_of_exactly_five_percent_rejects():
    here, _, forms = studies_of(FEW, FEW.model(), 4)
    studies = reduce_for_wild(WildClusterBootstrap(), here, np.random.default_rng(1))
    found = judge_wild(0.95, studies, forms["a"], np.array([0.05, 0.0500001, np.nan, 0.01]))
    assert found.rejected.tolist() == [True, False, False, True]
    assert found.causes[0][1].tolist() == [False, False, True, False]
