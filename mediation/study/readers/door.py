"""The one place where what other people's readers of files raise becomes a message."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from mediation.study.problems import ProblemKind
from mediation.study.readers.raw import Unreadable


@contextmanager
def library_door(what: str, advice: str) -> Iterator[None]:
    """Turn whatever a library raises on a damaged file into `Unreadable`.

    Parameters
    ----------
    what : str
        What the file should be, for example "an SPSS file".
    advice : str
        What to do with one that is not.

    Raises
    ------
    Unreadable
        Without the words of the library, which may hold cells of the file.
    """
    try:
        with warnings.catch_warnings():
            # Such as parts of a workbook that hold no cells and are not read.
            warnings.simplefilter("ignore")
            yield
    except Unreadable:
        raise
    except MemoryError:
        found = "more than fits into the memory of this machine"
        raise Unreadable(what, found, "Use a larger machine, or split the table.") from None
    # Readers of damaged files raise KeyError, TypeError, struct.error and more than they document.
    except Exception:  # noqa: BLE001
        raise Unreadable(what, "a damaged file, or one of another kind", advice) from None


def not_installed(library: str, ending: str, extra: str) -> Unreadable:
    """Say that the library which reads a format is not there, and how it gets there."""
    return Unreadable(
        f"the package {library}, which reads {ending} files",
        "it is not installed",
        f'Run: pip install "mediation[{extra}]"',
        ProblemKind.MISSING_FILE,
    )
