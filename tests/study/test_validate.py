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
    assert "at most 6 degrees of freedom for tests of Fidelity, 5 in the largest" in warning.advice


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

    ValidationReport((warning,)).raise_if_errors()
