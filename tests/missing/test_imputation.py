"""Imputed tables: what is kept, what is drawn, and that the truth comes back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import mediation as med
from benchmarks.missing_recovery import MODEL as RECOVERY
from benchmarks.missing_recovery import WORLDS, analyze, draw_study
from mediation.inference.pooling import estimate_imputed
from mediation.linkage.table import AnalysisTable, TimeSummary, WavePair
from mediation.missing import imputation
from mediation.missing.imputation import Imputation, ScoreItems, impute
from mediation.missing.imputation_chains import start_chains
from mediation.missing.imputation_columns import code_columns
from mediation.missing.imputation_matching import match_donors
from mediation.missing.imputed import Trace

MODEL = med.MediationModel(
    "x", ("m",), "y", covariates=("age", "gender"), clusters=("organization", "team")
)
QUICK = Imputation(n_imputations=6, n_iterations=4, auxiliary=("extra",))


def draw_rows(seed=0, n_teams=14, size=12):
    """Rows in no order, with values missing in everything but predictor, clusters and age."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(n_teams), size)
    n = len(team)
    frame = pd.DataFrame(
        {
            "team": team,
            "organization": team // 2,
            "x": rng.normal(size=n_teams)[team],
            "age": rng.normal(40, 10, n),
            "gender": rng.choice(["woman", "man", "another gender"], n, p=[0.5, 0.4, 0.1]),
        },
        index=rng.permutation(n) + 100,
    )
    frame["m"] = 80 + 3 * frame.x + 2 * rng.normal(size=n_teams)[team] + 6 * rng.normal(size=n)
    frame["y"] = 0.5 * frame.m + 0.2 * frame.age + 5 * rng.normal(size=n)
    frame["extra"] = frame.y + 5 * rng.normal(size=n)
    for name, share in {"m": 0.1, "y": 0.25, "gender": 0.1, "extra": 0.05}.items():
        frame[name] = frame[name].where(rng.random(n) >= share)
    return frame.sample(frac=1, random_state=seed)


@pytest.fixture(scope="module")
def rows():
    return draw_rows()


@pytest.fixture(scope="module")
def imputed(rows):
    return impute(MODEL, rows, QUICK, np.random.default_rng(1))


def values_of(imputed, name):
    """Drawn values of one column, shape (N, n_missing)."""
    (found,) = [column.values for column in imputed.columns if column.name == name]
    return found


def test_observed_values_stay_and_missing_ones_are_drawn(rows, imputed):
    frames = list(imputed)
    assert len(frames) == len(imputed) == 6
    used = [*MODEL.columns, *MODEL.clusters, "extra"]
    for frame in frames:
        assert frame.index.equals(rows.index)
        assert frame[used].notna().all().all()
        for name in used:
            seen = rows[name].notna()
            assert (frame.loc[seen, name] == rows.loc[seen, name]).all()
    y = np.array([frame["y"] for frame in frames])
    spread = y.std(axis=0)
    assert (spread[rows.y.isna()] > 0).all()
    assert (spread[rows.y.notna()] < 1e-12).all()
    assert {column.name for column in imputed.columns} == {"m", "y", "gender", "extra"}
    assert dict(imputed.missing)["y"] == rows.y.isna().mean()
    assert imputed.n_imputed == rows[["m", "y", "gender", "extra"]].isna().any(axis=1).sum()


def test_the_table_given_is_not_changed(rows):
    before = rows.copy()
    impute(MODEL, rows, QUICK, np.random.default_rng(1)).frame(0)
    pd.testing.assert_frame_equal(rows, before)


def test_rows_without_predictor_or_cluster_are_left_out(rows):
    broken = rows.copy()
    broken.iloc[:3, broken.columns.get_loc("x")] = np.nan
    broken["team"] = broken["team"].astype(object)
    broken.iloc[5, broken.columns.get_loc("team")] = None
    found = impute(MODEL, broken, QUICK, np.random.default_rng(1))
    assert (found.n_left_out, found.n_rows) == (4, len(rows) - 4)
    assert found.frame(0).index.equals(broken.index[[3, 4, *range(6, len(rows))]])
    fit = estimate_imputed(MODEL, found, med.OLS())
    assert (fit.counts.n_clients, fit.counts.n_left_out) == (len(rows) - 4, 4)


