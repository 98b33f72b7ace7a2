"""Goal attainment: the share of a client's goals at an interview that were attained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray
from mediation.instruments.goals import GoalAttainment, attain_goals
from mediation.study.manifest import (
    CLIENT,
    STATUS,
    WAVE,
    WAVE_TOLERANCE,
    Manifest,
    TableRole,
)
from mediation.study.problems import Problem, ProblemKind, Severity
from mediation.study.waves import nearest_wave

GOALS = TableRole.GOALS.value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AttainedGoals:
    """Interviews with the share of goals attained.

    Attributes
    ----------
    interviews : DataFrame
    counts : tuple of five int
        Reviews of a client's goals, 0, those scored although some goals are unknown, those
        without a score because too many are, and 0: as in `ScoreCounts`.
    problems : tuple of Problem
    """

    interviews: pd.DataFrame
    counts: tuple[int, int, int, int, int]
    problems: tuple[Problem, ...]


def score_goals(
    manifest: Manifest, name: str, frames: dict[TableRole, pd.DataFrame]
) -> AttainedGoals | None:
    """Give interviews the share of the goals reviewed there that are attained.

    Parameters
    ----------
    manifest : Manifest
    name : str
        Of the score.
    frames : dict of TableRole to DataFrame
        Interviews with their planned waves.

    Returns
    -------
    AttainedGoals or None
        Goals belong to planned waves as interviews do: within the window, else exactly. None if
        a column is lacking, which is reported elsewhere.
    """
    goals, interviews = frames.get(TableRole.GOALS), frames.get(TableRole.INTERVIEWS)
    if goals is None or interviews is None or manifest.waves is None:
        return None
    if not {CLIENT, WAVE, STATUS} <= set(goals) or not {CLIENT, WAVE} <= set(interviews):
        return None
    texts = manifest.scores[name].attained
    written = goals[WAVE].to_numpy(dtype=float)
    waves = nearest_wave(manifest.waves.values, manifest.waves.window or 0.0, written)
    problems = (
        *_at_no_wave(manifest, goals, np.isnan(waves) & ~np.isnan(written)),
        *_never_attained(name, texts, goals[STATUS]),
    )
    known = goals[CLIENT].notna().to_numpy() & ~np.isnan(waves)
    clients, names = pd.factorize(goals[CLIENT][known])
    moments = np.asarray(manifest.waves.values)
    status = goals[STATUS][known]
    attained = np.where(status.isna(), np.nan, status.isin(list(texts)).astype(float))
    found = attain_goals(clients, np.searchsorted(moments, waves[known]), attained)
    scored = interviews.assign(**{name: _shares(found, names, moments, interviews)})
    return AttainedGoals(scored, _counts(found), problems)


def _shares(
    found: GoalAttainment, names: pd.Index, moments: Array, interviews: pd.DataFrame
) -> Array:
    """Share of the goals of each interview's client and wave; NaN without any."""
    held = interviews[WAVE].to_numpy(dtype=float)
    # Waves as written may miss the planned ones by rounding.
    position = np.abs(held[:, None] - moments).argmin(axis=1)
    is_planned = np.abs(held - moments[position]) <= WAVE_TOLERANCE
    whose = names.get_indexer(pd.Index(interviews[CLIENT]))
    size = len(moments)
    table = np.full(len(names) * size + 1, np.nan)
    table[found.clients * size + found.waves] = found.proportions
    # The last cell is that of interviews without goals.
    shares: Array = table[np.where(is_planned & (whose >= 0), whose * size + position, -1)]
    return shares


def _counts(found: GoalAttainment) -> tuple[int, int, int, int, int]:
    is_scored = ~np.isnan(found.proportions)
    substituted = int((is_scored & (found.n_unknown > 0)).sum())
    return len(is_scored), 0, substituted, int((~is_scored).sum()), 0


def _at_no_wave(manifest: Manifest, goals: pd.DataFrame, mask: BoolArray) -> Iterator[Problem]:
    """Tell of goals at no planned wave: they would be left out without a word."""
    if not mask.any() or manifest.waves is None:
        return
    planned = ", ".join(f"{wave:g}" for wave in manifest.waves.values)
    window = manifest.waves.window
    around = "at" if window is None else f"within {window:g} months of"
    yield Problem(
        ProblemKind.UNKNOWN_WAVE,
        Severity.ERROR if window is None else Severity.WARNING,
        GOALS, WAVE, tuple(int(row) for row in goals.index.to_numpy()[mask]),
        f"goals {around} the waves {planned}", "others",
        "Correct the wave." if window is None else "They are left out. Correct the wave.",
    )  # fmt: skip


def _never_attained(name: str, texts: tuple[str, ...], status: pd.Series) -> Iterator[Problem]:
    """Tell of texts that mean attained but are nowhere: every goal would count as not attained."""
    absent = [text for text in texts if not status.eq(text).any()]
    if not absent or status.isna().all():
        return
    every = len(absent) == len(texts)
    yield Problem(
        ProblemKind.UNKNOWN_LEVEL, Severity.ERROR if every else Severity.WARNING, GOALS, STATUS, (),
        f"the texts of `attained` under [scores.{name}]", f"no goal with `{'`, `'.join(absent)}`",
        "Write them as in the file, with the same capital letters.",
    )  # fmt: skip
