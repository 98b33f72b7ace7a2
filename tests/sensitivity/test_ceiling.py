"""Ceilings: closed forms of censored normals, maximum likelihood by quadrature, simulated truth."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, special, stats

from mediation.errors import EstimationError, SpecificationError
from mediation.estimation.design import prepare
from mediation.estimation.estimate import estimate
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.delta import Delta
from mediation.inference.infer import infer
from mediation.model import MediationModel
from mediation.sensitivity.ceiling import CeilingOptions, ceiling_correction
from mediation.sensitivity.ceiling_draws import draw_beyond
from mediation.sensitivity.tobit import fit_tobit
from mediation.vocabulary import DrawDistribution, Level, PathName

MODEL = MediationModel("x", ("m",), "y", clusters=("team",))
A, B, C = PathName.A, PathName.B, PathName.C_PRIME
# Share at the ceiling -> a, b within, b between, c': what ignoring it gives with 20 000 clusters of
# 20, intraclass correlations of .15, a = b = .5 and c' = .2 (simulated apart from this package).
TABLE = {
    0.0: (0.50, 0.50, 0.49, 0.20),
    0.1: (0.45, 0.53, 0.53, 0.21),
    0.2: (0.40, 0.56, 0.57, 0.22),
    0.3: (0.35, 0.59, 0.62, 0.23),
    0.5: (0.25, 0.67, 0.74, 0.26),
}


def in_the_limit(share, n=20):
    """Paths of the censored mediator with any number of clusters of n, in closed form.

    For normal variables cov(min(M, c), Z) = cov(M, Z) P(M < c), and the covariance of two censored
    ones is the integral of P(both < c) over their correlation (Price's theorem).
    """
    total, between = 1.25, 0.40
    z = stats.norm.ppf(1 - share) if share else 40.0

    def both_below(rho):
        return stats.multivariate_normal.cdf([z, z], cov=[[1, rho], [rho, 1]]) if share else 1.0

    kept, density = 1 - share, stats.norm.pdf(z)
    mean = -density + (z * share if share else 0.0)
    square = kept - z * density + (z * z * share if share else 0.0)
    variance = total * (square - mean**2)
    alike = total * integrate.quad(both_below, 0, between / total)[0]
    b_within = 0.5 * 0.85 * kept / (variance - alike)
    # Cluster means: variance, covariance with x and with the mean of y = 0.5 M + 0.2 x + ...
    of_means = alike + (variance - alike) / n
    with_x = 0.5 * kept
    with_y = 0.5 * (between * kept + 0.85 * kept / n) + 0.2 * with_x
    left, right = np.array([[of_means, with_x], [with_x, 1.0]]), np.array([with_y, 0.45])
    b_between, direct = np.linalg.solve(left, right)
    return with_x, b_within, b_between, direct


def two_levels(seed, share, n_teams, size):
    """The set-up of the table; `m` is censored, `true` is not."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x, u, v = rng.normal(size=(3, n_teams))[:, team]
    true = 0.5 * x + 0.15**0.5 * u + 0.85**0.5 * rng.normal(size=len(team))
    y = 0.5 * true + 0.2 * x + 0.15**0.5 * v + 0.85**0.5 * rng.normal(size=len(team))
    top = 1.25**0.5 * stats.norm.ppf(1 - share)
    frame = pd.DataFrame({"team": team, "x": x, "m": np.minimum(true, top), "true": true, "y": y})
    return frame, top


def paths(result):
    return {(p.path, p.level): p.value for p in result.paths}


KEYS = ((A, Level.BETWEEN), (B, Level.WITHIN), (B, Level.BETWEEN), (C, Level.BETWEEN))


@pytest.mark.parametrize("share", TABLE)
def test_closed_form_is_the_table(share):
    a, b_within, b_between, direct = in_the_limit(share)
    expected = TABLE[share]
    np.testing.assert_allclose([a, b_within, direct], [*expected[:2], expected[3]], atol=0.006)
    # One sample of clusters made the table: its b between without a ceiling is not quite .5.
    assert b_between / 0.5 == pytest.approx(expected[2] / TABLE[0.0][2], abs=0.015)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
def test_the_mark_of_a_ceiling_and_the_way_back(share):
    """As scored, the paths of the closed form; corrected, the truth, whatever the share."""
    frame, top = two_levels(int(100 * share), share, 600, 20)
    rng, options = np.random.default_rng(1), CeilingOptions(8, 60)
    ranges = {"m": (None, top)}
    found = ceiling_correction(MODEL, frame, MixedModels(), Delta(), ranges, rng, options)
    full = infer(estimate(MODEL, frame.assign(m=frame["true"]), MixedModels()), Delta(), rng)
    before, after, without = (paths(r) for r in (found.as_scored, found.corrected, full))

    assert found.shares[0].at_ceiling == pytest.approx(share, abs=0.015)
    assert found.apart == ()
    for key, shrunken, truth in zip(KEYS, in_the_limit(share), (0.5, 0.5, 0.5, 0.2), strict=True):
        assert abs(before[key].estimate - shrunken) < 3.5 * before[key].std_error, key
        assert abs(after[key].estimate - truth) < 3.5 * after[key].std_error, key
        # Far nearer to the analysis without a ceiling than chance would bring it.
        moved = abs(before[key].estimate - without[key].estimate)
        left = abs(after[key].estimate - without[key].estimate)
        assert left < max(0.25 * moved, 0.5 * without[key].std_error), key
        assert after[key].std_error >= 0.95 * without[key].std_error, key
    assert after[A, Level.BETWEEN].estimate > before[A, Level.BETWEEN].estimate
    assert after[B, Level.WITHIN].estimate < before[B, Level.WITHIN].estimate


def test_one_level_agrees_with_tobit_regression():
    """With an outcome that says nothing of m, the draws know no more than the likelihood."""
    case = Path(__file__).parents[1] / "reference" / "tobit_single"
    frame = pd.read_csv(case / "data.csv")
    expected = json.loads((case / "expected.json").read_text("utf-8"))
    frame["y"] = np.random.default_rng(3).normal(size=len(frame))
    model = MediationModel("x", ("m",), "y", covariates=("z",))
    rng, options = np.random.default_rng(2), CeilingOptions(200, 60)
    found = ceiling_correction(model, frame, OLS(), Delta(), {"m": (None, 2.0)}, rng, options)
    a = paths(found.corrected)[A, Level.SINGLE]
    error = expected["covariance"][1][1] ** 0.5

    assert found.shares[0].tobit == pytest.approx(expected["coefficients"][1], rel=1e-7)
    assert found.shares[0].tobit_error == pytest.approx(error, rel=1e-6)
    assert a.estimate == pytest.approx(expected["coefficients"][1], abs=0.2 * error)
    assert a.std_error == pytest.approx(error, rel=0.1)


def quadrature(frame, top):
    """Maximum likelihood of the two-level Tobit model of m on x; slope and standard error."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(25)
    log_weights = np.log(weights / weights.sum())
    m, x = frame["m"].to_numpy(), frame["x"].to_numpy()
    starts = np.flatnonzero(np.diff(frame["team"], prepend=-1))

    def minus(theta):
        sd, between = np.exp(theta[2:])
        z = (m - theta[0] - theta[1] * x)[:, None] - between * nodes
        each = np.where(
            (m >= top)[:, None], special.log_ndtr(-z / sd), stats.norm.logpdf(z, scale=sd)
        )
        return -special.logsumexp(np.add.reduceat(each, starts) + log_weights, axis=1).sum()

    best = optimize.minimize(minus, [0.0, 0.4, 0.0, -1.0], method="BFGS", options={"gtol": 1e-4})
    return best.x[1], best.hess_inv[1, 1] ** 0.5


def test_two_levels_agree_with_maximum_likelihood():
    frame, top = two_levels(5, 0.35, 80, 10)
    frame["y"] = np.random.default_rng(6).normal(size=len(frame))
    slope, error = quadrature(frame, top)
    rng, options = np.random.default_rng(7), CeilingOptions(150, 60)
    found = ceiling_correction(
        MODEL, frame, MixedModels(), Delta(), {"m": (None, top)}, rng, options
    )
    a = paths(found.corrected)[A, Level.BETWEEN]

    assert abs(paths(found.as_scored)[A, Level.BETWEEN].estimate - slope) > error
    assert a.estimate == pytest.approx(slope, abs=0.25 * error)
    assert a.std_error == pytest.approx(error, rel=0.15)


def test_only_scores_at_the_maximum_are_drawn_and_rows_keep_their_places():
    frame, top = two_levels(8, 0.3, 20, 9)
    frame["org"] = frame["team"] // 4
    frame = frame.sample(frac=1.0, random_state=np.random.default_rng(1))
    model = MediationModel("x", ("m",), "y", clusters=("org", "team"))
    rng = np.random.default_rng(2)
    drawn = draw_beyond(model, prepare(model, frame), {"m": top}, 6, 20, rng).values["m"]
    m = frame["m"].to_numpy()

    assert drawn.shape == (6, len(frame))
    np.testing.assert_allclose(drawn[:, m < top], np.tile(m[m < top], (6, 1)), rtol=1e-12)
    assert (drawn[:, m >= top] >= top).all()
    assert np.ptp(drawn[:, m >= top], axis=0).min() > 0
    # Whoever is high on the outcome is drawn higher: the draws know of it.
    high = frame["y"].to_numpy()[m >= top] > frame["y"].median()
    means = drawn[:, m >= top].mean(axis=0)
    assert means[high].mean() > means[~high].mean()


def test_two_mediators_are_drawn_together():
    frame, top = two_levels(9, 0.3, 150, 12)
    rng = np.random.default_rng(1)
    k = 0.4 * frame["x"] + 0.4 * frame["true"] + rng.normal(size=len(frame))
    frame["k"] = np.minimum(k, 0.8)
    frame["y"] += 0.5 * k
    model = MediationModel("x", ("m", "k"), "y", clusters=("team",))
    ranges = {"m": (None, top), "k": (None, 0.8)}
    options = CeilingOptions(8, 80)
    found = ceiling_correction(model, frame, MixedModels(), Delta(), ranges, rng, options)
    values = {(p.path, p.level, p.mediator): p.value for p in found.corrected.paths}
    for name in ("m", "k"):
        b = values[B, Level.WITHIN, name]
        assert abs(b.estimate - 0.5) < 3.5 * b.std_error
    assert {share.mediator for share in found.shares} == {"m", "k"}


@pytest.mark.parametrize("engine", [OLS(), TwoLevelSEM()], ids=["ols", "sem"])
def test_other_engines_are_corrected_too(engine):
    frame, top = two_levels(10, 0.3, 150, 12)
    rng = np.random.default_rng(1)
    ranges = {"m": (None, top)}
    found = ceiling_correction(MODEL, frame, engine, Delta(), ranges, rng, CeilingOptions(5, 50))
    full = infer(estimate(MODEL, frame.assign(m=frame["true"]), engine), Delta(), rng)
    after, without = paths(found.corrected), paths(full)
    for key in KEYS[:2]:
        assert abs(after[key].estimate - without[key].estimate) < without[key].std_error
    assert "beyond the ceiling" in found.corrected.fit.engine_label


def test_a_ceiling_that_nobody_reaches_is_left_alone():
    frame, _ = two_levels(11, 0.3, 20, 9)
    rng = np.random.default_rng(1)
    found = ceiling_correction(MODEL, frame, MixedModels(), Delta(), {"m": (-9, 9)}, rng)

    assert found.corrected is None
    assert (found.shares[0].at_ceiling, found.shares[0].n_at_floor) == (0.0, 0)
    assert np.isnan(found.shares[0].tobit)
    assert set(found.to_frame()["analysis"]) == {"as scored"}


def test_rows_with_missing_values_are_left_out_and_the_floor_is_counted():
    frame, top = two_levels(12, 0.3, 20, 9)
    low = float(frame["m"].quantile(0.2))
    frame["m"] = frame["m"].clip(lower=low)
    frame.loc[frame.index[:15], "y"] = np.nan
    rng = np.random.default_rng(1)
    ranges = {"m": (low, top), "somebody": (0, 1)}
    found = ceiling_correction(MODEL, frame, MixedModels(), Delta(), ranges, rng)
    (share,) = found.shares

    assert share.n == found.corrected.fit.counts.n_clients == len(frame) - 15
    assert share.at_floor == pytest.approx(0.2, abs=0.05)
    assert set(found.to_frame()["analysis"]) == {"as scored", "corrected"}


def test_chains_come_together_with_half_of_the_scores_at_the_end():
    """Seven organizations of two teams of 15; with 60 iterations some are held to be apart."""
    options = CeilingOptions()
    reached = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        team = np.repeat(np.arange(14), 15)
        x, u = rng.normal(size=14)[team], 0.8 * rng.normal(size=14)[team]
        m = 0.5 * x + u + rng.normal(size=210)
        y = 0.4 * m + 0.3 * x + rng.normal(size=14)[team] + 1.5 * rng.normal(size=210)
        top = float(np.quantile(m, 0.5))
        columns = {"organization": team // 2, "team": team, "x": x, "m": np.minimum(m, top), "y": y}
        model = MediationModel("x", ("m",), "y", clusters=("organization", "team"))
        prepared = prepare(model, pd.DataFrame(columns))
        n = (options.n_imputations, options.n_iterations)
        reached.append(draw_beyond(model, prepared, {"m": top}, *n, rng).trace.scale_reduction()[0])
    assert max(reached) < 1.2


def test_the_same_seed_gives_the_same_numbers():
    frame, top = two_levels(13, 0.3, 20, 9)
    both = [
        ceiling_correction(
            MODEL, frame, MixedModels(), Delta(), {"m": (None, top)}, np.random.default_rng(4)
        ).to_frame()
        for _ in range(2)
    ]
    pd.testing.assert_frame_equal(*both)


def test_what_cannot_be_corrected_is_refused():
    frame, top = two_levels(14, 0.3, 20, 9)
    rng = np.random.default_rng(1)
    with pytest.raises(SpecificationError, match="highest possible score"):
        ceiling_correction(MODEL, frame, MixedModels(), Delta(), {"m": (0, None)}, rng)
    with pytest.raises(SpecificationError, match="Choose one of them"):
        ceiling_correction(MODEL, frame, object(), Delta(), {"m": (0, top)}, rng)
    with pytest.raises(SpecificationError, match="at least 2 imputations"):
        CeilingOptions(1)
    nearly = frame.assign(m=np.where(np.arange(len(frame)) < 6, frame["m"] - 9, top))
    with pytest.raises(EstimationError, match="6 are below"):
        draw_beyond(MODEL, prepare(MODEL, nearly), {"m": top}, 2, 2, rng)


def test_tobit_of_one_level_ignores_clusters():
    frame, top = two_levels(15, 0.3, 20, 9)
    rng = np.random.default_rng(1)
    found = ceiling_correction(MODEL, frame, MixedModels(), Delta(), {"m": (None, top)}, rng)
    x = np.column_stack([np.ones(len(frame)), frame["x"]])
    alone = fit_tobit(x, frame["m"].to_numpy(), top - 1e-9)
    assert found.shares[0].tobit == pytest.approx(alone.coefficients[1], rel=1e-9)


@pytest.mark.slow
def test_intervals_hold_the_truth_at_the_size_of_the_study():
    """14 teams of 18, a quarter at the ceiling, 300 studies: as often as without a ceiling."""
    n, truth = 300, (0.5, 0.5, 0.5, 0.2)
    interval = Delta(distribution=DrawDistribution.T)
    found = np.zeros((3, len(KEYS), n, 3))
    for seed in range(n):
        frame, top = two_levels(5000 + seed, 0.25, 14, 18)
        rng = np.random.default_rng(seed)
        each = ceiling_correction(MODEL, frame, MixedModels(), interval, {"m": (None, top)}, rng)
        fit = estimate(MODEL, frame.assign(m=frame["true"]), MixedModels())
        for k, result in enumerate((each.as_scored, each.corrected, infer(fit, interval, rng))):
            for at, (key, true) in enumerate(zip(KEYS, truth, strict=True)):
                value = paths(result)[key]
                held = value.conf_low <= true <= value.conf_high
                found[k, at, seed] = value.estimate, value.std_error, held
    spread = found[1, :, :, 0].std(axis=1)
    bias = found[1, :, :, 0].mean(axis=1) - truth

    assert (np.abs(bias) < 3 * spread / np.sqrt(n)).all()
    # The SD of 300 estimates has an error of 4%; with 14 teams standard errors are a little small.
    np.testing.assert_allclose(found[1, :, :, 1].mean(axis=1), spread, rtol=0.14)
    shares = found[..., 2].mean(axis=2)
    # Three Monte Carlo errors of a share of .95 in 300 are .038.
    assert (shares[1] > 0.95 - 0.038).all()
    # The same studies: corrected and without a ceiling differ by less.
    assert (np.abs(shares[1] - shares[2]) < 0.035).all()
    # As scored, a and b within miss the truth more often than corrected.
    assert (shares[0, :2] < shares[1, :2] - 0.03).all(), shares
