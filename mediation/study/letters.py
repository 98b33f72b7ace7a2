"""Letters instead of the names of clusters, the same in every table and figure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from string import ascii_uppercase

_DIGITS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Key that sorts "T2" before "T10".

    Examples
    --------
    >>> sorted(["T10", "T2", "t1"], key=natural_key)
    ['t1', 'T2', 'T10']
    """
    parts = (part for part in _DIGITS.split(name) if part)
    keys = ((0, int(p), "") if p[0] in "0123456789" else (1, 0, p.casefold()) for p in parts)
    return tuple(keys), name


def letters(position: int) -> str:
    """Name position 0, 1, ... as A, B, ..., Z, AA, AB, ...

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(702)
    ('A', 'Z', 'AA', 'AAA')
    """
    text = ""
    rest = position + 1
    while rest:
        rest, last = divmod(rest - 1, len(ascii_uppercase))
        text = ascii_uppercase[last] + text
    return text


def letter_names(names: Iterable[str], noun: str) -> dict[str, str]:
    """Give every name a letter, in natural order of the names.

    Parameters
    ----------
    names : iterable of str
        Repeated names count once.
    noun : str
        Column name of the clusters, for example "team".

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> letter_names(["T10", "T2", "T10"], "team")
    {'T2': 'Team A', 'T10': 'Team B'}
    """
    word = noun.replace("_", " ")
    ordered = sorted(set(names), key=natural_key)
    return {name: f"{word[:1].upper()}{word[1:]} {letters(i)}" for i, name in enumerate(ordered)}
