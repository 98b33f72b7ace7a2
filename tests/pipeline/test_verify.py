"""`mediation verify`: the same numbers come out again, and whatever moved is named."""

import json
import re
import shutil
from hashlib import sha256

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from mediation.cli import main
from mediation.errors import ReportError
from mediation.pipeline import report, verify

MANIFEST = """
[study]
name = "Flat study"
synthetic = true
seed = 3
[tables.rows]
file = "rows.csv"
[tables.rows.columns]
school = "school"
x = "x"
m = "m"
y = "y"
[[models]]
name = "Main"
headline = "indirect within"
predictor = "x"
mediators = ["m"]
outcomes = ["y"]
clusters = ["school"]
[models.engine]
name = "mixed_models"
[models.interval]
name = "monte_carlo"
n_draws = 500
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A study and its report, made once."""
    folder = tmp_path_factory.mktemp("verify")
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(16), 8)
    x = rng.normal(size=16)[school]
    m = 0.8 * x + 0.3 * rng.normal(size=16)[school] + rng.normal(size=128)
    y = 0.5 * m + rng.normal(size=128)
    frame = pd.DataFrame({"school": school, "x": x, "m": m, "y": y})
    frame.to_csv(folder / "rows.csv", index=False)
    (folder / "study.toml").write_text(MANIFEST, encoding="utf-8")
    report(folder / "study.toml", folder / "reports")
    return folder


@pytest.fixture
def study(written, tmp_path):
    """A copy that a test may break."""
    copy = tmp_path / "copy"
    shutil.copytree(written, copy)
    return copy


def run(*words):
    return CliRunner().invoke(main, ["verify", *(str(word) for word in words)])


def change(study, edit):
    """Change the parsed `results.json` of a report in place."""
    path = study / "reports" / "results.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    edit(results)
    path.write_text(json.dumps(results), encoding="utf-8")
    # A page of the same hand as the numbers: what it names is what lies beside it.
    page = study / "reports" / "report.html"
    there = sha256((study / "reports" / "results.json").read_bytes()).hexdigest()
    named = re.sub(r'(?<=data-results=")[0-9a-f]{64}', there, page.read_text(encoding="utf-8"))
    page.write_text(named, encoding="utf-8")


def contents_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_study_gives_the_same_numbers_and_nothing_is_written(study):
    before = contents_of(study)
    result = run(study / "reports", "--study", study / "study.toml")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("All ")
    assert "tolerance: relative 1e-06, absolute 1e-10" in result.output
    assert contents_of(study) == before
    found = verify(study / "reports", study / "study.toml")
    assert found.moved == ()
    assert found.versions == ()
    # Every estimate of the file is among the numbers compared.
    text = (study / "reports" / "results.json").read_text(encoding="utf-8")
    assert found.n_numbers > text.count('"estimate"') > 20


def test_the_study_is_found_by_its_hash(study, monkeypatch):
    monkeypatch.chdir(study / "reports")
    assert verify(study / "reports").moved == ()
    # One that lies nearer but is another study is passed over; so is a broken one.
    other = study / "reports" / "study.toml"
    other.write_text("broken = [", encoding="utf-8")
    assert verify(study / "reports").moved == ()
    (study / "study.toml").rename(study / "elsewhere.toml")
    with pytest.raises(ReportError, match=r"Looked at 1 .* nearby"):
        verify(study / "reports")


def test_the_recorded_seed_is_used_and_not_that_of_the_manifest(written, tmp_path):
    report(written / "study.toml", tmp_path / "out", seed=77)
    assert verify(tmp_path / "out", written / "study.toml").moved == ()


def test_a_number_that_moved_is_named_with_both_values(study):
    def edit(results):
        row = results["entries"][0]["cells"][0]["headline"][0]
        row["estimate"] *= 1.0001

    change(study, edit)
    result = run(study / "reports", "--study", study / "study.toml")
    assert result.exit_code == 1
    first, *_, last = result.output.splitlines()
    assert first.startswith("entries[0].cells[0].headline[0].estimate: was ")
    assert first.endswith("(relative 1.0e-04)")
    assert last.startswith("1 value moved, of ")


