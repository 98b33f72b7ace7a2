"""Validation as a whole: files that cannot be read, warnings, and the report."""

from __future__ import annotations

from typing import Any

import pytest

from mediation.errors import DataError
from mediation.study.problems import Problem, ProblemKind, Severity, ValidationReport
from mediation.study.study import load_study, validate_study


def test_a_missing_file_is_a_message(small_study: Any) -> None:
    path = small_study.write()
    (small_study.folder / "clients.csv").unlink()

    (problem,) = validate_study(path).errors

    assert problem.kind is ProblemKind.MISSING_FILE
    assert "clients.csv" in str(problem)


def test_another_encoding_is_a_message(small_study: Any) -> None:
    path = small_study.write()
    (small_study.folder / "clients.csv").write_bytes("id,agency\nP1,Québec\n".encode("latin-1"))

    kinds = {problem.kind for problem in validate_study(path).errors}

    assert ProblemKind.UNREADABLE_FILE in kinds


def test_a_file_without_header_shows_no_row_of_data(small_study: Any) -> None:
    small_study.tables["clients"] = small_study.tables["clients"][1:]

    text = "\n".join(str(p) for p in validate_study(small_study.write()).problems)

    assert "none of the expected columns" in text
    assert "P1" not in text


def test_semicolons_are_named(small_study: Any) -> None:
    path = small_study.write()
    file = small_study.folder / "clients.csv"
    file.write_text(file.read_text().replace(",", ";"))

    assert "not by semicolons" in str(validate_study(path).errors[0])


def test_the_valid_study_has_only_the_warning_on_few_clusters(small_study: Any) -> None:
    report = validate_study(small_study.write())

    assert report.errors == ()
    (warning,) = report.warnings
    assert warning.kind is ProblemKind.FEW_CLUSTERS
    assert "at most 6 degrees of freedom for tests of Fidelity (5 in the largest" in warning.advice


@pytest.mark.parametrize(
    ("options", "level", "said"),
    [
        ('covariance = "cr2"', "organization", "With 4 organizations, taken as independent by CR2"),
        ('covariance = "cr1"', "organization", "hold about 3 degrees of freedom, and an honest"),
        ('covariance = "cr2", cluster = "team"', "team", "With 8 teams, taken as independent"),
        ('covariance = "hc3"', "team", "With 8 teams, the data hold at most 6 degrees"),
    ],
)
def test_few_clusters_are_those_that_standard_errors_take_as_independent(
    small_study: Any, options: str, level: str, said: str
) -> None:
    clusters = 'clusters = ["organization", "team"]'
    small_study.say(clusters, f'{clusters}\nengine = {{ name = "ols", {options} }}')

    (warning,) = validate_study(small_study.write()).warnings

    assert warning.kind is ProblemKind.FEW_CLUSTERS
    assert warning.column == level
    assert said in warning.advice


def test_covariates_constant_in_teams_cost_degrees_of_freedom(small_study: Any) -> None:
    for row in small_study.tables["clients"][1:]:
        row[4] = str(30 + int(row[2][1:]) ** 2)

    (warning,) = validate_study(small_study.write()).warnings

    assert "4 in the largest equation" in warning.advice


def test_messages_use_the_clusters_of_the_manifest(small_study: Any) -> None:
    for old, new in (("team = ", "ward = "), ('"team"]', '"ward"]')):
        small_study.say(old, new)

    (warning,) = validate_study(small_study.write()).warnings

    assert "8 wards" in warning.advice
    assert "team" not in warning.advice


def test_fidelity_level_left_out_of_the_clusters_is_a_warning(small_study: Any) -> None:
    small_study.say('clusters = ["organization", "team"]', "clusters = []")
    small_study.say("indirect within", "indirect single")

    report = validate_study(small_study.write())

    assert [p.kind for p in report.problems] == [ProblemKind.FIDELITY_LEVEL]
    assert report.problems[0].severity is Severity.WARNING


def test_case_manager_in_two_teams_is_a_warning(small_study: Any) -> None:
    small_study.put("clients", 2, "manager", "M8")

    report = validate_study(small_study.write())

    assert report.errors == ()
    (found,) = [p for p in report.warnings if p.column == "case_manager"]
    assert found.rows == (2, 23, 24, 25)


