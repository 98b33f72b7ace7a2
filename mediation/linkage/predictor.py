"""The predictor of every client at the date of one interview, all clusters at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.linkage.assessments import assessments_of
from mediation.linkage.fidelity import LinkedScores, link_clusters
from mediation.linkage.flow import (
    AFTER_LAST,
    BEFORE_FIRST,
    NO_ASSESSMENT,
    NO_DATE,
    STALE,
    UNCOVERED,
    UNLINKED,
)
from mediation.linkage.lift import LiftedScores, lift_scores, members_of
from mediation.linkage.table import LinkageSummary, Spread
from mediation.study.entries import LinkageEntry
from mediation.study.manifest import DATE, TableRole
from mediation.study.study import Study
from mediation.vocabulary import LinkageRule, StaleRows

# Why there is no value, by the number that stands for it in arrays.
REASONS = np.array(
    ["", NO_DATE, NO_ASSESSMENT, BEFORE_FIRST, AFTER_LAST, UNCOVERED, STALE], dtype=object
)
LINKED, UNDATED, UNASSESSED, EARLY, LATE, BARE, OLD = range(len(REASONS))


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
    held: BoolArray,
    begins: Array | None = None,
) -> LinkedPredictor:
    """Link the manifest's predictor to the date of an interview of each client.

    Parameters
    ----------
    study : Study
    linkage : LinkageEntry
    rule : LinkageRule
    units : DataFrame, n_clients rows
    dates : ndarray, shape (n_clients,)
        Months on the study's clock; NaN without an interview or a date. Clients without an
        interview may have the planned date: they are linked, but the summary is not about them.
    held : ndarray of bool, shape (n_clients,)
        Whether there was an interview.
    begins : ndarray, shape (n_clients,), optional
        When the client came to the cluster whose fidelity is linked; see `mean_exposure`.

    Returns
    -------
    LinkedPredictor
    """
    found = _found(study, linkage, rule, units, dates, begins)
    linked = found.linked
    values = np.array(linked.values)
    reasons = np.zeros(len(units), dtype=np.int64)
    without = np.isnan(values)
    reasons[without] = np.where(linked.n_before + linked.n_after > 0, BARE, UNASSESSED)[without]
    outside = without & (linked.covered == 0)
    reasons[outside & linked.before_first] = EARLY
    reasons[outside & linked.after_last] = LATE
    reasons[np.isnan(dates)] = UNDATED
    reasons[~held] = LINKED
    stale = linked.gaps > linkage.max_age_months
    summary = _summary(study, linkage, rule, found, held, stale, reasons)
    if linkage.stale is StaleRows.DROP:
        values[stale] = np.nan
        reasons[stale & held] = OLD
    name = linkage.predictor
    columns = {
        name: values,
        f"{name}_gap": np.array(linked.gaps),
        f"{name}_stale": stale,
        f"{name}_assessments": np.array(linked.n_used),
        f"{name}_before": np.array(linked.n_before),
        f"{name}_after": np.array(linked.n_after),
        f"{UNLINKED}{name}": pd.array(REASONS[reasons], dtype="str"),
    }
    return LinkedPredictor(columns, summary)


def _found(
    study: Study,
    linkage: LinkageEntry,
    rule: LinkageRule,
    units: pd.DataFrame,
    dates: Array,
    begins: Array | None,
) -> LiftedScores:
    """Link team by team, or the teams of each organization."""
    scored = study.manifest.fidelity_cluster or ""
    level = study.manifest.predictor_level or ""
    frame, everybody = study.frame(TableRole.FIDELITY), study.units
    names = pd.Index(pd.unique(pd.concat([frame[scored], everybody[scored], units[scored]])))
    names = names.dropna()
    # A last cluster, never assessed, is that of clients without one.
    codes = names.get_indexer(pd.Index(frame[scored])).astype(np.int64)
    times, scores = (frame[column].to_numpy(dtype=float) for column in (DATE, linkage.predictor))
    assessed = assessments_of(codes, times, scores, len(names) + 1)
    window = linkage.window_months
    if level == scored:
        cluster = _codes(names, units[scored])
        linked = link_clusters(assessed, cluster, dates, rule, window, begins)
        one = np.ones(len(units), dtype=np.int64)
        return LiftedScores(linked, one, 0 * one)
    outer = pd.Index(pd.unique(everybody[level])).dropna()
    inner = names.get_indexer(pd.Index(everybody[scored])).astype(np.int64)
    members = members_of(
        outer.get_indexer(pd.Index(everybody[level])).astype(np.int64), inner, len(outer) + 1
    )
    return lift_scores(assessed, members, _codes(outer, units[level]), dates, rule, window, begins)


def _codes(names: pd.Index, column: pd.Series) -> IntArray:
    """Positions among the names; the one after the last for an unknown or missing name."""
    found = names.get_indexer(pd.Index(column)).astype(np.int64)
    return np.where(found < 0, len(names), found)


def _summary(
    study: Study,
    linkage: LinkageEntry,
    rule: LinkageRule,
    found: LiftedScores,
    held: BoolArray,
    stale: BoolArray,
    reasons: IntArray,
) -> LinkageSummary:
    linked: LinkedScores = found.linked
    rows = held & ~np.isnan(linked.values)
    gaps = linked.gaps[rows]
    is_mean = rule is LinkageRule.MEAN_EXPOSURE
    level = study.manifest.predictor_level
    is_lifted = level != study.manifest.fidelity_cluster
    return LinkageSummary(
        rule=rule,
        max_age_months=linkage.max_age_months,
        n_stale=int((stale & held).sum()),
        n_before_first=int((reasons == EARLY).sum()),
        n_after_last=int((reasons == LATE).sum()),
        gap_median=float(np.median(gaps)) if len(gaps) else np.nan,
        gap_max=float(gaps.max()) if len(gaps) else np.nan,
        window_months=linkage.window_months if is_mean else None,
        covered=spread_of(linked.covered[rows]) if is_mean else None,
        assessments=spread_of(linked.n_used[rows]),
        before=spread_of(linked.n_before[held]),
        after=spread_of(linked.n_after[held]),
        fidelity_level=level if is_lifted else None,
        clusters=spread_of(found.n_with[rows]) if is_lifted else None,
        n_partial=int((rows & (found.n_without > 0)).sum()) if is_lifted else 0,
        scored_level=study.manifest.fidelity_cluster if is_lifted else None,
    )


def spread_of(values: Array | IntArray) -> Spread | None:
    """Smallest, middle and greatest of the values that are not NaN; None without any."""
    known = values[~np.isnan(values)]
    if not len(known):
        return None
    return Spread(float(known.min()), float(np.median(known)), float(known.max()))