def test_versions_are_told_and_do_not_fail(study):
    def edit(results):
        results["versions"]["numpy"] = "1.0"

    change(study, edit)
    result = run(study / "reports", "--study", study / "study.toml")
    assert result.exit_code == 0
    assert "Versions: numpy was 1.0, is " in result.output


@pytest.mark.parametrize("name", ["rows.csv", "study.toml"])
def test_a_changed_input_is_said(study, name):
    path = study / name
    text = path.read_text(encoding="utf-8")
    comment = "# again\n" if name == "study.toml" else "1,0.5,0.5,0.5\n"
    path.write_text(text + comment, encoding="utf-8")
    result = run(study / "reports", "--study", study / "study.toml")
    assert result.exit_code == 1
    assert "Its manifest or one of its tables has changed" in result.output
    assert "Traceback" not in result.output


def test_tables_are_compared(study):
    path = study / "reports" / "tables" / "effects.csv"
    header, first, *rest = path.read_text(encoding="utf-8").splitlines()
    at = header.split(",").index("estimate")
    cells = first.split(",")
    cells[at] = str(float(cells[at]) * 1.01)
    path.write_text("\n".join([header, ",".join(cells), *rest]) + "\n", encoding="utf-8")
    (study / "reports" / "tables" / "paths.csv").unlink()
    markdown = study / "reports" / "tables" / "effects.md"
    markdown.write_text(markdown.read_text(encoding="utf-8") + "more\n", encoding="utf-8")
    (study / "reports" / "tables" / "paths.md").write_bytes(b"\xff\xfe")
    number, gone, line, no_text = map(str, verify(study / "reports", study / "study.toml").moved)
    assert number.startswith("tables/effects.csv, row 1, estimate: was ")
    assert gone == "tables/paths.csv: was not there, is a table of the report"
    assert line.endswith("was 'more', is not there")
    assert no_text.startswith("tables/paths.md: was not text")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "must be readable JSON"),
        ("[1, 2]", "must hold one object"),
        ("\xff", "must be readable JSON"),
        ("[" * 100_000, "nested too deeply"),
        ("{}", "It names no format"),
        ('{"format": true}', "It names no format"),
        ('{"format": "two"}', "It names no format"),
        ('{"format": 1, "versions": {"mediation": "0.1.0"}}', "by mediation 0.1.0. This version"),
        ('{"format": 1}', "Format 1 says nothing on the robustness"),
        ('{"format": 3, "versions": {"mediation": "9.9"}}', "Install the version that wrote it"),
        ('{"format": 3, "versions": {"mediation": "\\u001b[31m"}}', "does not say which version"),
        ('{"format": 2, "seed": 1, "versions": {}, "entries": []}', "readable: `input_hash`."),
        (
            '{"format": 2, "seed": -1, "versions": {}, "entries": [], "input_hash": "a"}',
            "readable: `seed`.",
        ),
    ],
    ids=str.split,
)
def test_what_cannot_be_read_is_refused_with_a_reason(tmp_path, text, said):
    (tmp_path / "results.json").write_text(text, encoding="latin-1")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert said in result.output
    assert "Traceback" not in result.output
    assert "\x1b" not in result.output


def test_a_folder_without_a_report_is_refused(tmp_path):
    result = run(tmp_path)
    assert (result.exit_code, "It has none" in result.output) == (1, True)
    result = run(tmp_path / "nothing")
    assert (result.exit_code, "Found no folder nothing" in result.output) == (1, True)


def test_a_page_of_other_numbers_is_found(study):
    results = study / "reports" / "results.json"
    results.write_bytes(results.read_bytes() + b" ")
    (moved,) = verify(study / "reports", study / "study.toml").moved
    assert moved.place == "report.html, results.json behind it"
