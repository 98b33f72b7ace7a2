"""Broken input of every kind gives its own message, with its place and without people."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from mediation.study.problems import ProblemKind
from mediation.study.study import validate_study

Break = Callable[[Any], None]


def _drop(table: str, column: str) -> Break:
    def change(study: Any) -> None:
        position = study.tables[table][0].index(column)
        study.tables[table] = [r[:position] + r[position + 1 :] for r in study.tables[table]]

    return change


def _put(*cells: tuple[str, int, str, str]) -> Break:
    def change(study: Any) -> None:
        for cell in cells:
            study.put(*cell)

    return change


def _say(old: str, new: str) -> Break:
    return lambda study: study.say(old, new)


def _copy_row(table: str, row: int) -> Break:
    return lambda study: study.tables[table].append(list(study.tables[table][row - 1]))


def _no_rows(table: str) -> Break:
    return lambda study: study.tables.update({table: study.tables[table][:1]})


def _two_columns_of_age(study: Any) -> None:
    for row in study.tables["clients"]:
        row.append(row[4])


def _without_team(study: Any) -> None:
    study.tables["fidelity"] = [r for r in study.tables["fidelity"] if r[0] != "T8"]


def _constant_fidelity(study: Any) -> None:
    for row in study.tables["fidelity"][1:]:
        row[2] = "3"


def _organizations_only(study: Any) -> None:
    """Make age constant in the four organizations, so that it is one more coefficient."""
    study.say('clusters = ["organization", "team"]', 'clusters = ["organization"]')
    for row in study.tables["clients"][1:]:
        row[4] = row[1][1:]


def _score_at(wave: str, column: int, value: Callable[[int], str]) -> Break:
    """Write the scores of one wave; `value` is asked for the client's number, from 0."""

    def change(study: Any) -> None:
        for row in study.tables["interviews"][1:]:
            if row[1] == wave:
                row[column] = value(int(row[0][1:]) - 1)

    return change


