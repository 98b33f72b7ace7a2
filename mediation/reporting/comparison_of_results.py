"""Two `results.json` value by value: which numbers came out again, and which moved."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

RELATIVE = 1e-6
ABSOLUTE = 1e-10
"""How far two numbers may lie apart and still be the same.

Between the oldest and the newest supported libraries the estimates of the shipped study differ by
at most 9.4e-10 of their size, a thousandth of this, and what an equation is solved for in the
chapter on robustness (the smallest effect the design could have shown) by at most 3.8e-7.
The absolute part is for numbers that are zero but for rounding.
"""
INFORMATION = frozenset({"versions"})
"""Keys whose values are told and not compared: they say with what the numbers were made."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Moved:
    """A value that did not come out again.

    Attributes
    ----------
    place : str
        Where it is, like `entries[0].cells[2].headline[0].estimate`.
    recorded, found : str
        As they are shown.
    relative : float or None
        Difference as a share of the larger of two numbers; None for anything else.
    """

    place: str
    recorded: str
    found: str
    relative: float | None = None

    def __str__(self) -> str:
        """Give one line for the list."""
        size = "" if self.relative is None else f" (relative {self.relative:.1e})"
        return f"{self.place}: was {self.recorded}, is {self.found}{size}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """How two files compare.

    Attributes
    ----------
    n_numbers : int
        Pairs of numbers compared, missing and infinite ones left aside.
    n_others : int
        Pairs of other values compared: words, yes or no, nothing.
    moved : tuple of Moved
        In the order of the file.
    """

    n_numbers: int
    n_others: int
    moved: tuple[Moved, ...]


def compare_results(recorded: Any, found: Any, place: str = "") -> Comparison:
    """Compare two results value by value.

    Whole numbers must be equal. Others may lie apart by `RELATIVE` of the larger or by
    `ABSOLUTE`. Words, what is missing, and the structure must be the same. Versions are not
    compared.

    Parameters
    ----------
    recorded, found : dict, list, str, int, float, bool or None
        Parsed JSON.
    place : str
        Of both, as the list of what moved names it.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> one = {"rows": [{"estimate": 1.0}, {"estimate": None}], "engine": "OLS"}
    >>> two = {"rows": [{"estimate": 1.1}, {"estimate": None}], "engine": "OLS"}
    >>> comparison = compare_results(one, two)
    >>> comparison.n_numbers, comparison.n_others
    (1, 2)
    >>> print(*comparison.moved)
    rows[0].estimate: was 1.0, is 1.1 (relative 9.1e-02)
    """
    pairs = list(_walk(recorded, found, place))
    n_numbers = sum(1 for is_number, _ in pairs if is_number)
    moved = tuple(each for _, each in pairs if each is not None)
    return Comparison(n_numbers, len(pairs) - n_numbers, moved)


def versions_apart(recorded: Any, found: Any) -> tuple[tuple[str, str, str], ...]:
    """List the programs whose version is not the recorded one.

    Parameters
    ----------
    recorded, found : dict
        The key `versions` of two results.

    Returns
    -------
    tuple of (str, str, str)
        Name, recorded and present version; "none" where there is none.

    Examples
    --------
    >>> versions_apart({"numpy": "2.0.0", "scipy": "1.17.1"}, {"numpy": "2.4.6", "scipy": "1.17.1"})
    (('numpy', '2.0.0', '2.4.6'),)
    """
    names = [*recorded, *(name for name in found if name not in recorded)]
    apart = ((n, str(recorded.get(n, "none")), str(found.get(n, "none"))) for n in names)
    return tuple((name, old, new) for name, old, new in apart if old != new)


def are_same(recorded: float, found: float) -> bool:
    """Say whether two numbers are the same within the tolerance; NaN is like no number."""
    if isinstance(recorded, int) and isinstance(found, int):
        return recorded == found
    return math.isclose(recorded, found, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def numbers_moved(recorded: float, found: float, place: str) -> Moved | None:
    """Compare two numbers; None if they are the same."""
    if are_same(recorded, found):
        return None
    difference = abs(recorded - found)
    # Where one is no number, or infinite, a share of the larger has no meaning.
    relative = difference / max(abs(recorded), abs(found)) if math.isfinite(difference) else None
    return Moved(place, repr(recorded), repr(found), relative)


def _walk(recorded: Any, found: Any, place: str) -> Iterator[tuple[bool, Moved | None]]:
    """Walk through two values together: whether a pair is of numbers, and how it moved."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        yield from _walk_dict(recorded, found, place)
    elif isinstance(recorded, list) and isinstance(found, list):
        yield from _walk_list(recorded, found, place)
    elif _is_number(recorded) and _is_number(found):
        yield True, numbers_moved(recorded, found, place)
    elif type(recorded) is type(found) and recorded == found:
        yield False, None
    else:
        yield False, Moved(place, _shown(recorded), _shown(found))


def _walk_dict(
    recorded: dict[str, Any], found: dict[str, Any], place: str
) -> Iterator[tuple[bool, Moved | None]]:
    keys = [*recorded, *(key for key in found if key not in recorded)]
    for key in keys:
        inside = f"{place}.{key}" if place else key
        if key not in found:
            yield False, Moved(inside, _shown(recorded[key]), "not there")
        elif key not in recorded:
            yield False, Moved(inside, "not there", _shown(found[key]))
        elif key not in INFORMATION:
            yield from _walk(recorded[key], found[key], inside)


def _walk_list(
    recorded: list[Any], found: list[Any], place: str
) -> Iterator[tuple[bool, Moved | None]]:
    for i, (old, new) in enumerate(zip(recorded, found, strict=False)):
        yield from _walk(old, new, f"{place}[{i}]")
    for i in range(len(found), len(recorded)):
        yield False, Moved(f"{place}[{i}]", _shown(recorded[i]), "not there")
    for i in range(len(recorded), len(found)):
        yield False, Moved(f"{place}[{i}]", "not there", _shown(found[i]))


def _is_number(value: Any) -> bool:
    """Tell numbers from yes and no, which Python counts among them."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """Show a value in a line, long ones by their beginning."""
    if isinstance(value, dict | list):
        noun = "keys" if isinstance(value, dict) else "values"
        return f"{len(value)} {noun}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
