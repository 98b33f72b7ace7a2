"""Participant flow: who entered, who is analysed, and why the others are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.errors import LinkageError
from mediation.linkage.table import AnalysisTable, FlowStep, ParticipantFlow, WavePair
from mediation.study.wording import in_words

Mask = NDArray[np.bool_]

MEDIATOR_HELD, OUTCOME_HELD = "_mediator_held", "_outcome_held"
UNLINKED = "_unlinked_"

# Why a row has no fidelity, with the step that those who do pass, in the order of the flow.
NO_DATE = "the interview has no date"
NO_ASSESSMENT = "the cluster has no assessment with a score"
BEFORE_FIRST = "the interview is before the first assessment"
AFTER_LAST = "the interview is after the last assessment"
UNCOVERED = "less than half of the exposure lies between assessments"
STALE = "the nearest assessment is too old"
LINKAGE_STEPS = (
    (NO_DATE, "Date of the interview known"),
    (NO_ASSESSMENT, "Cluster assessed"),
    (BEFORE_FIRST, "Interviewed after the first assessment"),
    (AFTER_LAST, "Interviewed before the last assessment"),
    (UNCOVERED, "Exposure covered by assessments"),
    (STALE, "Assessment recent enough"),
)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A step, the rows that pass it, and why the others do not."""

    name: str
    passes: Mask
    reason: str
    always_shown: bool = True


def flow_of(
    table: AnalysisTable, columns: tuple[str, ...], outcome: str, mediators: tuple[str, ...]
) -> ParticipantFlow:
    """Follow the rows of a table from enrolment to the analysis of a model.

    Parameters
    ----------
    table : AnalysisTable
    columns : tuple of str
        Every column the model reads.
    outcome : str
    mediators : tuple of str

    Returns
    -------
    ParticipantFlow
        The last step counts the rows without a missing value in `columns`.

    Raises
    ------
    LinkageError
        If a column is not in the table.
    """
    frame = table.frame
    absent = [name for name in (*columns, outcome, *mediators) if name not in frame]
    if absent:
        raise LinkageError(
            f"Participant flow needs the columns of the model. Not in the table: "
            f"{', '.join(dict.fromkeys(absent))}. Link the table again with these roles."
        )
    complete = frame[list(columns)].notna().all(axis=1).to_numpy()
    steps = [
        *linkage_steps(frame, table.waves, mediators, _window(table)),
        *_outcome_steps(frame, table.waves, outcome, _window(table)),
        _Step("Analyzed", complete, _what_is_missing(table.waves)),
    ]
    interviewed = table.flow.interviewed if table.flow else ()
    return ParticipantFlow(_follow(steps, _first(table.waves), complete), interviewed)


def linkage_flow(
    frame: pd.DataFrame,
    waves: WavePair,
    mediators: tuple[str, ...],
    interviewed: tuple[tuple[float, int], ...],
    window: float | None = None,
) -> ParticipantFlow:
    """Follow clients from enrolment to linked fidelity; `window` is that around the waves."""
    steps = list(linkage_steps(frame, waves, mediators, window))
    return ParticipantFlow(_follow(steps, _first(waves), np.zeros(len(frame), bool)), interviewed)


def linkage_steps(
    frame: pd.DataFrame,
    waves: WavePair | None,
    mediators: tuple[str, ...],
    window: float | None = None,
) -> Iterator[_Step]:
    """List the steps up to linked fidelity."""
    if waves is not None:
        reason = _no_interview(waves.mediator, window)
        yield _Step("Interviewed for the mediator", _mask(frame[MEDIATOR_HELD]), reason)
    scored = frame[list(mediators)].notna().all(axis=1)
    yield _Step("Mediator scored", _mask(scored), f"no score of {_listed(mediators)}")
    for name in frame.columns:
        if not name.startswith(UNLINKED):
            continue
        predictor = in_words(name.removeprefix(UNLINKED))
        for reason, step in LINKAGE_STEPS:
            yield _Step(step, _mask(frame[name] != reason), reason, always_shown=False)
        title = f"{predictor[:1].upper()}{predictor[1:]} linked"
        yield _Step(title, _mask(frame[name] == ""), f"no {predictor}")


def _outcome_steps(
    frame: pd.DataFrame, waves: WavePair | None, outcome: str, window: float | None
) -> Iterator[_Step]:
    if waves is not None:
        reason = _no_interview(waves.outcome, window)
        yield _Step("Interviewed for the outcome", _mask(frame[OUTCOME_HELD]), reason)
    yield _Step(
        "Outcome scored", _mask(frame[outcome].notna()), f"no score of {_listed((outcome,))}"
    )


def _follow(steps: list[_Step], first: str, complete: Mask) -> tuple[FlowStep, ...]:
    """Count through the steps; a row that is complete for the model passes every one of them.

    A model may not read what a step asks for (the date, if its predictor is not linked).
    """
    remaining = np.ones(len(complete), dtype=bool)
    counted = [FlowStep(first, len(remaining), 0, "")]
    for step in steps:
        passing = remaining & (step.passes | complete)
        left = int(remaining.sum() - passing.sum())
        remaining = passing
        if left or step.always_shown:
            reason = step.reason if left else ""
            counted.append(FlowStep(step.name, int(remaining.sum()), left, reason))
    return tuple(counted)


def _what_is_missing(waves: WavePair | None) -> str:
    """Say why a row with mediator, predictor and outcome is not complete."""
    return f"a covariate {'' if waves is None else 'or the baseline score '}is missing"


def _no_interview(wave: float, window: float | None) -> str:
    around = "at" if window is None else f"within {window:g} months of"
    return f"no interview {around} {wave:g} months"


def _window(table: AnalysisTable) -> float | None:
    """Months around waves in which an interview counts, None if waves are exact."""
    windows = table.time.windows if table.time else None
    return windows.window if windows else None


def _first(waves: WavePair | None) -> str:
    return "In the table" if waves is None else "Enrolled"


def _mask(column: pd.Series) -> Mask:
    mask: Mask = column.to_numpy(dtype=bool)
    return mask


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(in_words(name) for name in names)
