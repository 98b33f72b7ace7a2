"""Every interval against a reference, and the laws that all of them keep."""

from dataclasses import astuple, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mediation as med
from mediation.errors import InferenceError
from mediation.estimation.paths import PathEstimates
from mediation.inference.analytic import AnalyticSolution
from mediation.inference.infer import intervals_for
from mediation.inference.monte_carlo import DrawnSolution, draw_paths
from mediation.model import Form, Parameter, Term
from mediation.vocabulary import DrawDistribution, Level, PathName

CASE = Path(__file__).parents[1] / "reference" / "boot_single"
NORMAL = DrawDistribution.NORMAL
A = Parameter(PathName.A, Level.SINGLE, "m")
B = Parameter(PathName.B, Level.SINGLE, "m")
AB = Form((Term(np.array([1.0, 0.0]), np.array([0.0, 1.0])),))


def two_paths(a, b, se_a, se_b, rho=0.0, df=(np.inf, np.inf)):
    cross = rho * se_a * se_b
    covariance = np.array([[se_a**2, cross], [cross, se_b**2]])
    joint = (-1, -1) if rho else (0, 1)
    return PathEstimates((A, B), np.array([a, b]), covariance, np.array(df), joint, (False, False))


def lavaan_paths():
    table = pd.read_csv(CASE / "paths.csv").set_index("path")
    covariance = table.loc[["a", "b"], ["a", "b"]].to_numpy()
    values = table.loc[["a", "b"], "estimate"].to_numpy()
    return PathEstimates((A, B), values, covariance, np.full(2, np.inf), (-1, -1), (False, False))


def limits_of(method):
    table = pd.read_csv(CASE / "expected.csv").set_index(["method", "conf"])
    return table.loc[(method, 0.95), ["low", "high"]].to_numpy(float)


@pytest.mark.reference
def test_delta_method_of_lavaan():
    found = AnalyticSolution(lavaan_paths(), med.Delta()).estimate(AB)
    np.testing.assert_allclose([found.conf_low, found.conf_high], limits_of("delta"), rtol=1e-9)


@pytest.mark.reference
def test_monte_carlo_of_semtools():
    options = med.MonteCarlo(1_000_000, distribution=NORMAL)
    paths = lavaan_paths()
    draws = draw_paths(paths, options, np.random.default_rng(1))
    found = DrawnSolution(paths, options, draws).estimate(AB)
    # Both are drawn a million times.
    assert 0 < found.limit_error < 1e-3
    gap = np.abs(np.array([found.conf_low, found.conf_high]) - limits_of("monte_carlo"))
    assert gap.max() < 4 * np.sqrt(2) * found.limit_error


# Published limits of RMediation's vignette; the others by exact quadrature of Meeker's integral.
MEEKER = [
    (0.2, 0.4, 1.0, 1.0, 0.0, -2.18817854, 2.58722225),
    (0.5, 0.6, 0.08, 0.04, 0.0, 0.201080641, 0.405362003),
    (0.4, 0.3, 0.1, 0.1, 0.3, 0.0292640323, 0.2527576773),
    (0.14, 0.14, 0.1, 0.1, 0.0, -0.0129223957, 0.0736566166),
    (0.0, 0.0, 1.0, 1.0, 0.0, -2.18194898, 2.18194898),
]


@pytest.mark.reference
@pytest.mark.parametrize(("a", "b", "se_a", "se_b", "rho", "low", "high"), MEEKER)
def test_distribution_of_the_product_of_rmediation(a, b, se_a, se_b, rho, low, high):
    paths = two_paths(a, b, se_a, se_b, rho)
    options = med.ProductDistribution(distribution=NORMAL)
    found = AnalyticSolution(paths, options).estimate(AB)
    np.testing.assert_allclose([found.conf_low, found.conf_high], [low, high], atol=1e-8)


def test_distribution_of_the_product_is_what_t_draws_approach():
    paths = two_paths(0.5, 0.4, 0.2, 0.1, df=(5.0, 30.0))
    options = med.MonteCarlo(2_000_000)
    drawn = DrawnSolution(paths, options, draw_paths(paths, options, np.random.default_rng(4)))
    expected = AnalyticSolution(paths, med.ProductDistribution()).estimate(AB)
    found = drawn.estimate(AB)
    gap = np.array([found.conf_low - expected.conf_low, found.conf_high - expected.conf_high])
    assert np.abs(gap).max() < 4 * found.limit_error
    share = expected.p_value
    assert found.p_value == pytest.approx(share, abs=4 * np.sqrt(share / 2_000_000))


