"""`[scores.*]`: items become scores while a study is read."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mediation.errors import DataError, ManifestError
from mediation.study.manifest import TableRole
from mediation.study.problems import ProblemKind, Severity
from mediation.study.study import load_study, validate_study
from mediation.vocabulary import VariableKind

HOPE_ITEMS = [f"shs_{k}" for k in range(1, 7)]


def with_items(study):
    """Give the small study six items of hope, each one sixth of the score and then some."""
    rows = study.tables["interviews"]
    at = rows[0].index("hope")
    rows[0][at : at + 1] = HOPE_ITEMS
    for i, row in enumerate(rows[1:]):
        row[at : at + 1] = [str(1 + (i + k) % 8) for k in range(6)]
    study.say('hope = "hope"\n', "")
    study.say("[waves]", '[scores.hope]\ninstrument = "state_hope"\nitems = "shs_{}"\n[waves]')
    return study


def hope_of(i):
    return sum(1 + (i + k) % 8 for k in range(6))


def test_items_become_a_column_of_their_table(small_study):
    study = load_study(with_items(small_study).write())
    frame = study.frame(TableRole.INTERVIEWS)

    assert frame["hope"].tolist() == [hope_of(i) for i in range(72)]
    assert not any("[" in column for column in frame)
    assert study.items("hope").columns.tolist() == ["1", "2", "3", "4", "5", "6"]
    assert study.items("hope").iloc[3].tolist() == [4, 5, 6, 7, 8, 1]
    assert study.score_counts["hope"].n_substituted == 0


def test_range_label_and_unit_are_the_instruments(small_study):
    entry = load_study(with_items(small_study).write()).variable("hope")

    assert (entry.kind, entry.range, entry.unit) == (VariableKind.SCORE, (6.0, 48.0), 1.0)
    assert entry.label == "State Hope Scale"


def test_label_of_the_manifest_comes_first(small_study):
    with_items(small_study).say(
        "[variables.gender]", '[variables.hope]\nlabel = "Hope"\n[variables.gender]'
    )

    assert load_study(small_study.write()).variable("hope").label == "Hope"


def test_one_missing_item_is_made_up_for_two_are_not(small_study):
    with_items(small_study)
    small_study.put("interviews", 2, "shs_6", "")
    small_study.put("interviews", 3, "shs_5", "")
    small_study.put("interviews", 3, "shs_6", "NA")
    for item in HOPE_ITEMS:
        small_study.put("interviews", 4, item, "")
    study = load_study(small_study.write())
    hope = study.frame(TableRole.INTERVIEWS)["hope"]

    assert hope[0] == pytest.approx((1 + 2 + 3 + 4 + 5) * 6 / 5)
    assert hope[1:2].isna().all()
    assert hope[2:3].isna().all()
    counts = study.score_counts["hope"]
    assert (counts.n_rows, counts.n_items) == (72, 6)
    assert (counts.n_substituted, counts.n_too_many, counts.n_empty) == (1, 1, 1)


def test_a_stricter_share_is_kept(small_study):
    with_items(small_study).say('items = "shs_{}"', 'items = "shs_{}"\nmax_missing = 0.1')
    small_study.put("interviews", 2, "shs_6", "")

    assert load_study(small_study.write()).frame(TableRole.INTERVIEWS)["hope"].isna().sum() == 1


def test_mean_metric(small_study):
    with_items(small_study).say('items = "shs_{}"', 'items = "shs_{}"\nmetric = "mean"')
    study = load_study(small_study.write())

    assert study.variable("hope").range == (1.0, 8.0)
    assert study.frame(TableRole.INTERVIEWS)["hope"][0] == pytest.approx(21 / 6)


def test_headers_in_any_order_follow_the_key(small_study):
    named = ", ".join(f'"{name}"' for name in reversed(HOPE_ITEMS))
    with_items(small_study).say('items = "shs_{}"', f"items = [{named}]")

    assert load_study(small_study.write()).items("hope")["1"][0] == 6


def test_responses_outside_the_scale_are_named_by_item_and_row(small_study):
    with_items(small_study)
    small_study.put("interviews", 5, "shs_2", "9")
    small_study.put("interviews", 7, "shs_2", "2.5")
    small_study.put("interviews", 9, "shs_4", "0")

    with pytest.raises(DataError) as error:
        load_study(small_study.write())
    said = str(error.value)
    assert (
        "interviews.csv, column `shs_2` (rows 5 and 7): expected a whole number from 1 to 8" in said
    )
    assert "column `shs_4` (row 9)" in said


def test_one_code_in_many_items_is_one_problem(small_study):
    with_items(small_study)
    small_study.put("interviews", 5, "shs_2", "-9")
    for item in ("shs_1", "shs_2", "shs_6"):
        small_study.put("interviews", 7, item, "-9")
    small_study.put("interviews", 4, "shs_3", "99")
    said = [str(problem) for problem in validate_study(small_study.write()).errors]

    assert [text for text in said if "found -9, there and in 2 more items." in text] == [
        "interviews.csv, column `shs_1` (rows 5 and 7): expected a whole number from 1 to 8; "
        "found -9, there and in 2 more items. Correct the responses; leave missing ones empty, or "
        "name their code in `missing`."
    ]
    assert any("`shs_3` (row 4): expected a whole number from 1 to 8; found 99." in t for t in said)
    assert len(said) == 2


def test_many_wrong_responses_may_be_identifiers_and_are_counted(small_study):
    with_items(small_study)
    for row in range(2, 9):
        small_study.put("interviews", row, "shs_2", str(70410 + row))
    (problem,) = validate_study(small_study.write()).errors

    assert problem.found == "7 other numbers"
    assert "7041" not in str(problem)


def test_a_missing_column_is_named(small_study):
    with_items(small_study).tables["interviews"][0][-1] = "shs_7"
    problems = validate_study(small_study.write()).errors

    assert any("a column `shs_6`" in str(problem) for problem in problems)


def test_a_key_of_ones_own(small_study):
    with_items(small_study).say('instrument = "state_hope"', 'file = "own.toml"')
    (small_study.folder / "own.toml").write_text(
        'key = "own"\nname = "Own"\nversion = "1"\nmeasures = "hope"\nrater = "client"\n'
        'source = "here"\nverified = true\nresponses = [1, 8]\nreversed = ["1"]\n'
        'items = ["1", "2", "3", "4", "5", "6"]\nmetric = "sum"\n'
    )
    study = load_study(small_study.write())

    assert study.frame(TableRole.INTERVIEWS)["hope"][0] == 8 + 2 + 3 + 4 + 5 + 6
    before = study.input_hash
    own = small_study.folder / "own.toml"
    own.write_text(own.read_text().replace('reversed = ["1"]', 'reversed = ["2"]'))
    assert load_study(small_study.write()).input_hash != before


def goals(study):
    study.tables["goals"] = [
        ["id", "wave", "status"],
        ["P1", "6", "attained"],
        ["P1", "6", "open"],
        ["P1", "12", "attained"],
        ["P2", "12", "partly"],
        ["P2", "12", "attained"],
        ["P2", "12", "attained"],
    ]
    study.say(
        "[variables.fidelity]",
        '[tables.goals]\nfile = "goals.csv"\n[tables.goals.columns]\nclient = "id"\nwave = "wave"\n'
        'status = "status"\n[scores.goals]\ninstrument = "goal_attainment"\ntable = "goals"\n'
        'attained = ["attained"]\n[variables.fidelity]',
    )
    return study


def test_goals_belong_to_the_wave_of_their_window(small_study):
    goals(small_study).say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 1.5")
    exact = load_study(small_study.write()).frame(TableRole.INTERVIEWS)["goals"]
    for row in small_study.tables["goals"][1:]:
        row[1] = f"{float(row[1]) + 0.8:g}"
    shifted = load_study(small_study.write()).frame(TableRole.INTERVIEWS)["goals"]

    assert exact.notna().sum() == 3
    assert shifted.equals(exact)


@pytest.mark.parametrize(("window", "is_ok"), [("", False), ("\nwindow = 1", True)])
def test_goals_at_no_wave_are_told(small_study, window, is_ok):
    goals(small_study).say("values = [0, 6, 12]", f"values = [0, 6, 12]{window}")
    small_study.tables["goals"].append(["P1", "9", "reached"])
    found = validate_study(small_study.write())
    (problem,) = (p for p in found.problems if p.kind is ProblemKind.UNKNOWN_WAVE)

    assert (problem.table, problem.column) == ("goals", "wave")
    assert problem.rows == (len(small_study.tables["goals"]),)
    assert (problem.severity is Severity.WARNING) is is_ok


def test_texts_of_attained_that_no_goal_has_are_told(small_study):
    texts = {row[2] for row in goals(small_study).tables["goals"][1:]}
    start = small_study.manifest.index("attained = ")
    written = small_study.manifest[start:].splitlines()[0]
    small_study.say(written, 'attained = ["ATTAINED"]')
    assert "ATTAINED" not in texts

    with pytest.raises(DataError, match="found no goal with `ATTAINED`"):
        load_study(small_study.write())


def test_answers_in_words_are_told_what_to_write(small_study):
    with_items(small_study).put("interviews", 2, "shs_1", "4 - agree")

    with pytest.raises(DataError, match="write its number alone") as error:
        load_study(small_study.write())
    assert "4 - agree`" in str(error.value)
    assert str(error.value).count("agree") == 1


def test_a_wrong_pattern_of_headers_is_one_problem(small_study):
    with_items(small_study).say('items = "shs_{}"', 'items = "hope_{}"')

    with pytest.raises(DataError) as error:
        load_study(small_study.write())
    message = str(error.value)
    assert "has an error" in message
    assert "no column for 6 of them, from `hope_1` to `hope_6`" in message
    assert "Correct `items` under [scores.hope]" in message
    assert "The file has" not in message


def test_a_pattern_without_the_zeros_of_the_headers_is_told(small_study):
    header = with_items(small_study).tables["interviews"][0]
    header[:] = [name.replace("shs_", "shs_0") for name in header]
    (problem,) = validate_study(small_study.write()).errors

    assert "no column for 6 of them, from `shs_1` to `shs_6`" in problem.found
    assert problem.advice.endswith("The file has `shs_01`: write every header as a list.")


def test_a_column_without_a_label_has_its_name_in_words(small_study):
    small_study.say('hope = "hope"', 'hope = "hope"\nother_score = "alliance"')

    assert load_study(small_study.write()).manifest.variable("other_score").label == "other score"


def test_goals_become_the_share_attained_of_each_client_and_wave(small_study):
    study = load_study(goals(small_study).write())
    frame = study.frame(TableRole.INTERVIEWS)

    assert frame.loc[:5, "goals"].fillna(-1).tolist() == pytest.approx([-1, 0.5, 1, -1, -1, 2 / 3])
    assert frame["goals"].notna().sum() == 3
    assert study.variable("goals").range == (0.0, 1.0)


# What is wrong, and words of the message.
BROKEN = {
    "unknown_key": ('"state_hope"', '"state_hop"', ("`scores.hope.instrument`", "`state_hope`")),
    "two_keys": ('"state_hope"', '"state_hope"\nfile = "own.toml"', ("either `instrument`",)),
    "no_file": (
        'instrument = "state_hope"',
        'file = "own.toml"',
        ("`scores.hope.file`", "own.toml"),
    ),
    "file_outside": ('instrument = "state_hope"', 'file = "../own.toml"', ("leads out of it",)),
    "unknown_table": (
        'items = "shs_{}"',
        'items = "shs_{}"\ntable = "visits"',
        ("scores.hope.table",),
    ),
    "no_braces": ('items = "shs_{}"', 'items = "shs_1"', ("a pattern with one {}",)),
    "no_items": ('items = "shs_{}"\n', "", ("the headers of the items",)),
    "too_few_headers": ('items = "shs_{}"', 'items = ["a", "b"]', ("6 headers", "found 2")),
    "no_subscale": (
        'items = "shs_{}"',
        'items = "shs_{}"\nsubscale = "x"',
        ("scores.hope.subscale",),
    ),
    "share_of_one": ('items = "shs_{}"', 'items = "shs_{}"\nmax_missing = 1', ("below 1",)),
    "goals_of_items": ('"state_hope"', '"goal_attainment"', ("goal attainment from the table",)),
    "range_of_a_score": (
        "[variables.gender]",
        "[variables.hope]\nrange = [6, 48]\n[variables.gender]",
        ("`variables.hope`", "a label alone"),
    ),
    "column_and_score": (
        'wave = "wave"',
        'wave = "wave"\nhope = "hope"',
        ("no column of a table",),
    ),
    "inline_key": ("[waves]", "[instruments.own]\n[waves]", ("`instruments`",)),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_mistake_has_its_message(small_study, name):
    old, new, words = BROKEN[name]
    with_items(small_study).say(old, new)

    with pytest.raises(ManifestError) as error:
        load_study(small_study.write())
    for word in words:
        assert word in str(error.value)


def test_many_items_are_scored_like_few(small_study):
    """The scores do not depend on how many rows are scored at once."""
    study = load_study(with_items(small_study).write())
    items = study.items("hope").to_numpy(dtype=float)

    assert np.array_equal(study.frame(TableRole.INTERVIEWS)["hope"], items.sum(axis=1))


def test_answers_that_are_no_whole_numbers_are_not_rounded(small_study):
    """0.7 in single precision is less than 0.7, the lowest response."""
    (small_study.folder / "own.toml").write_text(
        'key = "own"\nname = "Own"\nversion = "1"\nmeasures = "hope"\nrater = "client"\n'
        'source = "ours"\nverified = true\nresponses = [0.7, 1.3]\nwhole = false\n'
        'items = ["1", "2", "3"]\nmetric = "mean"\n',
        encoding="utf-8",
    )
    rows = small_study.tables["interviews"]
    rows[0] += ["o1", "o2", "o3"]
    for i, row in enumerate(rows[1:]):
        row += ["0.7", "1.1", f"{0.7 + i / 200:.3f}"]
    small_study.say("[waves]", '[scores.own]\nfile = "own.toml"\nitems = "o{}"\n[waves]')
    study = load_study(small_study.write())

    assert study.frame(TableRole.INTERVIEWS)["own"].iloc[0] == pytest.approx(2.5 / 3, abs=1e-15)
    assert study.items("own").iloc[0].tolist() == [0.7, 1.1, 0.7]


def test_items_with_value_labels_are_read_by_their_values(small_study):
    """As SPSS exports them; labels are for categories."""
    pyreadstat = pytest.importorskip("pyreadstat")
    with_items(small_study).write()
    expected = load_study(small_study.folder / "study.toml").frame(TableRole.INTERVIEWS)
    table = pd.read_csv(small_study.folder / "interviews.csv")
    words = {value: f"answer {value}" for value in range(1, 9)}
    pyreadstat.write_sav(
        table,
        small_study.folder / "interviews.sav",
        variable_value_labels=dict.fromkeys(HOPE_ITEMS, words),
    )
    small_study.say("interviews.csv", "interviews.sav")

    found = load_study(small_study.write()).frame(TableRole.INTERVIEWS)
    assert found["hope"].tolist() == expected["hope"].tolist()
