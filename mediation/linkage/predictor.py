"""The predictor of every client at the date of one interview, cluster by cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mediation.arrays import Array
from mediation.linkage.fidelity import LinkedScores, link_scores
from mediation.linkage.flow import (
    AFTER_LAST,
    BEFORE_FIRST,
    NO_ASSESSMENT,
    NO_DATE,
    STALE,
    UNLINKED,
)
from mediation.linkage.table import LinkageSummary
from mediation.study.entries import LinkageEntry
from mediation.study.manifest import DATE, TableRole
from mediation.study.study import Study
from mediation.vocabulary import LinkageRule, StaleRows


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LinkedPredictor:
    """Columns of the predictor in the order of the clients, and what is to be said of them."""

    columns: dict[str, Any]
    summary: LinkageSummary


def link_predictor(
    study: Study,
    linkage: LinkageEntry,
    rule: LinkageRule,
    units: pd.DataFrame,
    dates: Array,
    held: NDArray[np.bool_],
) -> LinkedPredictor:
    """Link the manifest's predictor to the date of an interview of each client.

    Parameters
    ----------
    study : Study
    linkage : LinkageEntry
    rule : LinkageRule
    units : DataFrame, n_clients rows
    dates : ndarray, shape (n_clients,)
        Months on the study's clock; NaN without an interview or a date.
    held : ndarray of bool, shape (n_clients,)
        Whether there was an interview.

    Returns
    -------
    LinkedPredictor
    """
    name, level = linkage.predictor, study.manifest.fidelity_cluster or ""
    frame = study.frame(TableRole.FIDELITY)
    cluster_of_score, cluster = frame[level].to_numpy(), units[level].to_numpy()
    times, scores = frame[DATE].to_numpy(dtype=float), frame[name].to_numpy(dtype=float)
    values, gaps = np.full(len(units), np.nan), np.full(len(units), np.nan)
    reasons = np.full(len(units), "", dtype=object)
    for one in units[level].unique():
        rows, own = cluster == one, cluster_of_score == one
        found = link_scores(times[own], scores[own], dates[rows], rule)
        values[rows], gaps[rows] = found.values, found.gaps
        is_scored = bool(np.isfinite(scores[own]).any())
        reasons[rows] = _reasons(found) if is_scored else NO_ASSESSMENT
    reasons[held & np.isnan(dates)] = NO_DATE
    reasons[~held] = ""
    stale = gaps > linkage.max_age_months
    summary = _summary(linkage, rule, gaps, stale, reasons)
    if linkage.stale is StaleRows.DROP:
        values[stale], reasons[stale] = np.nan, STALE
    columns = {
        name: values,
        f"{name}_gap": gaps,
        f"{name}_stale": stale,
        f"{UNLINKED}{name}": pd.array(reasons, dtype="str"),
    }
    return LinkedPredictor(columns, summary)


def _reasons(found: LinkedScores) -> NDArray[np.object_]:
    """Say why there is no value, empty where there is one or the date is missing."""
    without = np.isnan(found.values)
    reasons = np.full(without.shape, "", dtype=object)
    reasons[without & found.before_first] = BEFORE_FIRST
    reasons[without & found.after_last] = AFTER_LAST
    return reasons


def _summary(
    linkage: LinkageEntry,
    rule: LinkageRule,
    gaps: Array,
    stale: NDArray[np.bool_],
    reasons: NDArray[np.object_],
) -> LinkageSummary:
    used = gaps[~np.isnan(gaps)]
    return LinkageSummary(
        rule=rule,
        max_age_months=linkage.max_age_months,
        n_stale=int(stale.sum()),
        n_before_first=int((reasons == BEFORE_FIRST).sum()),
        n_after_last=int((reasons == AFTER_LAST).sum()),
        gap_median=float(np.median(used)) if len(used) else np.nan,
        gap_max=float(used.max()) if len(used) else np.nan,
    )