def test_a_seed_gives_the_same_numbers(rows, imputed):
    again = impute(MODEL, rows, QUICK, np.random.default_rng(1))
    other = impute(MODEL, rows, QUICK, np.random.default_rng(2))
    assert (values_of(again, "y") == values_of(imputed, "y")).all()
    assert not (values_of(other, "y") == values_of(imputed, "y")).any()


def test_units_do_not_matter(rows, imputed):
    scaled = rows.assign(y=1000 * rows.y + 5, m=rows.m / 100, age=rows.age * 12)
    found = impute(MODEL, scaled, QUICK, np.random.default_rng(1))
    assert values_of(found, "y") == pytest.approx(1000 * values_of(imputed, "y") + 5, rel=1e-7)
    assert values_of(found, "m") == pytest.approx(values_of(imputed, "m") / 100, rel=1e-7)


def test_names_of_clusters_do_not_matter(rows, imputed):
    named = rows.assign(team="T" + rows.team.astype(str), organization=-rows.organization)
    found = impute(MODEL, named, QUICK, np.random.default_rng(1))
    assert (values_of(found, "y") == values_of(imputed, "y")).all()


def test_the_order_of_rows_changes_no_distribution(rows):
    options = replace(QUICK, n_imputations=200)
    mirrored = impute(MODEL, rows.iloc[::-1], options, np.random.default_rng(3))
    plain = impute(MODEL, rows, options, np.random.default_rng(4))
    ours, theirs = values_of(plain, "y"), values_of(mirrored, "y")[:, ::-1]
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / 200)
    z = (ours.mean(axis=0) - theirs.mean(axis=0)) / error
    assert np.abs(z).max() < 4.5
    assert abs(np.mean(z**2) - 1) < 0.6


def test_many_rows_are_worked_on_in_parts(rows, monkeypatch):
    monkeypatch.setattr(imputation, "CELLS", 4 * 10 * len(rows))
    found = impute(MODEL, rows, QUICK, np.random.default_rng(1))
    assert values_of(found, "y").shape == (6, rows.y.isna().sum())
    assert found.trace.means.shape == (4, len(found.trace.names), 6)
    assert np.ptp(values_of(found, "y"), axis=0).min() > 0


def test_a_category_keeps_its_levels_and_its_type(rows):
    for kind in ("object", "category", "str"):
        typed = rows.assign(gender=rows.gender.astype(kind))
        found = impute(MODEL, typed, QUICK, np.random.default_rng(1))
        frame = found.frame(0)
        assert frame.gender.dtype == typed.gender.dtype
        assert set(frame.gender) <= {"woman", "man", "another gender"}


def test_a_category_follows_what_goes_with_it():
    """Half of the levels are missing where y is high; their true share is known."""
    rng = np.random.default_rng(7)
    n = 1_000
    y = rng.normal(size=n)
    group = np.where(rng.random(n) < 1 / (1 + np.exp(-2 * y)), "yes", "no").astype(object)
    whole = np.mean(group == "yes")
    frame = pd.DataFrame({"x": rng.normal(size=n), "m": rng.normal(size=n), "y": y, "group": group})
    frame["group"] = frame.group.where(rng.random(n) > np.where(y > 0, 0.6, 0.1))
    seen = (frame.group[frame.group.notna()] == "yes").mean()
    model = med.MediationModel("x", ("m",), "y", covariates=("group",))
    found = impute(model, frame, Imputation(n_imputations=20, n_iterations=2), rng)
    shares = [(each.group == "yes").mean() for each in found]
    assert abs(seen - whole) > 0.08
    assert abs(np.mean(shares) - whole) < 0.03


def test_means_at_every_level_of_the_split_explain(rows):
    split = replace(MODEL, split_at=("organization", "team"))
    coded = code_columns(split, rows, QUICK, ())
    chains = start_chains(coded, QUICK, 2, np.random.default_rng(1))
    sorted_rows = rows.iloc[coded.rows]
    (y,) = chains.layout.own["y"]
    found = chains.matrix[1, chains.layout.means["y"]]
    for name, means in zip(("organization", "team"), found, strict=True):
        by_hand = pd.Series(chains.matrix[1, y]).groupby(sorted_rows[name].to_numpy())
        assert means == pytest.approx(by_hand.transform("mean").to_numpy(), abs=1e-12)
    assert not set(chains.layout.others("y")) & {y, *chains.layout.means["y"]}