def test_joint_significance_is_the_larger_p():
    from scipy import stats

    paths = two_paths(0.5, 0.4, 0.2, 0.1, df=(5.0, 30.0))
    found = AnalyticSolution(paths, med.JointSignificance()).estimate(AB)
    assert found.p_value == pytest.approx(2 * stats.t.sf(2.5, 5.0), rel=1e-12)
    assert np.isnan([found.conf_low, found.conf_high]).all()


def study(seed=0, n_teams=10, size=12, scale=1.0):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x = rng.normal(size=n_teams)[team]
    m = 0.6 * x + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    y = 0.5 * m + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    organization = team // 2
    return pd.DataFrame(
        {"organization": organization, "team": team, "x": x, "m": scale * m, "y": scale * y}
    )


def mediate(frame, interval, **changes):
    roles = {"predictor": "x", "mediators": ["m"], "outcome": "y", "clusters": ["team"], "seed": 3}
    return med.mediate(frame, interval=interval, **(roles | changes))


CLUSTERS = med.Resample.CLUSTERS
WITH_LIMITS = {
    "monte_carlo": (med.MonteCarlo(2_000), {}),
    "monte_carlo_normal": (med.MonteCarlo(2_000, distribution=NORMAL), {}),
    "product": (med.ProductDistribution(), {}),
    "product_normal": (med.ProductDistribution(distribution=NORMAL), {}),
    "delta": (med.Delta(), {}),
    "delta_t": (med.Delta(distribution=DrawDistribution.T), {}),
    "clusters": (med.Bootstrap(n_resamples=300, enumerate_up_to=0), {}),
    "clusters_bc": (med.Bootstrap(CLUSTERS, med.BootstrapLimits.BC, 300), {}),
    "clusters_bca": (med.Bootstrap(CLUSTERS, med.BootstrapLimits.BCA, 300), {}),
    "parametric": (med.Bootstrap(med.Resample.PARAMETRIC, n_resamples=300), {}),
    "published": (
        med.Bootstrap(med.Resample.PUBLISHED, n_resamples=300),
        {"engine": med.OLS()},
    ),
    "clients": (
        med.Bootstrap(med.Resample.CLIENTS, med.BootstrapLimits.BCA, 300),
        {"clusters": []},
    ),
}
OTHERS = {
    "joint": (med.JointSignificance(), {}),
    "wild": (med.WildClusterBootstrap(n_vectors=199), {"engine": med.OLS(med.Covariance.CR2)}),
}


@pytest.fixture(scope="module")
def found():
    every = WITH_LIMITS | OTHERS
    return {name: mediate(study(), each, **changes) for name, (each, changes) in every.items()}


def assert_same(one, two):
    """All numbers alike to the last digit; NaN is NaN."""
    pd.testing.assert_frame_equal(one.to_frame(), two.to_frame(), check_exact=True)


def indirect(result):
    return next(row.value for row in result.effects if row.effect.value == "indirect")


@pytest.mark.parametrize("name", WITH_LIMITS)
def test_every_interval_holds_its_estimate_and_names_itself(found, name):
    value = indirect(found[name])
    assert value.conf_low < value.estimate < value.conf_high
    assert value.interval in found[name].interval
    assert (value.p_value < 0.05) == (not value.conf_low <= 0 <= value.conf_high)


@pytest.mark.parametrize("name", WITH_LIMITS)
def test_levels_are_nested(name):
    interval, changes = WITH_LIMITS[name]
    frame = study(1)
    limits = []
    for level in (0.8, 0.95, 0.99):
        value = indirect(mediate(frame, replace(interval, conf_level=level), **changes))
        limits.append((value.conf_low, value.conf_high))
    lows, highs = zip(*limits, strict=True)
    assert sorted(lows, reverse=True) == list(lows)
    assert sorted(highs) == list(highs)


@pytest.mark.parametrize("name", WITH_LIMITS | OTHERS)
def test_units_do_not_matter(found, name):
    """The mediator in other units: same effect. The outcome too: the effect in its units."""
    interval, changes = (WITH_LIMITS | OTHERS)[name]
    for scale, factor in ((1e3, 1.0), (1e-3, 1.0)):
        frame = study()
        frame["m"] *= scale
        ours, theirs = (indirect(mediate(frame, interval, **changes)), indirect(found[name]))
        for field in ("estimate", "std_error", "conf_low", "conf_high", "p_value"):
            assert getattr(ours, field) == pytest.approx(
                factor * getattr(theirs, field), rel=1e-6, nan_ok=True
            ), field
    outcome = indirect(mediate(study().assign(y=lambda d: 50 * d.y), interval, **changes))
    assert outcome.conf_high == pytest.approx(
        50 * indirect(found[name]).conf_high, rel=1e-6, nan_ok=True
    )


