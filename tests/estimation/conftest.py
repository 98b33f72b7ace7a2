"""Nested rows with a chosen structure, and the slow, certain way to fit them."""

import itertools
from types import SimpleNamespace

import numpy as np
import pytest

from mediation.estimation.nested import nested_statistics
from mediation.estimation.reml import fit_reml
from mediation.vocabulary import Likelihood


@pytest.fixture
def nested_rows():
    """Three levels, sizes from 1 to 7: case managers in teams in organizations."""
    rng = np.random.default_rng(11)
    organization, team, manager = [], [], []
    next_team, next_manager = itertools.count(), itertools.count()
    for o in range(5):
        for _ in range(1 + o % 3):
            t = next(next_team)
            for _ in range(rng.integers(1, 4)):
                size = rng.integers(1, 8)
                organization += [o] * size
                team += [t] * size
                manager += [next(next_manager)] * size
    codes = tuple(np.array(c) for c in (organization, team, manager))
    n = len(organization)
    x = np.column_stack([np.ones(n), rng.normal(size=team[-1] + 1)[codes[1]], rng.normal(size=n)])
    y = x @ [1.0, 0.5, -0.3] + sum(rng.normal(size=c.max() + 1)[c] * 0.6 for c in codes)
    return x, y + rng.normal(size=n), codes


def dense_patterns(codes):
    """Z Z' of every level, and the identity first."""
    n = len(codes[0])
    return [np.eye(n)] + [(c[:, None] == c[None, :]).astype(float) for c in codes]


def dense_criterion(x, y, codes, ratios, sigma2, likelihood=Likelihood.REML):
    """-2 log (restricted) likelihood from the n x n covariance."""
    n, p = x.shape
    eye, *patterns = dense_patterns(codes)
    v = sigma2 * (eye + sum(r * d for r, d in zip(ratios, patterns, strict=True)))
    inverse = np.linalg.inv(v)
    information = x.T @ inverse @ x
    residual = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
    value = np.linalg.slogdet(v)[1] + residual @ inverse @ residual
    if likelihood is Likelihood.ML:
        return n * np.log(2 * np.pi) + value
    return (n - p) * np.log(2 * np.pi) + value + np.linalg.slogdet(information)[1]


@pytest.fixture
def oracle():
    return {"patterns": dense_patterns, "criterion": dense_criterion}


@pytest.fixture
def solve():
    """Fit one regression and give its solution without the dimension of data sets."""

    def solve_one(x, y, codes, likelihood=Likelihood.REML):
        statistics = nested_statistics(x, y, codes)
        fit = fit_reml(statistics, likelihood)
        return SimpleNamespace(
            statistics=statistics,
            fit=fit,
            ratios=fit.profile.ratios[0],
            sigma2=fit.profile.sigma2[0],
            coefficients=fit.profile.coefficients[0],
            criterion=fit.profile.value[0],
            convergence=fit.convergence[0],
        )

    return solve_one
