"""The manifest that lies beside synthetic tables."""

from __future__ import annotations

import json

from mediation.simulation.documents import NOTICE
from mediation.simulation.generate import GENDERS
from mediation.simulation.truth import Truth


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
    names = [outcome.name for outcome in truth.outcomes]
    waves = ", ".join(f"{wave:g}" for wave in truth.design.waves)
    pairs = ", ".join(f"{{ mediator = {m:g}, outcome = {y:g} }}" for m, y in truth.design.pairs)
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
            *_tables(names),
            *_variables(truth),
            "[waves]",
            f"values = [{waves}]",
            "",
            "[linkage]",
            'predictor = "fidelity"',
            'clock = "date"',
            'rule = "interpolate"',
            "max_age_months = 12",
            'stale = "keep"',
            "",
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
        ]
    )


def _tables(outcomes: list[str]) -> list[str]:
    columns = {
        "fidelity": {"team": "team", "date": "assessment_date", "fidelity": "fidelity"},
        "clients": {
            "client": "client_id",
            "organization": "organization",
            "team": "team",
            "case_manager": "case_manager",
            "age": "age",
            "gender": "gender",
            "tenure": "tenure_months",
        },
        "interviews": {
            "client": "client_id",
            "wave": "wave_months",
            "date": "interview_date",
            "alliance": "alliance",
            **{name: name for name in outcomes},
        },
    }
    lines = []
    for table, names in columns.items():
        lines += [f"[tables.{table}]", f'file = "{table}.csv"', "", f"[tables.{table}.columns]"]
        lines += [f'{name} = "{column}"' for name, column in names.items()] + [""]
    return lines


def _variables(truth: Truth) -> list[str]:
    fidelity, alliance = truth.fidelity, truth.alliance
    lines = _score("fidelity", "SMCM fidelity", fidelity.low, fidelity.high, fidelity.unit)
    lines += _score("alliance", "Working alliance", alliance.low, alliance.high, alliance.unit)
    for y in truth.outcomes:
        lines += _score(y.name, y.label, y.low, y.high, y.unit)
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


def _score(name: str, label: str, low: float, high: float, unit: float) -> list[str]:
    return [
        f"[variables.{name}]",
        f"label = {_quoted(label)}",
        'kind = "score"',
        f"range = [{low:g}, {high:g}]",
        f"unit = {unit:g}",
        "",
    ]


def _quoted(value: str | list[str]) -> str:
    """Text or a list of texts as TOML, whose basic strings JSON strings are."""
    return json.dumps(value, ensure_ascii=False)