@pytest.mark.parametrize("name", WITH_LIMITS | OTHERS)
def test_same_seed_same_numbers_for_any_number_of_workers(name):
    interval, changes = (WITH_LIMITS | OTHERS)[name]
    if isinstance(interval, med.MonteCarlo):
        interval = replace(interval, n_draws=200_000)
    if isinstance(interval, med.Bootstrap):
        interval = replace(interval, n_resamples=1_100)
    one, two = (mediate(study(), interval, n_workers=n, **changes) for n in (1, 2))
    assert_same(one, two)


def paths_without_error(df):
    return two_paths(0.5, 0.4, 0.0, 0.0, df=df)


@pytest.mark.parametrize("df", [(np.inf, np.inf), (5.0, 9.0)])
def test_no_error_no_width(df):
    paths = paths_without_error(df)
    options = med.MonteCarlo(500)
    draws = draw_paths(paths, options, np.random.default_rng(0))
    for solution in (
        AnalyticSolution(paths, med.Delta()),
        AnalyticSolution(paths, med.ProductDistribution()),
        DrawnSolution(paths, options, draws),
    ):
        value = solution.estimate(AB)
        assert (value.conf_low, value.conf_high) == pytest.approx((0.2, 0.2), abs=1e-12)


@pytest.mark.parametrize("name", ["delta", "product", "product_normal"])
def test_limits_are_mirrored_with_the_sign(name):
    interval, _ = WITH_LIMITS[name]
    frame = study()
    ours = indirect(mediate(frame, interval))
    theirs = indirect(mediate(frame.assign(m=-frame.m), interval))
    assert theirs.conf_high == pytest.approx(ours.conf_high, rel=1e-9)
    mirrored = indirect(mediate(frame.assign(y=-frame.y), interval))
    assert mirrored.conf_low == pytest.approx(-ours.conf_high, rel=1e-9)
    assert mirrored.p_value == pytest.approx(ours.p_value, rel=1e-9)


def test_delta_limits_are_symmetric(found):
    value = indirect(found["delta"])
    middle = (value.conf_low + value.conf_high) / 2
    assert middle == pytest.approx(value.estimate, rel=1e-12)


def test_seven_clusters_are_enumerated_and_have_no_monte_carlo_error():
    frame = study(n_teams=7, size=20)
    first, second = (mediate(frame, med.Bootstrap(), seed=seed) for seed in (1, 2))
    assert_same(first, second)
    value = indirect(first)
    failed = dict(first.failures)
    assert value.n_draws == 1716 - sum(failed.values())
    assert value.limit_error == 0.0
    drawn = indirect(mediate(frame, med.Bootstrap(n_resamples=20_000, enumerate_up_to=0)))
    assert drawn.conf_low == pytest.approx(value.conf_low, abs=5 * drawn.limit_error)
    assert drawn.std_error == pytest.approx(value.std_error, rel=0.05)


def test_failed_resamples_are_counted_by_cause():
    frame = study(n_teams=10)
    frame["x"] = (frame.team < 2).astype(float)
    result = mediate(frame, med.Bootstrap(n_resamples=2_000, enumerate_up_to=0))
    failed = dict(result.failures)
    constant = [n for cause, n in failed.items() if "one value" in cause]
    # Neither of two teams of ten is drawn in .8 ** 10 of the resamples.
    assert constant[0] == pytest.approx(2_000 * 0.8**10, abs=4 * np.sqrt(2_000 * 0.1))
    assert indirect(result).n_draws == 2_000 - sum(failed.values())
    assert any("could not be estimated" in note for note in result.notes)


def test_what_one_team_alone_tells_cannot_be_bootstrapped():
    frame = study(n_teams=10)
    frame["x"] = np.where(frame.team == 0, 1.0, 0.0)
    with pytest.raises(InferenceError, match="1 of 10 without which it cannot"):
        mediate(frame, med.Bootstrap(n_resamples=200))


