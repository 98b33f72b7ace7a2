"""Effects and paths of a whole report as tidy frames: one row per number, labelled in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from mediation.inference.interval import Estimate
from mediation.inference.result import MediationResult, count_column
from mediation.linkage.table import WavePair
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.disclosure import shown_n
from mediation.reporting.headline_rows import holm_of
from mediation.vocabulary import EffectName, PathName

DECLARED = "declared"
BLIND = "blind to clusters"


class Analysis(NamedTuple):
    """One result of a cell, with the name it goes by in tables."""

    entry: Entry
    cell: Cell
    name: str
    result: MediationResult


def analyses_of(contents: ReportContents) -> Iterator[Analysis]:
    """Walk through every result: declared, blind to clusters, the others, the alternatives."""
    for entry in contents.entries:
        for cell in entry.cells:
            yield Analysis(entry, cell, DECLARED, cell.result)
            if cell.blind is not None:
                yield Analysis(entry, cell, BLIND, cell.blind)
            for name, result in (*cell.others, *cell.alternatives):
                yield Analysis(entry, cell, name, result)


def effects_frame(contents: ReportContents) -> pd.DataFrame:
    """Every effect of every analysis, numbers as numbers.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    DataFrame
        One row per effect. `estimate` is in points of the outcome per point of the predictor;
        `estimate_per_sd` in SDs of the outcome per SD of the predictor, both over all rows.
        `p_holm` is given for the headline rows of the declared analysis alone.
    """
    rows = []
    for analysis in analyses_of(contents):
        holm = holm_of(analysis.entry, analysis.cell) if analysis.name == DECLARED else {}
        for row in analysis.result.effects:
            rows.append(
                _where(analysis)
                | {
                    "effect": row.effect.value,
                    "level": row.level.value,
                    "mediator": row.mediator,
                    **_statistics(row.value),
                    "conf_level": analysis.result.conf_level,
                    "p_holm": holm.get(row, float("nan")),
                    "estimate_per_sd": per_sd(analysis.result, row.effect, row.value.estimate),
                    "status": row.status.value,
                }
                | _provenance(analysis, row.value)
            )
    return _with_whole_counts(pd.DataFrame(rows))


def paths_frame(contents: ReportContents) -> pd.DataFrame:
    """Every path of every analysis; `equation` is the equation it was estimated in.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    DataFrame
        One row per path, in points of the arrow's head per point of its tail.
    """
    rows = []
    for analysis in analyses_of(contents):
        equations = equations_of(analysis.result)
        for row, equation in zip(analysis.result.paths, equations, strict=True):
            total = row.path is PathName.TOTAL
            rows.append(
                _where(analysis)
                | {
                    "path": row.path.value,
                    "level": row.level.value,
                    "mediator": row.mediator,
                    "equation": equation,
                    "in_diagram_as": "caption" if total else "arrow",
                    **_statistics(row.value),
                    "conf_level": analysis.result.conf_level,
                }
                | _provenance(analysis, row.value)
            )
    return _with_whole_counts(pd.DataFrame(rows))


def equations_of(result: MediationResult) -> tuple[str, ...]:
    """Give the label of the equation behind each path, in the order of `result.paths`."""
    fit = result.fit
    numbers = dict(zip(fit.paths.parameters, fit.paths.equation, strict=True))
    labels = [equation.label for equation in fit.equations]
    found = []
    for row in result.paths:
        number = numbers.get((row.path, row.level, row.mediator), -1)  # type: ignore[call-overload]
        found.append(labels[number] if 0 <= number < len(labels) else "")
    return tuple(found)


def per_sd(result: MediationResult, effect: EffectName, estimate: float) -> float:
    """Give an effect in SDs of the outcome per SD of the predictor, both over all rows analysed."""
    scales = {scale.name: scale for scale in result.fit.scales}
    predictor = scales.get(result.fit.model.predictor)
    outcome = scales.get(result.fit.model.outcome)
    if effect is EffectName.PROPORTION_MEDIATED or predictor is None or outcome is None:
        return float("nan")
    return estimate * predictor.sd_total / outcome.sd_total if outcome.sd_total else float("nan")


def _where(analysis: Analysis) -> dict[str, object]:
    waves: WavePair | None = analysis.cell.waves
    return {
        "entry": analysis.entry.name,
        "outcome": analysis.cell.outcome,
        "mediator_wave": None if waves is None else waves.mediator,
        "outcome_wave": None if waves is None else waves.outcome,
        "analysis": analysis.name,
        "predictor": analysis.result.fit.model.predictor,
    }


def _statistics(value: Estimate) -> dict[str, object]:
    return {
        "estimate": value.estimate,
        "std_error": value.std_error,
        "df": value.df,
        "conf_low": value.conf_low,
        "conf_high": value.conf_high,
        "p_value": value.p_value,
    }


def _provenance(analysis: Analysis, value: Estimate) -> dict[str, object]:
    result = analysis.result
    counts = result.fit.counts
    return {
        "engine": result.fit.engine,
        "interval": value.interval,
        "n_draws": value.n_draws,
        "limit_error": value.limit_error,
        "n_clients": shown_n(analysis.cell, result),
        "n_clusters": counts.n_clusters,
        **{count_column(name): count for name, count in counts.by_level},
        "convergence": result.fit.convergence.name.lower(),
    }


def _with_whole_counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep counts whole where an analysis without clusters, or a count not shown, leaves gaps."""
    counts = [name for name in frame.columns if name.startswith("n_")]
    frame[counts] = frame[counts].astype("Int64")
    order = [name for name in frame.columns if name != "convergence"]
    return frame[[*order, "convergence"]] if "convergence" in frame.columns else frame
