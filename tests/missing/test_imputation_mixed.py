"""The sampler against the posterior by brute force."""

import numpy as np
import pytest

from mediation.missing.imputation_mixed import SLOPE_SD, Nest, draw_mixed, start_variances

SCALE = 0.5


@pytest.fixture(scope="module")
def nested():
    """Rows of 9 teams in 4 organizations, sorted; one team has no observed row."""
    rng = np.random.default_rng(5)
    sizes = rng.integers(2, 8, 9)
    of_row = np.repeat(np.arange(9), sizes)
    parents = np.array([0, 0, 0, 1, 1, 2, 2, 2, 3])
    nest = Nest(of_row, (4, 9), (parents,))
    x = np.stack([np.ones(len(of_row)), rng.normal(size=len(of_row)), rng.normal(size=9)[of_row]])
    y = (
        x.T @ [0.2, 0.5, 0.3]
        + 0.5 * rng.normal(size=9)[of_row]
        + 0.8 * rng.normal(size=len(of_row))
    )
    at = np.flatnonzero((rng.random(len(of_row)) < 0.8) & (of_row != 5))
    return nest, x, y, at


def log_posterior(nest, x, y, at, sds):
    """Log density of log SDs (organization, team, residual) with coefficients integrated out."""
    team = nest.of_row[at]
    organization = nest.parents[0][team]
    same = [(g[:, None] == g).astype(float) for g in (organization, team)]
    slopes = SLOPE_SD**2 * x[:, at].T @ x[:, at]
    v = slopes + sum(s**2 * d for s, d in zip(sds[:2], same, strict=True))
    v = v + sds[2] ** 2 * np.eye(len(at))
    root = np.linalg.cholesky(v)
    z = np.linalg.solve(root, y[at])
    prior = -sum(np.log1p((s / SCALE) ** 2) for s in sds[:2])
    # The residual has density 1 / variance; on the log scale every SD adds its own Jacobian.
    return -np.log(np.diag(root)).sum() - z @ z / 2 + prior + np.log(sds[0]) + np.log(sds[1])


def by_brute_force(nest, x, y, at):
    """Posterior means of the SDs and of the expected value of every row."""
    logs = [np.linspace(np.log(0.01), np.log(8), 26)] * 2 + [
        np.linspace(np.log(0.5), np.log(1.6), 15)
    ]
    grid = np.exp(np.stack(np.meshgrid(*logs, indexing="ij"), axis=-1).reshape(-1, 3))
    density = np.array([log_posterior(nest, x, y, at, sds) for sds in grid])
    weight = np.exp(density - density.max())
    weight /= weight.sum()
    of_all = nest.of_row
    organization = nest.parents[0][of_all]
    same = [(g[:, None] == g).astype(float) for g in (organization, of_all)]
    expected = np.zeros(len(of_all))
    for sds, w in zip(grid, weight, strict=True):
        if w > 1e-7:
            prior = SLOPE_SD**2 * x.T @ x + sds[0] ** 2 * same[0] + sds[1] ** 2 * same[1]
            v = prior[np.ix_(at, at)] + sds[2] ** 2 * np.eye(len(at))
            expected += w * prior[:, at] @ np.linalg.solve(v, y[at])
    return np.minimum(grid, 1.5).T @ weight, expected


def test_draws_have_the_posterior_of_brute_force(nested):
    nest, x, y, at = nested
    n_chains, rng = 1_500, np.random.default_rng(2)
    state = start_variances(n_chains, 2)
    seen = np.repeat(x[None][:, :, at], n_chains, axis=0)
    whole = np.repeat(x[None], n_chains, axis=0)
    sds, expected = [], []
    for sweep in range(60):
        drawn = draw_mixed(seen, y[at], at, nest, state, SCALE, rng)
        if sweep >= 20 and sweep % 4 == 0:
            clusters = np.abs(state.factor) * state.scale
            both = np.column_stack([clusters, np.sqrt(state.residual)])
            sds.append(np.minimum(both, 1.5))
            expected.append(drawn.predict(whole, nest.of_row))
    wanted_sds, wanted = by_brute_force(nest, x, y, at)
    # Draws of one chain go together: the error is that of the means of the chains.
    for found, value in ((np.array(sds), wanted_sds), (np.array(expected), wanted)):
        means = found.mean(axis=0)
        error = means.std(axis=0) / np.sqrt(n_chains)
        assert (np.abs(means.mean(axis=0) - value) < 4.5 * error + 3e-3).all()


def test_without_clusters_it_is_bayesian_least_squares():
    rng = np.random.default_rng(3)
    x = np.stack([np.ones(40), rng.normal(size=40)])
    y = x.T @ [1.0, -0.5] + rng.normal(size=40)
    nest, n_chains = Nest(np.zeros(0, dtype=np.int64), (), ()), 20_000
    state = start_variances(n_chains, 0)
    many = np.repeat(x[None], n_chains, axis=0)
    at = np.arange(40)
    for _ in range(6):
        drawn = draw_mixed(many, y, at, nest, state, SCALE, rng)
    slopes, residual, *_ = np.linalg.lstsq(x.T, y, rcond=None)
    covariance = residual / 36 * np.linalg.inv(x @ x.T)
    assert drawn.slopes.mean(axis=0) == pytest.approx(
        slopes, abs=5 * np.sqrt(covariance.max() / n_chains)
    )
    assert np.cov(drawn.slopes.T) == pytest.approx(covariance, rel=0.1, abs=1e-3)
    assert state.residual.mean() == pytest.approx(residual.item() / 36, rel=0.02)


def test_sums_go_up_the_tree(nested):
    nest, _, y, at = nested
    team = nest.of_row[at]
    sums = nest.sums(y[at], at)
    assert sums == pytest.approx(np.bincount(team, weights=y[at], minlength=9))
    above = nest.parents[0][team]
    assert nest.up(sums, 1) == pytest.approx(np.bincount(above, weights=y[at], minlength=4))
    assert nest.inner_of(0).tolist() == nest.parents[0].tolist()
    assert nest.inner_of(1).tolist() == list(range(9))
