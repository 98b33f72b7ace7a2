"""Whether identifiers that are not known differ from known ones only in how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pandas as pd

_NUMBER = re.compile(r"0*(\d+?)(\.0*)?", re.ASCII)


def likeness(unknown: pd.Series, known: pd.Series) -> str:
    """Say in what some identifiers differ from known ones, if it is their writing alone.

    Parameters
    ----------
    unknown, known : Series of str
        Missing values do not count.

    Returns
    -------
    str
        A sentence that ends in a blank, without any identifier; empty if there is no likeness.

    Examples
    --------
    >>> likeness(pd.Series(["p1"]), pd.Series(["P1", "P2"]))
    'Some differ from known ones only in capital and small letters. '
    >>> likeness(pd.Series(["7.0"]), pd.Series(["7"])), likeness(pd.Series(["8"]), pd.Series(["7"]))
    ('Some differ from known ones only in zeros before or after a number (7, 07 and 7.0). ', '')
    """
    ways: dict[str, Callable[[str], str]] = {
        "blanks or invisible characters": _visible,
        "capital and small letters": str.casefold,
        "zeros before or after a number (7, 07 and 7.0)": _without_zeros,
    }
    left, right = unknown.dropna().unique(), known.dropna().unique()
    for what, plain in ways.items():
        if not {plain(text) for text in left}.isdisjoint({plain(text) for text in right}):
            return f"Some differ from known ones only in {what}. "
    return ""


def _visible(text: str) -> str:
    # Cf are marks such as a byte order mark; Z are blanks of all widths.
    return "".join(c for c in text if unicodedata.category(c)[0] not in "CZ")


def _without_zeros(text: str) -> str:
    found = _NUMBER.fullmatch(text)
    return found[1] if found else text
