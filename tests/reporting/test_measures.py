"""The measures section: every number in it comes from the items by a known way."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import f

from mediation.instruments.reading import instrument
from mediation.instruments.reliability import estimate_reliability
from mediation.instruments.scoring import turn
from mediation.linkage.measures import measure_scales
from mediation.reporting.measures_tables import (
    instruments_table,
    measures_warnings,
    reliability_table,
    substitution_sentences,
)
from mediation.reporting.results_data import measures_list
from mediation.study.study import load_study

N = 24


@pytest.fixture
def study(small_study):
    """The small study with six items of hope: person level plus noise, in whole numbers."""
    rng = np.random.default_rng(5)
    person = rng.normal(4.5, 1.5, size=N)
    rows = small_study.tables["interviews"]
    at = rows[0].index("hope")
    rows[0][at : at + 1] = [f"shs_{k}" for k in range(1, 7)]
    for i, row in enumerate(rows[1:]):
        answers = np.clip(np.rint(person[i // 3] + rng.normal(0, 1, size=6)), 1, 8)
        row[at : at + 1] = [f"{answer:g}" for answer in answers]
    small_study.say('hope = "hope"\n', "")
    small_study.say(
        "[waves]", '[scores.hope]\ninstrument = "state_hope"\nitems = "shs_{}"\n[waves]'
    )
    return small_study


def wave_items(study, wave):
    """Items at a wave straight from the rows as they were written: every third row."""
    rows = study.tables["interviews"]
    chosen = [row for row in rows[1:] if row[1] == str(wave)]
    return np.array([[float(cell or "nan") for cell in row[-6:]] for row in chosen])


def test_each_wave_is_measured_from_its_own_rows(study):
    (scale,) = measure_scales(load_study(study.write()))

    assert [wave for wave, _ in scale.at] == [0.0, 6.0, 12.0]
    assert (scale.cluster, scale.instrument.key) == ("team", "state_hope")
    teams = np.repeat(np.arange(8), 3)
    for wave, found in scale.at:
        items = wave_items(study, int(wave))
        expected = estimate_reliability(turn(instrument("state_hope"), items), teams)
        assert found.mean == pytest.approx(items.sum(axis=1).mean())
        assert found.sd == pytest.approx(items.sum(axis=1).std(ddof=1))
        assert found.reliability.alpha.value == expected.alpha.value
        assert found.reliability.alpha.conf_low == expected.alpha.conf_low
        assert found.reliability.levels.intraclass == expected.levels.intraclass


def test_table_shows_these_numbers(study):
    scales = measure_scales(load_study(study.write()))
    table = reliability_table(scales, 5)
    found = scales[0].at[0][1]
    row = dict(zip(table.columns, table.rows[0], strict=True))

    assert row["Months"] == "0"
    assert row["n"] == "24"
    assert row["Mean (SD)"] == f"{found.mean:.1f} ({found.sd:.1f})"
    assert row["Alpha"].startswith(f"{found.reliability.alpha.value:.2f} [")
    assert row["ICC(2)"].replace("\u2212", "-") == f"{found.reliability.levels.intraclass.icc2:.2f}"
    assert table.groups[0].startswith("State Hope Scale\nclusters: teams")


def _cells(study, wave):
    """Row of the table at a wave, by column."""
    table = reliability_table(measure_scales(load_study(study.write())), 5)
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return next(row for row in rows if row["Months"] == str(wave))


def _number(cell):
    return float(cell.replace("\u2212", "-").split(" ")[0])


def alpha_of(items):
    """Cronbach's alpha from its definition, by variances of columns and of their sum."""
    k = items.shape[1]
    return k / (k - 1) * (1 - items.var(axis=0, ddof=1).sum() / items.sum(axis=1).var(ddof=1))


def omega_of(covariance):
    """Omega of one factor, fitted by another routine: the likelihood over logs of uniquenesses."""
    k = len(covariance)

    def distance(values):
        implied = np.outer(values[:k], values[:k]) + np.diag(np.exp(values[k:]))
        return np.linalg.slogdet(implied)[1] + np.trace(np.linalg.solve(implied, covariance))

    start = np.concatenate([np.sqrt(np.diag(covariance) / 2), np.log(np.diag(covariance) / 2)])
    found = minimize(distance, start, method="BFGS", options={"gtol": 1e-8}).x
    common = found[:k].sum() ** 2
    return common / (common + np.exp(found[k:]).sum())


def deviations(items, size):
    """Answers less the means of the person's team."""
    teams = items.reshape(-1, size, items.shape[1])
    return (teams - teams.mean(axis=1, keepdims=True)).reshape(items.shape)


@pytest.mark.parametrize("wave", [0, 6, 12])
def test_alpha_and_its_limits_follow_from_their_definitions(study, wave):
    shown, items = _cells(study, wave)["Alpha"], wave_items(study, wave)
    alpha, df = alpha_of(items), N - 1
    low, high = (1 - (1 - alpha) * f.ppf(tail, df, df * 5) for tail in (0.975, 0.025))

    assert shown == f"{alpha:.2f} [{low:.2f}, {high:.2f}]"


@pytest.mark.parametrize("wave", [0, 6, 12])
def test_omega_is_that_of_another_fit_of_one_factor(study, wave):
    expected = omega_of(np.cov(wave_items(study, wave), rowvar=False))

    assert _number(_cells(study, wave)["Omega"]) == round(expected, 2)


@pytest.mark.parametrize("wave", [0, 6, 12])
def test_coefficients_within_teams_are_those_of_deviations(study, wave):
    shown, within = _cells(study, wave), deviations(wave_items(study, wave), 3)

    assert _number(shown["Alpha within"]) == round(alpha_of(within), 2)
    assert _number(shown["Omega within"]) == round(omega_of(within.T @ within / 16), 2)


