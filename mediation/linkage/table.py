"""The table a model is estimated on, and how its rows came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediation.vocabulary import LinkageRule

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class WavePair:
    """The interview of the mediator and the interview of the outcome, in months since enrolment."""

    mediator: float
    outcome: float


@dataclass(frozen=True, slots=True)
class FlowStep:
    """One step of the participant flow: what happened, who remains, who left and why."""

    step: str
    n_clients: int
    n_left: int
    reason: str


@dataclass(frozen=True, slots=True)
class ParticipantFlow:
    """Clients from enrolment to analysis, for one pair of interviews.

    `interviewed` counts clients with an interview at each wave.
    """

    steps: tuple[FlowStep, ...]
    interviewed: tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class LinkageSummary:
    """How fidelity was linked.

    Attributes
    ----------
    rule : LinkageRule
    max_age_months : float
    n_stale : int
        Rows whose assessment is older (or, for NEAREST and INTERPOLATE, farther) than the maximum.
    n_before_first, n_after_last : int
        Rows outside the team's assessments, for which the rule gives no value.
    gap_median, gap_max : float
        Months between the interview and the nearest assessment that was used.
    """

    rule: LinkageRule
    max_age_months: float
    n_stale: int
    n_before_first: int
    n_after_last: int
    gap_median: float
    gap_max: float


@dataclass(frozen=True, slots=True, eq=False)
class AnalysisTable:
    """One row per client (or per unit of a flat study), columns by the contract's names.

    Attributes
    ----------
    waves : WavePair or None
        None for a study without interviews.
    linkage : LinkageSummary or None
    flow : ParticipantFlow or None
        Up to linkage; the last step, rows complete for a model, is added by `flow_of`.
    """

    _frame: pd.DataFrame
    waves: WavePair | None = None
    linkage: LinkageSummary | None = None
    flow: ParticipantFlow | None = None

    @property
    def frame(self) -> pd.DataFrame:
        """A copy of the rows."""
        return self._frame.copy()

    def __repr__(self) -> str:
        """Sizes only: rows are data of people."""
        n_rows, n_columns = self._frame.shape
        waves = "" if self.waves is None else f", waves {self.waves.mediator:g} -> "
        waves += "" if self.waves is None else f"{self.waves.outcome:g}"
        return f"AnalysisTable({n_rows} rows, {n_columns} columns{waves})"
