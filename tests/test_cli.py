"""The command line: exit codes, and messages without tracebacks."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mediation.cli import main

SYNTHETIC = Path(__file__).parents[1] / "data" / "synthetic"


def run(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def study(tmp_path):
    shutil.copytree(SYNTHETIC, tmp_path / "study")
    return tmp_path / "study"


def test_a_valid_study_has_a_warning_and_no_error(study):
    result = run("validate", study / "study.toml")
    assert result.exit_code == 0
    assert "14 teams" in result.output
    assert "0 errors, 1 warning." in result.output


def test_every_problem_is_listed_at_once_and_the_exit_code_is_one(study):
    interviews = (study / "interviews.csv").read_text().splitlines()
    cells = interviews[1].split(",")
    cells[interviews[0].split(",").index("rprs_7")] = "9"
    interviews[1] = ",".join(cells)
    interviews.append(interviews[5])
    (study / "interviews.csv").write_text("\n".join(interviews) + "\n")
    result = run("validate", study / "study.toml")
    assert result.exit_code == 1
    assert "2 errors" in result.output
    report = run("report", study / "study.toml", "--out", study / "out")
    assert report.exit_code == 1
    assert not (study / "out").exists()
    assert "Traceback" not in report.output
    assert "C001" not in result.output + report.output


def test_validate_also_rehearses_the_models(study):
    manifest = study / "study.toml"
    text = manifest.read_text().replace('covariates = ["age"', 'covariates = ["age", "age_too"')
    manifest.write_text(text.replace('age = "age"', 'age = "age"\nage_too = "age_too"'))
    lines = (study / "clients.csv").read_text().splitlines()
    at = lines[0].split(",").index("age")
    lines = [f"{line},{line.split(',')[at]}" for line in lines]
    lines[0] = lines[0].removesuffix("age") + "age_too"
    (study / "clients.csv").write_text("\n".join(lines) + "\n")
    result = run("validate", manifest)
    assert result.exit_code == 1
    assert "do not vary: age_too" in result.output


def test_a_missing_manifest_is_a_message(tmp_path):
    result = run("report", tmp_path / "nothing.toml", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.output.startswith("ManifestError:")


@pytest.mark.parametrize("words", [["report"], ["nonsense"], ["simulate", "--seed", "-1"]])
def test_wrong_usage_is_two(words):
    assert run(*words).exit_code == 2


def test_out_that_is_a_file_is_a_message(study, tmp_path):
    (tmp_path / "taken").write_text("here first")
    result = run("report", study / "study.toml", "--out", tmp_path / "taken")
    assert result.exit_code == 1
    assert "Error:" in result.output
    assert (tmp_path / "taken").read_text() == "here first"


def test_simulate_writes_the_committed_study(tmp_path):
    for name, flag in (("synthetic", []), ("synthetic_null", ["--null"])):
        assert run("simulate", "--out", tmp_path / name, *flag).exit_code == 0
        for path in (SYNTHETIC.parent / name).iterdir():
            assert (tmp_path / name / path.name).read_bytes() == path.read_bytes(), path.name


def test_python_m_and_version():
    words = [sys.executable, "-m", "mediation", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert "mediation, version 0." in done.stdout


def test_every_command_is_told_in_a_whole_sentence() -> None:
    listed = CliRunner().invoke(main, ["--help"], terminal_width=78).output.split("Commands:\n")[1]

    assert len(listed.splitlines()) >= 7
    assert "..." not in listed
