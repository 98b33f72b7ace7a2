"""Write a report into a folder: all of it, or nothing."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mediation.errors import ReportError
from mediation.reporting.contents import ReportContents
from mediation.reporting.draw_figures import FIGURE_NAMES, draw_all
from mediation.reporting.frames import effects_frame, paths_frame
from mediation.reporting.markdown import effects_markdown, paths_markdown
from mediation.reporting.page import report_html
from mediation.reporting.results_json import results_text


def write_report(contents: ReportContents, folder: Path) -> tuple[Path, ...]:
    """Write `results.json`, `report.html`, `tables/` and `figures/`.

    Everything is made in a temporary folder beside `folder` and moved at the end. Files of an
    earlier report that this one no longer has are removed from `figures/`, known by how their
    names begin; other files stay.

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
        If there is nothing to report, the folder cannot be written, or a folder in it has the
        name of a file of the report.
    """
    if not any(entry.cells for entry in contents.entries):
        raise ReportError(
            "A report needs at least one fitted model. Found none. "
            "Add an entry [[models]] to the manifest."
        )
    if Path(folder).is_file():
        raise ReportError(
            "`--out` must be a folder; a file of this name exists. Name another folder."
        )
    files = _render(contents)
    _check_places(files, Path(folder))
    try:
        return _swap(files, Path(folder))
    except OSError as error:
        raise ReportError(
            f"The report must be written into a folder. Found: {error.strerror}. "
            "Name another folder, or change its permissions."
        ) from error


def _render(contents: ReportContents) -> dict[str, bytes]:
    """Make every file of the report in memory, by its path inside the folder."""
    figures = tuple(draw_all(contents))
    texts = {
        "results.json": results_text(contents),
        "report.html": report_html(contents, figures),
        "tables/effects.csv": effects_frame(contents).to_csv(index=False, lineterminator="\n"),
        "tables/paths.csv": paths_frame(contents).to_csv(index=False, lineterminator="\n"),
        "tables/effects.md": effects_markdown(contents),
        "tables/paths.md": paths_markdown(contents),
    }
    files = {name: text.encode() for name, text in texts.items()}
    for figure in figures:
        files[f"figures/{figure.name}.svg"] = figure.svg.encode()
        files[f"figures/{figure.name}.png"] = figure.png
    return files


def _check_places(files: dict[str, bytes], folder: Path) -> None:
    """Refuse a folder where a file is to be, and a file where a folder is to be."""
    for path in sorted(files):
        if (folder / path).is_dir():
            found, wanted = f"a folder `{path}`", "a file"
        elif (folder / path).parent.is_file():
            found, wanted = f"a file `{Path(path).parent}`", "a folder"
        else:
            continue
        raise ReportError(
            f"The report needs {wanted} of this name in `--out`. Found {found}. "
            "Remove or rename it, or name another folder."
        )


def _swap(files: dict[str, bytes], folder: Path) -> tuple[Path, ...]:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".report-", dir=folder.parent) as name:
        made = Path(name)
        for path, content in files.items():
            target = made / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        written = []
        for path in sorted(files):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(made / path, target)
            written.append(target)
    for old in (folder / "figures").iterdir():
        made_by_report = old.stem.startswith(FIGURE_NAMES) and old.suffix in {".svg", ".png"}
        if made_by_report and old.is_file() and f"figures/{old.name}" not in files:
            old.unlink()
    return tuple(written)