def test_too_many_failed_resamples_are_too_many():
    frame = study(n_teams=8, size=20)
    for name, teams in (("z1", (0, 1)), ("z2", (2, 3)), ("z3", (4, 5))):
        frame[name] = frame.team.isin(teams).astype(float)
    roles = {"covariates": ["z1", "z2", "z3"]}
    for enumerate_up_to in (0, 10_000):
        interval = med.Bootstrap(n_resamples=1_000, enumerate_up_to=enumerate_up_to)
        with pytest.raises(InferenceError, match="At least half"):
            mediate(frame, interval, **roles)


@pytest.mark.parametrize("n_teams", [2, 3, 4])
def test_four_clusters_have_too_few_resamples(n_teams):
    frame = study(n_teams=12)
    frame["organization"] = frame.team % n_teams
    with pytest.raises(InferenceError, match="at least 5 of them"):
        mediate(frame, med.Bootstrap(), clusters=["organization", "team"])


def test_least_squares_draws_no_clustered_data():
    for covariance in (med.Covariance.CLASSICAL, med.Covariance.CR2):
        parametric = med.Bootstrap(med.Resample.PARAMETRIC)
        with pytest.raises(InferenceError, match="no variance between clusters"):
            mediate(study(), parametric, engine=med.OLS(covariance))
    frame = study()
    value = indirect(
        mediate(frame, med.Bootstrap(med.Resample.PARAMETRIC, n_resamples=500), clusters=[])
    )
    assert value.conf_low < value.estimate < value.conf_high


def test_resamples_without_a_path_serve_the_other_effects():
    """Of a SEM in whose resamples the variance between teams is often zero."""
    rng = np.random.default_rng(34)
    team = np.repeat(np.arange(10), 12)
    x = rng.normal(size=10)[team]
    m = 0.5 * x + 0.2 * rng.normal(size=10)[team] + rng.normal(size=120)
    y = 0.5 * m + rng.normal(size=120)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": y})
    interval = med.Bootstrap(n_resamples=300, enumerate_up_to=0)
    result = mediate(frame, interval, engine=med.TwoLevelSEM())
    rows = {(r.effect.value, r.level.value): r.value for r in result.effects}
    lost = sum(n for cause, n in result.failures if "have no value" in cause)
    assert lost > 20
    assert rows["indirect", "within"].n_draws == 300
    assert rows["total", "between"].n_draws == 300
    assert rows["indirect", "between"].n_draws == 300 - lost


def test_limits_need_resamples_beyond_them():
    for make in (
        lambda: med.Bootstrap(n_resamples=100, conf_level=0.999),
        lambda: med.MonteCarlo(n_draws=500, conf_level=0.999),
    ):
        with pytest.raises(InferenceError, match="of at least 1999"):
            make()


def test_few_degrees_of_freedom_taken_as_infinite_are_told():
    for interval in (med.MonteCarlo(distribution=NORMAL), med.Delta()):
        assert "taken as infinite" in mediate(study(), interval).notes[-1]
    assert mediate(study(), med.MonteCarlo()).notes == ()


def test_joint_test_of_a_latent_alliance_by_clusters():
    frame = study(n_teams=20, size=15)
    rng = np.random.default_rng(0)
    for k in range(3):
        frame[f"i{k}"] = frame.m + 0.5 * rng.normal(size=len(frame))
    engine = med.LatentSEM(
        {"alliance": ["i0", "i1", "i2"]}, covariance=med.LatentCovariance.CLUSTER_ROBUST
    )
    roles = {"mediators": ["alliance"], "engine": engine}
    joint = mediate(frame, med.JointSignificance(), **roles)
    paths = {row.path.value: row.value.p_value for row in joint.paths}
    assert indirect(joint).p_value == pytest.approx(max(paths["a"], paths["b"]), rel=1e-12)
    with pytest.raises(InferenceError, match="independent t"):
        mediate(frame, med.ProductDistribution(), **roles)
    normal = mediate(frame, med.ProductDistribution(distribution=NORMAL), **roles)
    assert indirect(normal).conf_low < indirect(normal).estimate


def test_arrays_of_a_solution_cannot_be_written_to(found):
    for name in ("monte_carlo", "clusters"):
        solution = found[name].solution
        array = solution.draws if name == "monte_carlo" else solution.values
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1.0
        assert len(repr(solution)) < 200


def test_clients_of_clusters_are_drawn_only_under_their_published_name():
    with pytest.raises(InferenceError, match=r"Resample\.PUBLISHED") as caught:
        mediate(study(), med.Bootstrap(med.Resample.CLIENTS), engine=med.OLS())
    assert "Intervals that go with this fit: MonteCarlo" in str(caught.value)
    with pytest.raises(InferenceError, match="takes rows as independent"):
        mediate(study(), med.Bootstrap(med.Resample.PUBLISHED))
    result = mediate(study(), med.Bootstrap(med.Resample.PUBLISHED), engine=med.OLS())
    assert "narrower than the data allow" in result.notes[-1]


