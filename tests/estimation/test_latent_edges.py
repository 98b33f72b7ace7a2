"""Latent mediators at the edges: one cluster alone, improper solutions, resamples, logging."""

import dataclasses
import itertools
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import EstimationError
from mediation.estimation.latent.covariance import model_covariance, resample
from mediation.estimation.latent.indices import degrees_of_freedom, scale_chi_square
from mediation.estimation.latent.likelihood import imply
from mediation.estimation.latent.rows import ClusterSums, gather_rows, sum_clusters
from mediation.estimation.latent.solve import Ending, solve
from mediation.estimation.latent.structure import build_structure
from mediation.estimation.latent_sem import LatentSEM
from mediation.vocabulary import LatentCovariance

MODEL = med.MediationModel("x", ("alliance",), "y", clusters=("team",))
WITH_CLUSTERS = (LatentCovariance.CLUSTER_ROBUST, LatentCovariance.CLUSTER_BOOTSTRAP)


def study(seed=1, n_teams=12, size=15):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x = rng.normal(size=n_teams)[team]
    alliance = 0.5 * x + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    frame = pd.DataFrame({"team": team, "x": x, "age": rng.normal(45, 10, len(team))})
    for k, loading in enumerate((1.0, 0.8, 1.2), 1):
        frame[f"w{k}"] = loading * alliance + rng.normal(scale=0.7, size=len(team))
    frame["y"] = 0.6 * alliance + 0.2 * x + rng.normal(size=len(team))
    return frame


def engine(items=("w1", "w2", "w3"), method=None, n_resamples=100):
    return LatentSEM({"alliance": items}, method, n_resamples)


def paths_by_name(fit):
    return {p.path.value: k for k, p in enumerate(fit.paths.parameters)}


@pytest.mark.parametrize("method", WITH_CLUSTERS)
def test_a_predictor_that_one_cluster_tells_apart_has_no_sandwich(method):
    for x in (lambda f: f.team == 3, lambda f: f.team != 3, lambda f: (f.team == 3) * f.age):
        frame = study().assign(x=lambda f, x=x: x(f).astype(float))
        with pytest.raises(EstimationError, match=r"One cluster alone .* apart: x\. .*MixedModels"):
            med.estimate(MODEL, frame, engine(method=method))
    frame = study().assign(urban=lambda f: (f.team == 0) * 1.0)
    model = dataclasses.replace(MODEL, covariates=("urban",))
    with pytest.raises(EstimationError, match=r"apart: urban\."):
        med.estimate(model, frame, engine(method=method))
    classical = engine(method=LatentCovariance.CLASSICAL)
    assert np.isfinite(med.estimate(model, frame, classical).paths.covariance).all()


def test_two_clusters_are_enough_to_tell_a_predictor_apart():
    frame = study().assign(x=lambda f: (f.team < 2) * 1.0)
    assert np.isfinite(med.estimate(MODEL, frame, engine()).paths.covariance).all()


@pytest.mark.parametrize("weak", [1.0, 0.1])
def test_bootstrap_does_not_depend_on_the_marker(weak):
    # A weak marker loses resamples if they are fitted by it.
    noise = np.random.default_rng(5).normal(size=180)
    frame = study().assign(w1=lambda f: weak * f.w1 + (1 - weak) * noise)
    fits = [
        med.estimate(MODEL, frame, engine(items, LatentCovariance.CLUSTER_BOOTSTRAP))
        for items in itertools.permutations(("w1", "w2", "w3"))
    ]
    at = paths_by_name(fits[0])
    chosen = [at["c_prime"], at["total"]]
    for fit in fits[1:]:
        np.testing.assert_allclose(fit.paths.values[chosen], fits[0].paths.values[chosen])
        np.testing.assert_allclose(
            fit.paths.covariance[np.ix_(chosen, chosen)],
            fits[0].paths.covariance[np.ix_(chosen, chosen)],
            rtol=1e-6,
        )


def test_bootstrap_total_is_that_of_each_resample():
    # Five clusters: a, b and c' vary so much that the delta method is far off.
    frame = study(3, n_teams=5)
    bootstrap = engine(method=LatentCovariance.CLUSTER_BOOTSTRAP, n_resamples=400)
    fit = med.estimate(MODEL, frame, bootstrap)
    at = paths_by_name(fit)
    values, covariance = fit.paths.values, fit.paths.covariance
    gradient = np.zeros(4)
    gradient[[at["a"], at["b"], at["c_prime"]]] = values[at["b"]], values[at["a"]], 1.0
    by_delta = gradient @ covariance @ gradient
    assert abs(covariance[at["total"], at["total"]] / by_delta - 1) > 0.01
    # The total is nearly the slope of y on x, whose bootstrap is that of least squares.
    rng = np.random.default_rng(0)
    both = [f[["x", "y"]].to_numpy() for _, f in frame.groupby("team")]
    counts = rng.multinomial(5, np.full(5, 0.2), size=2_000)
    means = counts @ np.array([b.mean(axis=0) for b in both]) / 5
    spread = np.tensordot(counts, [b.T @ b / 75 for b in both], axes=1)
    spread -= means[:, :, None] * means[:, None]
    spread = spread[spread[:, 0, 0] > 1e-9]
    slopes = spread[:, 0, 1] / spread[:, 0, 0]
    found = np.sqrt(covariance[at["total"], at["total"]])
    assert found == pytest.approx(np.std(slopes), rel=0.2)


