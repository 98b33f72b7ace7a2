"""The published description of `results.json`, and whether a file is one that can be read."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from mediation.errors import ReportError
from mediation.reporting.plain_values import Json
from mediation.reporting.results_dict import FORMAT

_EARLIER = {
    1: "Format 1 says nothing on the robustness of the answers, so a report of today has numbers "
    "that it lacks."
}
# What a file must hold to be told from JSON of other programs.
_KINDS: dict[str, type] = {"seed": int, "input_hash": str, "versions": dict, "entries": list}


def results_schema() -> Json:
    """Give the JSON Schema (draft 2020-12) of `results.json`.

    Returns
    -------
    dict
        That of the format written now.

    Examples
    --------
    >>> results_schema()["$schema"]
    'https://json-schema.org/draft/2020-12/schema'
    """
    text = (
        files("mediation.reporting").joinpath(f"schemas/results-{FORMAT}.json").read_text("utf-8")
    )
    found: Json = json.loads(text)
    return found


def require_readable(results: Json) -> None:
    """Refuse what is no `results.json` of this format.

    Parameters
    ----------
    results : dict
        Parsed JSON.

    Raises
    ------
    ReportError
        If it is of another program, of an earlier or a later format, or lacks what a rerun needs.

    Examples
    --------
    >>> require_readable({"format": 99, "versions": {"mediation": "9.0"}})
    Traceback (most recent call last):
    mediation.errors.ReportError: `results.json` is of format 99, written by mediation 9.0. This \
version reads format 2 only. Install the version that wrote it, or a newer one.
    """
    kind = results.get("format")
    if not _is_whole(kind):
        raise ReportError(
            "`results.json` must be one that `mediation report` wrote. "
            "It names no format. Make the report again."
        )
    if kind != FORMAT:
        raise ReportError(_other_format(results))
    wrong = [name for name, right in _KINDS.items() if not _is_a(results.get(name), right)]
    if wrong:
        raise ReportError(
            f"`results.json` must hold {', '.join(f'`{name}`' for name in _KINDS)}. "
            f"Missing or not readable: {', '.join(f'`{name}`' for name in wrong)}. "
            "The file was changed; make the report again."
        )


def _other_format(results: Json) -> str:
    kind = results["format"]
    head = (
        f"`results.json` is of format {kind}, written by mediation {_writer(results)}. "
        f"This version reads format {FORMAT} only. "
    )
    if kind > FORMAT:
        return head + "Install the version that wrote it, or a newer one."
    why = _EARLIER.get(kind, "")
    advice = "Check it with the version that wrote it, or make the report again."
    return head + (f"{why} {advice}" if why else advice)


def _writer(results: Json) -> str:
    """Name the version that wrote a file, if it says one."""
    versions = results.get("versions")
    found = versions.get("mediation") if isinstance(versions, dict) else None
    is_version = isinstance(found, str) and re.fullmatch(r"[0-9A-Za-z.+!-]{1,40}", found)
    return found if is_version and isinstance(found, str) else "(it does not say which version)"


def _is_a(value: Any, kind: type) -> bool:
    if kind is int:
        return _is_whole(value) and value >= 0
    return isinstance(value, kind)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
