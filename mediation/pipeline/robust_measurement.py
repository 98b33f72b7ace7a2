"""Measurement error in the mediators of one cell."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from mediation.arrays import BoolArray, IntArray
from mediation.estimation.mixed import MixedModels
from mediation.estimation.ols import OLS
from mediation.estimation.two_level_sem import TwoLevelSEM
from mediation.inference.result import MediationResult
from mediation.instruments.coefficients import Coefficient
from mediation.instruments.reliability import Reliability, estimate_reliability
from mediation.instruments.scoring import turn
from mediation.linkage.table import AnalysisTable
from mediation.pipeline.bench import Bench
from mediation.pipeline.missing_values import analytic
from mediation.sensitivity.measurement import (
    KnownReliability,
    MeasurementError,
    measurement_error,
)
from mediation.study.manifest import CLIENT, WAVE, WAVE_TOLERANCE, TableRole
from mediation.study.study import Study
from mediation.vocabulary import Convergence, MissingMethod

# Stream of random numbers of the declared analysis: with its draws, reliability 1 gives its limits.
DECLARED = 0


def measurement_of(
    bench: Bench, table: AnalysisTable, result: MediationResult
) -> MeasurementError | None:
    """Correct the analysis of a cell for measurement error.

    Parameters
    ----------
    bench : Bench
    table : AnalysisTable
    result : MediationResult
        By the declared engine and interval.

    Returns
    -------
    MeasurementError or None
        None where mediators are latent, or the declared analysis did not converge.
    """
    plan = bench.plan
    if not isinstance(plan.engine, OLS | MixedModels | TwoLevelSEM):
        return None
    if result.fit.convergence is Convergence.NOT_CONVERGED:
        return None
    wave = None if plan.waves is None else plan.waves.mediator
    cluster = (plan.model.split_at or plan.model.clusters or (None,))[-1]
    known = {
        name: found
        for name in plan.model.mediators
        if (found := known_reliability(bench.study, name, wave, cluster)) is not None
    }
    seed = [bench.seed, plan.entry, plan.cell, DECLARED]
    if plan.missing.method is MissingMethod.MULTIPLE_IMPUTATION:
        seed = bench.limits_seed(DECLARED)
    return measurement_error(
        result.fit, table.frame, plan.engine, analytic(plan.interval), seed, known=known
    )


def known_reliability(
    study: Study, name: str, wave: float | None, cluster: str | None
) -> KnownReliability | None:
    """Estimate how reliable a score made of items is.

    Parameters
    ----------
    study : Study
    name : str
    wave : float or None
        Months of the interview; None for all rows.
    cluster : str or None
        Inside which differences are to be reliable; None for those between rows.

    Returns
    -------
    KnownReliability or None
        By omega, or alpha where the items do not give it. None without items, or if too few rows
        answered all of them.
    """
    manifest = study.manifest
    entry = manifest.scores.get(name)
    if entry is None or not entry.items:
        return None
    frame = study.frame(TableRole(entry.table))
    rows: BoolArray = np.ones(len(frame), dtype=bool)
    if wave is not None and WAVE in frame:
        rows = np.abs(frame[WAVE].to_numpy(dtype=float) - wave) < WAVE_TOLERANCE
    codes = _codes(study, frame, cluster)
    if codes is not None:
        rows &= codes >= 0
    answers = study.items(name).to_numpy()[rows]
    items = turn(manifest.instrument(name), answers, entry.subscale)
    found = estimate_reliability(items, None if codes is None else codes[rows])
    return _known(found) if found.n_rows >= manifest.study.minimum_cell else None


def _codes(study: Study, frame: pd.DataFrame, cluster: str | None) -> IntArray | None:
    """Give a code for the cluster of every row, -1 where it is not known; None without clusters."""
    if cluster is None:
        return None
    if cluster in frame:
        names = frame[cluster]
    else:
        units = study.units
        names = frame[CLIENT].map(dict(zip(units[CLIENT], units[cluster], strict=True)))
    codes: IntArray = pd.factorize(names)[0].astype(np.int64)
    return codes


def _known(found: Reliability) -> KnownReliability | None:
    levels = found.levels
    if levels is None:
        choices, between = (("omega", found.omega), ("alpha", found.alpha)), math.nan
    else:
        choices = (("omega", levels.omega_within), ("alpha", levels.alpha_within))
        of_clusters = [c.value for c in (levels.omega_between, levels.alpha_between) if _fits(c)]
        between = of_clusters[0] if of_clusters else math.nan
    for name, value in choices:
        if _fits(value):
            low = value.conf_low if 0 < value.conf_low <= 1 else math.nan
            return KnownReliability(value.value, low, between, name)
    return None


def _fits(value: Coefficient) -> bool:
    """Whether a coefficient is defined and can be a reliability."""
    return not value.status.value and 0 < value.value <= 1
