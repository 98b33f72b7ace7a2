"""Finished tasks as small files, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from mediation.errors import SimulationError
from mediation.simulation.laboratory.analyze import Found
from mediation.simulation.laboratory.effects import effects_in
from mediation.simulation.laboratory.sums import Sums
from mediation.simulation.laboratory.tasks import Task

FOLDER = "parts"


def part_path(out: Path, task: Task) -> Path:
    """Where the sums of a task are kept."""
    return out / FOLDER / f"{task.name}.json"


def read_part(out: Path, task: Task) -> Found | None:
    """Read the sums of a task; None where there are none, or they are not what it asks for.

    Parameters
    ----------
    out : Path
    task : Task
    """
    try:
        raw = json.loads(part_path(out, task).read_text(encoding="utf-8"))
        found = {
            key: {effect: Sums.from_json(sums) for effect, sums in effects.items()}
            for key, effects in raw.items()
        }
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    sums = [each for effects in found.values() for each in effects.values()]
    wanted = {m.key: set(effects_in(task.cell, m, task.effects)) for m in task.methods}
    is_whole = {key: set(effects) for key, effects in found.items()} == wanted
    return found if is_whole and all(each.n == task.n_studies for each in sums) else None


def write_part(out: Path, task: Task, found: Found) -> None:
    """Write the sums of a task: whole, or not at all.

    Parameters
    ----------
    out : Path
    task : Task
    found : dict
    """
    raw = {
        key: {effect: asdict(sums) for effect, sums in effects.items()}
        for key, effects in found.items()
    }
    write_whole(part_path(out, task), json.dumps(raw).encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file under another name and then give it its own, so that nobody sees half of it.

    Parameters
    ----------
    path : Path
        Its folder is made if there is none.
    content : bytes

    Raises
    ------
    SimulationError
        If the folder cannot be written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".writing")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            # Readable for others, as files that are written directly.
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise _not_writable(path.parent, error) from None


def prepare_folder(out: Path) -> None:
    """Make the folder of a run, before anything is computed for it.

    Parameters
    ----------
    out : Path

    Raises
    ------
    SimulationError
        If it cannot be one, or cannot be written to.
    """
    try:
        (out / FOLDER).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out / FOLDER):
            pass
    except OSError as error:
        raise _not_writable(out, error) from None


def _not_writable(folder: Path, error: OSError) -> SimulationError:
    # A file where a folder should be is "not a directory" or "exists", by where it is.
    is_file = isinstance(error, NotADirectoryError | FileExistsError)
    found = "a file of that name" if is_file else error.strerror
    return SimulationError(
        f"Expected a folder that can be written to: {folder}. Found: {found}. "
        "Choose another folder."
    )
