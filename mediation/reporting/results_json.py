"""`results.json`: every number at full precision, and what changed since the last one.

Numbers are written so that they read back exactly. A missing number is `null`; an infinite one is
the string "Infinity" or "-Infinity", since JSON knows neither. Counts of people below the smallest
cell are `null`. No date and no path: the same contents give the same bytes.
"""

from __future__ import annotations

import json
import math
from typing import Any

from mediation.inference.interval import Estimate
from mediation.linkage.table import WavePair
from mediation.reporting.contents import ReportContents
from mediation.reporting.format import point_and_interval
from mediation.reporting.plain_values import Json
from mediation.reporting.results_dict import FORMAT, results_dict
from mediation.reporting.wording import label, labels_of, waves_text

Key = tuple[str, str, float | None, float | None, str | None]


def results_text(contents: ReportContents) -> str:
    """Write `results.json` as text."""
    return json.dumps(results_dict(contents), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def headline_changes(previous: Json | None, contents: ReportContents) -> tuple[str, ...]:
    """Say in sentences how the headline differs from the last `results.json`.

    Parameters
    ----------
    previous : dict or None
        The last `results.json`, parsed; None if there is none.
    contents : ReportContents

    Returns
    -------
    tuple of str
        Empty if nothing changed.
    """
    if previous is None:
        return ()
    if previous.get("format") != FORMAT:
        return ("The last `results.json` has another format, so changes cannot be told.",)
    labels = labels_of(contents)
    old, new = _rows(previous), _rows(results_dict(contents))
    sentences = []
    for key, found in new.items():
        name = _name(key, labels)
        if key not in old:
            sentences.append(f"{name}: new since the last report.")
            continue
        sentences += [f"{name}: {text}" for text in _differences(old[key], found)]
    gone = [key for key in old if key not in new]
    sentences += [f"{_name(key, labels)}: no longer in the report." for key in gone]
    return tuple(sentences)


def _rows(results: Json) -> dict[Key, tuple[Json, Json, Json]]:
    """Entry, model and headline row by what the row is about; empty for another format."""
    found: dict[Key, tuple[Json, Json, Json]] = {}
    for entry in results.get("entries", []):
        for cell in entry.get("cells", []):
            waves = cell.get("waves") or {}
            place = entry["name"], cell["outcome"], waves.get("mediator"), waves.get("outcome")
            for row in cell.get("headline", []):
                found[(*place, row.get("mediator"))] = (entry, cell, row)
    return found


def _name(key: Key, labels: dict[str, str]) -> str:
    entry, outcome, mediator_wave, outcome_wave, mediator = key
    parts = [entry, label(outcome, labels)]
    if mediator_wave is not None and outcome_wave is not None:
        parts.append(waves_text(WavePair(mediator_wave, outcome_wave)))
    if mediator is not None:
        parts.append(f"through {label(mediator, labels)}")
    return ", ".join(parts)


def _differences(old: tuple[Json, Json, Json], new: tuple[Json, Json, Json]) -> list[str]:
    """Differences of one headline row: its definition first, then its numbers."""
    (old_entry, old_cell, before), (entry, cell, now) = old, new
    found = []
    if old_entry.get("headline") != entry["headline"]:
        found.append(
            f'the headline is now "{" ".join(entry["headline"])}", '
            f'it was "{" ".join(old_entry.get("headline", []))}".'
        )
    for field in ("engine", "interval", "model"):
        was, is_now = old_cell["result"].get(field), cell["result"][field]
        if was != is_now:
            detail = "" if field == "model" else f' from "{was}" to "{is_now}"'
            found.append(f"the {field} of the headline changed{detail}.")
    for fields, words in ((("estimate",), "estimate"), (("conf_low", "conf_high"), "interval")):
        if any(not _same(before.get(field), now[field]) for field in fields):
            found.append(f"the {words} changed: it was {_shown(before)}, it is {_shown(now)}.")
            break
    return found


def _same(before: Any, now: Any) -> bool:
    if isinstance(before, (int, float)) and isinstance(now, (int, float)):
        # The last digits differ between machines; nine agree where nothing changed.
        return math.isclose(before, now, rel_tol=1e-9, abs_tol=1e-12)
    return bool(before == now)


def _shown(row: Json) -> str:
    names = ("estimate", "std_error", "df", "conf_low", "conf_high", "p_value")
    estimate, error, df, low, high, p = (_read(row.get(name)) for name in names)
    return point_and_interval(Estimate(estimate, error, df, low, high, p, "", 0))


def _read(value: Any) -> float:
    return math.nan if value is None else float(value)