def test_residuals_of_mediators_that_correlate_beyond_one_are_improper():
    structure = build_structure(
        predictor="x",
        mediators=("m", "n"),
        outcome="y",
        mediator_terms=(),
        outcome_terms=(),
        indicators=(("m", ("i", "j", "k")), ("n", ("p", "q", "r"))),
    )
    values = structure.starts()
    both = [{s.head, s.tail} == {"m", "n"} and not s.is_arrow for s in structure.slots]
    for covariance, ending in ((0.4, Ending.INTERIOR), (0.6, Ending.IMPROPER)):
        values[both] = covariance
        moments = imply(structure, values, np.eye(structure.n_observed)).observed
        found = solve(structure, moments[None], values[None])
        np.testing.assert_allclose(found.values[0], values, atol=1e-8)
        assert found.endings == (ending,)


def one_factor(noise):
    structure = build_structure(
        predictor="x",
        mediators=("m",),
        outcome="y",
        mediator_terms=(),
        outcome_terms=(),
        indicators=(("m", ("i", "j", "k")),),
    )
    values = structure.starts()
    values[[s.head == "i" and not s.is_arrow for s in structure.slots]] = noise
    return structure, imply(structure, values, np.eye(5)).observed


def test_a_variance_held_at_zero_has_no_standard_error():
    structure, moments = one_factor(-0.1)
    found = solve(structure, moments[None], structure.starts()[None])
    assert found.endings == (Ending.BOUNDARY,)
    covariance = model_covariance(found, 200)
    (held,) = np.flatnonzero(~found.is_free[0])
    assert structure.slots[held].head == "i"
    np.testing.assert_array_equal(covariance[held], 0.0)
    np.testing.assert_array_equal(covariance[:, held], 0.0)
    assert (np.delete(np.diag(covariance), held) > 0).all()


def test_a_scaling_factor_that_is_not_positive_is_left_out():
    rows = gather_rows(MODEL, (("alliance", ("w1", "w2", "w3")),), study())
    solution = solve(rows.structure, rows.moments[None], rows.structure.starts()[None])
    bread = model_covariance(solution, rows.counts.n_clients)
    sums = sum_clusters(rows)
    known = scale_chi_square(rows, solution.values[0], bread, bread, sums)
    assert dict(known)["chi_square_scaling_factor"] > 0
    assert scale_chi_square(rows, solution.values[0], 1e3 * bread, bread, sums) == ()


@pytest.mark.parametrize("n_items", [2, 3])
@pytest.mark.parametrize("mediators", [("m",), ("m", "n"), ("m", "o")])
@pytest.mark.parametrize("terms", [(), ("c",)])
@pytest.mark.parametrize("own", [(), ("d",)])
def test_every_latent_model_has_degrees_of_freedom(n_items, mediators, terms, own):
    structure = build_structure(
        predictor="x",
        mediators=mediators,
        outcome="y",
        mediator_terms=terms,
        outcome_terms=own,
        indicators=tuple(
            (name, tuple(f"{name}{k}" for k in range(n_items))) for name in mediators if name != "o"
        ),
    )
    assert degrees_of_freedom(structure) >= 1


def test_at_least_half_of_the_resamples_must_give_estimates():
    structure, moments = one_factor(0.5)
    rng = np.random.default_rng(0)
    good = rng.multivariate_normal(np.zeros(5), moments, size=(4, 30))
    good -= good.mean(axis=(0, 1))
    # The predictor varies in the first of four clusters alone, which (3/4)^4 = 32% of resamples
    # lack; with the second alone holding the variation of y, 1 - P(both drawn) = 57% lack one.
    x, y = structure.variables.index("x"), structure.variables.index("y")
    good[1:, :, x] = 0.0
    good[[0, 2, 3], :, y] = 0.0
    sums = ClusterSums(np.full(4, 30.0), good.sum(axis=1), np.einsum("gni,gnj->gij", good, good))
    with pytest.raises(EstimationError, match="At least half of the 200 resamples"):
        resample(structure, structure.starts(), sums, 200, seed=1)


QUIET = """
import logging
before = list(logging.root.handlers), logging.root.level, logging.root.manager.disable
import mediation.estimation.latent_sem
assert (logging.root.handlers, logging.root.level, logging.root.manager.disable) == before
from mediation.estimation.latent.quiet import quiet
with quiet():
    logging.warning("said by another library")
assert (logging.root.handlers, logging.root.level, logging.root.manager.disable) == before
logging.warning("said by the caller")
"""


def test_the_root_logger_stays_as_it_was():
    ended = subprocess.run(
        [sys.executable, "-c", QUIET], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "said by the caller" in ended.stderr
    assert "said by another library" not in ended.stderr
