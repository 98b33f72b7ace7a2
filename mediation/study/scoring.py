"""Scores from items: what reading found as `score[item]` becomes one column of its table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from mediation.instruments.responses import find_invalid
from mediation.instruments.scale import limits_of
from mediation.instruments.scoring import score
from mediation.study.goal_scores import score_goals
from mediation.study.manifest import Manifest, TableRole
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.score_entries import item_column

Frames = dict[TableRole, pd.DataFrame]
MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class ScoreCounts:
    """How the rows of a score came about; for goals, the interviews at which some were reviewed.

    Attributes
    ----------
    n_rows : int
        Rows of the table.
    n_items : int
        0 for goals, which differ in number.
    n_substituted : int
        Rows in which the mean of the answered items stands for the others.
    n_too_many : int
        Rows without a score although something was answered.
    n_empty : int
        Rows in which no item was answered.
    """

    n_rows: int
    n_items: int
    n_substituted: int
    n_too_many: int
    n_empty: int


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ScoredTables:
    """Frames with scores in place of items.

    Attributes
    ----------
    frames : dict of TableRole to DataFrame
    items : mapping of str to DataFrame
        Score -> responses as given, columns by the names of the items, rows as in its table.
    counts : mapping of str to ScoreCounts
    problems : tuple of Problem
    """

    frames: Frames
    items: MappingProxyType[str, pd.DataFrame]
    counts: MappingProxyType[str, ScoreCounts]
    problems: tuple[Problem, ...]


def score_items(manifest: Manifest, frames: Frames) -> ScoredTables:
    """Score every scale of the manifest.

    Parameters
    ----------
    manifest : Manifest
    frames : dict of TableRole to DataFrame
        Items are columns named `score[item]`.

    Returns
    -------
    ScoredTables
        A scale that lacks a column, or has responses that its key does not know, stays without
        a score, with a problem for every item concerned.
    """
    scored = dict(frames)
    items: dict[str, pd.DataFrame] = {}
    counts: dict[str, ScoreCounts] = {}
    problems: list[Problem] = []
    for name, entry in manifest.scores.items():
        if not entry.items:
            attained = score_goals(manifest, name, scored)
            if attained is not None:
                scored[TableRole.INTERVIEWS] = attained.interviews
                counts[name] = ScoreCounts(*attained.counts)
                problems += attained.problems
            continue
        role = TableRole(entry.table)
        frame = scored.get(role)
        key = manifest.instrument(name)
        columns = [item_column(name, item) for item in key.items]
        if frame is None or not set(columns) <= set(frame):
            continue
        values = frame[columns].to_numpy()
        items[name] = frame[columns].set_axis(list(key.items), axis=1)
        wrong = list(_invalid(manifest, name, items[name]))
        problems += wrong
        if wrong:
            continue
        found = score(key, values, entry.metric, entry.subscale, entry.max_missing, check=True)
        scored[role] = frame.assign(**{name: found.values})
        counts[name] = ScoreCounts(
            len(frame), found.n_items, found.n_substituted, found.n_too_many, found.n_empty
        )
    for role, frame in scored.items():
        scored[role] = frame[[column for column in frame if "[" not in str(column)]]
    return ScoredTables(scored, MappingProxyType(items), MappingProxyType(counts), tuple(problems))


def _invalid(manifest: Manifest, name: str, items: pd.DataFrame) -> Iterator[Problem]:
    """Tell of responses outside the scale: item by item, but of one code in many items at once."""
    entry, key = manifest.scores[name], manifest.instrument(name)
    responses = items.to_numpy()
    found = find_invalid(key, responses)
    low, high = limits_of(key)
    kind = "a whole number" if key.whole else "a number"
    alike: dict[tuple[float, ...], list[int]] = {}
    for column in np.unique(found.columns):
        wrong = np.unique(responses[found.rows[found.columns == column], column])
        alike.setdefault(tuple(map(float, wrong)), []).append(int(column))
    for values, columns in alike.items():
        is_code = len(values) == 1 and len(columns) > 1
        for group in [columns] if is_code else [[column] for column in columns]:
            rows = items.index.to_numpy()[np.unique(found.rows[np.isin(found.columns, group)])]
            n_more = len(group) - 1
            there = f", there and in {n_more} more item{'s' * (n_more > 1)}" if n_more else ""
            yield Problem(
                ProblemKind.OUT_OF_RANGE, Severity.ERROR, entry.table,
                item_column(name, key.items[group[0]]), tuple(int(row) for row in rows),
                f"{kind} from {low:g} to {high:g}", _shown(values) + there,
                "Correct the responses; leave missing ones empty, or name their code in `missing`.",
            )  # fmt: skip


def _shown(values: tuple[float, ...]) -> str:
    """Name a few different responses; many may be identifiers in the place of an item."""
    if len(values) > MOST_SHOWN:
        return f"{len(values)} other numbers"
    return " and ".join(f"{value:g}" for value in values)