def test_donors_are_the_nearest():
    rng = np.random.default_rng(1)
    offered = rng.normal(size=(3, 2, 40))
    wanted = rng.normal(size=(3, 2, 30))
    found = match_donors(wanted, offered, rng)
    distance = ((wanted[:, :, :, None] - offered[:, :, None]) ** 2).sum(axis=1)
    rank = (distance <= np.take_along_axis(distance, found[..., None], axis=-1)).sum(axis=-1)
    assert rank.max() <= 5
    assert set(rank.ravel()) == {1, 2, 3, 4, 5}


def test_a_shift_moves_drawn_values_alone(rows, imputed):
    moved = imputed.shifted((("y", -0.5),))
    sd = rows.y.std(ddof=0)
    assert values_of(moved, "y") == pytest.approx(values_of(imputed, "y") - 0.5 * sd)
    assert (values_of(moved, "m") == values_of(imputed, "m")).all()
    options = replace(QUICK, delta=(("y", -0.5),))
    at_once = impute(MODEL, rows, options, np.random.default_rng(1))
    assert (values_of(at_once, "y") == values_of(moved, "y")).all()
    assert at_once.options == moved.options == options
    nothing = imputed.shifted((("y", 0.0), ("m", 0.0)))
    assert (values_of(nothing, "y") == values_of(imputed, "y")).all()
    assert moved.shifted((("y", 0.25),)).options.delta == (("y", -0.25),)
    note = estimate_imputed(MODEL, moved, med.OLS()).notes[1]
    assert "`y` by -0.5 SD" in note


def test_limits_are_kept_and_draws_fill_the_room_between(rows):
    low, high = rows.m.quantile([0.3, 0.7])
    options = replace(QUICK, limits=(("m", low, high),))
    found = values_of(impute(MODEL, rows, options, np.random.default_rng(1)), "m")
    assert found.min() >= low
    assert found.max() <= high
    assert found.std() > 0.2 * (high - low)
    far = replace(QUICK, limits=(("m", 1e6, 1e7),))
    found = values_of(impute(MODEL, rows, far, np.random.default_rng(1)), "m")
    assert found == pytest.approx(1e6, rel=1e-9)


def test_a_table_keeps_its_waves(rows):
    table = AnalysisTable(rows, WavePair(4.5, 9.0))
    found = impute(MODEL, table, QUICK, np.random.default_rng(1)).table(2)
    assert found.waves == WavePair(4.5, 9.0)
    assert found.frame.y.notna().all()


def test_nothing_of_a_row_is_shown(rows, imputed):
    text = f"{imputed!r}{imputed.trace!r}{imputed.columns!r}"
    assert "168 rows" in text
    assert not any(f"{value:.2f}" in text for value in rows.y.dropna())


def test_chains_that_came_together_have_a_ratio_near_one():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(40, 1, 50))
    apart = mixed + np.linspace(-3, 3, 50)
    trace = Trace(("mixed", "apart"), np.concatenate([mixed, apart], axis=1), np.ones((40, 2, 50)))
    found = trace.scale_reduction()
    assert found[0] == pytest.approx(1, abs=0.03)
    late = apart[20:, 0]
    within, between = late.var(axis=0, ddof=1).mean(), late.mean(axis=0).var(ddof=1)
    assert found[1] == pytest.approx(np.sqrt(19 / 20 + between / within))