def test_missing_scores_are_allowed_and_missing_dates_a_warning(small_study: Any) -> None:
    small_study.put("interviews", 3, "alliance", "NA")
    small_study.put("interviews", 4, "held_on", "")

    report = validate_study(small_study.write())

    assert report.errors == ()
    assert [p.rows for p in report.warnings if p.kind is ProblemKind.MISSING_DATE] == [(4,)]


def test_everything_is_reported_at_once(small_study: Any) -> None:
    small_study.put("interviews", 4, "alliance", "97")
    small_study.put("interviews", 8, "id", "P99")
    small_study.put("clients", 6, "team", "")
    small_study.say("mediator = 6, outcome = 12", "mediator = 12, outcome = 6")
    path = small_study.write()

    report = validate_study(path)

    assert {p.kind for p in report.errors} >= {
        ProblemKind.OUT_OF_RANGE,
        ProblemKind.UNKNOWN_CLIENT,
        ProblemKind.MISSING_KEY,
        ProblemKind.WAVE_ORDER,
    }
    with pytest.raises(DataError) as caught:
        load_study(path)
    for problem in report.errors:
        assert str(problem) in str(caught.value)
    frame = report.to_frame()
    assert len(frame) == len(report.problems)
    assert set(frame["severity"]) == {"error", "warning"}


def test_row_numbers_are_lines_of_the_file(small_study: Any) -> None:
    small_study.tables["clients"].insert(2, [])
    small_study.put("clients", 5, "age_years", "old")

    (problem,) = validate_study(small_study.write()).errors

    assert problem.rows == (5,)


def test_a_report_without_errors_does_not_raise() -> None:
    warning = Problem(ProblemKind.FEW_CLUSTERS, Severity.WARNING, "t", "c", (), "a", "b", "c")

    report = ValidationReport((warning,))
    report.raise_if_errors()
    assert report.warnings == (warning,)
    assert report.errors == ()


def test_a_category_without_levels_shows_none_of_its_texts(small_study: Any) -> None:
    small_study.say('levels = ["woman", "man"]\n', "")
    small_study.put("clients", 2, "gender", "see note on Jane Doe")

    (problem,) = validate_study(small_study.write()).errors

    assert "found none, and 3 different values" in str(problem)
    assert "woman" not in str(problem)
    assert "Jane" not in str(problem)


def test_a_category_that_no_model_uses_needs_no_levels(small_study: Any) -> None:
    small_study.say('levels = ["woman", "man"]\n', "")
    small_study.say('covariates = ["age", "gender"]', 'covariates = ["age"]')

    assert validate_study(small_study.write()).errors == ()


def test_a_category_of_the_first_interview_needs_levels(small_study: Any) -> None:
    _add_housing(small_study, lambda i: "rented" if i % 2 else "own")
    small_study.say('["age", "gender"]', '["age", "housing_0"]')
    without = validate_study(small_study.write())
    small_study.say('"category"\n[waves]', '"category"\nlevels = ["own", "rented"]\n[waves]')

    assert [(p.kind, p.column) for p in without.errors] == [
        (ProblemKind.LEVELS_NOT_NAMED, "housing")
    ]
    assert validate_study(small_study.write()).errors == ()


def test_a_text_column_without_an_entry_is_no_number(small_study: Any) -> None:
    small_study.say('kind = "category"\nlevels = ["woman", "man"]\n', 'label = "Gender"\n')

    kinds = {p.kind for p in validate_study(small_study.write()).errors}

    assert ProblemKind.NOT_A_NUMBER in kinds


def _add_housing(small_study: Any, value: Any) -> None:
    rows = small_study.tables["interviews"]
    rows[0].append("housing")
    for row in rows[1:]:
        row.append(value(int(row[0][1:]) - 1))
    small_study.say('hope = "hope"\n', 'hope = "hope"\nhousing = "housing"\n')
    small_study.say("[waves]", '[variables.housing]\nkind = "category"\n[waves]')