def test_published_specification_is_narrower_than_the_default(found):
    width = {name: indirect(r).conf_high - indirect(r).conf_low for name, r in found.items()}
    assert width["published"] < width["monte_carlo"]


def test_intervals_that_go_are_listed():
    fit = mediate(study(), med.Delta(), engine=med.OLS(med.Covariance.CR1)).fit
    names = {type(each).__name__ for each in intervals_for(fit)}
    assert "WildClusterBootstrap" in names
    mixed = mediate(study(), med.Delta()).fit
    assert "WildClusterBootstrap" not in {type(each).__name__ for each in intervals_for(mixed)}
    with pytest.raises(InferenceError, match="goes with least squares"):
        mediate(study(), med.WildClusterBootstrap())


def test_wild_p_of_an_effect_is_the_larger_of_its_paths(found):
    result = found["wild"]
    paths = {(row.path.value, row.level.value): row.value for row in result.paths}
    value = indirect(result)
    assert value.p_value == max(paths["a", "between"].p_value, paths["b", "within"].p_value)
    assert np.isnan(value.conf_low)
    assert paths["a", "between"].n_draws == 2**10


def test_five_clusters_have_no_finite_wild_limits():
    frame = study(n_teams=5, size=30)
    result = mediate(
        frame,
        med.WildClusterBootstrap(),
        engine=med.OLS(med.Covariance.CR1),
    )
    a = next(row.value for row in result.paths if row.path.value == "a")
    assert (a.conf_low, a.conf_high) == (-np.inf, np.inf)
    assert "the least p-value that signs can give is 0.0625" in result.notes[-2]
    assert a.p_value >= 2 / 32


def test_wild_contextual_tests_the_difference_of_the_slopes():
    """A multiple of the team means added to y moves b between alone: here to b within."""
    frame = study(n_teams=10)
    options = {"engine": med.OLS(med.Covariance.CR1)}
    paths = mediate(frame, med.Delta(), **options).fit.paths
    names = [(p.path.value, p.level.value) for p in paths.parameters]
    b = {level: paths.values[names.index(("b", level))] for level in ("within", "between")}
    mean = frame.groupby("team").m.transform("mean")
    level = frame.assign(y=frame.y - (b["between"] - b["within"]) * mean)
    result = mediate(level, med.WildClusterBootstrap(), **options)
    rows = {row.effect.value: row.value for row in result.effects}
    assert rows["contextual"].estimate == pytest.approx(0.0, abs=1e-10)
    # An estimate of zero is not rejected by any vector.
    assert rows["contextual"].p_value == 1.0
    assert rows["indirect"].p_value < 1.0


TWO = {"mediators": ["m", "m2"]}


@pytest.fixture(scope="module")
def several():
    frame = study(n_teams=12, size=20)
    rng = np.random.default_rng(1)
    frame["m2"] = 0.5 * frame.x + rng.normal(size=len(frame))
    frame["y"] = frame.y + 0.4 * frame.m2 + 0.5 * frame.x
    return frame


def test_errors_of_several_mediators_are_not_drawn_apart(several):
    parametric = med.Bootstrap(med.Resample.PARAMETRIC, n_resamples=200)
    with pytest.raises(InferenceError, match="whose errors go together"):
        mediate(several, parametric, **TWO)
    joint = mediate(several, parametric, engine=med.TwoLevelSEM(), **TWO)
    total = next(r.value for r in joint.effects if r.effect.value == "total_indirect")
    assert total.conf_low < total.estimate < total.conf_high


def test_engines_that_cannot_draw_data_say_so():
    frame = study(n_teams=12)
    rng = np.random.default_rng(0)
    for k in range(3):
        frame[f"i{k}"] = frame.m + rng.normal(size=len(frame))
    engine = med.LatentSEM({"alliance": ["i0", "i1", "i2"]})
    roles = {"mediators": ["alliance"], "clusters": [], "engine": engine}
    with pytest.raises(InferenceError, match="cannot be made from this fit"):
        mediate(frame, med.Bootstrap(med.Resample.PARAMETRIC), **roles)
    value = indirect(mediate(frame, med.Bootstrap(med.Resample.CLIENTS, n_resamples=100), **roles))
    assert value.conf_low < value.estimate < value.conf_high