def test_chains_of_this_sampler_come_together(rows):
    options = replace(QUICK, n_imputations=50, n_iterations=20)
    found = impute(MODEL, rows, options, np.random.default_rng(1))
    assert (found.trace.scale_reduction() < 1.1).all()


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({}, {"auxiliary": ("nothing",)}, "Absent, or more than once: nothing"),
        ({}, {"auxiliary": ("team",)}, "others than predictor and clusters.*team"),
        ({}, {"delta": (("age", 1.0),)}, "categories, are complete.*age"),
        ({}, {"delta": (("gender", 1.0),)}, "categories, are complete.*gender"),
        ({}, {"delta": (("x", 1.0),)}, "that are imputed. Found x"),
        ({}, {"limits": (("gender", 0.0, 1.0),)}, "`gender` is a category"),
        ({"y": np.inf}, {}, "Rows in which `y` is infinite: 168"),
        ({"team": 1}, {}, "Each `team` must lie in one"),
        ({"m": np.nan}, {}, "Of `m` there are 0"),
        ({"x": np.nan}, {}, "Found 0 of 168"),
        ({"extra": pd.Timestamp("2020-01-01")}, {}, "`extra` holds dates"),
        ({"extra": "same"}, {}, "`extra` has one in all 168"),
    ],
)
def test_what_cannot_be_imputed_is_refused(rows, change, options, words):
    with pytest.raises(med.MediationError, match=words):
        impute(MODEL, rows.assign(**change), replace(QUICK, **options), np.random.default_rng(1))


def test_an_identifier_and_a_fact_of_the_team_are_refused(rows):
    named = rows.assign(extra=[f"C{k}" for k in range(len(rows))])
    with pytest.raises(med.SpecificationError, match="`extra` has 168 levels"):
        impute(MODEL, named, QUICK, np.random.default_rng(1))
    of_team = rows.assign(extra=rows.x.where(rows.age > 40))
    with pytest.raises(med.SpecificationError, match="`extra` has one value in each `team`"):
        impute(MODEL, of_team, QUICK, np.random.default_rng(1))


@pytest.mark.parametrize(
    "wrong",
    [
        {"n_imputations": 1},
        {"n_iterations": 0},
        {"n_imputations": True},
        {"auxiliary": "hope"},
        {"delta": (("y", np.nan),)},
        {"delta": (("y", 1.0), ("y", 2.0))},
        {"limits": (("y", 2.0, 1.0),)},
        {"cluster_scale": 0.0},
    ],
)
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(med.SpecificationError, match="Found"):
        Imputation(**wrong)


def test_arguments_in_another_order_are_refused(rows):
    with pytest.raises(med.SpecificationError, match=r"impute\(model, table"):
        impute(rows, MODEL, QUICK, np.random.default_rng(1))
    with pytest.raises(med.SpecificationError, match="`rng` must be a Generator"):
        impute(MODEL, rows, QUICK, 1)


def draw_items(seed=11, n_items=6):
    """Answers of a scale whose last item is reversed, some missing; the mean of them is m."""
    rng = np.random.default_rng(seed)
    team = np.repeat(np.arange(10), 30)
    x = rng.normal(size=10)[team]
    ability = 0.5 * x + 0.3 * rng.normal(size=10)[team] + rng.normal(size=300)
    answers = 3 + 0.8 * ability[:, None] + 0.7 * rng.normal(size=(300, n_items))
    y = ability + rng.normal(size=300)
    seen = np.where(rng.random(answers.shape) < 0.15, np.nan, answers)
    whole = pd.DataFrame({"team": team, "x": x, "m": answers.mean(axis=1), "y": y})
    return whole, answers, seen


ITEM_MODEL = med.MediationModel("x", ("m",), "y", clusters=("team",))


def mean_of(answers):
    return answers.mean(axis=-1)


def test_items_know_more_than_the_score():
    whole, _, seen = draw_items()
    is_missing = np.isnan(seen).any(axis=1)
    frame = whole.assign(m=np.where(is_missing, np.nan, whole.m))
    options = Imputation(n_imputations=20, n_iterations=8)
    items = ScoreItems("m", seen, mean_of)
    by_items = impute(ITEM_MODEL, frame, options, np.random.default_rng(1), items=[items])
    by_score = impute(ITEM_MODEL, frame, options, np.random.default_rng(1))
    truth = whole.m.to_numpy()[is_missing]
    errors = [
        np.sqrt(np.mean((values_of(each, "m") - truth) ** 2)) for each in (by_items, by_score)
    ]
    assert errors[0] < 0.4 * errors[1]
    assert abs(values_of(by_items, "m").mean() - truth.mean()) < 0.02
    assert by_items.frame(0).m[~is_missing].to_numpy() == pytest.approx(whole.m[~is_missing])


