"""Write a synthetic twin of a study, with the report on it: whole, or not at all."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mediation.errors import DataError, ManifestError, SimulationError
from mediation.outputs import write_files
from mediation.simulation.twin.apart import draw_apart
from mediation.simulation.twin.cells import fit_cells
from mediation.simulation.twin.checks import check_disclosure, identifiers
from mediation.simulation.twin.compare import compare, compare_paths
from mediation.simulation.twin.draw import PREFIX
from mediation.simulation.twin.files import ABOUT, manifest_files, table_files
from mediation.simulation.twin.layout import layout_of
from mediation.simulation.twin.measure import aggregates_of
from mediation.simulation.twin.panel import panel_of
from mediation.simulation.twin.report import TwinReport, report_json, report_text
from mediation.simulation.twin.room import make_room
from mediation.simulation.twin.truth import true_effects, truth_text
from mediation.study.study import Study, load_study

# Bytes in which a file of a twin says what it is.
_BEGINNING = 1000
_MOST_PREFIXES = 100


def write_twin(manifest: Path, folder: Path, seed: int) -> tuple[Path, ...]:
    """Make a synthetic twin of a confidential study, check it, and write it.

    Parameters
    ----------
    manifest : Path
        `study.toml` of the study.
    folder : Path
        For the twin; made if it is not there. Files of an earlier twin are replaced.
    seed : int
        Not negative; the same study and seed give the same files.

    Returns
    -------
    tuple of Path
        Tables, `study.toml`, `truth.json`, `aggregates.json` (everything taken from the study),
        `twin.md` and `twin.json` (how alike, and the disclosure checks).

    Raises
    ------
    ManifestError, DataError
        If the study is wrong.
    SimulationError
        If no twin can be made of such a study, a disclosure check fails, the seed is negative,
        or the folder has other files of these names or cannot be written to.
    """
    if seed < 0:
        raise SimulationError(f"A seed of zero or more was expected. Found {seed}. Change it.")
    if folder.resolve() == manifest.resolve().parent:
        raise SimulationError(
            "A folder other than the study's was expected. Found the same. Give another folder."
        )
    study = load_study(manifest)
    files = twin_files(study, manifest, seed)
    _check_folder(folder, tuple(files))
    return write_files(files, folder, failure=SimulationError)


def twin_files(study: Study, manifest: Path, seed: int) -> dict[str, bytes]:
    """Make and check a twin.

    Parameters
    ----------
    study : Study
    manifest : Path
        Of the study.
    seed : int

    Returns
    -------
    dict of str to bytes
        Contents by name.

    Raises
    ------
    SimulationError
        As `write_twin`.
    """
    layout = layout_of(study.manifest)
    aggregates = make_room(aggregates_of(study), layout)
    draws, changes, order = (np.random.default_rng([seed, stream]) for stream in range(3))
    real = panel_of(study, layout)
    twin, common = draw_apart(aggregates, real, draws)
    frames = twin.tables(changes, _free_prefix(study))
    files = {
        "truth.json": truth_text(aggregates, layout, ABOUT, seed).encode(),
        **table_files(frames),
        **manifest_files(manifest, seed),
    }
    copy = _read_back(files)
    panel = panel_of(copy, layout_of(copy.manifest))
    report = TwinReport(
        seed=seed,
        rows=compare(real, panel, aggregates.minimum),
        paths=compare_paths(
            fit_cells(study, layout), fit_cells(copy, layout), true_effects(aggregates, layout)
        ),
        checks=check_disclosure((study, copy), (real, panel), aggregates, common, order),
        left_out=aggregates.left_out,
        shrunk=aggregates.shrunk,
        has_between=any(p.b_between != p.b_within for p in aggregates.paths),
        changes=aggregates.fidelity[0].changes,
    )
    files["aggregates.json"] = aggregates.to_json(ABOUT).encode()
    files["twin.json"] = report_json(report).encode()
    files["twin.md"] = report_text(report).encode()
    return files


def _free_prefix(study: Study) -> str:
    """Find a beginning of identifiers that no identifier of the study has."""
    taken = {name.casefold() for name in identifiers(study)}
    for number in range(1, _MOST_PREFIXES):
        prefix = PREFIX if number == 1 else f"{PREFIX}{number}"
        if not any(name.startswith(f"{prefix}-") for name in taken):
            return prefix
    raise SimulationError(
        f"Identifiers that do not begin with `{PREFIX}` and a number were expected. Found all "
        "taken. Rename those of the study."
    )


def _read_back(files: dict[str, bytes]) -> Study:
    """Read the twin as anyone else will."""
    with TemporaryDirectory() as place:
        for name, content in files.items():
            path = Path(place) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        try:
            return load_study(Path(place) / "study.toml")
        except (DataError, ManifestError) as error:
            raise SimulationError(
                "A twin that can be analysed was expected. Found one that cannot: "
                f"{' '.join(str(error).split())} Try another seed."
            ) from None


def _check_folder(folder: Path, names: tuple[str, ...]) -> None:
    """Refuse to write over anything but the files of an earlier twin."""
    others = [name for name in names if not _may_replace(folder / name)]
    if others:
        count = "a file" if len(others) == 1 else f"{len(others)} files"
        raise SimulationError(
            f"An empty folder, or one with an earlier twin, was expected. Found {count} that would "
            f"be written over: {', '.join(others)}. Give another folder."
        )


def _may_replace(path: Path) -> bool:
    """Whether nothing is there, or a file that says that it is of a twin."""
    if not path.exists() and not path.is_symlink():
        return True
    try:
        with path.open("rb") as file:
            beginning = file.read(_BEGINNING)
    except OSError:
        return False
    return b"ynthetic twin" in beginning or beginning.startswith(b"synthetic")
