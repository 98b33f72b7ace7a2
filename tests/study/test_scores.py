"""`[scores.*]`: items become scores while a study is read."""

from __future__ import annotations

import numpy as np
import pytest

from mediation.errors import DataError, ManifestError
from mediation.study.manifest import TableRole
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
