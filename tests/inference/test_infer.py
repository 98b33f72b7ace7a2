"""Effects from paths: products, delta-method errors, exact limits, and rows without a number."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mediation as med
from mediation.vocabulary import EffectStatus


def study(a=0.5, b=0.5, direct=0.0, seed=0, n_teams=30, size=15):
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    x = rng.normal(size=n_teams)[team]
    m = a * x + 0.4 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    y = b * m + direct * x + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=len(team))
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": y, "time": rng.normal(size=len(team))})


def mediate(frame, **changes):
    roles = {"predictor": "x", "mediators": ["m"], "outcome": "y", "clusters": ["team"], "seed": 3}
    return med.mediate(frame, **(roles | changes))


@pytest.fixture(scope="module")
def result():
    return mediate(study(a=1.0, b=0.8, direct=1.0))


def rows(result):
    return {(r.effect.value, r.level.value): r for r in result.effects}


def test_products_and_their_delta_method_errors(result):
    paths = {(r.path.value, r.level.value): r.value for r in result.paths}
    a, b = paths["a", "between"], paths["b", "within"]
    value = rows(result)["indirect", "within"].value
    assert value.estimate == pytest.approx(a.estimate * b.estimate, rel=1e-12)
    expected = np.hypot(a.estimate * b.std_error, b.estimate * a.std_error)
    assert value.std_error == pytest.approx(expected, rel=1e-10)
    assert value.df == min(a.df, b.df)
    contextual = rows(result)["contextual", "between"].value
    difference = paths["b", "between"].estimate - b.estimate
    assert contextual.estimate == pytest.approx(a.estimate * difference, rel=1e-10)


def test_direct_and_total_have_exact_t_limits(result):
    for effect in ("direct", "total"):
        value = rows(result)[effect, "between"].value
        half = stats.t.ppf(0.975, value.df) * value.std_error
        assert value.conf_high - value.estimate == pytest.approx(half, rel=1e-10)
        t = value.estimate / value.std_error
        assert value.p_value == pytest.approx(2 * stats.t.sf(abs(t), value.df), rel=1e-9)
        assert (value.interval, value.n_draws) == ("t", 0)


def test_drawn_p_agrees_with_the_limits(result):
    for row in result.effects:
        if row.status is EffectStatus.DEFINED:
            v = row.value
            assert (v.p_value < 0.05) == (not v.conf_low <= 0 <= v.conf_high)


def test_p_is_never_zero():
    sure = mediate(study(a=2.0, b=2.0, n_teams=60, size=30), interval=med.MonteCarlo(n_draws=999))
    value = rows(sure)["indirect", "within"].value
    assert value.p_value == 2 * (0 + 1) / (999 + 1)


def test_proportion_mediated_is_the_ratio_where_it_may_be_given(result):
    found = rows(result)
    share = found["proportion_mediated", "between"]
    indirect = found["indirect", "between"].value.estimate
    direct = found["direct", "between"].value.estimate
    assert share.status is EffectStatus.DEFINED
    assert share.value.estimate == pytest.approx(indirect / (indirect + direct), rel=1e-10)


def test_proportion_mediated_is_withheld_where_it_has_no_meaning():
    covers = rows(mediate(study(a=0.0, b=0.3)))["proportion_mediated", "between"]
    assert covers.status is EffectStatus.TOTAL_COVERS_ZERO
    assert np.isnan(covers.value.estimate)
    opposite = rows(mediate(study(a=1.0, b=-0.5, direct=2.0)))["proportion_mediated", "between"]
    assert opposite.status is EffectStatus.SIGNS_DISAGREE


def test_effects_between_are_not_defined_for_a_predictor_varying_inside():
    frame = study()
    frame["x"] = frame.x + 0.3 * frame.time
    found = rows(mediate(frame, time="time"))
    for key in (("contextual", "between"), ("indirect", "between")):
        assert found[key].status is EffectStatus.VARYING_PREDICTOR
        assert np.isnan(found[key].value.estimate)
    assert found["indirect", "within"].status is EffectStatus.DEFINED
    assert found["proportion_mediated", "between"].status is EffectStatus.VARYING_PREDICTOR
    assert np.isnan(mediate(frame, time="time").fit.total_gap)


def test_frame_has_the_columns_of_the_contract(result):
    assert list(result.to_frame().columns) == [
        *("effect", "level", "mediator", "estimate", "std_error", "df", "conf_low", "conf_high"),
        *("conf_level", "p_value", "engine", "interval", "n_draws", "limit_error"),
        *("n_clients", "n_clusters", "n_team", "status", "convergence"),
    ]
    assert list(result.paths_frame().path) == ["a", "c_prime", "b", "b"]


def test_standardized_effects_name_their_standard_deviations(result):
    frame = result.standardized_frame(med.StandardizeBy.BETWEEN)
    scales = {s.name: s for s in result.fit.scales}
    first = frame.iloc[:3]
    raw = rows(result)["indirect", "within"].value.estimate
    ratio = scales["x"].sd_between / scales["y"].sd_between
    np.testing.assert_allclose(
        first.estimate, [raw, raw * scales["x"].sd_between, raw * ratio], rtol=1e-12
    )
    assert first.contrast.iloc[2].startswith("1 between SD of x (")


def test_seed_is_drawn_and_kept_when_left_out():
    frame = study()
    free = mediate(frame, seed=None)
    again = mediate(frame, seed=free.seed)
    assert again.effects == free.effects


def test_two_mediators():
    frame = study(a=1.0, b=0.8, direct=1.0)
    rng = np.random.default_rng(1)
    frame["m2"] = 0.4 * frame.x + rng.normal(size=len(frame))
    result = mediate(frame, mediators=["m", "m2"])
    names = [(r.effect.value, r.level.value, r.mediator) for r in result.effects]
    assert names.count(("indirect", "within", "m2")) == 1
    assert names.count(("total_indirect", "between", None)) == 1
    assert len(names) == 11
    found = {(r.effect.value, r.level.value, r.mediator): r for r in result.effects}
    share = found["proportion_mediated", "between", None]
    assert share.status is EffectStatus.DEFINED
    indirect = found["total_indirect", "between", None].value.estimate
    direct = found["direct", "between", None].value.estimate
    assert share.value.estimate == pytest.approx(indirect / (indirect + direct), rel=1e-10)
    assert share.value.conf_low < share.value.estimate < share.value.conf_high


def test_repr_is_stable_and_short():
    result = mediate(study(n_teams=12), seed=5)
    assert result.notes == ()
    text = repr(result)
    assert text == repr(mediate(study(n_teams=12), seed=5))
    assert len(text.splitlines()) <= 15
    assert text.splitlines()[:3] == [
        "x -> m -> y",
        "180 rows (0 left out); clusters: team 12",
        "mixed models (REML, Kenward-Roger; CR2 for b within)",
    ]
    ended = [line for line in text.splitlines() if not line.startswith("  Note: ")]
    assert ended[-1] == "  95% intervals; seed 5"


def test_repr_gives_the_beginning_of_each_note():
    result = mediate(study(n_teams=12), engine=med.TwoLevelSEM(), seed=5)
    assert result.notes == result.fit.notes
    assert len(result.notes) == 2
    said = [line for line in repr(result).splitlines() if line.startswith("  Note: ")]
    assert said[-2] == (
        "  Note: Standard errors of this engine are asymptotic, and 12 clusters of `team` are few"
    )
    assert all(len(line) <= 100 for line in said)


WRONG = {
    "frame": ({"x": [1]}, "a DataFrame"),
    "engine": ("ols", "an engine"),
    "interval": ("delta", "an interval"),
    "seed": (-1, "a whole number"),
    "mediators": ("m", r'Write \["m"\]'),
    "clusters": ("team", r'Write \["team"\]'),
}


@pytest.mark.parametrize("name", WRONG)
def test_arguments_of_another_kind_are_refused_with_advice(name):
    value, words = WRONG[name]
    arguments = {"frame": study(n_teams=10)} | {name: value}
    with pytest.raises(med.MediationError, match=words):
        mediate(**arguments)


def test_a_column_given_twice_is_refused():
    frame = study(n_teams=10)
    with pytest.raises(med.MediationError, match="once"):
        mediate(pd.concat([frame, frame[["y"]]], axis=1))


def test_counts_of_oddly_named_clusters_do_not_hide_the_clients():
    frame = study(n_teams=10).rename(columns={"team": "clients"})
    table = mediate(frame, clusters=["clients"]).to_frame()
    assert set(table.n_clients) == {150}
    assert set(table.n_level_clients) == {10}


def test_whole_numbers_of_numpy_are_whole_numbers():
    frame = study(n_teams=10)
    interval = med.MonteCarlo(n_draws=np.int64(500))
    ours = mediate(frame, seed=np.int64(3), interval=interval)
    assert ours.effects == mediate(frame, seed=3, interval=med.MonteCarlo(n_draws=500)).effects
    assert type(ours.seed) is int
    for seed in (True, 1.0, "1"):
        with pytest.raises(med.MediationError, match="whole number from 0"):
            mediate(frame, seed=seed)


def test_a_fit_that_did_not_converge_has_no_effects(monkeypatch):
    from mediation.estimation import reml

    monkeypatch.setattr(reml, "MAX_STEPS", 1)
    rng = np.random.default_rng(3)
    team = np.repeat(np.arange(12), 10)
    x = rng.normal(size=12)[team]
    m = x + rng.normal(size=12)[team] + rng.normal(size=120)
    frame = pd.DataFrame({"team": team, "x": x, "m": m, "y": m + rng.normal(size=120)})
    result = med.mediate(
        frame, predictor="x", mediators=["m"], outcome="y", clusters=["team"], seed=1
    )
    assert result.fit.convergence is med.Convergence.NOT_CONVERGED
    effects, paths = result.to_frame(), result.paths_frame()
    assert set(effects.status) == {"not reported: the optimiser stopped before the maximum"}
    numbers = ["std_error", "conf_low", "conf_high", "p_value"]
    assert effects[["estimate", *numbers]].isna().all(axis=None)
    assert paths[numbers].isna().all(axis=None)
    assert paths.estimate.notna().all()
