"""Draw a synthetic study from its truth; the equations are in `truth`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array, IntArray
from mediation.simulation.changes import Service, displaced, draw_service
from mediation.simulation.draws import (
    Clusters,
    Exposure,
    People,
    assign_clients,
    draw_alliance,
    draw_attendance,
    draw_fidelity,
    draw_interview_days,
    draw_outcome,
    draw_people,
    fidelity_on,
)
from mediation.simulation.truth import Truth

GENDERS = ("woman", "man", "another gender")


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticStudy:
    """The tables of a study whose truth is known, with scores; `tables_of` has those of files.

    Attributes
    ----------
    truth : Truth
    fidelity : DataFrame
        `team`, `assessment_date`, `fidelity`; scores in the instrument's unit.
    clients : DataFrame
        `client_id`, `organization`, `team`, `case_manager`, `enrolled`, `age`, `gender`,
        `tenure_months`; team and case manager are those at enrolment.
    interviews : DataFrame
        `client_id`, `wave_months`, `interview_date`, `team`, `case_manager` (on that day),
        `alliance` and one column per outcome; scores unrounded, the alliance censored if the
        truth has a ceiling.
    spells : DataFrame
        `client_id`, `case_manager`, `team`, `start`, `end` (its last day; missing if it lasts).
    """

    truth: Truth
    fidelity: pd.DataFrame
    clients: pd.DataFrame
    interviews: pd.DataFrame
    spells: pd.DataFrame

    def rounded(self) -> SyntheticStudy:
        """Return the study with scores rounded to their unit and clipped to their scale.

        Without a ceiling the alliance is rounded but not clipped.
        """
        interviews = self.interviews.copy()
        alliance = self.truth.alliance
        limits = (alliance.low, alliance.high) if self.truth.ceiling else (-np.inf, np.inf)
        for name, unit, (low, high) in [
            ("alliance", alliance.unit, limits),
            *((y.name, y.unit, (y.low, y.high)) for y in self.truth.outcomes),
        ]:
            values = interviews[name].to_numpy()
            interviews[name] = np.clip(np.rint(values / unit) * unit, low, high)
        return replace(self, interviews=interviews)


def simulate(truth: Truth, rng: np.random.Generator) -> SyntheticStudy:
    """Draw one study.

    The draws do not depend on effects: two truths of one design that differ in effects alone, given
    generators in the same state, yield the same clients, dates and errors.

    Parameters
    ----------
    truth : Truth
    rng : numpy.random.Generator

    Returns
    -------
    SyntheticStudy
        Scores unrounded, except fidelity.

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> study = simulate(default_truth(), np.random.default_rng(1))
    >>> len(study.clients), study.clients["team"].nunique(), len(study.fidelity)
    (311, 14, 84)
    """
    # Streams of their own, so that what departs from the plan changes nothing else.
    for_dates, for_changes = rng.spawn(2)
    clusters = assign_clients(truth)
    assessed, scores = draw_fidelity(truth, clusters, rng)
    people = draw_people(truth, rng)
    days = displaced(truth.design, draw_interview_days(truth, rng), for_dates)
    service = draw_service(truth.design, clusters, days[:, 0], for_changes)
    team, manager = service.on(days)
    exposure = Exposure(days, team, manager, fidelity_on(days, team, assessed, scores))
    team_part, client_part = draw_alliance(truth, clusters, people, exposure, rng)
    outcomes = [
        draw_outcome(truth, outcome, clusters, people, exposure, (team_part, client_part), rng)
        for outcome in truth.outcomes
    ]
    trend = truth.alliance.trend * (exposure.months - truth.t_ref)
    alliance = truth.alliance.mean + trend + team_part + client_part
    if truth.ceiling:
        alliance = np.clip(alliance, truth.alliance.low, truth.alliance.high)
    driver = [y.name for y in truth.outcomes].index(truth.attrition.driver)
    attends, answers = draw_attendance(truth, people, outcomes[driver][:, 0], rng)
    alliance = np.where(answers, alliance, np.nan)
    return SyntheticStudy(
        truth=truth,
        fidelity=_fidelity_table(truth, assessed, scores),
        clients=_client_table(truth, clusters, people, days[:, 0]),
        interviews=_interview_table(truth, exposure, alliance, outcomes, attends),
        spells=_spell_table(truth, service, days[:, 0]),
    )


def _names(letter: str, count: int) -> NDArray[np.object_]:
    width = max(len(str(count)), {"C": 3, "O": 1}.get(letter, 2))
    return np.array([f"{letter}{k:0{width}d}" for k in range(1, count + 1)], dtype=object)


def _dates(truth: Truth, days: IntArray) -> NDArray[np.datetime64]:
    dates = np.datetime64(truth.design.start, "D") + days.astype("timedelta64[D]")
    # The resolution of pandas; writers of other formats take coarser ones for microseconds.
    return dates.astype("datetime64[us]")


def _fidelity_table(truth: Truth, days: IntArray, scores: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "team": np.repeat(_names("T", days.shape[0]), days.shape[1]),
            "assessment_date": _dates(truth, days.ravel()),
            "fidelity": scores.ravel(),
        }
    )


def _team_names(truth: Truth) -> NDArray[np.object_]:
    return _names("T", truth.design.n_teams)


def _manager_names(truth: Truth) -> NDArray[np.object_]:
    return _names("M", truth.design.n_teams * truth.design.managers_per_team)


def _client_table(
    truth: Truth, clusters: Clusters, people: People, enrolled: IntArray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "client_id": _names("C", people.age.size),
            "organization": _names("O", truth.design.n_organizations)[clusters.organization],
            "team": _team_names(truth)[clusters.team],
            "case_manager": _manager_names(truth)[clusters.manager],
            "enrolled": _dates(truth, enrolled),
            "age": people.age.astype(np.int64),
            "gender": np.array(GENDERS, dtype=object)[people.gender],
            "tenure_months": people.tenure.astype(np.int64),
        }
    )


def _spell_table(truth: Truth, service: Service, enrolled: IntArray) -> pd.DataFrame:
    """One row per client, two for those with a change; a spell ends on the day before."""
    client, number = np.nonzero(np.column_stack([np.full(enrolled.size, True), service.changes]))
    start = np.where(number == 0, enrolled[client], service.day[client])
    ends = (number == 0) & service.changes[client]
    end = _dates(truth, service.day[client] - 1)
    return pd.DataFrame(
        {
            "client_id": _names("C", enrolled.size)[client],
            "case_manager": _manager_names(truth)[service.manager[client, number]],
            "team": _team_names(truth)[service.team[client, number]],
            "start": _dates(truth, start),
            "end": np.where(ends, end, np.datetime64("NaT")),
        }
    )


def _interview_table(
    truth: Truth,
    exposure: Exposure,
    alliance: Array,
    outcomes: list[Array],
    attends: NDArray[np.bool_],
) -> pd.DataFrame:
    client, wave = np.nonzero(attends)
    columns = {
        "client_id": _names("C", len(attends))[client],
        "wave_months": np.array(truth.design.waves)[wave],
        "interview_date": _dates(truth, exposure.days[attends]),
        "team": _team_names(truth)[exposure.team[attends]],
        "case_manager": _manager_names(truth)[exposure.manager[attends]],
        "alliance": alliance[attends],
    }
    for outcome, scores in zip(truth.outcomes, outcomes, strict=True):
        columns[outcome.name] = scores[attends]
    return pd.DataFrame(columns)
