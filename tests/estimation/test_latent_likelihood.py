"""The likelihood of a latent model: derivatives, scores, batches and resamples."""

import numpy as np
import pytest

from mediation.estimation.latent.covariance import resample
from mediation.estimation.latent.likelihood import (
    cluster_scores,
    differentiate,
    discrepancy,
    imply,
)
from mediation.estimation.latent.markers import Rescaling, choose_markers
from mediation.estimation.latent.rows import ClusterSums
from mediation.estimation.latent.solve import Ending, solve
from mediation.estimation.latent.structure import build_structure

STRUCTURE = build_structure(
    predictor="x",
    mediators=("m", "o", "n"),
    outcome="y",
    mediator_terms=("c",),
    outcome_terms=("c", "d"),
    indicators=(("m", ("i", "j", "k")), ("n", ("p", "q", "r"))),
)
N_PARAMETERS = len(STRUCTURE.slots)


@pytest.fixture
def rows():
    """A common factor among all variables, so that loadings are well determined."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, STRUCTURE.n_observed))
    for group in (("i", "j", "k"), ("p", "q", "r")):
        at = [STRUCTURE.variables.index(name) for name in group]
        z[:, at] += 1.5 * rng.normal(size=(300, 1)) + 0.4 * z[:, :1]
    z -= z.mean(axis=0)
    return z / z.std(axis=0)


@pytest.fixture
def point():
    return STRUCTURE.starts() + 0.05 * np.random.default_rng(1).normal(size=N_PARAMETERS)


def slopes(function, point, step=1e-5):
    """Central differences, one row per parameter."""
    moves = step * np.eye(len(point))
    return np.array([(function(point + m) - function(point - m)) / (2 * step) for m in moves])


def test_derivatives_are_those_of_differences(rows, point):
    moments = rows.T @ rows / len(rows)
    local = differentiate(STRUCTURE, point, moments)
    numeric = slopes(lambda v: discrepancy(STRUCTURE, v, moments), point)
    np.testing.assert_allclose(local.gradient, numeric, atol=1e-7)
    numeric = slopes(lambda v: differentiate(STRUCTURE, v, moments).gradient, point)
    np.testing.assert_allclose(local.hessian, numeric, atol=1e-6)


def test_where_the_model_holds_second_derivatives_are_their_expectation(point):
    implied = imply(STRUCTURE, point, np.eye(STRUCTURE.n_observed)).observed
    local = differentiate(STRUCTURE, point, implied)
    np.testing.assert_allclose(local.gradient, 0.0, atol=1e-12)
    np.testing.assert_allclose(local.hessian, local.expected, atol=1e-10)


def test_scores_of_clusters_are_differences_of_their_likelihoods(rows, point):
    codes = np.arange(len(rows)) % 5
    moments = rows.T @ rows / len(rows)
    products = np.array([rows[codes == g].T @ rows[codes == g] for g in range(5)])
    sizes = np.bincount(codes).astype(float)
    found = cluster_scores(STRUCTURE, point, moments, sizes, products)
    assert found.sum(axis=0) == pytest.approx(
        -len(rows) / 2 * differentiate(STRUCTURE, point, moments).gradient, abs=1e-9
    )

    def log_likelihoods(values):
        implied = imply(STRUCTURE, values, moments).observed
        z = np.einsum("ni,ij,nj->n", rows, np.linalg.inv(implied), rows)
        by_row = -(np.linalg.slogdet(implied)[1] + z) / 2
        return np.bincount(codes, weights=by_row)

    np.testing.assert_allclose(found, slopes(log_likelihoods, point).T, atol=1e-5)


def test_a_batch_is_its_members(rows):
    moments = np.array([part.T @ part / len(part) for part in (rows, rows[:200], rows[100:])])
    starts = np.repeat(STRUCTURE.starts()[None], 3, axis=0)
    together = solve(STRUCTURE, moments, starts)
    assert together.endings == (Ending.INTERIOR,) * 3
    for k in range(3):
        alone = solve(STRUCTURE, moments[k : k + 1], starts[:1])
        np.testing.assert_allclose(together.values[k], alone.values[0], atol=1e-9)
        local = differentiate(STRUCTURE, alone.values[0], moments[k])
        assert np.abs(local.gradient).max() < 1e-10


def test_a_resample_is_a_fit_to_the_rows_drawn(rows):
    parts = np.array_split(rows, 12)
    sums = ClusterSums(
        np.array([float(len(part)) for part in parts]),
        np.array([part.sum(axis=0) for part in parts]),
        np.array([part.T @ part for part in parts]),
    )
    start = solve(STRUCTURE, (rows.T @ rows / len(rows))[None], STRUCTURE.starts()[None])
    found = resample(STRUCTURE, start.values[0], sums, 50, seed=4)
    assert found.lost == ()
    drawn = np.random.default_rng(4).multinomial(12, np.full(12, 1 / 12), size=50)
    for counts, values in list(zip(drawn, found.values, strict=True))[:3]:
        # A cluster drawn twice stands there twice.
        stacked = np.concatenate(
            [part for part, count in zip(parts, counts, strict=True) for _ in range(count)]
        )
        moments = np.cov(stacked.T, bias=True)
        alone = solve(STRUCTURE, moments[None], STRUCTURE.starts()[None])
        np.testing.assert_allclose(values, alone.values[0], atol=1e-8)


def test_markers_change_parameters_but_not_the_covariance(rows):
    moments = rows.T @ rows / len(rows)
    first = solve(STRUCTURE, moments[None], STRUCTURE.starts()[None]).values[0]
    first[:2] = 2.0, 3.0
    other = choose_markers(STRUCTURE, first)
    assert other.markers[0] == "k"
    there = Rescaling(STRUCTURE, other)
    values = there.values(first)
    np.testing.assert_allclose(
        imply(other, values, moments).observed, imply(STRUCTURE, first, moments).observed
    )
    np.testing.assert_allclose(Rescaling(other, STRUCTURE).values(values), first)
    np.testing.assert_allclose(there.jacobian(first), slopes(there.values, first).T, atol=1e-6)
