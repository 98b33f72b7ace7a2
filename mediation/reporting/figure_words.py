"""What the figures show, in words, for readers who do not see them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from mediation.reporting.contents import Cell, Entry
from mediation.reporting.distributions import ScorePanel
from mediation.reporting.format import number, point_and_interval, small_count
from mediation.reporting.headline_rows import analyses_beside, headline_rows
from mediation.reporting.sentences import ceiling_sentence
from mediation.reporting.suppression import pool_small_losses
from mediation.reporting.wording import effect_text, innermost, label, place_title, waves_text


def forest_alt(entry: Entry, labels: Mapping[str, str]) -> str:
    """Describe the forest plot: every estimate with its interval."""
    row = headline_rows(entry.cells[0].result, entry.headline)[0]
    parts = [f"{effect_text(row.effect, row.level, innermost(entry.cells[0].result))}."]
    for cell in entry.cells:
        place = place_title(cell, labels)
        said = []
        for name, result in analyses_beside(cell):
            values = [row.value for row in headline_rows(result, entry.headline)]
            texts = [
                "no estimate" if math.isnan(v.estimate) else point_and_interval(v) for v in values
            ]
            said.append(f"{name} {', '.join(texts)}")
        parts.append(f"{place}: {'; '.join(said)}.")
    return " ".join(parts)


def flow_alt(cells: Sequence[Cell], labels: Mapping[str, str], minimum: int) -> str:
    """Describe the participant flow of every model."""
    parts = ["Participant flow."]
    for cell in cells:
        waves = waves_text(cell.waves)
        steps = pool_small_losses(cell.flow, minimum).steps
        said = [f"{step.step} {small_count(step.n_clients, minimum)}" for step in steps]
        place = label(cell.outcome, labels) + (f", {waves}" if waves else "")
        parts.append(f"{place}: {', '.join(said)}.")
    return " ".join(parts)


def fidelity_alt(fidelity: pd.DataFrame, predictor: str) -> str:
    """Describe fidelity over time: range of the first and of the last scores."""
    ordered = fidelity.sort_values("months")
    ends = []
    for part in (ordered.groupby("cluster").first(), ordered.groupby("cluster").last()):
        low, high = float(part["score"].min()), float(part["score"].max())
        ends.append(f"{number(low, 1)} to {number(high, 1)}")
    count = fidelity["cluster"].nunique()
    return (
        f"{predictor} over time, {count} lines. First assessments {ends[0]}, "
        f"last assessments {ends[1]}."
    )


def scores_alt(panels: Sequence[ScorePanel], minimum: int) -> str:
    """Describe the distributions: the share at the ceiling of each."""
    parts = ["Histograms of scores."]
    for panel in panels:
        where = f"at {panel.where}" if panel.where else ""
        if panel.bins is None:
            parts.append(f"{panel.label} {where}: too few people to show.".replace(" :", ":"))
        else:
            parts.append(ceiling_sentence(panel.label, where, panel.bins, minimum))
    return " ".join(parts)
