"""The table a model is estimated on, and how its rows came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediation.vocabulary import LinkageRule

if TYPE_CHECKING:
    import pandas as pd

    from mediation.study.waves import WindowSummary


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
class Spread:
    """Smallest, middle and greatest value over the rows of a table."""

    minimum: float
    median: float
    maximum: float


@dataclass(frozen=True, slots=True)
class LinkageSummary:
    """How fidelity was linked, over the clients whose interview of the mediator was held.

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
    window_months : float or None
        Of MEAN_EXPOSURE.
    covered : Spread or None
        Of MEAN_EXPOSURE: share of the window that lies between assessments, over linked rows.
    assessments : Spread or None
        Assessments used, over linked rows.
    before, after : Spread or None
        Assessments of the cluster at or before the interview, and after it, over dated rows.
    fidelity_level : str or None
        The cluster that has the mean of its own clusters; None if nothing was lifted.
    scored_level : str or None
        Its own clusters, which are scored; None if nothing was lifted.
    clusters : Spread or None
        Clusters (teams) with a value in that mean, over linked rows.
    n_partial : int
        Linked rows some of whose clusters have no value at that moment.
    """

    rule: LinkageRule
    max_age_months: float
    n_stale: int
    n_before_first: int
    n_after_last: int
    gap_median: float
    gap_max: float
    window_months: float | None = None
    covered: Spread | None = None
    assessments: Spread | None = None
    before: Spread | None = None
    after: Spread | None = None
    fidelity_level: str | None = None
    clusters: Spread | None = None
    n_partial: int = 0
    scored_level: str | None = None


@dataclass(frozen=True, slots=True)
class SpellSummary:
    """What the spells tell of the clients whose interview of the mediator was held.

    Attributes
    ----------
    n_clients : int
    n_changed_manager, n_changed_team : int or None
        Clients who had another case manager (team) between enrolment, or their first spell, and
        the interview of the mediator; None if spells do not name them.
    n_changed_team_later : int or None
        Clients who changed team between the interviews of the mediator and of the outcome.
    n_changed_team_ever : int or None
        Clients with either change of team.
    n_after_spell : int
        Clients in no spell at the interview, who have the case manager or team of the last
        spell before it.
    n_without_spell : int
        Clients without any spell that began before the interview, who keep the case manager and
        team of the table of clients.
    """

    n_clients: int
    n_changed_manager: int | None
    n_changed_team: int | None
    n_changed_team_later: int | None
    n_changed_team_ever: int | None
    n_after_spell: int
    n_without_spell: int


@dataclass(frozen=True, slots=True)
class TimeSummary:
    """What is to be said of the dates behind a table.

    Attributes
    ----------
    windows : WindowSummary or None
        None without windows around the waves.
    spells : SpellSummary or None
    n_planned : int
        Clients linked at the planned date, as their interview of the mediator has none.
    """

    windows: WindowSummary | None = None
    spells: SpellSummary | None = None
    n_planned: int = 0


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
    time : TimeSummary or None
    """

    _frame: pd.DataFrame
    waves: WavePair | None = None
    linkage: LinkageSummary | None = None
    flow: ParticipantFlow | None = None
    time: TimeSummary | None = None

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
