"""Do these numbers come out again: a report made afresh and compared with the one in a folder."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from mediation.errors import MediationError, ReportError
from mediation.pipeline.plans import Plan
from mediation.pipeline.report import analyze
from mediation.reporting.beside import previous_results
from mediation.reporting.comparison_of_results import (
    Comparison,
    Moved,
    compare_results,
    versions_apart,
)
from mediation.reporting.comparison_of_tables import compare_csv, compare_lines
from mediation.reporting.contents import ReportContents
from mediation.reporting.disclosure import disclosed
from mediation.reporting.frames import effects_frame, paths_frame
from mediation.reporting.markdown import effects_markdown, paths_markdown
from mediation.reporting.results_json import results_text
from mediation.reporting.results_schema import require_readable
from mediation.safe_text import csv_text, printable
from mediation.study.study import Study, load_study

_TABLES: dict[str, Callable[[ReportContents], str]] = {
    "tables/effects.csv": lambda contents: csv_text(effects_frame(contents)),
    "tables/paths.csv": lambda contents: csv_text(paths_frame(contents)),
    "tables/effects.md": lambda contents: printable(effects_markdown(contents)),
    "tables/paths.md": lambda contents: printable(paths_markdown(contents)),
}
_ADVICE = "Name the study with `--study study.toml`."


@dataclass(frozen=True, slots=True)
class Verification:
    """What a rerun found.

    Attributes
    ----------
    n_numbers : int
        Numbers compared, in `results.json` and the tables.
    n_others : int
        Other values compared.
    moved : tuple of Moved
        What did not come out again; empty if everything did.
    versions : tuple of (str, str, str)
        Programs of another version than recorded: name, recorded, present.
    """

    n_numbers: int
    n_others: int
    moved: tuple[Moved, ...]
    versions: tuple[tuple[str, str, str], ...]


def verify(
    folder: Path,
    manifest: Path | None = None,
    *,
    progress: Callable[[list[Plan]], Iterable[Plan]] = iter,
) -> Verification:
    """Repeat the analysis of a report with its seed, and compare every number.

    `results.json` is compared value by value and `tables/` cell by cell. Nothing in the folder is
    changed.

    Parameters
    ----------
    folder : Path
        Of the report.
    manifest : Path, optional
        `study.toml`. Left out: looked for in this folder, in that of the report and the one
        around it, and in `data/*/` beside the report; the one whose input has the recorded hash.
    progress : callable, optional
        Wraps the list of models, to show how far the work is.

    Returns
    -------
    Verification

    Raises
    ------
    ReportError
        If the folder holds no report that can be read, or the study is not the one that was
        reported: its manifest or one of its tables has changed.
    MediationError
        Anything wrong with the manifest, the data or the models.
    """
    folder = Path(folder)
    recorded = _recorded(folder)
    study = _study(folder, recorded["input_hash"], manifest)
    contents = disclosed(analyze(study, seed=recorded["seed"], progress=progress))
    found = json.loads(results_text(contents))
    compared = [compare_results(recorded, found)]
    compared.append(_compare_page(folder))
    compared += [_compare_table(folder, name, text(contents)) for name, text in _TABLES.items()]
    return Verification(
        n_numbers=sum(each.n_numbers for each in compared),
        n_others=sum(each.n_others for each in compared),
        moved=tuple(moved for each in compared for moved in each.moved),
        versions=versions_apart(recorded["versions"], found["versions"]),
    )


def _recorded(folder: Path) -> dict[str, Any]:
    """Read the `results.json` of a report."""
    if not folder.is_dir():
        raise ReportError(
            f"`mediation verify` needs the folder of a report. Found no folder {folder.name}. "
            "Name the one that holds `results.json`."
        )
    try:
        results = previous_results(folder)
    except RecursionError as error:
        raise ReportError(
            "`results.json` must be one that `mediation report` wrote. "
            "It is nested too deeply to be read. Make the report again."
        ) from error
    if results is None:
        raise ReportError(
            f"The folder {folder.name} must hold `results.json`. It has none. "
            "Write the report first: mediation report study.toml --out FOLDER"
        )
    require_readable(results)
    return results


def _study(folder: Path, recorded: str, manifest: Path | None) -> Study:
    """Load the study that was reported, known by the hash of its input."""
    if manifest is not None:
        study = load_study(manifest)
        if study.input_hash != recorded:
            raise ReportError(_changed(recorded, study.input_hash))
        return study
    places = [path for path in _places(folder) if path.is_file()]
    for path in places:
        try:
            study = load_study(path)
        except MediationError:
            # Another study, or one that is broken now: neither is the one that was reported.
            continue
        if study.input_hash == recorded:
            return study
    found = f"Looked at {len(places)} `study.toml` nearby; none has the recorded input."
    raise ReportError(f"The report does not say where its study lies. {found} {_ADVICE}")


def _places(folder: Path) -> list[Path]:
    """List where the study of a report may lie, the nearest first, each once."""
    around = folder.resolve().parent
    folders = [Path.cwd(), folder.resolve(), around, *sorted(around.glob("data/*"))]
    return list(dict.fromkeys(each / "study.toml" for each in folders))


def _changed(recorded: str, found: str) -> str:
    return (
        "The study must be the one that was reported. Its manifest or one of its tables has "
        f"changed: the report was made from input {printable(recorded)[:12]}..., this is "
        f"{found[:12]}... (SHA-256). No number was compared. Name the study as it was, or make "
        "the report again."
    )


def _compare_page(folder: Path) -> Comparison:
    """Check that the page was written together with the `results.json` beside it."""
    try:
        page = (folder / "report.html").read_bytes().decode("utf-8", "replace")
    except OSError:
        return Comparison(0, 1, (Moved("report.html", "not there", "the page of the report"),))
    named = re.search(r'data-results="([0-9a-f]{64})"', page)
    told = named.group(1) if named else "no results.json"
    there = sha256((folder / "results.json").read_bytes()).hexdigest()
    moved = () if told == there else (Moved("report.html, results.json behind it", told, there),)
    return Comparison(0, 1, moved)


def _compare_table(folder: Path, name: str, text: str) -> Comparison:
    """Compare a table of the report with the one made afresh."""
    path = folder / name
    try:
        recorded = path.read_bytes().decode("utf-8")
    except OSError:
        return Comparison(0, 1, (Moved(name, "not there", "a table of the report"),))
    except UnicodeDecodeError:
        return Comparison(0, 1, (Moved(name, "not text", "a table of the report"),))
    compare = compare_csv if name.endswith(".csv") else compare_lines
    return compare(recorded, text, name)
