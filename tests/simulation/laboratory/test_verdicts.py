"""What the laboratory says of an interval is what the interval says of each study."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mediation as med
from mediation.inference.delta import Delta
from mediation.inference.joint import JointSignificance
from mediation.inference.product_distribution import ProductDistribution
from mediation.simulation.laboratory.effects import forms_of
from mediation.simulation.laboratory.studies import draw_studies, matrices_of
from mediation.simulation.laboratory.verdicts import NO_ESTIMATE, NOT_CONVERGED, judge
from mediation.vocabulary import Convergence, DrawDistribution

from .conftest import ALONE, NORMAL

N = 12
EFFECTS = ("indirect within", "a", "b within", "indirect between", "direct", "total")
TRUTH = {"indirect within": 0.08, "a": 0.2, "b within": 0.4, "indirect between": 0.08}
ANALYTIC = {
    "product t": ProductDistribution(),
    "product normal": ProductDistribution(distribution=DrawDistribution.NORMAL),
    "delta": Delta(),
    "delta t, 90%": Delta(0.90, DrawDistribution.T),
}


@pytest.fixture(scope="module")
def batch():
    studies = draw_studies(ALONE, 7, 0)
    here = matrices_of(ALONE.model(), studies, N, with_total=True)
    return med.estimate_batch(ALONE.model(), here.frame, med.MixedModels(), here.drawn)


@pytest.fixture(scope="module")
def fits():
    studies = draw_studies(ALONE, 7, 0)
    frames = [
        studies.frame().assign(**{name: values[i] for name, values in studies.drawn.items()})
        for i in range(N)
    ]
    return [med.estimate(ALONE.model(), frame, med.MixedModels()) for frame in frames]


@pytest.fixture(scope="module")
def forms(batch):
    return forms_of(batch.parameters, EFFECTS, predictor_varies=False)


@pytest.mark.parametrize("interval", ANALYTIC.values(), ids=ANALYTIC)
@pytest.mark.parametrize("effect", EFFECTS)
def test_limits_without_draws_are_those_of_every_fit(interval, effect, batch, fits, forms):
    truth = TRUTH.get(effect, 0.0)
    found = judge(interval, batch, forms[effect], truth, N)
    rng = np.random.default_rng(1)
    single = [interval.solve(fit, rng).estimate(forms[effect]) for fit in fits]
    low, high = (np.array([getattr(e, name) for e in single]) for name in ("conf_low", "conf_high"))
    np.testing.assert_allclose(found.estimates, [e.estimate for e in single], rtol=1e-9)
    np.testing.assert_allclose(found.widths, high - low, rtol=1e-7)
    np.testing.assert_array_equal(found.rejected, (low > 0) | (high < 0))
    np.testing.assert_array_equal(found.covered, (low <= truth) & (truth <= high))


@pytest.mark.parametrize("interval", [med.MonteCarlo(n_draws=400_000), NORMAL], ids=["t", "normal"])
def test_quadrature_stands_for_monte_carlo_draws(interval, batch, fits, forms):
    """Limits of many draws are the quantiles, within five of their own Monte Carlo errors."""
    drawn = med.MonteCarlo(n_draws=400_000, distribution=interval.distribution)
    form = forms["indirect within"]
    found = judge(interval, batch, form, 0.08, N)
    for number, fit in enumerate(fits[:5]):
        said = drawn.solve(fit, np.random.default_rng(number)).estimate(form)
        error = 5 * said.limit_error * np.sqrt(2)
        assert abs(found.widths[number] - (said.conf_high - said.conf_low)) < error
        for value, verdict in ((0.0, not found.rejected[number]), (0.08, found.covered[number])):
            if min(abs(value - said.conf_low), abs(value - said.conf_high)) > error:
                assert verdict == (said.conf_low <= value <= said.conf_high)


def test_joint_significance_has_p_values_and_no_limits(batch, fits, forms):
    form = forms["indirect within"]
    found = judge(JointSignificance(), batch, form, 0.08, N)
    rng = np.random.default_rng(1)
    p_values = np.array([JointSignificance().solve(f, rng).estimate(form).p_value for f in fits])
    np.testing.assert_array_equal(found.rejected, p_values <= 0.05)
    assert 0 < found.rejected.sum() < N
    assert found.covered is None
    assert len(found.widths) == 0


def test_widths_are_of_the_first_studies_alone(batch, forms):
    found = judge(med.MonteCarlo(), batch, forms["indirect within"], 0.0, 3)
    everything = judge(med.MonteCarlo(), batch, forms["indirect within"], 0.0, N)
    np.testing.assert_allclose(found.widths, everything.widths[:3])


def test_a_study_without_estimate_fails_by_its_cause(batch, forms):
    values = batch.values.copy()
    values[2] = np.nan
    ended = list(batch.convergence)
    ended[4] = Convergence.NOT_CONVERGED
    broken = replace(batch, values=values, convergence=tuple(ended))
    found = judge(med.MonteCarlo(), broken, forms["indirect within"], 0.08, N)
    causes = {name: np.flatnonzero(has_it).tolist() for name, has_it in found.causes}
    assert causes == {NOT_CONVERGED: [4], NO_ESTIMATE: [2]}


def test_a_path_that_the_effect_does_not_use_may_be_missing(batch, forms):
    at = [p.path.value for p in batch.parameters].index("total")
    values = batch.values.copy()
    values[:, at] = np.nan
    broken = replace(batch, values=values)
    found = judge(med.MonteCarlo(), broken, forms["indirect within"], 0.08, N)
    kept = judge(med.MonteCarlo(), batch, forms["indirect within"], 0.08, N)
    assert not any(has_it.any() for _, has_it in found.causes)
    np.testing.assert_allclose(found.widths, kept.widths)
