"""Value, score and Hessian against the dense density and its finite differences."""

import numpy as np
import pytest

from mediation.estimation.two_level.inverse import invert_positive
from mediation.estimation.two_level.likelihood import differentiate, evaluate
from mediation.estimation.two_level.statistics import (
    BLOCK,
    reduce_clusters,
    single_clusters,
    sum_rows,
)

SHARES = [0.0, 0.3]


def reduced(data):
    return reduce_clusters(sum_rows(data.y, data.x, data.w, data.codes))


@pytest.mark.parametrize("missing", SHARES)
def test_value_is_the_density_of_all_observed_cells(structure, make, missing):
    data = make["rows"](structure, missing=missing)
    theta = make["theta"](structure, 3)
    theta[2, structure.positions["variances_between"][0]] = 0.0
    found = evaluate(structure, reduced(data), theta).value
    expected = [make["dense"](structure, data, each) for each in theta]
    np.testing.assert_allclose(found, expected, rtol=1e-11)


@pytest.mark.parametrize("missing", SHARES)
def test_score_is_the_slope_of_the_density(structure, make, missing):
    data = make["rows"](structure, missing=missing)
    (theta,) = make["theta"](structure, 1)
    h = 1e-5
    expected = [
        (
            make["dense"](structure, data, theta + h * e)
            - make["dense"](structure, data, theta - h * e)
        )
        / (2 * h)
        for e in np.eye(len(theta))
    ]
    found = evaluate(structure, reduced(data), theta[None]).score[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("missing", SHARES)
def test_hessian_is_the_slope_of_the_score(structure, make, missing):
    data = make["rows"](structure, missing=missing)
    statistics = reduced(data)
    (theta,) = make["theta"](structure, 1)
    h = 1e-5
    expected = [
        evaluate(structure, statistics, np.stack([theta + h * e, theta - h * e])).score
        for e in np.eye(len(theta))
    ]
    found = differentiate(structure, statistics, theta)
    np.testing.assert_allclose(
        found.hessian, [(up - down) / (2 * h) for up, down in expected], rtol=1e-6, atol=1e-5
    )
    np.testing.assert_allclose(found.value, make["dense"](structure, data, theta), rtol=1e-11)


@pytest.mark.parametrize("missing", SHARES)
def test_scores_of_clusters_are_those_of_each_cluster_alone(structure, make, missing):
    data = make["rows"](structure, missing=missing, n_clusters=8)
    rows = sum_rows(data.y, data.x, data.w, data.codes)
    (theta,) = make["theta"](structure, 1)
    alone = single_clusters(data.y, data.x, rows, data.codes)
    found = evaluate(structure, alone, np.broadcast_to(theta, (8, len(theta))))
    for j in range(8):
        mine = data.codes == j
        part = sum_rows(data.y[mine], data.x[mine], data.w[[j]], np.zeros(mine.sum(), int))
        expected = evaluate(structure, reduce_clusters(part), theta[None])
        np.testing.assert_allclose(found.value[j], expected.value[0], rtol=1e-11)
        np.testing.assert_allclose(found.score[j], expected.score[0], rtol=1e-9, atol=1e-11)


def test_many_clusters_of_one_size_become_a_few_rows(make):
    structure = make["two_one_one"]()
    data = make["rows"](structure, missing=0.0, n_clusters=300)
    statistics = reduced(data)
    assert sum(block.sums.shape[-1] for block in statistics.blocks) <= 5 * 4
    assert sum(block.n_clusters.sum() for block in statistics.blocks) == 300


def test_blocks_of_clusters_add_up(make):
    structure = make["two_one_one"]()
    data = make["rows"](structure, missing=0.4, n_clusters=2 * BLOCK)
    rng = np.random.default_rng(0)
    sizes = rng.integers(20, 60, size=2 * BLOCK)
    codes = np.repeat(np.arange(2 * BLOCK), sizes)
    y = rng.normal(size=(len(codes), 2))
    y[rng.random(y.shape) < 0.4] = np.nan
    kept = ~np.isnan(y).all(axis=1)
    rows = sum_rows(y[kept], np.empty((kept.sum(), 0)), data.w, codes[kept])
    statistics = reduce_clusters(rows)
    assert len(statistics.blocks) > 1
    (theta,) = make["theta"](structure, 1)
    alone = single_clusters(y[kept], np.empty((kept.sum(), 0)), rows, codes[kept])
    parts = evaluate(structure, alone, np.broadcast_to(theta, (2 * BLOCK, len(theta))))
    whole = evaluate(structure, statistics, theta[None])
    np.testing.assert_allclose(whole.value[0], parts.value.sum(), rtol=1e-11)
    np.testing.assert_allclose(whole.score[0], parts.score.sum(axis=0), rtol=1e-8, atol=1e-6)


def test_inverse_of_what_is_not_symmetric():
    rng = np.random.default_rng(2)
    a = rng.normal(size=(4, 4, 6))
    d = rng.uniform(size=(4, 1)) * np.array([1.0, 0.0, 2.0, 1.0])[:, None]
    positive = np.eye(4)[..., None] + np.einsum("ikm,jkm->ijm", a, a) * d[None, :, :]
    inverse, log_det = invert_positive(positive[None].copy())
    plain = np.moveaxis(positive, -1, 0)
    np.testing.assert_allclose(np.moveaxis(inverse[0], -1, 0), np.linalg.inv(plain), rtol=1e-9)
    np.testing.assert_allclose(log_det[0], np.linalg.slogdet(plain)[1], rtol=1e-11)
