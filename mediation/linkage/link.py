"""One row per client: fidelity, interviews of the two waves and covariates side by side."""

from __future__ import annotations

from typing import Any

import pandas as pd

from mediation.errors import LinkageError
from mediation.linkage.flow import MEDIATOR_HELD, OUTCOME_HELD, linkage_flow
from mediation.linkage.predictor import link_predictor
from mediation.linkage.series import first_assessment
from mediation.linkage.table import AnalysisTable, WavePair
from mediation.study.letters import natural_key
from mediation.study.manifest import (
    BASELINE_SUFFIX,
    CALENDAR,
    CLIENT,
    DATE,
    WAVE,
    WAVE_TOLERANCE,
    TableRole,
)
from mediation.study.study import Study
from mediation.vocabulary import LinkageRule


def link(
    study: Study,
    waves: WavePair | None = None,
    *,
    rule: LinkageRule | None = None,
    mediators: tuple[str, ...] | None = None,
) -> AnalysisTable:
    """Bring fidelity, interviews and clients together, one row per client.

    Parameters
    ----------
    study : Study
    waves : WavePair, optional
        Interviews of mediator and outcome; left out, the first pair of the first model.
    rule : LinkageRule, optional
        Left out, the manifest's.
    mediators : tuple of str, optional
        Interview scores taken at the mediator's wave; left out, the mediators of all models.
        Every other interview score is taken at the outcome's wave.

    Returns
    -------
    AnalysisTable
        Clients in natural order of clusters and identifiers, with the columns of the clients;
        the predictor linked at the date of the mediator's interview, `<predictor>_gap`
        (months to the nearest assessment used), `<predictor>_stale`; `calendar_months` of
        that interview since the study's first assessment; interview scores by role, and
        each at the first wave as `<score>_0`. What a client does not have is NaN. A category
        with named levels is a Categorical in the order of its levels. Columns that begin
        with `_` are bookkeeping. A flat study comes as it is.

    Raises
    ------
    LinkageError
        If the waves are not waves of the study.
    """
    linkage = study.manifest.linkage
    if linkage is None:
        if waves is not None:
            raise LinkageError(
                "Waves belong to a study with interviews. This study is one table of rows. "
                "Leave `waves` out."
            )
        return AnalysisTable(_with_levels(study, study.units))
    pair = _check_waves(study, waves)
    rule = linkage.rule if rule is None else rule
    if mediators is None:
        named = (name for model in study.manifest.models for name in model.mediators)
        mediators = tuple(dict.fromkeys(named))
    units = _sorted_units(study)
    interviews = study.frame(TableRole.INTERVIEWS)
    early = _at_wave(interviews, pair.mediator, units)
    late = _at_wave(interviews, pair.outcome, units)
    dates, held = early[DATE].to_numpy(dtype=float), early["_held"].to_numpy(dtype=bool)
    linked = link_predictor(study, linkage, rule, units, dates, held)
    frame = units.assign(
        **linked.columns,
        **{CALENDAR: dates - first_assessment(study)},
        **_scores(study, interviews, units, mediators, early, late),
        **{MEDIATOR_HELD: held, OUTCOME_HELD: late["_held"].to_numpy()},
    )
    counts = interviews[interviews[CLIENT].isin(units[CLIENT])].groupby(WAVE)[CLIENT].nunique()
    interviewed = tuple((float(wave), int(n)) for wave, n in counts.items())  # type: ignore[arg-type]
    present = tuple(name for name in mediators if name in frame)
    flow = linkage_flow(frame, pair, present, interviewed)
    return AnalysisTable(_with_levels(study, frame), pair, linked.summary, flow)


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


def _sorted_units(study: Study) -> pd.DataFrame:
    """Clients in natural order, so that the order of rows in the file changes nothing."""
    units = study.units
    names = [*dict.fromkeys((*study.manifest.clusters, CLIENT))]
    keys = list(zip(*(map(natural_key, units[name].astype(str)) for name in names), strict=True))
    order = sorted(range(len(units)), key=keys.__getitem__)
    return units.iloc[order].reset_index(drop=True)


def _at_wave(interviews: pd.DataFrame, wave: float, units: pd.DataFrame) -> pd.DataFrame:
    """Interviews of one wave in the order of the clients; NaN and not `_held` without one."""
    near = (interviews[WAVE] - wave).abs() < WAVE_TOLERANCE
    chosen = interviews[near].set_index(CLIENT).reindex(units[CLIENT])
    return chosen.assign(_held=chosen[WAVE].notna())


def _scores(
    study: Study,
    interviews: pd.DataFrame,
    units: pd.DataFrame,
    mediators: tuple[str, ...],
    early: pd.DataFrame,
    late: pd.DataFrame,
) -> dict[str, Any]:
    names = study.manifest.interview_scores
    first_wave = study.manifest.waves.values[0] if study.manifest.waves else 0.0
    first = _at_wave(interviews, first_wave, units)
    columns: dict[str, Any] = {
        name: (early if name in mediators else late)[name].array for name in names
    }
    columns.update({f"{name}{BASELINE_SUFFIX}": first[name].array for name in names})
    return columns


def _with_levels(study: Study, frame: pd.DataFrame) -> pd.DataFrame:
    """Give categories the order of their levels; the first is the reference in equations."""
    ordered = {
        name: pd.Categorical(frame[name], categories=list(study.variable(name).levels))
        for name in frame.columns
        if study.variable(name).levels
    }
    return frame.assign(**ordered)
