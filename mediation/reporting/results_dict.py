"""The contents of a report as plain values for `results.json`, in a stable order."""

from __future__ import annotations

from mediation.estimation.paths import EquationSummary, Scale
from mediation.inference.result import MediationResult
from mediation.linkage.table import LinkageSummary, ParticipantFlow
from mediation.model import MediationModel, Parameter
from mediation.reporting.contents import Cell, Entry, ReportContents
from mediation.reporting.disclosure import shown_n
from mediation.reporting.format import whole_months
from mediation.reporting.headline_rows import headline_rows, holm_of
from mediation.reporting.plain_values import Json, plain_count, plain_estimate, plain_float
from mediation.reporting.results_data import (
    attrition_dict,
    measures_list,
    patterns_dict,
    time_dict,
)
from mediation.reporting.robustness.parts import robustness_data
from mediation.reporting.specifications.data import specifications_data
from mediation.reporting.suppression import pool_small_losses
from mediation.reporting.wording import effect_text, innermost

FORMAT = 2


def results_dict(contents: ReportContents) -> Json:
    """Turn the contents of a report into plain values in a stable order.

    Parameters
    ----------
    contents : ReportContents

    Returns
    -------
    dict
        Ready for `json.dumps(..., allow_nan=False)`.
    """
    return {
        "format": FORMAT,
        "title": contents.title,
        "is_synthetic": contents.is_synthetic,
        "seed": contents.seed,
        "input_hash": contents.input_hash,
        "versions": dict(sorted(contents.versions)),
        "n_rows": contents.n_rows,
        "n_by_level": dict(contents.n_by_level),
        "minimum_cell": contents.minimum_cell,
        "warnings": list(contents.warnings),
        "measures": measures_list(contents.measures, contents.minimum_cell),
        "attrition": attrition_dict(contents.attrition),
        "entries": [_entry(entry, contents.minimum_cell) for entry in contents.entries],
    }


def _entry(entry: Entry, minimum: int) -> Json:
    return {
        "name": entry.name,
        "headline": list(entry.headline),
        "cells": [_cell(entry, cell, minimum) for cell in entry.cells],
        "specifications": specifications_data(entry.specifications),
    }


def _cell(entry: Entry, cell: Cell, minimum: int) -> Json:
    return {
        "outcome": cell.outcome,
        "waves": cell.waves
        and {"mediator": float(cell.waves.mediator), "outcome": float(cell.waves.outcome)},
        "headline": [
            {
                "effect": row.effect.value,
                "level": row.level.value,
                "mediator": row.mediator,
                "label": effect_text(row.effect, row.level, innermost(cell.result)),
                **plain_estimate(row.value),
                "p_holm": plain_float(p_holm),
            }
            for row, p_holm in holm_of(entry, cell).items()
        ],
        "result": _result(cell, cell.result, minimum),
        "blind": None if cell.blind is None else _result(cell, cell.blind, minimum),
        "others": _named(cell, cell.others, minimum),
        "alternatives": _named(cell, cell.alternatives, minimum),
        "flow": _flow(cell.flow, minimum),
        "linkage": _linkage(cell.table.linkage, minimum),
        "time": time_dict(cell.table.time, minimum),
        "missing": patterns_dict(cell.patterns),
        "tipping": _tipping(entry, cell),
        "robustness": robustness_data(cell.robustness, minimum),
    }


def _tipping(entry: Entry, cell: Cell) -> list[Json] | None:
    """Give the headline effect at every shift of the imputed outcomes."""
    if cell.tipping is None:
        return None
    return [
        {
            "column": cell.tipping.column,
            "shift": shift,
            "headline": [
                {"mediator": row.mediator, **plain_estimate(row.value)}
                for row in headline_rows(result, entry.headline)
            ],
        }
        for shift, result in zip(cell.tipping.shifts, cell.tipping.results, strict=True)
    ]


def _named(
    cell: Cell, results: tuple[tuple[str, MediationResult], ...], minimum: int
) -> list[Json]:
    return [{"label": text, "result": _result(cell, result, minimum)} for text, result in results]


