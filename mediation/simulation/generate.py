"""Draw a synthetic study from its truth; the equations are in `truth`."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array, IntArray
from mediation.simulation.draws import (
    Clusters,
    People,
    assign_clients,
    draw_alliance,
    draw_attendance,
    draw_exposure,
    draw_fidelity,
    draw_outcome,
    draw_people,
)
from mediation.simulation.truth import Truth

GENDERS = ("woman", "man", "another gender")


@dataclass(frozen=True, slots=True, eq=False)
class SyntheticStudy:
    """The three tables of a study whose truth is known.

    Attributes
    ----------
    truth : Truth
    fidelity : DataFrame
        `team`, `assessment_date`, `fidelity`; scores in the instrument's unit.
    clients : DataFrame
        `client_id`, `organization`, `team`, `case_manager`, `age`, `gender`, `tenure_months`.
    interviews : DataFrame
        `client_id`, `wave_months`, `interview_date`, `alliance` and one column per outcome;
        scores unrounded, the alliance censored if the truth has a ceiling.
    """

    truth: Truth
    fidelity: pd.DataFrame
    clients: pd.DataFrame
    interviews: pd.DataFrame

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
    clusters = assign_clients(truth)
    assessed, scores = draw_fidelity(truth, clusters, rng)
    people = draw_people(truth, rng)
    exposure = draw_exposure(truth, clusters, assessed, scores, rng)
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
        clients=_client_table(clusters, people),
        interviews=_interview_table(truth, exposure.days, alliance, outcomes, attends),
    )


def _names(letter: str, count: int) -> NDArray[np.object_]:
    width = max(len(str(count)), {"C": 3, "O": 1}.get(letter, 2))
    return np.array([f"{letter}{k:0{width}d}" for k in range(1, count + 1)], dtype=object)


def _dates(truth: Truth, days: IntArray) -> NDArray[np.datetime64]:
    return np.datetime64(truth.design.start, "D") + days.astype("timedelta64[D]")


def _fidelity_table(truth: Truth, days: IntArray, scores: Array) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "team": np.repeat(_names("T", days.shape[0]), days.shape[1]),
            "assessment_date": _dates(truth, days.ravel()),
            "fidelity": scores.ravel(),
        }
    )


def _client_table(clusters: Clusters, people: People) -> pd.DataFrame:
    n_teams = clusters.organization_of_team.size
    return pd.DataFrame(
        {
            "client_id": _names("C", people.age.size),
            "organization": _names("O", clusters.organization_of_team[-1] + 1)[
                clusters.organization
            ],
            "team": _names("T", n_teams)[clusters.team],
            "case_manager": _names("M", clusters.manager.max() + 1)[clusters.manager],
            "age": people.age.astype(np.int64),
            "gender": np.array(GENDERS, dtype=object)[people.gender],
            "tenure_months": people.tenure.astype(np.int64),
        }
    )


def _interview_table(
    truth: Truth,
    days: IntArray,
    alliance: Array,
    outcomes: list[Array],
    attends: NDArray[np.bool_],
) -> pd.DataFrame:
    client, wave = np.nonzero(attends)
    columns = {
        "client_id": _names("C", days.shape[0])[client],
        "wave_months": np.array(truth.design.waves)[wave],
        "interview_date": _dates(truth, days[attends]),
        "alliance": alliance[attends],
    }
    for outcome, scores in zip(truth.outcomes, outcomes, strict=True):
        columns[outcome.name] = scores[attends]
    return pd.DataFrame(columns)
