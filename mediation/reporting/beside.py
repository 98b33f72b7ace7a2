"""What lies beside a study and in the folder of its last report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mediation.errors import ReportError


def truth_beside(manifest: Path) -> dict[str, object] | None:
    """Read the known truth (`truth.json`) beside a manifest; None if there is none.

    Raises
    ------
    ReportError
        If the file is not readable.
    """
    return _read_json(manifest.parent / "truth.json")


def previous_results(folder: Path) -> dict[str, object] | None:
    """Read the last `results.json` of a report folder; None if there is none.

    Raises
    ------
    ReportError
        If the file is not readable.
    """
    return _read_json(folder / "results.json")


def _read_json(path: Path) -> dict[str, object] | None:
    if not path.exists():
        return None
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(
            f"`{path.name}` must be readable JSON. It is not: {error}. Remove it or repair it."
        ) from error
    if not isinstance(found, dict):
        raise ReportError(f"`{path.name}` must hold one object. Remove it or repair it.")
    return found
