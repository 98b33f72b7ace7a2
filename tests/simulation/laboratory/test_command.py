"""`mediation coverage`: files, messages and exit codes."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mediation.cli import main
from mediation.simulation.laboratory import run as run_module

DESIGN = """
seed = 4
n_studies = 60
effects = ["indirect within", "b within"]
[[grids]]
teams = 7
mean_size = 10
a = [0, 0.3]
b = 0.4
[[methods]]
name = "default | KR"
engine = { name = "mixed_models" }
[[methods]]
name = "joint"
engine = { name = "mixed_models" }
interval = { name = "joint_significance" }
"""


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "design.toml"
    path.write_text(DESIGN, encoding="utf-8")
    return path


def call(*words):
    return CliRunner().invoke(main, ["coverage", *map(str, words)])


def test_table_page_and_figures_are_written(design, tmp_path):
    out = tmp_path / "out"
    result = call(design, "--out", out, "--jobs", 1)
    assert result.exit_code == 0, result.output
    assert "8 rows" in result.output
    names = {path.name for path in out.iterdir()}
    figures = {
        f"{stem}.{kind}" for stem in ("coverage", "coverage_b_within") for kind in ("svg", "png")
    }
    assert names == {"coverage.csv", "coverage.md", "parts"} | figures
    assert r"default \| KR" in (out / "coverage.md").read_text(encoding="utf-8")


def test_the_same_command_writes_the_same_bytes(design, tmp_path):
    for name in ("one", "two"):
        assert call(design, "--out", tmp_path / name, "--jobs", 1).exit_code == 0
    for path in (tmp_path / "one").glob("coverage*"):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_another_seed_gives_other_numbers(design, tmp_path):
    for seed in (1, 2):
        assert (
            call(design, "--out", tmp_path / str(seed), "--seed", seed, "--jobs", 1).exit_code == 0
        )
    one, two = ((tmp_path / seed / "coverage.csv").read_text() for seed in "12")
    assert one != two


def test_a_wrong_design_is_a_message_and_exit_code_1(design, tmp_path):
    design.write_text(DESIGN.replace("seed", "sead"), encoding="utf-8")
    result = call(design, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "Did you mean `seed`?" in result.stderr
    assert "Traceback" not in result.output


def test_no_process_at_all_is_a_usage_error(design, tmp_path):
    result = call(design, "--out", tmp_path / "out", "--jobs", 0)
    assert result.exit_code == 2
    assert "0 processes do no work" in result.stderr


def test_a_file_in_place_of_the_folder_is_named(design, tmp_path):
    result = call(design, "--out", design, "--jobs", 1)
    assert result.exit_code == 1
    assert f"{design}. Found: a file of that name" in result.stderr


def test_a_stopped_run_says_how_to_go_on(design, tmp_path, monkeypatch):
    def stopped(tasks, n_jobs):
        yield from ()
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "run_local", stopped)
    result = call(design, "--out", tmp_path / "out")
    assert result.exit_code == 130
    assert "the same command goes on from there" in result.stderr
