"""A parsed TOML file as text again, without its comments."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


def toml_text(content: Mapping[str, Any]) -> str:
    """Write tables, arrays of tables, and values.

    Parameters
    ----------
    content : mapping
        As `tomllib` gives it, without dates.

    Returns
    -------
    str

    Examples
    --------
    >>> print(toml_text({"a": {"b": 1, "c": {"d": "x"}}, "e": [{"f": [1.5, True]}]}), end="")
    [a]
    b = 1
    <BLANKLINE>
    [a.c]
    d = "x"
    <BLANKLINE>
    [[e]]
    f = [1.5, true]
    """
    blocks = ["\n".join(block) for block in _blocks(content, ()) if block]
    return "\n\n".join(blocks) + "\n"


def _blocks(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[list[str]]:
    """Yield the lines of a table, then of those inside it."""
    plain = {key: value for key, value in table.items() if not _is_nested(value)}
    header = [f"[{_dotted(path)}]"] if path and (plain or len(plain) == len(table)) else []
    yield header + [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    yield from _inner(table, path)


def _inner(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[list[str]]:
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _blocks(value, (*path, key))
        elif _is_nested(value):
            for one in value:
                plain = {k: v for k, v in one.items() if not _is_nested(v)}
                lines = [f"{_key(k)} = {_value(v)}" for k, v in plain.items()]
                yield [f"[[{_dotted((*path, key))}]]", *lines]
                yield from _inner(one, (*path, key))


def _is_nested(value: Any) -> bool:
    """Whether a value is a table, or a list of tables that are more than pairs of values."""
    if isinstance(value, Mapping):
        return True
    tables = isinstance(value, list) and bool(value) and all(isinstance(v, Mapping) for v in value)
    return tables and any(not _is_number(v) for each in value for v in each.values())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if _is_number(value):
        return repr(value)
    return _quoted(str(value))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    # TOML's basic strings are JSON's, but for this one character.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(_key(name) for name in path)
