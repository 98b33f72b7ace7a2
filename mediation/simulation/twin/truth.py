"""The known answer of a twin, in the form that reports read."""

from __future__ import annotations

import json

from mediation.simulation.twin.aggregates import Aggregates
from mediation.simulation.twin.layout import Layout

_DECIMALS = 10


def true_effects(aggregates: Aggregates, layout: Layout) -> dict[str, dict[str, dict[str, float]]]:
    """Give the true effects of every outcome.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout

    Returns
    -------
    dict
        Outcome -> effect -> pair of waves ("4.5-9") -> value. Only pairs whose mediator acts on
        the outcome at that wave.
    """
    found = {}
    for paths in aggregates.paths:
        a = aggregates.a
        values = {
            "a": a,
            "b_within": paths.b_within,
            "b_between_manifest": paths.b_between,
            "c_prime": paths.c_prime,
            "c_prime_manifest": paths.c_prime,
            "indirect_within": a * paths.b_within,
            "contextual_manifest": a * (paths.b_between - paths.b_within),
            "indirect_between_manifest": a * paths.b_between,
            "total": paths.c_prime + a * paths.b_between,
        }
        pairs = [f"{m:g}-{y:g}" for m, y in layout.known_pairs(paths.outcome)]
        found[paths.outcome] = {
            effect: dict.fromkeys(pairs, round(value, _DECIMALS))
            for effect, value in values.items()
        }
    return found


def truth_text(aggregates: Aggregates, layout: Layout, about: str, seed: int) -> str:
    """Write `truth.json`.

    Parameters
    ----------
    aggregates : Aggregates
    layout : Layout
    about : str
        What a twin is, in a sentence.
    seed : int

    Returns
    -------
    str
    """
    content = {
        "synthetic": True,
        "about": about,
        "effects_hold_for": (
            "scores as they are written, ceiling and rounding included; items left open move a "
            "score a little from the one that the equations have"
            if aggregates.items
            else "scores as they are written, ceiling and rounding included"
        ),
        "seed": seed,
        "effects": true_effects(aggregates, layout),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
