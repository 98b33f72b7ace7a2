"""Where the file of a table lies, what format it has, and the hash of its bytes."""

from __future__ import annotations

import hashlib
from enum import Enum
from pathlib import Path

from mediation.study.entries import FileTable, RowsTable
from mediation.study.problems import ProblemKind
from mediation.study.readers.raw import Unreadable


class Format(Enum):
    """The formats of files: endings of their names."""

    DELIMITED = (".csv", ".txt", ".tsv")
    WORKBOOK = (".xlsx", ".xlsm")
    STATISTICS = (".sav", ".zsav", ".dta")
    PARQUET = (".parquet",)


# What belongs to some formats only; everything else belongs to all.
_KEYS_OF = {
    "delimiter": Format.DELIMITED,
    "decimal": Format.DELIMITED,
    "encoding": Format.DELIMITED,
    "sheet": Format.WORKBOOK,
}


def format_of(file: str) -> Format:
    """Tell the format of a file by the ending of its name.

    Raises
    ------
    Unreadable
        If the ending is none of those known.

    Examples
    --------
    >>> format_of("clients.SAV").name
    'STATISTICS'
    """
    ending = Path(file).suffix.lower()
    for one in Format:
        if ending in one.value:
            return one
    known = ", ".join(name for one in Format for name in one.value)
    advice = f"Save it as one of {known}."
    if ending == ".xls":
        raise Unreadable(f"a known format of {file}", "an old workbook (.xls)", "Save it as .xlsx.")
    found = f"the ending {ending}" if ending else "no ending"
    raise Unreadable(f"a file whose ending tells its format: {file}", found, advice)


def check_keys(entry: FileTable | RowsTable, file_format: Format | None) -> None:
    """Refuse keys of the manifest that mean nothing for this format.

    Parameters
    ----------
    entry : FileTable or RowsTable
    file_format : Format or None
        None for a published data set.

    Raises
    ------
    Unreadable
        Naming the keys.
    """
    lost = [key for key in _KEYS_OF if key in entry.model_fields_set]
    lost = [key for key in lost if _KEYS_OF[key] is not file_format]
    if not lost:
        return
    listed = ", ".join(f"`{key}`" for key in lost)
    endings = ", ".join(dict.fromkeys(e for key in lost for e in _KEYS_OF[key].value))
    source = entry.file or "a published data set"
    raise Unreadable(
        f"only keys that belong to {source}", listed, f"Remove it: {listed} goes with {endings}."
    )


def locate(file: str, role: str, folder: Path) -> Path:
    """Find a file of the study.

    Parameters
    ----------
    file : str
        Path relative to the folder of the manifest.
    role : str
        The table of the manifest, for messages.
    folder : Path

    Returns
    -------
    Path

    Raises
    ------
    Unreadable
        If there is no such file, it is none, or it lies outside the folder.
    """
    correct = f"correct `file` under [tables.{role}]."
    try:
        path = (folder / file).resolve()
        is_inside = not Path(file).is_absolute() and path.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        path, is_inside = folder, False
    if not is_inside:
        raise Unreadable(
            "a file in the folder of study.toml or below it",
            "a path that leads out of it",
            f"Put the file there, and {correct}",
            ProblemKind.MISSING_FILE,
        )
    try:
        if path.is_file():
            return path
        exists = path.exists()
    except OSError:
        exists = False
    expected, found = f"the file {file} beside study.toml", "no such file"
    if exists:
        found = "a folder" if path.is_dir() else "something that is no file"
    raise Unreadable(expected, found, f"Put it there, or {correct}", ProblemKind.MISSING_FILE)


def digest_of(path: Path) -> bytes:
    """SHA-256 of the bytes of a file, read in parts."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
