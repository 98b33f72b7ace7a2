"""Attrition: counted and averaged by hand; small groups and small changes stay hidden."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from mediation.errors import LinkageError, SpecificationError
from mediation.missing.attrition import attrition
from mediation.missing.baseline import compare, standardized_difference
from mediation.missing.patterns import is_small
from mediation.study.study import load_study

MINIMUM = 5


def test_standardized_difference_of_means_and_of_shares():
    # Means 6 and 3; variances 4 and 12, their mean 8.
    assert standardized_difference(6, 3, 4, 12) == pytest.approx(3 / math.sqrt(8))
    # Shares .4 and .1: variances .24 and .09, their mean .165.
    assert standardized_difference(0.4, 0.1, 0.24, 0.09) == pytest.approx(0.3 / math.sqrt(0.165))
    assert math.isnan(standardized_difference(2, 1, 0, 0))


def test_numbers_compared_by_hand():
    values = pd.Series([1.0, 2, 3, 4, 5, 10, 10, 12, 14, 14], name="hope_0")
    held = np.repeat([True, False], 5)[:, None]
    [row] = compare(values, held, (9.0,), MINIMUM)
    assert (row.wave, row.variable, row.level) == (9.0, "hope_0", None)
    assert (row.interviewed.n, row.interviewed.mean) == (5, 3.0)
    assert (row.missed.n, row.missed.mean) == (5, 12.0)
    # Variances 2.5 and 4.
    assert row.interviewed.sd == pytest.approx(math.sqrt(2.5))
    assert row.missed.sd == pytest.approx(2.0)
    assert row.difference == pytest.approx(9 / math.sqrt(3.25))


def test_levels_compared_by_hand():
    texts = ["a"] * 10 + ["b"] * 5 + ["c"] * 5 + ["a"] * 5 + ["b"] * 10 + ["c"] * 5
    column = pd.Series(pd.Categorical(texts, categories=["a", "b", "c"]), name="group")
    held = np.repeat([True, False], 20)[:, None]
    rows = compare(column, held, (9.0,), MINIMUM)
    assert [row.level for row in rows] == ["a", "b", "c"]
    assert [row.interviewed.mean for row in rows] == [0.5, 0.25, 0.25]
    assert [row.missed.mean for row in rows] == [0.25, 0.5, 0.25]
    unit = math.sqrt((0.25 + 0.1875) / 2)
    assert [row.difference for row in rows] == pytest.approx([-0.25 / unit, 0.25 / unit, 0.0])


def test_of_two_levels_the_second_is_told_and_rare_levels_are_pooled():
    texts = ["a"] * 10 + ["b"] * 10 + ["a"] * 5 + ["b"] * 15
    held = np.repeat([True, False], 20)[:, None]
    column = pd.Series(pd.Categorical(texts, categories=["a", "b"]), name="group")
    assert [row.level for row in compare(column, held, (9.0,), MINIMUM)] == ["b"]
    texts = ["a"] * 8 + ["b"] * 8 + ["c"] * 4 + ["a"] * 6 + ["b"] * 13 + ["c"]
    column = pd.Series(pd.Categorical(texts, categories=["a", "b", "c"]), name="group")
    # c is small; with a it makes a pool that is not.
    [row] = compare(column, held, (9.0,), MINIMUM)
    assert (row.level, row.interviewed.mean, row.missed.mean) == ("b", 0.4, 0.65)


def test_a_small_group_is_not_described():
    values = pd.Series(np.arange(20.0), name="age")
    held = np.ones((20, 2), dtype=bool)
    held[:4, 0] = False
    held[:9, 1] = False
    assert [row.wave for row in compare(values, held, (6.0, 12.0), MINIMUM)] == [12.0]


def test_means_of_groups_that_differ_by_few_are_not_both_shown():
    values = pd.Series(np.arange(20.0), name="age")
    held = np.ones((20, 3), dtype=bool)
    held[:6, 0] = False
    held[:8, 1] = False
    held[:12, 2] = False
    # Two clients are between the first and the second wave, four between the second and third.
    assert [row.wave for row in compare(values, held, (1, 2, 3), MINIMUM)] == [1, 3]


def test_how_many_lack_a_value_is_not_told_if_they_are_few():
    values = pd.Series([np.nan] * 2 + list(range(28)), name="age", dtype=float)
    held = np.repeat([True, False], 15)[:, None]
    [row] = compare(values, held, (9.0,), MINIMUM)
    assert (row.interviewed.n, row.interviewed.n_is_exact) == (11, False)
    assert (row.missed.n, row.missed.n_is_exact) == (11, False)
    assert row.interviewed.mean == 6.0


@given(
    arrays.arrays(bool, st.tuples(st.integers(5, 40), st.integers(1, 4))),
    st.integers(0, 2**32 - 1),
)
def test_no_small_group_and_no_small_change_is_described(held, seed):
    rng = np.random.default_rng(seed)
    codes = rng.choice(4, len(held), p=[0.5, 0.3, 0.15, 0.05])
    column = pd.Series(pd.Categorical.from_codes(codes, categories=list("abcd")), name="g")
    waves = tuple(float(w) for w in range(held.shape[1]))
    rows = compare(column, held, waves, MINIMUM)
    named = {row.level for row in rows} - {""}
    shown = sorted({int(row.wave) for row in rows})
    groups = [codes == "abcd".index(level) for level in named]
    groups.append(~np.any(groups, axis=0) if groups else np.zeros(len(held), dtype=bool))
    for members in groups:
        for w in shown:
            cells = np.array([(members & held[:, w]).sum(), (members & ~held[:, w]).sum()])
            assert not is_small(cells, MINIMUM).any()
        for one, other in itertools.combinations(shown, 2):
            changed = (members & (held[:, one] != held[:, other])).sum()
            assert not 0 < changed < MINIMUM
    for row in rows:
        assert row.interviewed.n >= MINIMUM
        assert row.missed.n >= MINIMUM


def without(study, absent):
    """Take interviews out: {wave: clients by number from 0}."""
    header, *rows = study.tables["interviews"]
    gone = {(f"P{i + 1}", str(wave)) for wave, clients in absent.items() for i in clients}
    kept = [row for row in rows if (row[0], row[1]) not in gone]
    study.tables["interviews"] = [header, *kept]
    return study


def load(study, minimum):
    study.say("seed = 1", f"seed = 1\nminimum_cell = {minimum}")
    return load_study(study.write())


def test_attendance_counted_by_hand(small_study):
    # At 6 months 0-6 are absent, at 12 months 0-3 again and 10-15: 4-6 came back.
    study = load(without(small_study, {6: range(7), 12: [*range(4), *range(10, 16)]}), 1)
    found = attrition(study)
    assert (found.n_clients, found.cluster, found.n_clusters) == (24, "team", 8)
    one, two = found.attendance
    assert (one.wave, one.n_interviewed, one.n_missed) == (6.0, 17, 7)
    assert (one.n_back, one.n_gone) == (3, 4)
    assert (two.wave, two.n_interviewed, two.n_missed) == (12.0, 14, 10)
    assert (two.n_back, two.n_gone) == (0, 10)
    # Teams of three: 0-2 all absent at 6 months, 3-5 all, 6-8 one of three, the others none.
    assert one.clusters is not None
    assert one.clusters.n_clusters == 8
    assert (one.clusters.low, one.clusters.median, one.clusters.high) == (0.0, 0.0, 1.0)


def test_small_counts_of_attendance_stay_hidden(small_study):
    study = load(without(small_study, {6: range(7), 12: [*range(4), *range(10, 16)]}), 5)
    one, two = attrition(study).attendance
    # 3 came back and 4 did not: neither is told.
    assert (one.n_interviewed, one.n_missed, one.n_back, one.n_gone) == (17, 7, None, None)
    assert (two.n_interviewed, two.n_missed, two.n_back, two.n_gone) == (14, 10, 0, 10)
    # In a team of three every count but none is small.
    assert one.clusters is None


def test_shares_are_of_clusters_without_small_counts(small_study):
    # Teams of three: two are absent, one lacks one client, five are there.
    study = load(without(small_study, {6: range(7)}), 2)
    shares = attrition(study).attendance[0].clusters
    assert shares is not None
    assert (shares.n_clusters, shares.low, shares.median, shares.high) == (7, 0.0, 0.0, 1.0)


def test_few_absent_and_few_leaving_between_waves(small_study):
    study = load(without(small_study, {6: range(3), 12: range(9)}), 5)
    one, two = attrition(study).attendance
    assert (one.n_interviewed, one.n_missed, one.n_gone) == (None, None, None)
    assert (two.n_interviewed, two.n_missed, two.n_gone) == (15, 9, 9)


def test_leavers_between_two_waves_are_not_told_if_few(small_study):
    # Six are gone at 6 months and eight at 12: the difference would tell two.
    study = load(without(small_study, {6: range(6), 12: range(8)}), 5)
    one, two = attrition(study).attendance
    assert (one.n_missed, one.n_back, one.n_gone) == (6, None, None)
    assert (two.n_missed, two.n_back, two.n_gone) == (8, 0, 8)


def test_baseline_of_those_who_left(small_study):
    study = load(without(small_study, {12: range(12)}), 5)
    rows = {(row.wave, row.variable): row for row in attrition(study).comparisons}
    assert {wave for wave, _ in rows} == {12.0}
    assert [name for _, name in rows] == ["fidelity", "alliance_0", "hope_0", "age", "gender"]
    # Clients 0-11 are absent; client i has alliance 60 + i and age 20 + i; variance of 12
    # consecutive numbers: 13.
    row = rows[12.0, "alliance_0"]
    assert (row.missed.mean, row.interviewed.mean) == (65.5, 77.5)
    assert row.missed.sd == pytest.approx(math.sqrt(13))
    assert row.difference == pytest.approx(-12 / math.sqrt(13))
    assert rows[12.0, "age"].missed.mean == 25.5
    # Teams 1-4 against 5-8, seen in month i / 10: 2 + team / 10 + 0.05 month.
    scores = [2 + (i // 3 + 1) / 10 + 0.05 * i / 10 for i in range(24)]
    assert rows[12.0, "fidelity"].missed.mean == pytest.approx(np.mean(scores[:12]))
    assert rows[12.0, "fidelity"].interviewed.mean == pytest.approx(np.mean(scores[12:]))
    # Odd clients are women and there are as many among both.
    gender = rows[12.0, "gender"]
    assert (gender.level, gender.missed.mean, gender.difference) == ("man", 0.5, 0.0)


def test_chosen_columns(small_study):
    study = load(without(small_study, {12: range(12)}), 5)
    found = attrition(study, ["age", "hope_0"]).comparisons
    assert [row.variable for row in found] == ["age", "hope_0"]
    with pytest.raises(SpecificationError, match="Neither is nothing, case_manager"):
        attrition(study, ["age", "nothing", "case_manager"])


def test_texts_without_named_levels_are_left_out(small_study):
    small_study.say('levels = ["woman", "man"]\n', "")
    small_study.say('covariates = ["age", "gender"]', 'covariates = ["age"]')
    study = load(without(small_study, {12: range(12)}), 5)
    assert "gender" not in {row.variable for row in attrition(study).comparisons}


def test_nobody_absent(small_study):
    found = attrition(load(small_study, 5))
    assert found.comparisons == ()
    assert [(w.n_interviewed, w.n_missed, w.n_gone) for w in found.attendance] == [(24, 0, 0)] * 2


def test_a_flat_study_has_no_attrition(small_study):
    study = load(small_study, 5)
    flat = study.manifest.model_copy(update={"linkage": None, "waves": None})
    object.__setattr__(study, "manifest", flat)
    with pytest.raises(LinkageError, match="Leave attrition out"):
        attrition(study)
