"""Sets of files that come into a folder whole, or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from mediation.errors import MediationError

PREFIX = ".writing-"
"""How the name of a folder begins in which files are made; none is left after writing."""


def write_files(
    files: Mapping[str, bytes],
    folder: Path | str,
    *,
    failure: type[MediationError],
    obsolete: Collection[str] = (),
) -> tuple[Path, ...]:
    """Write a set of files into a folder: all of them, or none.

    All are written under another name first. If the folder is new, it gets its name when it is
    whole, in one step. If it is there, files are moved one after the other, each in one step; if
    one cannot be moved, or the run is interrupted, the earlier files come back. Other files of
    the folder stay.

    Parameters
    ----------
    files : mapping of str to bytes
        Contents by path inside the folder, with forward slashes.
    folder : Path or str
        Made if it is not there.
    failure : type of MediationError
        Raised for what the user can change; the error of the stage that writes.
    obsolete : collection of str
        Files of an earlier run, by path inside the folder, to be removed with the same care.

    Returns
    -------
    tuple of Path
        The files written, sorted.

    Raises
    ------
    MediationError
        As `failure`: if the folder is a file or cannot be written to, the disk is full, or a
        folder has the name of a file, or a file that of a folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from mediation.errors import ReportError
    >>> with TemporaryDirectory() as place:
    ...     target = Path(place) / "new"
    ...     made = write_files({"a.txt": b"1", "b/c.txt": b"2"}, target, failure=ReportError)
    ...     [path.relative_to(target).as_posix() for path in made]
    ['a.txt', 'b/c.txt']
    """
    folder = Path(folder)
    # A link to a folder stays a link.
    place = folder.resolve()
    try:
        _check_places(files, place, failure)
        if place.is_dir():
            _replace_in(files, place, obsolete)
        else:
            _make_new(files, place)
    except _NotPutBackError as error:
        raise failure(
            f"The earlier files of {folder.name} were to be put back. Could not be: {error}. "
            f"They are in the folder {PREFIX}... there; move them back by hand."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise failure(
            f"A folder to write to was expected. Found {folder.name}: {reason}. Nothing in it was "
            "changed. Give another folder, free space, or change its permissions."
        ) from error
    return tuple(folder / path for path in sorted(files))


def _check_places(files: Mapping[str, bytes], folder: Path, failure: type[MediationError]) -> None:
    """Refuse a folder where a file is to be, and a file where a folder is to be."""
    if folder.exists() and not folder.is_dir():
        raise failure(
            f"A folder to write to was expected. Found {folder.name}: a file of this name exists. "
            "Give another folder."
        )
    for path in sorted(files):
        inner = [parent for parent in Path(path).parents if (folder / parent).is_file()]
        if (folder / path).is_dir():
            found, wanted = f"a folder `{path}`", "A file"
        elif inner:
            found, wanted = f"a file `{inner[0].as_posix()}`", "A folder"
        else:
            continue
        raise failure(
            f"{wanted} of this name is to be written. Found {found}. Remove or rename it, or give "
            "another folder."
        )


def _make_new(files: Mapping[str, bytes], folder: Path) -> None:
    """Write a folder under another name and rename it when it is whole."""
    with _made_parents(folder.parent), _workplace(folder.parent) as work:
        _write_all(files, work / "new")
        (work / "new").rename(folder)


def _replace_in(files: Mapping[str, bytes], folder: Path, obsolete: Collection[str]) -> None:
    """Move files into a folder that is there, one after the other; put all back if one fails."""
    # Inside the folder, so that moving is renaming even where the folder is a disk of its own.
    with _workplace(folder) as work:
        _write_all(files, work / "new")
        moves = [_Move(work / "new" / path, folder / path, work / "old" / path) for path in files]
        gone = [path for path in obsolete if path not in files and (folder / path).is_file()]
        moves += [_Move(None, folder / path, work / "old" / path) for path in gone]
        begun: list[_Move] = []
        folders: list[Path] = []
        try:
            for move in moves:
                folders += _missing(move.target.parent)
                move.target.parent.mkdir(parents=True, exist_ok=True)
                move.old.parent.mkdir(parents=True, exist_ok=True)
                begun.append(move)
                move.do()
        except BaseException:
            _undo(begun, folders)
            raise


class _Move(NamedTuple):
    """A file to be put in its place (None: nothing), and where the one before it is kept."""

    new: Path | None
    target: Path
    old: Path

    def do(self) -> None:
        """Keep the earlier file and put the new one in its place, without a moment between."""
        if self.new is None:
            self.target.replace(self.old)
            return
        if self.target.exists() or self.target.is_symlink():
            try:
                os.link(self.target, self.old, follow_symlinks=False)
            except OSError:
                # A disk without hard links.
                self.target.replace(self.old)
        self.new.replace(self.target)

    def undo(self) -> None:
        """Put the earlier file back, however far `do` came."""
        if self.old.exists() or self.old.is_symlink():
            if self.target.exists() and self.target.samefile(self.old):
                # Renaming one name of a file to another name of it does nothing.
                self.old.unlink()
            else:
                self.old.replace(self.target)
        elif self.new is not None and not self.new.exists():
            self.target.unlink(missing_ok=True)


class _NotPutBackError(Exception):
    """Earlier files are neither in their place nor lost."""


def _undo(begun: list[_Move], folders: list[Path]) -> None:
    """Put back what can be put back; say so if that is not all."""
    left = []
    for move in reversed(begun):
        try:
            move.undo()
        except OSError:
            left.append(move.target.name)
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()
    if left:
        raise _NotPutBackError(", ".join(sorted(left)))


def _write_all(files: Mapping[str, bytes], folder: Path) -> None:
    folder.mkdir()
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _missing(folder: Path) -> list[Path]:
    """List the folder and its parents that are not there, outermost first."""
    return [each for each in (folder, *folder.parents) if not each.exists()][::-1]


@contextlib.contextmanager
def _made_parents(folder: Path) -> Iterator[None]:
    """Make a folder with its parents for a time of trial: they go again if it fails."""
    missing = _missing(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:
        for each in reversed(missing):
            with contextlib.suppress(OSError):
                each.rmdir()
        raise


@contextlib.contextmanager
def _workplace(parent: Path) -> Iterator[Path]:
    """Make a folder for a time, with the permissions that any new folder gets.

    It is kept only if earlier files could not be put back: then they are in it.
    """
    work = parent / f"{PREFIX}{secrets.token_hex(6)}"
    try:
        work.mkdir()
        yield work
    except BaseException:
        if not any(path.is_file() for path in (work / "old").rglob("*")):
            shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(work, ignore_errors=True)
