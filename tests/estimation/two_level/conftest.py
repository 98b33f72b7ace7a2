"""Random two-level models, and the slow, certain way to their likelihood."""

import numpy as np
import pandas as pd
import pytest

from mediation.estimation.two_level.fit import TwoLevelData
from mediation.estimation.two_level.structure import LevelStructure, Structure, blocks_below


def matrix(*rows):
    return np.array(rows, dtype=bool)


def two_mediators():
    """Two mediators and an outcome, with effects left out here and there."""
    slopes = matrix([0, 0, 0], [0, 0, 0], [1, 1, 0])
    links = blocks_below(3, (range(2), range(2, 3)))
    within = LevelStructure(slopes, matrix([1, 1], [1, 0], [0, 1]), links)
    return Structure(within, LevelStructure(slopes, matrix([1, 1, 1], [1, 1, 0], [1, 0, 1]), links))


def chain():
    """A chain x -> m1 -> m2 -> y with no covariates within."""
    slopes = matrix([0, 0, 0], [1, 0, 0], [0, 1, 0])
    none = np.zeros((3, 3), bool)
    within = LevelStructure(slopes, np.zeros((3, 0), bool), none)
    return Structure(within, LevelStructure(slopes, np.ones((3, 2), bool), none))


def two_one_one():
    slopes, none = matrix([0, 0], [1, 0]), np.zeros((2, 2), bool)
    within = LevelStructure(slopes, np.zeros((2, 0), bool), none)
    return Structure(within, LevelStructure(slopes, np.ones((2, 2), bool), none))


STRUCTURES = {"two_mediators": two_mediators, "chain": chain, "two_one_one": two_one_one}


def random_rows(structure, *, missing, seed=0, n_clusters=25):
    """Clusters of 1 to 5 rows, two thirds of them of equal size, so that groups are large."""
    rng = np.random.default_rng(seed)
    p, q = structure.within.effects.shape
    r = structure.between.effects.shape[1]
    sizes = rng.integers(1, 6, n_clusters)
    sizes[: 2 * n_clusters // 3] = 3
    codes = np.repeat(np.arange(n_clusters), sizes)
    shared = rng.normal(size=(n_clusters, p))[codes] * 0.7
    y = rng.normal(size=(len(codes), p)) + shared
    gone = rng.random(y.shape) < missing
    gone[gone.all(axis=1)] = False
    w = np.column_stack([np.ones(n_clusters), rng.normal(size=(n_clusters, r - 1))])
    x = rng.normal(size=(len(codes), q))
    return TwoLevelData(np.where(gone, np.nan, y), x, w, codes)


def random_theta(structure, n, seed=1):
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=(n, structure.n_parameters)) * 0.5
    for name in ("variances_within", "variances_between"):
        at = structure.positions[name]
        theta[:, at] = np.abs(theta[:, at]) + 0.2
    return theta


def reduced_form(level):
    path = np.linalg.inv(np.eye(len(level.slopes[0])) - level.slopes[0])
    psi = level.unit[0] @ np.diag(level.variances[0]) @ level.unit[0].T
    return path @ psi @ path.T, path @ level.effects[0]


def dense_log_likelihood(structure, data, theta):
    """Sum of the normal log densities of the observed cells of every cluster."""
    within, between = structure.unpack(theta[None])
    (sigma_w, pi_w), (sigma_b, pi_b) = reduced_form(within), reduced_form(between)
    total = 0.0
    for j, w in enumerate(data.w):
        rows = data.codes == j
        n = rows.sum()
        v = np.kron(np.eye(n), sigma_w) + np.kron(np.ones((n, n)), sigma_b)
        gap = (data.y[rows] - data.x[rows] @ pi_w.T - pi_b @ w).ravel()
        seen = ~np.isnan(gap)
        v, gap = v[np.ix_(seen, seen)], gap[seen]
        total -= 0.5 * (
            seen.sum() * np.log(2 * np.pi) + np.linalg.slogdet(v)[1] + gap @ np.linalg.solve(v, gap)
        )
    return total


@pytest.fixture(params=STRUCTURES)
def structure(request):
    return STRUCTURES[request.param]()


@pytest.fixture
def make():
    return {
        "rows": random_rows,
        "theta": random_theta,
        "dense": dense_log_likelihood,
        "two_one_one": two_one_one,
        "two_mediators": two_mediators,
        "chain": chain,
    }


def make_study(seed=0, n_clusters=60, missing=0.0, size=8):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 2 * size - 2, n_clusters)
    team = np.repeat(np.arange(n_clusters), sizes)
    x, v = rng.normal(size=(2, n_clusters))
    age = rng.normal(45, 10, size=len(team))
    m = 0.4 * x[team] + 0.02 * age + 0.6 * rng.normal(size=n_clusters)[team]
    m += rng.normal(size=len(team))
    y = 0.5 * m - 0.2 * x[team] + 0.5 * rng.normal(size=n_clusters)[team]
    y += rng.normal(size=len(team))
    frame = pd.DataFrame({"team": team, "x": x[team], "v": v[team], "age": age, "m": m, "y": y})
    for name in ("m", "y"):
        frame.loc[rng.random(len(team)) < missing, name] = np.nan
    frame["sex"] = rng.choice(["f", "m"], len(team))
    return frame


@pytest.fixture
def study():
    return make_study