def _result(cell: Cell, result: MediationResult, minimum: int) -> Json:
    fit, counts = result.fit, result.fit.counts
    n = shown_n(cell, result)
    return {
        "model": _model(fit.model),
        "engine": fit.engine,
        "engine_label": fit.engine_label,
        "df_label": fit.df_label,
        "interval": result.interval,
        "interval_label": result.interval_label,
        "conf_level": result.conf_level,
        "seed": result.seed,
        "versions": dict(sorted(result.versions)),
        "convergence": fit.convergence.name.lower(),
        "n_clients": n,
        "n_clusters": counts.n_clusters,
        "n_by_level": dict(counts.by_level),
        "n_left_out": None if n is None else plain_count(counts.n_left_out, minimum),
        "predictor_level": fit.predictor_level,
        "predictor_varies": fit.predictor_varies,
        "time_adjusted": fit.time_adjusted,
        "not_identified": sorted(_path_name(parameter) for parameter in fit.not_identified),
        "fit_indices": {name: plain_float(value) for name, value in fit.fit_indices},
        "total_gap": plain_float(fit.total_gap),
        "effects": [
            {"effect": row.effect.value, "level": row.level.value, "mediator": row.mediator}
            | {"status": row.status.name.lower()}
            | plain_estimate(row.value)
            for row in result.effects
        ],
        "paths": [
            {"path": row.path.value, "level": row.level.value, "mediator": row.mediator}
            | plain_estimate(row.value)
            for row in result.paths
        ],
        "path_covariance": [[plain_float(v) for v in row] for row in fit.paths.covariance],
        "equations": [_equation(equation) for equation in fit.equations],
        "scales": [_scale(scale) for scale in fit.scales],
        "notes": list(result.notes),
        "failures": [{"cause": cause, "n_resamples": n} for cause, n in result.failures],
    }


def _path_name(parameter: Parameter) -> str:
    words = (parameter.path.value, parameter.level.value, parameter.mediator)
    return " ".join(word for word in words if word)


def _scale(scale: Scale) -> Json:
    return {
        "name": scale.name,
        "sd_total": plain_float(scale.sd_total),
        "sd_between": plain_float(scale.sd_between),
    }


def _model(model: MediationModel) -> Json:
    return {
        "predictor": model.predictor,
        "mediators": list(model.mediators),
        "outcome": model.outcome,
        "covariates": list(model.covariates),
        "mediator_covariates": list(model.mediator_covariates),
        "outcome_covariates": list(model.outcome_covariates),
        "clusters": list(model.clusters),
        "predictor_level": model.predictor_level,
        "split_at": list(model.split_at),
        "split_covariates": model.split_covariates,
        "time": model.time,
        "time_adjustment": model.time_adjustment.value,
    }


def _equation(equation: EquationSummary) -> Json:
    return {
        "label": equation.label,
        "convergence": equation.convergence.name.lower(),
        "coefficients": [_coefficient(*row) for row in equation.coefficients],
        "contrasts": [_coefficient(*row) for row in equation.contrasts],
        "variances": {name: plain_float(value) for name, value in equation.variances},
    }


def _coefficient(name: str, estimate: float, error: float, df: float) -> Json:
    return {
        "name": name,
        "estimate": plain_float(estimate),
        "std_error": plain_float(error),
        "df": plain_float(df),
    }


def _flow(flow: ParticipantFlow, minimum: int) -> Json:
    return {
        "steps": [
            {
                "step": step.step,
                "n_clients": plain_count(step.n_clients, minimum),
                "n_left": plain_count(step.n_left, minimum),
                "reason": step.reason,
            }
            for step in pool_small_losses(flow, minimum).steps
        ],
        "interviewed": [
            {"wave": plain_float(wave), "n_clients": plain_count(n, minimum)}
            for wave, n in flow.interviewed
        ],
    }


def _linkage(linkage: LinkageSummary | None, minimum: int) -> Json | None:
    if linkage is None:
        return None
    return {
        "rule": linkage.rule.value,
        "max_age_months": plain_float(linkage.max_age_months),
        "n_stale": plain_count(linkage.n_stale, minimum),
        "gap_median": plain_float(linkage.gap_median),
        "gap_max": plain_float(whole_months(linkage.gap_max)),
        "window_months": linkage.window_months,
        "fidelity_level": linkage.fidelity_level,
        "n_partial": plain_count(linkage.n_partial, minimum),
    }