@pytest.mark.parametrize("wave", [0, 6, 12])
def test_intraclass_correlations_are_those_of_mean_squares(study, wave):
    """Eight teams of three: one-way analysis of variance by hand."""
    shown, teams = _cells(study, wave), wave_items(study, wave).sum(axis=1).reshape(8, 3)
    between = 3 * teams.mean(axis=1).var(ddof=1)
    within = teams.var(axis=1, ddof=1).mean()

    assert _number(shown["ICC(1)"]) == round((between - within) / (between + 2 * within), 2)
    assert _number(shown["ICC(2)"]) == round((between - within) / between, 2)


@pytest.mark.parametrize("wave", [0, 6, 12])
def test_item_rest_correlations_are_correlations_with_the_other_items(study, wave):
    items = wave_items(study, wave)
    found = [
        np.corrcoef(items[:, k], np.delete(items, k, axis=1).sum(axis=1))[0, 1] for k in range(6)
    ]

    assert _cells(study, wave)["Item-rest r"] == f"{min(found):.2f} to {max(found):.2f}"


def test_shares_at_the_ends_are_counted(study):
    rows = [row for row in study.tables["interviews"][1:] if row[1] == "6"]
    for row in rows[:6]:
        row[-6:] = ["1"] * 6
    for row in rows[6:9]:
        row[-6:] = ["8"] * 6
    shown = _cells(study, 6)

    assert (shown["Floor"], shown["Ceiling"]) == ("25%", "<5")
    assert _cells(study, 0)["Floor"] == "0%"


def test_too_few_complete_rows_have_no_coefficients(study):
    """Scores are there, made up for one item each; only four people answered everything."""
    rows = [row for row in study.tables["interviews"][1:] if row[1] == "6"]
    for row in rows[4:]:
        row[-1] = ""
    shown = _cells(study, 6)

    assert shown["n"] == "24"
    assert shown["Mean (SD)"] != "\u2014"
    for name in ("Alpha", "Omega", "Alpha within", "Omega within", "ICC(1)", "ICC(2)"):
        assert shown[name] == "\u2014"
    scales = measure_scales(load_study(study.write()))
    (exported,) = measures_list(scales, 5)
    at = {each["wave"]: each for each in exported["at"]}
    assert "alpha" not in at[6.0]
    assert "alpha" in at[0.0]


def test_two_scores_of_one_scale_have_labels_of_their_own(study):
    study.say(
        "[waves]",
        '[scores.hope_mean]\ninstrument = "state_hope"\nitems = "shs_{}"\nmetric = "mean"\n[waves]',
    )
    labels = [scale.label for scale in measure_scales(load_study(study.write()))]

    assert labels == ["State Hope Scale (hope)", "State Hope Scale (hope mean)"]


def test_instruments_are_named_with_their_doubts(study):
    scales = measure_scales(load_study(study.write()))
    (row,) = instruments_table(scales).rows

    assert row[2:] == ("6", "6 to 48 (sum)", "Client", "up to 20%", "unverified")
    said = list(measures_warnings(scales))
    assert any("unverified: compare it with the form" in text for text in said)
    assert any("Which items are reversed is not stated" in text for text in said)


def test_floors_above_15_percent_are_warned_of_with_their_waves(study):
    rows = study.tables["interviews"]
    for row in [row for row in rows[1:] if row[1] == "6"][:4]:
        row[-6:] = ["1"] * 6
    for row in [row for row in rows[1:] if row[1] == "12"][:3]:
        row[-6:] = ["1"] * 6
    said = list(measures_warnings(measure_scales(load_study(study.write()))))

    # 3 of 24 at 12 months are 12.5%.
    assert any("scores are the lowest possible one (at 6 months)" in text for text in said)


def test_few_rows_without_a_score_are_not_told_by_subtraction(study):
    """All 24 interviews are counted elsewhere in a report: 23 scores would tell of one person."""
    study.tables["interviews"][1][-6:] = [""] * 6
    table = reliability_table(measure_scales(load_study(study.write())), 5)

    assert [row[1] for row in table.rows] == ["\u226520", "24", "24"]


def test_an_item_the_wrong_way_round_is_found(study):
    for row in study.tables["interviews"][1:]:
        row[-2] = str(9 - int(row[-2]))
    said = list(measures_warnings(measure_scales(load_study(study.write()))))

    assert any("item 5 goes against the other items (at 0, 6, 12 months)" in text for text in said)


def test_made_up_items_are_counted_and_small_counts_hidden(study):
    for row in study.tables["interviews"][1:7]:
        row[-1] = ""
    study.tables["interviews"][8][-2:] = ["", ""]
    scales = measure_scales(load_study(study.write()))

    assert list(substitution_sentences(scales, 5)) == [
        "State Hope Scale: the mean of the answered items stands for missing ones in 6 "
        "questionnaires; <5 have too many missing items and no score."
    ]


def test_nothing_scored_gives_nothing(small_study):
    scales = measure_scales(load_study(small_study.write()))

    assert scales == ()
    assert instruments_table(scales) is None
    assert reliability_table(scales, 5) is None


def test_few_people_are_not_described(study):
    rows = study.tables["interviews"]
    study.tables["interviews"] = [
        rows[0],
        *(r for r in rows[1:] if r[1] != "0" or r[0] in "P1P2P3"),
    ]
    table = reliability_table(measure_scales(load_study(study.write())), 5)

    assert table.rows[0][:2] == ("0", "<5")
    assert set(table.rows[0][2:]) == {"\u2014"}