def test_observed_items_bound_the_score():
    """A score moves by what is drawn for the missing items, over their number."""
    whole, _, seen = draw_items()
    items = ScoreItems("m", seen, mean_of)
    options = Imputation(n_imputations=30, n_iterations=5)
    found = values_of(
        impute(ITEM_MODEL, whole, options, np.random.default_rng(1), items=[items]), "m"
    )
    n_missing = np.isnan(seen).sum(axis=1)
    spread = found.std(axis=0)
    at = n_missing[n_missing > 0]
    assert spread[at == 1].mean() == pytest.approx(0.75 / 6, rel=0.15)
    assert spread[at == 2].mean() > spread[at == 1].mean()


def test_a_reversed_item_changes_nothing():
    whole, _, seen = draw_items()
    turned = seen.copy()
    turned[:, -1] = 6 - turned[:, -1]

    def score(answers):
        return (answers[..., :-1].sum(axis=-1) + 6 - answers[..., -1]) / 6

    options = Imputation(n_imputations=4, n_iterations=3)
    plain = ScoreItems("m", seen, mean_of)
    other = ScoreItems("m", turned, score, (False,) * 5 + (True,))
    found = [
        values_of(impute(ITEM_MODEL, whole, options, np.random.default_rng(1), items=[each]), "m")
        for each in (plain, other)
    ]
    assert found[0] == pytest.approx(found[1], rel=1e-9)


def test_items_of_other_shapes_are_refused():
    whole, _, seen = draw_items()
    with pytest.raises(med.SpecificationError, match="a row for each of 300"):
        impute(
            ITEM_MODEL,
            whole,
            QUICK_ITEMS,
            np.random.default_rng(1),
            items=[ScoreItems("m", seen[:-1], mean_of)],
        )
    with pytest.raises(med.SpecificationError, match="at least two columns"):
        ScoreItems("m", seen[:, :1], mean_of)
    with pytest.raises(med.SpecificationError, match="each of 6 items"):
        ScoreItems("m", seen, mean_of, (True,))
    assert repr(ScoreItems("m", seen, mean_of)) == "ScoreItems(m, 6 items, 300 rows)"


QUICK_ITEMS = Imputation(n_imputations=2, n_iterations=1)


def test_slopes_may_differ_inside_and_between_teams(monkeypatch):
    """b between is 2 above b within; without cluster means in the imputation b within is off."""
    model = med.MediationModel("x", ("m",), "y", clusters=("team",))
    options = Imputation(n_imputations=6, n_iterations=8)

    def without_means(*given):
        return replace(code_columns(*given), with_means=())

    differences = []
    for number in range(16):
        rng = np.random.default_rng([21, number])
        team = np.repeat(np.arange(60), 12)
        x, u, v = rng.normal(size=(3, 60))
        climate = 0.3 * x + 0.6 * u
        m = climate[team] + rng.normal(size=720)
        y = 0.2 * m + 2 * climate[team] + 0.3 * v[team] + rng.normal(size=720)
        whole = pd.DataFrame({"team": team, "x": x[team], "m": m, "y": y})
        gone = rng.random((2, 720)) < 0.4
        seen = whole.assign(m=whole.m.mask(gone[0]), y=whole.y.mask(gone[1]))
        tables = [impute(model, seen, options, rng)]
        with monkeypatch.context() as patched:
            patched.setattr(imputation, "code_columns", without_means)
            tables.append(impute(model, seen, options, rng))
        fits = [estimate_imputed(model, each, med.OLS()) for each in tables]
        complete = med.estimate(model, whole, med.OLS())
        differences.append([fit.paths.values - complete.paths.values for fit in fits])
    found = np.array(differences)[:, :, [0, 2, 3]]
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(16)
    assert (np.abs(mean[0]) < 3.5 * error[0]).all()
    assert mean[1, 1] > 4 * error[1, 1]
    assert abs(mean[0, 1]) < mean[1, 1] / 3


def _against_nothing_missing(world, path, n_studies, options):
    """Mean difference of complete cases and of imputation from the data without a missing value."""
    found = []
    for number in range(n_studies):
        rng = np.random.default_rng([77, number])
        whole, seen = draw_study(WORLDS[world], rng)
        imputed = impute(RECOVERY, seen, options, rng)
        fits = [
            med.estimate(RECOVERY, whole, med.MixedModels()),
            med.estimate(RECOVERY, seen, med.MixedModels()),
            estimate_imputed(RECOVERY, imputed, med.MixedModels()),
        ]
        values = [fit.paths.values[path] for fit in fits]
        found.append([values[1] - values[0], values[2] - values[0]])
    found = np.array(found)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(n_studies)


