"""One row per client: fidelity, interviews of the two waves and covariates side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from mediation.arrays import Array, BoolArray, IntArray
from mediation.errors import LinkageError
from mediation.linkage.extra_columns import AT, auxiliary_columns, item_columns
from mediation.linkage.flow import MEDIATOR_HELD, OUTCOME_HELD, linkage_flow
from mediation.linkage.interviews import Interviews, dates_of, interviews_of, take_rows
from mediation.linkage.order import natural_order
from mediation.linkage.predictor import LinkedPredictor, link_predictor
from mediation.linkage.series import first_assessment
from mediation.linkage.service import Service, serve
from mediation.linkage.table import AnalysisTable, TimeSummary, WavePair
from mediation.study.entries import LinkageEntry
from mediation.study.manifest import BASELINE_SUFFIX, CALENDAR, CLIENT, WAVE_TOLERANCE
from mediation.study.study import Study
from mediation.study.waves import count_windows
from mediation.vocabulary import LinkageRule


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Moments:
    """The interviews of mediator and outcome: rows of the interviews, -1 without one."""

    early: IntArray
    late: IntArray
    dates: Array
    is_planned: BoolArray

    @property
    def held(self) -> BoolArray:
        """Whether the interview of the mediator was held."""
        held: BoolArray = self.early >= 0
        return held


def link(
    study: Study,
    waves: WavePair | None = None,
    *,
    rule: LinkageRule | None = None,
    linkage: LinkageEntry | None = None,
    mediators: tuple[str, ...] | None = None,
    planned: bool = False,
    auxiliary: tuple[str, ...] = (),
    items: tuple[str, ...] = (),
) -> AnalysisTable:
    """Bring fidelity, interviews, spells and clients together, one row per client.

    Parameters
    ----------
    study : Study
    waves : WavePair, optional
        Interviews of mediator and outcome; left out, the first pair of the first model.
    rule : LinkageRule, optional
        Left out, the manifest's.
    linkage : LinkageEntry, optional
        In place of `[linkage]`, with another window, maximum age or treatment of stale rows;
        `rule` has precedence over its rule.
    mediators : tuple of str, optional
        Interview scores taken at the mediator's wave; left out, the mediators of all models.
        Every other interview score is taken at the outcome's wave.
    planned : bool
        Link clients whose interview of the mediator has no date at the date at which it was
        planned, so that imputation and full information keep them.
    auxiliary : tuple of str
        More columns: a score at any wave as `<score>@<months>`, such as "alliance@13.5". Names of
        columns that the table has anyway may be among them.
    items : tuple of str
        Scores of `[scores.*]` whose items are wanted, as columns `<score>[<item>]`, at the wave
        of the score's role.

    Returns
    -------
    AnalysisTable
        Clients in natural order of clusters and identifiers, with the columns of the clients
        (case manager, team and what is outside it as at the mediator's interview, if there are
        spells, with `manager_tenure`, `changed_manager` and `changed_team`); `program_tenure`;
        the predictor linked at the date of the mediator's interview, `<predictor>_gap`
        (months to the nearest assessment used), `<predictor>_stale`, `<predictor>_assessments`
        (used), `<predictor>_before` and `<predictor>_after` (assessments of the cluster at or
        before the interview and after it); `calendar_months` of that interview since the
        study's first assessment; interview scores by role, and `<score>_0` at the first wave.
        Columns that begin with `_` are for bookkeeping. A flat study comes as it is.

    Raises
    ------
    LinkageError
        If the waves are not waves of the study, a mean exposure has no window, or a score of
        `auxiliary` or `items` is none.
    """
    declared = study.manifest.linkage
    if declared is None:
        return _flat(study, waves, auxiliary, items)
    pair = _check_waves(study, waves)
    linkage = declared if linkage is None else linkage
    rule = linkage.rule if rule is None else rule
    if mediators is None:
        named = (name for model in study.manifest.models for name in model.mediators)
        mediators = tuple(dict.fromkeys(named))
    units = study.units
    interviews = interviews_of(study, units)
    dates, is_planned = dates_of(interviews, units, pair.mediator, planned=planned)
    moments = _Moments(interviews.at(pair.mediator), interviews.at(pair.outcome), dates, is_planned)
    service = serve(study, units, dates, interviews.dates(moments.late), moments.held)
    linked = link_predictor(
        study, linkage, rule, service.units, dates, moments.held, service.begins
    )
    frame = service.units.assign(
        **service.columns,
        **linked.columns,
        **{CALENDAR: dates - first_assessment(study)},
        **_scores(study, interviews, mediators, moments),
        **{MEDIATOR_HELD: moments.held, OUTCOME_HELD: moments.late >= 0},
    )
    roles = {name: moments.early if name in mediators else moments.late for name in items}
    frame = frame.assign(
        **auxiliary_columns(study, interviews, auxiliary, tuple(frame.columns)),
        **item_columns(study, roles),
    )
    return _table(study, frame, pair, mediators, interviews, moments, service, linked)


def _table(
    study: Study,
    frame: pd.DataFrame,
    pair: WavePair,
    mediators: tuple[str, ...],
    interviews: Interviews,
    moments: _Moments,
    service: Service,
    linked: LinkedPredictor,
) -> AnalysisTable:
    """Order the rows, so that the order of the files changes nothing, and count them."""
    names = tuple(dict.fromkeys((*study.manifest.clusters, CLIENT)))
    frame = frame.iloc[natural_order(frame, names)].reset_index(drop=True)
    windows = count_windows(study.manifest, interviews.frame)
    present = tuple(name for name in mediators if name in frame)
    window = windows.window if windows else None
    flow = linkage_flow(frame, pair, present, interviews.counts(), window)
    time = TimeSummary(windows, service.summary, int(moments.is_planned.sum()))
    return AnalysisTable(_with_levels(study, frame), pair, linked.summary, flow, time)


def _flat(
    study: Study, waves: WavePair | None, auxiliary: tuple[str, ...], items: tuple[str, ...]
) -> AnalysisTable:
    if waves is not None:
        raise LinkageError(
            "Waves belong to a study with interviews. This study is one table of rows. "
            "Leave `waves` out."
        )
    units = study.units
    auxiliary_columns(study, None, auxiliary, tuple(units.columns))
    nowhere = np.zeros(0, dtype=np.int64)
    units = units.assign(**item_columns(study, dict.fromkeys(items, nowhere)))
    return AnalysisTable(_with_levels(study, units))


def _check_waves(study: Study, waves: WavePair | None) -> WavePair:
    known = study.manifest.waves.values if study.manifest.waves else ()
    if waves is None:
        first = study.manifest.models[0].waves[0]
        return WavePair(first.mediator, first.outcome)
    for wave in (waves.mediator, waves.outcome):
        if not any(abs(wave - value) < WAVE_TOLERANCE for value in known):
            raise LinkageError(
                f"Interviews can be linked at the waves {', '.join(f'{w:g}' for w in known)}. "
                f"Asked for: {wave:g}. Name one of these waves."
            )
    return waves


def _scores(
    study: Study, interviews: Interviews, mediators: tuple[str, ...], moments: _Moments
) -> dict[str, Any]:
    """Interview scores at the wave of their role, and at the first wave."""
    names = study.manifest.interview_scores
    first = interviews.at(study.manifest.waves.values[0] if study.manifest.waves else 0.0)
    columns: dict[str, Any] = {}
    for name in names:
        rows = moments.early if name in mediators else moments.late
        columns[name] = take_rows(interviews.frame[name], rows)
    for name in names:
        columns[f"{name}{BASELINE_SUFFIX}"] = take_rows(interviews.frame[name], first)
    return columns


def _with_levels(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Give categories the order of their levels; the first is the reference in equations."""
    levels = {name: study.variable(name.partition(AT)[0]).levels for name in frame.columns}
    ordered = {
        name: pd.Categorical(frame[name], categories=list(known))
        for name, known in levels.items()
        if known
    }
    return frame.assign(**ordered)
