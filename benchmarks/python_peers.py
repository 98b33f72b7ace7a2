"""Bootstraps of one mediator in other Python packages, on data of the shape of `jobs`.

They import on use: without the extra `peers` the table says which are missing.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.frames import JOBS_COVARIATES
from benchmarks.timing import median_seconds

COVARIATES = list(JOBS_COVARIATES)
RIGHT = " + ".join(COVARIATES)


def pingouin(frame: pd.DataFrame, n_resamples: int) -> None:
    import pingouin as pg

    pg.mediation_analysis(
        data=frame,
        x="treat",
        m="job_seek",
        y="depress2",
        covar=COVARIATES,
        n_boot=n_resamples,
        seed=1,
    )


def pyprocessmacro(frame: pd.DataFrame, n_resamples: int) -> None:
    from pyprocessmacro import Process

    Process(
        data=frame,
        model=4,
        x="treat",
        y="depress2",
        m=["job_seek"],
        controls=COVARIATES,
        controls_in="all",
        boot=n_resamples,
        seed=1,
        suppr_init=True,
    )


def semopy(frame: pd.DataFrame, n_resamples: int) -> None:
    from semopy import Model

    description = f"job_seek ~ treat + {RIGHT}\ndepress2 ~ job_seek + treat + {RIGHT}"
    rng = np.random.default_rng(1)
    for _ in range(n_resamples):
        at = rng.integers(0, len(frame), len(frame))
        model = Model(description)
        model.fit(frame.iloc[at].reset_index(drop=True))
        model.inspect()


def statsmodels(frame: pd.DataFrame, n_resamples: int) -> None:
    import statsmodels.api as sm
    from statsmodels.stats.mediation import Mediation

    outcome = sm.OLS.from_formula(f"depress2 ~ treat + job_seek + {RIGHT}", frame)
    mediator = sm.OLS.from_formula(f"job_seek ~ treat + {RIGHT}", frame)
    Mediation(outcome, mediator, "treat", "job_seek").fit(method="bootstrap", n_rep=n_resamples)


Bootstrapper = Callable[[pd.DataFrame, int], None]
# Resamples timed, of 5,000: the slow ones are timed on fewer and scaled.
TIMED: dict[str, tuple[Bootstrapper, int]] = {
    "pyprocessmacro": (pyprocessmacro, 5_000),
    "pingouin": (pingouin, 5_000),
    "semopy loop": (semopy, 50),
    "statsmodels": (statsmodels, 50),
}


def seconds_of(name: str, frame: pd.DataFrame) -> float | str:
    """Seconds for the resamples that a peer is timed on, or why it does not run."""
    work, n_resamples = TIMED[name]
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return median_seconds(lambda: work(frame, n_resamples), 3)
    except ImportError:
        return "not installed"
    except Exception as error:  # noqa: BLE001 - whatever a peer does, the table goes on
        return f"does not run: {type(error).__name__}"
