"""Simulated data that the timings are made on."""

from __future__ import annotations

import numpy as np
import pandas as pd

import mediation as med


def study(seed: int = 1) -> pd.DataFrame:
    """311 clients in 14 teams of 7 organizations."""
    rng = np.random.default_rng(seed)
    team = np.sort(rng.integers(0, 14, size=311))
    x = rng.normal(size=14)[team]
    m = 0.3 * x + 0.3 * rng.normal(size=14)[team] + rng.normal(size=311)
    y = 0.4 * m + 0.3 * rng.normal(size=7)[team // 2] + rng.normal(size=311)
    return pd.DataFrame({"organization": team // 2, "team": team, "x": x, "m": m, "y": y})


def schools(n_rows: int = 7_185, n_clusters: int = 160, seed: int = 1) -> pd.DataFrame:
    """Rows of many clusters of unequal sizes, as in a study of schools."""
    rng = np.random.default_rng(seed)
    school = np.sort(rng.integers(0, n_clusters, size=n_rows))
    x = rng.normal(size=n_clusters)[school]
    m = 0.3 * x + 0.4 * rng.normal(size=n_clusters)[school] + rng.normal(size=n_rows)
    y = 0.4 * m + 0.1 * x + 0.4 * rng.normal(size=n_clusters)[school] + rng.normal(size=n_rows)
    return pd.DataFrame({"school": school, "x": x, "m": m, "y": y})


def with_gaps(frame: pd.DataFrame, share: float = 0.2, seed: int = 2) -> pd.DataFrame:
    """A share of mediator and of outcome missing at random."""
    rng = np.random.default_rng(seed)
    gone = rng.random(size=(2, len(frame))) < share
    return frame.assign(m=frame.m.mask(gone[0]), y=frame.y.mask(gone[1]))


def jobs(n_rows: int = 899, seed: int = 1) -> pd.DataFrame:
    """Rows of the shape of `mediation::jobs`: treatment, mediator, outcome, three covariates."""
    rng = np.random.default_rng(seed)
    treat = (rng.random(n_rows) < 2 / 3).astype(float)
    econ_hard, age = rng.normal(3.0, 1.0, n_rows), rng.normal(37.0, 10.0, n_rows)
    sex = (rng.random(n_rows) < 0.5).astype(float)
    job_seek = 4.0 + 0.1 * treat + 0.05 * econ_hard + rng.normal(0.0, 0.7, n_rows)
    depress2 = 2.4 - 0.2 * job_seek + 0.1 * econ_hard + rng.normal(0.0, 0.6, n_rows)
    columns = {"treat": treat, "job_seek": job_seek, "depress2": depress2}
    return pd.DataFrame(columns | {"econ_hard": econ_hard, "sex": sex, "age": age})


JOBS_COVARIATES = ("econ_hard", "sex", "age")


def three_mediators(seed: int = 2) -> pd.DataFrame:
    """The clients of `study` with three mediators."""
    frame = study()
    rng = np.random.default_rng(seed)
    for k in (1, 2, 3):
        noise = 0.3 * rng.normal(size=14)[frame.team] + rng.normal(size=len(frame))
        frame[f"m{k}"] = 0.3 * frame.x + noise
    frame["y"] = 0.3 * (frame.m1 + frame.m2 + frame.m3) + rng.normal(size=len(frame))
    return frame


def in_teams(n_teams: int, seed: int = 3) -> pd.DataFrame:
    """311 clients in teams of nearly equal sizes."""
    rng = np.random.default_rng(seed)
    team = np.sort(np.arange(311) % n_teams)
    x = rng.normal(size=n_teams)[team]
    m = 0.3 * x + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=311)
    y = 0.4 * m + 0.3 * rng.normal(size=n_teams)[team] + rng.normal(size=311)
    return pd.DataFrame({"team": team, "x": x, "m": m, "y": y})


def model_of(*clusters: str) -> med.MediationModel:
    """Model of x, m and y in the given clusters."""
    return med.MediationModel("x", ("m",), "y", clusters=clusters)