@pytest.mark.parametrize(("world", "path"), [("inside", 0), ("outside", 2)])
def test_imputation_brings_back_what_complete_cases_lose(world, path):
    """A quarter leaves, by what is observed: a, or b within, is biased without them."""
    options = Imputation(n_imputations=8, n_iterations=8, auxiliary=("interim",))
    (complete, imputed), (complete_error, error) = _against_nothing_missing(
        world, path, 40, options
    )
    assert complete < -5 * complete_error
    assert abs(imputed) < 3.5 * error
    assert abs(imputed) < abs(complete) / 3


@pytest.mark.slow
@pytest.mark.parametrize("world", list(WORLDS))
def test_intervals_of_imputation_hold_the_truth(world):
    n_studies = 200
    rows = [
        row
        for number in range(n_studies)
        for row in analyze(world, number, ("multiple imputation",))
    ]
    coverage = pd.DataFrame(rows).groupby("quantity").covered.mean()
    assert (coverage > 0.95 - 3 * np.sqrt(0.95 * 0.05 / n_studies)).all()


def test_chains_of_items_come_together_where_whole_scales_are_missing():
    """Twenty-four items that know each other by what was drawn for them would stay put."""
    whole, answers, _ = draw_items(n_items=24)
    lost = np.arange(len(whole)) % 6 == 0
    seen = np.where(lost[:, None], np.nan, answers)
    frame = whole.assign(m=whole.m.where(~lost))
    items = ScoreItems("m", seen, mean_of)
    options = Imputation(n_imputations=20, n_iterations=20)
    found = impute(ITEM_MODEL, frame, options, np.random.default_rng(1), items=[items])
    assert found.trace.apart == ()


def test_an_auxiliary_column_that_is_another_one_is_left_out(rows):
    """It lacks the same values: it would hold what is drawn for the other where it began."""
    known = replace(QUICK, auxiliary=())
    twins = replace(QUICK, auxiliary=("again", "kind"))
    double = rows.assign(again=rows["y"], kind=rows["gender"])
    alone = impute(MODEL, rows, known, np.random.default_rng(1))
    beside = impute(MODEL, double, twins, np.random.default_rng(1))
    assert np.array_equal(values_of(alone, "y"), values_of(beside, "y"))
    assert [column.name for column in beside.columns] == [column.name for column in alone.columns]


@pytest.mark.parametrize("name", ["x", "team"])
def test_predictor_and_clusters_are_no_auxiliary_columns(rows, name):
    options = replace(QUICK, auxiliary=(name,))
    with pytest.raises(med.SpecificationError, match=f"Found {name} among them. Remove them"):
        impute(MODEL, rows, options, np.random.default_rng(1))


def test_completed_tables_keep_what_is_known_of_their_dates(rows):
    time = TimeSummary(n_planned=7)
    table = AnalysisTable(rows, WavePair(4.5, 9.0), time=time)
    found = impute(MODEL, table, QUICK, np.random.default_rng(1)).table(0)
    assert (found.time, found.waves) == (time, WavePair(4.5, 9.0))


def test_chains_that_stay_apart_are_told(rows):
    imputed = impute(MODEL, rows, QUICK, np.random.default_rng(1))
    together = estimate_imputed(MODEL, imputed, med.MixedModels())
    stuck = np.broadcast_to(np.arange(6.0), (4, 1, 6)) + np.array([0, 0.1, 0, 0.1])[:, None, None]
    trace = Trace(("y",), stuck, stuck)
    apart = estimate_imputed(MODEL, replace(imputed, trace=trace), med.MixedModels())
    # By hand: variance inside 0.005, between 3.5.
    assert trace.apart == (("y", pytest.approx(np.sqrt(0.5 + 3.5 / 0.005))),)
    assert any("had not come together" in note and "`y`" in note for note in apart.notes)
    assert not any("`age`" in note for note in together.notes)
