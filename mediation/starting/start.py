"""The verb: a folder of tables gives the first text of its manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mediation.errors import DataError
from mediation.instruments.instrument import Instrument
from mediation.instruments.reading import builtin_instruments
from mediation.outputs import write_files
from mediation.safe_text import printable
from mediation.starting.document import manifest_text
from mediation.starting.guesses import KnownKey, guess
from mediation.starting.look import look_at
from mediation.starting.tables import guess_tables

NAME = "study.toml"
# What an instrument measures -> name of its score in the manifest.
SCORES = {
    "fidelity": "fidelity",
    "working alliance": "alliance",
    "quality of life": "quality_of_life",
    "hope": "hope",
    "community functioning": "community_functioning",
}
# Words of headers that are not in the key's own name.
WORDS = {
    "fidelity": ("fidelity", "smcm", "sfs", "item"),
    "alliance": ("alliance",),
    "quality_of_life": ("qol", "qoli", "quality"),
    "hope": ("hope", "hhi", "shs"),
    "community_functioning": ("functioning",),
}


@dataclass(frozen=True, slots=True)
class Started:
    """A first manifest.

    Attributes
    ----------
    text : str
    n_tables : int
        Tables that were found a place.
    unknown : tuple of str
        What could not be guessed or read.
    """

    text: str
    n_tables: int
    unknown: tuple[str, ...]


def start_manifest(folder: Path) -> Started:
    """Guess the manifest of the tables in a folder.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Started

    Raises
    ------
    DataError
        If there is no such folder, or no table in it.
    """
    try:
        found, unread = look_at(folder)
    except OSError as error:
        raise DataError(
            f"A folder with tables was expected. Found {folder.name}: {error.strerror}. "
            "Give the folder in which the exported tables are."
        ) from None
    if not found and not unread:
        raise DataError(
            "A folder with at least one table (.csv, .xlsx, .sav, .dta or .parquet) was expected. "
            f"Found none in {folder.name}. Put the exported tables there."
        )
    tables, doubts = guess_tables(found)
    guesses = guess(tables, tuple(_known()))
    is_synthetic = any(table.is_synthetic for table in found)
    notes = (*unread, *doubts)
    # Names of columns come from files, and must not steer a terminal.
    unknown = tuple(map(printable, (*notes, *guesses.unknown)))
    text = manifest_text(guesses, notes, is_synthetic=is_synthetic)
    return Started(text, len(guesses.tables), unknown)


def write_manifest(folder: Path) -> Started:
    """Write `study.toml` into the folder of the tables it speaks of.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Started

    Raises
    ------
    DataError
        As `start_manifest`, or if there is a `study.toml` already, which is never replaced.
    """
    if (folder / NAME).exists():
        raise DataError(
            f"A folder without {NAME} was expected, since it would be written over. Found one in "
            f"{folder.name}. Rename it, or go on with it: mediation validate {NAME}"
        )
    started = start_manifest(folder)
    write_files({NAME: started.text.encode()}, folder, failure=DataError)
    return started


def _known() -> list[KnownKey]:
    return [
        _known_key(key)
        for key in builtin_instruments().values()
        if key.measures in SCORES and key.responses is not None
    ]


def _known_key(key: Instrument) -> KnownKey:
    low, high = key.responses or (0.0, 0.0)
    score = SCORES[key.measures]
    table = "fidelity" if score == "fidelity" else "interviews"
    own = tuple(word for word in key.key.split("_") if word.isalpha() and len(word) > 2)
    words = (*own, *WORDS[score])
    return KnownKey(key.key, score, score == "alliance", table, len(key.items), low, high, words)