# name: how to break it; kind; table; column; rows; words of the message.
ERRORS: dict[str, tuple[Break, ProblemKind, str, str, tuple[int, ...], tuple[str, ...]]] = {
    "missing_column": (
        _say('age = "age_years"', 'age = "age_year"'),
        ProblemKind.MISSING_COLUMN, "clients", "age", (),
        ("clients.csv, column `age_year`", "`id`, `agency`", "Did you mean `age_years`?"),
    ),
    "column_twice": (
        _two_columns_of_age, ProblemKind.DUPLICATE_COLUMN, "clients", "age", (),
        ("one column `age_years` in clients.csv", "Rename or remove all but one"),
    ),
    "empty_table": (
        _no_rows("fidelity"), ProblemKind.EMPTY_TABLE, "fidelity", "", (),
        ("fidelity.csv", "a header only"),
    ),
    "uneven_row": (
        lambda study: study.tables["clients"][4].append("x"),
        ProblemKind.UNEVEN_ROW, "clients", "", (5,), ("6 cells", "row 5"),
    ),
    "not_a_number": (
        _put(("clients", 3, "age_years", "twenty"), ("clients", 7, "age_years", "3.5x")),
        ProblemKind.NOT_A_NUMBER, "clients", "age", (3, 7),
        ("column `age_years` (rows 3 and 7)", "a number", "decimal point"),
    ),
    "not_a_date": (
        _say('clock = "months"', 'clock = "date"'),
        ProblemKind.NOT_A_DATE, "fidelity", "date", tuple(range(2, 26)),
        ("rows 2, 3, 4, 5, 6 and 19 more", "YYYY-MM-DD"),
    ),
    "out_of_range": (
        _put(("interviews", 4, "alliance", "97"), ("interviews", 9, "alliance", "9999")),
        ProblemKind.OUT_OF_RANGE, "interviews", "alliance", (4, 9),
        ("a score from 24 to 96", "97, 9999", "rows 4 and 9"),
    ),
    "unknown_level": (
        _put(("clients", 5, "gender", "Woman")),
        ProblemKind.UNKNOWN_LEVEL, "clients", "gender", (5,), ("one of woman, man", "row 5"),
    ),
    "category_without_levels": (
        _say('levels = ["woman", "man"]\n', ""),
        ProblemKind.LEVELS_NOT_NAMED, "clients", "gender", (),
        ("clients.csv, column `gender`", "2 different values", "[variables.gender]"),
    ),
    "mediator_constant_at_its_wave": (
        _score_at("6", 3, lambda i: "70"), ProblemKind.NO_VARIANCE, "models[0]", "alliance", (),
        ('models[0] "Main", `alliance`', "the mediator that differ at 6 months",
         "one value for everyone"),
    ),
    "outcome_missing_at_its_wave": (
        _score_at("12", 4, lambda i: ""), ProblemKind.NO_VARIANCE, "models[0]", "hope", (),
        ('models[0] "Main", `hope`', "the outcome that differ at 12 months",
         "no value for anyone"),
    ),
    "mediator_constant_inside_teams": (
        _score_at("6", 3, lambda i: str(60 + i // 3)),
        ProblemKind.CONSTANT_INSIDE, "models[0]", "alliance", (),
        ('models[0] "Main"', "differs between clients of one team at 6 months",
         "one value in each of the teams", "A mediator must differ between clients of one team"),
    ),
    "missing_key": (
        _put(("clients", 6, "team", "")),
        ProblemKind.MISSING_KEY, "clients", "team", (6,), ("a value in every row",),
    ),
    "duplicate_client": (
        _copy_row("clients", 3), ProblemKind.DUPLICATE_KEY, "clients", "client", (3, 26),
        ("one row for each client", "rows 3 and 26"),
    ),
    "duplicate_interview": (
        _copy_row("interviews", 5), ProblemKind.DUPLICATE_KEY, "interviews", "client", (5, 74),
        ("one row for each client and wave",),
    ),
    "duplicate_assessment": (
        _copy_row("fidelity", 2), ProblemKind.DUPLICATE_KEY, "fidelity", "team", (2, 26),
        ("one row for each team and date",),
    ),
    "unknown_client": (
        _put(("interviews", 8, "id", "P99")),
        ProblemKind.UNKNOWN_CLIENT, "interviews", "client", (8,), ("table of clients", "row 8"),
    ),
    "unknown_wave": (
        _put(("interviews", 8, "wave", "7")),
        ProblemKind.UNKNOWN_WAVE, "interviews", "wave", (8,), ("one of the waves 0, 6, 12",),
    ),
    "team_without_fidelity": (
        _without_team, ProblemKind.NO_FIDELITY, "clients", "team", (23, 24, 25),
        ("at least one fidelity assessment of every team", "1 team without any"),
    ),
    "team_in_two_organizations": (
        _put(("clients", 2, "agency", "A4")),
        ProblemKind.NOT_NESTED, "clients", "team", (2, 3, 4),
        ("every team in one organization", "1 team in several"),
    ),
    "constant_predictor": (
        _constant_fidelity, ProblemKind.NO_VARIANCE, "fidelity", "fidelity", (),
        ("values that differ", "predictor"),
    ),
    "unknown_variable": (
        _say('covariates = ["age"', 'covariates = ["agee"'),
        ProblemKind.UNKNOWN_VARIABLE, "models[0]", "agee", (), ("Did you mean `age`?",),
    ),
    "category_as_outcome": (
        _say("[waves]", '[variables.hope]\nkind = "category"\n[waves]'),
        ProblemKind.WRONG_KIND, "models[0]", "hope", (), ("a number as outcome",),
    ),
    "outcome_without_interview": (
        _say('outcomes = ["hope"]', 'outcomes = ["age"]'),
        ProblemKind.UNKNOWN_VARIABLE, "models[0]", "age", (),
        ("can be an outcome;", "An outcome can be `alliance`, `hope`"),
    ),
    "baseline_twice": (
        _say('covariates = ["age"', 'covariates = ["hope_0"'),
        ProblemKind.TWO_ROLES, "models[0]", "hope_0", (), ("`baseline = true`",),
    ),
    "mediator_and_outcome": (
        _say('outcomes = ["hope"]', 'outcomes = ["alliance"]'),
        ProblemKind.TWO_ROLES, "models[0]", "alliance", (), ("mediator and outcome",),
    ),
    "outcome_wave_first": (
        _say("mediator = 6, outcome = 12", "mediator = 12, outcome = 6"),
        ProblemKind.WAVE_ORDER, "models[0].waves[0]", "", (),
        ('models[0] "Main", waves[0]: ', "mediator at 12, outcome at 6", 'order = "any"'),
    ),
    "same_wave": (
        _say("mediator = 6, outcome = 12", "mediator = 6, outcome = 6"),
        ProblemKind.WAVE_ORDER, "models[0].waves[0]", "", (), ("mediator before the outcome",),
    ),
    "outcome_at_baseline": (
        _say("outcome = 12 }]", 'outcome = 0 }]\norder = "any"'),
        ProblemKind.WAVE_ORDER, "models[0].waves[0]", "outcome", (), ("baseline",),
    ),
    "model_wave_not_listed": (
        _say("mediator = 6, outcome = 12", "mediator = 5, outcome = 12"),
        ProblemKind.UNKNOWN_WAVE, "models[0].waves[0]", "mediator", (), ("found 5",),
    ),
    "headline_without_clusters": (
        _say('clusters = ["organization", "team"]', "clusters = []"),
        ProblemKind.HEADLINE, "models[0]", "headline", (), ("indirect single",),
    ),
    "too_few_clusters": (
        _organizations_only, ProblemKind.TOO_FEW_CLUSTERS, "models[0]", "organization", (),
        ("at least 6 organizations", "found 4"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ERRORS)
def test_each_kind_of_broken_input_gives_its_message(name: str, small_study: Any) -> None:
    change, kind, table, column, rows, words = ERRORS[name]
    change(small_study)

    report = validate_study(small_study.write())

    found = [p for p in report.errors if (p.kind, p.table, p.column) == (kind, table, column)]
    assert len(found) == 1, [str(p) for p in report.problems]
    assert found[0].rows == rows
    for word in words:
        assert word in str(found[0])
    for problem in report.problems:
        assert not re.search(r"\bP\d+\b", str(problem)), "a client identifier in a message"
