"""Write a synthetic twin of a study, with the report on it: whole, or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from mediation.errors import DataError, ManifestError, SimulationError
from mediation.outputs import write_files
from mediation.simulation.twin.apart import draw_apart
from mediation.simulation.twin.cells import fit_cells
from mediation.simulation.twin.checks import check_disclosure, identifiers
from mediation.simulation.twin.compare import compare, compare_paths
from mediation.simulation.twin.draw import PREFIX
from mediation.simulation.twin.files import ABOUT, file_of, manifest_files, table_files
from mediation.simulation.twin.layout import layout_of
from mediation.simulation.twin.measure import aggregates_of
from mediation.simulation.twin.panel import panel_of
from mediation.simulation.twin.report import TwinReport, report_json, report_text
from mediation.simulation.twin.room import make_room
from mediation.simulation.twin.truth import true_effects, truth_text
from mediation.study.manifest import TableRole
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
        Not negative; the same study and seed give the same files. Seed and aggregates alone do
        not: the tables of the study are part of the key of the random numbers.

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
            "A folder other than the study's was expected. Found the folder of the study itself, "
            "whose tables would be lost. Give another one, for example `--out twin`."
        )
    study = load_study(manifest)
    files = twin_files(study, manifest, seed)
    _check_folder(folder, tuple(files))
    return write_files(files, folder, failure=SimulationError, obsolete=_left_over(folder))


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
    draws, changes, order = _random_numbers(study, seed)
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


def _random_numbers(study: Study, seed: int) -> tuple[np.random.Generator, ...]:
    """Give three streams of random numbers that nobody can repeat without the tables.

    From seed and aggregates alone a reader could draw the twin again, before records equal to
    real ones were drawn anew: whoever is not in the published twin would be a real person. The
    hash of the study's files is no key either, since reports show it.
    """
    key = hashlib.sha256(b"mediation twin")
    frames = [study.frame(role) for role in study.manifest.roles]
    for frame in (*frames, *(study.items(n) for n, s in study.manifest.scores.items() if s.items)):
        key.update(pd.util.hash_pandas_object(frame).to_numpy().tobytes())
    words = np.frombuffer(key.digest(), dtype="<u4").tolist()
    return tuple(np.random.default_rng([seed, stream, *words]) for stream in range(3))


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


def _left_over(folder: Path) -> tuple[str, ...]:
    """List tables and keys of an earlier twin, which this one may not have."""
    tables = [folder / file_of(role) for role in TableRole]
    found = [path for path in (*tables, *folder.glob("keys/*.toml")) if path.is_file()]
    return tuple(path.relative_to(folder).as_posix() for path in found if _may_replace(path))


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
