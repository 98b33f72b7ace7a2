"""Three ways with missing values, as the manifest names them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd

from mediation.arrays import Array
from mediation.estimation.estimate import Engine, estimate
from mediation.estimation.paths import Fit
from mediation.inference.interval import Interval
from mediation.inference.monte_carlo import MonteCarlo
from mediation.inference.pooling import estimate_imputed
from mediation.instruments.instrument import Instrument
from mediation.instruments.scale import items_of
from mediation.instruments.scoring import score
from mediation.linkage.link import link
from mediation.linkage.table import AnalysisTable, FlowStep, ParticipantFlow, WavePair
from mediation.missing.imputation import impute
from mediation.missing.imputation_options import Imputation, ScoreItems
from mediation.missing.imputed import Imputed
from mediation.model import MediationModel
from mediation.study.entries import LinkageEntry
from mediation.study.manifest import BASELINE_SUFFIX
from mediation.study.method_entries import MissingEntry
from mediation.study.score_entries import ScoreEntry, item_column
from mediation.study.study import Study
from mediation.vocabulary import ImputedUnit, LinkageRule, MissingMethod

# Why rows are lost although a missing value is no reason.
_LOST = {
    MissingMethod.MULTIPLE_IMPUTATION: "no predictor or cluster",
    MissingMethod.FULL_INFORMATION: (
        "no predictor, cluster or covariate, or neither mediator nor outcome"
    ),
}


def link_for(
    study: Study,
    model: MediationModel,
    waves: WavePair | None,
    missing: MissingEntry,
    rule: LinkageRule | None = None,
    linkage: LinkageEntry | None = None,
) -> AnalysisTable:
    """Link the rows that a way of treating missing values needs.

    Parameters
    ----------
    study : Study
    model : MediationModel
    waves : WavePair or None
    missing : MissingEntry
        Whoever was not interviewed is linked at the planned date, unless rows must be complete.
    rule : LinkageRule, optional
    linkage : LinkageEntry, optional
        As in `link`.

    Returns
    -------
    AnalysisTable
    """
    is_complete = missing.method is MissingMethod.COMPLETE_CASES
    return link(
        study,
        waves,
        rule=rule,
        linkage=linkage,
        mediators=model.mediators,
        planned=not is_complete,
        auxiliary=missing.auxiliary,
        items=_scored(study, model) if missing.of is ImputedUnit.ITEMS else (),
    )


def impute_table(
    study: Study,
    model: MediationModel,
    table: AnalysisTable,
    missing: MissingEntry,
    rng: np.random.Generator,
) -> Imputed:
    """Draw the missing values of a linked table.

    Parameters
    ----------
    study : Study
    model : MediationModel
    table : AnalysisTable
        From `link_for`.
    missing : MissingEntry
    rng : numpy.random.Generator

    Returns
    -------
    Imputed
    """
    options = Imputation(missing.n_imputations, missing.n_iterations, missing.auxiliary)
    return impute(model, table, options, rng, items=items_of_scores(study, model, table, missing))


def items_of_scores(
    study: Study, model: MediationModel, table: AnalysisTable, missing: MissingEntry
) -> tuple[ScoreItems, ...]:
    """Give the items of mediators and outcome, if scores are imputed by them."""
    names = _scored(study, model) if missing.of is ImputedUnit.ITEMS else ()
    return tuple(_items(study, table, name) for name in names)


def fit_model(
    study: Study,
    model: MediationModel,
    table: AnalysisTable,
    engine: Engine,
    missing: MissingEntry,
    rng: np.random.Generator,
) -> Fit:
    """Estimate a model by the declared way with missing values."""
    if missing.method is not MissingMethod.MULTIPLE_IMPUTATION:
        return estimate(model, table, engine)
    return estimate_imputed(model, impute_table(study, model, table, missing, rng), engine)


def rehearsed(
    study: Study, model: MediationModel, table: AnalysisTable, missing: MissingEntry
) -> pd.DataFrame:
    """Give rows to rehearse a model on, with missing values drawn in haste where they are drawn.

    Raises
    ------
    SpecificationError, EstimationError
        If missing values cannot be drawn.
    """
    if missing.method is not MissingMethod.MULTIPLE_IMPUTATION:
        return table.frame
    hasty = missing.model_copy(update={"n_imputations": 2, "n_iterations": 1})
    rng = np.random.default_rng(0)
    return impute_table(study, model, table, hasty, rng).frame(0)


def flow_to(flow: ParticipantFlow, n_analyzed: int, missing: MissingEntry) -> ParticipantFlow:
    """End a flow in the rows that were analyzed, also where not all of them are complete.

    Whoever missed an interview is not lost then: the steps between first and last do not lead to
    these rows.
    """
    if missing.method is MissingMethod.COMPLETE_CASES:
        return flow
    first = flow.steps[0]
    n_left = first.n_clients - n_analyzed
    last = FlowStep(
        flow.steps[-1].step, n_analyzed, n_left, _LOST[missing.method] if n_left else ""
    )
    return replace(flow, steps=(first, last))


def imputation_beside(model: MediationModel, waves: WavePair | None) -> MissingEntry:
    """Choose the imputation that stands beside an analysis of complete rows.

    Mediators at the first wave and the outcome at the wave of the mediators help to impute.
    """
    auxiliary: tuple[str, ...] = ()
    if waves is not None:
        first = tuple(f"{name}{BASELINE_SUFFIX}" for name in model.mediators)
        auxiliary = (*first, f"{model.outcome}@{waves.mediator:g}")
    known = tuple(name for name in auxiliary if name not in model.columns)
    return MissingEntry(method=MissingMethod.MULTIPLE_IMPUTATION, auxiliary=known)


def analytic(interval: Interval) -> Interval:
    """Give an interval that goes with pooled paths: the declared one, unless it resamples."""
    if hasattr(interval, "n_resamples") or hasattr(interval, "n_vectors"):
        return MonteCarlo(conf_level=interval.conf_level)
    return interval


def _scored(study: Study, model: MediationModel) -> tuple[str, ...]:
    """Mediators and outcome that are scored from items."""
    scores = study.manifest.scores
    return tuple(n for n in (*model.mediators, model.outcome) if n in scores and scores[n].items)


def _items(study: Study, table: AnalysisTable, name: str) -> ScoreItems:
    entry, key = study.manifest.scores[name], study.manifest.instrument(name)
    frame = table.frame
    items = frame[[item_column(name, item) for item in key.items]].to_numpy(dtype=float)
    kept = [i for i, item in enumerate(key.items) if item in items_of(key, entry.subscale)]
    backwards = key.reversed or ()
    return ScoreItems(
        score=name,
        items=items[:, kept],
        score_of=partial(_score_part, entry, key, tuple(kept)),
        is_reversed=tuple(key.items[i] in backwards for i in kept),
    )


def _score_part(entry: ScoreEntry, key: Instrument, kept: tuple[int, ...], items: Array) -> Array:
    """Score complete answers to the items of a scale, which need be neither whole nor in range."""
    whole = np.full((*items.shape[:-1], len(key.items)), np.nan)
    whole[..., list(kept)] = items
    return score(key, whole, entry.metric, entry.subscale, entry.max_missing, check=False).values
