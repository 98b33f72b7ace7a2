"""Rules of a scoring key that reach over several of its entries, checked on the parsed text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mediation.toml.complaints import Complaint, suggestion

_KEY = re.compile(r"[a-z][a-z0-9_]*\Z")
# Names of items become parts of headers and of column names.
_ITEM = re.compile(r"[A-Za-z0-9_.-]+\Z")
_OF_ITEMS = ("responses", "items", "metric")
_NOT_OF_GOALS = (*_OF_ITEMS, "reversed", "subscales", "threshold", "relationship_items")


def breaches(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    """Yield what is wrong between the entries of a scoring key.

    Parameters
    ----------
    raw : mapping
        As `tomllib` gives it; may be wrong in any other way as well.

    Yields
    ------
    Complaint
    """
    yield from _names(raw)
    if raw.get("verified") is False and not raw.get("note"):
        advice = "Say in `note` which facts are unverified, or set `verified = true`."
        yield Complaint("note", "a note where `verified = false`", "none", advice)
    if raw.get("kind", "items") == "goals":
        yield from _of_goals(raw)
        return
    for name in _OF_ITEMS:
        if name not in raw or raw[name] in ([], ()):
            yield Complaint(name, "an entry", "none", f"Add `{name}`.")
    yield from _responses(raw)
    yield from _subsets(raw)
    yield from _threshold(raw)


def _texts(value: Any) -> list[str]:
    """Take a list of texts, empty if it is something else (which is reported elsewhere)."""
    is_list = isinstance(value, list | tuple) and all(isinstance(each, str) for each in value)
    return list(value) if is_list else []


def _names(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    key = raw.get("key")
    if isinstance(key, str) and key and not _KEY.match(key):
        advice = "Write for example `my_scale_12`."
        yield Complaint("key", "small letters, digits and `_`, a letter first", "another text",
                        advice)  # fmt: skip
    items = _texts(raw.get("items"))
    for item in items:
        if item and not _ITEM.match(item):
            advice = 'Name items briefly, such as "1" or "2a".'
            expected = "letters, digits, `_`, `.` and `-` in the name of an item"
            yield Complaint(f"items[{items.index(item)}]", expected, "other signs", advice)
    yield from _repeated("items", items)


def _repeated(place: str, names: list[str]) -> Iterator[Complaint]:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        found = f"more than once: {', '.join(twice)}"
        yield Complaint(place, "every item once", found, "Remove the repetition.")


def _of_goals(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    odd = [name for name in _NOT_OF_GOALS if raw.get(name)]
    if odd:
        advice = 'Remove them, or set `kind = "items"`.'
        found = f"`{'`, `'.join(odd)}`"
        yield Complaint("kind", "no entries about items for goals", found, advice)


def _numbers(value: Any) -> tuple[float, float] | None:
    """Take a pair of numbers, None if it is something else."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        return None
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in value):
        return None
    return value[0], value[1]


def _responses(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    limits = _numbers(raw.get("responses"))
    if limits is None:
        return
    found = f"[{limits[0]:.6g}, {limits[1]:.6g}]"
    if not limits[0] < limits[1]:
        advice = "Write the lowest response first, for example `[1, 5]`."
        yield Complaint("responses", "responses from low to high", found, advice)
    elif raw.get("whole", True) is True and any(each != each // 1 for each in limits):
        advice = "Correct them, or set `whole = false`."
        yield Complaint("responses", "whole numbers where responses are whole", found, advice)


def _subsets(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    items = _texts(raw.get("items"))
    lists = {name: raw.get(name) for name in ("reversed", "relationship_items")}
    subscales = raw.get("subscales")
    for name, members in (subscales if isinstance(subscales, Mapping) else {}).items():
        place = f"subscales.{name}"
        lists[place] = members
        if members in ([], ()) or not name:
            yield Complaint(place, "a name and one or more items", "none", "Add them.")
    for place, members in lists.items():
        names = _texts(members)
        yield from _repeated(place, names)
        for unknown in dict.fromkeys(name for name in names if name not in items):
            advice = f"{suggestion(unknown, items)}Correct the name, or add it to `items`."
            yield Complaint(place, "names from `items`", f'"{unknown[:40]}"', advice)


def _threshold(raw: Mapping[str, Any]) -> Iterator[Complaint]:
    threshold, limits = raw.get("threshold"), _numbers(raw.get("responses"))
    items = _texts(raw.get("items"))
    if not isinstance(threshold, Mapping) or limits is None or not items:
        return
    value, metric = threshold.get("value"), threshold.get("metric")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    factor = len(items) if metric == "sum" else 1
    low, high = limits[0] * factor, limits[1] * factor
    if metric in ("sum", "mean") and not low <= value <= high:
        expected = f"a {metric} from {low:.6g} to {high:.6g}"
        advice = "Correct the value or its metric."
        yield Complaint("threshold.value", expected, f"{value:.6g}", advice)