@pytest.mark.parametrize(("count", "is_rare"), [(4, True), (5, False), (0, False)])
def test_a_level_with_fewer_clients_than_the_minimum_cell(
    count: int, is_rare: bool, small_study: Any
) -> None:
    small_study.say('levels = ["woman", "man"]', 'levels = ["woman", "man", "third"]')
    for row in range(2, 2 + count):
        small_study.put("clients", row, "gender", "third")
    path = small_study.write()

    found = [p for p in validate_study(path).warnings if p.kind is ProblemKind.RARE_LEVEL]

    assert len(found) == is_rare
    said = 'Fewer than 5 clients have the level "third" of gender: its coefficient rests on fewer'
    assert any(warning.startswith(said) for warning in load_study(path).warnings) == is_rare


def test_a_rare_reference_is_told_even_without_anybody(small_study: Any) -> None:
    small_study.say('levels = ["woman", "man"]', 'levels = ["third", "woman", "man"]')

    (found,) = [
        p for p in validate_study(small_study.write()).warnings if p.kind is ProblemKind.RARE_LEVEL
    ]

    assert "every coefficient of gender" in found.advice


def test_dates_that_do_not_ascend_with_the_wave_are_one_warning(small_study: Any) -> None:
    # Rows 2 to 4 are P1 at waves 0, 6 and 12; rows 8 to 10 are P3, enrolled in month 0.2.
    small_study.put("interviews", 3, "held_on", "40")
    small_study.put("interviews", 9, "held_on", "0.2")
    small_study.put("interviews", 13, "held_on", "")

    report = validate_study(small_study.write())

    assert report.errors == ()
    (found,) = [p for p in report.warnings if p.kind is ProblemKind.DATE_ORDER]
    assert found.rows == (3, 4, 8, 9)
    assert "interviews.csv, column `held_on` (rows 3, 4, 8 and 9)" in str(found)


@pytest.mark.parametrize("headline", ["indirect between", "contextual between"])
def test_a_headline_of_constant_fidelity_where_fidelity_changes(
    headline: str, small_study: Any
) -> None:
    small_study.say("indirect within", headline)
    changing = validate_study(small_study.write())
    for row in small_study.tables["fidelity"][1:]:
        row[2] = f"{2 + int(row[0][1:]) / 10:g}"
    constant = validate_study(small_study.write())

    (found,) = [p for p in changing.warnings if p.kind is ProblemKind.VARYING_FIDELITY]
    assert f'the headline "{headline}"' in str(found)
    assert "in 8 teams" in str(found)
    assert [p.kind for p in constant.problems] == [ProblemKind.FEW_CLUSTERS]


def test_a_model_is_named_besides_its_number(small_study: Any) -> None:
    small_study.say('name = "Main"', 'name = "Fidelity, alliance and hope"')

    (warning,) = validate_study(small_study.write()).warnings

    assert str(warning).startswith('models[0] "Fidelity, alliance and hope", `team`: expected 20')
    assert warning.table == "models[0]"


def test_articles_fit_their_nouns(small_study: Any) -> None:
    for row in small_study.tables["interviews"][1:]:
        row[4] = "30"

    (problem,) = [p for p in validate_study(small_study.write()).errors if p.column == "hope"]

    assert "from an outcome without differences" in str(problem)


@pytest.mark.parametrize(("covariate", "is_rare"), [("housing_0", True), ("housing", False)])
def test_rare_levels_are_counted_at_the_wave_that_is_used(
    covariate: str, is_rare: bool, small_study: Any
) -> None:
    _add_housing(small_study, lambda i: "rented" if i % 2 else "own")
    small_study.say(
        '"category"\n[waves]', '"category"\nlevels = ["own", "rented", "none"]\n[waves]'
    )
    small_study.say('["age", "gender"]', f'["age", "{covariate}"]')
    # "none" at wave 0 for four clients, at wave 12 for five.
    for row in small_study.tables["interviews"][1:]:
        if int(row[0][1:]) <= {"0": 4, "6": 0, "12": 5}[row[1]]:
            row[-1] = "none"

    report = validate_study(small_study.write())

    assert report.errors == ()
    assert (ProblemKind.RARE_LEVEL in {p.kind for p in report.warnings}) == is_rare
