"""Least squares on a synthetic study, from its tables alone."""

import numpy as np
import pandas as pd


def wide(study, pair, outcome):
    """One row per client with the alliance at the first and the outcome at the second wave."""
    first, last = pair
    waves = {
        wave: rows.set_index("client_id") for wave, rows in study.interviews.groupby("wave_months")
    }
    frame = study.clients.set_index("client_id")
    frame = frame.assign(
        team=waves[first]["team"],
        alliance=waves[first]["alliance"],
        date=waves[first]["interview_date"],
        baseline=waves[0][outcome],
        outcome=waves[last][outcome],
    ).dropna()
    origin = study.fidelity["assessment_date"].min()
    frame["months"] = (frame["date"] - origin).dt.days / 30.4375
    assessed = {team: rows for team, rows in study.fidelity.groupby("team")}
    frame["fidelity"] = 0.0
    for team, rows in frame.groupby("team"):
        known = assessed[team]
        frame.loc[rows.index, "fidelity"] = np.interp(
            rows["months"],
            (known["assessment_date"] - origin).dt.days / 30.4375,
            known["fidelity"],
        )
    frame["man"] = (frame["gender"] == "man").astype(float)
    frame["another_gender"] = (frame["gender"] == "another gender").astype(float)
    frame["team_mean"] = frame.groupby("team")["alliance"].transform("mean")
    frame["deviation"] = frame["alliance"] - frame["team_mean"]
    return frame


COVARIATES = ["months", "age", "man", "another_gender", "tenure_months"]


def slopes(frame, outcome, predictors, *, inside=None):
    """Slopes by name; `inside` takes every variable from its mean in that cluster."""
    columns = frame[[outcome, *predictors]].astype(float)
    if inside is None:
        centered = columns - columns.mean()
    else:
        centered = columns - columns.groupby(frame[inside]).transform("mean")
    # Unit columns keep the normal equations well conditioned.
    scale = np.sqrt((centered**2).mean())
    scaled = centered / scale
    found, *_ = np.linalg.lstsq(
        scaled[predictors].to_numpy(), scaled[outcome].to_numpy(), rcond=None
    )
    return pd.Series(found, index=predictors) * scale[outcome] / scale[predictors]
