"""The folder: everything or nothing, and the same bytes for the same contents."""

import dataclasses
import json

import pytest

from mediation.errors import ReportError
from mediation.reporting import write
from mediation.reporting.headline_rows import headline_rows


def snapshot(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_files(make, tmp_path):
    written = write.write_report(make.study(), tmp_path / "out")
    names = {str(path.relative_to(tmp_path / "out")) for path in written}
    assert {"results.json", "report.html", "tables/effects.csv", "tables/paths.md"} <= names
    diagrams = [n for n in names if n.startswith("figures/diagram-") and n.endswith(".svg")]
    assert len(diagrams) == 6
    assert "figures/diagram-hope-13.5-to-18.png" in names
    for figure in ("forest", "participant-flow", "fidelity-over-time", "score-distributions"):
        assert {f"figures/{figure}.svg", f"figures/{figure}.png"} <= names
    sizes = {path.name: path.stat().st_size for path in written}
    # The Word file has every figure once more.
    assert sizes.pop("report.docx") < 2.5e6
    assert sum(sizes.values()) < 5e6
    assert {"tables/all-tables.tex", "tables/effects-1.tex"} <= names
    json.loads((tmp_path / "out/results.json").read_text())


def test_same_contents_same_bytes_and_no_trace_of_the_machine(make, tmp_path):
    write.write_report(make.flat(), tmp_path / "one")
    write.write_report(make.flat(), tmp_path / "two" / "deeper")
    one, two = snapshot(tmp_path / "one"), snapshot(tmp_path / "two" / "deeper")
    assert one == two
    for content in one.values():
        assert str(tmp_path).encode() not in content
        assert b"<dc:date>" not in content


def test_failure_leaves_the_old_report(make, tmp_path, monkeypatch):
    write.write_report(make.flat(), tmp_path)
    before = snapshot(tmp_path)

    def fail(contents, figures, parts, results_hash):
        raise ReportError("cannot")

    monkeypatch.setattr(write, "report_html", fail)
    with pytest.raises(ReportError, match="cannot"):
        write.write_report(make.study(), tmp_path)
    assert snapshot(tmp_path) == before


def test_replaces_its_own_files_and_keeps_others(make, tmp_path):
    write.write_report(make.study(), tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "figures" / "photo.png").write_bytes(b"mine")
    write.write_report(make.flat(), tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "figures" / "photo.png").exists()
    assert "Catholic" in (tmp_path / "report.html").read_text()
    left = {path.name for path in (tmp_path / "figures").glob("diagram-*")}
    assert left == {"diagram-score.svg", "diagram-score.png"}
    assert not (tmp_path / "figures" / "fidelity-over-time.svg").exists()


def test_ugly_contents_are_written(make, tmp_path):
    assert len(write.write_report(make.ugly(), tmp_path)) > 10


def test_folder_that_is_a_file(make, tmp_path):
    (tmp_path / "file").write_text("x")
    words = "A folder to write to was expected. Found file: a file of this name exists"
    with pytest.raises(ReportError, match=words):
        write.write_report(make.flat(), tmp_path / "file")
    assert (tmp_path / "file").read_text() == "x"


@pytest.mark.parametrize("path", ["report.html", "tables/paths.csv"])
def test_folder_with_the_name_of_a_file_of_the_report(path, make, tmp_path):
    (tmp_path / path).mkdir(parents=True)
    with pytest.raises(ReportError, match=f"Found a folder `{path}`"):
        write.write_report(make.flat(), tmp_path)
    assert not snapshot(tmp_path)


def test_file_with_the_name_of_a_folder_of_the_report(make, tmp_path):
    (tmp_path / "tables").write_text("mine")
    with pytest.raises(ReportError, match="Found a file `tables`"):
        write.write_report(make.flat(), tmp_path)
    assert set(tmp_path.iterdir()) == {tmp_path / "tables"}


def test_folder_among_the_figures_stays(make, tmp_path):
    (tmp_path / "figures" / "forest-old.png").mkdir(parents=True)
    write.write_report(make.flat(), tmp_path)
    assert (tmp_path / "figures" / "forest-old.png").is_dir()


def test_nothing_to_report(make, tmp_path):
    with pytest.raises(ReportError, match="at least one fitted model"):
        write.write_report(make.contents(), tmp_path)
    assert not snapshot(tmp_path)


def test_unknown_headline(make):
    entry = dataclasses.replace(make.flat().entries[0], headline=("speed", "within"))
    with pytest.raises(ReportError, match="The model has: contextual between"):
        headline_rows(entry.cells[0].result, entry.headline)
