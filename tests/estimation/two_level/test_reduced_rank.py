"""Covariates of the mediators alone: no start ends higher, and slopes without bound are named."""

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.estimation.two_level.ascent import Ascent
from mediation.estimation.two_level.boundary import find_runaways, interior
from mediation.estimation.two_level.design import design_two_level
from mediation.estimation.two_level.fit import prepare
from mediation.estimation.two_level.likelihood import evaluate
from mediation.estimation.two_level.maximize import maximize
from mediation.estimation.two_level.reduced_rank import (
    FAR,
    RankAscent,
    embed,
    from_rank,
    rank_form,
    rank_starts,
    to_full,
)
from mediation.estimation.two_level.start import starting_values
from mediation.model import Parameter
from mediation.vocabulary import EffectStatus, Level, PathName


def weak_study(seed, n_mediators=2, n_clusters=14, size=22):
    """Mediators that neither x nor v moves, and that hardly differ between teams."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_clusters), size)
    x, v = rng.normal(size=(2, n_clusters))
    frame = {"team": team, "x": x[team], "v": v[team]}
    names = tuple(f"m{k}" for k in range(n_mediators))

    def noise():
        between = np.sqrt(0.05) * rng.normal(size=n_clusters)[team]
        return between + np.sqrt(0.95) * rng.normal(size=len(team))

    y = 0.0
    for name in names:
        frame[name] = noise()
        y = y + 0.4 * frame[name]
    frame["y"] = y + noise()
    model = med.MediationModel("x", names, "y", clusters=("team",), mediator_covariates=("v",))
    return model, pd.DataFrame(frame)


def prepared_study(*args):
    design = design_two_level(*weak_study(*args))
    prepared = prepare(design.data)
    return design.structure, prepared, starting_values(design.structure, prepared.rows)


# Draws at which an ascent in the parameters of the model runs off, or stops at a lower maximum.
@pytest.mark.parametrize("seed", [2, 10, 38, 39, 44, 45, 55, 56, 57, 58, 91])
def test_no_other_start_ends_higher(seed):
    structure, prepared, start = prepared_study(seed)
    found = maximize(structure, prepared.statistics, start)
    assert found.has_converged
    form = rank_form(structure)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        moved = to_full(structure, form, start)
        shape = form.cells.shape
        left, right = rng.normal(size=(shape[0], form.rank)), rng.normal(size=(form.rank, shape[1]))
        moved[form.cells] = 0.3 * left @ right
        other = RankAscent(form, prepared.statistics, moved)
        assert other.climb()
        assert other.found.value <= found.value + 1e-6


# With few clusters some loadings are zero at the maximum: directions without information.
@pytest.mark.parametrize("args", [(3, 2, 6, 5), (10, 2, 6, 5), (13, 3, 8, 10), (37, 3, 8, 10)])
def test_every_start_ends_at_a_maximum(args):
    structure, prepared, start = prepared_study(*args)
    form = rank_form(structure)
    own = to_full(structure, form, start)
    wide = Ascent(form.loading, prepared.statistics, own[among(form)], interior(form.loading))
    assert wide.climb()
    best = embed(form.full, form.loading, wide.theta)
    starts = rank_starts(form, own, best)
    assert len(starts) == form.rank + 2
    for point in starts:
        assert RankAscent(form, prepared.statistics, point).climb()


def among(form):
    """Parameters of the full form that the loading form has too."""
    return np.isin(form.full.cells, form.loading.cells)


def test_coordinates_of_reduced_rank_and_back_change_nothing(make):
    structure, prepared, _ = prepared_study(0)
    (theta,) = make["theta"](structure, 1)
    form = rank_form(structure)
    ascent = RankAscent(form, prepared.statistics, to_full(structure, form, theta))
    value = evaluate(structure, prepared.statistics, theta[None]).value[0]
    assert ascent.found.value == pytest.approx(value, rel=1e-12)
    back, at_zero = from_rank(structure, form, *ascent.parts())
    assert not at_zero.any()
    np.testing.assert_allclose(back, theta, rtol=1e-9, atol=1e-12)


def test_score_and_hessian_of_reduced_rank_are_slopes_of_the_value(make):
    structure, prepared, _ = prepared_study(0)
    form = rank_form(structure)
    (theta,) = make["theta"](structure, 1)
    ascent = RankAscent(form, prepared.statistics, to_full(structure, form, theta))
    h, steps = 1e-5, np.eye(len(ascent.theta))
    differences = [
        (ascent.value(ascent.theta + h * e) - ascent.value(ascent.theta - h * e)) / (2 * h)
        for e in steps
    ]
    np.testing.assert_allclose(ascent.found.score, differences, rtol=1e-5, atol=1e-4)
    # The mediators' disturbances can be turned among each other without any change.
    idle = ascent._idle()
    assert idle.shape[1] == 1
    np.testing.assert_allclose(ascent.found.score @ idle, 0.0, atol=1e-8)
    # Other coordinates of the same point.
    before = ascent.found.value
    ascent.theta[-form.rank :] += 2 * FAR
    ascent.found = ascent._differentiate(ascent.theta)
    moved, value = ascent.parts()[0], ascent.found.value
    assert value != pytest.approx(before, rel=1e-6)
    ascent._choose_coordinates()
    np.testing.assert_allclose(ascent.parts()[0], moved, atol=1e-12)
    assert ascent.theta[-form.rank :] == pytest.approx(0.0)
    assert ascent.found.value == pytest.approx(value, rel=1e-12)


def test_information_in_loadings_is_that_of_the_parameters(make, monkeypatch):
    # Where nothing is near a bound both ways must agree.
    for n_mediators, covariates in ((2, ("v",)), (1, ())):
        model, frame = weak_study(3, n_mediators, 40)
        shared = np.random.default_rng(0).normal(size=(40, 3))[frame.team]
        frame["m0"] += shared[:, 0] + frame.v
        frame["y"] += shared[:, 1]
        if n_mediators == 2:
            frame["m1"] += shared[:, 2] - frame.v + 0.5 * shared[:, 0]
        model = med.MediationModel(
            "x", model.mediators, "y", clusters=("team",), mediator_covariates=covariates
        )
        design = design_two_level(model, frame)
        prepared = prepare(design.data)
        start = starting_values(design.structure, prepared.rows)
        roots = []
        for limit in (0.0, 2.0):
            monkeypatch.setattr("mediation.estimation.two_level.information.BLURRED", limit)
            roots.append(maximize(design.structure, prepared.statistics, start).root)
        plain, carried = (root @ root.T for root in roots)
        np.testing.assert_allclose(carried, plain, rtol=1e-6, atol=1e-10)


@pytest.mark.parametrize(("slope", "error", "is_named"), [(60, 31, 1), (60, 29, 0), (40, 99, 0)])
def test_only_large_and_unsure_slopes_are_runaways(make, slope, error, is_named):
    structure, *_ = prepared_study(0, 1)
    (theta,) = make["theta"](structure, 1)
    at = structure.positions
    theta[at["slopes_between"][1, 0]] = slope
    found = find_runaways(structure, theta, np.full(len(theta), float(error)))
    assert len(found) == is_named
    for trade in found:
        # c' goes with the slope, what moves the mediator does not.
        assert trade.direction[at["effects_between"][1, 1]] != 0.0
        assert not trade.direction[at["effects_between"][0]].any()


def test_a_slope_that_runs_off_is_not_identified_and_the_total_keeps_its_error(study):
    # The variance between teams of the mediator is 4e-6 at the maximum, the slope -287 (13,800).
    frame = study(1450, 20)
    model = med.MediationModel("x", ("m",), "y", covariates=("age",), clusters=("team",))
    fit = med.TwoLevelSEM().fit(model, frame)
    assert fit.not_identified == {
        Parameter(PathName.B, Level.BETWEEN, "m"),
        Parameter(PathName.C_PRIME, Level.BETWEEN, None),
    }
    assert any("cannot be told apart" in note for note in fit.notes)
    errors = np.sqrt(np.diag(fit.paths.covariance))
    assert (errors < 0.5).all()
    # The same where the covariate has another centre, which a blurred information does not give.
    moved = med.TwoLevelSEM().fit(model, frame.assign(age=frame.age - 45))
    np.testing.assert_allclose(np.sqrt(np.diag(moved.paths.covariance)), errors, rtol=1e-7)
    result = med.infer(fit, med.MonteCarlo(n_draws=200), np.random.default_rng(1))
    for effect in result.effects:
        if effect.status is EffectStatus.DEFINED:
            assert np.isfinite([effect.value.conf_low, effect.value.conf_high]).all()


def test_structures_of_other_kinds_have_no_such_form(make):
    assert rank_form(make["chain"]()) is None
    structure, *_ = prepared_study(0)
    assert rank_form(structure).rank == 2
