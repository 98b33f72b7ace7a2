"""Write a report into a folder: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

from mediation.errors import ReportError
from mediation.outputs import write_files
from mediation.reporting.contents import ReportContents
from mediation.reporting.disclosure import disclosed
from mediation.reporting.document.report import Parts
from mediation.reporting.draw_figures import FIGURE_NAMES, draw_all
from mediation.reporting.frames import effects_frame, paths_frame
from mediation.reporting.latex import latex_files
from mediation.reporting.latex.table import MARK
from mediation.reporting.markdown import effects_markdown, paths_markdown
from mediation.reporting.named_figure import NamedFigure
from mediation.reporting.page import report_html
from mediation.reporting.results_json import results_text
from mediation.reporting.robustness.parts import robustness_parts
from mediation.safe_text import csv_text, printable


def write_report(contents: ReportContents, folder: Path) -> tuple[Path, ...]:
    """Write `results.json`, `report.html`, `report.docx`, `tables/` and `figures/`.

    All files are written, or none (`write_files`); `report.docx` only where python-docx is
    installed. What an earlier report had and this one has not is removed: figures, known by how
    their names begin, LaTeX tables, known by their first line, and `report.docx`. Other files stay.

    Parameters
    ----------
    contents : ReportContents
    folder : Path
        Made if it does not exist.

    Returns
    -------
    tuple of Path
        The files written, sorted.

    Raises
    ------
    ReportError
        If there is nothing to report, a model rests on too few people, the folder cannot be
        written, or a folder in it has the name of a file of the report.
    """
    if not any(entry.cells for entry in contents.entries):
        raise ReportError(
            "A report needs at least one fitted model. Found none. "
            "Add an entry [[models]] to the manifest."
        )
    files = _render(disclosed(contents))
    return write_files(files, folder, failure=ReportError, obsolete=_earlier(Path(folder)))


def _render(contents: ReportContents) -> dict[str, bytes]:
    """Make every file of the report in memory, by its path inside the folder."""
    parts = robustness_parts(contents)
    drawn = tuple(figure for found in parts for part in found for figure in part.figures)
    figures = (*draw_all(contents), *drawn)
    results = results_text(contents)
    results_hash = sha256(results.encode()).hexdigest()
    texts = {
        "results.json": results,
        "report.html": report_html(contents, figures, parts, results_hash),
        "tables/effects.csv": csv_text(effects_frame(contents)),
        "tables/paths.csv": csv_text(paths_frame(contents)),
        "tables/effects.md": effects_markdown(contents),
        "tables/paths.md": paths_markdown(contents),
        **latex_files(contents, parts),
    }
    # JSON writes control characters as digits, and CSV has its own rules.
    files = {
        name: (printable(text) if name.endswith((".html", ".md")) else text).encode()
        for name, text in texts.items()
    }
    for figure in figures:
        files[f"figures/{figure.name}.svg"] = figure.svg.encode()
        files[f"figures/{figure.name}.png"] = figure.png
    return {**files, **_word(contents, figures, parts)}


def _word(
    contents: ReportContents, figures: Sequence[NamedFigure], parts: Parts
) -> dict[str, bytes]:
    """Make the Word file where the library for it is installed."""
    if find_spec("docx") is None:
        return {}
    from mediation.reporting.word import report_docx

    return {"report.docx": report_docx(contents, figures, parts)}


def _earlier(folder: Path) -> list[str]:
    """List the files of an earlier report that this one may no longer have."""
    figures = [
        f"figures/{path.name}"
        for path in (folder / "figures").glob("*.*")
        if path.stem.startswith(FIGURE_NAMES) and path.suffix in {".svg", ".png"}
    ]
    tables = [f"tables/{path.name}" for path in (folder / "tables").glob("*.tex") if _is_ours(path)]
    return [*figures, *tables, "report.docx"]


def _is_ours(path: Path) -> bool:
    """Whether a LaTeX file was written by a report."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()
