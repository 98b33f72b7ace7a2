"""The manifest that lies beside synthetic tables."""

from __future__ import annotations

import json

from mediation.simulation.documents import NOTICE
from mediation.simulation.generate import GENDERS
from mediation.simulation.items import Scored, key_of
from mediation.simulation.truth import Truth

# What could have been chosen otherwise; 73 combinations for each model.
SPECIFICATIONS = (
    "[models.specifications]",
    "engines = [",
    '  { name = "mixed_models" },',
    '  { name = "ols", covariance = "cr2" },',
    '  { name = "two_level_sem" },',
    "]",
    'clusters = [["organization", "team"], ["team"]]',
    'covariates = [["age", "gender", "tenure"], []]',
    'linkage = [{ rule = "interpolate" }, { rule = "last_before" }]',
    "missing = [",
    '  { method = "complete_cases" },',
    '  { method = "multiple_imputation", n_imputations = 10, n_iterations = 5 },',
    '  { method = "full_information" },',
    "]",
    'scoring = [{}, { metric = "mean", max_missing = 0.0 }]',
)
FIDELITY_LABEL, ALLIANCE_LABEL = "SMCM fidelity", "Working alliance"


def manifest_text(truth: Truth, seed: int, title: str) -> str:
    """Return `study.toml` for a synthetic study.

    Parameters
    ----------
    truth : Truth
    seed : int
    title : str

    Returns
    -------
    str
    """
    waves = ", ".join(f"{wave:g}" for wave in truth.design.waves)
    return "\n".join(
        [
            f"# {NOTICE}",
            "# truth.json has the effects that were put in; codebook.md explains the columns.",
            "[study]",
            f"name = {_quoted(title)}",
            "synthetic = true",
            f"note = {_quoted(NOTICE)}",
            f"seed = {seed}",
            "",
            *_tables(truth),
            *_scores(truth),
            *_variables(truth),
            "[waves]",
            f"values = [{waves}]",
            f"window = {truth.design.window_months:g}",
            "",
            "[linkage]",
            'predictor = "fidelity"',
            'clock = "date"',
            'rule = "interpolate"',
            "max_age_months = 12",
            'stale = "keep"',
            "",
            *_models(truth),
        ]
    )


def _scored(truth: Truth) -> dict[str, tuple[str, Scored]]:
    """Label and parameters of every score, by name."""
    return {
        "fidelity": (FIDELITY_LABEL, truth.fidelity),
        "alliance": (ALLIANCE_LABEL, truth.alliance),
        **{outcome.name: (outcome.label, outcome) for outcome in truth.outcomes},
    }


def _tables(truth: Truth) -> list[str]:
    written = [name for name, (_, part) in _scored(truth).items() if key_of(part) is None]
    in_fidelity = {name: name for name in written if name == "fidelity"}
    in_interviews = {name: name for name in written if name != "fidelity"}
    columns = {
        "fidelity": {"team": "team", "date": "assessment_date", **in_fidelity},
        "clients": {
            "client": "client_id",
            "organization": "organization",
            "team": "team",
            "case_manager": "case_manager",
            "enrolled": "enrolled",
            "age": "age",
            "gender": "gender",
            "tenure": "tenure_months",
        },
        "interviews": {"client": "client_id", "date": "interview_date", **in_interviews},
        "spells": {
            "client": "client_id",
            "case_manager": "case_manager",
            "team": "team",
            "start": "start",
            "end": "end",
        },
    }
    lines = []
    for table, names in columns.items():
        lines += [f"[tables.{table}]", f'file = "{table}.csv"', "", f"[tables.{table}.columns]"]
        lines += [f'{name} = "{column}"' for name, column in names.items()] + [""]
    return lines


def _scores(truth: Truth) -> list[str]:
    lines = []
    for name, (_, part) in _scored(truth).items():
        if key_of(part) is not None and part.items is not None:
            lines += [
                f"[scores.{name}]",
                f"instrument = {_quoted(part.items.instrument)}",
                f"table = {_quoted('fidelity' if name == 'fidelity' else 'interviews')}",
                f"items = {_quoted(part.items.headers)}",
                "",
            ]
    return lines


def _variables(truth: Truth) -> list[str]:
    lines = []
    for name, (label, part) in _scored(truth).items():
        lines += [f"[variables.{name}]", f"label = {_quoted(label)}"]
        # The instrument knows the scale of what it scores.
        if key_of(part) is None:
            lines += [
                'kind = "score"',
                f"range = [{part.low:g}, {part.high:g}]",
                f"unit = {part.unit:g}",
            ]
        lines.append("")
    return [
        *lines,
        "[variables.age]",
        'label = "Age"',
        'kind = "number"',
        "",
        "[variables.gender]",
        'label = "Gender"',
        'kind = "category"',
        f"levels = {_quoted(list(GENDERS))}",
        "",
        "[variables.tenure]",
        'label = "Tenure"',
        'kind = "number"',
        "",
    ]


def _models(truth: Truth) -> list[str]:
    names = [outcome.name for outcome in truth.outcomes]
    pairs = ", ".join(f"{{ mediator = {m:g}, outcome = {y:g} }}" for m, y in truth.design.pairs)
    return [
        "[[models]]",
        'name = "Fidelity, alliance and outcomes"',
        'headline = "indirect within"',
        'predictor = "fidelity"',
        'mediators = ["alliance"]',
        f"outcomes = {_quoted(names)}",
        f"waves = [{pairs}]",
        'covariates = ["age", "gender", "tenure"]',
        'clusters = ["organization", "team"]',
        "",
        "[models.engine]",
        'name = "mixed_models"',
        "",
        "[models.interval]",
        'name = "monte_carlo"',
        "n_draws = 20000",
        "",
        *SPECIFICATIONS,
        "",
    ]


def _quoted(value: str | list[str]) -> str:
    """Text or a list of texts as TOML, whose basic strings JSON strings are."""
    return json.dumps(value, ensure_ascii=False)
