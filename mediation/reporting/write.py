"""Write a report into a folder: all of it, or nothing."""

from __future__ import annotations

from pathlib import Path

from mediation.errors import ReportError
from mediation.outputs import write_files
from mediation.reporting.contents import ReportContents
from mediation.reporting.disclosure import disclosed
from mediation.reporting.draw_figures import FIGURE_NAMES, draw_all
from mediation.reporting.frames import effects_frame, paths_frame
from mediation.reporting.markdown import effects_markdown, paths_markdown
from mediation.reporting.page import report_html
from mediation.reporting.results_json import results_text
from mediation.reporting.robustness.parts import robustness_parts
from mediation.safe_text import csv_text, printable


def write_report(contents: ReportContents, folder: Path) -> tuple[Path, ...]:
    """Write `results.json`, `report.html`, `tables/` and `figures/`.

    All files are written, or none (`write_files`). Figures of an earlier report that this one no
    longer has are removed, known by how their names begin; other files stay.

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
    texts = {
        "results.json": results_text(contents),
        "report.html": report_html(contents, figures, parts),
        "tables/effects.csv": csv_text(effects_frame(contents)),
        "tables/paths.csv": csv_text(paths_frame(contents)),
        "tables/effects.md": effects_markdown(contents),
        "tables/paths.md": paths_markdown(contents),
    }
    # JSON writes control characters as digits, and CSV has its own rules.
    files = {
        name: (printable(text) if name.endswith((".html", ".md")) else text).encode()
        for name, text in texts.items()
    }
    for figure in figures:
        files[f"figures/{figure.name}.svg"] = figure.svg.encode()
        files[f"figures/{figure.name}.png"] = figure.png
    return files


def _earlier(folder: Path) -> list[str]:
    """List the figures of an earlier report."""
    if not (folder / "figures").is_dir():
        return []
    return [
        f"figures/{path.name}"
        for path in (folder / "figures").iterdir()
        if path.stem.startswith(FIGURE_NAMES) and path.suffix in {".svg", ".png"}
    ]
