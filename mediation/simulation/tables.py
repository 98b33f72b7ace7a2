"""The tables of a synthetic study as a service would export them: items, dates and spells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mediation.simulation.generate import SyntheticStudy
from mediation.simulation.items import Scored, draw_responses, headers_of, key_of


def tables_of(study: SyntheticStudy, rng: np.random.Generator) -> dict[str, pd.DataFrame]:
    """Give the tables that the files of a study hold, whatever their format.

    Scores are rounded. Those with an instrument become responses to its items, of which a share
    is missing in the interviews; fidelity is scored by reviewers and complete. Interviews have
    no wave, which follows from their date and the day of enrolment.

    Parameters
    ----------
    study : SyntheticStudy
    rng : numpy.random.Generator
        Items come from streams spawned from it, one for each score.

    Returns
    -------
    dict of str to DataFrame
        `fidelity`, `clients`, `interviews` and `spells`, each with a first column `synthetic`
        of ones.

    Raises
    ------
    SimulationError
        If a score lies outside the scale of its instrument.

    Examples
    --------
    >>> from mediation.simulation.defaults import default_truth
    >>> from mediation.simulation.generate import simulate
    >>> rng = np.random.default_rng(1)
    >>> tables = tables_of(simulate(default_truth(), rng), rng)
    >>> list(tables), list(tables["fidelity"].columns[:4])
    (['fidelity', 'clients', 'interviews', 'spells'], ['synthetic', 'team', 'assessment_date', \
'smcm_1'])
    """
    truth, study = study.truth, study.rounded()
    scores: dict[str, Scored] = {"fidelity": truth.fidelity, "alliance": truth.alliance}
    scores |= {outcome.name: outcome for outcome in truth.outcomes}
    streams = dict(zip(scores, rng.spawn(len(scores)), strict=True))
    fidelity = study.fidelity[["team", "assessment_date"]]
    interviews = study.interviews[["client_id", "interview_date"]]
    for name, part in scores.items():
        if name == "fidelity":
            columns = _written(study.fidelity[name], part, 0.0, streams[name])
            fidelity = pd.concat([fidelity, columns], axis=1)
        else:
            missing = truth.attrition.missing_item
            columns = _written(study.interviews[name], part, missing, streams[name])
            interviews = pd.concat([interviews, columns], axis=1)
    tables = {
        "fidelity": fidelity,
        "clients": study.clients,
        "interviews": interviews,
        "spells": study.spells,
    }
    for name, table in tables.items():
        mark = pd.Series(1, index=table.index, name="synthetic")
        tables[name] = pd.concat([mark, table], axis=1)
    return tables


def _written(
    scores: pd.Series[float], part: Scored, missing: float, rng: np.random.Generator
) -> pd.DataFrame:
    """Items of a score, a share of them missing; or the score itself, if it has none."""
    key = key_of(part)
    if key is None or part.items is None:
        return scores.to_frame()
    responses = draw_responses(np.asarray(scores, dtype=np.float64), part.items, key, rng)
    responses[rng.random(responses.shape) < missing] = np.nan
    return pd.DataFrame(responses, columns=list(headers_of(part.items, key)), index=scores.index)
