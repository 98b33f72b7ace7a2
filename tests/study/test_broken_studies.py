"""Broken studies at the command line: the message, exit code 1, nobody named, nothing written."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mediation.cli import main

# Changes the study, and may give what is to be done in its folder once it is written.
Break = Callable[[Any], Callable[[Path], object] | None]
START = date(2015, 1, 1)
SCORE = '[scores.hope]\ninstrument = "state_hope"\nitems = "shs_{}"\n'
KEY = """
key = "my_hope"
name = "My hope scale"
version = "3 items"
measures = "hope"
rater = "client"
source = "Manual, page 12"
verified = true
responses = [1, 8]
items = ["1", "2", "3", "4", "5", "6"]
reversed = []
metric = "sum"
"""


@pytest.fixture
def study(small_study: Any) -> Any:
    """Give a study whose model can be estimated: scores that are no function of each other."""
    rng = np.random.default_rng(1)
    for row in small_study.tables["interviews"][1:]:
        row[3:] = [str(rng.integers(40, 90)), str(rng.integers(12, 48))]
    small_study.say('covariates = ["age", "gender"]', "covariates = []")
    return small_study


# Studies that are right.


def _plain(study: Any) -> None:
    """Leave everything as it is."""


def _dated(study: Any) -> None:
    """Write dates instead of months."""
    study.say('clock = "months"', 'clock = "date"')
    for table, at in (("fidelity", 1), ("interviews", 2)):
        for row in study.tables[table][1:]:
            row[at] = (START + timedelta(days=round(30.4375 * float(row[at])))).isoformat()


def _with_spells(*more: str) -> Break:
    """Add spells: every client is with one team from the start, and those in `more`."""

    def change(study: Any) -> None:
        _dated(study)
        columns = 'client = "id"\nteam = "team"\nstart = "from"\nend = "to"\n'
        entry = f'[tables.spells]\nfile = "spells.csv"\n[tables.spells.columns]\n{columns}'
        study.say("[variables.fidelity]", entry + "[variables.fidelity]")
        rows = [[row[0], row[2], "2014-06-01", ""] for row in study.tables["clients"][2:]]
        study.tables["spells"] = [["id", "team", "from", "to"], *rows]
        study.tables["spells"] += [line.split(",") for line in more]

    return change


def _with_items(*, entry: str = SCORE, key: str = "") -> Break:
    """Score hope from six items."""

    def change(study: Any) -> Callable[[Path], object]:
        for i, row in enumerate(study.tables["interviews"]):
            row[4:] = [f"shs_{k}" if i == 0 else str(1 + (i * i + k * i) % 8) for k in range(1, 7)]
        study.say('hope = "hope"\n', "")
        study.say("[waves]", f"{entry}[waves]")
        return lambda folder: (folder / "mine.toml").write_text(key or KEY, encoding="utf-8")

    return change


def _with_enrollment(day: str) -> Break:
    """Enrol everybody on one day."""

    def change(study: Any) -> None:
        _dated(study)
        study.say('age = "age_years"', 'age = "age_years"\nenrolled = "since"')
        for i, row in enumerate(study.tables["clients"]):
            row.append("since" if i == 0 else day)

    return change


OWN = '[scores.hope]\nfile = "mine.toml"\nitems = "shs_{}"\n'
RIGHT: dict[str, Break] = {
    "months": _plain,
    "dates": _dated,
    "spells": _with_spells("P1,T1,2014-06-01,"),
    "items": _with_items(),
    "own_key": _with_items(entry=OWN),
    "enrollment": _with_enrollment("2014-12-01"),
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_studies_that_are_broken_below_are_right_before(name: str, study: Any) -> None:
    after = RIGHT[name](study)
    path = study.write()
    if after is not None:
        after(study.folder)
    result = CliRunner().invoke(main, ["validate", str(path)])
    assert result.exit_code == 0, result.output


# What is done to them.


def _then(*breaks: Break) -> Break:
    def change(study: Any) -> Callable[[Path], object]:
        afters = [each(study) for each in breaks]
        return lambda folder: [after(folder) for after in afters if after is not None]

    return change


def _say(old: str, new: str) -> Break:
    return lambda study: study.say(old, new)


def _put(table: str, row: int, column: str, value: str) -> Break:
    return lambda study: study.put(table, row, column, value)


def _fill(table: str, column: str, value: Callable[[str], str]) -> Break:
    def change(study: Any) -> None:
        rows = study.tables[table]
        at = rows[0].index(column)
        for row in rows[1:]:
            row[at] = value(row[at])

    return change


def _bytes(file: str, change: Callable[[bytes], bytes]) -> Break:
    def after(folder: Path) -> None:
        content = (folder / file).read_bytes()
        assert change(content) != content
        (folder / file).write_bytes(change(content))

    return lambda study: after


def _folder(change: Callable[[Path], object]) -> Break:
    return lambda study: change


def _replace(file: str, old: bytes, new: bytes, n: int = -1) -> Break:
    return _bytes(file, lambda content: content.replace(old, new, n))


def _as_frame(table: str, ending: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> Break:
    """Write a table in another format, with numbers where it has numbers."""

    def after(folder: Path) -> None:
        frame = change(pd.read_csv(folder / f"{table}.csv"))
        writer = {".xlsx": frame.to_excel, ".parquet": frame.to_parquet}[ending]
        writer(folder / f"{table}{ending}", index=False)

    def breaking(study: Any) -> Callable[[Path], object]:
        study.say(f"{table}.csv", f"{table}{ending}")
        return after

    return breaking


def _link(folder: Path) -> None:
    (folder / "clients.csv").rename(folder.parent / f"{folder.name}-clients.csv")
    (folder / "clients.csv").symlink_to(folder.parent / f"{folder.name}-clients.csv")


def _made_a_folder(folder: Path) -> None:
    (folder / "clients.csv").unlink()
    (folder / "clients.csv").mkdir()


def _numbers_as_names(study: Any) -> None:
    """Name clients 1, 2, 3."""
    for table in ("clients", "interviews"):
        _fill(table, "id", lambda name: name[1:])(study)


def _one_team(study: Any) -> None:
    for row in study.tables["clients"][1:]:
        row[1:3] = ["A1", "T1"]


def _wide(study: Any) -> None:
    """Give every line of the clients one cell more than the header has."""
    for row in study.tables["clients"][1:]:
        row.append("Ann")


DATE = ("expected a date as YYYY-MM-DD from 1900 to 2100", "row 2)")
CLIENTS = 'file = "clients.csv"'
CLUSTERS = 'clusters = ["organization", "team"]'
OUTSIDE = ("a path that leads out of it", "[tables.clients]")

# name: how to break it; words of the message.
BROKEN: dict[str, tuple[Break, tuple[str, ...]]] = {
    # Cells.
    "mark_inside_an_identifier": (
        _replace("interviews.csv", b"\nP3,", "\n\ufeffP3,".encode()),
        ("interviews.csv, column `id`", "only in blanks or invisible characters"),
    ),
    "small_letters": (
        _replace("interviews.csv", b"\nP3,", b"\np3,"),
        ("table of clients", "only in capital and small letters"),
    ),
    "team_in_small_letters": (
        _replace("clients.csv", b",T3,", b",t3,"),
        ("1 team without any", "only in capital and small letters"),
    ),
    "narrow_blank": (
        _replace("clients.csv", b",T3,", ",T\u200b3,".encode()),
        ("1 team without any", "only in blanks or invisible characters"),
    ),
    "leading_zeros": (
        _then(_numbers_as_names, _replace("interviews.csv", b"\n7,", b"\n07,")),
        ("table of clients", "zeros before or after a number (7, 07 and 7.0)"),
    ),
    "number_with_a_point": (
        _then(_numbers_as_names, _replace("interviews.csv", b"\n7,", b"\n7.0,")),
        ("table of clients", "zeros before or after a number (7, 07 and 7.0)"),
    ),
    "numbers_in_excel_texts_in_csv": (
        _then(
            _numbers_as_names,
            _as_frame("clients", ".xlsx", lambda f: f.assign(id=f["id"].map("{:03d}".format))),
        ),
        ("interviews.csv, column `id`", "zeros before or after a number"),
    ),
    "thousands_separators": (
        _fill("interviews", "hope", lambda value: f'"1,0{value}"'),
        ("`hope`", "a decimal point and without units or thousands separators"),
    ),
    "decimal_commas": (
        _fill("fidelity", "score", lambda value: f'"{value.replace(".", ",")}"'),
        ("fidelity.csv, column `score`", "a decimal point"),
    ),
    "points_where_commas_are_said": (
        _say('file = "fidelity.csv"', 'file = "fidelity.csv"\ndecimal = ","'),
        ("fidelity.csv, column `score`", "a decimal comma"),
    ),
    "units": (
        _fill("clients", "age_years", lambda value: f"{value} years"),
        ("`age_years`", "without units"),
    ),
    "infinite": (_put("interviews", 4, "hope", "inf"), ("column `hope` (row 4)", "a number")),
    "not_a_number": (_put("interviews", 4, "hope", "NaN"), ("column `hope` (row 4)", "a number")),
    "too_large_for_a_number": (
        _put("interviews", 4, "hope", "1e999"), ("column `hope` (row 4)", "a number"),
    ),
    "thousands_of_digits": (
        _put("interviews", 4, "hope", "9" * 5000), ("column `hope` (row 4)", "a number"),
    ),
    "too_large_for_squares": (
        _put("interviews", 4, "hope", "1e300"), ("squares", "1e+300", "other units"),
    ),
    "arabic_digits": (
        _put("interviews", 4, "hope", "\u0662\u0660"), ("column `hope` (row 4)", "a number"),
    ),
    "texts_among_numbers": (
        _as_frame("interviews", ".xlsx", lambda f: f.assign(hope=["Ann", *f["hope"][1:]])),
        ("interviews.xlsx, column `hope`", "a number"),
    ),
    "true_and_false_for_a_date": (
        _then(_dated, _as_frame("interviews", ".parquet", lambda f: f.assign(held_on=True))),
        ("interviews.parquet, column `held_on`", "a date"),
    ),
    "cell_of_ten_megabytes": (
        _bytes("interviews.csv", lambda c: c.replace(b"P1,", b"P1" + b"x" * 10**7 + b",", 1)),
        ("interviews.csv", "no CSV", "line 2"),
    ),
    "one_cell_too_many_everywhere": (_wide, ("6 cells in every row", "and 19 more")),
    "byte_of_nothing": (
        _replace("clients.csv", b"woman", b"wo\x00man", 1), ("NUL characters", "as CSV again"),
    ),
    "half_a_character": (
        _replace("clients.csv", b"woman", b"wom\xc3n", 1), ("another encoding", "cp1252"),
    ),
    "utf16_without_mark": (
        _bytes("clients.csv", lambda c: c.decode().encode("utf-16-le")),
        ("clients.csv", "NUL characters"),
    ),
    "utf8_said_to_be_ascii": (
        _then(
            _say(CLIENTS, f'{CLIENTS}\nencoding = "ascii"'),
            _replace("clients.csv", b"woman", "wöman".encode()),
        ),
        ("a CSV file in ASCII", "another encoding"),
    ),
    # Dates and times.
    "february_31": (_then(_dated, _put("interviews", 2, "held_on", "2015-02-31")), DATE),
    "year_0": (_then(_dated, _put("interviews", 2, "held_on", "0000-01-31")), DATE),
    "year_of_two_digits": (_then(_dated, _put("interviews", 2, "held_on", "15-01-31")), DATE),
    "time_of_day": (_then(_dated, _put("interviews", 2, "held_on", "2015-01-31 12:30")), DATE),
    "day_first": (_then(_dated, _put("interviews", 2, "held_on", "31.01.2015")), DATE),
    "days_since_1900": (_then(_dated, _put("interviews", 2, "held_on", "42005")), DATE),
    "a_date_that_means_none": (
        _then(_dated, _put("fidelity", 2, "assessed_on", "9999-12-31")), (*DATE, "`missing`"),
    ),
    "slip_of_a_century": (_then(_dated, _put("fidelity", 2, "assessed_on", "0215-01-31")), DATE),
    "no_date_of_fidelity": (
        _fill("fidelity", "assessed_on", lambda value: ""),
        ("fidelity.csv, column `assessed_on`", "a value in every row", "and 19 more"),
    ),
    "no_date_of_interviews": (
        _fill("interviews", "held_on", lambda value: ""),
        ("At least one row must be complete", "`fidelity` 24"),
    ),
    "interviews_before_fidelity": (
        _fill("fidelity", "assessed_on", lambda value: str(float(value) + 500)),
        ("At least one row must be complete", "`fidelity` 24"),
    ),
    "overlapping_windows": (
        _say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = 3.5"),
        ("`waves.window`", "do not overlap: at most 3 months"),
    ),
    "negative_window": (
        _say("values = [0, 6, 12]", "values = [0, 6, 12]\nwindow = -1"),
        ("`waves.window`", "a number above 0", "found -1"),
    ),
    "negative_gap": (
        _say('clock = "months"', 'clock = "months"\nmax_age_months = -3'),
        ("`linkage.max_age_months`", "a number above 0"),
    ),
    # Spells.
    "two_teams_at_once": (
        _with_spells("P1,T1,2014-06-01,2015-06-01", "P1,T2,2015-05-01,"),
        ("spells.csv, column `team` (rows 25 and 26)", "one team of a client at a time"),
    ),
    "spell_that_ends_before_it_starts": (
        _with_spells("P1,T1,2015-06-01,2015-01-01"),
        ("spells.csv, column `to` (row 25)", "end after they start"),
    ),
    "spell_of_an_unknown_team": (
        _with_spells("P1,T99,2014-06-01,"),
        ("spells.csv, column `team` (row 25)", "a team of the table of clients"),
    ),
    "spell_of_an_unknown_client": (
        _with_spells("P99,T1,2014-06-01,"), ("spells.csv, column `id` (row 25)",),
    ),
    "spell_without_a_start": (
        _with_spells("P1,T1,,"), ("spells.csv, column `from` (row 25)", "a value in every row"),
    ),
    "spell_with_nobody": (
        _with_spells("P1,,2014-06-01,"), ("spells.csv, column `team` (row 25)", "a team"),
    ),
    # Items and scoring keys.
    "item_that_is_not_there": (
        _with_items(entry=SCORE.replace("shs_{}", "hope_{}")),
        ("the items of [scores.hope]", "no column for 6 of them, from `hope_1` to `hope_6`"),
    ),
    "one_item_too_few": (
        _with_items(entry=SCORE.replace('"shs_{}"', '["shs_1", "shs_2"]')),
        ("`scores.hope.items`", "6 headers", "found 2"),
    ),
    "response_outside_the_scale": (
        _then(_with_items(), _put("interviews", 5, "shs_3", "9")),
        ("column `shs_3` (row 5)", "a whole number from 1 to 8"),
    ),
    "half_a_response": (
        _then(_with_items(), _put("interviews", 5, "shs_3", "2.5")),
        ("column `shs_3` (row 5)", "a whole number from 1 to 8"),
    ),
    "unknown_instrument": (
        _with_items(entry=SCORE.replace("state_hope", "state_hop")),
        ("`scores.hope.instrument`", "Did you mean `state_hope`?"),
    ),
    "key_that_is_no_toml": (
        _with_items(entry=OWN, key="key = my hope"),
        ("`scores.hope.file`", "The scoring key must be a TOML file"),
    ),
    "key_with_a_slip": (
        _with_items(entry=OWN, key=KEY.replace("[1, 8]", "[8, 1]")), ("`scores.hope.file`", "low"),
    ),
    "key_outside_the_folder": (
        _with_items(entry=OWN.replace("mine.toml", "../mine.toml")),
        ("`scores.hope.file`", "a path that leads out of it"),
    ),
    "key_that_is_not_there": (
        _with_items(entry=OWN.replace("mine.toml", "yours.toml")),
        ("`scores.hope.file`", "the file yours.toml", "no such file"),
    ),
    # Files.
    "absolute_path": (_say(CLIENTS, 'file = "/etc/hosts.csv"'), OUTSIDE),
    "path_upwards": (_say(CLIENTS, 'file = "sub/../../clients.csv"'), OUTSIDE),
    "link_outwards": (_folder(_link), OUTSIDE),
    "link_to_itself": (
        _folder(lambda folder: (
            (folder / "clients.csv").unlink(), (folder / "clients.csv").symlink_to("clients.csv")
        )),
        ("[tables.clients]",),
    ),
    "folder_in_place_of_a_file": (_folder(_made_a_folder), ("clients.csv", "found a folder")),
    "address_of_the_web": (
        _say(CLIENTS, 'file = "https://example.org/clients.csv"'), ("beside study.toml",),
    ),
    "same_file_three_times": (
        _say(CLIENTS, 'file = "interviews.csv"'), ("a column `agency` in interviews.csv",),
    ),
    "file_that_may_not_be_read": (
        _folder(lambda folder: (folder / "clients.csv").chmod(0)),
        ("a file that can be read at clients.csv", "rights"),
    ),
    # The manifest.
    "key_twice": (_say("seed = 1", "seed = 1\nseed = 2"), ("must be a TOML file", "line 6")),
    "unknown_table": (_say("[waves]", "[wave]"), ("`wave`", "Did you mean `waves`?")),
    "date_in_place_of_a_text": (
        _say('"Small study"', "2015-01-31"),
        ("`study.name`", "a date without quotes", '"2015-01-31"'),
    ),
    "time_in_place_of_a_number": (
        _say("seed = 1", "seed = 07:32:00"), ("`study.seed`", "a time without quotes"),
    ),
    "number_of_thousands_of_digits": (
        _say("seed = 1", "seed = 1" + "0" * 6000), ("numbers of ordinary size",),
    ),
    "endless_number": (
        _say("[24, 96]", "[24, inf]"), ("`variables.alliance.range[1]`", "a finite number"),
    ),
    "no_number": (_say("[0, 6, 12]", "[0, nan, 12]"), ("`waves.values[1]`", "a finite number")),
    "deep_lists": (
        _say("seed = 1", f"seed = {'[' * 9000}{']' * 9000}"), ("in each other at most 20 times",),
    ),
    "deep_lists_that_can_be_read": (
        _say("seed = 1", f"seed = {'[' * 90}{']' * 90}"), ("in each other at most 20 times",),
    ),
    "deep_keys": (
        _say("seed = 1", f"seed = 1\n{'a.' * 3000}a = 1"), ("in each other at most 20 times",),
    ),
    "book_of_a_manifest": (
        _folder(lambda folder: (folder / "study.toml").write_text("# x\n" * 1_200_000)),
        ("at most 1,000,000 characters",),
    ),
    "hundreds_of_slips": (
        _say("seed = 1", "seed = 1\n" + "\n".join(f"x{i} = 1" for i in range(300))),
        ("has 300 problems", "and 260 more"),
    ),
    "manifest_that_is_a_folder": (
        _folder(lambda folder: ((folder / "study.toml").unlink(), (folder / "study.toml").mkdir())),
        ("Expected a manifest at study.toml",),
    ),
    "manifest_in_utf16": (
        _bytes("study.toml", lambda content: content.decode().encode("utf-16")),
        ("must be a text in UTF-8",),
    ),
    "empty_manifest": (_bytes("study.toml", lambda content: b""), ("has 3 problems", "`models`")),
    "no_models": (
        _bytes("study.toml", lambda content: content.split(b"[[models]]")[0]),
        ("`models`", "Add `models`"),
    ),
    "models_without_clusters": (_say(CLUSTERS, ""), ("`models[0].clusters`", "Add `clusters`")),
    "one_cluster": (_one_team, ("at least 5 teams", "found 1")),
    "one_organization": (
        _fill("clients", "agency", lambda value: "A1"),
        ("several clusters at every level", "`organization` has one"),
    ),
    "clients_as_clusters": (_say(CLUSTERS, 'clusters = ["client"]'), ("a column that can be a",)),
    "team_of_two_organizations": (
        _put("clients", 2, "agency", "A4"), ("every team in one organization",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_study_gives_its_message(name: str, study: Any) -> None:
    if name == "file_that_may_not_be_read" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    change, words = BROKEN[name]
    after = change(study)
    path, out = study.write(), study.folder / "out"
    if after is not None:
        after(study.folder)
    before = sorted(study.folder.rglob("*"))

    for command in (["validate", str(path)], ["report", str(path), "--out", str(out)]):
        result = CliRunner().invoke(main, command)

        assert isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == 1
        for word in words:
            assert word in result.output
        assert "Traceback" not in result.output
        assert len(result.output) < 20_000
        assert not re.search(r"\bP\d+\b|\bAnn\b", result.output), "a person in a message"
        assert sorted(study.folder.rglob("*")) == before


def test_the_table_is_as_long_as_was_promised() -> None:
    assert len(BROKEN) >= 60


# What is odd but possible is told, and nothing more.
ODD: dict[str, tuple[Break, tuple[str, ...]]] = {
    "interviews_before_enrollment": (
        _with_enrollment("2019-01-01"), ("column `held_on`", "interviews after enrollment"),
    ),
    "seed_of_hundreds_of_digits": (_say("seed = 1", "seed = 1" + "0" * 400), ("0 errors",)),
    "blanks_around_identifiers": (_replace("clients.csv", b",T3,", b", T3 ,"), ("0 errors",)),
    "lines_of_old_macs": (_replace("clients.csv", b"\n", b"\r"), ("0 errors",)),
    "numbers_in_excel": (
        _then(_numbers_as_names, _as_frame("clients", ".xlsx", lambda f: f.astype({"id": float}))),
        ("0 errors",),
    ),
    "thousands_of_empty_columns": (
        _bytes("clients.csv", lambda c: b"\n".join(x + b"," * 3000 for x in c.split())),
        ("0 errors",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_but_possible_is_no_error(name: str, study: Any) -> None:
    change, words = ODD[name]
    after = change(study)
    path = study.write()
    if after is not None:
        after(study.folder)

    result = CliRunner().invoke(main, ["validate", str(path)])

    assert result.exit_code == 0, result.output
    for word in words:
        assert word in result.output