@pytest.mark.parametrize("name", ["monte_carlo", "delta", "clusters"])
def test_sums_and_differences_have_intervals(several, name):
    interval, changes = WITH_LIMITS[name]
    result = mediate(several, interval, **(TWO | changes))
    rows = {(r.effect.value, r.level.value, r.mediator): r.value for r in result.effects}
    parts = [rows["indirect", "within", mediator] for mediator in ("m", "m2")]
    total = rows["total_indirect", "within", None]
    assert total.estimate == pytest.approx(sum(part.estimate for part in parts), rel=1e-12)
    assert total.conf_low < total.estimate < total.conf_high
    keys = [("indirect", "within", mediator) for mediator in ("m", "m2")]
    again = astuple(result.combine(dict.fromkeys(keys, 1.0)))
    np.testing.assert_array_equal(again[:6], astuple(total)[:6])
    difference = result.combine({keys[0]: 1.0, keys[1]: -1.0})
    assert difference.estimate == pytest.approx(parts[0].estimate - parts[1].estimate, rel=1e-9)
    assert difference.conf_low < difference.estimate < difference.conf_high


def test_delta_error_of_a_sum_is_the_root_of_the_sum_of_squares(several):
    """Equations of different mediators do not covary, nor (nearly) do slopes within."""
    result = mediate(several, med.Delta(), **TWO)
    covariance = result.fit.paths.covariance
    effects = {(e.name.value, e.level.value, e.mediator): e for e in result.fit.effects}
    gradient = effects["total_indirect", "within", None].form.gradient(result.fit.paths.values)
    by_hand = np.zeros(len(gradient))
    names = [(p.path.value, p.level.value, p.mediator) for p in result.fit.paths.parameters]
    values = dict(zip(names, result.fit.paths.values, strict=True))
    for mediator in ("m", "m2"):
        by_hand[names.index(("a", "between", mediator))] = values["b", "within", mediator]
        by_hand[names.index(("b", "within", mediator))] = values["a", "between", mediator]
    np.testing.assert_allclose(gradient, by_hand, rtol=1e-12)
    row = next(r for r in result.effects if r.effect.value == "total_indirect")
    assert row.value.std_error == pytest.approx(np.sqrt(by_hand @ covariance @ by_hand), rel=1e-12)


@pytest.mark.parametrize("name", ["monte_carlo", "product", "delta", "joint", "wild", "clusters"])
def test_a_multiple_of_an_effect_has_multiples_of_its_limits(found, name):
    for key in (("indirect", "within", "m"), ("direct", "between", None)):
        row = next(
            r.value
            for r in found[name].effects
            if (r.effect.value, r.level.value, r.mediator) == key
        )
        twice, turned = (found[name].combine({key: weight}) for weight in (2, -1))
        assert twice.p_value == pytest.approx(row.p_value, rel=1e-6)
        assert twice.conf_high == pytest.approx(2 * row.conf_high, rel=1e-6, nan_ok=True)
        assert turned.conf_low == pytest.approx(-row.conf_high, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("weight", [0, float("nan"), float("inf"), "2", None, True])
def test_weights_are_numbers(found, weight):
    with pytest.raises(InferenceError, match="finite numbers other than zero"):
        found["delta"].combine({("indirect", "within", "m"): weight})


def test_effects_that_are_not_there_cannot_be_combined(found):
    with pytest.raises(InferenceError, match="must name effects that have a number"):
        found["delta"].combine({("indirect", "within", "another"): 1.0})
    with pytest.raises(InferenceError, match="Found nothing"):
        found["delta"].combine({})


WRONG = [
    lambda: med.Bootstrap(n_resamples=10),
    lambda: med.Bootstrap(conf_level=95),
    lambda: med.Bootstrap("clusters"),
    lambda: med.Bootstrap(med.Resample.PARAMETRIC, med.BootstrapLimits.BCA),
    lambda: med.Bootstrap(enumerate_up_to=-1),
    lambda: med.WildClusterBootstrap(weights="webb"),
    lambda: med.WildClusterBootstrap(n_vectors=5),
    lambda: med.Delta(conf_level=0.2),
    lambda: med.ProductDistribution(distribution="t"),
    lambda: med.JointSignificance(conf_level="high"),
]


@pytest.mark.parametrize("make", WRONG)
def test_options_out_of_range_are_refused(make):
    with pytest.raises(InferenceError, match="Found"):
        make()
